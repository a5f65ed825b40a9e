//! `get metadata`: what a release is, without its values and objects.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use windlass::chart::Dependency;
use windlass::release::{ApplyMethod, Release};

use super::Revision;
use crate::cli::error::Error;
use crate::cli::globals::Settings;
use crate::cli::go_time::{self, RFC3339};
use crate::cli::output::{self, OutputFlag};

/// Show what the release is: chart, versions, status
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass get metadata web -o json")]
pub(super) struct Args {
    #[command(flatten)]
    which: Revision,
    #[command(flatten)]
    output: OutputFlag,
}

/// Metadata as Helm prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    name: &'a str,
    chart: &'a str,
    version: &'a str,
    app_version: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'a String, &'a String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dependencies: &'a [Dependency],
    namespace: &'a str,
    revision: i64,
    status: &'static str,
    deployed_at: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    apply_method: &'static str,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let release = args.which.get(settings).await?;
    let metadata = Metadata::new(&release);
    let table = || Ok(metadata.table(release.apply_method));
    args.output.output.write(out, || output::json(&metadata), table)
}

impl<'a> Metadata<'a> {
    fn new(release: &'a Release) -> Self {
        let chart = &release.chart.metadata;
        Self {
            name: &release.name,
            chart: &chart.name,
            version: &chart.version,
            app_version: &chart.app_version,
            annotations: &chart.annotations,
            labels: release.labels.iter().chain(&release.record_labels).collect(),
            dependencies: &chart.dependencies,
            namespace: &release.namespace,
            revision: release.version,
            status: release.info.status.as_str(),
            deployed_at: go_time::format(&release.info.last_deployed, RFC3339),
            apply_method: release.apply_method.as_str(),
        }
    }

    fn table(&self, method: ApplyMethod) -> String {
        let mut dependencies: Vec<&str> =
            self.dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
        dependencies.sort_unstable();
        let method = match method {
            ApplyMethod::Unstated => "client-side apply (defaulted)",
            ApplyMethod::ClientSide => "client-side apply",
            ApplyMethod::ServerSide => "server-side apply",
        };
        let lines = [
            ("NAME", self.name),
            ("CHART", self.chart),
            ("VERSION", self.version),
            ("APP_VERSION", self.app_version),
            ("ANNOTATIONS", &pairs(self.annotations)),
            ("LABELS", &pairs(self.labels.clone())),
            ("DEPENDENCIES", &dependencies.join(",")),
            ("NAMESPACE", self.namespace),
            ("REVISION", &self.revision.to_string()),
            ("STATUS", self.status),
            ("DEPLOYED_AT", &self.deployed_at),
            ("APPLY_METHOD", method),
        ];
        lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }
}

fn pairs<'a>(map: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    map.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
