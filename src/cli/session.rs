//! The way to the cluster: the runtime, the connection, and where records are kept.

use std::future::Future;
use std::sync::Arc;

use windlass::action::{self, Context, Event};
use windlass::cluster::Cluster;
use windlass::release::{Kubernetes, RecordKind, Store};

use super::error::Error;
use super::globals::Settings;
use super::run;

/// How much stack a thread has: templates call each other up to a thousand deep, as in Helm.
const STACK: usize = 64 * 1024 * 1024;

/// Does asynchronous work to its end.
pub(super) fn block_on(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().thread_stack_size(STACK).build().map_err(Error::Runtime)?;
    let done = runtime.block_on(work);
    // A thread that reads standard input or a slow file must not hold the exit up.
    runtime.shutdown_background();
    done
}

/// Prepares a connection; nothing is sent yet.
pub(super) async fn connect(settings: &Settings) -> Result<Arc<Cluster>, Error> {
    let cluster = Cluster::connect(&settings.connection).await.map_err(action::Error::from)?;
    Ok(Arc::new(cluster))
}

/// Opens the namespace that the flags mean, for an action.
pub(super) async fn open<'a>(
    settings: &Settings,
    told: &'a (dyn Fn(Event<'_>) + Sync),
) -> Result<Context<'a>, Error> {
    open_namespace(settings, None, told).await
}

/// Opens a namespace for an action, whatever the flags mean.
pub(super) async fn open_namespace<'a>(
    settings: &Settings,
    namespace: Option<&str>,
    told: &'a (dyn Fn(Event<'_>) + Sync),
) -> Result<Context<'a>, Error> {
    let kind = record_kind(settings.environment.get("HELM_DRIVER").unwrap_or_default())?;
    let cluster = connect(settings).await?;
    let namespace = namespace.unwrap_or(cluster.namespace()).to_owned();
    let driver = Kubernetes::new(cluster.client().clone(), kind);
    let store = Store::new(driver, &namespace);
    let run = run::describe(&settings.environment)?;
    Ok(Context { cluster, store, namespace, run, told })
}

fn record_kind(driver: &str) -> Result<RecordKind, Error> {
    match driver {
        "" | "secret" | "secrets" => Ok(RecordKind::Secret),
        "configmap" | "configmaps" => Ok(RecordKind::ConfigMap),
        "memory" | "sql" => Err(Error::usage(format!(
            "HELM_DRIVER is `{driver}`, which windlass does not have yet"
        ))),
        _ => Err(Error::usage(format!("unknown driver \"{driver}\""))),
    }
}
