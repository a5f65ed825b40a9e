//! Which verb does what to which kind of value: Go's `fmt/print.go`.

use super::format::{LOWER, UPPER};
use super::{Failure, Printer};
use crate::engine::value::{List, MAX_DEPTH, Map, Object, Value};

impl Printer {
    /// Writes an argument of a print function.
    pub(super) fn print_argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.push(&format!("%!{verb}(<nil>)")),
            (_, 'T') => self.format_string(value.type_name().as_bytes()),
            // Addresses mean nothing here, so `%p` is a wrong verb for everything.
            (_, 'p') => self.wrong_verb(value, verb),
            (Value::Map(_) | Value::List(_) | Value::Object(_), 'w') => {
                self.wrong_verb(value, verb)
            }
            (Value::Bytes(bytes), _) => self.print_bytes(bytes, verb, "[]byte"),
            _ => self.print_value(value, verb),
        }
    }

    /// Writes a value, also one inside another.
    fn print_value(&mut self, value: &Value, verb: char) {
        if self.failure.is_some() {
            return;
        }
        match value {
            Value::Nil if self.format.sharp_v => self.push("interface {}(nil)"),
            Value::Nil => self.push("<nil>"),
            Value::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { b"true" } else { b"false" }),
                _ => self.wrong_verb(value, verb),
            },
            Value::Int(number) | Value::Int64(number) => {
                self.print_integer(*number < 0, number.unsigned_abs(), value, verb);
            }
            Value::Uint8(number) => self.print_unsigned(u64::from(*number), value, verb),
            Value::Uint64(number) => self.print_unsigned(*number, value, verb),
            Value::Float(number) => {
                if !self.print_float(*number, verb) {
                    self.wrong_verb(value, verb);
                }
            }
            Value::Complex(real, imaginary) => self.print_complex(*real, *imaginary, verb),
            Value::String(text) => {
                if !self.print_string(text.as_bytes(), verb) {
                    self.wrong_verb(value, verb);
                }
            }
            Value::Bytes(bytes) => self.print_bytes(bytes, verb, "[]uint8"),
            Value::List(list) => self.nested(|printer| printer.print_list(list, verb)),
            Value::Map(map) => self.nested(|printer| printer.print_map(map, verb)),
            Value::Object(object) => {
                self.nested(|printer| printer.print_object(&**object, value, verb))
            }
        }
    }

    fn nested(&mut self, print: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            self.failure = Some(Failure::TooDeep);
            return;
        }
        self.depth += 1;
        print(self);
        self.depth -= 1;
    }

    /// Tells that a verb does not fit: `%!d(string=x)`.
    fn wrong_verb(&mut self, value: &Value, verb: char) {
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.push(&format!("%!{verb}({}=", value.type_name()));
        self.nested(|printer| printer.print_argument(value, 'v'));
        self.out.push(b')');
        self.erroring = erroring;
    }

    fn print_unsigned(&mut self, number: u64, value: &Value, verb: char) {
        if verb == 'v' && self.format.sharp_v {
            self.print_hex_literal(number);
        } else {
            self.print_integer(false, number, value, verb);
        }
    }

    fn print_hex_literal(&mut self, number: u64) {
        let sharp = std::mem::replace(&mut self.format.sharp, true);
        self.format_integer(false, number, 16, 'v', LOWER);
        self.format.sharp = sharp;
    }

    fn print_integer(&mut self, negative: bool, magnitude: u64, value: &Value, verb: char) {
        // Verbs for characters take the number as unsigned, as Go converts it.
        let code = if negative { magnitude.wrapping_neg() } else { magnitude };
        match verb {
            'v' | 'd' => self.format_integer(negative, magnitude, 10, verb, LOWER),
            'b' => self.format_integer(negative, magnitude, 2, verb, LOWER),
            'o' | 'O' => self.format_integer(negative, magnitude, 8, verb, LOWER),
            'x' => self.format_integer(negative, magnitude, 16, verb, LOWER),
            'X' => self.format_integer(negative, magnitude, 16, verb, UPPER),
            'c' => self.format_rune(code),
            'q' => self.format_quoted_rune(code),
            'U' => self.format_unicode(code),
            _ => self.wrong_verb(value, verb),
        }
    }

    /// Writes a float, or says that the verb does not fit.
    fn print_float(&mut self, number: f64, verb: char) -> bool {
        match verb {
            'v' => self.format_float(number, 'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => self.format_float(number, verb, None),
            'f' | 'e' | 'E' => self.format_float(number, verb, Some(6)),
            'F' => self.format_float(number, 'f', Some(6)),
            _ => return false,
        }
        true
    }

    fn print_complex(&mut self, real: f64, imaginary: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.wrong_verb(&Value::Complex(real, imaginary), verb);
        }
        self.out.push(b'(');
        self.print_float(real, verb);
        let plus = std::mem::replace(&mut self.format.plus, true);
        self.print_float(imaginary, verb);
        self.format.plus = plus;
        self.push("i)");
    }

    /// Writes a string, or says that the verb does not fit.
    fn print_string(&mut self, text: &[u8], verb: char) -> bool {
        match verb {
            'v' if self.format.sharp_v => self.format_quoted(text),
            'v' | 's' => self.format_string(text),
            'x' => self.format_hex(text, LOWER),
            'X' => self.format_hex(text, UPPER),
            'q' => self.format_quoted(text),
            _ => return false,
        }
        true
    }

    fn print_bytes(&mut self, bytes: &[u8], verb: char, type_name: &str) {
        match verb {
            's' => self.format_string(bytes),
            'x' => self.format_hex(bytes, LOWER),
            'X' => self.format_hex(bytes, UPPER),
            'q' => self.format_quoted(bytes),
            _ => {
                let items = bytes.iter().map(|byte| Value::Uint8(*byte));
                self.print_items(items, type_name, verb);
            }
        }
    }

    fn print_list(&mut self, list: &List, verb: char) {
        self.print_items(list.items.iter(), list.item_type.name(), verb);
    }

    fn print_items(
        &mut self,
        items: impl Iterator<Item = impl std::borrow::Borrow<Value>>,
        type_name: &str,
        verb: char,
    ) {
        let go_syntax = self.format.sharp_v;
        if go_syntax {
            self.push(type_name);
        }
        self.out.push(if go_syntax { b'{' } else { b'[' });
        for (index, item) in items.enumerate() {
            self.separate(index);
            self.print_value(item.borrow(), verb);
        }
        self.out.push(if go_syntax { b'}' } else { b']' });
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.push(if self.format.sharp_v { ", " } else { " " });
        }
    }

    fn print_map(&mut self, map: &Map, verb: char) {
        self.print_entries(&map.snapshot(), map.map_type().name(), verb);
    }

    fn print_entries(
        &mut self,
        entries: &[(std::rc::Rc<str>, Value)],
        type_name: &str,
        verb: char,
    ) {
        let go_syntax = self.format.sharp_v;
        self.push(if go_syntax { type_name } else { "map" });
        self.out.push(if go_syntax { b'{' } else { b'[' });
        for (index, (key, value)) in entries.iter().enumerate() {
            self.separate(index);
            if !self.print_string(key.as_bytes(), verb) {
                self.wrong_verb(&Value::from(&**key), verb);
            }
            self.out.push(b':');
            self.print_value(value, verb);
        }
        self.out.push(if go_syntax { b'}' } else { b']' });
    }

    fn print_object(&mut self, object: &dyn Object, value: &Value, verb: char) {
        if let Some(entries) = object.entries() {
            return self.print_entries(&entries, object.type_name(), verb);
        }
        let stringable = !self.erroring && !self.format.sharp_v;
        if stringable && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            self.print_string(object.print().as_bytes(), verb);
        } else if let Some(basic) = object.basic() {
            self.print_value(&basic, verb);
        } else if verb == 'v' {
            self.push(&object.print());
        } else {
            self.wrong_verb(value, verb);
        }
    }
}
