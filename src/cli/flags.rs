//! Flags that several commands share, and what they ask of an action.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use windlass::action::{
    self, ChartOptions, DeployOptions, DryRun, LockOptions, PostRenderer, SchemaCheck,
    UserValueFlags,
};
use windlass::cluster::{CrdPolicy, Selection};
use windlass::release::ApplyMethod;

use super::error::Error;
use super::flag_value::{self, List, Pairs};
use super::log::Log;

/// The flags by which values are given.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Values")]
pub(super) struct ValueFlags {
    /// Values file, its URL, or - for standard input (repeatable, or a comma list)
    #[arg(short = 'f', long, value_name = "FILE", value_parser = flag_value::list)]
    values: Vec<List>,
    /// Set values: a.b=1,c[0]=x (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Set values that are strings whatever they look like (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set_string: Vec<String>,
    /// Set values given as JSON, or a whole JSON object (repeatable)
    #[arg(long, value_name = "PATH=JSON")]
    set_json: Vec<String>,
    /// Set values to what files hold (repeatable)
    #[arg(long, value_name = "PATH=FILE")]
    set_file: Vec<String>,
    /// Set one value to the rest of the text, whatever is in it (repeatable)
    #[arg(long, value_name = "PATH=TEXT")]
    set_literal: Vec<String>,
}

impl From<ValueFlags> for UserValueFlags {
    fn from(flags: ValueFlags) -> Self {
        Self {
            files: flat(flags.values),
            set_json: flags.set_json,
            set: flags.set,
            set_string: flags.set_string,
            set_file: flags.set_file,
            set_literal: flags.set_literal,
        }
    }
}

/// How a release gets its name when none is given.
#[derive(Debug, clap::Args)]
pub(super) struct NameFlags {
    /// Make a name up from the chart's and the time
    #[arg(short, long)]
    generate_name: bool,
    /// Make the name by a Go template
    #[arg(long, value_name = "TEMPLATE", default_value = "", hide_default_value = true)]
    name_template: String,
}

impl NameFlags {
    /// Chooses the name as Helm does; `usual` is the one that is taken before any is made up.
    pub(super) fn choose(
        &self,
        name: Option<String>,
        usual: Option<&str>,
        chart: &Path,
    ) -> Result<String, Error> {
        match (name, usual) {
            (Some(_), _) if self.generate_name => {
                Err(Error::usage("cannot set --generate-name and also specify a name"))
            }
            (Some(_), _) if !self.name_template.is_empty() => {
                Err(Error::usage("cannot set --name-template and also specify a name"))
            }
            (Some(name), _) => Ok(name),
            (None, _) if !self.name_template.is_empty() => {
                Ok(action::render_name(&self.name_template)?)
            }
            (None, Some(usual)) => Ok(usual.to_owned()),
            (None, None) if self.generate_name => Ok(generated(chart)),
            (None, None) => {
                Err(Error::usage("must either provide a name or specify --generate-name"))
            }
        }
    }
}

/// Makes a name of the chart's, up to its first dot, and the seconds since 1970.
fn generated(chart: &Path) -> String {
    let base = chart.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let base = base.split('.').next().filter(|base| !base.is_empty()).unwrap_or("chart");
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("{base}-{seconds}")
}

