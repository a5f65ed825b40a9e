//! `status`: a release, and its objects as they are in the cluster.

use std::collections::BTreeMap;
use std::io::Write;

use windlass::action::{self, Event};
use windlass::yaml::Value;

use super::error::Error;
use super::globals::Settings;
use super::output::{Format, OutputFlag};
use super::progress::Progress;
use super::release_text::{self, Parts};
use super::session;

/// Show a release and its objects
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass status web --revision 2")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to show; without it, or 0, the newest
    #[arg(long, value_name = "NUMBER")]
    revision: Option<i64>,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let is_table = args.output.output == Format::Table;
    let report = action::status(&ctx, &args.name, args.revision, is_table).await?;
    let parts = Parts { objects: &report.tables, ..Parts::default() };
    let live = || -> BTreeMap<String, Vec<Value>> {
        let objects =
            |answers: &[serde_json::Value]| answers.iter().cloned().map(Value::from).collect();
        report.tables.iter().map(|table| (table.heading.clone(), objects(&table.answers))).collect()
    };
    args.output.output.write(
        out,
        || report.release.to_status_json(&live()).map_err(Error::unwritable),
        || release_text::text(&report.release, &parts, settings.paint),
    )
}
