//! Drift: what was changed in the cluster since a revision was deployed, by whom and when.
//!
//! It is what a repair would change, which the plan engine finds by asking the API server; nothing is
//! written.

use futures_util::{StreamExt, stream};

use super::deploy::objects;
use super::upgrade::last_and_current;
use super::{Context, Error, Masks};
use crate::cluster::{
    Change, FieldChange, Json, Owner, Plan, PlanOptions, Refusal, SetBy, Step, field_changes,
    is_controller, last_by_hand, last_set, set_by, value_at, with_data,
};
use crate::manifest::ObjectRef;
use crate::release::{ApplyMethod, Release, Status};

/// How many releases are compared at once; the objects of each are many at once, too.
const CONCURRENCY: usize = 4;

/// The field manager of what is applied: that of Helm.
const OURS: &str = "helm";

/// How the objects of a release differ from what it states; values of Secrets are masked.
#[derive(Debug)]
pub struct Drift {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision that the objects were compared with: the deployed one, or the newest if none is.
    pub revision: i64,
    /// The revision's status.
    pub status: Status,
    /// How many objects were compared.
    pub checked: usize,
    /// The objects that differ.
    pub objects: Vec<Drifted>,
    /// What else is to be known.
    pub remarks: Vec<String>,
}

/// An object that is not as its release states it.
#[derive(Debug)]
pub struct Drifted {
    /// The object.
    pub object: ObjectRef,
    /// Whether it is gone.
    pub is_missing: bool,
    /// The fields that differ.
    pub fields: Vec<DriftedField>,
    /// Who last changed anything of the object by hand; the API server does not note who takes a
    /// field away.
    pub last_by_hand: Option<SetBy>,
    /// What else is to be known, such as why it cannot be put back.
    pub remarks: Vec<String>,
}

/// A field that is not as a release states it.
#[derive(Debug)]
pub struct DriftedField {
    /// Where it is.
    pub path: String,
    /// What the release states, or leaves to defaults; `None` for neither.
    pub stored: Option<Json>,
    /// What it is, `None` if it is gone.
    pub live: Option<Json>,
    /// Who set it, and when; `None` where nobody is noted.
    pub by: Option<SetBy>,
}

/// What came of a release among all.
#[derive(Debug)]
pub struct DriftOfOne {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The drift, or why it is not known.
    pub drift: Result<Drift, Error>,
}

/// Compares the objects of a release with what its deployed revision states.
///
/// # Errors
/// Fails when there is no such release, the cluster does not answer, or this user may not ask it.
pub async fn drift(ctx: &Context<'_>, name: &str) -> Result<Drift, Error> {
    super::check_name(name)?;
    ctx.cluster.reach().await?;
    let history = ctx.store.recent(name).await?;
    if history.is_empty() {
        let namespace = ctx.namespace.clone();
        return Err(Error::NotFound { name: name.to_owned(), namespace });
    }
    let (last, current) = last_and_current(ctx, name, &history)?;
    let plan = ctx.plan_repair(current).await?;
    let mut remarks = plan.remarks.clone();
    if last.version != current.version {
        remarks.push(format!(
            "revision {} is {}: what it changed differs from revision {}",
            last.version, last.info.status, current.version
        ));
    }
    let masks = masks(current, &plan);
    let mut found = Vec::new();
    for step in &plan.steps {
        match drifted(step, last.version != current.version) {
            Found::Drift(drifted) => found.push(masked(drifted, &masks)),
            Found::Unknown(why) => remarks.push(format!("{}: {why}", step.object)),
            Found::Same => {}
        }
    }
    Ok(Drift {
        name: current.name.clone(),
        namespace: ctx.namespace.clone(),
        revision: current.version,
        status: current.info.status,
        checked: plan.steps.len(),
        objects: found,
        remarks: remarks.iter().map(|text| masks.text(text)).collect(),
    })
}

/// Compares the objects of each release that has a deployed or failed revision, in this namespace or
/// in all; releases that cannot be compared do not keep the others from it.
///
/// # Errors
/// Fails when the records cannot be listed.
pub async fn drift_of_all(
    ctx: &Context<'_>,
    all_namespaces: bool,
) -> Result<Vec<DriftOfOne>, Error> {
    ctx.cluster.reach().await?;
    let mut entries = ctx.store.list(all_namespaces, None).await?;
    entries.retain(|entry| {
        let status = entry.status();
        !matches!(status, Status::Uninstalled | Status::Uninstalling | Status::PendingInstall)
    });
    let one = |(name, namespace): (String, String)| async move {
        let ctx = Context {
            cluster: ctx.cluster.clone(),
            store: ctx.store.of_namespace(&namespace),
            namespace: namespace.clone(),
            run: ctx.run.clone(),
            told: ctx.told,
        };
        let drift = drift(&ctx, &name).await;
        DriftOfOne { name, namespace, drift }
    };
    let keys = entries.into_iter().map(|entry| (entry.key.name, entry.key.namespace));
    Ok(stream::iter(keys).map(one).buffered(CONCURRENCY).collect().await)
}

