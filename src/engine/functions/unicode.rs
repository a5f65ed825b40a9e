//! Letters and their cases as Go's unicode package sees them.
//!
//! Go maps one character to one character and goes by general categories, where Rust's `char`
//! knows the full mappings and the wider derived properties; both differ beyond ASCII only.

use std::sync::LazyLock;

use regex::Regex;

/// Returns the upper case of one character.
pub(super) fn to_upper(character: char) -> char {
    iota_title(character).unwrap_or_else(|| single(character.to_uppercase(), character))
}

/// Returns the lower case of one character.
pub(super) fn to_lower(character: char) -> char {
    // The one character whose full mapping is longer than its simple one.
    if character == '\u{130}' { 'i' } else { single(character.to_lowercase(), character) }
}

/// Returns the title case of one character; only digraphs and Georgian differ from upper case.
pub(super) fn to_title(character: char) -> char {
    match character {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => character,
        _ => to_upper(character),
    }
}

/// Returns the capital of a Greek vowel with iota subscript, whose full mapping is two letters.
fn iota_title(character: char) -> Option<char> {
    let offset = match character {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => return None,
    };
    char::from_u32(u32::from(character) + offset)
}

fn single(mut mapped: impl Iterator<Item = char>, original: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => original,
    }
}

/// Says whether the character is an upper-case letter (Lu).
pub(super) fn is_upper(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Lu}"));
    character.is_ascii_uppercase() || is(character, &CLASS)
}

/// Says whether the character is a lower-case letter (Ll).
pub(super) fn is_lower(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Ll}"));
    character.is_ascii_lowercase() || is(character, &CLASS)
}

/// Says whether the character is a title-case letter (Lt).
pub(super) fn is_title(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Lt}"));
    is(character, &CLASS)
}

/// Says whether the character is a letter (L).
pub(super) fn is_letter(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{L}"));
    character.is_ascii_alphabetic() || is(character, &CLASS)
}

/// Says whether the character is a digit (Nd).
pub(super) fn is_digit(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Nd}"));
    character.is_ascii_digit() || is(character, &CLASS)
}

/// Says whether the character is a number (N).
pub(super) fn is_number(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{N}"));
    character.is_ascii_digit() || is(character, &CLASS)
}

/// Says whether the character is punctuation (P), which `$+<=>^|~` and the backtick are not.
pub(super) fn is_punctuation(character: char) -> bool {
    static CLASS: LazyLock<Regex> = LazyLock::new(|| class(r"\p{P}"));
    if character.is_ascii() {
        return character.is_ascii_punctuation() && !"$+<=>^`|~".contains(character);
    }
    is(character, &CLASS)
}

fn class(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

fn is(character: char, class: &Regex) -> bool {
    !character.is_ascii() && class.is_match(character.encode_utf8(&mut [0; 4]))
}
