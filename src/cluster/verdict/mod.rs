//! Why an object does not become ready: a function of what is seen of it, its pods and its events.
//!
//! While something is waited for, only what waiting cannot heal is a finding, and what might pass by
//! itself has to last. When the time is up, the best there is to say is said.

mod around;
mod code;
mod container;
mod message;
mod pod;
mod workload;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use around::{Around, Side, View, moment};
pub use code::Code;
pub(super) use message::of_event;
pub(super) use workload::judge;

use super::ready::text;
use super::{Json, Readiness};
use crate::manifest::ObjectRef;

/// How long a state has to last that a controller may still be about to correct: their caches lag by
/// a second or two, and a verdict shall come within five.
const CONFIRMED: Duration = Duration::from_secs(3);

/// How long something counts as on its way where there is reason to hope: an autoscaler looks every
/// ten seconds and tells of it at once, pods that go take thirty seconds to end.
const HOPEFUL: Duration = Duration::from_secs(60);

/// Why an object is not ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The name of what keeps it.
    pub code: Code,
    /// The object, as people name it: `deployment/web`.
    pub object: String,
    /// Its namespace.
    pub namespace: String,
    /// The pod by which it is seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pod: Option<String>,
    /// The container of that pod.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub container: Option<String>,
    /// Why, in one line.
    pub reason: String,
    /// Since when, as the cluster has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// What says so.
    pub evidence: Vec<String>,
    /// Whether the log to read is that of the container's previous instance, the current one, or none.
    #[serde(rename = "log_of", skip_serializing_if = "LogOf::is_none", default)]
    pub log: LogOf,
}

/// Which instance of a container has something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogOf {
    /// It never ran.
    #[default]
    None,
    /// The one that is there.
    Current,
    /// The one before, which ended.
    Previous,
}

impl LogOf {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl Verdict {
    /// Returns the verdict in one line.
    pub fn line(&self) -> String {
        let Self { code, object, reason, .. } = self;
        let container = self.container.iter().map(|container| format!("container {container}: "));
        format!("{code}: {object}: {}{reason}", container.collect::<String>())
    }

    /// Says whether it is about an object of this kind and name.
    pub fn is_about(&self, object: &ObjectRef) -> bool {
        self.object == name(object)
    }
}

/// A verdict, and how long it must hold before it counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) patience: Duration,
}

/// When a judgement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// There is time left: only what cannot heal counts.
    Waiting,
    /// There is none: the likeliest cause counts.
    GivingUp,
}

/// Whether there may be room for pods that have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Nothing speaks for it.
    Unlikely,
    /// Pods went lately or will end by themselves, or nodes may come.
    Possible,
    /// Pods are being ended.
    OnItsWay,
}

/// What claims may be bound to.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    /// The volumes; `None` where they may not be known.
    pub(super) volumes: Option<Vec<Volume>>,
    /// The storage classes; `None` where they may not be known.
    pub(super) classes: Option<BTreeSet<String>>,
}

/// A volume that may be bound.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    pub(super) class: String,
    /// The namespace and name of the claim that it is kept for, if it is for one.
    pub(super) claim: Option<(String, String)>,
}

impl Storage {
    /// Says whether a claim may yet be bound: to a volume, or to one that is made for it.
    fn may_bind(&self, claim: &Json) -> bool {
        let class = text(claim, "/spec/storageClassName");
        let name = (text(claim, "/metadata/namespace"), text(claim, "/metadata/name"));
        let fits = |volume: &Volume| match &volume.claim {
            Some((namespace, claim)) => (namespace.as_str(), claim.as_str()) == name,
            None => volume.class == class,
        };
        self.volumes.as_ref().is_none_or(|volumes| volumes.iter().any(fits))
            || self.classes.as_ref().is_none_or(|classes| classes.contains(class))
    }
}

/// An object with what is known of it.
pub(super) struct Case<'a> {
    pub(super) object: &'a ObjectRef,
    pub(super) live: &'a Json,
    pub(super) readiness: &'a Readiness,
    pub(super) view: &'a View<'a>,
    pub(super) moment: Moment,
    pub(super) is_hook: bool,
    /// Whether others of the release are still starting, which this one may wait for.
    pub(super) others_start: bool,
    /// Whether there may be room for pods that have none.
    pub(super) room: Room,
    /// What claims may be bound to, if it is known.
    pub(super) storage: Option<&'a Storage>,
    /// Says whether another object of the release names something, and so may be about to make it.
    pub(super) expected: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Case<'_> {
    fn is_waiting(&self) -> bool {
        self.moment == Moment::Waiting
    }

    /// Makes a finding about the object itself.
    fn finding(&self, code: Code, reason: impl Into<String>, patience: Duration) -> Finding {
        let verdict = Verdict {
            code,
            object: name(self.object),
            namespace: self.object.namespace.clone().unwrap_or_default(),
            pod: None,
            container: None,
            reason: message::one_line(&reason.into()),
            since: None,
            evidence: Vec::new(),
            log: LogOf::None,
        };
        Finding { verdict, patience }
    }
}

impl Finding {
    fn since(mut self, since: &str) -> Self {
        self.verdict.since = Some(since.to_owned()).filter(|since| !since.is_empty());
        self
    }

    fn evidence(mut self, line: impl Into<String>) -> Self {
        let line = message::one_line(&line.into());
        if !line.is_empty() && !self.verdict.evidence.contains(&line) {
            self.verdict.evidence.push(line);
        }
        self
    }

    fn event(self, event: Option<&Json>) -> Self {
        match event {
            Some(event) => self.evidence(message::of_event(event)),
            None => self,
        }
    }
}

/// Returns what people call an object: `deployment/web`.
pub(super) fn name(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind.to_lowercase(), object.name)
}
