//! What was changed by hand, told by the API server's notes from what controllers keep.
//!
//! The notes say who set a field that is there. Of a field that somebody took away they say nothing.

use super::fields::{self, FieldChange};
use super::managed_fields::{
    Fields, SetBy, covering, entries, is_ours, join, migrated, noted, setter, states_keys,
};
use super::{FIELD_MANAGER, Json};

/// Words in the names of programs that keep objects as they should be; people use other programs.
const CONTROLLERS: [&str; 12] = [
    "controller",
    "operator",
    "autoscaler",
    "injector",
    "webhook",
    "scheduler",
    "kubelet",
    "apiserver",
    "provisioner",
    "recommender",
    "updater",
    // Releases that other programs made with Helm's library.
    "helm",
];

/// Controllers whose names do not say so; `manager` is what operators are called that name themselves
/// after nothing.
const NAMED_OTHERWISE: [&str; 6] =
    ["manager", "keda", "flagger", "istiod", "pilot-discovery", "argocd"];

/// Annotations in which programs keep books for people, and by which they restart workloads: they
/// change nothing of what an object is.
const BOOKS: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "kubernetes.io/change-cause",
];

/// Maps of names that people choose, of which each counts for itself.
const MAPS: [&str; 6] =
    ["f:metadata", "f:labels", "f:annotations", "f:data", "f:binaryData", "f:spec"];

/// Says whether a manager is a controller, which keeps what it sets, or a program of people.
pub fn is_controller(live: &Json, manager: &str) -> bool {
    let name = manager.to_ascii_lowercase();
    let writes_status = |entry: &Json| {
        entry["manager"] == manager && entry.get("subresource").is_some_and(|it| it == "status")
    };
    CONTROLLERS.iter().any(|word| name.contains(word))
        || NAMED_OTHERWISE.contains(&name.as_str())
        || entries(live).any(writes_status)
}

/// Returns who last changed anything of an object by hand.
pub fn last_by_hand(live: &Json) -> Option<SetBy> {
    let entries = entries(live).filter(|entry| is_by_hand(live, entry));
    entries.map(setter).max_by(|one, other| one.time.cmp(&other.time))
}

fn is_by_hand(live: &Json, entry: &Json) -> bool {
    let manager = entry["manager"].as_str().unwrap_or_default();
    manager != FIELD_MANAGER && !is_controller(live, manager)
}

/// A field that somebody added to an object that does not state it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Addition {
    /// Where it is.
    path: String,
    /// The notes that name it, from the root.
    notes: Fields,
    /// Whether it came with the object, so that it is no change of it.
    pub(super) is_first: bool,
    /// Whether it is in a map that is stated and that the API server replaces whole, so that an apply
    /// of ours takes it away.
    pub(super) is_in_whole: bool,
}

impl Addition {
    /// Says whether one of the changes is about it.
    pub(super) fn is_in(&self, changes: &[FieldChange]) -> bool {
        changes.iter().any(|change| {
            change.path == self.path
                || fields::is_within(&change.path, &self.path)
                || fields::is_within(&self.path, &change.path)
        })
    }
}

/// Returns what was added by hand to an object beside what is stated.
pub(super) fn additions(live: &Json, desired: &Json) -> Vec<Addition> {
    let notes_of = |wanted: &dyn Fn(&Json) -> bool| -> Vec<&Fields> {
        let entries = entries(live).filter(|entry| wanted(entry));
        entries.filter_map(|entry| entry.get("fieldsV1")?.as_object()).collect()
    };
    let ours = notes_of(&|entry| entry["manager"] == FIELD_MANAGER);
    let controllers =
        notes_of(&|entry| entry["manager"] != FIELD_MANAGER && !is_by_hand(live, entry));
    let desired = fields::with_data(desired);
    let created = live.pointer("/metadata/creationTimestamp").and_then(Json::as_str);
    let mut found: Vec<Addition> = Vec::new();
    for entry in entries(live).filter(|entry| is_by_hand(live, entry)) {
        let Some(notes) = entry.get("fieldsV1").and_then(Json::as_object) else { continue };
        let is_first = entry["time"].as_str() == created;
        let mut search = Search { is_first, keys: Vec::new(), found: &mut found };
        let here = Here { path: "", live, desired: Some(&desired) };
        search.below(&here, notes, &ours, &controllers);
    }
    found
}

/// A place in an object.
struct Here<'a> {
    path: &'a str,
    live: &'a Json,
    desired: Option<&'a Json>,
}

/// The search for what one manager added.
struct Search<'a> {
    is_first: bool,
    /// The notes that lead to where it is.
    keys: Vec<String>,
    found: &'a mut Vec<Addition>,
}

