//! Waiting until objects are ready, or gone: one watch for each kind and namespace, no polling.
//!
//! Beside the objects their pods and events are watched, so that what waiting cannot heal ends it.

mod health;
mod judge;
mod state;
mod watched;
mod watches;

use std::time::Duration;

use futures_util::TryStreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolume};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Api, ListParams};
use kube::runtime::watcher;
use tokio::time::Instant;

use super::verdict::{Storage, Volume};
use super::{Cluster, Error, Readiness};
use crate::manifest::ObjectRef;
pub use health::Health;
use judge::{Judge, Judgement};
use state::State;
pub use watched::Watched;
use watches::{Sight, Sights};

/// How long is waited for a timeout of 0, as in Helm (pkg/kube/statuswait.go).
const UNSTATED_TIMEOUT: Duration = Duration::from_secs(30);

/// How often it is judged what was seen: watches see dozens of changes a second, people one.
const TICK: Duration = Duration::from_millis(250);

/// How long the pods of an object that failed are waited for, to say why: their watches are others.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// The same where what is around the objects is slow to see.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// How many volumes are looked at; where there are more, any claim may be bound.
const VOLUMES: u32 = 500;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// Every object has reached its goal; `jobs` says whether Jobs must be complete.
    Ready {
        /// Whether Jobs must be complete.
        jobs: bool,
    },
    /// Every object has come to its end: Jobs and Pods have succeeded, definitions are established.
    Done,
    /// No object is there any more.
    Gone,
}

/// How far the waiting is.
#[derive(Debug)]
pub enum Waiting<'a> {
    /// An object is farther, or less far, than before.
    Changed {
        /// The object that changed.
        object: &'a ObjectRef,
        /// How far it is.
        readiness: &'a Readiness,
        /// How many objects are there yet to wait for.
        left: usize,
    },
    /// All that is waited for, at the start and, at most a few times a second, when something of it
    /// or around it was seen.
    Watched(&'a [Watched]),
}

