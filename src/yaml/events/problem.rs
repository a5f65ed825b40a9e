//! What the parser crate finds wrong, in go-yaml's words: those that Helm's users search for.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::CharIndices;

use granit_parser::{ErrorKind, ScanError};

use super::{Open, Shape, quirks};
use crate::yaml::error::Error;
use crate::yaml::input::position;
use crate::yaml::positions::Position;

pub(super) const NO_KEY: &str = "did not find expected key";
pub(super) const NO_NODE: &str = "did not find expected node content";
pub(super) const NO_NAME: &str = "did not find expected alphabetic or numeric character";
pub(super) const BAD_VERSION: &str = "found incompatible YAML document";
pub(super) const BAD_ESCAPE: &str = "found unknown escape character";
pub(super) const BAD_CODE: &str = "found invalid Unicode character escape code";
const NO_COMMA_OR_BRACE: &str = "did not find expected ',' or '}'";
const NO_COMMA_OR_BRACKET: &str = "did not find expected ',' or ']'";
const NO_TOKEN: &str = "found character that cannot start any token";
const NO_LINE_END: &str = "did not find expected comment or line break";

/// Makes our error of the crate's; `open` are the sequences and mappings around the place.
pub(super) fn error(err: &ScanError, text: &str, open: &[Open]) -> Error {
    let mark = err.marker();
    let at = Position { line: mark.line(), column: mark.col() + 1 };
    let offset = mark.byte_offset().unwrap_or_default();
    if let Some(problem) = scanner_problem(err.kind()) {
        let noticed = noticed(err, text, open).map(|end| match end == text.len() {
            true if is_missing_colon(err.kind()) => end_of_stream(text),
            _ => position(text, end),
        });
        return Error::scanner(problem, noticed.unwrap_or(at));
    }
    match err.kind() {
        ErrorKind::UnknownAnchor => unknown_anchor(&text[offset..], at),
        ErrorKind::RecursionLimitExceeded => Error::too_deep(at),
        ErrorKind::UnclosedFlowCollection { .. } => {
            Error::parser(separator(text, open), end_of_stream(text))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, .. } => wrong_end(*open, text, offset),
        kind => Error::parser(parser_problem(kind, &text[..offset], open), at),
    }
}

fn unknown_anchor(text: &str, at: Position) -> Error {
    let name = text.trim_start_matches('*');
    let name = &name[..name.find(|c| !quirks::is_name(c)).unwrap_or(name.len())];
    match name {
        "" => Error::scanner(NO_NAME, at),
        name => Error::node(format!("unknown anchor '{name}' referenced"), at),
    }
}

/// Returns what was expected behind a text: a node, or what may follow a complete one.
fn separator(before: &str, open: &[Open]) -> &'static str {
    if before.trim_end().ends_with(['[', '{', ',', ':', '?']) || before.trim_end().ends_with(" -") {
        return NO_NODE;
    }
    match open.last() {
        Some(Open { is_flow: true, shape: Shape::Map, .. }) => NO_COMMA_OR_BRACE,
        Some(Open { is_flow: true, .. }) => NO_COMMA_OR_BRACKET,
        Some(Open { shape: Shape::List, .. }) => "did not find expected '-' indicator",
        Some(_) => NO_KEY,
        None => NO_NODE,
    }
}

/// Makes the error of a collection that is opened at `start` and closed by the wrong bracket; the
/// crate tells only where it is opened.
fn wrong_end(open: char, text: &str, start: usize) -> Error {
    let mut last = open;
    let mut letters = text[start + 1..].char_indices().peekable();
    let mut levels = vec![open];
    while let Some((at, letter)) = letters.next() {
        let starts_token = ends_token(last) || text[..=start + at].ends_with([' ', '\n']);
        match letter {
            '#' if text[..=start + at].ends_with([' ', '\n', '\t']) => {
                while letters.next_if(|(_, letter)| *letter != '\n').is_some() {}
                continue;
            }
            '"' | '\'' if starts_token => skip_quoted(letter, &mut letters),
            '[' | '{' if starts_token => levels.push(letter),
            ']' | '}' => {
                let wanted = if letter == ']' { '[' } else { '{' };
                if levels.pop() != Some(wanted) {
                    let problem = match (ends_token(last), open) {
                        (true, _) => NO_NODE,
                        (false, '{') => NO_COMMA_OR_BRACE,
                        (false, _) => NO_COMMA_OR_BRACKET,
                    };
                    return Error::parser(problem, position(text, start + 1 + at));
                }
            }
            _ => {}
        }
        if !letter.is_whitespace() {
            last = letter;
        }
    }
    Error::parser(NO_NODE, end_of_stream(text))
}

/// Says whether a node is expected behind a letter between brackets.
fn ends_token(letter: char) -> bool {
    matches!(letter, '[' | '{' | ',' | ':' | '?')
}

fn skip_quoted(quote: char, letters: &mut Peekable<CharIndices<'_>>) {
    while let Some((_, letter)) = letters.next() {
        match letter {
            '\\' if quote == '"' => drop(letters.next()),
            letter if letter == quote => return,
            _ => {}
        }
    }
}

