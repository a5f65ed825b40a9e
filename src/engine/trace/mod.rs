//! The trace: for every piece of rendered text, the template line that wrote it and what it read.
//!
//! [`Recorder`] writes a trace down while templates run, [`Trace`] answers afterwards. Texts that
//! `include` and `tpl` returned keep pieces of their own, so that a line which an action printed
//! after indenting it leads to the line inside the included template.

mod calls;
mod carry;
mod identity;
mod patterns;
mod recorder;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::values::Path;

pub(super) use recorder::{Caller, Keyword, Recorder, Spot};

/// The name of the root whose reads are values.
pub const VALUES: &str = "Values";

/// Where the text of one rendering came from.
#[derive(Debug, Default)]
pub struct Trace {
    sources: Vec<Source>,
    texts: Vec<Traced>,
    files: BTreeMap<String, usize>,
    steps: Vec<Step>,
    conditions: Vec<Condition>,
    paths: Vec<Path>,
    read: BTreeSet<Path>,
    consumed: BTreeSet<Path>,
    mentioned: Mentioned,
    missing: Option<Path>,
}

/// What templates name in their text, whether or not it was executed.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    /// The paths that start at `.Values`, each with the path of its chart; none for partials.
    pub(super) values: BTreeSet<(Option<Vec<String>>, Vec<String>)>,
    /// The fields of anything else.
    pub(super) fields: BTreeSet<String>,
}

/// A text that templates were parsed from.
#[derive(Debug)]
struct Source {
    name: String,
    text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

/// A rendered file, or a text that `include` or `tpl` returned.
#[derive(Debug, Default)]
struct Traced {
    text: String,
    /// Without gaps or overlaps, in order.
    pieces: Vec<Piece>,
}

/// Some bytes of a text that one node of a template wrote.
#[derive(Debug, Clone)]
struct Piece {
    range: Range<usize>,
    step: usize,
    /// The text that these bytes were taken from, and where they start in it.
    inner: Option<(usize, usize)>,
}

/// A node of a template that was executed once.
#[derive(Debug)]
struct Step {
    source: usize,
    template: String,
    /// The byte of the source where it starts.
    at: usize,
    is_literal: bool,
    /// Whether the place is known to the line only.
    is_line: bool,
    reads: Vec<usize>,
    texts: Vec<usize>,
    condition: Option<usize>,
    /// The `{{ template }}` that called this one.
    caller: Option<usize>,
}

/// An `if`, `with` or `range` around a step.
#[derive(Debug)]
struct Condition {
    keyword: Keyword,
    source: usize,
    at: usize,
    reads: Vec<usize>,
    texts: Vec<usize>,
    outer: Option<usize>,
}

/// A piece of a rendered file and how it came there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The bytes of the file.
    pub range: Range<usize>,
    /// The places in templates, innermost first: what wrote the text, then the calls that led there.
    pub places: Vec<Place>,
}

/// A place in a template that wrote or printed a piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file from the root of the chart tree; `gotpl` for a text that `tpl` rendered.
    pub file: String,
    /// The named template in the file; the file's own name outside of any.
    pub template: String,
    /// The line, from 1.
    pub line: usize,
    /// The text of the line.
    pub excerpt: String,
    /// Whether the template says the text itself, not an action.
    pub is_literal: bool,
    /// What the action read, such as `.Values.image.tag`.
    pub reads: Vec<Path>,
    /// What decided that the place was reached, innermost first.
    pub conditions: Vec<Control>,
}

/// An `if`, `with` or `range` that decided that a place was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The keyword that opens it.
    pub keyword: &'static str,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it read.
    pub reads: Vec<Path>,
}

impl Trace {
    /// Returns the text of a rendered file.
    pub fn file(&self, name: &str) -> Option<&str> {
        Some(&self.texts[*self.files.get(name)?].text)
    }

    /// Returns the names of the rendered files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Returns where the bytes of a rendered file came from, in their order.
    pub fn origins(&self, file: &str, range: Range<usize>) -> Vec<Origin> {
        let mut origins = Vec::new();
        if let Some(text) = self.files.get(file) {
            self.collect(*text, range, 0, &mut Vec::new(), &mut origins);
        }
        origins
    }

    /// Adds the origins of `range` of a text; `shift` leads from its bytes to those of the file.
    fn collect(
        &self,
        text: usize,
        range: Range<usize>,
        shift: isize,
        outer: &mut Vec<(usize, usize)>,
        origins: &mut Vec<Origin>,
    ) {
        let pieces = &self.texts[text].pieces;
        let first = pieces.partition_point(|piece| piece.range.end <= range.start);
        for piece in pieces[first..].iter().take_while(|piece| piece.range.start < range.end) {
            let start = piece.range.start.max(range.start);
            let end = piece.range.end.min(range.end);
            outer.push((piece.step, start - piece.range.start));
            match piece.inner {
                Some((inner, at)) => {
                    let from = at + (start - piece.range.start);
                    let shift = shift + start as isize - from as isize;
                    self.collect(inner, from..from + (end - start), shift, outer, origins);
                }
                None => origins.push(self.origin(start, end, shift, outer)),
            }
            outer.pop();
        }
    }

