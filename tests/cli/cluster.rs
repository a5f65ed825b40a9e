//! What is said when there is no cluster, or none that answers.

use insta::assert_snapshot;

use crate::{KUBECONFIG, Place};

#[test]
fn no_kubeconfig_says_where_it_was_looked_for() {
    let place = Place::with_chart("x.txt", "");
    assert_snapshot!(place.says("list"), @"
    exit code 4
    --- stderr
    Error: Kubernetes cluster unreachable: no kubeconfig found (looked for `[home]/.kube/config`)
    hint: set KUBECONFIG or use --kubeconfig
    ");
    assert_snapshot!(place.says("install shop web"), @"
    exit code 4
    --- stderr
    Error: INSTALLATION FAILED: Kubernetes cluster unreachable: no kubeconfig found (looked for `[home]/.kube/config`)
    hint: set KUBECONFIG or use --kubeconfig
    ");
    assert_snapshot!(place.says("status shop --kubeconfig nowhere"), @r#"
    exit code 4
    --- stderr
    Error: cannot use kubeconfig `nowhere`: failed to read kubeconfig from '"nowhere"': No such file or directory (os error 2)
    "#);
}

#[test]
fn every_command_says_that_the_cluster_does_not_answer() {
    let place = Place::with_chart("x.txt", "").with("config", KUBECONFIG);
    let says = |line: &str| {
        let said = place.says(&format!("{line} --kubeconfig config"));
        assert!(!said.contains("hunter2"), "the token is shown: {said}");
        // How the system words it is its own business.
        regex::Regex::new("(?s)127.0.0.1:1/: .*")
            .unwrap()
            .replace(&said, "127.0.0.1:1/: [cause]")
            .into_owned()
    };
    assert_snapshot!(says("install shop web"), @"
    exit code 4
    --- stderr
    Error: INSTALLATION FAILED: Kubernetes cluster unreachable: https://127.0.0.1:1/: [cause]
    ");
    assert_snapshot!(says("upgrade shop web"), @"
    exit code 4
    --- stderr
    Error: UPGRADE FAILED: Kubernetes cluster unreachable: https://127.0.0.1:1/: [cause]
    ");
    for line in [
        "list",
        "list -A",
        "history shop",
        "status shop",
        "get all shop",
        "get values shop",
        "get metadata shop",
        "rollback shop",
        "uninstall shop",
        // Helm says which operation failed only when it is sure which one it is.
        "upgrade shop web --install",
        "template shop web --dry-run=server",
    ] {
        let expected = "exit code 4\n--- stderr\nError: Kubernetes cluster unreachable: https://127.0.0.1:1/: [cause]";
        assert_eq!(says(line), expected, "{line}");
    }
}

#[test]
fn the_namespace_of_the_context_is_taken() {
    let place = Place::new().with("config", KUBECONFIG);
    let namespace = place.says("env HELM_NAMESPACE --kubeconfig config");
    assert_eq!(namespace, "exit code 0\n--- stdout\nshop\n");
}

#[test]
fn a_kubeconfig_that_does_not_fit_together_is_named() {
    let place = Place::new().with("config", KUBECONFIG).with("broken", "clusters: [\n");
    assert_snapshot!(place.says("list --kubeconfig config --kube-context nope"), @"
    exit code 4
    --- stderr
    Error: cannot use kubeconfig `config`: context `nope` does not exist
    ");
    let broken = place.says("list --kubeconfig broken");
    assert!(
        broken.starts_with("exit code 4\n--- stderr\nError: cannot use kubeconfig `broken`"),
        "{broken}"
    );
}

#[test]
fn records_are_kept_where_helm_driver_says() {
    let place = Place::new();
    let says = |driver: &str| {
        let mut command = place.command();
        command.arg("list").env("HELM_DRIVER", driver);
        place.said(command)
    };
    assert_snapshot!(says("files"), @r#"
    exit code 2
    --- stderr
    Error: unknown driver "files"
    "#);
    assert_snapshot!(says("sql"), @"
    exit code 2
    --- stderr
    Error: HELM_DRIVER is `sql`, which windlass does not have yet
    ");
    assert!(says("configmaps").contains("no kubeconfig found"));
}
