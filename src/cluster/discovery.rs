//! Which kinds the cluster has, asked once for each run: two requests for everything.

use std::collections::HashMap;

use kube::api::ApiResource;
use kube::discovery::{Discovery, Scope};

use super::{Cluster, Error};
use crate::chart::Capabilities;
use crate::manifest::ObjectRef;

/// Everything that discovery told.
pub(super) struct Kinds {
    by_name: HashMap<(String, String), Kind>,
    api_versions: Vec<String>,
}

/// One kind in one version.
#[derive(Clone)]
pub(super) struct Kind {
    /// How to address its objects.
    pub(super) resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
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

    pub(super) async fn kind(&self, object: &ObjectRef) -> Result<&Kind, Error> {
        let key = (object.api_version.clone(), object.kind.clone());
        let kind = self.kinds().await?.by_name.get(&key);
        kind.ok_or_else(|| Error::NoSuchKind { object: object.clone() })
    }

    async fn kinds(&self) -> Result<&Kinds, Error> {
        self.kinds.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Kinds, Error> {
        let discovery = Discovery::new(self.client.clone()).run_aggregated().await;
        let discovery =
            discovery.map_err(|error| self.error("ask which kinds there are", error))?;
        let mut by_name = HashMap::new();
        let mut api_versions = Vec::new();
        for group in discovery.groups() {
            for version in group.versions() {
                let resources = group.versioned_resources(version);
                if let Some((first, _)) = resources.first() {
                    api_versions.push(first.api_version.clone());
                }
                for (resource, capabilities) in resources {
                    api_versions.push(format!("{}/{}", resource.api_version, resource.kind));
                    let namespaced = capabilities.scope == Scope::Namespaced;
                    let key = (resource.api_version.clone(), resource.kind.clone());
                    by_name.insert(key, Kind { resource, namespaced });
                }
            }
        }
        api_versions.sort();
        api_versions.dedup();
        Ok(Kinds { by_name, api_versions })
    }
}
