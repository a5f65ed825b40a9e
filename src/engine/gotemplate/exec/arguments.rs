//! Arguments against the types of parameters, with the words of Go's reflection.

use super::super::ast::{Operand, OperandKind};
use super::call::Arguments;
use super::{At, Evaluated, Result, State};
use crate::engine::functions::Type;
use crate::engine::value::{List, ListType, Map, MapType, Value};

impl<'a> State<'a> {
    /// Evaluates an argument for a parameter of a type.
    pub(super) fn argument(
        &mut self,
        dot: &Evaluated,
        wanted: Type,
        operand: &'a Operand,
    ) -> Result<Value> {
        self.at = At::Operand(operand);
        if let Some(value) = self.expression(dot, operand)? {
            return self.validated(value, wanted);
        }
        match &operand.kind {
            OperandKind::Nil => match zero(wanted) {
                Some(value) => Ok(value),
                None => Err(self.error(format!("cannot assign nil to {}", wanted.name()))),
            },
            _ if wanted == Type::Any => self.literal(operand),
            _ => self.typed_literal(wanted, operand),
        }
    }

    /// Evaluates an argument for a parameter that takes anything.
    pub(super) fn any_argument(
        &mut self,
        dot: &Evaluated,
        operand: &'a Operand,
    ) -> Result<Evaluated> {
        self.at = At::Operand(operand);
        if let Some(value) = self.expression(dot, operand)? {
            return Ok(value);
        }
        match operand.kind {
            OperandKind::Nil => Ok(Evaluated::default()),
            _ => self.literal(operand).map(Evaluated::concrete),
        }
    }

    /// Evaluates an operand that is no literal.
    fn expression(&mut self, dot: &Evaluated, operand: &'a Operand) -> Result<Option<Evaluated>> {
        let none = Arguments::default();
        Ok(Some(match &operand.kind {
            OperandKind::Dot => {
                self.trace_dot_read(dot, &[], true);
                dot.clone()
            }
            OperandKind::Field(fields) => self.dot_fields(dot, operand, fields, none)?,
            OperandKind::Variable(name, fields) => {
                self.variable_fields(dot, operand, name, fields, none)?
            }
            OperandKind::Pipe(pipe) => self.parenthesized(dot, pipe)?,
            OperandKind::Function(callee) => self.call(dot, *callee, At::Operand(operand), none)?,
            OperandKind::Chain(receiver, fields) => {
                self.chain(dot, operand, receiver, fields, none)?
            }
            _ => return Ok(None),
        }))
    }

    fn literal(&self, operand: &Operand) -> Result<Value> {
        match &operand.kind {
            OperandKind::Bool(truth) => Ok(Value::Bool(*truth)),
            OperandKind::Number(number) => self.ideal_constant(number),
            OperandKind::String(literal) => Ok(literal.value.clone()),
            _ => Err(self.error(format!(
                "can't handle assignment of {operand} to empty interface argument"
            ))),
        }
    }

    /// Takes a literal as a parameter's type; a number may be of any kind that holds it.
    fn typed_literal(&self, wanted: Type, operand: &Operand) -> Result<Value> {
        let number =
            if let OperandKind::Number(number) = &operand.kind { Some(&**number) } else { None };
        let (value, name) = match wanted {
            Type::Bool => (
                if let OperandKind::Bool(truth) = &operand.kind {
                    Some(Value::Bool(*truth))
                } else {
                    None
                },
                "bool",
            ),
            Type::String => (
                if let OperandKind::String(literal) = &operand.kind {
                    Some(literal.value.clone())
                } else {
                    None
                },
                "string",
            ),
            Type::Int => (number.and_then(|number| number.int).map(Value::Int), "integer"),
            Type::Int64 => (number.and_then(|number| number.int).map(Value::Int64), "integer"),
            Type::Float => (number.and_then(|number| number.float).map(Value::Float), "float"),
            _ => {
                let wanted = wanted.name();
                return Err(self.error(format!("can't handle {operand} for arg of type {wanted}")));
            }
        };
        value.ok_or_else(|| self.error(format!("expected {name}; found {operand}")))
    }

    /// Takes a value as a parameter's type, or fails as Go's reflection would.
    pub(super) fn validated(&self, value: Evaluated, wanted: Type) -> Result<Value> {
        if wanted == Type::Any || is_assignable(&value.value, wanted) {
            return Ok(value.value);
        }
        if value.is_nothing() {
            return zero(wanted)
                .ok_or_else(|| self.error(format!("invalid value; expected {}", wanted.name())));
        }
        let found = if matches!(value.value, Value::Nil) {
            "interface {}"
        } else {
            value.value.type_name()
        };
        Err(self.error(format!("wrong type for value; expected {}; got {found}", wanted.name())))
    }
}

/// Returns the zero value of a type that can be nil.
fn zero(wanted: Type) -> Option<Value> {
    match wanted {
        Type::Any => Some(Value::Nil),
        Type::Map => Some(Value::Map(Map::default())),
        Type::List => Some(Value::List(List::nil_if_empty(Vec::new(), ListType::Any))),
        Type::Strings => Some(Value::List(List::nil_if_empty(Vec::new(), ListType::Strings))),
        Type::Bytes => Some(Value::Bytes(Vec::new().into())),
        _ => None,
    }
}

/// Says whether a value is of a type, or of one that Go assigns to it.
fn is_assignable(value: &Value, wanted: Type) -> bool {
    match (value, wanted) {
        (Value::String(_), Type::String)
        | (Value::Int(_), Type::Int)
        | (Value::Int64(_), Type::Int64)
        | (Value::Float(_), Type::Float)
        | (Value::Bool(_), Type::Bool)
        | (Value::Bytes(_), Type::Bytes) => true,
        (Value::List(list), Type::Strings) => {
            matches!(list.item_type, ListType::Strings | ListType::Versions)
        }
        (Value::List(list), Type::List) => list.item_type == ListType::Any,
        (Value::Map(map), Type::Map) => map.map_type() != MapType::Strings,
        (Value::Object(object), Type::Time | Type::Duration) => object.type_name() == wanted.name(),
        _ => false,
    }
}
