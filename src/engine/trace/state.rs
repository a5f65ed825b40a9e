//! What a trace remembers while templates run: items under way, frames, pieces.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::carry::carry;
use super::identity::Identities;
use super::recorder::Spot;
use super::{Piece, Source, Step, Trace, Traced, values_path};
use crate::engine::value::Value;
use crate::values::{Path, PathStep};
use crate::yaml;

/// Something that a value was made of, by its number in the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// A part of the values or of another root.
    Read(usize),
    /// A text that `include` or `tpl` returned.
    Text(usize),
}

/// The trace so far, and all that is needed to go on with it.
pub(super) struct State {
    pub(super) trace: Trace,
    /// The values of the root chart.
    pub(super) values: yaml::Map,
    pub(super) sources: HashMap<*const u8, (usize, Rc<str>)>,
    pub(super) paths: HashMap<Path, usize>,
    pub(super) identities: Identities,
    pub(super) items: Vec<Item>,
    /// Where the items of each pipeline that is being evaluated start.
    pub(super) pipelines: Vec<usize>,
    pub(super) calls: Vec<Call>,
    pub(super) frames: Vec<Frame>,
    /// The pieces of the text that was finished last, until someone names the text.
    pub(super) finished: Vec<Piece>,
}

/// A call whose arguments are being evaluated.
pub(super) struct Call {
    pub(super) start: usize,
    /// Where the items of each argument end.
    pub(super) ends: Vec<usize>,
}

/// The execution of a template into a text of its own.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) pieces: Vec<Piece>,
    /// What each variable was made of.
    pub(super) variables: Vec<Rc<[Item]>>,
    /// What the dots were made of, innermost last.
    pub(super) dots: Vec<Rc<[Item]>>,
    pub(super) blocks: Vec<Block>,
    pub(super) condition: Option<usize>,
    pub(super) caller: Option<usize>,
}

/// A block that is being executed.
pub(super) struct Block {
    /// The condition around it.
    pub(super) outer: Option<usize>,
    /// What its pipeline was made of.
    pub(super) items: Rc<[Item]>,
    /// What a range goes over.
    pub(super) over: Option<Value>,
}

impl State {
    pub(super) fn new(values: &yaml::Map) -> Self {
        Self {
            trace: Trace::default(),
            values: values.clone(),
            sources: HashMap::new(),
            paths: HashMap::new(),
            identities: Identities::default(),
            items: Vec::new(),
            pipelines: Vec::new(),
            calls: Vec::new(),
            frames: Vec::new(),
            finished: Vec::new(),
        }
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        self.frames.last_mut().expect("one was just added")
    }

    /// Notes a part of the values and all parts in it.
    pub(super) fn note_parts(&mut self, value: &Value, path: &Path) {
        let items: Rc<[Item]> = [self.read(path.clone())].into();
        self.identities.note(value, &items, true);
        match value {
            Value::Map(map) => {
                for (key, value) in map.snapshot() {
                    self.note_parts(&value, &path.then(PathStep::Key(key.to_string())));
                }
            }
            Value::List(list) => {
                for (index, value) in list.items.iter().enumerate() {
                    self.note_parts(value, &path.then(PathStep::Index(index)));
                }
            }
            _ => {}
        }
    }

    pub(super) fn read(&mut self, path: Path) -> Item {
        if let Some(number) = self.paths.get(&path) {
            return Item::Read(*number);
        }
        let number = self.trace.paths.len();
        self.trace.paths.push(path.clone());
        self.paths.insert(path, number);
        Item::Read(number)
    }

    pub(super) fn source(&mut self, spot: Spot<'_>) -> usize {
        if let Some((number, _)) = self.sources.get(&spot.text.as_ptr()) {
            return *number;
        }
        let number = self.trace.sources.len();
        self.trace.sources.push(Source::new(spot.file, spot.text));
        self.sources.insert(spot.text.as_ptr(), (number, spot.text.clone()));
        number
    }

    pub(super) fn step(&mut self, spot: Spot<'_>, items: Vec<Item>, is_literal: bool) -> usize {
        let source = self.source(spot);
        let (reads, texts) = parted(&items);
        let frame = self.frame();
        let (condition, caller) = (frame.condition, frame.caller);
        let template = spot.template.to_owned();
        let at = spot.at;
        let is_line = false;
        let step =
            Step { source, template, at, is_literal, is_line, reads, texts, condition, caller };
        self.trace.steps.push(step);
        self.trace.steps.len() - 1
    }

    pub(super) fn add_piece(
        &mut self,
        range: Range<usize>,
        step: usize,
        inner: Option<(usize, usize)>,
    ) {
        if !range.is_empty() {
            self.frame().pieces.push(Piece { range, step, inner });
        }
    }

