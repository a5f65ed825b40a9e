//! The functions of Go's `text/template` itself; comparisons have a file of their own.

use super::ast::Callee;
use super::compare;
use super::exec::Evaluated;
use super::printf::{sprint_all, sprintf, sprintln};
use crate::engine::functions::{Error, Function, Host, Type};
use crate::engine::value::{List, Text, Value};

/// A function that takes any values and sees whether they are a nil in an interface or nothing at all.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// How many arguments it needs.
    pub(crate) required: usize,
    /// Whether it takes more.
    pub(crate) variadic: bool,
    pub(crate) action: Action,
}

/// What a builtin does.
pub(crate) enum Action {
    /// Returns the first false argument, and evaluates none after it.
    And,
    /// Returns the first true argument, and evaluates none after it.
    Or,
    /// Calls a function; no value is one, so it only says why not.
    Call,
    /// Computes a value from all arguments.
    Compute(fn(&[Evaluated]) -> Result<Value, Error>),
}

const fn builtin(
    name: &'static str,
    required: usize,
    variadic: bool,
    compute: fn(&[Evaluated]) -> Result<Value, Error>,
) -> Builtin {
    Builtin { name, required, variadic, action: Action::Compute(compute) }
}

static BUILTINS: [Builtin; 13] = [
    Builtin { name: "and", required: 1, variadic: true, action: Action::And },
    Builtin { name: "or", required: 1, variadic: true, action: Action::Or },
    Builtin { name: "call", required: 1, variadic: true, action: Action::Call },
    builtin("index", 1, true, index),
    builtin("len", 1, false, |arguments| length(&arguments[0])),
    builtin("not", 1, false, |arguments| Ok(Value::Bool(!arguments[0].value.truth()))),
    builtin("slice", 1, true, slice),
    builtin("eq", 1, true, |arguments| compare::eq(arguments).map(Value::Bool)),
    builtin("ne", 2, false, |arguments| compare::eq(arguments).map(|equal| Value::Bool(!equal))),
    builtin("lt", 2, false, |arguments| compare::lt(arguments).map(Value::Bool)),
    builtin("le", 2, false, |arguments| compare::le(arguments).map(Value::Bool)),
    builtin("gt", 2, false, |arguments| compare::le(arguments).map(|le| Value::Bool(!le))),
    builtin("ge", 2, false, |arguments| compare::lt(arguments).map(|lt| Value::Bool(!lt))),
];

const fn printer(
    name: &'static str,
    params: &'static [(&'static str, Type)],
    call: fn(&dyn Host, &[Value]) -> Result<Value, Error>,
) -> Function {
    Function { name, params, variadic: true, call }
}

const VALUES: &[(&str, Type)] = &[("values", Type::Any)];

static PRINTERS: [Function; 6] = [
    printer("print", VALUES, |_, values| sprint_all(values).map(Value::String)),
    printer("println", VALUES, |_, values| sprintln(values).map(Value::String)),
    printer("printf", &[("format", Type::String), ("values", Type::Any)], |_, arguments| {
        let Value::String(format) = &arguments[0] else { return Ok(Value::Nil) };
        sprintf(format.as_bytes(), &arguments[1..]).map(Value::String)
    }),
    printer("html", VALUES, |_, values| escaped(values, escape_html)),
    printer("js", VALUES, |_, values| escaped(values, escape_js)),
    printer("urlquery", VALUES, |_, values| escaped(values, escape_query)),
];

/// Returns the function of Go's own that has this name.
pub(super) fn find(name: &str) -> Option<Callee> {
    let builtin = BUILTINS.iter().find(|builtin| builtin.name == name).map(Callee::Builtin);
    builtin.or_else(|| PRINTERS.iter().find(|printer| printer.name == name).map(Callee::Library))
}

fn message<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error::Message(text.into()))
}

/// Says why `value`, which the template calls `name`, cannot be called.
pub(super) fn not_callable(name: &str, value: &Value) -> Error {
    Error::Message(match value {
        Value::Nil => "call of nil".to_owned(),
        _ => format!("non-function {name} of type {}", value.type_name()),
    })
}

fn length(item: &Evaluated) -> Result<Value, Error> {
    let length = match &item.value {
        Value::Nil if item.is_boxed() => return message("len of nil pointer"),
        // The words of the panic that Go's reflection answers with.
        Value::Nil => return message("reflect: call of reflect.Value.Type on zero Value"),
        Value::String(text) => text.as_bytes().len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) => match object.entries() {
            Some(entries) => entries.len(),
            None => return message(format!("len of type {}", object.type_name())),
        },
        value => return message(format!("len of type {}", value.type_name())),
    };
    Ok(Value::Int(length as i64))
}

