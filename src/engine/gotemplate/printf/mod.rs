//! Go's `fmt`: `Sprintf`, `Sprint` and `Sprintln` on run-time values, every verb and flag.

mod format;
#[cfg(test)]
mod tests;
mod verbs;

use crate::engine::functions::Error;
use crate::engine::value::{MAX_TEXT, Text, TooDeep, Value};
use format::Format;

/// Returns what Go's `fmt.Sprint` makes of one value: its `%v`.
///
/// # Errors
/// Fails if the value is nested too deeply or the text grows too long.
pub fn sprint(value: &Value) -> Result<Text, Error> {
    if let Value::String(text) = value {
        return Ok(text.clone());
    }
    let mut out = Vec::new();
    print_to(&mut out, value)?;
    Ok(Text::from_bytes(&out))
}

/// Appends the `%v` of a value.
pub(super) fn print_to(out: &mut Vec<u8>, value: &Value) -> Result<(), Error> {
    let mut printer = Printer { out: std::mem::take(out), ..Printer::default() };
    printer.print_argument(value, 'v');
    *out = printer.finish()?;
    Ok(())
}

/// Returns what Go's `fmt.Sprint` makes of `values`: spaces only between two that are no strings.
pub(super) fn sprint_all(values: &[Value]) -> Result<Text, Error> {
    let mut printer = Printer::default();
    let is_string = |value: &Value| matches!(value, Value::String(_));
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !is_string(value) && !is_string(&values[index - 1]) {
            printer.out.push(b' ');
        }
        printer.print_argument(value, 'v');
    }
    Ok(Text::from_bytes(&printer.finish()?))
}

/// Returns what Go's `fmt.Sprintln` makes of `values`.
pub(super) fn sprintln(values: &[Value]) -> Result<Text, Error> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.print_argument(value, 'v');
    }
    printer.out.push(b'\n');
    Ok(Text::from_bytes(&printer.finish()?))
}

/// Returns what Go's `fmt.Sprintf` makes of `format` and `arguments`.
///
/// # Errors
/// Fails if a value is nested too deeply or the text grows too long; a wrong verb is told in the text.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Result<Text, Error> {
    let out = Vec::with_capacity(format.len() + 32);
    let mut printer = Printer { out, ..Printer::default() };
    Directives {
        printer: &mut printer,
        format,
        arguments,
        at: 0,
        next: 0,
        reordered: false,
        good: true,
    }
    .run();
    Ok(Text::from_bytes(&printer.finish()?))
}

/// Writes values under the flags of one directive.
#[derive(Default)]
struct Printer {
    out: Vec<u8>,
    format: Format,
    /// How deep the value being printed is nested.
    depth: usize,
    /// Whether a wrong verb is being told, when methods are not called.
    erroring: bool,
    failure: Option<Failure>,
}

/// Why a text cannot be made.
#[derive(Debug, Clone, Copy)]
enum Failure {
    TooDeep,
    TooLong,
}

impl Printer {
    fn finish(self) -> Result<Vec<u8>, Error> {
        match self.failure {
            None if self.out.len() <= MAX_TEXT => Ok(self.out),
            Some(Failure::TooDeep) => Err(TooDeep.into()),
            _ => Err(Error::Message(format!("text is longer than {MAX_TEXT} bytes"))),
        }
    }
}

/// Width and precision may not be larger, as in Go.
const MAX_NUMBER: usize = 1_000_000;

/// Walks a format and its arguments.
struct Directives<'a> {
    printer: &'a mut Printer,
    format: &'a [u8],
    arguments: &'a [Value],
    /// Where in the format.
    at: usize,
    /// The next argument.
    next: usize,
    /// Whether an argument was named by its index, so that unused ones are not told.
    reordered: bool,
    /// Whether the last index was a good one.
    good: bool,
}

