//! A value as YAML, in the very text that Helm's `toYaml` gives: go-yaml v2's layout, quoting and
//! folding, after the trip through JSON that Helm's library makes first.

mod order;
mod quoting;
mod trip;
mod writer;

use std::borrow::Cow;

use self::order::in_natural_order;
use self::quoting::{is_multiline, style};
pub use self::trip::emit_problem;
use self::writer::Writer;
use super::number::{json_float, yaml_float};
use super::value::{Map, Value};

/// Writes a value as YAML, with a line break at the end.
pub fn emit(value: &Value) -> String {
    Emitter { writer: Writer::new(WIDTH), layout: Layout::Plain }.document(value)
}

/// Writes a value as `toYamlPretty` does: lists are indented, long lines are not folded, and floats
/// stay floats.
pub fn emit_pretty(value: &Value) -> String {
    Emitter { writer: Writer::new(usize::MAX), layout: Layout::Pretty }.document(value)
}

/// Whose text is imitated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// go-yaml v2's, after a trip through JSON.
    Plain,
    /// go-yaml v3's with an indent of 2.
    Pretty,
}

/// go-yaml v2 breaks a line at the first space behind this column.
const WIDTH: usize = 80;

/// Where a node starts, which decides how its lines are set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Behind `-`, or behind the `?` and `:` of a long key: a collection starts on the same line.
    Item,
    /// Behind `key:`; a collection starts on the next line.
    Entry,
}

/// go-yaml writes a key longer than this many bytes behind a `?`.
const LONGEST_SIMPLE_KEY: usize = 128;

const INDENT: usize = 2;

struct Emitter {
    writer: Writer,
    layout: Layout,
}

impl Emitter {
    fn document(mut self, value: &Value) -> String {
        self.node(value, 0, Place::Root);
        self.writer.start_line(0);
        self.writer.into_text()
    }

    /// Writes a node; `indent` is that of the collection it is in.
    fn node(&mut self, value: &Value, indent: usize, place: Place) {
        match value {
            Value::Map(map) if !map.is_empty() => self.map(map, indent, place),
            Value::List(items) if !items.is_empty() => self.list(items, indent, place),
            _ => {
                self.space(place);
                self.scalar(value, indent);
            }
        }
    }

    fn map(&mut self, map: &Map, indent: usize, place: Place) {
        let indent = if place == Place::Root { 0 } else { indent + INDENT };
        for (index, (key, value)) in in_natural_order(map, self.layout).into_iter().enumerate() {
            self.start(index == 0, indent, place);
            let key = self.text(key);
            if key.len() <= LONGEST_SIMPLE_KEY && !is_multiline(&key) {
                self.writer.one_line(&key, style(&key, self.layout));
                self.writer.push(":");
                self.node(value, indent, Place::Entry);
            } else {
                self.writer.push("? ");
                self.writer.folded(&key, style(&key, self.layout), indent + INDENT);
                self.writer.start_line(indent);
                self.writer.push(":");
                self.node(value, indent, Place::Item);
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, place: Place) {
        let is_indented = match self.layout {
            Layout::Plain => place == Place::Item,
            Layout::Pretty => place != Place::Root,
        };
        let indent = if is_indented { indent + INDENT } else { indent };
        for (index, item) in items.iter().enumerate() {
            self.start(index == 0, indent, place);
            self.writer.push("-");
            self.node(item, indent, Place::Item);
        }
    }

    /// Goes to where the next part of a collection starts.
    fn start(&mut self, is_first: bool, indent: usize, place: Place) {
        if is_first && place != Place::Entry {
            self.space(place);
        } else {
            self.writer.start_line(indent);
        }
    }

    fn space(&mut self, place: Place) {
        if place != Place::Root {
            self.writer.push(" ");
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.writer.push("null"),
            Value::Bool(truth) => self.writer.push(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.writer.push(&number.to_string()),
            Value::UInt(number) => self.writer.push(&number.to_string()),
            Value::Float(number) if self.layout == Layout::Pretty => {
                self.writer.push(&yaml_float(*number));
            }
            Value::Float(number) => self.writer.push(&float(*number)),
            Value::String(text) => {
                let text = self.text(text);
                self.writer.folded(&text, style(&text, self.layout), indent + INDENT);
            }
            Value::List(_) => self.writer.push("[]"),
            Value::Map(_) => self.writer.push("{}"),
        }
    }

    /// Returns a text as it is to be written.
    fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.layout == Layout::Plain { json_text(text) } else { Cow::Borrowed(text) }
    }
}

/// Writes a float as it comes out of JSON: as an integer where that fits 64 bits.
fn float(number: f64) -> String {
    let json = json_float(number);
    let is_integer = json.parse::<i64>().is_ok() || json.parse::<u64>().is_ok();
    match is_integer {
        true if json == "-0" => "0".to_owned(),
        true => json,
        false => yaml_float(number),
    }
}

/// Returns a text as it comes out of JSON, which Helm's library reads with its YAML parser: that
/// folds the line break U+0085, which JSON does not escape.
fn json_text(text: &str) -> Cow<'_, str> {
    const NEXT_LINE: char = '\u{85}';
    if !text.contains(NEXT_LINE) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([' ', NEXT_LINE]) {
        let blank = rest[at..].len() - rest[at..].trim_start_matches([' ', NEXT_LINE]).len();
        let (blank, after) = rest[at..].split_at(blank);
        folded.push_str(&rest[..at]);
        match blank.matches(NEXT_LINE).count() {
            0 => folded.push_str(blank),
            1 => folded.push(' '),
            breaks => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = after;
    }
    folded.push_str(rest);
    Cow::Owned(folded)
}
