//! Waiting until objects are ready, or gone: one watch for each kind and namespace, no polling.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::SelectAll;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use kube::api::DynamicObject;
use kube::runtime::{WatchStreamExt, watcher};

use super::plan::json;
use super::ready::{completion, has_end, has_goal, readiness};
use super::{Cluster, Error, Json, Readiness};
use crate::manifest::ObjectRef;

/// How long is waited for a timeout of 0, as in Helm (pkg/kube/statuswait.go).
const UNSTATED_TIMEOUT: Duration = Duration::from_secs(30);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// Every object has reached its goal; `jobs` says whether Jobs must be complete.
    Ready {
        /// Whether Jobs must be complete.
        jobs: bool,
    },
    /// Every object has come to its end: Jobs and Pods have succeeded, definitions are established.
    Done,
    /// No object is there any more.
    Gone,
}

/// How far the waiting is, told at every change.
#[derive(Debug)]
pub struct Waiting<'a> {
    /// The object that changed.
    pub object: &'a ObjectRef,
    /// How far it is.
    pub readiness: &'a Readiness,
    /// How many objects are there yet to wait for.
    pub left: usize,
}

/// What a watch saw of the objects of a group, by the group's index.
type Seen = (usize, Sight);

enum Sight {
    Event(Box<watcher::Event<DynamicObject>>),
    /// The kind itself is gone, and all its objects with it.
    KindGone,
}

impl Cluster {
    /// Watches `objects`, whose namespaces are settled, until all are ready or gone.
    ///
    /// # Errors
    /// Fails when the time is up, naming each object that is not ready and why, and at once when
    /// an object can never become ready or may not be watched.
    pub async fn wait(
        &self,
        objects: &[ObjectRef],
        goal: WaitFor,
        timeout: Duration,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) -> Result<(), Error> {
        let mut waiting = State::new(objects, goal);
        if waiting.left() == 0 {
            return Ok(());
        }
        let groups = waiting.groups();
        let mut events = self.watch(&groups).await?;
        let timeout = if timeout.is_zero() { UNSTATED_TIMEOUT } else { timeout };
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let next = tokio::time::timeout_at(deadline, events.try_next()).await;
            let Ok(next) = next else { return Err(waiting.timed_out()) };
            let Some((group, sight)) = next? else { return Err(waiting.timed_out()) };
            match sight {
                Sight::Event(event) => waiting.take(&groups[group], *event, told)?,
                Sight::KindGone => waiting.gone(groups[group].iter(), told),
            }
            if waiting.left() == 0 {
                return Ok(());
            }
        }
    }

    async fn watch(
        &self,
        groups: &[Vec<ObjectRef>],
    ) -> Result<SelectAll<BoxStream<'static, Result<Seen, Error>>>, Error> {
        let mut all = SelectAll::new();
        for (index, group) in groups.iter().enumerate() {
            let api = self.api(&group[0]).await?;
            let mut config = watcher::Config::default();
            if let [only] = group.as_slice() {
                config = config.fields(&format!("metadata.name={}", only.name));
            }
            let (url, kind) = (self.url.clone(), group[0].kind.clone());
            let events = watcher(api, config).default_backoff().filter_map(move |event| {
                let result = match event {
                    Ok(event) => Some(Ok((index, Sight::Event(Box::new(event))))),
                    // The watcher retries by itself; only a refusal will not change.
                    Err(error) => refusal(error).map(|status| match status.code {
                        404 => Ok((index, Sight::KindGone)),
                        _ => {
                            let error = kube::Error::Api(status);
                            Err(Error::from_kube(format!("watch `{kind}`"), &url, error))
                        }
                    }),
                };
                std::future::ready(result)
            });
            all.push(events.boxed());
        }
        Ok(all)
    }
}

fn refusal(error: watcher::Error) -> Option<Box<kube::core::Status>> {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            if matches!(status.code, 401 | 403 | 404) =>
        {
            Some(status)
        }
        _ => None,
    }
}

