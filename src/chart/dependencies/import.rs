//! `import-values`: what parents take over from the values of their subcharts.

use super::graph::{Graph, Id};
use crate::chart::Error;
use crate::chart::coalesce::lay_over_chart;
use crate::values::table::{MAX_DEPTH, Node, Table};
use crate::values::{Mode, go, lay_under};

/// Takes over values from the subcharts, innermost first, and makes the result the defaults of each
/// chart.
pub(super) fn import_values(
    graph: &mut Graph,
    chart: Id,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    for subchart in graph.children(chart).to_vec() {
        import_values(graph, subchart, warnings)?;
    }
    let Some(listed) = graph.listed(chart) else { return Ok(()) };
    let mut listed = listed.to_vec();
    let values = Table::default();
    lay_over_chart(graph.branch(chart), &values, "", Mode::Merge, &mut Vec::new())?;
    let imported = Table::default();
    let is_first = graph.imports_first(chart);
    for dependency in &mut listed {
        let name = dependency.name.clone();
        let mut kept = Vec::new();
        for import in std::mem::take(&mut dependency.import_values) {
            // Helm does not understand any more what it made of imports before.
            let Some(import) = Import::new(&import).filter(|_| is_first) else { continue };
            kept.push(serde_json::json!({ "child": import.child, "parent": import.parent }));
            import.apply(&name, &values, &imported, warnings)?;
        }
        dependency.import_values = kept;
    }
    if !listed.is_empty() {
        graph.set_listed(chart, listed);
    }
    // The values of the chart win over what it imports.
    let values = values.deep_copy();
    lay_under(&values, &imported, "", Mode::Merge, warnings);
    graph.set_values(chart, values.to_map());
    Ok(())
}

/// A mapping in the values of a subchart, and where the parent wants it.
struct Import {
    child: String,
    parent: String,
    by_name: bool,
}

impl Import {
    fn new(import: &serde_json::Value) -> Option<Self> {
        let field = |name| match &import[name] {
            serde_json::Value::Null => "<nil>".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => go::float(number.as_f64().unwrap_or_default()),
            other => other.to_string(),
        };
        match import {
            serde_json::Value::Object(_) => {
                Some(Self { child: field("child"), parent: field("parent"), by_name: false })
            }
            serde_json::Value::String(name) => {
                let child = format!("exports.{name}");
                Some(Self { child, parent: ".".to_owned(), by_name: true })
            }
            _ => None,
        }
    }

    fn apply(
        &self,
        dependency: &str,
        values: &Table,
        imported: &Table,
        warnings: &mut Vec<String>,
    ) -> Result<(), Error> {
        let path = format!("{dependency}.{}", self.child);
        let found = match table_at(values, &path) {
            Ok(found) => found,
            Err(part) => {
                let place = match self.by_name {
                    true => "table".to_owned(),
                    false => format!("table from chart chart={dependency}"),
                };
                let part = go::quote(part);
                warnings.push(format!("ImportValues missing {place} error={part} is not a table"));
                return Ok(());
            }
        };
        let endless = || Error::EndlessImport { name: dependency.to_owned() };
        if self.parent.split('.').count() > MAX_DEPTH {
            return Err(endless());
        }
        lay_under(imported, &nest(found, &self.parent), "", Mode::Merge, warnings);
        if imported.is_copyable() && values.is_copyable() { Ok(()) } else { Err(endless()) }
    }
}

/// Follows a dotted path to a table; if there is none, returns the part that is none.
fn table_at<'p>(values: &Table, path: &'p str) -> Result<Table, &'p str> {
    let found = path.split('.').try_fold(values.clone(), |table, key| match table.get(key) {
        Some(Node::Table(below)) => Ok(below),
        _ => Err(key),
    })?;
    // Helm gives an empty table away as a new one, any other as it is.
    Ok(if found.is_empty() { Table::default() } else { found })
}

/// Puts a table under a dotted path.
fn nest(table: Table, path: &str) -> Table {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |below, key| {
        let above = Table::default();
        above.insert(key, Node::Table(below));
        above
    })
}
