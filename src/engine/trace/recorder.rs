//! Writes the trace down while templates run; the Go engine calls it at every step.
//!
//! What a pipeline has read so far lies on a stack of items; whoever finishes a piece of work takes
//! the items above its mark: an action for the piece it printed, a variable, a condition, a call.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::ops::Range;
use std::rc::Rc;

use super::state::{Block, Call, Frame, Item, State, parted};
use super::{Condition, Mentioned, Trace, Traced, patterns};
use crate::engine::Source;
use crate::engine::value::{Map, Value};
use crate::values::Path;
use crate::yaml;

/// The keyword that opens a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Keyword {
    If,
    With,
    Range,
}

impl Keyword {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// A place in the text of a template.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Spot<'a> {
    /// The name of the template's file.
    pub(in crate::engine) file: &'a Rc<str>,
    /// The whole text of the file.
    pub(in crate::engine) text: &'a Rc<str>,
    /// The name of the template.
    pub(in crate::engine) template: &'a str,
    /// The byte where the node starts.
    pub(in crate::engine) at: usize,
}

/// The trace of a rendering that is under way.
pub(in crate::engine) struct Recorder(RefCell<State>);

impl Recorder {
    /// Starts a trace of templates that see `values`; `runtime` are the same values as they see them.
    pub(in crate::engine) fn new(values: &yaml::Map, runtime: &Map) -> Self {
        let mut state = State::new(values);
        state.note_parts(&Value::Map(runtime.clone()), &Path::of_keys([super::VALUES]));
        Self(RefCell::new(state))
    }

    /// Notes a root of templates, whose entries are read by their names.
    pub(in crate::engine) fn note_root(&self, root: &Map) {
        let mut state = self.0.borrow_mut();
        let items: Rc<[Item]> = [state.read(Path::default())].into();
        state.identities.note(&Value::Map(root.clone()), &items, true);
    }

    /// Notes what a template names in its text.
    pub(in crate::engine) fn mention(&self, mentioned: Mentioned) {
        self.0.borrow_mut().trace.mentioned = mentioned;
    }

    /// Ends the trace.
    pub(in crate::engine) fn finish(&self) -> Trace {
        std::mem::take(&mut self.0.borrow_mut().trace)
    }

    /// Starts a text.
    pub(in crate::engine) fn begin(&self) {
        let mut state = self.0.borrow_mut();
        let dot = state.data_of_call();
        state.frames.push(Frame { dots: vec![dot], ..Frame::default() });
    }

    /// Ends a text.
    pub(in crate::engine) fn end(&self) {
        let mut state = self.0.borrow_mut();
        state.finished = state.frames.pop().map(|frame| frame.pieces).unwrap_or_default();
    }

    /// Names the text that ended last as what a call returned; `removed` are words taken out of it.
    pub(in crate::engine) fn capture(&self, text: &Value, written: &str, removed: &str) {
        let mut state = self.0.borrow_mut();
        let number = state.keep_text(written, removed);
        let items: Rc<[Item]> = [Item::Text(number)].into();
        state.identities.note(text, &items, false);
    }

    /// Names the text that ended last as that of a rendered file.
    pub(in crate::engine) fn file(&self, name: &str, written: &str, removed: &str) {
        let mut state = self.0.borrow_mut();
        let number = state.keep_text(written, removed);
        state.trace.files.insert(name.to_owned(), number);
    }

