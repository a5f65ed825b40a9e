//! Verdicts with all that helps to act on them: the log, the change that is to blame, and no secrets.

mod changes;
mod why;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::deploy::objects;
use super::{Context, Error, HookFailure, Masks};
use crate::cluster::{self, LogOf, Verdict};
use crate::manifest::Object;
use crate::release::{Release, Status};
use changes::changes;
pub use why::{Now, Why, why};

/// How many of the last lines of a log are shown.
const LAST_LINES: i64 = 20;

/// How many verdicts of a failure come with their logs; more say the same.
const WITH_LOGS: usize = 3;

/// How many letters of a line of a log are recorded.
const LONGEST_LINE: usize = 500;

/// How many bytes are recorded; Kubernetes allows 256 KiB for all annotations of an object.
const LARGEST: usize = 64 * 1024;

/// A verdict with what else is known; values of Secrets are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The last lines that the container wrote, or why they cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub log: Vec<String>,
    /// The fields that this revision changed and that are likeliest to blame.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<String>,
}

/// Objects of a release did not become ready.
#[derive(Debug)]
pub struct NotReady {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision to go back to, if there is one.
    pub before: Option<i64>,
    /// What the waiting ended with.
    pub error: cluster::Error,
    /// Why, the likeliest first; never empty.
    pub diagnoses: Vec<Diagnosis>,
}

impl NotReady {
    /// Returns the failure in one line, for the record.
    pub(super) fn summary(&self) -> String {
        let mut lines: Vec<String> = self.diagnoses.iter().map(|one| one.verdict.line()).collect();
        if let cluster::Error::NotReady { .. } = self.error {
            lines.push("context deadline exceeded".to_owned());
        }
        lines.join("; ")
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: Vec<String> = self.diagnoses.iter().map(|one| one.verdict.line()).collect();
        match &self.error {
            cluster::Error::Hopeless { not_ready, .. } => {
                write!(f, "{}\n{}", first.join("\n"), not_ready.join("\n"))
            }
            error => write!(f, "{}\n{error}", first.join("\n")),
        }
    }
}

impl std::error::Error for NotReady {}

impl Context<'_> {
    /// Says why a wait failed, if it is known.
    pub(super) async fn explain_unready(&self, release: &Release, error: Error) -> Error {
        let Error::Cluster(error) = error else { return error };
        if error.verdicts().is_empty() {
            return Error::Cluster(error);
        }
        let before = self.healthy_before(release).await;
        let diagnoses = self.diagnose(release, before.as_ref(), error.verdicts()).await;
        Error::NotReady(Box::new(NotReady {
            name: release.name.clone(),
            namespace: self.namespace.clone(),
            before: before.map(|before| before.version),
            error,
            diagnoses,
        }))
    }

    /// Says why a hook failed, if it is known.
    pub(super) async fn explain_hook(
        &self,
        release: &Release,
        mut failure: Box<HookFailure>,
    ) -> Error {
        if !failure.error.verdicts().is_empty() {
            let before = self.healthy_before(release).await;
            failure.diagnoses =
                self.diagnose(release, before.as_ref(), failure.error.verdicts()).await;
        }
        Error::Hook(failure)
    }

    /// Adds to verdicts what else is known, and takes secrets out.
    pub(super) async fn diagnose(
        &self,
        release: &Release,
        before: Option<&Release>,
        verdicts: &[Verdict],
    ) -> Vec<Diagnosis> {
        let masks = masks(release, before);
        let mut diagnoses = Vec::new();
        for (at, verdict) in verdicts.iter().enumerate() {
            let log = if at < WITH_LOGS { self.last_words_of(verdict).await } else { Vec::new() };
            let changes = match before {
                Some(before) => blamed(verdict, before, release, &masks),
                None => Vec::new(),
            };
            let verdict = Verdict {
                reason: masks.text(&verdict.reason),
                evidence: verdict.evidence.iter().map(|line| masks.text(line)).collect(),
                ..verdict.clone()
            };
            let log = log.iter().map(|line| masks.text(line)).collect();
            diagnoses.push(Diagnosis { verdict, log, changes });
        }
        diagnoses
    }

    async fn last_words_of(&self, verdict: &Verdict) -> Vec<String> {
        if verdict.log == LogOf::None {
            return Vec::new();
        }
        match self.cluster.last_lines_of(verdict, LAST_LINES).await {
            Ok(lines) => lines,
            Err(error) => vec![error.to_string()],
        }
    }

    /// Returns the newest revision before this one that was not a failure.
    pub(super) async fn healthy_before(&self, release: &Release) -> Option<Release> {
        let revisions = self.store.revisions(&release.name).await.ok()?;
        let was_deployed = |status| matches!(status, Status::Deployed | Status::Superseded);
        let mut before = revisions
            .iter()
            .rev()
            .filter(|entry| entry.key.version < release.version && was_deployed(entry.status()));
        self.store.get(&release.name, before.next()?.key.version).await.ok()?
    }
}

/// Returns what stands for the values of the Secrets of a revision and the one before.
fn masks(release: &Release, before: Option<&Release>) -> Masks {
    let mut masks = Masks::default();
    for release in [Some(release), before].into_iter().flatten() {
        masks.learn_manifest(&release.manifest);
        for hook in &release.hooks {
            masks.learn_manifest(&hook.manifest);
        }
    }
    masks
}

/// Returns the changes between two revisions that are likeliest to blame; manifests that cannot be
/// read have none.
fn blamed(verdict: &Verdict, before: &Release, release: &Release, masks: &Masks) -> Vec<String> {
    let (Ok(old), Ok(new)) = (with_hooks(before), with_hooks(release)) else {
        return Vec::new();
    };
    changes(verdict, &old, &new, masks)
}

fn with_hooks(release: &Release) -> Result<Vec<Object>, Error> {
    let mut all = objects(&release.manifest)?;
    for hook in &release.hooks {
        all.extend(objects(&hook.manifest)?);
    }
    Ok(all)
}

/// Returns why an operation failed, for the record; `None` where no verdict says it.
pub(super) fn stored(error: &Error) -> Option<String> {
    let mut diagnoses = match error {
        Error::NotReady(failure) => failure.diagnoses.clone(),
        Error::Hook(failure) => failure.diagnoses.clone(),
        _ => return None,
    };
    for line in diagnoses.iter_mut().flat_map(|diagnosis| &mut diagnosis.log) {
        if line.chars().count() > LONGEST_LINE {
            *line = line.chars().take(LONGEST_LINE).chain(" …".chars()).collect();
        }
    }
    while !diagnoses.is_empty() {
        let text = serde_json::to_string(&diagnoses).ok()?;
        if text.len() <= LARGEST {
            return Some(text);
        }
        diagnoses.pop();
    }
    None
}

/// Returns what [`stored`] wrote; what cannot be read is none.
fn read(stored: &str) -> Vec<Diagnosis> {
    serde_json::from_str(stored).unwrap_or_default()
}
