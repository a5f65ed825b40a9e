//! One run at a time: who waits for whom, and what becomes of a run that dies.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Namespace, Output, eventually, plane, tool};

const WINDLASS: &str = env!("CARGO_BIN_EXE_windlass");

const LEASES: &str = "coordination.k8s.io/v1/leases";

/// With `stuck`, `--wait` waits for a pod that never becomes ready.
const OBJECTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  color: {{ .Values.color }}
{{- if .Values.stuck }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
  annotations: {test.windlass/fault: unready}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: \"example.test/slow:1\"}]
{{- end }}
";

/// A namespace with the chart `web` in its sandbox.
fn with_chart(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    namespace.sandbox().write("web/values.yaml", "color: blue\nstuck: false\n");
    namespace.sandbox().write("web/templates/objects.yaml", OBJECTS);
    namespace
}

/// A program at work; killed when dropped.
struct Running(Option<Child>);

impl Running {
    fn start(mut command: Command) -> Self {
        let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Self(Some(started.expect("the program is there")))
    }

    fn id(&self) -> String {
        self.0.as_ref().map(|child| child.id().to_string()).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id()]).status();
        assert!(sent.expect("there is kill").success());
    }

    /// Waits for the end; returns the exit code, standard output and standard error.
    fn end(mut self) -> (i32, String, String) {
        let child = self.0.take().expect("it ends once");
        let output = child.wait_with_output().expect("it was started by us");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts windlass as ann in job 7, with locks that outlive their holder by two seconds.
fn ann(namespace: &Namespace, args: &[&str]) -> Running {
    let mut command = namespace.command(WINDLASS);
    command.args(args).env("USER", "ann").env("CI_JOB_URL", "https://ci.example.test/job/7");
    command.env("WINDLASS_LEASE_DURATION", "2s");
    Running::start(command)
}

/// Starts an installing or upgrading run, and waits until it is in the middle of waiting.
fn stuck(namespace: &Namespace, verb: &str) -> Running {
    let run = ann(namespace, &[verb, "web", "web", "--set", "stuck=true", "--wait"]);
    eventually("the pod is applied", || namespace.find("v1/pods", "web").filter(is_there));
    run
}

/// Has Helm make revision 2 of a release, and die in the middle of it.
fn helm_dies_upgrading(namespace: &Namespace) {
    namespace.helm(["install", "web", "web"]).success();
    let mut command = namespace.command(tool("helm"));
    command.args(["upgrade", "web", "web", "--set", "stuck=true", "--wait"]);
    let helm = Running::start(command);
    eventually("the pod is applied", || namespace.find("v1/pods", "web"));
    helm.signal("KILL");
    helm.end();
}

/// Reads statuses and descriptions by Helm, which must be able to read every state.
fn history(namespace: &Namespace) -> Vec<(String, String)> {
    let text = namespace.helm(["history", "web", "-o", "json"]).success().stdout;
    let rows: Vec<Value> = serde_json::from_str(&text).expect("history prints JSON");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| (text(row, "status"), text(row, "description"))).collect()
}

fn statuses(namespace: &Namespace) -> Vec<String> {
    history(namespace).into_iter().map(|(status, _)| status).collect()
}

fn color(namespace: &Namespace) -> String {
    let config = namespace.get("v1/configmaps", "web");
    config["data"]["color"].as_str().unwrap_or_default().to_owned()
}

fn is_there(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_null()
}

#[track_caller]
fn assert_unlocked(namespace: &Namespace) {
    assert_eq!(namespace.list(LEASES, ""), Vec::<Value>::new(), "a lock was left behind");
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not said:\n{text}");
    }
}

