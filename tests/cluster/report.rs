//! `--report`: one page of a run, whether it went well or not, and what CI systems are told.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Namespace, Output, variable};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.2.3\n";

const PASSWORD: &str = "correct-horse-battery";

const TEMPLATES: &str = r#"
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {password: {{ .Values.password }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {page: '<img src="http://planted.example.test/x.png"><script>fetch("//planted.example.test")</script>', url: "db://{{ .Values.password }}@db"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {test.windlass/fault: job-failed}}
    spec: {restartPolicy: Never, containers: [{name: main, image: "example.test/job:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.test/web:{{ .Values.tag }}"}]}
"#;

fn release(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/templates/all.yaml", TEMPLATES);
    namespace
        .sandbox()
        .write("web/values.yaml", &format!("password: {PASSWORD}\ntag: 1\nmode: plain\n"));
    namespace
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("the report was written")
}

#[test]
fn a_report_tells_what_was_planned_what_happened_and_how_it_ended() {
    let namespace = release("report");
    let path = |name: &str| namespace.sandbox().path().join(name);
    let install = ["install", "web", "web", "--wait", "--report", "run.html", "--report", "run.md"];
    namespace.windlass(install).success();
    let (page, markdown) = (text(path("run.html")), text(path("run.md")));
    for report in [&page, &markdown] {
        for part in [
            "install web to revision 1 succeeded",
            "web 1.2.3",
            "create Deployment/web",
            "Until ready",
            "ready",
        ] {
            assert!(report.contains(part), "no `{part}` in {report}");
        }
        assert!(!report.contains(PASSWORD), "{report}");
    }

    let upgrade = ["upgrade", "web", "web", "--set", "tag=2", "--report", "run.html"];
    let failed = namespace.windlass(upgrade).failure(7);
    let page = text(path("run.html"));
    let error = failed.stderr.lines().find(|line| line.starts_with("Error: ")).unwrap();
    assert!(page.contains("✗ failed") && page.contains(error), "{error} in {page}");
    assert!(page.contains("image: example.test/web:2") && page.contains("<del>-"), "{page}");
    assert!(page.contains("pre-upgrade hook: failed"), "{page}");
    assert!(!page.contains(PASSWORD), "{page}");

    // A run that never came to a plan has a report too.
    let wrong = ["upgrade", "web", "web", "-f", "missing.yaml", "--report", "run.md"];
    namespace.windlass(wrong).failure(3);
    assert!(text(path("run.md")).contains("upgrade failed"), "{}", text(path("run.md")));

    // Better before anything is done than after it.
    let nowhere = ["upgrade", "web", "web", "--report", "no/such/folder.html"];
    let refused = namespace.windlass(nowhere).failure(1);
    assert!(refused.stderr.contains("cannot write report `no/such/folder.html`"), "{refused}");
    let history = namespace.windlass(["history", "web", "-o", "json"]).success().stdout;
    assert_eq!(history.matches("\"revision\":").count(), 2, "{history}");
}

#[test]
fn a_job_on_github_gets_a_summary_and_an_annotation() {
    let namespace = release("report-github");
    let summary = namespace.sandbox().path().join("summary.md");
    let run = |words: &[&str]| {
        let mut command = namespace.command(crate::support::WINDLASS);
        command.args(words).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
        Output::of(command)
    };
    run(&["install", "web", "web"]).success();
    let failed = run(&["upgrade", "web", "web", "--set", "tag=2"]).failure(7);
    let line = failed.stderr.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(line.starts_with("::error title=windlass%3A not-ready::UPGRADE FAILED"), "{line}");
    let summary = text(&summary);
    assert!(summary.contains("install web to revision 1 succeeded"), "{summary}");
    assert!(summary.contains("upgrade web to revision 2 failed"), "{summary}");
    assert!(!summary.contains(PASSWORD), "{summary}");
}

#[test]
fn the_page_opens_in_a_browser_without_errors_or_requests() {
    let Some(browser) = browser() else {
        eprintln!("no Chromium is on the PATH: the page was not opened in a browser");
        return;
    };
    let namespace = release("report-browser");
    namespace.windlass(["install", "web", "web", "--wait", "--report", "run.html"]).success();
    let folder = namespace.sandbox().path();
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .arg("--enable-logging=stderr")
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--log-net-log={}", folder.join("requests.json").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", folder.join("run.html").display()));
    let opened = Output::of(command).success();
    assert!(!opened.stderr.contains("CONSOLE"), "{opened}");
    // The browser has requests of its own; the page's would go where its texts point.
    let requests = text(folder.join("requests.json"));
    assert!(!requests.contains("planted.example.test"), "the page asked for something");
    // What colors say is said by words and signs too.
    for part in ["✓ done", "<ins>+ ", "create Deployment/web", "&lt;img src="] {
        assert!(opened.stdout.contains(part), "no `{part}` in {opened}");
    }
    assert!(!opened.stdout.contains("<script"), "{opened}");
}

/// Finds a browser; one that `WINDLASS_TEST_BROWSER` names must be there.
fn browser() -> Option<PathBuf> {
    if let Some(path) = variable("WINDLASS_TEST_BROWSER") {
        return Some(path.into());
    }
    let folders = variable("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}
