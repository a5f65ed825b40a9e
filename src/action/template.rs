//! Template: a chart rendered, with no release made of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::install::release_info;
use super::origins::Annotated;
use super::prepare::{self, ChartOptions, Wanted};
use super::strict::{self, Known};
use super::{Error, UserValueFlags, check_name, read_user_layers};
use crate::chart::{Capabilities, File};
use crate::cluster::Cluster;
use crate::manifest::{Hook, split};

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
    /// What the user should know.
    pub warnings: Vec<String>,
    manifest: Vec<Document>,
    hooks: Vec<Document>,
    /// The text in place of all documents, where only some are shown.
    shown: Option<String>,
}

/// A document, whose text may be large and is never copied.
#[derive(Debug)]
struct Document {
    /// The template that it came from.
    source: String,
    text: Bytes,
}

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
            let problems = problems.iter().map(ToString::to_string).collect();
            return Err(Error::UnknownValues { problems });
        }
    }
    let trace = prepared.trace.as_ref().filter(|_| request.show_origin);
    let mut annotated = Annotated::default();
    let mut rendered = |source: String, text: String| {
        let text = match trace {
            Some(trace) => annotated.document(trace, &source, &text),
            None => text,
        };
        Document { source, text: text.into() }
    };
    let mut templated = Templated {
        warnings: prepared.warnings,
        manifest: Vec::new(),
        hooks: Vec::new(),
        shown: None,
    };
    if request.include_crds {
        templated.manifest.extend(prepared.chart.crds().into_iter().map(definition));
    }
    let documents = prepared.manifest.into_documents().into_iter();
    templated.manifest.extend(documents.map(|document| rendered(document.source, document.text)));
    if !request.no_hooks {
        let shown = |hook: &Hook| !(request.skip_tests && hook.is_test());
        let hooks = prepared.hooks.into_iter().filter(shown);
        templated.hooks.extend(hooks.map(|hook| rendered(hook.path, hook.manifest)));
    }
    if !request.show_only.is_empty() {
        templated.show_only(&request.show_only)?;
    }
    Ok(templated)
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

fn definition(file: File) -> Document {
    Document { source: file.name, text: file.data }
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

impl Document {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "---\n# Source: {}\n", self.source)?;
        out.write_all(&self.text)?;
        out.write_all(b"\n")
    }
}

impl Templated {
    /// Writes all documents, as `template` prints them.
    ///
    /// # Errors
    /// Fails when `out` does.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(shown) = &self.shown {
            return out.write_all(shown.as_bytes());
        }
        if let Some((last, documents)) = self.manifest.split_last() {
            documents.iter().try_for_each(|document| document.write_to(out))?;
            // Helm trims the manifest, but not the hooks that follow it.
            let mut end = Vec::new();
            last.write_to(&mut end)?;
            out.write_all(String::from_utf8_lossy(&end).trim_end().as_bytes())?;
        }
        out.write_all(b"\n")?;
        self.hooks.iter().try_for_each(|document| document.write_to(out))
    }

    /// Keeps what fits one of the patterns.
    fn show_only(&mut self, patterns: &[String]) -> Result<(), Error> {
        let mut text = Vec::new();
        self.print(&mut text).expect("memory can be written to");
        self.shown = Some(show_only(&String::from_utf8_lossy(&text), patterns)?);
        let shown = |document: &Document| patterns.iter().any(|one| fits(one, &document.source));
        self.manifest.retain(shown);
        self.hooks.retain(shown);
        Ok(())
    }

    /// Writes each template's documents to a file of its own below `directory`, and returns the
    /// file of each document.
    ///
    /// # Errors
    /// Fails when a file cannot be written.
    pub fn write_to(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut written = Vec::new();
        for document in self.manifest.iter().chain(&self.hooks) {
            let path = directory.join(&document.source);
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
            document.write_to(&mut file).map_err(failed)?;
            written.push(path);
        }
        Ok(written)
    }
}
