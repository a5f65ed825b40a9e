//! The plain merge of two trees: what comes later wins.

use crate::yaml::{Map, Value};

/// Merges `over` into `base`: mappings are merged, everything else is replaced, also by null.
pub fn merge_maps(mut base: Map, over: Map) -> Map {
    for (key, value) in over {
        let merged = match (base.remove(&key), value) {
            (Some(Value::Map(below)), Value::Map(above)) => Value::Map(merge_maps(below, above)),
            (_, value) => value,
        };
        base.insert(key, merged);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(json: &str) -> Map {
        Value::from_json(json).unwrap().as_map().unwrap().clone()
    }

    #[test]
    fn later_values_win_and_only_mappings_are_merged() {
        let base = map(r#"{"m":{"x":1,"y":{"z":1}},"l":[1,2],"s":"text","n":{"a":1}}"#);
        let over = map(r#"{"m":{"y":{"w":2}},"l":[3],"s":{"a":1},"n":null}"#);
        let expected = map(r#"{"m":{"x":1,"y":{"z":1,"w":2}},"l":[3],"s":{"a":1},"n":null}"#);
        assert_eq!(merge_maps(base, over), expected);
    }
}
