//! Tera's errors as ours: Tera keeps the calls that led to an error to itself, but prints them.
//!
//! A report is read from its text: `error: message`, the place with an excerpt, and then notes with
//! places: what was rendering the failing component or include, innermost first.

use ::tera::ErrorKind;

use super::MAX_OUTPUT;
use crate::engine::error::{Error, Frame, Kind, Language};

/// What Tera calls a template that is given as a text.
const ONE_OFF: &str = "__tera_one_off";

/// What we call it, as it stands in no file.
const TPL: &str = "tpl";

/// Translates an error of Tera.
pub(super) fn translate(error: &::tera::Error) -> Error {
    let text = error.kind().to_string();
    match error.kind() {
        ErrorKind::SyntaxError(report) => reported(Kind::Parse, report.message(), &text),
        ErrorKind::RenderingError(report) => reported(Kind::Execution, report.message(), &text),
        // Unknown names are found in all templates at once and reported as one text; as in a
        // compiler's output, the first one is where to begin.
        ErrorKind::Msg(_) if text.starts_with("error: ") => {
            let first = text.split("\n\nerror: ").next().unwrap_or_default();
            let message = first.lines().next().unwrap_or_default().trim_start_matches("error: ");
            reported(Kind::Parse, message, first)
        }
        ErrorKind::Msg(_) if text.starts_with("Component `") => {
            let advice =
                "components are known to all charts, so begin their names with the chart's";
            Error { kind: Kind::Parse, ..placeless(format!("{text}: {advice}")) }
        }
        // The only thing that is written to is our own buffer, which has a limit.
        ErrorKind::Io(_) => placeless(format!("output is larger than {MAX_OUTPUT} bytes")),
        _ => placeless(text),
    }
}

/// Makes an error without a place, for the caller to add one.
pub(super) fn placeless(message: String) -> Error {
    Error { kind: Kind::Execution, message, frames: Vec::new() }
}

fn reported(kind: Kind, message: &str, text: &str) -> Error {
    let mut error = Error { kind, ..placeless(message.to_owned()) };
    let places = text.strip_prefix("error: ").and_then(|text| text.strip_prefix(message));
    for place in places.unwrap_or_default().split("\n\nnote: ") {
        let Some((label, frame)) = read_place(kind, place) else { continue };
        match label {
            "-->" | "called from" => error.frames.push(frame),
            // Where a tag began, or a name was first given: always in the same file.
            _ => error.message.push_str(&format!(" ({label} in line {})", frame.line)),
        }
    }
    error
}

/// Reads a label and a place: `label file:line:column`, and below it the line and a row of `^`.
fn read_place(kind: Kind, text: &str) -> Option<(&str, Frame)> {
    let mut lines = text.trim_start().split('\n');
    let mut location = lines.next()?.rsplitn(3, ':');
    let column: usize = location.next()?.parse().ok()?;
    let line = location.next()?.parse().ok()?;
    let (label, file) = split_label(location.next()?)?;
    let (_, excerpt) = lines.nth(1)?.split_once(" | ")?;
    let excerpt = excerpt.trim_end_matches('\r');
    let width = lines.next()?.matches('^').count();
    // Tera counts characters; a mark that goes on over the next line is wider than the excerpt.
    let byte = |count| excerpt.char_indices().nth(count).map_or(excerpt.len(), |(at, _)| at);
    let mark = byte(column - 1)..byte(column - 1 + width);
    let frame = Frame {
        language: Language::Tera,
        file: file.to_owned(),
        template: (kind != Kind::Parse).then(|| file.to_owned()),
        line,
        column: Some(mark.start),
        expression: if kind == Kind::Parse {
            String::new()
        } else {
            excerpt[mark.clone()].to_owned()
        },
        excerpt: excerpt.to_owned(),
        mark,
        doing: String::new(),
        silent: false,
    };
    Some((label, frame))
}

/// Splits a label from the file after it: `--> x`, `called from x`, `first defined here x`.
fn split_label(text: &str) -> Option<(&str, &str)> {
    let (label, file) = ["-->", "called from"]
        .iter()
        .find_map(|label| Some((*label, text.strip_prefix(label)?.strip_prefix(' ')?)))
        .or_else(|| text.split_once(" here "))?;
    Some((label, if file == ONE_OFF { TPL } else { file }))
}
