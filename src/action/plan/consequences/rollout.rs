//! Which workloads replace their pods, and how many of them run meanwhile.

use super::{Consequence, Effect, is_below, paths, target};
use crate::cluster::{Change, FieldChange, Json, Step};

/// Says whether an object keeps pods running.
pub(super) fn runs_pods(step: &Step) -> bool {
    matches!(step.object.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
}

/// Says whether a step replaces the pods of a workload, or starts them first.
pub(super) fn restarts(step: &Step) -> bool {
    match &step.change {
        Change::Create | Change::Replace(_) | Change::Delete => true,
        Change::Update(fields) | Change::Adopt(fields) => !of_template(fields).is_empty(),
        Change::Unchanged | Change::Keep | Change::Refused(_) => false,
    }
}

fn of_template(fields: &[FieldChange]) -> Vec<FieldChange> {
    fields.iter().filter(|field| is_below(&field.path, "spec.template")).cloned().collect()
}

/// Says what becomes of the pods of a workload that changes.
pub(super) fn of_change(step: &Step, fields: &[FieldChange]) -> Option<Consequence> {
    let template = of_template(fields);
    if !runs_pods(step) || template.is_empty() {
        return None;
    }
    let spec = &target(step)?["spec"];
    let (effect, how) = match step.object.kind.as_str() {
        "Deployment" => deployment(spec),
        "StatefulSet" => stateful_set(spec),
        _ => daemon_set(spec),
    };
    let does = match effect {
        Effect::Stale => "does not restart by itself",
        _ => "restarts",
    };
    Some(Consequence::new(step, effect, format!("{does} ({}): {how}", changing(&template))))
}

fn changing(fields: &[FieldChange]) -> String {
    let verb = if fields.len() == 1 { "changes" } else { "change" };
    format!("{} {verb}", paths(fields))
}

fn deployment(spec: &Json) -> (Effect, String) {
    let replicas = replicas(spec);
    if spec["paused"] == true {
        return (Effect::Stale, "it is paused".to_owned());
    }
    if replicas == 0 {
        return (Effect::Restart, "it has no replicas".to_owned());
    }
    if spec["strategy"]["type"] == "Recreate" {
        let pods = pods(replicas);
        return (Effect::Downtime, format!("{pods} stop before new ones start (Recreate)"));
    }
    let rolling = &spec["strategy"]["rollingUpdate"];
    // Kubernetes' defaults; it rounds what comes on top up, and what is missing down.
    let surge =
        share(&rolling["maxSurge"], replicas, true).unwrap_or_else(|| part(25, replicas, true));
    let missing = share(&rolling["maxUnavailable"], replicas, false)
        .unwrap_or_else(|| part(25, replicas, false));
    let missing = if surge == 0 && missing == 0 { 1 } else { missing };
    rolled(replicas, surge, missing)
}

fn rolled(replicas: u64, surge: u64, missing: u64) -> (Effect, String) {
    let pods = pods(replicas);
    if missing >= replicas {
        return (
            Effect::Downtime,
            format!("{pods} may all be gone at once (maxUnavailable {missing})"),
        );
    }
    (Effect::Restart, format!("{pods}, at most {surge} more and {missing} fewer at a time"))
}

fn stateful_set(spec: &Json) -> (Effect, String) {
    let replicas = replicas(spec);
    if spec["updateStrategy"]["type"] == "OnDelete" {
        return (
            Effect::Stale,
            "its pods are replaced when they are deleted (OnDelete)".to_owned(),
        );
    }
    match replicas {
        0 => (Effect::Restart, "it has no replicas".to_owned()),
        1 => (Effect::Downtime, "its one pod stops before the new one starts".to_owned()),
        _ => {
            let rolling = &spec["updateStrategy"]["rollingUpdate"];
            let missing = share(&rolling["maxUnavailable"], replicas, false).unwrap_or(1).max(1);
            let partition = rolling["partition"].as_u64().unwrap_or_default().min(replicas);
            let (effect, mut text) = rolled(replicas - partition, 0, missing);
            if partition > 0 {
                text.push_str(&format!("; the first {partition} stay (partition)"));
            }
            (effect, text)
        }
    }
}

fn daemon_set(spec: &Json) -> (Effect, String) {
    if spec["updateStrategy"]["type"] == "OnDelete" {
        return (
            Effect::Stale,
            "its pods are replaced when they are deleted (OnDelete)".to_owned(),
        );
    }
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let surge = &rolling["maxSurge"];
    if !surge.is_null() && !matches!(text(surge).as_str(), "0" | "0%") {
        return (
            Effect::Restart,
            format!("on up to {} nodes at a time, the new pod first", text(surge)),
        );
    }
    let missing = Some(&rolling["maxUnavailable"]).filter(|value| !value.is_null());
    let missing = missing.map_or_else(|| "1".to_owned(), text);
    let nodes = if missing == "1" { "node" } else { "nodes" };
    (Effect::Downtime, format!("on {missing} {nodes} at a time, where no pod runs meanwhile"))
}

fn replicas(spec: &Json) -> u64 {
    spec["replicas"].as_u64().unwrap_or(1)
}

fn pods(number: u64) -> String {
    if number == 1 { "1 pod".to_owned() } else { format!("{number} pods") }
}

/// Reads a number or a percentage of the replicas.
fn share(value: &Json, replicas: u64, up: bool) -> Option<u64> {
    if let Some(number) = value.as_u64() {
        return Some(number);
    }
    let percent: u64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    Some(part(percent, replicas, up))
}

fn part(percent: u64, replicas: u64, up: bool) -> u64 {
    let hundredfold = percent.saturating_mul(replicas);
    if up { hundredfold.div_ceil(100) } else { hundredfold / 100 }
}
