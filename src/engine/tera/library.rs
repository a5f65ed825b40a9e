//! The function library in Tera: every function as a filter and as a function, in snake_case.
//!
//! Arguments are given by name. What is piped into a filter is the last parameter that is not named:
//! Go's rule for `x | f 1`, which also lets `map | pick(keys=["a"])` read as it should. Tera has no
//! variadic calls, so a variadic parameter takes an array.

use ::tera::{Kwargs, State};

use super::calls::{self, Call};
use super::convert;

use crate::engine::functions::{self, Error, Function, Type, snake_case};
use crate::engine::value::{ListType, Map, Value};

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
    let arguments = arguments(function, piped, named, &call.roots.go)?;
    let result = (function.call)(&call.rendering, &arguments)?;
    Ok(convert::to_tera(&result)?)
}

/// Puts the arguments into Go's order and gives each the type that Go would have it be.
///
/// The array of a variadic parameter may begin with the parameters before it: `max(values=[1, 2])`.
fn arguments(
    function: &Function,
    piped: Option<&::tera::Value>,
    named: &Kwargs,
    root: &Map,
) -> Result<Vec<Value>, Error> {
    let params = function.params;
    let names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    check_names(named, &names)?;
    let last = names.len().saturating_sub(1);
    let required = if function.variadic { last } else { names.len() };
    let mut piped_at = names.iter().rposition(|name| given(named, name).is_none());
    piped_at.take_if(|_| piped.is_none());
    if piped.is_some() && piped_at.is_none() {
        return Err("all arguments are given by name, so nothing can be piped in"
            .to_owned()
            .into());
    }
    let mut arguments = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let is_piped = piped_at == Some(index);
        let value = if is_piped { piped } else { given(named, name) };
        let Some(value) = value else {
            if function.variadic {
                continue;
            }
            return Err(missing(name));
        };
        let what = || if is_piped { "what is piped in".to_owned() } else { format!("`{name}`") };
        if value.is_undefined() && !TAKES_UNDEFINED.contains(&function.name) {
            let message =
                if is_piped { PIPED_UNDEFINED } else { &format!("`{name}` is not defined") };
            return Err(message.to_owned().into());
        }
        let items = value.as_array().filter(|_| function.variadic && index == last);
        for item in items.unwrap_or(std::slice::from_ref(value)) {
            let position = arguments.len().min(last);
            let kind = params[position].1;
            let misfit = || match position < index {
                true => missing(names[position]),
                false => format!("{} must be {}, not {}", what(), wanted(kind), found(item)).into(),
            };
            arguments.push(typed(item, kind, root)?.ok_or_else(misfit)?);
        }
    }
    if arguments.len() < required { Err(missing(names[arguments.len()])) } else { Ok(arguments) }
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

fn given<'k>(named: &'k Kwargs, name: &'k str) -> Option<&'k ::tera::Value> {
    named.get(name).ok().flatten()
}

/// Returns the value as the given type of Go, or nothing if it is another.
fn typed(value: &::tera::Value, kind: Type, root: &Map) -> Result<Option<Value>, Error> {
    Ok(match (kind, convert::from_tera(value, root)?) {
        (Type::Any, value)
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::String, value @ Value::String(_))
        | (Type::List, value @ Value::List(_))
        | (Type::Map, value @ Value::Map(_))
        | (Type::Int64, value @ Value::Int64(_))
        | (Type::Float, value @ Value::Float(_)) => Some(value),
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

fn wanted(kind: Type) -> &'static str {
    match kind {
        Type::Any => "anything",
        Type::String => "a string",
        Type::Int | Type::Int64 => "an integer",
        Type::Float => "a number",
        Type::Bool => "true or false",
        Type::Bytes => "a string",
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
                Type::Any => format!("`{name}`{more}"),
                kind => format!(
                    "`{name}`{more}: {}",
                    wanted(*kind).trim_start_matches("a ").trim_start_matches("an ")
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
