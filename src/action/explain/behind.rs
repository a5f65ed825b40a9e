//! From the text of a field to the places that wrote it, and to the values that show in it.

use std::ops::Range;

use super::object::Found;
use crate::engine::trace::{Origin, Place, Trace, values_path};
use crate::values::{self, Path, PathStep};
use crate::yaml::{Map, Position, Value};

/// A piece of a field's text and the places behind it.
pub(super) struct Written {
    pub(super) places: Vec<Place>,
    text: String,
}

/// Finds the places that wrote a field: the actions in its text, or the literal text itself.
pub(super) fn written(trace: &Trace, found: &Found, path: &[PathStep]) -> Vec<Written> {
    let Some((value, key)) = found.position(path) else { return Vec::new() };
    let content = found.value(path).unwrap_or(&Value::Null);
    let range = extent(&found.text, value, content);
    let range = found.start + range.start..found.start + range.end;
    let text = trace.file(&found.file).unwrap_or_default();
    let origins = trace.origins(&found.file, range);
    let said = |origin: &&Origin| !text[origin.range.clone()].trim().is_empty();
    let mut origins: Vec<Origin> = origins.iter().filter(said).cloned().collect();
    if origins.is_empty()
        && let Some(key) = key
    {
        // An empty value stands nowhere; the line of its key is what there is.
        let at = found.start + offset(&found.text, key);
        origins = trace.origins(&found.file, at..at + 1);
    }
    if origins.iter().any(|origin| !is_fixed(origin)) {
        let is_quote = |origin: &Origin| {
            text[origin.range.clone()].trim().trim_matches(['"', '\'']).is_empty()
        };
        origins.retain(|origin| !is_fixed(origin) && !is_quote(origin));
    }
    let mut written: Vec<Written> = Vec::new();
    for origin in origins {
        let piece = &text[origin.range.clone()];
        match written.iter_mut().find(|known| known.places == origin.places) {
            Some(known) => known.text.push_str(piece),
            None => written.push(Written { places: origin.places, text: piece.to_owned() }),
        }
    }
    written
}

/// Says whether a piece is what a template says itself, whatever the values.
fn is_fixed(origin: &Origin) -> bool {
    origin.places[0].is_literal && origin.places[0].file != TPL
}

/// What the trace calls the text of a `tpl`, which comes from values.
const TPL: &str = "gotpl";

/// Returns the values that show in the text, and what else was read for it.
pub(super) fn values(
    written: &[Written],
    path: &[PathStep],
    value: &Value,
    values: &Map,
) -> (Vec<Path>, Vec<Path>) {
    let mut shown: Vec<(usize, Path)> = Vec::new();
    let mut others: Vec<Path> = Vec::new();
    for piece in written {
        for read in reads(&piece.places) {
            let known = values_path(read);
            let rank =
                known.as_ref().and_then(|known| rank(known, path, value, &piece.text, values));
            match rank {
                Some((rank, path)) if !shown.iter().any(|(_, known)| *known == path) => {
                    shown.push((rank, path));
                }
                Some(_) => {}
                None if !others.contains(read) => others.push(read.clone()),
                None => {}
            }
        }
    }
    // What equals the text hides what is only a part of it by chance.
    shown.sort_by_key(|(rank, _)| *rank);
    if shown.is_empty() {
        let (values, rest) = others.into_iter().partition(|read| values_path(read).is_some());
        let values: Vec<Path> = values;
        return (values.iter().filter_map(values_path).collect(), rest);
    }
    (shown.into_iter().map(|(_, path)| path).collect(), others)
}

/// Returns what the innermost place read; for the text of a `tpl`, what its caller read.
fn reads(places: &[Place]) -> &[Path] {
    let place = places.iter().find(|place| !place.reads.is_empty() || place.file != TPL);
    place.map_or(&[], |place| place.reads.as_slice())
}

/// Says how well a value explains the text, and with which part of it.
fn rank(
    read: &Path,
    path: &[PathStep],
    value: &Value,
    text: &str,
    values: &Map,
) -> Option<(usize, Path)> {
    let found = read.find(values)?;
    let Some(scalar) = scalar(found) else {
        return part(read, found, path, value).map(|path| (0, path));
    };
    let shown = text.trim().trim_matches(['"', '\'']);
    if scalar == shown || is_alike(found, value) {
        return Some((0, read.clone()));
    }
    let is_part = !scalar.is_empty() && (shown.contains(&scalar) || scalar.contains("{{"));
    is_part.then(|| (1, read.clone()))
}

/// Returns the part of a map or list that the field shows: that at the longest end of its path.
fn part(read: &Path, found: &Value, path: &[PathStep], value: &Value) -> Option<Path> {
    for start in 0..path.len() {
        let end = &path[start..];
        if values::find(found, end).is_some_and(|part| is_alike(part, value)) {
            return Some(read.join(end));
        }
        // Items may have moved, where a template puts others before them.
        if let (Value::List(items), [PathStep::Index(_), rest @ ..]) = (found, end) {
            let fits =
                |item: &Value| values::find(item, rest).is_some_and(|part| is_alike(part, value));
            if let Some(index) = items.iter().position(fits) {
                return Some(read.then(PathStep::Index(index)).join(rest));
            }
        }
    }
    is_alike(found, value).then(|| read.clone())
}

/// Says whether two values print alike; numbers of values are floats, those of objects are not.
fn is_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_alike(value, other)))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_alike(one, other))
        }
        _ => match (scalar(one), scalar(other)) {
            (Some(one), Some(other)) => one.trim_end() == other.trim_end(),
            _ => false,
        },
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Map(_) | Value::List(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(format!("{number:.0}"))
        }
        other => Some(other.to_json()),
    }
}

/// Returns the bytes of a document that a value takes.
fn extent(text: &str, at: Position, value: &Value) -> Range<usize> {
    let start = offset(text, at);
    let line_end = start + text[start..].find('\n').unwrap_or(text.len() - start);
    let rest = &text[start..line_end];
    let is_block = match value {
        Value::Map(_) | Value::List(_) => !rest.starts_with(['{', '[']),
        Value::String(content) => content.contains('\n') || content.len() > rest.len(),
        _ => false,
    };
    if is_block {
        // Some parsers see a list start at its first item, behind the dash.
        let before = text[..start].rsplit('\n').next().unwrap_or_default();
        let column = match (value, before.trim_end().strip_suffix('-')) {
            (Value::List(_), Some(indent)) => indent.chars().count() + 1,
            _ => at.column,
        };
        return start..block_end(text, line_end, column);
    }
    if let Some(content) = scalar(value) {
        let quote = usize::from(rest.starts_with(['"', '\'']));
        if rest[quote..].starts_with(&content) {
            return start..(start + content.len() + 2 * quote).min(line_end);
        }
    }
    start..line_end
}

/// Returns the end of the lines that are indented at least as far as a column.
fn block_end(text: &str, first_end: usize, column: usize) -> usize {
    let mut end = first_end;
    for line in text[first_end..].split_inclusive('\n').skip(1) {
        let content = line.trim_start_matches(' ');
        if !content.trim().is_empty() && line.len() - content.len() + 1 < column {
            break;
        }
        end = end.max(line.as_ptr().addr() - text.as_ptr().addr() + line.trim_end().len());
    }
    end
}

/// Returns the byte at a position.
fn offset(text: &str, at: Position) -> usize {
    let start: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    let line = &text[start..];
    start + line.char_indices().nth(at.column - 1).map_or(line.len(), |(index, _)| index)
}