impl Context<'_> {
    /// Plans what would put the objects of a revision back.
    async fn plan_repair(&self, release: &Release) -> Result<Plan, Error> {
        let owner = Owner { release: release.name.clone(), namespace: self.namespace.clone() };
        let objects = objects(&release.manifest)?;
        let client_side = release.apply_method == ApplyMethod::ClientSide;
        let options = PlanOptions { repair: true, client_side, ..PlanOptions::default() };
        let plan = self.cluster.plan(&owner, &objects, &objects, &[], &options).await?;
        let is_forbidden = |step: &&Step| {
            matches!(&step.change, Change::Refused(Refusal::Rejected { code: 401 | 403, .. }))
        };
        let mut unknown = Plan::default();
        unknown.steps.extend(plan.steps.iter().filter(is_forbidden).cloned());
        unknown.check()?;
        Ok(plan)
    }
}

/// What is found of one object.
enum Found {
    Same,
    Drift(Drifted),
    /// It cannot be said; why.
    Unknown(String),
}

/// Says what is found of one object; `is_mixed` where a later revision, which failed, may have set
/// some of it.
fn drifted(step: &Step, is_mixed: bool) -> Found {
    let Some(live) = &step.live else { return missing(step) };
    let (fields, problem) = match &step.change {
        Change::Update(fields) | Change::Replace(fields) => (fields.clone(), None),
        Change::Refused(Refusal::Immutable { fields, message }) => {
            (fields.clone(), Some(format!("a field cannot be put back: {message}")))
        }
        Change::Refused(Refusal::Rejected { message, .. }) => {
            let mut fields = field_changes(live, &with_data(&step.desired));
            fields.retain(|field| field.new.is_some());
            (fields, Some(format!("what is stated cannot be tried: {message}")))
        }
        _ => (Vec::new(), None),
    };
    let desired = with_data(&step.desired);
    let fields = fields.into_iter().filter(|field| is_drift(field, live, &desired, is_mixed));
    let fields: Vec<DriftedField> = fields.map(|field| of_field(field, live)).collect();
    match problem {
        Some(problem) if fields.is_empty() => Found::Unknown(problem),
        None if fields.is_empty() => Found::Same,
        problem => {
            let remarks = step.remarks.iter().cloned().chain(problem).collect();
            let last_by_hand = last_by_hand(live);
            let object = step.object.clone();
            Found::Drift(Drifted { object, is_missing: false, fields, last_by_hand, remarks })
        }
    }
}

fn missing(step: &Step) -> Found {
    let goes_by_itself = || step.desired.pointer("/spec/ttlSecondsAfterFinished").is_some();
    if step.object.kind == "Job" && goes_by_itself() {
        return Found::Same;
    }
    let problem = match &step.change {
        Change::Refused(Refusal::NoSuchKind) => Some("the cluster has no such kind".to_owned()),
        Change::Refused(Refusal::Rejected { message, .. }) => {
            Some(format!("it cannot be made again: {message}"))
        }
        _ => None,
    };
    let remarks = step.remarks.iter().cloned().chain(problem).collect();
    let object = step.object.clone();
    Found::Drift(Drifted {
        object,
        is_missing: true,
        fields: Vec::new(),
        last_by_hand: None,
        remarks,
    })
}

/// Says whether a field that a repair would change was changed; what admission sets anew each time
/// was not.
fn is_drift(field: &FieldChange, live: &Json, desired: &Json, is_mixed: bool) -> bool {
    // What nobody else set is as the deploy left it, such as a default where the manifest has a null.
    if field.old.is_some() && set_by(live, &field.path).is_none() && !is_mixed {
        return false;
    }
    // The positions of a list's items may be others in the two.
    let list = field
        .path
        .find('[')
        .filter(|at| field.path[at + 1..].starts_with(|sign: char| sign.is_ascii_digit()));
    let path = list.map_or(field.path.as_str(), |at| &field.path[..at]);
    let by_hand = || set_by(live, &field.path).is_some_and(|by| !is_controller(live, &by.manager));
    field.new.is_none() || value_at(desired, path).is_some() || by_hand()
}

fn of_field(field: FieldChange, live: &Json) -> DriftedField {
    let FieldChange { path, old, new } = field;
    let ours = || old.is_some().then(|| last_set(live, OURS)).flatten();
    let by = set_by(live, &path).or_else(ours);
    DriftedField { path, stored: new, live: old, by }
}

fn masks(release: &Release, plan: &Plan) -> Masks {
    let mut masks = Masks::default();
    masks.learn_manifest(&release.manifest);
    for step in &plan.steps {
        step.live.iter().for_each(|live| masks.learn(live));
    }
    masks
}

fn masked(mut drifted: Drifted, masks: &Masks) -> Drifted {
    let kind = drifted.object.kind.clone();
    for field in &mut drifted.fields {
        for value in [&mut field.stored, &mut field.live] {
            *value = value.as_ref().map(|value| masks.at(&kind, &field.path, value));
        }
    }
    drifted.remarks = drifted.remarks.iter().map(|text| masks.text(text)).collect();
    drifted
}
