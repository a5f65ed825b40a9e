//! Bad input against a real cluster: one clear error that names the place, and nothing applied.

use serde_json::Value;

use crate::support::{Namespace, Output, plane};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  a: b\n";

/// Makes a chart of one good object and one file more.
fn chart(namespace: &Namespace, path: &str, text: &str) {
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", "");
    namespace.sandbox().write("web/templates/config.yaml", CONFIG);
    namespace.sandbox().write(format!("web/{path}"), text);
}

/// Asserts that the command failed, said each text, and left nothing behind.
#[track_caller]
fn refused(namespace: &Namespace, output: Output, texts: &[&str]) {
    assert!(output.code > 0, "should have failed: {output}");
    for text in texts {
        assert!(output.stderr.contains(text), "`{text}` is not said: {output}");
    }
    assert_eq!(output.stderr.matches("Error: ").count(), 1, "one error, not several: {output}");
    assert_eq!(namespace.find("v1/configmaps", "web"), None, "an object was applied");
    assert_eq!(
        namespace.list("v1/secrets", "owner=helm"),
        Vec::<Value>::new(),
        "a record was made"
    );
}

#[test]
fn broken_yaml_in_a_values_file_names_file_and_line() {
    let namespace = Namespace::new("bad-values");
    chart(&namespace, "x.txt", "");
    namespace.sandbox().write("prod.yaml", "a: 1\nb: [1,\nc: 2\n");
    let output = namespace.windlass(["install", "web", "web", "-f", "prod.yaml"]);
    refused(&namespace, output, &["prod.yaml", "line "]);
}

#[test]
fn broken_yaml_in_a_manifest_names_template_and_line() {
    let namespace = Namespace::new("bad-manifest");
    chart(&namespace, "templates/bad.yaml", "apiVersion: v1\nkind: ConfigMap\n  name: oops\n");
    let output = namespace.windlass(["install", "web", "web"]);
    refused(&namespace, output, &["YAML parse error on web/templates/bad.yaml", "line 3"]);
}

#[test]
fn a_template_error_shows_the_line_and_who_included_it() {
    let namespace = Namespace::new("bad-template");
    chart(
        &namespace,
        "templates/_helpers.tpl",
        "{{ define \"web.x\" }}\n{{ .Values.image.tag }}\n{{ end }}",
    );
    namespace.sandbox().write("web/templates/bad.yaml", "a: {{ include \"web.x\" . }}\n");
    let output = namespace.windlass(["install", "web", "web"]);
    let texts = [
        "nil pointer evaluating interface {}.tag",
        "web/templates/_helpers.tpl:2",
        "{{ .Values.image.tag }}",
        "web/templates/bad.yaml:1",
    ];
    refused(&namespace, output, &texts);
}

#[test]
fn a_chart_that_does_not_exist_is_named() {
    let namespace = Namespace::new("no-chart");
    let output = namespace.windlass(["install", "web", "./nowhere"]);
    refused(&namespace, output, &["./nowhere"]);
}

#[test]
fn a_bad_set_names_the_text() {
    let namespace = Namespace::new("bad-set");
    chart(&namespace, "x.txt", "");
    let output = namespace.windlass(["install", "web", "web", "--set", "a[x]=1"]);
    refused(&namespace, output, &["failed parsing --set data"]);
}

#[test]
fn a_field_that_does_not_exist_is_refused_before_anything_is_applied() {
    let namespace = Namespace::new("bad-field");
    chart(
        &namespace,
        "templates/zz.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {prots: []}\n",
    );
    let output = namespace.windlass(["install", "web", "web"]);
    refused(&namespace, output, &["Service/web", "prots"]);
}

#[test]
fn a_kind_that_does_not_exist_is_refused_before_anything_is_applied() {
    let namespace = Namespace::new("bad-kind");
    chart(
        &namespace,
        "templates/zz.yaml",
        "apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: web}\n",
    );
    let output = namespace.windlass(["install", "web", "web"]);
    refused(&namespace, output, &["no matches for kind \"Nothing\" in version \"example.com/v1\""]);
}

#[test]
fn no_kubeconfig_says_where_it_was_looked_for() {
    let namespace = Namespace::new("no-kubeconfig");
    chart(&namespace, "x.txt", "");
    let mut command = namespace.command(env!("CARGO_BIN_EXE_windlass"));
    command.env_remove("KUBECONFIG").args(["install", "web", "web"]);
    refused(
        &namespace,
        Output::of(command),
        &["no kubeconfig found", ".kube/config", "KUBECONFIG"],
    );
}

#[test]
fn an_api_server_that_does_not_answer_is_named() {
    let namespace = Namespace::new("unreachable");
    chart(&namespace, "x.txt", "");
    let output =
        namespace.windlass(["install", "web", "web", "--kube-apiserver", "https://127.0.0.1:1"]);
    refused(&namespace, output, &["Kubernetes cluster unreachable", "https://127.0.0.1:1"]);
}

