//! From YAML to `Chart.yaml` and `Chart.lock` as Go decodes them: names in any case, numbers where
//! text is wanted.

use jiff::Timestamp;

use super::metadata::{Lock, Metadata};
use crate::values::go;
use crate::yaml::{self, Map, Value};

/// Says that some part of a file is not of the type that Helm wants, in Go's words.
#[derive(Debug, thiserror::Error)]
#[error("error unmarshaling JSON: while decoding JSON: {problem}")]
pub struct Misfit {
    problem: String,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Time,
    Texts,
    TextByName,
    Anything,
    List(&'static Fields),
}

/// The fields of a type, under Go's name for it.
struct Fields {
    name: &'static str,
    fields: &'static [(&'static str, Shape)],
}

static MAINTAINER: Fields = Fields {
    name: "Maintainer",
    fields: &[("name", Shape::Text), ("email", Shape::Text), ("url", Shape::Text)],
};

static DEPENDENCY: Fields = Fields {
    name: "Dependency",
    fields: &[
        ("name", Shape::Text),
        ("version", Shape::Text),
        ("repository", Shape::Text),
        ("condition", Shape::Text),
        ("tags", Shape::Texts),
        ("enabled", Shape::Flag),
        ("import-values", Shape::Anything),
        ("alias", Shape::Text),
    ],
};

static METADATA: Fields = Fields {
    name: "Metadata",
    fields: &[
        ("name", Shape::Text),
        ("home", Shape::Text),
        ("sources", Shape::Texts),
        ("version", Shape::Text),
        ("description", Shape::Text),
        ("keywords", Shape::Texts),
        ("maintainers", Shape::List(&MAINTAINER)),
        ("icon", Shape::Text),
        ("apiVersion", Shape::Text),
        ("condition", Shape::Text),
        ("tags", Shape::Text),
        ("appVersion", Shape::Text),
        ("deprecated", Shape::Flag),
        ("annotations", Shape::TextByName),
        ("kubeVersion", Shape::Text),
        ("dependencies", Shape::List(&DEPENDENCY)),
        ("type", Shape::Text),
    ],
};

static LOCK: Fields = Fields {
    name: "Lock",
    fields: &[
        ("generated", Shape::Time),
        ("digest", Shape::Text),
        ("dependencies", Shape::List(&DEPENDENCY)),
    ],
};

/// The fields of metadata, gathered from one or several files.
#[derive(Default)]
pub(super) struct MetadataFields {
    fields: Map,
    /// The list that has an empty entry, which only the validation refuses.
    pub(super) empty_entry: Option<&'static str>,
}

impl MetadataFields {
    /// Adds what a file says; it wins over what was there before.
    pub(super) fn add(&mut self, value: Value) -> Result<(), Misfit> {
        let mut decoder = Decoder { root: &METADATA, empty_entry: None };
        self.fields.extend(decoder.object(value, &METADATA, "")?);
        self.empty_entry = self.empty_entry.or(decoder.empty_entry);
        Ok(())
    }

    /// Returns the version of the chart format.
    pub(super) fn api_version(&self) -> &str {
        self.fields.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
    }

    /// Says whether there is a list of dependencies without entries.
    pub(super) fn lists_nothing(&self) -> bool {
        self.fields.get("dependencies").and_then(Value::as_list).is_some_and(|list| list.is_empty())
    }

    /// Makes metadata of the fields.
    pub(super) fn finish(self) -> Result<Metadata, Misfit> {
        typed(self.fields)
    }
}

/// Makes a lock of a parsed `Chart.lock`.
pub(super) fn lock(value: Value) -> Result<Lock, Misfit> {
    typed(Decoder { root: &LOCK, empty_entry: None }.object(value, &LOCK, "")?)
}

/// Makes metadata of a parsed `Chart.yaml`, whatever it says.
pub(crate) fn metadata(value: Value) -> Result<Metadata, Misfit> {
    let mut fields = MetadataFields::default();
    fields.add(value)?;
    fields.finish()
}

/// Returns the first name in a parsed `Chart.yaml` that is no field of metadata.
pub(crate) fn unknown_field(value: &Value) -> Option<&str> {
    unknown_in(value, &METADATA)
}

fn unknown_in<'a>(value: &'a Value, fields: &Fields) -> Option<&'a str> {
    value.as_map()?.iter().find_map(|(key, value)| {
        let known = fields.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        match known {
            None => Some(key.as_str()),
            Some((_, Shape::List(inner))) => {
                value.as_list()?.iter().find_map(|item| unknown_in(item, inner))
            }
            Some(_) => None,
        }
    })
}

