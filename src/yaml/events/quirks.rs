//! Where go-yaml v2 reads a text otherwise than the parser crate does, which follows YAML 1.2.

use std::borrow::Cow;

use granit_parser::{ErrorKind, ScalarStyle, ScanError};

use super::problem;
use crate::yaml::error::Error;
use crate::yaml::input::is_separator;
use crate::yaml::positions::Position;

/// Rejects what go-yaml does not allow before the first document: directives that it does not
/// know, versions of YAML that it does not read, and the end of a document.
pub(super) fn check_prefix(text: &str) -> Result<(), Error> {
    for (index, line) in text.lines().enumerate() {
        let at = Position { line: index + 1, column: 1 };
        if let Some(directive) = line.strip_prefix('%') {
            check_directive(directive, at)?;
        } else if line == "..." || line.starts_with("... ") {
            return Err(Error::parser(problem::NO_NODE, at));
        } else if !line.trim_start().is_empty() && !line.trim_start().starts_with('#') {
            break;
        }
    }
    Ok(())
}

fn check_directive(directive: &str, at: Position) -> Result<(), Error> {
    let mut words = directive.split([' ', '\t']);
    let name = words.next().unwrap_or_default();
    let problem = match name.find(|c| !is_name(c)) {
        None if name == "TAG" => return Ok(()),
        None if name == "YAML" => {
            let version = words.find(|word| !word.is_empty()).unwrap_or_default();
            let is_version = version.split('.').all(|part| part.parse::<u8>().is_ok());
            return if is_version && version != "1.1" {
                Err(Error::parser(problem::BAD_VERSION, at))
            } else {
                Ok(())
            };
        }
        None if !name.is_empty() => "found unknown directive name",
        None | Some(0) => "could not find expected directive name",
        Some(_) => "found unexpected non-alphabetical character",
    };
    Err(Error::scanner(problem, at))
}

/// Rejects names of anchors beyond letters, digits, `_` and `-`.
pub(super) fn check_anchor(name: &str, at: Position) -> Result<(), Error> {
    if name.chars().all(is_name) { Ok(()) } else { Err(Error::scanner(problem::NO_NAME, at)) }
}

/// Says whether go-yaml allows a character in the name of an anchor or directive.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Rejects the escapes that only JSON knows: `\/`, and halves of a character.
pub(super) fn check_escapes(source: &str, at: Position) -> Result<(), Error> {
    let mut rest = source;
    while let Some(backslash) = rest.find('\\') {
        let escape = &rest[backslash + 1..];
        let problem = match escape.as_bytes() {
            [b'/', ..] => problem::BAD_ESCAPE,
            [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => problem::BAD_CODE,
            _ => {
                let escaped = escape.chars().next().map_or(0, char::len_utf8);
                rest = &escape[escaped..];
                continue;
            }
        };
        let before = &source[..source.len() - escape.len()];
        let line = at.line + before.matches('\n').count();
        let column = match before.rfind('\n') {
            Some(newline) => before[newline + 1..].chars().count(),
            None => at.column + before.chars().count() - 1,
        };
        return Err(Error::scanner(problem, Position { line, column }));
    }
    Ok(())
}

/// Returns a flow scalar as go-yaml reads it, to which U+2028 and U+2029 are line breaks: blanks
/// around them are layout.
pub(super) fn keep_separators<'a>(
    text: Cow<'a, str>,
    style: ScalarStyle,
    source: &str,
) -> Cow<'a, str> {
    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    // In double quotes an escape may have made them.
    if is_block || !source.contains(is_separator) || !text.contains(is_separator) {
        return text;
    }
    const BLANKS: [char; 2] = [' ', '\t'];
    let mut kept = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(is_separator) {
        let (before, after) = rest.split_at(at);
        kept.push_str(before.trim_end_matches(BLANKS));
        rest = after.trim_start_matches(|c| is_separator(c) || BLANKS.contains(&c));
        kept.extend(after[..after.len() - rest.len()].chars().filter(|c| is_separator(*c)));
    }
    kept.push_str(rest);
    if style == ScalarStyle::Plain {
        kept.truncate(kept.trim_end_matches(is_separator).len());
    }
    Cow::Owned(kept)
}

/// Returns where a space makes the text one that the parser crate reads as go-yaml reads it now:
/// before the comment in `"a"#b`, and before the colon in `*a: b`.
pub(super) fn missing_space(text: &str, err: &ScanError) -> Option<usize> {
    let at = err.marker().byte_offset()?;
    match err.kind() {
        ErrorKind::CommentNotSeparated => text[at..].starts_with('#').then_some(at),
        ErrorKind::UnknownAnchor | ErrorKind::SimpleKeyExpected => {
            let name = text[at..].strip_prefix('*')?;
            let rest = name.trim_start_matches(is_name);
            let is_key = rest.len() < name.len() && rest.starts_with(':');
            is_key.then_some(text.len() - rest.len())
        }
        _ => None,
    }
}
