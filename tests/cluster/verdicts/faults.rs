//! The fault matrix: one test for each state that waiting cannot heal, with its code, evidence, log and time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    CHART, DEPLOYMENT, chart, container, ended, lines, pending, shows, terminated, timed, unready,
    waits, why,
};
use crate::support::{Namespace, Output, eventually, plane};

/// How long a verdict may take from the first evidence.
const LIMIT: Duration = Duration::from_secs(5);

/// What must be said of a fault.
struct Expected {
    code: &'static str,
    /// Texts of the block.
    parts: &'static [&'static str],
    /// Whether the block has the end of a log.
    log: bool,
}

#[track_caller]
fn check(topic: &str, templates: &str, values: &Value, expected: &Expected) {
    let namespace = Namespace::new(topic);
    check_in(&namespace, templates, values, expected);
}

#[track_caller]
fn check_in(namespace: &Namespace, templates: &str, values: &Value, expected: &Expected) {
    chart(namespace, templates, values);
    let args = ["install", "web", "web", "--wait", "--wait-for-jobs", "--timeout", "60s"];
    let (output, took) = timed(namespace, &args, &shows);
    let failed = output.failure(7);
    let took = took.expect("the evidence was seen before the end");
    assert!(took < LIMIT, "the verdict took {took:?}: {failed}");
    is_named(namespace, &failed, expected);
}

#[track_caller]
fn is_named(namespace: &Namespace, failed: &Output, expected: &Expected) {
    let Expected { code, parts, log } = expected;
    let head = format!("  verdict: {code}\n");
    for part in [&*head].iter().chain(*parts) {
        assert!(failed.stderr.contains(part), "no {part:?} in {failed}");
    }
    assert_eq!(failed.stderr.matches("  verdict: ").count(), 1, "{failed}");
    let lines = failed.stderr.lines().filter(|line| line.starts_with("    | ")).count();
    assert_eq!(lines, if *log { 20 } else { 0 }, "{failed}");
    assert_eq!(failed.stderr.contains("    | panic: no database"), *log, "{failed}");
    let why = why(namespace);
    assert_eq!(why["verdicts"][0]["code"], *code, "{why}");
    let description = why["description"].as_str().unwrap_or_default();
    // Of a hook, the description is Helm's to the letter.
    let is_hook = *code == "hook-failed";
    assert!(is_hook || description.contains(&format!("failed: {code}: ")), "{why}");
}

#[test]
fn an_image_that_is_not_there() {
    let message = "rpc error: code = NotFound desc = failed to pull and unpack image \
        \"registry.test/web:1\": failed to resolve reference \"registry.test/web:1\": \
        registry.test/web:1: not found";
    let expected = Expected {
        code: "image-not-found",
        parts: &[
            "object: deployment/web, pod web-",
            "container app",
            "since: 2026-01-01T00:00:00Z",
            "evidence: waits: ErrImagePull: rpc error: code = NotFound",
            "next: kubectl describe pod/web-",
            "next: windlass why web -n ",
        ],
        log: false,
    };
    check("image", DEPLOYMENT, &json!({"status": waits("ErrImagePull", message)}), &expected);
}

#[test]
fn an_image_that_the_registry_keeps_to_itself() {
    let message = "Back-off pulling image \"registry.test/web:1\": ErrImagePull: rpc error: code = \
        Unknown desc = failed to pull and unpack image \"registry.test/web:1\": pull access denied, \
        repository does not exist or may require authorization: server message: \
        insufficient_scope: authorization failed";
    let expected = Expected {
        code: "image-not-permitted",
        parts: &["evidence: waits: ImagePullBackOff: ", "pull access denied"],
        log: false,
    };
    check("denied", DEPLOYMENT, &json!({"status": waits("ImagePullBackOff", message)}), &expected);
}

#[test]
fn an_image_whose_name_is_none() {
    let message = "Failed to apply default image tag \"web::\": couldn't parse image name \
        \"web::\": invalid reference format";
    let expected = Expected {
        code: "invalid-image-name",
        parts: &["evidence: waits: InvalidImageName: ", "invalid reference format"],
        log: false,
    };
    check(
        "image-name",
        DEPLOYMENT,
        &json!({"status": waits("InvalidImageName", message)}),
        &expected,
    );
}

