//! What of an object does not fit the structural schema of its kind.
//!
//! The API server tells it for kinds that it has; here it is told for kinds, and versions of their
//! schemas, that are still to come. Rules in CEL and formats are left to the API server.

use regex::Regex;

use crate::cluster::Json;

/// How many misfits of one object are told: enough to see what is wrong.
const MAX_MISFITS: usize = 20;

/// Says what of an object does not fit, field by field; `strict` also refuses unknown fields.
pub(in crate::cluster) fn misfits(schema: &Json, object: &Json, strict: bool) -> Vec<String> {
    let mut check = Check { strict, misfits: Vec::new() };
    check.resource(schema, object, "");
    check.misfits.truncate(MAX_MISFITS);
    check.misfits
}

struct Check {
    strict: bool,
    misfits: Vec<String>,
}

impl Check {
    /// Checks an object with a type and metadata of its own, which no schema has to name.
    fn resource(&mut self, schema: &Json, object: &Json, path: &str) {
        let mut rest = object.clone();
        if let Some(fields) = rest.as_object_mut() {
            for known in ["apiVersion", "kind", "metadata"] {
                fields.remove(known);
            }
        }
        let mut schema = schema.clone();
        if let Some(required) = schema.get_mut("required").and_then(Json::as_array_mut) {
            required.retain(|name| name != "apiVersion" && name != "kind" && name != "metadata");
        }
        self.value(&schema, &rest, path);
    }

    fn value(&mut self, schema: &Json, value: &Json, path: &str) {
        if self.misfits.len() >= MAX_MISFITS {
            return;
        }
        if value.is_null() {
            // A null where there is a default counts as left out.
            if !is_true(schema, "nullable") && is_typed(schema) && schema.get("default").is_none() {
                self.say(path, &format!("must be {}, not null", expected(schema)));
            }
            return;
        }
        if !has_type(schema, value) {
            let found = kind_of(value);
            return self.say(path, &format!("must be {}, not {found}", expected(schema)));
        }
        self.choice(schema, value, path);
        match value {
            Json::Object(fields) => self.object(schema, fields, path),
            Json::Array(items) => self.list(schema, items, path),
            Json::String(text) => self.string(schema, text, path),
            Json::Number(number) => self.number(schema, number.as_f64().unwrap_or_default(), path),
            Json::Null | Json::Bool(_) => {}
        }
        self.combined(schema, value, path);
    }

    fn choice(&mut self, schema: &Json, value: &Json, path: &str) {
        let Some(allowed) = schema.get("enum").and_then(Json::as_array) else { return };
        if !allowed.contains(value) {
            let allowed: Vec<String> = allowed.iter().map(Json::to_string).collect();
            self.say(path, &format!("is {value}, must be one of {}", allowed.join(", ")));
        }
    }

    fn object(&mut self, schema: &Json, fields: &serde_json::Map<String, Json>, path: &str) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let property = |name: &str| properties.and_then(|properties| properties.get(name));
        for name in schema.get("required").and_then(Json::as_array).into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            let has_default = property(name).is_some_and(|schema| schema.get("default").is_some());
            if !fields.contains_key(name) && !has_default {
                self.say(&below(path, name), "is required");
            }
        }
        for (name, value) in fields {
            let path = below(path, name);
            match (property(name), schema.get("additionalProperties")) {
                (Some(schema), _) if is_true(schema, "x-kubernetes-embedded-resource") => {
                    self.resource(schema, value, &path);
                }
                (Some(schema), _) | (None, Some(schema @ Json::Object(_))) => {
                    self.value(schema, value, &path);
                }
                (None, Some(Json::Bool(true))) => {}
                (None, _) if self.strict && !is_true(schema, PRESERVES) => {
                    self.say(&path, "is not known");
                }
                (None, _) => {}
            }
        }
        self.size(schema, fields.len(), ("minProperties", "maxProperties", "entries"), path);
    }

    fn list(&mut self, schema: &Json, items: &[Json], path: &str) {
        self.size(schema, items.len(), ("minItems", "maxItems", "items"), path);
        let unique = is_true(schema, "uniqueItems")
            || schema.get("x-kubernetes-list-type").is_some_and(|kind| kind == "set");
        if unique && items.iter().enumerate().any(|(at, item)| items[..at].contains(item)) {
            self.say(path, "has an item twice");
        }
        let Some(schema) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.value(schema, item, &format!("{path}[{index}]"));
        }
    }

    fn string(&mut self, schema: &Json, text: &str, path: &str) {
        let length = text.chars().count();
        self.size(schema, length, ("minLength", "maxLength", "characters"), path);
        let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else { return };
        if Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text)) {
            self.say(path, &format!("is {text:?}, must match {pattern}"));
        }
    }

    fn number(&mut self, schema: &Json, number: f64, path: &str) {
        if let Some(least) = schema.get("minimum").and_then(Json::as_f64) {
            let excluded = is_true(schema, "exclusiveMinimum") && number == least;
            if number < least || excluded {
                self.say(path, &format!("is {number}, must be at least {least}"));
            }
        }
        if let Some(most) = schema.get("maximum").and_then(Json::as_f64) {
            let excluded = is_true(schema, "exclusiveMaximum") && number == most;
            if number > most || excluded {
                self.say(path, &format!("is {number}, must be at most {most}"));
            }
        }
        if let Some(step) = schema.get("multipleOf").and_then(Json::as_f64)
            && step > 0.0
            && (number / step).fract() != 0.0
        {
            self.say(path, &format!("is {number}, must be a multiple of {step}"));
        }
    }

    fn size(&mut self, schema: &Json, size: usize, words: (&str, &str, &str), path: &str) {
        let (least, most, what) = words;
        let bound = |key| schema.get(key).and_then(Json::as_u64);
        if let Some(least) = bound(least).filter(|least| (size as u64) < *least) {
            self.say(path, &format!("has {size} {what}, must have at least {least}"));
        }
        if let Some(most) = bound(most).filter(|most| size as u64 > *most) {
            self.say(path, &format!("has {size} {what}, must have at most {most}"));
        }
    }

    fn combined(&mut self, schema: &Json, value: &Json, path: &str) {
        let parts = |key| schema.get(key).and_then(Json::as_array);
        let fits = |part: &Json| {
            let mut check = Self { strict: false, misfits: Vec::new() };
            check.value(part, value, path);
            check.misfits.is_empty()
        };
        for part in parts("allOf").into_iter().flatten() {
            let strict = std::mem::replace(&mut self.strict, false);
            self.value(part, value, path);
            self.strict = strict;
        }
        if parts("anyOf").is_some_and(|parts| !parts.iter().any(fits)) {
            self.say(path, "fits none of the alternatives (anyOf)");
        }
        if parts("oneOf").is_some_and(|parts| parts.iter().filter(|part| fits(part)).count() != 1) {
            self.say(path, "must fit exactly one of the alternatives (oneOf)");
        }
        if schema.get("not").is_some_and(fits) {
            self.say(path, "has what it must not have (not)");
        }
    }

    fn say(&mut self, path: &str, what: &str) {
        let path = if path.is_empty() { "the object" } else { path };
        self.misfits.push(format!("{path} {what}"));
    }
}

