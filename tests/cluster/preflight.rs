//! `preflight`: each mistake of a list is found by its code, all at once, and nothing is found on charts that install.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Namespace, Output};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// What is in the cluster besides.
const AROUND: &str = "
apiVersion: v1
kind: Secret
metadata: {name: there}
stringData: {user: ann}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: team}
spec: {hard: {pods: '4', requests.cpu: '3', configmaps: '20', limits.memory: 100Gi}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: bounds}
spec: {limits: [{type: Container, max: {cpu: '100'}, default: {memory: 64Mi, cpu: '1'}, defaultRequest: {cpu: 100m, memory: 64Mi}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: foreign}
data: {a: b}
";

const GOOD: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: runner
      volumes:
      - {name: a, configMap: {name: settings, items: [{key: color, path: color}]}}
      - {name: b, secret: {secretName: there}}
      - {name: c, configMap: {name: nowhere, optional: true}}
      containers:
      - name: main
        image: example.test/web:1
        env: [{name: USER, valueFrom: {secretKeyRef: {name: there, key: user}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}, tls: [{secretName: made-later}]}
";

/// Wraps the specification of pods in a Deployment of one replica.
fn deployment(name: &str, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec: {pod}\n"
    )
}

/// Each mistake: the code, a piece of the text, and the object.
fn mistakes() -> Vec<(&'static str, &'static str, String)> {
    let pod = |extra: &str| {
        deployment(
            "bad",
            &format!("{{{extra}containers: [{{name: main, image: 'example.test/a:1'}}]}}"),
        )
    };
    let container = |extra: &str| {
        deployment(
            "bad",
            &format!("{{containers: [{{name: main, image: 'example.test/a:1', {extra}}}]}}"),
        )
    };
    let volume = |source: &str| pod(&format!("volumes: [{{name: v, {source}}}], "));
    vec![
        ("missing-config-map", "ConfigMap `none`", volume("configMap: {name: none}")),
        ("missing-config-map", "ConfigMap `none`", container("envFrom: [{configMapRef: {name: none}}]")),
        ("missing-config-map", "ConfigMap `none`", volume("projected: {sources: [{configMap: {name: none}}]}")),
        ("missing-key", "has no key `size`; it has color", container("env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: size}}}]")),
        ("missing-key", "has no key `size`; it has color", volume("configMap: {name: settings, items: [{key: size, path: size}]}")),
        ("missing-key", "has no key `password`; it has user", container("env: [{name: A, valueFrom: {secretKeyRef: {name: there, key: password}}}]")),
        ("missing-secret", "Secret `none`", volume("secret: {secretName: none}")),
        ("missing-secret", "Secret `none`", container("env: [{name: A, valueFrom: {secretKeyRef: {name: none, key: a}}}]")),
        ("missing-secret", "Secret `pull`", pod("imagePullSecrets: [{name: pull}], ")),
        ("missing-service-account", "ServiceAccount `none`", pod("serviceAccountName: none, ")),
        ("missing-claim", "PersistentVolumeClaim `data`", volume("persistentVolumeClaim: {claimName: data}")),
        ("missing-priority-class", "PriorityClass `high`", pod("priorityClassName: high, ")),
        ("missing-runtime-class", "RuntimeClass `gvisor`", pod("runtimeClassName: gvisor, ")),
        ("missing-storage-class", "StorageClass `fast`", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: bad}\nspec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n".to_owned()),
        ("missing-storage-class", "StorageClass `fast`", "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: bad}\nspec:\n  serviceName: web\n  selector: {matchLabels: {app: bad}}\n  template: {metadata: {labels: {app: bad}}, spec: {containers: [{name: main, image: 'example.test/a:1'}]}}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n".to_owned()),
        ("missing-ingress-class", "IngressClass `nginx`", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: bad}\nspec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}\n".to_owned()),
        ("missing-service", "Service `none`", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: bad}\nspec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: none, port: {number: 80}}}}]}}]}\n".to_owned()),
        ("quota-exceeded", "allows 4 of pods, 0 are used, and this needs 7 more", deployment("bad", "{containers: [{name: main, image: 'example.test/a:1'}]}").replace("spec:\n  selector", "spec:\n  replicas: 5\n  selector")),
        ("quota-exceeded", "allows 3 of requests.cpu, 0 are used, and this needs 4200m more", container("resources: {requests: {cpu: '4'}, limits: {cpu: '5'}}")),
        ("limit-exceeded", "container main wants 101 of cpu, the namespace allows 100", container("resources: {limits: {cpu: '101'}, requests: {cpu: '1'}}")),
        ("no-node", "a pod asks for 65 of cpu; the largest node has 64", container("resources: {requests: {cpu: '65'}, limits: {cpu: '65'}}")),
        ("no-node", "no node has the labels disk=ssd", pod("nodeSelector: {disk: ssd}, ")),
        ("blocking-disruption-budget", "lets no pod of Deployment/web go (minAvailable 2 of 2)", "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: bad}\nspec: {minAvailable: 2, selector: {matchLabels: {app: web}}}\n".to_owned()),
        ("removed-api", "Kubernetes 1.40 and later have no", "apiVersion: admissionregistration.k8s.io/v1beta1\nkind: MutatingAdmissionPolicyBinding\nmetadata: {name: bad}\nspec: {policyName: x}\n".to_owned()),
        ("no-such-kind", "the cluster has no kind `Thing`", "apiVersion: example.test/v1\nkind: Thing\nmetadata: {name: bad}\n".to_owned()),
        ("foreign-object", "is not part of this release", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign}\ndata: {a: c}\n".to_owned()),
        ("rejected", "invalid", "apiVersion: v1\nkind: Service\nmetadata: {name: Bad_Name}\nspec: {ports: [{port: 80}]}\n".to_owned()),
    ]
}

