//! Tables that several owners share, as Go's maps are shared.
//!
//! Helm lays values over each other in place, and which tables it shares on the way shows in its
//! results: a subchart's nested globals, for example, reach its parent. The same tables are shared
//! here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::yaml::{Map, Value};

/// How deep the tables of one chart tree may nest after an import; YAML texts have the same limit.
pub(crate) const MAX_DEPTH: usize = 500;

/// How many tables one chart tree may have after an import; the largest charts have some ten
/// thousand.
const MAX_TABLES: usize = 1_000_000;

/// What a table holds under a key.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A nested table, shared by all clones of this node.
    Table(Table),
    /// Anything else, lists and null included.
    Leaf(Rc<Value>),
}

impl Node {
    /// Makes the node of a value; its tables are shared with nobody.
    pub(crate) fn new(value: &Value) -> Self {
        match value {
            Value::Map(map) => Self::Table(Table::from_map(map)),
            other => Self::Leaf(Rc::new(other.clone())),
        }
    }

    /// Makes a null.
    pub(crate) fn null() -> Self {
        Self::Leaf(Rc::new(Value::Null))
    }

    /// Says whether this is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(value) if value.is_null())
    }

    /// Removes nulls from a table and all tables in it.
    pub(crate) fn remove_nulls(&self) {
        if let Self::Table(table) = self {
            table.remove_nulls();
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Table(table) => Value::Map(table.to_map()),
            Self::Leaf(value) => Value::clone(value),
        }
    }
}

/// A mapping; clones are the same table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

impl Table {
    // Loops instead of iterators where tables nest: their frames are a fraction, and the stack must
    // carry the deepest values.

    /// Copies plain data into tables of its own.
    pub(crate) fn from_map(map: &Map) -> Self {
        let table = Self::default();
        for (key, value) in map {
            table.insert(key, Node::new(value));
        }
        table
    }

    /// Copies the table and all it holds into plain data.
    pub(crate) fn to_map(&self) -> Map {
        let mut map = Map::new();
        for (key, node) in self.0.borrow().iter() {
            map.insert(key.clone(), node.to_value());
        }
        map
    }

    /// Copies the table and all tables in it.
    pub(crate) fn deep_copy(&self) -> Self {
        let copy = Self::default();
        for (key, node) in self.0.borrow().iter() {
            let node = match node {
                Node::Table(table) => Node::Table(table.deep_copy()),
                leaf @ Node::Leaf(_) => leaf.clone(),
            };
            copy.insert(key, node);
        }
        copy
    }

    /// Copies the table but shares the tables in it.
    pub(crate) fn shallow_copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Says whether both are one table.
    pub(crate) fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the entry `key`.
    pub(crate) fn get(&self, key: &str) -> Option<Node> {
        self.0.borrow().get(key).cloned()
    }

    /// Sets the entry `key`.
    pub(crate) fn insert(&self, key: impl Into<String>, node: Node) {
        self.0.borrow_mut().insert(key.into(), node);
    }

    /// Removes the entry `key`.
    pub(crate) fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    /// Returns the entries as they are now.
    pub(crate) fn entries(&self) -> Vec<(String, Node)> {
        self.0.borrow().iter().map(|(key, node)| (key.clone(), node.clone())).collect()
    }

    /// Returns the keys of nulls as they are now.
    pub(crate) fn nulls(&self) -> Vec<String> {
        let table = self.0.borrow();
        table.iter().filter(|(_, node)| node.is_null()).map(|(key, _)| key.clone()).collect()
    }

    /// Says whether there are no entries.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Removes nulls, here and in all tables below.
    pub(crate) fn remove_nulls(&self) {
        self.0.borrow_mut().retain(|_, node| !node.is_null());
        for node in self.0.borrow().values() {
            node.remove_nulls();
        }
    }

    /// Says whether the tables, counted along every path to them, are few and flat enough to copy.
    ///
    /// A table that was merged into itself has no end, and one shared by many others has too many
    /// copies.
    pub(crate) fn is_copyable(&self) -> bool {
        fn walk(table: &Table, depth: usize, left: &mut usize) -> bool {
            *left = left.saturating_sub(1);
            if depth == 0 || *left == 0 {
                return false;
            }
            for node in table.0.borrow().values() {
                if let Node::Table(below) = node
                    && !walk(below, depth - 1, left)
                {
                    return false;
                }
            }
            true
        }
        walk(self, MAX_DEPTH, &mut MAX_TABLES.clone())
    }
}