#[test]
fn who_may_not_wait_is_told_who_is_at_work() {
    let namespace = with_chart("lock-busy");
    let first = stuck(&namespace, "install");
    let holder = format!("pid {} (install since ", first.id());
    for args in [
        &["upgrade", "web", "web"][..],
        &["upgrade", "web", "web", "--install"],
        &["install", "web", "web"],
        &["rollback", "web", "1"],
        &["uninstall", "web"],
    ] {
        let refused = namespace.windlass(args.iter().chain(&["--lock-timeout", "0"])).failure(6);
        let general = "another operation (install/upgrade/rollback) is in progress: ann@";
        assert_says(&refused.stderr, &[general, &holder, "https://ci.example.test/job/7"]);
    }
    let lease = namespace.get(LEASES, "windlass.web");
    assert_eq!(lease["metadata"]["labels"]["app.kubernetes.io/instance"], "web");
    let status = namespace.windlass(["status", "web"]).success();
    assert_says(&status.stderr, &["is at work on it and alive"]);
    assert_eq!(statuses(&namespace), ["pending-install"]);
    let refused = namespace.helm(["upgrade", "web", "web"]).failure(1);
    assert_says(&refused.stderr, &["another operation (install/upgrade/rollback) is in progress"]);

    first.signal("INT");
    let (code, stdout, stderr) = first.end();
    assert_eq!(code, 130, "{stderr}");
    assert_says(&stdout, &["Release web has been cancelled."]);
    let said = "has been cancelled by SIGINT, 2 of 2 objects done";
    assert_says(&stderr, &[said]);
    let history = history(&namespace);
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].0, "failed");
    assert_says(&history[0].1, &[said]);
    assert_unlocked(&namespace);
}

#[test]
fn a_run_waits_for_the_one_before_it_and_says_so() {
    let namespace = with_chart("lock-wait");
    let first = stuck(&namespace, "install");
    let second = ann(&namespace, &["upgrade", "web", "web", "--set", "color=red"]);
    // Twice as long as the lock of a dead run lasts: what does not happen cannot be waited for.
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(color(&namespace), "blue");
    first.signal("TERM");
    let pid = first.id();
    let (code, _, stderr) = first.end();
    assert_eq!(code, 143, "{stderr}");
    let (code, _, stderr) = second.end();
    assert_eq!(code, 0, "{stderr}");
    assert_says(&stderr, &["waiting for ann@", &format!("pid {pid} ")]);
    assert_eq!(statuses(&namespace), ["failed", "deployed"]);
    assert_eq!(color(&namespace), "red");
    assert_unlocked(&namespace);
}

#[test]
fn the_next_run_clears_what_a_killed_one_left() {
    let namespace = with_chart("lock-killed");
    for (verb, revision, after) in [
        ("install", 1, &["failed", "deployed"][..]),
        ("upgrade", 3, &["failed", "superseded", "failed", "deployed"]),
    ] {
        let run = stuck(&namespace, verb);
        let pid = run.id();
        run.signal("KILL");
        assert_eq!(run.end().0, -1);
        let pending = format!("pending-{verb}");
        assert_eq!(statuses(&namespace).last(), Some(&pending));
        let listed = namespace.helm(["list", "--pending"]).success();
        assert_says(&listed.stdout, &[&pending]);

        let next = namespace.windlass([verb, "web", "web", "--set", "color=red"]).success();
        let said = format!("revision {revision} was left {pending} by ann@");
        assert_says(&next.stderr, &[&said, &format!("pid {pid} ")]);
        assert_eq!(statuses(&namespace), after);
        assert_says(&history(&namespace)[revision - 1].1, &["which died; cleared by "]);
        assert_eq!(color(&namespace), "red");
        assert_unlocked(&namespace);
    }
    namespace.helm(["rollback", "web", "2"]).success();
    namespace.windlass(["upgrade", "web", "web"]).success();
}

#[test]
fn an_install_goes_on_where_the_run_that_cleared_the_first_one_died_too() {
    let namespace = with_chart("lock-twice");
    for _ in 0..2 {
        let run = stuck(&namespace, "install");
        run.signal("KILL");
        run.end();
        namespace.windlass(["rollback", "web", "9"]).failure(5);
        assert_eq!(statuses(&namespace).last().map(String::as_str), Some("failed"));
        let path = format!("/api/v1/namespaces/{}/pods/web", namespace.name());
        plane().api().delete(&path).expect("the pod is there");
        eventually("the pod is gone", || namespace.find("v1/pods", "web").is_none().then_some(()));
    }
    namespace.windlass(["install", "web", "web"]).success();
    assert_eq!(statuses(&namespace), ["failed", "failed", "deployed"]);
    let refused = namespace.windlass(["install", "web", "web"]).failure(6);
    assert_says(&refused.stderr, &["cannot reuse a name that is still in use"]);
}

