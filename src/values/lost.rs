//! Values that one tree has and the next one loses.

use crate::yaml::{Map, Value};

/// Lists the values that are there and not empty in `previous`, but gone or empty in `next`.
///
/// Each is a path as `--set` would write it; a mapping that is gone is listed value by value, a
/// list as a whole.
pub fn lost(previous: &Map, next: &Map) -> Vec<String> {
    let mut paths = Vec::new();
    collect(previous, Some(next), "", &mut paths);
    paths
}

fn collect(previous: &Map, next: Option<&Map>, prefix: &str, paths: &mut Vec<String>) {
    for (key, before) in previous {
        let path = format!("{prefix}{}", escape(key));
        let after = next.and_then(|map| map.get(key));
        match before {
            Value::Map(map)
                if after.is_none_or(|value| is_empty(value) || value.as_map().is_some()) =>
            {
                collect(map, after.and_then(Value::as_map), &format!("{path}."), paths);
            }
            value if !is_empty(value) && after.is_none_or(is_empty) => paths.push(path),
            _ => {}
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

fn escape(key: &str) -> String {
    let mut escaped = String::with_capacity(key.len());
    for c in key.chars() {
        if matches!(c, '.' | ',' | '=' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(previous: &str, next: &str, expected: &[&str]) {
        let map = |json| Value::from_json(json).unwrap().as_map().unwrap().clone();
        assert_eq!(lost(&map(previous), &map(next)), expected);
    }

    #[test]
    fn values_that_become_empty_or_vanish_are_listed() {
        check(
            r#"{"secrets":{"url":"x","key":"k","n":5},"l":[1],"off":false,
                "gone":{"a":{"b":1},"e":""}}"#,
            r#"{"secrets":{"url":"","n":6},"l":[],"off":true}"#,
            &["gone.a.b", "l", "secrets.key", "secrets.url"],
        );
    }

    #[test]
    fn changes_of_kind_and_empty_values_are_not_losses() {
        check(r#"{"a":{"b":1},"c":null,"d":"","e":{},"f":1}"#, r#"{"a":"text","f":{"x":1}}"#, &[]);
        check(r#"{"a":{"b":1}}"#, r#"{"a":null}"#, &["a.b"]);
    }

    #[test]
    fn paths_are_written_as_set_reads_them() {
        check(r#"{"a.b":{"c,d=e[0]\\":1}}"#, "{}", &[r"a\.b.c\,d\=e\[0]\\"]);
    }
}
