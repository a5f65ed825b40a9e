//! From kubeconfig files and flags to a client, as kubectl and Helm do it.

use std::path::PathBuf;

use http::header::{HeaderValue, USER_AGENT};
use kube::Config;
use kube::config::{
    AuthInfo, Cluster as NamedServer, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo,
    NamedCluster, NamedContext,
};

use super::{Cluster, Error, transport};

/// How the API server's logs name this program.
const AGENT: &str = concat!("windlass/", env!("CARGO_PKG_VERSION"));

/// Which cluster to talk to, and as whom; what is `None` comes from the kubeconfig.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The kubeconfig files, first wins; those that do not exist are passed over.
    pub kubeconfig: Vec<PathBuf>,
    /// Whether the files were named by a flag, so that a missing one is an error.
    pub kubeconfig_required: bool,
    /// The context of the kubeconfig.
    pub context: Option<String>,
    /// A bearer token in place of the user's credentials.
    pub token: Option<String>,
    /// The user to impersonate.
    pub as_user: Option<String>,
    /// The groups to impersonate.
    pub as_groups: Vec<String>,
    /// The API server's URL.
    pub api_server: Option<String>,
    /// The file with the authority that signed the API server's certificate.
    pub ca_file: Option<PathBuf>,
    /// The name that the API server's certificate must have.
    pub tls_server_name: Option<String>,
    /// Whether to accept any certificate.
    pub insecure_skip_tls_verify: bool,
    /// The namespace in place of the context's.
    pub namespace: Option<String>,
}

/// Chooses the cryptography of every TLS connection of this process; the first call counts.
pub fn prepare_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // A second caller that was faster has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Returns the namespace that a connection means, without talking to the cluster.
///
/// # Errors
/// Fails when a kubeconfig exists and cannot be read.
pub fn namespace(connection: &Connection) -> Result<String, Error> {
    if let Some(namespace) = &connection.namespace {
        return Ok(namespace.clone());
    }
    let kubeconfig = read(connection)?;
    let from_context = kubeconfig.as_ref().and_then(|kubeconfig| {
        let name = connection.context.as_ref().or(kubeconfig.current_context.as_ref())?;
        let context = kubeconfig.contexts.iter().find(|context| context.name == *name)?;
        context.context.as_ref()?.namespace.clone()
    });
    Ok(from_context.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned()))
}

impl Cluster {
    /// Reads the kubeconfig and prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// Fails when there is no kubeconfig, or none that says where the cluster is.
    pub async fn connect(connection: &Connection) -> Result<Self, Error> {
        prepare_tls();
        let mut config = config(connection).await?;
        // Watches end by themselves; without a limit on connecting, a dead address hangs for minutes.
        config.connect_timeout = Some(std::time::Duration::from_secs(10));
        config.headers.push((USER_AGENT, HeaderValue::from_static(AGENT)));
        let url = config.cluster_url.to_string();
        let namespace = connection.namespace.clone().unwrap_or(config.default_namespace.clone());
        let client =
            transport::client(config).map_err(|error| Error::from_kube("connect", &url, error))?;
        Ok(Self::new(client, namespace, url))
    }
}

