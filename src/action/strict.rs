//! Values that a user gives for nothing: no template reads them and no default declares them.
//!
//! What a template could read in a branch that was not taken counts as read, so that a value is
//! named only where nothing in the chart can know it.

use std::collections::BTreeSet;
use std::fmt;

use crate::chart::{Chart, Layers};
use crate::engine::trace::Trace;
use crate::values::{self, Layer, LayerKind, Path, PathStep};
use crate::yaml::{Map, Value};

/// What a chart knows of its values beside what its templates read.
pub(super) struct Known {
    /// The paths that decide which subcharts there are.
    paths: Vec<Path>,
    /// Where the values of each subchart are, rendered or not.
    subcharts: BTreeSet<Path>,
    /// The schemas, each with the path of its chart.
    schemas: Vec<(Path, serde_json::Value)>,
    /// The texts of templates whose language has no list of what they mention.
    texts: Vec<String>,
}

impl Known {
    /// Collects what a chart knows, before its dependencies are processed.
    pub(super) fn of(chart: &Chart) -> Self {
        let mut known = Self {
            paths: Vec::new(),
            subcharts: BTreeSet::new(),
            schemas: Vec::new(),
            texts: Vec::new(),
        };
        known.add(chart, &Path::default());
        known
    }

    fn add(&mut self, chart: &Chart, above: &Path) {
        for dependency in &chart.metadata.dependencies {
            let conditions = dependency.condition.split(',').map(|path| path.trim().split('.'));
            self.paths.extend(conditions.map(|keys| above.join(Path::of_keys(keys).steps())));
            let tags = dependency.tags.iter().map(|tag| Path::of_keys(["tags", tag.as_str()]));
            self.paths.extend(tags);
            let name = match dependency.alias.as_str() {
                "" => dependency.name.as_str(),
                alias => alias,
            };
            let own = above.then(PathStep::Key(name.to_owned()));
            self.subcharts.insert(own.clone());
            let charts = chart.dependencies.iter();
            for subchart in charts.filter(|chart| chart.name() == dependency.name) {
                self.add(subchart, &own);
            }
        }
        if let Some(schema) =
            chart.schema.as_ref().and_then(|schema| serde_json::from_slice(schema).ok())
        {
            self.schemas.push((above.clone(), schema));
        }
        let tera = chart.templates.iter().filter(|file| file.name.ends_with(".tera"));
        self.texts.extend(tera.map(|file| String::from_utf8_lossy(&file.data).into_owned()));
    }

    /// Says whether a path is known; all that a subchart could read that is not rendered is.
    fn has(&self, path: &Path, chart: &Chart) -> bool {
        let is_global = path.keys().first() == Some(&"global");
        let is_off =
            |own: &&Path| (is_global || path.below(own).is_some()) && !is_rendered(chart, own);
        let in_schema = |(above, schema): &(Path, serde_json::Value)| {
            path.below(above).is_some_and(|steps| !steps.is_empty() && describes(schema, steps))
        };
        let last = path.keys().last().copied().unwrap_or_default();
        self.paths.contains(path)
            || self.subcharts.iter().any(|own| is_off(&own))
            || self.schemas.iter().any(in_schema)
            || self.texts.iter().any(|text| text.contains(last))
    }
}

/// Says whether a chart still has the subchart at a path.
fn is_rendered(chart: &Chart, path: &Path) -> bool {
    let mut charts = path.keys().into_iter();
    let found = charts.try_fold(chart, |chart, name| {
        chart.dependencies.iter().find(|chart| chart.name() == name)
    });
    found.is_some()
}

/// How many references of a schema are followed to one property.
const MAX_REFERENCES: usize = 50;

/// Says whether a schema has a property at the end of a path.
fn describes(schema: &serde_json::Value, steps: &[PathStep]) -> bool {
    let mut here = schema;
    for step in steps {
        for _ in 0..MAX_REFERENCES {
            let reference = here["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
            match reference.and_then(|pointer| schema.pointer(pointer)) {
                Some(target) => here = target,
                None => break,
            }
        }
        here = match step {
            PathStep::Key(key) => &here["properties"][key.as_str()],
            PathStep::Index(_) => &here["items"],
        };
        if here.is_null() {
            return false;
        }
    }
    true
}

/// What is wrong with a value of the user.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    /// The value's path, as `--set` takes it.
    pub(super) value: String,
    /// The file and line, or the flag, that sets it.
    pub(super) place: String,
    /// What is wrong, to stand behind the path.
    pub(super) text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}) {}", self.value, self.place, self.text)
    }
}

/// Checks the user's values, and returns what is wrong with them.
pub(super) fn check(chart: &Chart, known: &Known, trace: &Trace, user: &[Layer]) -> Vec<Problem> {
    let layers = Layers::new(chart, user);
    let check = Check {
        chart,
        known,
        trace,
        read: trace.values_read().map(|path| shared(chart, &path)).collect(),
        consumed: trace.values_consumed().map(|path| shared(chart, &path)).collect(),
        layers: &layers,
    };
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for layer in user.iter().rev() {
        let mut paths = Vec::new();
        collect(&Path::default(), layer.values(), &mut paths);
        for (path, value) in paths {
            if seen.insert(path.clone()) {
                problems.extend(check.problem(layer, &path, value));
            }
        }
    }
    problems.sort();
    problems
}

