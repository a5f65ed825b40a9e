//! What a rollback does not bring back, and what it takes away beside the revision.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Kind, Planned, is_same};
use crate::action::crds::crds;
use crate::action::deploy::{Draft, Operation, objects};
use crate::action::leftovers::claim_templates;
use crate::action::{Context, Error};
use crate::cluster::{Change, Json, Refusal, SetBy, Step, last_set, set_by, value_at};
use crate::manifest::{Hook, HookEvent, Object, ObjectRef};
use crate::release::Release;

/// A field that somebody set by hand, or another program, and that a plan sets otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualChange {
    /// The object.
    pub object: ObjectRef,
    /// Where the field is.
    pub path: String,
    /// Who set it, and when.
    pub by: SetBy,
    /// Whether it is in the way: the plan cannot be carried out without taking the field over.
    pub conflicts: bool,
}

impl Planned {
    /// Returns why the revision was chosen, where the user did not name it.
    pub fn reason(&self) -> Option<&str> {
        match &self.operation {
            Kind::Deploy(draft) => draft.reason.as_deref(),
            Kind::Uninstall { .. } | Kind::Compare { .. } => None,
        }
    }

    /// Returns what a rollback does not bring back, a sentence for each thing.
    pub fn not_restored(&self) -> &[String] {
        &self.not_restored
    }

    /// Returns the fields that others set and the plan sets otherwise.
    pub fn manual_changes(&self) -> Vec<ManualChange> {
        self.plan.steps.iter().flat_map(manual_changes).collect()
    }

    /// Says whether what was changed by hand is put back.
    pub fn repairs(&self) -> bool {
        matches!(&self.operation, Kind::Deploy(draft) if draft.options.repair)
    }

    /// Returns the revision that a rollback repeats, `None` for every other plan.
    pub fn target(&self) -> Option<i64> {
        match &self.operation {
            Kind::Deploy(draft) => match draft.operation {
                Operation::Rollback { to } => Some(to),
                Operation::Install { .. } | Operation::Upgrade => None,
            },
            Kind::Uninstall { .. } | Kind::Compare { .. } => None,
        }
    }

    /// Returns the objects as the revision that is there now states them.
    pub fn recorded(&self) -> Recorded {
        let manifest = self.current().map(|current| current.manifest.as_str()).unwrap_or_default();
        let namespace = self.release().namespace.clone();
        Recorded { objects: objects(manifest).unwrap_or_default(), namespace }
    }
}

/// The objects of a revision, as it states them.
#[derive(Debug)]
pub struct Recorded {
    objects: Vec<Object>,
    namespace: String,
}

impl Recorded {
    /// Returns what the revision states of a field.
    pub fn at(&self, object: &ObjectRef, path: &str) -> Option<Json> {
        let found = self.objects.iter().find(|one| {
            let mut reference = one.reference.clone();
            if object.namespace.is_some() {
                reference.namespace.get_or_insert(self.namespace.clone());
            }
            is_same(&reference, object)
        })?;
        let stated = Json::from(found.value.clone());
        let in_plain_text = || {
            let key = path.strip_prefix("data").filter(|_| object.kind == "Secret")?;
            let text = value_at(&stated, &format!("stringData{key}"))?.as_str()?;
            Some(Json::from(STANDARD.encode(text)))
        };
        value_at(&stated, path).cloned().or_else(in_plain_text)
    }
}

fn manual_changes(step: &Step) -> Vec<ManualChange> {
    let Some(live) = &step.live else { return Vec::new() };
    let change = |path: &str, by: SetBy, conflicts: bool| ManualChange {
        object: step.object.clone(),
        path: path.to_owned(),
        by,
        conflicts,
    };
    match &step.change {
        Change::Update(fields) | Change::Adopt(fields) | Change::Replace(fields) => {
            let theirs = fields.iter().filter_map(|field| {
                // What another manager set and we take away or set otherwise.
                field.old.as_ref()?;
                Some(change(&field.path, set_by(live, &field.path)?, false))
            });
            theirs.collect()
        }
        Change::Refused(Refusal::Conflict { fields, .. }) => {
            let theirs = fields.iter().map(|field| {
                let unknown = SetBy { manager: field.manager.clone(), time: String::new() };
                let by = last_set(live, &field.manager).unwrap_or(unknown);
                change(field.field.trim_start_matches('.'), by, true)
            });
            theirs.collect()
        }
        _ => Vec::new(),
    }
}

impl Context<'_> {
    /// Finds what a rollback does not bring back: what the revisions after the target did beside
    /// setting objects.
    pub(super) async fn not_restored(&self, draft: &Draft) -> Result<Vec<String>, Error> {
        let Operation::Rollback { to } = draft.operation else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for revision in self.store.revisions(&draft.next.name).await? {
            if revision.key.version <= to {
                continue;
            }
            let Some(later) = self.store.get(&draft.next.name, revision.key.version).await? else {
                continue;
            };
            found.extend(later.hooks.iter().filter_map(|hook| ran(hook, &later)));
            found.extend(jobs(&later)?);
            for definition in definitions(&later, &draft.next)? {
                if self.cluster.find(&definition).await?.is_some() {
                    found.push(format!(
                        "{definition} stays as it is: a rollback leaves the definitions of crds/ alone"
                    ));
                }
            }
        }
        found.extend(data(draft)?);
        let mut told = std::collections::HashSet::new();
        found.retain(|text| told.insert(text.clone()));
        Ok(found)
    }
}

fn ran(hook: &Hook, release: &Release) -> Option<String> {
    if hook.is_test() || hook.last_run.started_at.is_zero() {
        return None;
    }
    let events: Vec<&str> = hook.events.iter().map(HookEvent::as_str).collect();
    Some(format!(
        "{}/{} ran as {} hook of revision {}, at {}: what it did stays done",
        hook.kind,
        hook.name,
        events.join(", "),
        release.version,
        hook.last_run.started_at.timestamp().strftime("%Y-%m-%d %H:%M:%S UTC")
    ))
}

fn jobs(release: &Release) -> Result<Vec<String>, Error> {
    let objects = objects(&release.manifest)?;
    let jobs = objects.iter().filter(|object| object.reference.kind == "Job");
    let text = |job: &Object| {
        let version = release.version;
        format!("{} of revision {version} was started: what it did stays done", job.reference)
    };
    Ok(jobs.map(text).collect())
}

/// Names the definitions that came with a later revision, or came otherwise.
fn definitions(later: &Release, target: &Release) -> Result<Vec<ObjectRef>, Error> {
    let before = crds(&target.chart)?;
    let is_same = |object: &Object| {
        before.iter().any(|one| one.reference == object.reference && one.value == object.value)
    };
    let changed = crds(&later.chart)?.into_iter().filter(|object| !is_same(object));
    Ok(changed.map(|object| object.reference).collect())
}

/// Names the claims whose data stays as it is now.
fn data(draft: &Draft) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for release in draft.current.iter().chain([&draft.next]) {
        for object in objects(&release.manifest)? {
            if object.reference.kind == "PersistentVolumeClaim" {
                found.push(format!("the data of {} stays as it is now", object.reference));
            }
            if !claim_templates(&object).is_empty() {
                let set = &object.reference;
                found.push(format!("the data in the claims of {set} stays as it is now"));
            }
        }
    }
    Ok(found)
}
