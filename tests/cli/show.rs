//! `show`: a chart's files, and what a template says of its values.

use insta::assert_snapshot;

use crate::Place;

fn place() -> Place {
    Place::with_chart("README.MD", "# Web\n")
        .with("web/crds/a.yaml", "kind: A\n")
        .with("web/crds/b.yml", "---\nkind: B\n")
        .with("web/crds/notes.txt", "no definition\n")
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n")
        .with("web/charts/db/crds/c.json", "{}\n")
}

#[test]
fn all_shows_the_parts_one_after_another() {
    let place = place();
    assert_snapshot!(place.says("show all web"), @r#"
    exit code 0
    --- stdout
    apiVersion: v2
    appVersion: "4"
    name: web
    version: 1.2.3

    ---
    color: blue

    ---
    # Web

    ---
    kind: A

    ---
    kind: B

    ---
    {}
    "#);
    assert_eq!(place.says("inspect all web"), place.says("show all web"));
}

#[test]
fn each_part_is_shown_alone() {
    let place = place();
    assert_snapshot!(place.says("show chart web"), @r#"
    exit code 0
    --- stdout
    apiVersion: v2
    appVersion: "4"
    name: web
    version: 1.2.3
    "#);
    assert_snapshot!(place.says("show values web"), @"
    exit code 0
    --- stdout
    color: blue
    ");
    assert_snapshot!(place.says("show readme ./web"), @"
    exit code 0
    --- stdout
    # Web
    ");
    assert_snapshot!(place.says("show crds web/"), @"
    exit code 0
    --- stdout
    ---
    kind: A

    ---
    kind: B

    ---
    {}
    ");
}

#[test]
fn what_a_chart_does_not_have_shows_nothing() {
    let place = Place::new().with("db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 0.1.0\n");
    for part in ["values", "readme", "crds", "values --jsonpath {.x"] {
        assert_eq!(place.says(&format!("show {part} db")), "exit code 0\n", "{part}");
    }
}

#[test]
fn a_template_without_a_result_is_told() {
    let place = place();
    assert_snapshot!(place.says("show values web --jsonpath {.color}!"), @"
    exit code 0
    --- stdout
    blue!
    ");
    assert_snapshot!(place.says("show values web --jsonpath {.shape}"), @r#"
    exit code 0
    --- stderr
    level=WARN msg="nothing to show for {.shape}: shape is not found"
    "#);
    assert_snapshot!(place.says("show values web --jsonpath {.color"), @"
    exit code 3
    --- stderr
    Error: error parsing jsonpath {.color: unclosed action
    ");
}

#[test]
fn what_is_no_chart_and_what_is_not_there_yet_are_refused() {
    let place = place();
    assert_snapshot!(place.says("show chart web/values.yaml"), @"
    exit code 3
    --- stderr
    Error: file 'web/values.yaml' seems to be a YAML file, but expected a gzipped archive
    ");
    assert_snapshot!(place.says("show chart nowhere"), @r#"
    exit code 3
    --- stderr
    Error: path "nowhere" not found: there is no chart folder and no packed chart
    "#);
    assert_snapshot!(place.says("show chart web --version 1"), @"
    exit code 2
    --- stderr
    Error: unknown flag: --version
    hint: windlass does not have Helm's `--version` here yet
    ");
    assert_snapshot!(place.says("show values"), @r#"
    exit code 2
    --- stderr
    Error: "windlass show values" requires 1 argument

    Usage:  windlass show values CHART [flags]
    "#);
}
