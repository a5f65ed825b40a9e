//! Go's `%v` and `%q`.

use std::fmt::Write as _;

use super::number::format_float;
use crate::engine::value::{MAX_DEPTH, Text, Value};

/// Prints a value as `%v`.
pub(super) fn print(value: &Value) -> Text {
    if let Value::String(text) = value {
        return text.clone();
    }
    let mut out = Vec::new();
    write_value(value, 0, &mut out);
    Text::from_bytes(&out)
}

fn write_value(value: &Value, depth: usize, out: &mut Vec<u8>) {
    if depth > MAX_DEPTH {
        return out.extend_from_slice(b"...");
    }
    match value {
        Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Value::Int(number) | Value::Int64(number) => {
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Uint8(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Uint64(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(format_float(*number).as_bytes()),
        Value::Complex(real, imaginary) => {
            let imaginary = format_float(*imaginary);
            let plus = if imaginary.starts_with(['+', '-']) { "" } else { "+" };
            let text = format!("({}{plus}{imaginary}i)", format_float(*real));
            out.extend_from_slice(text.as_bytes());
        }
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        Value::Map(map) => {
            out.extend_from_slice(b"map[");
            for (index, (key, item)) in map.snapshot().iter().enumerate() {
                out.extend_from_slice(if index > 0 { b" " } else { b"" });
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                write_value(item, depth + 1, out);
            }
            out.push(b']');
        }
        Value::Object(object) => out.extend_from_slice(object.print().as_bytes()),
        Value::List(_) | Value::Bytes(_) => {
            out.push(b'[');
            for (index, item) in value.as_items().unwrap_or_default().iter().enumerate() {
                out.extend_from_slice(if index > 0 { b" " } else { b"" });
                write_value(item, depth + 1, out);
            }
            out.push(b']');
        }
    }
}

/// Quotes bytes as `%q`.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            quote_char(character, &mut out);
        }
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn quote_char(character: char, out: &mut String) {
    match character {
        '"' | '\\' => out.extend(['\\', character]),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        ' '..='~' => out.push(character),
        '\0'..='\x7f' => {
            let _ = write!(out, "\\x{:02x}", u32::from(character));
        }
        _ if super::unicode::is_print(character) => out.push(character),
        '\u{10000}'.. => {
            let _ = write!(out, "\\U{:08x}", u32::from(character));
        }
        _ => {
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        }
    }
}
