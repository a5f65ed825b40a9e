//! Paths into a tree: the keys and indexes that lead to one value.

use std::fmt;

use crate::yaml::{Map, Step, Value};

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// To the entry of a mapping.
    Key(String),
    /// To the item of a list, counted from 0.
    Index(usize),
}

/// The keys and indexes that lead to one value of a tree.
///
/// It prints as templates and kubectl write it: `.image.tag`, `.hosts[0]`, `["a.b"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<PathStep>);

impl Path {
    /// Makes a path of keys alone.
    pub fn of_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(|key| PathStep::Key(key.to_owned())).collect())
    }

    /// Returns the steps.
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Says whether this is the tree itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the path that goes one step further.
    #[must_use]
    pub fn then(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns the path that goes on with `below`.
    #[must_use]
    pub fn join(&self, below: &[PathStep]) -> Self {
        Self([&self.0, below].concat())
    }

    /// Returns the steps of this path after those of `above`; `None` if it does not lead through it.
    pub fn below(&self, above: &Self) -> Option<&[PathStep]> {
        self.0.strip_prefix(above.steps())
    }

    /// Returns the path to the tree that holds this one's end, and the last step.
    pub fn split_last(&self) -> Option<(Self, &PathStep)> {
        self.0.split_last().map(|(last, above)| (Self(above.to_vec()), last))
    }

    /// Returns the keys at the start, which no index follows.
    pub fn keys(&self) -> Vec<&str> {
        let steps = self.0.iter();
        steps
            .map_while(|step| if let PathStep::Key(key) = step { Some(key.as_str()) } else { None })
            .collect()
    }

    /// Returns the steps as the positions of a text are asked for.
    pub fn to_yaml(&self) -> Vec<Step<'_>> {
        self.0.iter().map(Step::from).collect()
    }

    /// Follows the path into `map`; the path to the tree itself leads nowhere.
    pub fn find<'a>(&self, map: &'a Map) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        let PathStep::Key(key) = first else { return None };
        find(map.get(key)?, rest)
    }
}

/// Follows steps into a value.
pub fn find<'a>(value: &'a Value, steps: &[PathStep]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.as_list()?.get(*index),
    })
}

/// Names the kind of a value as people say it; none for what is empty, which can stand for every kind.
pub fn kind(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Map(map) if map.is_empty() => None,
        Value::List(items) if items.is_empty() => None,
        Value::Map(_) => Some("a mapping"),
        Value::List(_) => Some("a list"),
        _ => Some("a single value"),
    }
}

impl<'a> From<&'a PathStep> for Step<'a> {
    fn from(step: &'a PathStep) -> Self {
        match step {
            PathStep::Key(key) => Self::Key(key),
            PathStep::Index(index) => Self::Index(*index),
        }
    }
}

impl From<Vec<PathStep>> for Path {
    fn from(steps: Vec<PathStep>) -> Self {
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str(".");
        }
        self.0.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) if is_plain(key) => write!(f, ".{key}"),
            Self::Key(key) => write!(f, "[{key:?}]"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_as_kubectl_reads_them_and_lead_to_values() {
        let map = Value::from_json(r#"{"a":{"x.y":[1,{"b-c":2}]}}"#).unwrap();
        let path = Path::of_keys(["a", "x.y"]).then(PathStep::Index(1));
        let leaf = path.then(PathStep::Key("b-c".to_owned()));
        assert_eq!(leaf.to_string(), r#".a["x.y"][1].b-c"#);
        assert_eq!(leaf.find(map.as_map().unwrap()), Some(&Value::Int(2)));
        assert_eq!(leaf.below(&path).map(<[_]>::len), Some(1));
        assert_eq!(leaf.keys(), ["a", "x.y"]);
        assert_eq!(path.then(PathStep::Index(0)).find(map.as_map().unwrap()), None);
        assert_eq!(Path::default().to_string(), ".");
    }
}
