//! What this user may do, as the API server's authorizers say.

use futures_util::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};

use super::{CONCURRENCY, Cluster, Error};
use crate::manifest::ObjectRef;

/// A verb on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<String>,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource, such as `deployments`.
    pub resource: String,
    /// The verb, such as `patch`.
    pub verb: &'static str,
}

impl Cluster {
    /// Returns what a verb on an object means for the authorizers.
    ///
    /// # Errors
    /// Fails when the cluster does not have the kind.
    pub async fn access(&self, object: &ObjectRef, verb: &'static str) -> Result<Access, Error> {
        let kind = self.kind(object).await?;
        Ok(Access {
            namespace: object.namespace.clone().filter(|_| kind.namespaced),
            group: kind.resource.group,
            resource: kind.resource.plural,
            verb,
        })
    }

    /// Returns those of the verbs that this user may not use, in their order.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn denied(
        &self,
        wanted: impl IntoIterator<Item = Access>,
    ) -> Result<Vec<Access>, Error> {
        let asked = stream::iter(wanted).map(|access| async move {
            let is_allowed = self.may(&access).await?;
            Ok((!is_allowed).then_some(access))
        });
        let found: Vec<Option<Access>> = asked.buffered(CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn may(&self, access: &Access) -> Result<bool, Error> {
        let attributes = ResourceAttributes {
            namespace: access.namespace.clone(),
            group: Some(access.group.clone()),
            resource: Some(access.resource.clone()),
            verb: Some(access.verb.to_owned()),
            ..ResourceAttributes::default()
        };
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(attributes),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let answer = api.create(&PostParams::default(), &review).await;
        let answer = answer.map_err(|error| self.error("ask what this user may do", error))?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}
