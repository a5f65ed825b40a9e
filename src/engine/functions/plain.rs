//! Values as plain data, checked first: what is too deep, too large or no number is an error.

use super::Error;
use super::limits::{MAX_NODES, check_depth};
use crate::engine::value::Value;
use crate::yaml;

/// Returns the plain data of a value, or what encoding/json says against it.
pub(super) fn to_plain(value: &Value) -> Result<yaml::Value, Error> {
    check(value, 0, &mut 0)?;
    Ok(value.to_plain()?)
}

fn check(value: &Value, depth: usize, nodes: &mut usize) -> Result<(), Error> {
    check_depth(depth)?;
    *nodes += 1;
    if *nodes > MAX_NODES {
        return Err(Error::from(format!("value has more than {MAX_NODES} parts")));
    }
    match value {
        Value::Float(number) if !number.is_finite() => {
            let number = super::number::format_float(*number);
            Err(Error::from(format!("json: unsupported value: {number}")))
        }
        Value::Complex(..) => Err(Error::from("json: unsupported type: complex128")),
        Value::List(list) => list.items.iter().try_for_each(|item| check(item, depth + 1, nodes)),
        Value::Map(map) => {
            map.snapshot().iter().try_for_each(|(_, value)| check(value, depth + 1, nodes))
        }
        _ => Ok(()),
    }
}
