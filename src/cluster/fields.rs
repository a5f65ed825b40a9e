//! Which fields differ between two states of an object.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Json;

/// A field that a change sets, removes or replaces.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where the field is, such as `spec.template.spec.containers[app].image`.
    pub path: String,
    /// What it was, `None` if it was not there.
    pub old: Option<Json>,
    /// What it becomes, `None` if it goes.
    pub new: Option<Json>,
}

/// What the API server keeps for itself in an object's metadata.
const SERVER_METADATA: [&str; 6] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// Returns the fields that differ, in order of their paths; status and server metadata left out.
pub fn changes(live: &Json, next: &Json) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let (live, next) = (without_server_fields(live), without_server_fields(next));
    walk("", Some(&live), Some(&next), &mut found);
    found
}

/// Returns an object without its status and without what the API server notes in its metadata.
pub fn without_server_fields(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Json::as_object_mut) {
            metadata.retain(|name, _| !SERVER_METADATA.contains(&name.as_str()));
        }
    }
    object
}

/// Returns a Secret with the texts of `stringData` among its data, where the API server keeps them;
/// any other object as it is.
pub fn with_data(object: &Json) -> Json {
    let mut object = object.clone();
    if object["kind"] != "Secret" {
        return object;
    }
    let texts = object.as_object_mut().and_then(|fields| fields.remove("stringData"));
    for (key, text) in texts.iter().filter_map(Json::as_object).flatten() {
        if let Some(text) = text.as_str() {
            object["data"][key] = STANDARD.encode(text).into();
        }
    }
    object
}

/// Returns the fields of `desired` that a live object has otherwise; what it has besides does not count.
pub(super) fn differing(live: &Json, desired: &Json) -> Vec<FieldChange> {
    let mut found = changes(live, desired);
    found.retain(|change| change.new.is_some());
    found
}

/// Returns the value at a path as [`FieldChange::path`] has it.
pub fn value_at<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    below("", object, path)
}

fn below<'a>(at: &str, value: &'a Json, wanted: &str) -> Option<&'a Json> {
    if at == wanted {
        return Some(value);
    }
    if !at.is_empty() && !is_within(wanted, at) {
        return None;
    }
    match value {
        Json::Object(fields) => {
            fields.iter().find_map(|(name, value)| below(&join(at, name), value, wanted))
        }
        Json::Array(items) => {
            let paths = items.iter().enumerate().flat_map(|(index, item)| {
                let name = item.get("name").and_then(Json::as_str);
                let name = name.map(|name| format!("{at}[{name}]"));
                name.into_iter().chain([format!("{at}[{index}]")]).map(move |path| (path, item))
            });
            paths.into_iter().find_map(|(path, item)| below(&path, item, wanted))
        }
        _ => None,
    }
}

/// Says whether a path leads on from another.
pub(super) fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Returns the value at a path as the API server writes them, such as
/// `.spec.containers[name="app"].image`.
pub(super) fn at<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    let mut value = object;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(item) = rest.strip_prefix('[') {
            let (inside, after) = item.split_once(']')?;
            value = item_of(value.as_array()?, inside)?;
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('.').unwrap_or(rest);
        let end = name.find(['.', '[']).unwrap_or(name.len());
        // Names may have dots in them, as those of annotations do: the longest that is there counts.
        let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        let is_there = |&at: &usize| at > end && value.get(&name[..at]).is_some();
        let whole = ends.filter(is_there).max();
        let end = whole.unwrap_or(end);
        value = value.get(&name[..end])?;
        rest = &name[end..];
    }
    Some(value)
}

/// Returns the item of a list that `0`, `="value"` or `name="app",port=80` means.
fn item_of<'a>(list: &'a [Json], inside: &str) -> Option<&'a Json> {
    if let Ok(index) = inside.parse::<usize>() {
        return list.get(index);
    }
    let parsed = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_else(|_| text.into());
    if let Some(text) = inside.strip_prefix('=') {
        return list.iter().find(|item| **item == parsed(text));
    }
    let keys: Vec<(&str, Json)> = inside
        .split(',')
        .filter_map(|key| key.split_once('=').map(|(name, text)| (name, parsed(text))))
        .collect();
    list.iter().find(|item| {
        keys.iter().all(|(name, value)| item.get(name).is_none_or(|there| there == value))
            && keys.iter().any(|(name, _)| item.get(name).is_some())
    })
}

fn walk(path: &str, old: Option<&Json>, new: Option<&Json>, found: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Some(Json::Object(before)), Some(Json::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                walk(&join(path, name), before.get(name), after.get(name), found);
            }
        }
        (Some(Json::Array(before)), Some(Json::Array(after))) => {
            walk_list(path, before, after, found);
        }
        _ => {
            found.push(FieldChange { path: path.to_owned(), old: old.cloned(), new: new.cloned() })
        }
    }
}

