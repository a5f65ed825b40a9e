//! The value that templates compute with: Go's kinds, shared mutable maps, objects with methods.
//!
//! A rendering makes it from plain data once; both template languages and all functions share it.
//! Maps are shared and mutable, because charts use `set` and `merge` to change what later templates see.
//! One chart tree is rendered by one thread, so sharing is by `Rc`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::entries::Entries;
use crate::yaml;

/// A run-time value; each variant is a Go type that templates can tell apart (`typeOf`, `printf "%T"`).
#[derive(Clone, Default)]
pub enum Value {
    /// The untyped nil: a null in the values, or nothing at all.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`: literals, `len`, `int`, loop indexes.
    Int(i64),
    /// `int64`: `--set` numbers, arithmetic functions, `int64`.
    Int64(i64),
    /// `uint8`: a byte of a string or of a `[]byte`.
    Uint8(u8),
    /// `uint64`: rare, kept for exactness.
    Uint64(u64),
    /// `float64`: every number of a values file.
    Float(f64),
    /// `complex128`: only literals such as `1i`.
    Complex(f64, f64),
    /// `string`: bytes that are nearly always UTF-8.
    String(Text),
    /// `[]byte`
    Bytes(Rc<[u8]>),
    /// A slice; its items never change once made, as no function changes a slice in place.
    List(List),
    /// A map with string keys, shared and mutable.
    Map(Map),
    /// A Go struct or other type with fields and methods.
    Object(Rc<dyn Object>),
}

/// A Go string: any bytes, kept as `str` when they are UTF-8, which costs nothing to read as text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Text {
    /// The usual case.
    Utf8(Rc<str>),
    /// Bytes that are no UTF-8 (a binary file, a string cut inside a character).
    Raw(Rc<[u8]>),
}

impl Text {
    /// Makes a text of bytes, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Utf8(text.into()),
            Err(_) => Self::Raw(bytes.into()),
        }
    }

    /// Returns the text; bytes that are no UTF-8 appear as U+FFFD.
    pub fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::Utf8(text) => Cow::Borrowed(text),
            Self::Raw(bytes) => String::from_utf8_lossy(bytes),
        }
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Raw(bytes) => bytes,
        }
    }
}

/// What the items of a slice are to Go; only `typeOf`, `kindOf` and printing look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListType {
    /// `[]interface {}`
    #[default]
    Any,
    /// `[]string`
    Strings,
    /// `[]int`
    Ints,
    /// Helm's `common.VersionSet`: a `[]string` with the method `Has`.
    Versions,
    /// `[][]interface {}`
    Lists,
    /// `[]map[string]interface {}`
    Maps,
}

impl ListType {
    /// Returns Go's name of the slice type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Strings => "[]string",
            Self::Ints => "[]int",
            Self::Versions => "common.VersionSet",
            Self::Lists => "[][]interface {}",
            Self::Maps => "[]map[string]interface {}",
        }
    }
}

/// A slice.
#[derive(Clone, Default)]
pub struct List {
    /// The items, shared.
    pub items: Rc<Vec<Value>>,
    /// The Go type of the items.
    pub item_type: ListType,
    /// Whether this is Go's nil slice: empty, but `null` in JSON and YAML (`concat` of nothing).
    pub nil: bool,
}

impl List {
    /// Makes a slice of the given Go type.
    pub fn new(items: Vec<Value>, item_type: ListType) -> Self {
        Self { items: Rc::new(items), item_type, nil: false }
    }

    /// Makes a slice that is nil when it is empty, as Go's `append` to a nil slice gives it.
    pub fn nil_if_empty(items: Vec<Value>, item_type: ListType) -> Self {
        Self { nil: items.is_empty(), items: Rc::new(items), item_type }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some(items) = Rc::get_mut(&mut self.items) {
            drop_flat(items.drain(..));
        }
    }
}

/// What a map is to Go; only `typeOf`, printing and its few methods look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapType {
    /// `map[string]interface {}`
    #[default]
    Any,
    /// `map[string]string`
    Strings,
    /// Helm's `common.Values`: the root of what a template sees, and `.Values`.
    Values,
}

