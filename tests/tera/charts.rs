//! The charts that windlass brings: the sample beside the Go chart it was made from, and what create writes.

use std::collections::BTreeMap;

use windlass::action::create;
use windlass::chart::Chart;
use windlass::engine::error::Language;
use windlass::{values, yaml};

use crate::{load, render};

/// Renders a chart for `user_values`, and returns its objects by kind and name, and its notes.
fn objects(
    chart: &Chart,
    user_values: &yaml::Map,
) -> (BTreeMap<(String, String), yaml::Value>, String) {
    let mut files = render(chart.clone(), user_values, None).unwrap();
    let notes = files.remove(&format!("{}/templates/NOTES.txt", chart.name())).unwrap();
    let documents = files.values().flat_map(|text| yaml::documents(text));
    let parsed = documents.map(|document| yaml::parse(document.text).unwrap());
    let objects = parsed.filter(|object| !object.is_null()).map(|object| {
        let text =
            |path: &[&str]| object.at(path).and_then(yaml::Value::as_str).unwrap().to_owned();
        ((text(&["kind"]), text(&["metadata", "name"])), object)
    });
    (objects.collect(), notes)
}

/// Checks that two charts give the same objects and notes, and returns the names of the objects.
fn check_same(one: &Chart, other: &Chart, user_values: &str) -> Vec<String> {
    let user_values = values::parse_documents(user_values.as_bytes()).unwrap();
    let (one, notes) = objects(one, &user_values);
    let (other, other_notes) = objects(other, &user_values);
    for (name, object) in &one {
        assert_eq!(Some(object), other.get(name), "{name:?} for {user_values:?}");
    }
    assert_eq!(one.len(), other.len(), "for {user_values:?}");
    assert_eq!(notes, other_notes);
    one.into_keys().map(|(kind, name)| format!("{kind} {name}")).collect()
}

#[test]
fn the_sample_in_tera_gives_the_objects_of_its_go_chart() {
    let (tera, go) = (load("charts/data-pipeline"), load("tests/charts/data-pipeline"));
    let production =
        std::fs::read_to_string("charts/data-pipeline/values-production.yaml").unwrap();
    for user_values in [
        "",
        &production,
        "secrets: {databaseUrl: \"postgresql://user:pass@host:5432/db\"}",
        "image: {tag: \"2.0.0\"}",
        "nameOverride: other",
        "fullnameOverride: a-name-that-is-much-too-long-for-a-label-because-it-has-more-than-63-characters",
        "nameOverride: rel",
        "autoscaling: {minReplicas: 3, targetMemoryUtilizationPercentage: 60}",
        "config: {logLevel: DEBUG, batchSize: \"07\"}",
    ] {
        let names = check_same(&tera, &go, user_values);
        assert_eq!(names.len(), 5, "{names:?}");
    }
    assert_eq!(
        check_same(&tera, &go, "autoscaling: {enabled: false}\nreplicaCount: 3"),
        [
            "ConfigMap rel-data-pipeline-config",
            "Deployment rel-data-pipeline",
            "Secret rel-data-pipeline-secrets",
            "Service rel-data-pipeline",
        ]
    );
    assert_eq!(tera.metadata.version, go.metadata.version);
    assert_eq!(tera.metadata.app_version, go.metadata.app_version);
}

#[test]
fn values_of_the_sample_are_those_of_its_go_chart() {
    let mut tera = load("charts/data-pipeline").values;
    for added in ["nameOverride", "fullnameOverride"] {
        assert_eq!(tera.remove(added), Some(yaml::Value::from("")));
    }
    assert_eq!(tera, load("tests/charts/data-pipeline").values);
}

#[test]
fn created_charts_give_the_same_objects_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["web", "my-chart.v2", "2048", "true"] {
        let [tera, go] = [Language::Tera, Language::Go].map(|language| {
            let parent = folder.path().join(format!("{language:?}"));
            std::fs::create_dir_all(&parent).unwrap();
            let created = create::create(&parent, name, language).unwrap();
            Chart::load(&created.directory).unwrap()
        });
        assert_eq!(tera.name(), name);
        for user_values in [
            "",
            "ingress: {enabled: true}",
            "ingress: {enabled: true, className: nginx, annotations: {a/b: c}, tls: [{secretName: s, hosts: [h]}]}",
            "ingress: {enabled: true, hosts: [{host: h, paths: [{path: /a}, {path: /b, pathType: Exact}]}]}",
            "httpRoute: {enabled: true, annotations: {a: b}}",
            "httpRoute: {enabled: true, hostnames: [], rules: [{filters: [{type: x}]}, {matches: []}]}",
            "autoscaling: {enabled: true, targetMemoryUtilizationPercentage: 70}",
            "serviceAccount: {create: false}",
            "serviceAccount: {name: given, annotations: {a: b}, automount: false}",
            "service: {type: NodePort, port: 8080}",
            "service: {type: LoadBalancer}",
            "{nameOverride: other, replicaCount: 5}",
            "{podAnnotations: {a: b}, podLabels: {c: d}, image: {tag: 3}, resources: {limits: {cpu: 1}}}",
            "{nodeSelector: {x: z}, tolerations: [{key: k}], affinity: {nodeAffinity: {a: b}}}",
            "{volumes: [{name: v}], volumeMounts: [{name: v, mountPath: /m}], imagePullSecrets: [{name: p}]}",
            "{podSecurityContext: {fsGroup: 1}, securityContext: {runAsUser: 2}, livenessProbe: null}",
        ] {
            let names = check_same(&tera, &go, user_values);
            assert!(names.iter().any(|name| name.starts_with("Deployment ")), "{names:?}");
        }
    }
}
