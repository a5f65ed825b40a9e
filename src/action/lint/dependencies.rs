//! The rules about subcharts: what `Chart.yaml` asks for, and what is in `charts/`.

use super::Linted;
use super::Severity::{Error, Warning};
use super::source::Source;
use crate::chart::Chart;

/// Checks the subcharts.
pub(super) fn check(source: &Source, linted: &mut Linted) {
    match source.chart() {
        Ok(chart) => {
            let name = source.name();
            linted.check(Error, &name, unlisted(chart));
            linted.check(Error, &name, repeated(chart));
            linted.check(Warning, &name, missing(chart));
        }
        Err(problem) => {
            linted.check(Error, "", Err(format!("unable to load chart\n\t{problem}")));
        }
    }
}

fn none_of<'a>(names: impl Iterator<Item = &'a str>, problem: &str) -> Result<(), String> {
    let names: Vec<_> = names.collect();
    if names.is_empty() { Ok(()) } else { Err(format!("{problem}: {}", names.join(","))) }
}

fn unlisted(chart: &Chart) -> Result<(), String> {
    let listed = &chart.metadata.dependencies;
    let is_unlisted = |name: &&str| !listed.iter().any(|dependency| dependency.name == *name);
    let names = chart.dependencies.iter().map(Chart::name).filter(is_unlisted);
    none_of(names, "chart metadata is missing these dependencies")
}

fn repeated(chart: &Chart) -> Result<(), String> {
    let names: Vec<_> =
        chart.metadata.dependencies.iter().map(|dependency| dependency.local_name()).collect();
    let is_repeated = |(index, name): &(usize, &&str)| names[..*index].contains(name);
    let repeated = names.iter().enumerate().filter(is_repeated).map(|(_, name)| *name);
    none_of(repeated, "multiple dependencies with name or alias")
}

fn missing(chart: &Chart) -> Result<(), String> {
    let is_missing = |name: &&str| !chart.dependencies.iter().any(|found| found.name() == *name);
    let listed = &chart.metadata.dependencies;
    let names = listed.iter().map(|dependency| dependency.name.as_str()).filter(is_missing);
    none_of(names, "chart directory is missing these dependencies")
}
