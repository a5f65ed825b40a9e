//! Hooks: the objects of one event, run one after another around an operation.
//!
//! The order, what is recorded when, and what is deleted are Helm's. Beyond Helm, an object is gone
//! before it is made anew, and a hook that fails says what its containers wrote.

use std::time::Duration;

use super::deploy::objects;
use super::hook_failure::{HookFailure, HookLogs, HookStage};
use super::{Context, Error, Event};
use crate::cluster::{self, ContainerState, Pod, Propagation, Readiness, Started, Waiting};
use crate::manifest::{
    Hook, HookDeletePolicy, HookEvent, HookLogPolicy, HookPhase, HookRun, Object, Time,
};
use crate::release::Release;

/// How many of the last lines of each container a failure shows.
const LAST_LINES: i64 = 20;

/// The hooks of one event that were begun, in their order.
pub(super) struct Runs {
    event: HookEvent,
    /// How long to wait for one hook, or for the end of one.
    timeout: Duration,
    begun: Vec<Run>,
}

/// A hook that was begun.
struct Run {
    hook: usize,
    /// The objects that it has in the cluster.
    started: Vec<Started>,
}

impl Runs {
    pub(super) fn new(event: HookEvent, timeout: Duration) -> Self {
        Self { event, timeout, begun: Vec::new() }
    }
}

