//! Go's quoted strings, both ways, as its `strconv` writes and reads them.

use std::sync::LazyLock;

use regex::Regex;

/// Returns `text` as a Go string literal in double quotes.
pub fn quote(text: &[u8]) -> String {
    quote_with(text, '"', false)
}

/// Appends `text` as a Go string literal in double quotes, with nothing but ASCII in it if so asked.
pub(super) fn push_quoted(out: &mut Vec<u8>, text: &[u8], ascii: bool) {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.iter().all(is_plain) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        out.extend_from_slice(quote_with(text, '"', ascii).as_bytes());
    }
}

/// Returns `rune` as a Go character literal.
pub(super) fn quote_rune(rune: char, ascii: bool) -> String {
    let mut literal = String::from('\'');
    escape(&mut literal, rune, '\'', ascii);
    literal.push('\'');
    literal
}

fn quote_with(text: &[u8], quote: char, ascii: bool) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push(quote);
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|rune| escape(&mut literal, rune, quote, ascii));
        for byte in chunk.invalid() {
            push_hex(&mut literal, 'x', u32::from(*byte), 2);
        }
    }
    literal.push(quote);
    literal
}

fn escape(literal: &mut String, rune: char, quote: char, ascii: bool) {
    if rune == quote || rune == '\\' {
        literal.push('\\');
        literal.push(rune);
        return;
    }
    if if ascii { rune.is_ascii() && is_print(rune) } else { is_print(rune) } {
        literal.push(rune);
        return;
    }
    match rune {
        '\x07' => literal.push_str("\\a"),
        '\x08' => literal.push_str("\\b"),
        '\x0c' => literal.push_str("\\f"),
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        '\x0b' => literal.push_str("\\v"),
        '\0'..' ' | '\x7f' => push_hex(literal, 'x', u32::from(rune), 2),
        '\u{80}'..='\u{ffff}' => push_hex(literal, 'u', u32::from(rune), 4),
        _ => push_hex(literal, 'U', u32::from(rune), 8),
    }
}

fn push_hex(literal: &mut String, letter: char, number: u32, width: usize) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail.
    let _ = write!(literal, "\\{letter}{number:0width$x}");
}

/// Says whether Go's `strconv.IsPrint` holds: letters, marks, numbers, punctuation, symbols, ASCII space.
pub(super) fn is_print(rune: char) -> bool {
    static PRINTABLE: LazyLock<Regex> = LazyLock::new(|| class(r"[\p{L}\p{M}\p{N}\p{P}\p{S}]"));
    if rune.is_ascii() { (' '..='~').contains(&rune) } else { is_in(&PRINTABLE, rune) }
}

/// Says whether Go's lexer takes `rune` as part of a name: `_`, a letter or a decimal digit.
pub(super) fn is_alphanumeric(rune: char) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| class(r"[\p{L}\p{Nd}]"));
    if rune.is_ascii() { rune == '_' || rune.is_ascii_alphanumeric() } else { is_in(&WORD, rune) }
}

fn class(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

fn is_in(class: &Regex, rune: char) -> bool {
    class.is_match(rune.encode_utf8(&mut [0; 4]))
}

/// Says whether `text` can stand between backquotes on one line.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|rune| match rune {
            '\u{feff}' | '`' | '\x7f' => false,
            '\t' => true,
            _ => rune >= ' ',
        })
    })
}

/// Returns what a string literal in double quotes or backquotes means, `None` if it is malformed.
pub(super) fn unquote(literal: &str) -> Option<Vec<u8>> {
    let quote = literal.chars().next()?;
    let inner = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '`' {
        // Go drops carriage returns from raw strings.
        return Some(inner.bytes().filter(|byte| *byte != b'\r').collect());
    }
    if memchr::memchr3(b'\\', b'\n', quote as u8, inner.as_bytes()).is_none() {
        return Some(inner.as_bytes().to_vec());
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (unit, tail) = unquote_unit(rest, quote)?;
        unit.push_to(&mut text);
        rest = tail;
    }
    Some(text)
}

/// What one step of a literal means.
pub(super) enum Unit {
    Byte(u8),
    Rune(char),
}

impl Unit {
    fn push_to(&self, text: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => text.push(*byte),
            Self::Rune(rune) => text.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    /// Returns the number of the character.
    pub(super) fn code(&self) -> u32 {
        match self {
            Self::Byte(byte) => u32::from(*byte),
            Self::Rune(rune) => u32::from(*rune),
        }
    }
}

/// Reads one character or escape of a literal, and returns what follows it.
pub(super) fn unquote_unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut runes = text.chars();
    let rune = runes.next()?;
    if rune == quote || rune == '\n' {
        return None;
    }
    if rune != '\\' {
        return Some((Unit::Rune(rune), runes.as_str()));
    }
    let letter = runes.next()?;
    let rest = runes.as_str();
    let byte = |byte| Some((Unit::Byte(byte), rest));
    match letter {
        'a' => byte(0x07),
        'b' => byte(0x08),
        'f' => byte(0x0c),
        'n' => byte(b'\n'),
        'r' => byte(b'\r'),
        't' => byte(b'\t'),
        'v' => byte(0x0b),
        '\\' => byte(b'\\'),
        '\'' | '"' if letter == quote => byte(letter as u8),
        'x' => number(rest, 2, 16)
            .and_then(|(code, rest)| Some((Unit::Byte(u8::try_from(code).ok()?), rest))),
        'u' => number(rest, 4, 16)
            .and_then(|(code, rest)| Some((Unit::Rune(char::from_u32(code)?), rest))),
        'U' => number(rest, 8, 16)
            .and_then(|(code, rest)| Some((Unit::Rune(char::from_u32(code)?), rest))),
        '0'..='7' => number(&text[1..], 3, 8)
            .and_then(|(code, rest)| Some((Unit::Byte(u8::try_from(code).ok()?), rest))),
        _ => None,
    }
}

/// Reads exactly `width` digits.
fn number(text: &str, width: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(width)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some((u32::from_str_radix(digits, radix).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_go_escapes() {
        assert_eq!(
            quote("h\u{e9}\u{a0}\u{4e16}\x01\n\"\\".as_bytes()),
            r#""hé\u00a0世\x01\n\"\\""#
        );
        assert_eq!(quote_with("é\u{1f600}".as_bytes(), '"', true), r#""\u00e9\U0001f600""#);
        assert_eq!(quote(b"\xff\xe4\xb8"), r#""\xff\xe4\xb8""#);
        assert_eq!(quote_rune('\'', false), r"'\''");
    }

    #[test]
    fn reads_escapes_and_raw_strings() {
        assert_eq!(unquote(r#""a\x41\101\u00e9\t\"""#), Some("aAA\u{e9}\t\"".as_bytes().to_vec()));
        assert_eq!(unquote("`a\r\n\\`"), Some(b"a\n\\".to_vec()));
        assert_eq!(unquote(r#""\xff""#), Some(vec![0xff]));
        for malformed in [r#""\'""#, r#""\q""#, r#""\ud800""#, r#""\400""#, r#""\x4""#, r#"""#] {
            assert_eq!(unquote(malformed), None, "{malformed}");
        }
    }
}