impl Search<'_> {
    fn below(&mut self, here: &Here<'_>, notes: &Fields, ours: &[&Fields], others: &[&Fields]) {
        for (key, below) in notes {
            let Some((paths, live)) = noted(here.path, here.live, key) else { continue };
            let Some(below) = below.as_object() else { continue };
            if is_no_addition(&paths[0], key) {
                continue;
            }
            let desired = here.desired.and_then(|desired| stated(desired, key));
            let deeper = |all: &[&Fields]| -> Vec<Fields> {
                all.iter().filter_map(|notes| notes.get(key)?.as_object()).cloned().collect()
            };
            let (ours, others) = (deeper(ours), deeper(others));
            self.keys.push(key.clone());
            let is_stated = desired.is_some() || !ours.is_empty();
            let is_shared = !others.is_empty() || MAPS.contains(&key.as_str());
            if !below.is_empty() && (is_stated || is_shared) {
                let here = Here { path: &paths[0], live, desired };
                let (ours, others): (Vec<_>, Vec<_>) =
                    (ours.iter().collect(), others.iter().collect());
                self.below(&here, below, &ours, &others);
            } else if !is_stated {
                self.note(&paths[0], below, false);
            } else if let Some((Json::Object(live), Json::Object(desired))) =
                Some(live).zip(desired)
            {
                for name in live.keys().filter(|name| !desired.contains_key(*name)) {
                    self.keys.push(format!("f:{name}"));
                    self.note(&fields::join(&paths[0], name), &Fields::new(), true);
                    self.keys.pop();
                }
            }
            self.keys.pop();
        }
    }

    fn note(&mut self, path: &str, below: &Fields, is_in_whole: bool) {
        let mut leaf = below.clone();
        if !leaf.is_empty() {
            // The thing itself goes too, not only all that is in it.
            leaf.insert(".".to_owned(), Json::Object(Fields::new()));
        }
        let leaf = Json::Object(leaf);
        let notes = self
            .keys
            .iter()
            .rev()
            .fold(leaf, |below, key| Json::Object(Fields::from_iter([(key.clone(), below)])));
        let Json::Object(notes) = notes else { return };
        let (path, is_first) = (path.to_owned(), self.is_first);
        self.found.push(Addition { path, notes, is_first, is_in_whole });
    }
}

/// Says whether what is not stated is left to others: the status, how many replicas there are, and
/// books that are kept in annotations.
fn is_no_addition(path: &str, key: &str) -> bool {
    let is_book = || BOOKS.iter().any(|name| key.strip_prefix("f:") == Some(name));
    matches!(path, "status" | "spec.replicas") || is_book()
}

fn stated<'a>(desired: &'a Json, key: &str) -> Option<&'a Json> {
    match key.strip_prefix("f:") {
        Some(name) => desired.get(name),
        None => desired.as_array()?.iter().find(|item| states_keys(item, key)),
    }
}

/// Returns the notes of several additions as one tree.
pub(super) fn notes_of<'a>(additions: impl IntoIterator<Item = &'a Addition>) -> Fields {
    merged(additions.into_iter().map(|addition| &addition.notes))
}

fn merged<'a>(trees: impl IntoIterator<Item = &'a Fields>) -> Fields {
    let mut all = Json::Object(Fields::new());
    for tree in trees {
        join(&mut all, &Json::Object(tree.clone()));
    }
    if let Json::Object(all) = all { all } else { Fields::new() }
}

/// Returns the notes of controllers on those of the changes that go against what a controller set.
pub(super) fn kept_by_controllers(live: &Json, changes: &[FieldChange]) -> Fields {
    let trees: Vec<Fields> = changes
        .iter()
        .filter_map(|change| {
            let by = super::set_by(live, &change.path)?;
            if !is_controller(live, &by.manager) {
                return None;
            }
            let entries = entries(live).filter(|entry| entry["manager"] == by.manager);
            let trees: Vec<Fields> =
                entries.map(|entry| covering(live, entry, &change.path)).collect();
            Some(merged(&trees))
        })
        .collect();
    merged(&trees)
}

/// Returns an object without the fields that a tree of notes names.
pub(super) fn without(object: &Json, notes: &Fields) -> Json {
    match object {
        Json::Object(fields) => {
            let kept = fields.iter().filter_map(|(name, value)| {
                let value = match notes.get(&format!("f:{name}")).and_then(Json::as_object) {
                    None => value.clone(),
                    Some(below) if is_whole(below) => return None,
                    Some(below) => without(value, below),
                };
                Some((name.clone(), value))
            });
            Json::Object(kept.collect())
        }
        Json::Array(items) => {
            let kept = items.iter().filter_map(|item| {
                let note = notes.iter().find(|(key, _)| states_keys(item, key));
                match note.and_then(|(_, below)| below.as_object()) {
                    None => Some(item.clone()),
                    Some(below) if is_whole(below) => None,
                    Some(below) => Some(without(item, below)),
                }
            });
            Json::Array(kept.collect())
        }
        scalar => scalar.clone(),
    }
}

/// Says whether a tree names all of a thing: nothing below it, or the thing itself.
fn is_whole(below: &Fields) -> bool {
    below.is_empty() || below.contains_key(".")
}

