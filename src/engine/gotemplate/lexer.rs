//! Template text to tokens, as Go's `text/template/parse` lexes it, trim markers included.

use super::quote::is_alphanumeric;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// The text is no template; [`Lexer::error`] says why.
    Error,
    Bool,
    /// A printable ASCII character that means nothing by itself, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Dot,
    Keyword(Keyword),
}

/// A word that is no function name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "nil" => Self::Nil,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

/// A piece of template text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    // Sources are far below 4 GiB; the loader of charts sees to it.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Token {
    /// Returns the piece of the whole `text`.
    pub(super) fn text(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }

    /// Returns the line of the whole `text` on which it starts, from 1.
    pub(super) fn line(self, text: &str) -> usize {
        1 + text.as_bytes()[..self.start as usize].iter().filter(|byte| **byte == b'\n').count()
    }
}

const LEFT_DELIM: &str = "{{";
const RIGHT_DELIM: &str = "}}";
const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";

/// Reads tokens one by one, as the parser asks for them.
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Where the next rune is read.
    position: usize,
    /// Where the token being read starts.
    start: usize,
    inside_action: bool,
    paren_depth: usize,
    error: String,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            position: 0,
            start: 0,
            inside_action: false,
            paren_depth: 0,
            error: String::new(),
        }
    }

    /// Returns why the last token is an [`TokenKind::Error`].
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// Returns the next token; after the end, or after an error, the end again.
    pub(super) fn next_token(&mut self) -> Token {
        if self.inside_action { self.inside_action() } else { self.text() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let rune = self.peek()?;
        self.position += rune.len_utf8();
        Some(rune)
    }

    fn accept(&mut self, valid: &str) -> bool {
        let accepted = self.peek().is_some_and(|rune| valid.contains(rune));
        // As an addition of the flag itself, rustc 1.95 can lose it when optimizing (rust-lang/rust#158206).
        if accepted {
            self.position += 1;
        }
        accepted
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    /// Forgets what was read since the last token.
    fn ignore(&mut self) {
        self.start = self.position;
    }

    fn emit(&mut self, kind: TokenKind) -> Token {
        let token = Token { kind, start: self.start as u32, end: self.position as u32 };
        self.start = self.position;
        token
    }

    fn fail(&mut self, error: String) -> Token {
        if self.error.is_empty() {
            self.error = error;
        }
        let token = self.emit(TokenKind::Error);
        self.text = &self.text[..self.start];
        token
    }

    /// Reads text up to the next action, without the space that a trim marker takes away.
    fn text(&mut self) -> Token {
        loop {
            let Some(length) = find_left_delim(self.rest().as_bytes()) else {
                self.position = self.text.len();
                return self.emit(if self.start < self.position {
                    TokenKind::Text
                } else {
                    TokenKind::End
                });
            };
            let delim = self.position + length;
            let text = &self.text[self.position..delim];
            let kept = if has_left_trim_marker(&self.text[delim + LEFT_DELIM.len()..]) {
                let last = text.bytes().rposition(|byte| !is_space(byte));
                last.map_or(0, |last| last + 1)
            } else {
                length
            };
            if kept > 0 {
                self.position += kept;
                let token = self.emit(TokenKind::Text);
                self.position = delim;
                self.ignore();
                return token;
            }
            self.position = delim;
            self.ignore();
            if let Some(token) = self.left_delim() {
                return token;
            }
        }
    }

    /// Reads an opening delimiter; `None` if it opened a comment, which is skipped.
    fn left_delim(&mut self) -> Option<Token> {
        self.position += LEFT_DELIM.len();
        let marker = if has_left_trim_marker(self.rest()) { 2 } else { 0 };
        if self.rest()[marker..].starts_with(LEFT_COMMENT) {
            self.position += marker;
            self.ignore();
            return self.comment().err();
        }
        let token = self.emit(TokenKind::LeftDelim);
        self.inside_action = true;
        self.position += marker;
        self.ignore();
        self.paren_depth = 0;
        Some(token)
    }

    fn comment(&mut self) -> Result<(), Token> {
        self.position += LEFT_COMMENT.len();
        let Some(length) = self.rest().find(RIGHT_COMMENT) else {
            return Err(self.fail("unclosed comment".to_owned()));
        };
        self.position += length + RIGHT_COMMENT.len();
        let Some(trims) = self.at_right_delim() else {
            return Err(self.fail("comment ends before closing delimiter".to_owned()));
        };
        self.skip_right_delim(trims);
        self.skip_trimmed(trims);
        Ok(())
    }

    /// Says whether a closing delimiter follows, and whether it has a trim marker.
    fn at_right_delim(&self) -> Option<bool> {
        match self.text.as_bytes()[self.position..] {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space(space) => Some(true),
            _ => None,
        }
    }

    fn skip_right_delim(&mut self, trims: bool) {
        if trims {
            self.position += 2;
            self.ignore();
        }
        self.position += RIGHT_DELIM.len();
    }

    fn skip_trimmed(&mut self, trims: bool) {
        if trims {
            self.position += self.space_run();
        }
        self.ignore();
    }

    fn right_delim(&mut self, trims: bool) -> Token {
        self.skip_right_delim(trims);
        let token = self.emit(TokenKind::RightDelim);
        self.skip_trimmed(trims);
        self.inside_action = false;
        token
    }

    fn inside_action(&mut self) -> Token {
        let Some(&byte) = self.text.as_bytes().get(self.position) else {
            return self.fail("unclosed action".to_owned());
        };
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.identifier(),
            b' ' | b'\t' | b'\r' | b'\n' | b'}' => match self.at_right_delim() {
                Some(trims) if self.paren_depth == 0 => self.right_delim(trims),
                Some(_) => self.fail("unclosed left paren".to_owned()),
                None if byte == b'}' => self.symbol(),
                None => self.space(),
            },
            b'.' if !self.rest()[1..].starts_with(|next: char| next.is_ascii_digit())
                && self.rest().len() > 1 =>
            {
                self.position += 1;
                self.name(TokenKind::Field)
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number(),
            0x80.. if self.peek().is_some_and(is_alphanumeric) => self.identifier(),
            _ => self.symbol(),
        }
    }

    fn symbol(&mut self) -> Token {
        let rune = self.next().unwrap_or_default();
        match rune {
            '=' => self.emit(TokenKind::Assign),
            ':' if self.next() == Some('=') => self.emit(TokenKind::Declare),
            ':' => self.fail("expected :=".to_owned()),
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quoted('"', TokenKind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', TokenKind::CharConstant, "unterminated character constant"),
            '`' => self.raw_quoted(),
            '$' => self.name(TokenKind::Variable),
            '(' => {
                self.paren_depth += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' if self.paren_depth == 0 => self.fail("unexpected right paren".to_owned()),
            ')' => {
                self.paren_depth -= 1;
                self.emit(TokenKind::RightParen)
            }
            '!'..='~' => self.emit(TokenKind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", unicode(rune))),
        }
    }

    /// Reads a run of spaces, but not the one that belongs to a trim marker.
    fn space(&mut self) -> Token {
        self.position += self.space_run() - 1;
        if self.at_right_delim() != Some(true) {
            self.position += 1;
        }
        self.emit(TokenKind::Space)
    }

    /// Counts the spaces that follow.
    fn space_run(&self) -> usize {
        let rest = &self.text.as_bytes()[self.position..];
        rest.iter().take_while(|byte| is_space(**byte)).count()
    }

    fn identifier(&mut self) -> Token {
        self.word();
        let word = &self.text[self.start..self.position];
        if !self.at_terminator() {
            return self.bad_character();
        }
        match Keyword::of(word) {
            Some(keyword) => self.emit(TokenKind::Keyword(keyword)),
            None if word == "true" || word == "false" => self.emit(TokenKind::Bool),
            None => self.emit(TokenKind::Identifier),
        }
    }

    /// Reads the name of a field or variable, whose `.` or `$` has been read.
    fn name(&mut self, kind: TokenKind) -> Token {
        if self.at_terminator() {
            return self.emit(if kind == TokenKind::Field { TokenKind::Dot } else { kind });
        }
        self.word();
        if self.at_terminator() { self.emit(kind) } else { self.bad_character() }
    }

    fn word(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.position) {
            if byte.is_ascii_alphanumeric() || *byte == b'_' {
                self.position += 1;
            } else if byte.is_ascii() || !self.peek().is_some_and(is_alphanumeric) {
                return;
            } else {
                self.next();
            }
        }
    }

    fn bad_character(&mut self) -> Token {
        let rune = self.peek().unwrap_or_default();
        self.fail(format!("bad character {}", unicode(rune)))
    }

    /// Says whether a name may end here.
    fn at_terminator(&self) -> bool {
        match self.text.as_bytes()[self.position..] {
            [] | [b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(', ..] => {
                true
            }
            ref rest => rest.starts_with(RIGHT_DELIM.as_bytes()),
        }
    }

    fn number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            let complete = self.scan_number() && self.text[..self.position].ends_with('i');
            return if complete { self.emit(TokenKind::Complex) } else { self.bad_number() };
        }
        self.emit(TokenKind::Number)
    }

    fn bad_number(&mut self) -> Token {
        let number = super::quote::quote(&self.text.as_bytes()[self.start..self.position]);
        self.fail(format!("bad number syntax: {number}"))
    }

    /// Reads what looks like a number; the parser finds out whether it is one.
    fn scan_number(&mut self) -> bool {
        const DECIMAL: &str = "0123456789_";
        const HEXADECIMAL: &str = "0123456789abcdefABCDEF_";
        self.accept("+-");
        let mut digits = DECIMAL;
        if self.accept("0") {
            if self.accept("xX") {
                digits = HEXADECIMAL;
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits == DECIMAL && self.accept("eE") || digits == HEXADECIMAL && self.accept("pP") {
            self.accept("+-");
            self.accept_run(DECIMAL);
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn quoted(&mut self, quote: char, kind: TokenKind, unterminated: &str) -> Token {
        loop {
            match self.next() {
                Some('\\') if !matches!(self.peek(), None | Some('\n')) => {
                    self.next();
                }
                None | Some('\\' | '\n') => return self.fail(unterminated.to_owned()),
                Some(rune) if rune == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_quoted(&mut self) -> Token {
        let Some(length) = self.rest().find('`') else {
            return self.fail("unterminated raw quoted string".to_owned());
        };
        self.position += length + 1;
        self.emit(TokenKind::RawString)
    }
}

/// Returns where the next action or comment starts.
fn find_left_delim(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|&at| text[at..].starts_with(LEFT_DELIM.as_bytes()))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn has_left_trim_marker(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', space, ..] if is_space(*space))
}

/// Returns Go's `%#U` of `rune`.
fn unicode(rune: char) -> String {
    let code = u32::from(rune);
    if super::quote::is_print(rune) {
        format!("U+{code:04X} '{rune}'")
    } else {
        format!("U+{code:04X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(TokenKind, &str, usize)]) {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        loop {
            let token = lexer.next_token();
            if token.kind == TokenKind::End {
                break;
            }
            if token.kind == TokenKind::Error {
                found.push((token.kind, lexer.error().to_owned(), token.line(text)));
                break;
            }
            found.push((token.kind, token.text(text).to_owned(), token.line(text)));
        }
        let expected: Vec<_> =
            expected.iter().map(|(kind, text, line)| (*kind, (*text).to_owned(), *line)).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn trim_markers_take_space_away() {
        use TokenKind::*;
        check(
            "a \n {{- .b -}} \n c",
            &[
                (Text, "a", 1),
                (LeftDelim, "{{", 2),
                (Field, ".b", 2),
                (RightDelim, "}}", 2),
                (Text, "c", 3),
            ],
        );
        check("{{-3}}", &[(LeftDelim, "{{", 1), (Number, "-3", 1), (RightDelim, "}}", 1)]);
        check(
            "{{3  -}} x",
            &[
                (LeftDelim, "{{", 1),
                (Number, "3", 1),
                (Space, " ", 1),
                (RightDelim, "}}", 1),
                (Text, "x", 1),
            ],
        );
    }

    #[test]
    fn comments_leave_nothing() {
        use TokenKind::*;
        check("a{{/* b\n */}}\n{{- /* c */ -}} d", &[(Text, "a", 1), (Text, "d", 3)]);
        check("{{/* b */ }}", &[(Error, "comment ends before closing delimiter", 1)]);
    }

    #[test]
    fn says_why_a_text_is_no_template() {
        let error = |text, message| {
            let mut lexer = Lexer::new(text);
            while !matches!(lexer.next_token().kind, TokenKind::Error | TokenKind::End) {}
            assert_eq!(lexer.error(), message, "{text:?}");
        };
        error("{{ \u{1}", "unrecognized character in action: U+0001");
        error("{{ .a\u{e9}b.c#", "bad character U+0023 '#'");
        error("{{ (", "unclosed action");
        error("{{ ( }}", "unclosed left paren");
        error("{{ ) }}", "unexpected right paren");
        error("{{ : }}", "expected :=");
        error("{{ 'a", "unterminated character constant");
        error("{{ `a", "unterminated raw quoted string");
        error("{{ 1+2 }}", "bad number syntax: \"1+2\"");
    }
}
