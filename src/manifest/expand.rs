//! A document as objects: one, or each item of a list, as Kubernetes' own builder sees them.

use std::collections::VecDeque;

use super::document::Document;
use super::error::Error;
use super::object::{Object, ObjectRef};
use crate::yaml::{self, Map, Value};

/// Adds the objects of a document; a document without data has none.
pub(super) fn expand(document: &Document, objects: &mut Vec<Object>) -> Result<(), Error> {
    if document.value.is_null() {
        return Ok(());
    }
    if document.value.get("items").is_none() {
        let text = document.text.clone();
        objects.push(object(document, document.value.clone(), text)?);
        return Ok(());
    }
    require(document, &document.value, "kind")?;
    if !matches!(document.value.get("items"), Some(Value::List(_) | Value::Null)) {
        let path = document.source.clone();
        return Err(Error::Items { path, excerpt: document.excerpt().into() });
    }
    let mut queue = VecDeque::from(items(&document.value).unwrap_or_default());
    while let Some(item) = queue.pop_front() {
        match self::items(&item) {
            // Lists inside lists come after everything that is beside them, as in client-go.
            Some(inner) => queue.extend(inner),
            None => {
                let text = yaml::emit(&item);
                objects.push(object(document, item, text)?);
            }
        }
    }
    Ok(())
}

/// Returns the items of a list; whatever has a list of `items` is one, whatever its kind.
fn items(value: &Value) -> Option<Vec<Value>> {
    let items = value.get("items")?.as_list()?;
    let list_kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let kind = list_kind.strip_suffix("List").unwrap_or(list_kind);
    let typed = |item: &Value| with_type(item.clone(), value.get("apiVersion"), kind);
    Some(items.iter().map(typed).collect())
}

/// Gives an item of a typed list, such as a `ConfigMapList`, the type that it leaves out.
fn with_type(mut item: Value, api_version: Option<&Value>, kind: &str) -> Value {
    if let Value::Map(map) = &mut item
        && !map.contains_key("kind")
        && !map.contains_key("apiVersion")
    {
        map.insert("kind".to_owned(), kind.into());
        map.extend(api_version.map(|version| ("apiVersion".to_owned(), version.clone())));
    }
    item
}

fn object(document: &Document, value: Value, text: String) -> Result<Object, Error> {
    let empty = Map::new();
    let metadata = value.get("metadata").and_then(Value::as_map).unwrap_or(&empty);
    let named =
        |key: &str| metadata.get(key).and_then(Value::as_str).filter(|name| !name.is_empty());
    if named("name").or(named("generateName")).is_none() {
        return Err(incomplete(document, "metadata.name"));
    }
    let reference = ObjectRef {
        api_version: require(document, &value, "apiVersion")?,
        kind: require(document, &value, "kind")?,
        namespace: named("namespace").map(str::to_owned),
        name: named("name").unwrap_or_default().to_owned(),
    };
    Ok(Object { source: document.source.clone(), line: document.line, text, value, reference })
}

fn require(document: &Document, value: &Value, field: &'static str) -> Result<String, Error> {
    match value.get(field).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(incomplete(document, field)),
    }
}

fn incomplete(document: &Document, field: &'static str) -> Error {
    Error::Incomplete { path: document.source.clone(), excerpt: document.excerpt().into(), field }
}
