//! Releases that stay with client-side apply, as Helm 3 made all of them.

use serde_json::{Value, json};

use crate::support::{Namespace, plane};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const OBJECTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  kept: a
  {{- if .Values.more }}
  gone: b
  {{- end }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: {{ .Values.label }}}}
  template:
    metadata: {labels: {app: {{ .Values.label }}}}
    spec:
      containers:
        - name: app
          image: web:{{ .Values.tag }}
          env:
            - {name: MODE, value: a}
            {{- if .Values.more }}
            - {name: MORE, value: b}
            {{- end }}
";

/// Returns a namespace with a chart.
fn namespace(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", "more: true\ntag: 1\nlabel: web\n");
    namespace.sandbox().write("web/templates/objects.yaml", OBJECTS);
    namespace
}

fn container(namespace: &Namespace) -> Value {
    namespace.get("apps/v1/deployments", "web")["spec"]["template"]["spec"]["containers"][0].clone()
}

fn methods(namespace: &Namespace) -> Vec<String> {
    let revisions = namespace.helm(["history", "web", "-o", "json"]).success().stdout;
    let revisions: Value = serde_json::from_str(&revisions).expect("a history as JSON");
    let revisions =
        revisions.as_array().expect("a list").iter().map(|one| one["revision"].to_string());
    let method = |revision: String| {
        let args = ["get", "metadata", "web", "--revision", &revision, "-o", "json"];
        let metadata = namespace.helm(args).success().stdout;
        let metadata: Value = serde_json::from_str(&metadata).expect("metadata as JSON");
        metadata["applyMethod"].as_str().expect("a method").to_owned()
    };
    revisions.map(method).collect()
}

/// Changes by hand what an upgrade must leave alone.
fn change_by_hand(namespace: &Namespace) {
    let path = format!("/api/v1/namespaces/{}/configmaps/web", namespace.name());
    plane().api().merge(&path, &json!({"data": {"mine": "x"}}));
    let path = format!("/apis/apps/v1/namespaces/{}/deployments/web", namespace.name());
    plane().api().merge(&path, &json!({"spec": {"replicas": 3}}));
}

/// Upgrades a client-side release by one tool, and returns what came of it.
fn upgraded(topic: &str, by_helm: bool) -> [Value; 4] {
    let namespace = namespace(topic);
    namespace.helm(["install", "web", "web", "--server-side=false"]).success();
    change_by_hand(&namespace);
    let upgrade = ["upgrade", "web", "web", "--set", "more=false,tag=2"];
    match by_helm {
        true => namespace.helm(upgrade),
        false => namespace.windlass(upgrade),
    }
    .success();
    let deployment = namespace.get("apps/v1/deployments", "web");
    [
        namespace.get("v1/configmaps", "web")["data"].clone(),
        deployment["spec"]["replicas"].clone(),
        json!([container(&namespace)["image"], container(&namespace)["env"]]),
        json!(methods(&namespace)),
    ]
}

#[test]
fn an_upgrade_leaves_what_helm_leaves_and_removes_what_helm_removes() {
    let ours = upgraded("client-side", false);
    assert_eq!(ours[0], json!({"kept": "a", "mine": "x"}));
    assert_eq!(ours[2], json!(["web:2", [{"name": "MODE", "value": "a"}]]));
    assert_eq!(ours, upgraded("client-side-helm", true));
}

#[test]
fn both_tools_take_turns_and_the_method_stays() {
    let namespace = namespace("client-side-turns");
    namespace.windlass(["install", "web", "web", "--server-side=false"]).success();
    namespace.helm(["upgrade", "web", "web", "--set", "tag=2,more=false"]).success();
    assert_eq!(container(&namespace)["image"], "web:2");
    namespace.windlass(["upgrade", "web", "web", "--set", "tag=3"]).success();
    assert_eq!(container(&namespace)["env"].as_array().unwrap().len(), 2);
    namespace.windlass(["rollback", "web", "2"]).success();
    assert_eq!(container(&namespace)["image"], "web:2");
    assert_eq!(namespace.get("v1/configmaps", "web")["data"], json!({"kept": "a"}));
    namespace.helm(["rollback", "web", "3"]).success();
    assert_eq!(container(&namespace)["image"], "web:3");
    let found = methods(&namespace);
    assert!(found.iter().all(|one| one == "csa"), "{found:?}");
    namespace.windlass(["uninstall", "web"]).success();
}

#[test]
fn what_helm_3_set_goes_when_the_release_moves_to_the_server() {
    let namespace = namespace("to-server-side");
    namespace.helm(["install", "web", "web", "--server-side=false"]).success();
    let upgrade = ["upgrade", "web", "web", "--set", "more=false", "--server-side", "true"];
    namespace.windlass(upgrade).success();
    assert_eq!(namespace.get("v1/configmaps", "web")["data"], json!({"kept": "a"}));
    assert_eq!(container(&namespace)["env"].as_array().unwrap().len(), 1);
    namespace.helm(["upgrade", "web", "web", "--set", "more=true"]).success();
    assert_eq!(namespace.get("v1/configmaps", "web")["data"], json!({"kept": "a", "gone": "b"}));
    let found = methods(&namespace);
    assert!(found == ["csa", "ssa", "ssa"], "{found:?}");
}

#[test]
fn objects_are_replaced_whole_on_demand_and_flags_that_exclude_each_other_are_refused() {
    let namespace = namespace("force-replace");
    namespace.windlass(["install", "web", "web", "--server-side=false"]).success();
    change_by_hand(&namespace);
    namespace.windlass(["upgrade", "web", "web", "--force-replace"]).success();
    assert_eq!(namespace.get("v1/configmaps", "web")["data"], json!({"kept": "a", "gone": "b"}));
    for (flags, words) in [
        (
            ["--server-side=true", "--force-replace"],
            "cannot use server-side apply and force replace together",
        ),
        (
            ["--server-side=false", "--force-conflicts"],
            "forceConflicts enabled when serverSideApply disabled",
        ),
    ] {
        let upgrade = [&["upgrade", "web", "web"][..], &flags].concat();
        let (ours, helms) = (namespace.windlass(&upgrade), namespace.helm(&upgrade));
        assert!(ours.code > 0 && ours.stderr.contains(words), "{ours}");
        assert!(helms.code > 0 && helms.stderr.contains(words), "{helms}");
    }
}

#[test]
fn an_object_is_made_anew_on_demand() {
    let namespace = namespace("client-side-anew");
    namespace.helm(["install", "web", "web", "--server-side=false"]).success();
    change_by_hand(&namespace);
    let upgrade = ["upgrade", "web", "web", "--set", "label=other"];
    let refused = namespace.windlass(upgrade);
    assert!(refused.code > 0 && refused.stderr.contains("--recreate Deployment/web"), "{refused}");
    namespace.windlass([&upgrade[..], &["--recreate", "Deployment/web"]].concat()).success();
    let spec = namespace.get("apps/v1/deployments", "web")["spec"].clone();
    assert_eq!(spec["selector"]["matchLabels"]["app"], "other");
    assert_eq!(spec["replicas"], 1, "nothing is left of the old object");
}
