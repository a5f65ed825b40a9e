//! Upgrade: the next revision of a release, with a new chart or new values.

use super::deploy::{DeployOptions, Draft, DryRun, Operation, others};
use super::install::{
    Install, Loaded, install_over, load, new_release, release_info, warn_of_what_is_left_out,
};
use super::lock::{Lock, Pending};
use super::prepare::ChartOptions;
use super::{Context, Error, Event, UserValueFlags};
use crate::chart::Chart;
use crate::release::{Release, Status};
use crate::values::{self, Layer};
use crate::yaml::{Map, Value};

/// What happens to the values of the last revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepValues {
    /// Kept when the user gives none, dropped when the user gives any.
    #[default]
    IfNoneGiven,
    /// Dropped (`--reset-values`).
    Reset,
    /// Kept, with the old chart's defaults (`--reuse-values`).
    Reuse,
    /// Kept, with the new chart's defaults (`--reset-then-reuse-values`).
    ResetThenReuse,
}

/// What to upgrade to.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The release's name.
    pub name: String,
    /// The chart, and how it is rendered; `None` repeats what the release has, unrendered.
    pub chart: Option<ChartOptions>,
    /// The user's values.
    pub values: UserValueFlags,
    /// What happens to the values of the last revision.
    pub keep_values: KeepValues,
    /// Labels for the record; an empty text takes the label of the last revision away.
    pub labels: std::collections::BTreeMap<String, Option<String>>,
    /// Whether a release that does not exist is installed.
    pub install: bool,
    /// Whether the namespace is made if it is not there, when installing.
    pub create_namespace: bool,
    /// How it is carried out.
    pub options: DeployOptions,
}

/// Upgrades a release, and returns the new revision as recorded.
///
/// # Errors
/// Fails before anything is applied when there is no release, another run is changing it, or
/// chart, values, templates or objects are wrong; fails after a failed record was written when the
/// cluster refuses or is not ready.
pub async fn upgrade(ctx: &Context<'_>, request: Upgrade) -> Result<Release, Error> {
    let loaded = ready_upgrade(&request).await?;
    let looks_only = request.options.dry_run != DryRun::None;
    let (name, options) = (request.name.clone(), request.options.lock);
    let work = async |lock: &Lock| {
        let draft = draft_upgrade(ctx, request, loaded, lock).await?;
        ctx.deploy(draft, lock).await
    };
    ctx.locked(&name, "upgrade", looks_only, &options, work).await
}

/// Reads what an upgrade needs before the cluster is asked, unless it may install.
pub(super) async fn ready_upgrade(request: &Upgrade) -> Result<Option<Loaded>, Error> {
    super::check_name(&request.name)?;
    match &request.chart {
        Some(chart) if !request.install => load(chart, &request.values).await.map(Some),
        _ => Ok(None),
    }
}

/// Prepares the next revision, or the first one where there is none and that is wished.
pub(super) async fn draft_upgrade(
    ctx: &Context<'_>,
    request: Upgrade,
    loaded: Option<Loaded>,
    lock: &Lock,
) -> Result<Draft, Error> {
    let history = ctx.history_when_free(lock, Pending::Respected).await?;
    let Some(chart) = request.chart.clone() else { return repeat_over(ctx, request, &history) };
    let is_new = request.install && is_new(&history);
    if is_new {
        (ctx.told)(Event::InstallsInstead { name: &request.name });
    }
    let loaded = match loaded {
        Some(loaded) => loaded,
        None => load(&chart, &request.values).await?,
    };
    match is_new {
        true => install_over(ctx, as_install(request, chart), loaded, &history).await,
        false => upgrade_over(ctx, request, &chart, loaded, &history).await,
    }
}

async fn upgrade_over(
    ctx: &Context<'_>,
    request: Upgrade,
    rendering: &ChartOptions,
    (chart, given): Loaded,
    history: &[Release],
) -> Result<Draft, Error> {
    let (last, current) = last_and_current(ctx, &request.name, history)?;
    let (chart, (user_values, layers)) = keep_values(chart, given, current, request.keep_values)?;
    warn_of_lost_values(ctx, &chart, &user_values, current)?;
    let revision = last.version + 1;
    let release = release_info(&request.name, &ctx.namespace, revision, false);
    let crds = Operation::Upgrade.crds(&request.options);
    let prepared = ctx.render(chart, &user_values, &layers, release, rendering, crds).await?;
    warn_of_what_is_left_out(ctx, &prepared);
    let mut next = new_release(&request.name, &ctx.namespace, revision, prepared, user_values);
    next.info.first_deployed = current.info.first_deployed;
    next.apply_method = request.options.method.unwrap_or(current.apply_method);
    next.labels = labels(current, request.labels);
    let others = others(history, current);
    let current = Some(current.clone());
    let (operation, options) = (Operation::Upgrade, request.options);
    Ok(Draft { operation, current, others, next, options, reason: None })
}

