//! The text of a values file, which may hold several documents.

use super::merge::merge_maps;
use crate::yaml::{self, Map, Value};

/// Why a text is no values file; the words are Helm's, the place is ours.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are no text.
    #[error("cannot unmarshal yaml document: the file is not UTF-8 text (line {line})")]
    Encoding {
        /// The line of the first byte that is no text.
        line: usize,
    },
    /// Something follows `---` on its line.
    #[error("error reading yaml document: {error}{}", place(error))]
    Separator {
        /// What the parser says.
        error: yaml::Error,
    },
    /// A document is no YAML.
    #[error(
        "cannot unmarshal yaml document: error converting YAML to JSON: {error}{}",
        place(error)
    )]
    Syntax {
        /// What the parser says.
        error: yaml::Error,
    },
    /// A document is YAML, but no mapping.
    #[error(
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
         json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
    )]
    NotMapping {
        /// What it is instead, in JSON's words.
        kind: &'static str,
    },
}

impl From<yaml::Error> for DocumentError {
    fn from(error: yaml::Error) -> Self {
        match error {
            yaml::Error::Separator { .. } => Self::Separator { error },
            error => Self::Syntax { error },
        }
    }
}

/// Tells where an error is, as an addition to Helm's words, whose line is often the one before.
pub(crate) fn place(error: &yaml::Error) -> String {
    let Some(at) = error.position() else { return String::new() };
    format!(" (line {}, column {})", at.line, at.column)
}

/// Reads values: every document is a mapping, later documents are merged over earlier ones,
/// and all numbers become floats, because Helm reads them through JSON.
pub fn parse_documents(bytes: &[u8]) -> Result<Map, DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        DocumentError::Encoding { line: 1 + before.iter().filter(|byte| **byte == b'\n').count() }
    })?;
    let mut values = Map::new();
    for document in yaml::parse_all(text)? {
        match document.numbers_as_floats() {
            Value::Map(map) => values = merge_maps(values, map),
            Value::Null => {}
            other => return Err(DocumentError::NotMapping { kind: json_kind(&other) }),
        }
    }
    Ok(values)
}

/// Names the kind of a value as Go's JSON library does.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_line_of_the_file() {
        let error = parse_documents(b"a: 1\n---\nb: 2\nc: [\n").unwrap_err().to_string();
        assert!(error.contains("error converting YAML to JSON: yaml: "), "{error}");
        assert!(error.contains("(line 4, ") || error.contains("(line 5, "), "{error}");
        let error = parse_documents(b"a: 1\nb: \xff\n").unwrap_err().to_string();
        assert!(error.ends_with("not UTF-8 text (line 2)"), "{error}");
    }

    #[test]
    fn documents_are_merged_and_numbers_are_floats() {
        let values = parse_documents(b"a: 1\r\nm: {x: 1}\r\n---\r\nm: {z: text}\r\n").unwrap();
        let map = Map::from([
            ("a".to_owned(), Value::Float(1.0)),
            (
                "m".to_owned(),
                Value::from_json(r#"{"x":1,"z":"text"}"#).unwrap().numbers_as_floats(),
            ),
        ]);
        assert_eq!(values, map);
    }
}