#[test]
fn what_the_user_may_not_do_is_refused_before_anything_is_applied() {
    let namespace = Namespace::new("forbidden");
    chart(&namespace, "x.txt", "");
    let rules =
        "[{apiGroups: [\"\"], resources: [secrets], verbs: [get, list, create, update, delete]}]";
    let token = namespace.service_account_token("limited", rules);
    let output = namespace.windlass(["install", "web", "web", "--kube-token", &token]);
    assert!(!output.stderr.contains(&token), "the token is shown");
    refused(&namespace, output, &["forbidden", "configmaps", "ConfigMap/web"]);
}

#[test]
fn an_object_of_somebody_else_is_not_taken() {
    let namespace = Namespace::new("foreign");
    chart(&namespace, "templates/zz.yaml", &CONFIG.replace("{{ .Release.Name }}", "theirs"));
    namespace
        .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs}, data: {a: theirs}}");
    let output = namespace.windlass(["install", "web", "web"]);
    let texts = ["ConfigMap \"theirs\"", "invalid ownership metadata", "--take-ownership"];
    refused(&namespace, output, &texts);
    assert_eq!(namespace.get("v1/configmaps", "theirs")["data"]["a"], "theirs");
    namespace
        .windlass(["install", "web", "web", "--take-ownership", "--force-conflicts"])
        .success();
    assert_eq!(namespace.get("v1/configmaps", "theirs")["data"]["a"], "b");
}

#[test]
fn a_name_that_is_taken_changes_nothing() {
    let namespace = Namespace::new("taken");
    chart(&namespace, "x.txt", "");
    namespace.windlass(["install", "web", "web"]).success();
    let before = namespace.get("v1/configmaps", "web");
    let output = namespace.windlass(["install", "web", "web", "--set", "a=b"]);
    assert!(output.code > 0);
    assert!(output.stderr.contains("cannot reuse a name that is still in use"), "{output}");
    assert_eq!(namespace.get("v1/configmaps", "web"), before);
    assert_eq!(namespace.list("v1/secrets", "owner=helm").len(), 1);
}

#[test]
fn a_revision_that_does_not_exist_lists_those_that_do() {
    let namespace = Namespace::new("revision");
    chart(&namespace, "x.txt", "");
    namespace.windlass(["install", "web", "web"]).success();
    let output = namespace.windlass(["rollback", "web", "7"]);
    assert!(output.code > 0);
    assert!(output.stderr.contains("release has no 7 version"), "{output}");
    assert!(output.stderr.contains("revisions 1"), "{output}");
    assert_eq!(namespace.list("v1/secrets", "owner=helm").len(), 1);
}

#[test]
fn a_release_that_does_not_exist_says_where_it_was_looked_for() {
    let namespace = Namespace::new("absent");
    for args in
        [&["status", "web"][..], &["rollback", "web"], &["uninstall", "web"], &["history", "web"]]
    {
        let output = namespace.windlass(args);
        assert!(output.code > 0, "{output}");
        assert!(output.stderr.contains("not found"), "{output}");
        assert!(output.stderr.contains(namespace.name()), "{output}");
    }
}

#[test]
fn a_chart_with_a_path_that_climbs_out_is_refused() {
    let namespace = Namespace::new("climbs");
    let file = namespace.sandbox().path().join("evil.tgz");
    let gzip = flate2::write::GzEncoder::new(
        std::fs::File::create(&file).expect("the sandbox is writable"),
        flate2::Compression::fast(),
    );
    let mut archive = tar::Builder::new(gzip);
    for (name, text) in [("web/Chart.yaml", CHART), ("web/../../escaped.yaml", "a: b\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        // `set_path` refuses what this test needs.
        header.as_gnu_mut().expect("a GNU header").name[..name.len()]
            .copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, text.as_bytes()).expect("the archive can be written");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("the archive ends");
    let output = namespace.windlass(["install", "web", "evil.tgz"]);
    refused(&namespace, output, &["evil.tgz", "escaped.yaml"]);
    assert!(!namespace.sandbox().path().join("../escaped.yaml").exists());
}

#[test]
fn a_dry_run_changes_nothing() {
    let namespace = Namespace::new("dry-run");
    chart(&namespace, "x.txt", "");
    for mode in ["--dry-run=client", "--dry-run=server"] {
        let output = namespace.windlass(["install", "web", "web", mode]).success();
        assert!(output.stdout.contains("kind: ConfigMap"), "{output}");
        assert_eq!(namespace.find("v1/configmaps", "web"), None);
        assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
    }
    assert!(plane().kubeconfig().exists());
}
