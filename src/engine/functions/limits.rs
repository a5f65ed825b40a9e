//! How large a result may grow, so that no template can exhaust memory with one call, and how much
//! work a call was, so that many calls cannot either.

use std::cell::Cell;

use super::Error;
use crate::engine::value::{MAX_DEPTH, TooDeep, Value};

/// The longest text that a function makes: far above the 1 MiB that a release record can hold.
pub(super) const MAX_TEXT: usize = 64 << 20;

/// The longest list that a function makes.
pub(super) const MAX_ITEMS: usize = 1_000_000;

/// How many values one walk may visit, each shared one as often as it is met.
const MAX_NODES: usize = 1_000_000;

/// How many values may be visited to find the same ones in a list.
const MAX_COMPARED: usize = 16_000_000;

/// How many bytes of work a value counts for that is visited.
const VISITED: usize = 32;

/// How many bytes of work an argument counts for, as does an item of a list that is made.
const MADE: usize = 32;

/// How many bytes of work an item of a list counts for that is handed to a function.
const READ: usize = 4;

/// How many bytes of work something counts for that is slow on purpose: a key, a hash of a password.
pub(super) const SLOW: usize = 2 << 20;

thread_local! {
    /// The work of the functions that have run on this thread, until [`work`] takes it.
    static SPENT: Cell<usize> = const { Cell::new(0) };
}

/// Notes work of the running function that neither its arguments nor its result show.
pub(in crate::engine) fn spend(bytes: usize) {
    SPENT.set(SPENT.get().saturating_add(bytes));
}

/// Returns how many bytes of work a call was that has just ended.
pub(in crate::engine) fn work<'a>(
    arguments: impl Iterator<Item = &'a Value>,
    result: &Value,
) -> usize {
    let read = |value: &Value| MADE + size(value, READ);
    let shown = arguments.map(read).sum::<usize>() + size(result, MADE);
    SPENT.take().saturating_add(shown)
}

/// Returns how much a value is without what is nested in it.
fn size(value: &Value, item: usize) -> usize {
    match value {
        Value::String(text) => text.as_bytes().len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items.len() * item,
        _ => 0,
    }
}

/// Checks the length of a text before it is made; `None` stands for a length beyond counting.
pub(super) fn check_text(length: Option<usize>) -> Result<(), Error> {
    match length {
        Some(length) if length <= MAX_TEXT => Ok(()),
        _ => Err(Error::from(format!("result is longer than {} MiB", MAX_TEXT >> 20))),
    }
}

/// Checks the length of a list before it is made.
pub(super) fn check_items(length: usize) -> Result<(), Error> {
    if length <= MAX_ITEMS {
        return Ok(());
    }
    Err(Error::from(format!("result has more than {MAX_ITEMS} items")))
}

/// A walk through a value with all that is in it, which a template can tie into a circle or share
/// so often that it never ends.
pub(super) struct Walk {
    nodes: usize,
    limit: usize,
}

impl Default for Walk {
    fn default() -> Self {
        Self { nodes: 0, limit: MAX_NODES }
    }
}

impl Walk {
    /// Starts one walk through all the values that are compared with each other.
    pub(super) fn of_many() -> Self {
        Self { nodes: 0, limit: MAX_COMPARED }
    }

    /// Counts one more value, at some depth.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), Error> {
        self.nodes += 1;
        if depth >= MAX_DEPTH {
            return Err(Error::from(TooDeep));
        }
        if self.nodes > self.limit {
            return Err(Error::from(format!("value has more than {} parts", self.limit)));
        }
        Ok(())
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        spend(self.nodes * VISITED);
    }
}

/// Checks how deep a value nests.
pub(super) fn check_depth(depth: usize) -> Result<(), Error> {
    if depth < MAX_DEPTH { Ok(()) } else { Err(Error::from(TooDeep)) }
}
