//! What an upgrade does to objects that others changed, that cannot change, or whose kind it brings.

use serde_json::{Value, json};

use crate::support::{Namespace, Output, eventually, plane};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Values.label | default \"web\" }}}
  template:
    metadata:
      labels: {app: {{ .Values.label | default \"web\" }}}
    spec:
      containers:
        - name: app
          image: web:1
          ports: [{containerPort: 80}]
          env:
            - {name: MODE, value: {{ .Values.mode | default \"a\" }}}
";

/// Writes a chart of one template.
fn chart(namespace: &Namespace, template: &str) {
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", "replicas: 1\n");
    namespace.sandbox().write("web/templates/objects.yaml", template);
}

fn installed(topic: &str, template: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    chart(&namespace, template);
    namespace.windlass(["install", "web", "web"]).success();
    namespace
}

fn upgrade(namespace: &Namespace, args: &[&str]) -> Output {
    namespace.windlass([&["upgrade", "web", "web"], args].concat())
}

fn deployment(namespace: &Namespace) -> Value {
    namespace.get("apps/v1/deployments", "web")
}

fn path(namespace: &Namespace, rest: &str) -> String {
    format!("/apis/apps/v1/namespaces/{}/deployments/web{rest}", namespace.name())
}

fn revisions(namespace: &Namespace) -> usize {
    namespace.list("v1/secrets", "owner=helm,name=web").len()
}

#[test]
fn an_upgrade_that_changes_nothing_writes_no_object() {
    let namespace = installed("no-op", DEPLOYMENT);
    // The controller's own writes are over once the object stays as it is.
    let before = eventually("the deployment settles", || {
        let before = deployment(&namespace);
        std::thread::sleep(std::time::Duration::from_secs(1));
        (before["metadata"] == deployment(&namespace)["metadata"]).then_some(before)
    });
    upgrade(&namespace, &[]).success();
    assert_eq!(deployment(&namespace)["metadata"], before["metadata"]);
    assert_eq!(revisions(&namespace), 2);
}

#[test]
fn a_conflict_names_manager_field_and_both_values_and_changes_nothing() {
    let namespace = installed("conflict", DEPLOYMENT);
    let change = json!({"spec": {"replicas": 4}});
    plane().api().merge(&path(&namespace, "?fieldManager=kubectl-edit"), &change);
    let output = upgrade(&namespace, &["--set", "replicas=2"]);
    assert!(output.code > 0, "{output}");
    for words in ["kubectl-edit", ".spec.replicas", "4", "2", "--force-conflicts"] {
        assert!(output.stderr.contains(words), "`{words}` is not said: {output}");
    }
    assert_eq!(revisions(&namespace), 1, "a record was made");
    upgrade(&namespace, &["--set", "replicas=2", "--force-conflicts"]).success();
    assert_eq!(deployment(&namespace)["spec"]["replicas"], 2);
}

#[test]
fn replicas_are_left_to_an_autoscaler() {
    let namespace = installed("autoscaled", DEPLOYMENT);
    let change = json!({"spec": {"replicas": 4}});
    let scale = path(&namespace, "/scale?fieldManager=kube-controller-manager");
    plane().api().merge(&scale, &change);
    upgrade(&namespace, &["--set", "replicas=2,mode=b"]).success();
    let after = deployment(&namespace);
    assert_eq!(after["spec"]["replicas"], 4);
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], "b");
    upgrade(&namespace, &["--set", "replicas=3,mode=c"]).success();
    assert_eq!(deployment(&namespace)["spec"]["replicas"], 4, "it stays left alone");
}

#[test]
fn an_immutable_field_is_named_and_recreated_on_demand() {
    let namespace = installed("immutable", DEPLOYMENT);
    let uid = deployment(&namespace)["metadata"]["uid"].clone();
    let output = upgrade(&namespace, &["--set", "label=other"]);
    assert!(output.code > 0, "{output}");
    for words in ["field is immutable", "spec.selector", "--recreate Deployment/web"] {
        assert!(output.stderr.contains(words), "`{words}` is not said: {output}");
    }
    assert_eq!(revisions(&namespace), 1, "a record was made");
    upgrade(&namespace, &["--set", "label=other", "--recreate", "deployment/web"]).success();
    let after = deployment(&namespace);
    assert_ne!(after["metadata"]["uid"], uid);
    assert_eq!(after["spec"]["selector"]["matchLabels"]["app"], "other");
}

const KIND: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.GROUP
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
---
apiVersion: GROUP/v1
kind: Gadget
metadata:
  name: web
spec: {size: 3}
";

#[test]
fn a_kind_and_its_object_come_in_one_chart() {
    let namespace = Namespace::new("own-kind");
    let group = format!("{}.example.com", namespace.name());
    chart(&namespace, &KIND.replace("GROUP", &group));
    namespace.windlass(["install", "web", "web"]).success();
    assert_eq!(namespace.get(&format!("{group}/v1/gadgets"), "web")["spec"]["size"], 3);
    namespace.windlass(["uninstall", "web", "--wait", "--timeout", "30s"]).success();
}

#[test]
fn a_namespace_and_what_is_in_it_come_in_one_chart() {
    let namespace = Namespace::new("own-namespace");
    let other = format!("{}-other", namespace.name());
    let objects = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {other}}}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: {other}}}\n"
    );
    chart(&namespace, &objects);
    namespace.windlass(["install", "web", "web"]).success();
    let found = plane().api().get(&format!("/api/v1/namespaces/{other}/configmaps/web"));
    assert!(found.is_some());
    namespace.windlass(["uninstall", "web"]).success();
}
