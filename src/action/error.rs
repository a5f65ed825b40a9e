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

/// What a caller can do about a failure; each kind has an exit code of its own
/// (docs/reference/exit-codes.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// None of the others, such as an object that the API server rejects.
    Failed,
    /// A chart, a values file, a `--set` or a template is wrong.
    BadInput,
    /// There is no kubeconfig, no connection, no valid credentials, or no permission.
    NoCluster,
    /// There is no such release or revision.
    NotFound,
    /// A name, a running operation, an object or a field belongs to someone else.
    InTheWay,
    /// The objects were applied, but did not become ready.
    NotReady,
    /// SIGINT stopped it.
    Interrupted,
    /// SIGTERM stopped it.
    Terminated,
}

impl ErrorKind {
    /// Returns the word for it, as JSON log lines have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::BadInput => "bad-input",
            Self::NoCluster => "no-cluster",
            Self::NotFound => "not-found",
            Self::InTheWay => "in-the-way",
            Self::NotReady => "not-ready",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}

impl Error {
    /// Returns what kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Chart(_)
            | Self::Load { .. }
            | Self::Engine(_)
            | Self::Template { .. }
            | Self::Manifest(_)
            | Self::Rendered { .. }
            | Self::Values(_)
            | Self::File { .. }
            | Self::Fetch { .. }
            | Self::JsonPath { .. }
            | Self::InvalidName { .. }
            | Self::UnknownValues { .. }
            | Self::InvalidPath { .. }
            | Self::AmbiguousObject { .. }
            | Self::NameTemplate { .. }
            | Self::PostRenderer { .. }
            | Self::PostRendererFailed { .. }
            | Self::PostRendererOutput { .. }
            | Self::PostRenderYaml { .. }
            | Self::PostRenderedYaml { .. }
            | Self::NoSuchTemplate { .. } => ErrorKind::BadInput,
            Self::Release(error) => of_release(error),
            Self::Cluster(error) => of_cluster(error),
            Self::Hook(failure) => of_cluster(&failure.error),
            Self::NameInUse { .. }
            | Self::Pending { .. }
            | Self::Locked { .. }
            | Self::Overtaken { .. }
            | Self::LockLost { .. }
            | Self::Moved { .. }
            | Self::SavedPlan(super::SavedPlanError::OtherCluster { .. }) => ErrorKind::InTheWay,
            Self::SavedPlan(_) => ErrorKind::BadInput,
            Self::Cancelled { signal: Signal::Interrupt, .. } => ErrorKind::Interrupted,
            Self::Cancelled { signal: Signal::Terminate, .. } => ErrorKind::Terminated,
            Self::NotFound { .. }
            | Self::NoDeployedRelease { .. }
            | Self::NoSuchObject { .. }
            | Self::NoSuchField { .. }
            | Self::NoSuchRevision { .. } => ErrorKind::NotFound,
            Self::AlreadyDeleted { .. } | Self::Undeleted { .. } => ErrorKind::Failed,
            Self::ApplyFlags { .. } => ErrorKind::BadInput,
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

    /// Says what to do next, where that is certain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NameInUse { name, revision, status } if status == "uninstalled" => Some(format!(
                "release `{name}` is at revision {revision} ({status}); --replace takes its name again"
            )),
            Self::NameInUse { name, revision, status } => Some(format!(
                "release `{name}` is at revision {revision} ({status}); use `upgrade {name} CHART`, \
                 or `upgrade --install`, which does what fits"
            )),
            Self::NotFound { namespace, .. } | Self::NoDeployedRelease { namespace, .. } => {
                Some(format!(
                    "it was looked for in namespace `{namespace}`; `list -A` shows the releases of \
                     all namespaces"
                ))
            }
            Self::NoSuchRevision { name, known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                Some(format!(
                    "`{name}` has revisions {}; `history {name}` shows them",
                    known.join(", ")
                ))
            }
            Self::Pending { name, left, .. } => Some(format!(
                "--lock-timeout waits longer; in {} the next run clears it (--pending-grace), and \
                 `rollback {name}` does so at once",
                seconds(*left)
            )),
            Self::Release(release::Error::RecordTooLarge { parts, .. }) => Some(of_size(parts)),
            Self::ApplyFlags { .. } => Some(
                "--server-side=true or false says how; without it the release stays with how it \
                 was applied last"
                    .to_owned(),
            ),
            Self::Locked { .. } => Some(
                "--lock-timeout waits longer; a run that died loses its lock within seconds"
                    .to_owned(),
            ),
            Self::Moved { .. } => Some("nothing was changed; plan again".to_owned()),
            Self::SavedPlan(error) => error.hint().map(str::to_owned),
            Self::Template { hint, .. } => Some(hint.clone()),
            Self::Hook(failure) => Some(failure.hint()),
            Self::NoSuchObject { near, .. } if !near.is_empty() => {
                Some(format!("there is {}", some_of(near)))
            }
            Self::NoSuchField { reached, there, .. } if !there.is_empty() => {
                Some(format!("`{reached}` has {}", some_of(there)))
            }
            Self::InvalidPath { .. } => {
                Some(r#"write it as `.spec.containers[web].image` or `["a.b"]`"#.to_owned())
            }
            Self::Cluster(cluster::Error::NoKubeconfig { .. }) => {
                Some("set KUBECONFIG or use --kubeconfig".to_owned())
            }
            Self::Cluster(error) => of_refusal(error),
            _ => None,
        }
    }
}

