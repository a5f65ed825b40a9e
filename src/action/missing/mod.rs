//! Hints for templates that failed because a value is missing: what is there, and where.

mod of_tera;

use crate::chart::{Chart, Layers};
use crate::engine::error::{Error, Kind};
use crate::engine::trace::values_path;
use crate::engine::{self, Context};
use crate::values::{self, Layer, LayerKind, Path, PathStep};
use crate::yaml::{Map, Value};

/// Says what is there in place of a missing value, where an error is about one.
pub(super) fn hint(
    chart: &Chart,
    context: &Context<'_>,
    user: &[Layer],
    error: &Error,
) -> Option<String> {
    let known = |path: &Path, root| {
        let layers = Layers::new(chart, user);
        Known { values: context.values, layers: &layers, root }.describe(path)
    };
    if let Some(path) = of_tera::path(error, context.values) {
        return Some(known(&path, "values"));
    }
    let is_nil = error.message.starts_with("nil pointer evaluating")
        || error.message.starts_with("can't evaluate field");
    if error.kind != Kind::Chart && !is_nil {
        return None;
    }
    // Only a second rendering knows what was missing.
    let (_, trace) = engine::render_traced(chart, context);
    Some(known(&values_path(&trace.missing()?)?, ".Values"))
}

/// What is known of values.
struct Known<'a> {
    values: &'a Map,
    layers: &'a Layers<'a>,
    /// What templates call the values.
    root: &'static str,
}

impl Known<'_> {
    /// Says what is known of a path at which there is nothing.
    fn describe(&self, path: &Path) -> String {
        if let Some(kind) = path.find(self.values).and_then(values::kind) {
            let text = format!("{} is {kind}", self.name(path));
            let place = self.place(path).map(|place| format!(", set at {place}"));
            return text + &place.unwrap_or_default();
        }
        let set = self.settings(path).pop();
        if let Some((place, value)) = set {
            return match self.revision().filter(|_| values::kind(value).is_some()) {
                // Only defaults that do not count say what is not there.
                Some(revision) => format!(
                    "{} is not set: the defaults are those of {revision}, not of {place}",
                    self.name(path)
                ),
                None => format!("{} is empty; it is set at {place}", self.name(path)),
            };
        }
        self.describe_unset(&missing(path, self.values))
    }

    fn describe_unset(&self, missing: &Path) -> String {
        let text = format!("{} is not set", self.name(missing));
        let Some((above, PathStep::Key(key))) = missing.split_last() else { return text };
        let there = match above.is_empty() {
            true => Some(self.values),
            false => above.find(self.values).and_then(Value::as_map),
        };
        let near = there.and_then(|there| values::nearest(key, there.keys().map(String::as_str)));
        if let Some(near) = near {
            let near = above.then(PathStep::Key(near.to_owned()));
            let place = self.place(&near).map(|place| format!(" at {place}")).unwrap_or_default();
            return format!("{text}, but {} is{place}", self.name(&near));
        }
        match self.place(&above) {
            Some(place) => format!("{text}; {} is at {place}", self.name(&above)),
            None if above.is_empty() => {
                let mut layers = self.layers.all().iter();
                let file = layers
                    .rfind(|layer| layer.kind == LayerKind::Default && layer.prefix.is_empty());
                let file = file.map(|layer| format!("; its default would be in {}", layer.name));
                text + &file.unwrap_or_default()
            }
            None => text,
        }
    }

    fn name(&self, path: &Path) -> String {
        format!("`{}{}`", self.root, if path.is_empty() { String::new() } else { path.to_string() })
    }

    /// Returns the place that sets a value.
    fn place(&self, path: &Path) -> Option<String> {
        self.settings(path).pop().map(|(place, _)| place)
    }

    /// Returns the places that set a value, and what they set; the last one counts.
    fn settings(&self, path: &Path) -> Vec<(String, &Value)> {
        let settings = self.layers.settings(path).into_iter();
        let named = settings.filter_map(|set| {
            let line = set.setting.line.map(|line| format!(":{line}")).unwrap_or_default();
            Some((format!("{}{line}", set.layer.name), set.setting.value?))
        });
        named.collect()
    }

    /// Returns the name of the revision whose values were kept, if any were.
    fn revision(&self) -> Option<&str> {
        let mut layers = self.layers.all().iter();
        layers.find(|layer| layer.kind == LayerKind::Revision).map(|layer| layer.name.as_str())
    }
}

/// Returns the first part of a path that is not there.
fn missing(path: &Path, values: &Map) -> Path {
    let steps = path.steps();
    let part = |length: usize| Path::from(steps[..length].to_vec());
    let is_missing = |part: &Path| part.find(values).is_none_or(Value::is_null);
    (1..=steps.len()).map(part).find(is_missing).unwrap_or_else(|| path.clone())
}
