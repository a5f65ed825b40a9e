//! Uninstall: everything that a release has goes, and its history with it unless it is kept.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::deploy::objects;
use super::lock::{Lock, LockOptions};
use super::{Context, Error, Event, Leftover};
use crate::cluster::{Deletion, Owner, Propagation, WaitFor};
use crate::manifest::{HookEvent, Object, ObjectRef, Order, Time};
use crate::release::{Info, Release, Status};

/// What to uninstall.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Uninstall {
    /// The release's name.
    pub name: String,
    /// Whether to look only.
    pub dry_run: bool,
    /// Whether what would stay behind is deleted too.
    pub all: bool,
    /// Whether the records stay.
    pub keep_history: bool,
    /// What happens to the objects that deleted objects own.
    pub propagation: Propagation,
    /// Whether to wait until the objects are gone.
    pub wait: bool,
    /// How long to wait, for each hook and for the objects.
    pub timeout: Duration,
    /// Whether hooks are run.
    pub hooks: bool,
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
    /// The objects that stay, because they are not the release's own.
    pub foreign: Vec<ObjectRef>,
}

/// How many objects are looked at at once.
const CONCURRENCY: usize = 16;

/// Deletes the objects of a release, then its records, also if an operation on it is pending or an
/// earlier uninstall was not finished.
///
/// # Errors
/// Fails when there is no such release, or objects could not be deleted; the records stay then.
pub async fn uninstall(ctx: &Context<'_>, request: Uninstall) -> Result<Uninstalled, Error> {
    super::check_name(&request.name)?;
    let work = async |lock: &Lock| locked_uninstall(ctx, &request, lock).await;
    ctx.locked(&request.name, "uninstall", request.dry_run, &request.lock, work).await
}

/// Uninstalls under a lock that is held already.
pub(super) async fn locked_uninstall(
    ctx: &Context<'_>,
    request: &Uninstall,
    lock: &Lock,
) -> Result<Uninstalled, Error> {
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let mut last = ctx.store.last(&request.name).await?.ok_or_else(not_found)?;
    if request.dry_run {
        let parts = Parts::of(&last, &ctx.namespace)?;
        leftovers(ctx, request, &last, &parts).await;
        return Ok(Uninstalled { release: last, kept: parts.kept, foreign: Vec::new() });
    }
    lock.commit(ctx).await?;
    if last.info.status == Status::Uninstalled {
        if request.keep_history {
            return Err(Error::AlreadyDeleted { name: request.name.clone() });
        }
        leave(ctx, request, &last, &Parts::of(&last, &ctx.namespace)?).await?;
        ctx.store.forget(&request.name).await?;
        return Ok(Uninstalled { release: last, kept: Vec::new(), foreign: Vec::new() });
    }
    let before = last.info.clone();
    last.info.status = Status::Uninstalling;
    last.info.deleted = Time::now();
    last.info.description = "Deletion in progress (or silently failed)".to_owned();
    last.holder = lock.mark();
    if request.hooks {
        let hooks = ctx.run_hooks(&mut last, HookEvent::PreDelete, request.timeout);
        if let Err(error) = lock.guard(hooks).await {
            return Err(not_begun(ctx, before, last, error).await);
        }
    }
    lock.guard(delete_all(ctx, request, last)).await
}

/// Records that nothing was deleted, so that the release can be upgraded as before.
async fn not_begun(ctx: &Context<'_>, before: Info, mut last: Release, error: Error) -> Error {
    let description = format!("Uninstall \"{}\" failed: {error}", last.name);
    last.info = Info { status: Status::Failed, description, ..before };
    last.holder = None;
    if let Err(second) = ctx.store.update(&mut last).await {
        // The first failure is what the user must see.
        ctx.warn(format!("cannot record that the uninstall failed: {second}"));
    }
    error
}

/// Deletes the objects, runs the last hooks, and then deletes the records.
async fn delete_all(
    ctx: &Context<'_>,
    request: &Uninstall,
    mut last: Release,
) -> Result<Uninstalled, Error> {
    ctx.store.update(&mut last).await?;
    let parts = Parts::of(&last, &ctx.namespace)?;
    let (deleted, foreign) = delete_objects(ctx, request, &last, &parts.gone).await?;
    // What is left in a kind or a namespace is counted when what goes is gone.
    if request.wait || request.all {
        ctx.wait(&deleted, WaitFor::Gone, request.timeout).await?;
    }
    // The objects are gone, so the release is, too, however its last hooks end.
    let hooks = match request.hooks {
        true => ctx.run_hooks(&mut last, HookEvent::PostDelete, request.timeout).await,
        false => Ok(()),
    };
    leave(ctx, request, &last, &parts).await?;
    last.holder = None;
    last.info.status = Status::Uninstalled;
    last.info.description =
        request.description.clone().unwrap_or_else(|| "Uninstallation complete".to_owned());
    let namespace = delete_own_namespace(ctx, request, &last, &parts).await?;
    if request.keep_history && namespace.is_empty() {
        ctx.store.update(&mut last).await?;
        let revisions = ctx.store.revisions(&request.name).await?;
        ctx.store.supersede(&revisions, None, last.version).await?;
    } else {
        ctx.store.forget(&request.name).await?;
    }
    if request.wait {
        ctx.wait(&namespace, WaitFor::Gone, request.timeout).await?;
    }
    let kept = if request.all { Vec::new() } else { parts.kept };
    hooks.map(|()| Uninstalled { release: last, kept, foreign })
}

