//! Each kind of consequence, and the absence of it.

use serde_json::json;

use super::*;
use crate::cluster::field_changes;

/// Makes a step that turns `live` into `after`; a null stands for what is not there.
fn step(live: Json, after: Json) -> Step {
    let named = if after.is_null() { &live } else { &after };
    let text = |pointer: &str| named.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
    let change = match (&live, &after) {
        (Json::Null, _) => Change::Create,
        (_, Json::Null) => Change::Delete,
        (live, after) if live == after => Change::Unchanged,
        (live, after) => Change::Update(field_changes(live, after)),
    };
    Step {
        object: ObjectRef {
            api_version: "v1".to_owned(),
            kind: text("/kind").to_owned(),
            namespace: Some("shop".to_owned()),
            name: text("/metadata/name").to_owned(),
        },
        change,
        desired: after.clone(),
        live: Some(live).filter(|live| !live.is_null()),
        after: Some(after).filter(|after| !after.is_null()),
        remarks: Vec::new(),
    }
}

fn workload(kind: &str, image: &str, spec: Json) -> Json {
    let pod = json!({
        "containers": [{"name": "web", "image": image, "envFrom": [{"configMapRef": {"name": "env"}}]}],
        "volumes": [{"name": "files", "configMap": {"name": "files"}}, {"name": "key", "secret": {"secretName": "key"}}],
        "serviceAccountName": "web",
    });
    let mut workload =
        json!({"kind": kind, "metadata": {"name": "web"}, "spec": {"template": {"spec": pod}}});
    for (name, value) in spec.as_object().unwrap() {
        workload["spec"][name] = value.clone();
    }
    workload
}

fn config(kind: &str, name: &str, value: &str) -> Json {
    json!({"kind": kind, "metadata": {"name": name}, "data": {"a": value}})
}

#[track_caller]
fn check(steps: Vec<Step>, expected: &[(Effect, &str)]) {
    let mut plan = Plan::default();
    plan.steps = steps;
    let found = consequences(&plan);
    let found: Vec<(Effect, String)> = found
        .into_iter()
        .map(|found| (found.effect, format!("{} {}", found.object, found.text)))
        .collect();
    let found: Vec<(Effect, &str)> =
        found.iter().map(|(effect, text)| (*effect, text.as_str())).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn rolls(kind: &str, spec: Json, effect: Effect, text: &str) {
    let steps = vec![step(workload(kind, "a", spec.clone()), workload(kind, "b", spec))];
    let text = text.replace("IMAGE", "(spec.template.spec.containers[web].image changes)");
    check(steps, &[(effect, &format!("{kind}/web {text}"))]);
}

#[test]
fn a_changed_template_restarts_pods_as_the_strategy_says() {
    use Effect::{Downtime, Restart, Stale};
    let at_once = "restarts IMAGE: 4 pods, at most 1 more and 1 fewer at a time";
    rolls("Deployment", json!({"replicas": 4}), Restart, at_once);
    let one = "restarts IMAGE: 1 pod, at most 1 more and 0 fewer at a time";
    rolls("Deployment", json!({}), Restart, one);
    let rolling = json!({"replicas": 1, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}}});
    let gone = "restarts IMAGE: 1 pod may all be gone at once (maxUnavailable 1)";
    rolls("Deployment", rolling, Downtime, gone);
    let recreate = json!({"replicas": 3, "strategy": {"type": "Recreate"}});
    let stop = "restarts IMAGE: 3 pods stop before new ones start (Recreate)";
    rolls("Deployment", recreate, Downtime, stop);
    rolls(
        "Deployment",
        json!({"paused": true}),
        Stale,
        "does not restart by itself IMAGE: it is paused",
    );
    let one = "restarts IMAGE: its one pod stops before the new one starts";
    rolls("StatefulSet", json!({"replicas": 1}), Downtime, one);
    let three = "restarts IMAGE: 3 pods, at most 0 more and 1 fewer at a time";
    rolls("StatefulSet", json!({"replicas": 3}), Restart, three);
    let nodes = "restarts IMAGE: on 1 node at a time, where no pod runs meanwhile";
    rolls("DaemonSet", json!({}), Downtime, nodes);
}

