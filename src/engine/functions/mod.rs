//! The function library: Sprig's and Helm's functions, written once for both template languages.
//!
//! A function declares its parameters with names and Go types. The Go engine checks arguments
//! against them as Go's reflection would; Tera passes them by name, the last one being what is piped in.

mod arguments;
mod cast;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod durations;
mod encoding;
mod equality;
mod json;
mod limits;
mod lists;
mod math;
mod merge;
mod number;
mod path;
mod plain;
mod random;
mod regexes;
mod semver;
mod strings;
mod table;
mod text_case;
mod time;
mod to_yaml;
mod toml;
mod unicode;
mod url;

pub(crate) use json::{Broken as BrokenJson, read_first as read_first_json};
pub(crate) use url::{host_and_path, is_request_url};

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use super::value::{Text, TooDeep, Value};
use crate::yaml;
pub(super) use limits::{spend, work};

/// Returns the function that Go templates call `name`.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&str, &Function, RandomState>> =
        LazyLock::new(|| all().map(|function| (function.name, function)).collect());
    BY_NAME.get(name).copied()
}

/// Returns every function.
pub fn all() -> impl Iterator<Item = &'static Function> {
    table::TABLES.iter().copied().flatten()
}

/// Returns the name that a function has in Tera: `to_yaml` for `toYaml`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut characters = name.chars().peekable();
    let mut previous = None;
    while let Some(character) = characters.next() {
        let after_small = previous.is_some_and(|before: char| !before.is_ascii_uppercase());
        let before_small = characters.peek().is_some_and(char::is_ascii_lowercase);
        if character.is_ascii_uppercase()
            && (after_small || previous.is_some() && before_small)
            && previous != Some('_')
        {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
        previous = Some(character);
    }
    out
}

/// The Go type of a parameter, as error texts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything, nil too.
    Any,
    /// `string`
    String,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `float64`
    Float,
    /// `bool`
    Bool,
    /// `[]byte`
    Bytes,
    /// `[]string`
    Strings,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Map,
    /// `time.Time`
    Time,
    /// `time.Duration`
    Duration,
}

impl Type {
    /// Returns Go's name of the type, as error texts have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::String => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Bytes => "[]uint8",
            Self::Strings => "[]string",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
        }
    }
}

/// A parameter: its name, which is how Tera passes it, and its type.
pub type Param = (&'static str, Type);

/// A function that templates can call.
pub struct Function {
    /// The name in Go templates; Tera has it in snake_case.
    pub name: &'static str,
    /// The parameters in Go's order; the last is what a pipe passes.
    pub params: &'static [Param],
    /// Whether the last parameter may be given any number of times, none included.
    pub variadic: bool,
    /// Computes the result from arguments that have been checked against `params`.
    ///
    /// Each argument is of the variant that its [`Type`] names: a `Map` of Go type
    /// `map[string]interface {}` or `common.Values` for [`Type::Map`], a `List` of strings for
    /// [`Type::Strings`], an `Int` and nothing else for [`Type::Int`]. Where Go passes a nil map,
    /// slice or `[]byte`, a new empty one is passed. Only [`Type::Any`] can be `Value::Nil`.
    pub call: fn(host: &dyn Host, arguments: &[Value]) -> Result<Value, Error>,
}

/// What a function may ask of the rendering that calls it.
pub trait Host {
    /// Renders the named template (`include`), whichever language it is written in.
    fn include(&self, name: &str, data: Value) -> Result<Text, Error>;

    /// Renders `template` as if it stood in the chart (`tpl`).
    fn tpl(&self, template: &Text, data: Value) -> Result<Text, Error>;

    /// Asks the cluster for an object or a list (`lookup`); an empty map where there is no cluster.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<yaml::Value, Error>;

    /// Asks for the address of a name (`getHostByName`); an empty text where nobody may be asked.
    fn resolve(&self, _name: &str) -> Result<String, Error> {
        Ok(String::new())
    }

    /// Hears what the chart's author demands: an error, or only a note where charts are linted,
    /// and then an empty text.
    fn demand(&self, demand: Demand) -> Result<Value, Error> {
        Err(Error::Chart(demand.message))
    }
}

/// What the chart's author asks for and does not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Which function asks, and what it found.
    pub kind: DemandKind,
    /// The author's words.
    pub message: String,
}

/// Which function makes a demand, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandKind {
    /// `fail`
    Fail,
    /// `required`, and there is no value.
    Missing,
    /// `required`, and the value is an empty text.
    Empty,
}

/// Why a function failed.
#[derive(Debug)]
pub enum Error {
    /// The function's own words; Go's text where Go has one.
    Message(String),
    /// `fail` and `required`: the chart author's words, which Helm shows without Go's frame.
    Chart(String),
    /// A template that the function rendered failed.
    Template {
        /// What the function was doing, up to the error: `error during tpl function execution for "…": `, or nothing.
        doing: String,
        /// The error of that template.
        error: Box<super::error::Error>,
    },
}

impl From<Box<super::error::Error>> for Error {
    fn from(error: Box<super::error::Error>) -> Self {
        Self::Template { doing: String::new(), error }
    }
}

impl From<TooDeep> for Error {
    fn from(error: TooDeep) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}
