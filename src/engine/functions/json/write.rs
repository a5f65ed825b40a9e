//! Writing JSON: sorted keys, HTML characters escaped unless asked not to.

use std::fmt::Write as _;

use crate::engine::functions::number::format_json_float;
use crate::yaml;

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::functions) enum Style {
    /// On one line.
    Compact,
    /// On one line, `<`, `>` and `&` as they are.
    Raw,
    /// Indented by two spaces.
    Pretty,
}

/// Writes plain data.
pub(super) fn write(value: &yaml::Value, style: Style) -> String {
    let mut out = String::new();
    Writer { out: &mut out, style, depth: 0 }.value(value);
    out
}

struct Writer<'a> {
    out: &'a mut String,
    style: Style,
    depth: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &yaml::Value) {
        match value {
            yaml::Value::Null => self.out.push_str("null"),
            yaml::Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            yaml::Value::Int(number) => self.display(number),
            yaml::Value::UInt(number) => self.display(number),
            yaml::Value::Float(number) => self.out.push_str(&format_json_float(*number)),
            yaml::Value::String(text) => self.string(text),
            yaml::Value::List(items) => {
                self.items(['[', ']'], items.iter(), |writer, item| writer.value(item));
            }
            yaml::Value::Map(map) => self.items(['{', '}'], map.iter(), |writer, (key, value)| {
                writer.string(key);
                writer.out.push_str(if writer.style == Style::Pretty { ": " } else { ":" });
                writer.value(value);
            }),
        }
    }

    fn display(&mut self, number: impl std::fmt::Display) {
        // Writing into a string cannot fail.
        let _ = write!(self.out, "{number}");
    }

    fn items<T>(
        &mut self,
        [open, close]: [char; 2],
        items: impl ExactSizeIterator<Item = T>,
        each: impl Fn(&mut Self, T),
    ) {
        let is_empty = items.len() == 0;
        self.out.push(open);
        self.depth += 1;
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line_break();
            each(self, item);
        }
        self.depth -= 1;
        if !is_empty {
            self.line_break();
        }
        self.out.push(close);
    }

    fn line_break(&mut self) {
        if self.style == Style::Pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(character),
                '\0'..'\x20' | '\u{2028}' | '\u{2029}' => self.escape(character),
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, character: char) {
        // Writing into a string cannot fail.
        let _ = write!(self.out, "\\u{:04x}", u32::from(character));
    }
}
