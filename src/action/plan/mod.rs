//! What an operation would do, as a value: to be shown, confirmed, saved, and carried out later.
//!
//! The plan of a verb is the first half of the verb itself; nothing here writes to the cluster but
//! [`apply_planned`], which goes on where the verb would have.

mod consequences;
mod masks;
mod moved;
mod saved;
mod sealed;
mod undone;
mod uninstall;

pub use consequences::{Consequence, Effect, consequences};
pub use masks::Masks;
pub use saved::{Error as SavedPlanError, SavedPlan, apply_saved, save_plan};
pub use undone::{ManualChange, Recorded};
pub use uninstall::plan_uninstall;

use std::sync::Arc;

use moved::Seen;

use super::deploy::{Draft, Operation, objects};
use super::install::{draft_install, ready_install};
use super::lock::{Lock, Pending};
use super::rollback::draft_rollback;
use super::upgrade::{draft_upgrade, ready_upgrade};
use super::{Context, Error, Event, Install, Rollback, Uninstall, Upgrade};
use crate::cluster::{Change, Json, Plan, Step, field_changes};
use crate::manifest::{Hook, HookEvent, Object, ObjectRef};
use crate::release::Release;

/// What an operation would do, before it is begun.
#[derive(Debug)]
pub struct Planned {
    /// What happens to each object.
    pub plan: Plan,
    operation: Kind,
    /// What the operation does not bring back.
    not_restored: Vec<String>,
}

/// What is planned.
#[derive(Debug)]
enum Kind {
    /// A revision is deployed.
    Deploy(Arc<Draft>),
    /// A release goes.
    Uninstall { request: Uninstall, release: Box<Release> },
    /// Two revisions are laid side by side; there is nothing to carry out.
    Compare { old: Box<Release>, new: Box<Release> },
}

impl Planned {
    /// Returns the verb, such as `upgrade`.
    pub fn verb(&self) -> &'static str {
        match &self.operation {
            Kind::Deploy(draft) => draft.operation.verb(),
            Kind::Uninstall { .. } => "uninstall",
            Kind::Compare { .. } => "compare",
        }
    }

    /// Returns what the release has now; `None` before its first revision.
    pub fn current(&self) -> Option<&Release> {
        match &self.operation {
            Kind::Deploy(draft) => draft.current.as_ref(),
            Kind::Uninstall { release, .. } => Some(release),
            Kind::Compare { old, .. } => Some(old),
        }
    }

    /// Returns what the release will have; `None` if it goes.
    pub fn next(&self) -> Option<&Release> {
        match &self.operation {
            Kind::Deploy(draft) => Some(&draft.next),
            Kind::Uninstall { .. } => None,
            Kind::Compare { new, .. } => Some(new),
        }
    }

    /// Returns the release that the plan is about, in the state that it will have or had last.
    pub fn release(&self) -> &Release {
        self.next().or(self.current()).expect("a plan is about a release")
    }

    /// Returns the newest revision that there is; 0 for none.
    fn last_revision(&self) -> i64 {
        match &self.operation {
            Kind::Deploy(draft) => draft.next.version - 1,
            Kind::Uninstall { release, .. } => release.version,
            Kind::Compare { old, .. } => old.version,
        }
    }

    /// Returns the hooks that run around the operation, in their order, with the event of each.
    pub fn hooks(&self) -> Vec<(HookEvent, &Hook)> {
        let (release, events) = match &self.operation {
            Kind::Deploy(draft) => (&draft.next, events(draft.operation)),
            Kind::Uninstall { release, .. } => {
                (&**release, [HookEvent::PreDelete, HookEvent::PostDelete])
            }
            Kind::Compare { .. } => return Vec::new(),
        };
        let on = |event: HookEvent| {
            let runs = move |hook: &&Hook| hook.events.contains(&event);
            let mut hooks: Vec<&Hook> = release.hooks.iter().filter(runs).collect();
            hooks.sort_by_key(|hook| hook.weight);
            hooks
        };
        let with_event = |event: HookEvent| {
            on(event.clone()).into_iter().map(move |hook| (event.clone(), hook)).collect::<Vec<_>>()
        };
        events.into_iter().flat_map(with_event).collect()
    }

    /// Returns the marks that stand for the values of Secrets wherever they turn up.
    pub fn masks(&self) -> Masks {
        let mut masks = Masks::default();
        for step in &self.plan.steps {
            let states = [step.live.as_ref(), Some(&step.desired), step.after.as_ref()];
            for state in states.into_iter().flatten() {
                masks.learn(state);
            }
        }
        for release in [self.current(), self.next()].into_iter().flatten() {
            masks.learn_manifest(&release.manifest);
            for hook in &release.hooks {
                masks.learn_manifest(&hook.manifest);
            }
        }
        masks
    }
}

impl Context<'_> {
    /// Tells what a deploy will do.
    pub(super) fn tell_of_plan(&self, draft: Draft, plan: Plan) -> (Draft, Plan) {
        let draft = Arc::new(draft);
        let operation = Kind::Deploy(draft.clone());
        let planned = Planned { plan, operation, not_restored: Vec::new() };
        (self.told)(Event::Planned(&planned));
        let Planned { plan, operation, .. } = planned;
        drop(operation);
        (Arc::unwrap_or_clone(draft), plan)
    }
}

impl Operation {
    pub(in crate::action) fn verb(self) -> &'static str {
        match self {
            Self::Install { .. } => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback { .. } => "rollback",
        }
    }
}

