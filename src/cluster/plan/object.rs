//! What would happen to one object.

use kube::api::{Api, DynamicObject, Patch, PatchParams, ValidationDirective};
use kube::core::Status;
use tokio::time::{Instant, sleep};

use super::marks::{marked, not_owned};
use super::repair::repaired;
use super::{Change, Refusal, Step, Surroundings};
use crate::cluster::admission::unreachable_webhook;
use crate::cluster::apply::PAUSE;
use crate::cluster::client_side::{merge_patch, merged};
use crate::cluster::fields::{FieldChange, changes};
use crate::cluster::managed_fields::{applied, is_settled, migrated, orphans};
use crate::cluster::{Cluster, Error, FIELD_MANAGER, Json, PlanOptions};
use crate::manifest::{Object, ObjectRef};

/// What a server-side dry run came to.
pub(super) enum Tried {
    /// The object as it would be.
    After(Json),
    /// The API server cannot try this; why.
    Untried(String),
    /// The API server would refuse it.
    Refused(Box<Status>),
}

impl Cluster {
    /// Plans one object; that this user may not read it is a refusal like any other, so that a plan
    /// names all of them at once.
    pub(super) async fn plan_one(
        &self,
        around: &Surroundings<'_>,
        reference: &ObjectRef,
        object: &Object,
        old: Option<&Object>,
    ) -> Result<Step, Error> {
        let step = |change: Change| Step {
            object: reference.clone(),
            change,
            desired: marked(object, reference, around.owner),
            live: None,
            after: None,
            remarks: Vec::new(),
        };
        match self.plan_step(around, step(Change::Create), old).await {
            Err(Error::Api { message, reason, code: 403, .. }) => {
                Ok(step(Change::Refused(Refusal::Rejected { message, reason, code: 403 })))
            }
            planned => planned,
        }
    }

    async fn plan_step(
        &self,
        around: &Surroundings<'_>,
        mut step: Step,
        old: Option<&Object>,
    ) -> Result<Step, Error> {
        let was_ours = old.is_some();
        let reference = &step.object.clone();
        let api = match self.api(reference).await {
            Err(Error::NoSuchKind { .. }) => {
                if !self.comes_with_release(around, &mut step) {
                    step.change = Change::Refused(Refusal::NoSuchKind);
                }
                return Ok(step);
            }
            api => api?,
        };
        if around.options.client_side {
            return self.plan_merge(around, &api, step, old).await;
        }
        if was_ours {
            step.live = self.live_or(&around.found, &api, reference).await?;
            if around.options.repair && step.live.is_some() {
                return self.plan_repair(around, &api, step).await;
            }
            if let Some(live) = &step.live
                && is_settled(&step.desired, live)
            {
                step.after = step.live.clone();
                step.change = Change::Unchanged;
                return Ok(step);
            }
        }
        let mut tried = self.dry_run(&api, around, &step).await?;
        if !was_ours && !is_new(&tried) {
            step.live = self.live(&api, reference).await?;
        }
        let mut adopts = false;
        if !was_ours
            && let Some(live) = &step.live
            && let Some(why) = not_owned(live, around.owner)
        {
            if !around.options.take_ownership {
                step.change = Change::Refused(Refusal::Foreign(why));
                return Ok(step);
            }
            adopts = true;
        }
        if leave_to_autoscaler(&mut step, &tried) {
            tried = self.dry_run(&api, around, &step).await?;
        }
        match unfit(around, &step, tried) {
            Ok(tried) => conclude(&mut step, tried, adopts, around),
            Err(refusal) => step.change = Change::Refused(refusal),
        }
        Ok(step)
    }

    /// Plans an object whose changes are worked out on this side.
    async fn plan_merge(
        &self,
        around: &Surroundings<'_>,
        api: &Api<DynamicObject>,
        mut step: Step,
        old: Option<&Object>,
    ) -> Result<Step, Error> {
        step.live = self.live_or(&around.found, api, &step.object).await?;
        let Some(live) = &step.live else {
            // Only the API server can say whether it would take a new object.
            let tried = self.dry_run(api, around, &step).await?;
            conclude(&mut step, tried, false, around);
            return Ok(step);
        };
        let not_ours = not_owned(live, around.owner).filter(|_| old.is_none());
        let adopts = match not_ours {
            Some(why) if !around.options.take_ownership => {
                step.change = Change::Refused(Refusal::Foreign(why));
                return Ok(step);
            }
            not_ours => not_ours.is_some(),
        };
        let before = old.map(|old| Json::from(old.value.clone()));
        let stated = step.desired.clone();
        if around.options.repair {
            step.desired =
                repaired(&mut step.remarks, &step.object, before.as_ref(), &stated, live);
        } else if !around.options.force_replace {
            step.desired = merged(&step.object, before.as_ref(), &step.desired, live);
        }
        let Some(change) = merge_patch(live, &step.desired) else {
            step.after = step.live.clone();
            step.change = Change::Unchanged;
            return Ok(step);
        };
        let tried = if around.options.force_replace {
            Tried::Untried("it is replaced whole".to_owned())
        } else {
            let params = update_params(around.options);
            self.ask(api, around, &step, params, Patch::Merge(&change)).await?
        };
        conclude(&mut step, tried, adopts, around);
        if matches!(step.change, Change::Replace(_)) {
            // What is made anew takes nothing over from what was there.
            step.desired = stated;
        }
        if matches!(&step.change, Change::Update(fields) if fields.is_empty() && step.after.is_some())
        {
            step.change = Change::Unchanged;
        }
        Ok(step)
    }

