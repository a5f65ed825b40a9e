//! What schemas say of lists, and what is left over in lists and mappings.

use std::cmp::Ordering;

use super::{Check, Outcome, Place};
use crate::chart::schema::draft::Draft;
use crate::chart::schema::failure::Kind;
use crate::chart::schema::node::{Additional, NodeId};
use crate::chart::schema::number::duplicates;
use crate::yaml::Value;

impl<'v> Check<'_, 'v> {
    pub(super) fn check_array(&mut self, items: &'v [Value]) {
        let node = self.node;
        let got = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(want) = node.min_items {
            self.check_count("minItems", got, want, Ordering::Less);
        }
        if let Some(want) = node.max_items {
            self.check_count("maxItems", got, want, Ordering::Greater);
        }
        if node.unique_items
            && let Some((first, second)) = duplicates(items)
        {
            self.fail(Kind::UniqueItems(first, second));
        }
        for (index, (&schema, item)) in node.first_items.iter().zip(items).enumerate() {
            self.check_item(schema, index, item);
        }
        let known = node.first_items.len().min(items.len());
        match node.other_items {
            Some(Additional::Refused) if known < items.len() => {
                self.fail(Kind::AdditionalItems(items.len() - known));
            }
            Some(Additional::Schema(schema)) => {
                for (index, item) in items.iter().enumerate().skip(known) {
                    self.check_item(schema, index, item);
                }
            }
            _ => {}
        }
        if let Some(schema) = node.contains {
            self.check_contains(schema, items);
        }
    }

    fn check_item(&mut self, schema: NodeId, index: usize, item: &Value) {
        let result = self.apply_item(schema, index, item);
        self.add(result);
    }

    fn apply_item(&self, schema: NodeId, index: usize, item: &Value) -> Outcome {
        self.apply_below(schema, item, Place::Index(index, self.place))
    }

    fn check_contains(&mut self, schema: NodeId, items: &[Value]) {
        let node = self.node;
        let mut causes = Vec::new();
        let mut got = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.apply_item(schema, index, item) {
                Err(failure) => causes.push(*failure),
                Ok(()) => {
                    got.push(index);
                    if node.draft >= Draft::Draft2020 {
                        self.left.items.remove(&index);
                    }
                }
            }
        }
        let count = i64::try_from(got.len()).unwrap_or(i64::MAX);
        match node.min_contains {
            Some(want) if count < want => {
                self.fail_with(Kind::MinContains { got: got.clone(), want }, causes);
            }
            None if got.is_empty() => self.fail_with(Kind::Contains, causes),
            _ => {}
        }
        if let Some(want) = node.max_contains.filter(|want| count > *want) {
            self.fail(Kind::MaxContains { got, want });
        }
    }

    /// Checks what no other schema has said anything about.
    pub(super) fn check_unevaluated(&mut self) {
        let node = self.node;
        if let (Value::Map(map), Some(schema)) = (self.value, node.unevaluated_properties) {
            for name in std::mem::take(&mut self.left.properties) {
                if let Some(value) = map.get(name) {
                    self.check_property(schema, name, value);
                }
            }
        }
        if let (Value::List(items), Some(schema)) = (self.value, node.unevaluated_items) {
            for index in std::mem::take(&mut self.left.items) {
                if let Some(item) = items.get(index) {
                    self.check_item(schema, index, item);
                }
            }
        }
    }
}
