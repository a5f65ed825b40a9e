//! Where go-yaml v2 allows tabs between tokens: not where a line of a block, an item or a key may
//! start.

use granit_parser::{ScalarStyle, Span};

use super::{Open, offset};
use crate::yaml::error::Error;
use crate::yaml::input::position;

/// The way through a text from token to token.
pub(super) struct Tabs<'a> {
    text: &'a str,
    /// The end of the last token, in bytes.
    at: usize,
    /// Whether a key or an item may start here, so that a tab may not stand here.
    may_start: bool,
    /// Whether the last token is a plain scalar, which may go on in the next line.
    in_plain: bool,
    /// Where the line starts, if it has had nothing but blanks so far.
    blank_from: Option<usize>,
}

impl<'a> Tabs<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, may_start: true, in_plain: false, blank_from: Some(0) }
    }

    /// Goes on to the end of the next token, which stands inside `open`; a scalar has a style.
    pub(super) fn advance(
        &mut self,
        token: &Span,
        style: Option<ScalarStyle>,
        open: &[Open],
    ) -> Result<(), Error> {
        let is_block = matches!(style, Some(ScalarStyle::Literal | ScalarStyle::Folded));
        let start = offset(token.start);
        while self.at < start && !(is_block && self.text[self.at..].starts_with(['|', '>'])) {
            self.step(start, open)?;
        }
        let end = offset(token.end);
        if end <= self.at || (token.is_empty() && !is_block) {
            return Ok(());
        }
        if is_block {
            self.check_block(end)?;
        } else if style == Some(ScalarStyle::Plain) {
            self.check_plain(end, open)?;
        }
        // A block ends with a line, and then anything may start.
        self.may_start = is_block;
        self.blank_from = is_block.then_some(end);
        self.in_plain = style == Some(ScalarStyle::Plain);
        self.at = end;
        Ok(())
    }

    /// Goes on to what follows the document, as far as nothing but blanks and comments do.
    pub(super) fn finish(&mut self, open: &[Open]) -> Result<(), Error> {
        while self.text[self.at..].starts_with([' ', '\t', '\r', '\n', '#']) {
            self.step(self.text.len(), open)?;
        }
        Ok(())
    }

    /// Checks the further lines of a plain scalar that starts here and ends at `end`.
    pub(super) fn check_plain(&self, end: usize, open: &[Open]) -> Result<(), Error> {
        let mut start = self.at;
        for line in self.text[self.at..end].split_inclusive('\n') {
            let blank = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            match blank.find('\t') {
                Some(tab) if start > self.at && is_shallow(tab, open) => {
                    return Err(self.shallow_tab(start + tab));
                }
                _ => start += line.len(),
            }
        }
        Ok(())
    }

    /// Checks the lines of a block scalar whose header is here and which ends at `end`.
    fn check_block(&self, end: usize) -> Result<(), Error> {
        let block = &self.text[self.at..end];
        let header = block.find('\n').unwrap_or(block.len());
        let tells_indent = block[..header].contains(|c: char| c.is_ascii_digit());
        let first = block.len() - block[header..].trim_start_matches([' ', '\n']).len();
        let tab = if !tells_indent && block[first..].starts_with('\t') {
            Some(first)
        } else {
            block.find("\n\t").map(|newline| newline + 1)
        };
        match tab {
            Some(tab) => Err(Error::scanner(
                "found a tab character where an indentation space is expected",
                position(self.text, self.at + tab),
            )),
            None => Ok(()),
        }
    }

    fn shallow_tab(&self, at: usize) -> Error {
        let at = position(self.text, at);
        Error::scanner("found a tab character that violates indentation", at)
    }

    fn step(&mut self, end: usize, open: &[Open]) -> Result<(), Error> {
        let rest = &self.text[self.at..end];
        let Some(c) = rest.chars().next() else { return Ok(()) };
        let in_flow = open.last().is_some_and(|open| open.is_flow);
        let mut length = c.len_utf8();
        match c {
            '\n' => {
                self.blank_from = Some(self.at + 1);
                self.may_start |= !in_flow;
            }
            '\t' => {
                self.check(open, in_flow)?;
                length = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            }
            ' ' | '\r' => {}
            '#' => {
                length = rest.find('\n').unwrap_or(rest.len());
                self.in_plain = false;
            }
            '-' | '?' if !in_flow => self.indicator(true),
            ':' => self.indicator(self.blank_from.is_some() && !in_flow),
            _ => {
                length = rest.find([' ', '\t', '\n']).unwrap_or(rest.len());
                self.indicator(false);
            }
        }
        self.at += length;
        Ok(())
    }

    fn indicator(&mut self, may_start: bool) {
        self.may_start = may_start;
        self.in_plain = false;
        self.blank_from = None;
    }

    fn check(&self, open: &[Open], in_flow: bool) -> Result<(), Error> {
        if self.in_plain {
            return match self.blank_from {
                Some(start) if is_shallow(self.at - start, open) => Err(self.shallow_tab(self.at)),
                _ => Ok(()),
            };
        }
        match self.may_start && !in_flow {
            true => {
                let at = position(self.text, self.at);
                Err(Error::scanner("found character that cannot start any token", at))
            }
            false => Ok(()),
        }
    }
}

/// Says whether a column, counted from 0, is not deeper than the block around it.
fn is_shallow(column: usize, open: &[Open]) -> bool {
    let block = open.iter().rfind(|open| !open.is_flow);
    block.is_some_and(|block| column <= block.column)
}
