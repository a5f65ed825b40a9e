//! Credentials as managed clusters give them: exec plugins, tokens, token files, proxies, impersonation.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Namespace, Output, plane};

/// What a release needs: its records, and one kind of object.
const RULES: &str = "[{apiGroups: [\"\"], resources: [secrets, configmaps], verbs: ['*']}]";

fn chart(namespace: &Namespace) {
    namespace.sandbox().write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    namespace.sandbox().write(
        "web/templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n",
    );
}

/// Writes a kubeconfig whose user is `user`, and returns its path.
fn kubeconfig(namespace: &Namespace, user: &str, cluster: &str) -> PathBuf {
    let plane = plane();
    let text = format!(
        "apiVersion: v1
kind: Config
current-context: test
contexts: [{{name: test, context: {{cluster: test, user: test, namespace: {}}}}}]
clusters:
- name: test
  cluster: {{server: \"{}\", certificate-authority: {}{cluster}}}
users:
- name: test
  user: {user}
",
        namespace.name(),
        plane.server(),
        plane.ca_file().display(),
    );
    namespace.sandbox().write("kubeconfig", &text)
}

fn windlass(namespace: &Namespace, args: &[&str]) -> Output {
    let mut command = namespace.command(env!("CARGO_BIN_EXE_windlass"));
    command.env("KUBECONFIG", namespace.sandbox().path().join("kubeconfig")).args(args);
    Output::of(command)
}

fn plugin(namespace: &Namespace, script: &str) -> String {
    let path = namespace.sandbox().write("plugin", &format!("#!/bin/sh\n{script}\n"));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("the plugin is ours");
    format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}, args: [get-token], \
         env: [{{name: CLUSTER, value: prod}}], interactiveMode: Never, provideClusterInfo: true}}}}",
        path.display()
    )
}

#[test]
fn an_exec_plugin_gives_the_token() {
    let namespace = Namespace::new("exec");
    chart(&namespace);
    let token = namespace.service_account_token("deployer", RULES);
    let script = format!(
        "test \"$1\" = get-token && test \"$CLUSTER\" = prod || exit 3
echo '{{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", \"status\": {{\"token\": \"{token}\"}}}}'"
    );
    let user = plugin(&namespace, &script);
    kubeconfig(&namespace, &user, "");
    windlass(&namespace, &["install", "web", "web"]).success();
    let config = namespace.get("v1/configmaps", "web");
    assert_eq!(config["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    windlass(&namespace, &["uninstall", "web"]).success();
}

#[test]
fn an_exec_plugin_that_fails_is_quoted() {
    let namespace = Namespace::new("exec-fails");
    chart(&namespace);
    let user = plugin(&namespace, "echo 'session expired, run: cloud login' >&2; exit 1");
    kubeconfig(&namespace, &user, "");
    let output = windlass(&namespace, &["install", "web", "web"]);
    assert!(output.code > 0);
    assert!(output.stderr.contains("session expired, run: cloud login"), "{output}");
    assert!(output.stderr.contains("plugin"), "{output}");
    assert_eq!(namespace.find("v1/configmaps", "web"), None);
}

#[test]
fn an_exec_plugin_that_is_not_installed_is_named() {
    let namespace = Namespace::new("exec-missing");
    chart(&namespace);
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: cloud-login-helper, interactiveMode: Never}}";
    kubeconfig(&namespace, user, "");
    let output = windlass(&namespace, &["list"]);
    assert!(output.code > 0);
    assert!(output.stderr.contains("exec plugin"), "{output}");
}

#[test]
fn tokens_and_token_files_are_used() {
    let namespace = Namespace::new("tokens");
    chart(&namespace);
    let token = namespace.service_account_token("deployer", RULES);
    kubeconfig(&namespace, &format!("{{token: {token}}}"), "");
    windlass(&namespace, &["install", "web", "web"]).success();
    let file = namespace.sandbox().write("token", &token);
    kubeconfig(&namespace, &format!("{{tokenFile: {}}}", file.display()), "");
    windlass(&namespace, &["upgrade", "web", "web"]).success();
    kubeconfig(&namespace, "{}", "");
    let output = windlass(&namespace, &["list"]);
    assert!(output.code > 0, "anonymous users see nothing: {output}");
    windlass(&namespace, &["list", "--kube-token", &token]).success();
}

#[test]
fn impersonation_limits_what_may_be_done() {
    let namespace = Namespace::new("as-user");
    chart(&namespace);
    let output = namespace.windlass(["install", "web", "web", "--kube-as-user", "nobody"]);
    assert!(output.code > 0);
    assert!(output.stderr.contains("nobody"), "{output}");
    assert!(output.stderr.contains("forbidden"), "{output}");
    let args =
        ["install", "web", "web", "--kube-as-user", "nobody", "--kube-as-group", "system:masters"];
    namespace.windlass(args).success();
}

#[test]
fn the_kubeconfigs_proxy_is_used() {
    let namespace = Namespace::new("proxy");
    chart(&namespace);
    let token = namespace.service_account_token("deployer", RULES);
    let (address, tunnels) = proxy();
    kubeconfig(
        &namespace,
        &format!("{{token: {token}}}"),
        &format!(", proxy-url: \"http://{address}\""),
    );
    windlass(&namespace, &["install", "web", "web"]).success();
    assert!(tunnels.load(Ordering::Relaxed) > 0, "nothing went through the proxy");
}

/// Starts an HTTP proxy that opens tunnels, and counts them.
fn proxy() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let tunnels = Arc::new(AtomicUsize::new(0));
    let count = tunnels.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || tunnel(client));
        }
    });
    (address, tunnels)
}

fn tunnel(mut client: TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let target = request.split_whitespace().nth(1).unwrap_or_default();
    let mut server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    std::io::copy(&mut server, &mut client)?;
    Ok(())
}
