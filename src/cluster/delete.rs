//! Deleting objects, after a look at whose they are.

use kube::api::{DeleteParams, PropagationPolicy};
use serde::{Deserialize, Serialize};

use super::plan::not_owned;
use super::{Cluster, Error, Json, Owner};
use crate::manifest::ObjectRef;

/// What happens to the objects that a deleted object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Propagation {
    /// They are collected after it is gone.
    #[default]
    Background,
    /// They are collected before it goes.
    Foreground,
    /// They stay.
    Orphan,
}

/// An object to delete.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// The object, its namespace settled.
    pub object: ObjectRef,
    /// What happens to what it owns.
    pub propagation: Propagation,
}

/// Says whether a live object has the marks of the release.
pub fn belongs_to(live: &Json, owner: &Owner) -> bool {
    not_owned(live, owner).is_none()
}

impl Owner {
    /// Says why an object is not this release's; `None` if it is.
    pub fn foreign(&self, live: &Json) -> Option<String> {
        not_owned(live, self)
    }
}

impl Cluster {
    /// Returns the object as it is, if it exists.
    ///
    /// # Errors
    /// Fails when the object cannot be read.
    pub async fn find(&self, object: &ObjectRef) -> Result<Option<Json>, Error> {
        let api = self.api(object).await?;
        self.live(&api, object).await
    }

    /// Says why an object that exists is not the release's; `None` if it is, or does not exist.
    ///
    /// # Errors
    /// Fails when the object cannot be read.
    pub async fn foreign(
        &self,
        object: &ObjectRef,
        owner: &Owner,
    ) -> Result<Option<String>, Error> {
        let api = self.api(object).await?;
        Ok(self.live(&api, object).await?.and_then(|live| not_owned(&live, owner)))
    }

    pub(super) async fn delete(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
    ) -> Result<(), Error> {
        let api = self.api(object).await?;
        let policy = match propagation {
            Propagation::Background => PropagationPolicy::Background,
            Propagation::Foreground => PropagationPolicy::Foreground,
            Propagation::Orphan => PropagationPolicy::Orphan,
        };
        let params = DeleteParams { propagation_policy: Some(policy), ..Default::default() };
        match api.delete(&object.name, &params).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => Err(self.error(format!("delete `{object}`"), error)),
            Ok(_) => Ok(()),
        }
    }
}