#[test]
fn a_change_beside_the_template_restarts_nothing() {
    let scaled = |replicas: u64| workload("Deployment", "a", json!({"replicas": replicas}));
    check(vec![step(scaled(1), scaled(3))], &[]);
}

#[test]
fn a_changed_config_is_named_where_its_readers_do_not_restart() {
    let web = || workload("Deployment", "a", json!({}));
    let changed = |kind: &str, name: &str| step(config(kind, name, "1"), config(kind, name, "2"));
    let files = "mount, and they do not restart: the files follow within minutes, but only a process that reads them again notices";
    check(
        vec![
            changed("ConfigMap", "env"),
            changed("Secret", "key"),
            changed("ConfigMap", "other"),
            step(web(), web()),
        ],
        &[
            (
                Effect::Stale,
                "Deployment/web reads ConfigMap/env, which its pods have in variables, and they do not restart: they keep the old ones",
            ),
            (Effect::Stale, &format!("Deployment/web reads Secret/key, which its pods {files}")),
        ],
    );
}

#[test]
fn a_checksum_annotation_restarts_the_readers() {
    let web = |checksum: &str| {
        let mut web = workload("Deployment", "a", json!({}));
        web["spec"]["template"]["metadata"] = json!({"annotations": {"checksum/config": checksum}});
        web
    };
    let config = step(config("ConfigMap", "env", "1"), config("ConfigMap", "env", "2"));
    check(
        vec![config, step(web("1"), web("2"))],
        &[(
            Effect::Restart,
            "Deployment/web restarts (spec.template.metadata.annotations[\"checksum/config\"] changes): 1 pod, at most 1 more and 0 fewer at a time",
        )],
    );
}

#[test]
fn an_immutable_field_says_what_recreation_costs() {
    let database = workload("StatefulSet", "a", json!({"replicas": 1}));
    let mut refused = step(database.clone(), database);
    let field = FieldChange { path: "spec.volumeClaimTemplates".to_owned(), old: None, new: None };
    refused.change =
        Change::Refused(Refusal::Immutable { fields: vec![field.clone()], message: String::new() });
    let cost = "is deleted and made anew: its pods stop, and its claims stay as they are, whatever volumeClaimTemplates says";
    let text = format!(
        "StatefulSet/web has fields that cannot change (spec.volumeClaimTemplates); with `--recreate StatefulSet/web` it {cost}"
    );
    check(vec![refused.clone()], &[(Effect::Immutable, &text)]);
    refused.change = Change::Replace(vec![field]);
    check(vec![refused], &[(Effect::Downtime, &format!("StatefulSet/web {cost}"))]);
}

#[test]
fn a_service_that_selects_others_or_goes_moves_its_traffic() {
    let service = |app: &str, port: u64| json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": app}, "ports": [{"port": port}]}});
    let changes = step(service("a", 80), service("b", 81));
    check(
        vec![changes, step(service("a", 80), Json::Null)],
        &[
            (
                Effect::Traffic,
                "Service/web selects other pods: new connections go to those, or nowhere if there are none",
            ),
            (
                Effect::Traffic,
                "Service/web changes its ports: clients of a port that goes can no longer connect",
            ),
            (Effect::Traffic, "Service/web is deleted: its name and address go"),
        ],
    );
}

#[test]
fn what_goes_is_named_where_others_refer_to_it() {
    let web = || workload("Deployment", "a", json!({}));
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}});
    check(
        vec![
            step(web(), web()),
            step(config("ConfigMap", "env", "1"), Json::Null),
            step(config("ConfigMap", "other", "1"), Json::Null),
            step(claim, Json::Null),
        ],
        &[
            (Effect::Dangling, "ConfigMap/env is deleted, and Deployment/web still refers to it"),
            (
                Effect::Data,
                "PersistentVolumeClaim/data is deleted: the data of the claim goes unless its volume is retained",
            ),
        ],
    );
}
