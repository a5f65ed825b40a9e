//! What stands in an action: pipelines, commands, operands and literals.

use std::rc::Rc;

use super::super::ast::{Command, Literal, Number, Operand, OperandKind, Pipe, VariableName};
use super::super::lexer::{Keyword, Token, TokenKind};
use super::super::number::{parse_float, parse_signed, parse_unsigned};
use super::super::quote::{quote, unquote_unit};
use super::{Parser, Result, Span};

impl Parser<'_> {
    /// Parses declarations and commands up to `end`, which is consumed.
    pub(super) fn pipeline(&mut self, context: &str, end: TokenKind) -> Result<Pipe> {
        let start = self.peek_non_space().start;
        let mut span = self.span(start, start);
        let (variables, assigns) = self.declarations(context)?;
        let first = self.commands.len();
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                _ if starts_operand(token.kind) => {
                    self.backup();
                    let command = self.command()?;
                    span.end = command.span.end;
                    self.commands.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        self.check_pipeline(&self.commands[first..], context)?;
        let commands = self.commands.drain(first..).collect();
        Ok(Pipe { span, assigns, variables: variables.into(), commands })
    }

    /// Parses `$x :=`, `$x =` and, in a range, `$i, $x :=`; says whether it is `=`.
    fn declarations(&mut self, context: &str) -> Result<(Vec<Rc<VariableName>>, bool)> {
        let mut variables = Vec::new();
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok((variables, false));
            }
            self.next_non_space();
            // A space is a token, and `$x foo` is known for no declaration only at `foo`.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_non_space();
                    variables.push(self.declare(variable));
                    return Ok((variables, next.kind == TokenKind::Assign));
                }
                TokenKind::Char if self.text(next) == "," => {
                    self.next_non_space();
                    variables.push(self.declare(variable));
                    if context != "range" || variables.len() > 1 {
                        return Err(self.error(format!("too many declarations in {context}")));
                    }
                    let follows = self.peek_non_space().kind;
                    if !matches!(
                        follows,
                        TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen
                    ) {
                        return Err(self.error("range can only initialize variables".to_owned()));
                    }
                }
                _ if after.kind == TokenKind::Space => {
                    self.backup3(variable, after);
                    return Ok((variables, false));
                }
                _ => {
                    self.backup2(variable);
                    return Ok((variables, false));
                }
            }
        }
    }

    fn declare(&mut self, token: Token) -> Rc<VariableName> {
        let variable = self.variable_name(self.text(token));
        self.tree.variables.push(variable.id);
        variable
    }

    fn check_pipeline(&self, commands: &[Command], context: &str) -> Result<()> {
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let first = command.operands.first().map(|operand| &operand.kind);
            if first.is_some_and(is_constant) {
                let stage = index + 1;
                return Err(self.error(format!("non executable command in pipeline stage {stage}")));
            }
        }
        Ok(())
    }

    /// Parses operands up to a `|`, which is consumed, or to the end of the pipeline, which is not.
    fn command(&mut self) -> Result<Command> {
        let start = self.peek_non_space().start;
        let first = self.operands.len();
        loop {
            let operand = self.operand()?;
            self.operands.extend(operand);
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelim | TokenKind::RightParen => {
                    self.backup();
                    break;
                }
                TokenKind::Pipe => break,
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
        let Some(last) = self.operands[first..].last() else {
            return Err(self.error("empty command".to_owned()));
        };
        let span = Span { end: last.span.end, ..self.span(start, start) };
        Ok(Command { span, operands: self.operands.drain(first..).collect() })
    }

    /// Parses a term and the fields that follow it; `None` if no term is next.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        if token.kind == TokenKind::Field {
            let at = self.following_fields().unwrap_or(token.start);
            let kind = OperandKind::Field(self.fields(token.start));
            return Ok(Some(Operand { span: self.span(token.start, at), kind }));
        }
        self.backup();
        let Some(term) = self.term()? else { return Ok(None) };
        let Some(at) = self.following_fields() else { return Ok(Some(term)) };
        let kind = match term.kind {
            OperandKind::Variable(name, _) => OperandKind::Variable(name, self.fields(at)),
            kind if is_constant(&kind) => {
                let term = quote(Operand { span: term.span, kind }.to_string().as_bytes());
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            kind => {
                let term = Operand { span: term.span, kind };
                OperandKind::Chain(Box::new(term), self.fields(at))
            }
        };
        Ok(Some(Operand { span: self.span(term.span.start, at), kind }))
    }

    /// Steps over the fields that are next, and returns where they start, if there are any.
    fn following_fields(&mut self) -> Option<u32> {
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return None;
        }
        while self.peek().kind == TokenKind::Field {
            self.next();
        }
        Some(first.start)
    }

    /// Returns the names of the fields from `start` to the last token that was consumed.
    fn fields(&mut self, start: u32) -> Rc<[Rc<str>]> {
        self.interned.fields(&self.text[start as usize..self.end as usize])
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => {
                let name = self.text(token);
                OperandKind::Function(self.function(name).ok_or_else(|| {
                    self.error(format!("function {} not defined", quote(name.as_bytes())))
                })?)
            }
            TokenKind::Dot => OperandKind::Dot,
            TokenKind::Keyword(Keyword::Nil) => OperandKind::Nil,
            TokenKind::Variable => self.variable(token)?,
            TokenKind::Bool => OperandKind::Bool(self.text(token) == "true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => {
                let number =
                    number(self.text(token), token.kind).map_err(|error| self.error(error))?;
                OperandKind::Number(Box::new(number))
            }
            TokenKind::LeftParen => {
                let pipe = self.nested("max expression depth exceeded", |parser| {
                    parser.pipeline("parenthesized pipeline", TokenKind::RightParen)
                })?;
                OperandKind::Pipe(Box::new(pipe))
            }
            TokenKind::String | TokenKind::RawString => OperandKind::String(self.literal(token)?),
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        // Go has a parenthesised pipeline at its first token, not at the parenthesis.
        let at = match &kind {
            OperandKind::Pipe(pipe) => pipe.span.at,
            _ => token.start,
        };
        Ok(Some(Operand { span: self.span(token.start, at), kind }))
    }

    fn literal(&mut self, token: Token) -> Result<Rc<Literal>> {
        let literal = self.interned.literal(self.text(token));
        literal.ok_or_else(|| self.error("invalid syntax".to_owned()))
    }

    fn variable(&mut self, token: Token) -> Result<OperandKind> {
        let name = self.text(token);
        let variable = self.variable_name(name);
        if !self.tree.variables.contains(&variable.id) {
            return Err(self.error(format!("undefined variable {}", quote(name.as_bytes()))));
        }
        Ok(OperandKind::Variable(variable, self.interned.no_fields()))
    }

    /// Numbers the name of a variable.
    fn variable_name(&mut self, name: &str) -> Rc<VariableName> {
        if let Some(known) = self.names.iter().find(|known| &*known.text == name) {
            return known.clone();
        }
        let variable = Rc::new(VariableName { id: self.names.len() as u32, text: name.into() });
        self.names.push(variable.clone());
        variable
    }
}

