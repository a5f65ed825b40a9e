//! The rules about `templates/`: everything renders, and what comes of it is worth applying.

use super::Severity::{Error, Warning};
use super::documents::{Decoder, Head, check_items};
use super::source::Source;
use super::{Context, Linted, deprecated, names, text};
use crate::chart::{self, Chart, File};
use crate::engine::{self, ReleaseInfo, Rendered};
use crate::values::go;
use crate::yaml::Map;

const FOLDER: &str = "templates/";

/// The name of the release that templates see, as in Helm.
const RELEASE: &str = "test-release";

/// How long a line may be for Helm to look at its indent.
const MAX_LINE: usize = 64 << 10;

/// Checks the templates.
pub(super) fn check(source: &Source, context: &Context, linted: &mut Linted) {
    let found = source.is_folder("templates");
    let exists = found.map(|_| ()).ok_or("directory does not exist".to_owned());
    if !linted.check(Warning, FOLDER, exists) {
        return;
    }
    let is_folder = if found == Some(true) { Ok(()) } else { Err("not a directory".to_owned()) };
    if !linted.check(Error, FOLDER, is_folder) {
        return;
    }
    let mut chart = match source.chart() {
        Ok(chart) => chart.clone(),
        Err(problem) => {
            linted.check(Error, FOLDER, Err(problem));
            return;
        }
    };
    let Some(rendered) = render(&mut chart, context, linted) else { return };
    for template in &chart.templates {
        if !check_template(template, &chart, &rendered, context, linted) {
            return;
        }
    }
}

/// Renders the chart, with notes where templates demand something.
fn render(chart: &mut Chart, context: &Context, linted: &mut Linted) -> Option<Rendered> {
    let (values, warnings) = match coalesce(chart, &context.values) {
        Ok(coalesced) => coalesced,
        Err(error) => {
            // Helm stops here without a word, and the chart passes.
            let problem = text::of_chart(&error);
            linted.warnings.push(format!("the templates were not checked: {problem}"));
            return None;
        }
    };
    linted.warnings.extend(warnings);
    match context.schemas.check(chart, &values) {
        Ok(warnings) => linted.warnings.extend(warnings),
        Err(error) => {
            linted.check(Error, FOLDER, Err(text::of_chart(&error)));
            return None;
        }
    }
    let (rendered, unmet) = engine::render_leniently(chart, &seen(&values, context));
    linted.unmet.extend(unmet);
    match rendered {
        Ok(rendered) => Some(rendered),
        Err(error) => {
            linted.check(Error, FOLDER, Err(error.to_string()));
            None
        }
    }
}

/// Lays the user's values over the chart's; returns the result, and what the user should know.
pub(super) fn coalesce(
    chart: &mut Chart,
    user_values: &Map,
) -> Result<(Map, Vec<String>), chart::Error> {
    let mut warnings = chart.process_dependencies(user_values)?;
    let (values, more) = chart.coalesce(user_values)?;
    warnings.extend(more);
    // Helm does it twice here, so that the defaults come back that a null took away.
    Ok((chart.coalesce(&values)?.0, warnings))
}

/// Returns what templates see.
pub(super) fn seen<'a>(values: &'a Map, context: &'a Context) -> engine::Context<'a> {
    let release = ReleaseInfo {
        name: RELEASE.to_owned(),
        namespace: context.namespace.clone(),
        revision: 0,
        is_install: false,
        is_upgrade: false,
    };
    engine::Context {
        values,
        release,
        capabilities: &context.capabilities,
        lookup: None,
        resolve: None,
    }
}

/// Checks a template and what it came to; says whether that is YAML, without which Helm looks at
/// no other template.
fn check_template(
    template: &File,
    chart: &Chart,
    rendered: &Rendered,
    context: &Context,
    linted: &mut Linted,
) -> bool {
    let name = template.name.as_str();
    let extension = extension(name.strip_suffix(".tera").unwrap_or(name));
    linted.check(Error, name, check_extension(extension));
    if !matches!(extension.to_lowercase().as_str(), ".yaml" | ".yml") {
        return true;
    }
    let text = rendered.files.get(&format!("{}/{name}", chart.name())).map(String::as_str);
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return true };
    linted.check(Warning, name, check_indent(text));
    for document in Decoder::new(text) {
        match document {
            Ok(Some(head)) => check_document(name, &head, text, context, linted),
            Ok(None) => {}
            Err(problem) => {
                return linted.check(Error, name, Err(format!("unable to parse YAML: {problem}")));
            }
        }
    }
    true
}

fn check_document(name: &str, head: &Head, text: &str, context: &Context, linted: &mut Linted) {
    linted.check(Warning, name, names::check(&head.kind, &head.name));
    let version = &context.capabilities.kube_version;
    linted.check(Warning, name, deprecated::check(&head.api_version, &head.kind, version));
    linted.check(Error, name, check_selector(head, text));
    if head.kind == "List" {
        linted.check(Error, name, check_items(text));
    }
}

/// Returns the end of a name from the last dot on.
fn extension(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.rfind('.').map_or("", |dot| &base[dot..])
}

fn check_extension(extension: &str) -> Result<(), String> {
    if matches!(extension, ".yaml" | ".yml" | ".tpl" | ".txt") {
        return Ok(());
    }
    Err(format!(
        "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
    ))
}

fn check_indent(text: &str) -> Result<(), String> {
    for line in text.split('\n') {
        if line.len() >= MAX_LINE {
            return Err("bufio.Scanner: token too long".to_owned());
        }
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let line = go::quote(line.strip_suffix('\r').unwrap_or(line));
            return Err(format!(
                "document starts with an illegal indent: {line}, which may cause parsing problems"
            ));
        }
        return Ok(());
    }
    Ok(())
}

fn check_selector(head: &Head, text: &str) -> Result<(), String> {
    let is_workload =
        matches!(head.kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    if !is_workload || text.contains("matchLabels") || text.contains("matchExpressions") {
        return Ok(());
    }
    let (kind, name) = (&head.kind, go::quote(&head.name));
    Err(format!("a {kind} must contain matchLabels or matchExpressions, and {name} does not"))
}
