//! When an object has reached its goal: kstatus' rules for the built-in kinds, conditions for all others.

use super::Json;

/// How far an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is as its spec wants it.
    Ready,
    /// It is on its way, or waits for something; the text says for what.
    InProgress(String),
    /// It gave up; the text says why.
    Failed(String),
}

/// Returns how far `object` is; `jobs` says whether a Job must be complete or only started.
pub(super) fn readiness(object: &Json, jobs: bool) -> Readiness {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return in_progress("being deleted");
    }
    if let Some(early) = generic(object) {
        return early;
    }
    match (group(object), text(object, "/kind")) {
        ("apps", "Deployment") => deployment(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => replica_set(object),
        ("batch", "Job") => job(object, jobs),
        ("", "Pod") => pod(object),
        ("", "PersistentVolumeClaim") => claim(object),
        ("", "Service") => service(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => ready_condition(object),
    }
}

/// Says whether objects of this kind have anything to wait for.
pub(super) fn has_goal(group: &str, kind: &str) -> bool {
    let built_in = !group.contains('.') || group.ends_with(".k8s.io");
    let waited_for = [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "Pod",
        "PersistentVolumeClaim",
        "Service",
        "CustomResourceDefinition",
        "APIService",
        "PodDisruptionBudget",
    ];
    !built_in || waited_for.contains(&kind) || group == "gateway.networking.k8s.io"
}

/// Says whether an object, as it is, has nothing to wait for any more.
pub fn is_ready(object: &Json) -> bool {
    !has_goal(group(object), text(object, "/kind")) || readiness(object, false) == Readiness::Ready
}

/// Says whether objects of this kind come to an end, which a hook waits for; all others are done
/// as soon as they are there.
pub(super) fn has_end(group: &str, kind: &str) -> bool {
    matches!(
        (group, kind),
        ("batch", "Job") | ("", "Pod") | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

/// Returns how far `object` is from its end; the texts are Helm's, which its records keep.
pub(super) fn completion(object: &Json) -> Readiness {
    match text(object, "/kind") {
        "Job" => completed_job(object),
        "Pod" => match text(object, "/status/phase") {
            "Succeeded" => Readiness::Ready,
            "Failed" => Readiness::Failed(format!("pod {} failed", text(object, "/metadata/name"))),
            _ => in_progress("Pod in progress"),
        },
        "CustomResourceDefinition" => definition(object),
        _ => Readiness::Ready,
    }
}

fn completed_job(object: &Json) -> Readiness {
    let holds = |wanted| condition(object, wanted).is_some_and(|(status, _)| status == "True");
    if holds("Complete") {
        return Readiness::Ready;
    }
    if !holds("Failed") {
        return in_progress("Job in progress");
    }
    let parallelism = number_or(object, "/spec/parallelism", 1);
    let completions = number_or(object, "/spec/completions", parallelism);
    let failed = number(object, "/status/failed");
    Readiness::Failed(format!("Job Failed. failed: {failed}/{completions}"))
}

/// What holds for every kind: a generation not seen yet, and the two conditions that kstatus defines.
fn generic(object: &Json) -> Option<Readiness> {
    let generation = object.pointer("/metadata/generation").and_then(Json::as_i64);
    let observed = object.pointer("/status/observedGeneration").and_then(Json::as_i64);
    if let (Some(generation), Some(observed)) = (generation, observed)
        && observed < generation
    {
        return Some(in_progress(format!(
            "generation is {generation}, but latest observed generation is {observed}"
        )));
    }
    if let Some((status, why)) = condition(object, "Reconciling")
        && status == "True"
    {
        return Some(Readiness::InProgress(why));
    }
    match condition(object, "Stalled") {
        Some((status, why)) if status == "True" => Some(Readiness::Failed(why)),
        _ => None,
    }
}

fn ready_condition(object: &Json) -> Readiness {
    match condition(object, "Ready") {
        Some((status, _)) if status == "True" => Readiness::Ready,
        Some((_, why)) => Readiness::InProgress(why),
        None => match condition(object, "Available") {
            Some((status, why)) if status == "False" => Readiness::InProgress(why),
            _ => Readiness::Ready,
        },
    }
}

fn deployment(object: &Json) -> Readiness {
    if object.pointer("/spec/paused").and_then(Json::as_bool) == Some(true) {
        return Readiness::Ready;
    }
    if let Some((_, why)) = condition(object, "Progressing")
        && why.starts_with("ProgressDeadlineExceeded")
    {
        return Readiness::Failed(why);
    }
    if object.pointer("/status/observedGeneration").is_none() {
        return in_progress("waiting for the controller to see it");
    }
    let wanted = number_or(object, "/spec/replicas", 1);
    let have = number(object, "/status/replicas");
    let updated = number(object, "/status/updatedReplicas");
    let available = number(object, "/status/availableReplicas");
    let ready = number(object, "/status/readyReplicas");
    let steps = [
        (updated < wanted, format!("updated: {updated}/{wanted}")),
        (have > updated, format!("{} old replicas still there", have - updated)),
        (available < updated, format!("available: {available}/{updated}")),
        (ready < wanted, format!("ready: {ready}/{wanted}")),
    ];
    first(steps)
}

fn stateful_set(object: &Json) -> Readiness {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Readiness::Ready;
    }
    if object.pointer("/status/observedGeneration").is_none() {
        return in_progress("waiting for the controller to see it");
    }
    let wanted = number_or(object, "/spec/replicas", 1);
    let ready = number(object, "/status/readyReplicas");
    let updated = number(object, "/status/updatedReplicas");
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition");
    let to_update = (wanted - partition).max(0);
    let old_revision = partition == 0
        && text(object, "/status/currentRevision") != text(object, "/status/updateRevision");
    first([
        (
            number(object, "/status/replicas") < wanted,
            format!("created: {}/{wanted}", number(object, "/status/replicas")),
        ),
        (ready < wanted, format!("ready: {ready}/{wanted}")),
        (number(object, "/status/replicas") > wanted, "more replicas than wanted".to_owned()),
        (partition > 0 && updated < to_update, format!("updated: {updated}/{to_update}")),
        (old_revision, format!("updated: {updated}/{wanted}")),
    ])
}

fn daemon_set(object: &Json) -> Readiness {
    if object.pointer("/status/observedGeneration").is_none() {
        return in_progress("waiting for the controller to see it");
    }
    let wanted = number(object, "/status/desiredNumberScheduled");
    let steps = [
        ("scheduled", "/status/currentNumberScheduled"),
        ("updated", "/status/updatedNumberScheduled"),
        ("available", "/status/numberAvailable"),
        ("ready", "/status/numberReady"),
    ];
    first(steps.map(|(what, path)| {
        let have = number(object, path);
        (have < wanted, format!("{what}: {have}/{wanted}"))
    }))
}

fn replica_set(object: &Json) -> Readiness {
    if let Some((status, why)) = condition(object, "ReplicaFailure")
        && status == "True"
    {
        return Readiness::InProgress(why);
    }
    let wanted = number_or(object, "/spec/replicas", 1);
    let (have, ready) =
        (number(object, "/status/replicas"), number(object, "/status/readyReplicas"));
    first([
        (have < wanted, format!("created: {have}/{wanted}")),
        (ready < wanted, format!("ready: {ready}/{wanted}")),
        (have > wanted, "more replicas than wanted".to_owned()),
    ])
}

fn job(object: &Json, must_complete: bool) -> Readiness {
    if let Some((status, why)) = condition(object, "Failed")
        && status == "True"
    {
        return Readiness::Failed(why);
    }
    let complete = condition(object, "Complete").is_some_and(|(status, _)| status == "True");
    let (succeeded, wanted) =
        (number(object, "/status/succeeded"), number_or(object, "/spec/completions", 1));
    if complete || (!must_complete && object.pointer("/status/startTime").is_some()) {
        Readiness::Ready
    } else {
        in_progress(format!("completed: {succeeded}/{wanted}"))
    }
}

/// Returns how far a pod is.
pub(super) fn pod(object: &Json) -> Readiness {
    match text(object, "/status/phase") {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::Failed(text(object, "/status/message").to_owned()),
        "Running" if condition(object, "Ready").is_some_and(|(status, _)| status == "True") => {
            Readiness::Ready
        }
        phase => in_progress(waiting_container(object).unwrap_or_else(|| {
            let unscheduled =
                condition(object, "PodScheduled").filter(|(status, _)| status == "False");
            unscheduled.map_or_else(|| format!("phase: {phase}"), |(_, why)| why)
        })),
    }
}

fn waiting_container(pod: &Json) -> Option<String> {
    let containers = pod.pointer("/status/containerStatuses")?.as_array()?;
    containers.iter().find_map(|container| {
        let waiting = container.pointer("/state/waiting")?;
        let (reason, message) = (text(waiting, "/reason"), text(waiting, "/message"));
        Some(format!("container {}: {reason}: {message}", text(container, "/name")))
    })
}

fn claim(object: &Json) -> Readiness {
    match text(object, "/status/phase") {
        "Bound" => Readiness::Ready,
        phase => in_progress(format!("phase: {phase}")),
    }
}

fn service(object: &Json) -> Readiness {
    let waits = text(object, "/spec/type") == "LoadBalancer"
        && object.pointer("/status/loadBalancer/ingress/0").is_none()
        && object.pointer("/spec/externalIPs/0").is_none();
    first([(waits, "no address for the load balancer yet".to_owned())])
}

fn definition(object: &Json) -> Readiness {
    match (condition(object, "NamesAccepted"), condition(object, "Established")) {
        (Some((status, why)), _) if status == "False" => Readiness::Failed(why),
        (_, Some((status, _))) if status == "True" => Readiness::Ready,
        _ => in_progress("not established yet"),
    }
}

fn first<const N: usize>(steps: [(bool, String); N]) -> Readiness {
    let open = steps.into_iter().find(|(open, _)| *open);
    open.map_or(Readiness::Ready, |(_, why)| Readiness::InProgress(why))
}

fn in_progress(why: impl Into<String>) -> Readiness {
    Readiness::InProgress(why.into())
}

/// Returns a condition's status, and its reason and message as one text.
pub(super) fn condition(object: &Json, wanted: &str) -> Option<(String, String)> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == wanted)?;
    let (reason, message) = (text(found, "/reason"), text(found, "/message"));
    let why = if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") };
    Some((text(found, "/status").to_owned(), why))
}

