//! Which kinds the cluster has, asked once, and again when a release brought some: two requests for everything.

use std::collections::HashMap;
use std::sync::Arc;

use kube::api::ApiResource;
use kube::core::GroupVersion;
use kube::core::discovery::v2::APIGroupDiscovery;
use kube::discovery::verbs;

use super::{Cluster, Error};
use crate::chart::Capabilities;
use crate::manifest::ObjectRef;

/// Everything that discovery told.
#[derive(Default)]
pub(super) struct Kinds {
    /// By API version and kind.
    by_name: HashMap<(String, String), Kind>,
    /// The API version of a group and kind that the API server prefers.
    preferred: HashMap<(String, String), String>,
    api_versions: Vec<String>,
}

/// One kind in one version.
#[derive(Clone)]
pub(super) struct Kind {
    /// How to address its objects.
    pub(super) resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
    listable: bool,
}

impl Cluster {
    /// Returns what charts may ask about this cluster: its version, and the kinds it has.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        let (found, kinds) = tokio::try_join!(self.reach(), self.kinds())?;
        let api_versions = kinds.api_versions.clone();
        Ok(Capabilities::of_cluster(&found.git_version, &found.major, &found.minor, api_versions))
    }

    /// Returns the object with its namespace settled: `namespace` where it names none and its kind
    /// has one, none where its kind has none.
    ///
    /// # Errors
    /// Fails when the cluster does not have the kind.
    pub async fn settle(&self, object: &ObjectRef, namespace: &str) -> Result<ObjectRef, Error> {
        let kind = self.kind(object).await?;
        let mut settled = object.clone();
        settled.namespace = kind
            .namespaced
            .then(|| object.namespace.clone().unwrap_or_else(|| namespace.to_owned()));
        Ok(settled)
    }

    /// Settles an object whose version may no longer be served: with the version that is, or the
    /// group that the kind moved to; `None` if the kind is gone.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn settle_served(
        &self,
        object: &ObjectRef,
        namespace: &str,
    ) -> Result<Option<ObjectRef>, Error> {
        let kinds = self.kinds().await?;
        let is_served = kinds.by_name.contains_key(&key(&object.api_version, &object.kind));
        let api_version = if is_served {
            object.api_version.clone()
        } else {
            let groups = [object.group(), moved_to(object)];
            let found = groups.iter().find_map(|group| {
                kinds.preferred.get(&((*group).to_owned(), object.kind.clone())).cloned()
            });
            match found {
                Some(api_version) => api_version,
                None => return Ok(None),
            }
        };
        self.settle(&ObjectRef { api_version, ..object.clone() }, namespace).await.map(Some)
    }

    pub(super) async fn kind(&self, object: &ObjectRef) -> Result<Kind, Error> {
        let kinds = self.kinds().await?;
        let kind = kinds.by_name.get(&key(&object.api_version, &object.kind)).cloned();
        kind.ok_or_else(|| Error::NoSuchKind { object: object.clone() })
    }

    /// Returns each kind whose objects live in namespaces and can be listed, in one version.
    pub(super) async fn listable_kinds(&self) -> Result<Vec<ApiResource>, Error> {
        let kinds = self.kinds().await?;
        let preferred = kinds.preferred.iter().filter_map(|((_, kind), api_version)| {
            let kind = kinds.by_name.get(&key(api_version, kind))?;
            (kind.namespaced && kind.listable).then(|| kind.resource.clone())
        });
        Ok(preferred.collect())
    }

    /// Asks for the version and for the kinds at once, because what changes a release needs both.
    ///
    /// # Errors
    /// As for [`Cluster::reach`]; that the kinds are not told is the error of whoever needs one.
    pub async fn reach_and_learn(&self) -> Result<(), Error> {
        let (reached, _) = tokio::join!(self.reach(), self.kinds());
        reached.map(drop)
    }

    async fn kinds(&self) -> Result<Arc<Kinds>, Error> {
        let mut kinds = self.kinds.lock().await;
        if let Some(kinds) = &*kinds {
            return Ok(kinds.clone());
        }
        let found = Arc::new(self.discover().await?);
        *kinds = Some(found.clone());
        Ok(found)
    }

    pub(super) async fn knows_kinds(&self, wanted: &[(String, String)]) -> Result<bool, Error> {
        let kinds = self.kinds().await?;
        Ok(wanted.iter().all(|kind| kinds.by_name.contains_key(kind)))
    }

    /// Asks again at the next use: kinds were added.
    pub(super) async fn forget_kinds(&self) {
        *self.kinds.lock().await = None;
    }

    async fn discover(&self) -> Result<Kinds, Error> {
        let asked = tokio::try_join!(
            self.client.list_core_api_versions_aggregated(),
            self.client.list_api_groups_aggregated(),
        );
        let (core, named) =
            asked.map_err(|error| self.error("ask which kinds there are", error))?;
        let mut kinds = Kinds::default();
        for group in core.items.into_iter().chain(named.items) {
            kinds.add(group);
        }
        kinds.api_versions.sort();
        kinds.api_versions.dedup();
        Ok(kinds)
    }
}

impl Kinds {
    /// Adds the kinds of a group, whose versions come in the order in which the API server prefers them.
    fn add(&mut self, group: APIGroupDiscovery) {
        let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
        for version in group.versions {
            let api = GroupVersion::gv(&name, &version.version.unwrap_or_default());
            if !version.resources.is_empty() {
                self.api_versions.push(api.api_version());
            }
            for found in version.resources {
                let kind = found.response_kind.and_then(|kind| kind.kind).unwrap_or_default();
                let plural = found.resource.unwrap_or_default();
                let resource =
                    ApiResource::from_gvk_with_plural(&api.clone().with_kind(&kind), &plural);
                let api_version = resource.api_version.clone();
                self.api_versions.push(format!("{api_version}/{kind}"));
                let preferred = self.preferred.entry((name.clone(), kind.clone()));
                preferred.or_insert_with(|| api_version.clone());
                let namespaced = found.scope.as_deref() == Some("Namespaced");
                let listable = found.verbs.iter().any(|verb| verb == verbs::LIST);
                let described = Kind { resource, namespaced, listable };
                self.by_name.insert((api_version, kind), described);
            }
        }
    }
}

fn key(api_version: &str, kind: &str) -> (String, String) {
    (api_version.to_owned(), kind.to_owned())
}

/// Returns the group to which Kubernetes moved a kind, its own if it did not: the groups `extensions`
/// (Kubernetes 1.16, 1.22) and the events of the core group are all that moved.
fn moved_to(object: &ObjectRef) -> &str {
    match (object.group(), object.kind.as_str()) {
        ("extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => "apps",
        ("extensions", "Ingress" | "NetworkPolicy") => "networking.k8s.io",
        ("extensions", "PodSecurityPolicy") => "policy",
        (group, _) => group,
    }
}