    /// Notes a rendered file of a language that tells nothing, by the shape of its lines: those of
    /// the file itself, and in between those of a partial. What no line fits has no origin.
    pub(in crate::engine) fn untold_file<'a>(
        &self,
        source: &Source,
        partials: impl Iterator<Item = &'a Source> + Clone,
        text: &str,
    ) {
        let mut state = self.0.borrow_mut();
        state.frames.push(Frame::default());
        let mut done = 0;
        for found in patterns::find(&source.text, text, &chart_values(&source.name)) {
            add_partial(&mut state, partials.clone(), text, done..found.range.start);
            done = found.range.end;
            add_line(&mut state, source, found);
        }
        add_partial(&mut state, partials, text, done..text.len());
        state.items.clear();
        let pieces = state.frames.pop().map(|frame| frame.pieces).unwrap_or_default();
        state.trace.texts.push(Traced { text: text.to_owned(), pieces });
        let number = state.trace.texts.len() - 1;
        state.trace.files.insert(source.output_name(), number);
    }

    /// Returns the mark above which the items of the next work will lie.
    pub(in crate::engine) fn mark(&self) -> usize {
        self.0.borrow().items.len()
    }

    /// Notes text that a template says itself.
    pub(in crate::engine) fn literal(&self, spot: Spot<'_>, range: Range<usize>) {
        let mut state = self.0.borrow_mut();
        let step = state.step(spot, Vec::new(), true);
        state.add_piece(range, step, None);
    }

    /// Notes what an action printed, and takes its items.
    pub(in crate::engine) fn printed(
        &self,
        spot: Spot<'_>,
        mark: usize,
        start: usize,
        text: &str,
        value: &Value,
    ) {
        let mut state = self.0.borrow_mut();
        state.consume(value);
        let items = state.items.split_off(mark);
        let step = state.step(spot, items, false);
        state.add_printed(step, start, text);
    }

    /// Forgets the items of an action that printed nothing.
    pub(in crate::engine) fn forget(&self, mark: usize) {
        self.0.borrow_mut().items.truncate(mark);
    }

    /// Enters a block; a range goes over `over`.
    pub(in crate::engine) fn enter_block(
        &self,
        keyword: Keyword,
        spot: Spot<'_>,
        mark: usize,
        over: Option<&Value>,
    ) {
        let mut state = self.0.borrow_mut();
        let items = state.items.split_off(mark);
        let (reads, texts) = parted(&items);
        let source = state.source(spot);
        let outer = state.frame().condition;
        state.trace.conditions.push(Condition {
            keyword,
            source,
            at: spot.at,
            reads,
            texts,
            outer,
        });
        let number = state.trace.conditions.len() - 1;
        let frame = state.frame();
        frame.condition = Some(number);
        frame.blocks.push(Block { outer, items: items.into(), over: over.cloned() });
    }

    /// Leaves a block.
    pub(in crate::engine) fn leave_block(&self) {
        let mut state = self.0.borrow_mut();
        let frame = state.frame();
        frame.condition = frame.blocks.pop().and_then(|block| block.outer);
    }

    /// Makes what the block's pipeline was made of that of the dot.
    pub(in crate::engine) fn push_dot(&self) {
        let mut state = self.0.borrow_mut();
        let items = state.block_items();
        state.frame().dots.push(items);
    }

    /// Makes an item of what the block goes over the dot, and that of its variables.
    pub(in crate::engine) fn push_item(&self, index: &Value, item: &Value, variables: &[usize]) {
        let mut state = self.0.borrow_mut();
        let over = state.frame().blocks.last().and_then(|block| block.over.clone());
        let items = state.block_items();
        let items = match over {
            Some(over) => state.step_into(&over, &items, index, item),
            None => items,
        };
        for variable in variables {
            state.set_variable(*variable, items.clone());
        }
        state.frame().dots.push(items);
    }

    /// Goes back to the dot before.
    pub(in crate::engine) fn pop_dot(&self) {
        self.0.borrow_mut().frame().dots.pop();
    }

    /// Enters a template that writes into the text of its caller.
    pub(in crate::engine) fn enter_template(&self, spot: Spot<'_>, mark: usize) -> Caller {
        let mut state = self.0.borrow_mut();
        let items = state.items.split_off(mark);
        let step = state.step(spot, items.clone(), false);
        let frame = state.frame();
        frame.dots.push(items.into());
        Caller { outer: frame.caller.replace(step), condition: frame.condition.take() }
    }

    /// Leaves such a template.
    pub(in crate::engine) fn leave_template(&self, caller: &Caller) {
        let mut state = self.0.borrow_mut();
        let frame = state.frame();
        frame.dots.pop();
        frame.caller = caller.outer;
        frame.condition = caller.condition;
    }

    /// Starts the evaluation of a pipeline.
    pub(in crate::engine) fn begin_pipeline(&self) {
        let mut state = self.0.borrow_mut();
        let mark = state.items.len();
        state.pipelines.push(mark);
    }

    /// Ends the evaluation of a pipeline, whose result the variables get.
    pub(in crate::engine) fn end_pipeline(&self, variables: &[usize]) {
        let mut state = self.0.borrow_mut();
        let mark = state.pipelines.pop().unwrap_or_default();
        let mut items: Rc<[Item]> = state.items[mark..].into();
        if items.is_empty() {
            // What was assigned is fixed, but not whether it was.
            items = state.condition_items();
        }
        for variable in variables {
            state.set_variable(*variable, items.clone());
        }
    }

    /// Gives a variable what the dot was made of.
    pub(in crate::engine) fn dot_variable(&self, variable: usize) {
        let mut state = self.0.borrow_mut();
        let items = state.dot();
        state.set_variable(variable, items);
    }

    /// Notes that fields of the dot, or of a variable, were read, or where the way to them ended.
    pub(in crate::engine) fn fields(
        &self,
        holder: &Value,
        variable: Option<usize>,
        fields: &[Rc<str>],
        is_read: bool,
    ) {
        let mut state = self.0.borrow_mut();
        let items = state.holder_items(variable);
        state.read_fields(holder, items, fields, is_read);
    }

    /// Notes that fields of a value that was computed above `mark` were read, or could not be.
    pub(in crate::engine) fn chain(
        &self,
        holder: &Value,
        mark: usize,
        fields: &[Rc<str>],
        is_read: bool,
    ) {
        let mut state = self.0.borrow_mut();
        let items: Rc<[Item]> = state.items.split_off(mark).into();
        state.read_fields(holder, items, fields, is_read);
    }

    /// Starts a call.
    pub(in crate::engine) fn begin_call(&self) {
        let mut state = self.0.borrow_mut();
        let start = state.items.len();
        state.calls.push(Call { start, ends: Vec::new() });
    }

    /// Notes that an argument was evaluated.
    pub(in crate::engine) fn argument(&self) {
        let mut state = self.0.borrow_mut();
        let end = state.items.len();
        if let Some(call) = state.calls.last_mut() {
            call.ends.push(end);
        }
    }

    /// Ends a call; its items become those of its result.
    pub(in crate::engine) fn end_call(
        &self,
        name: &str,
        arguments: &[&Value],
        result: Option<&Value>,
    ) {
        let mut state = self.0.borrow_mut();
        let Some(call) = state.calls.pop() else { return };
        let mut start = call.start;
        let mut given: Vec<Rc<[Item]>> = Vec::with_capacity(arguments.len());
        let mut from = call.start;
        for end in call.ends {
            given.push(state.items[from..end].into());
            from = end;
        }
        if given.len() < arguments.len() {
            // The last argument came by the pipe.
            start = state.pipelines.last().copied().unwrap_or_default().min(call.start);
            given.push(state.items[start..call.start].into());
        }
        let Some(result) = result else {
            state.note_failed_call(name, &given);
            return;
        };
        let items = state.called(name, arguments, &given, result);
        state.items.truncate(start);
        state.add_items(&items);
    }
}

