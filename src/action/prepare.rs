//! From a chart and values to text and objects: what template, install and upgrade have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::crds::api_versions;
use super::outside::{Outside, SchemaCheck};
use super::post_render::{PostRenderer, post_render};
use super::{Context, Error, missing, origins};
use crate::chart::{self, Capabilities, Chart};
use crate::cluster::{Cluster, CrdPolicy};
use crate::engine::trace::Trace;
use crate::engine::{self, ReleaseInfo};
use crate::manifest::{self, Dropped, Hook, Manifest, Sorted, take_notes};
use crate::values::Layer;
use crate::yaml::Map;

/// How a chart is rendered, whatever is done with the result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartOptions {
    /// The chart: a directory or a packaged chart.
    pub chart: PathBuf,
    /// Whether the notes of subcharts are shown too.
    pub render_subchart_notes: bool,
    /// How values are checked against `values.schema.json`.
    pub schema: SchemaCheck,
    /// Whether templates may ask for the addresses of names.
    pub enable_dns: bool,
    /// The programs that what was rendered goes through.
    pub post_renderers: Vec<PostRenderer>,
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
    /// Where the text came from, if that was wanted.
    pub(super) trace: Option<Trace>,
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

/// What is wanted of a rendering beside the result.
pub(super) struct Wanted<'a> {
    /// The layers of the user's values, for hints.
    pub(super) layers: &'a [Layer],
    /// Whether the trace is wanted too.
    pub(super) trace: bool,
}

/// Lays the values over the chart's and renders it.
pub(super) async fn render(
    chart: Chart,
    user_values: &Map,
    release: ReleaseInfo,
    capabilities: Capabilities,
    cluster: Option<Arc<Cluster>>,
    options: &ChartOptions,
    wanted: &Wanted<'_>,
) -> Result<Prepared, Error> {
    let outside = Outside::new(cluster, options.schema, options.enable_dns);
    let user_values = user_values.clone();
    let subchart_notes = options.render_subchart_notes;
    let (layers, wants_trace) = (wanted.layers.to_vec(), wanted.trace);
    // Rendering is one thread's work, and waits on it for whom it asks.
    let work = move || -> Result<_, Error> {
        let rendering = Rendering::new(chart, &user_values, release, capabilities, outside)?;
        let (rendered, trace) = match wants_trace {
            true => {
                let (rendered, trace) =
                    engine::render_traced(&rendering.chart, &rendering.context());
                (rendered, Some(trace))
            }
            false => (engine::render(&rendering.chart, &rendering.context()), None),
        };
        let mut files = rendered.map_err(|error| rendering.failure(error, &layers))?.files;
        let notes = take_notes(&mut files, rendering.chart.name(), subchart_notes);
        Ok((rendering, files, notes, trace))
    };
    let (rendering, files, notes, trace) =
        tokio::task::spawn_blocking(work).await.expect("rendering does not panic")?;
    let (files, said) = post_render(files, &options.post_renderers).await?;
    let mut warnings = rendering.warnings.clone();
    warnings.extend(said);
    let sort = move || match Manifest::sort(&files) {
        Ok(sorted) => Ok((rendering.chart, sorted)),
        Err(error) => Err(rendering.invalid(error, files)),
    };
    let (chart, Sorted { manifest, hooks, dropped }) =
        tokio::task::spawn_blocking(sort).await.expect("sorting does not panic")?;
    Ok(Prepared { chart, manifest, hooks, dropped, notes, warnings, trace })
}

/// A chart with all that its templates see.
struct Rendering {
    chart: Chart,
    values: Map,
    release: ReleaseInfo,
    capabilities: Capabilities,
    outside: Outside,
    warnings: Vec<String>,
}

impl Rendering {
    fn new(
        mut chart: Chart,
        user_values: &Map,
        release: ReleaseInfo,
        capabilities: Capabilities,
        outside: Outside,
    ) -> Result<Self, Error> {
        let mut warnings = Vec::new();
        if chart.metadata.deprecated {
            warnings.push("this chart is deprecated".to_owned());
        }
        warnings.extend(chart.process_dependencies(user_values)?);
        let (values, more) = chart.coalesce(user_values)?;
        warnings.extend(more);
        warnings.extend(outside.schemas.check(&chart, &values)?);
        chart.check_kube_version(&capabilities)?;
        Ok(Self { chart, values, release, capabilities, outside, warnings })
    }

    fn context(&self) -> engine::Context<'_> {
        engine::Context {
            values: &self.values,
            release: self.release.clone(),
            capabilities: &self.capabilities,
            lookup: self.outside.lookup.clone(),
            resolve: self.outside.resolve.clone(),
        }
    }

    /// Adds to the error of a template what is certain about its cause.
    fn failure(&self, error: Box<engine::error::Error>, layers: &[Layer]) -> Error {
        match missing::hint(&self.chart, &self.context(), layers, &error) {
            Some(hint) => Error::Template { error, hint },
            None => Error::Engine(error),
        }
    }

    /// Adds to the error of a rendered document the template lines that it came from.
    fn invalid(&self, error: manifest::Error, files: BTreeMap<String, String>) -> Error {
        let (_, trace) = engine::render_traced(&self.chart, &self.context());
        let origins = origins::of_excerpt(&trace, &files, &error);
        Error::Rendered { error, files, origins }
    }
}

/// A chart that was rendered, and where its text came from.
pub(super) struct Traced {
    /// The chart, with what is disabled taken out.
    pub(super) chart: Chart,
    /// The values that templates see.
    pub(super) values: Map,
    /// Where the text came from.
    pub(super) trace: Trace,
    /// What the user should know, such as values whose types do not fit.
    pub(super) warnings: Vec<String>,
}

/// Lays the values over the chart's and renders it with a trace; no cluster is asked.
pub(super) async fn trace(
    chart: Chart,
    user_values: Map,
    layers: Vec<Layer>,
    release: ReleaseInfo,
    capabilities: Capabilities,
    outside: Outside,
) -> Result<Traced, Error> {
    let work = move || {
        let rendering = Rendering::new(chart, &user_values, release, capabilities, outside)?;
        let (rendered, trace) = engine::render_traced(&rendering.chart, &rendering.context());
        rendered.map_err(|error| rendering.failure(error, &layers))?;
        let Rendering { chart, values, warnings, .. } = rendering;
        Ok(Traced { chart, values, trace, warnings })
    };
    tokio::task::spawn_blocking(work).await.expect("rendering does not panic")
}

impl Context<'_> {
    /// Renders for this cluster, telling the user what there is to know.
    pub(super) async fn render(
        &self,
        chart: Chart,
        user_values: &Map,
        layers: &[Layer],
        release: ReleaseInfo,
        options: &ChartOptions,
        crds: CrdPolicy,
    ) -> Result<Prepared, Error> {
        let mut capabilities = self.cluster.capabilities().await?;
        if crds != CrdPolicy::Skip {
            capabilities.add_api_versions(&api_versions(&chart, user_values)?);
        }
        let cluster = Some(self.cluster.clone());
        let wanted = Wanted { layers, trace: false };
        let prepared =
            render(chart, user_values, release, capabilities, cluster, options, &wanted).await?;
        for warning in &prepared.warnings {
            self.warn(warning.clone());
        }
        Ok(prepared)
    }
}
