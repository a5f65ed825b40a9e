//! How large a result may grow, so that no template can exhaust memory with one call.

use super::Error;
use crate::engine::value::{MAX_DEPTH, TooDeep};

/// The longest text that a function makes: far above the 1 MiB that a release record can hold.
pub(super) const MAX_TEXT: usize = 64 << 20;

/// The longest list that a function makes.
pub(super) const MAX_ITEMS: usize = 1_000_000;

/// How many values one walk may visit, each shared one as often as it is met.
const MAX_NODES: usize = 1_000_000;

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
#[derive(Default)]
pub(super) struct Walk {
    nodes: usize,
}

impl Walk {
    /// Counts one more value, at some depth.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), Error> {
        self.nodes += 1;
        if depth >= MAX_DEPTH {
            return Err(Error::from(TooDeep));
        }
        if self.nodes > MAX_NODES {
            return Err(Error::from(format!("value has more than {MAX_NODES} parts")));
        }
        Ok(())
    }
}

/// Checks how deep a value nests.
pub(super) fn check_depth(depth: usize) -> Result<(), Error> {
    if depth < MAX_DEPTH { Ok(()) } else { Err(Error::from(TooDeep)) }
}
