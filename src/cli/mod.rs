//! Everything that a terminal sees: commands and flags, results, progress, errors.
//!
//! A command's file has its flags above and their translation into one call of the library below.

mod apply_plan;
mod arguments;
mod ci;
mod color;
mod columns;
mod confirm;
mod create;
mod diff;
mod drift;
mod env;
mod environment;
mod error;
mod explain;
mod flag_value;
mod flags;
mod get;
mod globals;
mod go_time;
mod history;
mod install;
mod kube_table;
mod lint;
mod list;
mod live;
mod log;
mod output;
mod plan;
mod plan_text;
mod preflight;
mod progress;
mod recovery;
mod release_text;
mod report;
mod rollback;
mod run;
mod run_report;
mod session;
mod show;
mod status;
mod template;
mod test;
mod uninstall;
mod upgrade;
mod usage;
mod verdict_text;
mod version;
mod why;

use std::ffi::OsString;
use std::io::{BufWriter, Write};

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use windlass::action;

use arguments::{Arguments, in_order, like_pflag};
use environment::Environment;
use error::Error;
pub(crate) use error::Outcome;
use globals::{GlobalFlags, Program, Settings};
use log::Log;
use session::block_on;

/// Renders charts and installs, upgrades, tracks and rolls back releases on Kubernetes
#[derive(Debug, Parser)]
#[command(name = "windlass", disable_help_subcommand = true)]
#[command(after_help = "Example: windlass upgrade web ./web --install --wait")]
struct Cli {
    #[command(flatten)]
    globals: GlobalFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    ApplyPlan(apply_plan::Args),
    Create(create::Args),
    Diff(diff::Args),
    Drift(drift::Args),
    Env(env::Args),
    Explain(Box<explain::Args>),
    Get(get::Args),
    #[command(alias = "hist")]
    History(history::Args),
    Install(Box<install::Args>),
    Lint(lint::Args),
    #[command(alias = "ls")]
    List(list::Args),
    Plan(plan::Args),
    Preflight(preflight::Args),
    Rollback(rollback::Args),
    #[command(alias = "inspect")]
    Show(show::Args),
    Status(status::Args),
    Template(Box<template::Args>),
    Test(test::Args),
    #[command(aliases = ["del", "delete", "un"])]
    Uninstall(uninstall::Args),
    Upgrade(Box<upgrade::Args>),
    Version(version::Args),
    Why(why::Args),
}

/// Runs a command line, and prints why it failed if it did; tells also whether Helm's name was used.
pub(crate) fn run(mut words: impl Iterator<Item = OsString>) -> (Outcome, bool) {
    let path = words.next().unwrap_or_default().to_string_lossy().into_owned();
    let program = Program::new(path);
    let is_helm = program.is_helm;
    let environment = Environment::read();
    let words: Vec<OsString> = words.collect();
    let around = environment.clone();
    let mut log = globals::early_log(&environment, &words);
    // Where 2 says that there are changes, it must say nothing else.
    let mut is_detailed = words.iter().any(|word| word == "--detailed-exitcode");
    let outcome = match execute(program, environment, words, &mut log, &mut is_detailed) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            let outcome = error.outcome();
            if !matches!(outcome, Outcome::Done | Outcome::Changes) {
                report::print(&error, log);
                if !is_helm {
                    report::annotate(&error, &around);
                }
            }
            match outcome {
                Outcome::BadUsage if is_detailed => Outcome::Failed(action::ErrorKind::Failed),
                outcome => outcome,
            }
        }
    };
    (outcome, is_helm)
}

fn execute(
    program: Program,
    environment: Environment,
    words: Vec<OsString>,
    log: &mut Log,
    is_detailed: &mut bool,
) -> Result<(), Error> {
    let root = root(&program);
    let Arguments { words, command } = in_order(&root, words);
    *is_detailed |= command.first().is_some_and(|name| name == "drift");
    let words = std::iter::once(OsString::from(program.name())).chain(words);
    let matches = like_pflag(root.clone()).try_get_matches_from(words);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if is_help(error.kind()) => return help(root, &command),
        Err(error) => return Err(usage::explain(&error, &root, &command)),
    };
    let settings = cli.globals.settings(program, environment)?;
    *log = settings.log;
    log::forward(settings.log);
    live::allow(&settings);
    let _ends = live::Ends;
    let mut out = BufWriter::new(live::Stdout);
    dispatch(cli.command, &settings, &mut out)?;
    Ok(out.flush()?)
}

fn dispatch(command: Command, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    match command {
        Command::ApplyPlan(args) => block_on(apply_plan::run(args, settings, out)),
        Command::Create(args) => create::run(&args, out),
        Command::Diff(args) => block_on(diff::run(args, settings, out)),
        Command::Drift(args) => block_on(drift::run(args, settings, out)),
        Command::Env(args) => env::run(&args, settings, out),
        Command::Explain(args) => block_on(explain::run(*args, settings, out)),
        Command::Get(args) => block_on(get::run(args, settings, out)),
        Command::History(args) => block_on(history::run(args, settings, out)),
        Command::Install(args) => block_on(install::run(*args, settings, out)),
        Command::Lint(args) => block_on(lint::run(args, settings, out)),
        Command::List(args) => block_on(list::run(args, settings, out)),
        Command::Plan(args) => block_on(plan::run(args, settings, out)),
        Command::Preflight(args) => block_on(preflight::run(args, settings, out)),
        Command::Rollback(args) => block_on(rollback::run(args, settings, out)),
        Command::Show(args) => show::run(args, settings, out),
        Command::Status(args) => block_on(status::run(args, settings, out)),
        Command::Template(args) => block_on(template::run(*args, settings, out)),
        Command::Test(args) => block_on(test::run(args, settings, out)),
        Command::Uninstall(args) => block_on(uninstall::run(args, settings, out)),
        Command::Upgrade(args) => block_on(upgrade::run(*args, settings, out)),
        Command::Version(args) => version::run(&args, settings, out),
        Command::Why(args) => block_on(why::run(args, settings, out)),
    }
}

/// Returns the commands and flags under the name by which the program was called.
fn root(program: &Program) -> clap::Command {
    let name = program.name();
    renamed(Cli::command().name(name).bin_name(name), name)
}

/// Lets examples say the name by which the program was called.
fn renamed(command: clap::Command, name: &str) -> clap::Command {
    let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command.after_help(example.replace("windlass", name));
    command.mut_subcommands(|subcommand| renamed(subcommand, name))
}

/// Says whether help is wanted; a command line without a command gets it too, as in Helm.
fn is_help(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand
    )
}

fn help(root: clap::Command, command: &[String]) -> Result<(), Error> {
    let mut root = arguments::for_help(root);
    root.build();
    let mut node = &mut root;
    for name in command {
        node = node.find_subcommand_mut(name).expect("the name was found before");
    }
    let text = node.render_help().to_string();
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
