//! What is in a namespace: asked before one is deleted that may hold what nobody named.

use futures_util::{StreamExt, TryStreamExt, stream};
use kube::api::{Api, DynamicObject, ListParams, ObjectMeta};

use super::{CONCURRENCY, Cluster, Error};
use crate::manifest::ObjectRef;

/// An object of a namespace, without its content.
#[derive(Debug, Clone)]
pub struct Content {
    /// The object.
    pub object: ObjectRef,
    /// Whether it is going: it is being deleted, or belongs to an object that may be.
    pub is_passing: bool,
}

impl Cluster {
    /// Returns every object in a namespace but those that each namespace has by itself: the default
    /// service account, the cluster's certificate, and events.
    ///
    /// # Errors
    /// Fails when one of the kinds cannot be listed, because then nobody knows.
    pub async fn contents(&self, namespace: &str) -> Result<Vec<Content>, Error> {
        let kinds = self.listable_kinds().await?;
        let lists = stream::iter(kinds).map(|resource| async move {
            let api: Api<DynamicObject> =
                Api::namespaced_with(self.client.clone(), namespace, &resource);
            let list = api.list_metadata(&ListParams::default()).await;
            let list = match list {
                // The kind is gone since it was asked which there are.
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
                list => list.map_err(|error| {
                    let doing = format!("list `{}` in namespace `{namespace}`", resource.kind);
                    self.error(doing, error)
                })?,
            };
            let content = |metadata| content(&resource.api_version, &resource.kind, metadata);
            let found = list.items.into_iter().map(|item| content(item.metadata));
            Ok::<_, Error>(found.collect::<Vec<_>>())
        });
        let lists: Vec<Vec<Content>> = lists.buffer_unordered(CONCURRENCY).try_collect().await?;
        let mut all: Vec<Content> = lists.into_iter().flatten().collect();
        all.retain(|content| !comes_by_itself(&content.object));
        all.sort_by_key(|content| content.object.to_string());
        Ok(all)
    }
}

fn content(api_version: &str, kind: &str, metadata: ObjectMeta) -> Content {
    let is_owned = metadata.owner_references.is_some_and(|owners| !owners.is_empty());
    Content {
        is_passing: is_owned || metadata.deletion_timestamp.is_some(),
        object: ObjectRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: metadata.namespace,
            name: metadata.name.unwrap_or_default(),
        },
    }
}

/// Says whether Kubernetes makes the object in every namespace.
fn comes_by_itself(object: &ObjectRef) -> bool {
    match object.kind.as_str() {
        "Event" => true,
        "ServiceAccount" => object.name == "default",
        "ConfigMap" => object.name == "kube-root-ca.crt",
        _ => false,
    }
}
