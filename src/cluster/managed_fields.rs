//! What the API server notes of who set which field, read so that objects that need nothing are
//! left alone and what Helm 3 set is taken over.
//!
//! The notes are trees of the object's own shape: `f:name` is a field, `k:{…}` the item of a list
//! with these keys, `v:…` an item that is its own key, `.` the thing itself, and a tree with nothing
//! in it a value that is owned whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;

use super::fields::{self, FieldChange};
use super::{FIELD_MANAGER, Json};

/// A tree of notes.
pub(super) type Fields = Map<String, Json>;

/// Says whether applying `desired` would change nothing: each of its fields is ours and has this
/// value already, and we own no other.
///
/// A "no" may be wrong, as when the API server writes a quantity otherwise; a "yes" is not, but for
/// what admission changes each time.
pub(super) fn is_settled(desired: &Json, live: &Json) -> bool {
    if set_by_updates(live).is_some() {
        return false;
    }
    let (Some(fields), Some(desired)) = (applied(live), desired.as_object()) else { return false };
    let mut desired = desired.clone();
    // These name the object, and are not noted.
    desired.remove("apiVersion");
    desired.remove("kind");
    if let Some(metadata) = desired.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("name");
        metadata.remove("namespace");
    }
    if live["kind"] == "Secret" && desired.contains_key("stringData") {
        return same_object(&desired, &with_texts(live), fields);
    }
    same_object(&desired, live, fields)
}

/// Returns a Secret with its data as the texts that `stringData` gives, which is never read back.
fn with_texts(secret: &Json) -> Json {
    let data = secret["data"].as_object().into_iter().flatten();
    let texts = data.filter_map(|(key, value)| {
        let text = String::from_utf8(STANDARD.decode(value.as_str()?).ok()?).ok()?;
        Some((key.clone(), Json::from(text)))
    });
    let texts = Json::Object(texts.collect());
    let mut secret = secret.clone();
    secret["stringData"] = texts;
    secret
}

fn same(desired: &Json, live: &Json, fields: &Fields) -> bool {
    match desired {
        _ if fields.is_empty() => desired == live,
        Json::Object(desired) => same_object(desired, live, fields),
        Json::Array(desired) => {
            live.as_array().is_some_and(|live| same_list(desired, live, fields))
        }
        _ => false,
    }
}

fn same_object(desired: &Fields, live: &Json, fields: &Fields) -> bool {
    let noted = fields.keys().filter(|key| *key != ".").count();
    noted == desired.len()
        && desired.iter().all(|(name, value)| {
            let below = fields.get(&format!("f:{name}")).and_then(Json::as_object);
            let live = live.get(name);
            below.zip(live).is_some_and(|(below, live)| same(value, live, below))
        })
}

fn same_list(desired: &[Json], live: &[Json], fields: &Fields) -> bool {
    let noted: Vec<(&String, &Json)> = fields.iter().filter(|(key, _)| *key != ".").collect();
    if noted.len() != desired.len() {
        return false;
    }
    // Our items, in the order in which they stand in the object: an order that changes is a change.
    let mut places = Vec::with_capacity(desired.len());
    for item in desired {
        let found = noted.iter().find_map(|(key, below)| {
            let place = place_of(key, live)?;
            states_keys(item, key).then_some((place, below.as_object()?))
        });
        match found {
            Some((place, below)) if same(item, &live[place], below) => places.push(place),
            _ => return false,
        }
    }
    places.is_sorted()
}

/// Returns where the item that a note means stands in a list.
pub(super) fn place_of(key: &str, list: &[Json]) -> Option<usize> {
    if let Some(value) = key.strip_prefix("v:") {
        let value: Json = serde_json::from_str(value).ok()?;
        return list.iter().position(|item| *item == value);
    }
    let keys: Fields = serde_json::from_str(key.strip_prefix("k:")?).ok()?;
    list.iter().position(|item| keys.iter().all(|(name, value)| item.get(name) == Some(value)))
}

/// Says whether an item has the keys of a note, but for those that it leaves to defaults.
pub(super) fn states_keys(item: &Json, key: &str) -> bool {
    if let Some(value) = key.strip_prefix("v:") {
        return serde_json::from_str::<Json>(value).is_ok_and(|value| value == *item);
    }
    let Some(keys) = key.strip_prefix("k:") else { return false };
    let Ok(keys) = serde_json::from_str::<Fields>(keys) else { return false };
    keys.iter().all(|(name, value)| item.get(name).is_none_or(|stated| stated == value))
        && keys.keys().any(|name| item.get(name).is_some())
}

/// Returns the fields that were applied under our name: what a later apply may remove.
pub(super) fn applied(object: &Json) -> Option<&Fields> {
    entries(object).find(|entry| is_ours(entry, "Apply"))?.get("fieldsV1")?.as_object()
}

/// Returns the fields that Helm 3 set by updates, which apply alone would never remove.
pub(super) fn set_by_updates(object: &Json) -> Option<&Fields> {
    entries(object).find(|entry| is_ours(entry, "Update"))?.get("fieldsV1")?.as_object()
}

