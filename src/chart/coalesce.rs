//! User values over the defaults of a chart and its subcharts.
//!
//! This follows Helm step by step, on shared tables, because which tables it shares decides what
//! nested globals a parent gets from its subcharts.

use super::{Chart, Error, GLOBAL};
use crate::values::table::{Node, Table};
use crate::values::{Mode, join, json_kind, lay_under};
use crate::yaml::Map;

impl Chart {
    /// Lays `user` over the defaults of the chart and its subcharts; templates see the result as
    /// `.Values`.
    ///
    /// The values of a subchart, globals included, are the entry with its name. Also returns Helm's
    /// warnings about mappings that meet other values, without the values, which may be secret.
    pub fn coalesce(&self, user: &Map) -> Result<(Map, Vec<String>), Error> {
        coalesce(self, user)
    }
}

/// A chart and its subcharts, as far as values are concerned.
pub(super) trait Layered<'a>: Copy {
    /// Returns the name, which an alias may have changed.
    fn name(self) -> &'a str;

    /// Returns the defaults.
    fn values(self) -> &'a Map;

    /// Returns the subcharts.
    fn subcharts(self) -> impl Iterator<Item = Self>;
}

impl<'a> Layered<'a> for &'a Chart {
    fn name(self) -> &'a str {
        &self.metadata.name
    }

    fn values(self) -> &'a Map {
        &self.values
    }

    fn subcharts(self) -> impl Iterator<Item = Self> {
        self.dependencies.iter()
    }
}

/// Lays `user` over the defaults of a chart and its subcharts.
pub(super) fn coalesce<'a>(
    chart: impl Layered<'a>,
    user: &Map,
) -> Result<(Map, Vec<String>), Error> {
    let mut warnings = Vec::new();
    let values = Table::from_map(user);
    lay_over_chart(chart, &values, "", Mode::Coalesce, &mut warnings)?;
    Ok((values.to_map(), warnings))
}

/// Lays `values` over the defaults of a chart and its subcharts, in place.
pub(super) fn lay_over_chart<'a>(
    chart: impl Layered<'a>,
    values: &Table,
    prefix: &str,
    mode: Mode,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let path = join(prefix, chart.name());
    lay_over_defaults(chart, values, &path, mode, warnings);
    for subchart in chart.subcharts() {
        let name = subchart.name();
        let below = match values.get(name) {
            Some(Node::Table(below)) => below,
            Some(Node::Leaf(other)) => {
                let name = name.to_owned();
                return Err(Error::SubchartValues { name, found: json_kind(&other) });
            }
            None => Table::default(),
        };
        values.insert(name, Node::Table(below.clone()));
        pass_globals(values, &below, &path, warnings);
        lay_over_chart(subchart, &below, &path, mode, warnings)?;
    }
    Ok(())
}

fn lay_over_defaults<'a>(
    chart: impl Layered<'a>,
    values: &Table,
    path: &str,
    mode: Mode,
    warnings: &mut Vec<String>,
) {
    for (key, default) in chart.values() {
        match (values.get(key), Node::new(default)) {
            (None, default) => {
                if mode == Mode::Merge {
                    values.insert(key, default);
                } else if !default.is_null() {
                    default.remove_nulls();
                    values.insert(key, default);
                }
            }
            (Some(value), _) if value.is_null() && mode == Mode::Coalesce => values.remove(key),
            (Some(Node::Table(upper)), Node::Table(lower)) => {
                // The nulls of a subchart's values are needed when its own defaults come.
                let is_subchart = chart.subcharts().any(|chart| chart.name() == *key);
                let mode = if is_subchart { Mode::Merge } else { mode };
                if mode == Mode::Coalesce {
                    lower.remove_nulls();
                }
                lay_under(&upper, &lower, &join(path, key), mode, warnings);
            }
            (Some(Node::Table(_)), default) if !default.is_null() => {
                warnings.push(format!("warning: skipped value for {path}.{key}: Not a table."));
            }
            _ => {}
        }
    }
}

/// Lays the globals of a chart over those in the values of its subchart.
fn pass_globals(from: &Table, to: &Table, path: &str, warnings: &mut Vec<String>) {
    let mut globals = |table: &Table, role| match table.get(GLOBAL) {
        Some(Node::Table(globals)) => Some(globals),
        None => Some(Table::default()),
        Some(Node::Leaf(_)) => {
            warnings
                .push(format!("warning: skipping globals because {role} global is not a table."));
            None
        }
    };
    let Some(own) = globals(to, "destination") else { return };
    let Some(given) = globals(from, "source") else { return };
    for (key, value) in given.entries() {
        match (value, own.get(&key)) {
            (Node::Table(value), None) => own.insert(key, Node::Table(value.shallow_copy())),
            (Node::Table(value), Some(Node::Table(below))) => {
                let value = value.shallow_copy();
                lay_under(&value, &below, &join(path, &key), Mode::Merge, warnings);
                own.insert(key, Node::Table(value));
            }
            (Node::Table(_), Some(Node::Leaf(_))) => warnings.push(format!(
                "Conflict: cannot merge map onto non-map for {}. Skipping.",
                crate::values::go::quote(&key)
            )),
            (Node::Leaf(_), Some(Node::Table(_))) => {
                warnings.push(format!("key {key} is table. Skipping"));
            }
            (leaf, _) => own.insert(key, leaf),
        }
    }
    to.insert(GLOBAL, Node::Table(own));
}
