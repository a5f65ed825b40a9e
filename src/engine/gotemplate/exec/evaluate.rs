//! Pipelines, commands, fields: from an expression to its value.

use std::rc::Rc;

use super::super::ast::{Command, Number, Operand, OperandKind, Pipe, VariableName};
use super::call::{Arguments, BoundMethod};
use super::{At, Boxed, Evaluated, Result, State};
use crate::engine::value::{Map, MapType, Object, Value};

impl<'a> State<'a> {
    /// Returns the value of the last command, and gives it to the variables.
    pub(super) fn pipeline(&mut self, dot: &Evaluated, pipe: &'a Pipe) -> Result<Evaluated> {
        self.at = At::Pipe(pipe);
        let Some((last, first)) = pipe.commands.split_last() else {
            return Ok(Evaluated::default());
        };
        self.trace_begin_pipeline();
        let mut value = Evaluated::default();
        for (index, command) in first.iter().enumerate() {
            let passed = (index > 0).then_some(&mut value);
            value = self.command(dot, command, passed)?;
            // Between commands a value is what it is, not what a map or list holds.
            value.boxed = Boxed::No;
        }
        let passed = (!first.is_empty()).then_some(&mut value);
        let mut result = self.command(dot, last, passed);
        if let Ok(value) = &mut result {
            value.boxed = Boxed::No;
        }
        if pipe.variables.is_empty() {
            self.trace_end_pipeline(pipe);
            return result;
        }
        let value = result?;
        for variable in &pipe.variables {
            if pipe.assigns {
                self.set_variable(variable.id, &variable.text, value.clone())?;
            } else {
                self.variables.push((variable.id, value.clone()));
            }
        }
        self.trace_end_pipeline(pipe);
        Ok(value)
    }

    /// Changes the last declared variable of this name.
    pub(super) fn set_variable(&mut self, id: u32, name: &str, value: Evaluated) -> Result<()> {
        match self.variables[self.base..].iter_mut().rev().find(|(known, _)| *known == id) {
            Some((_, variable)) => *variable = value,
            None => return Err(self.error(format!("undefined variable: {name}"))),
        }
        Ok(())
    }

    /// Evaluates `$x` or `$x.a.b`.
    pub(super) fn variable_fields(
        &mut self,
        dot: &Evaluated,
        operand: &'a Operand,
        name: &VariableName,
        fields: &'a [Rc<str>],
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        let known = self.variables[self.base..].iter().rev().find(|(known, _)| *known == name.id);
        let Some((_, value)) = known else {
            return Err(self.error(format!("undefined variable: {}", name.text)));
        };
        if fields.is_empty() {
            let value = value.clone();
            self.trace_variable(name, &value, fields, true);
            return Ok(value);
        }
        if self.trace.is_none()
            && let Some(value) = read(value, fields, &arguments)
        {
            return Ok(value);
        }
        let value = value.clone();
        let result = self.fields(dot, &value, operand, fields, arguments);
        self.trace_variable(name, &value, fields, result.is_ok());
        result
    }

    /// Evaluates a command; `last` is what the command before it in the pipeline returned.
    fn command(
        &mut self,
        dot: &Evaluated,
        command: &'a Command,
        last: Option<&mut Evaluated>,
    ) -> Result<Evaluated> {
        let first = &command.operands[0];
        let arguments = Arguments { operands: &command.operands[1..], last };
        match &first.kind {
            OperandKind::Field(fields) => {
                self.at = At::Operand(first);
                self.dot_fields(dot, first, fields, arguments)
            }
            OperandKind::Chain(operand, fields) => {
                self.chain(dot, first, operand, fields, arguments)
            }
            OperandKind::Function(callee) => {
                self.at = At::Operand(first);
                self.call(dot, *callee, At::Command(command), arguments)
            }
            OperandKind::Pipe(pipe) => {
                self.no_arguments(first, &arguments)?;
                self.parenthesized(dot, pipe)
            }
            OperandKind::Variable(name, fields) => {
                self.at = At::Operand(first);
                if fields.is_empty() {
                    self.no_arguments(first, &arguments)?;
                }
                self.variable_fields(dot, first, name, fields, arguments)
            }
            _ => {
                self.at = At::Operand(first);
                self.no_arguments(first, &arguments)?;
                self.constant(dot, first)
            }
        }
    }

    /// Evaluates what stands alone: a literal or the dot.
    fn constant(&mut self, dot: &Evaluated, operand: &'a Operand) -> Result<Evaluated> {
        Ok(Evaluated::concrete(match &operand.kind {
            OperandKind::Dot => {
                self.trace_dot_read(dot, &[], true);
                return Ok(dot.clone());
            }
            OperandKind::Bool(truth) => Value::Bool(*truth),
            OperandKind::Number(number) => self.ideal_constant(number)?,
            OperandKind::String(literal) => literal.value.clone(),
            OperandKind::Nil => return Err(self.error("nil is not a command")),
            _ => return Err(self.error(format!("can't evaluate command {operand}"))),
        }))
    }

    fn no_arguments(&mut self, operand: &Operand, arguments: &Arguments<'_, '_>) -> Result<()> {
        if arguments.is_empty() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {}", operand.alone())))
    }