fn events(operation: Operation) -> [HookEvent; 2] {
    match operation {
        Operation::Install { .. } => [HookEvent::PreInstall, HookEvent::PostInstall],
        Operation::Upgrade => [HookEvent::PreUpgrade, HookEvent::PostUpgrade],
        Operation::Rollback { .. } => [HookEvent::PreRollback, HookEvent::PostRollback],
    }
}

/// Plans an install.
///
/// # Errors
/// Fails as the install would before anything is applied; objects that cannot be what they shall
/// are steps of the plan.
pub async fn plan_install(ctx: &Context<'_>, request: Install) -> Result<Planned, Error> {
    let loaded = ready_install(&request).await?;
    let (name, options) = (request.name.clone(), request.options.lock);
    let work =
        async |lock: &Lock| planned(ctx, draft_install(ctx, request, loaded, lock).await?).await;
    ctx.locked(&name, "install", true, &options, work).await
}

/// Plans an upgrade, or with `install` the install of a release that does not exist.
///
/// # Errors
/// As for [`plan_install`].
pub async fn plan_upgrade(ctx: &Context<'_>, request: Upgrade) -> Result<Planned, Error> {
    let loaded = ready_upgrade(&request).await?;
    let (name, options) = (request.name.clone(), request.options.lock);
    let work =
        async |lock: &Lock| planned(ctx, draft_upgrade(ctx, request, loaded, lock).await?).await;
    ctx.locked(&name, "upgrade", true, &options, work).await
}

/// Plans a rollback.
///
/// # Errors
/// As for [`plan_install`].
pub async fn plan_rollback(ctx: &Context<'_>, request: Rollback) -> Result<Planned, Error> {
    super::check_name(&request.name)?;
    let work = async |lock: &Lock| planned(ctx, draft_rollback(ctx, &request, lock).await?).await;
    ctx.locked(&request.name, "rollback", true, &request.options.lock, work).await
}

async fn planned(ctx: &Context<'_>, draft: Draft) -> Result<Planned, Error> {
    let plan = ctx.plan(&draft).await?;
    let not_restored = ctx.not_restored(&draft).await?;
    Ok(Planned { plan, operation: Kind::Deploy(Arc::new(draft)), not_restored })
}

/// Compares the manifests of two revisions; of the cluster only the records are read.
///
/// # Errors
/// Fails when a manifest cannot be read.
pub fn compare_revisions(old: Release, new: Release) -> Result<Planned, Error> {
    let (before, after) = (objects(&old.manifest)?, objects(&new.manifest)?);
    let find = |list: &[Object], wanted: &ObjectRef| {
        let found = list.iter().find(|object| is_same(&object.reference, wanted));
        found.map(|object| Json::from(object.value.clone()))
    };
    let mut plan = Plan::default();
    for object in &after {
        let desired = Json::from(object.value.clone());
        let live = find(&before, &object.reference);
        let change = match &live {
            None => Change::Create,
            Some(live) => match field_changes(live, &desired) {
                fields if fields.is_empty() => Change::Unchanged,
                fields => Change::Update(fields),
            },
        };
        plan.steps.push(step(object, change, desired, live));
    }
    for object in before.iter().rev() {
        if find(&after, &object.reference).is_none() {
            let live = Some(Json::from(object.value.clone()));
            let change = if object.is_kept() { Change::Keep } else { Change::Delete };
            plan.steps.push(step(object, change, Json::Null, live));
        }
    }
    let operation = Kind::Compare { old: Box::new(old), new: Box::new(new) };
    Ok(Planned { plan, operation, not_restored: Vec::new() })
}

fn is_same(one: &ObjectRef, other: &ObjectRef) -> bool {
    (one.group(), &one.kind, &one.namespace, &one.name)
        == (other.group(), &other.kind, &other.namespace, &other.name)
}

fn step(object: &Object, change: Change, desired: Json, live: Option<Json>) -> Step {
    let object = object.reference.clone();
    Step { object, change, after: None, desired, live, remarks: Vec::new() }
}

/// Carries out what was planned, if the cluster is as it was then, and returns the release as
/// recorded.
///
/// # Errors
/// Fails before anything is written when a step cannot be done or the cluster has moved on, then as
/// the verb does.
pub async fn apply_planned(ctx: &Context<'_>, planned: Planned) -> Result<Release, Error> {
    planned.plan.check()?;
    let (seen, last) = (Seen::all(&planned.plan), planned.last_revision());
    match planned.operation {
        Kind::Deploy(draft) => carry_out(ctx, Arc::unwrap_or_clone(draft), last, &seen).await,
        Kind::Uninstall { request, .. } => Ok(super::uninstall(ctx, request).await?.release),
        Kind::Compare { new, .. } => Ok(*new),
    }
}

/// Carries a draft out under its lock, if all is as it was seen.
async fn carry_out(
    ctx: &Context<'_>,
    draft: Draft,
    last: i64,
    seen: &[Seen],
) -> Result<Release, Error> {
    let (name, options) = (draft.next.name.clone(), draft.options.lock);
    let pending = match draft.operation {
        Operation::Rollback { .. } => Pending::Overridden,
        Operation::Install { .. } | Operation::Upgrade => Pending::Respected,
    };
    let verb = draft.operation.verb();
    let work = async |lock: &Lock| {
        ctx.history_when_free(lock, pending).await?;
        let (now, revisions) = tokio::join!(ctx.plan(&draft), ctx.store.revisions(&name));
        let now = now?;
        moved::check(ctx, &name, last, seen, &now).await?;
        let (draft, now) = ctx.tell_of_plan(draft, now);
        now.check()?;
        ctx.carry_plan_out(draft, &now, &revisions?, lock).await
    };
    ctx.locked(&name, verb, false, &options, work).await
}
