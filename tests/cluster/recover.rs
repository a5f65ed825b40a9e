//! `--rollback-on-failure` and `--cleanup-on-fail`: what they leave is what Helm leaves.

use serde_json::Value;

use crate::proxy::{Moment, Proxy, Signal, When};
use crate::support::{Namespace, Output, WINDLASS, eventually, tool};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const VALUES: &str = "tag: one\nfault: ''\nextra: false\nhook: false\n";
const OBJECTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {test.windlass/run: {{ .Values.tag }}{{ with .Values.fault }}, test.windlass/fault: {{ . }}{{ end }}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: registry.example.com/web:{{ .Values.tag }}}]
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
{{- end }}
{{- if .Values.hook }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {helm.sh/hook: {{ .Values.hook }}}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {test.windlass/fault: job-failed}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: registry.example.com/hook:1}]
{{- end }}
";
const BROKEN: [&str; 4] = ["--set", "tag=two,fault=unready,extra=true", "--timeout", "8s"];

/// What a command said, and what there is after it.
#[derive(Debug, PartialEq)]
struct Left {
    code: i32,
    stdout: String,
    /// The error up to the cause, which windlass knows better.
    error: String,
    /// Revision, status, rollback revision and the start of the description of each record.
    records: Vec<String>,
    image: Option<Value>,
    extra: bool,
}

/// Runs the commands with both programs, each in a namespace of its own, and compares what the last
/// one leaves; all before it must succeed.
#[track_caller]
fn as_helm(topic: &str, commands: &[&[&str]], words: &str) -> Left {
    let [ours, theirs] = [WINDLASS.into(), tool("helm")].map(|program| {
        let namespace = web(topic);
        let (last, before) = commands.split_last().expect("there is a command");
        for args in before {
            let mut command = namespace.command(&program);
            command.args(*args);
            Output::of(command).success();
        }
        let mut command = namespace.command(&program);
        command.args(*last);
        left(&namespace, &Output::of(command), words)
    });
    // Windlass tells failures apart by their codes; Helm's is always 1.
    assert_eq!(Left { code: 1, ..ours }, theirs);
    theirs
}

fn web(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", VALUES);
    namespace.sandbox().write("web/templates/objects.yaml", OBJECTS);
    namespace
}

fn left(namespace: &Namespace, output: &Output, words: &str) -> Left {
    let lines = output.stderr.lines();
    let error = lines.filter(|line| line.starts_with("Error: ")).collect::<String>();
    let until = error.find(words).map_or(error.len(), |at| at + words.len());
    let deployment = namespace.find("apps/v1/deployments", "web");
    let image =
        |deployment: Value| deployment.pointer("/spec/template/spec/containers/0/image").cloned();
    Left {
        code: output.code,
        stdout: output.stdout.clone(),
        error: error[..until].to_owned(),
        records: records(namespace),
        image: deployment.and_then(image),
        extra: namespace.find("v1/configmaps", "extra").is_some(),
    }
}

fn records(namespace: &Namespace) -> Vec<String> {
    let output = namespace.helm(["history", "web", "-o", "json"]);
    let Ok(Value::Array(revisions)) = serde_json::from_str(&output.stdout) else {
        return Vec::new();
    };
    let record = |revision: &Value| {
        let description = revision["description"].as_str().unwrap_or_default();
        let description: Vec<&str> = description.split(' ').take(3).collect();
        let [number, status, to] =
            ["revision", "status", "rollback_revision"].map(|key| &revision[key]);
        format!("{number} {status} {to} {}", description.join(" "))
    };
    revisions.iter().map(record).collect()
}

#[test]
fn a_failed_install_is_uninstalled() {
    let words = "has been uninstalled due to rollback-on-failure being set: ";
    let install = [&["install", "web", "web", "--rollback-on-failure"][..], &BROKEN].concat();
    let left = as_helm("undone", &[&install], words);
    assert_eq!((left.image, left.records.len()), (None, 0));
    assert!(left.error.ends_with(words), "{}", left.error);
}

#[test]
fn a_failed_install_of_an_upgrade_is_uninstalled() {
    let words = "has been uninstalled due to rollback-on-failure being set: ";
    let upgrade = [&["upgrade", "-i", "web", "web", "--atomic"][..], &BROKEN].concat();
    let left = as_helm("undone", &[&upgrade], words);
    assert_eq!((left.image, left.records.len()), (None, 0));
}

#[test]
fn a_failed_upgrade_is_rolled_back() {
    let words = "has been rolled back due to rollback-on-failure being set: ";
    let upgrade = [&["upgrade", "web", "web", "--rollback-on-failure"][..], &BROKEN].concat();
    let left = as_helm("back", &[&["install", "web", "web", "--wait"], &upgrade], words);
    assert!(left.error.ends_with(words), "{}", left.error);
    assert_eq!(left.image, Some("registry.example.com/web:one".into()));
    assert_eq!(left.records.len(), 3);
    assert!(!left.extra);
}