fn typed<T: serde::de::DeserializeOwned>(fields: Map) -> Result<T, Misfit> {
    yaml::from_value(Value::Map(fields)).map_err(|error| Misfit { problem: error.to_string() })
}

struct Decoder {
    root: &'static Fields,
    empty_entry: Option<&'static str>,
}

impl Decoder {
    /// Keeps the fields that are known, under their right names; null is as good as absent.
    fn object(
        &mut self,
        value: Value,
        fields: &'static Fields,
        prefix: &str,
    ) -> Result<Map, Misfit> {
        let map = match value {
            Value::Map(map) => map,
            Value::Null => Map::new(),
            other => {
                return Err(self.misfit(&other, fields, prefix, &format!("v2.{}", fields.name)));
            }
        };
        let mut read = Map::new();
        for (key, value) in map {
            let known = fields.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key));
            let Some((name, shape)) = known.filter(|_| !value.is_null()) else { continue };
            let path =
                if prefix.is_empty() { (*name).to_owned() } else { format!("{prefix}.{name}") };
            let value = self.fit(value, *shape, fields, &path)?;
            read.insert((*name).to_owned(), value);
        }
        Ok(read)
    }

    fn fit(
        &mut self,
        value: Value,
        shape: Shape,
        fields: &'static Fields,
        path: &str,
    ) -> Result<Value, Misfit> {
        match (shape, value) {
            (Shape::Text, value) => self.text(value, fields, path),
            (Shape::Flag, value @ Value::Bool(_)) => Ok(value),
            (Shape::Anything, value @ Value::List(_)) => Ok(value.numbers_as_floats()),
            (Shape::Time, value) => time(value),
            (Shape::Texts, Value::List(items)) => {
                let items = items.into_iter().map(|item| self.text(item, fields, path));
                items.collect::<Result<_, _>>().map(Value::List)
            }
            (Shape::TextByName, Value::Map(map)) => {
                let map =
                    map.into_iter().map(|(key, value)| Ok((key, self.text(value, fields, path)?)));
                map.collect::<Result<_, _>>().map(Value::Map)
            }
            (Shape::List(inner), Value::List(items)) => {
                if items.iter().any(Value::is_null) {
                    self.empty_entry.get_or_insert(if inner.name == "Dependency" {
                        "dependencies"
                    } else {
                        "maintainers"
                    });
                }
                let items = items.into_iter().filter(|item| !item.is_null());
                let items = items.map(|item| self.object(item, inner, path).map(Value::Map));
                items.collect::<Result<_, _>>().map(Value::List)
            }
            (shape, other) => Err(self.misfit(&other, fields, path, &type_name(shape))),
        }
    }

    /// Helm's YAML library makes text of numbers and truth values, and Go leaves an empty text for
    /// null.
    fn text(&self, value: Value, fields: &'static Fields, path: &str) -> Result<Value, Misfit> {
        let text = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            Value::Bool(truth) => truth.to_string(),
            Value::Int(number) => number.to_string(),
            Value::UInt(number) => number.to_string(),
            Value::Float(number) => go::short_float(number),
            other => return Err(self.misfit(&other, fields, path, "string")),
        };
        Ok(Value::String(text))
    }

    fn misfit(&self, value: &Value, fields: &Fields, path: &str, wanted: &str) -> Misfit {
        let found = crate::values::json_kind(value);
        // Go names the type that holds the field, but an entry of a list by the type that holds the
        // list.
        let holder = if wanted.starts_with("v2.") { self.root } else { fields };
        let place = match path {
            "" => "value".to_owned(),
            path => format!("struct field {}.{path}", holder.name),
        };
        let problem = format!("json: cannot unmarshal {found} into Go {place} of type {wanted}");
        Misfit { problem }
    }
}

fn time(value: Value) -> Result<Value, Misfit> {
    let is_time = |text: &str| text.parse::<Timestamp>().is_ok();
    match value {
        Value::String(text) if is_time(&text) => Ok(Value::String(text)),
        other => {
            let text = go::quote(other.as_str().unwrap_or_default());
            let problem = format!("cannot parse {text} as a time in RFC 3339");
            Err(Misfit { problem })
        }
    }
}

fn type_name(shape: Shape) -> String {
    match shape {
        Shape::Text => "string".to_owned(),
        Shape::Flag => "bool".to_owned(),
        Shape::Time => "time.Time".to_owned(),
        Shape::Texts => "[]string".to_owned(),
        Shape::TextByName => "map[string]string".to_owned(),
        Shape::Anything => "[]interface {}".to_owned(),
        Shape::List(fields) => format!("[]*v2.{}", fields.name),
    }
}
