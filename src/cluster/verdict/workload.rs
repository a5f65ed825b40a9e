//! What keeps an object from becoming ready: by its pods, by what its controller was refused, by itself.

use std::time::Duration;

use super::around::moment;
use super::{CONFIRMED, Case, Code, Finding, HOPEFUL, Room, message, pod};
use crate::cluster::ready::{condition, text};
use crate::cluster::{Json, Readiness};
use crate::manifest::Time;

/// How much the clocks of a control plane may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// Returns what keeps an object, if it is known.
pub(in crate::cluster) fn judge(case: &Case<'_>) -> Option<Finding> {
    let is_observed =
        !matches!(case.readiness, Readiness::InProgress(why) if why.starts_with("generation is"));
    let by_pods = || judge_pods(case).or_else(|| refused(case));
    let found = match (case.object.group(), &*case.object.kind) {
        _ if !is_observed => None,
        ("batch", "Job") => failed_job(case).or_else(by_pods),
        ("", "Pod") => failed_pod(case).or_else(|| pod::judge(case, case.live)),
        ("", "PersistentVolumeClaim") => pod::claim(case, case.live),
        ("apps", _) | ("", "ReplicationController") => by_pods(),
        _ => None,
    };
    let found = found.or_else(|| fallback(case))?;
    Some(found.evidence(match case.readiness {
        Readiness::Failed(why) => why.as_str(),
        _ => "",
    }))
}

/// Judges the pods; what is certain goes before what has to last.
fn judge_pods(case: &Case<'_>) -> Option<Finding> {
    let pods = new_pods(case);
    let findings = pods.iter().filter_map(|live| pod::judge(case, live));
    findings.min_by_key(|finding| finding.patience)
}

/// Returns the pods of the newest revision; those of an older one are as they were before.
fn new_pods<'a>(case: &Case<'a>) -> Vec<&'a Json> {
    let (view, live) = (case.view, case.live);
    let mut pods = match &*case.object.kind {
        "Deployment" => new_set(case).map(|set| view.pods(set)).unwrap_or_default(),
        _ => view.pods(live),
    };
    match &*case.object.kind {
        "StatefulSet" => {
            let revision = text(live, "/status/updateRevision");
            pods.retain(|pod| text(pod, "/metadata/labels/controller-revision-hash") == revision);
        }
        "DaemonSet" => {
            let annotation = "/metadata/annotations/deprecated.daemonset.template.generation";
            let generation = text(live, annotation);
            pods.retain(|pod| {
                let of_pod = text(pod, "/metadata/labels/pod-template-generation");
                generation.is_empty() || of_pod.is_empty() || of_pod == generation
            });
        }
        _ => {}
    }
    pods
}

/// Returns the replica set of a Deployment's newest revision, if it is there.
fn new_set<'a>(case: &Case<'a>) -> Option<&'a Json> {
    const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
    let revision = text(case.live, REVISION);
    let mut sets = case.view.sets(case.live).into_iter();
    sets.find(|set| !revision.is_empty() && text(set, REVISION) == revision)
}

/// Judges what the controller was refused when it made pods.
fn refused(case: &Case<'_>) -> Option<Finding> {
    let set = new_set(case);
    let maker = set.unwrap_or(case.live);
    let failure =
        condition(maker, "ReplicaFailure").or_else(|| condition(case.live, "ReplicaFailure"));
    let failure = failure.filter(|(status, _)| status == "True").map(|(_, why)| why);
    let event = case.view.newest(maker, &["FailedCreate", "SuccessfulCreate"]);
    let event = event.filter(|event| text(event, "/reason") == "FailedCreate");
    // What a controller was refused before the object was changed may be settled.
    let event = event.filter(|event| !is_older(event, case.live));
    let said = event.map(|event| text(event, "/message").to_owned());
    let why = failure.or(said)?;
    let needs_room = case.is_waiting() && why.contains("exceeded quota");
    let (code, patience) = match message::refusal(&why) {
        Some(_) if case.is_waiting() && names_what_comes(case, &why) => return None,
        Some(Code::QuotaExceeded) if needs_room && case.room == Room::OnItsWay => return None,
        Some(Code::QuotaExceeded) if needs_room && case.room == Room::Possible => {
            (Code::QuotaExceeded, HOPEFUL)
        }
        Some(code) => (code, CONFIRMED),
        None if case.is_waiting() => return None,
        None => (Code::NotReady, Duration::ZERO),
    };
    let reason = why.strip_prefix("FailedCreate: ").unwrap_or(&why);
    let since = event.map_or("", |event| text(event, "/firstTimestamp"));
    Some(case.finding(code, reason, patience).since(since).event(event))
}

/// Says whether a pod was refused for want of something that another object may bring.
fn names_what_comes(case: &Case<'_>, why: &str) -> bool {
    let (_, wanted) = why.split_once("error looking up").unwrap_or_default();
    !wanted.is_empty() && (case.expected)(message::quoted(wanted))
}

/// Says whether an event is older than the last change that somebody made to an object.
fn is_older(event: &Json, object: &Json) -> bool {
    let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array);
    let of_spec = |entry: &&Json| text(entry, "/subresource").is_empty();
    let times = entries.into_iter().flatten().filter(of_spec);
    let applied = times
        .filter_map(|entry| Time::parse(text(entry, "/time")))
        .map(|time| time.timestamp())
        .max();
    match (moment(event), applied) {
        (Some(event), Some(applied)) => event.timestamp() + CLOCK_SKEW < applied,
        _ => false,
    }
}

fn failed_job(case: &Case<'_>) -> Option<Finding> {
    let (_, why) = condition(case.live, "Failed").filter(|(status, _)| status == "True")?;
    let code = if case.is_hook { Code::HookFailed } else { Code::JobFailed };
    let pods = case.view.pods(case.live);
    let mut containers = pods.iter().rev().filter_map(|live| pod::failed(case, live));
    Some(of_container(case, code, why, containers.next()))
}

fn failed_pod(case: &Case<'_>) -> Option<Finding> {
    if text(case.live, "/status/phase") != "Failed" {
        return None;
    }
    let code = if case.is_hook { Code::HookFailed } else { Code::PodFailed };
    let words = [text(case.live, "/status/reason"), text(case.live, "/status/message")];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    Some(of_container(case, code, words.join(": "), pod::failed(case, case.live)))
}

/// Lays the blame on the container that failed, if one did.
fn of_container(case: &Case<'_>, code: Code, why: String, container: Option<Finding>) -> Finding {
    let Some(mut finding) = container else {
        let why = if why.is_empty() { "failed".to_owned() } else { why };
        return case.finding(code, why, Duration::ZERO);
    };
    finding.verdict.code = code;
    finding.patience = Duration::ZERO;
    finding.evidence(why)
}

/// Says what the object itself says, once there is no time left.
fn fallback(case: &Case<'_>) -> Option<Finding> {
    let (code, why) = match case.readiness {
        Readiness::Ready => return None,
        Readiness::Failed(why) if why.starts_with("ProgressDeadlineExceeded") => {
            (Code::DeadlineExceeded, why)
        }
        Readiness::Failed(why) => (Code::NotReady, why),
        Readiness::InProgress(_) if case.is_waiting() => return None,
        Readiness::InProgress(why) => (Code::NotReady, why),
    };
    let events = case.view.events(case.live).iter().rev();
    let event = events.copied().find(|event| text(event, "/type") == "Warning");
    Some(case.finding(code, why, Duration::ZERO).event(event))
}
