//! The function library: Sprig's and Helm's functions, written once for both template languages.
//!
//! A function declares its parameters with names and Go types. The Go engine checks arguments
//! against them as Go's reflection would; Tera passes them by name, the last one being what is piped in.

use super::value::{Text, TooDeep, Value};
use crate::yaml;

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
}

/// Why a function failed.
#[derive(Debug)]
pub enum Error {
    /// The function's own words; Go's text where Go has one.
    Message(String),
    /// `fail` and `required`: the chart author's words, which Helm shows without Go's frame.
    Chart(String),
    /// A template that the function rendered failed.
    Template(Box<super::error::Error>),
}

impl From<TooDeep> for Error {
    fn from(error: TooDeep) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}
