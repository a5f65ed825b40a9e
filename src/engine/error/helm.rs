//! The text that Helm makes of Go's error, as its `pkg/engine` reformats it.
//!
//! Helm takes Go's text apart again, and gives up on some texts; scripts see the outcome, so it is
//! imitated on the text and not made from the frames.

use super::{Error, Frame, Kind, Language};

/// Returns Helm's text of `error`.
pub(super) fn reformat(error: &Error) -> String {
    let tera = error.frames.iter().any(|frame| frame.language == Language::Tera);
    let Some(outermost) = error.frames.iter().rfind(|frame| !frame.silent) else {
        return error.message.clone();
    };
    match error.kind {
        Kind::Chart => format!("execution error at ({}): {}", outermost.location(), error.message),
        Kind::Parse if tera && error.frames.len() == 1 => {
            format!("parse error at ({}): {}", outermost.location(), error.message)
        }
        _ if tera => mixed(error),
        Kind::Parse if error.frames.len() == 1 => parse_error(&error.go_text()),
        _ => traces(error).unwrap_or_else(|| error.go_text()),
    }
}

/// Keeps the place and the last words of a parse error.
fn parse_error(go_text: &str) -> String {
    let location = go_text.split(": ").nth(1).unwrap_or_default();
    let message = go_text.rsplit(": ").next().unwrap_or_default();
    format!("parse error at ({location}): {message}")
}

/// One step of the chain, as Helm prints it.
#[derive(Default, PartialEq, Eq)]
struct Trace {
    location: String,
    executing: String,
    message: String,
}

/// Prints every step of the chain, or nothing if Helm cannot read one of them.
fn traces(error: &Error) -> Option<String> {
    let mut traces: Vec<Trace> = Vec::new();
    for link in links(error) {
        let trace = read_trace(&link?)?;
        if traces.last() != Some(&trace) {
            traces.push(trace);
        }
    }
    let text: String = traces.iter().map(Trace::print).collect();
    Some(text.trim().to_owned())
}

/// Returns the texts of the chain of Go errors; `None` for one that is no template error.
fn links(error: &Error) -> impl Iterator<Item = Option<String>> + '_ {
    let frames: Vec<&Frame> = error.frames.iter().filter(|frame| !frame.silent).collect();
    let count = frames.len();
    // An error that a function returned is a link of its own, one that the engine found is not.
    let own_link = frames.first().is_some_and(|frame| !frame.doing.is_empty());
    error.links().take(count + usize::from(own_link)).enumerate().map(move |(index, text)| {
        let above = index.checked_sub(1).map(|above| frames[count - 1 - above]);
        above.is_none_or(only_calls).then_some(text)
    })
}

/// Says whether nothing stands between a call and the error of what it called, as in `tpl`'s errors.
fn only_calls(frame: &Frame) -> bool {
    frame.doing.starts_with("error calling ") && frame.doing.matches(": ").count() == 1
}

fn read_trace(text: &str) -> Option<Trace> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(Trace { message: text.to_owned(), ..Trace::default() });
    }
    read_executing(rest).or_else(|| {
        let (location, message) = rest.rsplit_once(": ")?;
        let message = before_next(message);
        Some(Trace { location: location.to_owned(), message, ..Trace::default() })
    })
}

/// Reads `place: executing "name" at <expression>: message`.
fn read_executing(rest: &str) -> Option<Trace> {
    let (location, after) = rest.split_once(": executing ")?;
    let (name, after) = after.strip_prefix('"')?.split_once('"')?;
    let (expression, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
    Some(Trace {
        location: location.to_owned(),
        executing: format!("executing \"{name}\" at <{expression}>:"),
        message: before_next(message),
    })
}

/// Cuts off the next error of the chain.
fn before_next(message: &str) -> String {
    message.split(" template:").next().unwrap_or_default().to_owned()
}

impl Trace {
    fn print(&self) -> String {
        let mut text = String::new();
        for (part, end) in
            [(&self.location, "\n  "), (&self.executing, "\n    "), (&self.message, "\n")]
        {
            if !part.is_empty() {
                text.push_str(part);
                text.push_str(end);
            }
        }
        text
    }
}

/// How many calls of a chain are shown at its outer and its inner end; only endless ones have more.
const SHOWN: usize = 4;

/// Prints a chain that Helm cannot have, in the shape of Helm's.
fn mixed(error: &Error) -> String {
    let mut steps: Vec<String> = error.frames.iter().rev().map(step).collect();
    // As Helm does, a template that calls itself is shown once.
    steps.dedup();
    if let Some(left_out) = steps.len().checked_sub(2 * SHOWN + 1) {
        let note = format!("  ({} more calls)\n", left_out + 1);
        steps.splice(SHOWN..=SHOWN + left_out, [note]);
    }
    format!("{}    {}", steps.concat(), error.message)
}

fn step(frame: &Frame) -> String {
    let mut text = format!("{}\n", frame.location());
    if !frame.expression.is_empty() {
        let template = frame.template.as_ref().unwrap_or(&frame.file);
        text.push_str(&format!("  executing {template:?} at <{}>:\n", frame.expression));
    }
    if !frame.doing.is_empty() {
        text.push_str(&format!("    {}\n", frame.doing.trim_end_matches(' ')));
    }
    text
}
