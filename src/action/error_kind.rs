//! What kind of failure an error is: what a script can do about it.

use super::stop::Signal;
use super::{Error, SavedPlanError};
use crate::{cluster, release};

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
            Self::NotReady(_) => ErrorKind::NotReady,
            Self::Hook(failure) => of_cluster(&failure.error),
            Self::NameInUse { .. }
            | Self::Pending { .. }
            | Self::Locked { .. }
            | Self::Overtaken { .. }
            | Self::LockLost { .. }
            | Self::Moved { .. }
            | Self::SavedPlan(SavedPlanError::OtherCluster { .. }) => ErrorKind::InTheWay,
            Self::SavedPlan(_) => ErrorKind::BadInput,
            Self::Cancelled { signal: Signal::Interrupt, .. } => ErrorKind::Interrupted,
            Self::Cancelled { signal: Signal::Terminate, .. } => ErrorKind::Terminated,
            Self::NotFound { .. }
            | Self::NoDeployedRelease { .. }
            | Self::NoSuchObject { .. }
            | Self::NoSuchField { .. }
            | Self::NoSuchRevision { .. } => ErrorKind::NotFound,
            Self::AlreadyDeleted { .. } | Self::Undeleted { .. } | Self::NotCleanedUp { .. } => {
                ErrorKind::Failed
            }
            Self::Recovered { error, .. } | Self::NothingToRollBackTo { error, .. } => error.kind(),
            // A release that is neither what it was nor what it should be.
            Self::NotRecovered { .. } => ErrorKind::Failed,
            Self::ApplyFlags { .. } => ErrorKind::BadInput,
        }
    }
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
        // Admission refuses with the code of a missing permission, which it is not.
        cluster::Error::Api { message, .. } if cluster::Denial::of(message).is_some() => {
            ErrorKind::Failed
        }
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
        | cluster::Error::Hopeless { .. }
        | cluster::Error::Failed { .. }
        | cluster::Error::NotEstablished { .. } => ErrorKind::NotReady,
        cluster::Error::Several { errors } => errors.first().map_or(ErrorKind::Failed, of_cluster),
    }
}
