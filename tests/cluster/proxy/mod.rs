//! A proxy in front of the API server, by which a test counts requests, breaks them, and stops a program between two of them.
//! It speaks plain HTTP/1.1 to the program and is the administrator to the API server, whoever the program says it is.
//! `tests/README.md` shows how a test uses it.

mod fault;
mod gate;
mod record;
mod serve;
mod signal;
mod tests;
mod wire;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) use self::fault::{Fault, Reply, When, draw};
pub(crate) use self::gate::{Gate, Moment};
pub(crate) use self::record::Request;
use self::serve::Shared;
pub(crate) use self::signal::Signal;
use crate::support::{Namespace, eventually, plane, tool};

/// A running proxy; it ends with the value.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    url: String,
    folder: TempDir,
    // Last, so that the tasks end when nothing else of the proxy is left.
    runtime: Runtime,
}

impl Proxy {
    /// Starts a proxy in front of this run's cluster.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be started");
        let (url, shared) = runtime.block_on(async {
            let listener = serve::bind(0).await;
            let url = format!("http://{}", listener.local_addr().expect("a listener has a port"));
            let (shared, reconnects) = Shared::new(client().await);
            tokio::spawn(serve::listen(shared.clone(), listener, reconnects));
            (url, shared)
        });
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let kubeconfig = format!(
            r#"apiVersion: v1
kind: Config
clusters: [{{name: proxy, cluster: {{server: "{url}"}}}}]
users: [{{name: nobody, user: {{}}}}]
contexts: [{{name: proxy, context: {{cluster: proxy, user: nobody}}}}]
current-context: proxy
"#
        );
        std::fs::write(folder.path().join("kubeconfig"), kubeconfig)
            .expect("the folder is new and ours");
        Self { shared, url, folder, runtime }
    }

    /// The URL that stands for the API server's.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A kubeconfig that leads to the proxy.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Prepares a program that sees the cluster through the proxy.
    pub(crate) fn command(&self, namespace: &Namespace, program: impl AsRef<OsStr>) -> Command {
        let mut command = namespace.command(program);
        command.env("KUBECONFIG", self.kubeconfig());
        command
    }

    /// Prepares windlass with arguments, to see the cluster through the proxy.
    pub(crate) fn windlass(&self, namespace: &Namespace, args: &[&str]) -> Command {
        let mut command = self.command(namespace, env!("CARGO_BIN_EXE_windlass"));
        command.args(args);
        command
    }

    /// Prepares real Helm like [`Proxy::windlass`].
    pub(crate) fn helm(&self, namespace: &Namespace, args: &[&str]) -> Command {
        let mut command = self.command(namespace, tool("helm"));
        command.args(args);
        command
    }

    /// Does something to the requests that are meant, until [`Proxy::clear`].
    ///
    /// Of several faults that meet one request, delays add up, and of the others the first counts.
    pub(crate) fn fault(&self, when: When, fault: Fault) {
        self.shared.fault(when, fault);
    }

    /// Ends all faults; open gates stay open.
    pub(crate) fn clear(&self) {
        self.shared.clear();
    }

    /// Closes the proxy from the first request that is meant: this one waits at the moment given, all that come later before they are forwarded.
    pub(crate) fn gate(&self, when: When, moment: Moment) -> Gate {
        self.shared.gate(when, moment)
    }

    /// The requests so far, in the order of their coming.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests()
    }

    /// The requests so far that ask for a change; dry runs do not.
    pub(crate) fn writes(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_write).collect()
    }

    /// Forgets the requests so far; the next one is number 1 again.
    pub(crate) fn forget(&self) {
        self.shared.forget();
    }

    /// Behaves as an API server that restarts: cuts all connections, and refuses new ones for a while.
    pub(crate) fn restart(&self, refusing: Duration) {
        self.runtime.block_on(self.shared.reconnect(Some(refusing)));
    }

    /// Cuts all connections.
    pub(crate) fn disconnect(&self) {
        self.runtime.block_on(self.shared.reconnect(None));
    }

    /// Waits until the API server has answered all that was forwarded to it.
    pub(crate) fn settle(&self) {
        eventually("the API server has answered", || (self.shared.under_way() == 0).then_some(()));
    }
}

/// The administrator's connection, which passes on what it gets: no retries, no unpacking.
async fn client() -> Client {
    let wrong = "the plane's kubeconfig can be used, as its own connection shows";
    let kubeconfig = Kubeconfig::read_from(Path::new(plane().kubeconfig())).expect(wrong);
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.expect(wrong);
    config.proxy_url = config.proxy_url.filter(|_| config.cluster_url.host() != Some("127.0.0.1"));
    config.default_retry = false;
    config.disable_compression = true;
    Client::try_from(config).expect(wrong)
}
