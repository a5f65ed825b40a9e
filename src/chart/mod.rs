//! A chart as data: its files, its metadata, and its values laid over its defaults.
//!
//! A chart comes from [`Chart::load`]. [`Chart::process_dependencies`] then decides which subcharts
//! stay and under which names, and [`Chart::coalesce`] gives the values that templates see.

mod capabilities;
mod coalesce;
pub mod constraint;
mod decode;
mod dependencies;
mod error;
pub mod glob;
pub(crate) mod go_regex;
mod ignore;
mod layers;
mod load;
mod metadata;
mod path_match;
mod record;
pub mod schema;
pub mod version;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use capabilities::{ApiVersions, Capabilities, KubeVersion, KubeVersionError};
pub use decode::Misfit;
pub(crate) use decode::{metadata, unknown_field};
pub use error::{ArchiveError, Error};
pub use ignore::Error as IgnoreError;
pub use layers::{Layers, Set};
pub(crate) use load::packed_files;
pub use metadata::{Dependency, Invalid, Lock, Maintainer, Metadata};
pub use path_match::path_match;

use crate::yaml::Map;

/// The name of the values that all charts of a tree share.
const GLOBAL: &str = "global";

/// A chart and its subcharts.
///
/// Its JSON form is that of release records, which keep no subcharts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// What `Chart.lock` says.
    pub lock: Option<Lock>,
    /// The files under `templates/`.
    #[serde(with = "record::list")]
    pub templates: Vec<File>,
    /// The defaults in `values.yaml`, all numbers as floats; after [`Self::process_dependencies`]
    /// also those of the subcharts.
    #[serde(deserialize_with = "record::null_is_default")]
    pub values: Map,
    /// The content of `values.schema.json`.
    #[serde(with = "record::optional_bytes")]
    pub schema: Option<Bytes>,
    /// When the schema was changed.
    #[serde(rename = "schemamodtime", with = "record::time")]
    pub schema_modified: Option<Timestamp>,
    /// All other files, those under `crds/` included.
    #[serde(with = "record::list")]
    pub files: Vec<File>,
    /// When `Chart.yaml` was changed.
    #[serde(rename = "modtime", with = "record::time", skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Every file as it was found, subcharts included.
    #[serde(skip)]
    pub raw: Vec<File>,
    /// The subcharts.
    #[serde(skip)]
    pub dependencies: Vec<Self>,
    #[serde(skip)]
    parent_path: Option<String>,
    /// Whether the list of dependencies is there, but empty, which Helm tells from none.
    #[serde(skip)]
    lists_nothing: bool,
}

/// A file of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The path from the root of the chart, with slashes.
    pub name: String,
    /// The content, without a byte order mark.
    #[serde(with = "record::bytes")]
    pub data: Bytes,
    /// When the file was changed.
    #[serde(
        rename = "modtime",
        default,
        with = "record::time",
        skip_serializing_if = "Option::is_none"
    )]
    pub modified: Option<Timestamp>,
}

impl File {
    /// Makes a file of a text, without a time.
    pub fn new(name: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), data: data.into().into(), modified: None }
    }
}

impl Chart {
    /// Returns the name, which an alias may have changed.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Says whether this is no subchart.
    pub fn is_root(&self) -> bool {
        self.parent_path.is_none()
    }

    /// Says whether this is a library chart, which has partials but no objects.
    pub fn is_library(&self) -> bool {
        self.metadata.kind == "library"
    }

    /// Returns the path from the root chart, such as `parent/charts/child`, with aliases for names.
    pub fn full_path(&self) -> String {
        match &self.parent_path {
            Some(parent) => format!("{parent}/charts/{}", self.name()),
            None => self.name().to_owned(),
        }
    }

    /// Returns a file as it was found, such as `values.yaml` with its comments.
    pub fn raw_file(&self, name: &str) -> Option<&File> {
        self.raw.iter().find(|file| file.name == name)
    }

    /// Lists the files under `crds/`, of this chart first, then of its subcharts, with the paths of
    /// their charts.
    pub fn crds(&self) -> Vec<File> {
        let path = self.full_path();
        let named = |file: &File| File { name: format!("{path}/{}", file.name), ..file.clone() };
        let own = self.own_crds().map(named);
        own.chain(self.dependencies.iter().flat_map(Self::crds)).collect()
    }

    /// Lists the files under `crds/` of this chart alone.
    pub(crate) fn own_crds(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| is_crd(&file.name))
    }

    /// Checks that the chart is one to install, which library charts are not.
    pub fn check_installable(&self) -> Result<(), Error> {
        if self.is_library() { Err(Error::Library) } else { Ok(()) }
    }

    /// Checks that every dependency that `Chart.yaml` asks for is there.
    pub fn check_dependencies(&self) -> Result<(), Error> {
        let is_missing = |wanted: &&Dependency| {
            !self.dependencies.iter().any(|chart| chart.name() == wanted.name)
        };
        let missing = self.metadata.dependencies.iter().filter(is_missing);
        let names: Vec<_> = missing.map(|dependency| dependency.name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(Error::MissingDependencies { names: names.join(", ") })
    }

    /// Checks that the chart accepts the version of Kubernetes.
    pub fn check_kube_version(&self, capabilities: &Capabilities) -> Result<(), Error> {
        let constraint = &self.metadata.kube_version;
        let found = &capabilities.kube_version;
        if constraint.is_empty() || constraint::is_compatible(constraint, found.normalized()) {
            return Ok(());
        }
        let (constraint, version) = (constraint.clone(), found.version.clone());
        Err(Error::KubeVersion { constraint, version })
    }

    /// Tells every subchart where it is; to be called when charts or names have changed.
    fn settle_paths(&mut self) {
        let path = self.full_path();
        for chart in &mut self.dependencies {
            chart.parent_path = Some(path.clone());
            chart.settle_paths();
        }
    }
}

fn is_crd(name: &str) -> bool {
    let extension = name.rsplit('/').next().and_then(|base| base.rsplit_once('.'));
    let extension = extension.map_or("", |(_, extension)| extension);
    name.starts_with("crds/")
        && ["yaml", "yml", "json"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}
