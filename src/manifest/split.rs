//! Cuts a rendered file into its documents, as Helm does before any YAML is read.
//!
//! The cut is by text on purpose: the pieces become the stored manifest, byte for byte, and charts
//! live on Helm's leniency (`---apiVersion: v1` on one line starts a document).

/// A piece of a file between two separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The number of the line in the file on which the text begins, counted from 1.
    pub(super) line: usize,
    /// The text, from its first character that is not white space.
    pub(super) text: &'a str,
}

/// Returns the documents of a file in their order, without the blank ones.
pub(super) fn split(file: &str) -> Vec<Piece<'_>> {
    // Helm drops white space first, so that an indented first separator still is one.
    let top = file.len() - file.trim_start().len();
    let first = file[top..].starts_with(SEPARATOR).then_some(top);
    let others = file[top..].match_indices("\n---").map(|(index, _)| top + index + 1);

    let mut pieces = Vec::new();
    let (mut start, mut line, mut counted) = (top, 1, 0);
    for end in first.into_iter().chain(others).chain([file.len()]) {
        let text = file[start..end].trim_start();
        if !text.is_empty() {
            let offset = end - text.len();
            line += file[counted..offset].matches('\n').count();
            counted = offset;
            pieces.push(Piece { line, text });
        }
        let behind = file[end..].strip_prefix(SEPARATOR).unwrap_or_default();
        start = file.len() - behind.trim_start_matches([' ', '\t']).len();
    }
    pieces
}

const SEPARATOR: &str = "---";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expect: &[(usize, &str)]) {
        let pieces: Vec<_> =
            split(file).into_iter().map(|piece| (piece.line, piece.text)).collect();
        assert_eq!(pieces, expect);
    }

    #[test]
    fn separators_start_a_line_and_blank_documents_are_dropped() {
        check("a: 1\n---\n\n  \n---\n\nb: 2\n", &[(1, "a: 1\n"), (7, "b: 2\n")]);
        check("\n\n---\n# note\na: 1", &[(4, "# note\na: 1")]);
        check("a: |\n  ---\n", &[(1, "a: |\n  ---\n")]);
        check(" \n", &[]);
        check("---", &[]);
    }

    #[test]
    fn what_follows_a_separator_on_its_line_belongs_to_the_next_document() {
        check(
            "---apiVersion: v1\n--- # two\nb: 2\n",
            &[(1, "apiVersion: v1\n"), (2, "# two\nb: 2\n")],
        );
        check("  ---\na: 1\r\n---\r\nb: 2\r\n", &[(2, "a: 1\r\n"), (4, "b: 2\r\n")]);
        check("------\n", &[(1, "---\n")]);
    }

    proptest::proptest! {
        #[test]
        fn every_document_starts_where_its_line_says(file in "([a-z ]|\\n|\\r\\n|---|\\t|é){0,60}") {
            for piece in split(&file) {
                let line = file.split('\n').nth(piece.line - 1).unwrap();
                let first = piece.text.split('\n').next().unwrap();
                assert!(line.ends_with(first), "{piece:?}");
                assert!(!piece.text.contains("\n---") && !piece.text.trim().is_empty());
            }
        }
    }
}
