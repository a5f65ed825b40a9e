//! The parsed template: nodes with their place in the text, and Go's way of printing them back.
//!
//! Every node knows its bytes in the source. `at` is where Go says that it is, which is sometimes in
//! the middle (`.a.b` is at `.b`); error texts need that one, excerpts need the true start.

use std::cell::Cell;
use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

use super::builtins::Builtin;
use super::quote::quote;
use crate::engine::functions::Function;
use crate::engine::value::Value;

/// A text that templates were parsed from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name that error texts give it.
    pub(crate) name: Rc<str>,
    pub(crate) text: Rc<str>,
}

/// A named template.
pub(crate) struct Template {
    pub(crate) name: Rc<str>,
    pub(crate) source: Rc<Source>,
    pub(crate) root: Box<[Node]>,
    /// How many includes of it are running.
    pub(crate) includes: Cell<u32>,
}

impl Template {
    /// Says whether there is nothing in it but space, comments and definitions.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| match node {
            Node::Text(span) => span.text(&self.source.text).trim_matches(is_go_space).is_empty(),
            _ => false,
        })
    }
}

/// Says what Go's `bytes.TrimSpace` trims.
fn is_go_space(rune: char) -> bool {
    rune.is_whitespace()
}

/// Where a node stands in the source, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where Go says that it is.
    pub(crate) at: u32,
}

impl Span {
    /// Returns the piece of `text`.
    pub(crate) fn text(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// What stands between, or is, an action.
pub(crate) enum Node {
    Text(Span),
    Action(Span, Pipe),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<Call>),
    Break,
    Continue,
}

/// `if`, `with` and `range`.
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: Box<[Node]>,
    pub(crate) else_list: Option<Box<[Node]>>,
}

/// `{{ template "name" pipe }}`
pub(crate) struct Call {
    pub(crate) span: Span,
    pub(crate) name: Rc<str>,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands that feed each other, and the variables that get the result.
pub(crate) struct Pipe {
    pub(crate) span: Span,
    pub(crate) assigns: bool,
    pub(crate) variables: Box<[Rc<VariableName>]>,
    pub(crate) commands: Box<[Command]>,
}

/// A variable by its name; names of one source are numbered, to be compared quickly.
pub(crate) struct VariableName {
    pub(crate) id: u32,
    pub(crate) text: Rc<str>,
}

/// A function, method or field with its arguments, or a lone operand.
pub(crate) struct Command {
    pub(crate) span: Span,
    /// At least one: what is called comes first.
    pub(crate) operands: Box<[Operand]>,
}

/// An argument, or what is called.
pub(crate) struct Operand {
    pub(crate) span: Span,
    pub(crate) kind: OperandKind,
}

/// What an operand is.
pub(crate) enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    String(Rc<Literal>),
    /// `.a.b`
    Field(Rc<[Rc<str>]>),
    /// `$x.a.b`
    Variable(Rc<VariableName>, Rc<[Rc<str>]>),
    /// `(…).a.b` or `f.a.b`
    Chain(Box<Operand>, Rc<[Rc<str>]>),
    Function(Callee),
    Pipe(Box<Pipe>),
}

/// A string literal.
pub(crate) struct Literal {
    /// The text as it is written, quotes included.
    pub(crate) text: Rc<str>,
    pub(crate) value: Value,
}

/// A function that a template names.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// One of Go's own that works on any value.
    Builtin(&'static Builtin),
    /// One of the library.
    Library(&'static Function),
}

impl Callee {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Builtin(builtin) => builtin.name,
            Self::Library(function) => function.name,
        }
    }
}

/// A number literal, under every kind that can hold it, as Go's ideal constants.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) text: Rc<str>,
    pub(crate) int: Option<i64>,
    pub(crate) unsigned: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Display for Call {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{{template {}", quote(self.name.as_bytes()))?;
        if let Some(pipe) = &self.pipe {
            write!(formatter, " {pipe}")?;
        }
        formatter.write_str("}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.variables.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(formatter, "{comma}{}", variable.text)?;
        }
        if !self.variables.is_empty() {
            formatter.write_str(if self.assigns { " = " } else { " := " })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            let pipe = if index > 0 { " | " } else { "" };
            write!(formatter, "{pipe}{command}")?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, operand) in self.operands.iter().enumerate() {
            let space = if index > 0 { " " } else { "" };
            write!(formatter, "{space}{operand}")?;
        }
        Ok(())
    }
}

/// Prints a pipeline in parentheses, as Go does wherever one is an operand. (Go's own text of a lone
/// parenthesised pipeline has none; see [`Operand::alone`].)
impl Display for Operand {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let fields = match &self.kind {
            OperandKind::Dot => return formatter.write_str("."),
            OperandKind::Nil => return formatter.write_str("nil"),
            OperandKind::Bool(truth) => return truth.fmt(formatter),
            OperandKind::Number(number) => return formatter.write_str(&number.text),
            OperandKind::String(literal) => return formatter.write_str(&literal.text),
            OperandKind::Function(callee) => return formatter.write_str(callee.name()),
            OperandKind::Pipe(pipe) => return write!(formatter, "({pipe})"),
            OperandKind::Field(fields) => fields,
            OperandKind::Variable(variable, fields) => {
                formatter.write_str(&variable.text)?;
                fields
            }
            OperandKind::Chain(operand, fields) => {
                operand.fmt(formatter)?;
                fields
            }
        };
        fields.iter().try_for_each(|field| write!(formatter, ".{field}"))
    }
}

impl Operand {
    /// Returns Go's text of the operand as a node of its own, where a pipeline has no parentheses.
    pub(crate) fn alone(&self) -> String {
        match &self.kind {
            OperandKind::Pipe(pipe) => pipe.to_string(),
            _ => self.to_string(),
        }
    }
}
