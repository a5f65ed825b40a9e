//! `env`: the variables that windlass knows, with what they come to.

use std::io::Write;

use windlass::cluster;

use super::error::Error;
use super::globals::{self, Settings};
use super::log::LogFormat;

/// Show the environment variables that count, with their values
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass env HELM_CACHE_HOME")]
pub(super) struct Args {
    /// Variable to show the bare value of
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let variables = variables(settings)?;
    match &args.name {
        Some(wanted) => {
            let found = variables.iter().find(|(name, _)| name == wanted);
            writeln!(out, "{}", found.map_or("", |(_, value)| value))?;
        }
        None => {
            for (name, value) in variables {
                writeln!(out, "{name}=\"{value}\"")?;
            }
        }
    }
    Ok(())
}

/// Returns the variables in the order of their names.
fn variables(settings: &Settings) -> Result<Vec<(&'static str, String)>, Error> {
    let Settings { environment, connection, program, .. } = settings;
    let or = |name: &str, path: std::path::PathBuf| match environment.get(name) {
        Some(value) => value.to_owned(),
        None => path.display().to_string(),
    };
    let (cache, config, data) =
        (environment.cache_home(), environment.config_home(), environment.data_home());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let ca_file = connection.ca_file.as_ref().map(|path| path.display().to_string());
    let mut variables = vec![
        ("HELM_BIN", program.path.clone()),
        ("HELM_BURST_LIMIT", environment.number("HELM_BURST_LIMIT", 100_i64).to_string()),
        ("HELM_CACHE_HOME", cache.display().to_string()),
        ("HELM_CONFIG_HOME", config.display().to_string()),
        ("HELM_CONTENT_CACHE", or("HELM_CONTENT_CACHE", cache.join("content"))),
        ("HELM_DATA_HOME", data.display().to_string()),
        ("HELM_DEBUG", settings.debug.to_string()),
        ("HELM_KUBEAPISERVER", text(&connection.api_server)),
        ("HELM_KUBEASGROUPS", connection.as_groups.join(",")),
        ("HELM_KUBEASUSER", text(&connection.as_user)),
        ("HELM_KUBECAFILE", ca_file.unwrap_or_default()),
        ("HELM_KUBECONTEXT", text(&connection.context)),
        ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", connection.insecure_skip_tls_verify.to_string()),
        ("HELM_KUBETLS_SERVER_NAME", text(&connection.tls_server_name)),
        // Helm prints the token itself, which has no place in a log.
        ("HELM_KUBETOKEN", connection.token.as_ref().map_or("", |_| "***").to_owned()),
        ("HELM_MAX_HISTORY", settings.history_max(None).to_string()),
        ("HELM_NAMESPACE", namespace(settings)),
        ("HELM_PLUGINS", or("HELM_PLUGINS", data.join("plugins"))),
        ("HELM_QPS", format!("{:.2}", environment.number("HELM_QPS", 0_f32))),
        ("HELM_REGISTRY_CONFIG", or("HELM_REGISTRY_CONFIG", config.join("registry/config.json"))),
        ("HELM_REPOSITORY_CACHE", or("HELM_REPOSITORY_CACHE", cache.join("repository"))),
        ("HELM_REPOSITORY_CONFIG", or("HELM_REPOSITORY_CONFIG", config.join("repositories.yaml"))),
    ];
    if connection.kubeconfig_required {
        let path = &connection.kubeconfig[0];
        variables.push(("KUBECONFIG", path.display().to_string()));
    }
    if !program.is_helm {
        let format = match globals::log_format(environment)? {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        variables.push(("WINDLASS_LOG_FORMAT", format.to_owned()));
    }
    Ok(variables)
}

/// Returns the namespace that is meant; a kubeconfig that cannot be read names none, as in Helm.
fn namespace(settings: &Settings) -> String {
    cluster::namespace(&settings.connection).unwrap_or_else(|_| "default".to_owned())
}
