//! What templates name in their text: the fields of `.Values`, and the fields of anything else.

use std::rc::Rc;

use super::ast::{Command, Node, Operand, OperandKind, Pipe, Template};
use crate::engine::trace::{Mentioned, VALUES};
use crate::engine::value::Value;

/// Adds what a template names, in every branch of it.
pub(super) fn template(template: &Template, mentioned: &mut Mentioned) {
    Reader { chart: chart(&template.source.name), mentioned }.nodes(&template.root);
}

/// Returns the names that lead from the root chart to that of a file; a partial serves any chart.
fn chart(file: &str) -> Option<Vec<String>> {
    if file.rsplit('/').next().is_some_and(|name| name.starts_with('_')) {
        return None;
    }
    let mut parts = file.split('/').skip(1);
    let mut path = Vec::new();
    while parts.next() == Some("charts") {
        path.extend(parts.next().map(str::to_owned));
    }
    Some(path)
}

struct Reader<'m> {
    chart: Option<Vec<String>>,
    mentioned: &'m mut Mentioned,
}

impl Reader<'_> {
    fn nodes(&mut self, list: &[Node]) {
        for node in list {
            match node {
                Node::Action(_, pipe) => self.pipe(pipe),
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    self.pipe(&branch.pipe);
                    self.nodes(&branch.list);
                    self.nodes(branch.else_list.as_deref().unwrap_or_default());
                }
                Node::Template(call) => call.pipe.iter().for_each(|pipe| self.pipe(pipe)),
                Node::Text(_) | Node::Break | Node::Continue => {}
            }
        }
    }

    fn pipe(&mut self, pipe: &Pipe) {
        pipe.commands.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &Command) {
        for operand in &command.operands {
            self.operand(operand);
            // `index .Values "a"` and `hasKey $x "a"` name a field too.
            if let OperandKind::String(literal) = &operand.kind
                && let Value::String(text) = &literal.value
            {
                self.mentioned.fields.insert(text.as_str().into_owned());
            }
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match &operand.kind {
            OperandKind::Field(names) | OperandKind::Variable(_, names) => self.fields(names),
            OperandKind::Chain(receiver, names) => {
                self.operand(receiver);
                self.fields(names);
            }
            OperandKind::Pipe(pipe) => self.pipe(pipe),
            _ => {}
        }
    }

    fn fields(&mut self, names: &[Rc<str>]) {
        let owned = |names: &[Rc<str>]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        match names.iter().position(|name| &**name == VALUES) {
            Some(at) => {
                self.mentioned.values.insert((self.chart.clone(), owned(&names[at + 1..])));
            }
            None => self.mentioned.fields.extend(owned(names)),
        }
    }
}
