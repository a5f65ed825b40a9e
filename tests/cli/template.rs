//! `template`.

use insta::assert_snapshot;

use crate::Place;

const HELPERS: &str = "{{- define \"web.tag\" -}}\n{{ .Values.image.tag }}\n{{- end }}\n";

#[test]
fn a_chart_is_rendered_with_the_users_values() {
    let place = Place::with_chart("x.txt", "").with("prod.yaml", "color: green\n");
    assert_snapshot!(place.says("template web"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: release-name
    data:
      color: "blue"
    "#);
    assert_snapshot!(place.says("template shop ./web -f prod.yaml"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop
    data:
      color: "green"
    "#);
    assert_snapshot!(place.says("template shop ./web -f prod.yaml --set color=red,x=1"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop
    data:
      color: "red"
    "#);
}

#[test]
fn values_come_by_every_flag() {
    let place = Place::with_chart("templates/all.yaml", "{{ .Values | toJson }}\n")
        .with("a.yaml", "file: 1\n")
        .with("b,c.yaml", "other: 2\n")
        .with("text", "of a file\n");
    let mut command = place.command();
    command.args(["template", "web", "-s", "templates/all.yaml"]);
    command.args(["-f", "a.yaml,\"b,c.yaml\"", "--set", "n=1,s=x", "--set-string", "t=1"]);
    command.args([
        "--set-json",
        "j={\"k\":[1]}",
        "--set-file",
        "f=text",
        "--set-literal",
        "l=a,b=c",
    ]);
    assert_snapshot!(place.said(command), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/all.yaml
    {"color":"blue","f":"of a file\n","file":1,"j":{"k":[1]},"l":"a,b=c","n":1,"other":2,"s":"x","t":"1"}
    "#);
}

#[test]
fn flags_may_stand_anywhere() {
    let place = Place::with_chart("templates/ns.yaml", "ns: {{ .Release.Namespace }}\n");
    let expected = place.says("template web --namespace shop --show-only templates/ns.yaml");
    assert!(expected.contains("ns: shop"), "{expected}");
    for line in [
        "-n shop template -s=templates/ns.yaml web",
        "--namespace=shop --show-only=templates/ns.yaml template web",
        "template -nshop web -stemplates/ns.yaml",
        "template --no-hooks=false -n other web -s templates/ns.yaml -n shop",
    ] {
        assert_eq!(place.says(line), expected, "{line}");
    }
}

#[test]
fn files_are_told_as_they_are_written() {
    let test = "{kind: Pod, metadata: {name: t, annotations: {helm.sh/hook: test}}}\n";
    let place = Place::with_chart("templates/test.yaml", test);
    assert_snapshot!(place.says("template shop web --output-dir out --release-name"), @"
    exit code 0
    --- stdout
    wrote out/shop/web/templates/config.yaml
    wrote out/shop/web/templates/test.yaml
    ");
    let file = place.sandbox.path().join("out/shop/web/templates/config.yaml");
    assert_snapshot!(std::fs::read_to_string(file).unwrap(), @r#"
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: shop
    data:
      color: "blue"
    "#);
    assert_snapshot!(place.says("template web --output-dir out --skip-tests"), @"
    exit code 0
    --- stdout
    wrote out/web/templates/config.yaml
    ");
}

#[test]
fn aliases_share_a_subchart_that_is_rendered_for_the_last_of_them() {
    let meta = |name| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    let aliases = "dependencies:\n- {name: sub, version: 1.x, alias: one}\n- {name: sub, version: 1.x, alias: two}\n";
    let place = Place::new()
        .with("root/Chart.yaml", &format!("{}{aliases}", meta("root")))
        .with("root/values.yaml", "one: {deep: {inner: {v: 1}}}\ntwo: {deep: {inner: {v: 2}}}\n")
        .with("root/charts/sub/Chart.yaml", &meta("sub"))
        .with("root/charts/sub/charts/deep/Chart.yaml", &meta("deep"))
        .with("root/charts/sub/charts/deep/charts/inner/Chart.yaml", &meta("inner"))
        .with("root/charts/sub/charts/deep/charts/inner/templates/a.yaml", "v: {{ .Values.v }}\n");
    assert_snapshot!(place.says("template root"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: root/charts/sub/charts/deep/charts/inner/templates/a.yaml
    v: 2
    "#);
}

#[test]
fn a_chart_that_does_not_exist_is_named() {
    let place = Place::new();
    assert_snapshot!(place.says("template web ./nowhere"), @r#"
    exit code 3
    --- stderr
    Error: path "./nowhere" not found: there is no chart folder and no packed chart
    "#);
    assert_snapshot!(place.with("web/values.yaml", "").says("template web"), @"
    exit code 3
    --- stderr
    Error: unable to detect chart at web/Chart.yaml: there is no Chart.yaml
    ");
}

#[test]
fn broken_values_name_file_and_line() {
    let place = Place::with_chart("x.txt", "").with("bad.yaml", "a: 1\npassword: [hunter2\nc: 2\n");
    assert_snapshot!(place.says("template web -f bad.yaml"), @"
    exit code 3
    --- stderr
    Error: failed to parse bad.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected ',' or ']' (line 3, column 2)
     --> bad.yaml:3:2
    ");
    assert_snapshot!(place.says("template web -f missing.yaml"), @"
    exit code 3
    --- stderr
    Error: cannot read values file `missing.yaml`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_bad_set_names_the_part_and_no_value() {
    let place = Place::with_chart("x.txt", "");
    assert_snapshot!(place.says("template web --set password=hunter2,a[x]=1"), @r#"
    exit code 3
    --- stderr
    Error: failed parsing --set data: error parsing index: strconv.Atoi: parsing "x": invalid syntax (in `a[x]`)
    "#);
    assert_snapshot!(place.says("template web --set-json password={\"hunter2"), @"
    exit code 3
    --- stderr
    Error: failed parsing --set-json data: unexpected end of JSON value (in `password`)
    ");
    assert_snapshot!(place.says("template web --set-json {\"password\":\"hunter2\""), @"
    exit code 3
    --- stderr
    Error: failed parsing --set-json data: it is no JSON object
    ");
}

#[test]
fn a_template_error_shows_the_line_and_who_included_it() {
    let place = Place::with_chart("templates/_helpers.tpl", HELPERS)
        .with("web/templates/bad.yaml", "kind: Pod\nimage: {{ include \"web.tag\" . }}\n");
    assert_snapshot!(place.says("template web"), @r#"
    exit code 3
    --- stderr
    Error: web/templates/bad.yaml:2:10
      executing "web/templates/bad.yaml" at <include "web.tag" .>:
        error calling include:
    web/templates/_helpers.tpl:2:10
      executing "web.tag" at <.Values.image.tag>:
        nil pointer evaluating interface {}.tag
     --> web/templates/_helpers.tpl:2:4
      |
    2 | {{ .Values.image.tag }}
      |    ^^^^^^^^^^^^^^^^^
      called from web/templates/bad.yaml:2:11: include "web.tag" .
    hint: `.Values.image` is not set; its default would be in web/values.yaml
    "#);
}

#[test]
fn a_template_that_cannot_be_parsed_shows_the_line() {
    let place = Place::with_chart("templates/bad.yaml", "a: 1\n\tb: {{ .Values.a | nosuch }}\n");
    assert_snapshot!(place.says("template web"), @r#"
    exit code 3
    --- stderr
    Error: parse error at (web/templates/bad.yaml:2): function "nosuch" not defined
     --> web/templates/bad.yaml:2:20
      |
    2 | 	b: {{ .Values.a | nosuch }}
      | 	                  ^^^^^^
    "#);
}

#[test]
fn the_authors_own_failures_are_told_in_helms_words() {
    let place =
        Place::with_chart("templates/bad.yaml", "{{ required \"set color!\" .Values.hue }}\n");
    assert_snapshot!(place.says("template web"), @r#"
    exit code 3
    --- stderr
    Error: execution error at (web/templates/bad.yaml:1:3): set color!
     --> web/templates/bad.yaml:1:4
      |
    1 | {{ required "set color!" .Values.hue }}
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: `.Values.hue` is not set; its default would be in web/values.yaml
    "#);
}

#[test]
fn what_an_author_has_to_say_is_told_whole_however_long() {
    let lines: String = (0..100).map(|number| format!("advice {number}\n")).collect();
    let template = format!("{{{{ fail {lines:?} }}}}\n");
    let said = Place::with_chart("templates/bad.yaml", &template).says("template web");
    assert!((0..100).all(|number| said.contains(&format!("advice {number}\n"))), "{said}");

    let values = format!("text: {:?}\n", "{{ .Values.a.b.c }}".to_owned() + &"x".repeat(9_000));
    let place = Place::with_chart("templates/bad.yaml", "{{ tpl .Values.text . }}\n");
    let said = place.with("web/values.yaml", &values).says("template web");
    assert!(said.contains(&"x".repeat(9_000)), "{said}");
}

#[test]
fn an_endless_include_shows_the_ends_of_the_chain() {
    let place =
        Place::with_chart("templates/_a.tpl", "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}")
            .with("web/templates/bad.yaml", "{{ include \"a\" . }}\n");
    let said = place.says("template web");
    assert!(said.starts_with("exit code 3\n"), "{said}");
    assert!(said.lines().count() < 60 && said.len() < 10_000, "{said}");
    assert!(said.contains("nested reference name") && said.contains("bad.yaml:1:"), "{said}");
}

#[test]
fn invalid_yaml_shows_the_rendered_lines_and_all_of_them_with_debug() {
    let place = Place::with_chart("templates/bad.yaml", "kind: ConfigMap\n  name: oops\n");
    assert_snapshot!(place.says("template web"), @"
    exit code 3
    --- stderr
    Error: YAML parse error on web/templates/bad.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context
     --> web/templates/bad.yaml:2 (as rendered)
      |
    1 | kind: ConfigMap   <- web/templates/bad.yaml:1
    2 >   name: oops      <- web/templates/bad.yaml:2

    Use --debug flag to render out invalid YAML
    ");
    assert_snapshot!(place.says("template web --debug"), @r#"
    exit code 3
    --- stdout
    ---
    # Source: web/templates/bad.yaml
    kind: ConfigMap
      name: oops

    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: release-name
    data:
      color: "blue"

    --- stderr
    Error: YAML parse error on web/templates/bad.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context
     --> web/templates/bad.yaml:2 (as rendered)
      |
    1 | kind: ConfigMap   <- web/templates/bad.yaml:1
    2 >   name: oops      <- web/templates/bad.yaml:2
    "#);
}

#[test]
fn a_pattern_that_fits_nothing_is_named() {
    assert_snapshot!(Place::with_chart("x.txt", "").says("template web -s templates/nope.yaml"), @"
    exit code 3
    --- stderr
    Error: could not find template templates/nope.yaml in chart
    ");
}

#[test]
fn old_forms_of_flags_are_taken_with_a_warning() {
    let place = Place::with_chart("templates/config.yaml", "a: b\n");
    assert_snapshot!(place.says("template web --dry-run"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/config.yaml
    a: b
    --- stderr
    level=WARN msg="--dry-run is deprecated and should be replaced with '--dry-run=client'"
    "#);
    assert_snapshot!(place.says("template web --dry-run=true --log-format=json").split("\"level\"").nth(1).unwrap(), @r#":"WARN","msg":"boolean '--dry-run=true' flag is deprecated and must be replaced with '--dry-run=client'"}"#);
}

#[test]
fn values_are_checked_against_the_schema() {
    let schema = r#"{"properties":{"color":{"enum":["blue","red"]},"size":{"type":"integer"}}}"#;
    let place = Place::with_chart("values.schema.json", schema)
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .with("web/charts/db/values.yaml", "disk: large\n")
        .with("web/charts/db/values.schema.json", r#"{"properties":{"disk":{"minimum":1}}}"#);
    assert!(place.says("template web").starts_with("exit code 0"));
    assert_snapshot!(place.says("template web --set color=green,size=x,db.disk=0"), @r#"
    exit code 3
    --- stderr
    Error: values don't meet the specifications of the schema(s) in the following chart(s):
    web:
    - at '/color': value must be one of 'blue', 'red'
    - at '/size': got string, want integer
    db:
    - at '/disk': minimum: got 0, want 1
    "#);
    let skipped = place.says("template web --set color=green --skip-schema-validation");
    assert!(skipped.contains("color: \"green\""), "{skipped}");
}

#[test]
fn names_come_from_a_template() {
    let place = Place::with_chart("x.txt", "");
    let named = |template: &str, more: &[&str]| {
        let mut command = place.command();
        command.args(["template", "web", "--name-template", template]).args(more);
        place.said(command)
    };
    let name = "{{ \"Data\" | lower }}-{{ 40 | add 2 }}";
    for more in [&[][..], &["--generate-name"]] {
        let said = named(name, more);
        assert!(said.contains("name: data-42"), "{said}");
    }
    assert_snapshot!(named("{{ nope }}", &[]), @r#"
    exit code 3
    --- stderr
    Error: template: name-template:1: function "nope" not defined
    "#);
    assert_snapshot!(place.says("template shop web --name-template x"), @r#"
    exit code 2
    --- stderr
    Error: cannot set --name-template and also specify a name
    "#);
}

#[test]
fn what_is_rendered_goes_through_post_renderers() {
    let place = Place::with_chart("templates/hook.yaml", HOOK).with("shout", SHOUT);
    let shout = place.sandbox.path().join("shout").display().to_string();
    let run = |args: &[&str]| {
        let mut command = place.command();
        command.args(["template", "web"]).args(args);
        place.said(command)
    };
    let through = ["--post-renderer", "sh", "--post-renderer-args"];
    assert_snapshot!(run(&[&through[..], &[&shout]].concat()), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/config.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: release-name
    data:
      color: "BLUE"

    ---
    # Source: generated-by-postrender-2.yaml
    kind: New
    ---
    # Source: web/templates/hook.yaml
    kind: Job
    apiVersion: batch/v1
    metadata:
      name: hook # kept
      annotations:
        helm.sh/hook: test

    --- stderr
    level=WARN msg="post-renderer `sh`: working"
    "#);
    assert_snapshot!(run(&["--post-renderer", "cat", "--post-renderer", "false"]), @r#"
    exit code 3
    --- stderr
    Error: error while running post render on files: post-renderer `false` failed (exit status: 1)
    "#);
    assert_snapshot!(run(&["--post-renderer", "true"]), @r#"
    exit code 3
    --- stderr
    Error: error while running post render on files: post-renderer "true" produced empty output
    "#);
    assert_snapshot!(run(&["--post-renderer", "no-such-program"]), @r#"
    exit code 3
    --- stderr
    Error: error while running post render on files: cannot run post-renderer `no-such-program`
      caused by: No such file or directory (os error 2)
    "#);
}

const HOOK: &str = "\
kind: Job
apiVersion: batch/v1
metadata:
  name: hook # kept
  annotations:
    helm.sh/hook: test
";

/// A program that changes what it reads, and says something.
const SHOUT: &str = "echo working >&2; sed s/blue/BLUE/; printf -- '---\\nkind: New\\n'";

#[test]
fn flags_about_applying_change_nothing() {
    let place = Place::with_chart("x.txt", "");
    let plain = place.says("template web");
    let flags = "--wait --wait-for-jobs --timeout 3m --create-namespace --labels a=b --description d \
                 --replace --skip-crds --take-ownership --force-conflicts --disable-openapi-validation";
    assert_eq!(place.says(&format!("template web {flags}")), plain);
    assert_snapshot!(place.says("template web --labels owner=me"), @r#"
    exit code 2
    --- stderr
    Error: user supplied labels contains system reserved label name. System labels: [name owner status version createdAt modifiedAt]
    "#);
    let wrong = place.says("template web --timeout soon");
    assert!(wrong.starts_with("exit code 2"), "{wrong}");
}
