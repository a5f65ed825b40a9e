//! A text as a stream of documents, JSON or YAML, as Kubernetes' decoder reads it.
//!
//! The decoder tries JSON first where a text starts like it, and goes over to YAML when that fails;
//! when both fail, JSON's complaint is the one that is told.

use crate::engine::functions::{BrokenJson, read_first_json};
use crate::values::{go, json_kind};
use crate::yaml::{self, Map, Value};

/// What the rules look at of an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// Gives the heads of the documents, `None` for an empty one; an error is the end.
pub(super) struct Decoder<'a> {
    rest: &'a str,
    form: Form,
}

/// In which form the rest of a text is read.
enum Form {
    /// As JSON, with how many bytes and objects were read so far.
    Json {
        read: usize,
        objects: usize,
    },
    Yaml,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let form = match text.trim_start().starts_with('{') {
            true => Form::Json { read: 0, objects: 0 },
            false => Form::Yaml,
        };
        Self { rest: text, form }
    }

    /// Reads the next object as JSON; an error with `None` for words is the end of the text.
    fn json(&mut self, read: usize, objects: usize) -> Option<Result<Option<Head>, String>> {
        let (problem, syntax) = match read_first_json(self.rest) {
            Ok(None) => return None,
            Ok(Some((value, rest))) => match Head::of(&value, false) {
                Ok(head) => {
                    let read = read + self.rest.len() - rest.len();
                    (self.rest, self.form) = (rest, Form::Json { read, objects: objects + 1 });
                    return Some(Ok(head));
                }
                Err(problem) => (problem, None),
            },
            Err(BrokenJson::Ends) => ("unexpected EOF".to_owned(), None),
            Err(BrokenJson::At { offset, problem }) => (problem, Some(read + offset)),
        };
        if objects > 1 {
            return Some(Err(problem));
        }
        let problem = match syntax {
            Some(offset) => format!("json: offset {offset}: {problem}"),
            None => problem,
        };
        self.form = Form::Yaml;
        self.rest = skip_line(self.rest);
        self.yaml().map(|read| read.map_err(|_| problem))
    }

    fn yaml(&mut self) -> Option<Result<Option<Head>, String>> {
        let document = match yaml::stream(self.rest).next()? {
            Ok(document) => document,
            Err(error) => return Some(Err(error.to_string())),
        };
        self.rest = behind(self.rest, document.text);
        let value = yaml::parse(document.text)
            .map_err(|error| format!("error converting YAML to JSON: {error}"));
        Some(value.and_then(|value| {
            Head::of(&value, true).map_err(|problem| {
                format!("error unmarshaling JSON: while decoding JSON: {problem}")
            })
        }))
    }
}

impl Iterator for Decoder<'_> {
    type Item = Result<Option<Head>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.form {
            Form::Json { read, objects } => self.json(read, objects),
            Form::Yaml => self.yaml(),
        };
        if let Some(Err(_)) = next {
            self.rest = "";
        }
        next
    }
}

/// Leaves out white space, at most to the end of the line.
fn skip_line(text: &str) -> &str {
    let blank = text.len() - text.trim_start().len();
    let end = text[..blank].find('\n').map_or(blank, |end| end + 1);
    &text[end..]
}

/// Returns what comes after the first document of a text and the separator that ends it.
fn behind<'a>(text: &'a str, document: &str) -> &'a str {
    let rest = &text[document.len()..];
    rest.split_once('\n').map_or("", |(_, rest)| rest)
}

impl Head {
    /// Takes the head out of a document as Go decodes it: names in any case, and in YAML, which is
    /// `lenient`, numbers for texts.
    fn of(value: &Value, lenient: bool) -> Result<Option<Self>, String> {
        let map = match value {
            Value::Null => return Ok(None),
            Value::Map(map) => map,
            other => return Err(misfit(other, "value", "rules.k8sYamlStruct")),
        };
        let mut head = Self::default();
        let mut first = Ok(());
        for (key, value) in map {
            let result = if key.eq_ignore_ascii_case("apiVersion") {
                set(&mut head.api_version, value, "k8sYamlStruct.apiVersion", lenient)
            } else if key.eq_ignore_ascii_case("kind") {
                set(&mut head.kind, value, "k8sYamlStruct.Kind", lenient)
            } else if key.eq_ignore_ascii_case("metadata") {
                head.set_metadata(value, lenient)
            } else {
                Ok(())
            };
            first = first.and(result);
        }
        first.map(|()| Some(head))
    }

