//! The one path of install, upgrade and rollback: plan, record, hooks, apply, wait, hooks, record.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::crds::crds;
use super::lock::{Lock, LockOptions};
use super::recover::Failure;
use super::{Context, Error, Event, verdict};
use crate::cluster::{Change, CrdPolicy, Owner, Plan, PlanOptions, Selection, WaitFor};
use crate::manifest::{HookEvent, Manifest, Object, ObjectRef, Time};
use crate::release::{self, ApplyMethod, Entry, Release, Status};

/// Whether anything is changed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DryRun {
    /// The operation is carried out.
    #[default]
    None,
    /// Nothing is asked of the cluster.
    Client,
    /// The cluster is asked, but nothing in it changes.
    Server,
}

/// How a deploy is carried out, whichever operation it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeployOptions {
    /// Whether to go on, or only look.
    pub dry_run: DryRun,
    /// Whether to wait until the objects are ready.
    pub wait: bool,
    /// Whether waiting includes that Jobs are complete.
    pub wait_for_jobs: bool,
    /// How long to wait, for each hook and for the objects.
    pub timeout: Duration,
    /// Whether hooks are run.
    pub hooks: bool,
    /// The description in the record, in place of Helm's.
    pub description: Option<String>,
    /// Take fields over from other managers.
    pub force_conflicts: bool,
    /// Put back what was changed by hand, and nothing that controllers keep.
    #[serde(default)]
    pub repair: bool,
    /// Take objects over that belong to nobody or to another release.
    pub take_ownership: bool,
    /// Who works the changes out; `None` for whoever did it last.
    pub method: Option<ApplyMethod>,
    /// Objects that change are replaced whole.
    pub force_replace: bool,
    /// Objects to delete and make anew where a field cannot change.
    pub recreate: Vec<Selection>,
    /// The API server does not check fields against its schema.
    pub disable_openapi_validation: bool,
    /// What happens to the files of `crds/`; `None` for what Helm does: an install applies them,
    /// nothing else touches them.
    pub crds: Option<CrdPolicy>,
    /// Go on although a definition breaks what is there.
    pub force_crds: bool,
    /// Whether what a failed install or upgrade did is taken back.
    #[serde(default)]
    pub rollback_on_failure: bool,
    /// Whether the objects that a failed operation made are deleted.
    #[serde(default)]
    pub cleanup_on_fail: bool,
    /// How many revisions to keep; 0 keeps all.
    pub history_max: usize,
    /// How long to wait for other runs.
    pub lock: LockOptions,
}

impl DeployOptions {
    /// Checks that the options go together with how a release is applied, as Helm does.
    fn check(&self, method: ApplyMethod) -> Result<(), Error> {
        let reason = match method {
            _ if self.force_conflicts && self.force_replace => {
                "invalid operation: cannot use force conflicts and force replace together"
            }
            ApplyMethod::ServerSide if self.force_replace => {
                "invalid operation: cannot use server-side apply and force replace together"
            }
            ApplyMethod::ClientSide if self.force_conflicts => {
                "invalid client update option(s): forceConflicts enabled when serverSideApply disabled"
            }
            _ => return Ok(()),
        };
        Err(Error::ApplyFlags { reason })
    }
}

/// What the operations do differently.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Operation {
    /// The first revision.
    Install {
        /// Whether the namespace is made first.
        create_namespace: bool,
    },
    /// A revision of a new chart or new values.
    Upgrade,
    /// A revision that repeats an old one.
    Rollback {
        /// The old one.
        to: i64,
    },
}

impl Operation {
    fn pending(self) -> Status {
        match self {
            Self::Install { .. } => Status::PendingInstall,
            Self::Upgrade => Status::PendingUpgrade,
            Self::Rollback { .. } => Status::PendingRollback,
        }
    }

    fn under_way(self) -> String {
        match self {
            Self::Install { .. } => "Initial install underway".to_owned(),
            Self::Upgrade => "Preparing upgrade".to_owned(),
            Self::Rollback { to } => format!("Rollback to {to}"),
        }
    }

    fn complete(self) -> String {
        match self {
            Self::Install { .. } => "Install complete".to_owned(),
            Self::Upgrade => "Upgrade complete".to_owned(),
            Self::Rollback { to } => format!("Rollback to {to}"),
        }
    }

    fn failed(self, name: &str, error: &Error) -> String {
        let error = match error {
            Error::NotReady(failure) => failure.summary(),
            error => error.to_string(),
        };
        match self {
            Self::Install { .. } => format!("Release \"{name}\" failed: {error}"),
            Self::Upgrade => format!("Upgrade \"{name}\" failed: {error}"),
            Self::Rollback { .. } => format!("Rollback \"{name}\" failed: {error}"),
        }
    }

    /// Returns `next` as a dry run leaves it.
    pub(super) fn dry(self, mut next: Release, options: &DeployOptions) -> Release {
        stamp(&mut next);
        next.info.status = self.pending();
        next.info.description =
            options.description.clone().unwrap_or_else(|| "Dry run complete".to_owned());
        next
    }

