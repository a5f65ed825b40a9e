//! From a folder, an archive or plain files to a chart with its subcharts.

mod archive;
mod folder;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::decode::{self, MetadataFields};
use super::error::Error;
use super::metadata::{Invalid, Lock};
use super::{Chart, File};
use crate::values;
use crate::yaml::{self, Value};

/// How deep charts may nest in each other. Helm has no limit, but an archive can contain itself.
const MAX_DEPTH: usize = 30;

/// How many charts one tree may have: an archive of a few kilobytes can hold millions.
const MAX_CHARTS: usize = 1000;

impl Chart {
    /// Loads a chart from a folder or a packed chart.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_from(path, true)
    }

    /// Loads a chart to be looked at, even if its format is not known.
    pub(crate) fn load_to_show(path: &Path) -> Result<Self, Error> {
        Self::load_from(path, false)
    }

    fn load_from(path: &Path, checks_version: bool) -> Result<Self, Error> {
        let found = path.metadata().map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::NotFound(path.display().to_string()),
            _ => Error::Read { path: path.to_owned(), source },
        })?;
        let mut budget = archive::Budget::new();
        let files = match found.is_dir() {
            true => folder::read(path)?,
            false => archive::read_file(path, &mut budget)?,
        };
        Loader::new(budget, checks_version).root(files)
    }

    /// Loads a chart from the bytes of a packed chart.
    pub fn load_archive(bytes: &[u8]) -> Result<Self, Error> {
        let mut budget = archive::Budget::new();
        let files = archive::unpack(bytes, &mut budget)?;
        Loader::new(budget, true).root(files)
    }

    /// Loads a chart from files whose names are paths from the root of the chart.
    pub fn load_files(files: Vec<File>) -> Result<Self, Error> {
        Loader::new(archive::Budget::new(), true).root(files)
    }

    /// Loads a chart to be looked at from files, even if its format is not known.
    pub(crate) fn load_files_to_show(files: Vec<File>) -> Result<Self, Error> {
        Loader::new(archive::Budget::new(), false).root(files)
    }
}

/// Returns the files of a packed chart, which need not be a chart that can be loaded.
pub(crate) fn packed_files(path: &Path) -> Result<Vec<File>, Error> {
    archive::read_file(path, &mut archive::Budget::new())
}

/// Makes charts of files, and keeps count of what archives within them unpack to.
struct Loader {
    budget: archive::Budget,
    /// Whether the format must be known, which Helm asks only of charts that are to be rendered.
    checks_version: bool,
    /// How many charts there are already.
    charts: usize,
}

impl Loader {
    fn new(budget: archive::Budget, checks_version: bool) -> Self {
        Self { budget, checks_version, charts: 0 }
    }
}

/// The files of a chart by what they are.
#[derive(Default)]
struct Sorted {
    fields: MetadataFields,
    has_metadata: bool,
    chart: Chart,
    /// The files of each entry of `charts/`, with names from there.
    charts: BTreeMap<String, Vec<File>>,
}

impl Loader {
    fn root(&mut self, files: Vec<File>) -> Result<Chart, Error> {
        let mut chart = self.chart(files, 0)?;
        chart.settle_paths();
        Ok(chart)
    }

    fn chart(&mut self, files: Vec<File>, depth: usize) -> Result<Chart, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep { limit: MAX_DEPTH });
        }
        self.charts += 1;
        if self.charts > MAX_CHARTS {
            return Err(Error::TooMany { limit: MAX_CHARTS });
        }
        let mut sorted = Sorted::default();
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            sorted.chart_file(file)?;
        }
        // Helm looks at the version of the format first, but only at that of the root.
        if self.checks_version && depth == 0 {
            sorted.check_api_version()?;
        }
        for file in &files {
            sorted.file(file)?;
        }
        let (mut chart, charts) = sorted.finish()?;
        if self.checks_version && depth == 0 && chart.metadata.api_version == "v3" {
            return Err(Error::InvalidApiVersion);
        }
        chart.raw = files;
        for (name, files) in charts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let subchart = self.subchart(&name, files, depth + 1).map_err(|source| {
                let parent = chart.name().to_owned();
                Error::Subchart { name, parent, source: Box::new(source) }
            })?;
            chart.dependencies.push(subchart);
        }
        Ok(chart)
    }

    fn subchart(&mut self, name: &str, files: Vec<File>, depth: usize) -> Result<Chart, Error> {
        if !name.ends_with(".tgz") {
            let below = |mut file: File| {
                file.name = file.name.split_once('/')?.1.to_owned();
                Some(file)
            };
            return self.chart(files.into_iter().filter_map(below).collect(), depth);
        }
        let packed = files.iter().find(|file| file.name == name).ok_or(Error::NoMetadata)?;
        let files = archive::unpack(&*packed.data, &mut self.budget)?;
        self.chart(files, depth)
    }
}

