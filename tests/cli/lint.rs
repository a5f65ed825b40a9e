//! `lint`: what real Helm says of small charts (see tests/oracle/README.md), and what is ours.

use flate2::{Compression, write::GzEncoder};
use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::Place;
use crate::sandbox::{Output, WINDLASS};

/// Charts that every case has beside its own, as tests/oracle/record_lint.py makes them.
fn place(files: &[(&str, &str)]) -> Place {
    let good = [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://example.com/i.png\n",
        ),
        ("values.yaml", "color: blue\n"),
        (
            "templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n",
        ),
    ];
    let mut place = Place::new().with("x.tgz", "no archive\n").with("y.tar.gz", "");
    for (name, text) in good {
        place = place.with(&format!("good/{name}"), text);
    }
    let work = place.sandbox.path();
    std::fs::create_dir(work.join("c")).expect("the folder is new");
    for (name, text) in files {
        place = place.with(&format!("c/{name}"), text);
    }
    std::fs::write(work.join("c.tgz"), packed(files)).expect("the folder is ours");
    place
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let written = "memory takes everything";
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        let path = format!("c/{name}");
        archive.append_data(&mut header, path, text.as_bytes()).expect(written);
    }
    archive.into_inner().and_then(GzEncoder::finish).expect(written)
}

fn strings(value: &Json) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

/// Says how the answer to a case differs from Helm's, if it does.
fn difference(case: &Json) -> Option<String> {
    let files = case["files"].as_object().into_iter().flatten();
    let files: Vec<_> =
        files.filter_map(|(name, text)| Some((name.as_str(), text.as_str()?))).collect();
    let place = place(&files);
    let mut command = place.sandbox.command(WINDLASS);
    command.args(strings(&case["args"]));
    let Output { stdout, stderr, code, .. } = Output::of(command);
    let folder = place.sandbox.path().display().to_string();
    let stdout = stdout.replace(&folder, "[work]");
    let expected = case["stdout"].as_str().unwrap_or_default();
    if stdout != expected {
        return Some(format!("stdout\n{stdout}\nexpected\n{expected}"));
    }
    let is_demand = |line: &&str| line.contains("required value") || line.contains("funcMap fail");
    if stderr.lines().filter(is_demand).collect::<Vec<_>>() != strings(&case["demands"]) {
        return Some(format!("stderr\n{stderr}"));
    }
    let failure = case["failure"].as_str();
    let fits = match failure {
        Some(failure) => code != 0 && stderr.lines().any(|line| line == failure),
        None => code == 0,
    };
    (!fits).then(|| format!("exit code {code}, stderr\n{stderr}\nexpected {failure:?}"))
}

#[test]
fn charts_are_linted_as_helm_lints_them() {
    let path = format!("{}/tests/oracle/lint.json", env!("CARGO_MANIFEST_DIR"));
    let cases: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let differences: Vec<String> = cases
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, case)| Some(format!("{name}: {}", difference(case)?)))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn templates_that_are_not_checked_are_told() {
    let place = Place::with_chart(
        "charts/db/Chart.yaml",
        "apiVersion: v2\nname: db\nversion: 0.1.0\nicon: https://example.com/i.png\n",
    );
    assert_snapshot!(place.says("lint web --set db=1 --quiet"), @r#"
    exit code 3
    --- stdout
    ==> Linting web
    [ERROR] [work]/web: chart metadata is missing these dependencies: db

    --- stderr
    level=WARN msg="the templates were not checked: type mismatch on db: the values of a subchart must be a mapping, not number" chart=web
    Error: 1 chart(s) linted, 1 chart(s) failed
    "#);
}

#[test]
fn tera_templates_are_linted_too() {
    let place = Place::with_chart(
        "templates/b.yaml.tera",
        "kind: Service\nmetadata:\n  name: {{ required(value=values.name, message='a name is needed') }}\n",
    )
    .with("web/templates/c.json.tera", "{}");
    assert_snapshot!(place.says("lint web --set name="), @r#"
    exit code 3
    --- stdout
    ==> Linting web
    [INFO] Chart.yaml: icon is recommended
    [WARNING] templates/b.yaml.tera: object name does not conform to Kubernetes naming requirements: "": metadata.name: Invalid value: "": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
    [ERROR] templates/c.json.tera: file extension '.json' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt

    --- stderr
    level=WARN msg="missing required values" message="a name is needed"
    Error: 1 chart(s) linted, 1 chart(s) failed
    "#);
}

#[test]
fn a_command_line_that_cannot_be_understood_is_refused() {
    let place = Place::with_chart("x.txt", "");
    assert_snapshot!(place.says("lint"), @r#"
    exit code 2
    --- stderr
    Error: "windlass lint" requires at least 1 argument

    Usage:  windlass lint CHART... [flags]
    "#);
    assert_snapshot!(place.says("lint web --set a.b"), @r#"
    exit code 3
    --- stderr
    Error: failed parsing --set data: key "b" has no value (in `a.b`)
    "#);
}
