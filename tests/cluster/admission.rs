//! Quotas, admission webhooks that do not answer, and policies: refused by the plan, and while it is carried out.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::outcome::{revisions, unsettled};
use crate::proxy::{Moment, Proxy, When};
use crate::support::{Namespace, Output, plane};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const CONFIGS: &str = "\
{{- range .Values.names }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ . }}}
{{- end }}
";

fn with_chart(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", "names: [one]\n");
    namespace.sandbox().write("web/templates/configs.yaml", CONFIGS);
    namespace
}

/// Makes a quota of this many ConfigMaps, and waits until it counts.
fn quota(namespace: &Namespace, configs: usize) {
    namespace.apply(&format!(
        "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: few}}, spec: {{hard: {{count/configmaps: \"{configs}\"}}}}}}"
    ));
    crate::support::eventually("the quota counts", || {
        let used = namespace.get("v1/resourcequotas", "few");
        used.pointer("/status/used/count~1configmaps").cloned()
    });
}

/// A configuration of the cluster that is taken away when it is dropped, also by a panic.
struct Cluster(String);

impl Cluster {
    fn apply(namespace: &Namespace, resource: &str, name: &str, yaml: &str) -> Self {
        namespace.apply(yaml);
        Self(format!("/apis/admissionregistration.k8s.io/v1/{resource}/{name}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test may have taken it away itself.
        let _ = plane().api().delete(&self.0);
    }
}

/// Makes a webhook of a Service that does not exist, for the ConfigMaps of the namespace.
fn webhook(namespace: &Namespace) -> Cluster {
    let name = namespace.name();
    let yaml = format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: {name}}}
webhooks:
  - name: check.example.com
    clientConfig: {{service: {{name: nowhere, namespace: {name}}}}}
    rules: [{{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}}]
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}
"
    );
    let made = Cluster::apply(namespace, "validatingwebhookconfigurations", name, &yaml);
    crate::support::eventually("the API server knows the webhook", || {
        let config = serde_json::json!({"metadata": {"name": "probe"}});
        let path = format!("/api/v1/namespaces/{name}/configmaps?dryRun=All");
        plane().api().try_create(&path, &config).err()
    });
    made
}

#[track_caller]
fn says(output: &Output, texts: &[&str]) {
    for text in texts {
        assert!(output.stderr.contains(text), "`{text}` is not said: {output}");
    }
}

const QUOTA: &str = "exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1";

#[test]
fn a_quota_that_is_used_up_is_named_by_the_plan_with_what_is_used_and_allowed() {
    let namespace = with_chart("quota");
    // The namespace has one of its own: kube-root-ca.crt.
    quota(&namespace, 1);
    let plan = namespace.windlass(["plan", "install", "web", "web"]).failure(1);
    for text in ["! refused   ConfigMap/one\n", QUOTA, "describe resourcequota few"] {
        assert!(plan.stdout.contains(text), "no `{text}`: {plan}");
    }
    let output = namespace.windlass(["install", "web", "web"]).failure(1);
    says(
        &output,
        &["cannot apply `ConfigMap/one`: ", QUOTA, "\nhint: `kubectl describe resourcequota few`"],
    );
    assert_eq!(revisions(&namespace), [], "a record was made");
}

#[test]
fn a_quota_that_fills_up_on_the_way_fails_the_revision_with_its_name() {
    let namespace = with_chart("quota-full");
    namespace.windlass(["install", "web", "web"]).success();
    quota(&namespace, 3);
    let upgrade = ["upgrade", "web", "web", "--set", "names={one,two,three}"];
    let output = namespace.windlass(upgrade).failure(1);
    let full = "exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3";
    says(
        &output,
        &["cannot apply `ConfigMap/t", full, "\nhint: `kubectl describe resourcequota few`"],
    );
    let failed = [(1, "deployed".to_owned()), (2, "failed".to_owned())];
    assert_eq!(revisions(&namespace), failed);
    let history = namespace.helm(["history", "web"]).success();
    assert!(history.stdout.contains("exceeded quota: few"), "{history}");
    quota(&namespace, 4);
    namespace.windlass(upgrade).success();
    assert_eq!(unsettled(&namespace), Vec::<String>::new());
}

#[test]
fn a_webhook_that_cannot_be_reached_is_named_when_the_time_is_up() {
    let namespace = with_chart("webhook");
    let _made = webhook(&namespace);
    let output = namespace.windlass(["install", "web", "web", "--timeout", "2s"]).failure(1);
    let words = [
        "waiting for admission webhook `check.example.com`, which cannot be reached for `ConfigMap/one`",
        "cannot apply `ConfigMap/one`: ",
        "failed calling webhook \"check.example.com\"",
        "service \"nowhere\" not found",
        "hint: see to what should answer for `check.example.com`",
    ];
    says(&output, &words);
    assert_eq!(revisions(&namespace), [], "a record was made");
    let plan = namespace.windlass(["plan", "install", "web", "web", "--timeout", "0s"]).failure(1);
    for text in ["! refused   ConfigMap/one\n", "failed calling webhook \"check.example.com\""] {
        assert!(plan.stdout.contains(text), "no `{text}`: {plan}");
    }
}

