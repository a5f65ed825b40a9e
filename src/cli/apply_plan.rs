//! `apply-plan`: carries out what `plan … --out FILE` saved, if the cluster is as it was then.

use std::io::Write;
use std::path::PathBuf;

use windlass::action::{self, Event, SavedPlan};

use super::error::Error;
use super::globals::Settings;
use super::install::ShowFlags;
use super::output::OutputFlag;
use super::plan::PassphraseFlag;
use super::progress::Progress;
use super::run_report::{ReportFlag, RunReport};
use super::session;

/// Carry out a plan that was saved, if nothing has moved since
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass apply-plan web.plan --passphrase-file key.txt")]
pub(super) struct Args {
    /// File that `plan … --out` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFlag,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    report: ReportFlag,
    /// Leave the notes out
    #[arg(long)]
    hide_notes: bool,
}

/// Runs the command.
pub(super) async fn run(
    mut args: Args,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let report = RunReport::begin(args.report.take(), "apply-plan", settings)?;
    report.finish(apply(args, settings, out, &report).await)
}

async fn apply(
    args: Args,
    settings: &Settings,
    out: &mut dyn Write,
    report: &RunReport,
) -> Result<(), Error> {
    let bytes = std::fs::read(&args.file).map_err(|source| action::Error::File {
        doing: "read plan",
        path: args.file.clone(),
        source,
    })?;
    let passphrase = args.passphrase.get(settings)?;
    let saved = SavedPlan::read(&bytes, passphrase.as_deref()).map_err(action::Error::from)?;
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| {
        progress.tell(&event);
        report.note(&event);
    };
    let ctx = session::open_namespace(settings, Some(saved.namespace()), &told).await?;
    let is_uninstall = saved.verb() == "uninstall";
    let release = action::apply_saved(&ctx, saved).await?;
    if is_uninstall {
        return Ok(writeln!(out, "release \"{}\" uninstalled", release.name)?);
    }
    let show = ShowFlags { hide_notes: args.hide_notes, hide_secret: false };
    show.print(release, args.output.output, settings, out)
}
