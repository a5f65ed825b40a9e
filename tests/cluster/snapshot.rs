//! All objects of a namespace at one time, with resourceVersion and managedFields, and what differs between two times.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Namespace, eventually, plane};

/// The objects of a namespace and the namespace itself, by kind and name; events are left out, because controllers write them whenever they like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    objects: BTreeMap<String, Value>,
}

impl Snapshot {
    /// Reads every object of every kind that can be listed.
    #[track_caller]
    pub(crate) fn of(namespace: &Namespace) -> Self {
        let itself = format!("/api/v1/namespaces/{}", namespace.name());
        let itself = plane().api().get(&itself).expect("a test's namespace lives as long as it");
        let mut objects = BTreeMap::from([("Namespace".to_owned(), itself)]);
        for version in versions() {
            let root = if version.contains('/') { "apis" } else { "api" };
            let resources = plane().api().get(&format!("/{root}/{version}")).unwrap_or_default();
            for resource in items(&resources, "resources").filter(|each| is_listable(each)) {
                let kind = resource["kind"].as_str().unwrap_or_default();
                let name = resource["name"].as_str().unwrap_or_default();
                for object in namespace.list(&format!("{version}/{name}"), "") {
                    let name = object["metadata"]["name"].as_str().unwrap_or_default();
                    objects.insert(format!("{kind}/{name}"), object);
                }
            }
        }
        Self { objects }
    }

    /// Reads every object when the controllers have come to rest: nothing changes for a quarter of a second.
    #[track_caller]
    pub(crate) fn at_rest(namespace: &Namespace) -> Self {
        let mut last = Self::of(namespace);
        eventually("the namespace has come to rest", || {
            std::thread::sleep(Duration::from_millis(250));
            let next = Self::of(namespace);
            let rests = next == last;
            last = next;
            rests.then_some(())
        });
        last
    }

    /// The objects' kinds and names: `ConfigMap/web`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// Says what is different later, one line for each object made, deleted, or field changed; no text when nothing is.
    pub(crate) fn differences(&self, later: &Self) -> String {
        let mut lines = String::new();
        for (name, old) in &self.objects {
            match later.objects.get(name) {
                Some(new) => compare(name, old, new, &mut lines),
                None => lines.push_str(&format!("{name}: deleted\n")),
            }
        }
        for name in later.objects.keys().filter(|name| !self.objects.contains_key(*name)) {
            lines.push_str(&format!("{name}: created\n"));
        }
        lines
    }
}

/// The preferred version of each group of the API: `v1`, `apps/v1`.
fn versions() -> Vec<String> {
    let groups = plane().api().get("/apis").expect("every API server has groups");
    let preferred = items(&groups, "groups")
        .filter_map(|group| group.pointer("/preferredVersion/groupVersion")?.as_str());
    std::iter::once("v1")
        .chain(preferred.filter(|version| !version.starts_with("events.")))
        .map(str::to_owned)
        .collect()
}

fn is_listable(resource: &Value) -> bool {
    let can_list = items(resource, "verbs").any(|verb| verb == "list");
    can_list && resource["namespaced"] == true && resource["kind"] != "Event"
}

fn items<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    object[field].as_array().into_iter().flatten()
}

fn compare(place: &str, old: &Value, new: &Value, lines: &mut String) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let side = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or_default()
                };
                compare(&format!("{place} {key}"), &side(old), &side(new), lines);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for at in 0..old.len().max(new.len()) {
                let side = |list: &[Value]| list.get(at).cloned().unwrap_or_default();
                compare(&format!("{place} [{at}]"), &side(old), &side(new), lines);
            }
        }
        (old, new) => lines.push_str(&format!("{place}: {old} → {new}\n")),
    }
}

#[test]
fn a_snapshot_names_what_was_made_changed_and_deleted() {
    let namespace = Namespace::new("snapshot");
    let config = |name: &str, color: &str| {
        let metadata = format!("{{name: {name}}}");
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {metadata}, data: {{color: {color}}}}}"
        )
    };
    namespace.apply(&config("old", "red"));
    namespace.apply(&config("same", "red"));
    let before = Snapshot::at_rest(&namespace);
    assert_eq!(before.differences(&Snapshot::of(&namespace)), "");
    assert!(before.names().any(|name| name == "ConfigMap/old"));

    namespace.apply(&config("old", "blue"));
    namespace.apply(&config("new", "green"));
    let changed = Snapshot::at_rest(&namespace);
    let text = before.differences(&changed);
    assert!(text.contains("ConfigMap/old data color: \"red\" → \"blue\"\n"), "{text}");
    assert!(text.contains("ConfigMap/old metadata resourceVersion: \""), "{text}");
    assert!(text.contains("ConfigMap/new: created\n"), "{text}");
    assert!(!text.contains("same"), "{text}");
    assert!(changed.differences(&before).contains("ConfigMap/new: deleted\n"));
}

#[test]
fn a_snapshot_sees_that_a_field_has_a_new_owner_and_the_same_value() {
    let namespace = Namespace::new("owner");
    namespace.sandbox().write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {color: red}\n";
    namespace.sandbox().write("web/templates/config.yaml", config);
    namespace.windlass(["install", "web", "web"]).success();
    let before = Snapshot::at_rest(&namespace);
    namespace.apply(config);
    let text = before.differences(&Snapshot::at_rest(&namespace));
    assert!(text.contains("ConfigMap/web metadata managedFields [1]"), "{text}");
    assert!(!text.contains("data color:"), "{text}");
}
