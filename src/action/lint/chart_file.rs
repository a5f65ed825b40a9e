//! The rules about `Chart.yaml`.

use super::Linted;
use super::Severity::{Error, Info, Warning};
use super::addresses::{is_email, is_url};
use super::source::Source;
use crate::chart::version::{self, Version};
use crate::chart::{self, Metadata};
use crate::engine::functions::is_request_url;
use crate::values::go;
use crate::yaml::{self, Value};

const FILE: &str = "Chart.yaml";

/// Checks the file.
pub(super) fn check(source: &Source, linted: &mut Linted) {
    let is_folder = source.is_folder(FILE) == Some(true);
    let no_folder = unless(is_folder, || "should be a file, not a directory".to_owned());
    linted.check(Error, FILE, no_folder);
    let metadata = source.read(FILE).and_then(|text| Ok((parse(&text)?, text)));
    let (metadata, text) = match metadata {
        Ok(read) => read,
        Err(problem) => {
            linted.check(Error, FILE, Err(format!("unable to parse YAML\n\t{problem}")));
            return;
        }
    };
    let strict = strictly(&text)
        .map_err(|problem| format!("failed to strictly parse chart metadata file\n\t{problem}"));
    linted.check(Warning, FILE, strict);
    let values = String::from_utf8_lossy(&text);
    let values = yaml::parse(&values).unwrap_or_default();
    let rules = [
        (Error, name(&metadata.name)),
        (Error, api_version(&metadata.api_version)),
        (Error, is_text(&values, "version")),
        (Error, chart_version(&metadata.version)),
        (Error, is_text(&values, "appVersion")),
        (Error, maintainers(&metadata, &values)),
        (Error, sources(&metadata.sources)),
        (Info, unless(metadata.icon.is_empty(), || "icon is recommended".to_owned())),
        (Error, icon(&metadata.icon)),
        (Error, kind(&metadata)),
        (Error, dependencies(&metadata)),
        (Warning, strict_version(&metadata.version)),
    ];
    for (severity, result) in rules {
        linted.check(severity, FILE, result);
    }
}

/// Reads the text of the file.
pub(super) fn parse(text: &[u8]) -> Result<Metadata, String> {
    let text = std::str::from_utf8(text).map_err(|_| {
        "error converting YAML to JSON: yaml: invalid leading UTF-8 octet".to_owned()
    })?;
    let value =
        yaml::parse(text).map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    chart::metadata(value).map_err(|error| error.to_string())
}

/// Refuses keys that stand twice, and names that mean nothing.
fn strictly(text: &[u8]) -> Result<(), String> {
    let value = yaml::parse_strict(&String::from_utf8_lossy(text))
        .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    match chart::unknown_field(&value) {
        Some(name) => {
            let name = go::quote(name);
            Err(format!("error unmarshaling JSON: while decoding JSON: json: unknown field {name}"))
        }
        None => Ok(()),
    }
}

fn unless(is_wrong: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if is_wrong { Err(problem()) } else { Ok(()) }
}

fn name(name: &str) -> Result<(), String> {
    unless(name.is_empty(), || "name is required".to_owned())?;
    let is_path = name.contains('/') && name != "/";
    unless(is_path, || format!("chart name {} is invalid", go::quote(name)))
}

fn api_version(version: &str) -> Result<(), String> {
    const ALLOWED: &str = "The value must be either \"v1\" or \"v2\"";
    match version {
        "" => Err(format!("apiVersion is required. {ALLOWED}")),
        "v1" | "v2" => Ok(()),
        other => Err(format!("apiVersion '{other}' is not valid. {ALLOWED}")),
    }
}

fn is_text(values: &Value, key: &str) -> Result<(), String> {
    let found = match values.get(key) {
        None | Some(Value::String(_)) => return Ok(()),
        Some(Value::Null) => "<nil>",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Int(_) | Value::UInt(_) | Value::Float(_)) => "float64",
        Some(Value::List(_)) => "[]interface {}",
        Some(Value::Map(_)) => "map[string]interface {}",
    };
    Err(format!("{key} should be of type string but it's of type {found}"))
}

/// The version that every chart's must be above.
const LEAST: &str = "0.0.0-0";

fn chart_version(text: &str) -> Result<(), String> {
    unless(text.is_empty(), || "version is required".to_owned())?;
    let version =
        version::parse(text).map_err(|_| format!("version '{text}' is not a valid SemVer"))?;
    let is_least =
        (version.major, version.minor, version.patch) == (0, 0, 0) && version.pre.as_str() == "0";
    unless(is_least, || {
        let version = go::quote(&version.to_string());
        format!("version {version} is less than or equal to {}", go::quote(LEAST))
    })
}

fn strict_version(text: &str) -> Result<(), String> {
    let problem = || format!("version '{text}' is not a valid SemVerV2");
    unless(Version::parse(text).is_err(), problem)
}

fn maintainers(metadata: &Metadata, values: &Value) -> Result<(), String> {
    // The metadata leaves empty entries out.
    let listed = values.get("maintainers").and_then(Value::as_list).unwrap_or_default();
    let empty = listed.iter().position(Value::is_null);
    let before = empty.unwrap_or(metadata.maintainers.len());
    for maintainer in metadata.maintainers.iter().take(before) {
        let (name, email, url) = (&maintainer.name, &maintainer.email, &maintainer.url);
        unless(name.is_empty(), || "each maintainer requires a name".to_owned())?;
        unless(!email.is_empty() && !is_email(email), || {
            format!("invalid email '{email}' for maintainer '{name}'")
        })?;
        unless(!url.is_empty() && !is_url(url), || {
            format!("invalid url '{url}' for maintainer '{name}'")
        })?;
    }
    unless(empty.is_some(), || "a maintainer entry is empty".to_owned())
}

fn sources(sources: &[String]) -> Result<(), String> {
    match sources.iter().find(|source| !is_request_url(source)) {
        Some(source) => Err(format!("invalid source URL '{source}'")),
        None => Ok(()),
    }
}

fn icon(icon: &str) -> Result<(), String> {
    let is_wrong = !icon.is_empty() && !is_request_url(icon);
    unless(is_wrong, || format!("invalid icon URL '{icon}'"))
}

fn kind(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    unless(!metadata.kind.is_empty() && version != "v2", || {
        format!("chart type is not valid in apiVersion '{version}'. It is valid in apiVersion 'v2'")
    })
}

fn dependencies(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    unless(!metadata.dependencies.is_empty() && version != "v2", || {
        format!(
            "dependencies are not valid in the Chart file with apiVersion '{version}'. \
             They are valid in apiVersion 'v2'"
        )
    })
}