impl Sorted {
    fn chart_file(&mut self, file: &File) -> Result<(), Error> {
        self.has_metadata = true;
        self.chart.modified = file.modified;
        self.add_metadata(file)
    }

    fn add_metadata(&mut self, file: &File) -> Result<(), Error> {
        self.fields
            .add(parse(file)?)
            .map_err(|source| Error::Misfit { file: file.name.clone(), source })
    }

    fn check_api_version(&self) -> Result<(), Error> {
        match self.fields.api_version() {
            // Helm reads the third version as far as the metadata, and then has no use for it.
            "" | "v1" | "v2" | "v3" => Ok(()),
            _ => Err(Error::UnsupportedApiVersion),
        }
    }

    fn file(&mut self, file: &File) -> Result<(), Error> {
        let chart = &mut self.chart;
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => chart.lock = Some(lock(file)?),
            "values.yaml" => chart.values = values::parse_documents(&file.data)?,
            "values.schema.json" => {
                chart.schema = Some(file.data.clone());
                chart.schema_modified = file.modified;
            }
            "requirements.yaml" => {
                self.has_metadata = true;
                self.add_metadata(file)?;
                self.old_file(file, "Dependencies are handled in Chart.yaml");
            }
            "requirements.lock" => {
                self.has_metadata = true;
                chart.lock = Some(lock(file)?);
                self.old_file(file, "Dependency locking is handled in Chart.lock");
            }
            name if name.starts_with("templates/") => chart.templates.push(file.clone()),
            name => match name.strip_prefix("charts/") {
                Some(rest) if !rest.ends_with(".prov") => {
                    let entry = rest.split('/').next().unwrap_or(rest).to_owned();
                    let file = File { name: rest.to_owned(), ..file.clone() };
                    self.charts.entry(entry).or_default().push(file);
                }
                _ => chart.files.push(file.clone()),
            },
        }
        Ok(())
    }

    /// Keeps a file that only the first chart format has.
    fn old_file(&mut self, file: &File, instead: &str) {
        if matches!(self.fields.api_version(), "" | "v1") {
            self.chart.files.push(file.clone());
        } else {
            tracing::warn!("{instead} since apiVersion \"v2\": `{}` is out of date", file.name);
        }
    }

    fn finish(self) -> Result<(Chart, BTreeMap<String, Vec<File>>), Error> {
        if !self.has_metadata {
            return Err(Error::NoMetadata);
        }
        if let Some(list) = self.fields.empty_entry {
            let problem = format!("{list} must not contain empty or null nodes");
            return Err(Invalid(problem).into());
        }
        let lists_nothing = self.fields.lists_nothing();
        let file = "Chart.yaml".to_owned();
        let mut metadata = self.fields.finish().map_err(|source| Error::Misfit { file, source })?;
        if metadata.api_version.is_empty() {
            metadata.api_version = "v1".to_owned();
        }
        metadata.validate()?;
        Ok((Chart { metadata, lists_nothing, ..self.chart }, self.charts))
    }
}

fn lock(file: &File) -> Result<Lock, Error> {
    decode::lock(parse(file)?).map_err(|source| Error::Misfit { file: file.name.clone(), source })
}

fn parse(file: &File) -> Result<Value, Error> {
    let name = || file.name.clone();
    let text = std::str::from_utf8(&file.data).map_err(|_| Error::Encoding { file: name() })?;
    yaml::parse(text).map_err(|error| Error::Yaml { file: name(), error })
}

#[cfg(test)]
mod tests;
