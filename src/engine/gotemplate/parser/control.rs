//! Actions that steer: `if`, `with`, `range`, `define`, `block`, `template` and their ends.

use std::rc::Rc;

use super::super::ast::{Branch, Call, Node, Pipe};
use super::super::lexer::{Keyword, Token, TokenKind};
use super::super::quote::unquote;
use super::{Ending, Item, Parser, Result, Tree};

const TOO_DEEP: &str = "max block depth exceeded";

/// An action with a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    If,
    With,
    Range,
}

impl Control {
    /// Returns the word that starts it, which is what error texts call it.
    fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }

    /// Says whether `{{ else keyword }}` continues it.
    fn continues_with(self, kind: TokenKind) -> bool {
        match self {
            Self::If => kind == TokenKind::Keyword(Keyword::If),
            Self::With => kind == TokenKind::Keyword(Keyword::With),
            Self::Range => false,
        }
    }
}

impl Parser<'_> {
    /// Parses an action whose opening delimiter has been read.
    pub(super) fn action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        if let Some(text) = self.lone_literal(token) {
            return Ok(Item::Node(text));
        }
        let node = match token.kind {
            TokenKind::Keyword(Keyword::Block) => self.block()?,
            TokenKind::Keyword(Keyword::Break) => self.loop_exit("{{break}}", Node::Break)?,
            TokenKind::Keyword(Keyword::Continue) => {
                self.loop_exit("{{continue}}", Node::Continue)?
            }
            TokenKind::Keyword(Keyword::Else) => return self.else_control(),
            TokenKind::Keyword(Keyword::End) => {
                self.expect(TokenKind::RightDelim, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            TokenKind::Keyword(Keyword::If) => self.control(Control::If)?,
            TokenKind::Keyword(Keyword::Range) => self.control(Control::Range)?,
            TokenKind::Keyword(Keyword::Template) => self.template()?,
            TokenKind::Keyword(Keyword::With) => self.control(Control::With)?,
            _ => {
                self.backup();
                let start = self.peek().start;
                let pipe = self.pipeline("command", TokenKind::RightDelim)?;
                let span = self.span(start, start);
                Node::Action(super::Span { end: pipe.span.end, ..span }, pipe)
            }
        };
        Ok(Item::Node(node))
    }

    /// Takes an action that is one raw string, as charts write braces, for the text that it writes.
    fn lone_literal(&mut self, token: Token) -> Option<Node> {
        let closes = self.text[token.end as usize..].starts_with("}}");
        if token.kind != TokenKind::RawString || !closes {
            return None;
        }
        let span = super::Span { end: token.end - 1, ..self.span(token.start + 1, token.start) };
        let text = span.text(self.text);
        // Go drops carriage returns; a blank one would look like no action to a redefinition.
        if text.contains('\r') || text.trim().is_empty() {
            return None;
        }
        self.next();
        Some(Node::Text(span))
    }

    fn loop_exit(&mut self, text: &str, node: Node) -> Result<Node> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelim {
            return Err(self.unexpected(token, text));
        }
        if self.tree.range_depth == 0 {
            return Err(self.error(format!("{text} outside {{{{range}}}}")));
        }
        Ok(node)
    }

    /// Parses after `else`; an `if` or `with` that follows it is left for the next control.
    fn else_control(&mut self) -> Result<Item> {
        let follows = self.peek_non_space().kind;
        if !Control::If.continues_with(follows) && !Control::With.continues_with(follows) {
            self.expect(TokenKind::RightDelim, "else")?;
        }
        Ok(Item::Ending(Ending::Else))
    }

    fn control(&mut self, control: Control) -> Result<Node> {
        let known = self.tree.variables.len();
        let branch = self.nested(TOO_DEEP, |parser| parser.branch(control))?;
        self.tree.variables.truncate(known);
        Ok(match control {
            Control::If => Node::If(branch),
            Control::With => Node::With(branch),
            Control::Range => Node::Range(branch),
        })
    }

    fn branch(&mut self, control: Control) -> Result<Box<Branch>> {
        let pipe = self.pipeline(control.word(), TokenKind::RightDelim)?;
        let in_range = usize::from(control == Control::Range);
        self.tree.range_depth += in_range;
        let (list, ending) = self.item_list()?;
        self.tree.range_depth -= in_range;
        let else_list = match ending {
            Ending::End => None,
            Ending::Else => Some(self.else_list(control)?),
        };
        Ok(Box::new(Branch { pipe, list, else_list }))
    }

    fn else_list(&mut self, control: Control) -> Result<Box<[Node]>> {
        let follows = self.peek().kind;
        if control.continues_with(follows) {
            // `{{ else if }}` is an `if` in the `else`, whose end is also this one's.
            self.next();
            return Ok([self.control(control)?].into());
        }
        let (list, ending) = self.item_list()?;
        if ending != Ending::End {
            return Err(self.error(format!("expected end; found {}", ending.text())));
        }
        Ok(list)
    }

    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != TokenKind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, TokenKind::RightDelim)?);
        }
        Ok(self.call(token, name, pipe))
    }

    fn call(&self, token: Token, name: Rc<str>, pipe: Option<Pipe>) -> Node {
        let end = pipe.as_ref().map_or(token.end, |pipe| pipe.span.end);
        let span = super::Span { end, ..self.span(token.start, token.start) };
        Node::Template(Box::new(Call { span, name, pipe }))
    }

    fn template_name(&mut self, token: Token, context: &str) -> Result<Rc<str>> {
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let name =
            unquote(self.text(token)).ok_or_else(|| self.error("invalid syntax".to_owned()))?;
        Ok(String::from_utf8_lossy(&name).into())
    }

    /// Parses `define`, whose keyword has been read.
    pub(super) fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.tree, Tree::new("definition".into()));
        let token = self.next_non_space();
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(self.unexpected(token, CONTEXT));
        }
        self.tree.name = self.template_name(token, CONTEXT)?;
        self.expect(TokenKind::RightDelim, CONTEXT)?;
        self.body(CONTEXT)?;
        self.tree = outer;
        Ok(())
    }

    /// Parses `block`, whose keyword has been read: a definition and a call of it.
    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        self.nested(TOO_DEEP, |parser| {
            let outer = std::mem::replace(&mut parser.tree, Tree::new(name.clone()));
            parser.body(CONTEXT)?;
            parser.tree = outer;
            Ok(())
        })?;
        Ok(self.call(token, name, Some(pipe)))
    }

    /// Parses the body of a definition and adds it.
    fn body(&mut self, context: &str) -> Result<()> {
        let (root, ending) = self.item_list()?;
        if ending != Ending::End {
            return Err(self.error(format!("unexpected {} in {context}", ending.text())));
        }
        self.add(root)
    }
}
