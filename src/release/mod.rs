//! A release, its records, and where they are kept.
//!
//! A record is Helm's own, to the byte, so that Helm and windlass can take turns on one release.

pub mod codec;
mod error;
mod go_json;
mod slim;
mod status;
mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chart::Chart;
use crate::manifest::{Hook, Time};
use crate::yaml::Map;

pub use error::Error;
pub use slim::Part;
pub use status::{ApplyMethod, Status};
pub use store::{
    Driver, Entry, Key, Kubernetes, Memory, Query, Record, RecordKind, Revisions, SYSTEM_LABELS,
    Store, TakeRecord,
};

/// One revision of a release; fields are named as Helm's record names them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Release {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// What happened to the revision, and when.
    #[serde(default)]
    pub info: Info,
    /// The chart, without its subcharts once it was stored.
    #[serde(default)]
    pub chart: Chart,
    /// The user values.
    #[serde(default)]
    pub config: Map,
    /// The text of the manifest.
    #[serde(default)]
    pub manifest: String,
    /// The hooks.
    #[serde(default)]
    pub hooks: Vec<Hook>,
    /// The number of the revision.
    #[serde(default)]
    pub version: i64,
    /// The namespace.
    #[serde(default)]
    pub namespace: String,
    /// How the objects were applied.
    #[serde(default)]
    pub apply_method: ApplyMethod,
    /// The user's labels; they are labels of the record, and not in it.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// The labels that describe the record that this was read from, such as when it was changed.
    #[serde(skip)]
    pub record_labels: BTreeMap<String, String>,
    /// The state of the record that this was read from, which an update must still find.
    #[serde(skip)]
    pub(crate) record_state: Option<String>,
    /// The windlass run that carries this revision out, or was found to have died while it did;
    /// an annotation of the record, which Helm neither shows nor keeps.
    #[serde(skip)]
    pub holder: Option<String>,
    /// When all objects of this revision were last seen to be ready, if ever; an annotation like
    /// [`Self::holder`].
    #[serde(skip)]
    pub healthy: Option<jiff::Timestamp>,
    /// What kept the objects of a revision that failed from becoming ready, as JSON without secrets;
    /// an annotation like [`Self::holder`].
    #[serde(skip)]
    pub verdict: Option<String>,
    /// When the record that this was read from was written, by the clock of where it is kept.
    #[serde(skip)]
    pub written: Option<jiff::Timestamp>,
}

/// What happened to a revision, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// When revision 1 was deployed.
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub first_deployed: Time,
    /// When this revision was deployed.
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub last_deployed: Time,
    /// When the release was uninstalled.
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub deleted: Time,
    /// What the last operation came to, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What the last operation came to.
    pub status: Status,
    /// The revision that this one repeats; 0 if it repeats none.
    #[serde(skip_serializing_if = "is_zero")]
    pub rollback_revision: i64,
    /// The rendered notes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

fn is_zero(revision: &i64) -> bool {
    *revision == 0
}

impl Release {
    /// Returns a revision of which nothing but the name is known yet.
    pub fn new(name: &str, namespace: &str, version: i64) -> Self {
        Self {
            name: name.to_owned(),
            info: Info::default(),
            chart: Chart::default(),
            config: Map::new(),
            manifest: String::new(),
            hooks: Vec::new(),
            version,
            namespace: namespace.to_owned(),
            apply_method: ApplyMethod::default(),
            labels: BTreeMap::new(),
            record_labels: BTreeMap::new(),
            record_state: None,
            holder: None,
            healthy: None,
            verdict: None,
            written: None,
        }
    }
}
