//! Defaults and demands: what to do about a value that is empty or missing.

use super::{Demand, DemandKind, Error, Host};
use crate::engine::value::Value;

/// Returns what is given unless it is empty: nil, false, zero, or without items.
pub(super) fn default<'a>(value: &'a Value, given: &'a [Value]) -> &'a Value {
    given.first().filter(|given| given.truth()).unwrap_or(value)
}

/// Returns the first value that is not empty.
pub(super) fn coalesce(values: &[Value]) -> Value {
    values.iter().find(|value| value.truth()).cloned().unwrap_or_default()
}

/// Demands with the chart author's words that templates are not used like this.
pub(super) fn fail(host: &dyn Host, message: &str) -> Result<Value, Error> {
    host.demand(Demand { kind: DemandKind::Fail, message: message.to_owned() })
}

/// Returns the value, or demands it with the chart author's words when it is nil or an empty text.
pub(super) fn required(host: &dyn Host, message: &str, value: &Value) -> Result<Value, Error> {
    let kind = match value {
        Value::Nil => DemandKind::Missing,
        Value::String(text) if text.as_bytes().is_empty() => DemandKind::Empty,
        present => return Ok(present.clone()),
    };
    host.demand(Demand { kind, message: message.to_owned() })
}
