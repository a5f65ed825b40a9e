//! The rules of a `.helmignore` file, as Helm applies them.
//!
//! That includes Helm's broken `!`: such a rule ignores every path that it does not match.

use super::path_match::{self, BadPattern};

/// Says why a rule cannot be used, in Helm's words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rule holds `**`.
    #[error("double-star (**) syntax is not supported (line {line})")]
    DoubleStar {
        /// The line of the rule.
        line: usize,
    },
    /// A rule is no pattern.
    #[error("{error} (line {line})")]
    Pattern {
        /// What is wrong.
        error: BadPattern,
        /// The line of the rule.
        line: usize,
    },
}

/// The rules, in order.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    only_folders: bool,
    /// A pattern without a slash is matched against the last part of a path.
    only_name: bool,
}

impl Rules {
    /// Reads the rules of a file, to which Helm adds one about hidden files among the templates.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut rules = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().chain(["templates/.?*"]).enumerate() {
            rules.extend(Rule::parse(line.trim(), index + 1)?);
        }
        Ok(Self(rules))
    }

    /// Says whether a path, given from the root of the chart, is ignored.
    pub(super) fn ignores(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let applies = !rule.only_folders || is_folder;
            let matched = applies && rule.matches(path);
            if matched != rule.negated {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(text: &str, line: usize) -> Result<Option<Self>, Error> {
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        if text.contains("**") {
            return Err(Error::DoubleStar { line });
        }
        // Helm tries the pattern on a text of its own, with `!` and all.
        path_match::matches(text, "abc").map_err(|error| Error::Pattern { error, line })?;
        let (negated, text) = strip(text, |text| text.strip_prefix('!'));
        let (only_folders, text) = strip(text, |text| text.strip_suffix('/'));
        let (rooted, text) = strip(text, |text| text.strip_prefix('/'));
        let only_name = !rooted && !text.contains('/');
        Ok(Some(Self { pattern: text.to_owned(), negated, only_folders, only_name }))
    }

    fn matches(&self, path: &str) -> bool {
        let path = if self.only_name { path.rsplit('/').next().unwrap_or(path) } else { path };
        path_match::path_match(&self.pattern, path)
    }
}

fn strip(text: &str, strip: impl Fn(&str) -> Option<&str>) -> (bool, &str) {
    strip(text).map_or((false, text), |rest| (true, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &str, path: &str, expected: bool) {
        let is_folder = path.ends_with('/');
        let rules = Rules::parse(rules).unwrap();
        let ignored = rules.ignores(path.trim_end_matches('/'), is_folder);
        assert_eq!(ignored, expected, "{path}");
    }

    #[test]
    fn paths_are_matched_as_helm_matches_them() {
        let cases = [
            ("helm.txt", "helm.txt", true),
            ("helm.*", "a/helm.txt", true),
            ("*", "rudder.txt", true),
            ("*.txt", "tiller.yaml", false),
            ("ru[c-e]?er.txt", "rudder.txt", true),
            ("cargo/*.txt", "cargo/a.txt", true),
            ("cargo/*.txt", "mast/cargo/a.txt", false),
            ("/a.txt", "a.txt", true),
            ("/a.txt", "cargo/a.txt", false),
            ("cargo/", "cargo/", true),
            ("cargo/", "mast/cargo/", true),
            ("helm.txt/", "helm.txt", false),
            ("# a comment\n\n  a.txt  ", "a.txt", true),
            ("\u{feff}a.txt", "a.txt", true),
            ("", "templates/.hidden", true),
            ("", "templates/sub/.hidden", false),
            ("", ".hidden", false),
        ];
        for (rules, path, expected) in cases {
            check(rules, path, expected);
        }
    }

    #[test]
    fn a_negated_rule_ignores_what_it_does_not_match() {
        check("!a.txt", "a.txt", false);
        check("!a.txt", "b.txt", true);
        check("!a.txt\na.*", "a.txt", true);
        check("!a.txt\na.*", "a.yaml", true);
        check("!cargo/", "a.txt", true);
        check("*.txt\n!a.txt", "a.txt", true);
    }

    #[test]
    fn rules_that_cannot_be_used_are_named() {
        assert_eq!(Rules::parse("a\nb/**").unwrap_err(), Error::DoubleStar { line: 2 });
        let error = Rules::parse("[a").unwrap_err().to_string();
        assert_eq!(error, "syntax error in pattern (line 1)");
    }
}
