//! Uninstall: everything that a release has goes, and its history with it unless it is kept.

use std::time::Duration;

use super::deploy::objects;
use super::lock::{Lock, LockOptions};
use super::{Context, Error, Event};
use crate::cluster::{Deletion, Owner, Propagation, WaitFor};
use crate::manifest::{Object, ObjectRef, Order, Time};
use crate::release::{Release, Status};

/// What to uninstall.
#[derive(Debug, Clone)]
pub struct Uninstall {
    /// The release's name.
    pub name: String,
    /// Whether to look only.
    pub dry_run: bool,
    /// Whether the records stay.
    pub keep_history: bool,
    /// What happens to the objects that deleted objects own.
    pub propagation: Propagation,
    /// Whether to wait until the objects are gone.
    pub wait: bool,
    /// How long to wait.
    pub timeout: Duration,
    /// The description in the record, in place of Helm's.
    pub description: Option<String>,
    /// How long to wait for other runs.
    pub lock: LockOptions,
}

/// What was uninstalled.
#[derive(Debug)]
pub struct Uninstalled {
    /// The newest revision, as it was recorded last.
    pub release: Release,
    /// The objects that stay, because their `helm.sh/resource-policy` keeps them.
    pub kept: Vec<ObjectRef>,
}

/// Deletes the objects of a release, then its records, also if an operation on it is pending or an
/// earlier uninstall was not finished.
///
/// # Errors
/// Fails when there is no such release, or objects could not be deleted; the records stay then.
pub async fn uninstall(ctx: &Context<'_>, request: Uninstall) -> Result<Uninstalled, Error> {
    super::check_name(&request.name)?;
    ctx.cluster.reach().await?;
    let work = async |lock: &Lock| locked_uninstall(ctx, &request, lock).await;
    ctx.locked(&request.name, "uninstall", request.dry_run, &request.lock, work).await
}

async fn locked_uninstall(
    ctx: &Context<'_>,
    request: &Uninstall,
    lock: &Lock,
) -> Result<Uninstalled, Error> {
    let history = ctx.store.history(&request.name).await?;
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let mut last = history.last().ok_or_else(not_found)?.clone();
    if request.dry_run {
        let (kept, _) = kept_and_gone(&last)?;
        return Ok(Uninstalled { release: last, kept });
    }
    lock.commit(ctx).await?;
    if last.info.status == Status::Uninstalled {
        if request.keep_history {
            return Err(Error::AlreadyDeleted { name: request.name.clone() });
        }
        purge(ctx, &history).await?;
        return Ok(Uninstalled { release: last, kept: Vec::new() });
    }
    warn_of_hooks(ctx, &last);
    last.info.status = Status::Uninstalling;
    last.info.deleted = Time::now();
    last.info.description = "Deletion in progress (or silently failed)".to_owned();
    last.holder = lock.mark();
    ctx.store.update(&mut last).await?;
    let kept = lock.guard(async {
        let (kept, deleted) = delete_objects(ctx, request, &last).await?;
        if request.wait {
            ctx.wait(&deleted, WaitFor::Gone, request.timeout).await?;
        }
        Ok(kept)
    });
    let kept = kept.await?;
    last.holder = None;
    last.info.status = Status::Uninstalled;
    last.info.description =
        request.description.clone().unwrap_or_else(|| "Uninstallation complete".to_owned());
    if request.keep_history {
        ctx.store.update(&mut last).await?;
        supersede_others(ctx, &history, last.version).await?;
    } else {
        purge(ctx, &history).await?;
    }
    Ok(Uninstalled { release: last, kept })
}

fn warn_of_hooks(ctx: &Context<'_>, release: &Release) {
    let hooks = release.hooks_run_on_delete();
    if !hooks.is_empty() {
        ctx.warn(format!("hooks are recorded but not run: {}", hooks.join(", ")));
    }
}

async fn purge(ctx: &Context<'_>, history: &[Release]) -> Result<(), Error> {
    for release in history {
        ctx.store.delete(&release.name, release.version).await?;
    }
    Ok(())
}

async fn supersede_others(
    ctx: &Context<'_>,
    history: &[Release],
    newest: i64,
) -> Result<(), Error> {
    for release in history {
        if release.version != newest && release.info.status == Status::Deployed {
            let mut old = release.clone();
            old.info.status = Status::Superseded;
            ctx.store.update(&mut old).await?;
        }
    }
    Ok(())
}

/// Deletes what is the release's own; returns what was kept and what was deleted.
async fn delete_objects(
    ctx: &Context<'_>,
    request: &Uninstall,
    release: &Release,
) -> Result<(Vec<ObjectRef>, Vec<ObjectRef>), Error> {
    let (kept, gone) = kept_and_gone(release)?;
    let owner = Owner { release: release.name.clone(), namespace: ctx.namespace.clone() };
    let mut deletions = Vec::with_capacity(gone.len());
    for object in gone {
        let reference = match ctx.cluster.settle(&object.reference, &ctx.namespace).await {
            Err(crate::cluster::Error::NoSuchKind { object }) => {
                ctx.warn(format!("`{object}` is left: the cluster no longer has its kind"));
                continue;
            }
            settled => settled?,
        };
        if let Some(why) = ctx.cluster.foreign(&reference, &owner).await? {
            ctx.warn(format!("`{reference}` is left: it is not part of this release ({why})"));
            continue;
        }
        deletions.push(Deletion { object: reference, propagation: request.propagation });
    }
    let errors = ctx.cluster.delete_all(&deletions).await;
    if !errors.is_empty() {
        return Err(Error::Undeleted { name: release.name.clone(), errors });
    }
    let deleted: Vec<ObjectRef> = deletions.into_iter().map(|deletion| deletion.object).collect();
    for object in &deleted {
        (ctx.told)(Event::Deleted(object));
    }
    Ok((kept, deleted))
}

/// Tells the objects that ask to be kept from those that go, in the order in which they go.
fn kept_and_gone(release: &Release) -> Result<(Vec<ObjectRef>, Vec<Object>), Error> {
    let mut ordered: Vec<Object> = objects(&release.manifest)?;
    Order::Uninstall.sort(&mut ordered, |object| &object.reference.kind);
    let (kept, gone): (Vec<Object>, Vec<Object>) = ordered.into_iter().partition(Object::is_kept);
    Ok((kept.into_iter().map(|object| object.reference).collect(), gone))
}
