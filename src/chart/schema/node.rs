//! A schema made ready for checking: its keywords as types, its subschemas as numbers.

use std::collections::BTreeMap;

use regex::Regex;

use super::draft::Draft;
use super::load::Unloaded;
use super::number::Number;
use crate::yaml::Value;

/// Which schema, of all that one document leads to.
pub(super) type NodeId = usize;

/// All schemas that one document leads to; the first is the document's own.
#[derive(Debug, Default)]
pub(super) struct Nodes<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The addresses at which anything fits.
    pub(super) unloaded: Unloaded,
}

/// A schema; a keyword that is not there is none, empty or false.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// The address of the document, and the pointer in it.
    pub(super) location: String,
    pub(super) draft: Draft,
    /// The schema of the resource that this one belongs to.
    pub(super) resource: NodeId,
    /// For the schema of a resource: what a `$dynamicRef` finds in it.
    pub(super) dynamic_anchors: BTreeMap<String, NodeId>,
    /// The schema is only `true` or `false`.
    pub(super) truth: Option<bool>,

    pub(super) reference: Option<NodeId>,
    pub(super) recursive_reference: Option<NodeId>,
    pub(super) recursive_anchor: bool,
    pub(super) dynamic_reference: Option<(NodeId, Option<String>)>,
    pub(super) dynamic_anchor: Option<&'a str>,

    pub(super) types: Types,
    pub(super) enumeration: Option<&'a [Value]>,
    pub(super) constant: Option<&'a Value>,
    pub(super) format: Option<&'a str>,
    pub(super) not: Option<NodeId>,
    pub(super) all_of: Vec<NodeId>,
    pub(super) any_of: Vec<NodeId>,
    pub(super) one_of: Vec<NodeId>,
    pub(super) condition: Option<NodeId>,
    pub(super) then: Option<NodeId>,
    pub(super) otherwise: Option<NodeId>,

    pub(super) properties: BTreeMap<&'a str, NodeId>,
    pub(super) pattern_properties: Vec<(Regex, NodeId)>,
    pub(super) additional_properties: Option<Additional>,
    pub(super) property_names: Option<NodeId>,
    pub(super) required: Vec<&'a str>,
    pub(super) min_properties: Option<i64>,
    pub(super) max_properties: Option<i64>,
    pub(super) dependencies: BTreeMap<&'a str, Dependency<'a>>,
    pub(super) dependent_schemas: BTreeMap<&'a str, NodeId>,
    pub(super) dependent_required: BTreeMap<&'a str, Vec<&'a str>>,
    pub(super) unevaluated_properties: Option<NodeId>,

    /// The schemas of the first items.
    pub(super) first_items: Vec<NodeId>,
    /// What holds for the items after them.
    pub(super) other_items: Option<Additional>,
    pub(super) min_items: Option<i64>,
    pub(super) max_items: Option<i64>,
    pub(super) unique_items: bool,
    pub(super) contains: Option<NodeId>,
    pub(super) min_contains: Option<i64>,
    pub(super) max_contains: Option<i64>,
    pub(super) unevaluated_items: Option<NodeId>,

    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pub(super) pattern: Option<(Regex, &'a str)>,

    pub(super) minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
    pub(super) exclusive_minimum: Option<Number>,
    pub(super) exclusive_maximum: Option<Number>,
    pub(super) multiple_of: Option<Number>,
}

/// What holds for properties or items that no other keyword names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Additional {
    Allowed,
    Refused,
    Schema(NodeId),
}

/// What holds when a property is there.
#[derive(Debug)]
pub(super) enum Dependency<'a> {
    Required(Vec<&'a str>),
    Schema(NodeId),
}

/// A kind of JSON value; the order is that of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    Null,
    Boolean,
    Number,
    Integer,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Number,
        Self::Integer,
        Self::String,
        Self::Array,
        Self::Object,
    ];

    /// Returns the type of a value; every number is a number only.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::List(_) => Self::Array,
            Value::Map(_) => Self::Object,
        }
    }

    /// Returns its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// The types that a value may have; none means all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Types(u8);

impl Types {
    /// Reads what `type` says; names that are none count for nothing.
    pub(super) fn read(value: &Value) -> Self {
        let names = match value {
            Value::List(names) => names.as_slice(),
            one => std::slice::from_ref(one),
        };
        let known = |name: &&str| Type::ALL.into_iter().find(|known| known.name() == *name);
        let types = names.iter().filter_map(Value::as_str).filter_map(|name| known(&name));
        Self(types.fold(0, |all, one| all | 1 << one as u8))
    }

    /// Says whether a value may have this type.
    pub(super) fn contains(self, one: Type) -> bool {
        self.0 & 1 << one as u8 != 0
    }

    /// Says whether there is any type that a value must have.
    pub(super) fn is_any(self) -> bool {
        self.0 == 0
    }

    /// Lists the names.
    pub(super) fn names(self) -> Vec<&'static str> {
        Type::ALL.into_iter().filter(|one| self.contains(*one)).map(Type::name).collect()
    }
}
