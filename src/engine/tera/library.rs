//! The function library in Tera: every function as a filter and as a function, in snake_case.
//!
//! Arguments are given by name. What is piped into a filter is the last parameter that is not named:
//! Go's rule for `x | f 1`, which also lets `map | pick(keys=["a"])` read as it should. Tera has no
//! variadic calls, so a variadic parameter takes an array.

use ::tera::{Kwargs, State};

use super::calls::{self, Call};
use super::convert;
use super::objects::revived;
use crate::engine::functions::{self, Error, Function, Param, Type, snake_case};
use crate::engine::value::{ListType, Value};

/// Filters of Tera's own that do what Helm's do, or more, and stay.
const KEPT: &[&str] = &[
    "first", "get", "join", "keys", "last", "lower", "replace", "reverse", "round", "split",
    "trim", "upper", "values",
];

/// Functions for which Tera has a syntax: `{"a": 1}`, `[1, 2]`, `values?.a?.b`.
const LEFT_OUT: &[&str] = &["dict", "dig", "list", "tuple"];

/// Functions to which a value that is not there is an answer and no mistake.
const TAKES_UNDEFINED: &[&str] = &["coalesce", "empty"];

/// What a filter says when it gets nothing; the report puts in its place what is missing.
pub(super) const PIPED_UNDEFINED: &str = "what is piped in is not defined";

/// Registers the library with Tera.
pub(super) fn register(tera: &mut ::tera::Tera) {
    for function in functions::all().filter(|function| !LEFT_OUT.contains(&function.name)) {
        let name = snake_case(function.name);
        let called = name.clone();
        tera.register_function(name.clone(), move |named: Kwargs, _: &State<'_>| {
            calls::function(&called, |call| run(call, function, None, &named))
        });
        if function.params.is_empty() || KEPT.contains(&name.as_str()) {
            continue;
        }
        tera.register_filter(
            name.clone(),
            move |piped: &::tera::Value, named: Kwargs, _: &State<'_>| {
                calls::function(&name, |call| run(call, function, Some(piped), &named))
            },
        );
    }
}

fn run(
    call: &Call,
    function: &Function,
    piped: Option<&::tera::Value>,
    named: &Kwargs,
) -> Result<::tera::Value, Error> {
    let arguments = arguments(call, function, piped, named)?;
    let result = (function.call)(&call.rendering, &arguments)?;
    call.rendering.count(functions::work(arguments.iter(), &result))?;
    Ok(convert::to_tera(&result)?)
}

/// Puts the arguments into Go's order and gives each the type that Go would have it be.
///
/// The array of a variadic parameter may begin with the parameters before it: `max(values=[1, 2])`.
fn arguments(
    call: &Call,
    function: &Function,
    piped: Option<&::tera::Value>,
    named: &Kwargs,
) -> Result<Vec<Value>, Error> {
    let params = function.params;
    let last = params.len().saturating_sub(1);
    let mut arguments = Vec::with_capacity(params.len());
    for given in given(function, piped, named)? {
        if given.value.is_undefined() && !TAKES_UNDEFINED.contains(&function.name) {
            return Err(given.undefined().into());
        }
        let items = given.value.as_array().filter(|_| function.variadic && given.index == last);
        for item in items.unwrap_or(std::slice::from_ref(given.value)) {
            let position = arguments.len().min(last);
            let value = typed(call, item, params[position])?;
            arguments.push(value.ok_or_else(|| match position < given.index {
                true => missing(params[position].0),
                false => given.misfit(item, params[position]),
            })?);
        }
    }
    let required = if function.variadic { last } else { params.len() };
    match params.get(arguments.len()) {
        Some((name, _)) if arguments.len() < required => Err(missing(name)),
        _ => Ok(arguments),
    }
}

/// Returns what is given, in the order of the parameters.
fn given<'a>(
    function: &Function,
    piped: Option<&'a ::tera::Value>,
    named: &'a Kwargs,
) -> Result<Vec<Given<'a>>, Error> {
    let names: Vec<&'static str> = function.params.iter().map(|(name, _)| *name).collect();
    check_names(named, &names)?;
    let value = |name| named.get::<&::tera::Value>(name).ok().flatten();
    let last_unnamed = names.iter().rposition(|name| value(*name).is_none());
    if piped.is_some() && last_unnamed.is_none() {
        let message = "all arguments are given by name, so nothing can be piped in";
        return Err(message.to_owned().into());
    }
    let mut all = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let piped = piped.filter(|_| last_unnamed == Some(index));
        match piped.or_else(|| value(name)) {
            Some(value) => all.push(Given { index, name, value, piped: piped.is_some() }),
            None if function.variadic => {}
            None => return Err(missing(name)),
        }
    }
    Ok(all)
}

/// The argument for one parameter.
struct Given<'a> {
    index: usize,
    name: &'static str,
    value: &'a ::tera::Value,
    piped: bool,
}

impl Given<'_> {
    fn undefined(&self) -> String {
        if self.piped {
            PIPED_UNDEFINED.to_owned()
        } else {
            format!("`{}` is not defined", self.name)
        }
    }

    fn misfit(&self, item: &::tera::Value, param: Param) -> Error {
        let what = if self.piped { "what is piped in" } else { &format!("`{}`", self.name) };
        format!("{what} must be {}, not {}", wanted(param), found(item)).into()
    }
}

fn missing(name: &str) -> Error {
    format!("the argument `{name}` is missing").into()
}

