//! Objects that run around a release instead of being part of it: started alone, and cleared away.

use std::time::Duration;

use kube::api::{Api, DeleteParams, DynamicObject, Patch, PostParams};
use kube::core::Status;

use super::crds::KIND as DEFINITION;
use super::plan::{apply_params, json};
use super::ready::{completion, has_end};
use super::{
    Cluster, Error, FIELD_MANAGER, Json, PlanOptions, Propagation, Readiness, Refusal, WaitFor,
    Waiting,
};
use crate::manifest::{Object, ObjectRef};

/// An object that was started.
#[derive(Debug, Clone)]
pub struct Started {
    /// The object, its namespace settled and its name as the API server knows it.
    pub object: ObjectRef,
    /// Whether it was at its end already: an earlier run left it, and nothing was started.
    pub is_left_over: bool,
    pub(super) uid: String,
}

impl Cluster {
    /// Applies an object without the marks of a release; one with `generateName` is created.
    ///
    /// # Errors
    /// Fails when the API server refuses it.
    pub async fn start(&self, object: &Object, namespace: &str) -> Result<Started, Error> {
        let mut reference = self.settle(&object.reference, namespace).await?;
        let mut desired = Json::from(object.value.clone());
        if let Some(namespace) = &reference.namespace {
            desired["metadata"]["namespace"] = namespace.clone().into();
        }
        let api = self.api(&reference).await?;
        let live = if reference.name.is_empty() {
            self.create_named_by_server(&api, &reference, desired).await?
        } else {
            self.apply_alone(&api, &reference, &desired).await?
        };
        let text = |path: &str| live.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let at_end = !matches!(completion(&live), Readiness::InProgress(_));
        let is_left_over =
            has_end(reference.group(), &reference.kind) && reference.kind != DEFINITION && at_end;
        let uid = text("/metadata/uid").to_owned();
        reference.name = text("/metadata/name").to_owned();
        Ok(Started { object: reference, is_left_over, uid })
    }

    async fn apply_alone(
        &self,
        api: &Api<DynamicObject>,
        reference: &ObjectRef,
        desired: &Json,
    ) -> Result<Json, Error> {
        let params = apply_params(&PlanOptions::default());
        match api.patch(&reference.name, &params, &Patch::Apply(desired)).await {
            Ok(live) => Ok(json(live)),
            Err(kube::Error::Api(status)) => {
                Err(Refusal::of(&status, desired, None).error(reference))
            }
            Err(error) => Err(self.error(format!("apply `{reference}`"), error)),
        }
    }

    async fn create_named_by_server(
        &self,
        api: &Api<DynamicObject>,
        reference: &ObjectRef,
        desired: Json,
    ) -> Result<Json, Error> {
        let prefix = desired["metadata"]["generateName"].as_str().unwrap_or_default().to_owned();
        let doing = format!("create `{}/{prefix}*`", reference.kind);
        let object: DynamicObject = serde_json::from_value(desired)
            .map_err(|error| self.error(&*doing, kube::Error::SerdeError(error)))?;
        let params =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let created = api.create(&params, &object).await;
        Ok(json(created.map_err(|error| self.error(doing, error))?))
    }

    /// Waits until started objects have come to their end.
    ///
    /// # Errors
    /// Fails when one of them fails, or is not at its end after `timeout`.
    pub async fn wait_for_end(
        &self,
        started: &[Started],
        timeout: Duration,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) -> Result<(), Error> {
        let objects: Vec<ObjectRef> = started.iter().map(|one| one.object.clone()).collect();
        self.wait(&objects, WaitFor::Done, timeout, told).await?;
        self.learn_kinds(objects.iter().filter(|object| object.kind == DEFINITION)).await
    }

    /// Deletes an object, if it is there, and waits until its name is free again.
    ///
    /// # Errors
    /// Fails when the API server refuses, or the object is still there after `timeout`.
    pub async fn delete_and_wait(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
        timeout: Duration,
    ) -> Result<(), Error> {
        let api = self.api(object).await?;
        let params = match propagation {
            Propagation::Background => DeleteParams::background(),
            Propagation::Foreground => DeleteParams::foreground(),
            Propagation::Orphan => DeleteParams::orphan(),
        };
        match api.delete(&object.name, &params).await {
            // The API server answers with a status when nothing is left, else with the object.
            Ok(deleted) if deleted.is_right() => Ok(()),
            Ok(_) => self.wait(std::slice::from_ref(object), WaitFor::Gone, timeout, &|_| {}).await,
            Err(kube::Error::Api(status)) if is_gone(&status) => Ok(()),
            Err(error) => Err(self.error(format!("delete `{object}`"), error)),
        }
    }
}

fn is_gone(status: &Status) -> bool {
    status.code == 404
}