fn group(object: &Json) -> &str {
    text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group)
}

/// Returns the text at a place, or an empty one.
pub(super) fn text<'a>(object: &'a Json, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// Returns the number at a place, or 0.
pub(super) fn number(object: &Json, pointer: &str) -> i64 {
    number_or(object, pointer, 0)
}

/// Returns the number at a place, or another one.
pub(super) fn number_or(object: &Json, pointer: &str, default: i64) -> i64 {
    object.pointer(pointer).and_then(Json::as_i64).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Readiness, completion, has_end, has_goal, readiness};

    fn check(object: serde_json::Value, expected: Readiness) {
        assert_eq!(readiness(&object, false), expected);
    }

    #[test]
    fn a_deployment_is_ready_when_all_replicas_are_new_and_available() {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"generation": 2}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2,
                       "availableReplicas": 2, "readyReplicas": 2}});
        check(object.clone(), Readiness::InProgress("1 old replicas still there".into()));
        object["status"]["replicas"] = 2.into();
        check(object, Readiness::Ready);
    }

    #[test]
    fn a_deployment_past_its_deadline_has_failed() {
        check(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "status": {"conditions": [
                {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]}}),
            Readiness::Failed("ProgressDeadlineExceeded: timed out".into()),
        );
    }

    #[test]
    fn an_object_whose_controller_lags_is_in_progress() {
        check(
            json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"generation": 3},
                   "status": {"observedGeneration": 2}}),
            Readiness::InProgress("generation is 3, but latest observed generation is 2".into()),
        );
    }

    #[test]
    fn a_custom_resource_follows_its_ready_condition() {
        let with = |status: &str| {
            json!({"apiVersion": "example.com/v1", "kind": "Thing",
                   "status": {"conditions": [{"type": "Ready", "status": status, "reason": "Busy"}]}})
        };
        check(with("True"), Readiness::Ready);
        check(with("False"), Readiness::InProgress("Busy".into()));
    }

    #[test]
    fn a_job_only_has_to_start_unless_jobs_are_waited_for() {
        let started =
            json!({"apiVersion": "batch/v1", "kind": "Job", "status": {"startTime": "x"}});
        assert_eq!(readiness(&started, false), Readiness::Ready);
        assert_eq!(readiness(&started, true), Readiness::InProgress("completed: 0/1".into()));
    }

    #[test]
    fn a_config_map_has_nothing_to_wait_for() {
        assert!(!has_goal("", "ConfigMap"));
        assert!(has_goal("apps", "Deployment"));
        assert!(has_goal("kafka.strimzi.io", "Kafka"));
    }

    #[test]
    fn a_job_is_at_its_end_when_it_is_complete_or_has_failed() {
        let with = |condition: &str| {
            json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"completions": 3},
                   "status": {"failed": 2, "startTime": "x",
                              "conditions": [{"type": condition, "status": "True"}]}})
        };
        assert_eq!(completion(&with("Complete")), Readiness::Ready);
        let failed = Readiness::Failed("Job Failed. failed: 2/3".into());
        assert_eq!(completion(&with("Failed")), failed);
        let suspended = Readiness::InProgress("Job in progress".into());
        assert_eq!(completion(&with("Suspended")), suspended);
    }

    #[test]
    fn a_pod_that_runs_is_not_at_its_end_even_if_it_is_ready() {
        let with = |phase: &str| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "t"},
                   "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]}})
        };
        assert_eq!(completion(&with("Running")), Readiness::InProgress("Pod in progress".into()));
        assert_eq!(completion(&with("Succeeded")), Readiness::Ready);
        assert_eq!(completion(&with("Failed")), Readiness::Failed("pod t failed".into()));
    }

    #[test]
    fn only_what_comes_to_an_end_is_waited_for_as_a_hook() {
        assert!(has_end("batch", "Job") && has_end("", "Pod"));
        assert!(!has_end("apps", "Deployment") && !has_end("example.com", "Job"));
    }
}
