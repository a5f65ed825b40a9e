//! The flags that every command has, and what they come to together with the environment.

use std::ffi::OsString;
use std::path::PathBuf;

use windlass::cluster::Connection;

use super::color::{ColorMode, Paint};
use super::environment::Environment;
use super::error::Error;
use super::flag_value;
use super::log::{Log, LogFormat};

/// The flags that every command has; each wins over its variable.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global flags")]
pub(super) struct GlobalFlags {
    /// Namespace of the release
    #[arg(short, long, global = true)]
    namespace: Option<String>,
    /// Kubeconfig file to use
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig to use
    #[arg(long, global = true, value_name = "NAME")]
    kube_context: Option<String>,
    /// Bearer token, in place of the kubeconfig's credentials
    #[arg(long, global = true, value_name = "TOKEN")]
    kube_token: Option<String>,
    /// User to act as
    #[arg(long, global = true, value_name = "NAME")]
    kube_as_user: Option<String>,
    /// Group to act as (repeatable)
    #[arg(long, global = true, value_name = "NAME")]
    kube_as_group: Vec<String>,
    /// Address of the API server
    #[arg(long, global = true, value_name = "URL")]
    kube_apiserver: Option<String>,
    /// Authority that signed the API server's certificate
    #[arg(long, global = true, value_name = "FILE")]
    kube_ca_file: Option<PathBuf>,
    /// Name that the API server's certificate must have
    #[arg(long, global = true, value_name = "NAME")]
    kube_tls_server_name: Option<String>,
    /// Accept any certificate of the API server
    #[arg(
        long,
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = flag_value::boolean
    )]
    kube_insecure_skip_tls_verify: Option<bool>,
    /// Show what happens in detail
    #[arg(
        long,
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = flag_value::boolean
    )]
    debug: Option<bool>,
    /// When to use colors: never, auto or always
    #[arg(long, global = true, alias = "colour", value_name = "WHEN", value_parser = color)]
    color: Option<ColorMode>,
    /// Form of warnings, progress and errors on standard error: text or json
    #[arg(long, global = true, value_name = "FORMAT", value_parser = LogFormat::parse)]
    log_format: Option<LogFormat>,
}

fn color(text: &str) -> Result<ColorMode, &'static str> {
    ColorMode::parse(text).ok_or("must be one of: never, auto, always")
}

/// What holds for a whole run.
#[derive(Debug)]
pub(super) struct Settings {
    /// How the program was called.
    pub(super) program: Program,
    /// The environment.
    pub(super) environment: Environment,
    /// Which cluster to talk to, and as whom.
    pub(super) connection: Connection,
    /// Whether to show details.
    pub(super) debug: bool,
    /// Where warnings go.
    pub(super) log: Log,
    /// How texts on standard output are colored.
    pub(super) paint: Paint,
    /// How what is shown on a terminal's standard error is colored.
    pub(super) live_paint: Paint,
}

/// How the program was called.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The first word of the command line.
    pub(super) path: String,
    /// Whether it stands in for Helm, called through a link or a copy named `helm`.
    pub(super) is_helm: bool,
}

impl Program {
    /// Takes the name out of the first word of the command line.
    pub(super) fn new(path: String) -> Self {
        let is_helm = PathBuf::from(&path).file_stem().is_some_and(|name| name == "helm");
        Self { path, is_helm }
    }

    /// Returns the name for usage texts.
    pub(super) fn name(&self) -> &'static str {
        if self.is_helm { "helm" } else { "windlass" }
    }
}

impl Settings {
    /// Returns how many revisions to keep: by flag, by variable, or Helm's number.
    pub(super) fn history_max(&self, flag: Option<usize>) -> usize {
        flag.unwrap_or_else(|| self.environment.number("HELM_MAX_HISTORY", 10))
    }
}

impl GlobalFlags {
    /// Lays the flags over the environment.
    pub(super) fn settings(
        self,
        program: Program,
        environment: Environment,
    ) -> Result<Settings, Error> {
        let format = match self.log_format {
            Some(format) => format,
            None => log_format(&environment)?,
        };
        let debug = self.debug.unwrap_or_else(|| environment.is_true("HELM_DEBUG"));
        let color = self.color.unwrap_or_else(|| color_mode(&environment));
        let dumb = environment.get("TERM") == Some("dumb") || environment.get("NO_COLOR").is_some();
        Ok(Settings {
            program,
            connection: self.connection(&environment),
            debug,
            log: Log { format, debug },
            paint: Paint::new(color, dumb),
            live_paint: Paint::on_terminal(color, dumb),
            environment,
        })
    }

    fn connection(self, environment: &Environment) -> Connection {
        let or = |flag: Option<String>, name: &str| {
            flag.or_else(|| environment.get(name).map(str::to_owned))
                .filter(|text| !text.is_empty())
        };
        let groups = if self.kube_as_group.is_empty() {
            environment.list("HELM_KUBEASGROUPS")
        } else {
            self.kube_as_group
        };
        let kubeconfig = self.kubeconfig.filter(|path| !path.as_os_str().is_empty());
        Connection {
            kubeconfig_required: kubeconfig.is_some(),
            kubeconfig: kubeconfig.map_or_else(|| environment.kubeconfig(), |path| vec![path]),
            context: or(self.kube_context, "HELM_KUBECONTEXT"),
            token: or(self.kube_token, "HELM_KUBETOKEN"),
            as_user: or(self.kube_as_user, "HELM_KUBEASUSER"),
            as_groups: groups,
            api_server: or(self.kube_apiserver, "HELM_KUBEAPISERVER"),
            ca_file: self
                .kube_ca_file
                .or_else(|| environment.get("HELM_KUBECAFILE").map(PathBuf::from)),
            tls_server_name: or(self.kube_tls_server_name, "HELM_KUBETLS_SERVER_NAME"),
            insecure_skip_tls_verify: self
                .kube_insecure_skip_tls_verify
                .unwrap_or_else(|| environment.is_true("HELM_KUBEINSECURE_SKIP_TLS_VERIFY")),
            namespace: or(self.namespace, "HELM_NAMESPACE"),
        }
    }
}

fn color_mode(environment: &Environment) -> ColorMode {
    if environment.get("NO_COLOR").is_some() {
        return ColorMode::Never;
    }
    let text = environment.get("HELM_COLOR").unwrap_or_default().to_lowercase();
    ColorMode::parse(&text).unwrap_or_default()
}

/// Returns the form of log lines that the environment asks for.
pub(super) fn log_format(environment: &Environment) -> Result<LogFormat, Error> {
    let text = environment.get("WINDLASS_LOG_FORMAT").unwrap_or("text");
    LogFormat::parse(text)
        .map_err(|error| Error::usage(format!("WINDLASS_LOG_FORMAT is `{text}`, but {error}")))
}

/// Returns the log for errors of a command line that cannot be understood.
pub(super) fn early_log(environment: &Environment, words: &[OsString]) -> Log {
    let says = |pair: &[OsString]| pair[0] == "--log-format" && pair[1] == "json";
    let by_flag =
        words.iter().any(|word| word == "--log-format=json") || words.windows(2).any(says);
    let format = match log_format(environment) {
        _ if by_flag => LogFormat::Json,
        format => format.unwrap_or_default(),
    };
    Log { format, debug: false }
}
