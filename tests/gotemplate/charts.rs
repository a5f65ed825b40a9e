//! Small charts, each made for one behavior, against what Helm's engine made of them
//! (`tests/oracle/render*.json`).

use std::collections::BTreeMap;

use serde::Deserialize;
use windlass::chart::{Capabilities, Chart, File};
use windlass::engine::{self, Context, ReleaseInfo};
use windlass::yaml;

#[derive(Deserialize)]
struct Cases {
    /// The values of the charts that have none of their own.
    values: serde_json::Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    chart: Contents,
}

#[derive(Deserialize)]
struct Contents {
    name: String,
    #[serde(default)]
    library: bool,
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    values: Option<serde_json::Value>,
    #[serde(default)]
    charts: Vec<Self>,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    error: Option<String>,
}

impl Contents {
    fn add_files(&self, at: &str, default: &serde_json::Value, files: &mut Vec<File>) {
        let kind = if self.library { "library" } else { "application" };
        let metadata = format!(
            "apiVersion: v2\nname: {}\nversion: 1.2.3\nappVersion: \"9.9\"\n{}",
            self.name,
            if self.library { format!("type: {kind}\n") } else { String::new() }
        );
        files.push(File::new(format!("{at}Chart.yaml"), metadata));
        let values = self.values.as_ref().unwrap_or(default);
        files.push(File::new(format!("{at}values.yaml"), values.to_string()));
        for (name, text) in &self.templates {
            files.push(File::new(format!("{at}templates/{name}"), text.as_str()));
        }
        for (name, text) in &self.files {
            files.push(File::new(format!("{at}{name}"), text.as_str()));
        }
        for chart in &self.charts {
            let at = format!("{at}charts/{}/", chart.name);
            chart.add_files(&at, &serde_json::json!({}), files);
        }
    }
}

fn render(
    contents: &Contents,
    default: &serde_json::Value,
) -> Result<BTreeMap<String, String>, String> {
    let mut files = Vec::new();
    contents.add_files("", default, &mut files);
    let chart = Chart::load_files(files).map_err(|error| error.to_string())?;
    let (values, _) = chart.coalesce(&yaml::Map::new()).map_err(|error| error.to_string())?;
    let mut capabilities = Capabilities::default();
    capabilities.api_versions.0 = vec!["v1".to_owned(), "apps/v1".to_owned()];
    let release = ReleaseInfo {
        name: "rel".to_owned(),
        namespace: "ns".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let context = Context {
        values: &values,
        release,
        capabilities: &capabilities,
        lookup: None,
        resolve: None,
    };
    engine::render(&chart, &context)
        .map(|rendered| rendered.files)
        .map_err(|error| error.to_string())
}

/// Renders a chart with this one template.
pub(crate) fn render_one(template: &str, values: &serde_json::Value) -> Result<String, String> {
    let contents = Contents {
        name: "c".to_owned(),
        library: false,
        templates: [("x.yaml".to_owned(), template.to_owned())].into(),
        files: BTreeMap::new(),
        values: None,
        charts: Vec::new(),
    };
    render(&contents, values)
        .map(|mut files| files.remove("c/templates/x.yaml").unwrap_or_default())
}

#[test]
fn every_chart_gives_what_helm_gives() {
    let cases: Cases = serde_json::from_str(include_str!("../oracle/render.json")).unwrap();
    let answers: Vec<Answer> =
        serde_json::from_str(include_str!("../oracle/render.helm.json")).unwrap();
    assert_eq!(cases.cases.len(), answers.len());
    let mut different = Vec::new();
    for (case, answer) in cases.cases.iter().zip(answers) {
        assert_eq!(case.name, answer.name);
        let expected = answer.error.map_or(Ok(answer.files), Err);
        let found = render(&case.chart, &cases.values);
        if found != expected {
            let text = case.chart.templates.values().next().map_or("", String::as_str);
            different.push(format!(
                "{}: {text:?}\n  helm {}\n  we   {}",
                case.name,
                short(&expected),
                short(&found)
            ));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        cases.cases.len(),
        different.join("\n")
    );
}

fn short(result: &Result<BTreeMap<String, String>, String>) -> String {
    format!("{result:?}").chars().take(3000).collect()
}
