//! Carrying a plan out: in waves of kinds, many objects of a wave at once.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::Status;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::admission::unreachable_webhook;
use super::by_hand::{Addition, additions, taken_over};
use super::client_side::merge_patch;
use super::crds::KIND as DEFINITION;
use super::managed_fields::migrated;
use super::plan::{apply_params, update_params};
use super::{
    CONCURRENCY, Change, Cluster, Deletion, Error, FIELD_MANAGER, Json, Plan, PlanOptions,
    Propagation, Refusal, Step,
};
use crate::manifest::{ObjectRef, Wave};

/// How long a kind that was just created may take to be served; the time that Helm waits.
const ESTABLISHED: Duration = Duration::from_secs(60);

/// How long an admission webhook may be unreachable: it may be a part of the release that starts.
pub(super) const WEBHOOK: Duration = Duration::from_secs(30);

/// How long an object that is made anew may take to go.
const GONE: Duration = Duration::from_secs(120);

/// How long to pause before asking again.
pub(super) const PAUSE: Duration = Duration::from_millis(250);

/// What was done to an object, told as soon as it is done.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The object and what happened to it.
    pub step: &'a Step,
}

impl Cluster {
    /// Makes and changes the definitions of `crds/`, and waits until their kinds are served.
    ///
    /// # Errors
    /// Stops when the API server refuses one, or a kind is not served in time.
    pub async fn apply_crds(
        &self,
        plan: &Plan,
        done: &(dyn Fn(Applied<'_>) + Sync),
    ) -> Result<(), Error> {
        let steps: Vec<&Step> = plan.steps[..plan.crds].iter().collect();
        // As Helm applies them, however the release itself is applied.
        let options = PlanOptions { client_side: false, ..plan.options.clone() };
        self.apply_steps(&steps, &options, done).await
    }

    /// Creates and updates what the plan says, wave after wave, then deletes what it says; what
    /// [`Cluster::apply_crds`] has done is left out.
    ///
    /// Objects that need nothing are not written.
    ///
    /// # Errors
    /// Stops at the first object that the API server refuses; what came before stays.
    pub async fn apply(
        &self,
        plan: &Plan,
        done: &(dyn Fn(Applied<'_>) + Sync),
    ) -> Result<(), Error> {
        let applied: Vec<&Step> = plan.applied().skip(plan.crds).collect();
        self.apply_steps(&applied, &plan.options, done).await?;
        for step in plan.steps.iter().filter(|step| step.change == Change::Delete) {
            self.delete(&step.object, Propagation::Background).await?;
            done(Applied { step });
        }
        Ok(())
    }

    async fn apply_steps(
        &self,
        steps: &[&Step],
        options: &PlanOptions,
        done: &(dyn Fn(Applied<'_>) + Sync),
    ) -> Result<(), Error> {
        let mut steps = steps.to_vec();
        // What takes the API server longest, because each gets an address, is not left for the end.
        steps.sort_by_key(|step| (Wave::of(&step.object.kind), step.object.kind != "Service"));
        let together =
            |one: &&Step, other: &&Step| Wave::of(&one.object.kind) == Wave::of(&other.object.kind);
        for wave in steps.chunk_by(together) {
            stream::iter(wave.iter().map(Ok))
                .try_for_each_concurrent(CONCURRENCY, |step| async {
                    self.apply_step(step, options).await?;
                    done(Applied { step });
                    Ok(())
                })
                .await?;
            self.establish(wave).await?;
        }
        Ok(())
    }

    async fn apply_step(&self, step: &Step, options: &PlanOptions) -> Result<(), Error> {
        match &step.change {
            Change::Unchanged => return Ok(()),
            Change::Refused(refusal) => return Err(refusal.error(&step.object)),
            _ => {}
        }
        let api = self.api(&step.object).await?;
        match &step.change {
            Change::Replace(_) => self.remove(&api, &step.object).await?,
            Change::Update(_) | Change::Adopt(_) if !options.client_side => {
                self.take_over(&api, step, options.repair).await?;
            }
            _ => {}
        }
        self.write(&api, step, options).await
    }

    /// Deletes an object and waits until its name is free.
    async fn remove(&self, api: &Api<DynamicObject>, object: &ObjectRef) -> Result<(), Error> {
        self.delete(object, Propagation::Background).await?;
        let deadline = Instant::now() + GONE;
        while self.live(api, object).await?.is_some() {
            if Instant::now() > deadline {
                return Err(Error::NotReady {
                    verdicts: Vec::new(),
                    not_ready: vec![format!(
                        "`{object}` was deleted to be made anew, and is still there"
                    )],
                });
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Notes what Helm 3 set by updates as applied, or fields that are no longer wanted would stay; for
    /// a repair, also what was added by hand.
    async fn take_over(
        &self,
        api: &Api<DynamicObject>,
        step: &Step,
        repairs: bool,
    ) -> Result<(), Error> {
        let mut live = step.live.clone();
        loop {
            let notes = |live| if repairs { notes_of_repair(step, live) } else { migrated(live) };
            let Some(notes) = live.as_ref().and_then(notes) else { return Ok(()) };
            let version = live.as_ref().and_then(|live| live.pointer("/metadata/resourceVersion"));
            let metadata = json!({"managedFields": notes, "resourceVersion": version});
            let patch = Patch::Merge(json!({"metadata": metadata}));
            match api.patch(&step.object.name, &PatchParams::default(), &patch).await {
                Ok(_) => return Ok(()),
                // Somebody wrote the object since it was read.
                Err(kube::Error::Api(status)) if status.code == 409 => {
                    live = self.live(api, &step.object).await?;
                }
                Err(error) => {
                    let doing = format!("take over the fields of `{}`", step.object);
                    return Err(self.error(doing, error));
                }
            }
        }
    }

    /// Writes an object; while an admission webhook cannot be reached, again and again.
    async fn write(
        &self,
        api: &Api<DynamicObject>,
        step: &Step,
        options: &PlanOptions,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + options.timeout.min(WEBHOOK);
        loop {
            let written = match (&step.live, &step.change) {
                (Some(live), Change::Update(_) | Change::Adopt(_)) if options.client_side => {
                    self.update(api, step, live, options).await
                }
                _ if options.client_side => self.create(api, step).await,
                _ => {
                    let params = apply_params(options);
                    let patch = Patch::Apply(&step.desired);
                    api.patch(&step.object.name, &params, &patch).await.map(drop)
                }
            };
            let error = match written {
                Ok(()) => return Ok(()),
                Err(kube::Error::Api(status)) if may_pass(&status) && Instant::now() < deadline => {
                    self.tell_of_webhook(&status, &step.object);
                    sleep(PAUSE).await;
                    continue;
                }
                Err(error) => error,
            };
            return Err(match error {
                kube::Error::Api(status) => {
                    Refusal::of(&status, &step.desired, step.live.as_ref()).error(&step.object)
                }
                error => self.error(format!("apply `{}`", step.object), error),
            });
        }
    }

    /// Says once of each admission webhook that it is waited for.
    pub(super) fn tell_of_webhook(&self, status: &Status, object: &ObjectRef) {
        let Some(webhook) = unreachable_webhook(&status.message) else { return };
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if awaited.insert(webhook.to_owned()) {
            tracing::warn!(
                "waiting for admission webhook `{webhook}`, which cannot be reached for `{object}`"
            );
        }
    }

    async fn create(&self, api: &Api<DynamicObject>, step: &Step) -> Result<(), kube::Error> {
        let params = PostParams { dry_run: false, field_manager: Some(FIELD_MANAGER.to_owned()) };
        match api.create(&params, &dynamic(&step.desired)?).await {
            // A request that was sent again finds what it made the first time.
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => {
                let patch = Patch::Merge(&step.desired);
                let params = update_params(&PlanOptions::default());
                api.patch(&step.object.name, &params, &patch).await.map(drop)
            }
            created => created.map(drop),
        }
    }

    async fn update(
        &self,
        api: &Api<DynamicObject>,
        step: &Step,
        live: &Json,
        options: &PlanOptions,
    ) -> Result<(), kube::Error> {
        if !options.force_replace {
            let Some(change) = merge_patch(live, &step.desired) else { return Ok(()) };
            let params = update_params(options);
            return api.patch(&step.object.name, &params, &Patch::Merge(change)).await.map(drop);
        }
        let mut desired = step.desired.clone();
        // Read anew: controllers may have written the object since it was planned.
        let there = api.get(&step.object.name).await?;
        desired["metadata"]["resourceVersion"] = there.metadata.resource_version.into();
        let params = PostParams { dry_run: false, field_manager: Some(FIELD_MANAGER.to_owned()) };
        api.replace(&step.object.name, &params, &dynamic(&desired)?).await.map(drop)
    }

    /// Waits until the kinds that were just created or changed are served, and learns of them.
    async fn establish(&self, applied: &[&Step]) -> Result<(), Error> {
        let definitions = applied
            .iter()
            .filter(|step| step.change != Change::Unchanged)
            .map(|step| &step.object)
            .filter(|object| object.kind == DEFINITION);
        self.learn_kinds(definitions).await
    }

    /// Waits until the kinds of these definitions are served and discovery tells of them, which it
    /// does a moment later.
    ///
    /// # Errors
    /// Fails when a kind is not served in time, or its names are refused.
    pub(super) async fn learn_kinds(
        &self,
        definitions: impl Iterator<Item = &ObjectRef>,
    ) -> Result<(), Error> {
        for definition in definitions {
            let deadline = Instant::now() + ESTABLISHED;
            let served = self.wait_until_established(definition, deadline).await?;
            loop {
                self.forget_kinds().await;
                if self.knows_kinds(&served).await? {
                    break;
                }
                if Instant::now() > deadline {
                    let reason = "the API server's discovery does not name its kind".to_owned();
                    return Err(not_established(definition, Some(reason)));
                }
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Returns the API versions and the kind that an established definition serves.
    async fn wait_until_established(
        &self,
        definition: &ObjectRef,
        deadline: Instant,
    ) -> Result<Vec<(String, String)>, Error> {
        let api = self.api(definition).await?;
        loop {
            let live = self.live(&api, definition).await?.unwrap_or_default();
            let conditions = live.pointer("/status/conditions").and_then(Json::as_array);
            let is = |kind: &str, status: &str| {
                conditions
                    .into_iter()
                    .flatten()
                    .find(|condition| condition["type"] == kind && condition["status"] == status)
            };
            if is("Established", "True").is_some() {
                return Ok(served_kinds(&live));
            }
            let refused = is("NamesAccepted", "False");
            if refused.is_some() || Instant::now() > deadline {
                let reason =
                    refused.and_then(|refused| Some(refused["message"].as_str()?.to_owned()));
                return Err(not_established(definition, reason));
            }
            sleep(PAUSE).await;
        }
    }

    /// Deletes objects, kind after kind, many of a kind at once; one that is gone is no error.
    ///
    /// # Errors
    /// Returns what could not be deleted; the others are deleted all the same.
    pub async fn delete_all(&self, deletions: &[Deletion]) -> Vec<Error> {
        let mut errors = Vec::new();
        for of_one_kind in deletions.chunk_by(|one, other| one.object.kind == other.object.kind) {
            let results: Vec<Result<(), Error>> = stream::iter(of_one_kind)
                .map(|deletion| self.delete(&deletion.object, deletion.propagation))
                .buffer_unordered(CONCURRENCY)
                .collect()
                .await;
            errors.extend(results.into_iter().filter_map(Result::err));
        }
        errors
    }
}

/// Returns the notes by which an apply takes away what was added by hand and the plan says goes.
fn notes_of_repair(step: &Step, live: &Json) -> Option<Json> {
    let (Change::Update(fields) | Change::Adopt(fields)) = &step.change else { return None };
    let added = additions(live, &step.desired);
    let is_planned = |addition: &&Addition| !addition.is_in_whole && addition.is_in(fields);
    let planned: Vec<_> = added.iter().filter(is_planned).collect();
    taken_over(live, &planned)
}

fn served_kinds(definition: &Json) -> Vec<(String, String)> {
    let text = |path: &str| definition.pointer(path).and_then(Json::as_str).unwrap_or_default();
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let versions = definition.pointer("/spec/versions").and_then(Json::as_array);
    let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
    let names = served.filter_map(|version| version["name"].as_str());
    names.map(|name| (format!("{group}/{name}"), kind.to_owned())).collect()
}

fn not_established(definition: &ObjectRef, reason: Option<String>) -> Error {
    Error::NotEstablished { name: definition.name.clone(), seconds: ESTABLISHED.as_secs(), reason }
}

fn dynamic(object: &Json) -> Result<DynamicObject, kube::Error> {
    serde_json::from_value(object.clone()).map_err(kube::Error::SerdeError)
}

/// Says whether a refusal may pass by itself: a webhook that is not reachable yet, or a quota that
/// others write at the same moment.
fn may_pass(status: &Status) -> bool {
    unreachable_webhook(&status.message).is_some()
        || status.code == 409 && status.message.contains("Operation cannot be fulfilled")
}