async fn config(connection: &Connection) -> Result<Config, Error> {
    let Some(mut kubeconfig) = read(connection)? else {
        return Config::incluster()
            .map_err(|_| Error::NoKubeconfig { looked_for: connection.kubeconfig.clone() });
    };
    let wrong = |reason: String| Error::Kubeconfig { paths: connection.kubeconfig.clone(), reason };
    override_with_flags(&mut kubeconfig, connection).map_err(wrong)?;
    let names_proxy = names_proxy(&kubeconfig);
    let options = KubeConfigOptions { context: connection.context.clone(), ..Default::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    // Go never sends what goes to this machine through the proxy of the environment; kube would.
    if !names_proxy && config.cluster_url.host().is_some_and(is_loopback) {
        config.proxy_url = None;
    }
    Ok(config)
}

fn names_proxy(kubeconfig: &Kubeconfig) -> bool {
    let servers = kubeconfig.clusters.iter().filter_map(|server| server.cluster.as_ref());
    servers.into_iter().any(|server| server.proxy_url.is_some())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Merges the files; `None` when there are none and no flag names a server.
fn read(connection: &Connection) -> Result<Option<Kubeconfig>, Error> {
    let mut merged: Option<Kubeconfig> = None;
    for path in &connection.kubeconfig {
        if !path.exists() && !connection.kubeconfig_required {
            continue;
        }
        let wrong = |error: kube::config::KubeconfigError| Error::Kubeconfig {
            paths: vec![path.clone()],
            reason: error.to_string(),
        };
        let next = Kubeconfig::read_from(path).map_err(wrong)?;
        merged = Some(match merged {
            Some(first) => first.merge(next).map_err(wrong)?,
            None => next,
        });
    }
    Ok(merged.or_else(|| connection.api_server.as_ref().map(|_| Kubeconfig::default())))
}

/// Lays the flags over the chosen context, making one where the kubeconfig has none.
fn override_with_flags(kubeconfig: &mut Kubeconfig, flags: &Connection) -> Result<(), String> {
    let name = flags.context.clone().or_else(|| kubeconfig.current_context.clone());
    let name = match name.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None if flags.api_server.is_some() => add_context(kubeconfig),
        None => return Err("it has no current-context".to_owned()),
    };
    let context = kubeconfig.contexts.iter().find(|context| context.name == name);
    let context = context
        .and_then(|context| context.context.clone())
        .ok_or_else(|| format!("context `{name}` does not exist"))?;
    let server = kubeconfig
        .clusters
        .iter_mut()
        .find(|server| server.name == context.cluster)
        .and_then(|server| server.cluster.as_mut())
        .ok_or_else(|| format!("cluster `{}` does not exist", context.cluster))?;
    override_server(server, flags);
    let Some(user_name) = context.user.filter(|name| !name.is_empty()) else { return Ok(()) };
    let user = kubeconfig
        .auth_infos
        .iter_mut()
        .find(|user| user.name == user_name)
        .ok_or_else(|| format!("user `{user_name}` does not exist"))?;
    override_user(user.auth_info.get_or_insert_default(), flags);
    Ok(())
}

fn add_context(kubeconfig: &mut Kubeconfig) -> String {
    let name = "windlass-flags".to_owned();
    kubeconfig.clusters.push(NamedCluster {
        name: name.clone(),
        cluster: Some(NamedServer::default()),
        ..Default::default()
    });
    kubeconfig.auth_infos.push(NamedAuthInfo {
        name: name.clone(),
        auth_info: Some(AuthInfo::default()),
        ..Default::default()
    });
    kubeconfig.contexts.push(NamedContext {
        name: name.clone(),
        context: Some(Context {
            cluster: name.clone(),
            user: Some(name.clone()),
            ..Default::default()
        }),
        ..Default::default()
    });
    kubeconfig.current_context = Some(name.clone());
    name
}

fn override_server(server: &mut NamedServer, flags: &Connection) {
    if let Some(url) = &flags.api_server {
        server.server = Some(url.clone());
    }
    if let Some(file) = &flags.ca_file {
        server.certificate_authority = Some(file.display().to_string());
        server.certificate_authority_data = None;
    }
    if let Some(name) = &flags.tls_server_name {
        server.tls_server_name = Some(name.clone());
    }
    if flags.insecure_skip_tls_verify {
        // client-go refuses an authority together with the wish not to check.
        server.insecure_skip_tls_verify = Some(true);
        server.certificate_authority = None;
        server.certificate_authority_data = None;
    }
}

fn override_user(user: &mut AuthInfo, flags: &Connection) {
    if let Some(token) = &flags.token {
        // A token given on the command line stands alone, as kubectl has it.
        *user = AuthInfo {
            token: Some(token.clone().into()),
            impersonate: user.impersonate.clone(),
            impersonate_groups: user.impersonate_groups.clone(),
            ..Default::default()
        };
    }
    if let Some(name) = &flags.as_user {
        user.impersonate = Some(name.clone());
    }
    if !flags.as_groups.is_empty() {
        user.impersonate_groups = Some(flags.as_groups.clone());
    }
}
