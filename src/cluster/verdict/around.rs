//! What is seen around the objects that are waited for: pods, replica sets, claims and events.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use kube::api::DynamicObject;
use kube::runtime::watcher;

use crate::cluster::Json;
use crate::cluster::plan::json;
use crate::cluster::ready::text;
use crate::manifest::Time;

/// How many seconds a pod may be late when it is ended: the kubelet tells of it afterwards.
const GRACE: i64 = 5;

/// A kind of object that is looked at beside those that are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cluster) enum Side {
    Pod,
    ReplicaSet,
    Claim,
    Event,
}

impl Side {
    pub(in crate::cluster) const ALL: [Self; 4] =
        [Self::Pod, Self::ReplicaSet, Self::Claim, Self::Event];
}

/// A side, a namespace and a name.
type Key = (Side, String, String);

/// The objects of each side.
#[derive(Default)]
pub(in crate::cluster) struct Around {
    objects: BTreeMap<Key, Json>,
    /// Those that a list which is under way has not shown yet.
    stale: BTreeMap<(Side, String), Vec<Key>>,
    /// When a pod was seen to go, which makes room for others.
    pub(in crate::cluster) room_made: Option<Instant>,
}

impl Around {
    /// Takes what a watch of a side in a namespace has seen.
    pub(in crate::cluster) fn take(
        &mut self,
        side: Side,
        namespace: &str,
        event: watcher::Event<DynamicObject>,
    ) {
        let watch = (side, namespace.to_owned());
        match event {
            watcher::Event::Init => {
                let of_watch = |key: &&Key| key.0 == side && key.1 == namespace;
                let known = self.objects.keys().filter(of_watch).cloned().collect();
                self.stale.insert(watch, known);
            }
            watcher::Event::InitApply(object) | watcher::Event::Apply(object) => {
                let key = key(side, &object);
                if let Some(stale) = self.stale.get_mut(&watch) {
                    stale.retain(|other| *other != key);
                }
                self.objects.insert(key, lean(object));
            }
            watcher::Event::Delete(object) => self.forget(&key(side, &object)),
            watcher::Event::InitDone => {
                for key in self.stale.remove(&watch).unwrap_or_default() {
                    self.forget(&key);
                }
            }
        }
    }

    /// Adds an object, for those who list instead of watching.
    pub(in crate::cluster) fn add(&mut self, side: Side, object: DynamicObject) {
        self.objects.insert(key(side, &object), lean(object));
    }

    fn forget(&mut self, key: &Key) {
        self.objects.remove(key);
        if key.0 == Side::Pod {
            self.room_made = Some(Instant::now());
        }
    }

    /// Sorts what is known by what it belongs to.
    pub(in crate::cluster) fn view(&self) -> View<'_> {
        let mut view = View::default();
        for ((side, namespace, name), object) in &self.objects {
            match side {
                Side::Pod => view.pods.entry(owner(object)).or_default().push(object),
                Side::ReplicaSet => view.sets.entry(owner(object)).or_default().push(object),
                Side::Claim => {
                    view.claims.insert((namespace, name), object);
                }
                Side::Event => {
                    let about = text(object, "/involvedObject/uid");
                    view.events.entry(about).or_default().push(object);
                }
            }
        }
        for events in view.events.values_mut() {
            events.sort_by_key(|event| moment(event).map(|time| time.timestamp()));
        }
        for pods in view.pods.values_mut() {
            pods.sort_by_key(|pod| text(pod, "/metadata/creationTimestamp"));
        }
        view
    }
}

/// What is known, by what it belongs to.
#[derive(Default)]
pub(in crate::cluster) struct View<'a> {
    pods: HashMap<&'a str, Vec<&'a Json>>,
    sets: HashMap<&'a str, Vec<&'a Json>>,
    claims: HashMap<(&'a str, &'a str), &'a Json>,
    events: HashMap<&'a str, Vec<&'a Json>>,
}

impl<'a> View<'a> {
    /// Returns the pods that an object owns, oldest first.
    pub(in crate::cluster) fn pods(&self, owner: &Json) -> Vec<&'a Json> {
        self.pods.get(uid(owner)).cloned().unwrap_or_default()
    }

    /// Returns the replica sets that an object owns.
    pub(in crate::cluster) fn sets(&self, owner: &Json) -> Vec<&'a Json> {
        self.sets.get(uid(owner)).cloned().unwrap_or_default()
    }

    /// Returns a claim.
    pub(super) fn claim(&self, namespace: &str, name: &str) -> Option<&'a Json> {
        self.claims.get(&(namespace, name)).copied()
    }

    /// Returns the events about an object, the newest last.
    pub(in crate::cluster) fn events(&self, object: &Json) -> &[&'a Json] {
        self.events.get(uid(object)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the newest event about an object with one of the reasons.
    pub(super) fn newest(&self, object: &Json, reasons: &[&str]) -> Option<&'a Json> {
        let events = self.events(object).iter().rev();
        events.copied().find(|event| reasons.contains(&text(event, "/reason")))
    }

    /// Says whether pods are being ended within the time they are given for it.
    pub(in crate::cluster) fn has_leaving_pods(&self) -> bool {
        let now = Time::now().timestamp().as_second();
        let leaves = |pod: &&Json| {
            let end = Time::parse(text(pod, "/metadata/deletionTimestamp"));
            end.is_some_and(|end| end.timestamp().as_second() + GRACE >= now)
        };
        self.pods.values().flatten().any(leaves)
    }

    /// Says whether pods run that come to an end by themselves.
    pub(in crate::cluster) fn has_ending_pods(&self) -> bool {
        let ends = |pod: &&Json| {
            text(pod, "/status/phase") == "Running" && text(pod, "/spec/restartPolicy") != "Always"
        };
        self.pods.values().flatten().any(ends)
    }

    /// Says whether an autoscaler of nodes has spoken of any pod.
    pub(in crate::cluster) fn has_autoscaler(&self) -> bool {
        let sources = ["/source/component", "/reportingComponent"];
        let speaks = |event: &&Json| {
            sources.iter().any(|path| {
                matches!(text(event, path), "cluster-autoscaler" | "karpenter" | "gke-autoscaler")
            })
        };
        self.events.values().flatten().any(speaks)
    }
}

/// Returns when an event was seen last.
pub(in crate::cluster) fn moment(event: &Json) -> Option<Time> {
    let times =
        ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let given = times.iter().filter_map(|path| event.pointer(path)?.as_str());
    given.filter_map(Time::parse).next()
}

fn key(side: Side, object: &DynamicObject) -> Key {
    let metadata = &object.metadata;
    let namespace = metadata.namespace.clone().unwrap_or_default();
    (side, namespace, metadata.name.clone().unwrap_or_default())
}

/// Returns an object without what nobody looks at, for there may be thousands.
fn lean(mut object: DynamicObject) -> Json {
    object.metadata.managed_fields = None;
    json(object)
}

fn uid(object: &Json) -> &str {
    text(object, "/metadata/uid")
}

/// Returns the uid of the controller of an object.
fn owner(object: &Json) -> &str {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Json::as_array);
    let controls = |owner: &&Json| owner["controller"] == true;
    owners.into_iter().flatten().find(controls).map_or("", |owner| text(owner, "/uid"))
}
