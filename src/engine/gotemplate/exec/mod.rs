//! Templates with data to text, as Go's `text/template` executes them: walks nodes, keeps variables.

mod arguments;
mod call;
mod evaluate;
mod range;
mod tracing;

use super::ast::{Branch, Call, Command, Node, Operand, Pipe, Span, Template};
use super::parser::excerpt;
use super::printf::print_to;
use super::{Limit, Templates};
use crate::engine::error::{Error, Frame, Kind, Language};
use crate::engine::functions::{self, Host};
use crate::engine::trace::{Keyword, Recorder};
use crate::engine::value::{MAX_TEXT, Value};

type Result<T> = std::result::Result<T, Box<Error>>;

/// A value as Go's reflection holds it while a template runs.
#[derive(Clone, Default)]
pub(crate) struct Evaluated {
    pub(crate) value: Value,
    /// Whether its type is `interface {}`, as that of an element of a map or list is. A nil in an
    /// interface is a value, any other nil is none.
    pub(crate) boxed: Boxed,
}

/// Whether a value is in an interface; as wide as a word, since a lone byte makes every copy slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(usize)]
pub(crate) enum Boxed {
    #[default]
    No,
    Yes,
}

impl From<bool> for Boxed {
    fn from(boxed: bool) -> Self {
        if boxed { Self::Yes } else { Self::No }
    }
}

impl Evaluated {
    fn concrete(value: Value) -> Self {
        Self { value, boxed: Boxed::No }
    }

    /// Says whether its type is `interface {}`.
    pub(crate) fn is_boxed(&self) -> bool {
        self.boxed == Boxed::Yes
    }

    /// Says whether this is nothing at all, not even a nil.
    fn is_nothing(&self) -> bool {
        !self.is_boxed() && matches!(self.value, Value::Nil)
    }

    /// Returns Go's name of the type.
    fn type_name(&self) -> &str {
        if self.is_boxed() { "interface {}" } else { self.value.type_name() }
    }
}

/// Room that executions use one after the other, so that each does not ask for its own.
#[derive(Default)]
pub(super) struct Scratch {
    variables: Vec<(u32, Evaluated)>,
    arguments: Vec<Value>,
    evaluated: Vec<Evaluated>,
}

/// The execution of one template.
struct State<'a> {
    templates: &'a Templates,
    host: &'a dyn Host,
    template: &'a Template,
    /// The variables that are known, innermost last, by the number of their name.
    variables: &'a mut Vec<(u32, Evaluated)>,
    /// Where the variables of this template start.
    base: usize,
    arguments: &'a mut Vec<Value>,
    evaluated: &'a mut Vec<Evaluated>,
    out: &'a mut Vec<u8>,
    /// What is being evaluated, for errors.
    at: At<'a>,
    /// Who writes down where the text comes from, if someone wants to know.
    trace: Option<&'a Recorder>,
}