impl Cluster {
    /// Watches `objects`, whose namespaces are settled, until all are ready or gone.
    ///
    /// # Errors
    /// Fails when the time is up, naming each object that is not ready and why, and before when
    /// an object can never become ready or may not be watched.
    pub async fn wait(
        &self,
        objects: &[ObjectRef],
        goal: WaitFor,
        timeout: Duration,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) -> Result<(), Error> {
        let mut state = State::new(objects, goal);
        if state.left() == 0 {
            return Ok(());
        }
        let groups = state.groups();
        let mut sights = self.watch(&groups).await?;
        let mut judge = Judge::default();
        let timeout = if timeout.is_zero() { UNSTATED_TIMEOUT } else { timeout };
        let deadline = Instant::now() + timeout;
        let mut ticks = tokio::time::interval_at(Instant::now() + TICK, TICK);
        let mut failed_since = None;
        let mut is_untold = false;
        told(Waiting::Watched(&state.watched(&judge)));
        let mut is_around_watched = false;
        loop {
            tokio::select! {
                sight = sights.try_next() => match sight? {
                    Some(sight) => {
                        take(sight, &groups, &mut state, &mut judge, told);
                        is_untold = true;
                    }
                    None => return Err(timed_out(&state, &judge)),
                },
                _ = ticks.tick() => {
                    if std::mem::take(&mut is_untold) {
                        told(Waiting::Watched(&state.watched(&judge)));
                    }
                    if state.can_be_judged() && !is_around_watched {
                        self.look_around(&state, &mut judge, &mut sights);
                        is_around_watched = true;
                    }
                    if state.can_be_judged() {
                        self.end_early(&state, &mut judge, &mut failed_since).await?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => return Err(timed_out(&state, &judge)),
            }
            if state.left() == 0 {
                return Ok(());
            }
        }
    }

    /// Begins to watch what is around the objects that are not ready at the first look; most of those
    /// of an upgrade that changes little are.
    fn look_around(&self, state: &State, judge: &mut Judge, sights: &mut Sights) {
        judge.unseen = Judge::places(state);
        self.watch_around(&judge.unseen, sights);
    }

    /// Fails if something failed, or waiting cannot heal it.
    async fn end_early(
        &self,
        state: &State,
        judge: &mut Judge,
        failed_since: &mut Option<Instant>,
    ) -> Result<(), Error> {
        let failed = state.lines(true);
        if failed.is_empty() {
            *failed_since = None;
        } else {
            let since = *failed_since.get_or_insert_with(Instant::now);
            let looked = if judge.unseen.is_empty() { LAST_LOOK } else { LONGEST_LOOK };
            if since.elapsed() >= looked {
                let verdicts = judge.at_the_end(state, true);
                return Err(Error::Failed { failed, verdicts });
            }
            return Ok(());
        }
        match judge.while_waiting(state) {
            Judgement::Open => Ok(()),
            Judgement::AskForNodes => {
                judge.nodes_may_come = Some(self.may_grow().await);
                Ok(())
            }
            Judgement::AskForStorage => {
                judge.storage = Some(self.storage().await);
                Ok(())
            }
            Judgement::Hopeless(verdicts) => {
                Err(Error::Hopeless { not_ready: state.lines(false), verdicts })
            }
        }
    }

    /// Looks at what claims may be bound to.
    async fn storage(&self) -> Storage {
        let few = ListParams::default().limit(VOLUMES);
        let volumes: Api<PersistentVolume> = Api::all(self.client.clone());
        let volumes = volumes.list(&few).await.ok();
        let volumes = volumes
            .filter(|list| list.metadata.continue_.as_ref().is_none_or(|rest| rest.is_empty()));
        let classes: Api<StorageClass> = Api::all(self.client.clone());
        let classes = classes.list(&few).await.ok();
        Storage {
            volumes: volumes.map(|list| list.items.into_iter().filter_map(volume).collect()),
            classes: classes.map(|list| {
                list.items.into_iter().filter_map(|class| class.metadata.name).collect()
            }),
        }
    }

    /// Says whether something adds nodes to the cluster when pods have no room; who may not know
    /// it is told that it might.
    async fn may_grow(&self) -> bool {
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), "kube-system");
        let has_status = !matches!(api.get_opt("cluster-autoscaler-status").await, Ok(None));
        let groups = self.client.list_api_groups().await.unwrap_or_default();
        has_status || groups.groups.iter().any(|group| group.name == "karpenter.sh")
    }
}

/// Returns a volume that may be bound; one whose claim is gone may not.
fn volume(volume: PersistentVolume) -> Option<Volume> {
    let phase = volume.status.and_then(|status| status.phase).unwrap_or_default();
    if matches!(&*phase, "Released" | "Failed") {
        return None;
    }
    let spec = volume.spec?;
    let claim = spec
        .claim_ref
        .map(|claim| (claim.namespace.unwrap_or_default(), claim.name.unwrap_or_default()));
    Some(Volume { class: spec.storage_class_name.unwrap_or_default(), claim })
}

fn take(
    sight: Sight,
    groups: &[Vec<ObjectRef>],
    state: &mut State,
    judge: &mut Judge,
    told: &(dyn Fn(Waiting<'_>) + Sync),
) {
    judge.is_new = true;
    match sight {
        Sight::Object(group, event) => state.take(&groups[group], *event, told),
        Sight::KindGone(group) => state.gone(groups[group].iter(), told),
        Sight::Around(side, namespace, event) => {
            let is_first_look = matches!(*event, watcher::Event::InitDone);
            judge.around().take(side, &namespace, *event);
            if is_first_look {
                judge.unseen.remove(&(side, namespace));
            }
        }
        Sight::Unseen(side, namespace) => {
            tracing::debug!(?side, namespace, "what is around the objects may not be watched");
            judge.unseen.remove(&(side, namespace));
        }
    }
}

fn timed_out(state: &State, judge: &Judge) -> Error {
    let verdicts = if state.can_be_judged() { judge.at_the_end(state, false) } else { Vec::new() };
    Error::NotReady { not_ready: state.lines(false), verdicts }
}
