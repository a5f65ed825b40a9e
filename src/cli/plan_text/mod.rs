//! A plan as people and programs read it: lines, a diff, JSON, Markdown.
//!
//! All forms are made of one [`View`], in which the values of Secrets are masked already.

mod diff;
mod json;
mod markdown;
mod page;
mod text;
mod view;

use windlass::action::{self, ErrorKind, Planned};
use windlass::cluster::Change;

use super::color::Paint;
use super::error::Error;
use super::globals::Settings;
use super::install::ShowFlags;
pub(super) use markdown::fenced;
pub(super) use page::Page;
pub(super) use text::of_field;
use view::View;
pub(super) use view::printable;

/// How a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines: each object, and its fields with both values.
    Text,
    /// A diff of YAML, as helm-diff writes it.
    Diff,
    /// JSON.
    Json,
    /// Markdown, for a comment on a change request.
    Markdown,
}

/// What of a plan is shown.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ViewFlags {
    /// Form of the result: text, diff, json or markdown
    #[arg(short, long, value_name = "FORM", value_parser = form)]
    pub(super) output: Option<Form>,
    /// Lines of context around changes in a diff; -1 shows whole objects
    #[arg(short = 'C', long, value_name = "LINES", default_value_t = -1)]
    context: i64,
    /// Show the values of Secrets
    #[arg(long)]
    pub(super) show_secrets: bool,
    /// Kinds whose changes are counted but not shown (repeatable)
    #[arg(long, value_name = "KIND")]
    suppress: Vec<String>,
    /// Write no colors, as --color never
    #[arg(long)]
    no_color: bool,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
    #[arg(skip)]
    hides_notes: bool,
}

fn form(text: &str) -> Result<Form, &'static str> {
    match text {
        "text" => Ok(Form::Text),
        "diff" => Ok(Form::Diff),
        "json" => Ok(Form::Json),
        "markdown" => Ok(Form::Markdown),
        _ => Err("it must be text, diff, json or markdown"),
    }
}

impl ViewFlags {
    /// Returns what holds where there are no flags.
    pub(super) fn of_people() -> Self {
        Self {
            output: None,
            context: -1,
            show_secrets: false,
            suppress: Vec::new(),
            no_color: false,
            detailed_exitcode: false,
            hides_notes: false,
        }
    }

    /// Leaves out what the flags of a verb want to be hidden.
    pub(super) fn hide(&mut self, hidden: &ShowFlags) {
        self.hides_notes = hidden.hide_notes;
        if hidden.hide_secret {
            self.suppress.push("Secret".to_owned());
        }
    }

    fn is_suppressed(&self, kind: &str) -> bool {
        self.suppress.iter().any(|name| name.eq_ignore_ascii_case(kind))
    }

    /// Returns the number of lines around changes; `None` for all.
    fn context(&self) -> Option<usize> {
        usize::try_from(self.context).ok()
    }
}

/// Returns a plan in the form that is asked for, or in the usual one.
pub(super) fn render(
    planned: &Planned,
    flags: &ViewFlags,
    usual: Form,
    settings: &Settings,
) -> Result<String, Error> {
    let view = View::new(planned, flags);
    let paint = if flags.no_color { Paint::none() } else { settings.paint };
    match flags.output.unwrap_or(usual) {
        Form::Text => Ok(text::text(&view, paint)),
        Form::Diff => Ok(diff::diff(&view, flags.context(), paint)),
        Form::Json if usual == Form::Diff => json::list(&view),
        Form::Json => json::whole(&view),
        Form::Markdown => Ok(markdown::markdown(&view, flags.context().unwrap_or(3))),
    }
}

/// Returns a plan as parts of a page, the values of Secrets masked.
pub(super) fn page(planned: &Planned) -> Page {
    Page::of(&View::new(planned, &ViewFlags::of_people()))
}

/// Fails if a plan cannot be carried out; why is shown in it.
pub(super) fn refuse(planned: &Planned) -> Result<(), Error> {
    let refused =
        planned.plan.steps.iter().filter(|step| matches!(step.change, Change::Refused(_)));
    match planned.plan.check() {
        Ok(()) => Ok(()),
        Err(error) => {
            let kind = action::Error::from(error).kind();
            // An object that the API server does not let this user see is none of the connection's.
            let kind = if kind == ErrorKind::NotReady { ErrorKind::Failed } else { kind };
            Err(Error::Refused { count: refused.count(), kind })
        }
    }
}
