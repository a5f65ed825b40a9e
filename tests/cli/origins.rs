//! Where lines come from: `template --show-origin`, errors of rendered YAML, hints, `--strict-values`.

use insta::assert_snapshot;

use crate::Place;

fn chart(values: &str, template: &str) -> Place {
    Place::new()
        .with("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .with("web/values.yaml", values)
        .with("web/templates/a.yaml", template)
}

const OBJECT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Values.name }}
  labels:
    {{- include \"web.labels\" . | nindent 4 }}
data:
  # Settings.
  text: |
    first # {{ .Values.name }}
    second
  folded: this goes on
    {{ .Values.name }} here
  quoted: \"{{ .Values.name }}
    more\"
  flow: {a: 1,
    b: {{ .Values.port }}}
  {{- range .Values.hosts }}
  {{ . }}: x
  {{- end }}

  {{- with .Values.map }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
";

#[test]
fn each_line_says_where_it_comes_from() {
    let values = "name: shop\nport: 80\nhosts: [h1, h2]\nmap: {k1: v, k2: \"a: b\"}\n";
    let place = chart(values, OBJECT).with(
        "web/templates/_h.tpl",
        "{{ define \"web.labels\" }}app: {{ .Values.name }}\nteam: core{{ end }}",
    );
    assert_snapshot!(place.says("template web --show-origin"), @r#"
    exit code 0
    --- stdout
    ---
    # Source: web/templates/a.yaml
    apiVersion: v1  # templates/a.yaml:1
    kind: ConfigMap  # templates/a.yaml:2
    metadata:  # templates/a.yaml:3
      name: release-name-shop  # templates/a.yaml:4 .Release.Name .Values.name
      labels:  # templates/a.yaml:5
        app: shop  # templates/_h.tpl:1 via templates/a.yaml:6 .Values.name
        team: core  # templates/_h.tpl:2 via templates/a.yaml:6
    data:  # templates/a.yaml:7
      # Settings.
      text: |  # templates/a.yaml:9
        first # shop
        second
      folded: this goes on
        shop here
      quoted: "shop
        more"
      flow: {a: 1,  # templates/a.yaml:16
        b: 80}  # templates/a.yaml:17 .Values.port
      h1: x  # templates/a.yaml:19 .Values.hosts[0]
      h2: x  # templates/a.yaml:19 .Values.hosts[1]
      k1: v  # templates/a.yaml:23 .Values.map
      k2: 'a: b'  # templates/a.yaml:23 .Values.map
    "#);
    assert_eq!(
        place.says("template web --show-origin --set name=a#b"),
        place.says("template web --show-origin --set name=a#b")
    );
}

#[test]
fn hooks_and_subcharts_say_it_too() {
    let place = chart("{}", "")
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .with("web/charts/db/values.yaml", "port: 1\n")
        .with(
            "web/charts/db/templates/job.yaml",
            "kind: Job\nmetadata:\n  name: x\n  annotations: {helm.sh/hook: test}\nport: {{ .Values.port }}\n",
        );
    assert_snapshot!(place.says("template web --show-origin"), @"
    exit code 0
    --- stdout

    ---
    # Source: web/charts/db/templates/job.yaml
    kind: Job  # charts/db/templates/job.yaml:1
    metadata:  # charts/db/templates/job.yaml:2
      name: x  # charts/db/templates/job.yaml:3
      annotations: {helm.sh/hook: test}  # charts/db/templates/job.yaml:4
    port: 1  # charts/db/templates/job.yaml:5 .Values.db.port
    ");
}

#[test]
fn rendered_lines_that_are_no_yaml_lead_to_their_templates() {
    let template = "kind: ConfigMap\nmetadata:\n  {{- include \"l\" . | nindent 2 }}\ndata: {}\n";
    let place = chart("a: 1\n", template)
        .with("web/templates/_h.tpl", "{{ define \"l\" }}name: x\n y: {{ .Values.a }}{{ end }}");
    assert_snapshot!(place.says("template web"), @"
    exit code 3
    --- stderr
    Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: line 4: mapping values are not allowed in this context
     --> web/templates/a.yaml:4 (as rendered)
      |
    1 | kind: ConfigMap   <- web/templates/a.yaml:1
    2 | metadata:         <- web/templates/a.yaml:2
    3 |   name: x         <- web/templates/_h.tpl:1 via web/templates/a.yaml:3
    4 >    y: 1           <- web/templates/_h.tpl:2 via web/templates/a.yaml:3
    5 | data: {}          <- web/templates/a.yaml:4

    Use --debug flag to render out invalid YAML
    ");
}

/// Returns the hint that a command gives when a template fails.
fn hint_of(command: &str, file: &str, template: &str) -> String {
    let values = "image:\n  repository: x\n  pullPolicy: Always\nempty: \"\"\n";
    let place = chart(values, "")
        .with("prod.yaml", "# production\nimages: {tag: 1}\n")
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .with("web/charts/db/values.yaml", "port: 1\n")
        .with(&format!("web/{file}"), template);
    let said = place.says(command);
    let hint = said.lines().find(|line| line.starts_with("hint: "));
    hint.unwrap_or("no hint").trim_start_matches("hint: ").to_owned()
}

#[test]
fn a_missing_value_is_named_with_what_is_there() {
    let hint = |template: &str, flags: &str| {
        hint_of(&format!("template web {flags}"), "templates/a.yaml", template)
    };
    assert_snapshot!(hint("{{ .Values.imag.repository }}", ""), @"
    `.Values.imag` is not set, but `.Values.image` is at web/values.yaml:1
    ");
    assert_snapshot!(hint("{{ .Values.nothing.repository }}", ""), @"
    `.Values.nothing` is not set; its default would be in web/values.yaml
    ");
    assert_snapshot!(hint("{{ .Values.image.tag.x }}", ""), @"
    `.Values.image.tag` is not set; `.Values.image` is at web/values.yaml:1
    ");
    assert_snapshot!(hint("{{ .Values.images.tga.x }}", "-f prod.yaml"), @"
    `.Values.images.tga` is not set, but `.Values.images.tag` is at prod.yaml:2
    ");
    assert_snapshot!(hint("{{ required \"!\" .Values.image.pull_policy }}", ""), @"
    `.Values.image.pull_policy` is not set, but `.Values.image.pullPolicy` is at web/values.yaml:3
    ");
    assert_snapshot!(hint("{{ .Values.empty | required \"!\" }}", ""), @"
    `.Values.empty` is empty; it is set at web/values.yaml:4
    ");
    assert_snapshot!(hint("{{ with .Values.image }}{{ .pullpolicy.x }}{{ end }}", ""), @"
    `.Values.image.pullpolicy` is not set, but `.Values.image.pullPolicy` is at web/values.yaml:3
    ");
    assert_snapshot!(hint("{{ .Values.image.repository.name }}", ""), @"
    `.Values.image.repository` is a single value, set at web/values.yaml:2
    ");
    assert_snapshot!(hint("{{ fail \"no\" }}", ""), @"
    no hint
    ");
    assert_snapshot!(hint("{{ .Chart.Nme.x }}", ""), @"
    no hint
    ");
}

#[test]
fn a_missing_value_of_a_tera_template_is_named_with_what_is_there() {
    let hint =
        |template: &str| hint_of("template web -f prod.yaml", "templates/b.yaml.tera", template);
    let cases = [
        "{{ values.imag.repository }}",
        "{{ values.image.pullpolicy | upper }}",
        "{{ values.image.pullpolicy | quote }}",
        "{{ values.image[\"pullpolicy\"] }}",
        "{% for tag in values.images.tags %}{% endfor %}",
        "{{ 1 + values.images.tga }}",
        "{{ values.image.repository.name }}",
        "{{ values.empty | required(message=\"!\") }}",
        "{{ required(message=\"!\", value=values.nothing) }}",
        "{% component web_a() %}{{ values.image.tag }}{% endcomponent web_a %}{{ <web_a /> }}",
    ];
    let hints: Vec<String> = cases.iter().map(|case| format!("{case}\n  {}", hint(case))).collect();
    assert_snapshot!(hints.join("\n"), @r#"
    {{ values.imag.repository }}
      `values.imag` is not set, but `values.image` is at web/values.yaml:1
    {{ values.image.pullpolicy | upper }}
      `values.image.pullpolicy` is not set, but `values.image.pullPolicy` is at web/values.yaml:3
    {{ values.image.pullpolicy | quote }}
      `values.image.pullpolicy` is not set, but `values.image.pullPolicy` is at web/values.yaml:3
    {{ values.image["pullpolicy"] }}
      `values.image.pullpolicy` is not set, but `values.image.pullPolicy` is at web/values.yaml:3
    {% for tag in values.images.tags %}{% endfor %}
      `values.images.tags` is not set, but `values.images.tag` is at prod.yaml:2
    {{ 1 + values.images.tga }}
      `values.images.tga` is not set, but `values.images.tag` is at prod.yaml:2
    {{ values.image.repository.name }}
      `values.image.repository` is a single value, set at web/values.yaml:2
    {{ values.empty | required(message="!") }}
      `values.empty` is empty; it is set at web/values.yaml:4
    {{ required(message="!", value=values.nothing) }}
      `values.nothing` is not set; its default would be in web/values.yaml
    {% component web_a() %}{{ values.image.tag }}{% endcomponent web_a %}{{ <web_a /> }}
      `values.image.tag` is not set; `values.image` is at web/values.yaml:1
    "#);
    let none = [
        "{{ release.nme }}",
        "{% set image = values.image %}{{ image.tag }}",
        "{{ values.nothing + values.never }}",
        "{% if not values.nothing %}{{ fail(message=\"no\") }}{% endif %}",
        "{{ values.image | upper }}",
    ];
    for template in none {
        assert_eq!(hint(template), "no hint", "{template}");
    }
    let below = hint_of("template web", "charts/db/templates/a.yaml.tera", "{{ values.prt }}");
    assert_snapshot!(below, @"`values.db.prt` is not set, but `values.db.port` is at web/charts/db/values.yaml:1");
}

#[test]
fn install_knows_the_users_values_too() {
    let hint = hint_of(
        "install x web --dry-run=client -f prod.yaml",
        "templates/a.yaml",
        "{{ .Values.images.tga.x }}",
    );
    assert_snapshot!(hint, @"`.Values.images.tga` is not set, but `.Values.images.tag` is at prod.yaml:2");
}

const STRICT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data:
  tag: {{ .Values.image.tag | quote }}
  {{- if .Values.on }}
  off: {{ .Values.branch.inside }}
  {{- end }}
  {{- with .Values.scheduling }}
  selector: {{ .nodeSelector | toJson | quote }}
  {{- end }}
  all: {{ toJson .Values.extra | quote }}
  {{- range $key, $value := .Values.env }}
  {{ $key }}: {{ $value.text }}
  {{- end }}
  {{ include \"x\" (dict \"image\" .Values.sidecar) }}
  zone: {{ .Values.global.zone }}
";

#[test]
fn values_that_nothing_reads_are_refused() {
    let place = chart("image:\n  tag: v1\nlist: [1]\nmap: {a: 1}\n", STRICT)
        .with("web/templates/_h.tpl", "{{ define \"x\" }}y: {{ .image.name }}{{ end }}")
        .with("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.0.0, condition: db.enabled, tags: [back]}\n")
        .with("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .with("web/charts/db/templates/a.yaml", "# {{ .Values.port }} {{ .Values.global.region }}\n")
        .with("web/values.schema.json", r#"{"properties": {"later": {"properties": {"size": {}}}}}"#)
        .with("good.yaml", "\
image: {tag: v2}
branch: {inside: 1}
scheduling: {nodeSelector: {a: b}}
extra: {any: {thing: 1}}
env: {A: {text: b}}
sidecar: {name: x}
global: {zone: eu, region: r}
db: {port: 1}
tags: {back: true}
later: {size: 1}
")
        .with("bad.yaml", "\
image:
  tga: v2
imag: {tag: v2}
sidecar:
  nmae: x
db:
  prt: 1
global: {zonne: eu}
list: {a: 1}
map: text
");
    assert!(place.says("template web -f good.yaml --strict-values").starts_with("exit code 0"));
    assert_snapshot!(place.says("template web -f good.yaml -f bad.yaml --set x.y=1 --strict-values"), @"
    exit code 3
    --- stderr
    Error: the chart does not know these values:
      `db.prt` (bad.yaml:7) is read by no template; did you mean `db.port`?
      `global.zonne` (bad.yaml:8) is read by no template; did you mean `global.zone`?
      `imag.tag` (bad.yaml:3) is read by no template; did you mean `image` (web/values.yaml:1)?
      `image.tga` (bad.yaml:2) is read by no template; did you mean `image.tag` (web/values.yaml:2)?
      `list` (bad.yaml:9) is a mapping, where web/values.yaml:3 has a list
      `map` (bad.yaml:10) is a single value, where web/values.yaml:4 has a mapping
      `sidecar.nmae` (bad.yaml:5) is read by no template; did you mean `sidecar.name`?
      `x.y` (--set) is read by no template
    ");
    // Of a subchart that is switched off nothing is known.
    let off =
        place.says("template web -f good.yaml --set db.enabled=false,db.any=1 --strict-values");
    assert!(off.starts_with("exit code 0"), "{off}");
}
