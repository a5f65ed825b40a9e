//! An incident: five revisions, of which the newest looks deployed and crashes. Where does a rollback
//! go, why, and what does it not bring back?

use serde_json::{Value, json};

use crate::support::{Namespace, Output, WINDLASS, eventually, plane};

const OBJECTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {test.windlass/run: {{ .Values.tag }}{{ with .Values.fault }}, test.windlass/fault: {{ . }}{{ end }}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: registry.example.com/web:{{ .Values.tag }}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: ''
  volumeName: {{ .Release.Namespace }}
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: registry.example.com/migrate:{{ .Values.tag }}}]
";

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
";

/// A release whose revision 3 was healthy, whose revision 4 failed, and whose revision 5 crashes now.
fn incident(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    let (sandbox, name) = (namespace.sandbox(), namespace.name());
    namespace.apply(&format!(
        r#"{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: {name}}}, spec: {{
            capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], hostPath: {{path: /tmp/data}},
            claimRef: {{namespace: {name}, name: data}}}}}}"#
    ));
    sandbox.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    sandbox.write("web/values.yaml", "tag: one\nfault: ''\n");
    sandbox.write("web/templates/objects.yaml", OBJECTS);
    let upgrade = |tag: &str, more: &[&str]| {
        let tag = format!("tag={tag}");
        namespace.windlass([&["upgrade", "web", "web", "--set", tag.as_str()], more].concat())
    };
    namespace.windlass(["install", "web", "web", "--wait"]).success();
    upgrade("two", &["--wait"]).success();
    // Nobody waits for it; that it is ready is seen by the upgrade after it.
    upgrade("three", &[]).success();
    eventually("revision 3 is ready", || (ready(&namespace) == ["three"]).then_some(()));
    upgrade("four", &["--wait", "--timeout", "4s", "--set", "fault=unready"]).failure(7);
    sandbox
        .write("web/crds/thing.yaml", &DEFINITION.replace("GROUP", &format!("{name}.example.com")));
    upgrade("five", &["--wait", "--crds=upgrade"]).success();
    eventually("the pods of revision 4 are gone", || (ready(&namespace) == ["five"]).then_some(()));
    namespace
}

/// The tags of the pods that are there, if the Deployment has settled on them.
fn ready(namespace: &Namespace) -> Vec<String> {
    let status = &namespace.get("apps/v1/deployments", "web")["status"];
    let pods = namespace.list("v1/pods", "app=web");
    let tag = |pod: &Value| {
        let image = pod["spec"]["containers"][0]["image"].as_str()?;
        Some(image.rsplit_once(':')?.1.to_owned())
    };
    let is_settled = status["readyReplicas"] == 1 && status["replicas"] == 1;
    if is_settled { pods.iter().filter_map(tag).collect() } else { Vec::new() }
}