fn findings(output: &Output) -> Vec<(String, String)> {
    let found: Value = serde_json::from_str(&output.stdout).expect("it is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = found["findings"].as_array().expect("there is a list");
    found.iter().map(|one| (text(&one["code"]), text(&one["text"]))).collect()
}

fn look(namespace: &Namespace, more: &str) -> Output {
    namespace.sandbox().write("web/templates/more.yaml", more);
    let words = ["preflight", "install", "web", "web", "-o", "json"];
    namespace.windlass(words.into_iter().chain(["--target-kube-version", "1.40"]))
}

fn prepared(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.apply(AROUND);
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/templates/good.yaml", GOOD);
    crate::support::eventually("the quota is counted", || {
        let quota = namespace.get("v1/resourcequotas", "team");
        quota.pointer("/status/used/pods").map(drop)
    });
    namespace
}

#[test]
fn each_mistake_is_found_and_nothing_else() {
    let namespace = prepared("preflight");
    let good = look(&namespace, "");
    assert_eq!(findings(&good), [], "{good}");
    assert_eq!(good.code, 0, "{good}");

    for (code, text, object) in mistakes() {
        let output = look(&namespace, &object);
        assert_eq!(output.code, 1, "{code}: {output}");
        let found = findings(&output);
        assert!(
            found.iter().any(|(word, said)| word == code && said.contains(text)),
            "no {code} with `{text}` for\n{object}in {found:#?}"
        );
        // One that is too large for a node is also too large for the namespace.
        let sizes = ["quota-exceeded", "limit-exceeded", "no-node"];
        // The plane serves no API that a later version removes, so the removed one is also unknown.
        let apis = ["removed-api", "no-such-kind"];
        let others: BTreeSet<_> =
            found.iter().map(|(word, _)| word.as_str()).filter(|word| *word != code).collect();
        let belong = |word| {
            [sizes.as_slice(), &apis].iter().any(|set| set.contains(word) && set.contains(&code))
        };
        assert!(others.iter().all(belong), "also {others:?} for\n{object}in {found:#?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_stop_an_install_that_asks() {
    let namespace = prepared("preflight-all");
    let two = format!("{}---\n{}", mistakes()[0].2, mistakes()[16].2);
    namespace.sandbox().write("web/templates/more.yaml", &two);
    let install = ["install", "web", "web", "--preflight"];
    let stopped = namespace.windlass(install).failure(1);
    assert!(stopped.stderr.contains("missing-config-map"), "{stopped}");
    assert!(stopped.stderr.contains("missing-service"), "{stopped}");
    assert!(stopped.stderr.contains("preflight found 2 problems"), "{stopped}");
    assert_eq!(namespace.windlass(["list", "-q"]).success().stdout, "");
    assert!(namespace.find("v1/configmaps", "settings").is_none());

    namespace.sandbox().write("web/templates/more.yaml", "");
    namespace.windlass(install).success();
    // A rolling update that keeps all pods needs room for one more.
    let more = ["--set", "x=1"];
    let words = ["preflight", "upgrade", "web", "web"];
    let said = namespace.windlass(words.into_iter().chain(more)).success();
    assert_eq!(said.stdout, "nothing stands in the way\n");
}

#[test]
fn what_this_user_may_not_do_is_named_verb_by_verb() {
    let namespace = prepared("preflight-rights");
    let rules = "[{apiGroups: [''], resources: [secrets, configmaps, serviceaccounts], verbs: [get, list, create, update, patch]}]";
    let token = namespace.service_account_token("ci", rules);
    let words = ["preflight", "install", "web", "web", "-o", "json", "--kube-token", &token];
    let output = namespace.windlass(words);
    assert_eq!(output.code, 1, "{output}");
    let found = findings(&output);
    let denied = |text: &str| {
        found.iter().any(|(code, said)| code == "not-permitted" && said.contains(text))
    };
    assert!(denied("you may not create deployments.apps in namespace"), "{output}");
    assert!(denied("you may not patch services in namespace"), "{output}");
    assert!(denied("you may not delete secrets in namespace"), "{output}");
    assert!(!denied("configmaps"), "{output}");
    assert!(found.iter().all(|(code, _)| code == "not-permitted"), "{output}");
}

#[test]
fn nothing_is_found_on_charts_that_install() {
    for chart in ["charts/data-pipeline", "tests/charts/data-pipeline"] {
        let namespace = Namespace::new("preflight-none");
        let chart = format!("{}/{chart}", env!("CARGO_MANIFEST_DIR"));
        let look = ["preflight", "install", "pipe", &chart, "--target-kube-version", "1.36"];
        assert_eq!(namespace.windlass(look).success().stdout, "nothing stands in the way\n");
        namespace.windlass(["install", "pipe", &chart, "--preflight"]).success();
        let again = ["preflight", "upgrade", "pipe", &chart, "--set", "replicaCount=3"];
        assert_eq!(namespace.windlass(again).success().stdout, "nothing stands in the way\n");
    }
}

#[test]
fn an_immutable_field_is_found() {
    let namespace = prepared("preflight-immutable");
    namespace.windlass(["install", "web", "web"]).success();
    let changed = GOOD.replace("app: web", "app: site");
    namespace.sandbox().write("web/templates/good.yaml", &changed);
    let output =
        namespace.windlass(["preflight", "upgrade", "web", "web", "-o", "json"]).failure(1);
    let found = findings(&output);
    assert!(
        found
            .iter()
            .any(|(code, text)| code == "immutable-field" && text.contains("spec.selector")),
        "{output}"
    );
}
