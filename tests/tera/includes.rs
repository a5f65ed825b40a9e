//! Templates that call each other, across files, charts and languages.

use crate::template;

const HELPERS: &str = "\
{% component web.labels(@release, app: string = \"main\") -%}
app: {{ app }}
release: {{ release.name }}
{%- endcomponent web.labels %}
{% component my_chart.selector_labels(@chart) %}chart: {{ chart.name }}{% endcomponent %}
{% component web.all(...rest) %}{{ rest | to_json }}{% endcomponent %}";

const GO_HELPERS: &str = r#"{{- define "web.go" -}}
{{ .Release.Name }}/{{ .Chart.Name }}/{{ .Values.a }}
{{- end -}}
{{- define "web.dict" -}}
{{ .x }} {{ .context.Values.a }} {{ typeOf .x }}
{{- end -}}
{{- define "web.nothing" -}}
[{{ .Values.nothing }}]
{{- end -}}"#;

fn text(template_text: &str) -> String {
    template(template_text)
        .file("templates/_helpers.tera", HELPERS)
        .file("templates/_helpers.tpl", GO_HELPERS)
        .file("templates/_part.tera", "{{ values.a }}{{ extra | default(value='-') }}")
        .values("a: 10000000")
        .text()
}

fn go(template_text: &str) -> String {
    template("")
        .file("templates/go.yaml", template_text)
        .file("templates/_helpers.tera", HELPERS)
        .file("templates/_part.tera", "{{ values.a }}{{ extra | default(value='-') }}")
        .values("a: 10000000")
        .all()
        .unwrap()
        .remove("web/templates/go.yaml")
        .unwrap()
}

#[test]
fn components_are_called_in_tags_piped_and_included() {
    assert_eq!(text("{{ <web.labels/> }}"), "app: main\nrelease: rel");
    assert_eq!(
        text("l: {{- <web.labels app=\"x\"/> | nindent(n=2) }}"),
        "l:\n  app: x\n  release: rel"
    );
    assert_eq!(
        text("{{ include(name='web.labels', context={'app': 'y'}) }}"),
        "app: y\nrelease: rel"
    );
    assert_eq!(text("{{ include(name='web.labels', context=root) }}"), "app: main\nrelease: rel");
    assert_eq!(text("{{ 'web.labels' | include }}"), "app: main\nrelease: rel");
}

#[test]
fn files_are_included_by_tag_and_by_name() {
    assert_eq!(text("{% include 'web/templates/_part.tera' %}"), "10000000-");
    assert_eq!(text("{{ include(name=template.base_path ~ '/_part.tera') }}"), "10000000-");
    assert_eq!(
        text("{{ include(name='web/templates/_part.tera', context={'extra': '!'}) }}"),
        "10000000!"
    );
}

#[test]
fn the_checksum_of_a_rendered_template_can_be_an_annotation() {
    let checksum = "{{ include(name=template.base_path ~ '/config.yaml.tera') | sha256sum | trunc(length=8) }}";
    let rendering = |value: &str| {
        template(checksum)
            .file("templates/config.yaml.tera", "a: {{ values.a }}")
            .values(value)
            .text()
    };
    assert_eq!(rendering("a: 1"), "16c3c6d7");
    assert_ne!(rendering("a: 1"), rendering("a: 2"));
}

#[test]
fn tera_calls_named_go_templates_with_the_root() {
    assert_eq!(text("{{ include(name='web.go') }}"), "rel/web/1e+07");
}

#[test]
fn what_go_finds_missing_is_empty_in_tera_too() {
    assert_eq!(text("{{ include(name='web.nothing') }}"), "[]");
}

#[test]
fn tera_passes_a_context_and_the_root_in_it_to_go() {
    let call = "{{ include(name='web.dict', context={'x': values.a, 'context': root}) }}";
    assert_eq!(text(call), "10000000 1e+07 int64");
}

#[test]
fn go_calls_components_with_the_root() {
    assert_eq!(go("{{ include \"web.labels\" . }}"), "app: main\nrelease: rel");
    assert_eq!(go("{{ include \"web.labels\" . | nindent 2 }}"), "\n  app: main\n  release: rel");
}

#[test]
fn go_calls_components_by_the_names_that_its_helpers_would_have() {
    assert_eq!(go("{{ include \"my-chart.selectorLabels\" . }}"), "chart: web");
}

#[test]
fn go_passes_arguments_beside_the_root() {
    assert_eq!(
        go(r#"{{ include "web.labels" (merge (dict "app" "z") .) }}"#),
        "app: z\nrelease: rel"
    );
    assert_eq!(
        go(r#"{{ include "web.labels" (dict "app" "z" "Release" .Release "more" 1) }}"#),
        "app: z\nrelease: rel"
    );
    assert_eq!(go(r#"{{ include "web.all" (dict "b" 1 "a" "x") }}"#), r#"{"a":"x","b":1}"#);
}

#[test]
fn go_includes_tera_files() {
    assert_eq!(go(r#"{{ include (print .Template.BasePath "/_part.tera") . }}"#), "10000000-");
}

#[test]
fn what_go_sets_tera_sees() {
    let rendered = template("{{ values.a }} {{ values.added }}")
        .file("templates/z.yaml", "{{ $_ := set .Values \"added\" \"yes\" }}")
        .values("a: 1")
        .all()
        .unwrap();
    assert_eq!(rendered["web/templates/test.yaml.tera"], "1 yes");
}

#[test]
fn tpl_renders_tera_with_the_roots() {
    let rendering = |call: &str| {
        template(call)
            .file("templates/_helpers.tera", HELPERS)
            .file("note.txt", "note")
            .values(
                "greeting: \"{{ release.name }}-{{ values.a }}\"\na: 3\n\
                     helper: \"{{ <web.labels/> }}\"\nfile: \"{{ files['note.txt'] }}\"",
            )
            .text()
    };
    assert_eq!(rendering("{{ tpl(source=values.greeting) }}"), "rel-3");
    assert_eq!(rendering("{{ values.greeting | tpl }}"), "rel-3");
    assert_eq!(rendering("{{ tpl(source='{{ x }}{{ values.a }}', context={'x': 1}) }}"), "13");
    assert_eq!(rendering("{{ tpl(source=values.helper) }}"), "app: main\nrelease: rel");
    assert_eq!(rendering("{{ tpl(source=values.file) }}"), "note");
}

#[test]
fn components_of_a_subchart_are_known_to_its_parent() {
    let rendered = template("{{ <lib.name/> }}")
        .file("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n")
        .file(
            "charts/lib/templates/_lib.tera",
            "{% component lib.name(@chart) %}{{ chart.name }}{% endcomponent %}",
        )
        .all()
        .unwrap();
    assert_eq!(rendered["web/templates/test.yaml.tera"], "web");
}
