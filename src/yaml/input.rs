//! What go-yaml does with a text before it looks for YAML in it: it rejects control characters,
//! and knows more line breaks than YAML 1.2 does.

use std::borrow::Cow;

use super::error::Error;
use super::positions::Position;

/// A text that may be read as YAML.
pub(super) struct Input<'a> {
    /// The text, in which no line starts with a tab: inside brackets go-yaml allows them there.
    pub(super) text: Cow<'a, str>,
    /// The text with its tabs, if it has any, to check them by go-yaml's rules.
    pub(super) tabbed: Option<Cow<'a, str>>,
    /// Whether the line breaks U+2028 and U+2029 occur, which a value keeps.
    pub(super) has_separators: bool,
}

/// Kinds of bytes, as bits.
const CONTROL: u8 = 1;
const TAB: u8 = 2;
/// The first bytes of the characters beyond ASCII that need a look.
const WIDE: u8 = 4;

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < b' ' {
        kinds[byte as usize] = CONTROL;
        byte += 1;
    }
    kinds[b'\n' as usize] = 0;
    kinds[b'\r' as usize] = 0;
    kinds[b'\t' as usize] = TAB;
    kinds[0x7f] = CONTROL;
    kinds[0xc2] = WIDE;
    kinds[0xe2] = WIDE;
    kinds[0xef] = WIDE;
    kinds
};

const NEXT_LINE: char = '\u{85}';

impl<'a> Input<'a> {
    /// Takes a text, without its byte order mark.
    pub(super) fn new(text: &'a str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let kinds = text.bytes().fold(0, |kinds, byte| kinds | KINDS[byte as usize]);
        if kinds & (CONTROL | WIDE) != 0
            && let Some(at) = text.find(is_forbidden)
        {
            return Err(Error::reader("control characters are not allowed", position(text, at)));
        }
        let has_wide = kinds & WIDE != 0;
        let text = if has_wide && text.contains(NEXT_LINE) {
            Cow::Owned(text.replace(NEXT_LINE, "\n"))
        } else {
            Cow::Borrowed(text)
        };
        let has_separators = has_wide && text.contains(is_separator);
        if kinds & TAB == 0 {
            return Ok(Self { text, tabbed: None, has_separators });
        }
        Ok(Self { text: without_leading_tabs(&text).into(), tabbed: Some(text), has_separators })
    }

    /// Puts a space at a place, given in bytes.
    pub(super) fn insert_space(&mut self, at: usize) {
        self.text.to_mut().insert(at, ' ');
        if let Some(tabbed) = &mut self.tabbed {
            tabbed.to_mut().insert(at, ' ');
        }
    }
}

/// Writes spaces for the blanks of all lines that start with a tab, so that no place moves.
fn without_leading_tabs(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content =
            if line.starts_with('\t') { line.trim_start_matches([' ', '\t']) } else { line };
        spaced.extend(std::iter::repeat_n(' ', line.len() - content.len()));
        spaced.push_str(content);
    }
    spaced
}

/// Says whether a character breaks a line and stays in the value.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_forbidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | NEXT_LINE => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => c.is_control(),
    }
}

/// Returns the line and column of a place in a text, given in bytes.
pub(super) fn position(text: &str, at: usize) -> Position {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Value, parse};

    #[test]
    fn control_characters_are_an_error() {
        for text in ["a: \u{1}", "a: \u{7f}", "a: '\u{80}'", "a: \u{fffe}", "\0"] {
            let err = parse(text).expect_err(text);
            assert_eq!(err.to_string(), "yaml: control characters are not allowed", "{text:?}");
        }
        let err = parse("a:\n- é\u{1b}[0m").expect_err("an escape");
        assert_eq!((err.line(), err.column()), (Some(2), Some(4)));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(parse("\u{feff}a").expect("text"), Value::from("a"));
        assert_eq!(parse("\u{feff}").expect("nothing"), Value::Null);
    }

    #[test]
    fn line_breaks_of_unicode_are_line_breaks() {
        assert_eq!(parse("- 'a\u{85} b'").expect("a list"), parse("- a b").expect("a list"));
        let kept = Value::List(vec![Value::from("a\u{2028}b"), Value::from("c")]);
        assert_eq!(parse("- 'a \u{2028}  b'\n- c \u{2029}\n").expect("a list"), kept);
        let escaped = Value::from("a \u{2028} b");
        assert_eq!(parse("\"a \\L b\"").expect("text"), escaped);
    }
}