#[test]
fn a_container_that_ends_again_and_again() {
    let expected = Expected {
        code: "crash-loop",
        parts: &[
            "reason: exit code 1 (Error), started again 3 times",
            "evidence: waits: CrashLoopBackOff: back-off 40s",
            "evidence: last ended 2026-01-01T00:00:09Z: exit code 1 (Error)",
            "log of the instance that ended:",
            "--previous",
        ],
        log: true,
    };
    let status = pending(&json!([ended(1, "Error", 3)]));
    check("crash", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_container_that_takes_too_much_memory() {
    let expected = Expected {
        code: "out-of-memory",
        parts: &["reason: exit code 137 (OOMKilled), started again 3 times"],
        log: true,
    };
    let status = pending(&json!([ended(137, "OOMKilled", 3)]));
    check("memory", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_secret_that_is_not_there() {
    let expected = Expected {
        code: "missing-secret",
        parts: &["evidence: waits: CreateContainerConfigError: secret \"db\" not found"],
        log: false,
    };
    let status = waits("CreateContainerConfigError", "secret \"db\" not found");
    check("secret", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_config_map_that_is_not_there() {
    let expected = Expected {
        code: "missing-config-map",
        parts: &["evidence: waits: CreateContainerConfigError: configmap \"app\" not found"],
        log: false,
    };
    let status = waits("CreateContainerConfigError", "configmap \"app\" not found");
    check("config", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_key_that_is_not_there() {
    let expected = Expected {
        code: "missing-key",
        parts: &["couldn't find key password in Secret shop/db"],
        log: false,
    };
    let status =
        waits("CreateContainerConfigError", "couldn't find key password in Secret shop/db");
    check("key", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_container_that_cannot_be_made_as_it_is_described() {
    let message = "container has runAsNonRoot and image will run as root";
    let expected = Expected { code: "invalid-container", parts: &["runAsNonRoot"], log: false };
    let status = waits("CreateContainerConfigError", message);
    check("invalid", DEPLOYMENT, &json!({"status": status}), &expected);
}

#[test]
fn a_secret_that_cannot_be_mounted() {
    let namespace = Namespace::new("mount");
    let expected = Expected {
        code: "missing-secret",
        parts: &["evidence: event FailedMount: MountVolume.SetUp failed for volume \"tls\""],
        log: false,
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pod = eventually("the pod starts", || {
                let pods = namespace.list("v1/pods", "app=web");
                pods.into_iter().find(|pod| pod["status"].get("containerStatuses").is_some())
            });
            let message = "MountVolume.SetUp failed for volume \"tls\" : secret \"tls\" not found";
            say(&namespace, &pod, "FailedMount", message);
        });
        let status = waits("ContainerCreating", "");
        check_in(&namespace, DEPLOYMENT, &json!({"status": status}), &expected);
    });
}

/// Says of a pod what a kubelet would.
pub(super) fn say(namespace: &Namespace, pod: &Value, reason: &str, message: &str) {
    let metadata = &pod["metadata"];
    let event = json!({
        "metadata": {"generateName": "web-"}, "type": "Warning", "reason": reason,
        "message": message, "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
        "source": {"component": "kubelet"},
        "involvedObject": {
            "apiVersion": "v1", "kind": "Pod", "namespace": namespace.name(),
            "name": metadata["name"], "uid": metadata["uid"]}});
    plane().api().create(&format!("/api/v1/namespaces/{}/events", namespace.name()), &event);
}

#[test]
fn an_init_container_that_fails() {
    let expected = Expected {
        code: "init-container-failed",
        parts: &["container prepare", "reason: exit code 1 (Error), started again 3 times"],
        log: true,
    };
    let waiting = json!({"waiting": {"reason": "PodInitializing"}});
    let status = json!({
        "phase": "Pending", "conditions": [unready()],
        "initContainerStatuses": [
            container("prepare", &ended(1, "Error", 3)["state"], &terminated(1, "Error"), 3)],
        "containerStatuses": [container("app", &waiting, &json!({}), 0)]});
    check("init", DEPLOYMENT, &json!({"status": lines(&status), "prepared": true}), &expected);
}

const JOB: &str = r#"
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  {{- with .Values.hook }}
  annotations: {helm.sh/hook: {{ . }}}
  {{- end }}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {test.windlass/fault: job-failed}}
    spec: {restartPolicy: Never, containers: [{name: app, image: "registry.test/web:1"}]}
"#;

#[test]
fn a_job_that_gives_up() {
    let expected = Expected {
        code: "job-failed",
        parts: &[
            "object: job/migrate, pod migrate-",
            "reason: exit code 1 (Error)",
            "BackoffLimitExceeded",
        ],
        log: true,
    };
    check("job", JOB, &json!({}), &expected);
}

#[test]
fn a_hook_that_fails() {
    let expected = Expected {
        code: "hook-failed",
        parts: &["hook: Job/migrate, pre-install", "object: job/migrate, pod migrate-"],
        log: true,
    };
    check("hook", JOB, &json!({"hook": "pre-install"}), &expected);
}

#[test]
fn a_pod_that_fails() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: once, annotations: {test.windlass/fault: \
        job-failed}}\nspec: {restartPolicy: Never, containers: [{name: app, image: \"registry.test/web:1\"}]}\n";
    let expected = Expected {
        code: "pod-failed",
        parts: &["object: pod/once", "reason: exit code 1 (Error)"],
        log: true,
    };
    check("pod", pod, &json!({}), &expected);
}

#[test]
fn a_pod_that_no_node_takes() {
    let expected = Expected {
        code: "unschedulable",
        parts: &["reason: 0/", "Insufficient cpu", "evidence: event FailedScheduling"],
        log: false,
    };
    let container = json!({"resources": {"requests": {"cpu": "1000"}}});
    check("node", DEPLOYMENT, &json!({"container": container}), &expected);
}

#[test]
fn a_quota_that_leaves_no_room() {
    let namespace = Namespace::new("quota");
    namespace.apply(
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {pods: 1}}}",
    );
    eventually("the quota counts", || {
        let quota = namespace.get("v1/resourcequotas", "small");
        quota["status"]["hard"]["pods"].as_str().map(drop)
    });
    let expected = Expected {
        code: "quota-exceeded",
        parts: &["exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1"],
        log: false,
    };
    check_in(&namespace, DEPLOYMENT, &json!({"replicas": 2}), &expected);
}

#[test]
fn a_pod_that_admission_refuses() {
    let namespace = Namespace::new("admission");
    let labels =
        json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}});
    plane().api().merge(&format!("/api/v1/namespaces/{}", namespace.name()), &labels);
    let expected = Expected {
        code: "admission-refused",
        parts: &["violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"],
        log: false,
    };
    check_in(&namespace, DEPLOYMENT, &json!({"pod": {"hostNetwork": true}}), &expected);
}

#[test]
fn a_service_account_that_is_not_there() {
    let expected = Expected {
        code: "admission-refused",
        parts: &["serviceaccount \"nobody\" not found"],
        log: false,
    };
    check("account", DEPLOYMENT, &json!({"pod": {"serviceAccountName": "nobody"}}), &expected);
}

#[test]
fn a_claim_that_gets_no_volume() {
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: \
        {storageClassName: nowhere, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}\n---";
    let expected = Expected {
        code: "unbound-claim",
        parts: &["storageclass.storage.k8s.io \"nowhere\" not found"],
        log: false,
    };
    check("claim", claim, &json!({}), &expected);
}

#[test]
fn a_probe_that_fails_is_named_when_the_time_is_up() {
    let namespace = Namespace::new("probe");
    let deployment = DEPLOYMENT.replace("fault: status", "fault: unready");
    chart(&namespace, &deployment, &json!({"status": "none"}));
    let failed = namespace.windlass(["install", "web", "web", "--wait", "--timeout", "5s"]);
    let expected = Expected {
        code: "readiness-probe-failing",
        parts: &[
            "context deadline exceeded",
            "evidence: event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
        ],
        log: true,
    };
    is_named(&namespace, &failed.failure(7), &expected);
}

#[test]
fn a_registry_that_cannot_be_reached_is_named_when_the_time_is_up() {
    let message = "failed to pull and unpack image \"registry.test/web:1\": failed to do request: \
        Head \"https://registry.test/v2/web/manifests/1\": dial tcp 10.0.0.1:443: i/o timeout";
    let expected = Expected {
        code: "image-unreachable",
        parts: &["context deadline exceeded", "evidence: waits: ErrImagePull: ", "i/o timeout"],
        log: false,
    };
    late("unreachable", &waits("ErrImagePull", message), &expected);
}

#[test]
fn a_container_that_is_only_slow_is_shown_as_that_when_the_time_is_up() {
    let expected = Expected {
        code: "not-ready",
        parts: &["context deadline exceeded", "reason: available: 0/1"],
        log: false,
    };
    late("slow", &waits("ContainerCreating", ""), &expected);
}

/// Checks what is said of a state that may heal, once there is no time left.
#[track_caller]
fn late(topic: &str, status: &str, expected: &Expected) {
    let namespace = Namespace::new(topic);
    chart(&namespace, DEPLOYMENT, &json!({"status": status}));
    let failed = namespace.windlass(["install", "web", "web", "--wait", "--timeout", "5s"]);
    is_named(&namespace, &failed.failure(7), expected);
}

#[test]
fn a_deployment_past_its_own_deadline() {
    let deployment = DEPLOYMENT.replace("  replicas:", "  progressDeadlineSeconds: 2\n  replicas:");
    let expected = Expected {
        code: "deadline-exceeded",
        parts: &["ProgressDeadlineExceeded: ReplicaSet \"web-"],
        log: false,
    };
    let status = waits("ContainerCreating", "");
    check("deadline", &deployment, &json!({"status": status}), &expected);
}

#[test]
fn the_change_of_the_revision_is_blamed_and_secrets_are_not_shown() {
    let namespace = Namespace::new("blame");
    let secret = "\n---\n{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {url: \"postgres://correct-horse\"}}\n";
    chart(&namespace, &format!("{DEPLOYMENT}{secret}"), &json!({}));
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.windlass(["install", "web", "web", "--wait"]).success();
    let said =
        "failed to pull image \"registry.test/web:2\" with postgres://correct-horse: not found";
    let values = json!({"tag": "2", "status": waits("ErrImagePull", said)}).to_string();
    namespace.sandbox().write("new.yaml", &values);
    let failed =
        namespace.windlass(["upgrade", "web", "web", "-f", "new.yaml", "--wait"]).failure(7);
    let change = "changed: deployment/web spec.template.spec.containers[app].image: \
        registry.test/web:1 → registry.test/web:2";
    for part in [change, "next: windlass rollback web -n "] {
        assert!(failed.stderr.contains(part), "no {part:?} in {failed}");
    }
    let block = failed.stderr.split_once("  verdict: ").map(|(_, block)| block).unwrap_or_default();
    assert!(block.contains("(secret 1)") && !block.contains("correct-horse"), "{failed}");
    let history = namespace.windlass(["history", "web"]).success().stdout;
    assert!(
        history.contains("Upgrade \"web\" failed: image-not-found: deployment/web: "),
        "{history}"
    );
    let record = namespace.get("v1/secrets", "sh.helm.release.v1.web.v2");
    let kept =
        record["metadata"]["annotations"]["windlass.dev/verdict"].as_str().unwrap_or_default();
    assert!(kept.contains("\"code\":\"image-not-found\""), "{kept}");
    assert!(!kept.contains("correct-horse") && !history.contains("correct-horse"), "{kept}");
    namespace.helm(["rollback", "web", "1"]).success();
    assert_eq!(why(&namespace)["status"], "deployed");
}
