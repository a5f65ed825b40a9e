//! One error for both template languages: where, what, the excerpt, and who included whom.
//!
//! The parts are kept apart, so that a terminal can draw them. Two texts are made from them, both in
//! exact words that scripts know: Go's one line, and the block that Helm makes of it.

mod helm;

use std::fmt::{self, Write as _};
use std::ops::Range;

use super::gotemplate::quote::quote;

/// A template language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Go's `text/template`.
    Go,
    /// Tera.
    Tera,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A template is not well-formed or names a function that does not exist.
    Parse,
    /// A template could not be executed.
    Execution,
    /// The chart's author says so: `fail` or `required`.
    Chart,
}

/// A place in a template: where the error happened, or where the failing template was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The language of the template.
    pub language: Language,
    /// The file, such as `web/templates/deployment.yaml`; `gotpl` for the text of a `tpl`.
    pub file: String,
    /// The template in the file that was executing, a `define`'s name or the file again; none while parsing.
    pub template: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column: the bytes before it on its line. Go tells none for parse errors.
    pub column: Option<usize>,
    /// The expression as Go prints it back; empty where the place is no expression.
    pub expression: String,
    /// The line of the file.
    pub excerpt: String,
    /// The bytes of the excerpt that the error is about.
    pub mark: Range<usize>,
    /// What was being done, up to the next frame or the message: `error calling include: `, or nothing.
    pub doing: String,
    /// Whether Go's text leaves the place out, as it does where `{{ template }}` called.
    pub silent: bool,
}

/// Why a template could not be parsed or rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What went wrong, without any place, in the words of Go, Tera or the chart's author.
    pub message: String,
    /// The places, innermost first: the first is the error's own, the others called it.
    pub frames: Vec<Frame>,
}

impl Error {
    /// Returns Go's text: one line that chains all frames, outermost first.
    pub fn go_text(&self) -> String {
        self.links().next().unwrap_or_default()
    }

    /// Returns the place of the error itself.
    pub fn origin(&self) -> Option<&Frame> {
        self.frames.first()
    }

    /// Adds the place that called what failed, with what it was doing.
    #[must_use]
    pub fn called_from(mut self, frame: Frame) -> Self {
        self.frames.push(frame);
        self
    }

    /// Returns Go's text from each frame on, outermost first, and at last the message alone.
    fn links(&self) -> impl Iterator<Item = String> + '_ {
        let frames: Vec<&Frame> = self.frames.iter().filter(|frame| !frame.silent).collect();
        (0..=frames.len()).rev().map(move |count| {
            let mut text = String::new();
            for frame in frames[..count].iter().rev() {
                frame.write_go(&mut text);
            }
            text.push_str(&self.message);
            text
        })
    }
}

impl Frame {
    /// Returns the place as `file:line:column`, or `file:line` where there is no column.
    pub fn location(&self) -> String {
        match self.column {
            Some(column) => format!("{}:{}:{column}", self.file, self.line),
            None => format!("{}:{}", self.file, self.line),
        }
    }

    fn write_go(&self, text: &mut String) {
        text.push_str("template: ");
        text.push_str(&self.location());
        text.push_str(": ");
        if let Some(template) = self.template.as_ref().filter(|_| !self.expression.is_empty()) {
            let template = quote(template.as_bytes());
            // Writing to a string cannot fail.
            let _ = write!(text, "executing {template} at <{}>: ", self.expression);
        }
        text.push_str(&self.doing);
    }
}

/// Writes Helm's text.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&helm::reformat(self))
    }
}

impl std::error::Error for Error {}
