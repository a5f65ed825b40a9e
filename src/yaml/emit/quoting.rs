//! How a string is written: plain, in quotes, or as a block of lines.

use super::Layout;
use crate::yaml::resolve::reads_as_string;

/// The form of a string in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// Chooses the form that go-yaml chooses.
pub(super) fn style(text: &str, layout: Layout) -> Style {
    let look = Look::at(text);
    if text.contains('\n') {
        if look.allows_block(layout) { Style::Literal } else { Style::DoubleQuoted }
    } else if !reads_as_string(text) {
        Style::DoubleQuoted
    } else if look.allows_plain() {
        Style::Plain
    } else if look.allows_single_quotes() {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}

/// Says whether the text has a line break of any kind that YAML 1.1 knows.
pub(super) fn is_multiline(text: &str) -> bool {
    text.contains(is_break)
}

/// Says whether YAML 1.1 takes the character for a line break.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Says whether go-yaml writes the character as it is; it escapes all beyond U+FFFF.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// What in a text stands against a form.
#[derive(Default)]
struct Look {
    has_indicator: bool,
    has_break: bool,
    has_separator: bool,
    is_unprintable: bool,
    has_tab: bool,
    /// A space or break at the start or the end.
    is_padded: bool,
    ends_in_space: bool,
    has_space_after_break: bool,
    has_space_before_break: bool,
}

impl Look {
    fn at(text: &str) -> Self {
        let mut look = Self {
            has_indicator: text.starts_with("---") || text.starts_with("..."),
            is_padded: text.starts_with(is_space_or_break) || text.ends_with(is_space_or_break),
            ends_in_space: text.ends_with(' '),
            ..Self::default()
        };
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            look.has_indicator |= is_indicator(c, before, chars.peek().copied());
            look.is_unprintable |= !is_printable(c) && c != '\t';
            look.has_tab |= c == '\t';
            if is_break(c) {
                look.has_break = true;
                look.has_separator |= c != '\n';
                look.has_space_before_break |= before == Some(' ');
            } else if c == ' ' {
                look.has_space_after_break |= before.is_some_and(is_break);
            }
            before = Some(c);
        }
        look
    }

    fn allows_plain(&self) -> bool {
        let is_special = self.is_unprintable || self.has_tab;
        !(self.has_indicator || self.is_padded || self.has_break || is_special)
    }

    fn allows_single_quotes(&self) -> bool {
        let is_special = self.is_unprintable || self.has_tab;
        !(self.has_space_after_break || self.has_space_before_break || is_special)
    }

    fn allows_block(&self, layout: Layout) -> bool {
        // go-yaml also writes U+2028 and U+2029 into blocks, where YAML 1.2 reads on.
        !(self.ends_in_space
            || self.has_space_before_break
            || self.is_unprintable
            || self.has_tab && layout == Layout::Plain
            || self.has_separator)
    }
}

/// Says whether a character of a plain scalar would be taken for YAML's own.
fn is_indicator(c: char, before: Option<char>, after: Option<char>) -> bool {
    match c {
        ':' => is_blank_or_none(after),
        '#' => before.is_none_or(|before| before == ' ' || before == '\t' || is_break(before)),
        '-' | '?' => before.is_none() && is_blank_or_none(after),
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
        | '`' => before.is_none(),
        _ => false,
    }
}

fn is_blank_or_none(c: Option<char>) -> bool {
    c.is_none_or(|c| c == ' ' || c == '\t')
}

fn is_space_or_break(c: char) -> bool {
    c == ' ' || is_break(c)
}
