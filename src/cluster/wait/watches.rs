//! The watches of a wait: one for each kind and namespace of the objects, and of what is around them.

use std::collections::BTreeSet;

use futures_util::stream::SelectAll;
use futures_util::{StreamExt, stream::BoxStream};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::{WatchStreamExt, watcher};

use crate::cluster::verdict::Side;
use crate::cluster::{Cluster, Error};
use crate::manifest::ObjectRef;

/// What a watch saw.
pub(super) enum Sight {
    /// Of the objects of a group, by the group's index.
    Object(usize, Box<watcher::Event<DynamicObject>>),
    /// The kind of a group is gone, and all its objects with it.
    KindGone(usize),
    /// Of what is around the objects in a namespace.
    Around(Side, String, Box<watcher::Event<DynamicObject>>),
    /// What is around the objects may not be seen.
    Unseen(Side, String),
}

pub(super) type Sights = SelectAll<BoxStream<'static, Result<Sight, Error>>>;

impl Cluster {
    /// Watches groups of objects of one kind and namespace each.
    pub(super) async fn watch(&self, groups: &[Vec<ObjectRef>]) -> Result<Sights, Error> {
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
                    Ok(event) => Some(Ok(Sight::Object(index, Box::new(event)))),
                    // The watcher retries by itself; only a refusal will not change.
                    Err(error) => refusal(error).map(|status| match status.code {
                        404 => Ok(Sight::KindGone(index)),
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

    /// Watches what is around objects; that it may not be seen is no failure.
    pub(super) fn watch_around(&self, places: &BTreeSet<(Side, String)>, sights: &mut Sights) {
        for (side, namespace) in places {
            let (side, namespace) = (*side, namespace.clone());
            let events = watcher(self.api_around(side, &namespace), watcher::Config::default())
                .default_backoff()
                .filter_map(move |event| {
                    let namespace = namespace.clone();
                    std::future::ready(match event {
                        Ok(event) => Some(Ok(Sight::Around(side, namespace, Box::new(event)))),
                        Err(error) => refusal(error).map(|_| Ok(Sight::Unseen(side, namespace))),
                    })
                });
            sights.push(events.boxed());
        }
    }

    pub(super) fn api_around(&self, side: Side, namespace: &str) -> Api<DynamicObject> {
        let resource = match side {
            Side::Pod => ApiResource::erase::<Pod>(&()),
            Side::ReplicaSet => ApiResource::erase::<ReplicaSet>(&()),
            Side::Claim => ApiResource::erase::<PersistentVolumeClaim>(&()),
            Side::Event => ApiResource::erase::<Event>(&()),
        };
        Api::namespaced_with(self.client.clone(), namespace, &resource)
    }
}

/// Returns what is worth looking at around an object.
pub(super) fn sides(object: &ObjectRef) -> &'static [Side] {
    match (object.group(), &*object.kind) {
        ("apps", "Deployment") => &Side::ALL,
        ("apps", _) | ("", "ReplicationController" | "Pod") | ("batch", "Job") => {
            &[Side::Pod, Side::Claim, Side::Event]
        }
        ("", "PersistentVolumeClaim") => &[Side::Event],
        _ => &[],
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
