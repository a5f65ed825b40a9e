//! Tokens to templates, as Go's `text/template/parse` parses them, with its error texts.
//!
//! Function names are looked up here, so that a template that names an unknown one is no template.

mod control;
mod interned;
mod pipeline;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::rc::Rc;

use super::ast::{Callee, Command, Node, Operand, Source, Span, Template, VariableName};
use super::builtins;
use super::lexer::{Keyword, Lexer, Token, TokenKind};
use super::quote::quote;
use crate::engine::error::{Error, Frame, Kind, Language};
use crate::engine::functions::Function;
pub(super) use interned::Interned;

/// Finds a function of the library by the name that templates call it.
pub type Find = fn(&str) -> Option<&'static Function>;

/// How deep blocks and parentheses may nest. Go takes 10,000 parentheses and any number of blocks; no
/// person writes more than a few dozen, and this many fit the stack of a rendering.
pub(super) const MAX_NESTING: usize = 1000;

type Result<T> = std::result::Result<T, Box<Error>>;

/// Parses `source` and returns its templates: those that it defines, and itself as the last.
///
/// What other sources name too is taken from `interned`.
///
/// # Errors
/// Fails with Go's text if it is not well-formed or names an unknown function.
pub(super) fn parse(
    source: Rc<Source>,
    find: Find,
    interned: &mut Interned,
) -> Result<Vec<Template>> {
    let text = source.text.clone();
    let tree = Tree::new(source.name.clone());
    let mut parser = Parser {
        source,
        text: &text,
        lexer: Lexer::new(&text),
        find,
        tree,
        templates: Vec::new(),
        names: vec![Rc::new(VariableName { id: 0, text: "$".into() })],
        interned,
        nodes: Vec::new(),
        commands: Vec::new(),
        operands: Vec::new(),
        depth: 0,
        end: 0,
    };
    let root = parser.root()?;
    parser.add(root)?;
    Ok(parser.templates)
}

/// What belongs to the template that is being parsed; a definition inside another has its own.
struct Tree {
    name: Rc<str>,
    /// The last token read, and those put back on top of it.
    tokens: [Token; 3],
    put_back: usize,
    /// The numbers of the variables that are known here.
    variables: Vec<u32>,
    /// The opening delimiter of the current action.
    action: Option<Token>,
    range_depth: usize,
}

impl Tree {
    fn new(name: Rc<str>) -> Self {
        let unread = Token { kind: TokenKind::End, start: 0, end: 0 };
        Self {
            name,
            tokens: [unread; 3],
            put_back: 0,
            // The first variable is `$`.
            variables: vec![0],
            action: None,
            range_depth: 0,
        }
    }
}

struct Parser<'t> {
    source: Rc<Source>,
    text: &'t str,
    lexer: Lexer<'t>,
    find: Find,
    tree: Tree,
    templates: Vec<Template>,
    /// The names of variables, by number.
    names: Vec<Rc<VariableName>>,
    interned: &'t mut Interned,
    /// What is being read of lists whose length is not known yet, the outer ones first.
    nodes: Vec<Node>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
    /// How deep blocks and parentheses nest here.
    depth: usize,
    /// Where the last token that was consumed ends.
    end: u32,
}

/// What ends a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
}

impl Ending {
    fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A node of a list, or its end.
enum Item {
    Node(Node),
    Ending(Ending),
}

impl<'t> Parser<'t> {
    fn next(&mut self) -> Token {
        let token = if self.tree.put_back > 0 {
            self.tree.put_back -= 1;
            self.tree.tokens[self.tree.put_back]
        } else {
            let token = self.lexer.next_token();
            self.tree.tokens[0] = token;
            token
        };
        self.end = token.end;
        token
    }

    /// Puts the last token back.
    fn backup(&mut self) {
        self.tree.put_back += 1;
    }

    /// Puts `token` back before the last token, which is put back too.
    fn backup2(&mut self, token: Token) {
        self.tree.tokens[1] = token;
        self.tree.put_back = 2;
    }

    /// Puts `second` and, before it, `first` back before the last token, which is put back too.
    fn backup3(&mut self, first: Token, second: Token) {
        self.tree.tokens[1] = second;
        self.tree.tokens[2] = first;
        self.tree.put_back = 3;
    }

    fn peek(&mut self) -> Token {
        let end = self.end;
        let token = self.next();
        self.backup();
        self.end = end;
        token
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let end = self.end;
        let token = self.next_non_space();
        self.backup();
        self.end = end;
        token
    }

    fn text(&self, token: Token) -> &'t str {
        token.text(self.text)
    }

