//! Who sets a value of a chart tree: the `values.yaml` of its charts and what the user gave, in the
//! order in which [`Chart::coalesce`] lays them over each other.

use super::{Chart, GLOBAL};
use crate::values::{Layer, LayerKind, Path, PathStep, Setting};

/// The values files of a chart tree, and the layers of the user.
#[derive(Debug)]
pub struct Layers<'a> {
    chart: &'a Chart,
    /// Those of the charts come first, subcharts before their parents.
    layers: Vec<Layer>,
}

/// A layer that does something to a value.
#[derive(Debug)]
pub struct Set<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// The path at which it does: another one for globals, and for values that a chart imports.
    pub path: Path,
    /// What it does.
    pub setting: Setting<'a>,
}

impl<'a> Layers<'a> {
    /// Collects the layers of a chart tree whose dependencies were processed, with the user's on top.
    pub fn new(chart: &'a Chart, user: &[Layer]) -> Self {
        let mut layers = Vec::new();
        add_defaults(chart, &Path::default(), &mut layers);
        layers.extend_from_slice(user);
        Self { chart, layers }
    }

    /// Returns every layer, from the lowest to the highest.
    pub fn all(&self) -> &[Layer] {
        &self.layers
    }

    /// Returns what is done to the value at a path of the root chart's values, in the order of
    /// precedence: the last one counts.
    pub fn settings(&self, path: &Path) -> Vec<Set<'_>> {
        let mut settings = Vec::new();
        for imported in self.imports(path) {
            self.add(&imported, true, &mut settings);
        }
        for alike in self.globals(path) {
            self.add(&alike, false, &mut settings);
        }
        settings
    }

    fn add<'s>(&'s self, path: &Path, of_charts: bool, settings: &mut Vec<Set<'s>>) {
        let layers = self.layers.iter();
        let layers = layers.filter(|layer| !of_charts || layer.kind == LayerKind::Default);
        settings.extend(layers.filter_map(|layer| {
            let setting = layer.setting(path)?;
            Some(Set { layer, path: path.clone(), setting })
        }));
    }

    /// Returns the charts on the way to a value, from the root on, each with its path.
    fn charts(&self, path: &Path) -> Vec<(&'a Chart, usize)> {
        let mut charts = vec![(self.chart, 0)];
        for (index, key) in path.keys().iter().enumerate() {
            let (chart, _) = charts[index];
            match chart.dependencies.iter().find(|chart| chart.name() == *key) {
                Some(subchart) => charts.push((subchart, index + 1)),
                None => break,
            }
        }
        charts
    }

    /// Returns the paths at which a value can be set: a global also in each chart above its own.
    fn globals(&self, path: &Path) -> Vec<Path> {
        let charts = self.charts(path);
        let own = charts.len() - 1;
        if path.steps().get(own) != Some(&PathStep::Key(GLOBAL.to_owned())) {
            return vec![path.clone()];
        }
        let (above, global) = path.steps().split_at(own);
        let at = |depth: usize| Path::from([&above[..depth], global].concat());
        (0..=own).rev().map(at).collect()
    }

    /// Returns the paths from which charts import a value.
    fn imports(&self, path: &Path) -> Vec<Path> {
        let mut paths = Vec::new();
        for (chart, depth) in self.charts(path) {
            let (above, own) = path.steps().split_at(depth);
            for dependency in &chart.metadata.dependencies {
                for import in &dependency.import_values {
                    let dotted = |name: &str| {
                        let text = import[name].as_str().unwrap_or_default();
                        let keys = text.split('.').filter(|key| !key.is_empty());
                        Path::of_keys(keys)
                    };
                    let own = Path::from(own.to_vec());
                    if let Some(rest) = own.below(&dotted("parent")) {
                        let child = Path::of_keys([dependency.name.as_str()]);
                        let child = Path::from(above.to_vec()).join(child.steps());
                        paths.push(child.join(dotted("child").steps()).join(rest));
                    }
                }
            }
        }
        paths
    }
}

fn add_defaults(chart: &Chart, prefix: &Path, layers: &mut Vec<Layer>) {
    for subchart in &chart.dependencies {
        let prefix = prefix.then(PathStep::Key(subchart.name().to_owned()));
        add_defaults(subchart, &prefix, layers);
    }
    if let Some(file) = chart.raw_file("values.yaml") {
        let name = format!("{}/values.yaml", chart.full_path());
        layers.extend(Layer::of_file(&name, LayerKind::Default, prefix, &file.data));
    }
}