/// The flags of `install` that say only how objects are applied.
///
/// Helm's `template` takes them, so that a script can give both commands one list of flags. They
/// are checked here as there; nothing is applied, so nothing more comes of them.
#[derive(Debug, clap::Args)]
pub(super) struct ApplyingFlags {
    #[command(flatten)]
    labels: LabelFlag,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "watcher", value_parser = wait)]
    wait: Option<Wait>,
    #[arg(long, hide = true, default_value = "5m0s", value_parser = flag_value::duration)]
    timeout: Duration,
    #[arg(long = "description", hide = true)]
    _description: Option<String>,
    #[arg(long = "create-namespace", hide = true)]
    _create_namespace: bool,
    #[arg(long = "lock-timeout", hide = true, value_parser = flag_value::duration)]
    _lock_timeout: Option<Duration>,
    #[arg(long = "pending-grace", hide = true, value_parser = flag_value::duration)]
    _pending_grace: Option<Duration>,
    #[arg(long = "disable-openapi-validation", hide = true)]
    _disable_openapi_validation: bool,
    #[arg(long = "force-conflicts", hide = true)]
    _force_conflicts: bool,
    #[arg(long = "force-replace", alias = "force", hide = true)]
    _force_replace: bool,
    #[arg(long = "rollback-on-failure", alias = "atomic", hide = true)]
    _rollback_on_failure: bool,
    #[arg(long = "replace", hide = true)]
    _replace: bool,
    #[arg(long = "server-side", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = flag_value::boolean)]
    _server_side: Option<bool>,
    #[arg(long = "skip-crds", hide = true)]
    _skip_crds: bool,
    #[arg(long = "take-ownership", hide = true)]
    _take_ownership: bool,
    #[arg(long = "wait-for-jobs", hide = true)]
    _wait_for_jobs: bool,
}

impl ApplyingFlags {
    /// Checks what `install` would check.
    pub(super) fn check(self, log: Log) -> Result<(), Error> {
        WaitFlags { wait: self.wait, timeout: self.timeout }.strategy(log);
        self.labels.labels().map(|_| ())
    }
}

/// How values are checked against schemas.
#[derive(Debug, clap::Args)]
pub(super) struct SchemaFlags {
    /// Take values as they are, whatever values.schema.json says
    #[arg(long)]
    skip_schema_validation: bool,
    /// Fetch the schemas of the web that values.schema.json names; without it, anything fits them
    #[arg(long)]
    enable_schema_fetch: bool,
}

impl SchemaFlags {
    /// Turns the flags into what an action takes.
    pub(super) fn check(self) -> SchemaCheck {
        match (self.skip_schema_validation, self.enable_schema_fetch) {
            (true, _) => SchemaCheck::Skip,
            (false, true) => SchemaCheck::Fetch,
            (false, false) => SchemaCheck::Local,
        }
    }
}

/// Whether templates may ask for addresses.
#[derive(Debug, clap::Args)]
pub(super) struct DnsFlag {
    /// Let getHostByName in templates ask for addresses; without it, it gives nothing
    #[arg(long)]
    pub(super) enable_dns: bool,
}

/// How a chart is rendered.
#[derive(Debug, clap::Args)]
pub(super) struct RenderFlags {
    #[command(flatten)]
    schema: SchemaFlags,
    #[command(flatten)]
    dns: DnsFlag,
    /// Show the notes of subcharts too
    #[arg(long)]
    render_subchart_notes: bool,
    /// Program that changes what was rendered, by path or name (several: one after another)
    #[arg(long, value_name = "PROGRAM")]
    post_renderer: Vec<String>,
    /// Argument for the post-renderer (repeatable)
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    post_renderer_args: Vec<String>,
}

impl RenderFlags {
    /// Turns the flags into what an action takes.
    pub(super) fn options(self, chart: PathBuf) -> Result<ChartOptions, Error> {
        let programs: Vec<_> =
            self.post_renderer.into_iter().filter(|program| !program.is_empty()).collect();
        if programs.len() > 1 && !self.post_renderer_args.is_empty() {
            return Err(Error::usage(
                "--post-renderer-args goes with one --post-renderer; it is not clear which is meant",
            ));
        }
        let arguments = self.post_renderer_args;
        let program = |program| PostRenderer { program, arguments: arguments.clone() };
        Ok(ChartOptions {
            chart,
            render_subchart_notes: self.render_subchart_notes,
            schema: self.schema.check(),
            enable_dns: self.dns.enable_dns,
            post_renderers: programs.into_iter().map(program).collect(),
        })
    }
}

