//! Upper and lower case, titles, and the cases of names: snake, kebab and camel.
//!
//! The rules for names are those of xstrings: they cut a text into words by the kind of its characters.

use super::unicode::{is_digit, to_lower, to_title, to_upper};
use super::unicode::{is_letter, is_lower, is_number, is_punctuation, is_title, is_upper};

/// Returns the text in upper case.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(to_upper).collect()
}

/// Returns the text in lower case.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(to_lower).collect()
}

/// Returns the text with the first letter of every word in title case.
pub(super) fn title(text: &str) -> String {
    let mut after_separator = true;
    let convert = |character| {
        let starts = std::mem::replace(&mut after_separator, is_separator(character));
        if starts { to_title(character) } else { character }
    };
    text.chars().map(convert).collect()
}

/// Says whether a word ends here: at what is no letter, digit or underscore, spaces only beyond ASCII.
fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    !is_letter(character) && !is_digit(character) && character.is_whitespace()
}

/// Returns the text with the first letter of every word in lower case.
pub(super) fn untitle(text: &str) -> String {
    let mut after_space = true;
    let convert = |character: char| {
        let starts = std::mem::replace(&mut after_space, character.is_whitespace());
        if starts { to_lower(character) } else { character }
    };
    text.chars().map(convert).collect()
}

/// Swaps upper and lower case; a lower-case letter that starts a word becomes title case.
pub(super) fn swapcase(text: &str) -> String {
    let mut after_space = true;
    let convert = |character: char| {
        let is_cased = is_upper(character) || is_title(character) || is_lower(character);
        let starts = after_space;
        after_space = !is_cased && character.is_whitespace();
        match is_lower(character) {
            true if starts => to_title(character),
            true => to_upper(character),
            false if is_cased => to_lower(character),
            false => character,
        }
    };
    text.chars().map(convert).collect()
}

/// Returns `SomeWords` for `some_words`; separators at the start and double ones stay.
pub(super) fn camelcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let start = text.find(|character| !is_connector(character)).unwrap_or(text.len());
    out.push_str(&text[..start]);
    if start == text.len() {
        // xstrings writes the last separator twice when there is nothing else.
        out.extend(text.chars().next_back());
    }
    let mut rest = text[start..].chars();
    let Some(first) = rest.next() else { return out };
    let mut in_capitals = is_upper(first);
    let mut previous = to_upper(first);
    for mut current in rest {
        if is_connector(previous) {
            if !is_connector(current) {
                in_capitals = is_upper(current);
                previous = to_upper(current);
                continue;
            }
        } else if in_capitals && is_upper(current) {
            current = to_lower(current);
        } else {
            in_capitals = false;
        }
        out.push(previous);
        previous = current;
    }
    out.push(previous);
    out
}

/// Returns `first_name` for `FirstName`.
pub(super) fn snakecase(text: &str) -> String {
    separate_words(text, '_')
}

/// Returns `first-name` for `FirstName`.
pub(super) fn kebabcase(text: &str) -> String {
    separate_words(text, '-')
}

fn is_connector(character: char) -> bool {
    matches!(character, '-' | '_') || character.is_whitespace()
}

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Nothing: the text has ended, or holds replacement characters only.
    None,
    Number,
    /// Starts with a capital.
    Capital,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// Whether a separator goes between this word and what came before it.
impl Word {
    fn is_separated(self) -> bool {
        !matches!(self, Self::None | Self::Connector | Self::Punctuation)
    }
}

/// Cuts a text into words.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> (Word, &'a str) {
        let Some((first, size)) = next_valid(self.rest) else {
            return (Word::None, std::mem::take(&mut self.rest));
        };
        let tail = &self.rest[size..];
        let (word, tail_size) = match first {
            _ if is_connector(first) => (Word::Connector, span(tail, is_connector)),
            _ if is_punctuation(first) => (Word::Punctuation, span(tail, is_punctuation)),
            _ if is_upper(first) => (Word::Capital, capitalized(tail)),
            _ if is_alphabet(first) => (Word::Letters, span(tail, is_small)),
            _ if is_number(first) => (Word::Number, span(tail, is_number)),
            _ => (Word::Other, span(tail, is_other)),
        };
        let (word_text, rest) = self.rest.split_at(size + tail_size);
        self.rest = rest;
        (word, word_text)
    }
}

