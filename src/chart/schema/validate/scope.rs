//! Where a check is: the place of the value, and the schemas that led to this one.

use super::{Check, NodeId, Outcome};
use crate::chart::schema::document::escape;
use crate::chart::schema::failure::Kind;
use crate::chart::schema::node::Nodes;

/// The place of a value, from the inside out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    Key(&'p str, &'p Self),
    Index(usize, &'p Self),
}

impl Place<'_> {
    /// Writes it as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let mut parts = Vec::new();
        let mut place = self;
        loop {
            let (part, above) = match place {
                Place::Root => break,
                Place::Key(key, above) => (escape(key), above),
                Place::Index(index, above) => (index.to_string(), above),
            };
            parts.push(part);
            place = above;
        }
        parts.iter().rev().map(|part| format!("/{part}")).collect()
    }
}

/// A schema that is being applied, and those that led to it.
#[derive(Debug)]
pub(super) struct Scope<'s> {
    node: NodeId,
    /// The reference by which it was reached.
    keyword: Option<&'static str>,
    /// Which value it is applied to: the same number, the same value.
    value: usize,
    pub(super) depth: usize,
    above: Option<&'s Self>,
}

impl<'s> Scope<'s> {
    pub(super) fn outermost(node: NodeId) -> Self {
        Self { node, keyword: None, value: 0, depth: 0, above: None }
    }

    /// Returns the scope of another schema for the same value.
    pub(super) fn same_value(&'s self, node: NodeId, keyword: Option<&'static str>) -> Self {
        Self { node, keyword, value: self.value, depth: self.depth + 1, above: Some(self) }
    }

    /// Returns the scope of a schema for a part of the value.
    pub(super) fn part(&'s self, node: NodeId) -> Self {
        let value = self.value + 1;
        Self { node, keyword: None, value, depth: self.depth + 1, above: Some(self) }
    }

    /// Lists the scopes from this one outwards.
    fn outwards(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |scope| scope.above)
    }

    /// Returns the scope in which the same schema is already applied to the same value.
    fn cycle(&self) -> Option<&Self> {
        let others = self.outwards().skip(1).take_while(|scope| scope.value == self.value);
        let mut same = others.filter(|scope| scope.node == self.node);
        same.next()
    }

    /// Returns the keywords that led here.
    fn keywords(&self, nodes: &Nodes<'_>) -> String {
        let location = |node: NodeId| nodes.nodes[node].location.as_str();
        let mut parts = Vec::new();
        for scope in self.outwards() {
            let Some(above) = scope.above else { break };
            parts.push(match scope.keyword {
                Some(keyword) => format!("/{keyword}"),
                None => {
                    let own = location(scope.node);
                    own.strip_prefix(location(above.node)).unwrap_or(own).to_owned()
                }
            });
        }
        parts.reverse();
        parts.concat()
    }
}

impl Check<'_, '_> {
    pub(super) fn check_cycle(&self) -> Outcome {
        let Some(before) = self.scope.cycle() else { return Ok(()) };
        let nodes = self.validator.nodes;
        let (first, second) = (self.scope.keywords(nodes), before.keywords(nodes));
        Err(self.failure(Kind::Cycle { first, second, url: self.node.location.clone() }))
    }

    /// Applies what a `$ref` leads to.
    pub(super) fn follow(&mut self, node: NodeId) -> Outcome {
        self.follow_as(node, "$ref")
    }

    fn follow_as(&mut self, node: NodeId, keyword: &'static str) -> Outcome {
        let result = self.apply_as(node, false, Some(keyword));
        result.map_err(|failure| {
            let mut reference = self.failure(Kind::Reference);
            reference.causes = failure.ungrouped();
            reference
        })
    }

    /// Applies what references lead to that depend on the schemas that led here.
    pub(super) fn follow_dynamic(&mut self) {
        let nodes = &self.validator.nodes.nodes;
        if let Some(mut target) = self.node.recursive_reference {
            if nodes[target].recursive_anchor {
                let is_open =
                    |scope: &&Scope<'_>| nodes[nodes[scope.node].resource].recursive_anchor;
                target = self.scope.outwards().filter(is_open).last().map_or(target, |s| s.node);
            }
            let result = self.follow_as(target, "$recursiveRef");
            self.add(result);
        }
        if let Some((target, anchor)) = &self.node.dynamic_reference {
            let named =
                anchor.as_deref().filter(|name| nodes[*target].dynamic_anchor == Some(name));
            let target = named.and_then(|name| {
                let found = |scope: &Scope<'_>| {
                    nodes[nodes[scope.node].resource].dynamic_anchors.get(name).copied()
                };
                self.scope.outwards().filter_map(found).last()
            });
            let target = target.unwrap_or(self.node.dynamic_reference.as_ref().map_or(0, |t| t.0));
            let result = self.follow_as(target, "$dynamicRef");
            self.add(result);
        }
    }
}