/// Says what stays, and deletes it if that is wanted.
async fn leave(
    ctx: &Context<'_>,
    request: &Uninstall,
    release: &Release,
    parts: &Parts,
) -> Result<(), Error> {
    let leftovers = leftovers(ctx, request, release, parts).await;
    if request.all { ctx.take(release, &leftovers, request.timeout).await } else { Ok(()) }
}

async fn leftovers(
    ctx: &Context<'_>,
    request: &Uninstall,
    release: &Release,
    parts: &Parts,
) -> Vec<Leftover> {
    let mut leftovers = ctx.leftovers(release, parts.spared()).await;
    // The namespace goes anyhow where the manifest has it, and stays where it holds the history.
    let namespace_is_settled = parts.own_namespace.is_some() || request.keep_history;
    leftovers.retain(|left| !(namespace_is_settled && left.object.kind == "Namespace"));
    if !leftovers.is_empty() {
        let (name, leftovers) = (&request.name, &leftovers);
        (ctx.told)(Event::LeftBehind { name, leftovers, taken: request.all });
    }
    leftovers
}

/// Deletes the namespace of the release where the release has it as an object: last, because its
/// hooks and records are in it. Returns it if it goes.
async fn delete_own_namespace(
    ctx: &Context<'_>,
    request: &Uninstall,
    release: &Release,
    parts: &Parts,
) -> Result<Vec<ObjectRef>, Error> {
    let Some(namespace) = &parts.own_namespace else { return Ok(Vec::new()) };
    let (deleted, _) =
        delete_objects(ctx, request, release, std::slice::from_ref(namespace)).await?;
    if request.keep_history && !deleted.is_empty() {
        ctx.warn(format!(
            "the history of `{}` cannot be kept: its namespace `{}` is one of its objects and goes",
            release.name, ctx.namespace
        ));
    }
    Ok(deleted)
}

/// Deletes what is the release's own; returns what was deleted, and what is not its own.
async fn delete_objects(
    ctx: &Context<'_>,
    request: &Uninstall,
    release: &Release,
    objects: &[ObjectRef],
) -> Result<(Vec<ObjectRef>, Vec<ObjectRef>), Error> {
    let owner = Owner { release: release.name.clone(), namespace: ctx.namespace.clone() };
    let mut settled = Vec::with_capacity(objects.len());
    for object in objects {
        match ctx.cluster.settle_served(object, &ctx.namespace).await? {
            Some(object) => settled.push(object),
            None => ctx.warn(format!(
                "`{object}` is passed over: the cluster no longer has `{}` in any version",
                object.kind
            )),
        }
    }
    let looks = settled.into_iter().map(|object| async {
        let why = ctx.cluster.foreign(&object, &owner).await?;
        Ok::<_, Error>((object, why))
    });
    let looked: Vec<(ObjectRef, Option<String>)> =
        stream::iter(looks).buffered(CONCURRENCY).try_collect().await?;
    let (mut deletions, mut foreign) = (Vec::with_capacity(looked.len()), Vec::new());
    for (object, why) in looked {
        match why {
            Some(why) => {
                ctx.warn(format!("`{object}` is left: it is not part of this release ({why})"));
                foreign.push(object);
            }
            None => deletions.push(Deletion { object, propagation: request.propagation }),
        }
    }
    let errors = ctx.cluster.delete_all(&deletions).await;
    if !errors.is_empty() {
        return Err(Error::Undeleted { name: release.name.clone(), errors });
    }
    let deleted: Vec<ObjectRef> = deletions.into_iter().map(|deletion| deletion.object).collect();
    for object in &deleted {
        (ctx.told)(Event::Deleted(object));
    }
    Ok((deleted, foreign))
}

/// The objects of a release by what an uninstall does with them.
struct Parts {
    /// Those that ask to be kept.
    kept: Vec<ObjectRef>,
    /// Those that ask for what nobody knows, with what they ask for; Helm leaves them, too.
    unclear: Vec<(ObjectRef, String)>,
    /// Those that go, in the order in which they go.
    gone: Vec<ObjectRef>,
    /// The namespace that the release lives in.
    own_namespace: Option<ObjectRef>,
}

impl Parts {
    fn of(release: &Release, namespace: &str) -> Result<Self, Error> {
        let mut ordered: Vec<Object> = objects(&release.manifest)?;
        Order::Uninstall.sort(&mut ordered, |object| &object.reference.kind);
        let mut parts = Self { kept: vec![], unclear: vec![], gone: vec![], own_namespace: None };
        for object in ordered {
            let policy = object.policy().map(str::to_owned);
            let (is_kept, reference) = (object.is_kept(), object.reference);
            match policy {
                Some(_) if is_kept => parts.kept.push(reference),
                Some(policy) => parts.unclear.push((reference, policy)),
                None if reference.kind == "Namespace" && reference.name == namespace => {
                    parts.own_namespace = Some(reference);
                }
                None => parts.gone.push(reference),
            }
        }
        Ok(parts)
    }

    /// Returns what stays by its policy, and why.
    fn spared(&self) -> Vec<(ObjectRef, String)> {
        let why = |policy: &str| format!("helm.sh/resource-policy: {policy}");
        let kept = self.kept.iter().map(|object| (object.clone(), why("keep")));
        let unclear = self.unclear.iter().map(|(object, policy)| {
            (object.clone(), format!("{}, which is no policy that is known", why(policy)))
        });
        kept.chain(unclear).collect()
    }
}
