//! What a deploy would change: read-only, from live objects and server-side dry runs, many at once.

use futures_util::{StreamExt, TryStreamExt, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams, ValidationDirective};

use super::fields::{FieldChange, changes};
use super::{CONCURRENCY, Cluster, Error, FIELD_MANAGER, Json};
use crate::manifest::{Object, ObjectRef};

/// Whose the objects are: the marks that Helm puts on them, and looks for.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The release's name.
    pub release: String,
    /// The release's namespace.
    pub namespace: String,
}

/// How to plan and apply.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Take fields over from other managers.
    pub force_conflicts: bool,
    /// Take objects over that belong to nobody or to another release.
    pub take_ownership: bool,
    /// The namespace will be created first, so that nothing in it can be asked for yet.
    pub creates_namespace: bool,
    /// The API server does not check fields against its schema.
    pub disable_openapi_validation: bool,
}

/// What happens to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It does not exist yet.
    Create,
    /// It exists and becomes another in these fields.
    Update(Vec<FieldChange>),
    /// It is as it should be; nothing is written.
    Unchanged,
    /// It belongs to the previous revision only.
    Delete,
    /// It belongs to the previous revision only, and its `helm.sh/resource-policy` keeps it.
    Keep,
}

/// One object of a plan.
#[derive(Debug, Clone)]
pub struct Step {
    /// The object, its namespace settled.
    pub object: ObjectRef,
    /// What happens to it.
    pub change: Change,
    /// The object as it will be applied; null for one that goes.
    pub desired: Json,
}

/// What a deploy does, in the order it does it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The objects: those applied in install order, then those deleted in uninstall order.
    pub steps: Vec<Step>,
    pub(super) options: PlanOptions,
}

impl Plan {
    /// Returns the objects of the new revision, for waiting on them.
    pub fn applied(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !matches!(step.change, Change::Delete | Change::Keep))
    }
}

impl Cluster {
    /// Compares what a release has (`previous`) and shall have (`next`) with what is there.
    ///
    /// Both lists are in install order. Nothing is written.
    ///
    /// # Errors
    /// Fails when the API server would refuse an object, or when objects belong to someone else:
    /// all of them are named.
    pub async fn plan(
        &self,
        owner: &Owner,
        previous: &[Object],
        next: &[Object],
        options: &PlanOptions,
    ) -> Result<Plan, Error> {
        let previous = self.settled(owner, previous).await?;
        let next = self.settled(owner, next).await?;
        let was_ours = |object: &ObjectRef| previous.iter().any(|(old, _)| same(old, object));
        let planned: Vec<Result<Step, Error>> = stream::iter(&next)
            .map(|(reference, object)| {
                let ours = was_ours(reference) || options.take_ownership;
                self.plan_one(owner, reference, object, ours, options)
            })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let mut steps = settle_results(planned)?;
        let gone: Vec<&ObjectRef> = previous
            .iter()
            .map(|(old, _)| old)
            .filter(|old| !next.iter().any(|(new, _)| same(old, new)))
            .collect();
        let mut deletions: Vec<Step> = stream::iter(gone)
            .map(|object| self.plan_deletion(object))
            .buffered(CONCURRENCY)
            .try_filter_map(|step| async move { Ok(step) })
            .try_collect()
            .await?;
        // What is removed goes in the reverse of the order in which it came.
        deletions.reverse();
        steps.extend(deletions);
        Ok(Plan { steps, options: options.clone() })
    }

    async fn settled<'a>(
        &self,
        owner: &Owner,
        objects: &'a [Object],
    ) -> Result<Vec<(ObjectRef, &'a Object)>, Error> {
        let mut settled = Vec::with_capacity(objects.len());
        for object in objects {
            settled.push((self.settle(&object.reference, &owner.namespace).await?, object));
        }
        Ok(settled)
    }

    async fn plan_one(
        &self,
        owner: &Owner,
        reference: &ObjectRef,
        object: &Object,
        ours: bool,
        options: &PlanOptions,
    ) -> Result<Step, Error> {
        let desired = marked(object, reference, owner);
        let api = self.api(reference).await?;
        let live = self.live(&api, reference).await?;
        let step = |change| Step { object: reference.clone(), change, desired: desired.clone() };
        let Some(live) = live else {
            let in_new_namespace =
                options.creates_namespace && reference.namespace.as_ref() == Some(&owner.namespace);
            if !in_new_namespace {
                self.dry_run(&api, reference, &desired, options).await?;
            }
            return Ok(step(Change::Create));
        };
        if !ours && let Some(why) = not_owned(&live, owner) {
            return Err(Error::Foreign { objects: vec![(reference.clone(), why)] });
        }
        let after = self.dry_run(&api, reference, &desired, options).await?;
        let fields = changes(&live, &after);
        let settled = fields.is_empty() && applied_fields(&live) == applied_fields(&after);
        Ok(step(if settled { Change::Unchanged } else { Change::Update(fields) }))
    }

    async fn plan_deletion(&self, object: &ObjectRef) -> Result<Option<Step>, Error> {
        let api = self.api(object).await?;
        let Some(live) = self.live(&api, object).await? else { return Ok(None) };
        let policy = live.pointer("/metadata/annotations/helm.sh~1resource-policy");
        let change = if policy.and_then(Json::as_str) == Some("keep") {
            Change::Keep
        } else {
            Change::Delete
        };
        Ok(Some(Step { object: object.clone(), change, desired: Json::Null }))
    }

    /// Reads an object, `None` if it does not exist.
    pub(super) async fn live(
        &self,
        api: &Api<DynamicObject>,
        object: &ObjectRef,
    ) -> Result<Option<Json>, Error> {
        let live = api.get_opt(&object.name).await;
        let live = live.map_err(|error| self.error(format!("read `{object}`"), error))?;
        Ok(live.map(json))
    }

    async fn dry_run(
        &self,
        api: &Api<DynamicObject>,
        object: &ObjectRef,
        desired: &Json,
        options: &PlanOptions,
    ) -> Result<Json, Error> {
        let params = PatchParams { dry_run: true, ..apply_params(options) };
        self.patch(api, object, desired, &params).await
    }

    /// Applies on the server; a conflict names the other manager and the fields.
    pub(super) async fn patch(
        &self,
        api: &Api<DynamicObject>,
        object: &ObjectRef,
        desired: &Json,
        params: &PatchParams,
    ) -> Result<Json, Error> {
        let applied = api.patch(&object.name, params, &Patch::Apply(desired)).await;
        applied.map(json).map_err(|error| match error {
            kube::Error::Api(status)
                if status.code == 409 && status.message.contains("conflict") =>
            {
                Error::Conflict { object: object.clone(), message: status.message.clone() }
            }
            error => self.error(format!("apply `{object}`"), error),
        })
    }
}

