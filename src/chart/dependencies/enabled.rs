//! Conditions, tags and aliases.

use super::mapping_at;
use crate::chart::metadata::Dependency;
use crate::chart::{Chart, Error, constraint};
use crate::yaml::{Map, Value};

/// Renames the subcharts of a chart by their aliases, removes those that are disabled, and goes on
/// in the others.
///
/// `path` leads from the root of `values` to the chart, each part with a dot behind it.
pub(super) fn decide(
    chart: &mut Chart,
    values: &Map,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    if chart.metadata.dependencies.is_empty() && !chart.lists_nothing {
        return Ok(());
    }
    apply_aliases(chart);
    let (values, _) = chart.coalesce(values)?;
    for dependency in &mut chart.metadata.dependencies {
        dependency.enabled = tags_enable(dependency, &values, warnings);
        if let Some(enabled) = condition(dependency, &values, path, warnings) {
            dependency.enabled = enabled;
        }
    }
    let listed = &mut chart.metadata.dependencies;
    let disabled = listed.extract_if(.., |dependency| !dependency.enabled);
    let disabled: Vec<_> = disabled.map(|dependency| dependency.name).collect();
    listed.retain(|dependency| !disabled.contains(&dependency.name));
    chart.dependencies.retain(|chart| !disabled.iter().any(|name| name == chart.name()));
    for subchart in &mut chart.dependencies {
        let path = format!("{path}{}.", subchart.name());
        decide(subchart, &values, &path, warnings)?;
    }
    Ok(())
}

/// Makes the subcharts those that nobody asked for, and one for each dependency that has a chart.
fn apply_aliases(chart: &mut Chart) {
    let found = std::mem::take(&mut chart.dependencies);
    let wanted = &mut chart.metadata.dependencies;
    let is_unwanted = |chart: &&Chart| !wanted.iter().any(|dependency| fits(dependency, chart));
    chart.dependencies = found.iter().filter(is_unwanted).cloned().collect();
    for dependency in wanted {
        if let Some(original) = found.iter().find(|chart| fits(dependency, chart)) {
            let mut subchart = original.clone();
            if !dependency.alias.is_empty() {
                subchart.metadata.name.clone_from(&dependency.alias);
            }
            chart.dependencies.push(subchart);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
}

fn fits(dependency: &Dependency, chart: &Chart) -> bool {
    chart.name() == dependency.name
        && constraint::is_compatible(&dependency.version, &chart.metadata.version)
}

/// Says what the tags decide: one that is true enables, otherwise one that is false disables.
fn tags_enable(dependency: &Dependency, values: &Map, warnings: &mut Vec<String>) -> bool {
    let Some(tags) = values.get("tags").and_then(Value::as_map) else { return true };
    let mut disabled = false;
    let mut enabled = false;
    for tag in &dependency.tags {
        match tags.get(tag) {
            Some(Value::Bool(true)) => enabled = true,
            Some(Value::Bool(false)) => disabled = true,
            Some(_) => {
                let name = &dependency.name;
                warnings.push(format!("returned non-bool value tag={tag} chart={name}"));
            }
            None => {}
        }
    }
    enabled || !disabled
}

/// Returns the first boolean that the paths of a condition lead to.
fn condition(
    dependency: &Dependency,
    values: &Map,
    path: &str,
    warnings: &mut Vec<String>,
) -> Option<bool> {
    let paths = dependency.condition.trim().split(',').filter(|condition| !condition.is_empty());
    for condition in paths {
        match leaf_at(values, &format!("{path}{condition}")) {
            Some(Value::Bool(enabled)) => return Some(*enabled),
            Some(_) => {
                let name = &dependency.name;
                warnings.push(format!("returned non-bool value path={condition} chart={name}"));
            }
            None => {}
        }
    }
    None
}

/// Follows a dotted path to a value that is no mapping.
fn leaf_at<'a>(values: &'a Map, path: &str) -> Option<&'a Value> {
    let (map, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (mapping_at(values, parent).ok()?, key),
        None => (values, path),
    };
    map.get(key).filter(|value| value.as_map().is_none())
}
