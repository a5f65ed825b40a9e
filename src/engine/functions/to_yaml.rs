//! YAML texts from values and back, and what Helm does about those that are none.

use super::Error;
use super::json::{error_dict, error_list, wrong_type};
use super::limits::{Walk, spend};
use super::plain::to_plain;
use crate::engine::value::{List, ListType, Map, MapType, Value};
use crate::yaml;

/// How many bytes of work a value that is read counts for.
const NODE: usize = 64;

/// Writes a value without the last line break, or says why YAML cannot hold it.
pub(super) fn to_yaml(value: &Value) -> Result<String, Error> {
    let plain = to_plain(value).map_err(|err| match err {
        Error::Message(why) => Error::from(format!("error marshaling into JSON: {why}")),
        other => other,
    })?;
    if let Some(problem) = yaml::emit_problem(&plain) {
        return Err(Error::from(problem));
    }
    let mut text = yaml::emit(&plain);
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// Writes a value without the last line break, with lists indented and long lines whole.
pub(super) fn to_yaml_pretty(value: &Value) -> Result<String, Error> {
    let mut text = yaml::emit_pretty(&direct(value, 0, &mut Walk::default())?);
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// Returns plain data without the trip through JSON, which numbers, bytes and nil lists come out of changed.
fn direct(value: &Value, depth: usize, walk: &mut Walk) -> Result<yaml::Value, Error> {
    walk.visit(depth)?;
    match value {
        Value::Complex(..) => Err(Error::from("cannot marshal type: complex128")),
        Value::List(_) | Value::Bytes(_) => {
            let items = value.as_items().unwrap_or_default();
            let items = items.iter().map(|item| direct(item, depth + 1, walk));
            Ok(yaml::Value::List(items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) => {
            let entries = map.snapshot().into_iter();
            let entries =
                entries.map(|(key, value)| Ok((key.to_string(), direct(&value, depth + 1, walk)?)));
            Ok(yaml::Value::Map(entries.collect::<Result<_, Error>>()?))
        }
        Value::Object(object) if object.basic().is_some() => Ok(object.print().into()),
        other => Ok(other.to_plain()?),
    }
}

/// Reads a mapping; when that fails, a dict that holds nothing but the reason, as `Error`.
pub(super) fn from_yaml(text: &str) -> Map {
    match read(text) {
        Ok(yaml::Value::Null) => Map::default(),
        Ok(yaml::Value::Map(map)) => Map::from_plain(&map, MapType::Any),
        Ok(other) => error_dict(&wrong_shape(&other, "map[string]interface {}")),
        Err(message) => error_dict(&message),
    }
}

/// Reads a sequence; when that fails, a list that holds nothing but the reason.
pub(super) fn from_yaml_array(text: &str) -> List {
    match read(text) {
        Ok(yaml::Value::Null) => List::default(),
        Ok(yaml::Value::List(items)) => {
            List::new(items.iter().map(Value::from).collect(), ListType::Any)
        }
        Ok(other) => error_list(&wrong_shape(&other, "[]interface {}")),
        Err(message) => error_list(&message),
    }
}

/// Reads a document; its numbers become floats, because Helm reads YAML by way of JSON.
fn read(text: &str) -> Result<yaml::Value, String> {
    spend(text.len());
    match yaml::parse(text) {
        Ok(plain) => {
            spend_nodes(&plain);
            Ok(plain.numbers_as_floats())
        }
        Err(err) => Err(format!("error converting YAML to JSON: {err}")),
    }
}

/// Counts what was made, of which aliases can make more than there is text.
fn spend_nodes(plain: &yaml::Value) {
    spend(NODE);
    match plain {
        yaml::Value::List(items) => items.iter().for_each(spend_nodes),
        yaml::Value::Map(map) => map.values().for_each(spend_nodes),
        yaml::Value::String(text) => spend(text.len()),
        _ => {}
    }
}

fn wrong_shape(found: &yaml::Value, wanted: &str) -> String {
    format!("error unmarshaling JSON: while decoding JSON: {}", wrong_type(found, wanted))
}
