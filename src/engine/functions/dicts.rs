//! Dicts: maps with string keys, shared by everyone who holds them.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::{Error, cast};
use crate::engine::value::{Map, MapType, Text, Value};

/// Makes a dict of keys and values in turn; a last key without value gets an empty text.
pub(super) fn dict(values: &[Value]) -> Result<Map, Error> {
    let pairs = values.chunks(2).map(|pair| {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::from(""));
        Ok((Rc::from(cast::to_text(&pair[0])?.as_str()), value))
    });
    Ok(Map::new(pairs.collect::<Result<_, Error>>()?, MapType::Any))
}

/// Returns the value of `key`, an empty text if there is none.
pub(super) fn get(dict: &Map, key: &str) -> Value {
    dict.get(key).unwrap_or_else(|| Value::from(""))
}

/// Sets `key` in the dict itself, and returns the dict.
pub(super) fn set(dict: Map, key: &str, value: &Value) -> Map {
    dict.set(key, value.clone());
    dict
}

/// Removes `key` from the dict itself, and returns the dict.
pub(super) fn unset(dict: Map, key: &str) -> Map {
    dict.remove(key);
    dict
}

/// Returns the values of `key` in all dicts that have it.
pub(super) fn pluck(key: &str, dicts: impl Iterator<Item = Map>) -> Vec<Value> {
    dicts.filter_map(|dict| dict.get(key)).collect()
}

/// Returns the keys of all dicts, sorted within each, where Go has them in random order.
pub(super) fn keys(dicts: impl Iterator<Item = Map>) -> Vec<Text> {
    dicts.flat_map(|dict| dict.snapshot()).map(|(key, _)| Text::Utf8(key)).collect()
}

/// Returns the values of a dict in the order of its keys, where Go has them in random order.
pub(super) fn values(dict: &Map) -> Vec<Value> {
    dict.snapshot().into_iter().map(|(_, value)| value).collect()
}

/// Returns a new dict with only these keys.
pub(super) fn pick<K: AsRef<str>>(dict: &Map, keys: impl Iterator<Item = K>) -> Map {
    let entries = keys.filter_map(|key| Some((Rc::from(key.as_ref()), dict.get(key.as_ref())?)));
    Map::new(entries.collect(), MapType::Any)
}

/// Returns a new dict without these keys.
pub(super) fn omit<K: AsRef<str>>(dict: &Map, keys: impl Iterator<Item = K>) -> Map {
    let omitted: HashSet<String> = keys.map(|key| key.as_ref().to_owned()).collect();
    let entries: BTreeMap<_, _> =
        dict.snapshot().into_iter().filter(|(key, _)| !omitted.contains(key.as_ref())).collect();
    Map::new(entries, MapType::Any)
}

/// Follows keys into a dict; the last argument is the dict, the one before it the default.
pub(super) fn dig(arguments: &[Value]) -> Result<Value, Error> {
    let [keys @ .., default, dict] = arguments else { return Err(too_few()) };
    if keys.is_empty() {
        return Err(too_few());
    }
    let mut current = as_dict(dict)?;
    let keys = keys.iter().map(as_key).collect::<Result<Vec<_>, _>>()?;
    for (index, key) in keys.iter().enumerate() {
        match current.get(key) {
            None => return Ok(default.clone()),
            Some(value) if index + 1 == keys.len() => return Ok(value),
            Some(value) => current = as_dict(&value)?,
        }
    }
    Ok(default.clone())
}

fn too_few() -> Error {
    Error::from("dig needs at least three arguments")
}

/// Go's type assertion, which `.Values` does not meet, as its type has a name of its own.
fn as_dict(value: &Value) -> Result<Map, Error> {
    match value {
        Value::Map(map) if map.map_type() == MapType::Any => Ok(map.clone()),
        other => Err(wrong_type(other, "map[string]interface {}")),
    }
}

fn as_key(value: &Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text.as_str().into_owned()),
        other => Err(wrong_type(other, "string")),
    }
}

fn wrong_type(value: &Value, wanted: &str) -> Error {
    let found = if matches!(value, Value::Nil) { "nil" } else { value.type_name() };
    Error::from(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}