/// Prepares a revision that states what the deployed one does: what its chart and values rendered to.
fn repeat_over(ctx: &Context<'_>, request: Upgrade, history: &[Release]) -> Result<Draft, Error> {
    let (last, current) = last_and_current(ctx, &request.name, history)?;
    let mut next = current.clone();
    next.version = last.version + 1;
    next.healthy = None;
    next.verdict = None;
    next.info.rollback_revision = 0;
    let mut options = request.options;
    next.apply_method = options.method.unwrap_or(current.apply_method);
    next.labels = labels(current, request.labels);
    options.description.get_or_insert_with(|| format!("Repair of revision {}", current.version));
    let others = others(history, current);
    let current = Some(current.clone());
    Ok(Draft { operation: Operation::Upgrade, current, others, next, options, reason: None })
}

fn is_new(history: &[Release]) -> bool {
    history.last().is_none_or(|last| last.info.status == Status::Uninstalled)
}

fn as_install(request: Upgrade, chart: ChartOptions) -> Install {
    let labels = request.labels.into_iter().filter_map(|(key, value)| Some((key, value?)));
    Install {
        name: request.name,
        chart,
        values: request.values,
        labels: labels.collect(),
        create_namespace: request.create_namespace,
        replace: true,
        options: request.options,
    }
}

/// Returns the newest revision, and the one whose objects are in the cluster, as Helm picks it:
/// the newest deployed one, or the newest if it failed or was superseded.
pub(super) fn last_and_current<'a>(
    ctx: &Context<'_>,
    name: &str,
    history: &'a [Release],
) -> Result<(&'a Release, &'a Release), Error> {
    let none =
        || Error::NoDeployedRelease { name: name.to_owned(), namespace: ctx.namespace.clone() };
    let last = history.last().ok_or_else(none)?;
    let deployed = history.iter().rev().find(|release| release.info.status == Status::Deployed);
    let current = match deployed {
        Some(deployed) => deployed,
        None if matches!(last.info.status, Status::Failed | Status::Superseded) => last,
        None => return Err(none()),
    };
    Ok((last, current))
}

/// The user's values, and the layers that they were merged from.
type UserValues = (Map, Vec<Layer>);

/// Decides which user values count, and which defaults of the chart.
fn keep_values(
    mut chart: Chart,
    (given, layers): UserValues,
    current: &Release,
    keep: KeepValues,
) -> Result<(Chart, UserValues), Error> {
    let below = |kept: Map, mut layers: Vec<Layer>| {
        layers.insert(0, Layer::of_revision(current.version, kept));
        layers
    };
    let merged = |given: Map| values::coalesce_tables(&given, &current.config).0;
    let user_values = match keep {
        KeepValues::IfNoneGiven if given.is_empty() => {
            (current.config.clone(), below(current.config.clone(), layers))
        }
        KeepValues::Reset | KeepValues::IfNoneGiven => (given, layers),
        KeepValues::ResetThenReuse => (merged(given), below(current.config.clone(), layers)),
        KeepValues::Reuse => {
            // Helm lays the old values over the old chart and takes the result for defaults.
            let (old, _) = current.chart.coalesce(&current.config)?;
            chart.values = old.clone();
            (merged(given), below(old, layers))
        }
    };
    Ok((chart, user_values))
}

/// Says which values the user gave before and this upgrade no longer has.
fn warn_of_lost_values(
    ctx: &Context<'_>,
    chart: &Chart,
    user_values: &Map,
    current: &Release,
) -> Result<(), Error> {
    if values::lost(&current.config, user_values).is_empty() {
        return Ok(());
    }
    let mut resolved = chart.clone();
    resolved.process_dependencies(user_values)?;
    let now = resolved.coalesce(user_values)?.0;
    let lost = values::lost(&changed(&current.config, &now), user_values);
    if !lost.is_empty() {
        ctx.warn(format!(
            "values that revision {} had and this upgrade loses: {} \
             (--reset-then-reuse-values keeps them)",
            current.version,
            lost.join(", ")
        ));
    }
    Ok(())
}

/// Returns the part of `old` that templates see otherwise `now`: a default may say the same.
fn changed(old: &Map, now: &Map) -> Map {
    let mut left = Map::new();
    for (key, value) in old {
        match (value, now.get(key)) {
            (Value::Map(old), Some(Value::Map(now))) => {
                left.insert(key.clone(), Value::Map(changed(old, now)));
            }
            (value, Some(same)) if value == same => {}
            _ => {
                left.insert(key.clone(), value.clone());
            }
        }
    }
    left
}

fn labels(
    current: &Release,
    given: std::collections::BTreeMap<String, Option<String>>,
) -> std::collections::BTreeMap<String, String> {
    let mut labels = current.labels.clone();
    for (key, value) in given {
        match value {
            Some(value) => labels.insert(key, value),
            None => labels.remove(&key),
        };
    }
    labels
}