/// Who set a field beside us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBy {
    /// The manager, as it named itself.
    pub manager: String,
    /// When it last set any of its fields, as the API server wrote it; empty if it did not.
    pub time: String,
}

/// Returns who beside us set the field at a path, or a part of it, the last one where several did.
pub fn set_by(live: &Json, path: &str) -> Option<SetBy> {
    let others = entries(live).filter(|entry| entry["manager"] != FIELD_MANAGER);
    let theirs = others.filter(|entry| !covering(live, entry, path).is_empty());
    theirs.map(setter).max_by(|one, other| one.time.cmp(&other.time))
}

/// Returns when a manager last set anything in an object.
pub fn last_set(live: &Json, manager: &str) -> Option<SetBy> {
    let theirs = entries(live).filter(|entry| entry["manager"] == manager);
    theirs.map(setter).max_by(|one, other| one.time.cmp(&other.time))
}

/// Returns who an entry of the notes is about.
pub(super) fn setter(entry: &Json) -> SetBy {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    SetBy { manager: text("manager"), time: text("time") }
}

/// Returns that part of an entry's notes that names the field at a path, or a part of it.
pub(super) fn covering(live: &Json, entry: &Json, path: &str) -> Fields {
    let notes = entry.get("fieldsV1").and_then(Json::as_object);
    notes.map(|notes| naming("", live, notes, path)).unwrap_or_default()
}

/// Returns that part of the notes about what is at a path that names the field at another.
fn naming(at: &str, live: &Json, notes: &Fields, wanted: &str) -> Fields {
    let named = |(key, below): (&String, &Json)| {
        let (paths, value) = noted(at, live, key)?;
        let deeper = below.as_object().filter(|below| !below.is_empty());
        let found = paths.iter().find_map(|path| {
            if path == wanted || fields::is_within(path, wanted) {
                return Some(below.clone());
            }
            let leads_on = fields::is_within(wanted, path);
            match deeper.filter(|_| leads_on) {
                None => leads_on.then(|| below.clone()),
                Some(deeper) => {
                    let found = naming(path, value, deeper, wanted);
                    (!found.is_empty()).then(|| Json::Object(found))
                }
            }
        })?;
        Some((key.clone(), found))
    };
    notes.iter().filter_map(named).collect()
}

/// Returns what a note is about, with its paths: an item of a list that has a name has two. The note
/// `.`, which is about the thing itself, is about nothing below it.
pub(super) fn noted<'a>(at: &str, live: &'a Json, key: &str) -> Option<(Vec<String>, &'a Json)> {
    if let Some(name) = key.strip_prefix("f:") {
        return Some((vec![fields::join(at, name)], live.get(name)?));
    }
    let list = live.as_array()?;
    let place = place_of(key, list)?;
    let name = list[place].get("name").and_then(Json::as_str);
    let name = name.map(|name| format!("{at}[{name}]"));
    Some((name.into_iter().chain([format!("{at}[{place}]")]).collect(), &list[place]))
}

/// Returns the notes about an object, an entry for each manager and way of writing.
pub(super) fn entries(object: &Json) -> impl Iterator<Item = &Json> {
    let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array);
    entries.map(Vec::as_slice).unwrap_or_default().iter()
}

/// Says whether an entry is ours, by this way of writing.
pub(super) fn is_ours(entry: &Json, operation: &str) -> bool {
    entry["manager"] == FIELD_MANAGER
        && entry["operation"] == operation
        && entry.get("subresource").is_none()
}

/// Returns the notes with what Helm 3 set by updates as applied by us; `None` if there is nothing of
/// the kind. This is what client-go's csaupgrade does.
pub(super) fn migrated(object: &Json) -> Option<Json> {
    let updated = set_by_updates(object)?.clone();
    let mut all: Vec<Json> =
        entries(object).filter(|entry| !is_ours(entry, "Update")).cloned().collect();
    match all.iter_mut().find(|entry| is_ours(entry, "Apply")) {
        Some(ours) => join(&mut ours["fieldsV1"], &Json::Object(updated)),
        None => {
            let mut ours = entries(object).find(|entry| is_ours(entry, "Update"))?.clone();
            ours["operation"] = "Apply".into();
            all.push(ours);
        }
    }
    Some(Json::Array(all))
}

/// Adds notes to others.
pub(super) fn join(fields: &mut Json, more: &Json) {
    let (Some(fields), Some(more)) = (fields.as_object_mut(), more.as_object()) else { return };
    for (key, below) in more {
        match fields.get_mut(key) {
            Some(there) => join(there, below),
            None => {
                fields.insert(key.clone(), below.clone());
            }
        }
    }
}

/// Returns what goes from a live object once Helm 3's notes are taken over: what is noted as ours,
/// no longer wanted, and nobody else's.
pub(super) fn orphans(live: &Json, desired: &Json) -> Vec<FieldChange> {
    let mut found = Vec::new();
    if let Some(ours) = set_by_updates(live) {
        let others: Vec<&Fields> = entries(live)
            .filter(|entry| entry["manager"] != FIELD_MANAGER)
            .filter_map(|entry| entry.get("fieldsV1")?.as_object())
            .collect();
        collect_orphans("", live, Some(desired), ours, &others, &mut found);
    }
    found
}

