//! `Value`: what a YAML or JSON text says, without any memory of how it was written.

use std::collections::BTreeMap;

/// A mapping; keys are strings, as in JSON, and iterate in byte order, as Go prints its maps.
pub type Map = BTreeMap<String, Value>;

/// A piece of plain data.
///
/// Integers keep their exact value. Whoever hands values to a template turns file numbers into
/// floats first, because Helm reads values files through JSON (helm.md 4.5).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 signed bits.
    Int(i64),
    /// An integer above `i64::MAX` that fits 64 unsigned bits.
    UInt(u64),
    /// Any other finite number.
    Float(f64),
    /// A text.
    String(String),
    /// A sequence.
    List(Vec<Self>),
    /// A mapping.
    Map(Map),
}

impl Value {
    /// Returns the text of a string, `None` for every other kind.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// Returns the truth value of a boolean, `None` for every other kind.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// Returns an integer, also one that came as a whole float, `None` for every other kind.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// Returns the entries of a mapping, `None` for every other kind.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns the entries of a mapping for changing them, `None` for every other kind.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns the items of a sequence, `None` for every other kind.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Returns the entry `key` of a mapping; `None` if there is none or this is no mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Follows `keys` through nested mappings.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Turns every integer into a float, as Helm has the numbers of values files: it reads them
    /// through JSON.
    #[must_use]
    pub fn numbers_as_floats(mut self) -> Self {
        self.make_numbers_floats();
        self
    }

    fn make_numbers_floats(&mut self) {
        match self {
            Self::Int(number) => *self = Self::Float(*number as f64),
            Self::UInt(number) => *self = Self::Float(*number as f64),
            Self::List(items) => items.iter_mut().for_each(Self::make_numbers_floats),
            Self::Map(map) => map.values_mut().for_each(Self::make_numbers_floats),
            Self::Null | Self::Bool(_) | Self::Float(_) | Self::String(_) => {}
        }
    }

    /// Says whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(items)
    }
}
