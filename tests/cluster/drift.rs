//! What people change by hand is found with its field, manager and time, and put back; what
//! controllers do is not.

use std::path::Path;

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use crate::support::{Namespace, plane, variable};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const OBJECTS: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}, annotations: {example.com/owner: shop}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.test/web:1
        args: [--quiet]
        env: [{name: MODE, value: prod}, {name: LEVEL, value: info}]
        volumeMounts: [{name: data, mountPath: /a}, {name: data, mountPath: /b, subPath: b}]
      volumes: [{name: data, emptyDir: {}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled}
spec:
  replicas: 1
  strategy: {type: RollingUpdate, rollingUpdate: null}
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec: {containers: [{name: web, image: "registry.test/web:1", resources: {limits: {cpu: "0.5"}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaled}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {example.com/note: here}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: prod, gone: soon, app.conf: "one\ntwo\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {password: first-password, pin: "1234"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, labels: {app: web}}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: web.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  replicas: 1
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: store, image: "registry.test/store:1", imagePullPolicy: Always}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep}
spec:
  schedule: 0 3 * * *
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "registry.test/sweep:1"}]}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
"#;

/// The collections in which the objects of the chart are, and their names.
const PLACES: [(&str, &str); 14] = [
    ("apps/v1/deployments", "web"),
    ("apps/v1/deployments", "scaled"),
    ("autoscaling/v2/horizontalpodautoscalers", "scaled"),
    ("v1/services", "web"),
    ("v1/configmaps", "settings"),
    ("v1/secrets", "keys"),
    ("v1/serviceaccounts", "web"),
    ("rbac.authorization.k8s.io/v1/roles", "web"),
    ("rbac.authorization.k8s.io/v1/rolebindings", "web"),
    ("networking.k8s.io/v1/ingresses", "web"),
    ("apps/v1/statefulsets", "store"),
    ("batch/v1/cronjobs", "sweep"),
    ("policy/v1/poddisruptionbudgets", "web"),
    ("networking.k8s.io/v1/networkpolicies", "web"),
];

fn installed(topic: &str, more: &[&str]) -> Namespace {
    let namespace = Namespace::new(topic);
    let sandbox = namespace.sandbox();
    sandbox.write("web/Chart.yaml", CHART);
    sandbox.write("web/templates/all.yaml", OBJECTS);
    namespace.windlass([&["install", "web", "web"], more].concat()).success();
    namespace
}

/// Returns the path of an object.
fn path(namespace: &Namespace, (resource, name): (&str, &str)) -> String {
    let (version, plural) = resource.rsplit_once('/').expect("the API server gives it");
    let root = if version.contains('/') { "apis" } else { "api" };
    format!("/{root}/{version}/namespaces/{}/{plural}/{name}", namespace.name())
}

/// Changes an object as a program of that name does.
fn edit(namespace: &Namespace, place: (&str, &str), manager: &str, change: &Value) {
    let path = path(namespace, place);
    plane().api().merge(&format!("{path}?fieldManager={manager}"), change);
}

/// A change by hand: the object, the program, the change, and the fields that are then another.
type Edit =
    ((&'static str, &'static str), &'static str, Value, &'static [(&'static str, &'static str)]);