impl Context<'_> {
    /// Runs the hooks of one event, and deletes them as their policies say.
    pub(super) async fn run_hooks(
        &self,
        release: &mut Release,
        event: HookEvent,
        timeout: Duration,
    ) -> Result<(), Error> {
        let mut runs = Runs::new(event, timeout);
        let done = self.begin_hooks(release, &|_| true, &mut runs).await;
        let cleared = self.clear_hooks(release, &runs).await;
        if let (Err(_), Err(error)) = (&done, &cleared) {
            // The first failure is what the user must see.
            self.warn(format!("cannot delete what hooks left: {error}"));
        }
        done.and(cleared)
    }

    /// Runs the hooks of one event that are wanted; their objects are left to [`Self::clear_hooks`].
    pub(super) async fn begin_hooks(
        &self,
        release: &mut Release,
        wanted: &(dyn Fn(&Hook) -> bool + Sync),
        runs: &mut Runs,
    ) -> Result<(), Error> {
        for index in in_order(&release.hooks, &runs.event, wanted) {
            let hook = &mut release.hooks[index];
            if hook.delete_policies.is_empty() {
                hook.delete_policies.push(HookDeletePolicy::BeforeCreation);
            }
            let hook = hook.clone();
            let objects = objects(&hook.manifest)?;
            self.clear_the_way(&hook, &objects, runs).await?;
            release.hooks[index].last_run = HookRun {
                started_at: Time::now(),
                phase: HookPhase::Running,
                ..HookRun::default()
            };
            self.store.update(release).await?;
            // This is what is recorded if the run is interrupted.
            release.hooks[index].last_run.phase = HookPhase::Unknown;
            let result = self.run_hook(&hook, index, &objects, runs).await;
            let result = match result {
                Err(Error::Hook(failure)) => Err(self.explain_hook(release, failure).await),
                result => result,
            };
            let phase = if result.is_ok() { HookPhase::Succeeded } else { HookPhase::Failed };
            self.tell_of_hook(&hook, &runs.event, &phase);
            release.hooks[index].last_run.completed_at = Time::now();
            release.hooks[index].last_run.phase = phase;
            result?;
        }
        Ok(())
    }

    /// Deletes what earlier runs left of a hook, and waits until it is gone.
    async fn clear_the_way(
        &self,
        hook: &Hook,
        objects: &[Object],
        runs: &Runs,
    ) -> Result<(), Error> {
        if !deletes(hook, &HookDeletePolicy::BeforeCreation) {
            return Ok(());
        }
        // A Job that still runs must not work beside its successor.
        let propagation = match &*hook.kind {
            "Job" => Propagation::Foreground,
            _ => Propagation::Background,
        };
        for object in objects.iter().filter(|object| !object.reference.name.is_empty()) {
            let removal = async {
                let object = self.cluster.settle(&object.reference, &self.namespace).await?;
                self.cluster.delete_and_wait(&object, propagation, runs.timeout).await
            };
            let failed = |error| failure(hook, runs, HookStage::Clearing, error, None);
            removal.await.map_err(failed)?;
        }
        Ok(())
    }

    /// Makes a hook's objects and waits until they are done.
    async fn run_hook(
        &self,
        hook: &Hook,
        index: usize,
        objects: &[Object],
        runs: &mut Runs,
    ) -> Result<(), Error> {
        self.tell_of_hook(hook, &runs.event, &HookPhase::Running);
        runs.begun.push(Run { hook: index, started: Vec::new() });
        for object in objects {
            let started = self.cluster.start(object, &self.namespace).await;
            let started =
                started.map_err(|error| failure(hook, runs, HookStage::Making, error, None))?;
            if started.is_left_over {
                self.warn(format!(
                    "`{}` of an earlier run is at its end and was not run again: its \
                     hook-delete-policy has no before-hook-creation",
                    started.object
                ));
            }
            runs.last().push(started);
        }
        let timeout = runs.timeout;
        let told = |waiting: Waiting<'_>| {
            // Its end is told as that of the hook.
            let is_end = |readiness: &Readiness| !matches!(readiness, Readiness::InProgress(_));
            if !matches!(&waiting, Waiting::Changed { readiness, .. } if is_end(readiness)) {
                self.tell_of_wait(&waiting);
            }
        };
        let done = self.cluster.wait_for_end(runs.last(), timeout, &told).await;
        let Err(error) = done else { return Ok(()) };
        let shown = logs(hook, &HookLogPolicy::Failed);
        if shown {
            self.show_logs(runs.last()).await;
        }
        let logs = self.last_words(runs.last(), !shown).await;
        Err(failure(hook, runs, HookStage::Running, error, logs))
    }

    /// Shows the logs and deletes the objects that are to be shown and deleted, now that it is known
    /// how all hooks of the event ended.
    pub(super) async fn clear_hooks(&self, release: &Release, runs: &Runs) -> Result<(), Error> {
        let ended = |run: &Run| release.hooks[run.hook].last_run.phase == HookPhase::Succeeded;
        let all_succeeded = runs.begun.iter().all(ended);
        if let Some(failed) = runs.begun.iter().find(|run| !ended(run)) {
            self.clear_hook(release, failed, &HookDeletePolicy::Failed, runs.timeout).await?;
        }
        let mut succeeded: Vec<&Run> = runs.begun.iter().filter(|run| ended(run)).collect();
        if all_succeeded {
            succeeded.reverse();
        }
        for run in succeeded {
            if all_succeeded && logs(&release.hooks[run.hook], &HookLogPolicy::Succeeded) {
                self.show_logs(&run.started).await;
            }
            self.clear_hook(release, run, &HookDeletePolicy::Succeeded, runs.timeout).await?;
        }
        Ok(())
    }

    async fn clear_hook(
        &self,
        release: &Release,
        run: &Run,
        policy: &HookDeletePolicy,
        timeout: Duration,
    ) -> Result<(), Error> {
        if deletes(&release.hooks[run.hook], policy) {
            for started in &run.started {
                self.cluster
                    .delete_and_wait(&started.object, Propagation::Background, timeout)
                    .await?;
                (self.told)(Event::Deleted(&started.object));
            }
        }
        Ok(())
    }

    /// Shows everything that the pods of a hook wrote; without it a hook still ended as it did.
    async fn show_logs(&self, started: &[Started]) {
        let mut told = |pod: &Pod, container: &str, text: &[u8]| {
            (self.told)(Event::Log { pod, container, text })
        };
        for started in started {
            if let Err(error) = self.read_logs(started, &mut told).await {
                self.warn(error.to_string());
            }
        }
    }

    /// Hands on what each container of each pod of an object wrote; those that never ran have
    /// nothing to say.
    pub(super) async fn read_logs(
        &self,
        started: &Started,
        told: &mut dyn FnMut(&Pod, &str, &[u8]),
    ) -> Result<(), cluster::Error> {
        for pod in self.cluster.pods(started).await? {
            let ran = pod
                .containers
                .iter()
                .filter(|container| !matches!(container.state, ContainerState::Waiting(_)));
            for container in ran {
                let mut piece = |text: &[u8]| told(&pod, &container.name, text);
                self.cluster.read_log(&pod, &container.name, &mut piece).await?;
            }
        }
        Ok(())
    }

    /// Looks for the pod that made a hook fail; that there is none must not hide the failure.
    async fn last_words(&self, started: &[Started], with_lines: bool) -> Option<HookLogs> {
        let mut pods = Vec::new();
        for started in started {
            pods.extend(self.cluster.pods(started).await.unwrap_or_default());
        }
        pods.retain(|pod| !pod.succeeded);
        let count = pods.len();
        let pod = pods.pop()?;
        let mut lines = Vec::new();
        for container in pod.containers.iter().filter(|_| with_lines) {
            lines.push(match container.state {
                ContainerState::Waiting(_) => Ok(Vec::new()),
                _ => self.cluster.last_lines(&pod, &container.name, LAST_LINES).await,
            });
        }
        Some(HookLogs { pod, pods: count, lines })
    }

    fn tell_of_hook(&self, hook: &Hook, event: &HookEvent, phase: &HookPhase) {
        (self.told)(Event::Hook { hook, event, phase });
    }
}

