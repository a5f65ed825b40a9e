//! The records of releases: how large they may be, how many there are, and what becomes of old ones.

use serde_json::Value;

use super::interop::{Tool, both_read_the_same};
use crate::support::Namespace;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: \"9\"\n";
const VALUES: &str = "color: blue\nsize: 3\n";
const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  color: {{ .Values.color | quote }}
  size: {{ .Values.size | quote }}
";

/// A pod that never becomes ready.
const BAD_POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: bad
  annotations: {test.windlass/fault: unready}
spec: {containers: [{name: main, image: \"example.test/bad:1\"}]}
";

fn chart(namespace: &Namespace, name: &str) {
    let sandbox = namespace.sandbox();
    sandbox.write(format!("{name}/Chart.yaml"), CHART);
    sandbox.write(format!("{name}/values.yaml"), VALUES);
    sandbox.write(format!("{name}/templates/config.yaml"), CONFIG);
    sandbox.write(format!("{name}/templates/NOTES.txt"), "It is {{ .Values.color }}.\n");
}

/// Returns text that gzip cannot shorten below three quarters.
fn noise(length: usize) -> String {
    let mut state = 7_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + ((state >> 33) % 64) as u8)
    };
    (0..length).map(next).filter(|letter| *letter != '\\').collect()
}

fn config(namespace: &Namespace) -> (String, String) {
    let config = namespace.get("v1/configmaps", "app");
    let text = |key: &str| config["data"][key].as_str().unwrap_or_default().to_owned();
    (text("color"), text("size"))
}

#[test]
fn a_release_of_more_than_1_mib_is_kept_slim_and_helm_works_with_it() {
    let namespace = Namespace::new("slim");
    chart(&namespace, "small");
    chart(&namespace, "large");
    namespace.sandbox().write("large/files/data.txt", &noise(1_500_000));
    namespace.sandbox().write("large/values.schema.json", "{\"type\": \"object\"}");
    let helms = namespace.helm(["install", "app", "large"]);
    assert!(helms.code != 0 && helms.stderr.contains("Too long"), "Helm can do it now: {helms}");

    let helm = |args: &[&str]| Tool::Helm.run(&namespace, "", args);
    let ours = namespace.windlass(["install", "app", "large", "--set", "color=red"]).success();
    assert!(ours.stderr.contains("the record of revision 1 is slim"), "{ours}");
    assert!(ours.stderr.contains("without the chart's templates, files and schema"), "{ours}");
    both_read_the_same(&namespace, "");
    helm(&["upgrade", "app", "small", "--reuse-values", "--set", "size=7"]);
    assert_eq!(config(&namespace), ("red".to_owned(), "7".to_owned()));
    both_read_the_same(&namespace, "");
    helm(&["rollback", "app", "1"]);
    assert_eq!(config(&namespace), ("red".to_owned(), "3".to_owned()));
    both_read_the_same(&namespace, "");

    let upgrade = ["upgrade", "app", "large", "--reuse-values", "--set", "size=9"];
    let ours = namespace.windlass(upgrade).success();
    assert!(ours.stderr.contains("the record of revision 4 is slim"), "{ours}");
    assert_eq!(config(&namespace), ("red".to_owned(), "9".to_owned()));
    let again = ["upgrade", "app", "small", "--reset-then-reuse-values", "--set", "color=green"];
    let ours = namespace.windlass(again).success();
    assert!(!ours.stderr.contains("slim"), "this one fits: {ours}");
    assert_eq!(config(&namespace), ("green".to_owned(), "9".to_owned()));
    namespace.windlass(["rollback", "app", "4"]).success();
    assert_eq!(config(&namespace), ("red".to_owned(), "9".to_owned()));
    both_read_the_same(&namespace, "");
    helm(&["uninstall", "app"]);
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
}

#[test]
fn a_release_that_is_too_large_even_slim_fails_before_anything_is_done() {
    let namespace = Namespace::new("too-large");
    chart(&namespace, "app");
    for part in ["a", "b"] {
        let text = noise(700_000);
        let object = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {part}}}\ndata:\n  a: '{text}'\n"
        );
        namespace.sandbox().write(format!("app/templates/{part}.yaml"), &object);
    }
    for command in [&["install", "app", "app"][..], &["install", "app", "app", "--dry-run=server"]]
    {
        let output = namespace.windlass(command);
        assert!(output.code > 0, "{output}");
        for text in
            ["the record of revision 1 of release `app` takes", "allows 1048576", "manifest 1"]
        {
            assert!(output.stderr.contains(text), "`{text}` is not said: {}", output.stderr);
        }
        assert_eq!(namespace.find("v1/configmaps", "a"), None, "an object was applied");
        assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
    }
}

fn versions(namespace: &Namespace) -> Vec<(String, String)> {
    let text = namespace.windlass(["history", "app", "-o", "json"]).success().stdout;
    let rows: Vec<Value> = serde_json::from_str(&text).expect("history prints JSON");
    let row = |row: &Value| {
        (row["revision"].to_string(), row["status"].as_str().unwrap_or_default().to_owned())
    };
    rows.iter().map(row).collect()
}

/// Does the same with either tool, and compares the history after each step.
#[test]
fn history_max_forgets_the_revisions_that_helm_forgets() {
    let (ours, helms) = (Namespace::new("max"), Namespace::new("max-helm"));
    for namespace in [&ours, &helms] {
        chart(namespace, "app");
        chart(namespace, "bad");
        namespace.sandbox().write("bad/templates/pod.yaml", BAD_POD);
    }
    let both = |args: &[&str], works: bool| {
        let outputs = [ours.windlass(args), helms.helm(args)];
        for output in outputs {
            assert_eq!(output.code == 0, works, "{output}");
        }
        assert_eq!(versions(&ours), versions(&helms), "after {args:?}");
    };
    both(&["install", "app", "app"], true);
    both(&["upgrade", "app", "app", "--history-max", "2"], true);
    both(&["upgrade", "app", "app", "--set", "size=1", "--history-max", "2"], true);
    both(&["rollback", "app", "2", "--history-max", "3"], true);
    both(&["upgrade", "app", "app", "--set", "size=2", "--history-max", "0"], true);
    both(&["upgrade", "app", "app", "--set", "size=2", "--history-max", "3"], true);
    let fails = ["upgrade", "app", "bad", "--wait", "--timeout", "1s", "--history-max", "3"];
    // The deployed revision outlives the failed ones that are newer.
    for _ in 0..4 {
        both(&fails, false);
    }
    let statuses: Vec<String> = versions(&ours).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, ["deployed", "failed", "failed"]);
    both(&["rollback", "app", "6", "--history-max", "2"], true);
}
