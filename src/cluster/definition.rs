//! Kinds that a release brings itself: its CustomResourceDefinitions, before the cluster knows them.

use crate::manifest::{Object, ObjectRef};
use crate::yaml::Value;

/// A kind that a CustomResourceDefinition defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    group: String,
    kind: String,
    versions: Vec<String>,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
}

impl Definition {
    /// Reads a CustomResourceDefinition; `None` if the object is another thing or incomplete.
    pub fn of(object: &Object) -> Option<Self> {
        if object.reference.kind != "CustomResourceDefinition" {
            return None;
        }
        let text = |path: &[&str]| Some(object.value.at(path)?.as_str()?.to_owned());
        let served = |version: &Value| {
            let served = version.at(&["served"]) != Some(&Value::Bool(false));
            let name = version.at(&["name"])?.as_str()?.to_owned();
            served.then_some(name)
        };
        let versions = match object.value.at(&["spec", "versions"]) {
            Some(Value::List(versions)) => versions.iter().filter_map(served).collect(),
            _ => vec![text(&["spec", "version"])?],
        };
        Some(Self {
            group: text(&["spec", "group"])?,
            kind: text(&["spec", "names", "kind"])?,
            versions,
            namespaced: text(&["spec", "scope"])? == "Namespaced",
        })
    }

    /// Says whether an object is of this kind, in a version that is served.
    pub(super) fn defines(&self, object: &ObjectRef) -> bool {
        self.group == object.group()
            && self.kind == object.kind
            && self.versions.iter().any(|version| version == object.version())
    }
}