    /// Returns the events before and after the objects are applied.
    fn hook_events(self) -> (HookEvent, HookEvent) {
        match self {
            Self::Install { .. } => (HookEvent::PreInstall, HookEvent::PostInstall),
            Self::Upgrade => (HookEvent::PreUpgrade, HookEvent::PostUpgrade),
            Self::Rollback { .. } => (HookEvent::PreRollback, HookEvent::PostRollback),
        }
    }

    /// Decides what happens to the files of `crds/`; a rollback never takes a definition back.
    pub(super) fn crds(self, options: &DeployOptions) -> CrdPolicy {
        match self {
            Self::Install { .. } => options.crds.unwrap_or(CrdPolicy::Upgrade),
            Self::Upgrade => options.crds.unwrap_or(CrdPolicy::Skip),
            Self::Rollback { .. } => CrdPolicy::Skip,
        }
    }

    fn creates_namespace(self) -> bool {
        matches!(self, Self::Install { create_namespace: true })
    }
}

/// A revision that a verb has prepared: what it shall be, and over what it is laid.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) operation: Operation,
    /// What the release has now.
    pub(super) current: Option<Release>,
    /// Revisions besides, such as one that failed: they may have made objects that would stay for
    /// ever.
    pub(super) others: Vec<Release>,
    /// What it shall have.
    pub(super) next: Release,
    pub(super) options: DeployOptions,
    /// Why it is this revision, where the user did not name it.
    pub(super) reason: Option<String>,
}

/// Returns the revisions besides the current one whose objects may be in the cluster.
pub(super) fn others(recent: &[Release], current: &Release) -> Vec<Release> {
    let may_have_objects =
        |release: &&Release| matches!(release.info.status, Status::Deployed | Status::Failed);
    let is_other = |release: &&Release| release.version != current.version;
    recent.iter().filter(may_have_objects).filter(is_other).cloned().collect()
}

