//! Where the files of a chart come from: a folder, or an archive, which is not written to disk.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::text;
use crate::chart::{self, Chart, File, packed_files};
use crate::values::go;

/// A chart that may not be one.
pub(super) struct Source {
    /// The whole path, by which messages name the chart.
    path: PathBuf,
    /// What an archive holds.
    packed: Option<Vec<File>>,
    /// The chart, once a rule has asked for it.
    loaded: OnceCell<Result<Chart, String>>,
}

impl Source {
    /// Opens what must have a `Chart.yaml` at least.
    pub(super) fn open(given: &Path) -> Result<Self, String> {
        let name = given.display().to_string();
        let whole = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
        let path = PathBuf::from(text::clean(&whole.to_string_lossy()));
        if text::is_packed(&name) {
            return Ok(Self { path, packed: Some(unpack(given)?), loaded: OnceCell::new() });
        }
        let file = PathBuf::from(text::clean(&name)).join("Chart.yaml");
        fs::metadata(&file).map_err(|error| {
            let problem = text::of_file("stat", &file, &error);
            format!("unable to check Chart.yaml file in chart: {problem}")
        })?;
        Ok(Self { path, packed: None, loaded: OnceCell::new() })
    }

    /// Returns the name by which messages name the chart.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Says whether there is a file or folder of a name, and whether it is a folder.
    pub(super) fn is_folder(&self, name: &str) -> Option<bool> {
        let Some(files) = &self.packed else {
            return fs::metadata(self.path.join(name)).ok().map(|found| found.is_dir());
        };
        let is_within =
            |file: &File| file.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        if files.iter().any(is_within) {
            return Some(true);
        }
        files.iter().any(|file| file.name == name).then_some(false)
    }

    /// Reads a file.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.path.join(name);
        let failed = |error: io::Error| text::of_file("open", &path, &error);
        match &self.packed {
            None => fs::read(&path).map_err(failed),
            Some(files) => files
                .iter()
                .find(|file| file.name == name)
                .map(|file| file.data.to_vec())
                .ok_or_else(|| failed(ErrorKind::NotFound.into())),
        }
    }

    /// Returns the loaded chart, or why it cannot be loaded.
    pub(super) fn chart(&self) -> Result<&Chart, String> {
        self.loaded.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)
    }

    fn load(&self) -> Result<Chart, String> {
        let loaded = match &self.packed {
            None => Chart::load_to_show(&self.path),
            Some(files) => Chart::load_files_to_show(files.clone()),
        };
        loaded.map_err(|error| text::of_chart(&error))
    }
}

/// Returns the files of an archive, if Helm could unpack it to a folder by the name of the chart.
fn unpack(path: &Path) -> Result<Vec<File>, String> {
    let files = packed_files(path).map_err(|error| match &error {
        chart::Error::Read { path, source } => {
            format!("unable to open tarball: {}", text::of_file("open", path, source))
        }
        // Helm takes a packed chart for what its name says, and has gzip complain.
        chart::Error::NotArchive { path, .. } | chart::Error::YamlForArchive { path } => {
            let is_empty = fs::metadata(path).is_ok_and(|found| found.len() == 0);
            let problem = if is_empty { "EOF" } else { "gzip: invalid header" };
            format!("unable to extract tarball: {problem}")
        }
        chart::Error::Archive(error) => {
            format!("unable to extract tarball: {}", text::with_causes(error))
        }
        error => format!("unable to extract tarball: {}", text::of_chart(error)),
    })?;
    let wrong = |problem: String| Err(format!("unable to extract tarball: {problem}"));
    let chart_file = files.iter().rfind(|file| file.name == "Chart.yaml");
    let chart_file = chart_file.map(|file| super::chart_file::parse(&file.data)).transpose();
    let name = match chart_file {
        Err(problem) => return wrong(format!("cannot load Chart.yaml: {problem}")),
        Ok(metadata) => metadata.map(|metadata| metadata.name).unwrap_or_default(),
    };
    match name.as_str() {
        "" => wrong("chart name not specified".to_owned()),
        "." | ".." => wrong(format!("chart name {} is not allowed", go::quote(&name))),
        name if name.contains('/') => {
            wrong(format!("chart name {} must not contain path separators", go::quote(name)))
        }
        _ => Ok(files),
    }
}