/// Joins the lists of a flag that was given several times.
pub(super) fn flat(lists: Vec<List>) -> Vec<String> {
    lists.into_iter().flat_map(|List(items)| items).collect()
}

/// The flags of everything that changes a release.
#[derive(Debug, clap::Args)]
pub(super) struct OperationFlags {
    #[command(flatten)]
    wait: WaitFlags,
    /// With --wait, also wait until Jobs are complete
    #[arg(long)]
    wait_for_jobs: bool,
    #[command(flatten)]
    dry_run: DryRunFlag,
    /// Description of the new revision
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Take fields over from other field managers
    #[arg(long)]
    force_conflicts: bool,
    /// Replace objects that change whole, with --server-side=false
    #[arg(long, alias = "force")]
    force_replace: bool,
    /// Delete this object and make it anew if a field would change that cannot (repeatable)
    #[arg(long, value_name = "KIND/NAME", value_parser = selection)]
    recreate: Vec<Selection>,
    #[command(flatten)]
    hooks: HooksFlag,
    #[command(flatten)]
    lock: LockFlag,
}

/// Whether hooks are run.
#[derive(Debug, clap::Args)]
pub(super) struct HooksFlag {
    /// Run no hooks
    #[arg(long)]
    pub(super) no_hooks: bool,
}

/// Who merges changes, of an install.
#[derive(Debug, clap::Args)]
pub(super) struct FirstMethodFlag {
    /// Let the API server merge changes; =false works them out on this side, as Helm 3 did
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = flag_value::boolean
    )]
    server_side: Option<bool>,
}

impl FirstMethodFlag {
    /// Turns the flag into what an action takes.
    pub(super) fn method(&self) -> Option<ApplyMethod> {
        self.server_side.map(method)
    }
}

/// Who merges changes, of an upgrade or a rollback.
#[derive(Debug, clap::Args)]
pub(super) struct MethodFlag {
    /// Let the API server merge changes, or this side, as Helm 3 did; auto is how it was last
    #[arg(
        long,
        value_name = "true|false|auto",
        default_value = "auto",
        value_parser = ["true", "false", "auto"]
    )]
    server_side: String,
}

impl MethodFlag {
    /// Turns the flag into what an action takes; nothing for auto.
    pub(super) fn method(&self) -> Option<ApplyMethod> {
        self.server_side.parse().ok().map(method)
    }
}

fn method(is_server_side: bool) -> ApplyMethod {
    if is_server_side { ApplyMethod::ServerSide } else { ApplyMethod::ClientSide }
}

fn selection(text: &str) -> Result<Selection, &'static str> {
    Selection::parse(text).ok_or("it is not of the form kind/name")
}

/// How long to wait for another run that is at work on the release.
#[derive(Debug, clap::Args)]
pub(super) struct LockFlag {
    /// How long to wait for another run at work on the release, 0 for not at all
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = flag_value::duration)]
    lock_timeout: Duration,
}

impl LockFlag {
    /// Turns the flag into what an action takes.
    pub(super) fn options(&self, pending_grace: Duration) -> LockOptions {
        LockOptions { timeout: self.lock_timeout, pending_grace }
    }
}

/// The flags of installing and upgrading that go to the cluster.
#[derive(Debug, clap::Args)]
pub(super) struct AdoptFlags {
    /// Take objects over that belong to nobody or to another release
    #[arg(long)]
    take_ownership: bool,
    /// Let the API server accept fields that its schema does not know
    #[arg(long)]
    disable_openapi_validation: bool,
    /// How long a pending revision of Helm's counts before it is taken for dead and cleared
    #[arg(long, value_name = "DURATION", default_value = "10m0s", value_parser = flag_value::duration)]
    pending_grace: Duration,
    /// What happens to the files of crds/: create makes those that do not exist, upgrade also
    /// changes those that do, skip leaves them [default: upgrade at an install, else skip]
    #[arg(long, value_name = "create|upgrade|skip", value_parser = crd_policy)]
    crds: Option<CrdPolicy>,
    /// The same as --crds=skip
    #[arg(long, conflicts_with = "crds")]
    skip_crds: bool,
    /// Go on although a changed CustomResourceDefinition breaks objects that are there
    #[arg(long)]
    force_crds: bool,
}