/// Says whether xstrings takes this for a letter of an alphabet, which Chinese characters are not.
fn is_alphabet(character: char) -> bool {
    let ideograph = matches!(character, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    is_letter(character) && !ideograph
}

fn is_small(character: char) -> bool {
    is_alphabet(character) && !is_upper(character)
}

fn is_other(character: char) -> bool {
    !is_connector(character)
        && !is_alphabet(character)
        && !is_number(character)
        && !is_punctuation(character)
}

/// Returns how much of the text after a first capital belongs to the word: `TTP` of `HTTPServer`.
fn capitalized(tail: &str) -> usize {
    let capitals = span(tail, is_upper);
    if capitals == 0 {
        return span(tail, is_small);
    }
    match next_valid(&tail[capitals..]) {
        Some((next, _)) if is_alphabet(next) => {
            let last = tail[..capitals].chars().next_back().map_or(0, char::len_utf8);
            capitals - last
        }
        _ => capitals,
    }
}

/// Returns the next character that is no replacement character, and where it ends.
fn next_valid(text: &str) -> Option<(char, usize)> {
    let (at, character) =
        text.char_indices().find(|&(_, character)| character != char::REPLACEMENT_CHARACTER)?;
    Some((character, at + character.len_utf8()))
}

/// Returns how many bytes at the start are of one class, replacement characters counting as such.
fn span(text: &str, class: impl Fn(char) -> bool) -> usize {
    text.find(|character| character != char::REPLACEMENT_CHARACTER && !class(character))
        .unwrap_or(text.len())
}

fn separate_words(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut words = Words { rest: text };
    let (mut kind, mut word) = words.next();
    while !words.rest.is_empty() {
        if kind != Word::Connector {
            push_lower(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word) = words.next();
        match before {
            Word::Connector => push_lower(&mut out, before, last, connector),
            Word::Punctuation => {}
            Word::Number => absorb(&mut out, &mut words, &mut kind, &mut word, connector),
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
            _ if words.rest.is_empty() => {}
            _ => after_number(&mut out, &mut words, &mut kind, &mut word, connector),
        }
    }
    push_lower(&mut out, kind, word, connector);
    out
}

/// A number within a name: part of the word before it (`bld4_floor`) unless small letters follow (`http_2xx`).
fn after_number<'a>(
    out: &mut String,
    words: &mut Words<'a>,
    kind: &mut Word,
    word: &mut &'a str,
    connector: char,
) {
    let number = *word;
    (*kind, *word) = words.next();
    if *kind != Word::Letters {
        push_lower(out, Word::Number, number, connector);
        if !matches!(kind, Word::Connector | Word::Punctuation) {
            out.push(connector);
        }
        return;
    }
    out.push(connector);
    push_lower(out, Word::Number, number, connector);
    absorb(out, words, kind, word, connector);
}

/// Appends the small letters and numbers that follow, then a separator before the next word.
fn absorb<'a>(
    out: &mut String,
    words: &mut Words<'a>,
    kind: &mut Word,
    word: &mut &'a str,
    connector: char,
) {
    while matches!(kind, Word::Letters | Word::Number) {
        push_lower(out, *kind, word, connector);
        (*kind, *word) = words.next();
    }
    if kind.is_separated() {
        out.push(connector);
    }
}

fn push_lower(out: &mut String, kind: Word, word: &str, connector: char) {
    if !matches!(kind, Word::Capital | Word::Connector) {
        return out.push_str(word);
    }
    out.extend(word.chars().map(|character| match character {
        _ if is_connector(character) => connector,
        _ if is_upper(character) => to_lower(character),
        _ => character,
    }));
}