impl MapType {
    /// Returns Go's name of the map type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Strings => "map[string]string",
            Self::Values => "common.Values",
        }
    }
}

impl MapType {
    /// Returns the zero value of the type that the entries have.
    pub(crate) fn zero(self) -> Value {
        match self {
            Self::Any | Self::Values => Value::Nil,
            Self::Strings => Value::from(""),
        }
    }

    /// Says whether a template can call `name` on a map of this type.
    pub(crate) fn has_method(self, name: &str) -> bool {
        self == Self::Values && matches!(name, "AsMap" | "PathValue" | "Table")
    }
}

/// A map with string keys; clones share their entries, iteration is in key order as in Go.
///
/// The Go type belongs to the reference, not to the entries: `.Values.sub` of a chart and `.Values`
/// of its subchart are one map under two types.
#[derive(Clone, Default)]
pub struct Map {
    shared: Rc<Shared>,
    map_type: MapType,
    /// Whether this is Go's nil map: empty, but `null` in JSON and YAML.
    nil: bool,
}

#[derive(Default)]
struct Shared(RefCell<Entries>);

impl Drop for Shared {
    fn drop(&mut self) {
        drop_flat(self.0.get_mut().drain().into_iter());
    }
}

impl Map {
    /// Makes a map of the given Go type.
    pub fn new(entries: BTreeMap<Rc<str>, Value>, map_type: MapType) -> Self {
        Self { shared: Rc::new(Shared(RefCell::new(entries.into()))), map_type, nil: false }
    }

    /// Makes a map that is nil when it is empty, as Go has a map that a file says nothing of.
    pub fn nil_if_empty(entries: BTreeMap<Rc<str>, Value>, map_type: MapType) -> Self {
        Self { nil: entries.is_empty(), ..Self::new(entries, map_type) }
    }

    /// Returns the Go type.
    pub fn map_type(&self) -> MapType {
        self.map_type
    }

    /// Returns the same map under another Go type.
    pub fn typed(&self, map_type: MapType) -> Self {
        Self { shared: self.shared.clone(), map_type, nil: self.nil }
    }

    /// Returns a clone of the entry `key`, which shares what it holds.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.shared.0.borrow().get(key).cloned()
    }

    /// Passes on what is at the end of `path` and the type of the map that should have it; `None` if
    /// something on the way is no map, or names a method.
    pub(crate) fn at_path<R>(
        &self,
        path: &[Rc<str>],
        found: impl FnOnce(Option<&Value>, MapType) -> R,
    ) -> Option<R> {
        let (name, rest) = path.split_first()?;
        if self.map_type.has_method(name) {
            return None;
        }
        let entries = self.shared.0.borrow();
        match entries.get(name) {
            value if rest.is_empty() => Some(found(value, self.map_type)),
            Some(Value::Map(map)) => map.at_path(rest, found),
            _ => None,
        }
    }

    /// Returns what a template reads at `key`: the entry, or the zero value of the map's type.
    pub fn element(&self, key: &str) -> Value {
        self.get(key).unwrap_or_else(|| self.map_type.zero())
    }

    /// Sets the entry `key` for everyone who shares this map.
    pub fn set(&self, key: impl Into<Rc<str>>, value: Value) {
        // What was there is dropped after the borrow has ended, as it may hold this very map.
        let _previous = self.shared.0.borrow_mut().insert(key.into(), value);
    }

    /// Removes the entry `key` for everyone who shares this map.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.shared.0.borrow_mut().remove(key)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.shared.0.borrow().len()
    }

    /// Says whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the entries as they are now, in key order; changes made while walking them are not seen.
    pub fn snapshot(&self) -> Vec<(Rc<str>, Value)> {
        let entries = self.shared.0.borrow();
        let mut snapshot = Vec::with_capacity(entries.len());
        let Ok(()) = entries.try_each(|key, value| {
            snapshot.push((key.clone(), value.clone()));
            Ok::<_, std::convert::Infallible>(())
        });
        snapshot
    }

    /// Says whether both are one map.
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