fn crd_policy(text: &str) -> Result<CrdPolicy, &'static str> {
    match text {
        "create" => Ok(CrdPolicy::Create),
        "upgrade" => Ok(CrdPolicy::Upgrade),
        "skip" => Ok(CrdPolicy::Skip),
        _ => Err("it is none of create, upgrade and skip"),
    }
}

impl AdoptFlags {
    fn crds(&self) -> Option<CrdPolicy> {
        if self.skip_crds { Some(CrdPolicy::Skip) } else { self.crds }
    }
}

impl OperationFlags {
    /// Returns the description, for a check of its length.
    pub(super) fn description(&self) -> &str {
        self.description.as_deref().unwrap_or_default()
    }

    /// Turns the flags into what an action takes.
    pub(super) fn options(
        self,
        adopt: Option<AdoptFlags>,
        method: Option<ApplyMethod>,
        history_max: usize,
        log: Log,
    ) -> Result<DeployOptions, Error> {
        // A rollback goes ahead whatever is pending, as in Helm.
        let grace = adopt.as_ref().map_or(Duration::ZERO, |adopt| adopt.pending_grace);
        let lock = self.lock.options(grace);
        Ok(DeployOptions {
            dry_run: self.dry_run.strategy(log)?,
            wait: self.wait.strategy(log),
            wait_for_jobs: self.wait_for_jobs,
            timeout: self.wait.timeout,
            hooks: !self.hooks.no_hooks,
            description: self.description.filter(|text| !text.is_empty()),
            force_conflicts: self.force_conflicts,
            method,
            force_replace: self.force_replace,
            recreate: self.recreate,
            crds: adopt.as_ref().and_then(AdoptFlags::crds),
            force_crds: adopt.as_ref().is_some_and(|adopt| adopt.force_crds),
            take_ownership: adopt.as_ref().is_some_and(|adopt| adopt.take_ownership),
            disable_openapi_validation: adopt.is_some_and(|adopt| adopt.disable_openapi_validation),
            repair: false,
            rollback_on_failure: false,
            cleanup_on_fail: false,
            history_max,
            lock,
        })
    }
}

/// Whether and how long to wait.
#[derive(Debug, clap::Args)]
pub(super) struct WaitFlags {
    /// Wait until objects are ready; hookOnly, the default without the flag, waits for hooks only
    #[arg(
        long,
        value_name = "STRATEGY",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "watcher",
        value_parser = wait
    )]
    wait: Option<Wait>,
    /// How long to wait for the objects, and for each hook, such as 90s or 1h30m
    #[arg(long, value_name = "DURATION", default_value = "5m0s", value_parser = flag_value::duration)]
    pub(super) timeout: Duration,
}

/// What `--wait` was set to.
#[derive(Debug, Clone, Copy)]
enum Wait {
    Watcher,
    HookOnly,
    /// The boolean of Helm 3.
    Boolean(bool),
}

fn wait(text: &str) -> Result<Wait, String> {
    match text {
        "watcher" => Ok(Wait::Watcher),
        "hookOnly" => Ok(Wait::HookOnly),
        "true" => Ok(Wait::Boolean(true)),
        "false" => Ok(Wait::Boolean(false)),
        "legacy" => Err("windlass waits with watches only; use watcher".to_owned()),
        _ => Err(format!("invalid wait input \"{text}\". Valid inputs are watcher and hookOnly")),
    }
}

