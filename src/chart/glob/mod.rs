//! The patterns of `.Files.Glob`: gobwas' globs with `/` as separator.
//!
//! `*` and `?` stop at slashes, `**` does not; `[abc]`, `[!abc]` and `[a-z]` are classes, `{a,b}`
//! are alternatives. gobwas rewrites patterns in ways that change what they match: `a/**/b` matches
//! `a/b`, `a/**/*b` does not. Charts rely on the first, so the rewriting is done here too, step by
//! step.

mod compile;
mod matcher;
mod syntax;

use std::cell::Cell;

use matcher::Matcher;

/// How many parts one sequence of a pattern may have; gobwas compares all with each other.
const MAX_PARTS: usize = 200;
/// How deep alternatives may nest.
const MAX_DEPTH: usize = 30;
/// How many steps one match may take; gobwas needs time without end for patterns such as
/// `*a*a*a*a*b`.
const MAX_STEPS: usize = 1_000_000;

/// Says why a text is no pattern, in gobwas' words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The pattern ends within a class.
    #[error("unexpected end of input")]
    UnexpectedEnd,
    /// A range in a class is not followed by `]`.
    #[error("expected close range character")]
    OpenRange,
    /// The last character of a range comes before its first.
    #[error("hi character '{high}' should be greater than lo '{low}'")]
    RangeOrder {
        /// The first character.
        low: char,
        /// The last character.
        high: char,
    },
    /// A class is empty.
    #[error("could not parse range")]
    EmptyClass,
    /// The pattern has too many parts, or its alternatives nest too deep.
    #[error("the pattern is too large")]
    TooLarge,
}

/// A pattern, ready to match.
#[derive(Debug, Clone)]
pub struct Glob {
    matcher: Matcher,
}

impl Glob {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<Self, Error> {
        Ok(Self { matcher: compile::compile(&syntax::parse(pattern)?) })
    }

    /// Says whether the pattern matches the whole of `name`; what takes too long does not.
    pub fn matches(&self, name: &str) -> bool {
        let steps = Cell::new(MAX_STEPS);
        self.matcher.matches(name.as_bytes(), &steps) && steps.get() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_patterns_are_refused_and_slow_ones_given_up() {
        assert_eq!(Glob::parse(&"*a".repeat(5000)).unwrap_err(), Error::TooLarge);
        assert_eq!(Glob::parse(&"{".repeat(1000)).unwrap_err(), Error::TooLarge);
        let glob = Glob::parse(&"*a".repeat(80)).unwrap();
        assert!(!glob.matches(&format!("{}b", "a".repeat(400))));
    }
}
