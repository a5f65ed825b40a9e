//! The live tree in a real terminal: it shows what is waited for, and leaves each line once.

use std::process::Command;

use serde_json::json;

use crate::support::{Namespace, Output, WINDLASS, eventually, plane};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const TEMPLATES: &str = r#"
{{- range until (int .Values.settings) }}
apiVersion: v1
kind: ConfigMap
metadata: {name: settings-{{ . }}}
---
{{- end }}
{{- range $name := list "slow" "web" }}
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ $name }}}
spec:
  replicas: 2
  selector: {matchLabels: {app: {{ $name }}}}
  template:
    metadata:
      labels: {app: {{ $name }}}
      {{- if eq $name "slow" }}
      annotations: {test.windlass/fault: status, test.windlass/status: {{ $.Values.status | quote }}}
      {{- end }}
    spec: {containers: [{name: app, image: "registry.test/web:1"}]}
---
{{- end }}
"#;

/// A terminal of its own, which ends with the value.
struct Terminal<'a> {
    namespace: &'a Namespace,
}

impl<'a> Terminal<'a> {
    /// Opens a terminal and runs windlass in it.
    fn run(namespace: &'a Namespace, columns: &str, rows: &str, args: &str) -> Self {
        let terminal = Self { namespace };
        let shell = format!("{WINDLASS} {args}; echo the end: $?; sleep 60");
        let mut command = terminal.tmux();
        command.args(["new-session", "-d", "-x", columns, "-y", rows, &shell]);
        command.args([";", "pipe-pane", "cat > written"]).current_dir(namespace.sandbox().path());
        command.env("KUBECONFIG", plane().kubeconfig());
        Output::of(command).success();
        terminal
    }

    fn tmux(&self) -> Command {
        let mut command = self.namespace.command("tmux");
        command.env("LC_ALL", "C.UTF-8").args(["-u", "-f", "/dev/null", "-S"]);
        command.arg(self.namespace.sandbox().path().join("terminal"));
        command
    }

    fn ask(&self, args: &[&str]) -> String {
        let mut command = self.tmux();
        command.args(args);
        Output::of(command).success().stdout
    }

    fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    fn everything(&self) -> String {
        self.ask(&["capture-pane", "-p", "-J", "-S", "-"])
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").output();
    }
}

fn chart(namespace: &Namespace, settings: usize) {
    let status = json!([{
        "name": "app", "image": "registry.test/web:1", "imageID": "", "ready": false,
        "started": false, "restartCount": 0, "lastState": {},
        "state": {"waiting": {"reason": "ContainerCreating"}}}]);
    let status = format!("phase: Pending\ncontainerStatuses: {status}\n");
    let values = json!({"settings": settings, "status": status});
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/templates/all.yaml", TEMPLATES);
    namespace.sandbox().write("web/values.yaml", &values.to_string());
}

#[test]
fn the_tree_is_whole_while_it_is_shown_and_afterwards() {
    if Command::new("tmux").arg("-V").output().is_err() {
        eprintln!("no tmux is on the PATH: the live tree was not seen in a terminal");
        return;
    }
    std::thread::scope(|scope| {
        for (settings, columns, rows) in
            [(1, "80", "24"), (1, "200", "50"), (298, "80", "24"), (298, "200", "50")]
        {
            scope.spawn(move || seen(settings, columns, rows));
        }
    });
}

fn seen(settings: usize, columns: &str, rows: &str) {
    let namespace = Namespace::new(&format!("tree-{settings}-{columns}"));
    chart(&namespace, settings);
    let terminal = Terminal::run(&namespace, columns, rows, "install web web --wait --timeout 8s");
    let (all, done) = (settings + 2, settings + 1);
    let counts = format!("{done} of {all} ready, 1 waiting");

    let running = eventually("the tree shows what it waits for", || {
        let screen = terminal.screen();
        let is_there = screen.contains(&counts) && screen.contains("    slow-");
        is_there.then_some(screen)
    });
    let head = running.lines().find(|line| line.starts_with('…')).expect("something is waited for");
    assert!(head.contains("Deployment/slow") && head.contains("0/2"), "{running}");
    assert_eq!(running.matches(" ready, ").count(), 1, "{running}");
    match settings {
        1 => assert!(running.contains("✓ ConfigMap/settings-0"), "{running}"),
        _ => assert!(running.contains(&format!("✓ {done} ready")), "{running}"),
    }

    let code = match columns {
        "80" => 7,
        // People lose their patience.
        _ => {
            terminal.ask(&["send-keys", "C-c"]);
            130
        }
    };
    eventually("windlass ends", || terminal.screen().contains("the end: ").then_some(()));
    let everything = terminal.everything();
    assert!(everything.contains(&format!("the end: {code}")), "{everything}");
    // What did not become ready stays, once; so does the last frame as a whole.
    assert_eq!(everything.matches(&counts).count(), 1, "{everything}");
    assert_eq!(everything.matches("… Deployment/slow").count(), 1, "{everything}");
    assert!(!everything.contains("to come"), "{everything}");
    assert!(everything.contains("Error: INSTALLATION FAILED"), "{everything}");
    let written = std::fs::read_to_string(namespace.sandbox().path().join("written"));
    has_no_flicker(&written.expect("the terminal's stream is there"));
    assert_eq!(terminal.ask(&["display-message", "-p", "#{cursor_flag}"]).trim(), "1");
}

/// Checks that each frame is whole and replaces the one before line by line, never through an empty screen.
#[track_caller]
fn has_no_flicker(written: &str) {
    for clears in ["\x1b[2J", "\x1b[3J", "\x1bc", "\x1b[?1049"] {
        assert!(!written.contains(clears), "{written:?}");
    }
    let frames: Vec<&str> = written.split("\x1b[?2026h").skip(1).collect();
    assert!(frames.len() > 2, "{written:?}");
    for frame in frames {
        assert!(
            frame.starts_with("\x1b[?25l") && frame.contains("\x1b[?25h\x1b[?2026l"),
            "{frame:?}"
        );
    }
}
