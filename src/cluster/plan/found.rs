//! Objects read many at once: a list in place of a request for each.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use kube::api::{Api, DynamicObject, ListParams, TypeMeta};

use super::object::json;
use crate::cluster::{Cluster, Error, Json};
use crate::manifest::ObjectRef;

/// From how many objects of a kind on a list costs the API server less than reading each.
const MANY: usize = 5;

/// How many objects are asked for at once: of the largest there are, what a connection carries in
/// seconds.
const PAGE: u32 = 250;

/// What Helm and windlass put on every object of a release.
const OF_RELEASES: &str = "app.kubernetes.io/managed-by=Helm";

/// Objects that were read with others of their kind.
#[derive(Default)]
pub(super) struct Found(Mutex<HashMap<ObjectRef, Json>>);

impl Found {
    fn add(&self, object: ObjectRef, live: Json) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(object, live);
    }

    fn take(&self, object: &ObjectRef) -> Option<Json> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(object)
    }
}

/// Objects whose kind and namespace are one, by name.
type Group<'a> = HashMap<&'a str, &'a ObjectRef>;

impl Cluster {
    /// Reads those of the objects of which there are many of a kind.
    ///
    /// What is not found may be there all the same: without the label of releases, or for a user who
    /// may read objects and not list them.
    pub(super) async fn find_many<'a>(&self, wanted: impl Iterator<Item = &'a ObjectRef>) -> Found {
        let mut groups: BTreeMap<(&str, &str, Option<&str>), Group<'_>> = BTreeMap::new();
        for object in wanted {
            let group = (&*object.api_version, &*object.kind, object.namespace.as_deref());
            groups.entry(group).or_default().insert(&object.name, object);
        }
        let found = Found::default();
        let large = groups.into_values().filter(|group| group.len() >= MANY);
        join_all(large.map(|group| self.find_group(group, &found))).await;
        found
    }

    async fn find_group(&self, mut wanted: Group<'_>, found: &Found) {
        let Some(&first) = wanted.values().next() else { return };
        let Ok(api) = self.api(first).await else { return };
        let types = TypeMeta { api_version: first.api_version.clone(), kind: first.kind.clone() };
        // As many pages as the objects fill, and one more: others may have objects of the kind here.
        let pages = wanted.len() / PAGE as usize + 2;
        let mut params = ListParams::default().labels(OF_RELEASES).limit(PAGE);
        for _ in 0..pages {
            let Ok(page) = api.list(&params).await else { return };
            for mut item in page.items {
                let name = item.metadata.name.as_deref().unwrap_or_default();
                if let Some(object) = wanted.remove(name) {
                    item.types = Some(types.clone());
                    found.add(object.clone(), json(item));
                }
            }
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) if !wanted.is_empty() => params = params.continue_token(&token),
                _ => return,
            }
        }
    }

    /// Returns an object, `None` if it does not exist; one that was found already is not read again.
    pub(super) async fn live_or(
        &self,
        found: &Found,
        api: &Api<DynamicObject>,
        object: &ObjectRef,
    ) -> Result<Option<Json>, Error> {
        match found.take(object) {
            Some(live) => Ok(Some(live)),
            None => self.live(api, object).await,
        }
    }
}