    fn origin(&self, start: usize, end: usize, shift: isize, chain: &[(usize, usize)]) -> Origin {
        let mut places = Vec::new();
        for (index, &(step, offset)) in chain.iter().enumerate().rev() {
            let is_innermost = index + 1 == chain.len();
            places.push(self.place(step, if is_innermost { offset } else { 0 }));
            let mut caller = self.steps[step].caller;
            while let Some(step) = caller {
                places.push(self.place(step, 0));
                caller = self.steps[step].caller;
            }
        }
        let shifted = |at: usize| at.saturating_add_signed(shift);
        Origin { range: shifted(start)..shifted(end), places }
    }

    fn place(&self, step: usize, offset: usize) -> Place {
        let step = &self.steps[step];
        let offset = if step.is_literal && !step.is_line { offset } else { 0 };
        let source = &self.sources[step.source];
        let (line, excerpt) = source.line(step.at + offset);
        let mut reads = self.named(&step.reads);
        if reads.is_empty() {
            self.add_reads_of(&step.texts, &mut reads);
        }
        Place {
            file: source.name.clone(),
            template: step.template.clone(),
            line,
            excerpt: excerpt.to_owned(),
            is_literal: step.is_literal,
            reads,
            conditions: self.controls(step.condition),
        }
    }

    fn controls(&self, mut next: Option<usize>) -> Vec<Control> {
        let mut controls = Vec::new();
        while let Some(index) = next {
            let condition = &self.conditions[index];
            let source = &self.sources[condition.source];
            let mut reads = self.named(&condition.reads);
            self.add_reads_of(&condition.texts, &mut reads);
            controls.push(Control {
                keyword: condition.keyword.as_str(),
                file: source.name.clone(),
                line: source.line(condition.at).0,
                reads,
            });
            next = condition.outer;
        }
        controls
    }

    fn named(&self, reads: &[usize]) -> Vec<Path> {
        reads.iter().map(|read| self.paths[*read].clone()).collect()
    }

    /// Adds what the actions inside texts read, for an action that made something else of them.
    fn add_reads_of(&self, texts: &[usize], reads: &mut Vec<Path>) {
        let mut pending: Vec<usize> = texts.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(text) = pending.pop() {
            if !seen.insert(text) {
                continue;
            }
            for piece in &self.texts[text].pieces {
                let step = &self.steps[piece.step];
                for read in &step.reads {
                    if !reads.contains(&self.paths[*read]) {
                        reads.push(self.paths[*read].clone());
                    }
                }
                pending.extend(&step.texts);
            }
        }
    }

    /// Returns the values that were read, each as a path into the values of the root chart.
    pub fn values_read(&self) -> impl Iterator<Item = Path> {
        self.read.iter().filter_map(values_path)
    }

    /// Returns the values that were used as a whole, with all that is below them.
    pub fn values_consumed(&self) -> impl Iterator<Item = Path> {
        self.consumed.iter().filter_map(values_path)
    }

    /// Says whether a template could read a value in a branch that was not executed: it names the
    /// path, or, below the top of a chart's values, a field of this name.
    pub fn is_mentioned(&self, path: &[&str]) -> bool {
        let Some((key, above)) = path.split_last() else { return true };
        let starts = |chain: &[String], path: &[&str]| {
            chain.len() >= path.len() && chain.iter().zip(path).all(|(name, key)| name == key)
        };
        let is_chain = self.mentioned.values.iter().any(|(chart, chain)| match chart {
            Some(chart) => starts_with(path, chart) && starts(chain, &path[chart.len()..]),
            None => (0..path.len()).any(|from| starts(chain, &path[from..])),
        });
        is_chain || !above.is_empty() && self.mentioned.fields.contains(*key)
    }

    /// Returns what was looked for and missing when the rendering failed.
    pub fn missing(&self) -> Option<Path> {
        self.missing.clone()
    }
}

/// Returns the path into the values, for a read that was of values.
pub fn values_path(read: &Path) -> Option<Path> {
    read.below(&Path::of_keys([VALUES])).map(|steps| Path::from(steps.to_vec()))
}

fn starts_with(path: &[&str], start: &[String]) -> bool {
    path.len() > start.len() && path.iter().zip(start).all(|(key, name)| key == name)
}

impl Source {
    fn new(name: &str, text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { name: name.to_owned(), text: text.to_owned(), lines }
    }

    /// Returns the number and the text of the line on which a byte stands.
    fn line(&self, at: usize) -> (usize, &str) {
        let number = self.lines.partition_point(|start| *start <= at);
        let line = self.text[self.lines[number - 1]..].lines().next().unwrap_or_default();
        (number, line)
    }
}

#[cfg(test)]
mod tests;