impl Runs {
    /// Returns the objects of all hooks that were begun.
    pub(super) fn started(&self) -> impl Iterator<Item = &Started> {
        self.begun.iter().flat_map(|run| &run.started)
    }

    /// Returns the objects of the hook that was begun last.
    fn last(&mut self) -> &mut Vec<Started> {
        &mut self.begun.last_mut().expect("a hook was begun before it has objects").started
    }
}

fn failure(
    hook: &Hook,
    runs: &Runs,
    stage: HookStage,
    error: cluster::Error,
    logs: Option<HookLogs>,
) -> Error {
    let (event, hook) = (runs.event.clone(), hook.clone());
    Error::Hook(Box::new(HookFailure { event, hook, stage, error, logs, diagnoses: Vec::new() }))
}

/// Returns the positions of an event's hooks in the order in which they run: by weight, then by
/// name, then as they were rendered, which is by kind.
fn in_order(hooks: &[Hook], event: &HookEvent, wanted: &dyn Fn(&Hook) -> bool) -> Vec<usize> {
    let runs = |index: &usize| hooks[*index].events.contains(event) && wanted(&hooks[*index]);
    let mut indices: Vec<usize> = (0..hooks.len()).filter(runs).collect();
    indices.sort_by(|left, right| {
        let key = |index: &usize| (hooks[*index].weight, &hooks[*index].name);
        key(left).cmp(&key(right))
    });
    indices
}

/// Says whether a hook is deleted at a moment; definitions never are, for all that is made of them
/// would go with them.
fn deletes(hook: &Hook, policy: &HookDeletePolicy) -> bool {
    hook.kind != "CustomResourceDefinition" && hook.delete_policies.contains(policy)
}

fn logs(hook: &Hook, policy: &HookLogPolicy) -> bool {
    hook.output_log_policies.contains(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(kind: &str, name: &str, weight: i64) -> Hook {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        Hook { kind, name, weight, events: vec![HookEvent::PreInstall], ..Hook::default() }
    }

    #[test]
    fn hooks_run_by_weight_then_name_then_kind() {
        let mut hooks = [
            hook("ConfigMap", "b", 0),
            hook("ConfigMap", "z", -5),
            hook("Job", "a", 0),
            hook("Job", "b", 0),
            hook("Job", "c", 10),
            hook("Job", "other", -9),
        ];
        hooks[5].events = vec![HookEvent::PostInstall];
        let order = in_order(&hooks, &HookEvent::PreInstall, &|_| true);
        assert_eq!(order, [1, 2, 0, 3, 4]);
        let order = in_order(&hooks, &HookEvent::PreInstall, &|hook| hook.name != "b");
        assert_eq!(order, [1, 2, 4]);
    }

    #[test]
    fn definitions_are_never_deleted() {
        let mut hook = hook("CustomResourceDefinition", "things.example.com", 0);
        hook.delete_policies = vec![HookDeletePolicy::BeforeCreation];
        assert!(!deletes(&hook, &HookDeletePolicy::BeforeCreation));
        hook.kind = "Job".to_owned();
        assert!(deletes(&hook, &HookDeletePolicy::BeforeCreation));
        assert!(!deletes(&hook, &HookDeletePolicy::Succeeded));
    }
}
