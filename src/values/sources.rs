//! Where user values come from: the flag groups, in the order in which Helm lays them over each
//! other.

use super::document::{DocumentError, parse_documents};
use super::merge::merge_maps;
use super::set::{self, Syntax};
use crate::yaml::{self, Map, Value};

/// An error of whoever reads files for us.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Reads the file that `--set-file` names; the caller decides what a name may be (a path, a URL,
/// `-`).
pub type ReadFile<'a> = dyn Fn(&str) -> Result<Vec<u8>, BoxError> + 'a;

/// A values file, already read.
#[derive(Debug, Clone)]
pub struct ValuesFile {
    /// The name that the user gave, for errors.
    pub name: String,
    /// The content.
    pub content: Vec<u8>,
}

/// What the user gave, each group in the order of the command line.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files of `-f`.
    pub files: Vec<ValuesFile>,
    /// The texts of `--set-json`.
    pub set_json: Vec<String>,
    /// The texts of `--set`.
    pub set: Vec<String>,
    /// The texts of `--set-string`.
    pub set_string: Vec<String>,
    /// The texts of `--set-file`.
    pub set_file: Vec<String>,
    /// The texts of `--set-literal`.
    pub set_literal: Vec<String>,
}

/// Why the user's values could not be read; the words are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A values file is wrong.
    #[error("failed to parse {name}")]
    File {
        /// The name of the file.
        name: String,
        /// What is wrong.
        source: DocumentError,
    },
    /// A text of the `--set` family is wrong.
    #[error("failed parsing {flag} data")]
    Set {
        /// The flag.
        flag: &'static str,
        /// What is wrong, and which assignment of the text.
        source: set::Error,
    },
    /// A text of `--set-json` is wrong.
    #[error("failed parsing --set-json data {text}")]
    SetJson {
        /// The text.
        text: String,
        /// What is wrong.
        source: set::Error,
    },
    /// A text of `--set-json` starts as a JSON object, but is none.
    #[error("failed parsing --set-json data JSON: {text}")]
    SetJsonObject {
        /// The text.
        text: String,
        /// What is wrong.
        source: yaml::Error,
    },
}

impl Sources {
    /// Makes one tree of all sources: by kind of flag, not by their order on the command line.
    ///
    /// Numbers of files and JSON are floats, those of `--set` are integers.
    pub fn merge(&self, read_file: &ReadFile<'_>) -> Result<Map, Error> {
        let mut values = Map::new();
        for file in &self.files {
            let over = parse_documents(&file.content)
                .map_err(|source| Error::File { name: file.name.clone(), source })?;
            values = merge_maps(values, over);
        }
        for (flag, texts, syntax) in self.flags(read_file) {
            for text in texts {
                if matches!(syntax, Syntax::Json) {
                    values = set_json(values, text)?;
                    continue;
                }
                set::apply(text, syntax, &mut values)
                    .map_err(|source| Error::Set { flag, source })?;
            }
        }
        Ok(values)
    }

    /// Returns the texts of each flag, in the order in which Helm lays them over each other.
    pub(super) fn flags<'a>(
        &'a self,
        read_file: &'a ReadFile<'a>,
    ) -> [(&'static str, &'a [String], Syntax<'a>); 5] {
        [
            ("--set-json", &self.set_json, Syntax::Json),
            ("--set", &self.set, Syntax::Typed),
            ("--set-string", &self.set_string, Syntax::Text),
            ("--set-file", &self.set_file, Syntax::File(read_file)),
            ("--set-literal", &self.set_literal, Syntax::Literal),
        ]
    }
}

fn set_json(mut values: Map, text: &str) -> Result<Map, Error> {
    if text.trim().starts_with('{') {
        return match Value::from_json(text.trim()).map(Value::numbers_as_floats) {
            Ok(Value::Map(over)) => Ok(merge_maps(values, over)),
            Ok(_) => Ok(values),
            Err(source) => Err(Error::SetJsonObject { text: text.to_owned(), source }),
        };
    }
    match set::apply(text, Syntax::Json, &mut values) {
        Ok(()) => Ok(values),
        Err(source) => Err(Error::SetJson { text: text.to_owned(), source }),
    }
}