fn edits() -> Vec<Edit> {
    let (edit, patch, apply) = ("kubectl-edit", "kubectl-patch", "kubectl-client-side-apply");
    let web = ("apps/v1/deployments", "web");
    let settings = ("v1/configmaps", "settings");
    vec![
        (
            web,
            edit,
            json!({"spec": {"replicas": 5, "template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}),
            &[("spec.replicas", "changed"), ("spec.template.spec.nodeSelector", "added")],
        ),
        (
            web,
            patch,
            json!({"spec": {"template": {"spec": {"containers": [
            {"name": "web", "image": "registry.test/web:hotfix", "args": ["--quiet", "--trace"],
             "env": [{"name": "MODE", "value": "debug"}, {"name": "EXTRA", "value": "1"}],
             "volumeMounts": [{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/b", "subPath": "c"}]},
            {"name": "shell", "image": "registry.test/shell:1"}]}}}}),
            &[
                ("spec.template.spec.containers[web].image", "changed"),
                ("spec.template.spec.containers[web].args[1]", "added"),
                ("spec.template.spec.containers[web].env[MODE].value", "changed"),
                ("spec.template.spec.containers[web].env[EXTRA]", "added"),
                ("spec.template.spec.containers[web].env[LEVEL]", "removed"),
                ("spec.template.spec.containers[web].volumeMounts[1].subPath", "changed"),
                ("spec.template.spec.containers[shell]", "added"),
            ],
        ),
        (
            web,
            "kubectl-label",
            json!({"metadata": {"labels": {"team": "blue", "app": "other"}}}),
            &[("metadata.labels.team", "added"), ("metadata.labels.app", "changed")],
        ),
        (
            web,
            "kubectl-annotate",
            json!({"metadata": {"annotations": {"example.com/owner": "me", "example.com/why": "test"}}}),
            &[
                ("metadata.annotations[\"example.com/owner\"]", "changed"),
                ("metadata.annotations[\"example.com/why\"]", "added"),
            ],
        ),
        (web, "kubectl-rollout", json!({"spec": {"paused": true}}), &[("spec.paused", "added")]),
        (
            web,
            "Mozilla",
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
            &[("spec.strategy.type", "changed")],
        ),
        (
            ("v1/services", "web"),
            edit,
            json!({"metadata": {"annotations": {"example.com/note": null}},
            "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 9090}], "sessionAffinity": "ClientIP"}}),
            &[
                ("spec.ports[http].targetPort", "changed"),
                ("spec.sessionAffinity", "changed"),
                ("spec.sessionAffinityConfig", "added"),
                ("metadata.annotations[\"example.com/note\"]", "removed"),
            ],
        ),
        (
            ("v1/services", "web"),
            patch,
            json!({"spec": {"selector": {"tier": "front"}}}),
            &[("spec.selector.tier", "added")],
        ),
        (
            settings,
            apply,
            json!({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}},
            "data": {"mode": "debug", "extra.conf": "more", "app.conf": "one\nthree\n"}}),
            &[
                ("data.mode", "changed"),
                ("data[\"app.conf\"]", "changed"),
                ("data[\"extra.conf\"]", "added"),
            ],
        ),
        (settings, edit, json!({"data": {"gone": null}}), &[("data.gone", "removed")]),
        (
            ("v1/secrets", "keys"),
            edit,
            json!({"stringData": {"password": "second-password", "token": "third-password"}}),
            &[("data.password", "changed"), ("data.token", "added")],
        ),
        (
            ("v1/secrets", "keys"),
            patch,
            json!({"data": {"pin": "OTg3Ng=="}}),
            &[("data.pin", "changed")],
        ),
        (
            ("v1/serviceaccounts", "web"),
            edit,
            json!({"automountServiceAccountToken": true, "imagePullSecrets": [{"name": "registry"}],
            "metadata": {"labels": {"app": null, "app.kubernetes.io/managed-by": "me"}}}),
            &[
                ("automountServiceAccountToken", "changed"),
                ("imagePullSecrets", "added"),
                ("metadata.labels[\"app.kubernetes.io/managed-by\"]", "changed"),
                ("metadata.labels.app", "removed"),
            ],
        ),
        (
            ("rbac.authorization.k8s.io/v1/roles", "web"),
            edit,
            json!({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "delete"]}]}),
            &[("rules[0].verbs[1]", "added")],
        ),
        (
            ("rbac.authorization.k8s.io/v1/rolebindings", "web"),
            patch,
            json!({"subjects": [
            {"kind": "ServiceAccount", "name": "web"}, {"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}]}),
            &[("subjects[eve]", "added")],
        ),
        (
            ("networking.k8s.io/v1/ingresses", "web"),
            apply,
            json!({"spec": {"ingressClassName": "other", "tls": [{"hosts": ["a.example.com"]}], "rules": [
            {"host": "a.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}}}]}}]}}),
            &[
                ("spec.rules[0].host", "changed"),
                ("spec.ingressClassName", "added"),
                ("spec.tls", "added"),
            ],
        ),
        (
            ("apps/v1/statefulsets", "store"),
            "kubectl",
            json!({"spec": {"replicas": 3, "template": {"spec": {"terminationGracePeriodSeconds": 5}}}}),
            &[
                ("spec.replicas", "changed"),
                ("spec.template.spec.terminationGracePeriodSeconds", "changed"),
            ],
        ),
        (
            ("batch/v1/cronjobs", "sweep"),
            patch,
            json!({"spec": {"suspend": true, "schedule": "0 4 * * *"}}),
            &[("spec.schedule", "changed"), ("spec.suspend", "changed")],
        ),
        (
            ("autoscaling/v2/horizontalpodautoscalers", "scaled"),
            edit,
            json!({"spec": {"maxReplicas": 9}}),
            &[("spec.maxReplicas", "changed")],
        ),
        (
            ("policy/v1/poddisruptionbudgets", "web"),
            edit,
            json!({"spec": {"minAvailable": 0}}),
            &[("spec.minAvailable", "changed")],
        ),
        (
            ("networking.k8s.io/v1/networkpolicies", "web"),
            edit,
            json!({"spec": {"ingress": [{}], "podSelector": {"matchLabels": {"app": "other"}}}}),
            &[("spec.podSelector.matchLabels.app", "changed"), ("spec.ingress", "added")],
        ),
    ]
}

/// Reads the drift of the release `web` as JSON, with the exit code that goes with it.
#[track_caller]
fn drift(namespace: &Namespace, code: i32) -> Value {
    let output = namespace.windlass(["drift", "web", "-o", "json"]);
    assert_eq!(output.code, code, "{output}");
    serde_json::from_str::<Value>(&output.stdout).expect("it is JSON")[0].take()
}

/// What the chart's objects are, without what the API server and controllers note.
fn contents(namespace: &Namespace) -> Vec<Value> {
    let content = |(resource, name): (&str, &str)| {
        let mut object = namespace.get(resource, name);
        object.as_object_mut().expect("the API server gives it").remove("status");
        let metadata = object["metadata"].as_object_mut().expect("the API server gives it");
        metadata.retain(|key, _| ["name", "labels", "annotations"].contains(&key.as_str()));
        if let Some(annotations) = metadata.get_mut("annotations") {
            annotations.as_object_mut().expect("the API server gives it").retain(|name, _| {
                !name.starts_with("deployment.kubernetes.io/")
                    && !name.starts_with("kubectl.kubernetes.io/")
            });
        }
        object
    };
    PLACES.into_iter().map(content).collect()
}

/// Lets the autoscaler have its way: through the subresource that it uses.
fn scale(namespace: &Namespace) {
    let scaled = path(namespace, ("apps/v1/deployments", "scaled"));
    let scale = format!("{scaled}/scale?fieldManager=kube-controller-manager");
    plane().api().merge(&scale, &json!({"spec": {"replicas": 2}}));
}

/// Makes all changes, and checks that each is found with its author, and put back.
fn found_and_repaired(topic: &str, more: &[&str]) {
    let namespace = installed(topic, more);
    scale(&namespace);
    assert_eq!(drift(&namespace, 0)["drifted"], false);
    let before = contents(&namespace);
    let edits = edits();
    for (place, manager, change, _) in &edits {
        edit(&namespace, *place, manager, change);
    }
    let at_rest = Snapshot::at_rest(&namespace);
    let found = drift(&namespace, 2);
    let text = namespace.windlass(["drift", "web"]).failure(2).stdout;
    let changes = at_rest.differences(&Snapshot::of(&namespace));
    assert_eq!(changes, "", "drift only reads");
    for secret in
        ["first-password", "second-password", "third-password", "c2Vjb25k", "OTg3Ng", "9876"]
    {
        assert!(!found.to_string().contains(secret) && !text.contains(secret), "{secret}: {text}");
    }
    assert!(
        text.starts_with(&format!(
            "web in {}, revision 1: 13 of 14 objects drifted\n",
            namespace.name()
        )),
        "{text}"
    );
    let (mut expected, mut misses) = (0, Vec::new());
    for (place, manager, _, fields) in &edits {
        let live = namespace.get(place.0, place.1);
        let entries =
            live["metadata"]["managedFields"].as_array().expect("the API server gives it");
        let entry = entries.iter().find(|entry| entry["manager"] == *manager);
        let objects = found["objects"].as_array().expect("the API server gives it");
        let object =
            objects.iter().find(|one| one["kind"] == live["kind"] && one["name"] == place.1);
        for (path, change) in *fields {
            expected += 1;
            let of_object = object.and_then(|object| object["fields"].as_array());
            let field = of_object.and_then(|fields| fields.iter().find(|one| one["path"] == *path));
            let is_named = field.is_some_and(|field| match *change {
                // Nobody is noted who takes a field away.
                "removed" => field.get("manager").is_none(),
                _ => {
                    field["manager"] == *manager
                        && field["time"] == entry.expect("the API server gives it")["time"]
                }
            });
            let is_found = field.is_some_and(|field| field["change"] == *change);
            if !(is_named && is_found) {
                misses.push(format!(
                    "{}/{} {path} ({change} by {manager}): {field:?}",
                    live["kind"], place.1
                ));
            }
        }
    }
    let all: Vec<&Value> = found["objects"]
        .as_array()
        .expect("the API server gives it")
        .iter()
        .flat_map(|object| object["fields"].as_array().expect("the API server gives it"))
        .collect();
    assert!(misses.is_empty(), "{}\n{text}", misses.join("\n"));
    assert_eq!(all.len(), expected, "what nobody changed is found: {text}");
    assert!(expected >= 30, "{expected}");

    namespace.windlass(["upgrade", "web", "--repair"]).success();
    let after = contents(&namespace);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(drift(&namespace, 0)["revision"], 2);
    assert_eq!(namespace.get("apps/v1/deployments", "scaled")["spec"]["replicas"], 2);
    let history = namespace.windlass(["history", "web"]).success().stdout;
    assert!(history.contains("Repair of revision 1"), "{history}");
}

#[test]
fn changes_by_hand_are_found_with_their_authors_and_put_back() {
    found_and_repaired("drift", &[]);
}

#[test]
fn releases_that_are_applied_as_by_helm_3_drift_and_are_repaired_too() {
    found_and_repaired("drift-csa", &["--server-side=false"]);
}

#[test]
fn what_is_gone_is_found_for_all_releases_and_made_again_by_an_upgrade() {
    let namespace = installed("drift-all", &[]);
    namespace.sandbox().write("small/Chart.yaml", "apiVersion: v2\nname: small\nversion: 1.0.0\n");
    let kept = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}\ndata: {a: b}\n";
    let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: post-install, helm.sh/hook-delete-policy: hook-succeeded}}\n";
    namespace.sandbox().write("small/templates/all.yaml", &format!("{kept}---\n{hook}"));
    namespace.windlass(["install", "small", "small"]).success();
    let output = namespace.windlass(["drift", "--all"]).success().stdout;
    let name = namespace.name();
    assert_eq!(
        output,
        format!(
            "small in {name}, revision 1: no drift in 1 object\nweb in {name}, revision 1: no drift in 14 objects\n"
        )
    );

    // A restart, a number of replicas that nobody stated, and what a controller sets are no drift.
    let store = ("apps/v1/statefulsets", "store");
    let restarted = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    let restart = json!({"spec": {"template": {"metadata": {"annotations": restarted}}}});
    edit(&namespace, store, "kubectl-rollout", &restart);
    edit(&namespace, store, "some-operator", &json!({"metadata": {"labels": {"operator": "x"}}}));
    edit(&namespace, store, "some-operator", &json!({"spec": {"replicas": 4}}));
    assert_eq!(drift(&namespace, 0)["objects"], json!([]));

    for place in [("v1/configmaps", "kept"), ("v1/services", "web")] {
        plane().api().delete(&path(&namespace, place)).expect("the API server gives it");
    }
    let output = namespace.windlass(["drift", "--all"]).failure(2).stdout;
    assert!(output.contains("small in "), "{output}");
    assert!(
        output.contains("revision 1: 1 of 1 object drifted\n  - ConfigMap/kept is gone\n"),
        "{output}"
    );
    assert!(
        output.contains("revision 1: 1 of 14 objects drifted\n  - Service/web is gone\n"),
        "{output}"
    );
    let found = drift(&namespace, 2);
    assert_eq!(
        found,
        json!({"name": "web", "namespace": name, "revision": 1, "status": "deployed", "drifted": true, "checked": 14,
            "objects": [{"apiVersion": "v1", "kind": "Service", "namespace": name, "name": "web", "state": "missing", "fields": []}]})
    );
    let everywhere = namespace.windlass(["drift", "-A", "-o", "json"]).stdout;
    assert!(
        everywhere.contains(&format!("\"name\":\"small\",\"namespace\":\"{name}\"")),
        "{everywhere}"
    );

    edit(
        &namespace,
        ("v1/configmaps", "settings"),
        "kubectl-edit",
        &json!({"data": {"mode": "mine", "new": "x"}}),
    );
    let plan = namespace.windlass(["plan", "upgrade", "web", "web", "--repair"]).success().stdout;
    for words in [
        "+ create    Service/web",
        "data.mode: mine → prod",
        "- data.new: x",
        "data.new: set by kubectl-edit, at ",
    ] {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    namespace.windlass(["upgrade", "web", "web", "--repair"]).success();
    namespace.windlass(["upgrade", "small", "--repair"]).success();
    namespace.windlass(["drift", "--all"]).success();
    assert_eq!(namespace.get(store.0, store.1)["spec"]["replicas"], 4, "left to the operator");
    let pods = &namespace.get(store.0, store.1)["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(*pods, restarted, "a repair restarts nothing");

    namespace.windlass(["drift", "nothing"]).failure(5);
    // 2 says that there is drift, and nothing else.
    for wrong in [&["drift"][..], &["drift", "web", "--all"], &["drift", "web", "--wrong"]] {
        namespace.windlass(wrong).failure(1);
    }
    for wrong in [
        &["upgrade", "web", "--repair", "--set", "a=b"][..],
        &["upgrade", "web", "--repair", "--force-conflicts"],
        &["upgrade", "web"],
    ] {
        namespace.windlass(wrong).failure(2);
    }
}

#[test]
fn fresh_releases_have_no_drift() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut charts: Vec<String> =
        ["charts", "tests/charts"].iter().map(|of| format!("{root}/{of}/data-pipeline")).collect();
    match variable("WINDLASS_CORPUS") {
        Some(corpus) => {
            // None of these has an admission webhook, which would be in the way of other tests.
            let charts_of = Path::new(&corpus).join("given/charts");
            let given = [
                "fluent-bit",
                "influxdb2",
                "cockroachdb",
                "jenkins",
                "kafka-ui",
                "metabase",
                "nats",
                "qdrant",
                "weaviate",
                "vector",
            ];
            charts.extend(given.iter().map(|chart| charts_of.join(chart).display().to_string()));
        }
        None => eprintln!("WINDLASS_CORPUS is not set, so only our own charts are installed"),
    }
    let check = |chart: &String| {
        let namespace = Namespace::new("drift-fresh");
        namespace.windlass(["install", namespace.name(), chart, "--no-hooks"]).success();
        let output = namespace.windlass(["drift", namespace.name()]);
        assert_eq!(output.code, 0, "{chart}: {output}");
        let before = Snapshot::of(&namespace);
        assert!(before.names().count() > 3, "{chart}");
        namespace.windlass(["uninstall", namespace.name(), "--no-hooks"]).success();
    };
    std::thread::scope(|scope| {
        let running: Vec<_> =
            charts.iter().map(|chart| scope.spawn(move || check(chart))).collect();
        for one in running {
            one.join().expect("a fresh release has no drift");
        }
    });
}
