//! `template`: flags to [`action::Template`], the rendered chart to standard output or to files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use windlass::action::{self, DryRun};
use windlass::cluster;

use super::error::Error;
use super::flag_value::{self, List};
use super::flags::{ApplyingFlags, DryRunFlag, NameFlags, RenderFlags, ValueFlags, flat};
use super::globals::Settings;
use super::session;

/// Render a chart and print what comes of it
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
#[command(
    after_help = "Example: windlass template web ./web -f prod.yaml --show-only templates/service.yaml"
)]
pub(super) struct Args {
    /// Name that templates see as the release's [default: release-name]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Chart: a directory or a packaged chart
    #[arg(value_name = "CHART")]
    chart: PathBuf,
    /// Kubernetes version that templates see
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// API version that templates see as well (repeatable, or a comma list)
    #[arg(short, long, value_name = "API", value_parser = flag_value::list)]
    api_versions: Vec<List>,
    /// Show only the templates that fit this path, below the chart (repeatable)
    #[arg(short, long, value_name = "PATH")]
    show_only: Vec<String>,
    /// Show the files of crds/ too
    #[arg(long)]
    include_crds: bool,
    /// Let templates see an upgrade
    #[arg(long)]
    is_upgrade: bool,
    /// Leave hooks out
    #[arg(long)]
    no_hooks: bool,
    /// Leave tests out
    #[arg(long)]
    skip_tests: bool,
    /// Write files below this directory instead of printing
    #[arg(long, value_name = "DIRECTORY")]
    output_dir: Option<PathBuf>,
    /// With --output-dir, put the release's name between it and the files
    #[arg(long)]
    release_name: bool,
    /// Say beside each line which template line and which values made it
    #[arg(long)]
    show_origin: bool,
    /// Refuse values that no template reads and no default declares
    #[arg(long)]
    strict_values: bool,
    #[command(flatten)]
    naming: NameFlags,
    /// The old name of --dry-run=server
    #[arg(long, hide = true, conflicts_with = "dry_run")]
    validate: bool,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    applying: ApplyingFlags,
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    values: ValueFlags,
}

/// What templates see as the release's name when none is given, as in Helm.
const NAME: &str = "release-name";

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    args.applying.check(settings.log)?;
    if args.validate {
        settings.log.warn("--validate is deprecated, use --dry-run=server instead");
    }
    let cluster = match args.dry_run.of_template(settings.log)? {
        strategy if args.validate || strategy == DryRun::Server => {
            Some(session::connect(settings).await?)
        }
        _ => None,
    };
    let namespace = cluster::namespace(&settings.connection).map_err(action::Error::from)?;
    let name = args.naming.choose(args.name, Some(NAME), &args.chart)?;
    let directory = args.output_dir.map(|directory| match args.release_name {
        true => directory.join(&name),
        false => directory,
    });
    let request = action::Template {
        name,
        namespace,
        chart: args.render.options(args.chart)?,
        values: args.values.into(),
        kube_version: args.kube_version.filter(|version| !version.is_empty()),
        api_versions: flat(args.api_versions),
        is_upgrade: args.is_upgrade,
        include_crds: args.include_crds,
        no_hooks: args.no_hooks,
        skip_tests: args.skip_tests,
        show_only: args.show_only,
        cluster,
        show_origin: args.show_origin,
        strict_values: args.strict_values,
    };
    let templated = match action::template(request).await {
        Err(error @ action::Error::Rendered { .. }) if !settings.debug => {
            return Err(Error::from(error).advising("Use --debug flag to render out invalid YAML"));
        }
        Err(error @ action::Error::Rendered { .. }) => {
            if let action::Error::Rendered { files, .. } = &error {
                out.write_all(invalid(files).as_bytes())?;
            }
            return Err(error.into());
        }
        templated => templated?,
    };
    for warning in &templated.warnings {
        settings.log.warn(warning);
    }
    let Some(directory) = directory else {
        return Ok(templated.print(out)?);
    };
    for path in templated.write_to(&directory)? {
        writeln!(out, "wrote {}", path.display())?;
    }
    // Helm prints the manifest after the files, of which nothing is left.
    Ok(writeln!(out)?)
}

/// Returns what the templates came to, whatever it is.
fn invalid(files: &BTreeMap<String, String>) -> String {
    let shown = files.iter().filter(|(_, text)| !text.trim().is_empty());
    shown.map(|(path, text)| format!("---\n# Source: {path}\n{text}\n")).collect()
}
