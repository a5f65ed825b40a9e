//! Two runs give the same bytes: what comes out, in which order, and what is said about errors.

use std::path::Path;

use crate::Place;

/// Runs a line in several processes, whose hash maps each have an order of their own.
#[track_caller]
fn same_every_time(place: &Place, line: &str) -> String {
    let says = || {
        let said = place.says(line);
        let timeless = said.lines().filter(|line| !line.starts_with("LAST DEPLOYED: "));
        timeless.collect::<Vec<_>>().join("\n")
    };
    let first = says();
    for _ in 0..4 {
        assert_eq!(says(), first, "{line}");
    }
    first
}

const EVERYTHING: &str = "\
kind: ConfigMap
# values: {{ toJson .Values }}
# print: {{ .Values | quote }}
# keys: {{ keys .Values .Values.m | toJson }}
# values-of: {{ values .Values.m | toJson }}
# pluck: {{ omit .Values \"a\" | toJson }} {{ pick .Values \"m\" \"a\" | toJson }}
# invert: {{ dict \"a\" \"x\" \"b\" \"x\" | toJson }}
# range: {{ range $k, $v := .Values.m }}{{ $k }}={{ $v }},{{ end }}
# files: {{ (.Files.Glob \"*.txt\").AsConfig | quote }}{{ range $n, $_ := .Files.Glob \"**\" }}{{ $n }},{{ end }}
# merged: {{ merge (dict \"z\" 1) .Values.m (dict \"y\" (dict \"q\" 1)) | toYaml | quote }}
# toml: {{ toToml .Values | quote }}
# api: {{ .Capabilities.APIVersions | join \",\" | sha256sum }}
# uniq: {{ uniq (list \"b\" \"a\" \"b\" (list 1) (list 1)) | toJson }}
";

fn place() -> Place {
    let many: String = (0..40).map(|at| format!("  k{}: {at}\n", at * 7919 % 101)).collect();
    let config = |name: &str| format!("kind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let mut place = Place::with_chart("templates/all.yaml", EVERYTHING)
        .with("web/values.yaml", &format!("color: blue\na: 1\nm:\n{many}"))
        .with("web/templates/NOTES.txt", "notes of {{ .Chart.Name }}\n")
        .with("web/templates/z.yaml.tera", "kind: ConfigMap\ndata: {{ values.m | to_json }}\n{% for k, v in values.m %}# {{ k }}={{ v }}\n{% endfor %}");
    for at in 0..12 {
        let name = format!("sub{}", at * 7 % 12);
        place = place
            .with(
                &format!("web/charts/{name}/Chart.yaml"),
                &format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"),
            )
            .with(&format!("web/charts/{name}/templates/c.yaml"), &config(&name))
            .with(&format!("web/charts/{name}/templates/NOTES.txt"), "notes of {{ .Chart.Name }}\n")
            .with(&format!("web/charts/{name}/x.txt"), "x")
            .with(&format!("web/f{at}.txt"), "x");
    }
    place
}

#[test]
fn rendering_twice_gives_the_same() {
    let place = place();
    let said = same_every_time(&place, "template web");
    assert!(said.starts_with("exit code 0") && said.contains("sub11"), "{said}");
    same_every_time(&place, "template web -s templates/all.yaml --set m.x=1,m.y=2,n.o=p");
    same_every_time(&place, "template web --include-crds --skip-tests --debug");
    let notes =
        same_every_time(&place, "install --dry-run=client web ./web --render-subchart-notes");
    assert!(notes.contains("notes of sub11"), "{notes}");
}

#[test]
fn errors_are_the_same_every_time() {
    let place = place();
    for (template, expected) in [
        ("{{ .Values.m.k1.x.y }}", "Error: "),
        ("{{ include \"nowhere\" . }}", "no template"),
        ("{{ fail (print .Values) }}", "map["),
        ("{{ template \"t\" . }}", "not defined"),
        ("a: {{ .Values.m }}\n  b: c", "Error: "),
    ] {
        // Several fail at once, and always the same one is told.
        let place = place_with(template);
        let said = same_every_time(&place, "template web");
        assert!(said.starts_with("exit code 3") && said.contains(expected), "{said}");
    }
    same_every_time(&place, "template web --set a[=1");
    same_every_time(&place, "template web --nothing");
}

fn place_with(template: &str) -> Place {
    (0..6).fold(place(), |place, at| place.with(&format!("web/templates/bad{at}.yaml"), template))
}

/// Every eighth case of the corpus of real charts, where there is one, unless it asks for randomness.
#[test]
#[expect(clippy::disallowed_methods, reason = "the variable that names the corpus")]
fn real_charts_give_the_same_twice() {
    let Some(corpus) = std::env::var_os("WINDLASS_CORPUS") else { return };
    let cases = std::fs::read_dir(Path::new(&corpus).join("given")).expect("the corpus has cases");
    let mut cases: Vec<_> = cases.map(|case| case.expect("it can be read").path()).collect();
    cases.sort();
    let place = Place::new();
    for case in cases.iter().step_by(8) {
        let meta = std::fs::read(case.join("meta.json")).expect("every case has one");
        let meta: serde_json::Value = serde_json::from_slice(&meta).expect("it is JSON");
        if meta["volatile"] == true {
            continue;
        }
        let args = meta["args"].as_array().expect("a list").iter().filter_map(|arg| arg.as_str());
        let args: Vec<&str> = args.collect();
        let run = || {
            let mut command = place.command();
            command.current_dir(case).args(&args);
            place.said(command)
        };
        assert!(run() == run(), "{} differs from run to run", case.display());
    }
}
