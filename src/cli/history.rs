//! `history`: the revisions of a release.

use std::io::Write;

use serde::Serialize;
use windlass::action::{self, Event};
use windlass::manifest::Time;
use windlass::release::Release;

use super::columns::Columns;
use super::error::Error;
use super::globals::Settings;
use super::go_time::{self, ANSIC};
use super::output::{self, OutputFlag};
use super::progress::Progress;
use super::session;

/// List the revisions of a release
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass history web --max 5")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// How many revisions to show, the newest ones
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    max: usize,
    /// Show in the table which revision a rollback went back to
    #[arg(long)]
    show_rollback_revision: bool,
    #[command(flatten)]
    output: OutputFlag,
}

/// A revision as Helm prints it.
#[derive(Debug, Serialize)]
struct Line {
    revision: i64,
    #[serde(skip_serializing_if = "Time::is_zero")]
    updated: Time,
    status: &'static str,
    chart: String,
    app_version: String,
    #[serde(skip_serializing_if = "is_zero")]
    rollback_revision: i64,
    description: String,
}

fn is_zero(revision: &i64) -> bool {
    *revision == 0
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let history = action::history(&ctx, &args.name, args.max).await?;
    let lines: Vec<Line> = history.iter().map(Line::from).collect();
    let table = || Ok(table(&lines, args.show_rollback_revision));
    args.output.output.write(out, || output::json(&lines), table)
}

impl From<&Release> for Line {
    fn from(release: &Release) -> Self {
        Self {
            revision: release.version,
            updated: release.info.last_deployed,
            status: release.info.status.as_str(),
            chart: chart_name(release),
            app_version: release.chart.metadata.app_version.clone(),
            rollback_revision: release.info.rollback_revision,
            description: release.info.description.clone(),
        }
    }
}

/// Returns the name and version of a release's chart.
pub(super) fn chart_name(release: &Release) -> String {
    format!("{}-{}", release.chart.metadata.name, release.chart.metadata.version)
}

fn table(lines: &[Line], with_rollback: bool) -> String {
    let mut columns = Columns::default();
    let rollback = |cell: String| Some(cell).filter(|_| with_rollback);
    let row = |cells: [&str; 5], rollback: Option<String>, last: &str| {
        let cells = cells.into_iter().map(str::to_owned);
        cells.chain(rollback).chain([last.to_owned()]).collect::<Vec<_>>()
    };
    let head = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
    columns.row(row(head, rollback("ROLLBACK".to_owned()), "DESCRIPTION"));
    for line in lines {
        let Line { revision, updated, status, chart, app_version, rollback_revision, description } =
            line;
        let updated = go_time::format(updated, ANSIC);
        let revision = revision.to_string();
        let cells = [revision.as_str(), &updated, status, chart, app_version];
        let source =
            if *rollback_revision > 0 { rollback_revision.to_string() } else { String::new() };
        columns.row(row(cells, rollback(source), description));
    }
    columns.text()
}
