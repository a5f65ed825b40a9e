//! Marks that stand for the values of Secrets, so that a plan can be shown to anybody.
//!
//! A value has one mark wherever it is found, as it is or in base64: two equal marks are two equal
//! values, and a mark that becomes another is a value that changes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;

use crate::cluster::{FieldChange, Json};
use crate::manifest::Manifest;

/// How many bytes a value must have to be looked for outside of Secrets: shorter ones are in every
/// text by chance.
const LEAST: usize = 6;

/// The values of the Secrets of a plan.
#[derive(Default)]
pub struct Masks {
    /// The number of each value.
    numbers: HashMap<Vec<u8>, usize>,
    /// The forms in which values are looked for elsewhere, with the number of each.
    forms: Vec<(Finder<'static>, usize)>,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masks of {} values", self.numbers.len())
    }
}

impl Masks {
    /// Learns the values of an object if it is a Secret.
    pub(in crate::action) fn learn(&mut self, object: &Json) {
        if !is_secret(object) {
            return;
        }
        for (section, is_encoded) in [("data", true), ("stringData", false)] {
            let values = object.get(section).and_then(Json::as_object);
            for value in values.into_iter().flat_map(|values| values.values()) {
                if let Some(text) = value.as_str() {
                    self.add(decoded(text, is_encoded));
                }
            }
        }
    }

    /// Learns the values of the Secrets of a manifest; one that cannot be read has none.
    pub(in crate::action) fn learn_manifest(&mut self, text: &str) {
        let objects = Manifest::parse(text).and_then(|manifest| manifest.objects());
        for object in objects.unwrap_or_default() {
            self.learn(&Json::from(object.value));
        }
    }

    fn add(&mut self, value: Vec<u8>) {
        if value.is_empty() || self.numbers.contains_key(&value) {
            return;
        }
        let number = self.numbers.len() + 1;
        let trimmed = value.trim_ascii();
        if trimmed.len() >= LEAST {
            let mut forms = vec![trimmed.to_vec(), STANDARD.encode(&value).into_bytes()];
            forms.push(STANDARD.encode(trimmed).into_bytes());
            if let Ok(text) = std::str::from_utf8(trimmed) {
                // As it stands in a JSON text that is itself a value.
                let quoted = Json::from(text).to_string();
                forms.push(quoted.as_bytes()[1..quoted.len() - 1].to_vec());
            }
            forms.sort();
            forms.dedup();
            let finder = |form: Vec<u8>| (Finder::new(&form).into_owned(), number);
            self.forms.extend(forms.into_iter().map(finder));
        }
        self.numbers.insert(value, number);
    }

    /// Says whether there are no values of Secrets.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Returns a text with a mark in place of each value that is in it.
    pub fn text(&self, text: &str) -> String {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for (finder, number) in &self.forms {
            let size = finder.needle().len();
            let at = finder.find_iter(text.as_bytes());
            found.extend(at.map(|start| (start, start + size, *number)));
        }
        // The longest of those that start at one place comes first.
        found.sort_by_key(|(start, end, number)| (*start, usize::MAX - end, *number));
        let mut masked = String::with_capacity(text.len());
        let mut shown = 0;
        let mut found = found.into_iter().peekable();
        while let Some((start, mut end, number)) = found.next() {
            // What overlaps is hidden with it, or an end of it would be seen.
            while let Some((_, more, _)) = found.next_if(|(next, _, _)| *next < end) {
                end = end.max(more);
            }
            masked.push_str(&text[shown..start]);
            masked.push_str(&mark(number));
            shown = end;
        }
        masked.push_str(&text[shown..]);
        masked
    }

    /// Returns an object with marks in place of the values of Secrets.
    pub fn object(&self, object: &Json) -> Json {
        let is_secret = is_secret(object);
        let Some(fields) = object.as_object() else { return self.value(object) };
        let masked = fields.iter().map(|(name, value)| {
            let value = match name.as_str() {
                "data" if is_secret => self.whole(value, true),
                "stringData" if is_secret => self.whole(value, false),
                _ => self.value(value),
            };
            (name.clone(), value)
        });
        Json::Object(masked.collect())
    }

    /// Returns a changed field of an object of the kind, both values masked.
    pub fn field(&self, kind: &str, field: &FieldChange) -> FieldChange {
        let masked = |value: &Option<Json>| Some(self.at(kind, &field.path, value.as_ref()?));
        FieldChange { path: field.path.clone(), old: masked(&field.old), new: masked(&field.new) }
    }

