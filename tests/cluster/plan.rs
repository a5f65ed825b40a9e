//! Plans and diffs: they say what would happen, change nothing, and show no secret.

use serde_json::Value;

use crate::support::{Namespace, Output};

const PASSWORD: &str = "correct horse battery";
const NEXT: &str = "staple wire paper";

const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {password: {{ .Values.password | quote }}, pin: '9173'}
";
const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  color: {{ .Values.color }}
  url: postgres://web:{{ .Values.password }}@db
  encoded: {{ .Values.password | b64enc }}
";
const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:{{ .Values.tag }}
        args: [\"--password={{ .Values.password }}\"]
        envFrom: [{configMapRef: {name: web}}]
";
const EXTRA: &str = "\
{{- if .Values.old }}
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
{{- end }}
{{- if .Values.new }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: new}
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: same}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: frozen}
immutable: true
data: {tag: {{ .Values.frozen }}}
";
const NOTES: &str = "the password is {{ .Values.password }}, the tag {{ .Values.tag }}\n";

fn namespace(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    let sandbox = namespace.sandbox();
    sandbox.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    let values =
        format!("password: {PASSWORD}\ncolor: red\ntag: one\nold: true\nnew: false\nfrozen: a\n");
    sandbox.write("web/values.yaml", &values);
    for (file, text) in [
        ("secret.yaml", SECRET),
        ("config.yaml", CONFIG),
        ("deployment.yaml", DEPLOYMENT),
        ("extra.yaml", EXTRA),
        ("NOTES.txt", NOTES),
    ] {
        sandbox.write(format!("web/templates/{file}"), text);
    }
    sandbox.write(
        "next.yaml",
        &format!("password: {NEXT}\ncolor: blue\ntag: two\nold: false\nnew: true\n"),
    );
    namespace
}

/// Every object that a release of this chart has, and its records, as the API server has them.
fn everything(namespace: &Namespace) -> Vec<Value> {
    let kinds =
        ["v1/secrets", "v1/configmaps", "apps/v1/deployments", "coordination.k8s.io/v1/leases"];
    let mut all: Vec<Value> = kinds.iter().flat_map(|kind| namespace.list(kind, "")).collect();
    for object in &mut all {
        // What a controller says of pods that start belongs to nobody's plan.
        if let Some(fields) = object.as_object_mut().filter(|fields| fields.contains_key("status"))
        {
            fields.remove("status");
            let metadata = &mut object["metadata"];
            metadata["resourceVersion"].take();
            let entries = metadata["managedFields"].as_array_mut().expect("it is a list");
            entries.retain(|entry| entry.get("subresource").is_none());
            // The controller notes its revision beside the status.
            entries.retain(|entry| entry["manager"] != "kube-controller-manager");
        }
    }
    all
}

#[track_caller]
fn shows_no_secret(output: &Output) {
    let text = format!("{}{}", output.stdout, output.stderr);
    for secret in [PASSWORD, NEXT, "9173"] {
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
        for form in [secret, &encoded] {
            assert!(!text.contains(form), "`{form}` is shown: {output}");
        }
    }
}

const UPGRADE: [&str; 4] = ["web", "web", "-f", "next.yaml"];

#[test]
fn a_plan_changes_nothing_and_shows_no_secret() {
    let namespace = namespace("plan");
    namespace.windlass(["install", "web", "web", "--wait"]).success();
    namespace.windlass(["upgrade", "web", "web", "--set", "color=green", "--wait"]).success();
    let before = everything(&namespace);
    for verb in ["plan", "diff"] {
        for form in ["text", "diff", "json", "markdown"] {
            let run = |words: &[&str]| {
                let words = [&[verb], words, &["--output", form]].concat();
                let output = namespace.windlass(words).success();
                shows_no_secret(&output);
                assert!(!output.stdout.is_empty(), "{output}");
            };
            run(&[&["upgrade"], &UPGRADE[..]].concat());
            run(&["rollback", "web", "1"]);
            run(&["uninstall", "web"]);
        }
    }
    shows_no_secret(&namespace.windlass(["diff", "revision", "web", "1", "2"]).success());
    namespace.windlass([&["upgrade"], &UPGRADE[..], &["--dry-run=server"]].concat()).success();
    let after = everything(&namespace);
    assert_eq!(before, after);
}

