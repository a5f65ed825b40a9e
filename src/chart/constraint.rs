//! Constraints of versions, such as `^1.2.x || ~2.0`, in the grammar of Masterminds' semver
//! library.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use semver::Version;

use super::version;
use crate::values::go;

/// The longest constraint that Masterminds reads.
const MAX_LENGTH: usize = 512;
/// The most alternatives that Masterminds reads in a constraint.
const MAX_ALTERNATIVES: usize = 32;

/// Says why a text is no constraint, in Masterminds' words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A part of the constraint has not the form of one.
    #[error("improper constraint: {}", go::quote(.0))]
    Improper(String),
    /// The constraint is too long.
    #[error("constraint string is too long (max {MAX_LENGTH} bytes)")]
    TooLong,
    /// The constraint has too many alternatives.
    #[error("too many constraint groups (max {MAX_ALTERNATIVES})")]
    TooManyAlternatives,
    /// A version within the constraint is wrong.
    #[error("constraint parser error")]
    Version(#[source] version::Error),
}

/// Says whether `version` meets `constraint`; a text that cannot be read meets nothing.
pub fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.matches(&version),
        _ => false,
    }
}

/// A range of versions, such as `^1.2.x || ~2.0`.
#[derive(Debug, Clone)]
pub struct Constraint {
    alternatives: Vec<Alternative>,
}

#[derive(Debug, Clone)]
struct Alternative {
    comparisons: Vec<Comparison>,
    /// Prereleases are met only by alternatives that name one themselves.
    names_prerelease: bool,
}

#[derive(Debug, Clone)]
struct Comparison {
    operator: Operator,
    version: Version,
    given: Given,
}

/// How many numbers of a version a comparison gives; the others are absent or wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    Nothing,
    Major,
    Minor,
    Patch,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
/// The blanks that Go's `\s` knows.
const S: &str = r"[\t\n\f\r ]";
const PATTERN: &str = concat!(
    r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?",
    r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?",
    r"(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?",
);

static COMPARISON: LazyLock<Regex> =
    LazyLock::new(|| expression(&format!(r"^{S}*({OPERATORS}){S}*({PATTERN}){S}*$")));
static FIND: LazyLock<Regex> =
    LazyLock::new(|| expression(&format!(r"({OPERATORS}){S}*({PATTERN})")));
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| expression(&format!(r"{S}*({PATTERN}){S}+-{S}+({PATTERN}){S}*")));
static ALTERNATIVE: LazyLock<Regex> = LazyLock::new(|| {
    let one = format!(r"({OPERATORS}){S}*({PATTERN}){S}*");
    expression(&format!(r"^({S}*{one})((?:{S}+|,{S}*){one})*$"))
});

impl Constraint {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::TooLong);
        }
        let text = RANGE.replace_all(text, |range: &Captures<'_>| {
            format!(">= {}, <= {} ", group_text(range, 1), group_text(range, 11))
        });
        let alternatives: Vec<_> = text.split("||").collect();
        if alternatives.len() > MAX_ALTERNATIVES {
            return Err(Error::TooManyAlternatives);
        }
        let alternatives = alternatives.into_iter().map(Alternative::parse);
        Ok(Self { alternatives: alternatives.collect::<Result<_, _>>()? })
    }

    /// Says whether a version meets the constraint.
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| alternative.matches(version))
    }
}

impl Alternative {
    fn parse(text: &str) -> Result<Self, Error> {
        if !ALTERNATIVE.is_match(text) {
            return Err(Error::Improper(text.to_owned()));
        }
        let comparisons: Vec<_> = FIND
            .find_iter(text)
            .map(|found| Comparison::parse(found.as_str()))
            .collect::<Result<_, _>>()?;
        let names_prerelease = comparisons.iter().any(|one| !one.version.pre.is_empty());
        Ok(Self { comparisons, names_prerelease })
    }

    fn matches(&self, version: &Version) -> bool {
        (self.names_prerelease || version.pre.is_empty())
            && self.comparisons.iter().all(|comparison| comparison.matches(version))
    }
}

impl Comparison {
    fn parse(text: &str) -> Result<Self, Error> {
        let parts = COMPARISON.captures(text).ok_or_else(|| Error::Improper(text.to_owned()))?;
        let operator = match group_text(&parts, 1) {
            "" | "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "^" => Operator::Caret,
            _ => Operator::Tilde,
        };
        let (major, minor, patch) =
            (group_text(&parts, 3), group_text(&parts, 4), group_text(&parts, 5));
        let given = match [major, minor, patch].map(is_wildcard) {
            [true, _, _] => Given::Nothing,
            [_, true, _] => Given::Major,
            [_, _, true] => Given::Minor,
            _ => Given::Patch,
        };
        let pre = group_text(&parts, 6);
        let version = match given {
            Given::Nothing => format!("0.0.0{pre}"),
            Given::Major => format!("{major}.0.0{pre}"),
            Given::Minor => format!("{major}{minor}.0{pre}"),
            Given::Patch => group_text(&parts, 2).to_owned(),
        };
        let version = version::parse(&version).map_err(Error::Version)?;
        Ok(Self { operator, version, given })
    }

    fn matches(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.given == Given::Patch => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.tilde(version),
            Operator::Caret => order.is_ge() && self.caret(version),
            Operator::NotEqual => !self.equals_given(version),
            Operator::Greater => self.greater(version),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => self.less_or_equal(version),
        }
    }

    fn is_zero(&self) -> bool {
        (self.version.major, self.version.minor, self.version.patch) == (0, 0, 0)
    }

    /// `~1.2.3` stays below the next minor version, `~1` below the next major one.
    fn tilde(&self, version: &Version) -> bool {
        if self.is_zero() && !matches!(self.given, Given::Major | Given::Minor) {
            return true;
        }
        version.major == self.version.major
            && (version.minor == self.version.minor || self.given == Given::Major)
    }

    /// `^1.2.3` keeps the first number that is not zero.
    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if own.major > 0 || self.given == Given::Major || version.major > 0 {
            return version.major == own.major;
        }
        if own.minor > 0 || self.given == Given::Minor || version.minor > 0 {
            return version.minor == own.minor;
        }
        version.patch == own.patch
    }

    fn equals_given(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.given {
            Given::Patch => version.cmp_precedence(own).is_eq(),
            _ if version.major != own.major => false,
            Given::Major => true,
            _ if version.minor != own.minor => false,
            Given::Minor => version.pre == own.pre,
            Given::Nothing => version.patch == own.patch && version.cmp_precedence(own).is_eq(),
        }
    }

    fn greater(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.given {
            Given::Patch => version.cmp_precedence(own).is_gt(),
            _ if version.major != own.major => version.major > own.major,
            Given::Major => false,
            Given::Minor => version.minor > own.minor,
            Given::Nothing => version.cmp_precedence(own).is_gt(),
        }
    }

    fn less_or_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.given {
            Given::Patch => version.cmp_precedence(own).is_le(),
            _ if version.major != own.major => version.major < own.major,
            Given::Major => true,
            _ => version.minor <= own.minor,
        }
    }
}

fn is_wildcard(part: &str) -> bool {
    matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*")
}

fn group_text<'a>(captures: &Captures<'a>, group: usize) -> &'a str {
    captures.get(group).map_or("", |found| found.as_str())
}

fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern written here is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_constraints_hold() {
        assert_eq!(Constraint::parse(&"1".repeat(600)).unwrap_err(), Error::TooLong);
        let many = Constraint::parse(&["1"; 40].join("||"));
        assert_eq!(many.unwrap_err(), Error::TooManyAlternatives);
    }
}
