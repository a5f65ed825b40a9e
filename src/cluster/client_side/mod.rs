//! Client-side apply, for releases that stay with it: what a chart changed since its last revision,
//! laid over what is there.
//!
//! Helm sends strategic merge patches; here the result is worked out on this side and sent as the
//! difference to what is there, which comes to the same and needs no patch language.

mod lists;

use serde_json::Map;

use self::lists::{Strategy, keeps_only_what_is_stated, strategy};
use super::Json;
use crate::manifest::ObjectRef;

/// Lays `new` over `live`, and takes away what `old`, the last revision's, had and `new` has not.
pub(super) fn merged(object: &ObjectRef, old: Option<&Json>, new: &Json, live: &Json) -> Json {
    Merge { object, path: Vec::new() }.value(old, new, live)
}

struct Merge<'a> {
    object: &'a ObjectRef,
    /// The names of the fields above.
    path: Vec<String>,
}

impl Merge<'_> {
    fn value(&mut self, old: Option<&Json>, new: &Json, live: &Json) -> Json {
        match (new, live) {
            (Json::Object(new), Json::Object(live)) => {
                Json::Object(self.object(old.and_then(Json::as_object), new, live))
            }
            (Json::Array(new), Json::Array(live)) => {
                Json::Array(self.list(old.and_then(Json::as_array), new, live))
            }
            (new, _) => without_nulls(new),
        }
    }

    fn object(
        &mut self,
        old: Option<&Map<String, Json>>,
        new: &Map<String, Json>,
        live: &Map<String, Json>,
    ) -> Map<String, Json> {
        let mut merged = live.clone();
        if keeps_only_what_is_stated(self.object, &self.path) {
            merged.retain(|name, _| new.contains_key(name));
        }
        for name in old.into_iter().flat_map(Map::keys) {
            if !new.contains_key(name) {
                merged.remove(name);
            }
        }
        for (name, value) in new {
            if value.is_null() {
                merged.remove(name);
                continue;
            }
            let old = old.and_then(|old| old.get(name));
            let value = match live.get(name) {
                Some(live) => {
                    self.path.push(name.clone());
                    let value = self.value(old, value, live);
                    self.path.pop();
                    value
                }
                None => without_nulls(value),
            };
            merged.insert(name.clone(), value);
        }
        merged
    }

    fn list(&mut self, old: Option<&Vec<Json>>, new: &[Json], live: &[Json]) -> Vec<Json> {
        let old = old.map(Vec::as_slice).unwrap_or_default();
        match strategy(self.object, &self.path) {
            Strategy::Replace => new.iter().map(without_nulls).collect(),
            Strategy::Set => {
                let kept = live.iter().filter(|item| !new.contains(item) && !old.contains(item));
                new.iter().chain(kept).cloned().collect()
            }
            Strategy::Map(key) => {
                let find = |list: &[Json], wanted: &Json| {
                    list.iter().find(|item| item.get(key) == wanted.get(key)).cloned()
                };
                let ours = new.iter().map(|item| match find(live, item) {
                    Some(live) => self.value(find(old, item).as_ref(), item, &live),
                    None => without_nulls(item),
                });
                let mut merged: Vec<Json> = ours.collect();
                let theirs = live
                    .iter()
                    .filter(|item| find(new, item).is_none() && find(old, item).is_none());
                merged.extend(theirs.cloned());
                merged
            }
        }
    }
}

/// A null in a manifest takes a field away, so it is no value.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect(),
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// Returns the merge patch (RFC 7386) from one state to another; `None` if they are the same.
pub(super) fn merge_patch(from: &Json, to: &Json) -> Option<Json> {
    if from == to {
        return None;
    }
    let (Json::Object(before), Json::Object(after)) = (from, to) else { return Some(to.clone()) };
    let mut patch: Map<String, Json> = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .map(|name| (name.clone(), Json::Null))
        .collect();
    for (name, value) in after {
        let change = match before.get(name) {
            Some(before) => merge_patch(before, value),
            None => Some(value.clone()),
        };
        patch.extend(change.map(|change| (name.clone(), change)));
    }
    Some(Json::Object(patch))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> ObjectRef {
        ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: None,
            name: "web".to_owned(),
        }
    }

    fn containers(containers: Json) -> Json {
        json!({"spec": {"template": {"spec": {"containers": containers}}}})
    }

    #[test]
    fn what_others_set_stays_and_what_the_chart_drops_goes() {
        let old = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"replicas": 1}});
        let new = json!({"metadata": {"labels": {"a": "3"}}, "spec": {}});
        let live = json!({"metadata": {"labels": {"a": "1", "b": "2", "mine": "x"}}, "spec": {"replicas": 5, "paused": true}});
        let expected =
            json!({"metadata": {"labels": {"a": "3", "mine": "x"}}, "spec": {"paused": true}});
        assert_eq!(merged(&deployment(), Some(&old), &new, &live), expected);
    }

    #[test]
    fn containers_are_merged_by_name() {
        let old =
            containers(json!([{"name": "app", "image": "app:1"}, {"name": "gone", "image": "x"}]));
        let new = containers(json!([{"name": "app", "image": "app:2"}]));
        let live = containers(json!([
            {"name": "gone", "image": "x"},
            {"name": "app", "image": "app:1", "imagePullPolicy": "Always"},
            {"name": "injected", "image": "mesh"}]));
        let expected = containers(json!([
            {"name": "app", "image": "app:2", "imagePullPolicy": "Always"},
            {"name": "injected", "image": "mesh"}]));
        assert_eq!(merged(&deployment(), Some(&old), &new, &live), expected);
    }

    #[test]
    fn lists_without_keys_and_those_of_custom_kinds_are_replaced() {
        let custom = ObjectRef { api_version: "example.com/v1".to_owned(), ..deployment() };
        let new = containers(json!([{"name": "app"}]));
        let live = containers(json!([{"name": "other"}]));
        assert_eq!(merged(&custom, None, &new, &live), new);
        let arguments = |list: Json| containers(json!([{"name": "app", "args": list}]));
        let (new, live) = (arguments(json!(["a"])), arguments(json!(["a", "b"])));
        assert_eq!(merged(&deployment(), None, &new, &live), new);
    }

    #[test]
    fn a_null_takes_a_field_away() {
        let new = json!({"spec": {"replicas": null, "template": {"x": null, "y": 1}}});
        let live = json!({"spec": {"replicas": 3}});
        assert_eq!(
            merged(&deployment(), None, &new, &live),
            json!({"spec": {"template": {"y": 1}}})
        );
    }

    #[test]
    fn a_volume_that_becomes_another_kind_of_volume_keeps_nothing_of_the_old() {
        let volumes = |volume: Json| json!({"spec": {"template": {"spec": {"volumes": [volume]}}}});
        let old = volumes(json!({"name": "data", "emptyDir": {}}));
        let new = volumes(json!({"name": "data", "secret": {"secretName": "s"}}));
        assert_eq!(merged(&deployment(), Some(&old), &new, &old), new);
    }

    #[test]
    fn a_merge_patch_says_the_difference() {
        let from = json!({"a": 1, "b": {"c": [1], "d": 2}, "e": 3});
        let to = json!({"a": 1, "b": {"c": [1, 2], "d": 2}, "f": 4});
        assert_eq!(merge_patch(&from, &to), Some(json!({"b": {"c": [1, 2]}, "e": null, "f": 4})));
        assert_eq!(merge_patch(&from, &from), None);
    }
}
