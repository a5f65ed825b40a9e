//! What `Chart.yaml` and `Chart.lock` say, with Helm's names, as release records keep it too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::values::go;

use super::version;

/// The contents of `Chart.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The name of the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The URL of a page about the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// The URLs of the source code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The version of the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence about the chart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to search for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who maintains the chart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// The version of the chart format: `v1` or `v2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// Read and kept, without any effect.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Read and kept, without any effect.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of the application.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether the chart should not be used any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Data for other tools.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The constraint that the version of Kubernetes must meet.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts that this chart asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application`, `library` or nothing, which means application.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Who maintains a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// The name of a person or organization.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// An address to write to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The URL of a page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A chart that another one asks for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// The name of the chart.
    pub name: String,
    /// The constraint that its version must meet.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths of values, between commas; the first that is a boolean decides whether the chart is
    /// enabled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Entries of `tags` in the values that enable or disable the chart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether the chart is enabled; decided by [`super::Chart::process_dependencies`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
    /// The values that the parent takes over: a name under `exports`, or a mapping of `child` and
    /// `parent`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "super::record::shallow_values"
    )]
    pub import_values: Vec<serde_json::Value>,
    /// The name under which the chart goes in its parent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

/// The contents of `Chart.lock`: the versions that the dependencies were resolved to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lock {
    /// When the file was made, in RFC 3339.
    pub generated: String,
    /// The checksum of the dependencies in `Chart.yaml` and here.
    pub digest: String,
    /// The dependencies with one version each.
    #[serde(deserialize_with = "super::record::null_is_default")]
    pub dependencies: Vec<Dependency>,
}

impl Default for Lock {
    fn default() -> Self {
        let generated = super::record::ZERO_TIME.to_owned();
        Self { generated, digest: String::new(), dependencies: Vec::new() }
    }
}

/// Says what is wrong with the metadata of a chart, in Helm's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("validation: {0}")]
pub struct Invalid(pub(super) String);

impl Metadata {
    /// Cleans the texts of what cannot be printed, and checks the rest, as Helm does after loading.
    pub(super) fn validate(&mut self) -> Result<(), Invalid> {
        self.clean();
        let required =
            [("apiVersion", &self.api_version), ("name", &self.name), ("version", &self.version)];
        for (field, text) in required {
            if text.is_empty() {
                return Err(Invalid(format!("chart.metadata.{field} is required")));
            }
            if field == "name" {
                self.check_name()?;
            }
        }
        if version::parse(&self.version).is_err() {
            let version = go::quote(&self.version);
            return Err(Invalid(format!("chart.metadata.version {version} is invalid")));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            let problem = "chart.metadata.type must be application or library";
            return Err(Invalid(problem.to_owned()));
        }
        self.check_dependencies()
    }

    fn clean(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        let lists = self.sources.iter_mut().chain(&mut self.keywords);
        let people = self.maintainers.iter_mut();
        let people = people.flat_map(|one| [&mut one.name, &mut one.email, &mut one.url]);
        texts.into_iter().chain(lists).chain(people).for_each(clean);
        for dependency in &mut self.dependencies {
            let Dependency { name, version, repository, condition, tags, .. } = dependency;
            let texts = [name, version, repository, condition];
            texts.into_iter().chain(tags).for_each(clean);
        }
    }

    fn check_name(&self) -> Result<(), Invalid> {
        let quoted = go::quote(&self.name);
        if matches!(self.name.as_str(), "." | "..") {
            return Err(Invalid(format!("chart.metadata.name {quoted} is not allowed")));
        }
        if self.name.contains('/') {
            return Err(Invalid(format!("chart.metadata.name {quoted} is invalid")));
        }
        Ok(())
    }

    fn check_dependencies(&self) -> Result<(), Invalid> {
        let mut names = Vec::new();
        for dependency in &self.dependencies {
            let mut alias = dependency.alias.chars();
            if !alias.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
                let name = go::quote(&dependency.name);
                let problem = format!("dependency {name} has disallowed characters in the alias");
                return Err(Invalid(problem));
            }
            let name = dependency.local_name();
            if names.contains(&name) {
                let name = go::quote(name);
                let problem = format!("more than one dependency with name or alias {name}");
                return Err(Invalid(problem));
            }
            names.push(name);
        }
        Ok(())
    }
}

impl Dependency {
    /// Returns the name under which the chart goes in its parent.
    pub fn local_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Turns every kind of white space into a space and drops what cannot be printed.
fn clean(text: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    *text = spaced.filter(|c| go::is_printable(*c)).collect();
}