/// What is known of the objects that are waited for.
struct State {
    goal: WaitFor,
    objects: BTreeMap<ObjectRef, Readiness>,
}

impl State {
    fn new(objects: &[ObjectRef], goal: WaitFor) -> Self {
        let waited_for = |object: &&ObjectRef| match goal {
            WaitFor::Ready { .. } => has_goal(object.group(), &object.kind),
            WaitFor::Done => has_end(object.group(), &object.kind),
            WaitFor::Gone => true,
        };
        let unknown =
            |object: &ObjectRef| (object.clone(), Readiness::InProgress("not seen yet".to_owned()));
        Self { goal, objects: objects.iter().filter(waited_for).map(unknown).collect() }
    }

    fn left(&self) -> usize {
        self.objects.values().filter(|readiness| **readiness != Readiness::Ready).count()
    }

    /// Groups the objects by what one watch can see.
    fn groups(&self) -> Vec<Vec<ObjectRef>> {
        let mut groups: BTreeMap<(&str, &str, Option<&str>), Vec<ObjectRef>> = BTreeMap::new();
        for object in self.objects.keys() {
            let key = (&*object.api_version, &*object.kind, object.namespace.as_deref());
            groups.entry(key).or_default().push(object.clone());
        }
        groups.into_values().collect()
    }

    fn take(
        &mut self,
        group: &[ObjectRef],
        event: watcher::Event<DynamicObject>,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) -> Result<(), Error> {
        match event {
            watcher::Event::Init => Ok(()),
            watcher::Event::Apply(object) | watcher::Event::InitApply(object) => {
                self.changed(group, &typed(object, &group[0]), told)
            }
            watcher::Event::Delete(object) => {
                let name = object.metadata.name.unwrap_or_default();
                self.gone(group.iter().filter(|object| object.name == name), told);
                Ok(())
            }
            watcher::Event::InitDone => {
                let unseen = Readiness::InProgress("not seen yet".to_owned());
                let missing: BTreeSet<&ObjectRef> =
                    group.iter().filter(|object| self.objects[*object] == unseen).collect();
                self.gone(missing.into_iter(), told);
                Ok(())
            }
        }
    }

    fn changed(
        &mut self,
        group: &[ObjectRef],
        object: &Json,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) -> Result<(), Error> {
        let name = object.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default();
        let Some(reference) = group.iter().find(|reference| reference.name == name) else {
            return Ok(());
        };
        let now = match self.goal {
            WaitFor::Ready { jobs } => readiness(object, jobs),
            WaitFor::Done => completion(object),
            WaitFor::Gone => Readiness::InProgress("still there".to_owned()),
        };
        self.set(reference, now.clone(), told);
        match now {
            Readiness::Failed(why) => {
                Err(Error::Failed { failed: vec![line(reference, "Failed", &why)] })
            }
            _ => Ok(()),
        }
    }

    fn gone<'a>(
        &mut self,
        objects: impl Iterator<Item = &'a ObjectRef>,
        told: &(dyn Fn(Waiting<'_>) + Sync),
    ) {
        for object in objects {
            let now = match self.goal {
                WaitFor::Gone => Readiness::Ready,
                WaitFor::Ready { .. } | WaitFor::Done => {
                    Readiness::InProgress("it does not exist".to_owned())
                }
            };
            self.set(object, now, told);
        }
    }

    fn set(&mut self, object: &ObjectRef, now: Readiness, told: &(dyn Fn(Waiting<'_>) + Sync)) {
        let before = self.objects.insert(object.clone(), now.clone());
        if before.as_ref() != Some(&now) {
            told(Waiting { object, readiness: &now, left: self.left() });
        }
    }

    fn timed_out(&self) -> Error {
        let not_ready = self.objects.iter().filter_map(|(object, readiness)| match readiness {
            Readiness::Ready => None,
            Readiness::InProgress(why) => Some(line(object, "InProgress", why)),
            Readiness::Failed(why) => Some(line(object, "Failed", why)),
        });
        Error::NotReady { not_ready: not_ready.collect() }
    }
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
