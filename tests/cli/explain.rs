//! `explain`, and the other answers that come from the trace.

use insta::assert_snapshot;

use crate::Place;

const CHART: &str =
    "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0}]\n";

const VALUES: &str = "\
# The image of the shop.
image:
  repository: shop
  tag: v1
replicas: 1
resources:
  limits:
    cpu: 100m
hosts:
  - name: a.example
global:
  zone: eu
db:
  port: 5432
";

const HELPERS: &str = "\
{{- define \"shop.labels\" -}}
app: {{ .Release.Name }}
zone: {{ .Values.global.zone }}
{{- end }}
{{- define \"shop.image\" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default \"latest\" }}
{{- end }}
";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    {{- include \"shop.labels\" . | nindent 4 }}
  annotations:
    a.b/note: |
      hosts:
      {{- range .Values.hosts }}
      {{ .name }}
      {{- end }}
spec:
  {{- if gt (int .Values.replicas) 0 }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  template:
    spec:
      containers:
        - name: web
          image: {{ include \"shop.image\" . | quote }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          env:
            {{- range $index, $host := .Values.hosts }}
            - name: HOST_{{ $index }}
              value: {{ $host.name }}
            {{- end }}
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: db
  labels: {zone: {{ .Values.global.zone }}}
spec:
  ports: [{port: {{ .Values.port }}}]
";

fn shop() -> Place {
    Place::new()
        .with("shop/Chart.yaml", CHART)
        .with("shop/values.yaml", VALUES)
        .with("shop/templates/_helpers.tpl", HELPERS)
        .with("shop/templates/deployment.yaml", DEPLOYMENT)
        .with("shop/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n")
        .with("shop/charts/db/values.yaml", "port: 1\nglobal: {zone: none}\n")
        .with("shop/charts/db/templates/service.yaml", SERVICE)
        .with("prod.yaml", "image:\n  tag: v2\nreplicas: 2\n")
}

#[test]
fn a_value_is_shown_with_all_layers_that_set_it() {
    assert_snapshot!(shop().says("explain shop deployment/web .spec.replicas -f prod.yaml --set replicas=3"), @r#"
    exit code 0
    --- stdout
    Deployment/web .spec.replicas
      3

    written by shop/templates/deployment.yaml:15
          replicas: {{ .Values.replicas }}
      inside if at shop/templates/deployment.yaml:14: .Values.replicas

    .Values.replicas
      shop/values.yaml:5  1
      prod.yaml:3         2
    > --set               3
    "#);
}

#[test]
fn an_included_text_leads_to_the_line_that_wrote_it() {
    let place = shop();
    assert_snapshot!(place.says("explain shop deploy/web .spec.template.spec.containers[web].image -f prod.yaml"), @r#"
    exit code 0
    --- stdout
    Deployment/web .spec.template.spec.containers[0].image
      shop:v2

    written by shop/templates/_helpers.tpl:6 (shop.image)
          {{ .Values.image.repository }}:{{ .Values.image.tag | default "latest" }}
      called from shop/templates/deployment.yaml:21
          image: {{ include "shop.image" . | quote }}

    .Values.image.repository
    > shop/values.yaml:3  "shop"

    .Values.image.tag
      shop/values.yaml:4  "v1"
    > prod.yaml:2         "v2"
    "#);
    assert_snapshot!(place.says("explain shop deployments/web .metadata.labels.app"), @r#"
    exit code 0
    --- stdout
    Deployment/web .metadata.labels.app
      release-name

    written by shop/templates/_helpers.tpl:2 (shop.labels)
          app: {{ .Release.Name }}
      called from shop/templates/deployment.yaml:6
          {{- include "shop.labels" . | nindent 4 }}

    also read: .Release.Name
    "#);
}

#[test]
fn parts_of_a_map_that_is_passed_whole_are_found_in_it() {
    let place = shop();
    assert_snapshot!(place.says("explain shop deploy/web .spec.template.spec.containers[0].resources.limits.cpu"), @r#"
    exit code 0
    --- stdout
    Deployment/web .spec.template.spec.containers[0].resources.limits.cpu
      100m

    written by shop/templates/deployment.yaml:23
          {{- toYaml .Values.resources | nindent 12 }}

    .Values.resources.limits.cpu
    > shop/values.yaml:8  "100m"
    "#);
    assert_snapshot!(place.says("explain shop deploy/web .spec.template.spec.containers[0].env[HOST_0].value"), @r#"
    exit code 0
    --- stdout
    Deployment/web .spec.template.spec.containers[0].env[0].value
      a.example

    written by shop/templates/deployment.yaml:27
          value: {{ $host.name }}
      inside range at shop/templates/deployment.yaml:25: .Values.hosts

    .Values.hosts[0].name
    > shop/values.yaml:10  "a.example"
    "#);
    assert_snapshot!(place.says("explain shop deploy/web .metadata.annotations[\"a.b/note\"]"), @r#"
    exit code 0
    --- stdout
    Deployment/web .metadata.annotations["a.b/note"]
      hosts:
      a.example

    written by shop/templates/deployment.yaml:11
          {{ .name }}
      inside range at shop/templates/deployment.yaml:10: .Values.hosts

    .Values.hosts[0].name
    > shop/values.yaml:10  "a.example"
    "#);
}

#[test]
fn values_of_subcharts_show_what_the_parent_and_globals_set() {
    let place = shop();
    assert_snapshot!(place.says("explain shop svc/db .spec.ports[0].port --set db.port=7"), @r#"
    exit code 0
    --- stdout
    Service/db .spec.ports[0].port
      7

    written by shop/charts/db/templates/service.yaml:7
          ports: [{port: {{ .Values.port }}}]

    .Values.db.port
      shop/charts/db/values.yaml:1 (.port)  1
      shop/values.yaml:14                   5432
    > --set                                 7
    "#);
    assert_snapshot!(place.says("explain shop svc/db .metadata.labels.zone --set global.zone=us"), @r#"
    exit code 0
    --- stdout
    Service/db .metadata.labels.zone
      us

    written by shop/charts/db/templates/service.yaml:5
          labels: {zone: {{ .Values.global.zone }}}

    .Values.db.global.zone
      shop/charts/db/values.yaml:2 (.global.zone)  "none"
      shop/values.yaml:12 (.global.zone)           "eu"
    > --set (.global.zone)                         "us"
    "#);
}

#[test]
fn json_has_it_all() {
    assert_snapshot!(shop().says("explain shop deploy/web .spec.replicas -o json -f prod.yaml"), @r#"
    exit code 0
    --- stdout
    {"object":"Deployment/web","path":".spec.replicas","value":2,"written_by":[[{"file":"shop/templates/deployment.yaml","template":"shop/templates/deployment.yaml","line":15,"source":"replicas: {{ .Values.replicas }}","reads":[".Values.replicas"],"conditions":[{"keyword":"if","file":"shop/templates/deployment.yaml","line":14,"reads":[".Values.replicas"]}]}]],"values":[{"path":".Values.replicas","layers":[{"source":"shop/values.yaml","line":5,"path":".replicas","value":1,"wins":false},{"source":"prod.yaml","line":3,"path":".replicas","value":2,"wins":true}]}],"also_read":[]}
    "#);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let place = shop();
    assert_snapshot!(place.says("explain shop deployment/wep .spec"), @r#"
    exit code 5
    --- stderr
    Error: the chart renders no object `deployment/wep`
    hint: there is Deployment/web
    "#);
    assert_snapshot!(place.says("explain shop deployment/web .spec.replica"), @r#"
    exit code 5
    --- stderr
    Error: `Deployment/web` has nothing at `.spec.replica`
    hint: `.spec` has .replicas, .template
    "#);
    assert_snapshot!(place.says("explain shop deployment/web .spec..x"), @r#"
    exit code 3
    --- stderr
    Error: cannot read the path `.spec..x`
    hint: write it as `.spec.containers[web].image` or `["a.b"]`
    "#);
}

#[test]
fn lines_of_tera_are_known_by_their_shape() {
    let template = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: tera
data:
{% for host in values.hosts %}
  {{ host.name }}: yes
{% endfor %}
  image: \"{{ values.image.tag }}\"
";
    let place = shop().with("shop/templates/config.yaml.tera", template);
    assert_snapshot!(place.says("explain shop cm/tera .data.image -f prod.yaml"), @r#"
    exit code 0
    --- stdout
    ConfigMap/tera .data.image
      v2

    written by shop/templates/config.yaml.tera:9
          image: "{{ values.image.tag }}"

    .Values.image.tag
      shop/values.yaml:4  "v1"
    > prod.yaml:2         "v2"
    "#);
    assert_snapshot!(
        place.says("template shop --show-origin -s templates/config.yaml.tera"),
        @r#"
        exit code 0
        --- stdout
        ---
        # Source: shop/templates/config.yaml.tera
        apiVersion: v1  # templates/config.yaml.tera:1
        kind: ConfigMap  # templates/config.yaml.tera:2
        metadata:  # templates/config.yaml.tera:3
          name: tera  # templates/config.yaml.tera:4
        data:  # templates/config.yaml.tera:5

          a.example: yes  # templates/config.yaml.tera:7

          image: "v1"  # templates/config.yaml.tera:9 .Values.image.tag
        "#
    );
}
