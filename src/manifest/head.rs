//! What Helm decodes of a document before it is taken for an object, with Go's rules and words.
//!
//! Helm fills a small struct: the case of a field's name does not matter, the last of several
//! spellings counts, and a number or boolean may stand where a text is wanted.

use crate::yaml::{Map, Value};

/// Says that a field of a document is not of the type that every object has there.
#[derive(Debug, thiserror::Error)]
#[error("{field} must be {wanted}, not {found}")]
pub struct Mismatch {
    field: String,
    wanted: &'static str,
    found: &'static str,
    /// What Go says of the same.
    pub(super) go: String,
}

/// What a field has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Texts,
    Head,
    Metadata,
}

/// The fields of Helm's `SimpleHead`.
const HEAD: [(&str, Shape); 3] =
    [("apiVersion", Shape::Text), ("kind", Shape::Text), ("metadata", Shape::Metadata)];

/// The fields of its `metadata`, a struct without a name.
const METADATA: [(&str, Shape); 2] = [("name", Shape::Text), ("annotations", Shape::Texts)];

impl Shape {
    fn wanted(self) -> &'static str {
        if self == Self::Text { "a string" } else { "a mapping" }
    }

    /// Returns Go's name of the type.
    fn go_type(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Texts => "map[string]string",
            Self::Head => "util.SimpleHead",
            Self::Metadata => {
                r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#
            }
        }
    }

    fn admits(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Map(_) => self != Self::Text,
            Value::List(_) => false,
            _ => self == Self::Text,
        }
    }
}

/// Returns the field of a document that Go takes for `name`.
pub(super) fn field<'v>(map: &'v Map, name: &str) -> Option<&'v Value> {
    if let Some(value) = map.get(name).filter(|value| !value.is_null()) {
        return Some(value);
    }
    let fits =
        |(key, value): &(&String, &Value)| key.eq_ignore_ascii_case(name) && !value.is_null();
    map.iter().filter(fits).max_by_key(|(key, _)| key.as_str()).map(|(_, value)| value)
}

/// Refuses a document that Helm cannot decode.
pub(super) fn check(document: &Value) -> Result<(), Mismatch> {
    let Value::Map(map) = document else {
        return expect(document, Shape::Head, "the document", "");
    };
    check_fields(map, &HEAD, "SimpleHead", "")
}

/// Checks the fields that are there in the order of JSON, which is that of their names.
fn check_fields(
    map: &Map,
    fields: &[(&'static str, Shape)],
    owner: &str,
    above: &str,
) -> Result<(), Mismatch> {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| key.as_str());
    for (key, value) in entries {
        let field = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let Some((name, shape)) = field else { continue };
        let path = format!("{above}{name}");
        expect(value, *shape, &format!("`{path}`"), &format!("{owner}.{path}"))?;
        let Value::Map(inner) = value else { continue };
        match shape {
            Shape::Metadata => check_fields(inner, &METADATA, "", "metadata.")?,
            _ => check_texts(inner, &path)?,
        }
    }
    Ok(())
}

fn check_texts(map: &Map, path: &str) -> Result<(), Mismatch> {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| key.as_str());
    entries.into_iter().try_for_each(|(key, value)| {
        expect(value, Shape::Text, &format!("`{path}.{key}`"), &format!(".{path}"))
    })
}

fn expect(value: &Value, shape: Shape, field: &str, go_field: &str) -> Result<(), Mismatch> {
    if shape.admits(value) {
        return Ok(());
    }
    let (found, go_found) = match value {
        Value::Null => ("null", "null"),
        Value::Bool(_) => ("a boolean", "bool"),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => ("a number", "number"),
        Value::String(_) => ("a string", "string"),
        Value::List(_) => ("a list", "array"),
        Value::Map(_) => ("a mapping", "object"),
    };
    let go_type = shape.go_type();
    let place = match go_field {
        "" => format!("Go value of type {go_type}"),
        _ => format!("Go struct field {go_field} of type {go_type}"),
    };
    Err(Mismatch {
        field: field.to_owned(),
        wanted: shape.wanted(),
        found,
        go: format!("json: cannot unmarshal {go_found} into {place}"),
    })
}