#[test]
fn each_kind_of_change_is_named_once() {
    let namespace = namespace("kinds");
    let output = namespace.windlass(["plan", "install", "web", "web"]).success();
    assert!(output.stdout.contains("install web to revision 1: 7 to create\n"), "{output}");
    namespace.windlass(["install", "web", "web"]).success();
    let plan = [&["plan", "upgrade"], &UPGRADE[..]].concat();
    let output = namespace.windlass(&plan).success();
    for line in [
        "+ create    ConfigMap/new\n",
        "~ change    ConfigMap/web\n",
        "    data.color: red → blue\n",
        "    data.url: postgres://web:(secret 1)@db → postgres://web:(secret 3)@db\n",
        "~ change    Secret/web\n    data.password: (secret 1) → (secret 3)\n",
        "~ change    Deployment/web\n",
        "    spec.template.spec.containers[web].image: registry.example.com/web:one → registry.example.com/web:two\n",
        "- delete    ConfigMap/old\n",
        "= keep      ConfigMap/kept\n",
        "  Deployment/web restarts (spec.template.spec.containers[web].args[0], spec.template.spec.containers[web].image change): 2 pods, at most 1 more and 0 fewer at a time\n",
        "  the password is (secret 3), the tag two\n",
        "upgrade web to revision 2: 1 to create, 3 to change, 1 to delete, 1 to keep, 2 unchanged; 1 workload restarts without downtime\n",
    ] {
        assert!(output.stdout.contains(line), "no `{line}`: {output}");
    }
    let shown = namespace.windlass(plan.iter().chain(&["--show-secrets"])).success();
    assert!(shown.stdout.contains(&format!("url: postgres://web:{PASSWORD}@db → ")), "{shown}");
    let output =
        namespace.windlass(["plan", "upgrade", "web", "web", "--set", "color=blue"]).success();
    let stale = "Deployment/web reads ConfigMap/web, which its pods have in variables, and they do not restart";
    assert!(output.stdout.contains(stale), "{output}");
    let output = namespace.windlass(["plan", "upgrade", "web", "web"]).success();
    assert!(output.stdout.contains("7 unchanged\n"), "{output}");
}

#[test]
fn what_cannot_be_done_is_shown_and_fails() {
    let namespace = namespace("refused");
    namespace.windlass(["install", "web", "web"]).success();
    namespace.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}");
    let output = namespace.windlass([&["plan", "upgrade"], &UPGRADE[..]].concat()).failure(6);
    for text in ["! conflict  ConfigMap/new\n", "--take-ownership", "1 in conflict"] {
        assert!(output.stdout.contains(text), "no `{text}`: {output}");
    }
    shows_no_secret(&output);
    let adopt = [&["plan", "upgrade"], &UPGRADE[..], &["--take-ownership"]].concat();
    let output = namespace.windlass(&adopt).success();
    assert!(output.stdout.contains("~ adopt     ConfigMap/new\n"), "{output}");
    let frozen = ["plan", "upgrade", "web", "web", "--set", "frozen=b"];
    let output = namespace.windlass(frozen).failure(6);
    for text in ["! refused   ConfigMap/frozen\n", "data.tag: a → b", "--recreate ConfigMap/frozen"]
    {
        assert!(output.stdout.contains(text), "no `{text}`: {output}");
    }
    let output = namespace.windlass(frozen.iter().chain(&["--recreate", "ConfigMap/frozen"]));
    let output = output.success();
    assert!(output.stdout.contains("± replace   ConfigMap/frozen\n"), "{output}");
    let json = namespace.windlass(frozen.iter().chain(&["-o", "json"])).failure(6);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["possible"], &json["counts"]["refused"]), (&false.into(), &1.into()));
}

#[test]
fn diff_has_the_words_and_exit_codes_of_helm_diff() {
    let namespace = namespace("diff");
    let name = namespace.name();
    let diff = |words: &[&str]| namespace.windlass([&["diff"], words].concat());
    let output =
        diff(&["upgrade", "web", "web", "--allow-unreleased", "--detailed-exitcode"]).failure(2);
    assert!(
        output.stdout.contains(&format!("{name}, web, Deployment (apps) has been added:\n+ ")),
        "{output}"
    );
    assert_eq!(output.stderr.lines().filter(|line| line.contains("Error")).count(), 0);
    namespace.windlass(["install", "web", "web"]).success();
    let output = diff(&["upgrade", "web", "web", "--detailed-exitcode"]).success();
    assert_eq!(output.stdout, "");
    let change = ["upgrade", "web", "web", "--set", "color=blue", "-C", "1"];
    let output = diff(&change).success();
    assert!(
        output.stdout.starts_with(&format!("{name}, web, ConfigMap (v1) has changed:\n")),
        "{output}"
    );
    assert!(output.stdout.contains("-   color: red\n+   color: blue\n"), "{output}");
    diff(&[&change[..], &["--detailed-exitcode"]].concat()).failure(2);
    let output = diff(&[&change[..], &["--suppress", "ConfigMap"]].concat()).success();
    assert!(
        output.stdout.contains("+ Changes suppressed on sensitive content of type ConfigMap\n"),
        "{output}"
    );
    let json = diff(&[&change[..], &["--output", "json"]].concat()).success();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(1));
    let (api, kind, word) = (&json[0]["api"], &json[0]["kind"], &json[0]["change"]);
    assert_eq!((api, kind, word), (&"v1".into(), &"ConfigMap".into(), &"MODIFY".into()));
    // Two says that there are changes, and nothing else.
    diff(&["upgrade", "web", "--detailed-exitcode"]).failure(1);
    namespace.windlass(["upgrade", "web", "web", "--set", "color=blue"]).success();
    for words in [["revision", "web", "1", "2"], ["revision", "web", "2", "1"]] {
        let output = diff(&words).success();
        assert!(output.stdout.contains("-   color: red\n+   color: blue\n"), "{output}");
    }
    let output = diff(&["rollback", "web", "1"]).success();
    assert!(output.stdout.contains("-   color: blue\n+   color: red\n"), "{output}");
}

