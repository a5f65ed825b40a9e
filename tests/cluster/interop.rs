//! windlass and Helm read, upgrade, roll back and uninstall each other's releases.

use serde_json::Value;

use crate::support::Namespace;

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
enum Tool {
    Windlass,
    Helm,
}

impl Tool {
    #[track_caller]
    fn run(self, namespace: &Namespace, args: &[&str]) -> String {
        let output = match self {
            Self::Windlass => namespace.windlass(args),
            Self::Helm => namespace.helm(args),
        };
        output.success().stdout
    }
}

#[test]
fn helm_takes_over_a_release_that_windlass_made() {
    takes_over("to-helm", Tool::Windlass, Tool::Helm);
}

#[test]
fn windlass_takes_over_a_release_that_helm_made() {
    takes_over("from-helm", Tool::Helm, Tool::Windlass);
}

fn takes_over(topic: &str, first: Tool, second: Tool) {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("app/Chart.yaml", CHART);
    namespace.sandbox().write("app/values.yaml", VALUES);
    namespace.sandbox().write("app/templates/config.yaml", CONFIG);
    namespace.sandbox().write("app/templates/NOTES.txt", NOTES);
    first.run(
        &namespace,
        &["install", "app", "app", "--set", "color=red", "--description", "first"],
    );
    both_read_the_same(&namespace);
    let notes = second.run(&namespace, &["get", "notes", "app"]);
    assert_eq!(notes, "NOTES:\napp is red, revision 1.\n\n");

    let upgrade = ["upgrade", "app", "app", "--reuse-values", "--set", "size=7"];
    second.run(&namespace, &upgrade);
    both_read_the_same(&namespace);
    assert_eq!(data(&namespace, "color"), "red", "the values of revision 1 were kept");
    assert_eq!(data(&namespace, "size"), "7");
    assert_eq!(data(&namespace, "revision"), "2");

    first.run(&namespace, &["upgrade", "app", "app", "--set", "color=green"]);
    both_read_the_same(&namespace);
    assert_eq!(data(&namespace, "size"), "3", "values given on an upgrade replace the old ones");

    second.run(&namespace, &["rollback", "app", "2"]);
    both_read_the_same(&namespace);
    assert_eq!(data(&namespace, "color"), "red");
    assert_eq!(statuses(&namespace), ["superseded", "superseded", "superseded", "deployed"]);

    second.run(&namespace, &["uninstall", "app", "--keep-history"]);
    both_read_the_same(&namespace);
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    first.run(&namespace, &["rollback", "app", "4"]);
    assert_eq!(data(&namespace, "color"), "red");
    second.run(&namespace, &["uninstall", "app"]);
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
}

/// Asks both tools everything about the release, and compares what they print.
#[track_caller]
fn both_read_the_same(namespace: &Namespace) {
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
        let windlass = Tool::Windlass.run(namespace, args);
        let helm = Tool::Helm.run(namespace, args);
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

fn statuses(namespace: &Namespace) -> Vec<String> {
    let text = Tool::Windlass.run(namespace, &["history", "app", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).expect("history prints JSON");
    rows.iter().filter_map(|row| row["status"].as_str()).map(str::to_owned).collect()
}
