//! The test plane itself: what the other files of this ring rely on.

use serde_json::Value;

use crate::support::{Namespace, Output, eventually, plane, tool};

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.test/web:1"}]}
"#;

fn failing_pod(name: &str, fault: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata: {{name: {name}, annotations: {{test.windlass/fault: {fault}}}}}
spec: {{containers: [{{name: main, image: "example.test/missing:1"}}]}}
"#
    )
}

fn job(name: &str, annotations: &str) -> String {
    format!(
        r#"
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{annotations: {annotations}}}
    spec: {{restartPolicy: Never, containers: [{{name: main, image: "example.test/job:1"}}]}}
"#
    )
}

fn waiting_reason(namespace: &Namespace, pod: &str) -> Option<String> {
    let pod = namespace.get("v1/pods", pod);
    let reason = pod.pointer("/status/containerStatuses/0/state/waiting/reason")?;
    reason.as_str().map(str::to_owned)
}

#[test]
fn server_is_the_kubernetes_that_go_mod_names() {
    let version = plane().api().get("/version").expect("every API server has a version");
    let git_version = version["gitVersion"].as_str().unwrap_or_default();
    assert!(git_version.starts_with("v1.37."), "{version}");
    assert_eq!(version["minor"], "37");
}

#[test]
fn pods_of_a_deployment_become_ready() {
    let namespace = Namespace::new("ready");
    namespace.apply(DEPLOYMENT);
    eventually("two pods are ready", || {
        let deployment = namespace.get("apps/v1/deployments", "web");
        (deployment["status"]["readyReplicas"] == 2).then_some(())
    });
    assert_eq!(namespace.list("v1/pods", "app=web").len(), 2);
    assert_eq!(namespace.list("v1/pods", "app=other").len(), 0);
}

#[test]
fn image_pull_fault_keeps_the_pod_waiting() {
    let namespace = Namespace::new("image-pull");
    namespace.apply(&failing_pod("broken", "image-pull"));
    let reason = eventually("the pod waits", || waiting_reason(&namespace, "broken"));
    assert_eq!(reason, "ImagePullBackOff");
}

#[test]
fn crash_loop_fault_leaves_a_log_to_read() {
    let namespace = Namespace::new("crash-loop");
    namespace.apply(&failing_pod("broken", "crash-loop"));
    let reason = eventually("the pod waits", || waiting_reason(&namespace, "broken"));
    assert_eq!(reason, "CrashLoopBackOff");
    let path = format!("/api/v1/namespaces/{}/pods/broken/log", namespace.name());
    let log = plane().api().text(&path).unwrap();
    assert!(log.contains("panic: no database"), "{log}");
}

#[test]
fn unready_fault_keeps_the_pod_running_but_not_ready() {
    let namespace = Namespace::new("unready");
    namespace.apply(&failing_pod("slow", "unready"));
    eventually("the pod runs", || {
        (namespace.get("v1/pods", "slow")["status"]["phase"] == "Running").then_some(())
    });
    let pod = namespace.get("v1/pods", "slow");
    assert_eq!(pod.pointer("/status/containerStatuses/0/ready"), Some(&Value::Bool(false)));
}

#[test]
fn jobs_end_as_their_annotation_says() {
    let namespace = Namespace::new("jobs");
    namespace.apply(&format!(
        "{}---{}",
        job("good", "{}"),
        job("bad", "{test.windlass/fault: job-failed}")
    ));
    for (name, outcome) in [("good", "Complete"), ("bad", "Failed")] {
        eventually(outcome, || {
            let job = namespace.get("batch/v1/jobs", name);
            let conditions = job["status"]["conditions"].as_array()?.clone();
            conditions.into_iter().find(|condition| condition["type"] == outcome)
        });
    }
}

#[test]
fn real_helm_installs_and_lists() {
    let namespace = Namespace::new("helm");
    let chart = namespace.sandbox();
    chart.write("tiny/Chart.yaml", "apiVersion: v2\nname: tiny\nversion: 0.1.0\n");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n\
        data: {color: {{ .Values.color }}}\n";
    chart.write("tiny/templates/config.yaml", template);

    namespace.helm(["install", "first", "./tiny", "--set", "color=blue"]).success();

    assert_eq!(namespace.get("v1/configmaps", "first")["data"]["color"], "blue");
    let listed = namespace.helm(["list", "-o", "json"]).success().stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], "first");
    assert_eq!(listed[0]["namespace"], namespace.name());
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let refused = namespace.helm(["install", "first", "./tiny"]).failure(1);
    assert!(refused.stderr.contains("cannot reuse a name that is still in use"), "{refused}");
}

#[test]
fn service_account_token_opens_what_its_role_allows() {
    let namespace = Namespace::new("token");
    let reader = r#"[{apiGroups: [""], resources: [secrets], verbs: [get, list]}]"#;
    let token = namespace.service_account_token("reader", reader);
    let list_in = |name: &str| {
        // Without a kubeconfig, so that the token is all there is.
        let mut helm = namespace.command(tool("helm"));
        helm.env_remove("KUBECONFIG")
            .args(["list", "--namespace", name, "--kube-token", &token])
            .args(["--kube-apiserver", plane().server()])
            .arg("--kube-ca-file")
            .arg(plane().ca_file());
        Output::of(helm)
    };
    list_in(namespace.name()).success();
    let refused = list_in("kube-system").failure(1);
    assert!(refused.stderr.contains("forbidden"), "{refused}");
}

#[test]
fn namespace_of_a_panicking_test_is_removed() {
    let test = std::thread::spawn(|| {
        let namespace = Namespace::new("panic");
        // Not by panic!, whose message would look like a failure in the report.
        std::panic::resume_unwind(Box::new(namespace.name().to_owned()));
    });
    let name = test.join().unwrap_err().downcast::<String>().unwrap();
    assert!(name.starts_with("panic-"));
    eventually("the namespace is gone", || {
        plane().api().get(&format!("/api/v1/namespaces/{name}")).is_none().then_some(())
    });
}

#[test]
fn programs_see_the_namespace_and_nothing_of_the_machine() {
    let namespace = Namespace::new("environment");
    let seen = Output::of(namespace.command("env")).success().stdout;
    let mut names: Vec<_> = seen.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    let helm = ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_NAMESPACE"];
    assert_eq!(names, [&helm[..], &["HOME", "KUBECONFIG", "PATH", "TZ"]].concat());
    assert!(seen.contains(&format!("HELM_NAMESPACE={}\n", namespace.name())));
    namespace.windlass(["version"]).success();
}
