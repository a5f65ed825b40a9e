//! Lists: taking parts, adding, sorting out, looking into.

use std::borrow::Cow;
use std::collections::HashSet;

use super::equality::deep_equal_within;
use super::limits::{Walk, check_items};
use super::{Error, cast};
use crate::engine::value::{List, ListType, Text, Value};

/// What Go says when a function asks nil for its type.
pub(super) const NIL_DEREFERENCE: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// Returns the items of a slice; `complaint` says what cannot be done with other kinds.
fn items<'a>(list: &'a Value, complaint: &str) -> Result<Cow<'a, [Value]>, Error> {
    match list.as_items() {
        Some(items) => Ok(items),
        None if matches!(list, Value::Nil) => Err(Error::from(NIL_DEREFERENCE)),
        None => Err(Error::from(format!("{complaint} {}", list.kind()))),
    }
}

/// Returns the list with `value` at its end.
pub(super) fn append(list: &Value, value: &Value) -> Result<Vec<Value>, Error> {
    let items = items(list, "Cannot push on type")?;
    Ok(items.iter().chain([value]).cloned().collect())
}

/// Returns the list with `value` before its start.
pub(super) fn prepend(list: &Value, value: &Value) -> Result<Vec<Value>, Error> {
    let items = items(list, "Cannot prepend on type")?;
    Ok([value].into_iter().chain(items.iter()).cloned().collect())
}

/// Returns all lists as one.
pub(super) fn concat(lists: &[Value]) -> Result<List, Error> {
    let mut all = Vec::new();
    for list in lists {
        if !matches!(list, Value::Nil) && list.as_items().is_none() {
            let kind = list.kind();
            return Err(Error::from(format!("Cannot concat type {kind} as list")));
        }
        let items = items(list, "")?;
        check_items(all.len() + items.len())?;
        all.extend_from_slice(&items);
    }
    Ok(List::nil_if_empty(all, ListType::Any))
}

/// Returns the list in lists of `size` items.
pub(super) fn chunk(size: i64, list: &Value) -> Result<List, Error> {
    let items = items(list, "Cannot chunk type")?;
    let count = ((items.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    let one_backwards = size < 0 && count >= 1.0;
    if size == 0 || count < 0.0 || one_backwards {
        return Err(Error::from("runtime error: makeslice: len out of range"));
    }
    if size < 0 {
        return Ok(List::new(Vec::new(), ListType::Lists));
    }
    let chunks = items.chunks(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(List::new(chunks.map(|chunk| Value::from(chunk.to_vec())).collect(), ListType::Lists))
}

/// Returns the first item, nil if there is none.
pub(super) fn first(list: &Value) -> Result<Value, Error> {
    Ok(items(list, "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

/// Returns the last item, nil if there is none.
pub(super) fn last(list: &Value) -> Result<Value, Error> {
    Ok(items(list, "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

/// Returns all but the first item.
pub(super) fn rest(list: &Value) -> Result<List, Error> {
    let items = items(list, "Cannot find rest on type")?;
    Ok(part_of(items.split_first().map(|(_, rest)| rest)))
}

/// Returns all but the last item.
pub(super) fn initial(list: &Value) -> Result<List, Error> {
    let items = items(list, "Cannot find initial on type")?;
    Ok(part_of(items.split_last().map(|(_, initial)| initial)))
}

/// Returns a list of the items, a nil one when there was nothing to take a part of.
fn part_of(items: Option<&[Value]>) -> List {
    match items {
        Some(items) => List::new(items.to_vec(), ListType::Any),
        None => List::nil_if_empty(Vec::new(), ListType::Any),
    }
}

/// Returns the list backwards.
pub(super) fn reverse(list: &Value) -> Result<Vec<Value>, Error> {
    Ok(items(list, "Cannot find reverse on type")?.iter().rev().cloned().collect())
}

/// Returns the list without empty items.
pub(super) fn compact(list: &Value) -> Result<Vec<Value>, Error> {
    let items = items(list, "Cannot compact on type")?;
    Ok(items.iter().filter(|item| item.truth()).cloned().collect())
}

/// Returns the list with each item once.
pub(super) fn uniq(list: &Value) -> Result<Vec<Value>, Error> {
    let mut seen = Seen::new();
    let mut unique = Vec::new();
    for item in items(list, "Cannot find uniq on type")?.iter() {
        if !seen.contains(item)? {
            seen.insert(item);
            unique.push(item.clone());
        }
    }
    Ok(unique)
}

/// Returns the list without the items that `omit` has.
pub(super) fn without(list: &Value, omit: &[Value]) -> Result<Vec<Value>, Error> {
    let items = items(list, "Cannot find without on type")?;
    let mut seen = Seen::new();
    omit.iter().for_each(|value| seen.insert(value));
    let mut kept = Vec::new();
    for item in items.iter() {
        if !seen.contains(item)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

/// Says whether the list has `needle`; nil has nothing.
pub(super) fn has(needle: &Value, list: &Value) -> Result<bool, Error> {
    if matches!(list, Value::Nil) {
        return Ok(false);
    }
    let mut walk = Walk::of_many();
    for item in items(list, "Cannot find has on type")?.iter() {
        if deep_equal_within(needle, item, &mut walk)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the items from one index to another; nil for an empty list.
pub(super) fn slice(list: &Value, indices: &[Value]) -> Result<Value, Error> {
    let items = items(list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = indices.first().map_or(0, cast::to_int64);
    let end = indices.get(1).map_or(items.len() as i64, cast::to_int64);
    if start < 0 || end < start || end > items.len() as i64 {
        return Err(Error::from("reflect.Value.Slice: slice index out of bounds"));
    }
    let range = start as usize..end as usize;
    Ok(match list {
        Value::Bytes(bytes) => Value::Bytes(bytes[range].into()),
        Value::List(list) => Value::List(List::new(items[range].to_vec(), list.item_type)),
        _ => Value::from(items[range].to_vec()),
    })
}

/// Values that were met: texts and numbers are found at once, lists and maps by comparing.
struct Seen {
    plain: HashSet<PlainKey>,
    nested: Vec<Value>,
    walk: Walk,
}

/// A value that has nothing inside, with its type.
#[derive(PartialEq, Eq, Hash)]
enum PlainKey {
    Nil,
    Bool(bool),
    Int(i64),
    Int64(i64),
    Uint8(u8),
    Float(u64),
    Text(Vec<u8>),
}

impl PlainKey {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Nil => Self::Nil,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::Int(*number),
            Value::Int64(number) => Self::Int64(*number),
            Value::Uint8(number) => Self::Uint8(*number),
            // Adding zero makes -0 the same as 0; NaN equals nothing and is left to comparing.
            Value::Float(number) if !number.is_nan() => Self::Float((number + 0.0).to_bits()),
            Value::String(text) => Self::Text(Text::as_bytes(text).to_vec()),
            _ => return None,
        })
    }
}

impl Seen {
    fn new() -> Self {
        Self { plain: HashSet::new(), nested: Vec::new(), walk: Walk::of_many() }
    }

    fn insert(&mut self, value: &Value) {
        match PlainKey::of(value) {
            Some(key) => drop(self.plain.insert(key)),
            None => self.nested.push(value.clone()),
        }
    }

    fn contains(&mut self, value: &Value) -> Result<bool, Error> {
        if let Some(key) = PlainKey::of(value) {
            return Ok(self.plain.contains(&key));
        }
        for seen in &self.nested {
            if deep_equal_within(value, seen, &mut self.walk)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
