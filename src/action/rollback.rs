//! Rollback: the next revision of a release repeats an old one.

use super::deploy::{DeployOptions, Draft, DryRun, Operation, others};
use super::lock::{Lock, Pending};
use super::{Context, Error, Event, healthy};
use crate::release::{Entry, Release};

/// Where to go back to.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// The release's name.
    pub name: String,
    /// The revision to go back to.
    pub target: Target,
    /// How it is carried out.
    pub options: DeployOptions,
}

/// Which revision to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Revision(i64),
    /// The last one that was seen to be healthy.
    LastHealthy,
    /// The one before the newest, as Helm picks it.
    Previous,
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
    let looks_only = request.options.dry_run != DryRun::None;
    let work = async |lock: &Lock| {
        let draft = draft_rollback(ctx, &request, lock).await?;
        if let Some(reason) = &draft.reason {
            (ctx.told)(Event::Chosen { revision: draft.next.info.rollback_revision, reason });
        }
        ctx.deploy(draft, lock).await
    };
    ctx.locked(&request.name, "rollback", looks_only, &request.options.lock, work).await
}

/// Prepares the next revision, which repeats an old one.
pub(super) async fn draft_rollback(
    ctx: &Context<'_>,
    request: &Rollback,
    lock: &Lock,
) -> Result<Draft, Error> {
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let recent = ctx.history_when_free(lock, Pending::Overridden).await?;
    let last = recent.last().ok_or_else(not_found)?;
    let revisions = ctx.store.revisions(&request.name).await?;
    let newest = revisions.last().ok_or_else(not_found)?;
    let mut reason = None;
    let revision = match request.target {
        Target::Revision(revision) => revision,
        Target::Previous => newest.key.version - 1,
        Target::LastHealthy => {
            let choice = healthy::choose(&ctx.store.read(&revisions).await?);
            reason = choice.as_ref().map(|choice| choice.reason.clone());
            choice.map_or(newest.key.version - 1, |choice| choice.revision)
        }
    };
    let target = target(&revisions, request, revision)?;
    let target = ctx.store.get(&request.name, target.key.version).await?.ok_or_else(not_found)?;
    let mut next = target.clone();
    next.version = last.version + 1;
    next.info.first_deployed = last.info.first_deployed;
    next.healthy = None;
    next.verdict = None;
    next.info.rollback_revision = target.version;
    next.apply_method = request.options.method.unwrap_or(target.apply_method);
    let operation = Operation::Rollback { to: target.version };
    let (current, options) = (Some(last.clone()), request.options.clone());
    let others = others(&recent, last);
    Ok(Draft { operation, current, others, next, options, reason })
}

fn target<'a>(
    revisions: &'a [Entry],
    request: &Rollback,
    revision: i64,
) -> Result<&'a Entry, Error> {
    revisions.iter().find(|entry| entry.key.version == revision).ok_or_else(|| {
        Error::NoSuchRevision {
            name: request.name.clone(),
            revision,
            known: revisions.iter().map(|entry| entry.key.version).collect(),
        }
    })
}