    /// Evaluates a pipeline in parentheses.
    pub(super) fn parenthesized(&mut self, dot: &Evaluated, pipe: &'a Pipe) -> Result<Evaluated> {
        self.enter()?;
        let value = self.pipeline(dot, pipe);
        self.templates.leave();
        value
    }

    /// Gives a number literal the kind that its spelling asks for.
    pub(super) fn ideal_constant(&self, number: &Number) -> Result<Value> {
        if let Some((real, imaginary)) = number.complex {
            return Ok(Value::Complex(real, imaginary));
        }
        let text = &*number.text;
        let is_hex = text.len() > 2
            && (text.starts_with("0x") || text.starts_with("0X"))
            && !text.contains(['p', 'P']);
        let looks_real =
            !is_hex && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P']);
        match (number.float, number.int) {
            (Some(float), _) if looks_real => Ok(Value::Float(float)),
            (_, Some(int)) => Ok(Value::Int(int)),
            _ => Err(self.error(format!("{text} overflows int"))),
        }
    }

    pub(super) fn chain(
        &mut self,
        dot: &Evaluated,
        operand: &'a Operand,
        receiver: &'a Operand,
        fields: &'a [Rc<str>],
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        self.at = At::Operand(operand);
        let mark = self.trace_mark();
        let value = match &receiver.kind {
            OperandKind::Nil => {
                return Err(self.error(format!("indirection through explicit nil in {operand}")));
            }
            OperandKind::Pipe(pipe) => {
                self.at = At::Operand(receiver);
                self.parenthesized(dot, pipe)?
            }
            OperandKind::Function(callee) => {
                self.at = At::Operand(receiver);
                self.call(dot, *callee, At::Operand(receiver), Arguments::default())?
            }
            _ => self.constant(dot, receiver)?,
        };
        let result = self.fields(dot, &value, operand, fields, arguments);
        self.trace_chain(mark, &value, fields, result.is_ok());
        result
    }

    /// Evaluates `.a.b.c` of the dot.
    pub(super) fn dot_fields(
        &mut self,
        dot: &Evaluated,
        operand: &'a Operand,
        fields: &'a [Rc<str>],
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        let result = self.fields(dot, dot, operand, fields, arguments);
        self.trace_dot_read(dot, fields, result.is_ok());
        result
    }

    /// Evaluates `.a.b.c`, the last of which may be a method that gets the arguments.
    fn fields(
        &mut self,
        dot: &Evaluated,
        receiver: &Evaluated,
        operand: &'a Operand,
        fields: &'a [Rc<str>],
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        if let Some(value) = read(receiver, fields, &arguments) {
            return Ok(value);
        }
        let mut value = receiver.clone();
        let Some((last, path)) = fields.split_last() else { return Ok(value) };
        for field in path {
            value = self.field(dot, field, operand, value, Arguments::default())?;
        }
        self.field(dot, last, operand, value, arguments)
    }

    fn field(
        &mut self,
        dot: &Evaluated,
        name: &str,
        operand: &'a Operand,
        receiver: Evaluated,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        match &receiver.value {
            Value::Nil if receiver.is_boxed() => {
                Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Value::Nil => Ok(Evaluated::default()),
            Value::Object(object) => match object.method(name) {
                Some(method) => {
                    self.call_method(dot, method, &**object, At::Operand(operand), arguments)
                }
                None => self.object_field(&**object, name, &receiver, &arguments),
            },
            value if let Some(method) = BoundMethod::of(value, name) => {
                self.call_bound(dot, method, value, At::Operand(operand), arguments)
            }
            Value::Map(_) if !arguments.is_empty() => {
                Err(self.error(format!("{name} is not a method but has arguments")))
            }
            Value::Map(map) => Ok(element(map, name)),
            _ => Err(self.no_field(name, &receiver)),
        }
    }

    fn object_field(
        &self,
        object: &dyn Object,
        name: &str,
        receiver: &Evaluated,
        arguments: &Arguments<'_, '_>,
    ) -> Result<Evaluated> {
        let Some(value) = object.field(name) else { return Err(self.no_field(name, receiver)) };
        if !arguments.is_empty() {
            return Err(self.error(if object.entries().is_some() {
                format!("{name} is not a method but has arguments")
            } else {
                format!("{name} has arguments but cannot be invoked as function")
            }));
        }
        Ok(Evaluated::concrete(value))
    }

    fn no_field(&self, name: &str, receiver: &Evaluated) -> Box<super::Error> {
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}

/// Reads `.a.b.c` where all of it are elements of maps, as nearly all fields of charts are.
fn read(
    receiver: &Evaluated,
    fields: &[Rc<str>],
    arguments: &Arguments<'_, '_>,
) -> Option<Evaluated> {
    let Value::Map(map) = &receiver.value else { return None };
    if !arguments.is_empty() {
        return None;
    }
    map.at_path(fields, |value, map_type| Evaluated {
        value: value.cloned().unwrap_or_else(|| map_type.zero()),
        boxed: Boxed::from(map_type != MapType::Strings),
    })
}

/// Reads an element of a map; one that is missing is the zero value, as Helm asks of Go.
fn element(map: &Map, name: &str) -> Evaluated {
    Evaluated { value: map.element(name), boxed: Boxed::from(map.map_type() != MapType::Strings) }
}
