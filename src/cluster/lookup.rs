//! What templates ask the cluster for: the one synchronous call into an asynchronous world.

use kube::api::{Api, ListParams};

use super::plan::json;
use super::{Cluster, Error, Json};
use crate::manifest::ObjectRef;

impl Cluster {
    /// Returns an object, or a list when `name` is empty; an empty map when there is none.
    ///
    /// Must be called on a thread of a multi-threaded runtime, or beside one, never on its reactor.
    ///
    /// # Errors
    /// Fails when the API server refuses or the kind does not exist.
    pub async fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Json, Error> {
        let object = ObjectRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            name: name.to_owned(),
        };
        let api = self.api(&object).await?;
        if name.is_empty() {
            return self.lookup_list(&api, &object).await;
        }
        Ok(self.live(&api, &object).await?.unwrap_or_else(|| Json::Object(Default::default())))
    }

    async fn lookup_list(
        &self,
        api: &Api<kube::api::DynamicObject>,
        object: &ObjectRef,
    ) -> Result<Json, Error> {
        let list = api.list(&ListParams::default()).await;
        let list = list.map_err(|error| self.error(format!("list `{}`", object.kind), error))?;
        let typed = |item| {
            // The items of a list do not state their kind; Go's client adds it, and charts read it.
            let mut item = json(item);
            item["apiVersion"] = object.api_version.clone().into();
            item["kind"] = object.kind.clone().into();
            item
        };
        let items: Vec<Json> = list.items.into_iter().map(typed).collect();
        Ok(serde_json::json!({
            "apiVersion": object.api_version,
            "kind": format!("{}List", object.kind),
            "metadata": list.metadata,
            "items": items,
        }))
    }
}
