//! Rollback: the next revision of a release repeats an old one.

use super::deploy::{DeployOptions, DryRun, Operation};
use super::lock::{Lock, Pending};
use super::upgrade::refuse_client_side;
use super::{Context, Error};
use crate::release::Release;

/// Where to go back to.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// The release's name.
    pub name: String,
    /// The revision to go back to; `None` for the one before the newest.
    pub revision: Option<i64>,
    /// How it is carried out.
    pub options: DeployOptions,
}

/// Rolls a release back, and returns the new revision as recorded.
///
/// A release whose last operation is pending can be rolled back, as in Helm.
///
/// # Errors
/// Fails before anything is applied when there is no such release or revision; fails after a
/// failed record was written when the cluster refuses or is not ready.
pub async fn rollback(ctx: &Context<'_>, request: Rollback) -> Result<Release, Error> {
    super::check_name(&request.name)?;
    ctx.cluster.reach().await?;
    let looks_only = request.options.dry_run != DryRun::None;
    let work = async |lock: &Lock| locked_rollback(ctx, &request, lock).await;
    ctx.locked(&request.name, "rollback", looks_only, &request.options.lock, work).await
}

async fn locked_rollback(
    ctx: &Context<'_>,
    request: &Rollback,
    lock: &Lock,
) -> Result<Release, Error> {
    let history = ctx.history_when_free(lock, Pending::Overridden).await?;
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let last = history.last().ok_or_else(not_found)?;
    let target = target(&history, request, last)?;
    refuse_client_side(target)?;
    let mut next = target.clone();
    next.version = last.version + 1;
    next.info.first_deployed = last.info.first_deployed;
    next.info.rollback_revision = target.version;
    next.labels = target.labels.clone();
    for hook in &mut next.hooks {
        hook.last_run = Default::default();
    }
    let operation = Operation::Rollback { to: target.version };
    let done = ctx.deploy(operation, Some(last), next, &request.options, lock).await?;
    if request.options.dry_run == DryRun::None && !done.hooks_run_on_rollback().is_empty() {
        ctx.warn(format!(
            "hooks are recorded but not run: {}",
            done.hooks_run_on_rollback().join(", ")
        ));
    }
    Ok(done)
}

fn target<'a>(
    history: &'a [Release],
    request: &Rollback,
    last: &Release,
) -> Result<&'a Release, Error> {
    let revision = request.revision.filter(|revision| *revision != 0).unwrap_or(last.version - 1);
    history.iter().find(|release| release.version == revision).ok_or_else(|| {
        Error::NoSuchRevision {
            name: request.name.clone(),
            revision,
            known: history.iter().map(|release| release.version).collect(),
        }
    })
}
