//! What can be wrong with a `--set` text, in Helm's words where Helm has the case.

use std::fmt;

use super::super::go;
use super::super::sources::BoxError;
use super::parser::{MAX_INDEX, MAX_ITEMS, MAX_LEVELS, MAX_NAMES};
use crate::yaml::{self, Value};

/// How many characters of an assignment an error shows.
const SHOWN: usize = 200;

/// Says why a text could not be applied, and which assignment in it is at fault.
#[derive(Debug)]
pub struct Error {
    pub(super) problem: Problem,
    /// The name that is assigned; never its value, which may be a secret.
    pub(super) assignment: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.assignment.chars();
        let start: String = rest.by_ref().take(SHOWN).collect();
        let more = if rest.next().is_some() { "…" } else { "" };
        write!(f, "{} (in `{start}{more}`)", self.problem)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.problem)
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("key {} has no value", go::quote(.0))]
    NoValue(String),
    #[error("key {} has no value (cannot end with ,)", go::quote(.0))]
    NoValueBeforeComma(String),
    #[error("key map {} has no value", go::quote(.0))]
    NoEntries(String),
    #[error(
        "value name nested level is greater than maximum supported nested level of {MAX_NAMES}"
    )]
    TooManyNames,
    #[error("more than {MAX_LEVELS} levels of names and indexes")]
    TooDeep,
    #[error("error parsing index: strconv.Atoi: parsing {}: {reason}", go::quote(.text))]
    Index { text: String, reason: &'static str },
    #[error("negative {0} index not allowed")]
    NegativeIndex(i64),
    #[error("index of {0} is greater than maximum supported index of {MAX_INDEX}")]
    IndexTooLarge(i64),
    #[error("indexes create more than {MAX_ITEMS} list items")]
    TooManyItems,
    #[error("unexpected data at end of array index: {}", go::quote_characters(.0))]
    AfterIndex(String),
    #[error("list must terminate with '}}'")]
    OpenList,
    #[error(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}: \
         a value of another kind is there already"
    )]
    Kind { found: &'static str, wanted: &'static str },
    #[error("unexpected end of JSON value")]
    JsonEnd,
    #[error("not a JSON value")]
    Json(#[source] Box<yaml::Error>),
    #[error("cannot read file `{name}`")]
    File { name: String, source: BoxError },
    #[error("file `{0}` is not UTF-8 text")]
    FileEncoding(String),
}

impl Problem {
    /// Makes the error of a name or index that stands on something else than a mapping or list.
    pub(super) fn kind(found: &Value, wanted: &'static str) -> Self {
        let found = match found {
            Value::Null => "nil",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int64",
            Value::UInt(_) => "uint64",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        };
        Self::Kind { found, wanted }
    }
}