    /// Adds the pieces of a printed text: lines of the texts that it was made from, and the rest.
    pub(super) fn add_printed(&mut self, step: usize, start: usize, text: &str) {
        let numbers = self.trace.steps[step].texts.clone();
        let texts: Vec<&str> =
            numbers.iter().map(|number| self.trace.texts[*number].text.as_str()).collect();
        let carried = match texts.iter().position(|known| *known == text) {
            Some(index) => vec![(0..text.len(), numbers[index], 0)],
            None => {
                let carried = carry(text, &texts).into_iter();
                carried.map(|line| (line.range, numbers[line.text], line.at)).collect()
            }
        };
        let mut done = 0;
        for (range, number, at) in carried {
            self.add_piece(start + done..start + range.start, step, None);
            self.add_piece(start + range.start..start + range.end, step, Some((number, at)));
            done = range.end;
        }
        self.add_piece(start + done..start + text.len(), step, None);
    }

    /// Keeps the text that ended last, without the words that are removed from it.
    pub(super) fn keep_text(&mut self, written: &str, removed: &str) -> usize {
        let mut pieces = std::mem::take(&mut self.finished);
        let mut text = written.to_owned();
        if written.contains(removed) {
            let gaps: Vec<usize> = written.match_indices(removed).map(|(at, _)| at).collect();
            let moved = |at: usize| {
                let before = gaps.partition_point(|gap| *gap < at);
                let inside = before
                    .checked_sub(1)
                    .map_or(0, |last| (gaps[last] + removed.len()).saturating_sub(at));
                at - (before * removed.len() - inside)
            };
            for piece in &mut pieces {
                piece.range = moved(piece.range.start)..moved(piece.range.end);
            }
            pieces.retain(|piece| !piece.range.is_empty());
            text = written.replace(removed, "");
        }
        self.trace.texts.push(Traced { text, pieces });
        self.trace.texts.len() - 1
    }

    pub(super) fn set_variable(&mut self, variable: usize, items: Rc<[Item]>) {
        let variables = &mut self.frame().variables;
        if variables.len() <= variable {
            variables.resize_with(variable + 1, || Rc::from([]));
        }
        variables[variable] = items;
    }

    pub(super) fn condition_items(&mut self) -> Rc<[Item]> {
        let Some(condition) = self.frame().condition else { return Rc::from([]) };
        let condition = &self.trace.conditions[condition];
        let reads = condition.reads.iter().map(|read| Item::Read(*read));
        reads.chain(condition.texts.iter().map(|text| Item::Text(*text))).collect()
    }

    pub(super) fn block_items(&mut self) -> Rc<[Item]> {
        let items = self.frame().blocks.last().map(|block| block.items.clone());
        items.unwrap_or_else(|| Rc::from([]))
    }

    pub(super) fn dot(&mut self) -> Rc<[Item]> {
        self.frame().dots.last().cloned().unwrap_or_else(|| Rc::from([]))
    }

    pub(super) fn holder_items(&mut self, variable: Option<usize>) -> Rc<[Item]> {
        match variable {
            Some(variable) => {
                let items = self.frame().variables.get(variable).cloned();
                items.unwrap_or_else(|| Rc::from([]))
            }
            None => self.dot(),
        }
    }

    /// Adds items to those of the work under way; the roots themselves are none.
    pub(super) fn add_items(&mut self, items: &[Item]) {
        for item in items {
            if let Item::Read(number) = item {
                let path = &self.trace.paths[*number];
                if path.is_empty() {
                    continue;
                }
                self.trace.read.insert(path.clone());
            }
            // Each argument has its own items.
            let argument = self.calls.last().map(|call| *call.ends.last().unwrap_or(&call.start));
            let mark = self.pipelines.last().copied().max(argument).unwrap_or_default();
            if !self.items[mark.min(self.items.len())..].contains(item) {
                self.items.push(*item);
            }
        }
    }

    /// Returns what a value was made of: by its identity, or else the items of the way to it.
    pub(super) fn items_of(&self, value: &Value, way: &Rc<[Item]>) -> Rc<[Item]> {
        self.identities.get(value).map_or_else(|| way.clone(), |known| known.items.clone())
    }

    pub(super) fn read_fields(
        &mut self,
        holder: &Value,
        items: Rc<[Item]>,
        fields: &[Rc<str>],
        is_read: bool,
    ) {
        if is_read {
            let keys = fields.iter().map(|field| Value::from(&**field));
            let items = self.walk(holder, items, keys);
            self.add_items(&items);
        } else {
            self.fail_in(holder, items, fields);
        }
    }

    /// Follows keys from `holder`, which was made of `items`.
    pub(super) fn walk(
        &mut self,
        holder: &Value,
        items: Rc<[Item]>,
        keys: impl Iterator<Item = Value>,
    ) -> Rc<[Item]> {
        let mut holder = holder.clone();
        let mut items = self.items_of(&holder, &items);
        for key in keys {
            let next = element(&holder, &key);
            items = self.step_into(&holder, &items, &key, &next);
            holder = next;
        }
        items
    }

