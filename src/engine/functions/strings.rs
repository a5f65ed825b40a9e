//! Texts: trimming, cutting, joining, replacing, indenting, quoting.
//!
//! Lengths and positions count bytes, as in Go; a cut through a character leaves its bytes.

use memchr::memmem;

use super::limits::{check_items, check_text};
use super::{Error, cast};
use crate::engine::gotemplate::printf::sprint;
use crate::engine::gotemplate::quote::quote as go_quote;
use crate::engine::value::{Map, MapType, Text, Value};

/// Removes every character of `cutset` from both ends.
pub(super) fn trim_all<'a>(cutset: &str, text: &'a str) -> &'a str {
    text.trim_matches(|character| cutset.contains(character))
}

/// Removes `prefix` from the start.
pub(super) fn trim_prefix<'a>(prefix: &[u8], text: &'a [u8]) -> &'a [u8] {
    text.strip_prefix(prefix).unwrap_or(text)
}

/// Removes `suffix` from the end.
pub(super) fn trim_suffix<'a>(suffix: &[u8], text: &'a [u8]) -> &'a [u8] {
    text.strip_suffix(suffix).unwrap_or(text)
}

/// Keeps the first `count` bytes, or the last ones when it is negative.
pub(super) fn trunc(count: i64, text: &[u8]) -> &[u8] {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(text.len());
    if count < 0 { &text[text.len() - size..] } else { &text[..size] }
}

/// Returns the bytes from `start` to `end`; a negative `end` means the rest, a negative `start` the beginning.
pub(super) fn substr(start: i64, end: i64, text: &[u8]) -> Result<&[u8], Error> {
    let length = text.len() as i64;
    let to = if start >= 0 && (end < 0 || end > length) { length } else { end };
    if start < 0 && (to < 0 || to > length) {
        let known = if to < 0 { String::new() } else { format!(" with length {length}") };
        return Err(out_of_range(&format!(":{to}]{known}")));
    }
    let from = start.max(0);
    if from > to {
        return Err(out_of_range(&format!("{from}:{to}]")));
    }
    Ok(&text[from as usize..to as usize])
}

fn out_of_range(what: &str) -> Error {
    Error::from(format!("runtime error: slice bounds out of range [{what}"))
}

/// Repeats the text `count` times.
pub(super) fn repeat(count: i64, text: &[u8]) -> Result<Vec<u8>, Error> {
    let count = repeat_count(count)?;
    check_text(text.len().checked_mul(count))?;
    Ok(text.repeat(count))
}

fn repeat_count(count: i64) -> Result<usize, Error> {
    usize::try_from(count).map_err(|_| Error::from("strings: negative Repeat count"))
}

/// Puts `spaces` spaces before every line.
pub(super) fn indent(spaces: i64, text: &[u8]) -> Result<Vec<u8>, Error> {
    indent_after(b"", spaces, text)
}

/// Starts a new line, then puts `spaces` spaces before every line.
pub(super) fn nindent(spaces: i64, text: &[u8]) -> Result<Vec<u8>, Error> {
    indent_after(b"\n", spaces, text)
}

fn indent_after(start: &[u8], spaces: i64, text: &[u8]) -> Result<Vec<u8>, Error> {
    let spaces = repeat_count(spaces)?;
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    let length = lines.checked_mul(spaces).and_then(|pads| pads.checked_add(text.len() + 1));
    check_text(length)?;
    let mut out = Vec::with_capacity(length.unwrap_or_default());
    out.extend_from_slice(start);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        out.resize(out.len() + spaces, b' ');
        out.extend_from_slice(line);
    }
    if text.last().is_none_or(|&last| last == b'\n') {
        out.resize(out.len() + spaces, b' ');
    }
    Ok(out)
}

/// Replaces every `from` with `to`; an empty `from` stands between all characters.
pub(super) fn replace(from: &[u8], to: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    if from.is_empty() {
        let inner = join_bytes(to, &pieces(text, from, usize::MAX)?)?;
        let end = if text.is_empty() { b"" } else { to };
        return join_bytes(b"", &[to, &inner, end]);
    }
    let count = memmem::find_iter(text, from).count();
    let grown = to.len().saturating_sub(from.len()).checked_mul(count);
    check_text(grown.and_then(|grown| grown.checked_add(text.len())))?;
    let mut out = Vec::with_capacity(text.len());
    let mut start = 0;
    for at in memmem::find_iter(text, from) {
        out.extend_from_slice(&text[start..at]);
        out.extend_from_slice(to);
        start = at + from.len();
    }
    out.extend_from_slice(&text[start..]);
    Ok(out)
}

/// Says whether the text contains `part`.
pub(super) fn contains(part: &[u8], text: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}

/// Splits at every `separator`, an empty one between all characters, into at most `limit` pieces.
fn pieces<'a>(text: &'a [u8], separator: &[u8], limit: usize) -> Result<Vec<&'a [u8]>, Error> {
    let mut pieces = Vec::new();
    let mut rest = text;
    if separator.is_empty() {
        check_items(text.len().min(limit))?;
        while !rest.is_empty() && pieces.len() + 1 < limit {
            let (character, tail) = rest.split_at(character_width(rest));
            pieces.push(character);
            rest = tail;
        }
        pieces.extend((!rest.is_empty()).then_some(rest));
        return Ok(pieces);
    }
    check_items(memmem::find_iter(text, separator).count().min(limit))?;
    while let Some(at) = memmem::find(rest, separator).filter(|_| pieces.len() + 1 < limit) {
        pieces.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    pieces.push(rest);
    Ok(pieces)
}

/// Returns how many bytes the first character has; a byte that is none counts as one.
fn character_width(text: &[u8]) -> usize {
    let start = text[..text.len().min(4)].utf8_chunks().next();
    start.and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8)
}

