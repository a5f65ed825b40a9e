//! The words of a record that are a choice.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the last operation on a revision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub enum Status {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Its objects are in the cluster.
    Deployed,
    /// The release was uninstalled.
    Uninstalled,
    /// A newer revision took its place.
    Superseded,
    /// It was not deployed.
    Failed,
    /// The release is being uninstalled.
    Uninstalling,
    /// An install is under way, or died.
    PendingInstall,
    /// An upgrade is under way, or died.
    PendingUpgrade,
    /// A rollback is under way, or died.
    PendingRollback,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Deployed,
        Self::Uninstalled,
        Self::Superseded,
        Self::Failed,
        Self::Uninstalling,
        Self::PendingInstall,
        Self::PendingUpgrade,
        Self::PendingRollback,
    ];

    /// Returns Helm's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    /// Says whether an operation is under way, or died before it could say how it ended.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or_default()
    }
}

impl From<String> for Status {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Status> for &'static str {
    fn from(status: Status) -> Self {
        status.as_str()
    }
}

/// How the objects of a revision were applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub enum ApplyMethod {
    /// The record does not say, as Helm 3's do not; that means by the client.
    #[default]
    Unstated,
    /// By the client, with a patch of its own making.
    ClientSide,
    /// By the API server.
    ServerSide,
}

impl ApplyMethod {
    /// Returns Helm's word, which is empty where the record does not say.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unstated => "",
            Self::ClientSide => "csa",
            Self::ServerSide => "ssa",
        }
    }
}

impl From<String> for ApplyMethod {
    fn from(text: String) -> Self {
        match text.as_str() {
            "ssa" => Self::ServerSide,
            "csa" => Self::ClientSide,
            _ => Self::Unstated,
        }
    }
}

impl From<ApplyMethod> for &'static str {
    fn from(method: ApplyMethod) -> Self {
        method.as_str()
    }
}
