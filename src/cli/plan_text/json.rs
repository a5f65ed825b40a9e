//! A plan as JSON: whole, or only the list of changes, as helm-diff has it.

use serde_json::{Value as Json, json};
use windlass::cluster::FieldChange;

use super::diff::{api, is_change};
use super::view::{Action, Item, View};
use crate::cli::error::Error;
use crate::cli::output;

/// The form of the JSON; it grows when a field changes its meaning or goes.
const FORMAT: u32 = 1;

pub(super) fn whole(view: &View<'_>) -> Result<String, Error> {
    let release = view.planned.release();
    let consequence = |found: &windlass::action::Consequence| {
        json!({
            "object": named(&found.object),
            "effect": found.effect.as_str(),
            "text": found.text,
        })
    };
    let counts = view.counts().into_iter();
    let counts: serde_json::Map<String, Json> =
        counts.map(|(action, count)| (action.word().to_owned(), count.into())).collect();
    let mut whole = json!({
        "formatVersion": FORMAT,
        "operation": view.planned.verb(),
        "release": {"name": release.name, "namespace": release.namespace, "revision": release.version},
        "possible": view.planned.plan.check().is_ok(),
        "changes": view.planned.plan.changes_anything(),
        "counts": counts,
        "objects": view.items.iter().map(item).collect::<Vec<_>>(),
        "consequences": view.consequences.iter().map(consequence).collect::<Vec<_>>(),
        "hooks": view.hooks,
        "remarks": view.remarks,
        "notes": view.notes,
    });
    if let Some(target) = view.planned.target() {
        whole["target"] = target.into();
        whole["reason"] = view.planned.reason().into();
        whole["notRestored"] = view.not_restored.clone().into();
        whole["manualChanges"] = view.manual.clone().into();
    }
    Ok(output::json(&whole)? + "\n")
}

pub(super) fn list(view: &View<'_>) -> Result<String, Error> {
    let changes: Vec<Json> =
        view.items.iter().filter(|item| is_change(item.action)).map(item).collect();
    Ok(output::json(&changes)? + "\n")
}

fn named(object: &windlass::manifest::ObjectRef) -> Json {
    json!({
        "api": api(object),
        "kind": object.kind,
        "namespace": object.namespace.as_deref().unwrap_or_default(),
        "name": object.name,
    })
}

fn item(item: &Item) -> Json {
    let mut json = named(&item.object);
    json["change"] = helm_diffs_word(item.action).into();
    json["action"] = item.action.word().into();
    let fields = item.fields.iter().enumerate().filter(|_| !item.is_suppressed);
    let with_recorded = |(index, change): (usize, &FieldChange)| {
        let mut json = field(change);
        if let Some(Some(recorded)) = item.recorded.as_ref().map(|recorded| &recorded[index]) {
            json["recorded"] = recorded.clone();
        }
        json
    };
    json["fields"] = fields.map(with_recorded).collect();
    json["problem"] = item.problem.clone().into();
    json["remarks"] = item.remarks.clone().into();
    json
}

/// Returns the word that helm-diff's `--output json` has.
fn helm_diffs_word(action: Action) -> &'static str {
    match action {
        Action::Create => "ADD",
        Action::Delete => "REMOVE",
        Action::Adopt => "OWNERSHIP",
        Action::Change | Action::Replace => "MODIFY",
        Action::Keep | Action::Unchanged => "",
        Action::Conflict | Action::Refused => "REFUSED",
    }
}

fn field(field: &FieldChange) -> Json {
    let mut json = json!({"path": field.path});
    if let Some(old) = &field.old {
        json["old"] = old.clone();
    }
    if let Some(new) = &field.new {
        json["new"] = new.clone();
    }
    json
}