fn collect_orphans(
    path: &str,
    live: &Json,
    desired: Option<&Json>,
    ours: &Fields,
    others: &[&Fields],
    found: &mut Vec<FieldChange>,
) {
    for (key, below) in ours {
        let Some(name) = key.strip_prefix("f:") else { continue };
        let path = fields::join(path, name);
        if path == "status" {
            continue;
        }
        let Some(value) = live.get(name) else { continue };
        let wanted = desired.and_then(|desired| desired.get(name));
        let others: Vec<&Fields> =
            others.iter().filter_map(|other| other.get(key)?.as_object()).collect();
        match (wanted, below.as_object()) {
            (None, _) if others.is_empty() => {
                found.push(FieldChange { path, old: Some(value.clone()), new: None });
            }
            (wanted, Some(below)) => collect_orphans(&path, value, wanted, below, &others, found),
            (_, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live() -> Json {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "1", "b": "2"}, "managedFields": [
                {"manager": "helm", "operation": "Apply", "fieldsV1": {
                    "f:metadata": {"f:labels": {"f:a": {}}},
                    "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:targetPort": {}}}}}},
                {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:metadata": {"f:labels": {"f:b": {}}}}},
            ]},
            "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]},
        })
    }

    fn desired() -> Json {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "1"}},
            "spec": {"ports": [{"port": 80, "targetPort": 8080}]},
        })
    }

    #[test]
    fn what_is_applied_already_is_settled() {
        assert!(is_settled(&desired(), &live()));
    }

    #[test]
    fn what_differs_is_not_settled() {
        for (pointer, value) in [
            ("/metadata/labels/a", json!("2")),
            ("/metadata/labels", json!({})),
            ("/metadata/labels", json!({"a": "1", "b": "2"})),
            ("/spec/ports/0/targetPort", json!(8081)),
            ("/spec/ports/0/port", json!(81)),
            ("/spec/ports", json!([])),
            ("/spec", json!({})),
        ] {
            let mut desired = desired();
            *desired.pointer_mut(pointer).unwrap() = value;
            assert!(!is_settled(&desired, &live()), "{pointer}");
        }
    }

    #[test]
    fn a_secret_is_settled_by_its_texts_too() {
        let live = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "key", "managedFields": [
                {"manager": "helm", "operation": "Apply", "fieldsV1": {"f:stringData": {"f:color": {}}}},
            ]},
            "data": {"color": "cmVk", "other": "/w=="},
        });
        let desired = |color: &str| {
            let metadata = json!({"name": "key"});
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"color": color}})
        };
        let mut desired_without = desired("red");
        desired_without.as_object_mut().unwrap().remove("metadata");
        assert!(is_settled(&desired_without, &live));
        assert!(!is_settled(&desired("blue"), &live));
    }

    #[test]
    fn a_field_that_we_own_and_want_no_more_is_not_settled() {
        let mut live = live();
        let fields = live.pointer_mut("/metadata/managedFields/0/fieldsV1/f:spec").unwrap();
        fields["f:type"] = json!({});
        assert!(!is_settled(&desired(), &live));
    }

    #[test]
    fn who_set_a_field_is_told_with_the_time() {
        let mut live = live();
        live["metadata"]["managedFields"][1]["time"] = "2026-01-02T03:04:05Z".into();
        let theirs =
            Some(SetBy { manager: "kubectl".to_owned(), time: "2026-01-02T03:04:05Z".to_owned() });
        assert_eq!(set_by(&live, "metadata.labels.b"), theirs);
        assert_eq!(set_by(&live, "metadata.labels"), theirs, "a part of it");
        assert_eq!(set_by(&live, "metadata.labels.a"), None);
        assert_eq!(last_set(&live, "kubectl"), theirs);
        let ports = json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:targetPort": {}}}}});
        live["metadata"]["managedFields"][1]["fieldsV1"] = ports;
        assert_eq!(set_by(&live, "spec.ports[0].targetPort"), theirs);
        assert_eq!(set_by(&live, "spec.ports[0].port"), None);
    }

    #[test]
    fn what_helm_3_set_becomes_ours_and_goes_when_it_is_not_wanted() {
        let live = json!({
            "metadata": {"name": "web", "managedFields": [
                {"manager": "helm", "operation": "Update", "fieldsV1": {"f:data": {".": {}, "f:old": {}, "f:new": {}, "f:both": {}}}},
                {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {"f:both": {}}}},
            ]},
            "data": {"old": "1", "new": "2", "both": "3"},
        });
        let desired = json!({"metadata": {"name": "web"}, "data": {"new": "2"}});
        assert!(!is_settled(&desired, &live));
        let gone = orphans(&live, &desired);
        assert_eq!(gone.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), ["data.old"]);
        let notes = migrated(&live).unwrap();
        let operations: Vec<&str> = notes
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["operation"].as_str().unwrap())
            .collect();
        assert_eq!(operations, ["Update", "Apply"]);
        assert!(migrated(&json!({"metadata": {}})).is_none());
    }
}