/// Fails if an argument is none of `names`.
pub(super) fn check_names(named: &Kwargs, names: &[&str]) -> Result<(), Error> {
    let unknown = named.iter().filter_map(|(key, _)| key.as_str()).find(|key| !names.contains(key));
    match unknown {
        None => Ok(()),
        Some(unknown) if names.is_empty() => {
            Err(format!("there is no argument `{unknown}`, as it takes none").into())
        }
        Some(unknown) => {
            Err(format!("there is no argument `{unknown}`, only `{}`", names.join("`, `")).into())
        }
    }
}

/// Returns the value as the parameter wants it, or nothing if it is of another type.
fn typed(call: &Call, value: &::tera::Value, (name, kind): Param) -> Result<Option<Value>, Error> {
    let value = convert::from_tera(value, &call.roots.go)?;
    Ok(match (kind, revived(&call.rendering, name, value)) {
        // Go takes a text for the present.
        (Type::Any, Value::String(_)) if name == DATE => None,
        (Type::Any, value)
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::String, value @ Value::String(_))
        | (Type::List, value @ Value::List(_))
        | (Type::Map, value @ Value::Map(_))
        | (Type::Int64, value @ Value::Int64(_))
        | (Type::Float, value @ Value::Float(_))
        | (Type::Time | Type::Duration, value @ Value::Object(_)) => Some(value),
        (Type::Int, Value::Int64(number)) => Some(Value::Int(number)),
        (Type::Float, Value::Int64(number)) => Some(Value::Float(number as f64)),
        (Type::Bytes, Value::String(text)) => Some(Value::Bytes(text.as_bytes().into())),
        (Type::Strings, Value::List(mut list)) => {
            list.item_type = ListType::Strings;
            let strings = list.items.iter().all(|item| matches!(item, Value::String(_)));
            strings.then_some(Value::List(list))
        }
        _ => None,
    })
}

/// The parameter that takes a time.
const DATE: &str = "date";

fn wanted((name, kind): Param) -> &'static str {
    match kind {
        Type::Any if name == DATE => "a time",
        Type::Any => "anything",
        Type::String | Type::Bytes => "a string",
        Type::Int | Type::Int64 => "an integer",
        Type::Float => "a number",
        Type::Bool => "true or false",
        Type::Strings => "an array of strings",
        Type::List => "an array",
        Type::Map => "a map",
        Type::Time => "a time",
        Type::Duration => "a duration",
    }
}

/// Returns what a value is, in words for an author.
pub(super) fn found(value: &::tera::Value) -> &'static str {
    match value.name() {
        "i64" | "u64" | "i128" | "u128" => "an integer",
        "f64" => "a number with a fraction",
        "bool" => "true or false",
        "string" => "a string",
        "array" => "an array",
        "map/struct" => "a map",
        "none" => "null",
        "bytes" => "bytes",
        _ => "undefined",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::natives::NATIVES;
    use super::*;

    const REFERENCE: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/functions-tera.md");
    const BEGIN: &str = "<!-- functions: begin -->\n";
    const END: &str = "<!-- functions: end -->";

    /// Returns the table of the library for the reference.
    fn table() -> String {
        let native = |name: &str| NATIVES.iter().any(|native| native.name == name);
        let rows: BTreeMap<String, &Function> = functions::all()
            .filter(|function| !LEFT_OUT.contains(&function.name))
            .map(|function| (snake_case(function.name), function))
            .filter(|(name, _)| !native(name))
            .collect();
        let mut table = "| name | parameters | in Helm |\n|---|---|---|\n".to_owned();
        for (name, function) in rows {
            let row = format!("| `{name}` | {} | `{}` |\n", parameters(function), function.name);
            table.push_str(&row);
        }
        table
    }

    fn parameters(function: &Function) -> String {
        let last = function.params.len().saturating_sub(1);
        let texts = function.params.iter().enumerate().map(|(index, (name, kind))| {
            let more = if function.variadic && index == last { "…" } else { "" };
            match kind {
                Type::Any if *name != DATE => format!("`{name}`{more}"),
                _ => format!(
                    "`{name}`{more}: {}",
                    wanted((name, *kind)).trim_start_matches("a ").trim_start_matches("an ")
                ),
            }
        });
        texts.collect::<Vec<_>>().join(", ")
    }

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "the variable with which insta accepts what is new"
    )]
    fn the_reference_lists_every_function() {
        let reference = std::fs::read_to_string(REFERENCE).unwrap();
        let (before, rest) = reference.split_once(BEGIN).unwrap();
        let (listed, after) = rest.split_once(END).unwrap();
        if listed != table() && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
        {
            std::fs::write(REFERENCE, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
            return;
        }
        assert!(listed == table(), "{REFERENCE} is out of date; see the comment in it");
        for name in KEPT.iter().chain(LEFT_OUT) {
            assert!(
                before.contains(&format!("`{name}`")),
                "`{name}` is not explained in {REFERENCE}"
            );
        }
        for native in NATIVES {
            let call = format!("`{}({})`", native.name, native.params.join(", "));
            assert!(before.contains(&call), "{call} is not explained in {REFERENCE}");
        }
    }

    #[test]
    fn filters_that_stay_are_teras_own() {
        let tera = ::tera::Tera::default();
        for name in KEPT {
            let used = format!("{{{{ 1 | {name} }}}}");
            let error = tera
                .render_str(&used, &::tera::Context::new(), false)
                .map_err(|error| error.to_string());
            assert!(!error.is_err_and(|error| error.contains("Unknown filter")), "{name}");
        }
    }
}
