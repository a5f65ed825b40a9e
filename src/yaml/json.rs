//! JSON text in and out: values are read exactly, and written as Go's encoding/json writes them.

use super::error::Error;
use super::number::json_float;
use super::value::Value;

impl Value {
    /// Reads a JSON text; integers that fit 64 bits stay exact, all other numbers are floats.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        // The depth limit is the one of `Value`, the same as for YAML.
        reader.disable_recursion_limit();
        let value = serde::Deserialize::deserialize(&mut reader).map_err(Error::Json)?;
        reader.end().map_err(Error::Json)?;
        Ok(value)
    }

    /// Writes compact JSON as Go does by default: sorted keys, and `<`, `>` and `&` escaped.
    ///
    /// A float that is infinite or not a number becomes `null`.
    pub fn to_json(&self) -> String {
        self.json(Style { escapes_html: true, is_indented: false })
    }

    /// Writes compact JSON and leaves `<`, `>` and `&` as they are.
    pub fn to_json_unescaped(&self) -> String {
        self.json(Style { escapes_html: false, is_indented: false })
    }

    /// Writes JSON over several lines, two spaces deeper for each level, as `MarshalIndent` does.
    pub fn to_json_indented(&self) -> String {
        self.json(Style { escapes_html: true, is_indented: true })
    }

    fn json(&self, style: Style) -> String {
        let mut writer = Writer { out: String::new(), style, depth: 0 };
        writer.value(self);
        writer.out
    }
}

#[derive(Clone, Copy)]
struct Style {
    escapes_html: bool,
    is_indented: bool,
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::UInt(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) if number.is_finite() => self.out.push_str(&json_float(*number)),
            Value::Float(_) => self.out.push_str("null"),
            Value::String(text) => self.string(text),
            Value::List(items) => self.nested('[', ']', items, Self::value),
            Value::Map(map) => self.nested('{', '}', map, |writer, (key, value)| {
                writer.string(key);
                writer.out.push_str(if writer.style.is_indented { ": " } else { ":" });
                writer.value(value);
            }),
        }
    }

    fn nested<T>(
        &mut self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.out.push(open);
        self.depth += 1;
        let mut is_empty = true;
        for item in items {
            if !is_empty {
                self.out.push(',');
            }
            self.line();
            write(self, item);
            is_empty = false;
        }
        self.depth -= 1;
        if !is_empty {
            self.line();
        }
        self.out.push(close);
    }

    fn line(&mut self) {
        if self.style.is_indented {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut written = 0;
        for (at, c) in text.char_indices() {
            let Some(escape) = escape(c, self.style.escapes_html) else { continue };
            self.out.push_str(&text[written..at]);
            self.out.push_str(escape);
            if escape == "\\u00" {
                self.out.push_str(&format!("{:02x}", c as u32));
            }
            written = at + c.len_utf8();
        }
        self.out.push_str(&text[written..]);
        self.out.push('"');
    }
}

/// Returns what stands for a character that JSON, or Go, does not write as it is; after `\u00`
/// its code follows.
fn escape(c: char, escapes_html: bool) -> Option<&'static str> {
    Some(match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\0'..' ' => "\\u00",
        '<' | '>' | '&' if escapes_html => "\\u00",
        // Line breaks to JavaScript, so Go escapes them in any case.
        '\u{2028}' => "\\u2028",
        '\u{2029}' => "\\u2029",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{MAX_DEPTH, parse};

    #[test]
    fn numbers_are_read_exactly() {
        let value = Value::from_json("[9007199254740993, 18446744073709551615, 1e2, -0.5, 1e30]");
        let expected = vec![
            Value::Int(9_007_199_254_740_993),
            Value::UInt(u64::MAX),
            Value::Float(100.0),
            Value::Float(-0.5),
            Value::Float(1e30),
        ];
        assert_eq!(value.expect("numbers"), Value::List(expected));
    }

    #[test]
    fn compact_json_is_that_of_go() {
        let value = parse("{b: [1, 2.50, 1e21, null], a: {}, 'x<y': \"\\u2028&\\x01\\b\\x7f\"}");
        let value = value.expect("a mapping");
        assert_eq!(
            value.to_json(),
            "{\"a\":{},\"b\":[1,2.5,1e+21,null],\"x\\u003cy\":\"\\u2028\\u0026\\u0001\\b\u{7f}\"}"
        );
        assert_eq!(
            value.to_json_unescaped(),
            "{\"a\":{},\"b\":[1,2.5,1e+21,null],\"x<y\":\"\\u2028&\\u0001\\b\u{7f}\"}"
        );
    }

    #[test]
    fn indented_json_leaves_what_is_empty_on_its_line() {
        let value = parse("{a: {}, b: [], c: [{d: 1}, 2]}").expect("a mapping");
        let expected = "{\n  \"a\": {},\n  \"b\": [],\n  \"c\": [\n    {\n      \"d\": 1\n    },\n    2\n  ]\n}";
        assert_eq!(value.to_json_indented(), expected);
    }

    #[test]
    fn bad_json_is_an_error_with_its_place() {
        for text in ["{\"a\": 1} x", "{\"a\":\n }", "", "[1,", "nul", "'a'"] {
            let err = Value::from_json(text).expect_err(text);
            assert_eq!(err.to_string(), "invalid JSON");
            assert!(err.line().is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_an_error() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Value::from_json(&nested(MAX_DEPTH)).is_ok());
        assert!(Value::from_json(&nested(MAX_DEPTH + 1)).is_err());
        assert!(Value::from_json(&"[".repeat(1_000_000)).is_err());
    }
}
