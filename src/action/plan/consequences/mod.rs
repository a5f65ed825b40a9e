//! What follows from a plan: who restarts, what is not there meanwhile, what is lost.
//!
//! All of it is read off the plan's own objects, so that the same plan always says the same.

mod rollout;
#[cfg(test)]
mod tests;

use crate::action::references::{Reference, Use, references};
use crate::cluster::{Change, FieldChange, Json, Plan, Refusal, Step};
use crate::manifest::ObjectRef;

/// What kind of thing follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Pods are replaced, while enough others run.
    Restart,
    /// There is a time without pods.
    Downtime,
    /// Pods go on with what is no longer so.
    Stale,
    /// A field cannot change while the object exists.
    Immutable,
    /// Connections go elsewhere or nowhere.
    Traffic,
    /// Data may be lost.
    Data,
    /// Something that goes is still referred to.
    Dangling,
}

impl Effect {
    /// Returns the word for it, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Downtime => "downtime",
            Self::Stale => "stale",
            Self::Immutable => "immutable",
            Self::Traffic => "traffic",
            Self::Data => "data",
            Self::Dangling => "dangling",
        }
    }
}

/// Something that follows from a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// The object that it happens to.
    pub object: ObjectRef,
    /// What kind of thing it is.
    pub effect: Effect,
    /// A sentence about the object, which is its unsaid subject; no values of fields are in it.
    pub text: String,
}

impl Consequence {
    fn new(step: &Step, effect: Effect, text: impl Into<String>) -> Self {
        Self { object: step.object.clone(), effect, text: text.into() }
    }
}

/// Returns what follows from a plan, in the order of its steps.
pub fn consequences(plan: &Plan) -> Vec<Consequence> {
    let mut found = Vec::new();
    for step in &plan.steps {
        match &step.change {
            Change::Update(fields) | Change::Adopt(fields) => {
                found.extend(rollout::of_change(step, fields));
                found.extend(traffic(step, fields));
                found.extend(stale(plan, step, fields));
            }
            Change::Replace(fields) => {
                found.extend(remade(step, Effect::Downtime, "is deleted and made anew"));
                found.extend(stale(plan, step, fields));
            }
            Change::Refused(Refusal::Immutable { fields, .. }) => {
                let words = format!(
                    "has fields that cannot change ({}); with `--recreate {}` it",
                    paths(fields),
                    step.object
                );
                found.extend(remade(step, Effect::Immutable, &words));
            }
            Change::Delete => {
                found.extend(gone(step));
                found.extend(dangling(plan, step));
            }
            Change::Create | Change::Unchanged | Change::Keep | Change::Refused(_) => {}
        }
    }
    found
}

/// Returns an object as it will be, or as it stays.
fn target(step: &Step) -> Option<&Json> {
    if matches!(step.change, Change::Delete) {
        return None;
    }
    let desired = Some(&step.desired).filter(|desired| !desired.is_null());
    step.after.as_ref().or(desired).or(step.live.as_ref())
}

/// Names the first of the fields.
fn paths(fields: &[FieldChange]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.path.as_str()).take(2).collect();
    let more = fields.len() - names.len();
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// Says what it costs to make an object anew.
fn remade(step: &Step, effect: Effect, words: &str) -> Option<Consequence> {
    let words = match effect {
        Effect::Immutable => format!("{words} is deleted and made anew"),
        _ => words.to_owned(),
    };
    let cost = match step.object.kind.as_str() {
        "StatefulSet" => {
            "its pods stop, and its claims stay as they are, whatever volumeClaimTemplates says"
        }
        "Deployment" | "DaemonSet" | "ReplicaSet" => "its pods stop before new ones start",
        "Job" => "it runs again",
        "Service" => "its cluster address changes, and connections to it break",
        "PersistentVolumeClaim" => "the data of the claim goes unless its volume is retained",
        _ => "it is not there for a moment",
    };
    Some(Consequence::new(step, effect, format!("{words}: {cost}")))
}

