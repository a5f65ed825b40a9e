//! Which subcharts stay, and what they pass up to their parent.

use super::*;
use crate::chart::File;

/// Makes a chart with a subchart `sub` that has `values`, and imports from it.
fn chart_with(imports: &str, values: &str) -> Chart {
    let dependencies = "dependencies:\n- name: sub\n  version: '*'\n  import-values:\n";
    let meta = |name| format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
    Chart::load_files(vec![
        File::new("Chart.yaml", format!("{}{dependencies}{imports}", meta("root"))),
        File::new("charts/sub/Chart.yaml", meta("sub")),
        File::new("charts/sub/values.yaml", values),
    ])
    .unwrap()
}

#[test]
fn imports_that_contain_themselves_are_refused() {
    let values = "a: {m: {x: 1}, k: {}, l: {z: 1}}\n";
    let mut nested =
        chart_with("  - {child: a, parent: .}\n  - {child: a.m, parent: m.q}\n", values);
    let error = nested.process_dependencies(&Map::new()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("import-values of dependency `sub`"), "{cause}");
    let mut deep =
        chart_with(&format!("  - {{child: a, parent: {}}}\n", ["p"; 5000].join(".")), values);
    assert!(deep.process_dependencies(&Map::new()).is_err());
    let mut doubled = chart_with(
        &format!(
            "  - {{child: a, parent: .}}\n{}",
            "  - {child: a.l, parent: l.a}\n  - {child: a.l, parent: l.b}\n".repeat(40)
        ),
        values,
    );
    assert!(doubled.process_dependencies(&Map::new()).is_err());
}

/// Puts a value under `levels` mappings.
fn deep(levels: usize, value: Value) -> Value {
    (0..levels).fold(value, |below, _| Value::Map(Map::from([("m".to_owned(), below)])))
}

#[test]
fn deep_values_fit_the_stack() {
    let user = Map::from([("sub".to_owned(), deep(490, Value::Null))]);
    let mut chart = chart_with("  - {child: m, parent: b}\n", "");
    chart.dependencies[0].values = Map::from([("m".to_owned(), deep(490, Value::Bool(true)))]);
    chart.process_dependencies(&user).unwrap();
    chart.coalesce(&user).unwrap();
    let imports = format!("  - {{child: m, parent: {}}}\n", ["b"; 400].join(".")).repeat(2);
    let mut chart = chart_with(&imports, "");
    chart.dependencies[0].values = Map::from([("m".to_owned(), deep(490, Value::Bool(true)))]);
    assert!(chart.process_dependencies(&user).is_err());
}

#[test]
fn aliases_that_double_without_end_are_refused() {
    let levels = 14;
    let file = |level: usize| {
        let aliases = "- {name: c, version: '*', alias: a}\n- {name: c, version: '*', alias: b}\n";
        let listed =
            if level < levels { format!("dependencies:\n{aliases}") } else { String::new() };
        let meta = format!("apiVersion: v2\nname: c\nversion: 1.0.0\n{listed}");
        File::new(format!("{}Chart.yaml", "charts/c/".repeat(level)), meta)
    };
    let mut chart = Chart::load_files((0..=levels).map(file).collect()).unwrap();
    let error = chart.process_dependencies(&Map::new()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "there are more than 10000 charts in one another");
}
