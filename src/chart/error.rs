//! What can be wrong with a chart, in Helm's words where Helm has the case.

use std::path::PathBuf;

use super::capabilities::KubeVersionError;
use super::decode::Misfit;
use super::{ignore, metadata};
use crate::values::{DocumentError, go};
use crate::yaml;

/// Says what is wrong with a chart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at the path.
    #[error("path {} not found: there is no chart folder and no packed chart", go::quote(.0))]
    NotFound(String),
    /// A folder has no `Chart.yaml`.
    #[error("unable to detect chart at {path}: there is no Chart.yaml")]
    NoChartFile {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Folders that link to each other have no end.
    #[error("cannot read `{path}`: the link leads to a folder above it")]
    LinkLoop {
        /// The link.
        path: PathBuf,
    },
    /// A chart has a device, a socket or the like.
    #[error("cannot load irregular file {path} as it has file mode type bits set")]
    IrregularFile {
        /// The file.
        path: PathBuf,
    },
    /// The files of a folder are too large.
    #[error("error reading {file}: chart exceeds maximum decompressed size of {limit} bytes")]
    FolderTooLarge {
        /// The file that is too much.
        file: String,
        /// The limit.
        limit: u64,
    },
    /// `.helmignore` has a rule that cannot be used.
    #[error("cannot load .helmignore")]
    Ignore(#[from] ignore::Error),
    /// A file is not a packed chart.
    #[error("file '{path}' does not appear to be a gzipped archive; got '{found}'")]
    NotArchive {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: &'static str,
    },
    /// A file is not a packed chart, but may be a values file in the wrong place.
    #[error("file '{path}' seems to be a YAML file, but expected a gzipped archive")]
    YamlForArchive {
        /// The file.
        path: PathBuf,
    },
    /// An archive cannot be used.
    #[error("unable to load chart archive")]
    Archive(#[from] ArchiveError),
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    NoMetadata,
    /// The chart format is unknown.
    #[error("unsupported chart version")]
    UnsupportedApiVersion,
    /// The chart format is known, but Helm cannot use it yet either.
    #[error("invalid chart apiVersion")]
    InvalidApiVersion,
    /// A typed file is no YAML.
    #[error(
        "cannot load {file}: error converting YAML to JSON: {error}{}",
        crate::values::place(error)
    )]
    Yaml {
        /// The file.
        file: String,
        /// What the parser says.
        error: yaml::Error,
    },
    /// A typed file is not UTF-8.
    #[error("cannot load {file}: the file is not UTF-8 text")]
    Encoding {
        /// The file.
        file: String,
    },
    /// A typed file does not have the form that it should have.
    #[error("cannot load {file}")]
    Misfit {
        /// The file.
        file: String,
        /// What is wrong.
        source: Misfit,
    },
    /// `values.yaml` cannot be read.
    #[error("cannot load values.yaml")]
    Values(#[from] DocumentError),
    /// `Chart.yaml` is complete but wrong.
    #[error(transparent)]
    Invalid(#[from] metadata::Invalid),
    /// A subchart cannot be loaded.
    #[error("error unpacking subchart {name} in {parent}")]
    Subchart {
        /// The entry of `charts/`.
        name: String,
        /// The chart it is in.
        parent: String,
        /// What is wrong with it.
        source: Box<Self>,
    },
    /// Charts are in charts without end.
    #[error("charts nest deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The chart is a library.
    #[error("library charts are not installable")]
    Library,
    /// Dependencies are asked for but not there.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run \
         'helm dependency build' to fetch missing dependencies: \
         found in Chart.yaml, but missing in charts/ directory: {names}"
    )]
    MissingDependencies {
        /// Their names.
        names: String,
    },
    /// Conditions, tags or imports could not be applied.
    #[error("chart dependencies processing failed")]
    Dependencies(#[source] Box<Self>),
    /// A subchart is given something else than a mapping.
    #[error("type mismatch on {name}: the values of a subchart must be a mapping, not {found}")]
    SubchartValues {
        /// The name of the subchart.
        name: String,
        /// What it is given.
        found: &'static str,
    },
    /// Imported values contain themselves.
    #[error(
        "import-values of dependency `{name}` make the values of the chart too deep or too many"
    )]
    EndlessImport {
        /// The name of the dependency.
        name: String,
    },
    /// The values do not fit the schemas of the chart and its subcharts.
    #[error(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{report}"
    )]
    Schema {
        /// What does not fit, chart by chart, in Helm's words.
        report: String,
    },
    /// A text is no version of Kubernetes.
    #[error("invalid kube version '{text}'")]
    KubeVersionSyntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        source: KubeVersionError,
    },
    /// The version of Kubernetes is not one that the chart accepts.
    #[error(
        "chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}"
    )]
    KubeVersion {
        /// What the chart asks for.
        constraint: String,
        /// What there is.
        version: String,
    },
}

/// Says why an archive cannot be used, in Helm's words.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The archive is damaged, or no archive at all.
    #[error("cannot unpack it")]
    Damaged(#[source] std::io::Error),
    /// An entry has an absolute path.
    #[error("chart illegally contains absolute paths: {}", go::quote(.0))]
    AbsolutePath(String),
    /// An entry is not in a folder.
    #[error("chart illegally contains content outside the base directory: {}", go::quote(.0))]
    OutsideBase(String),
    /// An entry climbs out of the chart.
    #[error("chart illegally references parent directory: {}", go::quote(.0))]
    ParentFolder(String),
    /// An entry names a drive.
    #[error("chart contains illegally named files: {}", go::quote(.0))]
    IllegalName(String),
    /// `Chart.yaml` is not in a folder.
    #[error("chart yaml not in base directory")]
    ChartFileOutside,
    /// The content is too large.
    #[error("decompressed chart is larger than the maximum size {limit}")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// There is no file in the archive.
    #[error("no files in chart archive")]
    Empty,
}