/// Lets the pods crash, as after a minute of work.
fn crash(namespace: &Namespace) {
    for pod in namespace.list("v1/pods", "app=web") {
        let name = pod["metadata"]["name"].as_str().expect("a pod has a name");
        let path = format!("/api/v1/namespaces/{}/pods/{name}/status", namespace.name());
        plane().api().merge(
            &path,
            &json!({"status": {
                "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
                "containerStatuses": [{"name": "web", "image": "x", "imageID": "", "ready": false, "restartCount": 4,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
            }}),
        );
    }
    eventually("the Deployment is not ready", || ready(namespace).is_empty().then_some(()));
}

#[test]
fn a_rollback_goes_to_the_last_healthy_revision_and_says_what_stays() {
    let namespace = incident("incident");
    crash(&namespace);
    let why = namespace.windlass(["why", "web"]).success().stdout;
    assert!(why.starts_with("web revision 5: deployed\n"), "{why}");
    assert!(why.contains("\nverdict: crash-loop\n"), "{why}");
    let why = namespace.windlass(["why", "web", "--revision", "4"]).success().stdout;
    assert!(why.starts_with("web revision 4: failed\n"), "{why}");
    assert!(why.contains("verdict: readiness-probe-failing\n"), "{why}");
    let deployment = format!(
        "/apis/apps/v1/namespaces/{}/deployments/web?fieldManager=kubectl-edit",
        namespace.name()
    );
    let changed = plane().api().merge(&deployment, &json!({"spec": {"replicas": 2}}));
    let entries = changed["metadata"]["managedFields"].as_array().unwrap();
    let theirs = entries.iter().find(|entry| entry["manager"] == "kubectl-edit").unwrap();
    let time = theirs["time"].as_str().unwrap();

    let reason = "it was the last that was seen healthy, at ";
    let refused = namespace.windlass(["plan", "rollback", "web"]).failure(6);
    let in_the_way = format!(
        "Deployment/web spec.replicas: set by kubectl-edit, at {time}; in the way; --force-conflicts overwrites it"
    );
    assert!(refused.stdout.contains(&in_the_way), "{refused}");

    let rollback = ["rollback", "web", "--force-conflicts", "--wait", "--plan", "--yes"];
    let output = namespace.windlass(rollback).success();
    let group = format!("{}.example.com", namespace.name());
    for words in [
        reason,
        "; after it: 4 failed, 5 deployed",
        &format!("Deployment/web spec.replicas: set by kubectl-edit, at {time}; overwritten"),
        "Job/migrate ran as pre-upgrade hook of revision 4, at ",
        "Job/migrate ran as pre-upgrade hook of revision 5, at ",
        &format!("CustomResourceDefinition/things.{group} stays as it is"),
        "the data of PersistentVolumeClaim/data stays as it is now",
        "rollback web to what revision 3 was",
    ] {
        assert!(output.stderr.contains(words), "`{words}` is not said: {output}");
    }
    let table: Vec<Vec<&str>> =
        output.stderr.lines().map(|line| line.split_whitespace().collect()).collect();
    let image = |tag: &str| format!("registry.example.com/web:{tag}");
    let (five, three) = (image("five"), image("three"));
    for row in [
        vec!["live", "revision", "5", "revision", "3"],
        vec!["spec.replicas", "2", "1", "1"],
        vec!["spec.template.spec.containers[web].image", &five, &five, &three],
    ] {
        assert!(table.contains(&row), "{row:?} is not in {output}");
    }
    assert_eq!(ready(&namespace), ["three"]);
    let history = namespace.helm(["history", "web", "-o", "json"]).success();
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    assert_eq!(history[5]["rollback_revision"], 3);

    shows_changes(&namespace);
    // Somebody left revision 5, and 6 is the newest: what revision 3 was is still the choice.
    let again = namespace.windlass(["rollback", "web", "--wait"]).success();
    assert!(again.stderr.starts_with(&format!("rolling back to revision 3: {reason}")), "{again}");
    let json = namespace.windlass(["plan", "rollback", "web", "--helm-default", "-o", "json"]);
    let plan: Value = serde_json::from_str(&json.success().stdout).unwrap();
    assert_eq!((&plan["target"], &plan["reason"]), (&json!(6), &Value::Null));
    plane().api().delete(&format!("/api/v1/persistentvolumes/{}", namespace.name())).unwrap();
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    plane().api().delete(&format!("{definitions}/things.{group}")).unwrap();
}

#[track_caller]
fn shows_changes(namespace: &Namespace) {
    let shown = namespace.windlass(["history", "web", "--changes"]).success().stdout;
    let blocks: Vec<&str> = shown.split_inclusive('\n').collect();
    for (head, words) in [
        (
            "3  ",
            "image        Deployment/web web: registry.example.com/web:two → registry.example.com/web:three",
        ),
        ("4  ", "values       fault, tag"),
        ("4  ", "failed       Upgrade \"web\" failed: "),
        ("5  ", "seen healthy 20"),
        ("6  ", "description  Rollback to 3"),
    ] {
        let start = blocks.iter().position(|line| line.starts_with(head)).expect("it is shown");
        let block = blocks[start + 1..].iter().take_while(|line| line.starts_with(' '));
        let found = block.clone().any(|line| line.trim_start().starts_with(words));
        assert!(found, "`{words}` is not below `{head}`: {shown}");
    }
}

#[test]
fn helm_writes_over_evidence_and_a_rollback_finds_another_reason() {
    let namespace = Namespace::new("evidence");
    namespace.sandbox().write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    namespace.sandbox().write(
        "web/templates/objects.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {tag: '{{ .Values.tag }}'}\n",
    );
    let healthy = |revision: i64| {
        let record = namespace.get("v1/secrets", &format!("sh.helm.release.v1.web.v{revision}"));
        record["metadata"]["annotations"]["windlass.dev/healthy"].is_string()
    };
    namespace.windlass(["install", "web", "web", "--set", "tag=one"]).success();
    assert!(!healthy(1), "nobody waited");
    namespace.windlass(["upgrade", "web", "web", "--set", "tag=two", "--wait"]).success();
    assert!(healthy(1) && healthy(2));
    namespace.helm(["upgrade", "web", "web", "--set", "tag=three"]).success();
    assert!(healthy(1) && !healthy(2), "Helm keeps no annotations");
    let output = namespace.windlass(["rollback", "web"]).success();
    assert!(output.stderr.starts_with("rolling back to revision 1: "), "{output}");
    let link = namespace.sandbox().path().join("helm");
    std::os::unix::fs::symlink(WINDLASS, &link).unwrap();
    let mut helm = namespace.command(&link);
    helm.args(["rollback", "web"]);
    let output = Output::of(helm).success();
    assert_eq!(output.stderr, "");
    assert_eq!(namespace.get("v1/configmaps", "web")["data"]["tag"], "three");
}