fn index(arguments: &[Evaluated]) -> Result<Value, Error> {
    let mut item = arguments[0].value.clone();
    if matches!(item, Value::Nil) {
        return message("index of untyped nil");
    }
    for index in &arguments[1..] {
        item = index_one(&item, &index.value)?;
    }
    Ok(item)
}

fn index_one(item: &Value, index: &Value) -> Result<Value, Error> {
    const SLICE: &str = "reflect: slice index out of range";
    const STRING: &str = "reflect: string index out of range";
    let within = |length: usize, panic: &str| {
        // Go lets the length itself pass its check, and its reflection panics.
        position(index, length).and_then(|at| if at < length { Ok(at) } else { message(panic) })
    };
    match item {
        Value::Nil => message("index of nil pointer"),
        Value::List(list) => within(list.items.len(), SLICE).map(|at| list.items[at].clone()),
        Value::Bytes(bytes) => within(bytes.len(), SLICE).map(|at| Value::Uint8(bytes[at])),
        Value::String(text) => {
            let bytes = text.as_bytes();
            within(bytes.len(), STRING).map(|at| Value::Uint8(bytes[at]))
        }
        Value::Map(map) => Ok(map.element(&key(index)?)),
        Value::Object(object) if object.entries().is_some() => {
            Ok(object.field(&key(index)?).unwrap_or_default())
        }
        _ => message(format!("can't index item of type {}", item.type_name())),
    }
}

/// Takes a value as an index of a slice of length `limit`, which is itself allowed.
fn position(index: &Value, limit: usize) -> Result<usize, Error> {
    let number = match index {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint8(number) => i64::from(*number),
        Value::Uint64(number) => *number as i64,
        Value::Nil => return message("cannot index slice/array with nil"),
        _ => return message(format!("cannot index slice/array with type {}", index.type_name())),
    };
    match usize::try_from(number).ok().filter(|position| *position <= limit) {
        Some(position) => Ok(position),
        None => message(format!("index out of range: {number}")),
    }
}

/// Takes a value as the key of a map.
fn key(index: &Value) -> Result<std::borrow::Cow<'_, str>, Error> {
    match index {
        Value::String(text) => Ok(text.as_str()),
        Value::Nil => message("value is nil; should be of type string"),
        _ => message(format!("value has type {}; should be string", index.type_name())),
    }
}

fn slice(arguments: &[Evaluated]) -> Result<Value, Error> {
    let item = &arguments[0].value;
    let indexes = &arguments[1..];
    if indexes.len() > 3 && !matches!(item, Value::Nil) {
        return message(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Value::Nil => return message("slice of untyped nil"),
        Value::String(_) if indexes.len() == 3 => return message("cannot 3-index slice a string"),
        Value::String(text) => text.as_bytes().len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items.len(),
        _ => return message(format!("can't slice item of type {}", item.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(&index.value, length)?;
    }
    let [start, end, capacity] = bounds;
    for (low, high) in [(start, end), (end, capacity)] {
        if low > high {
            return message(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok(match item {
        Value::String(text) => Value::String(Text::from_bytes(&text.as_bytes()[start..end])),
        Value::Bytes(bytes) => Value::Bytes(bytes[start..end].into()),
        Value::List(list) => {
            Value::List(List::new(list.items[start..end].to_vec(), list.item_type))
        }
        other => other.clone(),
    })
}

/// Prints values as one text and escapes it.
fn escaped(values: &[Value], escape: fn(&[u8]) -> Vec<u8>) -> Result<Value, Error> {
    let printable: Vec<Value> = values
        .iter()
        .map(|value| match value {
            Value::Nil => Value::from("<no value>"),
            other => other.clone(),
        })
        .collect();
    let text = sprint_all(&printable)?;
    Ok(Value::String(Text::from_bytes(&escape(text.as_bytes()))))
}

fn escape_html(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => escaped.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => escaped.extend_from_slice(b"&#34;"),
            b'\'' => escaped.extend_from_slice(b"&#39;"),
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            other => escaped.push(*other),
        }
    }
    escaped
}

fn escape_js(text: &[u8]) -> Vec<u8> {
    let mut escaped = String::with_capacity(text.len());
    for rune in String::from_utf8_lossy(text).chars() {
        match rune {
            '\\' | '\'' | '"' => escaped.extend(['\\', rune]),
            '<' | '>' | '&' | '=' | '\0'..' ' => {
                escaped.push_str(&format!("\\u{:04X}", rune as u32))
            }
            _ if rune.is_ascii() || super::quote::is_print(rune) => escaped.push(rune),
            _ => escaped.push_str(&format!("\\u{:04X}", rune as u32)),
        }
    }
    escaped.into_bytes()
}

fn escape_query(text: &[u8]) -> Vec<u8> {
    let mut escaped = String::with_capacity(text.len());
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(*byte));
            }
            b' ' => escaped.push('+'),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped.into_bytes()
}
