//! kubectl's JSONPath templates (`{.image.tag}`) on values.
//!
//! This follows k8s.io/client-go/util/jsonpath, with its habits: `$` is the current value as `@` is,
//! and integers in a filter never equal the numbers of values, which are floats.

mod parse;
mod quoted;
mod run;

use crate::yaml::Value;

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

/// Why a text is no template; the words are those of kubectl.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SyntaxError(String);

/// Why a template has no result for a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RunError(String);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text).map(|parts| Self { parts })
    }

    /// Returns what the template says of a value whose numbers are all floats.
    ///
    /// # Errors
    /// Fails when a field is not there, a value is not of the kind that a step needs, or the result
    /// is too large.
    pub fn run(&self, value: &Value) -> Result<String, RunError> {
        run::run(&self.parts, value)
    }
}

/// A part of a template: text that is kept, or what stands between braces.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Action(Vec<Step>),
}

/// A step from values to values.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// A constant.
    Constant(Value),
    Field(String),
    /// The start, the end and the step of a slice; an index is a slice of one.
    Slice(Bound, Bound, Bound),
    Union(Vec<Vec<Self>>),
    Filter(Filter),
    Wildcard,
    Recursive,
    /// `range`, `end`, or what nobody knows.
    Word(String),
}

/// A number of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Open,
    At(i64),
    /// One behind the start, where only an index is given.
    Next(i64),
}

/// What keeps an item of a list.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    left: Vec<Step>,
    /// Without it, that there is something on the left is enough.
    comparison: Option<(String, Vec<Step>)>,
}
