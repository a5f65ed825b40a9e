//! windlass and Helm read, upgrade, roll back and uninstall each other's releases.

use serde_json::Value;

use crate::support::{Namespace, Output, WINDLASS, tool};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: \"9\"\n";
const VALUES: &str = "color: blue\nsize: 3\nlist: [1, 2.5, text]\n";
const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  color: {{ .Values.color | quote }}
  size: {{ .Values.size | quote }}
  revision: {{ .Release.Revision | quote }}
";
const NOTES: &str =
    "{{ .Release.Name }} is {{ .Values.color }}, revision {{ .Release.Revision }}.\n";

#[derive(Clone, Copy)]
pub(crate) enum Tool {
    Windlass,
    Helm,
}

impl Tool {
    /// Runs the tool on records of one driver, and returns what it prints.
    #[track_caller]
    pub(crate) fn run(self, namespace: &Namespace, driver: &str, args: &[&str]) -> String {
        let mut command = match self {
            Self::Windlass => namespace.command(WINDLASS),
            Self::Helm => namespace.command(tool("helm")),
        };
        command.env("HELM_DRIVER", driver).args(args);
        Output::of(command).success().stdout
    }
}

#[test]
fn helm_takes_over_a_release_that_windlass_made() {
    takes_over("to-helm", "secret", Tool::Windlass, Tool::Helm);
}

#[test]
fn windlass_takes_over_a_release_that_helm_made() {
    takes_over("from-helm", "secret", Tool::Helm, Tool::Windlass);
}

#[test]
fn helm_takes_over_a_release_that_windlass_keeps_in_configmaps() {
    takes_over("maps-to-helm", "configmap", Tool::Windlass, Tool::Helm);
}

#[test]
fn windlass_takes_over_a_release_that_helm_keeps_in_configmaps() {
    takes_over("maps-from-helm", "configmap", Tool::Helm, Tool::Windlass);
}

fn takes_over(topic: &str, driver: &str, first: Tool, second: Tool) {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("app/Chart.yaml", CHART);
    namespace.sandbox().write("app/values.yaml", VALUES);
    namespace.sandbox().write("app/templates/config.yaml", CONFIG);
    namespace.sandbox().write("app/templates/NOTES.txt", NOTES);
    first.run(
        &namespace,
        driver,
        &["install", "app", "app", "--set", "color=red", "--description", "first"],
    );
    both_read_the_same(&namespace, driver);
    let notes = second.run(&namespace, driver, &["get", "notes", "app"]);
    assert_eq!(notes, "NOTES:\napp is red, revision 1.\n\n");

    let upgrade = ["upgrade", "app", "app", "--reuse-values", "--set", "size=7"];
    second.run(&namespace, driver, &upgrade);
    both_read_the_same(&namespace, driver);
    assert_eq!(data(&namespace, "color"), "red", "the values of revision 1 were kept");
    assert_eq!(data(&namespace, "size"), "7");
    assert_eq!(data(&namespace, "revision"), "2");

    first.run(&namespace, driver, &["upgrade", "app", "app", "--set", "color=green"]);
    both_read_the_same(&namespace, driver);
    assert_eq!(data(&namespace, "size"), "3", "values given on an upgrade replace the old ones");

    second.run(&namespace, driver, &["rollback", "app", "2"]);
    both_read_the_same(&namespace, driver);
    assert_eq!(data(&namespace, "color"), "red");
    assert_eq!(
        statuses(&namespace, driver),
        ["superseded", "superseded", "superseded", "deployed"]
    );

    second.run(&namespace, driver, &["uninstall", "app", "--keep-history"]);
    both_read_the_same(&namespace, driver);
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    first.run(&namespace, driver, &["rollback", "app", "4"]);
    assert_eq!(data(&namespace, "color"), "red");
    let (kept_in, other) = match driver {
        "configmap" => ("v1/configmaps", "v1/secrets"),
        _ => ("v1/secrets", "v1/configmaps"),
    };
    assert_eq!(namespace.list(kept_in, "owner=helm").len(), 5);
    assert_eq!(namespace.list(other, "owner=helm"), Vec::<Value>::new());
    second.run(&namespace, driver, &["uninstall", "app"]);
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    assert_eq!(namespace.list(kept_in, "owner=helm"), Vec::<Value>::new());
}

/// Asks both tools everything about the release, and compares what they print.
#[track_caller]
pub(crate) fn both_read_the_same(namespace: &Namespace, driver: &str) {
    for args in [
        &["list", "-o", "json"][..],
        &["list"],
        &["history", "app"],
        &["history", "app", "-o", "yaml"],
        &["status", "app"],
        &["get", "values", "app"],
        &["get", "values", "app", "--all", "-o", "json"],
        &["get", "manifest", "app"],
        &["get", "notes", "app"],
        &["get", "hooks", "app"],
        &["get", "metadata", "app"],
        &["get", "metadata", "app", "-o", "json"],
        &["get", "all", "app"],
    ] {
        let windlass = Tool::Windlass.run(namespace, driver, args);
        let helm = Tool::Helm.run(namespace, driver, args);
        assert_eq!(ages_out(&windlass), ages_out(&helm), "{args:?}");
    }
}

/// Takes ages (`3s`) out of tables, because the two tools ask one after the other.
fn ages_out(text: &str) -> String {
    let is_age =
        |word: &str| word.strip_suffix('s').is_some_and(|number| number.parse::<u32>().is_ok());
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((before, last)) if is_age(last.trim()) => before.trim_end().to_owned(),
        _ => line.trim_end().to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn data(namespace: &Namespace, key: &str) -> String {
    let config = namespace.get("v1/configmaps", "app");
    config["data"][key].as_str().unwrap_or_default().to_owned()
}

fn statuses(namespace: &Namespace, driver: &str) -> Vec<String> {
    let text = Tool::Windlass.run(namespace, driver, &["history", "app", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).expect("history prints JSON");
    rows.iter().filter_map(|row| row["status"].as_str()).map(str::to_owned).collect()
}
