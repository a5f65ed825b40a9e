//! `plan`: what a verb would do, with all its flags, and nothing done.

use std::io::Write;
use std::path::{Path, PathBuf};

use windlass::action::{self, Context, DryRun, Event, Planned};

use super::error::Error;
use super::globals::Settings;
use super::install::{self, in_helms_words};
use super::plan_text::{self, Form, ViewFlags};
use super::progress::Progress;
use super::{rollback, session, uninstall, upgrade};

/// Show what an operation would change and what follows from it; nothing is changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass plan upgrade web ./web -f prod.yaml")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Plan an install
    Install(Box<Saved<install::Flags>>),
    /// Plan an upgrade
    Upgrade(Box<Saved<upgrade::Flags>>),
    /// Plan a rollback
    Rollback(Box<Saved<rollback::Flags>>),
    /// Plan an uninstall
    Uninstall(Box<Saved<uninstall::Flags>>),
}

/// The flags of a plan that can be saved.
#[derive(Debug, clap::Args)]
struct Saved<F: clap::Args> {
    #[command(flatten)]
    of: Of<F>,
    #[command(flatten)]
    save: SaveFlags,
}

/// Where a plan is saved, and how it is protected.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
struct SaveFlags {
    /// Save the plan for `apply-plan`; Secrets in it need a passphrase, or --show-secrets
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseFlag,
}

/// The passphrase of a saved plan.
#[derive(Debug, clap::Args)]
pub(super) struct PassphraseFlag {
    /// File whose first line encrypts a saved plan [or WINDLASS_PLAN_PASSPHRASE]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseFlag {
    /// Returns the passphrase, by flag or by variable.
    pub(super) fn get(&self, settings: &Settings) -> Result<Option<String>, Error> {
        let text = match &self.passphrase_file {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|source| action::Error::File {
                    doing: "read passphrase file",
                    path: path.clone(),
                    source,
                })?;
                let line = text.lines().next().unwrap_or_default().to_owned();
                if line.is_empty() {
                    return Err(Error::usage("the first line of the passphrase file is empty"));
                }
                Some(line)
            }
            None => settings.environment.get("WINDLASS_PLAN_PASSPHRASE").map(str::to_owned),
        };
        Ok(text.filter(|text| !text.is_empty()))
    }
}

impl SaveFlags {
    /// Writes a plan that can be carried out to the file, readable to its owner alone.
    async fn save(
        &self,
        ctx: &Context<'_>,
        plans: &[Planned],
        in_plain_text: bool,
        settings: &Settings,
    ) -> Result<(), Error> {
        let Some(path) = &self.out else { return Ok(()) };
        let [planned] = plans else {
            return Err(Error::usage("--out saves the plan of one release; name one"));
        };
        let passphrase = self.passphrase.get(settings)?;
        let bytes = action::save_plan(ctx, planned, passphrase.as_deref(), in_plain_text).await?;
        write_private(path, &bytes).map_err(|source| {
            action::Error::File { doing: "write plan", path: path.clone(), source }.into()
        })
    }
}

/// Writes a file whole or not at all; temporary files are their owner's alone (0600).
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// The flags of a verb, and how its plan is shown.
#[derive(Debug, clap::Args)]
pub(super) struct Of<F: clap::Args> {
    #[command(flatten)]
    pub(super) verb: F,
    #[command(flatten)]
    pub(super) view: ViewFlags,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let (save, (plans, view)) = match args.verb {
        Verb::Install(args) => (args.save, of_install(args.of, &ctx, settings).await?),
        Verb::Upgrade(args) => (args.save, of_upgrade(args.of, &ctx, settings).await?),
        Verb::Rollback(args) => (args.save, of_rollback(args.of, &ctx, settings).await?),
        Verb::Uninstall(args) => (args.save, of_uninstall(args.of, &ctx, settings).await?),
    };
    let shown = show(&plans, &view, Form::Text, settings, out);
    if matches!(shown, Ok(()) | Err(Error::Changes)) {
        save.save(&ctx, &plans, view.show_secrets, settings).await?;
    }
    shown
}

/// What is planned, and how it is shown.
pub(super) type Plans = (Vec<Planned>, ViewFlags);

/// Plans an install.
pub(super) async fn of_install(
    mut of: Of<install::Flags>,
    ctx: &Context<'_>,
    settings: &Settings,
) -> Result<Plans, Error> {
    of.view.hide(&of.verb.show);
    let request = of.verb.request(settings)?;
    refuse_dry_run(request.options.dry_run != DryRun::None)?;
    let planned = action::plan_install(ctx, request).await;
    Ok((vec![planned.map_err(|error| in_helms_words(error, "install"))?], of.view))
}

/// Plans an upgrade.
pub(super) async fn of_upgrade(
    mut of: Of<upgrade::Flags>,
    ctx: &Context<'_>,
    settings: &Settings,
) -> Result<Plans, Error> {
    of.view.hide(&of.verb.show);
    let request = of.verb.request(settings)?;
    refuse_dry_run(request.options.dry_run != DryRun::None)?;
    let planned = action::plan_upgrade(ctx, request).await;
    Ok((vec![planned.map_err(|error| in_helms_words(error, "update"))?], of.view))
}

/// Plans a rollback.
pub(super) async fn of_rollback(
    of: Of<rollback::Flags>,
    ctx: &Context<'_>,
    settings: &Settings,
) -> Result<Plans, Error> {
    let request = of.verb.request(settings)?;
    refuse_dry_run(request.options.dry_run != DryRun::None)?;
    Ok((vec![action::plan_rollback(ctx, request).await?], of.view))
}

/// Plans an uninstall of each release that is named.
pub(super) async fn of_uninstall(
    of: Of<uninstall::Flags>,
    ctx: &Context<'_>,
    settings: &Settings,
) -> Result<Plans, Error> {
    let ignore_not_found = of.verb.ignore_not_found;
    let mut plans = Vec::new();
    for request in of.verb.requests(settings) {
        refuse_dry_run(request.dry_run)?;
        let name = request.name.clone();
        match action::plan_uninstall(ctx, request).await {
            Ok(planned) => plans.push(planned),
            Err(action::Error::NotFound { .. }) if ignore_not_found => {}
            Err(error) => return Err(uninstall::not_loaded(error, &name)),
        }
    }
    Ok((plans, of.view))
}

fn refuse_dry_run(is_dry: bool) -> Result<(), Error> {
    if is_dry {
        return Err(Error::usage("a plan changes nothing as it is; leave --dry-run out"));
    }
    Ok(())
}

/// Shows plans, and lets the exit code say what the flags want it to.
pub(super) fn show(
    plans: &[Planned],
    view: &ViewFlags,
    usual: Form,
    settings: &Settings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    for planned in plans {
        out.write_all(plan_text::render(planned, view, usual, settings)?.as_bytes())?;
    }
    plans.iter().try_for_each(plan_text::refuse)?;
    if view.detailed_exitcode && plans.iter().any(|planned| planned.plan.changes_anything()) {
        return Err(Error::Changes);
    }
    Ok(())
}
