//! `install` and `upgrade`, as far as they go without a cluster.

use insta::assert_snapshot;

use crate::{KUBECONFIG, Place};

const SECRET: &str =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2}\n";

#[track_caller]
fn says(place: &Place, line: &str) -> String {
    let said = place.says(line);
    let time = regex::Regex::new("LAST DEPLOYED: .*").expect("the pattern is fixed");
    time.replace(&said, "LAST DEPLOYED: [time]").into_owned()
}

#[test]
fn a_dry_run_on_the_client_needs_no_cluster() {
    let place = Place::with_chart("templates/NOTES.txt", "\nColor: {{ .Values.color }}\n");
    assert_snapshot!(says(&place, "install shop web --dry-run=client --set color=red"), @r#"
    exit code 0
    --- stdout
    NAME: shop
    LAST DEPLOYED: [time]
    NAMESPACE: default
    STATUS: pending-install
    REVISION: 1
    DESCRIPTION: Dry run complete
    TEST SUITE: None
    HOOKS:
    MANIFEST:
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop
    data:
      color: "red"


    NOTES:
    Color: red
    "#);
}

#[test]
fn secrets_and_notes_can_be_left_out() {
    let place = Place::with_chart("templates/secret.yaml", SECRET)
        .with("web/templates/NOTES.txt", "not shown\n");
    let said = says(&place, "install shop web --dry-run=client --hide-secret --hide-notes");
    assert_snapshot!(said, @r#"
    exit code 0
    --- stdout
    NAME: shop
    LAST DEPLOYED: [time]
    NAMESPACE: default
    STATUS: pending-install
    REVISION: 1
    DESCRIPTION: Dry run complete
    TEST SUITE: None
    HOOKS:
    MANIFEST:
    ---
    # Source: web/templates/secret.yaml
    # HIDDEN: The Secret output has been suppressed
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop
    data:
      color: "blue"
    "#);
}

#[test]
fn details_are_shown_with_debug() {
    let place = Place::with_chart("templates/config.yaml", "");
    assert_snapshot!(says(&place, "install shop web --dry-run=client --debug"), @"
    exit code 0
    --- stdout
    NAME: shop
    LAST DEPLOYED: [time]
    NAMESPACE: default
    STATUS: pending-install
    REVISION: 1
    DESCRIPTION: Dry run complete
    TEST SUITE: None
    USER-SUPPLIED VALUES:
    {}

    COMPUTED VALUES:
    color: blue

    HOOKS:
    MANIFEST:
    ");
}

#[test]
fn a_name_that_kubernetes_would_refuse_is_refused() {
    let place = Place::with_chart("x.txt", "");
    assert_snapshot!(says(&place, "install Web_1 web --dry-run=client"), @"
    exit code 3
    --- stderr
    Error: INSTALLATION FAILED: release name check failed: invalid release name `Web_1`: it must be lower-case letters, digits, `-` and `.`, and start and end with a letter or digit
    ");
}

#[test]
fn json_is_the_whole_record() {
    let place = Place::with_chart("x.txt", "");
    let said = place.says("install shop web --dry-run=client -o json");
    let json: serde_json::Value =
        serde_json::from_str(said.strip_prefix("exit code 0\n--- stdout\n").unwrap()).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "info", "chart", "manifest", "version", "namespace", "apply_method"]);
    assert_eq!(json["chart"]["metadata"]["name"], "web");
    let yaml = place.says("install shop web --dry-run=client -o yaml");
    assert!(yaml.starts_with("exit code 0\n--- stdout\napply_method: ssa\nchart:\n"), "{yaml}");
}

#[test]
fn an_upgrade_says_its_name_only_once_it_has_begun() {
    let place = Place::with_chart("x.txt", "").with("config", KUBECONFIG);
    assert_snapshot!(says(&place, "upgrade shop ./nowhere --kubeconfig config"), @r#"
    exit code 3
    --- stderr
    Error: path "./nowhere" not found: there is no chart folder and no packed chart
    "#);
    assert_snapshot!(says(&place, "upgrade shop web --set a --kubeconfig config"), @r#"
    exit code 3
    --- stderr
    Error: failed parsing --set data: key "a" has no value (in `a`)
    "#);
    assert_snapshot!(says(&place, "install shop ./nowhere --kubeconfig config"), @r#"
    exit code 3
    --- stderr
    Error: INSTALLATION FAILED: path "./nowhere" not found: there is no chart folder and no packed chart
    "#);
}