    /// Returns the value at a path of an object of the kind, masked.
    pub fn at(&self, kind: &str, path: &str, value: &Json) -> Json {
        let path = path.trim_start_matches('.');
        let is_below = |section: &str| {
            let rest = path.strip_prefix(section);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        match kind {
            "Secret" if is_below("data") => self.whole(value, true),
            "Secret" if is_below("stringData") => self.whole(value, false),
            _ => self.value(value),
        }
    }

    /// Masks what is a secret from end to end, however short.
    fn whole(&self, value: &Json, is_encoded: bool) -> Json {
        match value {
            Json::Object(values) => values
                .iter()
                .map(|(name, value)| (name.clone(), self.whole(value, is_encoded)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Json::String(text) if text.is_empty() => value.clone(),
            Json::String(text) => match self.numbers.get(&decoded(text, is_encoded)) {
                Some(number) => mark(*number).into(),
                None => "(secret)".into(),
            },
            Json::Null => Json::Null,
            _ => "(secret)".into(),
        }
    }

    fn value(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => self.text(text).into(),
            Json::Number(number) => match self.numbers.get(number.to_string().as_bytes()) {
                Some(mask) if number.to_string().len() >= LEAST => mark(*mask).into(),
                _ => value.clone(),
            },
            Json::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Json::Object(fields) => fields
                .iter()
                .map(|(name, value)| (self.text(name), self.value(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            _ => value.clone(),
        }
    }
}

fn mark(number: usize) -> String {
    format!("(secret {number})")
}

fn is_secret(object: &Json) -> bool {
    object["kind"] == "Secret" && object["apiVersion"] == "v1"
}

/// Returns the bytes of a Secret's value; what should be base64 and is not counts as it stands.
fn decoded(text: &str, is_encoded: bool) -> Vec<u8> {
    let compact = || text.split_ascii_whitespace().collect::<String>();
    let bytes = is_encoded.then(|| STANDARD.decode(compact()).ok()).flatten();
    bytes.unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masks(values: Json) -> Masks {
        let mut masks = Masks::default();
        masks.learn(&json!({"apiVersion": "v1", "kind": "Secret", "stringData": values}));
        masks
    }

    #[test]
    fn a_value_has_one_mark_in_both_sections_of_a_secret() {
        let masks = masks(json!({"password": "correct horse"}));
        let encoded = STANDARD.encode("correct horse");
        let secret = |section: &str, value: &str| {
            masks.object(
                &json!({"apiVersion": "v1", "kind": "Secret", section: {"password": value}}),
            )
        };
        assert_eq!(secret("data", &encoded)["data"]["password"], "(secret 1)");
        assert_eq!(secret("stringData", "correct horse")["stringData"]["password"], "(secret 1)");
        assert_eq!(secret("data", "b3RoZXI=")["data"]["password"], "(secret)");
    }

    #[test]
    fn values_are_found_elsewhere_as_they_are_in_base64_and_in_json() {
        let masks = masks(json!({"a": "pass\"word\n", "b": "123456", "c": "short"}));
        let encoded = STANDARD.encode("pass\"word\n");
        assert_eq!(
            masks.text(&format!("--password=pass\"word {encoded}")),
            "--password=(secret 1) (secret 1)"
        );
        assert_eq!(masks.text(r#"{"p":"pass\"word"}"#), r#"{"p":"(secret 1)"}"#);
        assert_eq!(masks.text("short"), "short");
        let object = json!({"kind": "ConfigMap", "data": {"port": 123456, "list": ["x123456y"]}});
        let masked = masks.object(&object);
        assert_eq!(masked["data"], json!({"port": "(secret 2)", "list": ["x(secret 2)y"]}));
    }

    #[test]
    fn no_end_of_a_value_shows_where_two_overlap() {
        let masks = masks(json!({"a": "abcdefgh", "b": "efghijkl"}));
        assert_eq!(masks.text("<abcdefghijkl>"), "<(secret 1)>");
        assert_eq!(masks.text("abcdefgh abcdefgh"), "(secret 1) (secret 1)");
    }

    #[test]
    fn a_field_of_a_secret_is_masked_however_short() {
        let masks = masks(json!({"pin": "1234"}));
        let change = |path: &str| FieldChange {
            path: path.to_owned(),
            old: None,
            new: Some(json!("MTIzNA==")),
        };
        assert_eq!(masks.field("Secret", &change("data.pin")).new, Some(json!("(secret 1)")));
        assert_eq!(
            masks.field("Secret", &change("data[\"a.pin\"]")).new,
            Some(json!("(secret 1)"))
        );
        assert_eq!(masks.field("Secret", &change("dataset")).new, Some(json!("MTIzNA==")));
    }
}
