//! What a new CustomResourceDefinition takes away from users of the old one.

use super::structural::{INT_OR_STRING, PRESERVES, expected, is_true};
use crate::cluster::Json;

/// Something that a new definition takes away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// How bad it is.
    pub(super) weight: Weight,
    /// What it is, for the user.
    pub(super) text: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Weight {
    /// It breaks something, whatever objects there are.
    Breaks,
    /// The schema of this version takes less than before: bad if objects no longer fit.
    Narrows(String),
    /// This version is no longer served: bad if somebody uses it.
    Unserves(String),
    /// The user should know.
    Warns,
}

/// Compares the definition in the cluster with the one to come.
pub(super) fn compare(old: &Json, new: &Json) -> Vec<Finding> {
    let mut findings = Findings::default();
    for (what, path) in [
        ("group", "/spec/group"),
        ("kind", "/spec/names/kind"),
        ("plural", "/spec/names/plural"),
        ("scope", "/spec/scope"),
    ] {
        let (old, new) = (text(old, path), text(new, path));
        if old != new {
            findings.add(Weight::Breaks, format!("the {what} changes from `{old}` to `{new}`"));
        }
    }
    findings.versions(old, new);
    findings.conversion(old, new);
    findings.all
}

/// Returns the schema of a version.
pub(in crate::cluster) fn schema<'a>(definition: &'a Json, version: &str) -> Option<&'a Json> {
    let version = versions(definition).find(|found| found["name"] == version)?;
    version.pointer("/schema/openAPIV3Schema")
}

/// Lists the versions of a definition.
pub(super) fn versions(definition: &Json) -> impl Iterator<Item = &Json> {
    definition.pointer("/spec/versions").and_then(Json::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Json, path: &str) -> &'a str {
    value.pointer(path).and_then(Json::as_str).unwrap_or_default()
}

#[derive(Default)]
struct Findings {
    all: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, weight: Weight, text: String) {
        self.all.push(Finding { weight, text });
    }

    fn versions(&mut self, old: &Json, new: &Json) {
        let stored = old.pointer("/status/storedVersions").and_then(Json::as_array);
        let is_stored = |name: &str| stored.is_some_and(|stored| stored.iter().any(|v| v == name));
        for before in versions(old) {
            let name = text(before, "/name");
            let Some(after) = versions(new).find(|version| text(version, "/name") == name) else {
                if is_stored(name) {
                    self.add(Weight::Breaks, format!(
                        "version `{name}` is removed, but objects may be stored in it (status.storedVersions); rewrite them in another version first, then take it out there"
                    ));
                } else if is_true(before, "served") {
                    self.add(
                        Weight::Unserves(name.to_owned()),
                        format!("version `{name}` is removed"),
                    );
                }
                continue;
            };
            self.version(name, before, after);
        }
        let storage = |definition| {
            let found = versions(definition).find(|version| is_true(version, "storage"));
            found.map_or("", |version| text(version, "/name"))
        };
        if storage(old) != storage(new) {
            self.add(Weight::Warns, format!(
                "objects are stored in version `{}` from now on; those there are stay in `{}` until they are written again",
                storage(new), storage(old)
            ));
        }
    }

    fn version(&mut self, name: &str, before: &Json, after: &Json) {
        if is_true(before, "served") && !is_true(after, "served") {
            let text = format!("version `{name}` is no longer served");
            self.add(Weight::Unserves(name.to_owned()), text);
        }
        if is_true(after, "deprecated") && !is_true(before, "deprecated") {
            self.add(Weight::Warns, format!("version `{name}` is deprecated"));
        }
        if is_true(after, "served")
            && let Some(old) = before.pointer("/schema/openAPIV3Schema")
            && let Some(new) = after.pointer("/schema/openAPIV3Schema")
        {
            Schemas { version: name, findings: self }.compare(old, new, "");
        }
    }

    fn conversion(&mut self, old: &Json, new: &Json) {
        let strategy = |definition| match text(definition, "/spec/conversion/strategy") {
            "" => "None",
            strategy => strategy,
        };
        let several = versions(new).filter(|version| is_true(version, "served")).count() > 1;
        match (strategy(old), strategy(new)) {
            ("Webhook", "None") if several => self.add(
                Weight::Breaks,
                "the conversion by a webhook is removed, but several versions are served"
                    .to_owned(),
            ),
            (before, after) if before != after => self.add(
                Weight::Warns,
                format!("the conversion between versions changes from {before} to {after}"),
            ),
            ("Webhook", _) => {
                let service = "/spec/conversion/webhook/clientConfig/service";
                if ["name", "namespace", "path"].iter().any(|field| {
                    let path = format!("{service}/{field}");
                    text(old, &path) != text(new, &path)
                }) {
                    self.add(Weight::Warns, "the webhook of the conversion moves".to_owned());
                }
            }
            _ => {}
        }
    }
}

