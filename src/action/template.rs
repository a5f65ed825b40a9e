//! Template: a chart rendered, with no release made of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::install::release_info;
use super::prepare::{self, ChartOptions};
use super::{Error, UserValueFlags, check_name, read_user_values};
use crate::chart::{Capabilities, File};
use crate::cluster::Cluster;
use crate::manifest::{Hook, Manifest};

/// What to render.
#[derive(Debug, Clone)]
pub struct Template {
    /// The release's name, which templates see.
    pub name: String,
    /// The namespace, which templates see.
    pub namespace: String,
    /// The chart, and how it is rendered.
    pub chart: ChartOptions,
    /// The user's values.
    pub values: UserValueFlags,
    /// The Kubernetes version in place of the default or the cluster's.
    pub kube_version: Option<String>,
    /// API versions that the cluster has besides the default ones.
    pub api_versions: Vec<String>,
    /// Whether templates see an upgrade.
    pub is_upgrade: bool,
    /// Whether the files of crds/ come first.
    pub include_crds: bool,
    /// Whether hooks are left out.
    pub no_hooks: bool,
    /// Whether test hooks are left out.
    pub skip_tests: bool,
    /// Patterns of the templates to show; empty for all.
    pub show_only: Vec<String>,
    /// The cluster whose kinds and objects templates may ask for.
    pub cluster: Option<Arc<Cluster>>,
}

/// A chart that was rendered.
#[derive(Debug)]
pub struct Templated {
    /// The documents in their order: the template each came from, and its text.
    pub documents: Vec<(String, String)>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Renders a chart.
///
/// # Errors
/// Fails when chart, values or templates are wrong, or a pattern fits nothing.
pub async fn template(request: Template) -> Result<Templated, Error> {
    check_name(&request.name)?;
    let chart = prepare::load(&request.chart.chart)?;
    let user_values = read_user_values(&request.values).await?;
    let capabilities = capabilities(&request).await?;
    let release = release_info(&request.name, &request.namespace, 1, !request.is_upgrade);
    let cluster = request.cluster.clone();
    let prepared =
        prepare::render(chart, &user_values, release, capabilities, cluster, &request.chart).await?;
    let mut documents = Vec::new();
    if request.include_crds {
        documents.extend(prepared.chart.crds().iter().map(definition));
    }
    documents.extend(manifest_documents(&prepared.manifest));
    if !request.no_hooks {
        let shown = |hook: &&Hook| !(request.skip_tests && hook.is_test());
        documents.extend(prepared.hooks.iter().filter(shown).map(|hook| {
            (hook.path.clone(), hook.manifest.clone())
        }));
    }
    let documents = show_only(documents, &request.show_only)?;
    Ok(Templated { documents, warnings: prepared.warnings })
}

async fn capabilities(request: &Template) -> Result<Capabilities, Error> {
    let mut capabilities = match &request.cluster {
        Some(cluster) => cluster.capabilities().await?,
        None => Capabilities::default(),
    };
    if let Some(version) = &request.kube_version {
        capabilities.set_kube_version(version)?;
    }
    capabilities.add_api_versions(&request.api_versions);
    Ok(capabilities)
}

fn definition(file: &File) -> (String, String) {
    (file.name.clone(), String::from_utf8_lossy(&file.data).into_owned())
}

fn manifest_documents(manifest: &Manifest) -> impl Iterator<Item = (String, String)> {
    manifest.documents().iter().map(|document| (document.source.clone(), document.text.clone()))
}

/// Keeps the documents whose template, without the chart's name, fits one of the patterns.
fn show_only(
    documents: Vec<(String, String)>,
    patterns: &[String],
) -> Result<Vec<(String, String)>, Error> {
    if patterns.is_empty() {
        return Ok(documents);
    }
    let mut shown = Vec::new();
    for pattern in patterns {
        let before = shown.len();
        let fits = |source: &str| {
            let (_, path) = source.split_once('/').unwrap_or(("", source));
            crate::chart::path_match(pattern, path)
        };
        shown.extend(documents.iter().filter(|(source, _)| fits(source)).cloned());
        if shown.len() == before {
            return Err(Error::NoSuchTemplate { pattern: pattern.clone() });
        }
    }
    Ok(shown)
}

impl Templated {
    /// Returns the whole text, as `template` prints it.
    pub fn text(&self) -> String {
        self.documents
            .iter()
            .map(|(source, text)| format!("---\n# Source: {source}\n{text}\n"))
            .collect()
    }

    /// Writes each template's documents to a file of its own below `directory`, and returns the
    /// files in the order they were written first.
    ///
    /// # Errors
    /// Fails when a file cannot be written.
    pub fn write_to(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut written: Vec<(PathBuf, String)> = Vec::new();
        for (source, text) in &self.documents {
            let path = directory.join(source);
            let text = format!("---\n# Source: {source}\n{text}\n");
            match written.iter_mut().find(|(file, _)| *file == path) {
                Some((_, all)) => all.push_str(&text),
                None => written.push((path, text)),
            }
        }
        for (path, text) in &written {
            let failed =
                |source| Error::File { doing: "write", path: path.clone(), source };
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            std::fs::write(path, text).map_err(failed)?;
        }
        Ok(written.into_iter().map(|(path, _)| path).collect())
    }
}