/// Drops `values` without recursion, because templates can nest maps and lists without end.
fn drop_flat(values: impl Iterator<Item = Value>) {
    let nested = |value: &Value| matches!(value, Value::Map(_) | Value::List(_));
    let mut pending: Vec<Value> = values.filter(nested).collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::Map(mut map) => {
                if let Some(Shared(entries)) = Rc::get_mut(&mut map.shared) {
                    pending.extend(entries.get_mut().drain().into_iter().filter(nested));
                }
            }
            Value::List(mut list) => {
                if let Some(items) = Rc::get_mut(&mut list.items) {
                    pending.extend(items.drain(..).filter(nested));
                }
            }
            _ => {}
        }
    }
}

/// A Go type with fields and methods, such as `.Files`, `.Capabilities` or a time.
pub trait Object {
    /// Returns Go's name of the type, such as `*common.Capabilities`.
    fn type_name(&self) -> &str;

    /// Returns Go's kind of the type, which `kindOf` names.
    fn kind(&self) -> &'static str {
        match self.basic() {
            Some(basic) => basic.kind(),
            None if self.type_name().starts_with('*') => "ptr",
            None if self.entries().is_some() => "map",
            None => "struct",
        }
    }

    /// Returns the field `name`.
    fn field(&self, name: &str) -> Option<Value>;

    /// Returns the method `name`, with the types it takes.
    fn method(&self, name: &str) -> Option<&'static Method> {
        let _ = name;
        None
    }

    /// Returns what `printf "%v"` prints.
    fn print(&self) -> String;

    /// Returns what `{{ . }}` writes, which differs from [`Object::print`] only where Go finds the
    /// `String` method on the pointer and not on the value (`.Capabilities.KubeVersion`).
    fn display(&self) -> String {
        self.print()
    }

    /// Returns the value of a named basic type, such as the `int64` of a `time.Duration`; it is
    /// what comparisons, truth and numeric verbs see.
    fn basic(&self) -> Option<Value> {
        None
    }

    /// Returns plain data, for `toYaml` and `toJson`.
    fn to_plain(&self) -> yaml::Value;

    /// Returns the entries, for types that are maps to Go (`.Files`): ranged over, indexed and counted.
    fn entries(&self) -> Option<Vec<(Rc<str>, Value)>> {
        None
    }

    /// Returns the object as itself, for functions that take one certain type (`date` takes a time).
    fn as_any(&self) -> &dyn std::any::Any;
}

/// A method of an [`Object`].
pub struct Method {
    /// Its name in Go.
    pub name: &'static str,
    /// The types of its parameters.
    pub params: &'static [super::functions::Type],
    /// Calls it on `receiver` with arguments that have been checked against `params`.
    pub call:
        fn(receiver: &dyn Object, arguments: &[Value]) -> Result<Value, super::functions::Error>,
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(Text::Utf8(text.into()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(Text::Utf8(text.into()))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(List::new(items, ListType::Any))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<&yaml::Value> for Value {
    fn from(plain: &yaml::Value) -> Self {
        match plain {
            yaml::Value::Null => Self::Nil,
            yaml::Value::Bool(truth) => Self::Bool(*truth),
            yaml::Value::Int(number) => Self::Int64(*number),
            yaml::Value::UInt(number) => Self::Uint64(*number),
            yaml::Value::Float(number) => Self::Float(*number),
            yaml::Value::String(text) => Self::from(text.as_str()),
            yaml::Value::List(items) => {
                Self::from(items.iter().map(Self::from).collect::<Vec<_>>())
            }
            yaml::Value::Map(map) => Self::Map(Map::from_plain(map, MapType::Any)),
        }
    }
}

impl Map {
    /// Makes a map of plain data; `map_type` is that of the outermost map only.
    pub fn from_plain(plain: &yaml::Map, map_type: MapType) -> Self {
        let entries = plain.iter().map(|(key, value)| (Rc::from(key.as_str()), Value::from(value)));
        Self::new(entries.collect(), map_type)
    }
}

/// How deep maps and lists may nest where they are walked as a whole (printed, compared, made plain);
/// no chart comes near, and a thread's usual stack is enough for it.
pub const MAX_DEPTH: usize = 1000;

/// How many bytes one text may have. Kubernetes takes no object above a few MiB; this bounds what
/// `repeat`, `printf` and a runaway loop can make.
pub const MAX_TEXT: usize = 64 << 20;

/// A value is nested deeper than [`MAX_DEPTH`], or holds itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("value is nested deeper than {MAX_DEPTH} levels")]
pub struct TooDeep;

impl Value {
    /// Returns Go's name of the type, as `typeOf` and error texts have it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Uint8(_) => "uint8",
            Self::Uint64(_) => "uint64",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::String(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => list.item_type.name(),
            Self::Map(map) => map.map_type.name(),
            Self::Object(object) => object.type_name(),
        }
    }

    /// Returns what tells a shared value from every other one that is alive; plain scalars have none.
    pub(super) fn identity(&self) -> Option<usize> {
        match self {
            Self::String(Text::Utf8(text)) => Some(Rc::as_ptr(text).addr()),
            Self::String(Text::Raw(bytes)) | Self::Bytes(bytes) => Some(Rc::as_ptr(bytes).addr()),
            Self::List(list) => Some(Rc::as_ptr(&list.items).addr()),
            Self::Map(map) => Some(Rc::as_ptr(&map.shared).addr()),
            Self::Object(object) => Some(Rc::as_ptr(object).addr()),
            _ => None,
        }
    }

    /// Returns Go's kind, as `kindOf` names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Uint8(_) => "uint8",
            Self::Uint64(_) => "uint64",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::String(_) => "string",
            Self::Bytes(_) | Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind(),
        }
    }

