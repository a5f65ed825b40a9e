//! What is known of run-time values by their identity: the path of a map, the text of an `include`.
//!
//! Maps, lists and strings are shared and never copied on the way through variables, arguments and
//! dicts, so their address tells where they came from. Each is kept, so that no address is used twice.

use std::collections::HashMap;
use std::rc::Rc;

use super::state::Item;
use crate::engine::value::Value;

/// What values were made of, by their identity.
#[derive(Default)]
pub(super) struct Identities {
    known: HashMap<usize, Known>,
    /// The entries of maps that templates set, by the map and the key.
    entries: HashMap<(usize, Rc<str>), Rc<[Item]>>,
}

/// What one value was made of.
pub(super) struct Known {
    pub(super) items: Rc<[Item]>,
    /// Whether it is the very part of the values that its one item names.
    pub(super) is_part: bool,
    _kept: Value,
}

impl Identities {
    /// Notes what a value was made of, unless that is known.
    pub(super) fn note(&mut self, value: &Value, items: &Rc<[Item]>, is_part: bool) {
        if let Some(identity) = value.identity() {
            let known = || Known { items: items.clone(), is_part, _kept: value.clone() };
            self.known.entry(identity).or_insert_with(known);
        }
    }

    /// Notes what a value is made of now.
    pub(super) fn renote(&mut self, value: &Value, items: &Rc<[Item]>) {
        if let Some(identity) = value.identity() {
            let known = Known { items: items.clone(), is_part: false, _kept: value.clone() };
            self.known.insert(identity, known);
        }
    }

    /// Returns what a value was made of.
    pub(super) fn get(&self, value: &Value) -> Option<&Known> {
        self.known.get(&value.identity()?)
    }

    /// Notes what a template put into a map.
    pub(super) fn note_entry(&mut self, map: &Value, key: &str, items: Rc<[Item]>) {
        if let Some(identity) = map.identity() {
            self.entries.insert((identity, key.into()), items);
        }
    }

    /// Returns what a template put into a map.
    pub(super) fn entry(&self, map: &Value, key: &str) -> Option<&Rc<[Item]>> {
        self.entries.get(&(map.identity()?, Rc::from(key)))
    }
}