/// Splits at every `separator` into a list.
pub(super) fn split_list(separator: &[u8], text: &[u8]) -> Result<Vec<Text>, Error> {
    Ok(pieces(text, separator, usize::MAX)?.into_iter().map(Text::from_bytes).collect())
}

/// Splits at every `separator` into a map with the keys `_0`, `_1`, …, of at most `limit` entries.
pub(super) fn split(separator: &[u8], limit: i64, text: &[u8]) -> Result<Map, Error> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let pieces = if limit == 0 { Vec::new() } else { pieces(text, separator, limit)? };
    let entries = pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| (format!("_{index}").into(), Value::String(Text::from_bytes(piece))));
    Ok(Map::new(entries.collect(), MapType::Strings))
}

/// Joins the texts of a list with `separator`.
pub(super) fn join(separator: &[u8], list: &Value) -> Result<Vec<u8>, Error> {
    let texts = cast::to_texts(list)?;
    let parts: Vec<&[u8]> = texts.iter().map(Text::as_bytes).collect();
    join_bytes(separator, &parts)
}

fn join_bytes(separator: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let total =
        parts.iter().map(|part| part.len() + separator.len()).try_fold(0, usize::checked_add);
    check_text(total)?;
    Ok(parts.join(separator))
}

/// Joins what is not nil with spaces.
pub(super) fn cat(values: &[Value]) -> Result<Vec<u8>, Error> {
    let texts = not_nil(values).map(sprint).collect::<Result<Vec<Text>, _>>()?;
    let parts: Vec<&[u8]> = texts.iter().map(Text::as_bytes).collect();
    join_bytes(b" ", &parts)
}

/// Puts what is not nil in double quotes, escaped.
pub(super) fn quote(values: &[Value]) -> Result<String, Error> {
    let quoted = not_nil(values).map(|value| Ok(go_quote(cast::to_text(value)?.as_bytes())));
    Ok(quoted.collect::<Result<Vec<String>, Error>>()?.join(" "))
}

/// Puts what is not nil in single quotes, not escaped.
pub(super) fn squote(values: &[Value]) -> Result<Vec<u8>, Error> {
    let quoted = not_nil(values).map(|value| Ok([b"'", sprint(value)?.as_bytes(), b"'"].concat()));
    Ok(quoted.collect::<Result<Vec<_>, Error>>()?.join(b" ".as_slice()))
}

fn not_nil(values: &[Value]) -> impl Iterator<Item = &Value> {
    values.iter().filter(|value| !matches!(value, Value::Nil))
}

/// Sorts the texts of a list by their bytes; anything else is a list of one.
pub(super) fn sort_alpha(list: &Value) -> Result<Vec<Text>, Error> {
    let mut texts = match list.as_items() {
        Some(_) => cast::to_texts(list)?,
        None => vec![cast::to_text(list)?],
    };
    texts.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    Ok(texts)
}

/// Cuts to `width` bytes with dots at the end, and at the start too when `left` bytes were left out.
pub(super) fn abbreviate(left: i64, width: i64, text: &[u8]) -> Vec<u8> {
    let length = text.len() as i64;
    if width < 4 || left > 0 && width < 7 || length <= width {
        return text.to_vec();
    }
    let room = width - 3;
    let left = left.min(length).min(length - room).max(0) as usize;
    let room = room as usize;
    if left <= 4 {
        return [&text[..room], b"..."].concat();
    }
    if left + room < text.len() {
        return [b"...", &text[left..left + room - 3], b"..."].concat();
    }
    [b"...", &text[text.len() - room..]].concat()
}

/// Removes whitespace; a text that has any comes out with each byte as a Latin-1 character.
pub(super) fn nospace(text: &[u8]) -> Vec<u8> {
    let is_space = |byte: &u8| char::from(*byte).is_whitespace();
    if !text.iter().any(is_space) {
        return text.to_vec();
    }
    let kept = text.iter().filter(|byte| !is_space(byte));
    kept.map(|&byte| char::from(byte)).collect::<String>().into_bytes()
}

/// Returns the first byte of every word, as a Latin-1 character.
pub(super) fn initials(text: &[u8]) -> String {
    let words = text.split(|&byte| char::from(byte).is_whitespace());
    words.filter_map(|word| word.first().map(|&byte| char::from(byte))).collect()
}

/// Breaks lines at spaces after `width` bytes; words that are longer are kept whole.
pub(super) fn wrap(width: i64, text: &[u8]) -> Result<Vec<u8>, Error> {
    wrap_custom(width, b"\n", false, text)
}

/// Breaks lines with `line_break` after `width` bytes, inside of words too.
pub(super) fn wrap_with(width: i64, line_break: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let line_break = if line_break.is_empty() { b"\n" } else { line_break };
    wrap_custom(width, line_break, true, text)
}

fn wrap_custom(
    width: i64,
    line_break: &[u8],
    break_words: bool,
    text: &[u8],
) -> Result<Vec<u8>, Error> {
    let width = usize::try_from(width).unwrap_or_default().max(1);
    check_text(text.len().checked_mul(line_break.len() + 1))?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (line, after) = match memchr::memrchr(b' ', &rest[..=width]) {
            Some(space) => (space, space + 1),
            None if break_words => (width, width),
            None => match memchr::memchr(b' ', &rest[width..]) {
                Some(space) => (width + space, width + space + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(line_break);
        rest = &rest[after..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// Returns `one` for a count of 1, `many` otherwise.
pub(super) fn plural<'a>(one: &'a [u8], many: &'a [u8], count: i64) -> &'a [u8] {
    if count == 1 { one } else { many }
}
