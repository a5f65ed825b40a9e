//! Lines of a rendered Tera file, and the template lines that have their shape.
//!
//! Tera tells nobody what it does. So a rendered line is taken to come from the next template line
//! whose text around the expressions is in it; nothing is known of one that no line fits.

use std::ops::Range;

use crate::values::{Path, PathStep};

/// A rendered line and the template line of its shape.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Its bytes in the rendered text.
    pub(super) range: Range<usize>,
    /// Where the template line starts.
    pub(super) at: usize,
    /// The values that its expressions name; none where it has no expression.
    pub(super) reads: Option<Vec<Path>>,
}

/// Finds a template line for each rendered line.
pub(super) fn find(source: &str, printed: &str, above: &Path) -> Vec<Match> {
    let lines: Vec<(usize, Shape<'_>)> =
        lines(source).filter_map(|(range, line)| Some((range.start, Shape::of(line)?))).collect();
    let mut next = 0;
    let mut matches = Vec::new();
    for (range, line) in self::lines(printed) {
        let fits = |(_, shape): &(usize, Shape<'_>)| shape.fits(line.trim());
        let ahead = lines[next..].iter().position(fits).map(|index| next + index);
        // A loop goes back to its first line.
        let found = ahead.or_else(|| lines[..next].iter().rposition(fits));
        if let Some(index) = found {
            next = index + 1;
            let (at, shape) = &lines[index];
            matches.push(Match { range, at: *at, reads: shape.reads(above) });
        }
    }
    matches
}

fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut end = 0;
    text.split_inclusive('\n').map(move |line| {
        end += line.len();
        (end - line.len()..end, line)
    })
}

/// The parts of a template line that stand as they are, and the expressions between them.
struct Shape<'a> {
    fixed: Vec<&'a str>,
    expressions: Vec<&'a str>,
}

impl<'a> Shape<'a> {
    /// Takes a line apart; one without any text of its own, or with a statement, has no shape.
    fn of(line: &'a str) -> Option<Self> {
        let mut rest = line.trim();
        let mut shape = Self { fixed: Vec::new(), expressions: Vec::new() };
        while let Some((before, after)) = rest.split_once("{{") {
            let (expression, after) = after.split_once("}}")?;
            shape.fixed.push(before.trim());
            shape.expressions.push(expression);
            rest = after;
        }
        shape.fixed.push(rest.trim());
        let says_something = shape.fixed.iter().any(|part| part.len() > 1);
        (says_something && !line.contains("{%") && !line.contains("{#")).then_some(shape)
    }

    fn fits(&self, line: &str) -> bool {
        let [first, middle @ .., last] = self.fixed.as_slice() else {
            return self.fixed.first().is_some_and(|only| *only == line);
        };
        let Some(mut rest) = line.strip_prefix(first) else { return false };
        for part in middle {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    fn reads(&self, above: &Path) -> Option<Vec<Path>> {
        if self.expressions.is_empty() {
            return None;
        }
        let named = self.expressions.iter().flat_map(|expression| values_in(expression));
        Some(named.map(|path| above.join(path.steps())).collect())
    }
}

/// Returns the paths that follow `values.` in an expression.
fn values_in(expression: &str) -> Vec<Path> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let starts = expression.match_indices("values.");
    let paths = starts.filter(|(at, _)| !expression[..*at].ends_with(is_name)).map(|(at, _)| {
        let rest = &expression[at + "values.".len()..];
        let chain = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        let keys = chain.split('.').filter(|key| !key.is_empty());
        Path::from(keys.map(|key| PathStep::Key(key.to_owned())).collect::<Vec<_>>())
    });
    paths.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_by_what_stands_around_their_expressions() {
        let source = "kind: X\n{% for h in values.hosts %}\n- name: {{ h }}\n  port: 1\n\
                      {% endfor %}\nimage: \"{{ values.image.name }}:{{values.tag}}\"\n{{ x }}\n";
        let printed = "kind: X\n- name: a\n  port: 1\n- name: b\n  port: 1\nimage: \"n:1\"\n??\n";
        let found = find(source, printed, &Path::of_keys(["db"]));
        let line = |at: usize| source[..at].matches('\n').count() + 1;
        let lines: Vec<usize> = found.iter().map(|found| line(found.at)).collect();
        assert_eq!(lines, [1, 3, 4, 3, 4, 6]);
        let reads = found[5].reads.as_ref().unwrap();
        let reads: Vec<String> = reads.iter().map(ToString::to_string).collect();
        assert_eq!(reads, [".db.image.name", ".db.tag"]);
        assert_eq!((&found[0].reads, &found[1].reads), (&None, &Some(Vec::new())));
    }
}
