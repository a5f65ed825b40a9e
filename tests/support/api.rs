//! The API server as a test sees it: plain requests with JSON answers, and nothing of windlass in between.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::discovery::{self, Scope};
use kube::{Client, Config, Error};
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::Runtime;

/// A connection to the API server, usable from every test thread (but not inside an async test).
pub(crate) struct Api {
    runtime: Runtime,
    client: Client,
    server: String,
    authority: String,
}

impl Api {
    /// Prepares a connection with what a kubeconfig's current context says; nothing is sent yet.
    pub(crate) fn connect(kubeconfig: &Path) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|err| format!("cannot start the asynchronous runtime: {err}"))?;
        let wrong = |err: &dyn std::error::Error| {
            format!("cannot use the kubeconfig `{}`: {err}", kubeconfig.display())
        };
        let parsed = Kubeconfig::read_from(kubeconfig).map_err(|err| wrong(&err))?;
        let options = KubeConfigOptions::default();
        let loading = Config::from_custom_kubeconfig(parsed, &options);
        let mut config = runtime.block_on(loading).map_err(|err| wrong(&err))?;
        // kube takes HTTPS_PROXY from the environment even for this machine's own addresses.
        if config.cluster_url.host() == Some("127.0.0.1") {
            config.proxy_url = None;
        }
        let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let authority = config.root_cert.iter().flatten().map(|der| pem(der)).collect();
        // The client starts a task, for which it must find the runtime.
        let inside = runtime.enter();
        let client = Client::try_from(config).map_err(|err| wrong(&err))?;
        drop(inside);
        Ok(Self { runtime, client, server, authority })
    }

    /// The URL of the API server.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The certificates of the authorities that may have signed the API server's, as PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the text at a path, such as `/readyz`.
    pub(crate) fn text(&self, path: &str) -> Result<String, Error> {
        let request = Request::get(path).body(Vec::new()).map_err(Error::HttpError)?;
        self.runtime.block_on(self.client.request_text(request))
    }

    /// Returns the object at a path, such as `/api/v1/namespaces/default`, or nothing when there is none.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        match self.request(Method::GET, path, "application/json", Vec::new()) {
            Ok(object) => Some(object),
            Err(Error::Api(status)) if status.is_not_found() => None,
            Err(err) => panic!("cannot read `{path}`: {err}"),
        }
    }

    /// Creates an object in the collection at a path, and returns what the API server made of it.
    #[track_caller]
    pub(crate) fn create(&self, path: &str, object: &Value) -> Value {
        self.request(Method::POST, path, "application/json", object.to_string().into_bytes())
            .unwrap_or_else(|err| panic!("cannot create an object in `{path}`: {err}"))
    }

    /// Creates an object as [`Api::create`] does, or returns why the API server does not.
    pub(crate) fn try_create(&self, path: &str, object: &Value) -> Result<Value, Error> {
        self.request(Method::POST, path, "application/json", object.to_string().into_bytes())
    }

    /// Merges a change into the object at a path, which may name a subresource and a field manager.
    #[track_caller]
    pub(crate) fn merge(&self, path: &str, change: &Value) -> Value {
        let body = change.to_string().into_bytes();
        self.request(Method::PATCH, path, "application/merge-patch+json", body)
            .unwrap_or_else(|err| panic!("cannot change `{path}`: {err}"))
    }

    /// Deletes the object at a path, and does not wait until it is gone.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Error> {
        self.request(Method::DELETE, path, "application/json", Vec::new()).map(drop)
    }

    /// Applies the documents of a YAML text; objects that live in namespaces go to the one given.
    #[track_caller]
    pub(crate) fn apply(&self, namespace: &str, yaml: &str) {
        for document in serde_yaml::Deserializer::from_str(yaml) {
            let object = Value::deserialize(document)
                .unwrap_or_else(|err| panic!("a test's manifest is not YAML: {err}"));
            let path = self.path_of(namespace, &object);
            let query = "fieldManager=windlass-tests&force=true";
            let body = object.to_string().into_bytes();
            let path = format!("{path}?{query}");
            self.request(Method::PATCH, &path, "application/apply-patch+yaml", body)
                .unwrap_or_else(|err| panic!("cannot apply to `{path}`: {err}"));
        }
    }

    #[track_caller]
    fn path_of(&self, namespace: &str, object: &Value) -> String {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let wanted = GroupVersionKind::gvk(group, version, kind);
        let (resource, capabilities) = self
            .runtime
            .block_on(discovery::pinned_kind(&self.client, &wanted))
            .unwrap_or_else(|err| panic!("the API server has no `{kind}` of {api_version}: {err}"));
        let namespace = match capabilities.scope {
            Scope::Namespaced => Some(namespace),
            Scope::Cluster => None,
        };
        let collection = collection(namespace, &format!("{api_version}/{}", resource.plural));
        format!("{collection}/{}", text("/metadata/name"))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, Error> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(body)
            .map_err(Error::HttpError)?;
        self.runtime.block_on(self.client.request(request))
    }
}

/// The path of a collection, from a namespace and a resource such as `v1/secrets` or `apps/v1/deployments`.
pub(crate) fn collection(namespace: Option<&str>, resource: &str) -> String {
    let (version, plural) =
        resource.rsplit_once('/').expect("a resource is named with its API version: `v1/secrets`");
    let root = if version.contains('/') { "apis" } else { "api" };
    match namespace {
        Some(namespace) => format!("/{root}/{version}/namespaces/{namespace}/{plural}"),
        None => format!("/{root}/{version}/{plural}"),
    }
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Asks until there is an answer, and fails the test naming `what` when there is none after a minute.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "did not happen within a minute: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
