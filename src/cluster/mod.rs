//! The Kubernetes API: what is there, what would change, and making it so.
//!
//! A deploy asks [`Cluster::plan`] first, which only reads, then carries the plan out with
//! [`Cluster::apply`] and watches it with [`Cluster::wait`].

mod access;
mod admission;
mod apply;
mod by_hand;
mod client_side;
mod connect;
mod contents;
mod crds;
mod definition;
mod delete;
mod discovery;
mod error;
mod fields;
mod lease;
mod lookup;
mod managed_fields;
mod plan;
mod pods;
mod ready;
mod retry;
mod start;
mod table;
mod transport;
mod verdict;
mod wait;

pub use access::Access;
pub use admission::Denial;
pub use apply::Applied;
pub use by_hand::{is_controller, last_by_hand};
pub use connect::{Connection, namespace, prepare_tls};
pub use contents::Content;
pub use crds::{BREAKING_DEFINITION, CrdPolicy};
pub use definition::Definition;
pub use delete::{Deletion, Propagation, belongs_to};
pub use error::Error;
pub use fields::{
    FieldChange, changes as field_changes, value_at, with_data, without_server_fields,
};
pub use lease::{HeldLease, Hold, Holder, LeaseWatch, Leasing, SeenLease, lease_name};
pub use managed_fields::{SetBy, last_set, set_by};
pub use plan::{Change, FieldConflict, Owner, Plan, PlanOptions, Refusal, Selection, Step};
pub use pods::{Container, ContainerState, Pod};
pub use ready::{Readiness, is_ready};
pub use start::Started;
pub use table::Table;
pub use verdict::{Code, LogOf, Verdict};
pub use wait::{Health, WaitFor, Waiting, Watched};

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::version::Info;
use kube::Client;
use kube::api::{Api, DynamicObject};
use tokio::sync::{Mutex, OnceCell};

use crate::manifest::ObjectRef;

/// The field manager of everything that is applied, so that Helm and windlass take over from each other.
const FIELD_MANAGER: &str = "helm";

/// How many objects are worked on at once; how many requests are under way is less if the API server
/// is busy.
const CONCURRENCY: usize = retry::MOST_REQUESTS;

/// An object as JSON, as the API server takes and gives it.
pub type Json = serde_json::Value;

/// A cluster, as one user sees it.
pub struct Cluster {
    client: Client,
    namespace: String,
    url: String,
    version: OnceCell<Info>,
    kinds: Mutex<Option<Arc<discovery::Kinds>>>,
    /// The admission webhooks that were told of as out of reach.
    awaited: std::sync::Mutex<BTreeSet<String>>,
}

impl Cluster {
    fn new(client: Client, namespace: String, url: String) -> Self {
        Self {
            client,
            namespace,
            url,
            version: OnceCell::new(),
            kinds: Mutex::default(),
            awaited: Default::default(),
        }
    }

    /// Returns the namespace that flags and kubeconfig mean.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the client, for the store of release records.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the API server's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks the API server for its version, once, which also tells whether it can be reached.
    ///
    /// # Errors
    /// Fails when there is no answer, or none for this user.
    pub async fn reach(&self) -> Result<&Info, Error> {
        let info = self.version.get_or_try_init(|| self.client.apiserver_version()).await;
        info.map_err(|error| match self.error("ask for the version", error) {
            Error::Api { message, .. } => {
                Error::Unreachable { url: self.url.clone(), reason: message }
            }
            other => other,
        })
    }

    /// Creates the namespace if it does not exist, with the label that Helm gives it.
    ///
    /// # Errors
    /// Fails when the API server refuses, except because the namespace exists.
    pub async fn create_namespace(&self, name: &str) -> Result<(), Error> {
        use k8s_openapi::api::core::v1::Namespace;
        let labels = std::collections::BTreeMap::from([("name".to_owned(), name.to_owned())]);
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.to_owned());
        namespace.metadata.labels = Some(labels);
        match Api::all(self.client.clone()).create(&Default::default(), &namespace).await {
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(()),
            Err(error) => Err(self.error(format!("create namespace `{name}`"), error)),
            Ok(_) => Ok(()),
        }
    }

    /// Returns the API of an object's kind, in the object's namespace or the cluster's scope.
    async fn api(&self, object: &ObjectRef) -> Result<Api<DynamicObject>, Error> {
        let kind = self.kind(object).await?;
        let namespace = object.namespace.as_deref().filter(|_| kind.namespaced);
        Ok(match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind.resource),
            None => Api::all_with(self.client.clone(), &kind.resource),
        })
    }

    fn error(&self, doing: impl Into<String>, error: kube::Error) -> Error {
        Error::from_kube(doing, &self.url, error)
    }
}
