//! How the objects that are waited for are, with their replicas, pods and last event, for people who watch.

use super::judge::Judge;
use super::state::State;
use crate::cluster::ready::{number, number_or, pod, text};
use crate::cluster::verdict::{View, moment, of_event};
use crate::cluster::{Json, Readiness};
use crate::manifest::ObjectRef;

/// An object that is waited for, with what is around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The object.
    pub object: ObjectRef,
    /// How far it is.
    pub readiness: Readiness,
    /// How many replicas are ready, and how many are wanted; of a Job, completions.
    pub replicas: Option<(i64, i64)>,
    /// Its pods that are not ready, and why; only as long as the object is not.
    pub pods: Vec<(String, String)>,
    /// The last event about it or its pods; only as long as it is not ready.
    pub event: Option<String>,
}

impl State {
    /// Returns how all objects are.
    pub(super) fn watched(&self, judge: &Judge) -> Vec<Watched> {
        let view = judge.view();
        let all = self.all().map(|(object, readiness, live)| {
            let mut watched = Watched {
                object: object.clone(),
                readiness: readiness.clone(),
                replicas: live.and_then(replicas),
                pods: Vec::new(),
                event: None,
            };
            if let Some(live) = live.filter(|_| *readiness != Readiness::Ready) {
                look_around(&mut watched, live, &view);
            }
            watched
        });
        all.collect()
    }
}

fn look_around(watched: &mut Watched, live: &Json, view: &View<'_>) {
    let sets = view.sets(live);
    let owners = || sets.iter().copied().chain([live]);
    let pods: Vec<&Json> = owners().flat_map(|owner| view.pods(owner)).collect();
    let events = owners().chain(pods.iter().copied()).flat_map(|object| view.events(object));
    let newest = events.max_by_key(|event| moment(event).map(|time| time.timestamp()));
    watched.event = newest.map(|event| of_event(event));
    let stays = |pod: &&&Json| pod.pointer("/metadata/deletionTimestamp").is_none();
    for one in pods.iter().filter(stays) {
        if let Readiness::InProgress(why) | Readiness::Failed(why) = pod(one) {
            let why = if why == "phase: Running" { "not ready yet".to_owned() } else { why };
            watched.pods.push((text(one, "/metadata/name").to_owned(), why));
        }
    }
}

fn replicas(object: &Json) -> Option<(i64, i64)> {
    match text(object, "/kind") {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            let wanted = number_or(object, "/spec/replicas", 1);
            Some((number(object, "/status/readyReplicas"), wanted))
        }
        "DaemonSet" => {
            let wanted = number(object, "/status/desiredNumberScheduled");
            Some((number(object, "/status/numberReady"), wanted))
        }
        "Job" => {
            let wanted = number_or(object, "/spec/completions", 1);
            Some((number(object, "/status/succeeded"), wanted))
        }
        _ => None,
    }
}