/// Returns what go-yaml's scanner says, where the error is one of its own.
fn scanner_problem(kind: &ErrorKind) -> Option<&'static str> {
    use ErrorKind as K;
    Some(match kind {
        K::SimpleKeyExpected | K::InvalidSimpleKey => "could not find expected ':'",
        K::UnclosedQuotedScalar => "found unexpected end of stream",
        K::DocumentIndicatorInQuotedScalar => "found unexpected document indicator",
        K::UnexpectedCharacter { .. }
        | K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation => NO_TOKEN,
        K::TabInPlainScalar => "found a tab character that violates indentation",
        K::TabAtBlockScalarStart => "found a tab character where an indentation space is expected",
        K::InvalidBlockScalarHeader | K::InvalidDirectiveTerminator => NO_LINE_END,
        K::ZeroBlockScalarIndent => "found an indentation indicator equal to 0",
        K::UnknownQuotedScalarEscape => BAD_ESCAPE,
        K::InvalidQuotedScalarHexEscape => "did not find expected hexdecimal number",
        K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => BAD_CODE,
        K::MissingAnchorOrAliasName => NO_NAME,
        K::InvalidTagTerminator | K::InvalidTagDirectiveTerminator => {
            "did not find expected whitespace or line break"
        }
        K::MissingTagUri => "did not find expected tag URI",
        K::ExpectedTagBang | K::ExpectedTagDirectiveBang => "did not find expected '!'",
        K::UnclosedVerbatimTag => "did not find the expected '>'",
        K::InvalidTagEscape => "did not find URI escaped octet",
        K::InvalidTagUtf8LeadingByte => "found an incorrect leading UTF-8 octet",
        K::InvalidTagUtf8TrailingByte => "found an incorrect trailing UTF-8 octet",
        K::MissingDirectiveName => "could not find expected directive name",
        K::InvalidDirectiveName => "found unexpected non-alphabetical character",
        K::MissingYamlVersion => "did not find expected version number",
        K::MissingYamlVersionSeparator => "did not find expected digit or '.' character",
        K::YamlVersionTooLong => "found extremely long version number",
        K::BlockSequenceEntryNotAllowed => "block sequence entries are not allowed in this context",
        K::MappingKeyNotAllowed => "mapping keys are not allowed in this context",
        K::MappingValueNotAllowed => "mapping values are not allowed in this context",
        _ => return None,
    })
}

/// Returns what go-yaml's parser says.
fn parser_problem(kind: &ErrorKind, before: &str, open: &[Open]) -> Cow<'static, str> {
    use ErrorKind as K;
    Cow::Borrowed(match kind {
        K::ExpectedBlockMappingKey => NO_KEY,
        K::ExpectedBlockSequenceEntry => "did not find expected '-' indicator",
        K::ExpectedFlowMappingSeparator => NO_COMMA_OR_BRACE,
        K::ExpectedFlowSequenceSeparator => NO_COMMA_OR_BRACKET,
        K::ExpectedDocumentStart | K::MissingDocumentEndBeforeDirective => {
            "did not find expected <document start>"
        }
        K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::UnexpectedEofBlockSequence
        | K::UnexpectedEofBlockMapping
        | K::ExpectedNodeContent => NO_NODE,
        K::UndeclaredTagHandle => "found undefined tag handle",
        K::UnsupportedYamlMajorVersion => BAD_VERSION,
        K::DuplicateVersionDirective => "found duplicate %YAML directive",
        K::DuplicateTagDirective => "found duplicate %TAG directive",
        K::MisplacedFlowCollectionEnd
        | K::InvalidTrailingSingleQuotedScalar
        | K::InvalidTrailingDoubleQuotedScalar
        | K::CommentInterceptedScalar
        | K::InvalidBlockScalarIndent
        | K::BlockEntryInFlowCollection
        | K::InvalidColonPlacement => separator(before, open),
        other => return Cow::Owned(other.to_string()),
    })
}

/// Returns where go-yaml notices an error that the crate tells at the start of its token, in
/// bytes.
pub(super) fn noticed(err: &ScanError, text: &str, open: &[Open]) -> Option<usize> {
    let offset = err.marker().byte_offset()?;
    let rest = &text[offset..];
    let behind = match err.kind() {
        ErrorKind::UnclosedQuotedScalar => rest.len(),
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            rest.find("\n---").into_iter().chain(rest.find("\n...")).min()? + 1
        }
        ErrorKind::TabInPlainScalar => {
            let is_tab_first = |(newline, _): &(usize, &str)| {
                rest[newline + 1..].trim_start_matches(' ').starts_with('\t')
            };
            let (newline, _) = rest.match_indices('\n').find(is_tab_first)?;
            newline + 1 + rest[newline + 1..].find('\t')?
        }
        kind if is_missing_colon(kind) => behind_key(rest, open),
        _ => return None,
    };
    Some(offset + behind)
}

pub(super) fn is_missing_colon(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey)
}

/// Returns how far go-yaml reads before it gives up on the colon of a key: a plain key may go on
/// in deeper lines, and behind it, as behind others, blank lines and comments are skipped.
fn behind_key(text: &str, open: &[Open]) -> usize {
    let first = text.find('\n').map_or(text.len(), |newline| newline + 1);
    let is_quoted = text.starts_with(['\'', '"', '[', '{', '*', '&', '!']);
    let mut is_over = is_quoted || text[..first].contains(" #");
    let block = open.iter().rfind(|open| !open.is_flow).map_or(0, |block| block.column + 1);
    let mut start = first;
    for line in text[first..].split_inclusive('\n') {
        let content = line.trim_start();
        let column = line.len() - content.len();
        let is_comment = content.starts_with('#');
        let goes_on = if is_over {
            is_comment
        } else {
            column >= block && !is_comment && !content.contains([':', '#'])
        };
        if !content.is_empty() && !goes_on {
            return start + column;
        }
        is_over |= !content.is_empty() && column < block;
        start += line.len();
    }
    text.len()
}

/// Returns where the text ends to go-yaml: in a line of its own.
fn end_of_stream(text: &str) -> Position {
    let end = position(text, text.len());
    match end.column {
        1 => end,
        _ => Position { line: end.line + 1, column: 1 },
    }
}
