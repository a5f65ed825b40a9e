//! From the text of a pattern to its parts.

use super::{Error, MAX_DEPTH, MAX_PARTS};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Parts one after the other.
    Pattern(Vec<Self>),
    /// `{a,b}`
    AnyOf(Vec<Self>),
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// `[abc]`
    List {
        characters: Vec<char>,
        negated: bool,
    },
    /// `[a-z]`
    Range {
        low: char,
        high: char,
        negated: bool,
    },
    /// What is left of an alternative when its common parts are taken out.
    Nothing,
}

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Result<Node, Error> {
    let mut parser = Parser { rest: pattern.chars().rev().collect() };
    Ok(Node::Pattern(parser.sequence(0)?.0))
}

struct Parser {
    /// What is left of the pattern, backwards.
    rest: Vec<char>,
}

impl Parser {
    /// Reads up to the end of the pattern, or within braces up to `,` or `}`, which it returns too.
    fn sequence(&mut self, depth: usize) -> Result<(Vec<Node>, Option<char>), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooLarge);
        }
        let mut nodes = Vec::new();
        while let Some(c) = self.rest.pop() {
            match c {
                '*' if self.rest.pop_if(|next| *next == '*').is_some() => nodes.push(Node::Super),
                '*' => nodes.push(Node::Any),
                '?' => nodes.push(Node::Single),
                '[' => nodes.push(self.class()?),
                '{' => nodes.push(self.alternatives(depth + 1)?),
                ',' | '}' if depth > 0 => return Ok((nodes, Some(c))),
                c => {
                    self.rest.push(c);
                    nodes.extend(self.text(depth > 0));
                }
            }
            if nodes.len() > MAX_PARTS {
                return Err(Error::TooLarge);
            }
        }
        Ok((nodes, None))
    }

    fn text(&mut self, in_braces: bool) -> Option<Node> {
        let mut text = String::new();
        let is_special =
            |c| matches!(c, '?' | '*' | '[' | '{') || (in_braces && matches!(c, ',' | '}'));
        while let Some(c) = self.rest.pop_if(|c| !is_special(*c)) {
            text.extend(if c == '\\' { self.rest.pop() } else { Some(c) });
        }
        (!text.is_empty()).then_some(Node::Text(text))
    }

    /// Reads what stands between braces; a brace that is never closed ends with the pattern.
    fn alternatives(&mut self, depth: usize) -> Result<Node, Error> {
        let mut alternatives = Vec::new();
        loop {
            let (nodes, last) = self.sequence(depth)?;
            alternatives.push(Node::Pattern(nodes));
            if last != Some(',') {
                return Ok(Node::AnyOf(alternatives));
            }
        }
    }

    /// Reads a class behind its `[`: a range, or a list of characters in which `-` means itself.
    fn class(&mut self) -> Result<Node, Error> {
        let negated = self.rest.pop_if(|c| *c == '!').is_some();
        let low = self.rest.pop().ok_or(Error::UnexpectedEnd)?;
        if self.rest.pop_if(|c| *c == '-').is_some() {
            let high = self.rest.pop().ok_or(Error::UnexpectedEnd)?;
            self.close_class()?;
            return match high < low {
                true => Err(Error::RangeOrder { low, high }),
                false => Ok(Node::Range { low, high, negated }),
            };
        }
        self.rest.push(low);
        let mut characters = Vec::new();
        while let Some(c) = self.rest.pop_if(|c| *c != ']') {
            characters.extend(if c == '\\' { self.rest.pop() } else { Some(c) });
        }
        self.close_class()?;
        match characters.is_empty() {
            true => Err(Error::EmptyClass),
            false => Ok(Node::List { characters, negated }),
        }
    }

    fn close_class(&mut self) -> Result<(), Error> {
        match self.rest.pop() {
            Some(']') => Ok(()),
            Some(_) => Err(Error::OpenRange),
            None => Err(Error::UnexpectedEnd),
        }
    }
}
