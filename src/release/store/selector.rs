//! Kubernetes' label selectors, as `list --selector` takes them.
//!
//! They are matched here and not by the API server: only the labels of a release's newest revision
//! count, and the server would pick an older one whose labels fit.

use std::collections::BTreeMap;

use crate::release::Error;

/// A label selector: every requirement must hold.
#[derive(Debug, PartialEq)]
pub(super) struct Selector(Vec<Requirement>);

#[derive(Debug, PartialEq)]
struct Requirement {
    key: String,
    rule: Rule,
}

#[derive(Debug, PartialEq)]
enum Rule {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Selector {
    /// Reads a selector such as `team=data,tier in (a, b),!old`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let invalid = || Error::InvalidSelector { selector: text.to_owned() };
        if text.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let requirements = pieces(text).into_iter().map(Requirement::parse);
        Ok(Self(requirements.collect::<Option<_>>().ok_or_else(invalid)?))
    }

    /// Says whether labels meet every requirement.
    pub(super) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }
}

/// Cuts at the commas that are not inside parentheses.
fn pieces(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|letter| {
        inside = letter == '(' || (inside && letter != ')');
        letter == ',' && !inside
    })
    .collect()
}

impl Requirement {
    fn parse(piece: &str) -> Option<Self> {
        let piece = piece.trim();
        if let Some(key) = piece.strip_prefix('!') {
            return Self::new(key, Rule::Missing);
        }
        if let Some(list) = piece.strip_suffix(')') {
            return Self::parse_set(list);
        }
        // Two-letter signs first, or `a!=b` would be read as `a!` and `b`.
        if let Some((key, value)) = piece.split_once("!=") {
            return Self::new(key, Rule::NotIn(vec![word(value)?]));
        }
        if let Some((key, value)) = piece.split_once("==").or_else(|| piece.split_once('=')) {
            return Self::new(key, Rule::In(vec![word(value)?]));
        }
        if let Some((key, value)) = piece.split_once('>') {
            return Self::new(key, Rule::Above(value.trim().parse().ok()?));
        }
        if let Some((key, value)) = piece.split_once('<') {
            return Self::new(key, Rule::Below(value.trim().parse().ok()?));
        }
        Self::new(piece, Rule::Exists)
    }

    fn parse_set(piece: &str) -> Option<Self> {
        let (head, list) = piece.split_once('(')?;
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let values = list.split(',').map(word).collect::<Option<_>>()?;
        match operator {
            "in" => Self::new(key, Rule::In(values)),
            "notin" => Self::new(key, Rule::NotIn(values)),
            _ => None,
        }
    }

    fn new(key: &str, rule: Rule) -> Option<Self> {
        let key = word(key).filter(|key| !key.is_empty())?;
        Some(Self { key, rule })
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.rule {
            Rule::Exists => value.is_some(),
            Rule::Missing => value.is_none(),
            Rule::In(values) => value.is_some_and(|value| values.contains(value)),
            Rule::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Rule::Above(bound) => number().is_some_and(|number| number > *bound),
            Rule::Below(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// Returns a key or a value, if it has none of the letters that a selector is built with.
fn word(text: &str) -> Option<String> {
    let text = text.trim();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    text.chars().all(allowed).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(selector: &str, expect: bool) {
        let labels = [("team", "data"), ("size", "3"), ("example.com/tier", "a")];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        assert_eq!(Selector::parse(selector).unwrap().matches(&labels), expect, "{selector}");
    }

    #[test]
    fn every_requirement_must_hold() {
        for fits in [
            "",
            "team",
            "team=data",
            " team == data ",
            "team!=other",
            "nope!=x",
            "!nope",
            "team in (x, data),size notin (1,2)",
            "nope notin (a)",
            "size>2,size<4",
            "example.com/tier=a",
            "nope notin (),team",
        ] {
            check(fits, true);
        }
        for misses in [
            "nope",
            "team=other",
            "team!=data",
            "!team",
            "team in (x,y)",
            "team notin (data)",
            "size>3",
            "team>1",
            "team=data,nope",
            "nope in (a)",
            "team=",
        ] {
            check(misses, false);
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in
            ["=a", "a=b c", "a in b", "a in (b", "a~b", ",", "a,,b", "size>x", "a in (b)c", "(a)"]
        {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
