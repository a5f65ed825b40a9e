//! Rollouts that are well, slow ones among them, are never called failed.

use serde_json::{Value, json};

use super::{DEPLOYMENT, chart, container, ended, lines, pending, terminated, unready, waits};
use crate::support::{Namespace, eventually, plane};

/// The status of a pod that serves, after so many restarts.
fn serves(restarts: i64) -> String {
    let last = if restarts > 0 { terminated(1, "Error") } else { json!({}) };
    let mut app = container("app", &running(), &last, restarts);
    app["ready"] = true.into();
    let conditions: Vec<Value> = ["Initialized", "ContainersReady", "Ready"]
        .map(|name| json!({"type": name, "status": "True", "lastTransitionTime": "2026-01-01T00:00:09Z"}))
        .into();
    lines(&json!({"phase": "Running", "conditions": conditions, "containerStatuses": [app]}))
}

fn running() -> Value {
    json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}})
}

/// Installs a Deployment whose pods have a status for a while, and then serve.
#[track_caller]
fn heals(topic: &str, status: &str, seconds: u64, restarts: i64) {
    let values = json!({
        "status": status, "then": serves(restarts), "after": format!("{seconds}s"), "replicas": 2});
    ends_well(&Namespace::new(topic), DEPLOYMENT, &values);
}

#[track_caller]
fn ends_well(namespace: &Namespace, templates: &str, values: &Value) {
    chart(namespace, templates, values);
    let args = ["install", "web", "web", "--wait", "--wait-for-jobs", "--timeout", "90s"];
    namespace.windlass(args).success();
}

#[test]
fn a_plain_start_and_three_upgrades() {
    let namespace = Namespace::new("well");
    ends_well(&namespace, DEPLOYMENT, &json!({"replicas": 3}));
    for tag in ["2", "3", "1"] {
        let set = format!("tag={tag}");
        namespace.windlass(["upgrade", "web", "web", "--set-string", &set, "--wait"]).success();
    }
}

#[test]
fn an_image_that_is_long_in_coming() {
    heals("slow-image", &waits("ContainerCreating", ""), 12, 0);
}

#[test]
fn a_registry_that_cannot_be_reached_for_a_while() {
    let said = "failed to do request: Head \"https://registry.test/v2/web/manifests/1\": dial tcp \
        10.0.0.1:443: i/o timeout";
    heals("registry", &waits("ErrImagePull", said), 8, 0);
}

#[test]
fn a_registry_that_has_too_many_callers() {
    let said = "Back-off pulling image \"registry.test/web:1\": ErrImagePull: toomanyrequests: \
        You have reached your pull rate limit";
    heals("limit", &waits("ImagePullBackOff", said), 8, 0);
}

#[test]
fn a_container_that_ends_once() {
    heals("once", &pending(&json!([ended(1, "Error", 1)])), 8, 2);
}

#[test]
fn a_container_that_is_started_again_and_serves_late() {
    let app = container("app", &running(), &terminated(1, "Error"), 4);
    let status = json!({"phase": "Running", "conditions": [unready()], "containerStatuses": [app]});
    heals("again", &lines(&status), 8, 4);
}

#[test]
fn a_container_that_runs_and_serves_late() {
    let app = container("app", &running(), &json!({}), 0);
    let status = json!({"phase": "Running", "conditions": [unready()], "containerStatuses": [app]});
    heals("late", &lines(&status), 10, 0);
}

#[test]
fn an_init_container_that_waits_for_something() {
    let status = json!({
        "phase": "Pending", "conditions": [unready()],
        "initContainerStatuses": [container("prepare", &running(), &json!({}), 1)],
        "containerStatuses": [
            container("app", &json!({"waiting": {"reason": "PodInitializing"}}), &json!({}), 0)]});
    heals("init-late", &lines(&status), 8, 0);
}

#[test]
fn a_container_that_crashes_until_another_workload_serves() {
    let database = DEPLOYMENT.replace("web}", "db}").replace(".Values.status", ".Values.slow");
    let both = format!("{DEPLOYMENT}---{database}");
    let app = container("app", &running(), &json!({}), 0);
    let slow = json!({"phase": "Running", "conditions": [unready()], "containerStatuses": [app]});
    let values = json!({
        "status": pending(&json!([ended(1, "Error", 4)])), "slow": lines(&slow),
        "then": serves(5), "after": "8s"});
    ends_well(&Namespace::new("order"), &both, &values);
}

