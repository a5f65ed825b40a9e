//! What every function does with its arguments and its result.
//!
//! Arguments have been checked against the declared types before a function sees them, so the
//! accessors only unwrap.

use std::borrow::Cow;

use super::{Error, cast};
use crate::engine::value::{List, ListType, Map, MapType, Text, Value};

const NIL: &Value = &Value::Nil;

/// Returns the argument `index`, nil when there is none.
pub(super) fn value(arguments: &[Value], index: usize) -> &Value {
    arguments.get(index).unwrap_or(NIL)
}

/// Returns the arguments from `index` on: those of a variadic parameter.
pub(super) fn rest(arguments: &[Value], index: usize) -> &[Value] {
    arguments.get(index..).unwrap_or_default()
}

/// Returns the bytes of a string.
pub(super) fn bytes(arguments: &[Value], index: usize) -> &[u8] {
    match value(arguments, index) {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// Returns a string as text.
pub(super) fn string(arguments: &[Value], index: usize) -> Cow<'_, str> {
    match value(arguments, index) {
        Value::String(text) => text.as_str(),
        _ => Cow::Borrowed(""),
    }
}

/// Returns an integer of any size.
pub(super) fn int(arguments: &[Value], index: usize) -> i64 {
    cast::to_int64(value(arguments, index))
}

/// Returns a boolean.
pub(super) fn boolean(arguments: &[Value], index: usize) -> bool {
    matches!(value(arguments, index), Value::Bool(true))
}

/// Returns a map.
pub(super) fn map(arguments: &[Value], index: usize) -> Map {
    as_map(value(arguments, index))
}

/// Returns the maps of a variadic parameter.
pub(super) fn maps(arguments: &[Value], index: usize) -> impl Iterator<Item = Map> {
    rest(arguments, index).iter().map(as_map)
}

fn as_map(value: &Value) -> Map {
    match value {
        // Passing `.Values` as a plain map makes it one to Go, though its entries stay shared.
        Value::Map(map) => map.typed(MapType::Any),
        _ => Map::default(),
    }
}

/// Returns the texts of a variadic parameter of strings.
pub(super) fn strings(arguments: &[Value], index: usize) -> impl Iterator<Item = Cow<'_, str>> {
    (index..arguments.len()).map(|at| string(arguments, at))
}

/// Turns what a function returns into a value or an error.
pub(super) trait Answer {
    fn answer(self) -> Result<Value, Error>;
}

impl<T: Answer> Answer for Result<T, Error> {
    fn answer(self) -> Result<Value, Error> {
        self?.answer()
    }
}

impl Answer for Value {
    fn answer(self) -> Result<Value, Error> {
        Ok(self)
    }
}

impl Answer for Text {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::String(self))
    }
}

impl Answer for String {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::from(self))
    }
}

impl Answer for &str {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::from(self))
    }
}

/// Bytes are a string to Go, whatever they are.
impl Answer for &[u8] {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::String(Text::from_bytes(self)))
    }
}

/// Bytes are a string to Go, whatever they are.
impl Answer for Vec<u8> {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::String(Text::from_bytes(&self)))
    }
}

impl Answer for bool {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::Bool(self))
    }
}

/// Go's `int64`; functions that give an `int` return the value itself.
impl Answer for i64 {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::Int64(self))
    }
}

impl Answer for f64 {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::Float(self))
    }
}

impl Answer for Map {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::Map(self))
    }
}

impl Answer for List {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::List(self))
    }
}

/// Go's `[]interface {}`.
impl Answer for Vec<Value> {
    fn answer(self) -> Result<Value, Error> {
        Ok(Value::List(List::new(self, ListType::Any)))
    }
}

/// Go's `[]string`.
impl Answer for Vec<Text> {
    fn answer(self) -> Result<Value, Error> {
        let items = self.into_iter().map(Value::String).collect();
        Ok(Value::List(List::new(items, ListType::Strings)))
    }
}
