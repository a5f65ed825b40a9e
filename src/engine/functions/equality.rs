//! Go's reflect.DeepEqual, and deep copies.

use std::rc::Rc;

use super::Error;
use super::limits::Walk;
use crate::engine::value::{List, Map, Value};

/// Says whether both are equal in type and content; `1` and `1.0` are not.
pub(super) fn deep_equal(a: &Value, b: &Value) -> Result<bool, Error> {
    deep_equal_within(a, b, &mut Walk::default())
}

/// Like [`deep_equal`], as a part of a longer walk.
pub(super) fn deep_equal_within(a: &Value, b: &Value, walk: &mut Walk) -> Result<bool, Error> {
    equal(a, b, 0, walk)
}

fn equal(a: &Value, b: &Value, depth: usize, walk: &mut Walk) -> Result<bool, Error> {
    walk.visit(depth)?;
    Ok(match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
        (Value::Uint8(a), Value::Uint8(b)) => a == b,
        (Value::Uint64(a), Value::Uint64(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Complex(a, c), Value::Complex(b, d)) => a == b && c == d,
        (Value::String(a), Value::String(b)) => a.as_bytes() == b.as_bytes(),
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => equal_lists(a, b, depth, walk)?,
        (Value::Map(a), Value::Map(b)) => equal_maps(a, b, depth, walk)?,
        (Value::Object(a), Value::Object(b)) => {
            Rc::ptr_eq(a, b) || a.type_name() == b.type_name() && a.to_plain() == b.to_plain()
        }
        _ => false,
    })
}

fn equal_lists(a: &List, b: &List, depth: usize, walk: &mut Walk) -> Result<bool, Error> {
    if a.item_type != b.item_type || a.nil != b.nil || a.items.len() != b.items.len() {
        return Ok(false);
    }
    if Rc::ptr_eq(&a.items, &b.items) {
        return Ok(true);
    }
    for (a, b) in a.items.iter().zip(b.items.iter()) {
        if !equal(a, b, depth + 1, walk)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(a: &Map, b: &Map, depth: usize, walk: &mut Walk) -> Result<bool, Error> {
    if a.map_type() != b.map_type() || a.len() != b.len() {
        return Ok(false);
    }
    if a.same(b) {
        return Ok(true);
    }
    for (key, a) in a.snapshot() {
        let Some(b) = b.get(&key) else { return Ok(false) };
        if !equal(&a, &b, depth + 1, walk)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies maps and lists all the way down, so that changes to the copy stay there.
pub(super) fn deep_copy(value: &Value) -> Result<Value, Error> {
    if matches!(value, Value::Nil) {
        return Err(Error::from("reflect: call of reflect.Value.Type on zero Value"));
    }
    copy(value, 0, &mut Walk::default())
}

fn copy(value: &Value, depth: usize, walk: &mut Walk) -> Result<Value, Error> {
    walk.visit(depth)?;
    Ok(match value {
        Value::List(list) => {
            let items = list.items.iter().map(|item| copy(item, depth + 1, walk));
            let items = Rc::new(items.collect::<Result<_, Error>>()?);
            Value::List(List { items, item_type: list.item_type, nil: list.nil })
        }
        Value::Map(map) => {
            let entries = map.snapshot().into_iter();
            let entries = entries.map(|(key, value)| Ok((key, copy(&value, depth + 1, walk)?)));
            Value::Map(Map::new(entries.collect::<Result<_, Error>>()?, map.map_type()))
        }
        other => other.clone(),
    })
}
