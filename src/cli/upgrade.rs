//! `upgrade`: flags to [`action::Upgrade`], the new revision to standard output.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use windlass::action::{self, ChartOptions, Event, KeepValues, UserValueFlags};
use windlass::chart;

use super::confirm::ConfirmFlags;
use super::error::Error;
use super::flags::{AdoptFlags, LabelFlag, MethodFlag, OperationFlags, RenderFlags, ValueFlags};
use super::globals::Settings;
use super::install::{ShowFlags, in_helms_words, tell_of_cancelling};
use super::live;
use super::output::{Format, OutputFlag};
use super::preflight::PreflightFlag;
use super::progress::Progress;
use super::recovery::{CleanupFlag, RecoveryFlags};
use super::run_report::{ReportFlag, RunReport};
use super::session;

/// Upgrade a release to a new chart or new values
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass upgrade web ./web --install --set image.tag=2 --wait")]
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

/// The flags of an upgrade, without those that choose how it is shown.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Chart: a directory or a packaged chart; --repair does without
    #[arg(value_name = "CHART", required_unless_present = "repair")]
    chart: Option<PathBuf>,
    /// Put back what was changed by hand; without a chart, to what the release states
    #[arg(long, conflicts_with_all = ["force_conflicts", "force_replace"])]
    repair: bool,
    /// Install the release if it does not exist
    #[arg(short, long)]
    pub(super) install: bool,
    /// With --install, create the namespace if it does not exist
    #[arg(long)]
    create_namespace: bool,
    /// Drop the values of the last revision
    #[arg(long)]
    reset_values: bool,
    /// Keep the values of the last revision and the defaults of its chart
    #[arg(long)]
    reuse_values: bool,
    /// Keep the values of the last revision, with the defaults of the new chart
    #[arg(long)]
    reset_then_reuse_values: bool,
    /// How many revisions to keep, 0 for all [default: 10, or HELM_MAX_HISTORY]
    #[arg(long, value_name = "NUMBER")]
    history_max: Option<usize>,
    #[command(flatten)]
    labels: LabelFlag,
    #[command(flatten)]
    method: MethodFlag,
    #[command(flatten)]
    operation: OperationFlags,
    #[command(flatten)]
    recovery: RecoveryFlags,
    #[command(flatten)]
    cleanup: CleanupFlag,
    #[command(flatten)]
    adopt: AdoptFlags,
    #[command(flatten)]
    pub(super) show: ShowFlags,
    #[command(flatten)]
    render: RenderFlags,
    #[command(flatten)]
    values: ValueFlags,
}

/// Runs the command.
pub(super) async fn run(
    mut args: Args,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let may_install = args.flags.install;
    let installs = AtomicBool::new(false);
    let report = RunReport::begin(args.report.take(), "upgrade", settings)?;
    let done = upgrade(args, settings, out, &installs, &report).await;
    tell_of_cancelling(&done, out)?;
    let installs = installs.load(Ordering::Relaxed);
    report.finish(done.map_err(|error| match error.action() {
        Some(cause) if !installs && is_of_upgrading(cause, may_install) => {
            error.after("UPGRADE FAILED: ")
        }
        _ => error,
    }))
}

/// Says whether Helm names the operation: not before it has read its input and, with `--install`,
/// seen whether there is a release.
fn is_of_upgrading(error: &action::Error, may_install: bool) -> bool {
    match error {
        // What comes of values and cluster is said after that.
        action::Error::Chart(chart::Error::Schema { .. } | chart::Error::KubeVersion { .. }) => {
            true
        }
        action::Error::Chart(_)
        | action::Error::Values(_)
        | action::Error::File { .. }
        | action::Error::Fetch { .. } => false,
        error => !(may_install && error.kind() == action::ErrorKind::NoCluster),
    }
}

async fn upgrade(
    args: Args,
    settings: &Settings,
    out: &mut dyn Write,
    installs: &AtomicBool,
    report: &RunReport,
) -> Result<(), Error> {
    let show = args.flags.show.clone();
    let request = args.flags.request(settings)?;
    show.check(request.options.dry_run)?;
    args.confirm.check(request.options.dry_run)?;
    let name = request.name.clone();
    let is_table = args.output.output == Format::Table;
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| {
        progress.tell(&event);
        report.note(&event);
        if let Event::InstallsInstead { name } = event {
            installs.store(true, Ordering::Relaxed);
            if is_table {
                // What cannot be written now fails again when the result is written.
                let line = format!("Release \"{name}\" does not exist. Installing it now.\n");
                let _ = live::Stdout.write_all(line.as_bytes());
            }
        }
    };
    let ctx = session::open(settings, &told).await?;
    let words = |error| {
        in_helms_words(error, if installs.load(Ordering::Relaxed) { "install" } else { "update" })
    };
    let release = if args.confirm.plan || args.preflight.is_wanted() {
        let planned = action::plan_upgrade(&ctx, request).await.map_err(words)?;
        args.preflight.check(&ctx, &planned).await?;
        args.confirm.confirm(&planned, settings)?;
        action::apply_planned(&ctx, planned).await
    } else {
        action::upgrade(&ctx, request).await
    };
    let release = release.map_err(words)?;
    if is_table && !installs.load(Ordering::Relaxed) {
        writeln!(out, "Release \"{}\" has been upgraded. Happy Helming!", name)?;
    }
    show.print(release, args.output.output, settings, out)
}

/// Takes `null` for the wish to remove a label, as Helm does.
fn changed_labels(labels: BTreeMap<String, String>) -> BTreeMap<String, Option<String>> {
    labels
        .into_iter()
        .map(|(name, value)| (name, Some(value).filter(|text| text != "null")))
        .collect()
}

impl Flags {
    /// Turns the flags into what the action takes.
    pub(super) fn request(self, settings: &Settings) -> Result<action::Upgrade, Error> {
        let history_max = settings.history_max(self.history_max);
        let keep_values = self.keep_values();
        let chooses_values = self.reset_values || self.reuse_values || self.reset_then_reuse_values;
        let (adopt, method) = (Some(self.adopt), self.method.method());
        let mut options = self.operation.options(adopt, method, history_max, settings.log)?;
        self.recovery.add_to(&mut options, settings.log);
        options.cleanup_on_fail = self.cleanup.cleanup_on_fail;
        options.repair = self.repair;
        let values = UserValueFlags::from(self.values);
        let has_chart = self.chart.is_some();
        let chart = self.render.options(self.chart.unwrap_or_default())?;
        let is_of_chart = values != UserValueFlags::default() || chart != ChartOptions::default();
        if !has_chart && (chooses_values || self.install || self.create_namespace || is_of_chart) {
            return Err(Error::usage(
                "without a chart, --repair puts back what the release states; \
                 flags for values, rendering and installing need a chart",
            ));
        }
        if !has_chart && !self.repair {
            return Err(Error::usage("an upgrade without --repair needs a chart"));
        }
        Ok(action::Upgrade {
            name: self.name,
            chart: has_chart.then_some(chart),
            values,
            keep_values,
            labels: changed_labels(self.labels.labels()?),
            install: self.install,
            create_namespace: self.create_namespace,
            options,
        })
    }

    /// Chooses what happens to the values of the last revision; the first flag of these wins.
    fn keep_values(&self) -> KeepValues {
        match self {
            Self { reset_values: true, .. } => KeepValues::Reset,
            Self { reuse_values: true, .. } => KeepValues::Reuse,
            Self { reset_then_reuse_values: true, .. } => KeepValues::ResetThenReuse,
            _ => KeepValues::IfNoneGiven,
        }
    }
}