/// A node that an error can be about.
#[derive(Clone, Copy)]
enum At<'a> {
    Template,
    Operand(&'a Operand),
    Command(&'a Command),
    Pipe(&'a Pipe),
    Call(&'a Call),
}

/// What a node does to the loop around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// Executes `template` with `data` as its dot, and appends its text to `out`.
pub(super) fn execute(
    templates: &Templates,
    host: &dyn Host,
    template: &Template,
    data: Value,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut scratch = templates.take_scratch();
    let dot = Evaluated::concrete(data);
    let mut state = State {
        templates,
        host,
        template,
        variables: &mut scratch.variables,
        base: 0,
        arguments: &mut scratch.arguments,
        evaluated: &mut scratch.evaluated,
        out,
        at: At::Template,
        trace: templates.recorder(),
    };
    state.trace_begin();
    let result = state.run(&dot);
    state.trace_end();
    scratch.variables.clear();
    scratch.arguments.clear();
    scratch.evaluated.clear();
    templates.give_scratch(scratch);
    result
}

impl<'a> State<'a> {
    fn run(&mut self, dot: &Evaluated) -> Result<()> {
        self.base = self.variables.len();
        self.variables.push((0, dot.clone()));
        self.trace_root();
        let result = self.walk_list(dot, &self.template.root).map(|_| ());
        self.variables.truncate(self.base);
        result
    }

    fn walk_list(&mut self, dot: &Evaluated, nodes: &'a [Node]) -> Result<Flow> {
        for node in nodes {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Evaluated, node: &'a Node) -> Result<Flow> {
        match node {
            Node::Text(span) => {
                self.write(span.text(&self.template.source.text).as_bytes())?;
                self.trace_literal(*span);
            }
            Node::Action(span, pipe) => self.walk_action(dot, *span, pipe)?,
            Node::If(branch) => return self.walk_branch(dot, branch, Keyword::If),
            Node::With(branch) => return self.walk_branch(dot, branch, Keyword::With),
            Node::Range(branch) => return self.walk_range(dot, branch),
            Node::Template(call) => self.walk_call(dot, call)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn walk_action(&mut self, dot: &Evaluated, span: Span, pipe: &'a Pipe) -> Result<()> {
        let mark = self.trace_mark();
        // Variables that are declared here live on until the end of the block.
        let value = self.pipeline(dot, pipe)?;
        let start = self.out.len();
        if pipe.variables.is_empty() {
            self.print(&value.value)?;
        }
        self.trace_printed(span, mark, start, &value.value);
        Ok(())
    }

    /// Executes `if` and `with`, which differ only in that `with` sets the dot.
    fn walk_branch(&mut self, dot: &Evaluated, branch: &'a Branch, kind: Keyword) -> Result<Flow> {
        let mark = self.variables.len();
        let trace_mark = self.trace_mark();
        let value = self.pipeline(dot, &branch.pipe)?;
        self.trace_enter_block(kind, branch, trace_mark);
        let flow = if value.value.truth() {
            let sets_dot = kind == Keyword::With;
            self.trace_dot(sets_dot);
            let flow = self.walk_block(if sets_dot { &value } else { dot }, &branch.list);
            self.trace_dot_end(sets_dot);
            flow
        } else if let Some(list) = &branch.else_list {
            self.walk_block(dot, list)
        } else {
            Ok(Flow::Next)
        };
        self.trace_leave_block();
        self.variables.truncate(mark);
        flow
    }

    /// Walks a list one level deeper.
    fn walk_block(&mut self, dot: &Evaluated, nodes: &'a [Node]) -> Result<Flow> {
        self.enter()?;
        let flow = self.walk_list(dot, nodes);
        self.templates.leave();
        flow
    }

    /// Executes `{{ template }}`, which Go's errors do not show as a step.
    fn walk_call(&mut self, dot: &Evaluated, call: &'a Call) -> Result<()> {
        self.at = At::Call(call);
        let Some(template) = self.templates.lookup(&call.name) else {
            let name = super::quote::quote(call.name.as_bytes());
            return Err(self.error(format!("template {name} not defined")));
        };
        let mark = self.trace_mark();
        let dot = match &call.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Evaluated::default(),
        };
        let caller = self.trace_enter_template(call.span, mark);
        self.enter()?;
        let mut state = State {
            templates: self.templates,
            host: self.host,
            template: &template,
            variables: &mut *self.variables,
            base: 0,
            arguments: &mut *self.arguments,
            evaluated: &mut *self.evaluated,
            out: &mut *self.out,
            at: At::Template,
            trace: self.trace,
        };
        let result = state.run(&dot);
        self.trace_leave_template(caller);
        self.templates.leave();
        result.map_err(|error| {
            let frame = Frame { silent: true, ..self.frame(At::Call(call), String::new()) };
            Box::new(error.called_from(frame))
        })
    }

    /// Writes what `{{ value }}` shows.
    fn print(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::String(text) => self.write(text.as_bytes()),
            Value::Nil => self.write(super::NO_VALUE.as_bytes()),
            Value::Object(object) => self.write(object.display().as_bytes()),
            _ => {
                let mut text = std::mem::take(self.out);
                let start = text.len();
                let printed = print_to(&mut text, value);
                *self.out = text;
                match printed {
                    Ok(()) => self.count_written(self.out.len() - start),
                    Err(functions::Error::Message(message)) => Err(self.error(message)),
                    Err(_) => Ok(()),
                }
            }
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<()> {
        self.out.extend_from_slice(text);
        self.count_written(text.len())
    }

    fn count_written(&mut self, bytes: usize) -> Result<()> {
        if self.out.len() > MAX_TEXT {
            return Err(self.error(Limit::Text));
        }
        self.count(bytes)
    }

    /// Counts work, and fails when a template never ends.
    fn count(&mut self, bytes: usize) -> Result<()> {
        self.templates.count(bytes).map_err(|limit| self.error(limit))
    }

    fn enter(&mut self) -> Result<()> {
        self.templates.enter().map_err(|limit| self.error(limit))
    }

    /// Makes an error at the node that is being evaluated.
    #[cold]
    fn error(&self, message: impl Into<String>) -> Box<Error> {
        let frames = vec![self.frame(self.at, String::new())];
        Box::new(Error { kind: Kind::Execution, message: message.into(), frames })
    }

    /// Makes an error of one that the function `name` returned.
    fn call_error(&self, name: &str, error: functions::Error) -> Box<Error> {
        let frame = self.frame(self.at, format!("error calling {name}: "));
        let failed = |kind, message| Error { kind, message, frames: Vec::new() };
        Box::new(match error {
            functions::Error::Message(message) => {
                failed(Kind::Execution, message).called_from(frame)
            }
            functions::Error::Chart(message) => failed(Kind::Chart, message).called_from(frame),
            functions::Error::Template { doing, error } => {
                let doing = frame.doing.clone() + &doing;
                error.called_from(Frame { doing, ..frame })
            }
        })
    }

    /// Describes the place of a node.
    #[cold]
    fn frame(&self, at: At<'_>, doing: String) -> Frame {
        let (span, expression) = match at {
            At::Template => (Span { start: 0, end: 0, at: 0 }, String::new()),
            At::Operand(operand) => (operand.span, operand.alone()),
            At::Command(command) => (command.span, command.to_string()),
            At::Pipe(pipe) => (pipe.span, pipe.to_string()),
            At::Call(call) => (call.span, call.to_string()),
        };
        let source = &self.template.source;
        let before = &source.text[..span.at as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (excerpt, mark) = excerpt(&source.text, span.start as usize, span.end as usize);
        Frame {
            language: Language::Go,
            file: source.name.to_string(),
            template: Some(self.template.name.to_string()),
            line: before.matches('\n').count() + 1,
            column: Some(before.len() - line_start),
            expression,
            excerpt,
            mark,
            doing,
            silent: false,
        }
    }
}
