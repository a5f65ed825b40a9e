//! `history`: the revisions of a release.

use std::io::Write;

use serde::Serialize;
use windlass::action::{self, Changed, Event, RevisionChanges};
use windlass::manifest::Time;
use windlass::release::Release;

use super::columns::Columns;
use super::error::Error;
use super::globals::Settings;
use super::go_time::{self, ANSIC};
use super::output::{self, OutputFlag};
use super::plan_text::printable;
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
    /// Show what each revision changed, when it was seen healthy, and why it failed
    #[arg(long)]
    changes: bool,
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

/// A revision with what it changed.
#[derive(Debug, Serialize)]
struct ChangedLine<'a> {
    #[serde(flatten)]
    line: Line,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthy: Option<String>,
    changes: Option<&'a RevisionChanges>,
}

fn is_zero(revision: &i64) -> bool {
    *revision == 0
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    if args.changes {
        let history = action::history_of_changes(&ctx, &args.name, args.max).await?;
        let lines: Vec<ChangedLine<'_>> = history.iter().map(ChangedLine::from).collect();
        let text = || Ok(lines.iter().map(block).collect());
        return args.output.output.write(out, || output::json(&lines), text);
    }
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

impl<'a> From<&'a Changed> for ChangedLine<'a> {
    fn from(changed: &'a Changed) -> Self {
        let healthy = changed.release.healthy.map(|at| at.to_string());
        Self { line: Line::from(&changed.release), healthy, changes: changed.changes.as_ref() }
    }
}

/// Writes a revision, and below it what it changed.
fn block(changed: &ChangedLine<'_>) -> String {
    let ChangedLine { line, healthy, changes } = changed;
    let mut text =
        format!("{}  {}  {}", line.revision, go_time::format(&line.updated, ANSIC), line.status);
    if line.rollback_revision > 0 {
        text.push_str(&format!(" (what revision {} was)", line.rollback_revision));
    }
    text.push('\n');
    let mut say = |what: &str, words: &str| {
        text.push_str(&format!("   {what:<12} {}\n", printable(words)));
    };
    match changes {
        None => say("chart", &line.chart),
        Some(changes) => {
            let both = |(old, new): &(String, String)| format!("{old} → {new}");
            changes.chart.iter().for_each(|chart| say("chart", &both(chart)));
            changes.app_version.iter().for_each(|version| say("app version", &both(version)));
            for (place, old, new) in &changes.images {
                let [old, new] = [old, new].map(|image| if image.is_empty() { "-" } else { image });
                say("image", &format!("{place}: {old} → {new}"));
            }
            if !changes.values.is_empty() {
                say("values", &changes.values.join(", "));
            }
        }
    }
    healthy.iter().for_each(|at| say("seen healthy", at));
    say(if line.status == "failed" { "failed" } else { "description" }, &line.description);
    text
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
