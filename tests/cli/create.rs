//! `create`.

use insta::assert_snapshot;

use crate::Place;

#[test]
fn a_new_chart_renders_in_either_language() {
    for engine in ["", "--engine go"] {
        let place = Place::new();
        assert_eq!(
            place.says(&format!("create web {engine}")),
            "exit code 0\n--- stdout\nCreating web\n"
        );
        let rendered = place.says("template shop web");
        assert!(rendered.starts_with("exit code 0\n--- stdout\n---\n"), "{rendered}");
        for kind in ["ServiceAccount", "Service", "Deployment", "Pod"] {
            assert!(rendered.contains(&format!("\nkind: {kind}\n")), "{rendered}");
        }
    }
}

#[test]
fn the_language_shows_in_the_names_of_the_files() {
    let place = Place::new();
    place.says("create native");
    place.says("create gopher --engine=go");
    let templates = |chart: &str| place.sandbox.path().join(chart).join("templates");
    assert!(templates("native").join("service.yaml.tera").exists());
    assert!(templates("gopher").join("service.yaml").exists());
}

#[test]
fn what_is_overwritten_is_told() {
    let place = Place::new().with("web/values.yaml", "mine: true\n");
    assert_snapshot!(place.says("create ./web"), @r#"
    exit code 0
    --- stdout
    Creating ./web
    WARNING: File "[work]/web/values.yaml" already exists. Overwriting.
    "#);
}

#[test]
fn names_and_places_that_will_not_do_are_refused() {
    let says = |line: &str| Place::new().says(line);
    assert_snapshot!(says("create no/such/web"), @"
    exit code 3
    --- stdout
    Creating no/such/web
    --- stderr
    Error: cannot create a chart in `[work]/no/such`: no such directory
    ");
    assert_snapshot!(says("create we$b"), @r#"
    exit code 3
    --- stdout
    Creating we$b
    --- stderr
    Error: chart name `we$b` must match the regular expression "^[a-zA-Z0-9._-]+$"
    "#);
    assert_snapshot!(says("create web --engine jinja"), @r#"
    exit code 2
    --- stderr
    Error: invalid argument "jinja" for "--engine" flag: it must be one of tera, go
    "#);
}
