//! Every function with its Go name, the names and types of its parameters, and the code behind it.

mod chart;
mod collections;
mod numbers;
mod texts;
mod world;

use super::{Error, Function, Host, Param};
use crate::engine::value::Value;

/// All functions, by topic.
pub(super) static TABLES: &[&[Function]] = &[
    chart::HELM,
    chart::DEFAULTS,
    chart::SERIAL,
    texts::TEXTS,
    texts::CASES,
    texts::REGEXES,
    texts::ENCODING,
    collections::LISTS,
    collections::DICTS,
    numbers::MATH,
    numbers::TYPES,
    numbers::DURATIONS,
    numbers::DATES,
    world::PLACES,
    world::CRYPTO,
    world::RANDOM,
];

type Call = fn(&dyn Host, &[Value]) -> Result<Value, Error>;

const fn plain(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: false, call }
}

const fn variadic(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: true, call }
}
