//! Why an object cannot become what a deploy wants, as far as the API server said.

use kube::core::Status;

use crate::cluster::fields::{FieldChange, at, differing};
use crate::cluster::{Error, Json};
use crate::manifest::ObjectRef;

/// Why a step cannot be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// It exists and belongs to someone else; what it lacks to be the release's.
    Foreign(String),
    /// Other field managers own fields that the manifest sets.
    Conflict {
        /// Each field with who owns it.
        fields: Vec<FieldConflict>,
        /// The API server's words.
        message: String,
    },
    /// Fields would change that cannot change once the object exists.
    Immutable {
        /// The fields.
        fields: Vec<FieldChange>,
        /// The API server's words.
        message: String,
    },
    /// The cluster has no such kind, and nothing in the release brings it.
    NoSuchKind,
    /// The API server refuses it: a schema, a quota, a right, an admission webhook.
    Rejected {
        /// The API server's words.
        message: String,
        /// The API server's word for it, such as `Forbidden`.
        reason: String,
        /// The HTTP status.
        code: u16,
    },
}

/// A field that somebody else has set.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldConflict {
    /// Who, such as `kubectl-client-side-apply`.
    pub manager: String,
    /// Through which subresource, such as `scale`.
    pub subresource: Option<String>,
    /// The field, such as `.spec.replicas`.
    pub field: String,
    /// What it is.
    pub theirs: Option<Json>,
    /// What the manifest says.
    pub ours: Option<Json>,
}

impl FieldConflict {
    /// Says whether it is the number of replicas that an autoscaler keeps.
    pub(super) fn is_autoscaled(&self) -> bool {
        self.field == ".spec.replicas"
            && self.manager == "kube-controller-manager"
            && self.subresource.as_deref() == Some("scale")
    }
}

impl Refusal {
    /// Reads what the API server said of `desired`; `live` is what is there.
    pub(in crate::cluster) fn of(status: &Status, desired: &Json, live: Option<&Json>) -> Self {
        let message = status.message.clone();
        let fields = conflicts(status, desired, live);
        if status.code == 409 && !fields.is_empty() {
            return Self::Conflict { fields, message };
        }
        if let Some(live) = live
            && status.code == 422
            && is_immutable(&message)
        {
            return Self::Immutable { fields: immutable_fields(status, desired, live), message };
        }
        Self::Rejected { message, reason: status.reason.clone(), code: status.code }
    }

    /// Returns the refusal as what went wrong.
    pub(in crate::cluster) fn error(&self, object: &ObjectRef) -> Error {
        let object = object.clone();
        match self.clone() {
            Self::Foreign(why) => Error::Foreign { objects: vec![(object, why)] },
            Self::Conflict { message, fields } => Error::Conflict { object, message, fields },
            Self::Immutable { message, fields } => Error::Immutable { object, message, fields },
            Self::NoSuchKind => Error::NoSuchKind { object },
            Self::Rejected { message, reason, code } => {
                Error::Api { doing: format!("apply `{object}`"), message, reason, code }
            }
        }
    }
}

/// The words of Kubernetes' validation for fields that cannot change.
fn is_immutable(message: &str) -> bool {
    ["immutable", "updates to statefulset spec", "may not change", "may not be changed"]
        .iter()
        .any(|words| message.contains(words))
}

fn immutable_fields(status: &Status, desired: &Json, live: &Json) -> Vec<FieldChange> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut fields: Vec<FieldChange> = causes
        .filter_map(|cause| {
            let (old, new) = (at(live, &cause.field), at(desired, &cause.field)?);
            let below = old.map(|old| differing(old, new)).unwrap_or_default();
            let below = below.into_iter().filter(|change| !change.path.is_empty());
            let below: Vec<FieldChange> = below
                .map(|change| FieldChange {
                    path: path_below(&cause.field, &change.path),
                    ..change
                })
                .collect();
            let whole = || FieldChange {
                path: cause.field.clone(),
                old: old.cloned(),
                new: Some(new.clone()),
            };
            Some(if below.is_empty() { vec![whole()] } else { below })
        })
        .flatten()
        .collect();
    fields.dedup();
    fields
}

fn path_below(path: &str, below: &str) -> String {
    if below.starts_with('[') { format!("{path}{below}") } else { format!("{path}.{below}") }
}

fn conflicts(status: &Status, desired: &Json, live: Option<&Json>) -> Vec<FieldConflict> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| FieldConflict {
            manager: quoted_after(&cause.message, "conflict with ").unwrap_or_default(),
            subresource: quoted_after(&cause.message, "with subresource "),
            field: cause.field.clone(),
            theirs: live.and_then(|live| at(live, &cause.field)).cloned(),
            ours: at(desired, &cause.field).cloned(),
        })
        .collect()
}

fn quoted_after(message: &str, words: &str) -> Option<String> {
    let (_, after) = message.split_once(words)?;
    let (name, _) = after.strip_prefix('"')?.split_once('"')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(value: Json) -> Status {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_conflict_names_manager_field_and_both_values() {
        let status = status(json!({
            "status": "Failure", "code": 409, "reason": "Conflict", "message": "Apply failed with 1 conflict",
            "details": {"causes": [{
                "reason": "FieldManagerConflict", "field": ".spec.replicas",
                "message": "conflict with \"kube-controller-manager\" with subresource \"scale\" using apps/v1",
            }]},
        }));
        let (desired, live) = (json!({"spec": {"replicas": 2}}), json!({"spec": {"replicas": 7}}));
        let Refusal::Conflict { fields, .. } = Refusal::of(&status, &desired, Some(&live)) else {
            panic!("not a conflict");
        };
        assert!(fields[0].is_autoscaled());
        assert_eq!((&fields[0].theirs, &fields[0].ours), (&Some(json!(7)), &Some(json!(2))));
    }

    #[test]
    fn an_immutable_field_is_named_with_both_values() {
        let status = status(json!({
            "status": "Failure", "code": 422, "reason": "Invalid",
            "message": "Job.batch \"x\" is invalid: spec.template: Invalid value: {}: field is immutable",
            "details": {"causes": [{"reason": "FieldValueInvalid", "message": "field is immutable", "field": "spec.template"}]},
        }));
        let desired = json!({"spec": {"template": {"spec": {"image": "b"}}}});
        let live = json!({"spec": {"template": {"spec": {"image": "a", "dns": "x"}}}});
        let Refusal::Immutable { fields, .. } = Refusal::of(&status, &desired, Some(&live)) else {
            panic!("not immutable");
        };
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].path, "spec.template.spec.image");
    }
}
