//! `install`: flags to [`action::Install`], the new release to standard output.

use std::io::Write;
use std::path::PathBuf;

use windlass::action::{self, DryRun, Event};
use windlass::cluster;
use windlass::manifest::Manifest;
use windlass::release::Release;

use super::confirm::ConfirmFlags;
use super::error::Error;
use super::flags::{
    AdoptFlags, FirstMethodFlag, LabelFlag, NameFlags, OperationFlags, RenderFlags, ValueFlags,
};
use super::globals::Settings;
use super::output::{Format, OutputFlag};
use super::preflight::PreflightFlag;
use super::progress::Progress;
use super::recovery::RecoveryFlags;
use super::release_text::{self, Parts};
use super::run_report::{ReportFlag, RunReport};
use super::session;

/// Install a chart as a new release
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
#[command(after_help = "Example: windlass install web ./web -f prod.yaml --wait")]
pub(super) struct Args {
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    confirm: ConfirmFlags,
    #[command(flatten)]
    preflight: PreflightFlag,
    #[command(flatten)]
    report: ReportFlag,
    #[command(flatten)]
    flags: Flags,
}

/// The flags of an install, without those that choose how it is shown.
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
pub(super) struct Flags {
    /// Name of the release
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Chart: a directory or a packaged chart
    #[arg(value_name = "CHART")]
    chart: PathBuf,
    #[command(flatten)]
    naming: NameFlags,
    /// Create the namespace if it does not exist
    #[arg(long)]
    create_namespace: bool,
    /// Take the name of an uninstalled or failed release again
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    labels: LabelFlag,
    #[command(flatten)]
    method: FirstMethodFlag,
    #[command(flatten)]
    operation: OperationFlags,
    #[command(flatten)]
    recovery: RecoveryFlags,
    #[command(flatten)]
    adopt: AdoptFlags,
    #[command(flatten)]
    pub(super) show: ShowFlags,
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    values: ValueFlags,
}

/// What is shown of a release that was just made.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ShowFlags {
    /// Leave the notes out
    #[arg(long)]
    pub(super) hide_notes: bool,
    /// Leave Secrets out of what a dry run shows
    #[arg(long)]
    pub(super) hide_secret: bool,
}

/// Runs the command.
pub(super) async fn run(
    mut args: Args,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let report = RunReport::begin(args.report.take(), "install", settings)?;
    let done = install(args, settings, out, &report).await;
    tell_of_cancelling(&done, out)?;
    report.finish(done.map_err(|error| error.after("INSTALLATION FAILED: ")))
}

/// Says on standard output that the run was interrupted, as Helm does.
pub(super) fn tell_of_cancelling(
    done: &Result<(), Error>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    if let Err(error) = done
        && let Some(action::Error::Cancelled { name, .. }) =
            error.action().map(action::Error::first)
    {
        writeln!(out, "Release {name} has been cancelled.")?;
    }
    Ok(())
}

impl Flags {
    /// Turns the flags into what the action takes.
    pub(super) fn request(self, settings: &Settings) -> Result<action::Install, Error> {
        let mut options =
            self.operation.options(Some(self.adopt), self.method.method(), 0, settings.log)?;
        self.recovery.add_to(&mut options, settings.log);
        Ok(action::Install {
            name: self.naming.choose(self.name, None, &self.chart)?,
            chart: self.render.options(self.chart)?,
            values: self.values.into(),
            labels: self.labels.labels()?,
            create_namespace: self.create_namespace,
            replace: self.replace,
            options,
        })
    }
}

async fn install(
    args: Args,
    settings: &Settings,
    out: &mut dyn Write,
    report: &RunReport,
) -> Result<(), Error> {
    let show = args.flags.show.clone();
    let request = args.flags.request(settings)?;
    show.check(request.options.dry_run)?;
    args.confirm.check(request.options.dry_run)?;
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| {
        progress.tell(&event);
        report.note(&event);
    };
    let release = if request.options.dry_run == DryRun::Client {
        let namespace = cluster::namespace(&settings.connection).map_err(action::Error::from)?;
        action::preview_install(&namespace, request, &told).await
    } else {
        let ctx = session::open(settings, &told).await?;
        if args.confirm.plan || args.preflight.is_wanted() {
            let planned = action::plan_install(&ctx, request).await;
            let planned = planned.map_err(|error| in_helms_words(error, "install"))?;
            args.preflight.check(&ctx, &planned).await?;
            args.confirm.confirm(&planned, settings)?;
            action::apply_planned(&ctx, planned).await
        } else {
            action::install(&ctx, request).await
        }
    };
    let release = release.map_err(|error| in_helms_words(error, "install"))?;
    show.print(release, args.output.output, settings, out)
}

/// Puts Helm's words in front of what an installing or upgrading action says.
pub(super) fn in_helms_words(error: action::Error, operation: &str) -> Error {
    let prefix = match &error {
        action::Error::NameInUse { .. } | action::Error::InvalidName { .. } => {
            "release name check failed: ".to_owned()
        }
        action::Error::Cluster(cluster::Error::Foreign { .. }) => {
            format!("unable to continue with {operation}: ")
        }
        _ => return error.into(),
    };
    Error::from(error).after(prefix)
}

impl ShowFlags {
    /// Refuses to hide what is not shown.
    pub(super) fn check(&self, dry_run: DryRun) -> Result<(), Error> {
        if self.hide_secret && dry_run == DryRun::None {
            return Err(Error::usage("hiding Kubernetes secrets requires a dry-run mode"));
        }
        Ok(())
    }

    /// Prints a release that was just made.
    pub(super) fn print(
        &self,
        mut release: Release,
        format: Format,
        settings: &Settings,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        if self.hide_secret {
            release.manifest = without_secrets(&release.manifest)?;
        }
        let parts = Parts {
            details: settings.debug,
            hide_notes: self.hide_notes,
            fresh: true,
            ..Parts::default()
        };
        format.write(
            out,
            || release.to_json().map_err(Error::unwritable),
            || release_text::text(&release, &parts, settings.paint),
        )
    }
}

/// Returns a manifest with a comment in place of each Secret.
fn without_secrets(manifest: &str) -> Result<String, Error> {
    let manifest = Manifest::parse(manifest).map_err(action::Error::from)?;
    let documents = manifest.documents().iter().map(|document| {
        let is_secret =
            document.kind() == "Secret" && document.value.get("apiVersion") == Some(&"v1".into());
        let hidden = "# HIDDEN: The Secret output has been suppressed";
        let text = if is_secret { hidden } else { document.text.as_str() };
        format!("---\n# Source: {}\n{text}\n", document.source)
    });
    Ok(documents.collect())
}
