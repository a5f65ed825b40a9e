//! `Error`: what is wrong with a text, in go-yaml's words where they are known, and where it is.

use std::borrow::Cow;
use std::fmt;

use super::MAX_DEPTH;
use super::positions::Position;

/// Says why a text is not the data it should be.
///
/// The texts are those that Helm's users know. Where Helm writes `error converting YAML to JSON: `
/// before them, the caller does too.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text breaks YAML's grammar.
    #[error("yaml: {}{problem}", Shown(*.shown_line))]
    Syntax {
        /// What was found or not found.
        problem: Cow<'static, str>,
        /// Where it was.
        at: Position,
        /// The line that go-yaml tells: often the one before, and none at the very start.
        shown_line: Option<usize>,
    },
    /// The text is YAML, but a node in it cannot be read.
    #[error("yaml: {problem}")]
    Node {
        /// What cannot be done with the node.
        problem: Cow<'static, str>,
        /// Where the node starts.
        at: Position,
    },
    /// A mapping has the same key twice; only the strict reading minds.
    #[error("yaml: unmarshal errors:{}", Lines(.0))]
    DuplicateKeys(
        /// Every repetition, in the order of the text.
        Vec<DuplicateKey>,
    ),
    /// A key has no form in JSON.
    #[error("unsupported map key of type: {kind}, key: {key}, value: {value}")]
    Key {
        /// Go's name of the key's type.
        kind: &'static str,
        /// The key as Go prints it.
        key: String,
        /// The value as Go prints it.
        value: String,
        /// Where the key starts.
        at: Position,
    },
    /// A number is infinite or not a number, which JSON cannot say.
    #[error("json: unsupported value: {number}")]
    NotFinite {
        /// Go's name for it.
        number: &'static str,
        /// Where the first such number starts.
        at: Position,
    },
    /// A line starts with `---` and goes on with content.
    #[error("invalid Yaml document separator: {content}")]
    Separator {
        /// What stands on the line.
        content: String,
        /// Where it starts.
        at: Position,
    },
    /// The text is no JSON.
    #[error("invalid JSON")]
    Json(#[source] serde_json::Error),
    /// The data does not have the shape that it should have.
    #[error("{}{problem}", At(.path))]
    Shape {
        /// The keys and indexes that lead to the part; empty for the whole.
        path: String,
        /// What was found and what was expected.
        problem: String,
    },
}

/// A key that its mapping had already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key as Go prints it.
    pub key: String,
    /// Where the repetition starts.
    pub at: Position,
    /// The line that go-yaml tells: that of the value.
    pub shown_line: usize,
}

impl Error {
    /// Returns where in the text the error is, if it is at one place.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Syntax { at, .. }
            | Self::Node { at, .. }
            | Self::Key { at, .. }
            | Self::NotFinite { at, .. }
            | Self::Separator { at, .. } => Some(*at),
            Self::DuplicateKeys(keys) => keys.first().map(|key| key.at),
            Self::Json(err) if err.line() > 0 => {
                Some(Position { line: err.line(), column: err.column() })
            }
            Self::Json(_) | Self::Shape { .. } => None,
        }
    }

    /// Returns the line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.position().map(|at| at.line)
    }

    /// Returns the column, counted from 1 in characters.
    pub fn column(&self) -> Option<usize> {
        self.position().map(|at| at.column)
    }

    /// Returns the error as it is in a larger text, where `lines` lines stand before this one.
    #[must_use]
    pub fn below(mut self, lines: usize) -> Self {
        if lines == 0 {
            return self;
        }
        match &mut self {
            Self::Syntax { at, shown_line, .. } => {
                *shown_line = shown_line.map(|line| line + lines);
                at.line += lines;
            }
            Self::Node { at, .. }
            | Self::Key { at, .. }
            | Self::NotFinite { at, .. }
            | Self::Separator { at, .. } => at.line += lines,
            Self::DuplicateKeys(keys) => {
                for key in keys {
                    key.at.line += lines;
                    key.shown_line += lines;
                }
            }
            Self::Json(_) | Self::Shape { .. } => {}
        }
        self
    }

    /// Makes the error of a node, at the place where it starts.
    pub(super) fn node(problem: impl Into<Cow<'static, str>>, at: Position) -> Self {
        Self::Node { problem: problem.into(), at }
    }

    /// Makes the error of a sequence or mapping below too many others.
    pub(super) fn too_deep(at: Position) -> Self {
        Self::scanner(format!("exceeded max depth of {MAX_DEPTH}"), at)
    }

    /// Makes an error that go-yaml's scanner finds: it tells the line counted from 1.
    pub(super) fn scanner(problem: impl Into<Cow<'static, str>>, at: Position) -> Self {
        let shown_line = (at.line > 1).then_some(at.line);
        Self::Syntax { problem: problem.into(), at, shown_line }
    }

    /// Makes an error that go-yaml finds while it reads characters: it tells no line.
    pub(super) fn reader(problem: &'static str, at: Position) -> Self {
        Self::Syntax { problem: problem.into(), at, shown_line: None }
    }

    /// Makes an error that go-yaml's parser finds: it tells the line counted from 0.
    pub(super) fn parser(problem: impl Into<Cow<'static, str>>, at: Position) -> Self {
        let shown_line = (at.line > 1).then(|| at.line - 1);
        Self::Syntax { problem: problem.into(), at, shown_line }
    }
}

