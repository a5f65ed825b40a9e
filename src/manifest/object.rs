//! One Kubernetes object of a manifest, and what tells it from every other.

use std::fmt;

use crate::yaml::{Map, Value};

/// What names an object in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Group and version, such as `apps/v1`, or the version alone for the core group.
    pub api_version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace that the object itself states.
    pub namespace: Option<String>,
    /// The name; empty where the API server is to make one up from `generateName`.
    pub name: String,
}

impl ObjectRef {
    /// Returns the API group, which is empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns the version within the API group.
    pub fn version(&self) -> &str {
        self.api_version.split_once('/').map_or(&self.api_version, |(_, version)| version)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// One Kubernetes object of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The template that the object was rendered from.
    pub source: String,
    /// The number of the line in that file, or in the stored manifest, where its document starts.
    pub line: usize,
    /// The object as rendered; an item of a list as the list's item alone would be written.
    pub text: String,
    /// The object as data; always a mapping.
    pub value: Value,
    /// What names the object.
    pub reference: ObjectRef,
}

/// The annotation by which an object asks to outlive its release.
const POLICY_ANNOTATION: &str = "helm.sh/resource-policy";

impl Object {
    /// Returns the annotations, if there are any.
    pub fn annotations(&self) -> Option<&Map> {
        self.value.at(&["metadata", "annotations"])?.as_map()
    }

    /// Returns the text of one annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations()?.get(key)?.as_str()
    }

    /// Returns the labels, if there are any.
    pub fn labels(&self) -> Option<&Map> {
        self.value.at(&["metadata", "labels"])?.as_map()
    }

    /// Says whether the object asks to be kept when its release no longer has it.
    pub fn is_kept(&self) -> bool {
        self.policy().is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
    }

    /// Returns what the object asks to happen to it when its release no longer has it.
    pub fn policy(&self) -> Option<&str> {
        self.annotation(POLICY_ANNOTATION)
    }
}
