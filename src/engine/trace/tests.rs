//! What the trace says of small charts: each case names a piece of the text and what is behind it.

use super::*;
use crate::chart::{Capabilities, Chart, File};
use crate::engine::{Context, ReleaseInfo, render, render_traced};
use crate::yaml::{Map, parse};

fn chart(name: &str, files: &[(&str, &str)]) -> Chart {
    let mut chart = Chart::default();
    chart.metadata.name = name.to_owned();
    chart.templates = files.iter().map(|(name, text)| File::new(*name, *text)).collect();
    chart
}

fn map(values: &str) -> Map {
    parse(values).unwrap().numbers_as_floats().as_map().unwrap().clone()
}

/// Renders with a trace and without, which must be the same.
fn traced(chart: &Chart, values: &str) -> Trace {
    let values = map(values);
    let release = ReleaseInfo {
        name: "shop".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default();
    let context = Context {
        values: &values,
        release,
        capabilities: &capabilities,
        lookup: None,
        resolve: None,
    };
    let plain = render(chart, &context);
    let (rendered, trace) = render_traced(chart, &context);
    assert_eq!(rendered, plain);
    for (name, text) in rendered.map(|rendered| rendered.files).unwrap_or_default() {
        assert_eq!(trace.file(&name), Some(text.as_str()));
        let whole = trace.origins(&name, 0..text.len());
        let mut end = 0;
        for origin in &whole {
            assert_eq!(origin.range.start, end, "{name} has a gap or an overlap");
            end = origin.range.end;
        }
        assert_eq!(end, text.len());
    }
    trace
}

/// Describes what is behind a piece of text: file:line, what was read, what decided, and the calls.
fn behind(trace: &Trace, needle: &str) -> String {
    let name = trace.files().find(|name| trace.file(name).unwrap().contains(needle)).unwrap();
    let start = trace.file(name).unwrap().find(needle).unwrap();
    let origins = trace.origins(name, start..start + needle.len());
    let origin = origins.iter().find(|origin| !origin.places[0].is_literal).unwrap_or(&origins[0]);
    let places: Vec<String> = origin.places.iter().map(describe).collect();
    places.join(" < ")
}

fn describe(place: &Place) -> String {
    let list = |paths: &[Path]| paths.iter().map(|path| format!(" {path}")).collect::<String>();
    let mut text = format!("{}:{}{}", place.file, place.line, list(&place.reads));
    for control in &place.conditions {
        text.push_str(&format!(" ({}@{}{})", control.keyword, control.line, list(&control.reads)));
    }
    text
}

#[track_caller]
fn check(template: &str, values: &str, needle: &str, expected: &str) {
    let chart = chart("web", &[("templates/a.yaml", template)]);
    assert_eq!(behind(&traced(&chart, values), needle), expected);
}

#[test]
fn actions_tell_what_they_read() {
    let values = "image: {tag: v1, port: 80}\nlist: [a, b]\n";
    check(
        "x: 1\ny: {{ .Values.image.tag }}\n",
        values,
        "v1",
        "web/templates/a.yaml:2 .Values.image.tag",
    );
    check(
        "{{ .Values.image.tag | quote }}",
        values,
        "v1",
        "web/templates/a.yaml:1 .Values.image.tag",
    );
    check(
        "{{ index .Values \"image\" \"port\" }}",
        values,
        "80",
        "web/templates/a.yaml:1 .Values.image.port",
    );
    check(
        "{{ dig \"image\" \"tag\" \"x\" .Values.AsMap }}",
        values,
        "v1",
        "web/templates/a.yaml:1 .Values.image.tag",
    );
    check("{{ .Release.Name }}", values, "shop", "web/templates/a.yaml:1 .Release.Name");
    check("{{ .Values.x | default \"none\" }}", values, "none", "web/templates/a.yaml:1 .Values.x");
    check("\na: text\n", values, "text", "web/templates/a.yaml:2");
}

#[test]
fn variables_dots_and_ranges_keep_their_origin() {
    let values = "a: {b: 7, c: {d: deep}}\nlist: [1, {x: why}]\nyes1: true\n";
    let at = "web/templates/a.yaml:1";
    check("{{ $b := .Values.a.b }}v{{ $b }}", values, "7", &format!("{at} .Values.a.b"));
    check("{{ $c := .Values.a.c }}{{ $c.d }}", values, "deep", &format!("{at} .Values.a.c.d"));
    check(
        "{{ with .Values.a.b }}{{ . }}{{ end }}",
        values,
        "7",
        &format!("{at} .Values.a.b (with@1 .Values.a.b)"),
    );
    check(
        "{{ range $i, $x := .Values.list }}{{ if eq $i 1 }}{{ $x.x }}{{ end }}{{ end }}",
        values,
        "why",
        &format!("{at} .Values.list[1].x (if@1 .Values.list[1]) (range@1 .Values.list)"),
    );
    check(
        "{{ $n := 1 }}{{ if .Values.yes1 }}{{ $n = 35 }}{{ end }}{{ $n }}",
        values,
        "35",
        &format!("{at} .Values.yes1"),
    );
    check(
        "{{ $d := dict \"n\" .Values.a.b \"m\" .Values.a }}{{ $d.n }}",
        values,
        "7",
        &format!("{at} .Values.a.b"),
    );
    check(
        "{{ $d := dict \"n\" .Values.a.b \"m\" .Values.a }}{{ $d.m.c.d }}",
        values,
        "deep",
        &format!("{at} .Values.a.c.d"),
    );
    check(
        "{{ $m := merge (dict) .Values.a }}{{ $m.b }}",
        values,
        "7",
        &format!("{at} .Values.a.b"),
    );
}

#[test]
fn lines_of_included_texts_lead_into_them() {
    let helpers = "{{ define \"labels\" -}}\napp: {{ .Values.name }}\nteam: core\n{{- end }}\n\
                   {{ define \"name\" }}{{ .Values.name | trunc 5 }}{{ end }}";
    let template = "a:\n  {{- include \"labels\" . | nindent 2 }}\n\
                    b: {{ include \"name\" . | quote }}\nc: {{ printf \"%s-x\" (include \"name\" .) }}\n\
                    {{ template \"labels\" . }}\n";
    let chart = chart("web", &[("templates/_h.tpl", helpers), ("templates/a.yaml", template)]);
    let trace = traced(&chart, "name: longish\n");
    let a = "web/templates/a.yaml";
    let h = "web/templates/_h.tpl";
    assert_eq!(behind(&trace, "longish"), format!("{h}:2 .Values.name < {a}:2 .Values.name"));
    assert_eq!(behind(&trace, "team: core\nb"), format!("{h}:3 < {a}:2 .Values.name"));
    assert_eq!(behind(&trace, "longi\""), format!("{h}:5 .Values.name < {a}:3 .Values.name"));
    assert_eq!(behind(&trace, "longi-x"), format!("{a}:4 .Values.name"));
    let text = trace.file(a).unwrap();
    let last = text.rfind("team").unwrap();
    let origin = &trace.origins(a, last..last + 4)[0];
    assert_eq!(describe(&origin.places[0]), format!("{h}:3"));
    assert_eq!(describe(&origin.places[1]), format!("{a}:5"));
}

#[test]
fn texts_of_tpl_lead_to_the_value_that_holds_them() {
    check(
        "x: {{ tpl .Values.text . }}\n",
        "text: '{{ .Values.b }}-{{ .Values.none }}c'\nb: 1\n",
        "1",
        "gotpl:1 .Values.b < web/templates/a.yaml:1 .Values.text",
    );
}

#[test]
fn what_a_subchart_reads_is_below_its_name() {
    let mut parent = chart("web", &[("templates/a.yaml", "{{ .Values.db.port }}")]);
    let template = "{{ .Values.port }} {{ .Values.global.zone }}";
    parent.dependencies.push(chart("db", &[("templates/b.yaml", template)]));
    let trace = traced(&parent, "db: {port: 5432, global: {zone: eu}}\n");
    let read: Vec<String> = trace.values_read().map(|path| path.to_string()).collect();
    assert!(read.contains(&".db.port".to_owned()) && read.contains(&".db.global.zone".to_owned()));
}

#[test]
fn what_is_used_whole_is_told_from_what_is_passed_on() {
    let helpers = "{{ define \"x\" }}{{ .values.used.a }}{{ end }}";
    let template = "{{ include \"x\" (dict \"values\" .Values) }}{{ toYaml .Values.whole }}\
                    {{ if .Values.off }}{{ .Values.never.read }}{{ .b.relative }}{{ end }}";
    let chart = chart("web", &[("templates/_h.tpl", helpers), ("templates/a.yaml", template)]);
    let trace = traced(&chart, "used: {a: 1, b: 2}\nwhole: {a: {b: 1}}\n");
    let paths = |paths: &mut dyn Iterator<Item = Path>| {
        paths.map(|path| path.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(paths(&mut trace.values_consumed()), ".whole");
    assert!(paths(&mut trace.values_read()).contains(".used.a"));
    assert!(trace.is_mentioned(&["never", "read"]) && trace.is_mentioned(&["any", "relative"]));
    assert!(!trace.is_mentioned(&["never", "seen"]) && !trace.is_mentioned(&["relative"]));
}

#[test]
fn a_failure_tells_what_was_missing() {
    let missing = |template: &str, values: &str| {
        let chart = chart("web", &[("templates/a.yaml", template)]);
        traced(&chart, values).missing().map(|path| path.to_string()).unwrap_or_default()
    };
    assert_eq!(missing("{{ .Values.image.tag }}", "imag: {}"), ".Values.image");
    assert_eq!(missing("{{ $v := .Values.a }}{{ $v.b.c }}", "a: {}"), ".Values.a.b");
    assert_eq!(missing("{{ required \"!\" .Values.a.b }}", "a: {}"), ".Values.a.b");
    assert_eq!(missing("{{ .Values.a.b | required \"!\" }}", "a: {}"), ".Values.a.b");
    assert_eq!(missing("{{ fail \"no\" }}", "a: {}"), "");
}
