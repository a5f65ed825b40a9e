//! `preflight`: what would go wrong with an install or upgrade, all of it at once.

use std::io::Write;

use serde_json::json;
use windlass::action::{self, Context, Event, Finding, Planned};
use windlass::chart::KubeVersion;

use super::error::Error;
use super::globals::Settings;
use super::plan::{self, Of};
use super::plan_text::ViewFlags;
use super::progress::Progress;
use super::{install, session, upgrade};

/// Find what would go wrong with an install or upgrade before anything is written
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass preflight upgrade web ./web --target-kube-version 1.36")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Look at an install
    Install(Box<Looked<install::Flags>>),
    /// Look at an upgrade
    Upgrade(Box<Looked<upgrade::Flags>>),
}

/// The flags of a verb, and what is looked at besides.
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
struct Looked<F: clap::Args> {
    #[command(flatten)]
    verb: F,
    #[command(flatten)]
    look: LookFlags,
}

/// What is looked at besides, and how the result is shown.
#[derive(Debug, clap::Args)]
struct LookFlags {
    /// Look also for APIs that this version of Kubernetes no longer has
    #[arg(long, value_name = "VERSION", value_parser = kube_version)]
    target_kube_version: Option<KubeVersion>,
    /// Form of the result: text or json
    #[arg(short, long, value_name = "FORM", default_value = "text", value_parser = ["text", "json"])]
    output: String,
}

fn kube_version(text: &str) -> Result<KubeVersion, String> {
    KubeVersion::parse(text).map_err(|error| error.to_string())
}

/// Whether a verb looks first.
#[derive(Debug, clap::Args)]
pub(super) struct PreflightFlag {
    /// Before the first write, look for everything that would go wrong, and stop if there is any
    #[arg(long)]
    preflight: bool,
}

impl PreflightFlag {
    /// Says whether a verb has to plan before it goes on.
    pub(super) fn is_wanted(&self) -> bool {
        self.preflight
    }

    /// Stops if something would go wrong, after showing it on standard error.
    pub(super) async fn check(&self, ctx: &Context<'_>, planned: &Planned) -> Result<(), Error> {
        if !self.preflight {
            return Ok(());
        }
        let found = action::preflight(ctx, planned, &action::Preflight::default()).await?;
        std::io::stderr().write_all(text(&found).as_bytes())?;
        refuse(&found)
    }
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let view = ViewFlags::of_people();
    let (look, (plans, _)) = match args.verb {
        Verb::Install(args) => {
            let of = Of { verb: args.verb, view };
            (args.look, plan::of_install(of, &ctx, settings).await?)
        }
        Verb::Upgrade(args) => {
            let of = Of { verb: args.verb, view };
            (args.look, plan::of_upgrade(of, &ctx, settings).await?)
        }
    };
    let request = action::Preflight { target_kube_version: look.target_kube_version };
    let mut found = Vec::new();
    for planned in &plans {
        found.extend(action::preflight(&ctx, planned, &request).await?);
    }
    match look.output.as_str() {
        "json" => writeln!(out, "{}", json(&found))?,
        _ if found.is_empty() => writeln!(out, "nothing stands in the way")?,
        _ => out.write_all(text(&found).as_bytes())?,
    }
    refuse(&found)
}

fn refuse(found: &[Finding]) -> Result<(), Error> {
    if found.is_empty() { Ok(()) } else { Err(Error::Preflight { count: found.len() }) }
}

fn text(found: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let object = finding.object.as_ref().map_or("release".to_owned(), ToString::to_string);
        format!("{:<26} {object}: {}\n", finding.code, finding.text)
    };
    found.iter().map(line).collect()
}

fn json(found: &[Finding]) -> String {
    let finding = |finding: &Finding| {
        let object = finding.object.as_ref().map(|object| {
            json!({
                "apiVersion": object.api_version,
                "kind": object.kind,
                "namespace": object.namespace,
                "name": object.name,
            })
        });
        json!({"code": finding.code, "object": object, "text": finding.text})
    };
    json!({"findings": found.iter().map(finding).collect::<Vec<_>>()}).to_string()
}
