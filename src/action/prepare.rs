//! From a chart and values to text and objects: what template, install and upgrade have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Context, Error};
use crate::chart::{self, Capabilities, Chart};
use crate::cluster::Cluster;
use crate::engine::trace::Trace;
use crate::engine::{self, Lookup, ReleaseInfo};
use crate::manifest::{Dropped, Hook, Manifest, Sorted, take_notes};
use crate::yaml::{self, Map};

/// How a chart is rendered, whatever is done with the result.
#[derive(Debug, Clone, Default)]
pub struct ChartOptions {
    /// The chart: a directory or a packaged chart.
    pub chart: PathBuf,
    /// Whether the notes of subcharts are shown too.
    pub render_subchart_notes: bool,
}

/// A chart that was rendered.
pub(super) struct Prepared {
    /// The chart, with what is disabled taken out.
    pub(super) chart: Chart,
    /// The objects.
    pub(super) manifest: Manifest,
    /// The hooks.
    pub(super) hooks: Vec<Hook>,
    /// What is neither, because its hook event is not known.
    pub(super) dropped: Vec<Dropped>,
    /// The notes for the user.
    pub(super) notes: String,
    /// What the user should know, such as values whose types do not fit.
    pub(super) warnings: Vec<String>,
}

/// Loads a chart and checks that everything it depends on is there.
pub(super) fn load(path: &Path) -> Result<Chart, Error> {
    let chart = Chart::load(path).map_err(|error| name_chart(path, error))?;
    chart.check_installable()?;
    chart.check_dependencies()?;
    Ok(chart)
}

/// Loads a chart to be looked at.
pub(super) fn load_to_show(path: &Path) -> Result<Chart, Error> {
    Chart::load_to_show(path).map_err(|error| name_chart(path, error))
}

/// Adds which chart it is, unless the error says so: a user may have many.
fn name_chart(path: &Path, error: chart::Error) -> Error {
    let mut message = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        message = format!("{message}: {cause}");
        next = cause.source();
    }
    if message.contains(&*path.to_string_lossy()) {
        return Error::Chart(error);
    }
    Error::Load { path: path.to_owned(), message }
}

/// Lays the values over the chart's and renders it.
pub(super) async fn render(
    mut chart: Chart,
    user_values: &Map,
    release: ReleaseInfo,
    capabilities: Capabilities,
    cluster: Option<Arc<Cluster>>,
    options: &ChartOptions,
) -> Result<Prepared, Error> {
    chart.check_kube_version(&capabilities)?;
    let mut warnings = Vec::new();
    if chart.metadata.deprecated {
        warnings.push("this chart is deprecated".to_owned());
    }
    warnings.extend(chart.process_dependencies(user_values)?);
    let (values, more) = chart.coalesce(user_values)?;
    warnings.extend(more);
    let lookup = cluster.map(lookup);
    let subchart_notes = options.render_subchart_notes;
    // Rendering is one thread's work, and `lookup` waits for the cluster on it.
    let work = move || -> Result<(Chart, Sorted, String), Error> {
        let context =
            engine::Context { values: &values, release, capabilities: &capabilities, lookup };
        let mut files = engine::render(&chart, &context)?.files;
        let notes = take_notes(&mut files, chart.name(), subchart_notes);
        let sorted = match Manifest::sort(&files) {
            Ok(sorted) => sorted,
            Err(error) => return Err(Error::Rendered { error, files }),
        };
        Ok((chart, sorted, notes))
    };
    let (chart, Sorted { manifest, hooks, dropped }, notes) =
        tokio::task::spawn_blocking(work).await.expect("rendering does not panic")?;
    Ok(Prepared { chart, manifest, hooks, dropped, notes, warnings })
}

/// A chart that was rendered, and where its text came from.
pub(super) struct Traced {
    /// The chart, with what is disabled taken out.
    pub(super) chart: Chart,
    /// The values that templates see.
    pub(super) values: Map,
    /// Where the text came from.
    pub(super) trace: Trace,
}

/// Lays the values over the chart's and renders it with a trace; no cluster is asked.
pub(super) async fn trace(
    mut chart: Chart,
    user_values: &Map,
    release: ReleaseInfo,
    capabilities: Capabilities,
) -> Result<Traced, Error> {
    chart.check_kube_version(&capabilities)?;
    chart.process_dependencies(user_values)?;
    let (values, _) = chart.coalesce(user_values)?;
    let work = move || {
        let context =
            engine::Context { values: &values, release, capabilities: &capabilities, lookup: None };
        let (rendered, trace) = engine::render_traced(&chart, &context);
        rendered?;
        Ok(Traced { chart, values, trace })
    };
    tokio::task::spawn_blocking(work).await.expect("rendering does not panic")
}

fn lookup(cluster: Arc<Cluster>) -> Lookup {
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move |api_version: &str, kind: &str, namespace: &str, name: &str| {
        let found = runtime.block_on(cluster.lookup(api_version, kind, namespace, name));
        found.map(yaml::Value::from).map_err(|error| error.to_string())
    })
}

impl Context<'_> {
    /// Renders for this cluster, telling the user what there is to know.
    pub(super) async fn render(
        &self,
        chart: Chart,
        user_values: &Map,
        release: ReleaseInfo,
        options: &ChartOptions,
    ) -> Result<Prepared, Error> {
        let capabilities = self.cluster.capabilities().await?;
        let cluster = Some(self.cluster.clone());
        let prepared = render(chart, user_values, release, capabilities, cluster, options).await?;
        for warning in &prepared.warnings {
            self.warn(warning.clone());
        }
        Ok(prepared)
    }
}
