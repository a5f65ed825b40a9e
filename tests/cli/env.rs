//! `env`, and how flags and variables come together.

use insta::assert_snapshot;

use crate::Place;

#[test]
fn env_lists_the_variables_in_order() {
    assert_snapshot!(Place::new().says("env"), @r#"
    exit code 0
    --- stdout
    HELM_BIN="[windlass]"
    HELM_BURST_LIMIT="100"
    HELM_CACHE_HOME="[temp]/helm/cache"
    HELM_CONFIG_HOME="[temp]/helm/config"
    HELM_CONTENT_CACHE="[temp]/helm/cache/content"
    HELM_DATA_HOME="[temp]/helm/data"
    HELM_DEBUG="false"
    HELM_KUBEAPISERVER=""
    HELM_KUBEASGROUPS=""
    HELM_KUBEASUSER=""
    HELM_KUBECAFILE=""
    HELM_KUBECONTEXT=""
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY="false"
    HELM_KUBETLS_SERVER_NAME=""
    HELM_KUBETOKEN=""
    HELM_MAX_HISTORY="10"
    HELM_NAMESPACE="default"
    HELM_PLUGINS="[temp]/helm/data/plugins"
    HELM_QPS="0.00"
    HELM_REGISTRY_CONFIG="[temp]/helm/config/registry/config.json"
    HELM_REPOSITORY_CACHE="[temp]/helm/cache/repository"
    HELM_REPOSITORY_CONFIG="[temp]/helm/config/repositories.yaml"
    WINDLASS_LOG_FORMAT="text"
    "#);
}

#[test]
fn one_variable_is_its_bare_value() {
    let says = |line: &str| Place::new().says(line);
    assert_snapshot!(says("env HELM_MAX_HISTORY"), @"
    exit code 0
    --- stdout
    10
    ");
    assert_snapshot!(says("env NO_SUCH_VARIABLE"), @"
    exit code 0
    --- stdout
    ");
}

/// Returns the value of a variable with the flags of `line`, in an environment with all of Helm's set.
#[track_caller]
fn value(line: &str, name: &str) -> String {
    let place = Place::new();
    let mut command = place.command();
    command.args(line.split_whitespace()).args(["env", name]).envs([
        ("HELM_NAMESPACE", "by-variable"),
        ("HELM_KUBECONTEXT", "by-variable"),
        ("HELM_KUBEAPISERVER", "https://by-variable"),
        ("HELM_KUBEASUSER", "by-variable"),
        ("HELM_KUBEASGROUPS", " a,b,"),
        ("HELM_KUBECAFILE", "/by/variable"),
        ("HELM_KUBETLS_SERVER_NAME", "by-variable"),
        ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "1"),
        ("HELM_KUBETOKEN", "secret"),
        ("HELM_DEBUG", "true"),
        ("HELM_MAX_HISTORY", "3"),
        ("HELM_BURST_LIMIT", "no number"),
        ("HELM_QPS", "1.239"),
    ]);
    let said = place.said(command);
    said.strip_prefix("exit code 0\n--- stdout\n").unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn a_flag_wins_over_its_variable() {
    for (flag, name, by_variable, by_flag) in [
        ("-n other", "HELM_NAMESPACE", "by-variable", "other"),
        ("--namespace=other", "HELM_NAMESPACE", "by-variable", "other"),
        ("--kube-context other", "HELM_KUBECONTEXT", "by-variable", "other"),
        ("--kube-apiserver https://x", "HELM_KUBEAPISERVER", "https://by-variable", "https://x"),
        ("--kube-as-user me", "HELM_KUBEASUSER", "by-variable", "me"),
        ("--kube-as-group x --kube-as-group y,z", "HELM_KUBEASGROUPS", "a,b", "x,y,z"),
        ("--kube-ca-file /other", "HELM_KUBECAFILE", "/by/variable", "/other"),
        ("--kube-tls-server-name x", "HELM_KUBETLS_SERVER_NAME", "by-variable", "x"),
        (
            "--kube-insecure-skip-tls-verify=false",
            "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
            "true",
            "false",
        ),
        ("--debug=false", "HELM_DEBUG", "true", "false"),
        ("", "HELM_MAX_HISTORY", "3", "3"),
        ("", "HELM_BURST_LIMIT", "100", "100"),
        ("", "HELM_QPS", "1.24", "1.24"),
    ] {
        assert_eq!(value("", name).trim_end(), by_variable, "{name}");
        assert_eq!(value(flag, name).trim_end(), by_flag, "{flag}");
    }
}

#[test]
fn the_token_is_not_shown() {
    assert_eq!(value("--kube-token abc", "HELM_KUBETOKEN"), "***\n");
    assert_eq!(Place::new().says("env HELM_KUBETOKEN"), "exit code 0\n--- stdout\n\n");
}
