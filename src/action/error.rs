//! Why an action failed, with a hint where the next step is certain.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::HookFailure;
use super::lock::UNMARKED;
use super::stop::Signal;
use crate::values::jsonpath::SyntaxError;
use crate::{chart, cluster, engine, manifest, release, values, yaml};

/// Why an action failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chart does not fit the values or the cluster, or its error names its files.
    #[error(transparent)]
    Chart(#[from] chart::Error),
    /// The chart could not be loaded.
    #[error("{message} (chart `{}`)", .path.display())]
    Load {
        /// The folder or packed chart.
        path: PathBuf,
        /// What is wrong with it, all causes on one line, as Helm has them.
        message: String,
    },
    /// A template failed.
    #[error(transparent)]
    Engine(#[from] Box<engine::error::Error>),
    /// A template failed, and it is known why.
    #[error("{error}")]
    Template {
        /// What failed.
        error: Box<engine::error::Error>,
        /// What to do about it.
        hint: String,
    },
    /// What was rendered is no set of Kubernetes objects.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// What the templates of a chart came to is no set of Kubernetes objects.
    #[error("{error}")]
    Rendered {
        /// What is wrong with it.
        error: manifest::Error,
        /// What each template came to.
        files: BTreeMap<String, String>,
        /// The template line behind each line of the error's excerpt, where it is known.
        origins: Vec<Option<String>>,
    },
    /// A record could not be read or written.
    #[error(transparent)]
    Release(#[from] release::Error),
    /// A value was not given as it must be.
    #[error(transparent)]
    Values(#[from] values::Error),
    /// The cluster could not be reached, or refused.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// A file could not be read or written.
    #[error("cannot {doing} `{}`", .path.display())]
    File {
        /// What was being done, such as `read values file`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A values file could not be fetched.
    #[error("cannot fetch `{url}`: {reason}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// A JSONPath template cannot be read.
    #[error("error parsing jsonpath {template}: {source}")]
    JsonPath {
        /// The template.
        template: String,
        /// What is wrong with it.
        source: SyntaxError,
    },
    /// The release's name is not one that Kubernetes would take.
    #[error("invalid release name `{name}`: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// A post-renderer could not be run.
    #[error("error while running post render on files: cannot run post-renderer `{program}`")]
    PostRenderer {
        /// The program.
        program: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A post-renderer failed.
    #[error(
        "error while running post render on files: post-renderer `{program}` failed ({status}){}",
        said(remarks)
    )]
    PostRendererFailed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// What it said on standard error.
        remarks: String,
    },
    /// What a post-renderer gave back is of no use.
    #[error(
        "error while running post render on files: post-renderer \"{program}\" produced {what} output"
    )]
    PostRendererOutput {
        /// The program.
        program: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// What was rendered cannot be given to a post-renderer.
    #[error("error merging manifests: parsing {path}: {error}")]
    PostRenderYaml {
        /// The template.
        path: String,
        /// What is wrong with it.
        error: yaml::Error,
    },
    /// What a post-renderer gave back is no YAML.
    #[error("error while parsing post rendered output: error parsing YAML: {error}")]
    PostRenderedYaml {
        /// What is wrong with it.
        error: yaml::Error,
    },
    /// The template of the release's name cannot be rendered.
    #[error("{reason}")]
    NameTemplate {
        /// What Go says of it.
        reason: String,
    },
    /// The name is taken.
    #[error("cannot reuse a name that is still in use")]
    NameInUse {
        /// The name.
        name: String,
        /// The release's newest revision.
        revision: i64,
        /// Its status.
        status: String,
    },
    /// There is no such release.
    #[error("release: not found")]
    NotFound {
        /// The name.
        name: String,
        /// The namespace it was looked for in.
        namespace: String,
    },
    /// There is no such release to upgrade.
    #[error("\"{name}\" has no deployed releases")]
    NoDeployedRelease {
        /// The name.
        name: String,
        /// The namespace it was looked for in.
        namespace: String,
    },
    /// The release has no such revision.
    #[error("release has no {revision} version")]
    NoSuchRevision {
        /// The name.
        name: String,
        /// The revision asked for.
        revision: i64,
        /// The revisions there are.
        known: Vec<i64>,
    },
    /// The newest record says that something is under way, and no lock tells whether that is so.
    #[error(
        "another operation (install/upgrade/rollback) is in progress: revision {revision} of release `{name}` is {status} since {age}{}",
        by(.holder), age = seconds(*.age)
    )]
    Pending {
        /// The name.
        name: String,
        /// The pending revision.
        revision: i64,
        /// Its status.
        status: String,
        /// The run that is at work on it, if it is one of windlass.
        holder: Option<String>,
        /// How long ago the record was written.
        age: Duration,
        /// When it counts as dead.
        left: Duration,
    },
    /// Another run of windlass is changing the release.
    #[error(
        "another operation (install/upgrade/rollback) is in progress: {holder} is at work on release `{name}`"
    )]
    Locked {
        /// The name.
        name: String,
        /// The run that does.
        holder: String,
    },
    /// Another run made the revision that this one was about to make.
    #[error(
        "another operation (install/upgrade/rollback) is in progress: revision {revision} of release `{name}` was made meanwhile by {}; nothing was applied",
        .holder.as_deref().unwrap_or(UNMARKED)
    )]
    Overtaken {
        /// The name.
        name: String,
        /// The revision.
        revision: i64,
        /// The run that made it, if it is one of windlass.
        holder: Option<String>,
    },
    /// This run did not come to renew its lock, such as in a machine that slept.
    #[error("the lock on release `{name}` was lost{}; nothing more is applied", lost_to(.to))]
    LockLost {
        /// The name.
        name: String,
        /// The run that has it now, if one has.
        to: Option<String>,
    },
    /// The release was uninstalled before.
    #[error("the release named \"{name}\" is already deleted")]
    AlreadyDeleted {
        /// The name.
        name: String,
    },
    /// Flags that do not go together with how the release is applied; the texts are Helm's.
    #[error("{reason}")]
    ApplyFlags {
        /// Why they do not.
        reason: &'static str,
    },
    /// Objects did not become ready, and it is known why.
    #[error(transparent)]
    NotReady(Box<super::NotReady>),
    /// A hook failed.
    #[error(transparent)]
    Hook(Box<HookFailure>),
    /// Some objects of a release could not be deleted.
    #[error("failed to delete release: {name}\n{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Undeleted {
        /// The name.
        name: String,
        /// What could not be done.
        errors: Vec<cluster::Error>,
    },
    /// `--show-only` names a template that rendered nothing.
    #[error("could not find template {pattern} in chart")]
    NoSuchTemplate {
        /// The pattern.
        pattern: String,
    },
    /// The user gives values that the chart does not know.
    #[error("the chart does not know these values:\n  {}", .problems.join("\n  "))]
    UnknownValues {
        /// A sentence for each.
        problems: Vec<String>,
    },
    /// No object of a chart has the kind and name.
    #[error("the chart renders no object `{wanted}`")]
    NoSuchObject {
        /// What was asked for.
        wanted: String,
        /// Objects that are like it, or all there are.
        near: Vec<String>,
    },
    /// Several objects of a chart have the kind and name.
    #[error("the chart renders several objects `{wanted}`: {}", .places.join(", "))]
    AmbiguousObject {
        /// What was asked for.
        wanted: String,
        /// The objects.
        places: Vec<String>,
    },
    /// An object has no such field.
    #[error("`{object}` has nothing at `{text}`")]
    NoSuchField {
        /// The object.
        object: String,
        /// The path that was asked for.
        text: String,
        /// How far it leads.
        reached: String,
        /// What there is.
        there: Vec<String>,
    },
    /// A path is none.
    #[error("cannot read the path `{text}`")]
    InvalidPath {
        /// The path.
        text: String,
    },
    /// The cluster is no longer as a plan saw it.
    #[error("the cluster is no longer what was planned:\n  {}", .what.join("\n  "))]
    Moved {
        /// A sentence for each thing that moved.
        what: Vec<String>,
    },
    /// A plan could not be saved, or a file is no plan for this run.
    #[error(transparent)]
    SavedPlan(#[from] super::SavedPlanError),
    /// The operation failed, and what it had done was taken back.
    #[error(
        "release {name} failed, and has been {how} due to rollback-on-failure being set: {error}"
    )]
    Recovered {
        /// The name.
        name: String,
        /// How it was taken back.
        how: super::Recovery,
        /// Why it failed.
        error: Box<Self>,
    },
    /// The operation failed, and so did what was to take it back.
    #[error("an error occurred while {doing}. original {verb} error: {error}: {second}")]
    NotRecovered {
        /// What was being done, such as `rolling back the release`.
        doing: &'static str,
        /// What failed first.
        verb: &'static str,
        /// Why it failed.
        error: Box<Self>,
        /// Why it could not be taken back.
        second: Box<Self>,
    },
    /// The upgrade failed, and no revision before it was ever deployed.
    #[error(
        "unable to find a previously successful release when attempting to rollback. original upgrade error: {error}"
    )]
    NothingToRollBackTo {
        /// The name.
        name: String,
        /// Why it failed.
        error: Box<Self>,
    },
    /// Objects that a failed operation made could not be deleted.
    #[error("unable to cleanup resources: {}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NotCleanedUp {
        /// What could not be done.
        errors: Vec<cluster::Error>,
    },
    /// The run was interrupted.
    #[error("release {name} has been cancelled by {signal}{}", progress(.done))]
    Cancelled {
        /// The name.
        name: String,
        /// What interrupted it.
        signal: Signal,
        /// How many objects had been applied or deleted, and how many were to be.
        done: Option<(usize, usize)>,
    },
}

impl Error {
    /// Returns why the operation failed, whatever was done about that.
    pub fn first(&self) -> &Self {
        match self {
            Self::Recovered { error, .. }
            | Self::NotRecovered { error, .. }
            | Self::NothingToRollBackTo { error, .. } => error.first(),
            error => error,
        }
    }

    /// Says of an interruption how far the work was.
    pub(super) fn after_doing(self, count: usize, all: usize) -> Self {
        match self {
            Self::Cancelled { name, signal, .. } => {
                Self::Cancelled { name, signal, done: Some((count, all)) }
            }
            error => error,
        }
    }
}

pub(super) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{}s", seconds % 60),
    }
}

fn by(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
}

fn lost_to(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" to {holder}")).unwrap_or_default()
}

fn progress(done: &Option<(usize, usize)>) -> String {
    done.map(|(done, all)| format!(", {done} of {all} objects done")).unwrap_or_default()
}

/// Names the first of many things.
pub(super) fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// Puts what a program said after what is said of it.
fn said(remarks: &str) -> String {
    if remarks.is_empty() { String::new() } else { format!(":\n{remarks}") }
}