#[test]
fn a_run_that_slept_does_not_write_once_another_took_over() {
    let namespace = with_chart("lock-slept");
    let first = stuck(&namespace, "install");
    first.signal("STOP");
    let done = namespace.windlass(["install", "web", "web"]).success();
    assert_says(&done.stderr, &["left pending-install by ann@"]);
    first.signal("CONT");
    let (code, _, stderr) = first.end();
    assert_eq!(code, 6, "{stderr}");
    assert_says(&stderr, &["the lock on release `web` was lost"]);
    assert_eq!(statuses(&namespace), ["failed", "deployed"]);
    assert_says(&history(&namespace)[0].1, &["which died; cleared by "]);
}

#[test]
fn a_pending_record_of_helm_is_respected_for_a_while() {
    let namespace = with_chart("lock-helm-dead");
    helm_dies_upgrading(&namespace);
    let labels = |revision: usize| {
        let record = namespace.get("v1/secrets", &format!("sh.helm.release.v1.web.v{revision}"));
        let labels = record["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        labels.keys().cloned().collect::<Vec<_>>()
    };
    let made_by_helm = labels(2);
    let status = namespace.windlass(["status", "web"]).success();
    assert_says(&status.stderr, &["is pending-upgrade by Helm"]);
    let upgrade = ["upgrade", "web", "web", "--set", "color=red", "--lock-timeout", "1s"];
    let refused = namespace.windlass(upgrade).failure(6);
    let parts = [
        "in progress: revision 2 of release `web` is pending-upgrade since ",
        "level=WARN msg=\"waiting: ",
        "in 9m",
        "--pending-grace",
    ];
    assert_says(&refused.stderr, &parts);
    assert_eq!(statuses(&namespace), ["deployed", "pending-upgrade"]);
    assert_eq!(labels(2), made_by_helm);
    assert_unlocked(&namespace);

    let done = namespace.windlass(upgrade.into_iter().chain(["--pending-grace", "0s"])).success();
    assert_says(&done.stderr, &["revision 2 was left pending-upgrade by Helm"]);
    assert_eq!(statuses(&namespace), ["superseded", "failed", "deployed"]);
    assert_eq!(labels(1), ["modifiedAt", "name", "owner", "status", "version"]);
    assert_eq!(labels(2), labels(1));
    let record = namespace.get("v1/secrets", "sh.helm.release.v1.web.v3");
    assert!(record["metadata"]["annotations"].is_null(), "{}", record["metadata"]);
    namespace.helm(["upgrade", "web", "web"]).success();
}

#[test]
fn a_live_helm_is_waited_for() {
    let namespace = with_chart("lock-helm-alive");
    let mut command = namespace.command(tool("helm"));
    command.args(["install", "web", "web", "--set", "stuck=true", "--wait", "--timeout", "6s"]);
    let helm = Running::start(command);
    eventually("the pod is applied", || namespace.find("v1/pods", "web"));
    let done = namespace.windlass(["upgrade", "web", "web", "--set", "color=red"]).success();
    assert_says(&done.stderr, &["waiting: another operation"]);
    assert!(!done.stderr.contains("which died"), "{done}");
    assert_eq!(helm.end().0, 1);
    assert_eq!(statuses(&namespace), ["failed", "deployed"]);
}

#[test]
fn a_rollback_goes_ahead_whatever_helm_left_as_helms_own_does() {
    let namespace = with_chart("lock-rollback");
    helm_dies_upgrading(&namespace);
    let done = namespace.windlass(["rollback", "web"]).success();
    assert_says(&done.stderr, &["revision 2 was left pending-upgrade by Helm"]);
    assert_eq!(statuses(&namespace), ["superseded", "failed", "deployed"]);
    assert_eq!(namespace.find("v1/pods", "web").filter(is_there), None);
}

#[test]
fn who_loses_the_race_to_helm_applies_nothing() {
    let namespace = with_chart("lock-race");
    namespace.windlass(["install", "web", "web"]).success();
    // Helm makes revision 2 after windlass has read revision 1.
    let script = format!(
        "#!/bin/sh\n{} upgrade web web --set color=green >/dev/null 2>&1\nexec cat\n",
        tool("helm").display()
    );
    let path = namespace.sandbox().write("race.sh", &script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let args = ["upgrade", "web", "web", "--set", "color=red", "--post-renderer", "./race.sh"];
    let lost = namespace.windlass(args).failure(6);
    let said = "revision 2 of release `web` was made meanwhile by Helm";
    assert_says(&lost.stderr, &[said, "nothing was applied"]);
    assert_eq!(color(&namespace), "green");
    assert_eq!(statuses(&namespace), ["superseded", "deployed"]);
    assert_unlocked(&namespace);
}

#[test]
fn a_half_uninstalled_release_is_uninstalled_or_installed_again() {
    let namespace = with_chart("lock-uninstall");
    let name = "  name: {{ .Release.Name }}\ndata:";
    let held = name.replace("\ndata:", "\n  finalizers: [test.windlass/hold]\ndata:");
    let held = OBJECTS.replace(name, &held);
    for again in [
        &["uninstall", "web"][..],
        &["upgrade", "web", "web", "--install"],
        &["install", "web", "web"],
    ] {
        namespace.sandbox().write("web/templates/objects.yaml", &held);
        namespace.windlass(["install", "web", "web"]).success();
        let run = ann(&namespace, &["uninstall", "web", "--wait"]);
        eventually("the object is being deleted", || {
            namespace.find("v1/configmaps", "web").filter(|object| !is_there(object))
        });
        run.signal("KILL");
        run.end();
        assert_eq!(statuses(&namespace), ["uninstalling"]);
        let path = format!("/api/v1/namespaces/{}/configmaps/web", namespace.name());
        plane().api().merge(&path, &json!({"metadata": {"finalizers": null}}));
        eventually("the object is gone", || {
            namespace.find("v1/configmaps", "web").is_none().then_some(())
        });

        namespace.sandbox().write("web/templates/objects.yaml", OBJECTS);
        let done = namespace.windlass(again).success();
        if again[0] != "uninstall" {
            assert_says(&done.stderr, &["left uninstalling by ann@"]);
            assert_eq!(statuses(&namespace), ["failed", "deployed"]);
            assert_eq!(color(&namespace), "blue");
            namespace.windlass(["uninstall", "web"]).success();
        }
        assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
        assert_unlocked(&namespace);
    }
}

#[test]
fn who_may_not_write_leases_goes_on_as_helm_does() {
    let namespace = with_chart("lock-rights");
    let rules = r#"[{apiGroups: [""], resources: [secrets, configmaps], verbs: ["*"]}]"#;
    let token = namespace.service_account_token("deployer", rules);
    let as_deployer = |args: &[&str]| {
        let mut command = namespace.command(WINDLASS);
        command.env_remove("KUBECONFIG").args(args).args(["--kube-token", &token]);
        command.args(["--kube-apiserver", plane().server(), "--kube-ca-file"]);
        command.arg(plane().ca_file());
        Output::of(command)
    };
    let dry = as_deployer(&["install", "web", "web", "--dry-run=server"]).success();
    assert_eq!(dry.stderr, "", "a dry run wants no lock");
    for args in [
        &["install", "web", "web"][..],
        &["upgrade", "web", "web", "--set", "color=red"],
        &["rollback", "web"],
        &["uninstall", "web"],
    ] {
        let done = as_deployer(args).success();
        assert_eq!(done.stderr.matches("level=WARN").count(), 1, "{done}");
        assert_says(&done.stderr, &["going on without a lock, as Helm does"]);
    }
}

#[test]
fn many_runs_at_once_make_one_revision_each() {
    let namespace = with_chart("lock-many");
    namespace.windlass(["install", "web", "web"]).success();
    let run = |color: &str| {
        let value = format!("color={color}");
        ann(&namespace, &["upgrade", "web", "web", "--set", &value])
    };
    let colors = ["red", "green", "white", "black", "yellow"];
    let runs: Vec<Running> = colors.iter().map(|color| run(color)).collect();
    for run in runs {
        let (code, _, stderr) = run.end();
        assert_eq!(code, 0, "{stderr}");
        assert!(!stderr.contains("which died"), "{stderr}");
    }
    let mut expected = vec!["superseded"; 5];
    expected.push("deployed");
    assert_eq!(statuses(&namespace), expected);
    let values = namespace.helm(["get", "values", "web"]).success();
    assert_says(&values.stdout, &[&format!("color: {}", color(&namespace))]);
    assert_unlocked(&namespace);
}
