//! The text of strings: quotes, escapes, blocks, and the folding of long lines.

use std::fmt::Write;

use super::quoting::{Style, is_break, is_printable};

/// The text so far.
pub(super) struct Writer {
    text: String,
    /// The column behind which a line breaks at the first space.
    width: usize,
    /// Where the last line starts, counted in bytes.
    line_start: usize,
}

/// How a string is broken into lines.
#[derive(Clone, Copy)]
enum Folding {
    Never,
    /// At spaces, with the next line starting at this column.
    At(usize),
}

impl Writer {
    pub(super) fn new(width: usize) -> Self {
        Self { text: String::new(), width, line_start: 0 }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds text without line breaks.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Goes to a column of a new line, or of this one if nothing is on it yet.
    pub(super) fn start_line(&mut self, column: usize) {
        if self.text.len() > self.line_start {
            self.break_line();
        }
        self.text.extend(std::iter::repeat_n(' ', column));
    }

    /// Writes a string on this line.
    pub(super) fn one_line(&mut self, text: &str, style: Style) {
        self.string(text, style, Folding::Never);
    }

    /// Writes a string whose further lines start at `column`.
    pub(super) fn folded(&mut self, text: &str, style: Style, column: usize) {
        if style == Style::Literal {
            self.literal(text, column);
        } else {
            self.string(text, style, Folding::At(column));
        }
    }

    fn string(&mut self, text: &str, style: Style, folding: Folding) {
        match style {
            Style::DoubleQuoted => self.double_quoted(text, folding),
            Style::SingleQuoted => {
                self.push("'");
                self.words(text, folding, true);
                self.push("'");
            }
            Style::Plain | Style::Literal => self.words(text, folding, false),
        }
    }

    fn break_line(&mut self) {
        self.text.push('\n');
        self.line_start = self.text.len();
    }

    fn column(&self) -> usize {
        self.text[self.line_start..].chars().count()
    }

    /// Says whether `text`, added here, stays within the width.
    fn fits(&self, text: &str) -> bool {
        self.text.len() - self.line_start + text.len() <= self.width
    }

    /// Writes the text of a plain or single-quoted string.
    fn words(&mut self, text: &str, folding: Folding, in_quotes: bool) {
        let is_special = |c: char| in_quotes && (c == '\'' || is_break(c));
        if self.fits(text) && !text.contains(is_special) {
            return self.push(text);
        }
        let mut column = self.column();
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let folds = column > self.width && folds_at(c, before, chars.peek().copied());
            let continues = before.is_some_and(is_break) && !is_break(c);
            match folding {
                Folding::At(next) if folds && chars.peek() != Some(&' ') => {
                    self.start_line(next);
                    column = next;
                }
                Folding::At(next) if continues => {
                    self.start_line(next);
                    column = next + self.char(c, in_quotes);
                }
                _ => column += self.char(c, in_quotes),
            }
            if is_break(c) {
                self.line_start = self.text.len();
                column = 0;
            }
            before = Some(c);
        }
    }

    /// Writes a character that needs no escape, and returns how many columns it takes.
    fn char(&mut self, c: char, in_quotes: bool) -> usize {
        self.text.push(c);
        if c == '\'' && in_quotes {
            self.text.push(c);
            return 2;
        }
        1
    }

    fn double_quoted(&mut self, text: &str, folding: Folding) {
        // go-yaml looks for a byte order mark always at the start, and then escapes all.
        let escapes_all = text.starts_with('\u{feff}');
        self.push("\"");
        let mut column = self.column();
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let start = self.text.len();
            let folds = column > self.width && folds_at(c, before, chars.peek().copied());
            before = Some(c);
            match folding {
                _ if escapes_all || needs_escape(c) => self.escape(c),
                Folding::At(next) if folds => {
                    self.start_line(next);
                    column = next;
                    if chars.peek() == Some(&' ') {
                        self.push("\\");
                        column += 1;
                    }
                    continue;
                }
                _ => self.text.push(c),
            }
            column += self.text[start..].chars().count();
        }
        self.push("\"");
    }

    fn escape(&mut self, c: char) {
        self.text.push('\\');
        let name = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                let written = match code {
                    0..=0xff => write!(self.text, "x{code:02X}"),
                    0x100..=0xffff => write!(self.text, "u{code:04X}"),
                    _ => write!(self.text, "U{code:08X}"),
                };
                return written.expect("writing to a string cannot fail");
            }
        };
        self.text.push(name);
    }

    /// Writes lines as they are; the header tells what the lines alone cannot.
    fn literal(&mut self, text: &str, column: usize) {
        self.push("|");
        if text.starts_with([' ', '\n']) {
            self.push("2");
        }
        match text.strip_suffix('\n') {
            None => self.push("-"),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.push("+"),
            Some(_) => {}
        }
        self.break_line();
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n');
            if content != Some("") {
                self.start_line(column);
                self.push(content.unwrap_or(line));
            }
            if content.is_some() {
                self.break_line();
            }
        }
    }
}

/// Says whether go-yaml would break the line at a character: at a space inside the text that does
/// not follow another one, once the line is full.
fn folds_at(c: char, before: Option<char>, after: Option<char>) -> bool {
    c == ' ' && after.is_some() && before.is_some_and(|before| before != ' ')
}

fn needs_escape(c: char) -> bool {
    !is_printable(c) || is_break(c) || c == '"' || c == '\\'
}
