//! Which lines of a printed text are lines of the texts that it was made from.
//!
//! `include` gives a text to `nindent`, `trim`, `quote` and the like, which keep lines but for their
//! ends; so a line that is the same between blanks, quotes and dashes is taken to be the same line.

use std::collections::HashMap;
use std::ops::Range;

/// A line that was carried over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Carried {
    /// Its bytes in the printed text.
    pub(super) range: Range<usize>,
    /// The text that it comes from, by its number among those given.
    pub(super) text: usize,
    /// Where it starts there.
    pub(super) at: usize,
}

/// Finds the lines of `printed` that come from `texts`, in their order.
pub(super) fn carry(printed: &str, texts: &[&str]) -> Vec<Carried> {
    let mut known: HashMap<&str, Vec<(usize, usize, usize)>> = HashMap::new();
    let lines = texts.iter().enumerate().flat_map(|(text, content)| {
        kernels(content).map(move |(range, kernel)| (text, range, kernel))
    });
    for (order, (text, range, kernel)) in lines.enumerate() {
        known.entry(kernel).or_default().push((order, text, range.start));
    }
    let mut next = 0;
    let mut carried = Vec::new();
    for (range, kernel) in kernels(printed) {
        let Some(places) = known.get(kernel) else { continue };
        let ahead = places.partition_point(|(order, ..)| *order < next);
        // A line out of order counts where it can only be one.
        let place = places.get(ahead).or(if places.len() == 1 { places.first() } else { None });
        if let Some(&(order, text, at)) = place {
            next = next.max(order + 1);
            carried.push(Carried { range, text, at });
        }
    }
    carried
}

/// Returns the lines that have more than blanks and quotes, without those at their ends.
fn kernels(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start;
        start += line.len();
        let is_edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
        let kernel = line.trim_start_matches(is_edge);
        // Where keys are sorted, another one comes first in its item.
        let kernel = kernel.strip_prefix("- ").unwrap_or(kernel).trim_start_matches(is_edge);
        let from = from + line.len() - kernel.len();
        let kernel = kernel.trim_end_matches(is_edge);
        (!kernel.is_empty()).then(|| (from..from + kernel.len(), kernel))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(printed: &str, texts: &[&str], expected: &[(&str, usize, usize)]) {
        let found = carry(printed, texts);
        let found: Vec<_> =
            found.iter().map(|line| (&printed[line.range.clone()], line.text, line.at)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_known_again_between_blanks_and_quotes() {
        check("\n    a: 1\n    b: 2", &["a: 1\nb: 2\n"], &[("a: 1", 0, 0), ("b: 2", 0, 5)]);
        check("\"web-x\"", &["  web-x\n"], &[("web-x", 0, 2)]);
        check("web-x-1", &["web-x"], &[]);
        check("- a: 1\n  b: 2\n", &["- b: 2\n  a: 1\n"], &[("a: 1", 0, 9), ("b: 2", 0, 2)]);
    }

    #[test]
    fn lines_that_repeat_are_taken_in_order_and_unique_ones_anywhere() {
        check("x\ny\nx\n", &["x\ny\n", "x\n"], &[("x", 0, 0), ("y", 0, 2), ("x", 1, 0)]);
        check("b: 2\na: 1\n", &["a: 1\nb: 2\n"], &[("b: 2", 0, 5), ("a: 1", 0, 0)]);
        check("x\nx\nx\n", &["x\nx\n"], &[("x", 0, 0), ("x", 0, 2)]);
    }
}
