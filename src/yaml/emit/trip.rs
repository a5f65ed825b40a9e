//! What is lost on the trip through JSON: Helm's library writes JSON first and has go-yaml read it,
//! which refuses some texts that JSON writes as they are.

use crate::yaml::value::Value;

/// How many letters of JSON go-yaml takes for a key at most.
const LONGEST_KEY: usize = 1024;

/// Says why Helm's library cannot write a value, in go-yaml's words.
pub fn emit_problem(value: &Value) -> Option<&'static str> {
    if has_text(value, &|text| text.chars().any(is_refused)) {
        return Some("yaml: control characters are not allowed");
    }
    key_problem(value)
}

/// Says whether JSON writes a character as it is, and go-yaml cannot read it.
fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' if c != '\u{85}') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn has_text(value: &Value, fits: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => fits(text),
        Value::List(items) => items.iter().any(|item| has_text(item, fits)),
        Value::Map(map) => map.iter().any(|(key, value)| fits(key) || has_text(value, fits)),
        _ => false,
    }
}

fn key_problem(value: &Value) -> Option<&'static str> {
    match value {
        Value::List(items) => items.iter().find_map(key_problem),
        Value::Map(map) => map.iter().find_map(|(key, value)| {
            if key.contains('\u{85}') {
                // To go-yaml it is a line break, and a key is on one line.
                return Some("yaml: line 1: did not find expected ',' or '}'");
            }
            let is_long = || Value::from(key.as_str()).to_json().chars().count() > LONGEST_KEY;
            if key.len() > LONGEST_KEY / 6 && is_long() {
                return Some("yaml: did not find expected ',' or '}'");
            }
            key_problem(value)
        }),
        _ => None,
    }
}
