//! `rollback`: flags to [`action::Rollback`].

use std::io::Write;

use windlass::action::{self, Event};

use super::error::Error;
use super::flags::OperationFlags;
use super::globals::Settings;
use super::progress::Progress;
use super::session;

/// Roll a release back to an earlier revision
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass rollback web 3 --wait")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to go back to; without it, or 0, the one before the newest
    #[arg(value_name = "REVISION", value_parser = revision)]
    revision: Option<i64>,
    /// How many revisions to keep, 0 for all [default: 10, or HELM_MAX_HISTORY]
    #[arg(long, value_name = "NUMBER")]
    history_max: Option<usize>,
    #[command(flatten)]
    operation: OperationFlags,
}

/// How long a rollback's description may be in Helm (pkg/action/rollback.go).
const MAX_DESCRIPTION: usize = 256;

fn revision(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| "could not convert revision to a number")
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let length = args.operation.description().chars().count();
    if length > MAX_DESCRIPTION {
        return Err(Error::usage(format!(
            "description must be {MAX_DESCRIPTION} characters or less, got {length}"
        )));
    }
    let history_max = settings.history_max(args.history_max);
    let options = args.operation.options(None, history_max, settings.log)?;
    let request = action::Rollback { name: args.name, revision: args.revision, options };
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    action::rollback(&session::open(settings, &told).await?, request).await?;
    Ok(writeln!(out, "Rollback was a success! Happy Helming!")?)
}
