//! What Helm made of a chart's files, and what is made of them here.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::Path;

use serde::Deserialize;

use super::*;

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/manifest");

fn recorded(name: &str) -> String {
    std::fs::read_to_string(Path::new(ORACLE).join(name)).unwrap()
}

/// The files of the recorded chart, which are no templates, so that they render to themselves.
fn kinds() -> BTreeMap<String, String> {
    let root = Path::new(ORACLE);
    let files = walkdir::WalkDir::new(root.join("kinds/templates")).into_iter().map(Result::unwrap);
    files
        .filter(|file| file.file_type().is_file())
        .map(|file| {
            let path = file.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            (path, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect()
}

fn sorted(text: &str) -> Result<Sorted, Error> {
    Manifest::sort(&BTreeMap::from([("web/templates/x.yaml".to_owned(), text.to_owned())]))
}

fn objects(text: &str) -> Vec<Object> {
    sorted(text).unwrap().manifest.objects().unwrap()
}

/// The whole chain of an error, as Helm prints it on one line.
fn piece(text: &str) -> split::Piece<'_> {
    split::Piece { line: 1, text }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[test]
fn manifest_and_hooks_are_those_that_helm_makes() {
    let mut files = kinds();
    assert_eq!(take_notes(&mut files, "kinds", false), "Notes of kinds.\n");
    let sorted = Manifest::sort(&files).unwrap();
    assert_eq!(sorted.manifest.text(), recorded("kinds.manifest.yaml"));

    let hooks: Vec<Hook> = serde_json::from_str(&recorded("kinds.hooks.json")).unwrap();
    assert_eq!(sorted.hooks, hooks);
    let written = serde_json::to_string_pretty(&sorted.hooks).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&recorded("kinds.hooks.json")).unwrap();
    assert_eq!(written, serde_json::to_string_pretty(&expected).unwrap());
}

#[test]
fn hooks_with_an_unknown_event_are_dropped_and_told() {
    let mut files = kinds();
    take_notes(&mut files, "kinds", false);
    let dropped = Manifest::sort(&files).unwrap().dropped;
    let told: Vec<_> = dropped
        .iter()
        .map(|one| (one.kind.as_str(), one.name.as_str(), one.events.as_str()))
        .collect();
    let expect = [
        ("CustomResourceDefinition", "old", "crd-install"),
        ("ConfigMap", "half-known", "pre-install,pre-nothing"),
        ("ConfigMap", "empty-hook", ""),
    ];
    assert_eq!(told, expect);
    assert!(dropped.iter().all(|one| one.path == "kinds/templates/hooks.yaml"));
}

#[test]
fn stored_manifest_is_read_back_as_it_was_written() {
    let text = recorded("kinds.manifest.yaml");
    let manifest = Manifest::parse(&text).unwrap();
    assert_eq!(manifest.text(), text);
    let web = manifest.documents().iter().find(|document| document.name() == "web").unwrap();
    assert_eq!((web.source.as_str(), web.kind()), ("kinds/templates/a-many.yaml", "Service"));
    assert_eq!(text.lines().nth(web.line - 1), Some("apiVersion: v1"));
}

#[test]
fn what_helm_refuses_is_refused_and_broken_yaml_in_its_words() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        text: String,
        helm: String,
    }
    let cases: Vec<Case> = serde_json::from_str(&recorded("errors.json")).unwrap();
    assert!(cases.len() > 10);
    for Case { name, text, helm } in cases {
        let files = BTreeMap::from([("bad/templates/x.yaml".to_owned(), text)]);
        let error = Manifest::sort(&files).expect_err(&name);
        match error {
            Error::Parse { .. } => assert_eq!(chain(&error), helm, "{name}"),
            Error::Head { .. } => assert_eq!(error.to_string(), helm, "{name}"),
            Error::Items { .. } | Error::Incomplete { .. } => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn errors_point_into_the_rendered_file() {
    let error =
        sorted("kind: A\n---\n\n# note\nkind: B\nmetadata:\n  name: x\n  foo\nb: c\n").unwrap_err();
    let excerpt = error.excerpt();
    assert_eq!(excerpt.lines[excerpt.line - excerpt.first], "b: c");
    assert_eq!((excerpt.line, excerpt.first), (9, 6));

    let error = sorted("kind: A\n---\n\nkind: B\nmetadata: text\n").unwrap_err();
    assert!(chain(&error).ends_with(": `metadata` must be a mapping, not a string"), "{error}");
    assert_eq!(error.excerpt().line, 4);
}

#[test]
fn objects_know_their_names_and_their_template() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n";
    let [object] = objects(text).try_into().unwrap();
    assert_eq!(object.reference.to_string(), "Deployment/web");
    assert_eq!((object.reference.group(), object.reference.version()), ("apps", "v1"));
    assert_eq!(object.reference.namespace.as_deref(), Some("shop"));
    assert_eq!((object.source.as_str(), object.text.as_str()), ("web/templates/x.yaml", text));
}

#[test]
fn lists_are_taken_apart_as_kubernetes_does() {
    let text = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: ConfigMapList
  items: [{metadata: {name: inner}}]
- {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
apiVersion: v1
kind: ConfigMapList
items: [{metadata: {name: typed}}]
---
apiVersion: v1
kind: List
items: []
---
# nothing but a comment
";
    let objects = objects(text);
    let names: Vec<_> = objects.iter().map(|object| object.reference.to_string()).collect();
    // ConfigMapList sorts before List.
    assert_eq!(names, ["ConfigMap/typed", "ConfigMap/a", "Secret/b", "ConfigMap/inner"]);
    assert_eq!(objects[0].reference.api_version, "v1");
    assert_eq!(objects[1].text, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n");
}

#[test]
fn names_of_fields_count_in_any_case_as_they_do_for_helm() {
    let text = "apiVersion: v1\nKIND: Job\nMetadata: {NAME: 5, Annotations: {helm.sh/hook: pre-install}}\n";
    let sorted = sorted(text).unwrap();
    assert_eq!(sorted.hooks.len(), 1);
    assert_eq!((sorted.hooks[0].kind.as_str(), sorted.hooks[0].name.as_str()), ("Job", "5"));
    let both = Document::parse("", piece("Kind: A\nkind: B\nKIND: C\n")).unwrap();
    assert_eq!(both.kind(), "B");
    let nothing = Document::parse("", piece("Kind: A\nkind: null\n")).unwrap();
    assert_eq!(nothing.kind(), "A");
}

#[test]
fn documents_that_name_no_object_are_refused() {
    let check = |text: &str, expect: &str| {
        let error = sorted(text).unwrap().manifest.objects().unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    check("apiVersion: v1\nmetadata: {name: a}\n", "object in web/templates/x.yaml has no `kind`");
    check("kind: A\nmetadata: {name: a}\n", "object in web/templates/x.yaml has no `apiVersion`");
    check("apiVersion: v1\nkind: A\n", "object in web/templates/x.yaml has no `metadata.name`");
    check(
        "apiVersion: v1\nkind: A\nitems: {a: b}\n",
        "YAML parse error on web/templates/x.yaml: `items` must be a list",
    );
    let generated = objects("apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n");
    assert_eq!(generated[0].reference.name, "");
}

#[test]
fn resource_policy_keeps_an_object() {
    let kept = |policy: &str| {
        let text = format!(
            "apiVersion: v1\nkind: A\nmetadata: {{name: a, annotations: {{helm.sh/resource-policy: {policy}}}}}\n"
        );
        objects(&text)[0].is_kept()
    };
    assert!(kept("keep"));
    assert!(kept("\" Keep \""));
    assert!(!kept("delete"));
    assert!(!objects("apiVersion: v1\nkind: A\nmetadata: {name: a}\n")[0].is_kept());
}

#[test]
fn notes_of_subcharts_are_shown_on_request_only() {
    let files = || {
        ["web/charts/db/templates/NOTES.txt", "web/templates/NOTES.txt", "web/templates/x.yaml"]
            .map(|path| (path.to_owned(), format!("{path}\n")))
            .into()
    };
    let mut rendered = files();
    assert_eq!(take_notes(&mut rendered, "web", false), "web/templates/NOTES.txt\n");
    assert_eq!(rendered.len(), 1);
    let both = "web/charts/db/templates/NOTES.txt\n\nweb/templates/NOTES.txt\n";
    assert_eq!(take_notes(&mut files(), "web", true), both);
}
