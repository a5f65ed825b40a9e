//! `get`: one revision of a release as it is recorded, whole or in parts.

mod metadata;
mod values;

use std::io::Write;

use windlass::action::{self, Event};
use windlass::release::Release;

use super::error::Error;
use super::globals::Settings;
use super::progress::Progress;
use super::release_text::{self, Parts};
use super::session;

/// Show a release as it is recorded
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass get values web --all")]
pub(super) struct Args {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// Show everything
    All(Revision),
    /// Show the hooks
    Hooks(Revision),
    /// Show the rendered objects
    Manifest(Revision),
    Metadata(metadata::Args),
    /// Show the notes
    Notes(Revision),
    Values(values::Args),
}

/// Which revision of which release.
#[derive(Debug, clap::Args)]
struct Revision {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to show; without it, or 0, the newest
    #[arg(long, value_name = "NUMBER")]
    revision: Option<i64>,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let text = match args.part {
        Part::Metadata(args) => return metadata::run(args, settings, out).await,
        Part::Values(args) => return values::run(args, settings, out).await,
        Part::All(which) => {
            let parts = Parts { details: true, chart: true, ..Parts::default() };
            release_text::text(&which.get(settings).await?, &parts, settings.paint)?
        }
        Part::Hooks(which) => release_text::hooks(&which.get(settings).await?.hooks),
        Part::Manifest(which) => which.get(settings).await?.manifest + "\n",
        Part::Notes(which) => match which.get(settings).await?.info.notes {
            notes if notes.is_empty() => notes,
            notes => format!("NOTES:\n{notes}\n"),
        },
    };
    Ok(out.write_all(text.as_bytes())?)
}

impl Revision {
    async fn get(&self, settings: &Settings) -> Result<Release, Error> {
        let progress = Progress::new(settings.log);
        let told = |event: Event<'_>| progress.tell(&event);
        let ctx = session::open(settings, &told).await?;
        Ok(action::get(&ctx, &self.name, self.revision).await?)
    }
}
