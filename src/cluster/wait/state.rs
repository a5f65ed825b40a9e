//! What is known of the objects that are waited for.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::DynamicObject;
use kube::runtime::watcher;

use super::{WaitFor, Waiting};
use crate::cluster::plan::json;
use crate::cluster::ready::{completion, has_end, has_goal, readiness};
use crate::cluster::{Json, Readiness};
use crate::manifest::ObjectRef;

/// Kinds that name what they use, so that a name says little.
const USERS: [&str; 6] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod"];

/// What is known of the objects that are waited for.
pub(super) struct State {
    goal: WaitFor,
    objects: BTreeMap<ObjectRef, Tracked>,
}

struct Tracked {
    readiness: Readiness,
    live: Option<Json>,
}

type Told<'a> = &'a (dyn Fn(Waiting<'_>) + Sync);

impl State {
    pub(super) fn new(objects: &[ObjectRef], goal: WaitFor) -> Self {
        let waited_for = |object: &&ObjectRef| match goal {
            WaitFor::Ready { .. } => has_goal(object.group(), &object.kind),
            WaitFor::Done => has_end(object.group(), &object.kind),
            WaitFor::Gone => true,
        };
        let unknown =
            |object: &ObjectRef| (object.clone(), Tracked { readiness: unseen(), live: None });
        Self { goal, objects: objects.iter().filter(waited_for).map(unknown).collect() }
    }

    pub(super) fn left(&self) -> usize {
        self.unready().count()
    }

    /// Returns the objects that are not ready, and why.
    pub(super) fn unready(&self) -> impl Iterator<Item = (&ObjectRef, &Readiness)> {
        let all = self.objects.iter().map(|(object, tracked)| (object, &tracked.readiness));
        all.filter(|(_, readiness)| **readiness != Readiness::Ready)
    }

    /// Returns every object, how far it is, and how it was seen last.
    pub(super) fn all(&self) -> impl Iterator<Item = (&ObjectRef, &Readiness, Option<&Json>)> {
        let all = self.objects.iter();
        all.map(|(object, tracked)| (object, &tracked.readiness, tracked.live.as_ref()))
    }

    pub(super) fn readiness(&self, object: &ObjectRef) -> Option<&Readiness> {
        self.objects.get(object).map(|tracked| &tracked.readiness)
    }

    /// Returns an object as it was seen last.
    pub(super) fn live(&self, object: &ObjectRef) -> Option<&Json> {
        self.objects.get(object)?.live.as_ref()
    }

    /// Returns how far each object is.
    pub(super) fn into_readiness(self) -> Vec<(ObjectRef, Readiness)> {
        self.objects.into_iter().map(|(object, tracked)| (object, tracked.readiness)).collect()
    }

    /// Says whether the objects run around a release.
    pub(super) fn is_hook(&self) -> bool {
        self.goal == WaitFor::Done
    }

    /// Says whether it is worth knowing why an object is not ready.
    pub(super) fn can_be_judged(&self) -> bool {
        self.goal != WaitFor::Gone
    }

    /// Says whether an object besides `asker` names something, and so may be about to make it: a
    /// custom resource or a Job anywhere, a workload in what it is started with.
    pub(super) fn is_expected(&self, asker: &ObjectRef, name: &str) -> bool {
        let mut others = self.objects.iter().filter(|(object, _)| *object != asker);
        let names = |object: &ObjectRef, live: &Json| match USERS.contains(&&*object.kind) {
            true => words_of_start(live).iter().any(|words| is_named(words, name)),
            false => is_named(&live.to_string(), name),
        };
        !name.is_empty()
            && others.any(|(object, tracked)| {
                tracked.live.as_ref().is_some_and(|live| names(object, live))
            })
    }

    /// Groups the objects by what one watch can see.
    pub(super) fn groups(&self) -> Vec<Vec<ObjectRef>> {
        let mut groups: BTreeMap<(&str, &str, Option<&str>), Vec<ObjectRef>> = BTreeMap::new();
        for object in self.objects.keys() {
            let key = (&*object.api_version, &*object.kind, object.namespace.as_deref());
            groups.entry(key).or_default().push(object.clone());
        }
        groups.into_values().collect()
    }

    /// Takes what a watch of a group has seen.
    pub(super) fn take(
        &mut self,
        group: &[ObjectRef],
        event: watcher::Event<DynamicObject>,
        told: Told<'_>,
    ) {
        match event {
            watcher::Event::Init => {}
            watcher::Event::Apply(object) | watcher::Event::InitApply(object) => {
                self.changed(group, typed(object, &group[0]), told);
            }
            watcher::Event::Delete(object) => {
                let name = object.metadata.name.unwrap_or_default();
                self.gone(group.iter().filter(|object| object.name == name), told);
            }
            watcher::Event::InitDone => {
                let missing: BTreeSet<&ObjectRef> = group
                    .iter()
                    .filter(|object| self.readiness(object) == Some(&unseen()))
                    .collect();
                self.gone(missing.into_iter(), told);
            }
        }
    }

    fn changed(&mut self, group: &[ObjectRef], object: Json, told: Told<'_>) {
        let name = object.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default();
        let Some(reference) = group.iter().find(|reference| reference.name == name) else {
            return;
        };
        let now = match self.goal {
            WaitFor::Ready { jobs } => readiness(&object, jobs),
            WaitFor::Done => completion(&object),
            WaitFor::Gone => Readiness::InProgress("still there".to_owned()),
        };
        self.set(reference, now, Some(object), told);
    }

    /// Takes note that objects are not there.
    pub(super) fn gone<'a>(
        &mut self,
        objects: impl Iterator<Item = &'a ObjectRef>,
        told: Told<'_>,
    ) {
        for object in objects {
            let now = match self.goal {
                WaitFor::Gone => Readiness::Ready,
                WaitFor::Ready { .. } | WaitFor::Done => {
                    Readiness::InProgress("it does not exist".to_owned())
                }
            };
            self.set(object, now, None, told);
        }
    }

    fn set(&mut self, object: &ObjectRef, now: Readiness, live: Option<Json>, told: Told<'_>) {
        let tracked = Tracked { readiness: now.clone(), live };
        let before = self.objects.insert(object.clone(), tracked);
        if before.is_none_or(|before| before.readiness != now) {
            told(Waiting::Changed { object, readiness: &now, left: self.left() });
        }
    }

    /// Returns Helm's lines for the objects that are not ready, or for those that failed.
    pub(super) fn lines(&self, only_failed: bool) -> Vec<String> {
        let lines = self.unready().filter_map(|(object, readiness)| match readiness {
            Readiness::Ready => None,
            Readiness::InProgress(_) if only_failed => None,
            Readiness::InProgress(why) => Some(line(object, "InProgress", why)),
            Readiness::Failed(why) => Some(line(object, "Failed", why)),
        });
        lines.collect()
    }
}

/// Returns the commands, arguments and plain variables of a workload's containers.
fn words_of_start(workload: &Json) -> Vec<String> {
    let list = |path: &str| workload.pointer(path).and_then(Json::as_array).into_iter().flatten();
    let paths = ["/spec/template/spec/containers", "/spec/template/spec/initContainers"];
    let paths = paths.into_iter().chain(["/spec/containers", "/spec/initContainers"]);
    let mut words = Vec::new();
    for container in paths.flat_map(list) {
        words.extend(["command", "args"].map(|field| container[field].to_string()));
        let variables = container["env"].as_array().into_iter().flatten();
        words.extend(variables.map(|variable| variable["value"].to_string()));
    }
    words
}

/// Says whether a name is in a text, and not only as a part of a longer one.
fn is_named(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '.';
    text.match_indices(name).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn unseen() -> Readiness {
    Readiness::InProgress("not seen yet".to_owned())
}

/// Returns the object with its kind, which the items of a list do not state.
fn typed(object: DynamicObject, like: &ObjectRef) -> Json {
    let mut object = json(object);
    object["apiVersion"] = like.api_version.clone().into();
    object["kind"] = like.kind.clone().into();
    object
}

/// Helm's line for an object that is not ready.
fn line(object: &ObjectRef, status: &str, why: &str) -> String {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    format!(
        "resource {}/{namespace}/{} not ready. status: {status}, message: {why}",
        object.kind, object.name
    )
}
