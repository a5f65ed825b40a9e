//! Whatever keeps an object from becoming ready is named, within five seconds of the first evidence; what only takes its time is not.

mod faults;
mod healthy;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Namespace, Output};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// A Deployment whose pods have the status that the value `status` says, and then that of `then`.
const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas | default 1 }}
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      {{- with .Values.status }}
      annotations:
        test.windlass/fault: status
        test.windlass/status: {{ . | quote }}
        {{- with $.Values.then }}
        test.windlass/then: {{ . | quote }}
        test.windlass/after: {{ $.Values.after | quote }}
        {{- end }}
      {{- end }}
    spec:
      terminationGracePeriodSeconds: 0
      {{- with .Values.pod }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      {{- if .Values.prepared }}
      initContainers: [{name: prepare, image: "registry.test/prepare:1"}]
      {{- end }}
      containers:
      - name: app
        image: registry.test/web:{{ .Values.tag | default "1" }}
        {{- with .Values.container }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
"#;

/// Writes a chart of templates and values.
fn chart(namespace: &Namespace, templates: &str, values: &Value) {
    let sandbox = namespace.sandbox();
    sandbox.write("web/Chart.yaml", CHART);
    sandbox.write("web/templates/all.yaml", templates);
    sandbox.write("web/values.yaml", &values.to_string());
}

/// The status of a pod whose container waits.
fn waits(reason: &str, message: &str) -> String {
    let state = json!({"waiting": {"reason": reason, "message": message}});
    pending(&json!([container("app", &state, &json!({}), 0)]))
}

/// The status of a pod whose container ended and waits to be started again.
fn ended(code: i64, why: &str, restarts: i64) -> Value {
    let waiting = json!({"waiting": {
        "reason": "CrashLoopBackOff",
        "message": "back-off 40s restarting failed container=app"}});
    container("app", &waiting, &terminated(code, why), restarts)
}

fn terminated(code: i64, why: &str) -> Value {
    json!({"terminated": {
        "exitCode": code, "reason": why,
        "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:09Z"}})
}

fn container(name: &str, state: &Value, last: &Value, restarts: i64) -> Value {
    json!({
        "name": name, "image": "registry.test/web:1", "imageID": "", "ready": false,
        "started": false, "restartCount": restarts, "state": state, "lastState": last})
}

fn pending(containers: &Value) -> String {
    lines(&json!({
        "phase": "Pending", "conditions": [unready()], "containerStatuses": containers}))
}

/// Writes each field on a line of its own, as a stage needs them.
fn lines(status: &Value) -> String {
    let fields = status.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn unready() -> Value {
    json!({"type": "ContainersReady", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"})
}

/// Runs windlass, and says how long it took from the first evidence in the namespace to the end.
fn timed(
    namespace: &Namespace,
    args: &[&str],
    is_evidence: &(dyn Fn(&Namespace) -> bool + Sync),
) -> (Output, Option<Duration>) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if is_evidence(namespace) {
                    return Some(Instant::now());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            None
        });
        let output = namespace.windlass(args);
        let end = Instant::now();
        done.store(true, Ordering::Relaxed);
        let first = watch.join().expect("the watching thread does not panic");
        (output, first.map(|first| end.duration_since(first)))
    })
}

/// Says whether a pod has anything but a plain start, or a controller complains.
fn shows(namespace: &Namespace) -> bool {
    let troubled = |pod: &Value| {
        let status = &pod["status"];
        let unscheduled =
            status["conditions"].as_array().into_iter().flatten().any(|condition| {
                condition["type"] == "PodScheduled" && condition["status"] == "False"
            });
        unscheduled || status.get("containerStatuses").is_some()
    };
    namespace.list("v1/pods", "").iter().any(troubled)
        || namespace.list("v1/events", "").iter().any(|event| event["type"] == "Warning")
}

/// Returns what `why` says as JSON.
fn why(namespace: &Namespace) -> Value {
    let said = namespace.windlass(["why", "web", "-o", "json"]).success().stdout;
    serde_json::from_str(&said).expect("why prints JSON")
}