    /// Says whether the release brings the object's kind, which the cluster does not have; an object
    /// that will not fit is refused.
    pub(in crate::cluster) fn comes_with_release(
        &self,
        around: &Surroundings<'_>,
        step: &mut Step,
    ) -> bool {
        let Some(definition) = around.brings(&step.object) else { return false };
        step.remarks.push("its kind comes with this release".to_owned());
        let misfits = definition.misfits(&step.desired, around.is_strict());
        if !misfits.is_empty() {
            step.change = Change::Refused(misfit(&step.object, &misfits));
        }
        true
    }

    /// Tries a definition of `crds/` on the server.
    pub(in crate::cluster) async fn try_crd(
        &self,
        api: &Api<DynamicObject>,
        around: &Surroundings<'_>,
        step: &mut Step,
    ) -> Result<(), Error> {
        if let Some(live) = &step.live
            && is_settled(&step.desired, live)
        {
            step.after = step.live.clone();
            step.change = Change::Unchanged;
            return Ok(());
        }
        let tried = self.dry_run(api, around, step).await?;
        conclude(step, tried, false, around);
        Ok(())
    }

    /// Asks for the object as it would be; nothing is written.
    pub(super) async fn dry_run(
        &self,
        api: &Api<DynamicObject>,
        around: &Surroundings<'_>,
        step: &Step,
    ) -> Result<Tried, Error> {
        self.ask(api, around, step, apply_params(around.options), Patch::Apply(&step.desired)).await
    }

    /// Asks what a patch would come to; while an admission webhook cannot be reached that does not
    /// come with the release, again and again.
    pub(super) async fn ask(
        &self,
        api: &Api<DynamicObject>,
        around: &Surroundings<'_>,
        step: &Step,
        params: PatchParams,
        patch: Patch<&Json>,
    ) -> Result<Tried, Error> {
        let params = PatchParams { dry_run: true, ..params };
        loop {
            let answer = api.patch(&step.object.name, &params, &patch).await;
            if let Err(kube::Error::Api(status)) = &answer
                && let Some(webhook) = unreachable_webhook(&status.message)
            {
                if around.webhooks.contains(webhook) {
                    let why = format!(
                        "admission webhook `{webhook}`, which comes with this release, cannot be reached yet"
                    );
                    return Ok(Tried::Untried(why));
                }
                if Instant::now() < around.patience {
                    self.tell_of_webhook(status, &step.object);
                    sleep(PAUSE).await;
                    continue;
                }
            }
            return self.tried(answer, around, step);
        }
    }

    fn tried(
        &self,
        answer: Result<DynamicObject, kube::Error>,
        around: &Surroundings<'_>,
        step: &Step,
    ) -> Result<Tried, Error> {
        match answer {
            Ok(after) => Ok(Tried::After(json(after))),
            Err(kube::Error::Api(status)) if status.code == 401 => {
                Err(self.error(format!("apply `{}`", step.object), kube::Error::Api(status)))
            }
            Err(kube::Error::Api(status)) if is_namespace_missing(&status) => {
                Ok(if around.brings_namespace_of(&step.object) {
                    Tried::Untried("its namespace comes with this release".to_owned())
                } else {
                    Tried::Refused(status)
                })
            }
            Err(kube::Error::Api(status))
                if status.message.contains("does not support dry run") =>
            {
                Ok(Tried::Untried(status.message.clone()))
            }
            Err(kube::Error::Api(status)) => Ok(Tried::Refused(status)),
            Err(error) => Err(self.error(format!("apply `{}`", step.object), error)),
        }
    }

    pub(super) async fn plan_deletion(
        &self,
        around: &Surroundings<'_>,
        object: &ObjectRef,
    ) -> Result<Option<Step>, Error> {
        let api = self.api(object).await?;
        let Some(live) = self.live_or(&around.found, &api, object).await? else { return Ok(None) };
        // Somebody else has it now.
        if not_owned(&live, around.owner).is_some() {
            return Ok(None);
        }
        let policy = live.pointer("/metadata/annotations/helm.sh~1resource-policy");
        let keeps = policy.and_then(Json::as_str) == Some("keep");
        Ok(Some(Step {
            object: object.clone(),
            change: if keeps { Change::Keep } else { Change::Delete },
            desired: Json::Null,
            live: Some(live),
            after: None,
            remarks: Vec::new(),
        }))
    }

