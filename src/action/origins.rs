//! What the trace says about lines of rendered text: the template line behind each.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::engine::trace::{Place, Trace, VALUES, values_path};
use crate::manifest;
use crate::yaml::{self, Value};

/// Returns the template lines behind the lines of an excerpt, where the traced text has the same line.
pub(super) fn of_excerpt(
    trace: &Trace,
    files: &BTreeMap<String, String>,
    error: &manifest::Error,
) -> Vec<Option<String>> {
    let (excerpt, path) = (error.excerpt(), error.path());
    let (Some(text), Some(rendered)) = (trace.file(path), files.get(path)) else {
        return Vec::new();
    };
    let lines = lines(text);
    let rendered: Vec<&str> = rendered.lines().collect();
    let numbers = excerpt.first..excerpt.first + excerpt.lines.len();
    let origin = |number: usize| {
        let range = lines.get(number - 1)?.clone();
        // What is random differs from one rendering to the next.
        let is_same =
            rendered.get(number - 1) == Some(&text[range.clone()].trim_end_matches(['\r', '\n']));
        let places = of_line(trace, path, range).filter(|_| is_same)?;
        let places: Vec<String> =
            places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
        Some(ends(&places))
    };
    numbers.map(origin).collect()
}

/// Returns the places that wrote the line of these bytes: those of its first action, or of its text.
fn of_line(trace: &Trace, file: &str, range: Range<usize>) -> Option<Vec<Place>> {
    let text = trace.file(file)?;
    let mut origins = trace.origins(file, range);
    origins.retain(|origin| !text[origin.range.clone()].trim().is_empty());
    let first = origins.iter().position(|origin| !origin.places[0].is_literal).unwrap_or(0);
    if origins.is_empty() {
        return None;
    }
    let mut places = origins.swap_remove(first).places;
    let line = |place: &Place| (place.file.clone(), place.line);
    // The other actions of the template line have read for this line too.
    for other in origins.into_iter().filter_map(|origin| origin.places.into_iter().next()) {
        if line(&other) == line(&places[0]) {
            let reads = other.reads.into_iter();
            let new: Vec<_> = reads.filter(|read| !places[0].reads.contains(read)).collect();
            places[0].reads.extend(new);
        }
    }
    Some(places)
}

/// Names the innermost of places, and the outermost that led there.
fn ends(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] => format!("{first} via {last}"),
    }
}

/// Returns the bytes of each line.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut end = 0;
    let line = |line: &str| {
        end += line.len();
        end - line.len()..end
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Writes comments behind the lines of documents that say where each came from.
#[derive(Default)]
pub(super) struct Annotated {
    /// Where the next document of a file with the same text is looked for.
    next: HashMap<(String, String), usize>,
}

impl Annotated {
    /// Returns a document of a rendered file with its comments; the data stay as they are.
    pub(super) fn document(&mut self, trace: &Trace, file: &str, document: &str) -> String {
        let Some(text) = trace.file(file) else { return document.to_owned() };
        let from = self.next.entry((file.to_owned(), document.to_owned())).or_default();
        let Some(start) = text.get(*from..).and_then(|rest| rest.find(document)) else {
            return document.to_owned();
        };
        let start = *from + start;
        *from = start + document.len();
        let Ok((value, positions)) = yaml::parse_with_positions(document) else {
            return document.to_owned();
        };
        let mut starts = vec![false; document.lines().count() + 2];
        positions.each_line(&mut |line| {
            if let Some(starts) = starts.get_mut(line) {
                *starts = true;
            }
        });
        let lines = lines(document);
        let comment = |index: usize| {
            let line = &lines[index];
            let places = of_line(trace, file, start + line.start..start + line.end)?;
            Some((index, comment(&places)))
        };
        let comments: Vec<(usize, String)> = (0..lines.len())
            .filter(|index| takes_comment(document, &lines, *index, &starts))
            .filter_map(comment)
            .collect();
        with_comments(document, &lines, &comments, &value)
    }
}

/// Returns the comment for a line: its template line, and the values that it read.
fn comment(places: &[Place]) -> String {
    let below_chart = |file: &str| {
        file.split_once('/').map_or_else(|| file.to_owned(), |(_, path)| path.to_owned())
    };
    let lines: Vec<String> =
        places.iter().map(|place| format!("{}:{}", below_chart(&place.file), place.line)).collect();
    let mut text = ends(&lines);
    for read in &places[0].reads {
        text.push_str(&match values_path(read) {
            Some(path) => format!(" .{VALUES}{path}"),
            None => format!(" {read}"),
        });
    }
    text
}

/// Says whether a line can have a comment: something starts on it, and nothing of it goes on below.
fn takes_comment(document: &str, lines: &[Range<usize>], index: usize, starts: &[bool]) -> bool {
    let content = |index: usize| document[lines[index].clone()].trim();
    let line = content(index);
    if line.is_empty() || line.starts_with('#') || !starts[index + 1] {
        return false;
    }
    if is_block_header(line) {
        return true;
    }
    let next = (index + 1..lines.len()).find(|next| !content(*next).is_empty());
    next.is_none_or(|next| starts[next + 1] || content(next).starts_with('#'))
}

/// Says whether a line ends with the sign of a block of text, such as `|-`.
fn is_block_header(line: &str) -> bool {
    let last = line.rsplit(' ').next().unwrap_or_default();
    last.starts_with(['|', '>'])
        && last[1..].chars().all(|c| matches!(c, '+' | '-') || c.is_ascii_digit())
}

/// Writes comments behind lines, leaving out those that would change the data.
fn with_comments(
    document: &str,
    lines: &[Range<usize>],
    comments: &[(usize, String)],
    value: &Value,
) -> String {
    if comments.is_empty() {
        return document.to_owned();
    }
    let text = written(document, lines, comments);
    if yaml::parse(&text).is_ok_and(|parsed| parsed == *value) {
        return text;
    }
    if comments.len() == 1 {
        return document.to_owned();
    }
    // The halves that are harmless stay; what is not is found by halving on.
    let kept = harmless(document, lines, comments, value);
    written(document, lines, &kept)
}

fn harmless(
    document: &str,
    lines: &[Range<usize>],
    comments: &[(usize, String)],
    value: &Value,
) -> Vec<(usize, String)> {
    let text = written(document, lines, comments);
    if yaml::parse(&text).is_ok_and(|parsed| parsed == *value) {
        return comments.to_vec();
    }
    if comments.len() < 2 {
        return Vec::new();
    }
    let (first, second) = comments.split_at(comments.len() / 2);
    let mut kept = harmless(document, lines, first, value);
    kept.extend(harmless(document, lines, second, value));
    kept
}

fn written(document: &str, lines: &[Range<usize>], comments: &[(usize, String)]) -> String {
    let mut text = String::with_capacity(document.len() * 2);
    let mut comments = comments.iter().peekable();
    for (index, line) in lines.iter().enumerate() {
        let line = &document[line.clone()];
        match comments.next_if(|(at, _)| *at == index) {
            Some((_, comment)) => {
                let content = line.trim_end();
                text.push_str(&format!("{content}  # {comment}{}", &line[content.len()..]));
            }
            None => text.push_str(line),
        }
    }
    text
}