/// What is put aside while a `{{ template }}` runs.
pub(in crate::engine) struct Caller {
    outer: Option<usize>,
    condition: Option<usize>,
}

/// Adds the lines of a part of a text that have the shape of lines of the partial that fits best.
fn add_partial<'a>(
    state: &mut State,
    partials: impl Iterator<Item = &'a Source>,
    text: &str,
    part: Range<usize>,
) {
    let found = |partial: &'a Source| {
        let above = chart_values(&partial.name);
        (partial, patterns::find(&partial.text, &text[part.clone()], &above))
    };
    // Of partials that fit equally well, the first counts.
    let best = partials.map(found).min_by_key(|(_, found)| Reverse(found.len()));
    let Some((partial, lines)) = best else { return };
    for mut line in lines {
        line.range = line.range.start + part.start..line.range.end + part.start;
        add_line(state, partial, line);
    }
}

fn add_line(state: &mut State, source: &Source, found: patterns::Match) {
    let file: Rc<str> = source.name.as_str().into();
    let is_literal = found.reads.is_none();
    let paths = found.reads.into_iter().flatten();
    let reads: Vec<Item> = paths.map(|path| state.read(path)).collect();
    state.add_items(&reads);
    let content = source.text.clone();
    let spot = Spot { file: &file, text: &content, template: &source.name, at: found.at };
    let step = state.step(spot, reads, is_literal);
    state.trace.steps[step].is_line = true;
    state.add_piece(found.range, step, None);
}

/// Returns where the values of a file's chart are: `web/charts/db/templates/a.yaml` reads those of `db`.
fn chart_values(file: &str) -> Path {
    let mut parts = file.split('/').skip(1);
    let mut keys = vec![super::VALUES];
    while parts.next() == Some("charts") {
        keys.extend(parts.next());
    }
    Path::of_keys(keys)
}
