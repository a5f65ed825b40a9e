//! Install: the first revision of a release.

use super::deploy::{DeployOptions, Draft, DryRun, Operation};
use super::lock::{Lock, Pending};
use super::prepare::{self, ChartOptions, Prepared, Wanted};
use super::{Context, Error, Event, UserValueFlags, read_user_layers};
use crate::chart::{Capabilities, Chart};
use crate::engine::{self, ReleaseInfo};
use crate::release::{ApplyMethod, Release, Status};
use crate::values::Layer;
use crate::yaml::Map;

/// What to install.
#[derive(Debug, Clone)]
pub struct Install {
    /// The release's name.
    pub name: String,
    /// The chart, and how it is rendered.
    pub chart: ChartOptions,
    /// The user's values.
    pub values: UserValueFlags,
    /// Labels for the record.
    pub labels: std::collections::BTreeMap<String, String>,
    /// Whether the namespace is made if it is not there.
    pub create_namespace: bool,
    /// Whether the name of an uninstalled or failed release may be taken again.
    pub replace: bool,
    /// How it is carried out.
    pub options: DeployOptions,
}

/// Helm's limit: the names of objects add to it, and Kubernetes allows 63 bytes.
const MAX_NAME: usize = 53;

/// Installs a chart, and returns the revision as recorded: 1, or the next one where a name is taken
/// again or a run died that installed it.
///
/// # Errors
/// Fails before anything is applied when the name is taken, or chart, values, templates or objects
/// are wrong; fails after a failed record was written when the cluster refuses or is not ready.
pub async fn install(ctx: &Context<'_>, request: Install) -> Result<Release, Error> {
    let loaded = ready_install(&request).await?;
    let looks_only = request.options.dry_run != DryRun::None;
    let (name, options) = (request.name.clone(), request.options.lock);
    let work = async |lock: &Lock| {
        let draft = draft_install(ctx, request, loaded, lock).await?;
        ctx.deploy(draft, lock).await
    };
    ctx.locked(&name, "install", looks_only, &options, work).await
}

/// Reads what an install needs before the cluster is asked.
pub(super) async fn ready_install(request: &Install) -> Result<Loaded, Error> {
    check_name(&request.name)?;
    load(&request.chart, &request.values).await
}

/// Prepares revision 1, or the next one of a name that is taken again.
pub(super) async fn draft_install(
    ctx: &Context<'_>,
    request: Install,
    loaded: Loaded,
    lock: &Lock,
) -> Result<Draft, Error> {
    let history = ctx.history_when_free(lock, Pending::Respected).await?;
    install_over(ctx, request, loaded, &history).await
}

/// What is read before the cluster is asked: a chart, and the user's values.
pub(super) type Loaded = (Chart, (Map, Vec<Layer>));

pub(super) async fn load(chart: &ChartOptions, values: &UserValueFlags) -> Result<Loaded, Error> {
    Ok((prepare::load(&chart.chart)?, read_user_layers(values).await?))
}

/// Prepares the revision over what there is of a release.
pub(super) async fn install_over(
    ctx: &Context<'_>,
    request: Install,
    (chart, (user_values, layers)): Loaded,
    history: &[Release],
) -> Result<Draft, Error> {
    let last = history.last();
    let left_behind = last.filter(|_| is_left_behind(history));
    let revision = match last {
        None => 1,
        Some(last) if left_behind.is_some() || (request.replace && is_over(last)) => {
            last.version + 1
        }
        Some(last) => return Err(in_use(last)),
    };
    let release = release_info(&request.name, &ctx.namespace, revision, true);
    let create_namespace = request.create_namespace && request.options.dry_run == DryRun::None;
    let operation = Operation::Install { create_namespace };
    let crds = operation.crds(&request.options);
    let prepared = ctx.render(chart, &user_values, &layers, release, &request.chart, crds).await?;
    warn_of_what_is_left_out(ctx, &prepared);
    let mut next = new_release(&request.name, &ctx.namespace, revision, prepared, user_values);
    next.labels = request.labels;
    next.apply_method = request.options.method.unwrap_or(ApplyMethod::ServerSide);
    let current = left_behind.cloned();
    Ok(Draft {
        operation,
        current,
        others: Vec::new(),
        next,
        options: request.options,
        reason: None,
    })
}

