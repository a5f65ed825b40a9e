//! Hooks and tests run in Helm's order, leave Helm's records and exit as Helm does; beyond Helm, a
//! failure shows logs and leaves nothing stuck.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Namespace, Output, eventually, plane};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {}\n";
const HOOKS: &str = r#"
{{- range $name, $hook := .Values.hooks }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  annotations:
    helm.sh/hook: {{ $hook.event }}
    helm.sh/hook-weight: {{ $hook.weight | default 0 | quote }}
    {{- with $hook.delete }}
    helm.sh/hook-delete-policy: {{ . }}
    {{- end }}
    {{- with $hook.log }}
    helm.sh/hook-output-log-policy: {{ . }}
    {{- end }}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {test.windlass/run: {{ $.Release.Revision | quote }}{{ with $hook.fault }}, test.windlass/fault: {{ . }}{{ end }}}}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      initContainers: [{name: prepare, image: "example.test/job:1"}]
      containers: [{name: main, image: "example.test/job:1"}]
{{- end }}
"#;
const JOBS: &str = "batch/v1/jobs";

fn namespace(topic: &str, hooks: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("app/Chart.yaml", CHART);
    namespace.sandbox().write("app/templates/config.yaml", CONFIG);
    namespace.sandbox().write("app/templates/hooks.yaml", HOOKS);
    namespace.sandbox().write("app/values.yaml", hooks);
    namespace
}

#[derive(Clone, Copy)]
enum Tool {
    Windlass,
    Helm,
}

impl Tool {
    #[track_caller]
    fn run(self, namespace: &Namespace, args: &[&str]) -> Output {
        match self {
            Self::Windlass => namespace.windlass(args),
            Self::Helm => namespace.helm(args),
        }
    }
}

/// Returns what a release's record says of its hooks: the order in which they were begun, how each
/// ended, and which policies it has.
fn record(namespace: &Namespace) -> Value {
    let text = Tool::Windlass.run(namespace, &["status", "app", "-o", "json"]).success().stdout;
    assert_eq!(without_resources(&text), {
        let helm = Tool::Helm.run(namespace, &["status", "app", "-o", "json"]).success().stdout;
        without_resources(&helm)
    });
    let release: Value = serde_json::from_str(&text).expect("status prints JSON");
    let mut hooks = release["hooks"].as_array().cloned().unwrap_or_default();
    hooks.sort_by_key(|hook| hook["last_run"]["started_at"].to_string());
    let fields = |hook: &Value| {
        let run = &hook["last_run"];
        let ended = !run["completed_at"].is_null();
        json!([hook["name"], run["phase"], ended, hook["delete_policies"]])
    };
    let hooks: Vec<Value> = hooks.iter().map(fields).collect();
    json!([release["info"]["status"], release["info"]["description"], hooks])
}

fn without_resources(status: &str) -> Value {
    let mut status: Value = serde_json::from_str(status).expect("status prints JSON");
    status["info"]["resources"].take();
    status
}

