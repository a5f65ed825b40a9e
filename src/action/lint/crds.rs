//! The rules about the files of `crds/`.

use super::Linted;
use super::Severity::Error;
use super::documents::{Decoder, Head};
use super::source::Source;
use crate::chart::Chart;

const FOLDER: &str = "crds/";

/// Checks the custom resource definitions, also those of subcharts.
pub(super) fn check(source: &Source, linted: &mut Linted) {
    let Some(is_folder) = source.is_folder("crds") else { return };
    let is_folder = if is_folder { Ok(()) } else { Err("not a directory".to_owned()) };
    if !linted.check(Error, FOLDER, is_folder) {
        return;
    }
    match source.chart() {
        // Once a file is no YAML, Helm looks at no other.
        Ok(chart) => drop(check_files(chart, linted)),
        Err(problem) => drop(linted.check(Error, FOLDER, Err(problem))),
    }
}

/// Checks the files of a chart and its subcharts; says whether all of them are YAML.
fn check_files(chart: &Chart, linted: &mut Linted) -> bool {
    chart.own_crds().all(|file| check_file(&file.name, &file.data, linted))
        && chart.dependencies.iter().all(|subchart| check_files(subchart, linted))
}

fn check_file(name: &str, data: &[u8], linted: &mut Linted) -> bool {
    let text = String::from_utf8_lossy(data);
    for document in Decoder::new(&text) {
        match document {
            Ok(Some(head)) => check_head(name, &head, linted),
            Ok(None) => {}
            Err(problem) => {
                return linted.check(Error, name, Err(format!("unable to parse YAML: {problem}")));
            }
        }
    }
    true
}

fn check_head(name: &str, head: &Head, linted: &mut Linted) {
    if !head.api_version.starts_with("apiextensions.k8s.io") {
        let problem = "apiVersion is not in 'apiextensions.k8s.io'";
        linted.check(Error, name, Err(problem.to_owned()));
    }
    if head.kind != "CustomResourceDefinition" {
        let problem = "object kind is not 'CustomResourceDefinition'";
        linted.check(Error, name, Err(problem.to_owned()));
    }
}
