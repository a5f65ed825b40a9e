//! Numbers and texts out of any value, by the rules of Sprig's `strval` and of spf13/cast.

use super::Error;
use super::number::{float_to_int, parse_float};
use crate::engine::gotemplate::number::parse_signed;
use crate::engine::gotemplate::printf::sprint;
use crate::engine::value::{ListType, Text, Value};

/// Returns an integer: 0 for whatever is none, octal and hexadecimal texts included.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint8(number) => i64::from(*number),
        Value::Uint64(number) => number.cast_signed(),
        Value::Float(number) => float_to_int(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => parse_signed(trim_zero_decimal(&text.as_str())).unwrap_or_default(),
        Value::Object(object) => match (object.type_name(), object.basic()) {
            ("time.Month" | "time.Weekday", Some(Value::Int(number))) => number,
            _ => 0,
        },
        _ => 0,
    }
}

/// Returns a float: 0 for whatever is none.
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Uint8(number) => f64::from(*number),
        Value::Uint64(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => parse_float(&text.as_str()).unwrap_or_default(),
        Value::Object(_) => to_int64(value) as f64,
        _ => 0.0,
    }
}

/// Cuts off `.000`, so that `10.0` reads as an integer; `10.5` and `10.` do not.
fn trim_zero_decimal(text: &str) -> &str {
    match text.trim_end_matches('0').strip_suffix('.') {
        Some(whole) if !text.ends_with('.') => whole,
        _ => text,
    }
}

/// Returns the text of a value: strings and bytes as they are, the rest as Go prints it.
pub(super) fn to_text(value: &Value) -> Result<Text, Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bytes(bytes) => Ok(Text::from_bytes(bytes)),
        other => sprint(other),
    }
}

/// Returns the texts of the items of a slice without nils; anything else is a slice of one.
pub(super) fn to_texts(value: &Value) -> Result<Vec<Text>, Error> {
    match value {
        Value::Nil => Ok(Vec::new()),
        Value::List(list) if list.item_type == ListType::Any => {
            list.items.iter().filter(|item| !matches!(item, Value::Nil)).map(to_text).collect()
        }
        other => match other.as_items() {
            Some(items) => items.iter().map(to_text).collect(),
            None => Ok(vec![to_text(other)?]),
        },
    }
}
