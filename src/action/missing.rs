//! Hints for templates that failed because a value is missing: what is there, and where.

use crate::chart::{Chart, Layers};
use crate::engine::error::{Error, Kind};
use crate::engine::trace::values_path;
use crate::engine::{self, Context};
use crate::values::{self, Layer, LayerKind, Path, PathStep};
use crate::yaml::{Map, Value};

/// Renders once more to see what was missing, where an error is about that, and says what is there.
pub(super) fn hint(
    chart: &Chart,
    context: &Context<'_>,
    user: &[Layer],
    error: &Error,
) -> Option<String> {
    let is_nil = error.message.starts_with("nil pointer evaluating")
        || error.message.starts_with("can't evaluate field");
    if error.kind != Kind::Chart && !is_nil {
        return None;
    }
    let (_, trace) = engine::render_traced(chart, context);
    let path = values_path(&trace.missing()?)?;
    Some(describe(&path, context.values, &Layers::new(chart, user)))
}

/// Says what is known of a path at which there is nothing.
fn describe(path: &Path, values: &Map, layers: &Layers<'_>) -> String {
    let name = |path: &Path| {
        format!("`.Values{}`", if path.is_empty() { String::new() } else { path.to_string() })
    };
    let place = |path: &Path| {
        let settings = layers.settings(path);
        let set = settings.iter().rfind(|set| set.setting.value.is_some())?;
        let line = set.setting.line.map(|line| format!(":{line}")).unwrap_or_default();
        Some(format!("{}{line}", set.layer.name))
    };
    if let Some(kind) = path.find(values).and_then(values::kind) {
        let text = format!("{} is {kind}", name(path));
        let place = place(path).map(|place| format!(", set at {place}"));
        return text + &place.unwrap_or_default();
    }
    if let Some(place) = place(path) {
        return format!("{} is empty; it is set at {place}", name(path));
    }
    let missing = missing(path, values);
    let text = format!("{} is not set", name(&missing));
    let Some((above, PathStep::Key(key))) = missing.split_last() else { return text };
    let there =
        if above.is_empty() { Some(values) } else { above.find(values).and_then(Value::as_map) };
    let near = there.and_then(|there| values::nearest(key, there.keys().map(String::as_str)));
    if let Some(near) = near {
        let near = above.then(PathStep::Key(near.to_owned()));
        let place = place(&near).map(|place| format!(" at {place}")).unwrap_or_default();
        return format!("{text}, but {} is{place}", name(&near));
    }
    match place(&above) {
        Some(place) => format!("{text}; {} is at {place}", name(&above)),
        None if above.is_empty() => {
            let file = layers
                .all()
                .iter()
                .rfind(|layer| layer.kind == LayerKind::Default && layer.prefix.is_empty());
            let file = file.map(|layer| format!("; its default would be in {}", layer.name));
            text + &file.unwrap_or_default()
        }
        None => text,
    }
}

/// Returns the first part of a path that is not there.
fn missing(path: &Path, values: &Map) -> Path {
    let steps = path.steps();
    let part = |length: usize| Path::from(steps[..length].to_vec());
    let is_missing = |part: &Path| part.find(values).is_none_or(Value::is_null);
    (1..=steps.len()).map(part).find(is_missing).unwrap_or_else(|| path.clone())
}
