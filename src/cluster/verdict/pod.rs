//! What keeps a pod from running: its containers, its volumes, or that no node takes it.

use std::time::Duration;

use super::container::Container;
use super::{CONFIRMED, Case, Code, Finding, HOPEFUL, LogOf, Room, message};
use crate::cluster::Json;
use crate::cluster::ready::text;

/// What autoscalers say of a pod for which they fetch a node: that of Kubernetes, and Karpenter.
const NODE_COMES: [&str; 2] = ["TriggeredScaleUp", "Nominated"];

/// Returns what keeps a pod, if anything does; one that is going is no evidence.
pub(super) fn judge(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return None;
    }
    let containers = || containers(case, pod);
    containers()
        .find_map(|container| container.judge())
        .or_else(|| mounts(case, pod))
        .or_else(|| scheduling(case, pod))
        .or_else(|| containers().find_map(|container| container.unready()))
        .or_else(|| stuck(case, pod))
}

/// Returns the container whose end made a pod fail.
pub(super) fn failed(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    let ended_badly = |container: &Container<'_>| {
        let code = container.status.pointer("/state/terminated/exitCode");
        code.and_then(Json::as_i64).is_some_and(|code| code != 0)
    };
    containers(case, pod).find(ended_badly)?.judge()
}

fn containers<'a>(case: &'a Case<'a>, pod: &'a Json) -> impl Iterator<Item = Container<'a>> {
    let list = |path: &str| pod.pointer(path).and_then(Json::as_array).into_iter().flatten();
    let is_sidecar = move |status: &Json| {
        let mut specs = list("/spec/initContainers");
        let spec = specs.find(|spec| spec["name"] == status["name"]);
        spec.is_some_and(|spec| spec["restartPolicy"] == "Always")
    };
    let init = list("/status/initContainerStatuses").map(move |status| {
        let is_init = !is_sidecar(status);
        Container { case, pod, status, is_init }
    });
    let main = list("/status/containerStatuses");
    init.chain(main.map(move |status| Container { case, pod, status, is_init: false }))
}

fn finding(case: &Case<'_>, pod: &Json, code: Code, reason: &str, patience: Duration) -> Finding {
    let mut finding = case.finding(code, reason, patience);
    finding.verdict.pod = Some(text(pod, "/metadata/name").to_owned());
    finding.verdict.log = LogOf::None;
    finding
}

/// Judges volumes that cannot be mounted; the pod itself says no more than that it is being made.
fn mounts(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    if text(pod, "/status/phase") != "Pending" {
        return None;
    }
    let event = case.view.newest(pod, &["FailedMount"])?;
    let why = text(event, "/message");
    let missing = message::missing(why)?;
    if case.is_waiting() && !missing.name.is_empty() && (case.expected)(&missing.name) {
        return None;
    }
    let since = text(event, "/firstTimestamp");
    Some(finding(case, pod, missing.code, why, CONFIRMED).event(Some(event)).since(since))
}

fn scheduling(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    let conditions = pod.pointer("/status/conditions").and_then(Json::as_array);
    let is_refusal = |condition: &&Json| {
        condition["type"] == "PodScheduled"
            && condition["status"] == "False"
            && condition["reason"] == "Unschedulable"
    };
    let condition = conditions.into_iter().flatten().find(is_refusal)?;
    let (why, since) = (text(condition, "/message"), text(condition, "/lastTransitionTime"));
    let event = case.view.newest(pod, &["FailedScheduling"]);
    if let Some(claim) = unbound(case, pod) {
        return Some(claim);
    }
    let about_claims =
        why.contains("persistentvolumeclaim") || why.contains("PersistentVolumeClaim");
    let comes = case.room == Room::OnItsWay
        || case.view.newest(pod, &NODE_COMES).is_some()
        || pod.pointer("/status/nominatedNodeName").is_some();
    if case.is_waiting() && (comes || about_claims && (case.expected)(message::quoted(why))) {
        return None;
    }
    // Taints of this group, such as that of a node which is just starting, go by themselves.
    let passing =
        ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "no nodes available"];
    let passes = passing.iter().any(|words| why.contains(words));
    let none_comes = case.view.newest(pod, &["NotTriggerScaleUp"]);
    let patience = if passes || case.room == Room::Possible && none_comes.is_none() {
        HOPEFUL
    } else {
        CONFIRMED
    };
    let code = match about_claims {
        true if why.contains("not found") => Code::UnboundClaim,
        // The volume may be on its way; its claim says when it is not.
        true if case.is_waiting() => return None,
        true => Code::UnboundClaim,
        false if why.contains("persistent volumes to bind") => Code::UnboundClaim,
        false => Code::Unschedulable,
    };
    Some(finding(case, pod, code, why, patience).since(since).event(event).event(none_comes))
}

/// Judges the claims of a pod.
fn unbound(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    let volumes = pod.pointer("/spec/volumes").and_then(Json::as_array);
    let names = volumes.into_iter().flatten();
    let names = names.map(|volume| text(volume, "/persistentVolumeClaim/claimName"));
    let namespace = text(pod, "/metadata/namespace");
    let mut claims = names.filter_map(|name| case.view.claim(namespace, name));
    let mut finding = claims.find_map(|live| claim(case, live))?;
    finding.verdict.pod = Some(text(pod, "/metadata/name").to_owned());
    Some(finding)
}

/// Judges a claim that has no volume.
pub(super) fn claim(case: &Case<'_>, live: &Json) -> Option<Finding> {
    let phase = text(live, "/status/phase");
    if phase == "Bound" {
        return None;
    }
    let event = case.view.events(live).last().copied();
    let (reason, why) =
        event.map_or(("", ""), |event| (text(event, "/reason"), text(event, "/message")));
    let is_final = phase == "Lost"
        || reason == "FailedBinding"
        || reason == "ProvisioningFailed" && why.contains("not found");
    if case.is_waiting() && !is_final {
        return None;
    }
    // Its controller looks at it every 15 seconds, so that what came late shows late.
    let is_seen_again =
        event.and_then(|event| event["count"].as_i64()).is_some_and(|count| count > 1);
    let may_bind = case.storage.is_none_or(|storage| storage.may_bind(live));
    let patience = if phase != "Lost" && may_bind && !is_seen_again { HOPEFUL } else { CONFIRMED };
    let name = text(live, "/metadata/name");
    let why = if why.is_empty() { format!("phase {phase}") } else { why.to_owned() };
    let finding = case.finding(Code::UnboundClaim, format!("claim {name}: {why}"), patience);
    Some(finding.since(text(live, "/metadata/creationTimestamp")).event(event))
}

/// Says what a pod that is being made stands at, once there is no time left.
fn stuck(case: &Case<'_>, pod: &Json) -> Option<Finding> {
    if case.is_waiting() || text(pod, "/status/phase") != "Pending" {
        return None;
    }
    let events = case.view.events(pod).iter().rev();
    let event = events.copied().find(|event| text(event, "/type") == "Warning")?;
    let finding = finding(case, pod, Code::NotReady, text(event, "/message"), Duration::ZERO);
    Some(finding.event(Some(event)).since(text(pod, "/metadata/creationTimestamp")))
}