impl Context<'_> {
    /// Carries a draft out, and returns it as recorded.
    pub(super) async fn deploy(&self, draft: Draft, lock: &Lock) -> Result<Release, Error> {
        // Who else makes a revision after this look makes the one that shall be made here, and so
        // stops it.
        let (plan, revisions) =
            tokio::join!(self.plan(&draft), self.store.revisions(&draft.next.name));
        let (draft, plan) = self.tell_of_plan(draft, plan?);
        plan.check()?;
        self.tell_of_crds(&plan);
        self.carry_plan_out(draft, &plan, &revisions?, lock).await
    }

    /// Carries a draft out as it was planned, unless it is a dry run; `revisions` are all there are.
    pub(super) async fn carry_plan_out(
        &self,
        draft: Draft,
        plan: &Plan,
        revisions: &[Entry],
        lock: &Lock,
    ) -> Result<Release, Error> {
        let Draft { operation, current, mut next, options, .. } = draft;
        stamp(&mut next);
        self.fit(&mut next)?;
        if options.dry_run != DryRun::None {
            return Ok(operation.dry(next, &options));
        }
        if operation.creates_namespace() {
            self.cluster.create_namespace(&self.namespace).await?;
        }
        lock.commit(self).await?;
        next.info.status = operation.pending();
        next.info.description = operation.under_way();
        next.holder = lock.mark();
        if let (Operation::Upgrade, Some(current)) = (operation, &current) {
            self.stamp_if_healthy(current, next.version, plan).await;
        }
        if !matches!(operation, Operation::Install { .. }) {
            self.store.make_room(revisions, options.history_max).await?;
        }
        // The record is the lock for Helm, and where there is no other: a second run that makes the
        // same revision is refused here.
        self.create_record(&mut next).await?;
        let created = Mutex::default();
        match self.carry_out(operation, plan, &mut next, lock, &options, &created).await {
            Ok(()) => {
                if options.wait {
                    next.healthy = Some(jiff::Timestamp::now());
                }
                self.record_success(operation, &mut next, &options).await?;
                self.store.supersede(revisions, current, next.version).await?;
                Ok(next)
            }
            Err(error) => {
                self.failed(operation, &mut next, &error).await;
                let created = created.into_inner().unwrap_or_else(PoisonError::into_inner);
                let release = &next;
                let failure = Failure { operation, release, options: &options, created, error };
                Err(self.recover(failure, lock).await)
            }
        }
    }

    /// Leaves out of the record what it has no room for.
    fn fit(&self, next: &mut Release) -> Result<(), Error> {
        if let Some(size) = next.fit()? {
            self.warn(format!(
                "the record of revision {} is slim: whole it would take {size} bytes, more than \
                 Kubernetes stores, so that it is kept without the chart's templates, files and schema",
                next.version
            ));
        }
        Ok(())
    }

    async fn create_record(&self, next: &mut Release) -> Result<(), Error> {
        match self.store.create(next).await {
            Err(release::Error::Exists { name, version }) => {
                let theirs = self.store.get(&name, version).await?;
                let holder = theirs.and_then(|theirs| theirs.holder);
                Err(Error::Overtaken { name, revision: version, holder })
            }
            created => Ok(created?),
        }
    }

    /// Compares a draft with what is there; nothing is written.
    pub(super) async fn plan(&self, draft: &Draft) -> Result<Plan, Error> {
        let Draft { operation, current, others, next, options, .. } = draft;
        options.check(next.apply_method)?;
        let owner = Owner { release: next.name.clone(), namespace: self.namespace.clone() };
        let mut before = match current {
            Some(current) => objects(&current.manifest)?,
            None => Vec::new(),
        };
        for other in others {
            let more = objects(&other.manifest)?;
            let is_new =
                |object: &Object| before.iter().all(|one| one.reference != object.reference);
            let more: Vec<Object> = more.into_iter().filter(is_new).collect();
            before.extend(more);
        }
        let after = objects(&next.manifest)?;
        let plan_options = PlanOptions {
            force_conflicts: options.force_conflicts,
            repair: options.repair,
            take_ownership: options.take_ownership,
            client_side: next.apply_method == ApplyMethod::ClientSide,
            force_replace: options.force_replace,
            recreate: options.recreate.clone(),
            creates_namespace: operation.creates_namespace(),
            disable_openapi_validation: options.disable_openapi_validation,
            timeout: options.timeout,
            crds: operation.crds(options),
            // What a rollback takes back was there before, and it must not be stopped.
            force_crds: options.force_crds || matches!(operation, Operation::Rollback { .. }),
        };
        let crds = crds(&next.chart)?;
        Ok(self.cluster.plan(&owner, &before, &after, &crds, &plan_options).await?)
    }

    async fn carry_out(
        &self,
        operation: Operation,
        plan: &Plan,
        next: &mut Release,
        lock: &Lock,
        options: &DeployOptions,
        created: &Mutex<Vec<ObjectRef>>,
    ) -> Result<(), Error> {
        let (before, after) = operation.hook_events();
        let done = AtomicUsize::new(0);
        let work = async {
            let told = |applied: crate::cluster::Applied<'_>| {
                done.fetch_add(1, Ordering::Relaxed);
                (self.told)(Event::Applied(applied.step));
            };
            let told_of_object = |applied: crate::cluster::Applied<'_>| {
                if applied.step.change == Change::Create {
                    let mut created = created.lock().unwrap_or_else(PoisonError::into_inner);
                    created.push(applied.step.object.clone());
                }
                told(applied);
            };
            self.cluster.apply_crds(plan, &told).await?;
            if options.hooks {
                self.run_hooks(next, before, options.timeout).await?;
            }
            self.cluster.apply(plan, &told_of_object).await?;
            if options.wait {
                let objects: Vec<ObjectRef> =
                    plan.applied().map(|step| step.object.clone()).collect();
                let goal = WaitFor::Ready { jobs: options.wait_for_jobs };
                if let Err(error) = self.wait(&objects, goal, options.timeout).await {
                    return Err(self.explain_unready(next, error).await);
                }
            }
            if options.hooks {
                self.run_hooks(next, after, options.timeout).await?;
            }
            Ok(())
        };
        let all = plan.steps.iter().filter(|step| step.change != Change::Keep).count();
        lock.guard(work).await.map_err(|error| error.after_doing(done.load(Ordering::Relaxed), all))
    }

    /// Waits, telling of every change.
    pub(super) async fn wait(
        &self,
        objects: &[ObjectRef],
        goal: WaitFor,
        timeout: Duration,
    ) -> Result<(), Error> {
        let told = |waiting: crate::cluster::Waiting<'_>| self.tell_of_wait(&waiting);
        Ok(self.cluster.wait(objects, goal, timeout, &told).await?)
    }

    /// Records that a revision is deployed.
    ///
    /// The others are superseded after it: a run that dies between the two leaves two deployed
    /// revisions, of which every reader takes the newer, and never none.
    async fn record_success(
        &self,
        operation: Operation,
        next: &mut Release,
        options: &DeployOptions,
    ) -> Result<(), Error> {
        next.holder = None;
        next.info.status = Status::Deployed;
        next.info.description = options.description.clone().unwrap_or_else(|| operation.complete());
        Ok(self.store.update(next).await?)
    }

    async fn failed(&self, operation: Operation, next: &mut Release, error: &Error) {
        if let Error::LockLost { .. } = error {
            // The record belongs to whoever has the lock now.
            return;
        }
        next.holder = None;
        next.info.status = Status::Failed;
        next.info.description = operation.failed(&next.name, error);
        next.verdict = verdict::stored(error);
        if let Err(second) = self.store.update(next).await {
            // The first failure is what the user must see; the second explains a pending record.
            self.warn(format!("cannot record that revision {} failed: {second}", next.version));
        }
    }
}

/// Says when a revision is deployed: now.
fn stamp(next: &mut Release) {
    let now = Time::now();
    next.info.last_deployed = now;
    if next.info.first_deployed.is_zero() {
        next.info.first_deployed = now;
    }
}

/// Returns the objects of a stored manifest, in install order.
pub(super) fn objects(manifest: &str) -> Result<Vec<Object>, Error> {
    Ok(Manifest::parse(manifest)?.objects()?)
}
