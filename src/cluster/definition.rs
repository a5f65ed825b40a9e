//! Kinds that a release brings itself: its CustomResourceDefinitions, before the cluster knows them.

use super::Json;
use super::crds::misfits;
use crate::manifest::{Object, ObjectRef};
use crate::yaml::Value;

/// A kind that a CustomResourceDefinition defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    group: String,
    kind: String,
    versions: Vec<String>,
    /// The definition as it is written.
    text: Json,
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
            text: Json::from(object.value.clone()),
            namespaced: text(&["spec", "scope"])? == "Namespaced",
        })
    }

    /// Returns the name of the definition itself.
    pub(super) fn name(&self) -> &str {
        self.text.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default()
    }

    /// Lists what a chart may ask for once the kind is there: each version, and the kind in it.
    pub fn api_versions(&self) -> impl Iterator<Item = String> {
        self.versions.iter().flat_map(|version| {
            let api_version = format!("{}/{version}", self.group);
            [format!("{api_version}/{}", self.kind), api_version]
        })
    }

    /// Says what of an object does not fit the schema of its version.
    pub(super) fn misfits(&self, object: &Json, strict: bool) -> Vec<String> {
        let api_version = object.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
        let version = api_version.rsplit_once('/').map_or(api_version, |(_, version)| version);
        let schema = super::crds::schema(&self.text, version);
        schema.map(|schema| misfits(schema, object, strict)).unwrap_or_default()
    }

    /// Says whether an object is of this kind, in a version that is served.
    pub(super) fn defines(&self, object: &ObjectRef) -> bool {
        self.group == object.group()
            && self.kind == object.kind
            && self.versions.iter().any(|version| version == object.version())
    }
}
