//! `lint`: flags to [`action::Lint`], what the rules say to standard output.

use std::io::Write;

use windlass::action::{self, Linted, Severity};
use windlass::cluster;
use windlass::engine::DemandKind;

use super::error::Error;
use super::flags::{SchemaFlags, ValueFlags};
use super::globals::Settings;
use super::log::{Level, Log};

/// Check charts for mistakes
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass lint ./web --strict -f prod.yaml")]
pub(super) struct Args {
    /// Charts: directories or packaged charts
    #[arg(value_name = "CHART", required = true)]
    charts: Vec<String>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Refuse values that no template reads and no default declares
    #[arg(long)]
    strict_values: bool,
    /// Check the charts in charts/ on their own too
    #[arg(long)]
    with_subcharts: bool,
    /// Show only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Kubernetes version that templates see, and whose deprecations count
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    #[command(flatten)]
    schema: SchemaFlags,
    #[command(flatten)]
    values: ValueFlags,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let namespace = cluster::namespace(&settings.connection).map_err(action::Error::from)?;
    let request = action::Lint {
        charts: args.charts,
        with_subcharts: args.with_subcharts,
        namespace,
        kube_version: args.kube_version.filter(|version| !version.is_empty()),
        schema: args.schema.check(),
        values: args.values.into(),
        strict_values: args.strict_values,
    };
    let linted = action::lint(request).await?;
    for chart in &linted {
        log(chart, settings.log);
        if !args.quiet || chart.has_warnings() {
            out.write_all(text(chart, args.quiet).as_bytes())?;
        }
    }
    let failed = linted.iter().filter(|chart| chart.has_failed(args.strict)).count();
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", linted.len());
    if failed > 0 {
        out.flush()?;
        return Err(Error::Lint(summary));
    }
    if !args.quiet || linted.iter().any(Linted::has_warnings) {
        writeln!(out, "{summary}")?;
    }
    Ok(())
}

/// Tells what is no rule's business, in Helm's words where it is Helm's.
fn log(chart: &Linted, log: Log) {
    for warning in &chart.warnings {
        log.write(Level::Warn, warning, &[("chart", &chart.chart)]);
    }
    for demand in &chart.unmet {
        let (level, text) = match demand.kind {
            DemandKind::Fail => (Level::Info, "funcMap fail"),
            DemandKind::Missing => (Level::Warn, "missing required value"),
            DemandKind::Empty => (Level::Warn, "missing required values"),
        };
        log.write(level, text, &[("message", &demand.message)]);
    }
}

fn text(chart: &Linted, quiet: bool) -> String {
    let mut text = format!("==> Linting {}\n", chart.chart);
    if let Some(problem) = &chart.unreadable {
        text.push_str(&format!("Error {problem}\n"));
    }
    for message in &chart.messages {
        if !quiet || message.severity > Severity::Info {
            text.push_str(&format!("{message}\n"));
        }
    }
    text.push('\n');
    text
}
