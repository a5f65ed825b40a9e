//! Go's comparison functions: which kinds compare, and what they say when they do not.

use std::cmp::Ordering;
use std::rc::Rc;

use super::exec::Evaluated;
use super::printf::sprintf;
use crate::engine::functions::Error;
use crate::engine::value::Value;

/// A value as Go's comparisons see it.
enum Basic<'v> {
    Bool(bool),
    Complex(f64, f64),
    Int(i64),
    Float(f64),
    String(&'v [u8]),
    Unsigned(u64),
}

/// Returns the basic kind of a value; `named` keeps what a named type such as a duration stands for.
fn basic<'v>(value: &'v Value, named: &'v mut Value) -> Option<Basic<'v>> {
    let value = match value {
        Value::Object(object) => {
            *named = object.basic()?;
            named
        }
        value => value,
    };
    Some(match value {
        Value::Bool(truth) => Basic::Bool(*truth),
        Value::Int(number) | Value::Int64(number) => Basic::Int(*number),
        Value::Uint8(number) => Basic::Unsigned(u64::from(*number)),
        Value::Uint64(number) => Basic::Unsigned(*number),
        Value::Float(number) => Basic::Float(*number),
        Value::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
        Value::String(text) => Basic::String(text.as_bytes()),
        Value::Nil | Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Object(_) => {
            return None;
        }
    })
}

fn incompatible(left: &Value, right: &Value) -> Error {
    Error::Message(format!(
        "incompatible types for comparison: {} and {}",
        left.type_name(),
        right.type_name()
    ))
}

/// Says whether the first argument equals any of the others.
pub(super) fn eq(arguments: &[Evaluated]) -> Result<bool, Error> {
    let Some((first, others)) = arguments.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Err(Error::Message("missing argument for comparison".to_owned()));
    };
    for other in others {
        if equal(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    let (mut left_named, mut right_named) = (Value::Nil, Value::Nil);
    Ok(match (basic(left, &mut left_named), basic(right, &mut right_named)) {
        (Some(Basic::Int(int)), Some(Basic::Unsigned(unsigned)))
        | (Some(Basic::Unsigned(unsigned)), Some(Basic::Int(int))) => {
            u64::try_from(int).is_ok_and(|int| int == unsigned)
        }
        (Some(Basic::Bool(left)), Some(Basic::Bool(right))) => left == right,
        (Some(Basic::Complex(a, b)), Some(Basic::Complex(c, d))) => a == c && b == d,
        (Some(Basic::Float(left)), Some(Basic::Float(right))) => left == right,
        (Some(Basic::Int(left)), Some(Basic::Int(right))) => left == right,
        (Some(Basic::String(left)), Some(Basic::String(right))) => left == right,
        (Some(Basic::Unsigned(left)), Some(Basic::Unsigned(right))) => left == right,
        (None, None) => return equal_references(left, right),
        _ if matches!(left, Value::Nil) || matches!(right, Value::Nil) => false,
        _ => return Err(incompatible(left, right)),
    })
}

/// Compares values that are nothing basic: of these only nil, pointers and structs compare.
fn equal_references(left: &Value, right: &Value) -> Result<bool, Error> {
    match (left, right) {
        (Value::Nil, _) | (_, Value::Nil) => {
            Ok(matches!(left, Value::Nil) && matches!(right, Value::Nil))
        }
        _ if left.kind() != right.kind() => {
            let (left_type, right_type) =
                (Value::from(left.type_name()), Value::from(right.type_name()));
            let arguments = [left.clone(), left_type, right_type, right.clone()];
            Err(told(b"non-comparable types %s: %v, %s: %v", &arguments))
        }
        (Value::Object(left), Value::Object(right)) if left.entries().is_none() => {
            Ok(Rc::ptr_eq(left, right)
                || left.type_name() == right.type_name() && left.print() == right.print())
        }
        _ => {
            let arguments = [right.clone(), Value::from(right.type_name())];
            Err(told(b"non-comparable type %s: %v", &arguments))
        }
    }
}

fn told(format: &[u8], arguments: &[Value]) -> Error {
    match sprintf(format, arguments) {
        Ok(text) => Error::Message(text.as_str().into_owned()),
        Err(error) => error,
    }
}

/// Says whether the first argument is less than the second.
pub(super) fn lt(arguments: &[Evaluated]) -> Result<bool, Error> {
    let (left, right) = (&arguments[0].value, &arguments[1].value);
    let invalid = || Error::Message("invalid type for comparison".to_owned());
    let (mut left_named, mut right_named) = (Value::Nil, Value::Nil);
    let left_basic = basic(left, &mut left_named).ok_or_else(invalid)?;
    let right_basic = basic(right, &mut right_named).ok_or_else(invalid)?;
    Ok(match (left_basic, right_basic) {
        (Basic::Int(int), Basic::Unsigned(unsigned)) => {
            u64::try_from(int).map_or(true, |int| int < unsigned)
        }
        (Basic::Unsigned(unsigned), Basic::Int(int)) => {
            u64::try_from(int).is_ok_and(|int| unsigned < int)
        }
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => {
            return Err(invalid());
        }
        (Basic::Float(left), Basic::Float(right)) => {
            left.partial_cmp(&right) == Some(Ordering::Less)
        }
        (Basic::Int(left), Basic::Int(right)) => left < right,
        (Basic::String(left), Basic::String(right)) => left < right,
        (Basic::Unsigned(left), Basic::Unsigned(right)) => left < right,
        _ => return Err(incompatible(left, right)),
    })
}

/// Says whether the first argument is less than or equal to the second.
pub(super) fn le(arguments: &[Evaluated]) -> Result<bool, Error> {
    Ok(lt(arguments)? || eq(arguments)?)
}
