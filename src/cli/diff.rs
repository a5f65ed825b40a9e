//! `diff`: a plan in the form, and with the flags, of the helm-diff plugin; also of two revisions.

use std::io::Write;

use windlass::action::{self, Context, Event, Planned};

use super::error::Error;
use super::globals::Settings;
use super::plan::{self, Of};
use super::plan_text::{Form, ViewFlags};
use super::progress::Progress;
use super::{install, rollback, session, uninstall, upgrade};

/// Show what an operation would change, or what differs between revisions, as a diff
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass diff upgrade web ./web -f prod.yaml --detailed-exitcode")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show what an upgrade would change
    Upgrade(Box<UpgradeArgs>),
    /// Show what an install would make
    Install(Box<Of<install::Flags>>),
    /// Show what a rollback would change
    Rollback(Box<Of<rollback::Flags>>),
    /// Show what an uninstall would delete
    Uninstall(Box<Of<uninstall::Flags>>),
    /// Show what differs between two revisions of a release
    Revision(RevisionArgs),
    /// Show what differs between two releases
    Release(ReleaseArgs),
}

#[derive(Debug, clap::Args)]
struct UpgradeArgs {
    /// Show a release that does not exist as new, as --install
    #[arg(long)]
    allow_unreleased: bool,
    #[command(flatten)]
    of: Of<upgrade::Flags>,
}

#[derive(Debug, clap::Args)]
struct RevisionArgs {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to start from
    #[arg(value_name = "REVISION1")]
    one: i64,
    /// Revision to compare it with; without it, the newest
    #[arg(value_name = "REVISION2")]
    two: Option<i64>,
    #[command(flatten)]
    view: ViewFlags,
}

#[derive(Debug, clap::Args)]
struct ReleaseArgs {
    /// Name of the release to start from
    #[arg(value_name = "RELEASE1")]
    one: String,
    /// Name of the release to compare it with
    #[arg(value_name = "RELEASE2")]
    two: String,
    #[command(flatten)]
    view: ViewFlags,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let (plans, view) = match args.what {
        What::Install(of) => plan::of_install(*of, &ctx, settings).await?,
        What::Upgrade(mut args) => {
            args.of.verb.install |= args.allow_unreleased;
            plan::of_upgrade(args.of, &ctx, settings).await?
        }
        What::Rollback(of) => plan::of_rollback(*of, &ctx, settings).await?,
        What::Uninstall(of) => plan::of_uninstall(*of, &ctx, settings).await?,
        What::Revision(args) => (vec![revisions(&ctx, &args).await?], args.view),
        What::Release(args) => {
            let one = action::get(&ctx, &args.one, None).await?;
            let two = action::get(&ctx, &args.two, None).await?;
            (vec![action::compare_revisions(one, two)?], args.view)
        }
    };
    plan::show(&plans, &view, Form::Diff, settings, out)
}

/// Compares two revisions, the older one first whatever the order they are given in.
async fn revisions(ctx: &Context<'_>, args: &RevisionArgs) -> Result<Planned, Error> {
    let one = action::get(ctx, &args.name, Some(args.one)).await?;
    let two = action::get(ctx, &args.name, args.two).await?;
    let is_reversed = args.two.is_some() && one.version > two.version;
    let (old, new) = if is_reversed { (two, one) } else { (one, two) };
    Ok(action::compare_revisions(old, new)?)
}