    /// Returns the items of anything that Go sees as a slice, `None` for every other kind.
    pub fn as_items(&self) -> Option<Cow<'_, [Self]>> {
        match self {
            Self::List(list) => Some(Cow::Borrowed(&list.items)),
            Self::Bytes(bytes) => Some(bytes.iter().map(|&byte| Self::Uint8(byte)).collect()),
            _ => None,
        }
    }

    /// Returns plain data.
    ///
    /// # Errors
    /// Fails when it is nested deeper than [`MAX_DEPTH`], as a map that holds itself is.
    pub fn to_plain(&self) -> Result<yaml::Value, TooDeep> {
        self.to_plain_within(MAX_DEPTH)
    }

    fn to_plain_within(&self, depth: usize) -> Result<yaml::Value, TooDeep> {
        let depth = depth.checked_sub(1).ok_or(TooDeep)?;
        Ok(match self {
            Self::Nil => yaml::Value::Null,
            Self::Bool(truth) => yaml::Value::Bool(*truth),
            Self::Int(number) | Self::Int64(number) => yaml::Value::Int(*number),
            Self::Uint8(number) => yaml::Value::Int(i64::from(*number)),
            Self::Uint64(number) => {
                i64::try_from(*number).map_or(yaml::Value::UInt(*number), yaml::Value::Int)
            }
            Self::Float(number) => yaml::Value::Float(*number),
            Self::Complex(..) => yaml::Value::Null,
            Self::String(text) => yaml::Value::String(text.as_str().into_owned()),
            Self::Bytes(bytes) => {
                use base64::Engine as _;
                // Go's encoding/json writes a []byte as base64.
                yaml::Value::String(base64::engine::general_purpose::STANDARD.encode(bytes))
            }
            Self::List(list) if list.nil => yaml::Value::Null,
            Self::List(list) => {
                let items = list.items.iter().map(|item| item.to_plain_within(depth));
                yaml::Value::List(items.collect::<Result<_, _>>()?)
            }
            Self::Map(map) if map.nil && map.is_empty() => yaml::Value::Null,
            Self::Map(map) => {
                let mut plain = yaml::Map::new();
                map.shared.0.borrow().try_each(|key, value| {
                    plain.insert(key.to_string(), value.to_plain_within(depth)?);
                    Ok(())
                })?;
                yaml::Value::Map(plain)
            }
            Self::Object(object) => object.to_plain(),
        })
    }

    /// Says whether Go's templates count this as true: neither nil, zero nor empty.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) | Self::Int64(number) => *number != 0,
            Self::Uint8(number) => *number != 0,
            Self::Uint64(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::String(text) => !text.as_bytes().is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => match object.basic() {
                Some(basic) => basic.truth(),
                None => object.entries().is_none_or(|entries| !entries.is_empty()),
            },
        }
    }
}
