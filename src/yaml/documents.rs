//! Several documents in one text: rendered manifests and values files, each split as Helm does.

use std::borrow::Cow;

use super::error::Error;
use super::parse::{parse, parse_with_positions};
use super::positions::{Position, Positions};
use super::value::Value;

/// One document of a larger text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// Its text, without the separator and without blanks before it.
    pub text: &'a str,
    /// The line of the larger text where it starts, counted from 1.
    pub line: usize,
}

/// Splits rendered manifests, leaving out what is blank.
///
/// As in Helm, content may follow the separator on its line: `---apiVersion: v1`. No scalar is
/// ever cut apart: at the start of a line `---` ends a block or quoted scalar in YAML itself.
pub fn documents(text: &str) -> impl Iterator<Item = Document<'_>> {
    Documents { rest: Some(text), line: 1 }.filter(|document| !document.text.is_empty())
}

struct Documents<'a> {
    rest: Option<&'a str>,
    line: usize,
}

impl<'a> Iterator for Documents<'a> {
    type Item = Document<'a>;

    fn next(&mut self) -> Option<Document<'a>> {
        let rest = self.rest?;
        let (whole, after) = split_at_separator(rest);
        let text = whole.trim_start();
        let line = self.line + count_lines(&whole[..whole.len() - text.len()]);
        self.line += count_lines(whole);
        self.rest = after.map(|after| after.trim_start_matches([' ', '\t']));
        Some(Document { text, line })
    }
}

/// Splits a text at its first line that starts with `---`.
fn split_at_separator(text: &str) -> (&str, Option<&str>) {
    let is_at_line_start = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    match text.match_indices("---").find(|(at, _)| is_at_line_start(*at)) {
        Some((at, separator)) => (&text[..at], Some(&text[at + separator.len()..])),
        None => (text, None),
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Reads every document of a values file; one without content is null.
///
/// Behind a separator only a comment may follow on its line.
pub fn parse_all(text: &str) -> Result<Vec<Value>, Error> {
    stream(text)
        .map(|part| part.and_then(|part| parse_part(part.text, part.line - 1, parse)))
        .collect()
}

/// Reads every document of a values file like [`parse_all`], with the places in the whole text.
pub fn parse_all_with_positions(text: &str) -> Result<Vec<(Value, Positions)>, Error> {
    let parts = stream(text).map(|part| {
        let part = part?;
        let (value, positions) = parse_part(part.text, part.line - 1, parse_with_positions)?;
        Ok((value, positions.below(part.line - 1)))
    });
    parts.collect()
}

/// Splits a text as Kubernetes' own decoder does, at lines that hold `---` and at most a comment.
///
/// What comes first may start with such a line; blank documents are kept. A line that starts with
/// `---` and goes on is an error, and the end.
pub fn stream(text: &str) -> impl Iterator<Item = Result<Document<'_>, Error>> {
    Stream { text, start: 0, start_line: 1, at: 0, line: 1 }
}

struct Stream<'a> {
    text: &'a str,
    /// Where the document that is being read starts.
    start: usize,
    start_line: usize,
    /// Where the next line starts.
    at: usize,
    line: usize,
}

impl<'a> Stream<'a> {
    /// Returns the document up to `end`.
    fn document(&mut self, end: usize) -> Document<'a> {
        let document = Document { text: &self.text[self.start..end], line: self.start_line };
        (self.start, self.start_line) = (self.at, self.line);
        document
    }
}

impl<'a> Iterator for Stream<'a> {
    type Item = Result<Document<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(line) = self.text[self.at..].split_inclusive('\n').next() {
            let separates = match is_separator(line, self.line - 1) {
                Ok(separates) => separates,
                Err(error) => {
                    (self.start, self.at) = (self.text.len(), self.text.len());
                    return Some(Err(error));
                }
            };
            let end = self.at;
            self.at += line.len();
            self.line += 1;
            if separates && end > self.start {
                return Some(Ok(self.document(end)));
            }
        }
        (self.at > self.start).then(|| Ok(self.document(self.at)))
    }
}

fn is_separator(line: &str, index: usize) -> Result<bool, Error> {
    let Some(content) = line.strip_prefix("---").map(str::trim) else { return Ok(false) };
    if content.is_empty() || content.starts_with('#') {
        return Ok(true);
    }
    let column = line.find(content).map_or(0, |at| line[..at].chars().count()) + 1;
    let at = Position { line: index + 1, column };
    Err(Error::Separator { content: content.to_owned(), at })
}

fn parse_part<T>(
    text: &str,
    lines_before: usize,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    // Helm ends each line, which adds a break to a block of lines at the end of a file.
    let text =
        if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    parse(&text).map_err(|err| err.below(lines_before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, usize)]) {
        let found: Vec<_> = documents(text).map(|found| (found.text, found.line)).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn documents_are_split_at_lines_that_start_with_dashes() {
        check("a: 1\n---\nb: 2\n", &[("a: 1\n", 1), ("b: 2\n", 3)]);
        check("---\n\n  \n---\n# c\na: 1", &[("# c\na: 1", 5)]);
        check("a: --- b\n ---\n", &[("a: --- b\n ---\n", 1)]);
        check("a: |\n  x\n--- # c\nb\n", &[("a: |\n  x\n", 1), ("# c\nb\n", 3)]);
        check("\n \n", &[]);
    }

    #[test]
    fn content_may_follow_the_separator() {
        check("---apiVersion: v1\n---\t kind: X\n", &[("apiVersion: v1\n", 1), ("kind: X\n", 2)]);
        check("-----\na\n", &[("--\na\n", 1)]);
    }

    #[test]
    fn blanks_before_a_document_are_left_out() {
        check("\r\n\u{a0}\n\ta: 1\n---\n\n  b: 2\n", &[("a: 1\n", 3), ("b: 2\n", 6)]);
    }

    #[test]
    fn all_documents_of_a_values_file_are_read() {
        let all = |text: &str| parse_all(text).expect(text);
        assert_eq!(all(""), []);
        assert_eq!(
            all("---\n1\n--- # two\n2\n---\n# none\n---\n"),
            [Value::Int(1), Value::Int(2), Value::Null]
        );
        assert_eq!(all("---\n---\n1"), [Value::Null, Value::Int(1)]);
        assert_eq!(all("|\n x"), [Value::from("x\n")]);
    }

    #[test]
    fn errors_tell_the_line_of_the_whole_file() {
        let err = parse_all("a: 1\n---\nb:\n  c: [\n").expect_err("open bracket");
        assert_eq!(err.to_string(), "yaml: line 4: did not find expected node content");
        let err = parse_all("a: 1\n--- b: 2\n").expect_err("content behind the separator");
        assert_eq!(err.to_string(), "invalid Yaml document separator: b: 2");
        assert_eq!((err.line(), err.column()), (Some(2), Some(5)));
    }
}