/// Collects all parts of a tree that are no mappings with entries, and the mappings themselves.
fn collect<'a>(above: &Path, map: &'a Map, paths: &mut Vec<(Path, &'a Value)>) {
    for (key, value) in map {
        let path = above.then(PathStep::Key(key.clone()));
        paths.push((path.clone(), value));
        if let Value::Map(map) = value {
            collect(&path, map, paths);
        }
    }
}

/// Returns the path that all charts know a global under.
fn shared(chart: &Chart, path: &Path) -> Path {
    let mut chart = chart;
    for (index, key) in path.keys().iter().enumerate() {
        if *key == "global" {
            return path.steps()[index..].to_vec().into();
        }
        match chart.dependencies.iter().find(|chart| chart.name() == *key) {
            Some(subchart) => chart = subchart,
            None => break,
        }
    }
    path.clone()
}

struct Check<'a> {
    chart: &'a Chart,
    known: &'a Known,
    trace: &'a Trace,
    read: BTreeSet<Path>,
    consumed: BTreeSet<Path>,
    layers: &'a Layers<'a>,
}

impl Check<'_> {
    fn problem(&self, layer: &Layer, path: &Path, value: &Value) -> Option<Problem> {
        let place = |layer: &Layer, path: &Path| match layer.line(path) {
            Some(line) => format!("{}:{line}", layer.name),
            None => layer.name.clone(),
        };
        let problem = |text| Some(Problem { value: name(path), place: place(layer, path), text });
        if let Some((default, default_layer, default_path)) = self.default(path)
            && let Some((given, wanted)) = mismatch(value, default)
        {
            let there = place(default_layer, &default_path);
            return problem(format!("is {given}, where {there} has {wanted}"));
        }
        let is_leaf = value.as_map().is_none_or(Map::is_empty);
        if !is_leaf || value.is_null() || self.is_known(path) {
            return None;
        }
        let near = self.nearest(path).map(|near| {
            let place =
                self.default(&near).map(|(_, layer, path)| format!(" ({})", place(layer, &path)));
            format!("; did you mean `{}`{}?", name(&near), place.unwrap_or_default())
        });
        problem(format!("is read by no template{}", near.unwrap_or_default()))
    }

    /// Returns the default at a path, and where it is.
    fn default(&self, path: &Path) -> Option<(&Value, &Layer, Path)> {
        let settings = self.layers.settings(path).into_iter().rev();
        let mut defaults = settings.filter(|set| set.layer.kind == LayerKind::Default);
        defaults.find_map(|set| Some((set.setting.value?, set.layer, set.path)))
    }

    fn is_known(&self, path: &Path) -> bool {
        let parts =
            (1..=path.steps().len()).map(|length| Path::from(path.steps()[..length].to_vec()));
        let is_open = |part: &Path| {
            self.default(part).is_some_and(|(value, ..)| match value {
                Value::Map(map) => map.is_empty(),
                _ => true,
            })
        };
        let read = shared(self.chart, path);
        let leads_on = |known: &Path| known.below(&read).is_some();
        self.known.has(path, self.chart)
            || self.default(path).is_some()
            || parts.into_iter().any(|part| is_open(&part))
            || self.read.range(&read..).next().is_some_and(leads_on)
            || self.consumed.iter().any(|known| read.below(known).is_some())
            || self.trace.is_mentioned(&path.keys())
            || self.trace.is_mentioned(&read.keys())
    }

    /// Returns the path that exists and is most like one that does not.
    fn nearest(&self, path: &Path) -> Option<Path> {
        for length in 1..=path.steps().len() {
            let part = Path::from(path.steps()[..length].to_vec());
            let (above, last) = part.split_last()?;
            let PathStep::Key(key) = last else { return None };
            let mut names = BTreeSet::new();
            let declared: Vec<&Map> = self
                .layers
                .all()
                .iter()
                .filter(|layer| layer.kind == LayerKind::Default)
                .filter_map(|layer| match above.below(&layer.prefix)? {
                    [] => Some(layer.values()),
                    steps => Path::from(steps.to_vec()).find(layer.values())?.as_map(),
                })
                .collect();
            names.extend(declared.iter().flat_map(|map| map.keys().map(String::as_str)));
            let read = shared(self.chart, &above);
            let below = self.read.iter().filter_map(|known| known.below(&read)?.first());
            names.extend(below.filter_map(|step| match step {
                PathStep::Key(key) => Some(key.as_str()),
                PathStep::Index(_) => None,
            }));
            if names.contains(key.as_str()) && length < path.steps().len() && !declared.is_empty() {
                continue;
            }
            // What the user misspelled was read too, if a template was misspelled alike.
            names.remove(key.as_str());
            let near = values::nearest(key, names.iter().copied())?;
            return Some(above.then(PathStep::Key(near.to_owned())));
        }
        None
    }
}

/// Returns a path as `--set` takes it.
fn name(path: &Path) -> String {
    path.to_string().trim_start_matches('.').to_owned()
}

/// Names the kinds of a value and of its default, where one cannot stand for the other.
fn mismatch(value: &Value, default: &Value) -> Option<(&'static str, &'static str)> {
    let (given, wanted) = (values::kind(value)?, values::kind(default)?);
    (given != wanted).then_some((given, wanted))
}