    /// Reads an object, `None` if it does not exist.
    pub(in crate::cluster) async fn live(
        &self,
        api: &Api<DynamicObject>,
        object: &ObjectRef,
    ) -> Result<Option<Json>, Error> {
        let live = api.get_opt(&object.name).await;
        let live = live.map_err(|error| self.error(format!("read `{object}`"), error))?;
        Ok(live.map(json))
    }
}

/// Holds an object against the definition that comes with the release: the API server has tried it
/// against the one that is there yet.
pub(super) fn unfit(
    around: &Surroundings<'_>,
    step: &Step,
    tried: Tried,
) -> Result<Tried, Refusal> {
    let Some(definition) = around.brings(&step.object) else { return Ok(tried) };
    let (object, tried) = match tried {
        Tried::After(after) => (after.clone(), Tried::After(after)),
        Tried::Refused(status) if is_of_schema(&status) => {
            let why = "the definition of its kind changes with this release".to_owned();
            (step.desired.clone(), Tried::Untried(why))
        }
        tried => return Ok(tried),
    };
    let misfits = definition.misfits(&object, around.is_strict());
    if misfits.is_empty() { Ok(tried) } else { Err(misfit(&step.object, &misfits)) }
}

/// Says whether the present schema is why; server-side apply answers with 500 where it knows no field.
fn is_of_schema(status: &Status) -> bool {
    matches!(status.code, 400 | 422)
        || status.message.starts_with("failed to create typed patch object")
}

fn misfit(object: &ObjectRef, misfits: &[String]) -> Refusal {
    Refusal::Rejected {
        message: format!(
            "it does not fit the definition of `{}` that comes with this release:\n  {}",
            object.kind,
            misfits.join("\n  ")
        ),
        reason: "Invalid".to_owned(),
        code: 422,
    }
}

/// Says whether a dry run shows that the object does not exist: the API server numbers only what it keeps.
fn is_new(tried: &Tried) -> bool {
    matches!(tried, Tried::After(after) if after.pointer("/metadata/resourceVersion").is_none())
}

fn is_namespace_missing(status: &Status) -> bool {
    let kind = status.details.as_ref().map(|details| details.kind.as_str());
    status.code == 404 && kind == Some("namespaces")
}

/// Takes the number of replicas out of what is applied if an autoscaler keeps it.
fn leave_to_autoscaler(step: &mut Step, tried: &Tried) -> bool {
    let Tried::Refused(status) = tried else { return false };
    let Refusal::Conflict { fields, .. } = Refusal::of(status, &step.desired, step.live.as_ref())
    else {
        return false;
    };
    if !fields.iter().any(|field| field.is_autoscaled()) {
        return false;
    }
    if let Some(spec) = step.desired.get_mut("spec").and_then(Json::as_object_mut) {
        spec.remove("replicas");
    }
    step.remarks.push("the number of replicas is left to the autoscaler".to_owned());
    true
}

pub(super) fn conclude(step: &mut Step, tried: Tried, adopts: bool, around: &Surroundings<'_>) {
    let live = step.live.as_ref();
    let fields = match &tried {
        Tried::Refused(status) => {
            let refusal = Refusal::of(status, &step.desired, live);
            let recreates = around.options.recreate.iter().any(|wanted| wanted.means(&step.object));
            step.change = match refusal {
                Refusal::Immutable { fields, .. } if recreates => Change::Replace(fields),
                refusal => Change::Refused(refusal),
            };
            return;
        }
        Tried::After(after) => live.map(|live| fields_that_change(live, after, &step.desired)),
        Tried::Untried(why) => {
            step.remarks.push(format!("not tried on the server: {why}"));
            live.map(|live| crate::cluster::fields::differing(live, &step.desired))
        }
    };
    let settled = match (&tried, live) {
        (Tried::After(after), Some(live)) => {
            applied(live) == applied(after) && migrated(live).is_none()
        }
        _ => false,
    };
    step.change = match fields {
        None => Change::Create,
        Some(fields) if adopts => Change::Adopt(fields),
        Some(fields) if fields.is_empty() && settled => Change::Unchanged,
        Some(fields) => Change::Update(fields),
    };
    if let Tried::After(after) = tried {
        step.after = Some(after);
    }
}

fn fields_that_change(live: &Json, after: &Json, desired: &Json) -> Vec<FieldChange> {
    let mut fields = changes(live, after);
    // The dry run leaves what Helm 3 set; the real run takes that over first.
    fields.extend(orphans(live, desired));
    fields
}

pub(in crate::cluster) fn apply_params(options: &PlanOptions) -> PatchParams {
    PatchParams { force: options.force_conflicts || options.repair, ..update_params(options) }
}

/// Returns what goes with every change, but for taking fields over.
pub(in crate::cluster) fn update_params(options: &PlanOptions) -> PatchParams {
    let validation = if options.disable_openapi_validation {
        ValidationDirective::Ignore
    } else {
        ValidationDirective::Strict
    };
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        field_validation: Some(validation),
        ..Default::default()
    }
}

pub(in crate::cluster) fn json(object: DynamicObject) -> Json {
    serde_json::to_value(object).expect("an object that came as JSON goes back to JSON")
}
