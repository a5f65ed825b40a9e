//! Lint: what is wrong with a chart, by Helm's rules and in Helm's words.
//!
//! The rules stand in one file for each part of a chart; [`lint_chart`] is the list of them in
//! order. Nothing stops at the first problem, and no cluster is asked.

mod addresses;
mod chart_file;
mod crds;
mod dependencies;
pub(super) mod deprecated;
mod documents;
mod names;
mod source;
mod templates;
mod text;
mod user_values;
mod values_file;

use std::fmt;
use std::path::Path;

use walkdir::WalkDir;

use super::outside::{SchemaCheck, Schemas};
use super::{Error, UserValueFlags, read_user_layers};
use crate::chart::Capabilities;
use crate::engine::Demand;
use crate::values::Layer;
use crate::yaml::Map;

use source::Source;

/// What to lint, and how.
#[derive(Debug, Clone)]
pub struct Lint {
    /// The charts: folders or packed charts.
    pub charts: Vec<String>,
    /// Whether the charts in their `charts/` are linted too.
    pub with_subcharts: bool,
    /// The namespace, which templates see.
    pub namespace: String,
    /// The Kubernetes version in place of the default.
    pub kube_version: Option<String>,
    /// How values are checked against `values.schema.json`.
    pub schema: SchemaCheck,
    /// The user's values.
    pub values: UserValueFlags,
    /// Whether values of the user that the chart does not know are problems.
    pub strict_values: bool,
}

/// What the rules say of one chart.
#[derive(Debug)]
pub struct Linted {
    /// The chart, as the user names it.
    pub chart: String,
    /// What the rules say, in their order.
    pub messages: Vec<Message>,
    /// Why there is nothing to lint.
    pub unreadable: Option<String>,
    /// What templates demanded and did not get.
    pub unmet: Vec<Demand>,
    /// What the user should know besides.
    pub warnings: Vec<String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It could be better.
    Info,
    /// It is against convention.
    Warning,
    /// It will not work.
    Error,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// The part of the chart.
    pub path: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        write!(f, "[{severity}] {}: {}", self.path, self.text)
    }
}

impl Linted {
    /// Says whether the chart is wrong; with `strict`, a warning is enough.
    pub fn has_failed(&self, strict: bool) -> bool {
        let least = if strict { Severity::Warning } else { Severity::Error };
        self.is_at_least(least)
    }

    /// Says whether there is more to tell than advice.
    pub fn has_warnings(&self) -> bool {
        self.is_at_least(Severity::Warning)
    }

    fn is_at_least(&self, least: Severity) -> bool {
        self.unreadable.is_some() || self.messages.iter().any(|message| message.severity >= least)
    }

    /// Adds a problem, if there is one; says whether there is none.
    fn check(&mut self, severity: Severity, path: &str, result: Result<(), String>) -> bool {
        let Err(text) = result else { return true };
        self.messages.push(Message { severity, path: path.to_owned(), text });
        false
    }
}

/// Lints charts one after another.
///
/// # Errors
/// Fails when the values or the Kubernetes version cannot be read; what is wrong with a chart is a
/// message.
pub async fn lint(request: Lint) -> Result<Vec<Linted>, Error> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = &request.kube_version {
        capabilities.set_kube_version(version)?;
    }
    let below = request.charts.iter().filter(|_| request.with_subcharts);
    let below: Vec<String> = below.flat_map(|chart| subcharts(chart)).collect();
    let (values, layers) = read_user_layers(&request.values).await?;
    let mut context = Context {
        values,
        strict_layers: request.strict_values.then_some(layers),
        namespace: request.namespace,
        capabilities,
        schemas: Schemas::new(request.schema),
    };
    let charts = request.charts;
    // A schema of the web is waited for.
    let work = move || {
        let mut linted: Vec<_> =
            charts.into_iter().map(|chart| lint_chart(chart, &context)).collect();
        // The user's values are those of the chart above.
        context.strict_layers = None;
        linted.extend(below.into_iter().map(|chart| lint_chart(chart, &context)));
        linted
    };
    Ok(tokio::task::spawn_blocking(work).await.expect("linting does not panic"))
}

/// What is the same for all charts.
struct Context {
    values: Map,
    /// What each file and flag of the user sets, where the chart must know all of it.
    strict_layers: Option<Vec<Layer>>,
    namespace: String,
    capabilities: Capabilities,
    schemas: Schemas,
}

fn lint_chart(chart: String, context: &Context) -> Linted {
    let opened = Source::open(Path::new(&chart));
    let mut linted = Linted {
        chart,
        messages: Vec::new(),
        unreadable: None,
        unmet: Vec::new(),
        warnings: Vec::new(),
    };
    match opened {
        Ok(source) => {
            chart_file::check(&source, &mut linted);
            values_file::check(&source, context, &mut linted);
            templates::check(&source, context, &mut linted);
            if let Some(layers) = &context.strict_layers {
                user_values::check(&source, layers, context, &mut linted);
            }
            dependencies::check(&source, &mut linted);
            crds::check(&source, &mut linted);
        }
        Err(problem) => linted.unreadable = Some(problem),
    }
    linted
}

/// Lists what is a chart below the `charts/` of a folder, links not followed, as Helm finds it.
fn subcharts(chart: &str) -> Vec<String> {
    let folder = Path::new(&text::clean(chart)).join("charts");
    let walk = WalkDir::new(folder).follow_root_links(false).sort_by_file_name();
    let found = walk.into_iter().filter_map(Result::ok).filter_map(|entry| {
        let name = entry.file_name().to_string_lossy();
        let chart = match entry.path().parent() {
            Some(folder) if name == "Chart.yaml" => folder,
            _ if text::is_packed(&name) => entry.path(),
            _ => return None,
        };
        Some(chart.display().to_string())
    });
    found.collect()
}
