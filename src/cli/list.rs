//! `list`: the releases of a namespace, or of all.

use std::io::Write;

use regex::Regex;
use serde::Serialize;
use windlass::action::{self, Event, List, Order};
use windlass::release::{Release, Status};

use super::color::Paint;
use super::columns::Columns;
use super::error::Error;
use super::globals::Settings;
use super::go_time;
use super::history::chart_name;
use super::output::{self, OutputFlag};
use super::progress::Progress;
use super::session;

/// List releases
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass list --all-namespaces --failed --pending")]
pub(super) struct Args {
    /// Look in all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Order by the time of the last operation
    #[arg(short, long)]
    date: bool,
    /// Turn the order round
    #[arg(short, long)]
    reverse: bool,
    /// Show only releases whose names fit this regular expression
    #[arg(short, long, value_name = "REGEX", value_parser = filter)]
    filter: Option<Regex>,
    /// Show only releases with these labels: a=b,c!=d
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// How many releases to show at most, 0 for all
    #[arg(short, long, value_name = "NUMBER", default_value_t = 256)]
    max: usize,
    /// How many releases to leave out at the start
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    offset: usize,
    /// Print names only
    #[arg(short = 'q', long)]
    short: bool,
    /// Print the table without its head
    #[arg(long)]
    no_headers: bool,
    /// Layout of times, in Go's way: "2006-01-02 15:04:05Z0700"
    #[arg(long, value_name = "LAYOUT")]
    time_format: Option<String>,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    statuses: StatusFlags,
}

/// Which statuses to show; none for all.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Statuses")]
struct StatusFlags {
    /// Show deployed releases
    #[arg(long)]
    deployed: bool,
    /// Show failed releases
    #[arg(long)]
    failed: bool,
    /// Show releases with an operation under way, or dead
    #[arg(long)]
    pending: bool,
    /// Show superseded releases
    #[arg(long)]
    superseded: bool,
    /// Show uninstalled releases whose history was kept
    #[arg(long)]
    uninstalled: bool,
    /// Show releases that are being uninstalled
    #[arg(long)]
    uninstalling: bool,
}

fn filter(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let error = error.to_string();
        let cause = error.lines().last().unwrap_or_default();
        format!("error parsing regexp: {}", cause.trim_start_matches("error: "))
    })
}

/// A release as Helm prints it.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    namespace: String,
    revision: String,
    updated: String,
    status: &'static str,
    chart: String,
    app_version: String,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let releases = action::list(&ctx, &args.request()).await?;
    let format = args.output.output;
    if args.short {
        let names: Vec<&str> = releases.iter().map(|release| release.name.as_str()).collect();
        let lines = || Ok(names.iter().map(|name| format!("{name}\n")).collect());
        return format.write(out, || output::json(&names), lines);
    }
    let layout = args.time_format.as_deref().filter(|layout| !layout.is_empty());
    let layout = layout.unwrap_or(go_time::STRING);
    let lines: Vec<Line> = releases.iter().map(|release| Line::new(release, layout)).collect();
    let table = || Ok(table(&lines, !args.no_headers, settings.paint));
    format.write(out, || output::json(&lines), table)
}

impl Args {
    fn request(&self) -> List {
        List {
            all_namespaces: self.all_namespaces,
            statuses: self.statuses.chosen(),
            filter: self.filter.clone(),
            selector: self.selector.clone().filter(|selector| !selector.is_empty()),
            order: if self.date { Order::Date } else { Order::Name },
            reverse: self.reverse,
            offset: self.offset,
            max: self.max,
        }
    }
}

impl StatusFlags {
    fn chosen(&self) -> Vec<Status> {
        let pending = [Status::PendingInstall, Status::PendingUpgrade, Status::PendingRollback];
        let choices: [(bool, &[Status]); 6] = [
            (self.deployed, &[Status::Deployed]),
            (self.failed, &[Status::Failed]),
            (self.pending, &pending),
            (self.superseded, &[Status::Superseded]),
            (self.uninstalled, &[Status::Uninstalled]),
            (self.uninstalling, &[Status::Uninstalling]),
        ];
        choices
            .into_iter()
            .filter(|(chosen, _)| *chosen)
            .flat_map(|(_, statuses)| statuses)
            .copied()
            .collect()
    }
}

impl Line {
    fn new(release: &Release, layout: &str) -> Self {
        let time = &release.info.last_deployed;
        Self {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            revision: release.version.to_string(),
            updated: if time.is_zero() { "-".to_owned() } else { go_time::format(time, layout) },
            status: release.info.status.as_str(),
            chart: chart_name(release),
            app_version: release.chart.metadata.app_version.clone(),
        }
    }
}

fn table(lines: &[Line], with_head: bool, paint: Paint) -> String {
    let mut columns = Columns::default();
    let head = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
    if with_head {
        columns.row(head.map(|name| paint.heading(name)));
    }
    for line in lines {
        columns.row([
            line.name.clone(),
            paint.namespace(&line.namespace),
            line.revision.clone(),
            line.updated.clone(),
            paint.status(Status::from(line.status)),
            line.chart.clone(),
            line.app_version.clone(),
        ]);
    }
    columns.text()
}