    fn expect(&mut self, kind: TokenKind, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    /// Returns the span from `start` to the end of the last token that was consumed.
    fn span(&self, start: u32, at: u32) -> Span {
        Span { start, end: self.end.max(start), at }
    }

    fn unexpected(&self, token: Token, context: &str) -> Box<Error> {
        if token.kind != TokenKind::Error {
            return self.error(format!("unexpected {} in {context}", self.describe(token)));
        }
        let mut message = self.lexer.error().to_owned();
        let started = self.tree.action.map(|delim| delim.line(self.text));
        if let Some(line) = started.filter(|line| *line != token.line(self.text)) {
            let words = if message.ends_with(" action") { "" } else { " in action" };
            message += &format!("{words} started at {}:{line}", self.source.name);
        }
        self.error(message)
    }

    /// Returns Go's text of a token.
    fn describe(&self, token: Token) -> String {
        let text = self.text(token);
        match token.kind {
            TokenKind::End => "EOF".to_owned(),
            TokenKind::Dot | TokenKind::Keyword(_) => format!("<{text}>"),
            _ if text.len() > 10 => {
                let short: String = text.chars().take(10).collect();
                format!("{}...", quote(short.as_bytes()))
            }
            _ => quote(text.as_bytes()),
        }
    }

    /// Makes an error at the last token that was read.
    fn error(&self, message: String) -> Box<Error> {
        let token = self.tree.tokens[0];
        let (start, end) = (token.start as usize, token.end as usize);
        let (excerpt, mark) = excerpt(&self.source.text, start, end);
        let frame = Frame {
            language: Language::Go,
            file: self.source.name.to_string(),
            template: None,
            line: token.line(self.text),
            column: None,
            expression: String::new(),
            excerpt,
            mark,
            doing: String::new(),
            silent: false,
        };
        Box::new(Error { kind: Kind::Parse, message, frames: vec![frame] })
    }

    /// Counts one more level of nesting while `work` parses it.
    fn nested<T>(
        &mut self,
        too_deep: &str,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if self.depth >= MAX_NESTING {
            return Err(self.error(too_deep.to_owned()));
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Adds the current tree as a template; a definition replaces only an empty one.
    fn add(&mut self, root: Box<[Node]>) -> Result<()> {
        let name = self.tree.name.clone();
        let template = Template {
            name: name.clone(),
            source: self.source.clone(),
            root,
            includes: Cell::default(),
        };
        match self.templates.iter().position(|known| known.name == name) {
            Some(index) if self.templates[index].is_empty() => {
                self.templates.remove(index);
                self.templates.push(template);
            }
            Some(_) if !template.is_empty() => {
                let name = quote(name.as_bytes());
                return Err(self.error(format!("template: multiple definition of template {name}")));
            }
            Some(_) => {}
            None => self.templates.push(template),
        }
        Ok(())
    }

    /// Parses the whole source; definitions stand only here.
    fn root(&mut self) -> Result<Box<[Node]>> {
        while self.peek().kind != TokenKind::End {
            if self.peek().kind == TokenKind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == TokenKind::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action()? {
                Item::Node(node) => self.nodes.push(node),
                Item::Ending(ending) => {
                    return Err(self.error(format!("unexpected {}", ending.text())));
                }
            }
        }
        Ok(self.nodes.drain(..).collect())
    }

    /// Parses up to an `{{ end }}` or `{{ else }}`.
    fn item_list(&mut self) -> Result<(Box<[Node]>, Ending)> {
        let first = self.nodes.len();
        while self.peek_non_space().kind != TokenKind::End {
            match self.text_or_action()? {
                Item::Node(node) => self.nodes.push(node),
                Item::Ending(ending) => return Ok((self.nodes.drain(first..).collect(), ending)),
            }
        }
        Err(self.error("unexpected EOF".to_owned()))
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Ok(Item::Node(Node::Text(self.span(token.start, token.start)))),
            TokenKind::LeftDelim => {
                self.tree.action = Some(token);
                let item = self.action();
                // An error has been worded by now, so the place need not be kept for it.
                self.tree.action = None;
                item
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }

    /// Finds a function: the library's come before Go's own, as in Helm.
    fn function(&self, name: &str) -> Option<Callee> {
        let library = (self.find)(name).map(Callee::Library);
        library.or_else(|| builtins::find(name))
    }
}

/// Returns the line of `text` in which `start` stands, and where the bytes up to `end` are in it.
pub(super) fn excerpt(text: &str, start: usize, end: usize) -> (String, std::ops::Range<usize>) {
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let within = |position: usize| (position - line_start).min(line.len());
    (line.to_owned(), within(start)..within(end.max(start)))
}
