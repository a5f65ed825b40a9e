//! JSON as Go's encoding/json writes and reads it.

mod read;

pub(crate) use read::{Broken, read_first};

use super::Error;
use super::limits::spend;
use super::plain::to_plain;
use crate::engine::value::{List, ListType, Map, MapType, Value};
use crate::yaml;

/// How many bytes of work a byte of JSON counts for: two can make an item of a list.
const READ: usize = 16;

fn read(text: &str) -> Result<(yaml::Value, Option<String>), String> {
    spend(text.len() * READ);
    read::read(text)
}

/// Writes a value on one line, or says why JSON cannot hold it.
pub(super) fn to_json(value: &Value) -> Result<String, Error> {
    Ok(to_plain(value)?.to_json())
}

/// Writes a value on one line with `<`, `>` and `&` as they are, or says why JSON cannot hold it.
pub(super) fn to_raw_json(value: &Value) -> Result<String, Error> {
    Ok(to_plain(value)?.to_json_unescaped())
}

/// Writes a value on indented lines, or says why JSON cannot hold it.
pub(super) fn to_pretty_json(value: &Value) -> Result<String, Error> {
    Ok(to_plain(value)?.to_json_indented())
}

/// Reads an object; when that fails, a dict that holds nothing but the reason, as `Error`.
pub(super) fn from_json(text: &str) -> Map {
    match read(text) {
        Ok((yaml::Value::Null, _)) => Map::default(),
        Ok((yaml::Value::Map(map), complaint)) => {
            let dict = Map::from_plain(&map, MapType::Any);
            if let Some(complaint) = complaint {
                dict.set("Error", Value::from(complaint));
            }
            dict
        }
        Ok((other, _)) => error_dict(&wrong_type(&other, "map[string]interface {}")),
        Err(message) => error_dict(&message),
    }
}

/// Reads an array; when that fails, a list that holds nothing but the reason.
pub(super) fn from_json_array(text: &str) -> List {
    match read(text) {
        Ok((yaml::Value::Null, _)) => List::nil_if_empty(Vec::new(), ListType::Any),
        Ok((yaml::Value::List(_), Some(complaint))) => error_list(&complaint),
        Ok((yaml::Value::List(items), None)) => {
            List::new(items.iter().map(Value::from).collect(), ListType::Any)
        }
        Ok((other, _)) => error_list(&wrong_type(&other, "[]interface {}")),
        Err(message) => error_list(&message),
    }
}

/// Reads any JSON value.
pub(super) fn must_from_json(text: &str) -> Result<Value, Error> {
    match read(text)? {
        (_, Some(complaint)) => Err(Error::from(complaint)),
        (value, None) => Ok(Value::from(&value)),
    }
}

/// Says that JSON holds something else than what Go reads it into.
pub(super) fn wrong_type(found: &yaml::Value, wanted: &str) -> String {
    let found = match found {
        yaml::Value::Bool(_) => "bool",
        yaml::Value::String(_) => "string",
        yaml::Value::List(_) => "array",
        yaml::Value::Map(_) => "object",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// Returns the dict with which Helm's `from` functions answer to a text they cannot read.
pub(super) fn error_dict(message: &str) -> Map {
    let dict = Map::default();
    dict.set("Error", Value::from(message));
    dict
}

/// Returns the list with which Helm's `from…Array` functions answer to a text they cannot read.
pub(super) fn error_list(message: &str) -> List {
    List::new(vec![Value::from(message)], ListType::Any)
}
