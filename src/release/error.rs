//! What can go wrong between a release and the place where it is kept.

use super::store::Key;
use super::{Part, codec};
use crate::yaml;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a release could not be read or stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A record that was there is not there any more.
    #[error("release `{name}` has no revision {version} in namespace `{namespace}`")]
    NotFound {
        /// The release.
        name: String,
        /// The revision that was asked for.
        version: i64,
        /// Where it was looked for.
        namespace: String,
    },
    /// The revision was stored before, so another run is at work.
    #[error("revision {version} of release `{name}` already exists")]
    Exists {
        /// The release.
        name: String,
        /// The revision that was to be new.
        version: i64,
    },
    /// The revision was stored by somebody else since it was read.
    #[error("revision {version} of release `{name}` was changed by somebody else meanwhile")]
    Conflict {
        /// The release.
        name: String,
        /// The revision that was to be updated.
        version: i64,
    },
    /// A name cannot be the name of a release.
    #[error("release name `{name}` is invalid")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// A label selector breaks the grammar.
    #[error("label selector `{selector}` is invalid")]
    InvalidSelector {
        /// The selector.
        selector: String,
    },
    /// A record is there, but is no release.
    #[error("record `{record}` in namespace `{namespace}` is damaged")]
    Damaged {
        /// The name of the Secret or ConfigMap.
        record: String,
        /// Where it is.
        namespace: String,
        /// What is wrong with it.
        #[source]
        source: codec::Error,
    },
    /// A release cannot be written as a record.
    #[error("cannot write release `{name}` as a record")]
    Encode {
        /// The release.
        name: String,
        /// What is wrong with it.
        #[source]
        source: codec::Error,
    },
    /// The record of a release is larger than Kubernetes takes, whatever is left out of it.
    #[error(
        "the record of revision {version} of release `{name}` takes {size} bytes, packed and \
         without the chart's templates and files; Kubernetes allows {limit}"
    )]
    RecordTooLarge {
        /// The release.
        name: String,
        /// The revision that was to be stored.
        version: i64,
        /// What it takes.
        size: usize,
        /// What it may take.
        limit: usize,
        /// What is in it, the largest first.
        parts: Vec<Part>,
    },
    /// A file of releases for the memory driver is not one.
    #[error("cannot read memory driver data")]
    Data(#[source] yaml::Error),
    /// The API server understood the request and refused it.
    #[error("cannot {doing}")]
    Refused {
        /// What was asked for.
        doing: String,
        /// The API server's words.
        #[source]
        source: Cause,
    },
    /// The API server was not reached, or its answer was not understood.
    #[error("cannot {doing}")]
    Unreachable {
        /// What was asked for.
        doing: String,
        /// What went wrong on the way.
        #[source]
        source: Cause,
    },
}

impl Error {
    pub(super) fn not_found(key: &Key) -> Self {
        let Key { namespace, name, version } = key.clone();
        Self::NotFound { name, version, namespace }
    }

    pub(super) fn exists(key: &Key) -> Self {
        Self::Exists { name: key.name.clone(), version: key.version }
    }

    pub(super) fn conflict(key: &Key) -> Self {
        Self::Conflict { name: key.name.clone(), version: key.version }
    }
}
