//! `create`: a new chart to start from.

use std::io::Write;
use std::path::PathBuf;

use windlass::action;
use windlass::engine::error::Language;

use super::error::Error;

/// Write a new chart to start from
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass create web")]
pub(super) struct Args {
    /// Where to write it; the last part of the path is the chart's name
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// Language of the templates
    #[arg(long, value_name = "LANGUAGE", default_value = "tera")]
    engine: Engine,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Engine {
    Tera,
    Go,
}

impl From<Engine> for Language {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Tera => Self::Tera,
            Engine::Go => Self::Go,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "Creating {}", args.path.display())?;
    let name = args.path.file_name().unwrap_or(args.path.as_os_str()).to_string_lossy();
    // Helm names the files that it overwrites by their whole path.
    let whole = std::path::absolute(&args.path).unwrap_or_else(|_| args.path.clone());
    let parent = whole.parent().unwrap_or(&whole);
    let created = action::create::create(parent, &name, args.engine.into())?;
    for file in created.overwritten {
        writeln!(out, "WARNING: File \"{}\" already exists. Overwriting.", file.display())?;
    }
    Ok(())
}
