//! What a deploy would change: read-only, from live objects and server-side dry runs, many at once.

mod found;
mod marks;
mod object;
mod refusal;
mod repair;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

pub use refusal::{FieldConflict, Refusal};

pub(super) use marks::not_owned;
pub(super) use object::{apply_params, json, update_params};

use found::Found;

use super::apply::WEBHOOK;
use super::crds::{self, CrdPolicy};
use super::definition::Definition;
use super::fields::FieldChange;
use super::{CONCURRENCY, Cluster, Error, Json};
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
    /// Put back what was changed by hand, and nothing that controllers keep.
    pub repair: bool,
    /// Take objects over that belong to nobody or to another release.
    pub take_ownership: bool,
    /// Whether changes are worked out on this side, as Helm 3 did, and the API server merges nothing.
    pub client_side: bool,
    /// Objects that change are replaced whole; only for changes worked out on this side.
    pub force_replace: bool,
    /// Objects to delete and make anew where a field cannot change.
    pub recreate: Vec<Selection>,
    /// The namespace will be created first, so that nothing in it can be asked for yet.
    pub creates_namespace: bool,
    /// The API server does not check fields against its schema.
    pub disable_openapi_validation: bool,
    /// How long to wait for what may pass by itself, such as a webhook that does not answer yet.
    pub timeout: Duration,
    /// What happens to the definitions of `crds/`.
    pub crds: CrdPolicy,
    /// Go on although a definition breaks what is there.
    pub force_crds: bool,
}

/// Objects of a release as a user names them: `kind/name`, the kind in any case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Selection {
    kind: String,
    name: String,
}

impl Selection {
    /// Reads `kind/name`; `None` if it is not of this form.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('/')?;
        let whole = !kind.is_empty() && !name.is_empty() && !name.contains('/');
        whole.then(|| Self { kind: kind.to_owned(), name: name.to_owned() })
    }

    fn means(&self, object: &ObjectRef) -> bool {
        self.kind.eq_ignore_ascii_case(&object.kind) && self.name == object.name
    }
}

/// What happens to one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It does not exist yet.
    Create,
    /// It exists and becomes another in these fields.
    Update(Vec<FieldChange>),
    /// It exists without belonging to the release, which takes it over and changes these fields.
    Adopt(Vec<FieldChange>),
    /// It is deleted and made anew, because these fields cannot change.
    Replace(Vec<FieldChange>),
    /// It is as it should be; nothing is written.
    Unchanged,
    /// It belongs to the previous revision only.
    Delete,
    /// It belongs to the previous revision only, and its `helm.sh/resource-policy` keeps it.
    Keep,
    /// It cannot be done, and so the deploy cannot.
    Refused(Refusal),
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
    /// The object as it is; `None` if it does not exist or was not asked for.
    pub live: Option<Json>,
    /// The object as the API server says that it will be; `None` if it goes or could not be asked.
    pub after: Option<Json>,
    /// What else is worth knowing, such as why the API server could not be asked.
    pub remarks: Vec<String>,
}

/// What a deploy does, in the order it does it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The objects: those of `crds/`, those applied in install order, then those deleted in uninstall order.
    pub steps: Vec<Step>,
    /// What happens to objects of the previous revision whose kind is no longer there.
    pub remarks: Vec<String>,
    /// How many of the first steps are those of `crds/`.
    pub(super) crds: usize,
    pub(super) options: PlanOptions,
}

impl Plan {
    /// Returns the objects of the new revision, for waiting on them.
    pub fn applied(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !matches!(step.change, Change::Delete | Change::Keep))
    }

    /// Says whether anything in the cluster would change.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step.change, Change::Unchanged | Change::Keep))
    }

    /// Checks that every step can be done.
    ///
    /// # Errors
    /// Names all that cannot.
    pub fn check(&self) -> Result<(), Error> {
        let mut foreign = Vec::new();
        let mut errors = Vec::new();
        for step in &self.steps {
            match &step.change {
                Change::Refused(Refusal::Foreign(why)) => {
                    foreign.push((step.object.clone(), why.clone()));
                }
                Change::Refused(refusal) => errors.push(refusal.error(&step.object)),
                _ => {}
            }
        }
        if !foreign.is_empty() {
            errors.insert(0, Error::Foreign { objects: foreign });
        }
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Several { errors }),
        }
    }
}