fn traffic(step: &Step, fields: &[FieldChange]) -> Vec<Consequence> {
    if step.object.kind != "Service" {
        return Vec::new();
    }
    let changes = |section: &str| fields.iter().any(|field| is_below(&field.path, section));
    let mut found = Vec::new();
    if changes("spec.selector") {
        let text = "selects other pods: new connections go to those, or nowhere if there are none";
        found.push(Consequence::new(step, Effect::Traffic, text));
    }
    if changes("spec.ports") {
        let text = "changes its ports: clients of a port that goes can no longer connect";
        found.push(Consequence::new(step, Effect::Traffic, text));
    }
    if changes("spec.type") {
        let text = "changes its type: addresses from outside may go or become others";
        found.push(Consequence::new(step, Effect::Traffic, text));
    }
    found
}

fn is_below(path: &str, section: &str) -> bool {
    let rest = path.strip_prefix(section);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Says which pods do not notice that what they read changes.
fn stale(plan: &Plan, changed: &Step, fields: &[FieldChange]) -> Vec<Consequence> {
    let is_read = matches!(changed.object.kind.as_str(), "ConfigMap" | "Secret");
    let sections = ["data", "binaryData", "stringData"];
    let is_content = |field: &FieldChange| sections.iter().any(|name| is_below(&field.path, name));
    if !is_read || !fields.iter().any(is_content) {
        return Vec::new();
    }
    let readers =
        plan.steps.iter().filter(|step| rollout::runs_pods(step) && !rollout::restarts(step));
    readers
        .filter_map(|step| {
            let of = Reference::to(&changed.object);
            let used = references(target(step)?).into_iter().filter(|used| used.reference == of);
            let mut uses: Vec<Use> = used.map(|used| used.how).collect();
            uses.sort();
            let text = match uses.last()? {
                Use::Variables => {
                    "which its pods have in variables, and they do not restart: they keep the old ones"
                }
                Use::Files => {
                    "which its pods mount, and they do not restart: the files follow within minutes, \
                     but only a process that reads them again notices"
                }
                Use::Name => return None,
            };
            let text = format!("reads {}, {text}", changed.object);
            Some(Consequence::new(step, Effect::Stale, text))
        })
        .collect()
}

/// Says what goes with an object that is deleted.
fn gone(step: &Step) -> Option<Consequence> {
    let (effect, text) = match step.object.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" => {
            (Effect::Downtime, "is deleted: its pods stop")
        }
        "Service" => (Effect::Traffic, "is deleted: its name and address go"),
        "Ingress" => (Effect::Traffic, "is deleted: its hosts and paths lead nowhere"),
        "PersistentVolumeClaim" => {
            (Effect::Data, "is deleted: the data of the claim goes unless its volume is retained")
        }
        "PersistentVolume" => (Effect::Data, "is deleted: who claims the volume loses it"),
        "Namespace" => (Effect::Data, "is deleted: everything in it goes, whoever made it"),
        "CustomResourceDefinition" => {
            (Effect::Data, "is deleted: all objects of its kind go, whoever made them")
        }
        _ => return None,
    };
    Some(Consequence::new(step, effect, text))
}

/// Says which objects that stay still refer to one that goes.
fn dangling(plan: &Plan, deleted: &Step) -> Vec<Consequence> {
    let of = Reference::to(&deleted.object);
    let refers = |step: &&Step| {
        step.object.namespace == deleted.object.namespace
            && target(step)
                .is_some_and(|object| references(object).iter().any(|used| used.reference == of))
    };
    let others: Vec<String> =
        plan.steps.iter().filter(refers).map(|step| step.object.to_string()).collect();
    if others.is_empty() {
        return Vec::new();
    }
    let (count, verb) = (others.len(), if others.len() == 1 { "refers" } else { "refer" });
    let shown = others.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = if count > 3 { format!(" and {} more", count - 3) } else { String::new() };
    let text = format!("is deleted, and {shown}{more} still {verb} to it");
    vec![Consequence::new(deleted, Effect::Dangling, text)]
}
