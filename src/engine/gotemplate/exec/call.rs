//! Calls of functions and methods: argument counts, argument lists, results.

use std::rc::Rc;

use super::super::ast::{Callee, Operand};
use super::super::builtins::{Action, Builtin, not_callable};
use super::{At, Evaluated, Result, State};
use crate::engine::functions::{Error, Function, Type};
use crate::engine::value::{List, ListType, Map, MapType, Method, Object, Value};

/// What a call gets: operands that follow its name, and what the pipe passes.
#[derive(Default)]
pub(super) struct Arguments<'a> {
    pub(super) operands: &'a [Operand],
    pub(super) last: Option<Evaluated>,
}

impl Arguments<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.operands.is_empty() && self.last.is_none()
    }

    fn len(&self) -> usize {
        self.operands.len() + usize::from(self.last.is_some())
    }
}

/// Something that can be called.
pub(super) enum Callable {
    Builtin(&'static Builtin),
    Function(&'static Function),
    Method(&'static Method, Rc<dyn Object>),
    /// A method of a map or list of one of Helm's types.
    Bound(&'static BoundMethod, Value),
}

/// A method of a map or list of one of Helm's types.
pub(super) struct BoundMethod {
    name: &'static str,
    params: &'static [Type],
    call: fn(&Value, &[Value]) -> std::result::Result<Value, Error>,
}

static HAS: BoundMethod = BoundMethod {
    name: "Has",
    params: &[Type::String],
    call: |versions, arguments| match (versions, &arguments[0]) {
        (Value::List(versions), Value::String(wanted)) => {
            let is_wanted = |version: &Value| {
                matches!(version, Value::String(version) if version.as_bytes() == wanted.as_bytes())
            };
            Ok(Value::Bool(versions.items.iter().any(is_wanted)))
        }
        _ => Ok(Value::Bool(false)),
    },
};

static VALUES_METHODS: [BoundMethod; 3] = [
    BoundMethod {
        name: "AsMap",
        params: &[],
        call: |values, _| match values {
            Value::Map(map) => Ok(Value::Map(map.typed(MapType::Any))),
            other => Ok(other.clone()),
        },
    },
    BoundMethod { name: "Table", params: &[Type::String], call: |values, path| table(values, &path[0]) },
    BoundMethod {
        name: "PathValue",
        params: &[Type::String],
        call: |values, path| path_value(values, &path[0]),
    },
];

/// Follows a dotted path through nested maps.
fn table(values: &Value, path: &Value) -> std::result::Result<Value, Error> {
    let Value::String(path) = path else { return Ok(Value::Nil) };
    let mut table = values.clone();
    for name in path.as_str().split('.') {
        let next = if let Value::Map(map) = &table { map.get(name) } else { None };
        match next {
            Some(Value::Map(map)) => table = Value::Map(map.typed(MapType::Values)),
            _ => return Err(Error::Message(format!("{} is not a table", super::super::quote::quote(name.as_bytes())))),
        }
    }
    Ok(table)
}

/// Returns what is at the end of a dotted path, unless it is a map.
fn path_value(values: &Value, path: &Value) -> std::result::Result<Value, Error> {
    let Value::String(text) = path else { return Ok(Value::Nil) };
    let path = text.as_str();
    if path.is_empty() {
        return Err(Error::Message("YAML path cannot be empty".to_owned()));
    }
    let (parents, key) = path.rsplit_once('.').unwrap_or(("", &path));
    let parent = if parents.is_empty() { Ok(values.clone()) } else { table(values, &Value::from(parents)) };
    match parent {
        Ok(Value::Map(map)) => match map.get(key) {
            Some(Value::Map(_)) | None => {}
            Some(value) => return Ok(value),
        },
        _ => {}
    }
    Err(Error::Message(format!("{} is not a value", super::super::quote::quote(key.as_bytes()))))
}

impl From<Callee> for Callable {
    fn from(callee: Callee) -> Self {
        match callee {
            Callee::Builtin(builtin) => Self::Builtin(builtin),
            Callee::Library(function) => Self::Function(function),
        }
    }
}

impl Callable {
    /// Returns the method of a map that is one of Helm's types.
    pub(super) fn of_map(map: &Map, name: &str) -> Option<Self> {
        if !map.map_type().has_method(name) {
            return None;
        }
        let method = VALUES_METHODS.iter().find(|method| method.name == name)?;
        Some(Self::Bound(method, Value::Map(map.clone())))
    }

    /// Returns the method of a list that is one of Helm's types.
    pub(super) fn of_list(list: &List, name: &str) -> Option<Self> {
        let known = list.item_type == ListType::Versions && name == HAS.name;
        known.then(|| Self::Bound(&HAS, Value::List(list.clone())))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Builtin(builtin) => builtin.name,
            Self::Function(function) => function.name,
            Self::Method(method, _) => method.name,
            Self::Bound(method, _) => method.name,
        }
    }

    /// Returns how many parameters there are, and whether the last takes any number of arguments.
    fn arity(&self) -> (usize, bool) {
        match self {
            // A builtin's parameters beside the required ones are one variadic parameter.
            Self::Builtin(builtin) => (builtin.required + usize::from(builtin.variadic), builtin.variadic),
            Self::Function(function) => (function.params.len(), function.variadic),
            Self::Method(method, _) => (method.params.len(), false),
            Self::Bound(method, _) => (method.params.len(), false),
        }
    }

    /// Returns the type of the argument at `index`.
    fn type_at(&self, index: usize) -> Type {
        match self {
            Self::Builtin(_) => Type::Any,
            Self::Function(function) => {
                let last = function.params.len() - 1;
                function.params[index.min(last)].1
            }
            Self::Method(method, _) => method.params[index],
            Self::Bound(method, _) => method.params[index],
        }
    }
}

impl<'a> State<'a> {
    /// Calls `callable`; `node` is what an error of the call is about.
    pub(super) fn call(
        &mut self,
        dot: &Evaluated,
        callable: Callable,
        node: At<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Evaluated> {
        self.check_count(&callable, &arguments)?;
        match callable {
            Callable::Builtin(builtin) => self.call_builtin(dot, builtin, node, arguments),
            callable => self.call_typed(dot, &callable, node, arguments),
        }
    }

    fn check_count(&self, callable: &Callable, arguments: &Arguments<'_>) -> Result<()> {
        let (params, variadic) = callable.arity();
        let given = arguments.len();
        let name = callable.name();
        if variadic && given < params - 1 {
            let (wanted, given) = (params - 1, arguments.operands.len());
            return Err(self.error(format!("wrong number of args for {name}: want at least {wanted} got {given}")));
        }
        if !variadic && given != params {
            return Err(self.error(format!("wrong number of args for {name}: want {params} got {given}")));
        }
        Ok(())
    }

    fn call_typed(
        &mut self,
        dot: &Evaluated,
        callable: &Callable,
        node: At<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Evaluated> {
        let mark = self.arguments.len();
        for (index, operand) in arguments.operands.iter().enumerate() {
            let value = self.argument(dot, callable.type_at(index), operand)?;
            self.arguments.push(value);
        }
        if let Some(last) = arguments.last {
            let value = self.validated(last, callable.type_at(arguments.operands.len()))?;
            self.arguments.push(value);
        }
        let given = &self.arguments[mark..];
        let result = match callable {
            Callable::Function(function) => (function.call)(self.host, given),
            Callable::Method(method, receiver) => (method.call)(&**receiver, given),
            Callable::Bound(method, receiver) => (method.call)(receiver, given),
            Callable::Builtin(_) => Ok(Value::Nil),
        };
        self.arguments.truncate(mark);
        self.result(callable.name(), node, result)
    }

    fn call_builtin(
        &mut self,
        dot: &Evaluated,
        builtin: &'static Builtin,
        node: At<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Evaluated> {
        let compute = match builtin.action {
            Action::And => return self.short_circuit(dot, false, arguments),
            Action::Or => return self.short_circuit(dot, true, arguments),
            Action::Call => None,
            Action::Compute(compute) => Some(compute),
        };
        let mark = self.evaluated.len();
        for operand in arguments.operands {
            let value = self.any_argument(dot, operand)?;
            self.evaluated.push(value);
        }
        self.evaluated.extend(arguments.last);
        let given = &self.evaluated[mark..];
        let result = match compute {
            Some(compute) => compute(given),
            None => {
                let name = arguments.operands.first().map(Operand::alone);
                Err(not_callable(&name.unwrap_or_default(), &given[0].value))
            }
        };
        self.evaluated.truncate(mark);
        self.result(builtin.name, node, result)
    }

    /// Returns the first argument whose truth is `wanted`, or the last one.
    fn short_circuit(
        &mut self,
        dot: &Evaluated,
        wanted: bool,
        arguments: Arguments<'a>,
    ) -> Result<Evaluated> {
        let mut value = Evaluated::default();
        for operand in arguments.operands {
            value = self.any_argument(dot, operand)?;
            if value.value.truth() == wanted {
                return Ok(value);
            }
        }
        Ok(arguments.last.unwrap_or(value))
    }

    fn result(
        &mut self,
        name: &str,
        node: At<'a>,
        result: std::result::Result<Value, Error>,
    ) -> Result<Evaluated> {
        match result {
            Ok(value) => {
                if let Value::String(text) = &value {
                    self.count(text.as_bytes().len())?;
                }
                Ok(Evaluated::concrete(value))
            }
            Err(error) => {
                self.at = node;
                Err(self.call_error(name, error))
            }
        }
    }
}