#[test]
fn a_secret_that_a_job_of_the_release_makes() {
    let maker = r#"
---
apiVersion: batch/v1
kind: Job
metadata: {name: certificates}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: app, image: "registry.test/job:1", args: ["--secret=tls"]}]}
"#;
    let values = json!({
        "status": waits("CreateContainerConfigError", "secret \"tls\" not found"),
        "then": serves(0), "after": "8s"});
    ends_well(&Namespace::new("maker"), &format!("{DEPLOYMENT}{maker}"), &values);
}

#[test]
fn a_job_whose_first_pod_fails() {
    let job = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: retried}
spec:
  backoffLimit: 3
  completions: 2
  template:
    spec: {restartPolicy: OnFailure, containers: [{name: app, image: "registry.test/job:1"}]}
"#;
    ends_well(&Namespace::new("retried"), job, &json!({}));
}

#[test]
fn a_stateful_set_that_starts_one_pod_after_the_other() {
    let set = DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet");
    let set = set.replace("  replicas:", "  serviceName: web\n  replicas:");
    let values = json!({
        "status": waits("ContainerCreating", ""), "then": serves(0), "after": "4s", "replicas": 3});
    ends_well(&Namespace::new("one-by-one"), &set, &values);
}

#[test]
fn a_node_that_comes_late() {
    let namespace = Namespace::new("late-node");
    let node = namespace.name();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pod = eventually("the pod finds no node", || {
                let pods = namespace.list("v1/pods", "app=web");
                pods.into_iter().find(|pod| {
                    pod["status"]["conditions"][0]["reason"] == "Unschedulable"
                })
            });
            super::faults::say(
                &namespace, &pod, "TriggeredScaleUp", "pod triggered scale-up: [{pool 1->2 (max: 3)}]",
            );
            std::thread::sleep(std::time::Duration::from_secs(7));
            plane().api().apply("", &format!(
                "{{apiVersion: v1, kind: Node, metadata: {{name: {node}, labels: {{pool: {node}}}}}, \
                 spec: {{taints: [{{key: pool, value: late, effect: NoSchedule}}]}}}}"
            ));
            plane().api().merge(
                &format!("/api/v1/nodes/{node}/status"),
                &json!({"status": {
                    "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "100"},
                    "capacity": {"cpu": "64", "memory": "256Gi", "pods": "100"}}}),
            );
        });
        let pod = json!({
            "nodeSelector": {"pool": node},
            "tolerations": [{"key": "pool", "operator": "Exists"}]});
        ends_well(&namespace, DEPLOYMENT, &json!({"pod": pod}));
    });
    // The node is the cluster's, and would stay.
    plane().api().delete(&format!("/api/v1/nodes/{node}")).expect("the node is there");
}

#[test]
fn a_volume_that_is_in_the_chart() {
    let namespace = Namespace::new("volume");
    let volume = r#"
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: {{ .Release.Namespace }}}
spec:
  storageClassName: {{ .Release.Namespace }}
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /data}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: {{ .Release.Namespace }}
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"#;
    let pod =
        json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
    ends_well(&namespace, &format!("{DEPLOYMENT}{volume}"), &json!({"pod": pod}));
    namespace.windlass(["uninstall", "web"]).success();
}

#[test]
fn pods_of_a_stateful_set_that_come_one_after_another() {
    let set = DEPLOYMENT
        .replace("kind: Deployment", "kind: StatefulSet")
        .replace("spec:\n  replicas", "spec:\n  serviceName: web\n  replicas");
    let values = json!({
        "status": waits("ContainerCreating", ""), "then": serves(0), "after": "3s", "replicas": 3});
    ends_well(&Namespace::new("stateful"), &set, &values);
}

#[test]
fn a_daemon_set_that_takes_its_time() {
    let set = DEPLOYMENT
        .replace("kind: Deployment", "kind: DaemonSet")
        .replace("  replicas: {{ .Values.replicas | default 1 }}\n", "");
    let values =
        json!({"status": waits("ContainerCreating", ""), "then": serves(0), "after": "6s"});
    ends_well(&Namespace::new("daemon"), &set, &values);
}

#[test]
fn an_upgrade_that_mends_a_revision_that_failed() {
    let namespace = Namespace::new("mended");
    let broken = json!({"status": waits("InvalidImageName", "invalid reference format")});
    chart(&namespace, DEPLOYMENT, &broken);
    namespace.windlass(["install", "web", "web", "--wait"]).failure(7);
    namespace.windlass(["upgrade", "web", "web", "--set", "status=", "--wait"]).success();
    let why = super::why(&namespace);
    assert_eq!((&why["status"], &why["verdicts"]), (&json!("deployed"), &json!([])), "{why}");
    assert_eq!(why["now"]["objects"][0]["state"], "ready", "{why}");
}
