//! Defaults and demands: what to do about a value that is empty or missing.

use super::Error;
use crate::engine::value::Value;

/// Returns what is given unless it is empty: nil, false, zero, or without items.
pub(super) fn default<'a>(value: &'a Value, given: &'a [Value]) -> &'a Value {
    given.first().filter(|given| given.truth()).unwrap_or(value)
}

/// Returns the first value that is not empty.
pub(super) fn coalesce(values: &[Value]) -> Value {
    values.iter().find(|value| value.truth()).cloned().unwrap_or_default()
}

/// Fails with the chart author's words.
pub(super) fn fail(message: &str) -> Result<Value, Error> {
    Err(Error::Chart(message.to_owned()))
}

/// Returns the value, or fails with the chart author's words when it is nil or an empty text.
pub(super) fn required(message: &str, value: &Value) -> Result<Value, Error> {
    match value {
        Value::Nil => fail(message),
        Value::String(text) if text.as_bytes().is_empty() => fail(message),
        present => Ok(present.clone()),
    }
}
