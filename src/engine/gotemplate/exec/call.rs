//! Calls of functions and methods: argument counts, argument lists, results.

use super::super::ast::{Callee, Operand};
use super::super::builtins::{Action, Builtin, not_callable};
use super::{At, Evaluated, Result, State};
use crate::engine::functions::{self, Error, Function, Type};
use crate::engine::value::{ListType, MapType, Method, Object, Value};

/// What a call gets: operands that follow its name, and what the pipe passes.
#[derive(Default)]
pub(super) struct Arguments<'a, 'l> {
    pub(super) operands: &'a [Operand],
    /// It is taken from where it is, as copies of it cost more than most calls.
    pub(super) last: Option<&'l mut Evaluated>,
}

impl Arguments<'_, '_> {
    pub(super) fn is_empty(&self) -> bool {
        self.operands.is_empty() && self.last.is_none()
    }

    fn len(&self) -> usize {
        self.operands.len() + usize::from(self.last.is_some())
    }
}

/// What a call checks its arguments against.
pub(super) trait Signature {
    fn name(&self) -> &'static str;
    /// Returns how many parameters there are.
    fn count(&self) -> usize;
    /// Returns the type of the argument at `index`.
    fn type_at(&self, index: usize) -> Type;
    /// Says whether the last parameter takes any number of arguments.
    fn is_variadic(&self) -> bool {
        false
    }
}

impl Signature for Function {
    fn name(&self) -> &'static str {
        self.name
    }

    fn count(&self) -> usize {
        self.params.len()
    }

    fn type_at(&self, index: usize) -> Type {
        self.params[index.min(self.params.len() - 1)].1
    }

    fn is_variadic(&self) -> bool {
        self.variadic
    }
}

impl Signature for Builtin {
    fn name(&self) -> &'static str {
        self.name
    }

    // The parameters beside the required ones are one variadic parameter.
    fn count(&self) -> usize {
        self.required + usize::from(self.variadic)
    }

    fn type_at(&self, _index: usize) -> Type {
        Type::Any
    }

    fn is_variadic(&self) -> bool {
        self.variadic
    }
}

impl Signature for Method {
    fn name(&self) -> &'static str {
        self.name
    }

    fn count(&self) -> usize {
        self.params.len()
    }

    fn type_at(&self, index: usize) -> Type {
        self.params[index]
    }
}

/// A method of a map or list of one of Helm's types.
pub(super) struct BoundMethod {
    name: &'static str,
    params: &'static [Type],
    call: fn(&Value, &[Value]) -> std::result::Result<Value, Error>,
}

impl Signature for BoundMethod {
    fn name(&self) -> &'static str {
        self.name
    }

    fn count(&self) -> usize {
        self.params.len()
    }

    fn type_at(&self, index: usize) -> Type {
        self.params[index]
    }
}

impl BoundMethod {
    /// Returns the method `name` of a map or list.
    pub(super) fn of(value: &Value, name: &str) -> Option<&'static Self> {
        match value {
            Value::Map(map) if map.map_type().has_method(name) => {
                VALUES_METHODS.iter().find(|method| method.name == name)
            }
            Value::List(list) if list.item_type == ListType::Versions && name == HAS.name => {
                Some(&HAS)
            }
            _ => None,
        }
    }
}