/// The mark of a mapping that keeps fields which its schema does not name.
pub(super) const PRESERVES: &str = "x-kubernetes-preserve-unknown-fields";

/// The mark of a field that takes numbers and texts.
pub(super) const INT_OR_STRING: &str = "x-kubernetes-int-or-string";

pub(super) fn is_true(schema: &Json, key: &str) -> bool {
    schema.get(key) == Some(&Json::Bool(true))
}

fn is_typed(schema: &Json) -> bool {
    schema.get("type").is_some() || is_true(schema, INT_OR_STRING)
}

/// Returns the name of a schema's type, `anything` if it has none.
pub(super) fn expected(schema: &Json) -> &str {
    if is_true(schema, INT_OR_STRING) {
        return "integer or string";
    }
    schema.get("type").and_then(Json::as_str).unwrap_or("anything")
}

fn has_type(schema: &Json, value: &Json) -> bool {
    let is_whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    match expected(schema) {
        "integer or string" => is_whole || value.is_string(),
        "integer" => is_whole,
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => true,
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(spec: Json, object: Json, expected: &[&str]) {
        let schema =
            json!({"type": "object", "required": ["metadata"], "properties": {"spec": spec}});
        assert_eq!(misfits(&schema, &json!({"kind": "App", "spec": object}), true), expected);
    }

    #[test]
    fn an_object_that_fits_has_no_misfits() {
        let spec = json!({"type": "object", "required": ["a", "d"], "properties": {
            "a": {"type": "integer", "minimum": 1}, "d": {"type": "string", "default": "x"},
            "p": {"x-kubernetes-int-or-string": true},
            "m": {"type": "object", "additionalProperties": {"type": "string"}},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }});
        let object = json!({"a": 1.0, "p": "http", "m": {"x": "y"}, "any": {"b": [1]}});
        check(spec, object, &[]);
    }

    #[test]
    fn types_required_and_unknown_fields_are_told() {
        let spec = json!({"type": "object", "required": ["b"], "properties": {
            "a": {"type": "integer"}, "b": {"type": "string"}, "n": {"type": "string"},
        }});
        let expected = [
            "spec.b is required",
            "spec.a must be integer, not string",
            "spec.n must be string, not null",
            "spec.z is not known",
        ];
        check(spec, json!({"a": "x", "n": null, "z": 1}), &expected);
    }

    #[test]
    fn bounds_patterns_and_choices_are_told() {
        let spec = json!({"type": "object", "properties": {
            "e": {"type": "string", "enum": ["a"]}, "i": {"type": "integer", "maximum": 3},
            "l": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
            "s": {"type": "string", "pattern": "^a", "minLength": 2},
        }});
        let expected = [
            "spec.e is \"b\", must be one of \"a\"",
            "spec.i is 4, must be at most 3",
            "spec.l has 2 items, must have at most 1",
            "spec.l[1] must be string, not integer",
            "spec.s has 1 characters, must have at least 2",
            "spec.s is \"b\", must match ^a",
        ];
        check(spec, json!({"e": "b", "i": 4, "l": ["a", 1], "s": "b"}), &expected);
    }

    #[test]
    fn alternatives_are_weighed() {
        let spec = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]});
        check(spec.clone(), json!({"a": "x"}), &[]);
        let expected = ["spec must fit exactly one of the alternatives (oneOf)"];
        check(spec, json!({"a": "x", "b": "y"}), &expected);
    }
}
