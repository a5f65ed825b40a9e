//! A namespace of its own for a test, with windlass, real Helm and the API server at hand.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::api::{collection, eventually};
use super::plane::{plane, tool};
use super::sandbox::{Output, Sandbox, WINDLASS};

/// A fresh namespace; deleted when dropped, so also when its test panics.
pub(crate) struct Namespace {
    name: String,
    sandbox: Sandbox,
}

impl Namespace {
    /// Makes a namespace named after the topic of the test, and waits until pods may be made in it.
    #[track_caller]
    pub(crate) fn new(topic: &str) -> Self {
        let name = unique(topic);
        let labels = json!({"test.windlass/namespace": "true"});
        plane()
            .api()
            .create("/api/v1/namespaces", &json!({"metadata": {"name": name, "labels": labels}}));
        let namespace = Self { name, sandbox: Sandbox::new() };
        eventually("a namespace gets its service account", || {
            namespace.find("v1/serviceaccounts", "default")
        });
        namespace
    }

    /// Its name: the topic and a suffix that differs from run to run.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder in which the commands of this test run.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Runs windlass as the administrator, in this namespace unless an argument says otherwise.
    #[track_caller]
    pub(crate) fn windlass<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        let mut command = self.command(WINDLASS);
        command.args(args);
        Output::of(command)
    }

    /// Runs real Helm like [`Namespace::windlass`].
    #[track_caller]
    pub(crate) fn helm<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        let mut command = self.command(tool("helm"));
        command.args(args);
        Output::of(command)
    }

    /// Prepares a program that sees the cluster and this namespace, for tests that change its environment or input.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.sandbox.command(program);
        command.env("KUBECONFIG", plane().kubeconfig()).env("HELM_NAMESPACE", &self.name);
        command
    }

    /// Returns an object of this namespace: `get("apps/v1/deployments", "web")`.
    #[track_caller]
    pub(crate) fn get(&self, resource: &str, name: &str) -> Value {
        self.find(resource, name)
            .unwrap_or_else(|| panic!("namespace {} has no {resource} `{name}`", self.name))
    }

    /// Returns an object of this namespace, or nothing when there is none of that name.
    #[track_caller]
    pub(crate) fn find(&self, resource: &str, name: &str) -> Option<Value> {
        plane().api().get(&format!("{}/{name}", collection(Some(&self.name), resource)))
    }

    /// Returns the objects of this namespace that carry the labels given: `list("v1/pods", "app=web")`, `list("v1/secrets", "")`.
    #[track_caller]
    pub(crate) fn list(&self, resource: &str, labels: &str) -> Vec<Value> {
        let selector = labels.replace('=', "%3D").replace(',', "%2C").replace('!', "%21");
        let collection = collection(Some(&self.name), resource);
        let mut answer = plane()
            .api()
            .get(&format!("{collection}?labelSelector={selector}"))
            .unwrap_or_else(|| panic!("the API server has no {resource}"));
        serde_json::from_value(answer["items"].take()).expect("a list has items")
    }

    /// Applies the documents of a YAML text, those that live in namespaces to this one.
    #[track_caller]
    pub(crate) fn apply(&self, yaml: &str) {
        plane().api().apply(&self.name, yaml);
    }

    /// Makes a service account that may do in this namespace what the rules allow, and returns a token of it.
    ///
    /// The rules are those of a Role: `[{apiGroups: [""], resources: [secrets], verbs: [get, list]}]`.
    #[track_caller]
    pub(crate) fn service_account_token(&self, name: &str, rules: &str) -> String {
        let namespace = &self.name;
        self.apply(&format!(
            r#"
{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: {name}}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {name}}}
rules: {rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}
subjects: [{{kind: ServiceAccount, name: {name}, namespace: {namespace}}}]
"#
        ));
        let account = format!("{}/{name}", collection(Some(namespace), "v1/serviceaccounts"));
        let request = json!({"spec": {"expirationSeconds": 3600}});
        let answer = plane().api().create(&format!("{account}/token"), &request);
        answer["status"]["token"].as_str().expect("a token request is answered by one").to_owned()
    }
}

/// A namespace that a command of a test made by itself; deleted when dropped.
pub(crate) struct Elsewhere {
    name: &'static str,
}

impl Elsewhere {
    /// Watches over a namespace that exists, or that a command is going to make.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// Returns an object of the namespace, as [`Namespace::get`] does.
    #[track_caller]
    pub(crate) fn get(&self, resource: &str, name: &str) -> Value {
        self.find(resource, name)
            .unwrap_or_else(|| panic!("namespace {} has no {resource} `{name}`", self.name))
    }

    /// Returns an object of the namespace, or nothing when there is none of that name.
    #[track_caller]
    pub(crate) fn find(&self, resource: &str, name: &str) -> Option<Value> {
        plane().api().get(&format!("{}/{name}", collection(Some(self.name), resource)))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // As for a namespace of the test's own.
        let _ = plane().api().delete(&format!("/api/v1/namespaces/{}", self.name));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The test has its verdict already, and the cluster is thrown away anyhow.
        let _ = plane().api().delete(&format!("/api/v1/namespaces/{}", self.name));
    }
}

fn unique(topic: &str) -> String {
    static RUN: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one("run") as u32);
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("{topic}-{:08x}-{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed))
}