fn starts_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Bool
            | TokenKind::CharConstant
            | TokenKind::Complex
            | TokenKind::Dot
            | TokenKind::Field
            | TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::Keyword(Keyword::Nil)
            | TokenKind::RawString
            | TokenKind::String
            | TokenKind::Variable
            | TokenKind::LeftParen
    )
}

/// Says whether an operand has neither arguments nor fields.
fn is_constant(kind: &OperandKind) -> bool {
    matches!(
        kind,
        OperandKind::Bool(_)
            | OperandKind::Dot
            | OperandKind::Nil
            | OperandKind::Number(_)
            | OperandKind::String(..)
    )
}

/// Reads a number literal under every kind that can hold it.
fn number(text: &str, kind: TokenKind) -> std::result::Result<Number, String> {
    let base = Number { text: text.into(), ..Number::default() };
    match kind {
        TokenKind::CharConstant => char_constant(text, base),
        TokenKind::Complex => complex(text, base),
        _ => {
            let imaginary = text.strip_suffix('i').and_then(parse_float);
            if let Some(imaginary) = imaginary {
                return Ok(simplified(base, 0.0, imaginary));
            }
            real(text, base)
        }
    }
}

fn char_constant(text: &str, base: Number) -> std::result::Result<Number, String> {
    let (unit, rest) = unquote_unit(&text[1..], '\'').ok_or("invalid syntax")?;
    if rest != "'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let code = unit.code();
    Ok(Number {
        int: Some(i64::from(code)),
        unsigned: Some(u64::from(code)),
        float: Some(f64::from(code)),
        ..base
    })
}

fn complex(text: &str, base: Number) -> std::result::Result<Number, String> {
    let malformed = "syntax error scanning complex number";
    let body = text.strip_suffix('i').ok_or(malformed)?;
    // The sign between the parts is the last that does not belong to an exponent.
    let split = body
        .char_indices()
        .rev()
        .find(|(index, sign)| {
            let before = body[..*index].chars().next_back();
            matches!(sign, '+' | '-')
                && before.is_some_and(|letter| !matches!(letter, 'e' | 'E' | 'p' | 'P'))
        })
        .map(|(index, _)| index)
        .ok_or(malformed)?;
    let (real, imaginary) = body.split_at(split);
    let real = parse_float(real).ok_or(malformed)?;
    let imaginary = parse_float(imaginary).ok_or(malformed)?;
    Ok(simplified(base, real, imaginary))
}

/// Keeps a complex number, and the simpler kinds that can hold it.
fn simplified(base: Number, real: f64, imaginary: f64) -> Number {
    let float = (imaginary == 0.0).then_some(real);
    Number {
        complex: Some((real, imaginary)),
        float,
        int: float.and_then(whole),
        unsigned: float.and_then(whole_unsigned),
        ..base
    }
}

fn real(text: &str, base: Number) -> std::result::Result<Number, String> {
    let int = parse_signed(text);
    // Go reads no sign into an unsigned number, but takes -0 for one.
    let unsigned = parse_unsigned(text).or(int.filter(|int| *int == 0).map(|_| 0));
    if let Some(float) = int.map(|int| int as f64).or(unsigned.map(|unsigned| unsigned as f64)) {
        return Ok(Number { int, unsigned, float: Some(float), ..base });
    }
    let float = parse_float(text)
        .ok_or_else(|| format!("illegal number syntax: {}", quote(text.as_bytes())))?;
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(text.as_bytes())));
    }
    Ok(Number { int: whole(float), unsigned: whole_unsigned(float), float: Some(float), ..base })
}

fn whole(float: f64) -> Option<i64> {
    ((float as i64) as f64 == float && float < i64::MAX as f64).then_some(float as i64)
}

fn whole_unsigned(float: f64) -> Option<u64> {
    ((float as u64) as f64 == float && float < u64::MAX as f64).then_some(float as u64)
}
