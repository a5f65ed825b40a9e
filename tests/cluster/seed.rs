//! The main job: the document's chart lives its whole life, in both template languages, by the document's commands.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Elsewhere, Namespace, Output};

/// The chart as the document has it, in Go templates.
const GO_CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts/data-pipeline");
/// The same chart in Tera.
const TERA_CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/data-pipeline");

/// The document's commands name these two namespaces, so one test runs them all, one chart after the other.
const ENGINEERING: &str = "data-engineering";
const PRODUCTION: &str = "production";

#[test]
fn the_documents_six_commands_run_word_for_word_in_both_languages() {
    let (engineering, production) = (Elsewhere::new(ENGINEERING), Elsewhere::new(PRODUCTION));
    for chart in [GO_CHART, TERA_CHART] {
        six_commands(Path::new(chart), &engineering, &production);
    }
}

fn six_commands(chart: &Path, engineering: &Elsewhere, production: &Elsewhere) {
    let namespace = Namespace::new("seed");
    namespace
        .apply(&format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {PRODUCTION}}}}}"));
    let shell = |line: &str| shell(&namespace, line);

    shell("windlass create data-pipeline-chart").success();
    let place = namespace.sandbox().path().join("data-pipeline-chart");
    std::fs::remove_dir_all(&place).expect("create made the chart's folder");
    copy(chart, &place);
    copy(
        &chart.join("values-production.yaml"),
        &namespace.sandbox().path().join("values-production.yaml"),
    );

    shell(
        "windlass install data-pipeline ./data-pipeline-chart --namespace data-engineering \
         --create-namespace --set secrets.databaseUrl=\"postgresql://user:pass@host:5432/db\"",
    )
    .success();
    holds_what_the_document_shows(engineering);

    shell(
        "windlass install data-pipeline ./data-pipeline-chart -f values-production.yaml \
         --namespace production",
    )
    .success();
    let autoscaler = production.get("autoscaling/v2/horizontalpodautoscalers", "data-pipeline");
    assert_eq!(autoscaler["spec"]["minReplicas"], 4);
    assert_eq!(autoscaler["spec"]["maxReplicas"], 20);
    let config = production.get("v1/configmaps", "data-pipeline-config");
    assert_eq!(config["data"], json!({"log_level": "WARN", "batch_size": "5000"}));

    // From here on the document names no namespace: its reader has set the context's.
    let upgrade = "windlass upgrade data-pipeline ./data-pipeline-chart --set image.tag=\"2.0.0\"";
    let upgrade = shell(upgrade).success();
    assert!(upgrade.stderr.contains("secrets.databaseUrl"), "no warning: {upgrade}");
    assert!(!upgrade.stderr.contains("user:pass"), "the warning shows the secret: {upgrade}");
    assert_eq!(image(engineering), "myregistry/data-pipeline:2.0.0");
    assert_eq!(database_url(engineering), "");

    let rollback = shell("windlass rollback data-pipeline 1").success();
    assert_eq!(rollback.stdout, "Rollback was a success! Happy Helming!\n");
    assert_eq!(image(engineering), "myregistry/data-pipeline:1.0.0");
    assert_eq!(database_url(engineering), "postgresql://user:pass@host:5432/db");

    let history = shell("windlass history data-pipeline").success().stdout;
    let rows: Vec<Vec<&str>> =
        history.lines().map(|line| line.split('\t').map(str::trim).collect()).collect();
    assert_eq!(rows.len(), 4, "{history}");
    for (row, (revision, status, description)) in rows[1..].iter().zip([
        ("1", "superseded", "Install complete"),
        ("2", "superseded", "Upgrade complete"),
        ("3", "deployed", "Rollback to 1"),
    ]) {
        assert_eq!((row[0], row[2], row[5]), (revision, status, description), "{history}");
    }
    for name in [ENGINEERING, PRODUCTION] {
        shell(&format!("windlass uninstall data-pipeline --wait --namespace {name}")).success();
    }
    assert_eq!(engineering.find("apps/v1/deployments", "data-pipeline"), None);
}

/// Runs a line of the document as a shell would split it.
#[track_caller]
fn shell(namespace: &Namespace, line: &str) -> Output {
    let mut words = line.split_whitespace().map(|word| word.replace('"', ""));
    assert_eq!(words.next().as_deref(), Some("windlass"));
    let mut command = namespace.command(env!("CARGO_BIN_EXE_windlass"));
    command.env("HELM_NAMESPACE", ENGINEERING).args(words);
    Output::of(command)
}

#[track_caller]
fn holds_what_the_document_shows(engineering: &Elsewhere) {
    let deployment = engineering.get("apps/v1/deployments", "data-pipeline");
    let spec = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(spec["image"], "myregistry/data-pipeline:1.0.0");
    assert_eq!(spec["imagePullPolicy"], "IfNotPresent");
    assert_eq!(
        spec["resources"],
        json!({"limits": {"cpu": "1", "memory": "2Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}})
    );
    assert_eq!(spec["livenessProbe"]["httpGet"]["path"], "/health");
    assert_eq!(spec["readinessProbe"]["httpGet"]["path"], "/ready");
    let reference = &spec["env"][1]["valueFrom"]["secretKeyRef"];
    assert_eq!(*reference, json!({"name": "data-pipeline-secrets", "key": "database-url"}));
    let labels = &deployment["metadata"]["labels"];
    assert_eq!(labels["helm.sh/chart"], "data-pipeline-1.0.0");
    assert_eq!(labels["app.kubernetes.io/managed-by"], "Helm");

    // This object follows `---` in the template of the Deployment.
    let autoscaler = engineering.get("autoscaling/v2/horizontalpodautoscalers", "data-pipeline");
    assert_eq!(autoscaler["spec"]["scaleTargetRef"]["name"], "data-pipeline");
    assert_eq!(autoscaler["spec"]["minReplicas"], 2);
    assert_eq!(autoscaler["spec"]["maxReplicas"], 10);
    let targets: Vec<&Value> = autoscaler["spec"]["metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|metric| &metric["resource"]["target"]["averageUtilization"])
        .collect();
    assert_eq!(targets, [80, 80]);

    assert_eq!(database_url(engineering), "postgresql://user:pass@host:5432/db");
    let service = engineering.get("v1/services", "data-pipeline");
    assert_eq!(service["spec"]["type"], "ClusterIP");
    assert_eq!(service["spec"]["ports"][0]["port"], 8080);
}

fn image(place: &Elsewhere) -> String {
    let deployment = place.get("apps/v1/deployments", "data-pipeline");
    let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().unwrap_or_default().to_owned()
}

fn database_url(place: &Elsewhere) -> String {
    use base64::Engine as _;
    let secret = place.get("v1/secrets", "data-pipeline-secrets");
    let encoded = secret["data"]["database-url"].as_str().unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
    String::from_utf8(bytes).expect("the URL is text")
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).expect("a file of the chart can be copied");
        return;
    }
    std::fs::create_dir_all(to).expect("a folder of the chart can be made");
    let entries = std::fs::read_dir(from).expect("the chart can be read");
    let names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for path in names {
        copy(&path, &to.join(path.file_name().expect("a file has a name")));
    }
}
