//! `explain`: where a field of a rendered object came from, for people or as JSON.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;
use windlass::action::{self, Behind, BehindLayer, Explain, Explanation};
use windlass::cluster;
use windlass::engine::trace::Place;
use windlass::values::Path;
use windlass::yaml::{self, Value};

use super::error::Error;
use super::flag_value::{self, List};
use super::flags::{DnsFlag, SchemaFlags, ValueFlags, flat};
use super::globals::Settings;
use super::output::{self, OutputFlag};

/// Tell which template line and which values made a field of an object
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: windlass explain ./web deployment/web .spec.replicas -f prod.yaml"
)]
pub(super) struct Args {
    /// Chart: a directory or a packaged chart
    #[arg(value_name = "CHART")]
    chart: PathBuf,
    /// Object: KIND/NAME, or NAMESPACE/KIND/NAME
    #[arg(value_name = "OBJECT")]
    object: String,
    /// Field: .spec.containers[web].image, .metadata.annotations["a.b"]
    #[arg(value_name = "PATH", default_value = "")]
    path: String,
    /// Name that templates see as the release's
    #[arg(long, value_name = "NAME", default_value = "release-name")]
    name: String,
    /// Kubernetes version that templates see
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// API version that templates see as well (repeatable, or a comma list)
    #[arg(short, long, value_name = "API", value_parser = flag_value::list)]
    api_versions: Vec<List>,
    /// Let templates see an upgrade
    #[arg(long)]
    is_upgrade: bool,
    #[command(flatten)]
    schema: SchemaFlags,
    #[command(flatten)]
    dns: DnsFlag,
    #[command(flatten)]
    values: ValueFlags,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let namespace = cluster::namespace(&settings.connection).map_err(action::Error::from)?;
    let explanation = action::explain(Explain {
        chart: args.chart,
        object: args.object,
        path: args.path,
        name: args.name,
        namespace,
        values: args.values.into(),
        kube_version: args.kube_version.filter(|version| !version.is_empty()),
        api_versions: flat(args.api_versions),
        is_upgrade: args.is_upgrade,
        schema: args.schema.check(),
        enable_dns: args.dns.enable_dns,
    })
    .await?;
    for warning in &explanation.warnings {
        settings.log.warn(warning);
    }
    let json = || output::json(&Report::from(&explanation));
    args.output.output.write(out, json, || Ok(text(&explanation)))
}