    fn set_metadata(&mut self, value: &Value, lenient: bool) -> Result<(), String> {
        let map = match value {
            Value::Null => return Ok(()),
            Value::Map(map) => map,
            other => {
                let field = "struct field k8sYamlStruct.Metadata";
                return Err(misfit(other, field, "rules.k8sYamlMetadata"));
            }
        };
        let mut first = Ok(());
        for (key, value) in map {
            let result = if key.eq_ignore_ascii_case("name") {
                set(&mut self.name, value, "k8sYamlMetadata.Metadata.Name", lenient)
            } else if key.eq_ignore_ascii_case("namespace") {
                let field = "k8sYamlMetadata.Metadata.Namespace";
                set(&mut String::new(), value, field, lenient)
            } else {
                Ok(())
            };
            first = first.and(result);
        }
        first
    }
}

fn set(to: &mut String, value: &Value, field: &str, lenient: bool) -> Result<(), String> {
    *to = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        Value::Bool(truth) if lenient => truth.to_string(),
        Value::Int(number) if lenient => number.to_string(),
        Value::UInt(number) if lenient => number.to_string(),
        Value::Float(number) if lenient => go::short_float(*number),
        other => return Err(misfit(other, &format!("struct field {field}"), "string")),
    };
    Ok(())
}

fn misfit(value: &Value, place: &str, wanted: &str) -> String {
    let found = json_kind(value);
    format!("json: cannot unmarshal {found} into Go {place} of type {wanted}")
}

/// Checks the items of a list, in which annotations of Helm's mean nothing.
pub(super) fn check_items(text: &str) -> Result<(), String> {
    let unreadable = |problem: String| format!("unable to parse YAML: {problem}");
    let value = yaml::parse(text)
        .map_err(|error| unreadable(format!("error converting YAML to JSON: {error}")))?;
    let items = value.as_map().and_then(|map| field(map, "items"));
    let items = typed(
        items,
        ".Items",
        "[]struct { Metadata struct { Annotations map[string]string } }",
        Value::as_list,
    );
    let wrong = |misfit: String| {
        unreadable(format!("error unmarshaling JSON: while decoding JSON: {misfit}"))
    };
    for item in items.map_err(wrong)?.unwrap_or_default() {
        if has_policy(item).map_err(wrong)? {
            let problem = "annotation 'helm.sh/resource-policy' within List objects are ignored";
            return Err(problem.to_owned());
        }
    }
    Ok(())
}

/// Says whether an item of a list has an annotation that Helm looks for in objects of their own.
fn has_policy(item: &Value) -> Result<bool, String> {
    const ITEM: &str = "struct { Metadata struct { Annotations map[string]string } }";
    const METADATA: &str = "struct { Annotations map[string]string }";
    let item = typed(Some(item), ".Items", ITEM, Value::as_map)?;
    let metadata = item.and_then(|map| field(map, "metadata"));
    let metadata = typed(metadata, ".Items.Metadata", METADATA, Value::as_map)?;
    let annotations = metadata.and_then(|map| field(map, "annotations"));
    let place = ".Items.Metadata.Annotations";
    let annotations = typed(annotations, place, "map[string]string", Value::as_map)?;
    for value in annotations.into_iter().flat_map(Map::values) {
        set(&mut String::new(), value, place, true)?;
    }
    Ok(annotations.is_some_and(|map| map.contains_key("helm.sh/resource-policy")))
}

/// Returns a value as what it must be, if it is there.
fn typed<'a, T: ?Sized>(
    value: Option<&'a Value>,
    place: &str,
    wanted: &str,
    read: impl Fn(&'a Value) -> Option<&'a T>,
) -> Result<Option<&'a T>, String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let wrong = || misfit(value, &format!("struct field {place}"), wanted);
    read(value).map(Some).ok_or_else(wrong)
}

fn field<'a>(map: &'a Map, name: &str) -> Option<&'a Value> {
    map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
