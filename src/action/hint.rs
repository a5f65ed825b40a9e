//! What to do next about an error, where that is certain.

use super::Error;
use super::error::{seconds, some_of};
use crate::{cluster, release};

impl Error {
    /// Says what to do next, where that is certain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NameInUse { name, revision, status } if status == "uninstalled" => Some(format!(
                "release `{name}` is at revision {revision} ({status}); --replace takes its name again"
            )),
            Self::NameInUse { name, revision, status } => Some(format!(
                "release `{name}` is at revision {revision} ({status}); use `upgrade {name} CHART`, \
                 or `upgrade --install`, which does what fits"
            )),
            Self::NotFound { namespace, .. } | Self::NoDeployedRelease { namespace, .. } => {
                Some(format!(
                    "it was looked for in namespace `{namespace}`; `list -A` shows the releases of \
                     all namespaces"
                ))
            }
            Self::NoSuchRevision { name, known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                Some(format!(
                    "`{name}` has revisions {}; `history {name}` shows them",
                    known.join(", ")
                ))
            }
            Self::Pending { name, left, .. } => Some(format!(
                "--lock-timeout waits longer; in {} the next run clears it (--pending-grace), and \
                 `rollback {name}` does so at once",
                seconds(*left)
            )),
            Self::Release(release::Error::RecordTooLarge { parts, .. }) => Some(of_size(parts)),
            Self::ApplyFlags { .. } => Some(
                "--server-side=true or false says how; without it the release stays with how it \
                 was applied last"
                    .to_owned(),
            ),
            Self::Locked { .. } => Some(
                "--lock-timeout waits longer; a run that died loses its lock within seconds"
                    .to_owned(),
            ),
            Self::Moved { .. } => Some("nothing was changed; plan again".to_owned()),
            Self::SavedPlan(error) => error.hint().map(str::to_owned),
            Self::Template { hint, .. } => Some(hint.clone()),
            Self::Hook(failure) => Some(failure.hint()),
            Self::NoSuchObject { near, .. } if !near.is_empty() => {
                Some(format!("there is {}", some_of(near)))
            }
            Self::NoSuchField { reached, there, .. } if !there.is_empty() => {
                Some(format!("`{reached}` has {}", some_of(there)))
            }
            Self::InvalidPath { .. } => {
                Some(r#"write it as `.spec.containers[web].image` or `["a.b"]`"#.to_owned())
            }
            Self::Cluster(cluster::Error::NoKubeconfig { .. }) => {
                Some("set KUBECONFIG or use --kubeconfig".to_owned())
            }
            Self::Cluster(error) => of_refusal(error),
            Self::NotRecovered { second, .. } if second.hint().is_some() => second.hint(),
            Self::Recovered { error, .. }
            | Self::NotRecovered { error, .. }
            | Self::NothingToRollBackTo { error, .. } => error.hint(),
            _ => None,
        }
    }
}

/// Says what a record is full of, and what would make it smaller.
fn of_size(parts: &[release::Part]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(part, size)| format!("{part} {size} bytes")).collect();
    format!(
        "before packing: {}; keep large data out of the manifest and the values (an image, a volume, \
         an object store), or split the chart into several releases",
        parts.join(", ")
    )
}

/// Says what to do about objects that cannot be applied.
fn of_refusal(error: &cluster::Error) -> Option<String> {
    match error {
        cluster::Error::Foreign { .. } => Some(
            "--take-ownership makes them part of this release; another release that has them \
             loses them"
                .to_owned(),
        ),
        cluster::Error::Conflict { object, fields, .. } => {
            let fields: Vec<String> =
                fields.iter().map(|field| conflict(field, object.kind == "Secret")).collect();
            Some(format!(
                "{}--force-conflicts takes the fields over; or leave them out of the chart",
                if fields.is_empty() { String::new() } else { format!("{}; ", fields.join("; ")) }
            ))
        }
        cluster::Error::Immutable { object, fields, .. } => {
            let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
            let fields =
                if paths.is_empty() { String::new() } else { format!(" ({})", paths.join(", ")) };
            Some(format!(
                "a field that cannot change once the object exists would change{fields}; \
                 --recreate {}/{} deletes the object and makes it anew",
                object.kind, object.name
            ))
        }
        cluster::Error::Api { reason, message, .. } => rejection_hint(reason, message),
        cluster::Error::Several { errors } => errors.iter().find_map(of_refusal),
        _ => None,
    }
}

/// Says what to do about an object that the API server rejects with this reason and message.
pub fn rejection_hint(reason: &str, message: &str) -> Option<String> {
    if reason == cluster::BREAKING_DEFINITION {
        return Some("--force-crds goes on in spite; --crds=skip leaves crds/ alone".to_owned());
    }
    match cluster::Denial::of(message)? {
        cluster::Denial::Quota(name) => Some(format!(
            "`kubectl describe resourcequota {name}` shows what uses it up; delete some of that, ask \
             for less, or have the quota raised"
        )),
        cluster::Denial::Unreachable(name) => Some(format!(
            "see to what should answer for `{name}`: the Service and its pods, or the webhook's \
             configuration if it is left over (`kubectl get \
             validatingwebhookconfigurations,mutatingwebhookconfigurations`)"
        )),
        cluster::Denial::Refused => None,
    }
}

/// Says who has a field, and both values unless they are secret.
fn conflict(field: &cluster::FieldConflict, is_secret: bool) -> String {
    if is_secret {
        return format!("`{}` has set {}", field.manager, field.field);
    }
    let value = |value: &Option<cluster::Json>| match value {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let (theirs, ours) = (value(&field.theirs), value(&field.ours));
    format!("`{}` has set {} to {theirs}, the chart wants {ours}", field.manager, field.field)
}