/// An explanation as JSON has it.
#[derive(Debug, Serialize)]
struct Report {
    object: String,
    path: String,
    value: serde_json::Value,
    written_by: Vec<Vec<ReportPlace>>,
    values: Vec<ReportValue>,
    also_read: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReportPlace {
    file: String,
    template: String,
    line: usize,
    source: String,
    reads: Vec<String>,
    conditions: Vec<ReportCondition>,
}

#[derive(Debug, Serialize)]
struct ReportCondition {
    keyword: &'static str,
    file: String,
    line: usize,
    reads: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReportValue {
    path: String,
    layers: Vec<ReportLayer>,
}

#[derive(Debug, Serialize)]
struct ReportLayer {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    path: String,
    /// Left out where the layer only replaces what held the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    wins: bool,
}

fn plain(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_json()).unwrap_or_default()
}

fn names(paths: &[Path]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

impl From<&Explanation> for Report {
    fn from(explanation: &Explanation) -> Self {
        let chain = |places: &Vec<Place>| places.iter().map(ReportPlace::from).collect();
        Self {
            object: explanation.object.clone(),
            path: explanation.path.to_string(),
            value: plain(&explanation.value),
            written_by: explanation.written_by.iter().map(chain).collect(),
            values: explanation.values.iter().map(ReportValue::from).collect(),
            also_read: names(&explanation.also_read),
        }
    }
}

impl From<&Place> for ReportPlace {
    fn from(place: &Place) -> Self {
        let conditions = place.conditions.iter().map(|control| ReportCondition {
            keyword: control.keyword,
            file: control.file.clone(),
            line: control.line,
            reads: names(&control.reads),
        });
        Self {
            file: place.file.clone(),
            template: place.template.clone(),
            line: place.line,
            source: place.excerpt.trim().to_owned(),
            reads: names(&place.reads),
            conditions: conditions.collect(),
        }
    }
}

impl From<&Behind> for ReportValue {
    fn from(behind: &Behind) -> Self {
        let last = behind.layers.len().saturating_sub(1);
        let layers = behind.layers.iter().enumerate().map(|(index, layer)| ReportLayer {
            source: layer.name.clone(),
            line: layer.line,
            path: layer.path.to_string(),
            value: layer.value.as_ref().map(plain),
            wins: index == last,
        });
        Self { path: format!(".Values{}", behind.path), layers: layers.collect() }
    }
}

/// Writes an explanation for people.
fn text(explanation: &Explanation) -> String {
    let path =
        if explanation.path.is_empty() { String::new() } else { format!(" {}", explanation.path) };
    let mut text = format!("{}{path}\n", explanation.object);
    let value = match &explanation.value {
        Value::String(content) => content.clone(),
        value => yaml::emit(value),
    };
    text.push_str(&indented(&value, 2, VALUE_LINES));
    for places in explanation.written_by.iter().take(PLACES) {
        text.push_str(&written(places));
    }
    text.push_str(&more(explanation.written_by.len(), "places"));
    for behind in explanation.values.iter().take(PLACES) {
        text.push_str(&format!(
            "\n.Values{}\n{}",
            behind.path,
            layers(&behind.layers, &behind.path)
        ));
    }
    text.push_str(&more(explanation.values.len(), "values"));
    if !explanation.also_read.is_empty() {
        let mut read = names(&explanation.also_read);
        let more = read.len().saturating_sub(PLACES);
        read.truncate(PLACES);
        if more > 0 {
            read.push(format!("{more} more"));
        }
        text.push_str(&format!("\nalso read: {}\n", read.join(", ")));
    }
    text
}

/// How many places, and how many values, are shown.
const PLACES: usize = 10;

fn more(count: usize, what: &str) -> String {
    match count.checked_sub(PLACES) {
        None | Some(0) => String::new(),
        Some(more) => format!("\n... and {more} more {what}; -o json has them all\n"),
    }
}

/// How many lines of a value are shown.
const VALUE_LINES: usize = 12;

fn indented(content: &str, margin: usize, most: usize) -> String {
    let lines: Vec<&str> = content.lines().collect();
    let mut text = String::new();
    for line in lines.iter().take(most) {
        text.push_str(format!("{:margin$}{line}", "").trim_end());
        text.push('\n');
    }
    if lines.len() > most {
        text.push_str(&format!("{:margin$}... {} more lines\n", "", lines.len() - most));
    }
    text
}

fn written(places: &[Place]) -> String {
    let mut text = String::new();
    for (index, place) in places.iter().enumerate() {
        let verb = match (index, place.is_literal) {
            (0, true) => "\nsaid by",
            (0, false) => "\nwritten by",
            _ => "  called from",
        };
        let name = match place.template == place.file || place.file == "gotpl" {
            true => String::new(),
            false => format!(" ({})", place.template),
        };
        let file = if place.file == "gotpl" { "the text of a tpl, line" } else { &place.file };
        let separator = if place.file == "gotpl" { " " } else { ":" };
        text.push_str(&format!("{verb} {file}{separator}{}{name}\n", place.line));
        text.push_str(&format!("{:6}{}\n", "", place.excerpt.trim()));
        for control in &place.conditions {
            let reads = names(&control.reads);
            let reads =
                if reads.is_empty() { String::new() } else { format!(": {}", reads.join(", ")) };
            let place = format!("{}:{}", control.file, control.line);
            text.push_str(&format!("  inside {} at {place}{reads}\n", control.keyword));
        }
    }
    text
}

/// Lists layers from the lowest to the highest; a mark shows which one counts.
fn layers(layers: &[BehindLayer], path: &Path) -> String {
    if layers.is_empty() {
        return "  is not set anywhere\n".to_owned();
    }
    let label = |layer: &BehindLayer| {
        let line = layer.line.map(|line| format!(":{line}")).unwrap_or_default();
        let own = if layer.path == *path { String::new() } else { format!(" ({})", layer.path) };
        format!("{}{line}{own}", layer.name)
    };
    let labels: Vec<String> = layers.iter().map(label).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let last = layers.len() - 1;
    let lines = layers.iter().zip(&labels).enumerate().map(|(index, (layer, label))| {
        let mark = if index == last { '>' } else { ' ' };
        let value = match &layer.value {
            Some(value) => short(value),
            None => "(replaces what held it)".to_owned(),
        };
        format!("{mark} {label:width$}  {value}\n")
    });
    lines.collect()
}

/// How many letters of a value a line shows.
const VALUE_WIDTH: usize = 60;

fn short(value: &Value) -> String {
    let text = value.to_json();
    if text.chars().count() <= VALUE_WIDTH {
        return text;
    }
    let start: String = text.chars().take(VALUE_WIDTH).collect();
    format!("{start}...")
}
