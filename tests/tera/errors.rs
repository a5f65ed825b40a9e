//! Errors as users see them: what is wrong, where, and what called it.

use insta::assert_snapshot;

use crate::template;

const HELPERS: &str = "\
{% component web.image(@values) -%}
image: {{ values.image.name }}:{{ values.image.tga }}
{%- endcomponent web.image %}
{% component web.pod(@values) -%}
containers:
  - {{ <web.image/> }}
{%- endcomponent web.pod %}
{% component web.named(name: string) %}{{ name }}{% endcomponent %}
";

fn error(text: &str) -> String {
    template(text)
        .file("templates/_helpers.tera", HELPERS)
        .file("templates/_helpers.tpl", "{{- define \"web.broken\" -}}\n{{ .Values.image.tag.x.y }}\n{{- end -}}")
        .values("image: {name: nginx, tag: latest}\nloop: \"{{ tpl(source=values.loop) }}\"\nbad: \"a: {{ values.nope.x }}\"")
        .error()
}

#[test]
fn a_missing_field_lists_those_that_are_there() {
    assert_snapshot!(error("a: 1\nb: {{ values.image.tga }}\n"), @r#"
web/templates/test.yaml.tera:2:19
  executing "web/templates/test.yaml.tera" at <tga>:
    Field `tga` is not defined. Available fields: name, tag
"#);
    assert_snapshot!(error("b: {{ values.image.tga | quote }}\n"), @r#"
    web/templates/test.yaml.tera:1:25
      executing "web/templates/test.yaml.tera" at <quote>:
        Field `tga` is not defined. Available fields: name, tag
    "#);
    assert_snapshot!(error("b: {{ value.image }}\n"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <value>:
        Variable `value` is not defined. Available variables: capabilities, chart, release, root, template, values
    "#);
}

#[test]
fn the_calls_that_led_to_it_are_told() {
    assert_snapshot!(error("spec:\n  {{ <web.pod/> }}\n"), @r#"
    web/templates/test.yaml.tera:2:5
      executing "web/templates/test.yaml.tera" at <<web.pod/>>:
    web/templates/_helpers.tera:6:7
      executing "web/templates/_helpers.tera" at <<web.image/>>:
    web/templates/_helpers.tera:2:47
      executing "web/templates/_helpers.tera" at <tga>:
        Field `tga` is not defined. Available fields: name, tag
    "#);
    assert_snapshot!(error("spec:\n  {{ include(name=\"web.pod\") }}\n"), @r#"
    web/templates/test.yaml.tera:2:5
      executing "web/templates/test.yaml.tera" at <include(name="web.pod")>:
        error calling include:
    web/templates/_helpers.tera:6:7
      executing "web/templates/_helpers.tera" at <<web.image/>>:
    web/templates/_helpers.tera:2:47
      executing "web/templates/_helpers.tera" at <tga>:
        Field `tga` is not defined. Available fields: name, tag
    "#);
}

#[test]
fn an_error_in_a_go_template_has_both_chains() {
    assert_snapshot!(error("a: {{ include(name=\"web.broken\") }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name="web.broken")>:
        error calling include:
    web/templates/_helpers.tpl:2:10
      executing "web.broken" at <.Values.image.tag.x.y>:
        can't evaluate field x in type interface {}
    "#);
}

#[test]
fn an_error_in_tera_called_from_go_has_both_chains() {
    let error = template("")
        .file("templates/_helpers.tera", HELPERS)
        .file("templates/go.yaml", "a: {{ include \"web.image\" . }}")
        .values("image: {name: nginx}")
        .error();
    assert_snapshot!(error, @r#"
    web/templates/go.yaml:1:6
      executing "web/templates/go.yaml" at <include "web.image" .>:
        error calling include:
    web/templates/_helpers.tera:2:47
      executing "web/templates/_helpers.tera" at <tga>:
        Field `tga` is not defined. Available fields: name
    "#);
}

#[test]
fn syntax_errors_have_their_place() {
    assert_snapshot!(error("a: {{ values.image. }}"), @"parse error at (web/templates/test.yaml.tera:1:20): Found `}}` but expected identifier.");
    assert_snapshot!(error("{% if values.image %}\na: 1\n"), @"parse error at (web/templates/test.yaml.tera:3:0): Unexpected end of input");
    assert_snapshot!(error("a: {{ trunc(length=1, length=2) }}"), @"parse error at (web/templates/test.yaml.tera:1:22): Keyword argument `length` is defined more than once (first defined in line 1)");
}

#[test]
fn unknown_names_are_found_before_anything_is_rendered() {
    assert_snapshot!(error("a: {{ fail(message=\"not yet\") }}\nb: {{ values.image | nope }}"), @"parse error at (web/templates/test.yaml.tera:2:21): Unknown filter `nope`");
    assert_snapshot!(error("a: {{ to_yml(value=1) }}"), @"parse error at (web/templates/test.yaml.tera:1:6): Unknown function `to_yml`");
    assert_snapshot!(error("a: {{ <web.nope/> }}"), @"parse error at (web/templates/test.yaml.tera:1:6): Unknown component `web.nope`");
    assert_snapshot!(error("{% include \"web/templates/_nope.tera\" %}"), @"parse error at (web/templates/test.yaml.tera:1:11): Unknown template `web/templates/_nope.tera`");
    assert_snapshot!(error("a: {{ include(name=\"web.nope\") }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name="web.nope")>:
        error calling include:
        template: no template "web.nope" associated with template "gotpl"
    "#);
}

#[test]
fn wrong_arguments_are_named() {
    assert_snapshot!(error("a: {{ values.image.name | trunc(n=3) }}"), @r#"
    web/templates/test.yaml.tera:1:26
      executing "web/templates/test.yaml.tera" at <trunc(n=3)>:
        error calling trunc:
        there is no argument `n`, only `length`, `text`
    "#);
    assert_snapshot!(error("a: {{ values.image.name | trunc(length=\"3\") }}"), @r#"
    web/templates/test.yaml.tera:1:26
      executing "web/templates/test.yaml.tera" at <trunc(length="3")>:
        error calling trunc:
        `length` must be an integer, not a string
    "#);
    assert_snapshot!(error("a: {{ values.image | trunc(length=3) }}"), @r#"
    web/templates/test.yaml.tera:1:21
      executing "web/templates/test.yaml.tera" at <trunc(length=3)>:
        error calling trunc:
        what is piped in must be a string, not a map
    "#);
    assert_snapshot!(error("a: {{ trunc(length=3) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <trunc(length=3)>:
        error calling trunc:
        the argument `text` is missing
    "#);
    assert_snapshot!(error("a: {{ pick(keys=[\"a\"]) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <pick(keys=["a"])>:
        error calling pick:
        the argument `dict` is missing
    "#);
    assert_snapshot!(error("a: {{ tpl(source=values.image) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <tpl(source=values.image)>:
        error calling tpl:
        `source` must be a string, not a map
    "#);
    assert_snapshot!(error("a: {{ include(name=\"web.named\") }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name="web.named")>:
        error calling include:
        `web.named`: Argument `name` (type: `string`) missing.
    "#);
    assert_snapshot!(error("a: {{ include(name=\"web.named\", context={\"nam\": \"x\"}) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name="web.named", context={"nam": "x"})>:
        error calling include:
        `web.named`: Unknown argument(s) `nam` in component call. Possible argument(s) are: `name`
    "#);
    assert_snapshot!(error("a: {{ include(name=\"web.named\", context={\"name\": 1}) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name="web.named", context={"name": 1})>:
        error calling include:
        `web.named`: Component argument `name` (type: `i64`) does not match expected type: `string`
    "#);
    assert_snapshot!(error("a: {{ 'yesterday' | date(layout='2006') }}"), @r#"
    web/templates/test.yaml.tera:1:20
      executing "web/templates/test.yaml.tera" at <date(layout='2006')>:
        error calling date:
        what is piped in must be a time, not a string
    "#);
    assert_snapshot!(error("a: {{ files_get(path=\"nope.txt\") }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <files_get(path="nope.txt")>:
        error calling files_get:
        there is no file `nope.txt` in the chart
    "#);
}

#[test]
fn the_authors_words_stand_alone() {
    assert_snapshot!(error("a: {{ values.image.digest | required(message=\"give image.digest\") }}"), @"execution error at (web/templates/test.yaml.tera:1:28): give image.digest");
    assert_snapshot!(error("a: 1\nb: {{ fail(message=\"no way\") }}"), @"execution error at (web/templates/test.yaml.tera:2:6): no way");
}

#[test]
fn the_text_of_tpl_is_shown_with_its_caller() {
    assert_snapshot!(error("a: {{ values.bad | tpl }}"), @r#"
    web/templates/test.yaml.tera:1:19
      executing "web/templates/test.yaml.tera" at <tpl>:
        error calling tpl:
    tpl:1:13
      executing "tpl" at <nope>:
        Field `nope` is not defined. Available fields: bad, image, loop
    "#);
}

#[test]
fn endless_recursion_is_an_error() {
    assert_snapshot!(error("a: {{ tpl(source=values.loop) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <tpl(source=values.loop)>:
        error calling tpl:
    tpl:1:3
      executing "tpl" at <tpl(source=values.loop)>:
        error calling tpl:
        templates call each other more than 200 levels deep
    "#);
    assert_snapshot!(error("a: {{ include(name=template.name) }}"), @r#"
    web/templates/test.yaml.tera:1:6
      executing "web/templates/test.yaml.tera" at <include(name=template.name)>:
        error calling include:
        `web/templates/test.yaml.tera`: templates call each other more than 200 levels deep
    "#);
    let text = "{% component web.again() %}{{ <web.again/> }}{% endcomponent %}{{ <web.again/> }}";
    assert_snapshot!(error(text), @"`web/templates/test.yaml.tera`: Maximum render recursion depth for components exceeded.");
    let both = template("{{ include(name='go') }}")
        .file(
            "templates/_go.tpl",
            "{{ define \"go\" }}{{ include \"web/templates/test.yaml.tera\" . }}{{ end }}",
        )
        .error();
    assert_snapshot!(both, @r#"
    web/templates/test.yaml.tera:1:3
      executing "web/templates/test.yaml.tera" at <include(name='go')>:
        error calling include:
    web/templates/_go.tpl:1:20
      executing "go" at <include "web/templates/test.yaml.tera" .>:
        error calling include:
    web/templates/test.yaml.tera:1:3
      executing "web/templates/test.yaml.tera" at <include(name='go')>:
        error calling include:
    web/templates/_go.tpl:1:20
      executing "go" at <include "web/templates/test.yaml.tera" .>:
        error calling include:
      (392 more calls)
    web/templates/test.yaml.tera:1:3
      executing "web/templates/test.yaml.tera" at <include(name='go')>:
        error calling include:
    web/templates/_go.tpl:1:20
      executing "go" at <include "web/templates/test.yaml.tera" .>:
        error calling include:
    web/templates/test.yaml.tera:1:3
      executing "web/templates/test.yaml.tera" at <include(name='go')>:
        error calling include:
    web/templates/_go.tpl:1:20
      executing "go" at <include "web/templates/test.yaml.tera" .>:
        error calling include:
        `web/templates/test.yaml.tera`: templates call each other more than 200 levels deep
    "#);
}

#[test]
fn the_deepest_calls_fit_on_the_stack() {
    let deep = "{% component web.deep(depth: integer, @values) %}\
                {% if depth > 0 %}{{ <web.deep depth={depth - 1}/> }}\
                {% else %}{{ tpl(source=values.loop) }}{% endif %}{% endcomponent %}";
    let error = template("{{ tpl(source=values.loop) }}")
        .file("templates/_deep.tera", deep)
        .values("loop: \"{{ <web.deep depth={18}/> }}\"")
        .error();
    assert_eq!(
        error.lines().last().unwrap().trim(),
        "templates call each other more than 200 levels deep"
    );
}

#[test]
fn includes_in_a_circle_are_an_error() {
    let error = template("{% include 'web/templates/_a.tera' %}")
        .file("templates/_a.tera", "{% include 'web/templates/_a.tera' %}")
        .error();
    assert_snapshot!(error, @r#"Circular include detected for template 'web/templates/_a.tera'. Include chain: `["web/templates/_a.tera", "web/templates/_a.tera"]`"#);
}

#[test]
fn two_components_of_one_name_are_an_error_that_names_both_files() {
    let error = template("")
        .file("templates/_helpers.tera", "{% component labels() %}{% endcomponent %}")
        .file("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .file("charts/db/templates/_helpers.tera", "{% component labels() %}{% endcomponent %}")
        .error();
    assert_snapshot!(error, @"Component `labels` is defined in both `web/charts/db/templates/_helpers.tera` and `web/templates/_helpers.tera`: components are known to all charts, so begin their names with the chart's");
}

#[test]
fn output_has_a_limit() {
    let text = "{% set mebibyte = 'x' | repeat(count=1048576) %}\
                {% for i in range(end=100) %}{{ mebibyte }}{% endfor %}";
    assert_snapshot!(error(text), @"`web/templates/test.yaml.tera`: output is larger than 67108864 bytes");
}

#[test]
fn values_nested_without_end_are_an_error() {
    let error = template("{{ values.a }}")
        .file("templates/z.yaml", "{{ $_ := set .Values \"self\" .Values }}")
        .error();
    assert_snapshot!(error, @"`web/templates/test.yaml.tera`: value is nested deeper than 1000 levels");
}
