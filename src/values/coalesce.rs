//! Laying one tree under another, in Helm's two ways.

use super::table::{Node, Table};
use crate::yaml::Map;

/// What a null in the upper tree does to a value below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It removes the value, and itself.
    Coalesce,
    /// It stays, because values will be laid over each other once more.
    Merge,
}

/// Lays `lower` under `upper`, which wins; nulls of `upper` remove what they meet.
///
/// Also returns Helm's warnings about mappings that meet other values.
pub fn coalesce_tables(upper: &Map, lower: &Map) -> (Map, Vec<String>) {
    let mut warnings = Vec::new();
    let table = Table::from_map(upper);
    lay_under(&table, &Table::from_map(lower), "", Mode::Coalesce, &mut warnings);
    (table.to_map(), warnings)
}

/// Lays `lower` under `upper` in place, sharing the tables that only `lower` has.
pub(crate) fn lay_under(
    upper: &Table,
    lower: &Table,
    prefix: &str,
    mode: Mode,
    warnings: &mut Vec<String>,
) {
    if upper.same(lower) {
        return;
    }
    let below = lower.entries();
    // Helm writes the nulls of the upper table into the lower one, which others may share.
    for key in upper.nulls() {
        lower.insert(key, Node::null());
    }
    for (key, value) in below {
        let Some(own) = upper.get(&key) else {
            upper.insert(key, value);
            continue;
        };
        if own.is_null() {
            if mode == Mode::Coalesce && !value.is_null() {
                upper.remove(&key);
            }
            continue;
        }
        let path = || join(prefix, &key);
        match (own, value) {
            (Node::Table(own), Node::Table(value)) => {
                lay_under(&own, &value, &path(), mode, warnings);
            }
            (Node::Leaf(_), Node::Table(_)) => {
                let path = path();
                warnings.push(format!("warning: cannot overwrite table with non table for {path}"));
            }
            (Node::Table(_), value) if !value.is_null() => warnings.push(format!(
                "warning: destination for {} is a table. Ignoring non-table value",
                path()
            )),
            _ => {}
        }
    }
}

/// Joins two parts of a dotted path.
pub(crate) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Value;

    fn check(upper: &str, lower: &str, expected: &str, expected_warnings: &[&str]) {
        let map = |json| Value::from_json(json).unwrap().as_map().unwrap().clone();
        let (result, warnings) = coalesce_tables(&map(upper), &map(lower));
        assert_eq!(result, map(expected));
        assert_eq!(warnings, expected_warnings);
    }

    #[test]
    fn the_upper_tree_wins_and_its_nulls_remove() {
        check(
            r#"{"a":1,"m":{"x":null,"y":2,"u":null},"gone":null}"#,
            r#"{"a":9,"b":2,"m":{"x":1,"y":1,"z":1},"gone":{"x":1},"n":null}"#,
            r#"{"a":1,"b":2,"m":{"y":2,"z":1,"u":null},"n":null}"#,
            &[],
        );
    }

    #[test]
    fn mappings_that_meet_other_values_are_named() {
        check(
            r#"{"a":1,"b":{"x":1}}"#,
            r#"{"a":{"x":1},"b":2}"#,
            r#"{"a":1,"b":{"x":1}}"#,
            &[
                "warning: cannot overwrite table with non table for a",
                "warning: destination for b is a table. Ignoring non-table value",
            ],
        );
    }
}
