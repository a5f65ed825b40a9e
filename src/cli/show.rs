//! `show`: what is in a chart, whole or in parts.

use std::io::Write;
use std::path::PathBuf;

use windlass::action::{self, Show};

use super::error::Error;
use super::globals::Settings;

/// Show what is in a chart
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass show values ./web")]
pub(super) struct Args {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// Show everything
    All(Chart),
    /// Show Chart.yaml
    Chart(Chart),
    /// Show the files of crds/
    Crds(Chart),
    /// Show the README
    Readme(Chart),
    Values(Values),
}

/// Which chart.
#[derive(Debug, clap::Args)]
struct Chart {
    /// Chart: a directory or a packaged chart
    #[arg(value_name = "CHART")]
    chart: PathBuf,
}

/// Show the default values
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass show values ./web --jsonpath '{.image.tag}'")]
struct Values {
    #[command(flatten)]
    chart: Chart,
    /// Show only what this JSONPath template says of them
    #[arg(long, value_name = "TEMPLATE")]
    jsonpath: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let (chart, what) = match args.part {
        Part::All(chart) => (chart, Show::All),
        Part::Chart(chart) => (chart, Show::Chart),
        Part::Crds(chart) => (chart, Show::Crds),
        Part::Readme(chart) => (chart, Show::Readme),
        Part::Values(Values { chart, jsonpath }) => {
            (chart, Show::Values { jsonpath: jsonpath.filter(|template| !template.is_empty()) })
        }
    };
    let shown = action::show(&chart.chart, &what)?;
    for warning in &shown.warnings {
        settings.log.warn(warning);
    }
    Ok(out.write_all(&shown.text)?)
}
