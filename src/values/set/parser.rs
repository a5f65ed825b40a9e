//! The parser of assignments: it changes the values while it reads.

use super::error::{Error, Problem};
use super::{Syntax, json};
use crate::yaml::{Map, Value};

/// Helm's limit of dots in a name (`strvals.MaxNestedNameLevel`).
pub(super) const MAX_NAMES: usize = 30;
/// Helm's largest index (`strvals.MaxIndex`).
pub(super) const MAX_INDEX: i64 = 65536;
/// The limit of names and indexes in each other. Helm has none for indexes; nobody needs ten.
pub(super) const MAX_LEVELS: usize = 100;
/// The limit of items that indexes create in one text, sixteen of the largest lists.
pub(super) const MAX_ITEMS: usize = 16 * MAX_INDEX as usize;

/// Why parsing stops.
pub(super) enum Stop {
    /// The text is at its end. What was read stands, except list items that were not finished.
    End,
    /// Something is wrong.
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

pub(super) struct Parser<'a> {
    text: &'a str,
    syntax: Syntax<'a>,
    /// How many bytes of the text are read.
    at: usize,
    levels: usize,
    items: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, syntax: Syntax<'a>) -> Self {
        Self { text, syntax, at: 0, levels: 0, items: 0 }
    }

    pub(super) fn parse(mut self, values: &mut Map) -> Result<(), Error> {
        loop {
            let start = self.at;
            match self.name(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Problem(problem)) => {
                    let rest = &self.text[start..];
                    let name = rest.split(['=', ',']).next().unwrap_or(rest);
                    return Err(Error { problem, assignment: name.to_owned() });
                }
            }
        }
    }

    /// Reads a name in `map`, and all up to the end of its value.
    fn name(&mut self, map: &mut Map, names: usize) -> Result<(), Stop> {
        let stops: &[char] = match self.syntax {
            Syntax::Literal => &['=', '[', '.'],
            _ => &['=', '[', ',', '.'],
        };
        match self.until(stops) {
            (name, Some('[')) => self.list_entry(map, name, names),
            (name, Some('.')) => self.map_entry(map, name, names),
            (name, Some('=')) => {
                let value = self.value()?;
                let ended = value.is_none();
                insert(map, name, value.unwrap_or_else(|| Value::from("")));
                if ended { Err(Stop::End) } else { Ok(()) }
            }
            (name, Some(_)) => Err(Problem::NoValueBeforeComma(name).into()),
            (name, None) if name.is_empty() => Err(Stop::End),
            (name, None) => Err(Problem::NoValue(name).into()),
        }
    }

    fn map_entry(&mut self, map: &mut Map, name: String, names: usize) -> Result<(), Stop> {
        if names == MAX_NAMES {
            return Err(Problem::TooManyNames.into());
        }
        let mut fresh = Map::new();
        let inner = match map.get_mut(&name) {
            Some(Value::Map(inner)) => inner,
            Some(other) => return Err(Problem::kind(other, "map[string]interface {}").into()),
            None => &mut fresh,
        };
        let read = self.level(|parser| parser.name(inner, names + 1));
        if read.is_ok() && inner.is_empty() {
            return Err(Problem::NoEntries(name).into());
        }
        if !fresh.is_empty() {
            insert(map, name, Value::Map(fresh));
        }
        read
    }

    fn list_entry(&mut self, map: &mut Map, name: String, names: usize) -> Result<(), Stop> {
        let index = self.index()?;
        match map.get_mut(&name) {
            Some(Value::List(list)) => self.item(list, index, names),
            Some(other) => Err(Problem::kind(other, "[]interface {}").into()),
            None => {
                let mut list = Vec::new();
                let read = self.item(&mut list, index, names);
                insert(map, name, Value::List(list));
                read
            }
        }
    }

    /// Reads what follows an index, and all up to the end of the value.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, names: usize) -> Result<(), Stop> {
        let place = usize::try_from(index).map_err(|_| Problem::NegativeIndex(index))?;
        match self.until(&['[', '.', '=']) {
            (text, _) if !text.is_empty() => Err(Problem::AfterIndex(text).into()),
            (_, Some('=')) => {
                let value = self.value()?.unwrap_or_else(|| Value::from(""));
                self.put(list, place, value)
            }
            (_, Some('[')) => {
                let next = self.index()?;
                self.level(|parser| parser.item_in_list(list, place, next, names))
            }
            (_, Some(_)) => self.level(|parser| parser.item_in_map(list, place, names)),
            (_, None) => Err(Stop::End),
        }
    }

    fn item_in_list(
        &mut self,
        list: &mut Vec<Value>,
        place: usize,
        next: i64,
        names: usize,
    ) -> Result<(), Stop> {
        match list.get_mut(place) {
            Some(Value::List(inner)) => return self.item(inner, next, names),
            Some(Value::Null) | None => {}
            Some(other) => return Err(Problem::kind(other, "[]interface {}").into()),
        }
        let mut inner = Vec::new();
        self.item(&mut inner, next, names)?;
        self.put(list, place, Value::List(inner))
    }

    fn item_in_map(
        &mut self,
        list: &mut Vec<Value>,
        place: usize,
        names: usize,
    ) -> Result<(), Stop> {
        let Some(item) = list.get_mut(place) else {
            let mut inner = Map::new();
            self.name(&mut inner, names)?;
            return self.put(list, place, Value::Map(inner));
        };
        if item.as_map().is_none() {
            *item = Value::Map(Map::new());
        }
        item.as_map_mut().map_or(Ok(()), |inner| self.name(inner, names))
    }

    /// Puts an item into a list, which grows with nulls as far as it must.
    fn put(&mut self, list: &mut Vec<Value>, place: usize, value: Value) -> Result<(), Stop> {
        let index = i64::try_from(place).unwrap_or(i64::MAX);
        if index > MAX_INDEX {
            return Err(Problem::IndexTooLarge(index).into());
        }
        if place >= list.len() {
            self.items += place + 1 - list.len();
            if self.items > MAX_ITEMS {
                return Err(Problem::TooManyItems.into());
            }
            list.resize(place + 1, Value::Null);
        }
        list[place] = value;
        Ok(())
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (text, Some(_)) = self.until(&[']']) else { return Err(Stop::End) };
        text.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let reason = match error.kind() {
                PosOverflow | NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            Problem::Index { text, reason }.into()
        })
    }

    /// Reads a value; `None` if there is nothing left after `=`.
    fn value(&mut self) -> Result<Option<Value>, Stop> {
        match self.syntax {
            Syntax::Json => self.json().map(Some),
            Syntax::Literal => Ok(Some(self.until(&[]).0.into())),
            _ => match self.rest().chars().next() {
                None => Ok(None),
                Some('{') => self.list().map(Some),
                Some(_) => {
                    let (text, _) = self.until(&[',']);
                    self.scalar(text).map(Some)
                }
            },
        }
    }

    fn list(&mut self) -> Result<Value, Stop> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let (text, Some(last)) = self.until(&[',', '}']) else {
                return Err(Problem::OpenList.into());
            };
            items.push(self.scalar(text)?);
            if last == '}' {
                self.at += usize::from(self.rest().starts_with(','));
                return Ok(Value::List(items));
            }
        }
    }

    fn json(&mut self) -> Result<Value, Stop> {
        if self.skip_empty_value() {
            return Ok(Value::Null);
        }
        let length = json::extent(self.rest()).ok_or(Problem::JsonEnd)?;
        let value = Value::from_json(&self.rest()[..length])
            .map_err(|error| Problem::Json(Box::new(error)))?;
        self.at += length;
        self.skip_empty_value();
        Ok(value.numbers_as_floats())
    }

    /// Skips blanks and one comma; says whether there was nothing else up to the comma or the end.
    fn skip_empty_value(&mut self) -> bool {
        let rest = self.rest().trim_start();
        self.at = self.text.len() - rest.len();
        self.at += usize::from(rest.starts_with(','));
        rest.is_empty() || rest.starts_with(',')
    }

    fn scalar(&self, text: String) -> Result<Value, Stop> {
        match self.syntax {
            Syntax::Typed => Ok(typed(text)),
            Syntax::File(read) => match read(&text) {
                Ok(content) => match String::from_utf8(content) {
                    Ok(content) => Ok(content.into()),
                    Err(_) => Err(Problem::FileEncoding(text).into()),
                },
                Err(source) => Err(Problem::File { name: text, source }.into()),
            },
            _ => Ok(text.into()),
        }
    }

    /// Reads up to one of `stops` and steps over it, and takes the escapes out of what it reads.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut read = String::new();
        let mut chars = self.rest().chars();
        let mut last = None;
        while let Some(c) = chars.next() {
            if stops.contains(&c) {
                last = Some(c);
                break;
            }
            if c == '\\' && !matches!(self.syntax, Syntax::Literal) {
                read.extend(chars.next());
            } else {
                read.push(c);
            }
        }
        self.at = self.text.len() - chars.as_str().len();
        (read, last)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Reads one level deeper.
    fn level(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.levels == MAX_LEVELS {
            return Err(Problem::TooDeep.into());
        }
        self.levels += 1;
        let read = read(self);
        self.levels -= 1;
        read
    }
}

/// Sets an entry. Helm ignores empty names.
fn insert(map: &mut Map, name: String, value: Value) {
    if !name.is_empty() {
        map.insert(name, value);
    }
}

fn typed(text: String) -> Value {
    // Go folds case by Unicode, where the long s is an s.
    match text.replace('ſ', "s").to_ascii_lowercase().as_str() {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "null" => return Value::Null,
        "0" => return Value::Int(0),
        _ => {}
    }
    match text.parse() {
        Ok(number) if !text.starts_with('0') => Value::Int(number),
        _ => Value::String(text),
    }
}
