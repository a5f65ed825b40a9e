//! A chart tree as Helm has it while it decides on dependencies.
//!
//! Helm copies a chart for each dependency that asks for it, but what lies deeper stays shared
//! between the copies, and still knows the chart under its old name as its parent. That shows in the
//! paths of templates, and in which of them are rendered at all.

use std::rc::Rc;

use crate::chart::coalesce::Layered;
use crate::chart::metadata::{Dependency, Metadata};
use crate::chart::{Chart, Error};
use crate::yaml::Map;

/// More copies than any real chart asks for; aliases of charts with aliases double them.
const MAX_COPIES: usize = 10_000;

/// The place of a chart in its [`Graph`].
pub(super) type Id = usize;

/// Charts that may be part of several others.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    metadata: Vec<SharedMetadata>,
}

#[derive(Clone)]
struct Node {
    /// The files of the chart, without what the other fields have.
    files: Rc<Chart>,
    values: Rc<Map>,
    metadata: usize,
    children: Vec<Id>,
    parent: Option<Id>,
}

#[derive(Clone)]
struct SharedMetadata {
    metadata: Metadata,
    has_list: bool,
    has_imported: bool,
}

impl Graph {
    /// Makes a graph of a tree, and returns the place of its root.
    pub(super) fn new(chart: Chart) -> (Self, Id) {
        let mut graph = Self::default();
        let root = graph.add(chart, None);
        (graph, root)
    }

    fn add(&mut self, mut chart: Chart, parent: Option<Id>) -> Id {
        let metadata = std::mem::take(&mut chart.metadata);
        let has_list = chart.lists_nothing || !metadata.dependencies.is_empty();
        self.metadata.push(SharedMetadata { metadata, has_list, has_imported: false });
        let values = Rc::new(std::mem::take(&mut chart.values));
        let subcharts = std::mem::take(&mut chart.dependencies);
        let (id, metadata) = (self.nodes.len(), self.metadata.len() - 1);
        let files = Rc::new(chart);
        self.nodes.push(Node { files, values, metadata, children: Vec::new(), parent });
        let children = subcharts.into_iter().map(|chart| self.add(chart, Some(id))).collect();
        self.nodes[id].children = children;
        id
    }

    /// Makes a tree of a chart and all that is below; what is shared comes several times.
    pub(super) fn tree(&self, id: Id) -> Result<Chart, Error> {
        self.subtree(id, &mut 0)
    }

    fn subtree(&self, id: Id, charts: &mut usize) -> Result<Chart, Error> {
        *charts += 1;
        check_count(*charts)?;
        let node = &self.nodes[id];
        let SharedMetadata { metadata, has_list, .. } = &self.metadata[node.metadata];
        let children = node.children.iter();
        Ok(Chart {
            metadata: metadata.clone(),
            values: (*node.values).clone(),
            dependencies: children
                .map(|child| self.subtree(*child, charts))
                .collect::<Result<_, _>>()?,
            parent_path: node.parent.map(|parent| self.full_path(parent)),
            lists_nothing: *has_list && metadata.dependencies.is_empty(),
            ..(*node.files).clone()
        })
    }

    fn full_path(&self, id: Id) -> String {
        let name = &self.metadata(id).name;
        match self.nodes[id].parent {
            Some(parent) => format!("{}/charts/{name}", self.full_path(parent)),
            None => name.clone(),
        }
    }

    /// Copies a chart under an alias, if it is not empty, and the charts right below, but what these
    /// are made of stays shared.
    pub(super) fn copy(&mut self, id: Id, alias: &str) -> Result<Id, Error> {
        let mut node = self.nodes[id].clone();
        let mut shared = self.metadata[node.metadata].clone();
        if !alias.is_empty() {
            alias.clone_into(&mut shared.metadata.name);
        }
        self.metadata.push(shared);
        node.metadata = self.metadata.len() - 1;
        let children: Vec<_> =
            node.children.iter().map(|child| self.nodes[*child].clone()).collect();
        let copy = self.nodes.len();
        check_count(copy + children.len())?;
        self.nodes.push(node);
        let first = self.nodes.len();
        self.nodes.extend(children);
        self.set_children(copy, (first..self.nodes.len()).collect());
        Ok(copy)
    }

    /// Puts charts below another one, in place of those that were there.
    pub(super) fn set_children(&mut self, id: Id, children: Vec<Id>) {
        for child in &children {
            self.nodes[*child].parent = Some(id);
        }
        self.nodes[id].children = children;
    }

    /// Returns the charts right below another one.
    pub(super) fn children(&self, id: Id) -> &[Id] {
        &self.nodes[id].children
    }

    /// Returns what `Chart.yaml` says, and what was decided since.
    pub(super) fn metadata(&self, id: Id) -> &Metadata {
        &self.metadata[self.nodes[id].metadata].metadata
    }

    /// Returns what a chart asks for, or nothing if it has no list of that.
    pub(super) fn listed(&self, id: Id) -> Option<&[Dependency]> {
        let shared = &self.metadata[self.nodes[id].metadata];
        shared.has_list.then_some(&shared.metadata.dependencies)
    }

    /// Replaces what a chart asks for; an empty list is none.
    pub(super) fn set_listed(&mut self, id: Id, listed: Vec<Dependency>) {
        let shared = &mut self.metadata[self.nodes[id].metadata];
        shared.has_list = !listed.is_empty();
        shared.metadata.dependencies = listed;
    }

    /// Says whether the metadata of a chart, perhaps as that of another one, is here the first time.
    pub(super) fn imports_first(&mut self, id: Id) -> bool {
        let shared = &mut self.metadata[self.nodes[id].metadata];
        !std::mem::replace(&mut shared.has_imported, true)
    }

    /// Replaces the defaults of a chart.
    pub(super) fn set_values(&mut self, id: Id, values: Map) {
        self.nodes[id].values = Rc::new(values);
    }

    /// Returns a chart with all that is below.
    pub(super) fn branch(&self, id: Id) -> Branch<'_> {
        Branch { graph: self, id }
    }
}

fn check_count(charts: usize) -> Result<(), Error> {
    if charts > MAX_COPIES { Err(Error::TooMany { limit: MAX_COPIES }) } else { Ok(()) }
}

/// A chart of a [`Graph`] with all that is below.
#[derive(Clone, Copy)]
pub(super) struct Branch<'a> {
    graph: &'a Graph,
    id: Id,
}

impl<'a> Layered<'a> for Branch<'a> {
    fn name(self) -> &'a str {
        &self.graph.metadata(self.id).name
    }

    fn values(self) -> &'a Map {
        &self.graph.nodes[self.id].values
    }

    fn subcharts(self) -> impl Iterator<Item = Self> {
        self.graph.children(self.id).iter().map(move |id| self.graph.branch(*id))
    }
}
