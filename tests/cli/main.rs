//! Runs windlass without a cluster: words, streams and exit codes, one file per command.

#![expect(clippy::panic, reason = "tests fail by panicking, their own functions too")]

#[path = "../support/sandbox.rs"]
mod sandbox;

mod cluster;
mod create;
mod determinism;
mod env;
mod explain;
mod hostile;
mod install;
mod lint;
mod origins;
mod show;
mod template;
mod usage;
mod version;
mod web;

use std::process::Command;

use sandbox::{Output, Sandbox, WINDLASS};

/// A folder with files, in which command lines are run.
struct Place {
    sandbox: Sandbox,
}

impl Place {
    fn new() -> Self {
        Self { sandbox: Sandbox::new() }
    }

    /// Makes the chart `web` of a ConfigMap that shows `color`, and one more file.
    fn with_chart(path: &str, text: &str) -> Self {
        Self::new()
            .with(
                "web/Chart.yaml",
                "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"4\"\n",
            )
            .with("web/values.yaml", "color: blue\n")
            .with("web/templates/config.yaml", CONFIG)
            .with(&format!("web/{path}"), text)
    }

    fn with(self, path: &str, text: &str) -> Self {
        self.sandbox.write(path, text);
        self
    }

    fn command(&self) -> Command {
        self.sandbox.command(WINDLASS)
    }

    /// Runs windlass with the words of a line, and returns all that it said.
    #[track_caller]
    fn says(&self, line: &str) -> String {
        let mut command = self.command();
        command.args(line.split_whitespace());
        self.said(command)
    }

    /// Runs a command, and returns its exit code and both streams, without what differs from run to run.
    #[track_caller]
    fn said(&self, command: Command) -> String {
        let Output { stdout, stderr, code, .. } = Output::of(command);
        let folder = self.sandbox.path().display().to_string();
        let above = folder.trim_end_matches("/work");
        let home = format!("{above}/home");
        let mut text = format!("exit code {code}\n");
        for (name, stream) in [("stdout", stdout), ("stderr", stderr)] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{stream}"));
            }
        }
        let names =
            [(WINDLASS, "[windlass]"), (&folder, "[work]"), (&home, "[home]"), (above, "[temp]")];
        names.iter().fold(text, |text, (path, name)| text.replace(path, name))
    }
}

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  color: {{ .Values.color | quote }}
";

/// A cluster that does not answer.
const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {token: hunter2}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: shop}}]
current-context: x
";