#[test]
fn a_webhook_that_goes_is_waited_for_by_the_plan() {
    let namespace = with_chart("webhook-plan");
    let made = webhook(&namespace);
    let output = std::thread::scope(|scope| {
        let install = scope.spawn(|| namespace.windlass(["install", "web", "web"]));
        // It gives the run the time to meet the webhook.
        std::thread::sleep(Duration::from_secs(2));
        drop(made);
        install.join().expect("the command was run")
    });
    says(&output.success(), &["waiting for admission webhook `check.example.com`"]);
    assert_eq!(unsettled(&namespace), Vec::<String>::new());
}

/// Starts an upgrade, does something once it is planned, and lets it go on.
fn between_plan_and_apply<T>(
    namespace: &Namespace,
    args: &[&str],
    proxy: &Proxy,
    meanwhile: impl FnOnce() -> T,
) -> (std::process::Child, T) {
    // The record comes after the plan, and before all else.
    let gate = proxy.gate(When::write().method("POST").path("/secrets"), Moment::Before);
    let mut command: Command = proxy.windlass(namespace, args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("windlass starts");
    assert!(gate.reached(Duration::from_secs(60)).is_some(), "no record is made");
    let done = meanwhile();
    gate.open();
    (child, done)
}

fn ended(child: std::process::Child) -> (bool, String) {
    let output = child.wait_with_output().expect("windlass ends");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_webhook_that_stops_to_answer_on_the_way_is_waited_for_then_named() {
    let namespace = with_chart("webhook-apply");
    namespace.windlass(["install", "web", "web"]).success();
    let upgrade = ["upgrade", "web", "web", "--set", "names={two}", "--timeout", "2s"];
    let proxy = Proxy::new();
    let (child, made) =
        between_plan_and_apply(&namespace, &upgrade, &proxy, || webhook(&namespace));
    let (is_done, said) = ended(child);
    assert!(!is_done, "{said}");
    for text in
        ["waiting for admission webhook `check.example.com`", "UPGRADE FAILED", "hint: see to"]
    {
        assert!(said.contains(text), "no `{text}`: {said}");
    }
    let failed = [(1, "deployed".to_owned()), (2, "failed".to_owned())];
    assert_eq!(revisions(&namespace), failed);
    drop(made);

    let upgrade = ["upgrade", "web", "web", "--set", "names={three}"];
    let proxy = Proxy::new();
    let (child, made) =
        between_plan_and_apply(&namespace, &upgrade, &proxy, || webhook(&namespace));
    std::thread::sleep(Duration::from_secs(2));
    drop(made);
    let (is_done, said) = ended(child);
    assert!(is_done, "{said}");
    assert!(said.contains("waiting for admission webhook `check.example.com`"), "{said}");
    assert!(namespace.find("v1/configmaps", "three").is_some());
    assert_eq!(unsettled(&namespace), Vec::<String>::new());
}

#[test]
fn a_webhook_of_the_release_itself_does_not_stop_the_plan() {
    let namespace = with_chart("webhook-own");
    let made = webhook(&namespace);
    let name = namespace.name();
    let own = plane().api().get(&made.0).expect("it was made");
    let own = serde_json::json!({
        "apiVersion": own["apiVersion"], "kind": own["kind"],
        "metadata": {"name": format!("{name}-own")}, "webhooks": own["webhooks"],
    });
    namespace.sandbox().write("web/templates/webhook.yaml", &own.to_string());
    let plan = namespace.windlass(["plan", "install", "web", "web"]).success();
    let remark = "admission webhook `check.example.com`, which comes with this release, cannot be reached yet";
    assert!(plan.stdout.contains(remark), "{plan}");
}

#[test]
fn a_policy_that_refuses_is_named_with_its_message() {
    let namespace = with_chart("policy");
    let name = namespace.name();
    let policy = format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}
    resourceRules: [{{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]
  validations:
    - {{expression: \"object.metadata.name != 'one'\", message: one is not a name}}
"
    );
    let binding = format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}, validationActions: [Deny]}}
"
    );
    let _policy = Cluster::apply(&namespace, "validatingadmissionpolicies", name, &policy);
    let _binding = Cluster::apply(&namespace, "validatingadmissionpolicybindings", name, &binding);
    crate::support::eventually("the API server knows the policy", || {
        let config = serde_json::json!({"metadata": {"name": "one"}});
        let path = format!("/api/v1/namespaces/{name}/configmaps?dryRun=All");
        plane().api().try_create(&path, &config).err()
    });
    let output = namespace.windlass(["install", "web", "web"]).failure(1);
    says(
        &output,
        &["`ConfigMap/one`", &format!("ValidatingAdmissionPolicy '{name}'"), "one is not a name"],
    );
    assert_eq!(revisions(&namespace), [], "a record was made");
}
