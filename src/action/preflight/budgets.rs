//! Disruption budgets of the release that let no pod go: a node with one of these pods never drains.

use super::{Finding, Wanted};
use crate::cluster::Json;

pub(super) fn blocking(wanted: &[Wanted<'_>]) -> Vec<Finding> {
    let budgets = wanted.iter().filter(|one| one.object.kind == "PodDisruptionBudget");
    let found = budgets.filter_map(|budget| {
        let spec = &budget.desired["spec"];
        let labels = spec.pointer("/selector/matchLabels")?.as_object()?;
        let is_meant = |one: &&Wanted<'_>| {
            let theirs = one.desired.pointer("/spec/template/metadata/labels");
            one.object.namespace == budget.object.namespace
                && theirs.is_some_and(|theirs| {
                    labels.iter().all(|(name, value)| theirs.get(name) == Some(value))
                })
        };
        let workload = wanted.iter().find(is_meant)?;
        let replicas = workload.desired.pointer("/spec/replicas").map_or(Some(1), Json::as_i64)?;
        if replicas == 0 {
            return None;
        }
        let why = lets_none_go(spec, replicas)?;
        let text = format!(
            "lets no pod of {} go ({why} of {replicas}): draining a node waits for ever",
            workload.object
        );
        Some(Finding::new(budget.object, "blocking-disruption-budget", text))
    });
    found.collect()
}

/// Says which field makes it that no pod may be missing.
fn lets_none_go(spec: &Json, replicas: i64) -> Option<String> {
    // Percentages are rounded up (pkg/controller/disruption).
    let number = |value: &Json| match value {
        Json::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some((percent * replicas + 99) / 100)
        }
        value => value.as_i64(),
    };
    let at_least = spec.get("minAvailable").filter(|value| number(value) >= Some(replicas));
    let at_most = spec.get("maxUnavailable").filter(|value| number(value) == Some(0));
    let said = |name: &str, value: &Json| format!("{name} {}", value.to_string().trim_matches('"'));
    at_least
        .map(|value| said("minAvailable", value))
        .or(at_most.map(|value| said("maxUnavailable", value)))
}
