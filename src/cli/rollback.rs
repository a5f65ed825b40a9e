//! `rollback`: flags to [`action::Rollback`].

use std::io::Write;

use windlass::action::{self, Event, Target};

use super::confirm::ConfirmFlags;
use super::error::Error;
use super::flags::{MethodFlag, OperationFlags};
use super::globals::Settings;
use super::progress::Progress;
use super::recovery::CleanupFlag;
use super::run_report::{ReportFlag, RunReport};
use super::session;

/// Roll a release back to an earlier revision
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass rollback web 3 --wait")]
pub(super) struct Args {
    #[command(flatten)]
    confirm: ConfirmFlags,
    #[command(flatten)]
    report: ReportFlag,
    #[command(flatten)]
    flags: Flags,
}

/// The flags of a rollback, without those that ask before it.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to go back to; without it, or 0, the last that was seen healthy
    #[arg(value_name = "REVISION", value_parser = revision)]
    revision: Option<i64>,
    /// Without a revision, go back to the one before the newest, as Helm does
    #[arg(long)]
    helm_default: bool,
    /// How many revisions to keep, 0 for all [default: 10, or HELM_MAX_HISTORY]
    #[arg(long, value_name = "NUMBER")]
    history_max: Option<usize>,
    #[command(flatten)]
    method: MethodFlag,
    #[command(flatten)]
    cleanup: CleanupFlag,
    #[command(flatten)]
    operation: OperationFlags,
}

/// How long a rollback's description may be in Helm (pkg/action/rollback.go).
const MAX_DESCRIPTION: usize = 256;

fn revision(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| "could not convert revision to a number")
}

impl Flags {
    /// Turns the flags into what the action takes.
    pub(super) fn request(self, settings: &Settings) -> Result<action::Rollback, Error> {
        let length = self.operation.description().chars().count();
        if length > MAX_DESCRIPTION {
            return Err(Error::usage(format!(
                "description must be {MAX_DESCRIPTION} characters or less, got {length}"
            )));
        }
        let history_max = settings.history_max(self.history_max);
        let mut options =
            self.operation.options(None, self.method.method(), history_max, settings.log)?;
        options.cleanup_on_fail = self.cleanup.cleanup_on_fail;
        let target = match self.revision {
            Some(revision) if revision != 0 => Target::Revision(revision),
            _ if self.helm_default || settings.program.is_helm => Target::Previous,
            _ => Target::LastHealthy,
        };
        Ok(action::Rollback { name: self.name, target, options })
    }
}

/// Runs the command.
pub(super) async fn run(
    mut args: Args,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let report = RunReport::begin(args.report.take(), "rollback", settings)?;
    report.finish(rollback(args, settings, out, &report).await)
}

async fn rollback(
    args: Args,
    settings: &Settings,
    out: &mut dyn Write,
    report: &RunReport,
) -> Result<(), Error> {
    let request = args.flags.request(settings)?;
    args.confirm.check(request.options.dry_run)?;
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| {
        progress.tell(&event);
        report.note(&event);
    };
    let ctx = session::open(settings, &told).await?;
    if args.confirm.plan {
        let planned = action::plan_rollback(&ctx, request).await?;
        args.confirm.confirm(&planned, settings)?;
        action::apply_planned(&ctx, planned).await?;
    } else {
        action::rollback(&ctx, request).await?;
    }
    Ok(writeln!(out, "Rollback was a success! Happy Helming!")?)
}
