//! Values as Go's `%#v` prints them, which is how Helm's errors show a key that cannot be one.

use std::fmt::Write;

use super::number::yaml_float;
use super::value::Value;

/// Prints a value; what is inside a sequence or mapping carries its Go type.
pub(super) fn go_syntax(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Null => text.push_str("<nil>"),
        _ => write_value(&mut text, value),
    }
    text
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("interface {}(nil)"),
        Value::Bool(truth) => write_display(text, truth),
        Value::Int(number) => write_display(text, number),
        Value::UInt(number) => write_display(text, format_args!("{number:#x}")),
        Value::Float(number) => text.push_str(&yaml_float(*number)),
        Value::String(string) => write_quoted(text, string),
        Value::List(items) => {
            text.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write_value(text, item);
            }
            text.push('}');
        }
        Value::Map(map) => {
            text.push_str("map[interface {}]interface {}{");
            for (index, (key, value)) in map.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write_quoted(text, key);
                text.push(':');
                write_value(text, value);
            }
            text.push('}');
        }
    }
}

fn write_display(text: &mut String, shown: impl std::fmt::Display) {
    write!(text, "{shown}").expect("writing to a string cannot fail");
}

fn write_quoted(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\u{b}' => text.push_str("\\v"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_ascii_control() => write_display(text, format_args!("\\x{:02x}", c as u32)),
            c if c.is_control() => write_display(text, format_args!("\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn values_look_as_in_go() {
        let cases = [
            ("null", "<nil>"),
            ("12", "12"),
            ("9223372036854775808", "0x8000000000000000"),
            ("\"a\\tb\\x01\"", "\"a\\tb\\x01\""),
            ("[null, yes]", "[]interface {}{interface {}(nil), true}"),
            ("{.Values.x: }", "map[interface {}]interface {}{\".Values.x\":interface {}(nil)}"),
            (
                "{a: 1, b: [1.5]}",
                "map[interface {}]interface {}{\"a\":1, \"b\":[]interface {}{1.5}}",
            ),
        ];
        for (yaml, expected) in cases {
            assert_eq!(go_syntax(&parse(yaml).expect(yaml)), expected);
        }
    }
}
