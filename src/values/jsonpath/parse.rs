//! From text to template.

use super::quoted::unquote;
use super::{Bound, Filter, Part, Step, SyntaxError};
use crate::values::go;
use crate::yaml::Value;

/// How long a template may be.
const MAX_LENGTH: usize = 64 << 10;

/// Reads a template.
pub(super) fn parse(text: &str) -> Result<Vec<Part>, SyntaxError> {
    if text.len() > MAX_LENGTH {
        return Err(wrong(format!("the template is longer than {MAX_LENGTH} bytes")));
    }
    let mut parts = Vec::new();
    let mut parser = Parser { rest: text };
    while let Some((before, rest)) = parser.rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parser.rest = rest;
        parts.push(Part::Action(parser.action()?));
    }
    if !parser.rest.is_empty() {
        parts.push(Part::Text(parser.rest.to_owned()));
    }
    Ok(parts)
}

/// Reads a text as if it stood between braces.
fn steps(text: &str) -> Result<Vec<Step>, SyntaxError> {
    Parser { rest: &format!("{text}}}") }.action()
}

fn wrong(problem: impl Into<String>) -> SyntaxError {
    SyntaxError(problem.into())
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// Reads what stands before the closing brace.
    fn action(&mut self) -> Result<Vec<Step>, SyntaxError> {
        let mut steps = Vec::new();
        loop {
            if self.skip("}") {
                return Ok(steps);
            } else if self.skip("[?(") {
                steps.push(Step::Filter(self.filter()?));
            } else if self.skip("..") {
                if steps.last() == Some(&Step::Recursive) {
                    return Err(wrong("invalid multiple recursive descent"));
                }
                steps.push(Step::Recursive);
                if self.rest.starts_with(is_word) {
                    steps.push(self.field());
                }
            } else {
                self.step(&mut steps)?;
            }
        }
    }

    fn step(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        let first = self.rest.chars().next().filter(|first| !matches!(first, '\n' | '\r'));
        let first = first.ok_or_else(|| wrong("unclosed action"))?;
        match first {
            ' ' | '@' | '$' => self.advance(1),
            '[' => self.array(steps)?,
            '"' | '\'' => steps.push(self.quoted(first)?),
            '.' => {
                self.advance(1);
                steps.push(self.field());
            }
            '+' | '-' | '0'..='9' => steps.push(self.number()?),
            letter if is_word(letter) => {
                let end = self.rest.find(is_terminator).unwrap_or(self.rest.len());
                steps.push(match self.take(end) {
                    "true" => Step::Constant(Value::Bool(true)),
                    "false" => Step::Constant(Value::Bool(false)),
                    word => Step::Word(word.to_owned()),
                });
            }
            other => {
                let shown = match go::is_printable(other) {
                    true => format!(" '{other}'"),
                    false => String::new(),
                };
                let code = u32::from(other);
                return Err(wrong(format!(
                    "unrecognized character in action: U+{code:04X}{shown}"
                )));
            }
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads a name, in which a backslash takes a sign for a letter.
    fn field(&mut self) -> Step {
        let mut escaped = false;
        let end = self.rest.find(|letter: char| {
            let ends = !escaped && is_terminator(letter);
            escaped = !escaped && letter == '\\';
            ends
        });
        match self.take(end.unwrap_or(self.rest.len())) {
            "*" => Step::Wildcard,
            name => Step::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Step, SyntaxError> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let is_other = |letter: char| letter != '.' && !letter.is_ascii_digit();
        let end = self.rest[sign..].find(is_other).map_or(self.rest.len(), |end| sign + end);
        let text = self.take(end);
        if let Ok(number) = text.parse() {
            return Ok(Step::Constant(Value::Int(number)));
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| wrong(format!("cannot parse number {text}")))?;
        Ok(Step::Constant(Value::Float(number)))
    }

    fn quoted(&mut self, quote: char) -> Result<Step, SyntaxError> {
        let bytes = self.rest.as_bytes();
        let ends = |at: &usize| {
            bytes[*at] == b'\n' || bytes[*at] == quote as u8 && bytes[*at - 1] != b'\\'
        };
        let end = (1..bytes.len()).find(ends).filter(|end| bytes[*end] != b'\n');
        let end = end.ok_or_else(|| wrong("unterminated quoted string"))?;
        let text = self.take(end + 1);
        let plain = unquote(&text[1..end], quote);
        let plain =
            plain.ok_or_else(|| wrong(format!("unquote string {text} error invalid syntax")))?;
        Ok(Step::Constant(Value::String(plain)))
    }

    /// Reads an index, a slice, a quoted key, or several of them.
    fn array(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        let end = self.rest.find([']', '\n']).filter(|end| self.rest[*end..].starts_with(']'));
        let end = end.ok_or_else(|| wrong("unterminated array"))?;
        let text = &self.take(end + 1)[1..end];
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts =
                text.split(',').map(|part| self::steps(&format!("[{}]", part.trim_matches(' '))));
            steps.push(Step::Union(parts.collect::<Result<_, _>>()?));
        } else if let Some(key) = quoted_key(text) {
            steps.extend(self::steps(&format!(".{key}"))?);
        } else {
            steps.push(slice(text)?);
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Filter, SyntaxError> {
        let end = self.filter_end()?;
        let text = self.take(end);
        self.advance(1);
        if !self.skip("]") {
            return Err(wrong("unclosed array expect ]"));
        }
        let is_sign = |letter: char| matches!(letter, '!' | '<' | '>' | '=');
        let Some((left, operator, right)) = comparison(text, is_sign) else {
            return Ok(Filter { left: steps(text)?, comparison: None });
        };
        let left = steps(left)?;
        Ok(Filter { left, comparison: Some((operator.to_owned(), steps(right)?)) })
    }

    /// Returns where the parenthesis closes that is in no quotes.
    fn filter_end(&self) -> Result<usize, SyntaxError> {
        let unterminated = || wrong("unterminated filter");
        let (mut open, mut closed) = (None, false);
        let mut before = '(';
        for (at, letter) in self.rest.char_indices() {
            match letter {
                '\n' => return Err(unterminated()),
                '"' | '\'' if open.is_none() => open = Some(letter),
                '"' | '\'' if before != '\\' && open == Some(letter) => closed = true,
                ')' if open.is_some() == closed => return Ok(at),
                _ => {}
            }
            before = letter;
        }
        Err(unterminated())
    }
}

/// Cuts a filter at its operator; the right side has at least one letter.
fn comparison(text: &str, is_sign: impl Fn(char) -> bool) -> Option<(&str, &str, &str)> {
    let start = text.find(&is_sign).filter(|start| *start > 0)?;
    let signs = text[start..].find(|letter| !is_sign(letter)).unwrap_or(text.len() - start);
    let end = if start + signs == text.len() { text.len() - 1 } else { start + signs };
    (end > start).then(|| (&text[..start], &text[start..end], &text[end..]))
}

fn quoted_key(text: &str) -> Option<&str> {
    let key = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!key.contains('\'')).then_some(key)
}

fn slice(text: &str) -> Result<Step, SyntaxError> {
    let mut parts = text.split(':');
    let is_number = |part: &str| {
        part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.clone().count() > 3 || !parts.clone().all(is_number) {
        return Err(wrong(format!("invalid array index {text}")));
    }
    let bound = |part: Option<&str>| match part {
        None | Some("") => Ok(Bound::Open),
        Some(part) => part
            .parse()
            .map(Bound::At)
            .map_err(|_| wrong(format!("array index {part} is not a number"))),
    };
    let start = bound(parts.next())?;
    let end = match parts.next() {
        // Nothing between the brackets counts as the index 0.
        None => Bound::Next(match start {
            Bound::At(start) => start.saturating_add(1),
            _ => 1,
        }),
        part => bound(part)?,
    };
    Ok(Step::Slice(start, end, bound(parts.next())?))
}

fn is_terminator(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphabetic() || letter.is_ascii_digit()
}