/// What is known while the objects of a release are planned.
pub(super) struct Surroundings<'a> {
    pub(super) owner: &'a Owner,
    pub(super) options: &'a PlanOptions,
    /// The kinds that the release brings itself.
    pub(super) definitions: Vec<Definition>,
    /// The namespaces that the release brings itself.
    pub(super) namespaces: BTreeSet<&'a str>,
    /// The admission webhooks that the release configures itself.
    pub(super) webhooks: BTreeSet<String>,
    /// Until when an admission webhook that does not answer is asked again.
    pub(super) patience: Instant,
    /// What was read already.
    found: Found,
}

impl Surroundings<'_> {
    pub(super) fn brings(&self, object: &ObjectRef) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.defines(object))
    }

    /// Says whether fields count that no schema knows.
    fn is_strict(&self) -> bool {
        !self.options.disable_openapi_validation
    }

    fn brings_namespace_of(&self, object: &ObjectRef) -> bool {
        let Some(namespace) = object.namespace.as_deref() else { return false };
        self.namespaces.contains(namespace)
            || self.options.creates_namespace && namespace == self.owner.namespace
    }
}

impl Cluster {
    /// Compares what a release has (`previous`) and shall have (`next`) with what is there.
    ///
    /// Both lists are in install order; `crds` are the objects of `crds/`, which come first. Nothing
    /// is written. What cannot be done is a step of the plan; [`Plan::check`] makes an error of it.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn plan(
        &self,
        owner: &Owner,
        previous: &[Object],
        next: &[Object],
        crds: &[Object],
        options: &PlanOptions,
    ) -> Result<Plan, Error> {
        let crds = if options.crds == CrdPolicy::Skip { &[] } else { crds };
        let definitions = crds.iter().chain(next).filter_map(Definition::of).collect();
        let is_namespace = |object: &&Object| object.reference.kind == "Namespace";
        let namespaces = next.iter().filter(is_namespace).map(|object| &*object.reference.name);
        let mut around = Surroundings {
            owner,
            options,
            definitions,
            namespaces: namespaces.collect(),
            webhooks: next.iter().flat_map(webhooks).collect(),
            found: Found::default(),
            patience: Instant::now() + options.timeout.min(WEBHOOK),
        };
        let mut remarks = Vec::new();
        let previous = self.settled_previous(owner, previous, &mut remarks).await?;
        let next = self.settled_next(&around, next).await?;
        let had: HashMap<Identity<'_>, &Object> =
            previous.iter().map(|(reference, object)| (identity(reference), *object)).collect();
        let has: HashSet<Identity<'_>> = next.iter().map(|(object, _)| identity(object)).collect();
        let there = next.iter().filter(|(object, _)| had.contains_key(&identity(object)));
        let gone = previous.iter().filter(|(object, _)| !has.contains(&identity(object)));
        around.found = self.find_many(there.chain(gone).map(|(object, _)| object)).await;
        let mut steps: Vec<Step> = stream::iter(crds)
            .map(|object| self.plan_crd(&around, object))
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        let is_definition = |next: &Next<'_>| next.0.kind == crds::KIND;
        let mut kinds = self.plan_those(&around, &next, &had, is_definition).await?;
        for (_, step) in &mut kinds {
            self.judge(&around, step).await?;
        }
        // A definition that does not change is the one by which the API server judges.
        let changing = steps.iter().chain(kinds.iter().map(|(_, step)| step));
        let changing: HashSet<String> = changing
            .filter(|step| step.change != Change::Unchanged)
            .map(|step| step.object.name.clone())
            .collect();
        around.definitions.retain(|definition| changing.contains(definition.name()));
        let others = self.plan_those(&around, &next, &had, |next| !is_definition(next)).await?;
        kinds.extend(others);
        kinds.sort_by_key(|(at, _)| *at);
        steps.extend(kinds.into_iter().map(|(_, step)| step));
        let gone = previous.iter().map(|(object, _)| object);
        let gone = gone.filter(|object| !has.contains(&identity(object)));
        let mut deletions: Vec<Step> = stream::iter(gone)
            .map(|object| self.plan_deletion(&around, object))
            .buffered(CONCURRENCY)
            .try_filter_map(|step| async move { Ok(step) })
            .try_collect()
            .await?;
        // What is removed goes in the reverse of the order in which it came.
        deletions.reverse();
        steps.extend(deletions);
        Ok(Plan { steps, remarks, crds: crds.len(), options: options.clone() })
    }

    /// Plans some of the objects, each with its place among all.
    async fn plan_those<'a>(
        &self,
        around: &Surroundings<'_>,
        next: &'a [Next<'a>],
        had: &HashMap<Identity<'_>, &Object>,
        wanted: impl Fn(&Next<'a>) -> bool,
    ) -> Result<Vec<(usize, Step)>, Error> {
        let those: Vec<(usize, &Next<'_>)> =
            next.iter().enumerate().filter(|(_, next)| wanted(next)).collect();
        stream::iter(&those)
            .map(|(at, (reference, object))| async {
                let old = had.get(&identity(reference)).copied();
                Ok((*at, self.plan_one(around, reference, object, old).await?))
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await
    }

    /// Settles what the previous revision had: kinds that are gone are looked for in another
    /// version, and their objects are forgotten, with a remark, when there is none.
    async fn settled_previous<'a>(
        &self,
        owner: &Owner,
        objects: &'a [Object],
        remarks: &mut Vec<String>,
    ) -> Result<Vec<(ObjectRef, &'a Object)>, Error> {
        let mut settled = Vec::with_capacity(objects.len());
        for object in objects {
            match self.settle_served(&object.reference, &owner.namespace).await? {
                Some(reference) => settled.push((reference, object)),
                None => remarks.push(format!(
                    "`{}` of the previous revision is passed over: the cluster no longer has `{}` in any version",
                    object.reference, object.reference.kind
                )),
            }
        }
        Ok(settled)
    }

    async fn settled_next<'a>(
        &self,
        around: &Surroundings<'_>,
        objects: &'a [Object],
    ) -> Result<Vec<(ObjectRef, &'a Object)>, Error> {
        let mut settled = Vec::with_capacity(objects.len());
        for object in objects {
            let reference = match self.settle(&object.reference, &around.owner.namespace).await {
                Err(Error::NoSuchKind { object: mut reference }) => {
                    let namespaced = around.brings(&reference).is_none_or(|found| found.namespaced);
                    reference.namespace = namespaced.then(|| {
                        reference.namespace.unwrap_or_else(|| around.owner.namespace.clone())
                    });
                    reference
                }
                settled => settled?,
            };
            settled.push((reference, object));
        }
        Ok(settled)
    }
}

/// Returns the names of the admission webhooks that an object configures.
fn webhooks(object: &Object) -> Vec<String> {
    let kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
    if !kinds.contains(&object.reference.kind.as_str()) {
        return Vec::new();
    }
    let object = Json::from(object.value.clone());
    let webhooks = object["webhooks"].as_array().into_iter().flatten();
    webhooks.filter_map(|webhook| webhook["name"].as_str()).map(str::to_owned).collect()
}

/// An object of the next revision, with its namespace settled.
type Next<'a> = (ObjectRef, &'a Object);

/// Group, kind, namespace and name: without the version, or an upgrade of an API version would delete
/// what it just made (helm#31768).
type Identity<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

fn identity(object: &ObjectRef) -> Identity<'_> {
    (object.group(), &object.kind, object.namespace.as_deref(), &object.name)
}
