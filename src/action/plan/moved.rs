//! Whether the cluster is still as a plan saw it, and if not, what moved and by whom.

use serde::{Deserialize, Serialize};

use crate::action::{Context, Error};
use crate::cluster::{Change, Json, Plan, Step, field_changes};

/// An object as a plan saw it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    name: String,
    /// What was to happen to it.
    change: String,
    live: Option<Json>,
}

impl Seen {
    /// Notes what a plan saw.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        plan.steps.iter().map(Self::of).collect()
    }

    fn of(step: &Step) -> Self {
        Self {
            api_version: step.object.api_version.clone(),
            kind: step.object.kind.clone(),
            namespace: step.object.namespace.clone(),
            name: step.object.name.clone(),
            change: word(&step.change).to_owned(),
            live: step.live.clone(),
        }
    }

    fn is(&self, step: &Step) -> bool {
        let object = &step.object;
        (&self.kind, &self.namespace, &self.name) == (&object.kind, &object.namespace, &object.name)
            && self.api_version == object.api_version
    }

    /// Returns the uid and the version by which the API server knows the object.
    pub(super) fn identity(&self) -> (&str, &str) {
        let text = |pointer| {
            let found = self.live.as_ref().and_then(|live| live.pointer(pointer));
            found.and_then(Json::as_str).unwrap_or_default()
        };
        (text("/metadata/uid"), text("/metadata/resourceVersion"))
    }

    /// Returns `kind/name`, and what was to happen to it.
    pub(super) fn summary(&self) -> (String, &str) {
        (format!("{}/{}", self.kind, self.name), &self.change)
    }
}

/// Checks that objects and records are as they were seen; `last` is the revision that was newest.
pub(super) async fn check(
    ctx: &Context<'_>,
    name: &str,
    last: i64,
    seen: &[Seen],
    now: &Plan,
) -> Result<(), Error> {
    let mut moved = Vec::new();
    let newest = ctx.store.last(name).await?;
    let version = newest.as_ref().map_or(0, |release| release.version);
    if version != last {
        moved.push(format!("release `{name}` was at revision {last}, and is at {version}"));
    }
    for step in &now.steps {
        match seen.iter().find(|seen| seen.is(step)) {
            Some(seen) => moved.extend(difference(seen, step)),
            None => moved.push(format!("`{}` was not there to be planned", step.object)),
        }
    }
    let is_gone = |seen: &&Seen| !now.steps.iter().any(|step| seen.is(step));
    let gone = seen.iter().filter(is_gone);
    moved.extend(gone.map(|seen| format!("`{}/{}` is gone", seen.kind, seen.name)));
    if moved.is_empty() { Ok(()) } else { Err(Error::Moved { what: moved }) }
}

/// Says how an object differs from what was seen; what its status says does not count.
fn difference(seen: &Seen, step: &Step) -> Option<String> {
    let object = &step.object;
    let said = match (&seen.live, &step.live) {
        (None, Some(_)) => Some("exists now".to_owned()),
        (Some(_), None) => Some("is gone".to_owned()),
        (Some(before), Some(now)) if uid(before) != uid(now) => {
            Some("was deleted and made anew".to_owned())
        }
        (Some(before), Some(now)) => changed(before, now),
        (None, None) => None,
    };
    let said = said.or_else(|| {
        let now = word(&step.change);
        (seen.change != now)
            .then(|| format!("was to be `{}`, and would now be `{now}`", seen.change))
    });
    said.map(|said| format!("`{object}` {said}"))
}

fn uid(object: &Json) -> Option<&Json> {
    object.pointer("/metadata/uid")
}

fn changed(before: &Json, now: &Json) -> Option<String> {
    let fields = field_changes(before, now);
    if fields.is_empty() {
        return None;
    }
    let mut paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
    paths.truncate(5);
    let managers = managers(before, now);
    let by =
        if managers.is_empty() { String::new() } else { format!(" by {}", managers.join(", ")) };
    Some(format!("was changed{by}: {}", paths.join(", ")))
}

/// Names the managers whose notes are others than before.
fn managers(before: &Json, now: &Json) -> Vec<String> {
    let entries = |object: &Json| {
        let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array).cloned();
        entries.unwrap_or_default()
    };
    let before = entries(before);
    let news = entries(now).into_iter().filter(|entry| !before.contains(entry));
    news.filter(|entry| entry.get("subresource").is_none())
        .filter_map(|entry| Some(format!("`{}`", entry["manager"].as_str()?)))
        .collect()
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::Create => "create",
        Change::Update(_) => "change",
        Change::Adopt(_) => "adopt",
        Change::Replace(_) => "replace",
        Change::Unchanged => "unchanged",
        Change::Delete => "delete",
        Change::Keep => "keep",
        Change::Refused(_) => "refused",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_names_field_and_manager_and_the_status_does_not_count() {
        let before = json!({"metadata": {"uid": "a", "resourceVersion": "1", "managedFields": []}, "data": {"a": "1"}});
        let mut now = before.clone();
        now["status"] = json!({"ready": 1});
        now["metadata"]["resourceVersion"] = "2".into();
        assert_eq!(changed(&before, &now), None);
        now["data"]["a"] = "2".into();
        now["metadata"]["managedFields"] =
            json!([{"manager": "kubectl-edit", "operation": "Update"}]);
        assert_eq!(changed(&before, &now).unwrap(), "was changed by `kubectl-edit`: data.a");
    }
}
