//! A release as Helm shows it to people: after install and upgrade, in `status` and in `get all`.

use windlass::action::get_values;
use windlass::cluster::Table;
use windlass::manifest::{Hook, HookEvent};
use windlass::release::Release;
use windlass::yaml::{self, Value};

use super::color::Paint;
use super::error::Error;
use super::go_time::{self, ANSIC};
use super::kube_table;

/// What is shown besides what always is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts<'a> {
    /// Values, hooks and manifest.
    pub(super) details: bool,
    /// The chart's name and versions.
    pub(super) chart: bool,
    /// Whether the notes are left out.
    pub(super) hide_notes: bool,
    /// The objects as they are in the cluster.
    pub(super) objects: &'a [Table],
    /// Whether the release was just made, and not read: Helm then shows no values as `{}`.
    pub(super) fresh: bool,
}

/// Returns the text.
pub(super) fn text(release: &Release, parts: &Parts<'_>, paint: Paint) -> Result<String, Error> {
    let mut text = head(release, parts, paint);
    if !parts.objects.is_empty() {
        text.push_str(&objects(parts.objects));
    }
    text.push_str(&tests(&release.hooks));
    if parts.details {
        text.push_str(&values(release, parts.fresh)?);
    }
    if parts.details || release.info.description.eq_ignore_ascii_case("Dry run complete") {
        text.push_str(&format!("HOOKS:\n{}", hooks(&release.hooks)));
        text.push_str(&format!("MANIFEST:\n{}\n", release.manifest));
    }
    if !parts.hide_notes && !release.info.notes.is_empty() {
        text.push_str(&format!("NOTES:\n{}\n", release.info.notes.trim()));
    }
    Ok(text)
}

/// Returns hooks as they are shown and printed by `get hooks`.
pub(super) fn hooks(hooks: &[Hook]) -> String {
    hooks.iter().map(|hook| format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest)).collect()
}

fn head(release: &Release, parts: &Parts<'_>, paint: Paint) -> String {
    let Release { name, info, namespace, version, chart, .. } = release;
    let mut text = format!("NAME: {name}\n");
    if !info.last_deployed.is_zero() {
        text.push_str(&format!("LAST DEPLOYED: {}\n", go_time::format(&info.last_deployed, ANSIC)));
    }
    text.push_str(&format!(
        "NAMESPACE: {}\nSTATUS: {}\nREVISION: {version}\n",
        paint.namespace(namespace),
        paint.status(info.status)
    ));
    if parts.chart {
        let metadata = &chart.metadata;
        text.push_str(&format!(
            "CHART: {}\nVERSION: {}\nAPP_VERSION: {}\n",
            metadata.name, metadata.version, metadata.app_version
        ));
    }
    text.push_str(&format!("DESCRIPTION: {}\n", info.description));
    text
}

fn objects(tables: &[Table]) -> String {
    let section =
        |table: &Table| format!("==> {}\n{}\n", table.heading, kube_table::text(&table.answers));
    format!("RESOURCES:\n{}\n", tables.iter().map(section).collect::<String>())
}

/// Says how the chart's tests went; tests that never ran are passed over.
fn tests(hooks: &[Hook]) -> String {
    let tests: Vec<&Hook> =
        hooks.iter().filter(|hook| hook.events.contains(&HookEvent::Test)).collect();
    if tests.is_empty() {
        return "TEST SUITE: None\n".to_owned();
    }
    let ran = tests.into_iter().filter(|hook| !hook.last_run.started_at.is_zero());
    let line = |hook: &Hook| {
        format!(
            "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}\n",
            hook.name,
            go_time::format(&hook.last_run.started_at, ANSIC),
            go_time::format(&hook.last_run.completed_at, ANSIC),
            hook.last_run.phase
        )
    };
    ran.map(line).collect()
}

fn values(release: &Release, fresh: bool) -> Result<String, Error> {
    let computed = get_values(release, true)?;
    let user = match release.config.is_empty() && !fresh {
        true => Value::Null,
        false => Value::Map(release.config.clone()),
    };
    Ok(format!(
        "USER-SUPPLIED VALUES:\n{}\nCOMPUTED VALUES:\n{}\n",
        yaml::emit(&user),
        yaml::emit(&Value::Map(computed))
    ))
}
