//! `uninstall`: flags to [`action::Uninstall`], for each release named.

use std::io::Write;
use std::time::Duration;

use windlass::action::{self, DryRun, Event, Uninstalled};
use windlass::cluster::Propagation;
use windlass::manifest::ObjectRef;

use super::confirm::ConfirmFlags;
use super::error::Error;
use super::flags::{HooksFlag, LockFlag, WaitFlags};
use super::globals::Settings;
use super::progress::Progress;
use super::session;

/// Uninstall releases
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass uninstall web --wait")]
pub(super) struct Args {
    #[command(flatten)]
    confirm: ConfirmFlags,
    #[command(flatten)]
    flags: Flags,
}

/// The flags of an uninstall, without those that ask before it.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Names of the releases
    #[arg(value_name = "RELEASE", required = true)]
    names: Vec<String>,
    /// Look only
    #[arg(long)]
    dry_run: bool,
    /// Count a release that does not exist as uninstalled
    #[arg(long)]
    pub(super) ignore_not_found: bool,
    /// Also delete what would stay: objects with a policy to keep them, claims of StatefulSets, hooks,
    /// and, where nothing else needs them, the chart's crds/ and the namespace
    #[arg(long)]
    all: bool,
    /// Keep the release's records, marked as uninstalled
    #[arg(long)]
    keep_history: bool,
    /// What becomes of objects that deleted ones own: background, orphan or foreground
    #[arg(long, value_name = "WAY", default_value = "background", value_parser = cascade)]
    cascade: Propagation,
    #[command(flatten)]
    wait: WaitFlags,
    #[command(flatten)]
    hooks: HooksFlag,
    #[command(flatten)]
    lock: LockFlag,
    /// Description of the last revision
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

fn cascade(text: &str) -> Result<Propagation, String> {
    match text {
        "background" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" => Ok(Propagation::Orphan),
        _ => Err(format!(
            "invalid cascade value ({text}). Must be \"background\", \"foreground\", or \"orphan\""
        )),
    }
}

impl Flags {
    /// Turns the flags into what the action takes, a request for each release.
    pub(super) fn requests(self, settings: &Settings) -> Vec<action::Uninstall> {
        let wait = self.wait.strategy(settings.log);
        let request = |name| action::Uninstall {
            name,
            dry_run: self.dry_run,
            all: self.all,
            keep_history: self.keep_history,
            propagation: self.cascade,
            wait,
            timeout: self.wait.timeout,
            hooks: !self.hooks.no_hooks,
            lock: self.lock.options(Duration::ZERO),
            description: self.description.clone().filter(|text| !text.is_empty()),
        };
        self.names.into_iter().map(request).collect()
    }
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let ignore_not_found = args.flags.ignore_not_found;
    let dry_run = if args.flags.dry_run { DryRun::Server } else { DryRun::None };
    args.confirm.check(dry_run)?;
    let progress = Progress::new(settings.log).of_deletion();
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    for request in args.flags.requests(settings) {
        let name = request.name.clone();
        if args.confirm.plan {
            match action::plan_uninstall(&ctx, request.clone()).await {
                Ok(planned) => args.confirm.confirm(&planned, settings)?,
                Err(action::Error::NotFound { .. }) if ignore_not_found => {}
                Err(error) => return Err(not_loaded(error, &name)),
            }
        }
        match action::uninstall(&ctx, request).await {
            Ok(uninstalled) => out.write_all(kept(&uninstalled).as_bytes())?,
            Err(action::Error::NotFound { .. }) if ignore_not_found => {}
            Err(error) => return Err(not_loaded(error, &name)),
        }
        writeln!(out, "release \"{name}\" uninstalled")?;
    }
    Ok(())
}

/// Puts Helm's words in front of the error of a release that is not there.
pub(super) fn not_loaded(error: action::Error, name: &str) -> Error {
    let is_not_found = matches!(error, action::Error::NotFound { .. });
    let error = Error::from(error);
    if is_not_found {
        return error.after(format!("uninstall: Release not loaded: {name}: "));
    }
    error
}

/// Names the objects that stay, as Helm does.
fn kept(uninstalled: &Uninstalled) -> String {
    let list = |head: String, objects: &[ObjectRef]| {
        let lines = objects.iter().map(|object| format!("[{}] {}\n", object.kind, object.name));
        let text = format!("{head}:\n{}\n", lines.collect::<String>());
        if objects.is_empty() { String::new() } else { text }
    };
    let foreign = &uninstalled.foreign;
    list("These resources were kept due to the resource policy".to_owned(), &uninstalled.kept)
        + &list(
            format!(
                "{} resource(s) were not deleted because they are not owned by this release",
                foreign.len()
            ),
            foreign,
        )
}
