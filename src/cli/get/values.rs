//! `get values`: the user's values, or those that the templates saw.

use std::io::Write;

use windlass::action;
use windlass::yaml::{self, Value};

use super::Revision;
use crate::cli::error::Error;
use crate::cli::globals::Settings;
use crate::cli::output::OutputFlag;

/// Show the values
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass get values web --all -o json")]
pub(super) struct Args {
    #[command(flatten)]
    which: Revision,
    /// Show all values that the templates saw, not only the user's
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let release = args.which.get(settings).await?;
    let values = action::get_values(&release, args.all)?;
    // No values of the user's are nothing in Helm's records, not an empty map.
    let values = if values.is_empty() && !args.all { Value::Null } else { Value::Map(values) };
    let title = if args.all { "COMPUTED VALUES" } else { "USER-SUPPLIED VALUES" };
    let table = || Ok(format!("{title}:\n{}", yaml::emit(&values)));
    args.output.output.write(out, || Ok(values.to_json()), table)
}
