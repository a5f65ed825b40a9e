//! `uninstall`: flags to [`action::Uninstall`], for each release named.

use std::io::Write;
use std::time::Duration;

use windlass::action::{self, Event, Uninstalled};
use windlass::cluster::Propagation;
use windlass::manifest::ObjectRef;

use super::error::Error;
use super::flags::{HooksFlag, LockFlag, WaitFlags};
use super::globals::Settings;
use super::progress::Progress;
use super::session;

/// Uninstall releases
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass uninstall web --wait")]
pub(super) struct Args {
    /// Names of the releases
    #[arg(value_name = "RELEASE", required = true)]
    names: Vec<String>,
    /// Look only
    #[arg(long)]
    dry_run: bool,
    /// Count a release that does not exist as uninstalled
    #[arg(long)]
    ignore_not_found: bool,
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

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let wait = args.wait.strategy(settings.log);
    let progress = Progress::new(settings.log).of_deletion();
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    for name in &args.names {
        let request = action::Uninstall {
            name: name.clone(),
            dry_run: args.dry_run,
            all: args.all,
            keep_history: args.keep_history,
            propagation: args.cascade,
            wait,
            timeout: args.wait.timeout,
            hooks: !args.hooks.no_hooks,
            description: args.description.clone().filter(|text| !text.is_empty()),
            lock: args.lock.options(Duration::ZERO),
        };
        match action::uninstall(&ctx, request).await {
            Ok(uninstalled) => out.write_all(kept(&uninstalled).as_bytes())?,
            Err(action::Error::NotFound { .. }) if args.ignore_not_found => {}
            Err(error @ action::Error::NotFound { .. }) => {
                let prefix = format!("uninstall: Release not loaded: {name}: ");
                return Err(Error::from(error).after(prefix));
            }
            Err(error) => return Err(error.into()),
        }
        writeln!(out, "release \"{name}\" uninstalled")?;
    }
    Ok(())
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
