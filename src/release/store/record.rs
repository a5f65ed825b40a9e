//! A record as a driver sees it: a key, labels and bytes.

use std::collections::BTreeMap;
use std::fmt;

use crate::release::{Error, Release, Status, codec};

/// The value of the label `owner` of every record.
pub(super) const OWNER: &str = "helm";

/// The labels that describe the record, and so are not the user's.
pub const SYSTEM_LABELS: [&str; 6] =
    ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// How the names of records start (pkg/storage/storage.go).
const PREFIX: &str = "sh.helm.release.v1.";

/// What tells a record from every other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The namespace of the release.
    pub namespace: String,
    /// The name of the release.
    pub name: String,
    /// The number of the revision.
    pub version: i64,
}

impl Key {
    /// Reads the name of a record; `None` if it is not one of a release.
    pub(super) fn parse(namespace: &str, record: &str) -> Option<Self> {
        let (name, version) = record.strip_prefix(PREFIX)?.rsplit_once(".v")?;
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Some(Self { namespace, name, version: version.parse().ok()? })
    }
}

impl fmt::Display for Key {
    /// Writes the name that the record has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}.v{}", self.name, self.version)
    }
}

/// What is known of a record without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which record it is.
    pub key: Key,
    /// All labels, the user's and those that describe the record.
    pub labels: BTreeMap<String, String>,
    /// Which writing of the record this is; an update that states one must still find it.
    pub state: Option<String>,
    /// The windlass run that is at work on the revision; see [`Release::holder`].
    pub holder: Option<String>,
    /// When the revision was last seen to be healthy; see [`Release::healthy`].
    pub healthy: Option<jiff::Timestamp>,
    /// Why the revision failed; see [`Release::verdict`].
    pub verdict: Option<String>,
    /// When the record was written, if the driver knows.
    pub written: Option<jiff::Timestamp>,
}

impl Entry {
    /// Returns the status of the revision.
    pub fn status(&self) -> Status {
        self.labels.get("status").map_or(Status::Unknown, |status| Status::from(status.as_str()))
    }
}

/// A record with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What is known without the body.
    pub entry: Entry,
    /// The body, as the codec wrote it.
    pub body: String,
}

impl Record {
    /// Writes the record of a release.
    pub(super) fn new(entry: Entry, release: &Release) -> Result<Self, Error> {
        let body = codec::encode(release)
            .map_err(|source| Error::Encode { name: release.name.clone(), source })?;
        Ok(Self { entry, body })
    }
}

/// Returns the labels that describe the record of a release.
pub(super) fn labels(release: &Release) -> [(String, String); 4] {
    [
        ("name", release.name.clone()),
        ("owner", OWNER.to_owned()),
        ("status", release.info.status.to_string()),
        ("version", release.version.to_string()),
    ]
    .map(|(label, value)| (label.to_owned(), value))
}

/// Which records to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<'a> {
    /// The namespace; `None` for all.
    pub namespace: Option<&'a str>,
    /// The name of the release; `None` for all.
    pub name: Option<&'a str>,
    /// Which of the revisions, by their status.
    pub revisions: Revisions,
}

/// Which revisions of a release to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisions {
    /// All.
    All,
    /// All but the superseded, which are most.
    NotSuperseded,
    /// Those that are neither superseded nor failed: one, as a rule.
    Current,
}

impl Revisions {
    /// Returns the statuses that are not wanted.
    pub(super) fn without(self) -> &'static [Status] {
        match self {
            Self::All => &[],
            Self::NotSuperseded => &[Status::Superseded],
            Self::Current => &[Status::Superseded, Status::Failed],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_read_from_the_name_of_a_record() {
        let key = Key::parse("ns", "sh.helm.release.v1.web.v2.v10").unwrap();
        assert_eq!((key.name.as_str(), key.version), ("web.v2", 10));
        assert_eq!(key.to_string(), "sh.helm.release.v1.web.v2.v10");
        for other in ["sh.helm.release.v1.web", "sh.helm.release.v1.web.vx", "token.v1", ""] {
            assert_eq!(Key::parse("ns", other), None, "{other}");
        }
    }
}