/// Compares lists of named things (containers, ports, variables) by name, others by position.
fn walk_list(path: &str, before: &[Json], after: &[Json], found: &mut Vec<FieldChange>) {
    match names(before).zip(names(after)) {
        Some((old, new)) => {
            let find = |list: &[Json], wanted: &str| {
                list.iter().find(|item| item["name"] == wanted).cloned()
            };
            for wanted in old.union(&new) {
                let (old, new) = (find(before, wanted), find(after, wanted));
                walk(&format!("{path}[{wanted}]"), old.as_ref(), new.as_ref(), found);
            }
        }
        None => {
            for index in 0..before.len().max(after.len()) {
                walk(&format!("{path}[{index}]"), before.get(index), after.get(index), found);
            }
        }
    }
}

/// Returns the names of the items of a list; `None` unless each has one of its own, which the mounts
/// of one volume have not.
fn names(list: &[Json]) -> Option<BTreeSet<&str>> {
    let names: Option<BTreeSet<&str>> =
        list.iter().map(|item| item.get("name")?.as_str()).collect();
    names.filter(|names| names.len() == list.len())
}

/// Returns the path of a field below another.
pub(super) fn join(path: &str, name: &str) -> String {
    match (path.is_empty(), name.contains(['.', '/'])) {
        (true, false) => name.to_owned(),
        (false, false) => format!("{path}.{name}"),
        (_, true) => format!("{path}[\"{name}\"]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{at, changes, value_at};

    #[test]
    fn names_the_container_whose_image_changes() {
        let live = json!({"metadata": {"resourceVersion": "7"}, "spec": {"containers": [
            {"name": "app", "image": "web:1"}, {"name": "log", "image": "log:1"}]}});
        let next = json!({"metadata": {"resourceVersion": "8"}, "spec": {"containers": [
            {"name": "app", "image": "web:2"}, {"name": "log", "image": "log:1"}]}});
        let found = changes(&live, &next);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "spec.containers[app].image");
        assert_eq!(found[0].new, Some(json!("web:2")));
    }

    #[test]
    fn finds_what_the_api_server_names() {
        let object = json!({
            "metadata": {"annotations": {"a.b/c": "x"}},
            "spec": {"containers": [{"name": "app", "ports": [{"containerPort": 80}]}], "list": ["a", "b"]},
        });
        let found = |path: &str| at(&object, path).cloned();
        assert_eq!(found(".metadata.annotations.a.b/c"), Some(json!("x")));
        assert_eq!(found(r#".spec.containers[name="app"].name"#), Some(json!("app")));
        let port =
            r#".spec.containers[name="app"].ports[containerPort=80,protocol="TCP"].containerPort"#;
        assert_eq!(found(port), Some(json!(80)));
        assert_eq!(found(r#".spec.list[="b"]"#), Some(json!("b")));
        assert_eq!(found("spec.containers[0].name"), Some(json!("app")));
        assert_eq!(found(".spec.none"), None);
    }

    #[test]
    fn finds_what_a_change_names() {
        let object = json!({"metadata": {"annotations": {"a.b/c": "x"}},
            "spec": {"containers": [{"name": "app", "args": ["one", "two"]}]}});
        for path in [
            r#"metadata.annotations["a.b/c"]"#,
            "spec.containers[app].args[1]",
            "spec.containers[app]",
        ] {
            assert!(value_at(&object, path).is_some(), "{path}");
        }
        assert_eq!(value_at(&object, "spec.containers[app].args[1]"), Some(&json!("two")));
        assert_eq!(value_at(&object, "spec.containers[other].args"), None);
    }

    #[test]
    fn compares_by_position_what_shares_a_name() {
        let mounts = |second: &str| json!({"mounts": [{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": second}]});
        let found = changes(&mounts("/b"), &mounts("/c"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "mounts[1].mountPath");
    }

    #[test]
    fn quotes_names_with_dots() {
        let found = changes(&json!({"data": {}}), &json!({"data": {"app.conf": "x"}}));
        assert_eq!(found[0].path, "data[\"app.conf\"]");
        assert_eq!(found[0].old, None);
    }

    #[test]
    fn leaves_out_what_the_server_writes() {
        let live = json!({"status": {"replicas": 1}, "metadata": {"uid": "a", "name": "x"}});
        let next = json!({"status": {"replicas": 2}, "metadata": {"uid": "b", "name": "x"}});
        assert!(changes(&live, &next).is_empty());
    }
}
