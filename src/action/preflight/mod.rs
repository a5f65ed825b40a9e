//! What would go wrong with a deploy, found before its first write: all of it at once.
//!
//! Only what is certain is said. Where this user may not look, nothing is said of what is there.

mod budgets;
mod capacity;
mod permissions;
mod quantity;
mod references;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::lint::deprecated;
use super::references::pod_spec;
use super::{Context, Error, Planned, deploy};
use crate::chart::KubeVersion;
use crate::cluster::{self, Change, Denial, Json, Refusal, Step};
use crate::manifest::ObjectRef;

/// What is asked besides.
#[derive(Debug, Clone, Default)]
pub struct Preflight {
    /// Whether the objects would also be there in this version of Kubernetes.
    pub target_kube_version: Option<KubeVersion>,
}

/// Something that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The object that it happens to; `None` for what the release as a whole lacks.
    pub object: Option<ObjectRef>,
    /// A word for it that does not change, such as `missing-secret`.
    pub code: &'static str,
    /// A sentence; no values of Secrets are in it.
    pub text: String,
}

impl Finding {
    fn new(object: &ObjectRef, code: &'static str, text: impl Into<String>) -> Self {
        Self { object: Some(object.clone()), code, text: text.into() }
    }
}

/// An object that the release will have, and what there is of it now.
struct Wanted<'a> {
    object: &'a ObjectRef,
    desired: Cow<'a, Json>,
    /// As it is; `None` if it does not exist.
    live: Option<&'a Json>,
    /// Whether its pods will be others.
    changes: bool,
    is_hook: bool,
}

/// Returns everything that would go wrong if a plan were carried out.
///
/// # Errors
/// Fails when the API server does not answer.
pub async fn preflight(
    ctx: &Context<'_>,
    planned: &Planned,
    request: &Preflight,
) -> Result<Vec<Finding>, Error> {
    let hooks = hooks(ctx, planned).await?;
    let steps = planned.plan.steps.iter().filter(|step| !is_going(step));
    let mut wanted: Vec<Wanted<'_>> = steps.map(of_step).collect();
    wanted.extend(hooks.iter().map(|(object, desired)| Wanted {
        object,
        desired: Cow::Borrowed(desired),
        live: None,
        changes: true,
        is_hook: true,
    }));
    let mut found: Vec<Finding> = planned.plan.steps.iter().filter_map(refused).collect();
    if let Some(version) = &request.target_kube_version {
        found.extend(wanted.iter().filter_map(|wanted| removed(wanted.object, version)));
    }
    let (denied, missing, lacking) = tokio::try_join!(
        permissions::denied(ctx, planned, &wanted),
        references::missing(ctx, &wanted),
        capacity::lacking(ctx, &wanted),
    )?;
    found.extend(denied.into_iter().chain(missing).chain(lacking));
    found.extend(budgets::blocking(&wanted));
    found.sort();
    found.dedup();
    Ok(found)
}

fn is_going(step: &Step) -> bool {
    matches!(step.change, Change::Delete | Change::Keep)
}

fn of_step(step: &Step) -> Wanted<'_> {
    let desired = step.after.as_ref().unwrap_or(&step.desired);
    let pods = |object: &Json| pod_spec(object).cloned();
    Wanted {
        object: &step.object,
        desired: Cow::Borrowed(desired),
        live: step.live.as_ref(),
        changes: step.live.as_ref().is_none_or(|live| pods(live) != pods(desired)),
        is_hook: false,
    }
}

/// Returns the objects of the hooks that would run.
async fn hooks(ctx: &Context<'_>, planned: &Planned) -> Result<Vec<(ObjectRef, Json)>, Error> {
    let mut found = Vec::new();
    for (_, hook) in planned.hooks() {
        for object in deploy::objects(&hook.manifest)? {
            // Its kind may be one that the release itself brings.
            let settled = ctx.cluster.settle(&object.reference, &ctx.namespace).await;
            let reference = settled.unwrap_or_else(|_| object.reference.clone());
            if found.iter().all(|(known, _)| *known != reference) {
                found.push((reference, Json::from(object.value)));
            }
        }
    }
    Ok(found)
}

/// Says why a step cannot be done.
fn refused(step: &Step) -> Option<Finding> {
    let Change::Refused(refusal) = &step.change else { return None };
    let found = |code, text: String| Some(Finding::new(&step.object, code, text));
    match refusal {
        Refusal::Foreign(why) => {
            found("foreign-object", format!("it exists and is not part of this release: {why}"))
        }
        Refusal::Conflict { fields, .. } => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("`{}` has set {}", field.manager, field.field))
                .collect();
            found("field-conflict", fields.join("; "))
        }
        Refusal::Immutable { fields, .. } => {
            let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
            found("immutable-field", format!("it exists, and {} cannot change", paths.join(", ")))
        }
        Refusal::NoSuchKind => found(
            "no-such-kind",
            format!(
                "the cluster has no kind `{}` in `{}`, and nothing in the release brings it",
                step.object.kind, step.object.api_version
            ),
        ),
        // What the authorizers refuse is found by asking them.
        Refusal::Rejected { code: 403, message, .. } if message.contains("\" cannot ") => None,
        Refusal::Rejected { message, .. } => {
            let code = match Denial::of(message) {
                Some(Denial::Quota(_)) => "quota-exceeded",
                Some(Denial::Unreachable(_) | Denial::Refused) => "admission-refused",
                None => "rejected",
            };
            let is_secret = step.object.kind == "Secret";
            found(code, if is_secret { "the API server refuses it" } else { message }.to_owned())
        }
    }
}

fn removed(object: &ObjectRef, version: &KubeVersion) -> Option<Finding> {
    let (until, instead) = deprecated::removed(&object.api_version, &object.kind, version)?;
    let instead = if instead.is_empty() { String::new() } else { format!("; use {instead}") };
    let text = format!("Kubernetes 1.{until} and later have no {}{instead}", object.api_version);
    Some(Finding::new(object, "removed-api", text))
}

/// Returns the objects of a kind as they are; nothing where this user may not look or there is no
/// such kind.
async fn list(
    ctx: &Context<'_>,
    api_version: &str,
    kind: &str,
    namespace: &str,
) -> Result<Option<Vec<Json>>, Error> {
    match ctx.cluster.lookup(api_version, kind, namespace, "").await {
        Ok(list) => Ok(list["items"].as_array().cloned()),
        Err(
            cluster::Error::Api { code: 401 | 403 | 404, .. } | cluster::Error::NoSuchKind { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