impl WaitFlags {
    /// Says whether to wait; warns of the old form.
    pub(super) fn strategy(&self, log: Log) -> bool {
        let Some(Wait::Boolean(is_on)) = self.wait else {
            return matches!(self.wait, Some(Wait::Watcher));
        };
        let better = if is_on { "watcher" } else { "hookOnly" };
        log.warn(&format!(
            "--wait={is_on} is deprecated (boolean value) and can be replaced with --wait={better}"
        ));
        is_on
    }
}

/// Whether to look only.
#[derive(Debug, clap::Args)]
pub(super) struct DryRunFlag {
    /// Look only: client asks the cluster for nothing but the release, server lets it try
    #[arg(
        long,
        value_name = "none|client|server",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = UNSET
    )]
    dry_run: Option<String>,
}

/// What `--dry-run` without a value counts as, as in Helm.
const UNSET: &str = "unset";

impl DryRunFlag {
    /// Returns what is asked for; warns of the old forms.
    pub(super) fn strategy(&self, log: Log) -> Result<DryRun, Error> {
        let text = self.dry_run.as_deref().unwrap_or("none");
        dry_run(text, log).ok_or_else(|| invalid(text, "\"none\", \"server\", or \"client\""))
    }

    /// Returns what is asked of `template`, which never changes anything.
    pub(super) fn of_template(&self, log: Log) -> Result<DryRun, Error> {
        let text = self.dry_run.as_deref().unwrap_or("client");
        let strategy = dry_run(text, log).filter(|strategy| *strategy != DryRun::None);
        strategy.ok_or_else(|| invalid(text, "\"server\" or \"client\""))
    }
}

fn dry_run(text: &str, log: Log) -> Option<DryRun> {
    let old = |strategy: DryRun, name: &str| {
        log.warn(&format!(
            "boolean '--dry-run={}' flag is deprecated and must be replaced with '--dry-run={name}'",
            strategy != DryRun::None
        ));
        strategy
    };
    match text {
        "none" => Some(DryRun::None),
        "client" => Some(DryRun::Client),
        "server" => Some(DryRun::Server),
        UNSET => {
            log.warn("--dry-run is deprecated and should be replaced with '--dry-run=client'");
            Some(DryRun::Client)
        }
        _ => match flag_value::boolean(text).ok()? {
            true => Some(old(DryRun::Client, "client")),
            false => Some(old(DryRun::None, "none")),
        },
    }
}

fn invalid(text: &str, allowed: &str) -> Error {
    Error::usage(format!("invalid dry-run value (\"{text}\"). Must be {allowed}"))
}

/// Labels for the record of a release.
#[derive(Debug, clap::Args)]
pub(super) struct LabelFlag {
    /// Labels for the release's record: a=b,c=d (repeatable)
    #[arg(short, long, value_name = "LABELS", value_parser = flag_value::pairs)]
    labels: Vec<Pairs>,
}

impl LabelFlag {
    /// Returns the labels; the last one of a name wins.
    pub(super) fn labels(self) -> Result<BTreeMap<String, String>, Error> {
        let labels: BTreeMap<String, String> =
            self.labels.into_iter().flat_map(|Pairs(pairs)| pairs).collect();
        let system = windlass::release::SYSTEM_LABELS;
        if labels.keys().any(|name| system.contains(&name.as_str())) {
            return Err(Error::usage(format!(
                "user supplied labels contains system reserved label name. System labels: [{}]",
                system.join(" ")
            )));
        }
        Ok(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_start_with_the_chart() {
        for (chart, start) in [
            ("./web", "web-"),
            ("/charts/web-1.2.3.tgz", "web-1-"),
            ("..", "chart-"),
            ("web/", "web-"),
        ] {
            let name = generated(Path::new(chart));
            let seconds = name.strip_prefix(start).unwrap_or_else(|| panic!("{chart}: {name}"));
            assert!(seconds.parse::<u64>().is_ok(), "{chart}: {name}");
        }
    }
}
