//! TOML as BurntSushi's library writes it: plain entries before tables, both sorted and indented by level.

use std::fmt::Write as _;
use std::rc::Rc;

use super::Error;
use super::json::error_dict;
use super::limits::{check_depth, check_text, spend};
use super::number::format_float;
use crate::engine::value::{List, ListType, Map, MapType, Value};

/// How many bytes of work a byte of TOML counts for: two can make an item of an array.
const READ: usize = 16;

/// Writes a dict as a TOML document; the answer to what TOML cannot hold is the reason.
pub(super) fn to_toml(value: &Value) -> Result<String, Error> {
    match (value, must_to_toml(value)) {
        (Value::Complex(..), _) => Ok("unsupported type for key '': complex128".to_owned()),
        (Value::Nil, answer) => answer,
        (_, Err(Error::Message(why))) => Ok(why),
        (_, answer) => answer,
    }
}

/// Writes a dict as a TOML document, or says why TOML cannot hold it.
pub(super) fn must_to_toml(value: &Value) -> Result<String, Error> {
    if matches!(value, Value::Nil) {
        return Err(Error::from("reflect: call of reflect.Value.Type on zero Value"));
    }
    let mut writer = Writer { out: String::new() };
    writer.entry(&[], value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    fn line_break(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("  ", level));
    }

    /// Writes what stands under `path`: a table, tables, or a key with its value.
    fn entry(&mut self, path: &[&str], value: &Value) -> Result<(), Error> {
        check_depth(path.len())?;
        check_text(Some(self.out.len()))?;
        match (as_map(value), path.split_last()) {
            (Some(map), _) => self.table(path, &map),
            (None, None) if is_table_list(value)? => {
                Err(Error::from("toml: top-level values must be Go maps or structs"))
            }
            (None, Some(_)) if is_table_list(value)? => self.tables(path, value),
            (None, None) => self.element(value, 0),
            (None, Some((key, above))) => {
                self.indent(above.len());
                self.key(key);
                self.out.push_str(" = ");
                self.element(value, 0)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    fn table(&mut self, path: &[&str], map: &Map) -> Result<(), Error> {
        if path.len() == 1 {
            self.line_break();
        }
        if !path.is_empty() {
            self.heading(path, "[", "]");
        }
        self.entries(path, map)
    }

    fn tables(&mut self, path: &[&str], list: &Value) -> Result<(), Error> {
        for item in list.as_items().unwrap_or_default().iter() {
            self.line_break();
            self.heading(path, "[[", "]]");
            self.entries(path, &as_map(item).unwrap_or_default())?;
        }
        Ok(())
    }

    fn heading(&mut self, path: &[&str], open: &str, close: &str) {
        self.indent(path.len() - 1);
        self.out.push_str(open);
        for (index, key) in path.iter().enumerate() {
            self.out.push_str(if index > 0 { "." } else { "" });
            self.key(key);
        }
        self.out.push_str(close);
        self.out.push('\n');
    }

    fn entries(&mut self, path: &[&str], map: &Map) -> Result<(), Error> {
        let (direct, tables) = direct_and_tables(map)?;
        for (key, value) in direct.iter().chain(&tables) {
            if !matches!(value, Value::Nil) {
                self.entry(&[path, &[key]].concat(), value)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        check_depth(depth)?;
        check_text(Some(self.out.len()))?;
        match value {
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.display(number),
            Value::Uint8(number) => self.display(number),
            Value::Uint64(number) => self.display(number),
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::String(text) => self.quoted(&text.as_str()),
            Value::List(_) | Value::Bytes(_) => self.array(value, depth)?,
            Value::Map(map) => self.inline_table(map, depth)?,
            Value::Object(object) => match object.type_name() {
                "time.Time" => self.out.push_str(object.to_plain().as_str().unwrap_or_default()),
                _ => match as_map(value) {
                    Some(map) => self.inline_table(&map, depth)?,
                    None => self.quoted(&object.print()),
                },
            },
            Value::Nil | Value::Complex(..) => {
                let kind = value.kind();
                return Err(Error::from(format!("unsupported type: {kind}")));
            }
        }
        Ok(())
    }

    fn display(&mut self, number: impl std::fmt::Display) {
        // Writing into a string cannot fail.
        let _ = write!(self.out, "{number}");
    }

    fn array(&mut self, list: &Value, depth: usize) -> Result<(), Error> {
        self.out.push('[');
        for (index, item) in list.as_items().unwrap_or_default().iter().enumerate() {
            self.out.push_str(if index > 0 { ", " } else { "" });
            self.element(item, depth + 1)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn inline_table(&mut self, map: &Map, depth: usize) -> Result<(), Error> {
        let (direct, tables) = direct_and_tables(map)?;
        let last = direct.len() + tables.len();
        self.out.push('{');
        for (index, (key, value)) in direct.iter().chain(&tables).enumerate() {
            if matches!(value, Value::Nil) {
                continue;
            }
            self.key(key);
            self.out.push_str(" = ");
            self.element(value, depth + 1)?;
            self.out.push_str(if index + 1 < last { ", " } else { "" });
        }
        self.out.push('}');
        Ok(())
    }

    fn key(&mut self, key: &str) {
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !key.is_empty() && key.bytes().all(is_bare) {
            self.out.push_str(key);
        } else {
            self.quoted(key);
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.out.extend(['\\', character]),
                '\x08' => self.out.push_str("\\b"),
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\x0c' => self.out.push_str("\\f"),
                '\r' => self.out.push_str("\\r"),
                '\0'..='\x1f' | '\x7f' => {
                    // Writing into a string cannot fail.
                    let _ = write!(self.out, "\\u{:04x}", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }
}

/// Returns what TOML writes as a table: dicts, and objects with fields.
fn as_map(value: &Value) -> Option<Map> {
    match value {
        Value::Map(map) => Some(map.clone()),
        Value::Object(object) => {
            object.to_plain().as_map().map(|map| Map::from_plain(map, MapType::Any))
        }
        _ => None,
    }
}

/// Says whether this is a list of nothing but tables; nil in a list is an error.
fn is_table_list(value: &Value) -> Result<bool, Error> {
    is_table_list_at(value, 0)
}

fn is_table_list_at(value: &Value, depth: usize) -> Result<bool, Error> {
    check_depth(depth)?;
    let Value::List(list) = value else { return Ok(false) };
    for item in list.items.iter() {
        if matches!(item, Value::Nil) {
            return Err(Error::from("toml: cannot encode array with nil element"));
        }
        is_table_list_at(item, depth + 1)?;
    }
    Ok(!list.items.is_empty() && list.items.iter().all(|item| as_map(item).is_some()))
}

type Entries = Vec<(Rc<str>, Value)>;

fn direct_and_tables(map: &Map) -> Result<(Entries, Entries), Error> {
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.snapshot() {
        let is_table = as_map(&value).is_some() || is_table_list(&value)?;
        if is_table { tables.push((key, value)) } else { direct.push((key, value)) }
    }
    Ok((direct, tables))
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = format_float(number);
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}

/// Reads a TOML document; when that fails, a dict that holds nothing but the reason, as `Error`.
pub(super) fn from_toml(text: &str) -> Map {
    spend(text.len() * READ);
    match text.parse::<toml::Table>() {
        Ok(table) => from_table(table),
        Err(err) => {
            let before = err.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            error_dict(&format!("toml: line {line}: {}", err.message()))
        }
    }
}

fn from_table(table: toml::Table) -> Map {
    let entries = table.into_iter().map(|(key, value)| (Rc::from(key), from_value(value)));
    Map::new(entries.collect(), MapType::Any)
}

fn from_value(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::Int64(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Table(table) => Value::Map(from_table(table)),
        toml::Value::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let item_type = if tables { ListType::Maps } else { ListType::Any };
            Value::List(List::new(items.into_iter().map(from_value).collect(), item_type))
        }
    }
}
