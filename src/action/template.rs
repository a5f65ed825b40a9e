//! Template: a chart rendered, with no release made of it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::install::release_info;
use super::origins::Annotated;
use super::prepare::{self, ChartOptions, Wanted};
use super::strict::{self, Known};
use super::{Error, UserValueFlags, check_name, read_user_layers};
use crate::chart::{Capabilities, File};
use crate::cluster::Cluster;
use crate::manifest::{Hook, Manifest, split};

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
    /// Whether each line says which template line wrote it.
    pub show_origin: bool,
    /// Whether values that the chart does not know are refused.
    pub strict_values: bool,
}

/// A chart that was rendered.
#[derive(Debug)]
pub struct Templated {
    /// The text, as `template` prints it.
    pub text: String,
    /// What the user should know.
    pub warnings: Vec<String>,
    documents: Vec<Document>,
}

/// The template that a document came from, and its text.
type Document = (String, String);

/// Renders a chart.
///
/// # Errors
/// Fails when chart, values or templates are wrong, or a pattern fits nothing.
pub async fn template(request: Template) -> Result<Templated, Error> {
    check_name(&request.name)?;
    let chart = prepare::load(&request.chart.chart)?;
    let known = request.strict_values.then(|| Known::of(&chart));
    let (user_values, layers) = read_user_layers(&request.values).await?;
    let capabilities = capabilities(&request).await?;
    let release = release_info(&request.name, &request.namespace, 1, !request.is_upgrade);
    let cluster = request.cluster.clone();
    let trace = request.show_origin || request.strict_values;
    let wanted = Wanted { layers: &layers, trace };
    let prepared = prepare::render(
        chart,
        &user_values,
        release,
        capabilities,
        cluster,
        &request.chart,
        &wanted,
    )
    .await?;
    if let (Some(known), Some(trace)) = (&known, &prepared.trace) {
        let problems = strict::check(&prepared.chart, known, trace, &layers);
        if !problems.is_empty() {
            return Err(Error::UnknownValues { problems });
        }
    }
    let trace = prepared.trace.as_ref().filter(|_| request.show_origin);
    let mut annotated = Annotated::default();
    let mut with_origins = |(source, text): Document| {
        let text = match trace {
            Some(trace) => annotated.document(trace, &source, &text),
            None => text,
        };
        (source, text)
    };
    let mut documents = Vec::new();
    if request.include_crds {
        documents.extend(prepared.chart.crds().iter().map(definition));
    }
    documents.extend(manifest_documents(&prepared.manifest).map(&mut with_origins));
    let hooks: Vec<Document> = match request.no_hooks {
        true => Vec::new(),
        false => {
            let shown = |hook: &&Hook| !(request.skip_tests && hook.is_test());
            let document = |hook: &Hook| (hook.path.clone(), hook.manifest.clone());
            prepared.hooks.iter().filter(shown).map(document).map(with_origins).collect()
        }
    };
    // Helm trims the manifest, but not the hooks that follow it.
    let mut text = format!("{}\n{}", printed(&documents).trim(), printed(&hooks));
    documents.extend(hooks);
    if !request.show_only.is_empty() {
        text = show_only(&text, &request.show_only)?;
        documents.retain(|(source, _)| request.show_only.iter().any(|one| fits(one, source)));
    }
    Ok(Templated { text, warnings: prepared.warnings, documents })
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

fn printed(documents: &[Document]) -> String {
    documents.iter().map(|(source, text)| format!("---\n# Source: {source}\n{text}\n")).collect()
}

/// Keeps the documents whose template fits one of the patterns, pattern by pattern.
fn show_only(text: &str, patterns: &[String]) -> Result<String, Error> {
    let documents = split(text);
    let mut shown = String::new();
    for pattern in patterns {
        let before = shown.len();
        let fits = |document: &&&str| source(document).is_some_and(|source| fits(pattern, source));
        for document in documents.iter().filter(fits) {
            shown.push_str(&format!("---\n{document}\n"));
        }
        if shown.len() == before {
            return Err(Error::NoSuchTemplate { pattern: pattern.clone() });
        }
    }
    Ok(shown)
}

/// Returns the template that the comment of a document names.
fn source(document: &str) -> Option<&str> {
    document.split_once("# Source: ")?.1.lines().next()
}

/// Says whether a template, without the chart's name, fits a pattern.
fn fits(pattern: &str, source: &str) -> bool {
    source.split_once('/').is_some_and(|(_, path)| crate::chart::path_match(pattern, path))
}

impl Templated {
    /// Writes each template's documents to a file of its own below `directory`, and returns the
    /// file of each document.
    ///
    /// # Errors
    /// Fails when a file cannot be written.
    pub fn write_to(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut written = Vec::new();
        for document in &self.documents {
            let path = directory.join(&document.0);
            let failed = |source| Error::File { doing: "write", path: path.clone(), source };
            let mut options = std::fs::OpenOptions::new();
            let options = match written.contains(&path) {
                true => options.append(true),
                false => options.write(true).create(true).truncate(true),
            };
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            let mut file = options.open(&path).map_err(failed)?;
            file.write_all(printed(std::slice::from_ref(document)).as_bytes()).map_err(failed)?;
            written.push(path);
        }
        Ok(written)
    }
}
