//! Conditions, tags and aliases.

use super::graph::{Graph, Id};
use super::mapping_at;
use crate::chart::coalesce::coalesce;
use crate::chart::metadata::{Dependency, Metadata};
use crate::chart::{Error, constraint};
use crate::yaml::{Map, Value};

/// Renames the subcharts of a chart by their aliases, removes those that are disabled, and goes on
/// in the others.
///
/// `path` leads from the root of `values` to the chart, each part with a dot behind it.
pub(super) fn decide(
    graph: &mut Graph,
    chart: Id,
    values: &Map,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let Some(listed) = graph.listed(chart) else { return Ok(()) };
    let mut listed = apply_aliases(graph, chart, listed.to_vec())?;
    let (values, _) = coalesce(graph.branch(chart), values)?;
    for dependency in &mut listed {
        dependency.enabled = tags_enable(dependency, &values, warnings);
        if let Some(enabled) = condition(dependency, &values, path, warnings) {
            dependency.enabled = enabled;
        }
    }
    let disabled = listed.extract_if(.., |dependency| !dependency.enabled);
    let disabled: Vec<_> = disabled.map(|dependency| dependency.name).collect();
    listed.retain(|dependency| !disabled.contains(&dependency.name));
    graph.set_listed(chart, listed);
    let mut subcharts = graph.children(chart).to_vec();
    subcharts.retain(|subchart| !disabled.contains(&graph.metadata(*subchart).name));
    graph.set_children(chart, subcharts.clone());
    for subchart in subcharts {
        let path = format!("{path}{}.", graph.metadata(subchart).name);
        decide(graph, subchart, &values, &path, warnings)?;
    }
    Ok(())
}

/// Makes the subcharts those that nobody asked for, and one for each dependency that has a chart;
/// returns the dependencies with their aliases for names.
fn apply_aliases(
    graph: &mut Graph,
    chart: Id,
    mut listed: Vec<Dependency>,
) -> Result<Vec<Dependency>, Error> {
    let found = graph.children(chart).to_vec();
    let is_unlisted = |id: &Id| !listed.iter().any(|listed| fits(listed, graph.metadata(*id)));
    let mut subcharts: Vec<_> = found.iter().copied().filter(is_unlisted).collect();
    for dependency in &mut listed {
        if let Some(original) = found.iter().find(|id| fits(dependency, graph.metadata(**id))) {
            subcharts.push(graph.copy(*original, &dependency.alias)?);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    graph.set_children(chart, subcharts);
    Ok(listed)
}

fn fits(dependency: &Dependency, chart: &Metadata) -> bool {
    chart.name == dependency.name && constraint::is_compatible(&dependency.version, &chart.version)
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