#[test]
fn an_upgrade_is_rolled_back_to_the_last_revision_that_was_deployed() {
    let words = "has been rolled back due to rollback-on-failure being set: ";
    // A hook fails before anything rolls out, so that the rollback has no rollout to wait for.
    let failing =
        ["upgrade", "web", "web", "--rollback-on-failure", "--set", "hook=pre-upgrade,tag=two"];
    let two = ["upgrade", "web", "web", "--set", "tag=good", "--wait"];
    let one = ["rollback", "web", "1", "--wait"];
    let commands: [&[&str]; 4] = [&["install", "web", "web", "--wait"], &two, &one, &failing];
    let left = as_helm("back", &commands, words);
    assert_eq!(left.records.len(), 5);
    assert!(left.records[4].starts_with("5 \"deployed\" 3 "), "{:?}", left.records);
}

#[test]
fn a_failed_hook_is_rolled_back_too() {
    let words = "has been rolled back due to rollback-on-failure being set: ";
    let upgrade =
        ["upgrade", "web", "web", "--rollback-on-failure", "--set", "hook=pre-upgrade,tag=two"];
    let left = as_helm("back", &[&["install", "web", "web"], &upgrade], words);
    assert!(left.error.ends_with(words), "{}", left.error);
    assert_eq!(left.image, Some("registry.example.com/web:one".into()));
}

#[test]
fn objects_that_a_failed_upgrade_made_are_deleted_on_wish() {
    let words = "UPGRADE FAILED: ";
    for (flag, stays) in [(None, true), (Some("--cleanup-on-fail"), false)] {
        let mut upgrade = [&["upgrade", "web", "web", "--wait"][..], &BROKEN].concat();
        upgrade.extend(flag);
        let left = as_helm("clean", &[&["install", "web", "web"], &upgrade], words);
        assert_eq!(left.extra, stays, "{flag:?}");
        assert_eq!(left.records.len(), 2);
    }
}

#[test]
fn a_rollback_that_fails_says_so_after_what_failed_first() {
    let namespace = web("both");
    // Revision 1 was never ready, and nobody waited for it.
    let set = ["--set", "fault=unready,tag=zero"];
    namespace.windlass([&["install", "web", "web"][..], &set].concat()).success();
    let upgrade = [&["upgrade", "web", "web", "--rollback-on-failure"][..], &BROKEN].concat();
    let output = namespace.windlass(upgrade).failure(1);
    let words = "Error: UPGRADE FAILED: an error occurred while rolling back the release. original upgrade error: ";
    assert!(output.stderr.contains(words), "{}", output.stderr);
    let records = records(&namespace);
    assert_eq!(records.len(), 3, "{records:?}");
    assert!(records[2].starts_with("3 \"failed\" 1 Rollback "), "{records:?}");
}

#[test]
fn nothing_to_go_back_to_is_said() {
    let words = "unable to find a previously successful release when attempting to rollback. original upgrade error: ";
    let namespace = web("none");
    let install = [&["install", "web", "web", "--wait"][..], &BROKEN].concat();
    namespace.windlass(&install).failure(7);
    let upgrade = [&["upgrade", "web", "web", "--rollback-on-failure"][..], &BROKEN].concat();
    let output = namespace.windlass(upgrade).failure(7);
    assert!(output.stderr.contains(words), "{}", output.stderr);
    assert_eq!(records(&namespace).len(), 2);
}

#[test]
fn an_interrupted_upgrade_is_rolled_back_before_it_ends() {
    let namespace = web("signal");
    namespace.windlass(["install", "web", "web", "--wait"]).success();
    let proxy = Proxy::new();
    let args = [
        "upgrade",
        "web",
        "web",
        "--rollback-on-failure",
        "--timeout",
        "60s",
        "--set",
        "tag=two,fault=unready",
    ];
    let command = proxy.windlass(&namespace, &args);
    let patched = When::write().path("/deployments/web").nth(1);
    let (_, output) = proxy.run_with_signal(command, Signal::Interrupt, patched, Moment::After);
    assert_eq!(output.code, 130, "{}", output.stderr);
    assert!(output.stdout.contains("Release web has been cancelled."), "{}", output.stdout);
    assert!(output.stderr.contains("has been rolled back due to"), "{}", output.stderr);
    let left = left(&namespace, &output, "");
    assert_eq!(left.image, Some("registry.example.com/web:one".into()));
    let statuses: Vec<&str> = left.records.iter().map(|record| &record[..8]).collect();
    assert_eq!(statuses, ["1 \"super", "2 \"faile", "3 \"deplo"]);
    eventually("the lock is free", || {
        let lease = namespace.list("coordination.k8s.io/v1/leases", "").pop();
        lease.is_none_or(|lease| lease["spec"]["holderIdentity"].is_null()).then_some(())
    });
}
