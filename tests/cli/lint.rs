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

const UNKNOWN: &str = "\
image:
  tga: v2
replicas: [1]
db:
  prt: 1
";

/// A chart without templates, but with a subchart that has one.
fn umbrella() -> Place {
    Place::new()
        .with("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nicon: https://example.com/i.png\ndependencies:\n- {name: db, version: 1.0.0}\n")
        .with("web/values.yaml", "replicas: 1\nimage: {tag: v1}\n")
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\nicon: https://example.com/i.png\n")
        .with("web/charts/db/values.yaml", "")
        .with(
            "web/charts/db/templates/a.yaml",
            "kind: {{ required \"a kind is needed\" .Values.kind }}\nmetadata: {name: x}\nport: {{ .Values.port }}\n",
        )
        .with("prod.yaml", UNKNOWN)
}

#[test]
fn values_that_the_chart_does_not_know_are_problems_if_asked_for() {
    let place = umbrella();
    // The values are those of the chart above, so the subchart on its own does not refuse them; that
    // it demands a value before it reads the next one hides nothing.
    assert_snapshot!(place.says("lint web --with-subcharts --strict-values -f prod.yaml --set db.x=1"), @r#"
    exit code 3
    --- stdout
    ==> Linting web
    [WARNING] templates/: directory does not exist
    [ERROR] prod.yaml:5: `db.prt` is read by no template; did you mean `db.port`?
    [ERROR] --set: `db.x` is read by no template
    [ERROR] prod.yaml:2: `image.tga` is read by no template; did you mean `image.tag` (web/values.yaml:2)?
    [ERROR] prod.yaml:3: `replicas` is a list, where web/values.yaml:1 has a single value

    ==> Linting web/charts/db

    --- stderr
    level=WARN msg="missing required value" message="a kind is needed"
    Error: 2 chart(s) linted, 1 chart(s) failed
    "#);
    assert_snapshot!(place.says("lint web --strict-values --quiet --set db.port=1,db.kind=Service"), @"
    exit code 0
    --- stdout
    ==> Linting web
    [WARNING] templates/: directory does not exist

    1 chart(s) linted, 0 chart(s) failed
    ");
    let without = place.says("lint web -f prod.yaml --quiet");
    assert!(without.starts_with("exit code 0"), "{without}");
}

#[test]
fn values_that_cannot_be_checked_do_not_pass() {
    let place = umbrella().with("web/charts/db/templates/b.yaml", "{{ .Values.a.b.c }}");
    assert_snapshot!(place.says("lint web --strict-values --quiet -f prod.yaml"), @r#"
    exit code 3
    --- stdout
    ==> Linting web
    [WARNING] templates/: directory does not exist
    [ERROR] templates/: the user's values were not checked: template: web/charts/db/templates/b.yaml:1:10: executing "web/charts/db/templates/b.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.b

    --- stderr
    Error: 1 chart(s) linted, 1 chart(s) failed
    "#);
}