    /// Returns what the element `key` of `holder` was made of.
    pub(super) fn step_into(
        &mut self,
        holder: &Value,
        items: &Rc<[Item]>,
        key: &Value,
        element: &Value,
    ) -> Rc<[Item]> {
        let items = self.items_of(holder, items);
        let step = path_step(key);
        if let Some(PathStep::Key(key)) = &step
            && let Some(set) = self.identities.entry(holder, key)
        {
            return set.clone();
        }
        if let Some(known) = self.identities.get(element) {
            return known.items.clone();
        }
        let is_part = self.identities.get(holder).is_some_and(|known| known.is_part);
        let found: Rc<[Item]> = match step {
            Some(step) if is_part => self.part(&items, &step),
            Some(step) => self.entries(&items, &step),
            None => items,
        };
        self.identities.note(element, &found, is_part);
        found
    }

    /// Returns the element of a part of the values, which need not be there.
    pub(super) fn part(&mut self, items: &[Item], step: &PathStep) -> Rc<[Item]> {
        let [Item::Read(number)] = items else { return items.into() };
        let path = self.trace.paths[*number].then(step.clone());
        [self.read(path)].into()
    }

    /// Returns the elements that the items have; the items themselves where none has it.
    pub(super) fn entries(&mut self, items: &Rc<[Item]>, step: &PathStep) -> Rc<[Item]> {
        let mut found = Vec::new();
        for item in items.iter() {
            let Item::Read(number) = item else { continue };
            let path = self.trace.paths[*number].then(step.clone());
            if values_path(&path).is_some_and(|path| path.find(&self.values).is_some()) {
                found.push(self.read(path));
            }
        }
        if found.is_empty() { items.clone() } else { found.into() }
    }

    /// Says whether the values have an entry below the part that is the one item.
    pub(super) fn has(&self, items: &[Item], key: &str) -> bool {
        let [Item::Read(number)] = items else { return false };
        let path = self.trace.paths[*number].then(PathStep::Key(key.to_owned()));
        values_path(&path).is_some_and(|path| path.find(&self.values).is_some())
    }

    /// Notes that all that is in a value was used.
    pub(super) fn consume(&mut self, value: &Value) {
        if !matches!(value, Value::Map(_) | Value::List(_)) {
            return;
        }
        let Some(known) = self.identities.get(value) else { return };
        for item in known.items.clone().iter() {
            if let Item::Read(number) = item {
                self.trace.consumed.insert(self.trace.paths[*number].clone());
            }
        }
    }

    /// Finds what has no fields on the way through fields that failed.
    pub(super) fn fail_in(&mut self, holder: &Value, items: Rc<[Item]>, fields: &[Rc<str>]) {
        let mut holder = holder.clone();
        let mut items = self.items_of(&holder, &items);
        for field in fields {
            if !matches!(holder, Value::Map(_) | Value::Object(_)) {
                break;
            }
            let key = Value::from(&**field);
            let next = element(&holder, &key);
            items = self.step_into(&holder, &items, &key, &next);
            holder = next;
        }
        if let [Item::Read(number)] = &*items
            && !matches!(holder, Value::Map(_) | Value::Object(_))
        {
            self.miss(self.trace.paths[*number].clone());
        }
    }

    pub(super) fn miss(&mut self, path: Path) {
        // The innermost failure comes first; what called it fails for the same reason.
        self.trace.missing.get_or_insert(path);
    }
}

/// Tells reads and texts apart.
pub(super) fn parted(items: &[Item]) -> (Vec<usize>, Vec<usize>) {
    let reads = items.iter().filter_map(|item| match item {
        Item::Read(number) => Some(*number),
        Item::Text(_) => None,
    });
    let texts = items.iter().filter_map(|item| match item {
        Item::Text(number) => Some(*number),
        Item::Read(_) => None,
    });
    (reads.collect(), texts.collect())
}

pub(super) fn element(holder: &Value, key: &Value) -> Value {
    match (holder, path_step(key)) {
        (Value::Map(map), Some(PathStep::Key(key))) => map.get(&key).unwrap_or_default(),
        (Value::Object(object), Some(PathStep::Key(key))) => object.field(&key).unwrap_or_default(),
        (Value::List(list), Some(PathStep::Index(index))) => {
            list.items.get(index).cloned().unwrap_or_default()
        }
        _ => Value::Nil,
    }
}

pub(super) fn path_step(key: &Value) -> Option<PathStep> {
    match key {
        Value::String(text) => Some(PathStep::Key(text.as_str().into_owned())),
        Value::Int(index) | Value::Int64(index) => {
            usize::try_from(*index).ok().map(PathStep::Index)
        }
        _ => None,
    }
}
