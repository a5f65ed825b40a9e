//! `--plan`: what a verb would do is shown first, and a person says whether it shall.

use std::io::{BufRead, IsTerminal, Write};

use windlass::action::{DryRun, Planned};

use super::error::Error;
use super::globals::Settings;
use super::plan_text::{self, Form, ViewFlags};

/// Whether a verb shows its plan and asks before it goes on.
#[derive(Debug, clap::Args)]
pub(super) struct ConfirmFlags {
    /// Show on standard error what would change, and ask before going on
    #[arg(long)]
    pub(super) plan: bool,
    /// With --plan, go on without asking
    #[arg(long, requires = "plan")]
    yes: bool,
}

impl ConfirmFlags {
    /// Refuses, before anything else is done, what would end at a question that nobody answers.
    pub(super) fn check(&self, dry_run: DryRun) -> Result<(), Error> {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        match self.plan {
            true if dry_run != DryRun::None => {
                Err(Error::usage("--plan goes on after it; leave --dry-run out, or use `plan`"))
            }
            true if !self.yes && !is_terminal => Err(Error::usage(
                "--plan asks before it goes on, and there is no terminal to ask at; add --yes, or \
                 save a plan with `plan … --out FILE` and carry it out with `apply-plan FILE`",
            )),
            _ => Ok(()),
        }
    }

    /// Shows a plan and waits for a yes, if that is wanted.
    pub(super) fn confirm(&self, planned: &Planned, settings: &Settings) -> Result<(), Error> {
        if !self.plan {
            return Ok(());
        }
        let mut stderr = std::io::stderr().lock();
        let view = ViewFlags::of_people();
        stderr.write_all(plan_text::render(planned, &view, Form::Text, settings)?.as_bytes())?;
        plan_text::refuse(planned)?;
        if self.yes {
            return Ok(());
        }
        ask(&mut std::io::stdin().lock(), &mut stderr)
    }
}

/// Asks; everything but a yes is a no.
fn ask(input: &mut dyn BufRead, output: &mut dyn Write) -> Result<(), Error> {
    write!(output, "\napply? [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Error::Declined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_goes_on() {
        let answer = |text: &str| ask(&mut text.as_bytes(), &mut Vec::new()).is_ok();
        assert!(answer("y\n") && answer("YES\n"));
        assert!(!answer("\n") && !answer("") && !answer("no\n") && !answer("yesterday\n"));
    }
}
