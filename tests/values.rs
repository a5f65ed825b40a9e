//! Values by flags, files and charts against the answers of real Helm (see tests/oracle/README.md).

#![cfg(test)]

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::Value as Json;
use windlass::chart::{Capabilities, Chart, File};
use windlass::values::jsonpath::Template;
use windlass::values::{BoxError, Map, Sources, Value, ValuesFile, parse_documents};

fn cases(name: &str) -> Vec<Json> {
    let path = format!("{}/tests/oracle/values/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Writes values as the recorded charts do: numbers with their Go type.
fn show(value: &Value) -> Json {
    match value {
        Value::Int(number) => Json::String(format!("<int64 {number}>")),
        Value::Float(_) => Json::String(format!("<float64 {}>", value.to_json())),
        Value::List(items) => Json::Array(items.iter().map(show).collect()),
        Value::Map(map) => show_map(map),
        other => serde_json::from_str(&other.to_json()).unwrap(),
    }
}

fn show_map(map: &Map) -> Json {
    Json::Object(map.iter().map(|(key, value)| (key.clone(), show(value))).collect())
}

/// Writes an error with its causes, as Helm does.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn texts(case: &Json, name: &str) -> Vec<String> {
    let list = case[name].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn files(case: &Json, name: &str) -> BTreeMap<String, String> {
    let object = case[name].as_object().cloned().unwrap_or_default();
    object.into_iter().map(|(key, text)| (key, text.as_str().unwrap().to_owned())).collect()
}

struct Given {
    sources: Sources,
    kube_version: Option<String>,
    files: BTreeMap<String, String>,
}

fn given(case: &Json) -> Given {
    let mut given =
        Given { sources: Sources::default(), kube_version: None, files: files(case, "files") };
    let mut args = texts(case, "args").into_iter();
    while let (Some(flag), Some(text)) = (args.next(), args.next()) {
        match flag.as_str() {
            "-f" => {
                let content = given.files[&text].clone().into_bytes();
                given.sources.files.push(ValuesFile { name: text, content });
            }
            "--set" => given.sources.set.push(text),
            "--set-string" => given.sources.set_string.push(text),
            "--set-file" => given.sources.set_file.push(text),
            "--set-json" => given.sources.set_json.push(text),
            "--set-literal" => given.sources.set_literal.push(text),
            "--kube-version" => given.kube_version = Some(text),
            other => panic!("unknown flag {other}"),
        }
    }
    given
}

impl Given {
    fn user_values(&self) -> Result<Map, String> {
        let read = |name: &str| match self.files.get(name) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Err(BoxError::from("no such file or directory")),
        };
        self.sources.merge(&read).map_err(|error| chain(&error))
    }
}

/// The part of Helm's text that is the same here: not the value that does not fit, which may be a
/// secret, and not Go's own words for files, times and broken YAML.
fn known_part(error: &str) -> &str {
    let cuts = [
        ": %!t",
        ": true",
        ": [%!t",
        "open missing.txt",
        "parsing time",
        "loader.chartBase",
        "yaml: line",
    ];
    cuts.iter().fold(error, |error, cut| error.split(cut).next().unwrap())
}

fn compare_errors(found: &str, expected: &str) -> Result<(), String> {
    match found.contains(known_part(expected)) {
        true => Ok(()),
        false => Err(format!("\n  found:    {found}\n  expected: {expected}")),
    }
}

fn check(name: &str, run: impl Fn(&Json) -> Result<(), String>) {
    let cases = cases(name);
    let failed: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            run(case).err().map(|error| format!("{} {}{error}", case["args"], case["chart"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn flags_and_files_give_the_values_that_helm_makes_of_them() {
    check("set.json", |case| match (given(case).user_values(), &case["error"]) {
        (Ok(values), Json::Null) => {
            let found = show_map(&values);
            if found == case["values"] {
                return Ok(());
            }
            Err(format!("\n  found:    {found}\n  expected: {}", case["values"]))
        }
        (Err(error), Json::String(expected)) => compare_errors(&error, expected),
        (found, expected) => Err(format!("\n  found:    {found:?}\n  expected: {expected}")),
    });
}

/// A loaded and processed chart with its values, and all warnings.
fn render_values(case: &Json) -> Result<(Chart, Map, Vec<String>), String> {
    let given = given(case);
    let text = |error: windlass::chart::Error| chain(&error);
    let files = files(case, "chart").into_iter().map(|(name, text)| File::new(name, text));
    let mut chart = Chart::load_files(files.collect()).map_err(text)?;
    let user = given.user_values()?;
    chart.check_installable().map_err(text)?;
    chart.check_dependencies().map_err(text)?;
    let mut warnings = chart.process_dependencies(&user).map_err(text)?;
    let mut capabilities = Capabilities::default();
    if let Some(version) = &given.kube_version {
        capabilities.set_kube_version(version).map_err(text)?;
    }
    chart.check_kube_version(&capabilities).map_err(text)?;
    let (values, more) = chart.coalesce(&user).map_err(text)?;
    warnings.extend(more);
    Ok((chart, values, warnings))
}

fn values_by_chart(chart: &Chart, values: &Map, shown: &mut serde_json::Map<String, Json>) {
    shown.insert(chart.full_path(), show_map(values));
    for subchart in &chart.dependencies {
        values_by_chart(subchart, values[subchart.name()].as_map().unwrap(), shown);
    }
}

fn compare_warnings(found: &[String], case: &Json) -> Result<(), String> {
    // Helm adds the values, which may be secret, and warns of old files and charts elsewhere.
    let known = |text: &String| text.split(" (").next().unwrap().to_owned();
    let is_ours =
        |text: &String| !text.contains("deprecated") && !text.contains("since apiVersion");
    let expected: Vec<_> =
        texts(case, "warnings").iter().filter(|text| is_ours(text)).map(known).collect();
    let missing = expected.iter().filter(|text| !found.contains(text));
    let surplus = found.iter().filter(|text| !expected.contains(text));
    let different: Vec<_> = missing.chain(surplus).collect();
    if different.is_empty() { Ok(()) } else { Err(format!("\n  warnings: {different:?}")) }
}

#[test]
fn charts_and_subcharts_see_the_values_that_helm_gives_them() {
    check("charts.json", |case| match (render_values(case), &case["error"]) {
        (Ok((chart, values, warnings)), Json::Null) => {
            let mut found = serde_json::Map::new();
            values_by_chart(&chart, &values, &mut found);
            let found = Json::Object(found);
            if found != case["values"] {
                return Err(format!("\n  found:    {found}\n  expected: {}", case["values"]));
            }
            compare_warnings(&warnings, case)
        }
        (Err(error), Json::String(expected)) => compare_errors(&error, expected),
        (found, expected) => Err(format!("\n  found:    {found:?}\n  expected: {expected}")),
    });
}

#[test]
fn metadata_is_read_as_helm_reads_it() {
    for case in cases("charts.json").iter().filter(|case| case["metadata"].is_object()) {
        let (chart, ..) = render_values(case).unwrap();
        let metadata = &chart.metadata;
        let expected = &case["metadata"];
        let maintainers: Vec<_> = metadata
            .maintainers
            .iter()
            .map(|one| serde_json::json!({"Name": one.name, "Email": one.email, "URL": one.url}))
            .collect();
        let annotations = match metadata.annotations.is_empty() {
            true => Json::Null,
            false => serde_json::json!(metadata.annotations),
        };
        let found = serde_json::json!({
            "APIVersion": metadata.api_version,
            "Annotations": annotations,
            "AppVersion": metadata.app_version,
            "Condition": metadata.condition,
            "Dependencies": [],
            "Deprecated": metadata.deprecated,
            "Description": metadata.description,
            "Home": metadata.home,
            "Icon": metadata.icon,
            "Keywords": metadata.keywords,
            "KubeVersion": metadata.kube_version,
            "Maintainers": maintainers,
            "Name": metadata.name,
            "Sources": metadata.sources,
            "Tags": metadata.tags,
            "Type": metadata.kind,
            "Version": metadata.version,
        });
        assert_eq!(found, *expected);
    }
}

#[test]
fn folders_are_read_without_the_files_that_helm_ignores() {
    for case in cases("ignore.json") {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
        write(".helmignore", case["rules"].as_str().unwrap());
        texts(&case, "paths").iter().for_each(|name| write(name, "text"));
        match (Chart::load(folder.path()), &case["error"]) {
            (Ok(chart), Json::Null) => {
                let mut found: Vec<_> = chart.files.iter().map(|file| file.name.as_str()).collect();
                found.sort_unstable();
                assert_eq!(serde_json::json!(found), case["files"], "{}", case["rules"]);
            }
            (Err(error), Json::String(expected)) => {
                assert!(chain(&error).contains(expected), "{}: {error}", case["rules"]);
            }
            (found, expected) => panic!("{}: {found:?}, Helm: {expected}", case["rules"]),
        }
    }
}

#[test]
fn jsonpath_templates_say_what_kubectl_makes_of_them() {
    let path = format!("{}/tests/oracle/jsonpath.json", env!("CARGO_MANIFEST_DIR"));
    let recorded: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let values = parse_documents(recorded["values"].as_str().unwrap().as_bytes()).unwrap();
    let values = Value::Map(values);
    for case in recorded["cases"].as_array().unwrap() {
        let template = case["template"].as_str().unwrap();
        match (Template::parse(template), case["error"].as_str()) {
            (Err(error), Some(expected)) => assert_eq!(error.to_string(), expected, "{template}"),
            // Helm prints nothing where a template has no result.
            (Ok(parsed), None) => {
                let text = parsed.run(&values).unwrap_or_default();
                assert_eq!(text, case["text"].as_str().unwrap_or_default(), "{template}");
            }
            (parsed, expected) => panic!("{template}: {parsed:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn jsonpath_templates_have_limits() {
    let list = Value::List(vec![Value::List(vec![Value::Null; 64]); 64]);
    let run = |text: &str| Template::parse(text).unwrap().run(&list).unwrap_err().to_string();
    assert_eq!(run(&"{range @}".repeat(200)), "ranges nest deeper than 100 levels");
    let many = run(&("{range @}".to_owned() + &"{[*][*]}".repeat(300)));
    assert_eq!(many, "the template gives more than 1048576 values");
    assert!(Template::parse(&"{.a}".repeat(100_000)).is_err());
}