fn jobs(namespace: &Namespace) -> Vec<String> {
    let jobs = namespace.list(JOBS, "");
    let gone = |job: &&Value| !job["metadata"]["deletionTimestamp"].is_null();
    let name = |job: &Value| job["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    jobs.iter().filter(|job| !gone(job)).map(name).collect()
}

/// Runs the same commands with both tools, each in a namespace of its own, and compares what they
/// leave after each.
#[track_caller]
fn both_do_the_same(topic: &str, hooks: &str, commands: &[&[&str]]) {
    let of = |tool: Tool, topic: &str| -> Vec<Value> {
        let namespace = namespace(topic, hooks);
        let step = |args: &&[&str]| {
            let done = tool.run(&namespace, args);
            let text = format!("{}{}", done.stdout, done.stderr);
            let line = text.lines().find(|line| line.starts_with("Error: ")).unwrap_or_default();
            let error = line.replace(namespace.name(), "NAMESPACE");
            let found = Tool::Helm.run(&namespace, &["history", "app"]).code == 0;
            let record = if found { record(&namespace) } else { Value::Null };
            let record = record.to_string().replace(namespace.name(), "NAMESPACE");
            json!([args, error.is_empty(), error, record, jobs(&namespace)])
        };
        commands.iter().map(step).collect()
    };
    let windlass = of(Tool::Windlass, &format!("{topic}-w"));
    let helm = of(Tool::Helm, &format!("{topic}-h"));
    assert_eq!(windlass, helm);
}

#[test]
fn order_records_and_what_stays_are_helms() {
    let hooks = "hooks:
  first: {event: 'pre-install,pre-upgrade,pre-rollback', weight: -5}
  b-second: {event: pre-install, weight: 1, delete: hook-succeeded}
  a-second: {event: 'pre-install, post-upgrade', weight: 1, delete: 'hook-succeeded,before-hook-creation'}
  last: {event: 'post-install,post-rollback', weight: 10}
  gone: {event: 'pre-delete,post-delete', delete: hook-succeeded}
  check: {event: test}
";
    both_do_the_same(
        "hooks",
        hooks,
        &[
            &["install", "app", "app"],
            &["upgrade", "app", "app"],
            &["rollback", "app", "1"],
            &["upgrade", "app", "app", "--no-hooks"],
            &["uninstall", "app", "--keep-history"],
        ],
    );
}

#[test]
fn a_hook_that_fails_ends_install_and_upgrade_as_in_helm() {
    let hooks = "hooks:
  good: {event: 'pre-install,pre-upgrade', weight: -1, delete: hook-succeeded}
  bad: {event: 'pre-install,post-upgrade', fault: job-failed, delete: hook-failed}
  later: {event: pre-install, weight: 1}
";
    let commands: [&[&str]; 2] = [&["install", "app", "app"], &["upgrade", "app", "app"]];
    both_do_the_same("hook-fails", hooks, &commands);
}

#[test]
fn a_hook_that_does_not_end_is_given_up_with_the_timeout() {
    let hooks = "hooks:\n  slow: {event: post-install, fault: unready}\n";
    both_do_the_same("hook-slow", hooks, &[&["install", "app", "app", "--timeout", "2s"]]);
}

#[test]
fn a_failure_says_which_hook_and_which_container_and_what_it_wrote() {
    let hooks = "hooks:\n  bad: {event: pre-install, fault: job-failed}\n";
    let namespace = namespace("hook-log", hooks);
    let failed = namespace.windlass(["install", "app", "app"]).failure(7);
    for part in [
        "Error: INSTALLATION FAILED: failed pre-install: resource Job/",
        "hook: Job/bad, pre-install, from app/templates/hooks.yaml",
        "pod: bad-",
        "container main: exit code 1 (Error)",
        "  | panic: no database",
        "hint: `Job/bad` stays for a look at it",
    ] {
        assert!(failed.stderr.contains(part), "no {part:?} in {failed}");
    }
    assert_eq!(namespace.find("v1/configmaps", "app"), None, "nothing comes after a failed hook");
}

#[test]
fn the_log_policy_shows_what_a_hook_wrote() {
    let hooks = "hooks:
  loud: {event: post-install, log: hook-succeeded}
  quiet: {event: post-install, log: hook-failed}
";
    let namespace = namespace("hook-policy", hooks);
    let done = namespace.windlass(["install", "app", "app"]).success();
    // Two containers of one hook.
    assert_eq!(done.stderr.matches("panic: no database").count(), 2, "{done}");
    let lines = namespace.windlass(["upgrade", "app", "app", "--log-format", "json"]).success();
    assert!(!lines.stderr.contains("panic"), "{lines}");
}

#[test]
fn hooks_that_fail_leave_neither_rollback_nor_uninstall_stuck() {
    let hooks = "hooks:\n  bad: {event: 'pre-rollback,pre-delete', fault: job-failed}\n";
    let namespace = namespace("hook-stuck", hooks);
    namespace.windlass(["install", "app", "app"]).success();
    namespace.windlass(["rollback", "app", "1"]).failure(7);
    assert_eq!(record(&namespace)[0], "failed");
    namespace.windlass(["uninstall", "app"]).failure(7);
    assert_eq!(record(&namespace)[0], "failed");
    assert!(namespace.find("v1/configmaps", "app").is_some(), "nothing was deleted");
    namespace.helm(["upgrade", "app", "app"]).success();
    namespace.windlass(["uninstall", "app", "--no-hooks"]).success();
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
}

#[test]
fn a_post_delete_hook_that_fails_does_not_keep_the_release() {
    let hooks = "hooks:\n  bad: {event: post-delete, fault: job-failed}\n";
    let namespace = namespace("post-delete", hooks);
    namespace.windlass(["install", "app", "app"]).success();
    let failed = namespace.windlass(["uninstall", "app"]).failure(7);
    assert!(failed.stderr.contains("uninstallation completed with 1 error(s): "), "{failed}");
    assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
}

#[test]
fn a_hook_of_a_killed_run_is_run_again() {
    let hooks = "hooks:\n  slow: {event: 'pre-upgrade,pre-rollback', fault: unready}\n";
    let namespace = namespace("hook-killed", hooks);
    namespace.windlass(["install", "app", "app"]).success();
    let mut run = namespace.command(env!("CARGO_BIN_EXE_windlass"));
    let mut run = run
        .args(["upgrade", "app", "app"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let first = eventually("the hook runs", || namespace.find(JOBS, "slow"));
    eventually("its pod runs", || {
        let pods = namespace.list("v1/pods", "job-name=slow");
        (pods.first()?["status"]["phase"] == "Running").then_some(())
    });
    run.kill().unwrap();
    run.wait().unwrap();
    let again = namespace.windlass(["rollback", "app", "1", "--timeout", "2s"]).failure(7);
    assert!(again.stderr.contains("Job in progress"), "{again}");
    let second = namespace.get(JOBS, "slow");
    assert_ne!(second["metadata"]["uid"], first["metadata"]["uid"], "it was not made anew");
    let pods = namespace.list("v1/pods", "job-name=slow");
    let owner = |pod: &Value| pod["metadata"]["ownerReferences"][0]["uid"].clone();
    let owners: Vec<Value> = pods.iter().map(owner).collect();
    assert_eq!(owners, [second["metadata"]["uid"].clone()], "the old one works beside the new");
}

#[test]
fn an_interrupted_hook_leaves_a_failed_record() {
    let hooks = "hooks:\n  slow: {event: pre-install, fault: unready}\n";
    let namespace = namespace("hook-sigint", hooks);
    let mut run = namespace.command(env!("CARGO_BIN_EXE_windlass"));
    let mut run = run
        .args(["install", "app", "app"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the hook runs", || namespace.find(JOBS, "slow"));
    let kill = namespace.command("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let expected = json!([
        "failed",
        "Release \"app\" failed: release app has been cancelled by SIGINT, 0 of 1 objects done",
        [["slow", "Unknown", false, ["before-hook-creation"]]]
    ]);
    assert_eq!(record(&namespace), expected);
}

#[test]
fn a_hook_named_by_the_server_is_made_each_time() {
    let namespace = Namespace::new("hook-generated");
    namespace.sandbox().write("app/Chart.yaml", CHART);
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: made-\n  \
        labels: {made: here}\n  annotations: {helm.sh/hook: 'pre-install,pre-upgrade', \
        helm.sh/hook-delete-policy: hook-failed}\n";
    namespace.sandbox().write("app/templates/made.yaml", template);
    namespace.windlass(["install", "app", "app"]).success();
    namespace.windlass(["upgrade", "app", "app"]).success();
    assert_eq!(namespace.list("v1/configmaps", "made=here").len(), 2);
}

#[test]
fn a_hook_may_be_of_a_kind_that_an_earlier_hook_defines() {
    let namespace = Namespace::new("hook-kind");
    namespace.sandbox().write("app/Chart.yaml", CHART);
    let template = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.{{ .Release.Namespace }}.test
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: '-1'}
spec:
  group: {{ .Release.Namespace }}.test
  scope: Namespaced
  names: {kind: Thing, plural: things, singular: thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
---
apiVersion: {{ .Release.Namespace }}.test/v1
kind: Thing
metadata: {name: one, annotations: {helm.sh/hook: pre-install}}
";
    namespace.sandbox().write("app/templates/things.yaml", template);
    namespace.windlass(["install", "app", "app"]).success();
    assert!(namespace.find(&format!("{}.test/v1/things", namespace.name()), "one").is_some());
    let definition = format!("things.{}.test", namespace.name());
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}");
    plane().api().delete(&path).unwrap();
}

const TESTS: &str = r#"
{{- range $name, $fault := .Values.tests }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ $name }}
  annotations:
    helm.sh/hook: test-success
    {{- with $fault }}
    test.windlass/fault: {{ . }}
    {{- end }}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  initContainers: [{name: prepare, image: "example.test/job:1"}]
  containers: [{name: main, image: "example.test/job:1"}]
{{- end }}
"#;

#[test]
fn tests_are_run_and_told_as_by_helm() {
    let namespace = Namespace::new("tests");
    namespace.sandbox().write("app/Chart.yaml", CHART);
    namespace.sandbox().write("app/templates/tests.yaml", TESTS);
    namespace
        .sandbox()
        .write("app/values.yaml", "tests: {aa: '', bb: '', cc: job-failed, dd: ''}\n");
    namespace.windlass(["install", "app", "app"]).success();
    for args in [
        &["test", "app", "--filter", "name=aa,name=bb", "--logs"][..],
        &["test", "app", "--filter", "!name=cc"],
        &["test", "app", "--timeout", "20s"],
        &["test", "none"],
    ] {
        let windlass = Tool::Windlass.run(&namespace, args);
        let helm = Tool::Helm.run(&namespace, args);
        assert_eq!(sorted(&windlass.stdout), sorted(&helm.stdout), "{args:?}");
        // The client library of Helm may log that a watch of its own ended.
        let is_told = |line: &&str| !line.contains("reflector.go");
        let first = |output: &Output| output.stderr.lines().find(is_told).map(str::to_owned);
        assert_eq!(first(&windlass), first(&helm), "{args:?}");
        assert_eq!(windlass.code == 0, helm.code == 0, "{args:?}");
    }
}

/// Takes the times out, and puts the parts in one order: Helm moves tests that it leaves out to the front.
fn sorted(text: &str) -> Vec<String> {
    let is_time = |line: &&str| line.starts_with("Last ") || line.starts_with("LAST ");
    let mut lines: Vec<String> =
        text.lines().filter(|line| !is_time(line)).map(str::to_owned).collect();
    lines.sort();
    lines
}