struct Shown(Option<usize>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, "line {line}: "))
    }
}

struct At<'a>(&'a str);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "`{}`: ", self.0) }
    }
}

struct Lines<'a>(&'a [DuplicateKey]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for DuplicateKey { key, shown_line, .. } in self.0 {
            write!(f, "\n  line {shown_line}: key {key} already set in map")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::{parse, parse_strict};

    fn check(text: &str, message: &str, place: (usize, usize)) {
        let err = parse_strict(text).expect_err(text);
        assert_eq!(err.to_string(), message, "{text:?}");
        assert_eq!((err.line(), err.column()), (Some(place.0), Some(place.1)), "{text:?}");
    }

    #[test]
    fn grammar_errors_have_the_text_that_users_of_helm_know() {
        check("a: b: c\n", "yaml: mapping values are not allowed in this context", (1, 5));
        check("a:\n  b: c\n d: e\n", "yaml: line 2: did not find expected key", (3, 2));
        check("a: 1\nb\nc: 2\n", "yaml: line 3: could not find expected ':'", (3, 1));
        check(
            "- a\n  b: [1, 2\n",
            "yaml: line 2: mapping values are not allowed in this context",
            (2, 4),
        );
        check("a: [1, 2\n", "yaml: line 1: did not find expected ',' or ']'", (2, 1));
        check("a: [1, }", "yaml: did not find expected node content", (1, 8));
        check("a: [1, '}' # }\n}", "yaml: line 1: did not find expected ',' or ']'", (2, 1));
        check("{a: [\"\\\"]\"], b: c]", "yaml: did not find expected ',' or '}'", (1, 18));
        check("a:\n- b\n-c\n", "yaml: line 4: could not find expected ':'", (4, 1));
        check("a: 'x\n", "yaml: line 2: found unexpected end of stream", (2, 1));
        check("a: @x\n", "yaml: found character that cannot start any token", (1, 4));
        check("a: \"\\/\"\n", "yaml: found unknown escape character", (1, 5));
        check("a: *b\n", "yaml: unknown anchor 'b' referenced", (1, 4));
    }

    #[test]
    fn tabs_are_an_error_where_a_key_or_item_may_start() {
        let no_token = "yaml: line 2: found character that cannot start any token";
        check("a:\n\t- b\n", no_token, (2, 1));
        check("a:\n  - b\n  -\tc: d\n", &no_token.replace('2', "3"), (3, 4));
        let violates = "yaml: line 2: found a tab character that violates indentation";
        check("a: b\n\tc\n", violates, (2, 1));
        let block = "yaml: line 2: found a tab character where an indentation space is expected";
        check("a: |\n\tb\n", block, (2, 1));
        check("a: |\n \tb\n", block, (2, 2));
        for text in ["a:\tb\n", "a: [\n\tb\n]\n", "a: 'b\n\tc'\n", "a: |1\n \tb\n", "a: b\t\n"] {
            assert!(parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn keys_that_json_cannot_have_are_shown_as_go_shows_them() {
        check(
            "name: {{ .Values.name }}\n",
            "yaml: invalid map key: \
             map[interface {}]interface {}{\".Values.name\":interface {}(nil)}",
            (1, 8),
        );
        check(
            "a:\n  ~: [1]\n",
            "unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{1}",
            (2, 3),
        );
    }

    #[test]
    fn repeated_keys_are_all_told() {
        check(
            "a: 1\na: 2\nb: 1\n\"a\":\n  3\n",
            "yaml: unmarshal errors:\n  line 2: key \"a\" already set in map\n  \
             line 5: key \"a\" already set in map",
            (2, 1),
        );
        assert!(parse_strict("1: a\n\"1\": b\n").is_ok(), "keys of two types");
    }

    #[test]
    fn an_error_can_be_moved_into_a_larger_text() {
        let err = parse("a: 1\nb: [\n").expect_err("open bracket").below(10);
        assert_eq!(err.to_string(), "yaml: line 12: did not find expected node content");
        assert_eq!(err.line(), Some(13));
    }
}
