//! Values as plain data, checked first: what is too deep, too large or no number is an error.

use super::Error;
use super::limits::Walk;
use super::number::format_float;
use crate::engine::value::Value;
use crate::yaml;

/// Returns the plain data of a value, or what encoding/json says against it.
pub(super) fn to_plain(value: &Value) -> Result<yaml::Value, Error> {
    check(value, 0, &mut Walk::default())?;
    Ok(value.to_plain()?)
}

fn check(value: &Value, depth: usize, walk: &mut Walk) -> Result<(), Error> {
    walk.visit(depth)?;
    match value {
        Value::Float(number) if !number.is_finite() => {
            let number = format_float(*number);
            Err(Error::from(format!("json: unsupported value: {number}")))
        }
        Value::Complex(..) => Err(Error::from("json: unsupported type: complex128")),
        Value::List(list) => list.items.iter().try_for_each(|item| check(item, depth + 1, walk)),
        Value::Map(map) => {
            map.snapshot().iter().try_for_each(|(_, value)| check(value, depth + 1, walk))
        }
        _ => Ok(()),
    }
}