/// Collects the steps; objects of others are reported all at once, any other error alone.
fn settle_results(planned: Vec<Result<Step, Error>>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::with_capacity(planned.len());
    let mut foreign = Vec::new();
    for result in planned {
        match result {
            Ok(step) => steps.push(step),
            Err(Error::Foreign { objects }) => foreign.extend(objects),
            Err(error) => return Err(error),
        }
    }
    if foreign.is_empty() { Ok(steps) } else { Err(Error::Foreign { objects: foreign }) }
}

pub(super) fn apply_params(options: &PlanOptions) -> PatchParams {
    let validation = if options.disable_openapi_validation {
        ValidationDirective::Ignore
    } else {
        ValidationDirective::Strict
    };
    PatchParams {
        force: options.force_conflicts,
        field_manager: Some(FIELD_MANAGER.to_owned()),
        field_validation: Some(validation),
        ..Default::default()
    }
}

/// Compares without the version, or an upgrade of an API version would delete what it just made (helm#31768).
fn same(one: &ObjectRef, other: &ObjectRef) -> bool {
    one.group() == other.group()
        && one.kind == other.kind
        && one.namespace == other.namespace
        && one.name == other.name
}

/// Returns the object as it is applied: with its namespace, and the marks of its release.
fn marked(object: &Object, reference: &ObjectRef, owner: &Owner) -> Json {
    let mut json = Json::from(object.value.clone());
    let root = json.as_object_mut().expect("a manifest object is a map");
    let metadata = entry(root, "metadata");
    if let Some(namespace) = &reference.namespace {
        metadata.insert("namespace".to_owned(), namespace.clone().into());
    }
    entry(metadata, "labels").insert("app.kubernetes.io/managed-by".to_owned(), "Helm".into());
    let annotations = entry(metadata, "annotations");
    annotations.insert("meta.helm.sh/release-name".to_owned(), owner.release.clone().into());
    annotations.insert("meta.helm.sh/release-namespace".to_owned(), owner.namespace.clone().into());
    json
}

/// Returns the map `name` of `map`, making it where there is none or a null.
fn entry<'a>(
    map: &'a mut serde_json::Map<String, Json>,
    name: &str,
) -> &'a mut serde_json::Map<String, Json> {
    let value = map.entry(name).or_insert(Json::Null);
    if !value.is_object() {
        *value = Json::Object(serde_json::Map::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}

/// Says what an object lacks to belong to the release; the texts are Helm's.
pub(super) fn not_owned(live: &Json, owner: &Owner) -> Option<String> {
    let label = check(
        live.pointer("/metadata/labels/app.kubernetes.io~1managed-by"),
        "app.kubernetes.io/managed-by",
        "Helm",
    );
    let name = check(
        live.pointer("/metadata/annotations/meta.helm.sh~1release-name"),
        "meta.helm.sh/release-name",
        &owner.release,
    );
    let namespace = check(
        live.pointer("/metadata/annotations/meta.helm.sh~1release-namespace"),
        "meta.helm.sh/release-namespace",
        &owner.namespace,
    );
    let reasons = [("label", label), ("annotation", name), ("annotation", namespace)];
    let reasons: Vec<String> = reasons
        .into_iter()
        .filter_map(|(what, reason)| Some(format!("{what} validation error: {}", reason?)))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn check(found: Option<&Json>, key: &str, wanted: &str) -> Option<String> {
    match found.and_then(Json::as_str) {
        Some(value) if value == wanted => None,
        Some(value) => {
            Some(format!("key \"{key}\" must equal \"{wanted}\": current value is \"{value}\""))
        }
        None => Some(format!("missing key \"{key}\": must be set to \"{wanted}\"")),
    }
}

/// Returns the fields that were applied under our name: what a later apply may remove.
fn applied_fields(object: &Json) -> Option<&Json> {
    let managers = object.pointer("/metadata/managedFields")?.as_array()?;
    let ours = managers.iter().find(|entry| {
        entry["manager"] == FIELD_MANAGER
            && entry["operation"] == "Apply"
            && entry.get("subresource").is_none()
    })?;
    ours.get("fieldsV1")
}

pub(super) fn json(object: DynamicObject) -> Json {
    serde_json::to_value(object).expect("an object that came as JSON goes back to JSON")
}