/// Says what a record is full of, and what would make it smaller.
fn of_size(parts: &[release::Part]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(part, size)| format!("{part} {size} bytes")).collect();
    format!(
        "before packing: {}; keep large data out of the manifest and the values (an image, a volume, \
         an object store), or split the chart into several releases",
        parts.join(", ")
    )
}

/// Says what to do about objects that cannot be applied.
fn of_refusal(error: &cluster::Error) -> Option<String> {
    match error {
        cluster::Error::Foreign { .. } => Some(
            "--take-ownership makes them part of this release; another release that has them \
             loses them"
                .to_owned(),
        ),
        cluster::Error::Conflict { object, fields, .. } => {
            let fields: Vec<String> =
                fields.iter().map(|field| conflict(field, object.kind == "Secret")).collect();
            Some(format!(
                "{}--force-conflicts takes the fields over; or leave them out of the chart",
                if fields.is_empty() { String::new() } else { format!("{}; ", fields.join("; ")) }
            ))
        }
        cluster::Error::Immutable { object, fields, .. } => {
            let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
            let fields =
                if paths.is_empty() { String::new() } else { format!(" ({})", paths.join(", ")) };
            Some(format!(
                "a field that cannot change once the object exists would change{fields}; \
                 --recreate {}/{} deletes the object and makes it anew",
                object.kind, object.name
            ))
        }
        cluster::Error::Api { reason, .. } if reason == cluster::BREAKING_DEFINITION => {
            Some("--force-crds goes on in spite; --crds=skip leaves crds/ alone".to_owned())
        }
        cluster::Error::Several { errors } => errors.iter().find_map(of_refusal),
        _ => None,
    }
}

/// Says who has a field, and both values unless they are secret.
fn conflict(field: &cluster::FieldConflict, is_secret: bool) -> String {
    if is_secret {
        return format!("`{}` has set {}", field.manager, field.field);
    }
    let value = |value: &Option<cluster::Json>| match value {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let (theirs, ours) = (value(&field.theirs), value(&field.ours));
    format!("`{}` has set {} to {theirs}, the chart wants {ours}", field.manager, field.field)
}

fn seconds(duration: Duration) -> String {
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
fn some_of(names: &[String]) -> String {
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

fn of_release(error: &release::Error) -> ErrorKind {
    match error {
        release::Error::NotFound { .. } => ErrorKind::NotFound,
        release::Error::Exists { .. } | release::Error::Conflict { .. } => ErrorKind::InTheWay,
        release::Error::InvalidName { .. } | release::Error::InvalidSelector { .. } => {
            ErrorKind::BadInput
        }
        release::Error::Unreachable { .. } => ErrorKind::NoCluster,
        _ => ErrorKind::Failed,
    }
}

fn of_cluster(error: &cluster::Error) -> ErrorKind {
    match error {
        cluster::Error::NoKubeconfig { .. }
        | cluster::Error::Kubeconfig { .. }
        | cluster::Error::Credentials { .. }
        | cluster::Error::Unreachable { .. }
        | cluster::Error::Api { code: 401 | 403, .. } => ErrorKind::NoCluster,
        cluster::Error::Api { .. } | cluster::Error::NoSuchKind { .. } => ErrorKind::Failed,
        cluster::Error::Foreign { .. }
        | cluster::Error::Conflict { .. }
        | cluster::Error::Immutable { .. } => ErrorKind::InTheWay,
        cluster::Error::NotReady { .. }
        | cluster::Error::Failed { .. }
        | cluster::Error::NotEstablished { .. } => ErrorKind::NotReady,
        cluster::Error::Several { errors } => errors.first().map_or(ErrorKind::Failed, of_cluster),
    }
}