/// The comparison of the schemas of one version.
struct Schemas<'a> {
    version: &'a str,
    findings: &'a mut Findings,
}

/// Bounds from above, where less is narrower.
const MOST: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
/// Bounds from below, where more is narrower.
const LEAST: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
/// What narrows by being there or being another, whatever it says.
const ANY: [&str; 7] = ["pattern", "format", "multipleOf", "allOf", "anyOf", "oneOf", "not"];
/// What narrows by being set.
const SWITCHES: [&str; 3] = ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"];

impl Schemas<'_> {
    fn compare(&mut self, old: &Json, new: &Json, path: &str) {
        if !self.types(old, new, path) {
            return;
        }
        self.bounds(old, new, path);
        self.choices(old, new, path);
        self.rules(old, new, path);
        self.required(old, new, path);
        self.properties(old, new, path);
        self.additional(old, new, path);
        if let (Some(old), Some(new)) = (old.get("items"), new.get("items")) {
            self.compare(old, new, &format!("{path}[]"));
        }
    }

    /// Says whether the types are still comparable.
    fn types(&mut self, old: &Json, new: &Json, path: &str) -> bool {
        let (before, after) = (expected(old), expected(new));
        let widens = match (before, after) {
            ("integer", "number") | (_, "anything") => true,
            ("integer" | "string", _) => is_true(new, INT_OR_STRING),
            _ => false,
        };
        if before != after && !widens {
            self.narrows(path, &format!("is {after} and was {before}"));
            return false;
        }
        if is_true(old, "nullable") && !is_true(new, "nullable") && after != "anything" {
            self.narrows(path, "can no longer be null");
        }
        true
    }

    fn bounds(&mut self, old: &Json, new: &Json, path: &str) {
        let bounds = MOST.map(|key| (key, 1.0)).into_iter().chain(LEAST.map(|key| (key, -1.0)));
        for (key, sign) in bounds {
            let Some(after) = new.get(key).and_then(Json::as_f64) else { continue };
            match old.get(key).and_then(Json::as_f64) {
                Some(before) if after * sign >= before * sign => {}
                Some(before) => self.narrows(path, &format!("has {key} {after}, was {before}")),
                None => self.narrows(path, &format!("has {key} {after}, had none")),
            }
        }
        for key in ANY {
            if let Some(after) = new.get(key).filter(|after| old.get(key) != Some(after)) {
                self.narrows(path, &format!("has another {key}: {after}"));
            }
        }
        for key in SWITCHES {
            if is_true(new, key) && !is_true(old, key) {
                self.narrows(path, &format!("has {key}"));
            }
        }
    }

    fn choices(&mut self, old: &Json, new: &Json, path: &str) {
        let Some(after) = new.get("enum").and_then(Json::as_array) else { return };
        match old.get("enum").and_then(Json::as_array) {
            Some(before) => {
                let gone: Vec<String> = before
                    .iter()
                    .filter(|item| !after.contains(item))
                    .map(Json::to_string)
                    .collect();
                if !gone.is_empty() {
                    self.narrows(path, &format!("can no longer be {}", gone.join(" or ")));
                }
            }
            None => {
                let all: Vec<String> = after.iter().map(Json::to_string).collect();
                self.narrows(path, &format!("can only be {}", all.join(" or ")));
            }
        }
    }

    fn rules(&mut self, old: &Json, new: &Json, path: &str) {
        let rules = |schema: &Json| -> Vec<String> {
            let rules = schema.get("x-kubernetes-validations").and_then(Json::as_array);
            rules.into_iter().flatten().map(|rule| text(rule, "/rule").to_owned()).collect()
        };
        let before = rules(old);
        for rule in rules(new).into_iter().filter(|rule| !before.contains(rule)) {
            let what = format!("has a new rule, by which no object was checked: {rule}");
            self.warns(path, &what);
        }
        if let Some(before) = old.get("default").filter(|before| new.get("default") != Some(before))
        {
            match new.get("default") {
                Some(after) => self.warns(path, &format!("defaults to {after}, was {before}")),
                None => self.warns(path, &format!("no longer defaults to {before}")),
            }
        }
        let list = "x-kubernetes-list-type";
        if let Some(before) = old.get(list).filter(|before| new.get(list) != Some(before)) {
            let after = new.get(list).map_or("\"atomic\"".to_owned(), Json::to_string);
            self.warns(path, &format!("is merged as {after}, was {before}"));
        }
    }

    fn required(&mut self, old: &Json, new: &Json, path: &str) {
        let has = |schema: &Json, name: &Json| {
            let required = schema.get("required").and_then(Json::as_array);
            required.is_some_and(|required| required.contains(name))
        };
        for name in new.get("required").and_then(Json::as_array).into_iter().flatten() {
            let default =
                new.get("properties").and_then(|all| all.get(name.as_str()?)?.get("default"));
            if !has(old, name) && default.is_none() {
                let path = below(path, name.as_str().unwrap_or_default());
                self.narrows(&path, "becomes required");
            }
        }
    }

    fn properties(&mut self, old: &Json, new: &Json, path: &str) {
        let empty = serde_json::Map::new();
        let of = |schema: &'_ Json| schema.get("properties").and_then(Json::as_object).cloned();
        let (before, after) = (of(old).unwrap_or(empty.clone()), of(new).unwrap_or(empty));
        for (name, before) in &before {
            let path = below(path, name);
            match after.get(name) {
                // Metadata is the API server's, whatever a schema says.
                _ if path == "metadata" => {}
                Some(after) => self.compare(before, after, &path),
                None if is_open(new) => {}
                None => self.narrows(&path, "is removed, and what objects have there is lost"),
            }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name) && is_open(old)) {
            let path = below(path, name);
            self.narrows(&path, "has a schema, and took anything");
        }
    }

    fn additional(&mut self, old: &Json, new: &Json, path: &str) {
        const KEY: &str = "additionalProperties";
        if is_true(old, PRESERVES) && !is_true(new, PRESERVES) && expected(new) == "object" {
            self.narrows(path, "loses the fields that its schema does not name");
        }
        match (old.get(KEY), new.get(KEY)) {
            (Some(old @ Json::Object(_)), Some(new @ Json::Object(_))) => {
                self.compare(old, new, &below(path, "*"));
            }
            (Some(Json::Bool(true)), Some(Json::Object(_))) => {
                self.narrows(&below(path, "*"), "has a schema, and took anything");
            }
            (Some(Json::Bool(true) | Json::Object(_)), None | Some(Json::Bool(false)))
                if !is_true(new, PRESERVES) =>
            {
                self.narrows(path, "takes only the fields that its schema names");
            }
            _ => {}
        }
    }

    fn narrows(&mut self, path: &str, what: &str) {
        let weight = Weight::Narrows(self.version.to_owned());
        self.findings.add(weight, self.text(path, what));
    }

    fn warns(&mut self, path: &str, what: &str) {
        self.findings.add(Weight::Warns, self.text(path, what));
    }

    fn text(&self, path: &str, what: &str) -> String {
        let path = if path.is_empty() { "the object" } else { path };
        format!("version `{}`: {path} {what}", self.version)
    }
}

/// Says whether a mapping takes fields that its schema does not name.
fn is_open(schema: &Json) -> bool {
    is_true(schema, PRESERVES)
        || matches!(schema.get("additionalProperties"), Some(Json::Bool(true) | Json::Object(_)))
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