/// Says whether all there is of a release is what a run left behind that died, so that whoever
/// repeats the command wants it to go on.
fn is_left_behind(history: &[Release]) -> bool {
    let is_deployed = |release: &Release| release.info.status == Status::Deployed;
    let by_the_dead = |last: &Release| last.info.status == Status::Failed && last.holder.is_some();
    history.last().is_some_and(by_the_dead) && !history.iter().any(is_deployed)
}

/// Returns the revision that [`install`] would make, for a cluster that offers what Helm takes for
/// granted; no cluster is asked.
///
/// # Errors
/// Fails when the name, the chart, values or templates are wrong.
pub async fn preview_install(
    namespace: &str,
    request: Install,
    told: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Release, Error> {
    check_name(&request.name)?;
    let chart = prepare::load(&request.chart.chart)?;
    let (user_values, layers) = read_user_layers(&request.values).await?;
    let release = release_info(&request.name, namespace, 1, true);
    let capabilities = Capabilities::default();
    let prepared = prepare::render(
        chart,
        &user_values,
        release,
        capabilities,
        None,
        &request.chart,
        &Wanted { layers: &layers, trace: false },
    )
    .await?;
    for warning in &prepared.warnings {
        told(Event::Warning(warning.clone()));
    }
    let mut next = new_release(&request.name, namespace, 1, prepared, user_values);
    next.labels = request.labels;
    next.apply_method = request.options.method.unwrap_or(ApplyMethod::ServerSide);
    let operation = Operation::Install { create_namespace: false };
    Ok(operation.dry(next, &request.options))
}

fn is_over(last: &Release) -> bool {
    matches!(last.info.status, Status::Uninstalled | Status::Failed)
}

fn in_use(last: &Release) -> Error {
    Error::NameInUse {
        name: last.name.clone(),
        revision: last.version,
        status: last.info.status.as_str().to_owned(),
    }
}

/// Checks a release name as Helm does: a DNS subdomain of at most 53 bytes.
///
/// # Errors
/// Says which rule the name breaks.
pub fn check_name(name: &str) -> Result<(), Error> {
    let wrong = |reason| Err(Error::InvalidName { name: name.to_owned(), reason });
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.is_empty() {
        return wrong("no name provided");
    }
    if name.len() > MAX_NAME {
        return wrong("it is longer than 53 characters");
    }
    if !name.split('.').all(label) {
        return wrong(
            "it must be lower-case letters, digits, `-` and `.`, and start and end with a letter or digit",
        );
    }
    Ok(())
}

/// Renders the template of a release's name.
///
/// # Errors
/// Fails if it is no template or cannot be rendered.
pub fn render_name(template: &str) -> Result<String, Error> {
    engine::render_name(template).map_err(|reason| Error::NameTemplate { reason })
}

pub(super) fn release_info(
    name: &str,
    namespace: &str,
    revision: i64,
    install: bool,
) -> ReleaseInfo {
    ReleaseInfo {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        revision,
        is_install: install,
        is_upgrade: !install,
    }
}

/// Makes the next revision of what was rendered; deploy gives it its times and status.
pub(super) fn new_release(
    name: &str,
    namespace: &str,
    revision: i64,
    prepared: Prepared,
    user_values: Map,
) -> Release {
    let mut release = Release::new(name, namespace, revision);
    release.manifest = prepared.manifest.text();
    release.hooks = prepared.hooks;
    release.info.notes = prepared.notes;
    release.chart = prepared.chart;
    release.config = user_values;
    release
}

/// Says what a chart has that is recorded but not carried out.
pub(super) fn warn_of_what_is_left_out(ctx: &Context<'_>, prepared: &Prepared) {
    for dropped in &prepared.dropped {
        ctx.warn(format!(
            "{}: {} `{}` is left out: its hook annotation `{}` has an event that is not known",
            dropped.path, dropped.kind, dropped.name, dropped.events
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_follow_the_rules_of_dns() {
        for good in ["web", "data-pipeline", "a.b", "0x", &"a".repeat(53)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "Web", "web_1", "-web", "web-", "a..b", "web!", &"a".repeat(54)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
