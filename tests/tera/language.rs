//! What a template sees, and how values look in it.

use std::sync::Arc;

use windlass::yaml;

use crate::template;

fn check(text: &str, values: &str, expect: &str) {
    assert_eq!(template(text).values(values).text(), expect, "{text}");
}

#[test]
fn roots_have_snake_case_fields() {
    check("{{ values.a }} {{ release.name }} {{ release.namespace }}", "a: x", "x rel space");
    check("{{ release.is_install }} {{ release.is_upgrade }}", "", "true false");
    check("{{ release.revision }} {{ release.service }}", "", "1 Helm");
    check("{{ chart.name }} {{ chart.version }} {{ chart.app_version }}", "", "web 1.2.3+4 5.6");
    check("{{ chart.api_version }} {{ chart.type }}", "", "v2 ");
    check("{{ template.name }}", "", "web/templates/test.yaml.tera");
    check("{{ template.base_path }}", "", "web/templates");
    check(
        "{{ capabilities.kube_version.major }} {{ 'v1' in capabilities.api_versions }}",
        "",
        "1 true",
    );
    check("{{ capabilities.helm_version.version is starting_with(pat='v4.') }}", "", "true");
}

#[test]
fn keys_of_values_and_annotations_stay_as_they_are() {
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\nannotations: {myKey: a}\n\
                 maintainers: [{name: Ann, url: here}]\n";
    let text =
        "{{ chart.annotations.myKey }} {{ chart.maintainers[0].url }} {{ values.camelCase }}";
    let rendering = template(text).values("camelCase: {innerKey: 1}");
    let rendering = crate::Rendering {
        files: rendering.files.into_iter().filter(|(path, _)| path != "Chart.yaml").collect(),
        ..rendering
    };
    assert_eq!(rendering.file("Chart.yaml", chart).text(), r#"a here {"innerKey": 1}"#);
}

#[test]
fn numbers_print_as_they_were_written() {
    check("{{ values.replicas }}", "replicas: 2", "2");
    check("{{ values.big }}", "big: 10000000", "10000000");
    check(
        "{{ values.big | quote }} {{ values.big | to_yaml }}",
        "big: 10000000",
        "\"10000000\" 10000000",
    );
    check("{{ values.exact }}", "exact: 9007199254740992", "9007199254740992");
    check("{{ values.half }} {{ values.half * 4 }}", "half: 0.5", "0.5 2.0");
    check("{{ values.a + 1 }} {{ values.a // 2 }} {{ values.a is odd }}", "a: 7", "8 3 true");
}

#[test]
fn maps_are_in_key_order() {
    let text = "{% for key, value in values.m %}{{ key }}={{ value }} {% endfor %}";
    check(text, "m: {b: 1, a: 2, c: 3}", "a=2 b=1 c=3 ");
}

#[test]
fn null_prints_nothing_and_a_missing_last_field_is_false() {
    check("[{{ values.a[0] }}]", "a: [null]", "[]");
    check("{% if values.nope %}a{% else %}b{% endif %} {{ values.nope or 'c' }}", "", "b c");
    check("{{ values?.nope?.more or 'd' }}", "", "d");
    check("{{ values.x if values.x is defined else 1 }}", "x: false", "false");
}

#[test]
fn nothing_is_escaped() {
    check("{{ values.a }}", "a: <b> & \"c\"", "<b> & \"c\"");
}

#[test]
fn filters_take_what_is_piped_as_the_last_parameter_that_is_not_named() {
    check("{{ 'abcdef' | trunc(length=3) }}", "", "abc");
    check("{{ trunc(length=3, text='abcdef') }}", "", "abc");
    check("{{ values.m | pick(keys=['a']) | to_json }}", "m: {a: 1, b: 2}", r#"{"a":1}"#);
    check("{{ values.m | has_key(key='a') }}", "m: {a: 1}", "true");
    check("{{ [1, 2] | append(value=3) }}", "", "[1, 2, 3]");
    check("{{ max(values=[3, 9, 4]) }} {{ coalesce(values=['', values.nope, 'x']) }}", "", "9 x");
    check("{{ ['a', 'b'] | cat }} {{ 'x' | quote }}", "", "a b \"x\"");
    check(
        "{{ '%05d|%.1f' | printf(values=[7, 0.25]) }} {{ printf(format='%s!', values='x') }}",
        "",
        "00007|0.2 x!",
    );
    check("{{ true | ternary(yes='y', no='n') }}", "", "y");
}

#[test]
fn where_names_clash_the_documented_one_counts() {
    check("{{ '' | default(value='x') }} {{ 0 | default(value=5) }}", "", "x 5");
    check(
        "{{ values.nope | default(value='x') }} {{ default(given=values.nope, value=1) }}",
        "",
        "x 1",
    );
    check("{{ 'a\nb' | indent(n=2) }}", "", "  a\n  b");
    check("{{ 'a\nb' | nindent(n=2) }}", "", "\n  a\n  b");
    check("{{ '7.9' | int }} {{ 7.9 | int }}", "", "0 7");
    check("{{ 'a,b' | split(pat=',') }} {{ ['a', 'b'] | join(sep='+') }}", "", r#"["a", "b"] a+b"#);
    check("{{ '1.0+2' | replace(from='+', to='_') }}", "", "1.0_2");
    check(
        "{{ values.m | keys }} {{ values.m | get(key='z', default=0) }}",
        "m: {b: 1, a: 2}",
        r#"["a", "b"] 0"#,
    );
}

#[test]
fn times_are_texts_that_functions_take_back() {
    let day = "{% set day = to_date(layout='2006-01-02', text='2024-02-29') %}";
    let check = |text: &str, expect: &str| check(&format!("{day}{text}"), "", expect);
    check("{{ day | truncate(length=10, end='') }}", "2024-02-29");
    check("{{ day | date(layout='Jan 2, 2006') }}", "Feb 29, 2024");
    check("{{ day | date_modify(duration='24h') | date(layout='01-02') }}", "03-01");
    check("{{ 0 | date_in_zone(layout='2006', zone='UTC') }}", "1970");
    check("{{ now() | date(layout='2006') | int > 2000 }}", "true");
    check("{{ duration_round(duration='2h10m5s') }}", "2h");
}

#[test]
fn versions_are_maps() {
    let text = "{% set version = semver(version='1.2.3-beta') %}{{ version.minor }} {{ version.prerelease }}";
    check(text, "", "2 beta");
}

#[test]
fn functions_return_changed_copies() {
    let text = "{% set changed = values.m | set(key='b', value=2) %}{{ changed | to_json }} {{ values.m | to_json }}";
    check(text, "m: {a: 1}", r#"{"a":1,"b":2} {"a":1}"#);
}

#[test]
fn required_and_fail_are_the_authors_words() {
    check("{{ values.a | required(message='give a') }}", "a: 1", "1");
    check("{{ required(value=values.a, message='give a') }}", "a: false", "false");
}

#[test]
fn has_api_knows_versions_and_kinds() {
    check("{{ has_api(version='v1') }} {{ has_api(version='made.up/v1') }}", "", "true false");
}

#[test]
fn files_are_a_variable_and_functions() {
    let files = |text| {
        template(text)
            .file("conf/a.ini", "one\ntwo\n")
            .file("conf/b.ini", "three\n")
            .file("other.txt", "four")
    };
    assert_eq!(files("{{ files_get(path='conf/a.ini') }}").text(), "one\ntwo\n");
    assert_eq!(files("{{ files_lines(path='conf/a.ini') }}").text(), r#"["one", "two"]"#);
    assert_eq!(
        files("{{ files_glob(pattern='conf/*') | keys }}").text(),
        r#"["conf/a.ini", "conf/b.ini"]"#
    );
    assert_eq!(files("{{ files['other.txt'] }} {{ 'nope' in files }}").text(), "four false");
    assert_eq!(
        files("{{ files_as_config(pattern='conf/*') | indent(n=2) }}").text(),
        "  a.ini: |\n    one\n    two\n  b.ini: |\n    three"
    );
    assert_eq!(files("{{ files_as_secrets(pattern='conf/b*') }}").text(), "b.ini: dGhyZWUK");
    assert_eq!(files("{{ files_get(path='other.txt') | b64enc }}").text(), "Zm91cg==");
}

#[test]
fn lookup_asks_the_cluster() {
    let lookup = Arc::new(|version: &str, kind: &str, namespace: &str, name: &str| {
        let text = format!("data: {{k: {version} {kind} {namespace} {name}}}");
        Ok(yaml::parse(&text).unwrap())
    });
    let text =
        "{{ lookup(api_version='v1', kind='Secret', namespace='n', name='s')['data']['k'] }}";
    assert_eq!(template(text).lookup(lookup).text(), "v1 Secret n s");
}

#[test]
fn without_a_cluster_lookup_finds_nothing() {
    let text = "{% set found = lookup(api_version='v1', kind='Secret', name='s') %}\
                {{ found?.data?.k or 'none' }}";
    check(text, "", "none");
}

#[test]
fn notes_are_notes_and_partials_are_not_rendered() {
    let rendered = template("a: 1")
        .file("templates/_helpers.tera", "{% component web.a() %}x{% endcomponent %}")
        .file("templates/NOTES.txt.tera", "Thank you for {{ chart.name }}.")
        .all()
        .unwrap();
    let files: Vec<_> =
        rendered.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(
        files,
        [
            ("web/templates/NOTES.txt", "Thank you for web."),
            ("web/templates/test.yaml.tera", "a: 1"),
        ]
    );
}

#[test]
fn subcharts_see_their_own_values_and_parents_see_theirs() {
    let rendered = template(
        "{{ values.db.port }} {{ subcharts.db.chart.version }} {{ subcharts.db.values.port }}",
    )
    .file("charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 9.0.0\n")
    .file("charts/db/values.yaml", "port: 1\nglobal: {}\n")
    .file(
        "charts/db/templates/db.yaml.tera",
        "{{ values.port }} {{ chart.name }} {{ values.global.x }}",
    )
    .values("db: {port: 5432}\nglobal: {x: z}")
    .all()
    .unwrap();
    assert_eq!(rendered["web/templates/test.yaml.tera"], "5432 9.0.0 5432");
    assert_eq!(rendered["web/charts/db/templates/db.yaml.tera"], "5432 db z");
}