impl Directives<'_> {
    fn run(&mut self) {
        while self.at < self.format.len() && self.printer.failure.is_none() {
            let rest = &self.format[self.at..];
            let length = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.printer.out.extend_from_slice(&rest[..length]);
            self.at += length;
            if self.at < self.format.len() {
                self.at += 1;
                self.directive();
            }
        }
        if !self.reordered && self.next < self.arguments.len() {
            self.tell_extra();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn directive(&mut self) {
        self.good = true;
        self.printer.format = Format::default();
        self.flags();
        let mut after_index = self.index();
        after_index = self.width(after_index);
        after_index = self.precision(after_index);
        if !after_index {
            self.index();
        }
        match self.verb() {
            None => self.printer.out.extend_from_slice(b"%!(NOVERB)"),
            Some('%') => self.printer.out.push(b'%'),
            Some(verb) if !self.good => self.tell(verb, "(BADINDEX)"),
            Some(verb) => match self.arguments.get(self.next) {
                None => self.tell(verb, "(MISSING)"),
                Some(argument) => {
                    self.printer.format.go_syntax(verb);
                    self.printer.print_argument(argument, verb);
                    self.next += 1;
                }
            },
        }
    }

    fn flags(&mut self) {
        while let Some(flag) = self.peek() {
            let format = &mut self.printer.format;
            match flag {
                b'#' => format.sharp = true,
                b'0' => format.zero = true,
                b'+' => format.plus = true,
                b'-' => format.minus = true,
                b' ' => format.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Reads `[n]`, and says whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = rest.iter().position(|byte| *byte == b']');
        let Some(close) = close.filter(|_| rest.len() >= 3) else {
            self.good = false;
            self.at += 1;
            return false;
        };
        let (number, read) = parse_number(&rest[1..close]);
        self.at += close + 1;
        let Some(number) = number.filter(|_| read == close - 1) else {
            self.good = false;
            return false;
        };
        match number.checked_sub(1).filter(|index| *index < self.arguments.len()) {
            Some(index) => self.next = index,
            None => self.good = false,
        }
        true
    }

    fn width(&mut self, after_index: bool) -> bool {
        if self.peek() == Some(b'*') {
            self.at += 1;
            let number = self.number_argument();
            let format = &mut self.printer.format;
            match number {
                None => self.printer.out.extend_from_slice(b"%!(BADWIDTH)"),
                Some(number) => {
                    format.width = Some(number.unsigned_abs() as usize);
                    if number < 0 {
                        format.minus = true;
                        format.zero = false;
                    }
                }
            }
            return false;
        }
        let width = self.number();
        if after_index && width.is_some() {
            self.good = false;
        }
        self.printer.format.width = width;
        after_index
    }

    fn precision(&mut self, after_index: bool) -> bool {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return after_index;
        }
        self.at += 1;
        if after_index {
            self.good = false;
        }
        let after_index = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            let precision = self.number_argument().and_then(|number| usize::try_from(number).ok());
            if precision.is_none() {
                self.printer.out.extend_from_slice(b"%!(BADPREC)");
            }
            self.printer.format.precision = precision;
            return false;
        }
        self.printer.format.precision = Some(self.number().unwrap_or(0));
        after_index
    }

    fn number(&mut self) -> Option<usize> {
        let (number, read) = parse_number(&self.format[self.at..]);
        self.at += read;
        number
    }

    /// Takes the next argument as a width or precision.
    fn number_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let number = match argument {
            Value::Int(number) | Value::Int64(number) => *number,
            Value::Uint8(number) => i64::from(*number),
            Value::Uint64(number) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        (number.unsigned_abs() <= MAX_NUMBER as u64).then_some(number)
    }

    fn verb(&mut self) -> Option<char> {
        let rest = self.format.get(self.at..).filter(|rest| !rest.is_empty())?;
        let chunk = rest[..rest.len().min(4)].utf8_chunks().next()?;
        let verb = chunk.valid().chars().next();
        self.at += verb.map_or(1, char::len_utf8);
        Some(verb.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn tell(&mut self, verb: char, what: &str) {
        self.printer.out.extend_from_slice(format!("%!{verb}{what}").as_bytes());
    }

    fn tell_extra(&mut self) {
        self.printer.format = Format::default();
        self.printer.out.extend_from_slice(b"%!(EXTRA ");
        for (index, argument) in self.arguments[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.out.extend_from_slice(b", ");
            }
            if matches!(argument, Value::Nil) {
                self.printer.out.extend_from_slice(b"<nil>");
            } else {
                self.printer.out.extend_from_slice(argument.type_name().as_bytes());
                self.printer.out.push(b'=');
                self.printer.print_argument(argument, 'v');
            }
        }
        self.printer.out.push(b')');
    }
}

/// Reads a number, and how many bytes it took; one that is too large takes all and is none.
fn parse_number(text: &[u8]) -> (Option<usize>, usize) {
    let mut number = 0;
    let mut read = 0;
    while let Some(digit) = text.get(read).filter(|byte| byte.is_ascii_digit()) {
        if number > MAX_NUMBER {
            return (None, text.len());
        }
        number = number * 10 + usize::from(digit - b'0');
        read += 1;
    }
    ((read > 0).then_some(number), read)
}
