//! Tera templates as a chart's author meets them: what they see, what they call, what they are told.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their own functions too")]

mod charts;
mod errors;
mod includes;
mod language;

use std::collections::BTreeMap;
use std::path::Path;

use windlass::chart::{Capabilities, Chart, File};
use windlass::engine::{self, Lookup, ReleaseInfo};
use windlass::yaml;

/// A chart in memory, and what it is rendered with.
#[derive(Default)]
struct Rendering {
    files: Vec<(String, String)>,
    lookup: Option<Lookup>,
}

/// Starts a chart called `web` with a template `templates/test.yaml.tera`.
fn template(text: &str) -> Rendering {
    let chart = "apiVersion: v2\nname: web\nversion: 1.2.3+4\nappVersion: \"5.6\"\n";
    Rendering::default().file("Chart.yaml", chart).file("templates/test.yaml.tera", text)
}

impl Rendering {
    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn values(self, yaml: &str) -> Self {
        self.file("values.yaml", yaml)
    }

    fn lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = Some(lookup);
        self
    }

    /// Renders all templates.
    fn all(self) -> Result<BTreeMap<String, String>, String> {
        let files = self.files.iter().map(|(path, text)| File::new(path.as_str(), text.as_bytes()));
        let chart = Chart::load_files(files.collect()).unwrap();
        render(chart, &yaml::Map::new(), self.lookup)
    }

    /// Renders `templates/test.yaml.tera`.
    fn text(self) -> String {
        self.all().unwrap().remove("web/templates/test.yaml.tera").unwrap()
    }

    /// Renders and returns the error as Helm's words and ours tell it.
    fn error(self) -> String {
        self.all().unwrap_err()
    }
}

fn render(
    mut chart: Chart,
    user_values: &yaml::Map,
    lookup: Option<Lookup>,
) -> Result<BTreeMap<String, String>, String> {
    chart.process_dependencies(user_values).unwrap();
    let (values, _) = chart.coalesce(user_values).unwrap();
    let release = ReleaseInfo {
        name: "rel".to_owned(),
        namespace: "space".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default();
    let context = engine::Context {
        values: &values,
        release,
        capabilities: &capabilities,
        lookup,
        resolve: None,
    };
    engine::render(&chart, &context)
        .map(|rendered| rendered.files)
        .map_err(|error| error.to_string())
}

/// Loads a chart of the repository.
fn load(path: &str) -> Chart {
    Chart::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