#[test]
fn a_verb_with_plan_shows_it_and_goes_on_only_with_a_yes() {
    let namespace = namespace("confirm");
    let output = namespace.windlass(["install", "web", "web", "--plan"]).failure(2);
    assert!(output.stderr.contains("there is no terminal to ask at"), "{output}");
    assert!(namespace.find("v1/configmaps", "web").is_none());
    let output =
        namespace.windlass(["install", "web", "web", "--plan", "--yes", "--hide-notes"]).success();
    assert!(output.stderr.contains("+ create    Deployment/web\n"), "{output}");
    shows_no_secret(&output);
    let upgrade = ["upgrade", "web", "web", "--set", "color=blue", "--plan", "--yes"];
    let output = namespace.windlass(upgrade.iter().chain(&["--hide-notes"])).success();
    assert!(output.stderr.contains("data.color: red → blue\n"), "{output}");
    assert_eq!(namespace.get("v1/configmaps", "web")["data"]["color"], "blue");
    namespace.windlass(["rollback", "web", "1", "--plan", "--yes"]).success();
    assert_eq!(namespace.get("v1/configmaps", "web")["data"]["color"], "red");
    let output = namespace.windlass(["uninstall", "web", "--plan", "--yes"]).success();
    assert!(output.stderr.contains("- delete    Deployment/web\n"), "{output}");
    assert!(namespace.find("v1/configmaps", "web").is_none());
    assert!(namespace.find("v1/configmaps", "kept").is_some());
}

#[test]
fn a_saved_plan_is_carried_out_once_and_only_on_what_it_saw() {
    let namespace = namespace("saved");
    namespace.sandbox().write("key", "open sesame\n");
    namespace.windlass(["install", "web", "web"]).success();
    let save = [&["plan", "upgrade"], &UPGRADE[..], &["--out", "web.plan"]].concat();
    let output = namespace.windlass(&save).failure(3);
    assert!(output.stderr.contains("--passphrase-file"), "{output}");
    let file = namespace.sandbox().path().join("web.plan");
    assert!(!file.exists());
    let key = ["--passphrase-file", "key"];
    shows_no_secret(&namespace.windlass(save.iter().chain(&key)).success());
    let text = std::fs::read_to_string(&file).unwrap();
    for secret in [PASSWORD, NEXT, "color"] {
        assert!(!text.contains(secret), "{text}");
    }
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    namespace.windlass(["apply-plan", "web.plan"]).failure(3);
    std::fs::write(
        &file,
        text.replacen("\"namespace\"", " \"namespace\"", 1).replace("upgrade", "upgrede"),
    )
    .unwrap();
    let output = namespace.windlass(["apply-plan", "web.plan", key[0], key[1]]).failure(3);
    assert!(output.stderr.contains("the file was changed"), "{output}");
    std::fs::write(&file, &text).unwrap();

    namespace.windlass(["apply-plan", "web.plan", key[0], key[1], "--hide-notes"]).success();
    assert_eq!(namespace.get("v1/configmaps", "web")["data"]["color"], "blue");
    let output = namespace.windlass(["apply-plan", "web.plan", key[0], key[1]]).failure(6);
    assert!(output.stderr.contains("release `web` was at revision 1, and is at 2"), "{output}");
}

#[test]
fn a_saved_plan_refuses_objects_that_somebody_edited_and_names_them() {
    let namespace = namespace("moved");
    namespace.windlass(["install", "web", "web"]).success();
    let plan = [
        "plan",
        "upgrade",
        "web",
        "web",
        "--set",
        "tag=two",
        "--out",
        "web.plan",
        "--show-secrets",
    ];
    namespace.windlass(plan).success();
    namespace
        .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {color: pink}}");
    let output = namespace.windlass(["apply-plan", "web.plan"]).failure(6);
    assert!(output.stderr.contains("`ConfigMap/web` was changed by "), "{output}");
    assert!(output.stderr.contains("`windlass-tests`"), "{output}");
    assert!(output.stderr.contains("data.color"), "{output}");
    shows_no_secret(&output);
    assert_eq!(namespace.get("v1/configmaps", "web")["data"]["color"], "pink");
    assert_eq!(namespace.list("v1/secrets", "owner=helm").len(), 1);
    let away = ["plan", "uninstall", "web", "--out", "away.plan", "--show-secrets"];
    namespace.windlass(away).success();
    namespace.windlass(["apply-plan", "away.plan"]).success();
    assert!(namespace.find("v1/configmaps", "web").is_none());
}
