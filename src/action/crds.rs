//! The files of `crds/`, as objects and as what they let a chart ask for.

use super::{Context, Error};
use crate::chart::Chart;
use crate::cluster::{Definition, Plan};
use crate::manifest::{Manifest, Object, split};
use crate::yaml::Map;

/// Reads the files of `crds/` of a chart and its subcharts, in their order.
pub(super) fn crds(chart: &Chart) -> Result<Vec<Object>, Error> {
    let mut text = String::new();
    for file in chart.crds() {
        let documents = String::from_utf8_lossy(&file.data);
        for document in split(&documents) {
            text.push_str(&format!("---\n# Source: {}\n{document}\n", file.name));
        }
    }
    Ok(Manifest::parse(&text)?.objects()?)
}

/// Lists what templates may ask for once the definitions of a chart are there.
///
/// Helm applies them first and renders then; what cannot be rendered would leave them behind.
pub(super) fn api_versions(chart: &Chart, user_values: &Map) -> Result<Vec<String>, Error> {
    if chart.crds().is_empty() {
        return Ok(Vec::new());
    }
    // Those of a subchart that is disabled do not come.
    let mut resolved = chart.clone();
    resolved.process_dependencies(user_values)?;
    let definitions: Vec<Definition> = crds(&resolved)?.iter().filter_map(Definition::of).collect();
    Ok(definitions.iter().flat_map(Definition::api_versions).collect())
}

impl Context<'_> {
    /// Says what the user should know of the definitions that change.
    pub(super) fn tell_of_crds(&self, plan: &Plan) {
        let definitions =
            plan.steps.iter().filter(|step| step.object.kind == "CustomResourceDefinition");
        for step in definitions {
            for remark in &step.remarks {
                self.warn(format!("`{}`: {remark}", step.object));
            }
        }
    }
}