/// Returns the notes with additions as applied by us, so that an apply that does not state them takes
/// them away; `None` if there is nothing to change.
pub(super) fn taken_over(live: &Json, additions: &[&Addition]) -> Option<Json> {
    let notes = migrated(live);
    if additions.is_empty() {
        return notes;
    }
    let tree = notes_of(additions.iter().copied());
    let notes = notes.unwrap_or_else(|| live["metadata"]["managedFields"].clone());
    let mut all: Vec<Json> = notes.as_array().cloned().unwrap_or_default();
    for entry in all.iter_mut().filter(|entry| is_by_hand(live, entry)) {
        if let Some(fields) = entry["fieldsV1"].as_object_mut() {
            take_out(fields, &tree);
        }
    }
    all.retain(|entry| entry["fieldsV1"].as_object().is_none_or(|fields| !fields.is_empty()));
    match all.iter_mut().find(|entry| is_ours(entry, "Apply")) {
        Some(ours) => join(&mut ours["fieldsV1"], &Json::Object(tree)),
        None => all.push(serde_json::json!({
            "manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": live["apiVersion"],
            "fieldsType": "FieldsV1", "fieldsV1": tree,
        })),
    }
    Some(Json::Array(all))
}

fn take_out(fields: &mut Fields, tree: &Fields) {
    for (key, below) in tree {
        let (Some(there), Some(below)) = (fields.get_mut(key), below.as_object()) else { continue };
        let there = there.as_object_mut();
        let is_empty = match there {
            Some(there) if !is_whole(below) => {
                take_out(there, below);
                // A note without anything below it would name the whole.
                there.is_empty()
            }
            _ => true,
        };
        if is_empty {
            fields.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live() -> Json {
        json!({
            "kind": "Deployment",
            "metadata": {
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"note": "mine", "deployment.kubernetes.io/revision": "1"},
                "managedFields": [
                    {"manager": "helm", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {
                        "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}}}}}},
                    {"manager": "kube-controller-manager", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {
                        "f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}},
                        "f:spec": {"f:replicas": {}}}},
                    {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-03T00:00:00Z", "fieldsV1": {
                        "f:metadata": {"f:annotations": {"f:note": {}}},
                        "f:spec": {"f:paused": {}, "f:containers": {
                            "k:{\"name\":\"web\"}": {"f:image": {}},
                            "k:{\"name\":\"shell\"}": {".": {}, "f:name": {}}}}}},
                ],
            },
            "spec": {"paused": true, "replicas": 3, "containers": [{"name": "web", "image": "b"}, {"name": "shell"}]},
        })
    }

    fn desired() -> Json {
        json!({"kind": "Deployment", "spec": {"replicas": 1, "containers": [{"name": "web", "image": "a"}]}})
    }

    #[test]
    fn what_people_added_is_told_from_what_controllers_set() {
        let added = additions(&live(), &desired());
        let paths: Vec<&str> = added.iter().map(|addition| addition.path.as_str()).collect();
        assert_eq!(paths, ["metadata.annotations.note", "spec.paused", "spec.containers[shell]"]);
        let left = without(&live(), &notes_of(&added));
        assert_eq!(
            left["spec"],
            json!({"replicas": 3, "containers": [{"name": "web", "image": "b"}]})
        );
        let last = last_by_hand(&live()).unwrap();
        assert_eq!(
            (last.manager.as_str(), last.time.as_str()),
            ("kubectl-edit", "2026-01-03T00:00:00Z")
        );
    }

    #[test]
    fn what_is_taken_over_is_ours_alone_and_the_rest_stays_theirs() {
        let added = additions(&live(), &desired());
        let notes = taken_over(&live(), &added.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(notes[0]["fieldsV1"]["f:spec"]["f:paused"], json!({}));
        let theirs = json!({"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}}}});
        assert_eq!(notes[2]["fieldsV1"], theirs);
        assert_eq!(notes[1], live()["metadata"]["managedFields"][1]);
    }

    #[test]
    fn what_a_controller_set_is_kept() {
        let change = |path: &str| FieldChange { path: path.to_owned(), old: None, new: None };
        let changes = [change("spec.replicas"), change("spec.paused")];
        let kept = kept_by_controllers(&live(), &changes);
        assert_eq!(without(&desired(), &kept)["spec"].get("replicas"), None);
        assert_eq!(kept, json!({"f:spec": {"f:replicas": {}}}).as_object().cloned().unwrap());
    }

    #[test]
    fn controllers_are_known_by_name_or_because_they_write_the_status() {
        let mut live = live();
        for (manager, is) in [
            ("horizontal-pod-autoscaler", true),
            ("cert-manager-cainjector", true),
            ("argocd-application-controller", true),
            ("terraform-provider-helm_v2", true),
            ("kubectl-edit", false),
            ("Mozilla", false),
            ("home-grown", false),
        ] {
            assert_eq!(is_controller(&live, manager), is, "{manager}");
        }
        live["metadata"]["managedFields"][2] =
            json!({"manager": "home-grown", "operation": "Update", "subresource": "status"});
        assert!(is_controller(&live, "home-grown"));
    }
}
