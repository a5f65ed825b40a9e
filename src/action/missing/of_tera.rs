//! Which value a Tera template missed: Tera tells the place and the last name only, so that the
//! whole path is read from the line of the template.

use std::ops::Range;

use crate::engine::error::{Error, Kind, Language};
use crate::values::{self, Path, PathStep};
use crate::yaml::{Map, Value};

/// What the values of a chart are called.
const ROOT: &str = "values";

/// Returns the path into the root chart's values that is not there, where an error is about that
/// and only one can be meant.
pub(super) fn path(error: &Error, values: &Map) -> Option<Path> {
    let place = error.origin().filter(|place| place.language == Language::Tera)?;
    let marked = &place.excerpt[place.mark.clone()];
    let is_demand = error.kind == Kind::Chart && marked.starts_with("required");
    let is_missing =
        ["is not defined", "undefined"].iter().any(|word| error.message.contains(word));
    if !is_demand && (error.kind == Kind::Chart || !is_missing) {
        return None;
    }
    let chart = chart_of(error)?;
    let in_root = |(at, path): (Range<usize>, Path)| (at, chart.join(path.steps()));
    let mut paths: Vec<_> = paths(&place.excerpt).into_iter().map(in_root).collect();
    paths.retain(|(_, path)| values::kind(path.find(values).unwrap_or(&Value::Null)).is_none());
    // What is piped into the marked filter stands before it, everything else in the mark.
    let piped = place.excerpt[..place.mark.start].trim_end().ends_with('|');
    let last = paths.iter().rposition(|(at, _)| piped && at.end <= place.mark.start);
    let touches = |at: &Range<usize>| at.start <= place.mark.end && place.mark.start <= at.end;
    let mut meant: Vec<Path> = match last {
        Some(last) => vec![paths.swap_remove(last).1],
        None => paths.into_iter().filter(|(at, _)| touches(at)).map(|(_, path)| path).collect(),
    };
    meant.dedup();
    let path = meant.pop().filter(|_| meant.is_empty())?;
    Some(up_to_what_has_no_keys(path, values))
}

/// Cuts a path that goes on below a value which is no mapping.
fn up_to_what_has_no_keys(path: Path, values: &Map) -> Path {
    let part = |length: usize| Path::from(path.steps()[..length].to_vec());
    let has_no_keys = |part: &Path| {
        part.find(values).is_some_and(|value| value.as_map().is_none() && !value.is_null())
    };
    let cut = (1..path.steps().len()).map(part).find(has_no_keys);
    cut.unwrap_or(path)
}

/// Returns where the values are that the outermost template sees: those of its chart.
fn chart_of(error: &Error) -> Option<Path> {
    let mut parts = error.frames.last()?.file.split('/').skip(1);
    let mut names = Vec::new();
    while parts.next()? == "charts" {
        names.push(parts.next()?);
    }
    Some(Path::of_keys(names))
}

/// Finds the paths that start at the values in a line of a template.
fn paths(line: &str) -> Vec<(Range<usize>, Path)> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let starts = line.match_indices(ROOT).filter(|(at, _)| {
        !line[..*at].ends_with(|letter| is_word(letter) || matches!(letter, '.' | '"' | '\''))
    });
    let found = starts.filter_map(|(at, _)| {
        let (steps, rest) = steps(&line[at + ROOT.len()..]);
        (!steps.is_empty()).then(|| (at..line.len() - rest.len(), Path::from(steps)))
    });
    found.collect()
}

/// Reads `.name`, `?.name`, `["name"]` and `[0]`, as many as there are; returns what is left.
fn steps(text: &str) -> (Vec<PathStep>, &str) {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let next = rest.strip_prefix('?').unwrap_or(rest);
        let step = match next.strip_prefix('.') {
            Some(name) => name_step(name),
            None => next.strip_prefix('[').and_then(item_step),
        };
        let Some((step, after)) = step else { return (steps, rest) };
        steps.push(step);
        rest = after;
    }
}

fn name_step(text: &str) -> Option<(PathStep, &str)> {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    (!name.is_empty()).then(|| (PathStep::Key(name.to_owned()), rest))
}

fn item_step(text: &str) -> Option<(PathStep, &str)> {
    let (item, rest) = text.split_once(']')?;
    let item = item.trim();
    let quoted =
        ['"', '\''].iter().find_map(|quote| item.strip_prefix(*quote)?.strip_suffix(*quote));
    let step = match quoted {
        Some(key) => PathStep::Key(key.to_owned()),
        None => PathStep::Index(item.parse().ok()?),
    };
    Some((step, rest))
}
