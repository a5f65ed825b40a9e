//! What can be wrong with rendered text, with the lines of it that show where.

use super::head::Mismatch;
use crate::yaml;

/// Why a rendered file is no list of Kubernetes objects.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A document is no YAML.
    #[error("YAML parse error on {path}: error converting YAML to JSON")]
    Parse {
        /// The template that the file was rendered from.
        path: String,
        /// The place in the rendered file.
        excerpt: Box<Excerpt>,
        /// What the parser says; its line counts from the start of the document, as Helm's does.
        #[source]
        source: yaml::Error,
    },
    /// A field that every object has is of the wrong type.
    #[error(
        "YAML parse error on {path}: error unmarshaling JSON: while decoding JSON: {}",
        source.go
    )]
    Head {
        /// The template that the file was rendered from.
        path: String,
        /// The place in the rendered file where the document starts.
        excerpt: Box<Excerpt>,
        /// The field, and what is there.
        source: Mismatch,
    },
    /// The items of a list are no list.
    #[error("YAML parse error on {path}: `items` must be a list")]
    Items {
        /// The template that the file was rendered from.
        path: String,
        /// The place in the rendered file where the document starts.
        excerpt: Box<Excerpt>,
    },
    /// A document lacks what names an object.
    #[error("object in {path} has no `{field}`")]
    Incomplete {
        /// The template that the file was rendered from.
        path: String,
        /// The place in the rendered file where the document starts.
        excerpt: Box<Excerpt>,
        /// The missing field.
        field: &'static str,
    },
}

impl Error {
    /// Returns the template that the file was rendered from.
    pub fn path(&self) -> &str {
        match self {
            Self::Parse { path, .. }
            | Self::Head { path, .. }
            | Self::Items { path, .. }
            | Self::Incomplete { path, .. } => path,
        }
    }

    /// Returns the place in the rendered file.
    pub fn excerpt(&self) -> &Excerpt {
        match self {
            Self::Parse { excerpt, .. }
            | Self::Head { excerpt, .. }
            | Self::Items { excerpt, .. }
            | Self::Incomplete { excerpt, .. } => excerpt,
        }
    }
}

/// A line of a rendered file, and the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the line in the rendered file, counted from 1.
    pub line: usize,
    /// The number of the first of `lines`.
    pub first: usize,
    /// The rendered text; values of a Secret are masked.
    pub lines: Vec<String>,
}

/// How many lines an excerpt shows before and after its line.
const AROUND: usize = 3;

impl Excerpt {
    /// Cuts the lines around line `line` out of a document that starts at line `start` of its file.
    pub(super) fn new(text: &str, start: usize, line: usize) -> Self {
        let first = line.saturating_sub(AROUND).max(start);
        let shown = text.lines().skip(first - start).take(line + AROUND + 1 - first);
        let masked = is_secret(text);
        let lines = shown.map(|line| if masked { mask(line) } else { line.to_owned() }).collect();
        Self { line, first, lines }
    }
}

/// Says whether a document, which may be no YAML at all, could hold a Secret.
fn is_secret(text: &str) -> bool {
    text.lines().any(|line| line.contains("kind") && line.contains("Secret"))
}

/// Keeps the key of a line and hides the rest.
fn mask(line: &str) -> String {
    let text = line.trim();
    let indent = &line[..line.len() - line.trim_start().len()];
    match text.split_once(": ") {
        Some((key, _)) => format!("{indent}{key}: ***"),
        None if text.is_empty() || text.ends_with(':') => line.to_owned(),
        None => format!("{indent}***"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_numbers_lines_as_the_file_does_and_stays_inside_the_document() {
        let text = "a\nb\nc\nd\ne\nf\n";
        let excerpt = Excerpt::new(text, 10, 11);
        assert_eq!((excerpt.first, excerpt.lines.join("")), (10, "abcde".to_owned()));
        let excerpt = Excerpt::new(text, 10, 15);
        assert_eq!((excerpt.first, excerpt.lines.join("")), (12, "cdef".to_owned()));
        assert_eq!(Excerpt::new(text, 10, 99).lines, Vec::<String>::new());
    }

    #[test]
    fn excerpt_of_a_secret_shows_keys_only() {
        let text = "kind: Secret\nstringData:\n  url: postgres://user:pass@host\n  hunter2\n";
        let excerpt = Excerpt::new(text, 1, 3);
        assert_eq!(excerpt.lines, ["kind: ***", "stringData:", "  url: ***", "  ***"]);
    }
}