static HAS: BoundMethod = BoundMethod {
    name: "Has",
    params: &[Type::String],
    call: |versions, arguments| match (versions, &arguments[0]) {
        (Value::List(versions), Value::String(wanted)) => {
            let is_wanted = |version: &Value| matches!(version, Value::String(version) if version.as_bytes() == wanted.as_bytes());
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
    BoundMethod {
        name: "Table",
        params: &[Type::String],
        call: |values, path| table(values, &path[0]),
    },
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
            _ => {
                return Err(Error::Message(format!(
                    "{} is not a table",
                    super::super::quote::quote(name.as_bytes())
                )));
            }
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
    let parent =
        if parents.is_empty() { Ok(values.clone()) } else { table(values, &Value::from(parents)) };
    if let Ok(Value::Map(map)) = parent
        && let Some(value) = map.get(key)
        && !matches!(value, Value::Map(_))
    {
        return Ok(value);
    }
    Err(Error::Message(format!("{} is not a value", super::super::quote::quote(key.as_bytes()))))
}

impl<'a> State<'a> {
    /// Calls a function; `node` is what an error of the call is about.
    pub(super) fn call(
        &mut self,
        dot: &Evaluated,
        callee: Callee,
        node: At<'a>,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        match callee {
            Callee::Builtin(builtin) => self.call_builtin(dot, builtin, node, arguments),
            Callee::Library(function) => {
                let host = self.host;
                self.call_typed(dot, function, node, arguments, |given| {
                    (function.call)(host, given)
                })
            }
        }
    }

    /// Calls a method of a map or list.
    pub(super) fn call_bound(
        &mut self,
        dot: &Evaluated,
        method: &'static BoundMethod,
        receiver: &Value,
        node: At<'a>,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        self.call_typed(dot, method, node, arguments, |given| (method.call)(receiver, given))
    }

    /// Calls a method of an object.
    pub(super) fn call_method(
        &mut self,
        dot: &Evaluated,
        method: &'static Method,
        receiver: &dyn Object,
        node: At<'a>,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        self.call_typed(dot, method, node, arguments, |given| (method.call)(receiver, given))
    }

    fn check_count(&self, signature: &impl Signature, arguments: &Arguments<'_, '_>) -> Result<()> {
        let (params, given) = (signature.count(), arguments.len());
        if given == params || signature.is_variadic() && given + 1 >= params {
            return Ok(());
        }
        let name = signature.name();
        Err(self.error(if signature.is_variadic() {
            let (wanted, given) = (params - 1, arguments.operands.len());
            format!("wrong number of args for {name}: want at least {wanted} got {given}")
        } else {
            format!("wrong number of args for {name}: want {params} got {given}")
        }))
    }

    fn call_typed(
        &mut self,
        dot: &Evaluated,
        signature: &impl Signature,
        node: At<'a>,
        arguments: Arguments<'a, '_>,
        call: impl FnOnce(&[Value]) -> std::result::Result<Value, Error>,
    ) -> Result<Evaluated> {
        self.check_count(signature, &arguments)?;
        self.trace_begin_call();
        let mark = self.arguments.len();
        for (index, operand) in arguments.operands.iter().enumerate() {
            let value = self.argument(dot, signature.type_at(index), operand)?;
            self.arguments.push(value);
            self.trace_argument();
        }
        if let Some(last) = arguments.last {
            let value =
                self.validated(std::mem::take(last), signature.type_at(arguments.operands.len()))?;
            self.arguments.push(value);
        }
        let result = call(&self.arguments[mark..]);
        let work = work(self.arguments[mark..].iter(), &result);
        if let Some(trace) = self.trace {
            let given: Vec<&Value> = self.arguments[mark..].iter().collect();
            trace.end_call(signature.name(), &given, result.as_ref().ok());
        }
        self.arguments.truncate(mark);
        self.result(signature.name(), node, result, work)
    }

    fn call_builtin(
        &mut self,
        dot: &Evaluated,
        builtin: &'static Builtin,
        node: At<'a>,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        self.check_count(builtin, &arguments)?;
        let compute = match builtin.action {
            Action::And => return self.short_circuit(dot, false, arguments),
            Action::Or => return self.short_circuit(dot, true, arguments),
            Action::Call => None,
            Action::Compute(compute) => Some(compute),
        };
        self.trace_begin_call();
        let mark = self.evaluated.len();
        for operand in arguments.operands {
            let value = self.any_argument(dot, operand)?;
            self.evaluated.push(value);
            self.trace_argument();
        }
        self.evaluated.extend(arguments.last.map(std::mem::take));
        let given = &self.evaluated[mark..];
        let result = match compute {
            Some(compute) => compute(given),
            None => {
                let name = arguments.operands.first().map(Operand::alone);
                Err(not_callable(&name.unwrap_or_default(), &given[0].value))
            }
        };
        if let Some(trace) = self.trace {
            let given: Vec<&Value> = given.iter().map(|given| &given.value).collect();
            trace.end_call(builtin.name, &given, result.as_ref().ok());
        }
        let given = self.evaluated[mark..].iter().map(|argument| &argument.value);
        let work = work(given, &result);
        self.evaluated.truncate(mark);
        self.result(builtin.name, node, result, work)
    }

    /// Returns the first argument whose truth is `wanted`, or the last one.
    fn short_circuit(
        &mut self,
        dot: &Evaluated,
        wanted: bool,
        arguments: Arguments<'a, '_>,
    ) -> Result<Evaluated> {
        let mut value = Evaluated::default();
        for operand in arguments.operands {
            value = self.any_argument(dot, operand)?;
            if value.value.truth() == wanted {
                return Ok(value);
            }
        }
        Ok(arguments.last.map_or(value, std::mem::take))
    }

    fn result(
        &mut self,
        name: &str,
        node: At<'a>,
        result: std::result::Result<Value, Error>,
        work: usize,
    ) -> Result<Evaluated> {
        match result {
            Ok(value) => {
                self.count(work)?;
                Ok(Evaluated::concrete(value))
            }
            Err(error) => {
                self.at = node;
                Err(self.call_error(name, error))
            }
        }
    }
}

/// Returns how many bytes of work a call was.
fn work<'a>(
    arguments: impl Iterator<Item = &'a Value>,
    result: &std::result::Result<Value, Error>,
) -> usize {
    functions::work(arguments, result.as_ref().unwrap_or(&Value::Nil))
}
