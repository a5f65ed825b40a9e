//! Values against a schema, step by step as the validator does that Helm uses: which failure hides
//! which, and which stand under one another, shows in its messages.

mod array;
mod object;
mod scope;

use std::cell::Cell;
use std::collections::BTreeSet;

use super::draft::Draft;
use super::error::Error;
use super::failure::{Failure, Kind};
use super::format;
use super::node::{Node, NodeId, Nodes, Type};
use super::number::{Number, equal};
use crate::yaml::Value;

use scope::{Place, Scope};

/// Whether a value fits, and why not.
type Outcome = Result<(), Box<Failure>>;

/// How many schemas may be applied to values, and alternatives compared; what real charts need is
/// some ten thousand.
const MAX_STEPS: usize = 5_000_000;

/// How many failures are collected.
const MAX_FAILURES: u64 = 10_000;

/// How deep schemas may be applied within one another; the stack of a thread carries it.
const MAX_DEPTH: usize = 1_000;

/// Checks a value against the first of the schemas, and returns what does not fit.
pub(super) fn validate(nodes: &Nodes<'_>, value: &Value) -> Result<Vec<Failure>, Error> {
    let validator =
        Validator { nodes, steps: Cell::new(0), failures: Cell::new(0), limit: Cell::new(None) };
    let failure = validator.whole(0, value, false).err();
    match validator.limit.get() {
        Some(what) => Err(Error::Limit { what }),
        None => Ok(failure.map(|failure| failure.ungrouped()).unwrap_or_default()),
    }
}

struct Validator<'s> {
    nodes: &'s Nodes<'s>,
    steps: Cell<usize>,
    failures: Cell<u64>,
    /// The limit that was reached; whatever is returned then means nothing.
    limit: Cell<Option<&'static str>>,
}

/// One schema that is applied to one value.
struct Check<'c, 'v> {
    validator: &'c Validator<'c>,
    node: &'c Node<'c>,
    value: &'v Value,
    place: &'c Place<'c>,
    scope: &'c Scope<'c>,
    /// Nobody wants to know why, only whether.
    quiet: bool,
    /// What no schema has said anything about yet.
    left: Unevaluated<'v>,
    failures: Vec<Failure>,
}

/// The properties and items that no schema has said anything about, where that matters.
#[derive(Debug, Clone, Default)]
struct Unevaluated<'v> {
    properties: BTreeSet<&'v str>,
    items: BTreeSet<usize>,
}

impl Unevaluated<'_> {
    fn is_empty(&self) -> bool {
        self.properties.is_empty() && self.items.is_empty()
    }

    /// Keeps what is left in both.
    fn keep(&mut self, other: &Self) {
        self.properties.retain(|name| other.properties.contains(name));
        self.items.retain(|index| other.items.contains(index));
    }
}

impl Validator<'_> {
    fn count(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps);
        if self.steps.get() > MAX_STEPS {
            self.limit.set(Some("it has too many ways to check a value"));
        }
    }

    /// Checks a value on its own, as the outermost one.
    fn whole(&self, node: NodeId, value: &Value, quiet: bool) -> Outcome {
        let scope = Scope::outermost(node);
        self.apply(node, value, &Place::Root, &scope, quiet, false).map(|_| ())
    }

    fn apply<'v>(
        &self,
        node: NodeId,
        value: &'v Value,
        place: &Place<'_>,
        scope: &Scope<'_>,
        quiet: bool,
        is_wanted: bool,
    ) -> Result<Unevaluated<'v>, Box<Failure>> {
        let node = &self.nodes.nodes[node];
        let left = unevaluated(node, value, is_wanted);
        let failures = Vec::new();
        let mut check = Check { validator: self, node, value, place, scope, quiet, left, failures };
        self.count(1);
        if scope.depth > MAX_DEPTH {
            self.limit.set(Some("schemas and values nest too deep"));
        }
        if self.limit.get().is_some() {
            return Err(check.failure(Kind::Hidden));
        }
        check.run()?;
        match check.failures.len() {
            0 => Ok(check.left),
            1 => Err(Box::new(check.failures.remove(0))),
            _ => {
                let mut group = check.failure(Kind::Group);
                group.causes = check.failures;
                Err(group)
            }
        }
    }
}

fn unevaluated<'v>(node: &Node<'_>, value: &'v Value, is_wanted: bool) -> Unevaluated<'v> {
    let mut left = Unevaluated::default();
    match value {
        Value::Map(map)
            if node.additional_properties.is_none()
                && (is_wanted || node.unevaluated_properties.is_some()) =>
        {
            left.properties = map.keys().map(String::as_str).collect();
        }
        Value::List(items)
            if node.other_items.is_none() && (is_wanted || node.unevaluated_items.is_some()) =>
        {
            left.items = (node.first_items.len()..items.len()).collect();
        }
        _ => {}
    }
    left
}

impl Check<'_, '_> {
    fn run(&mut self) -> Outcome {
        if let Some(truth) = self.node.truth {
            return if truth { Ok(()) } else { Err(self.failure(Kind::FalseSchema)) };
        }
        self.check_cycle()?;
        self.check_itself()?;
        if let Some(reference) = self.node.reference {
            let result = self.follow(reference);
            if self.node.draft < Draft::Draft2019 {
                return result;
            }
            self.add(result);
        }
        match self.value {
            Value::Map(map) => self.check_object(map),
            Value::List(items) => self.check_array(items),
            Value::String(text) => self.check_string(text),
            value => self.check_number(value),
        }
        if self.failures.is_empty() || !self.quiet {
            self.follow_dynamic();
            self.check_applied();
            self.check_unevaluated();
        }
        Ok(())
    }

    /// Checks what ends the work on a value that does not fit: its type, and what it may be.
    fn check_itself(&self) -> Outcome {
        let got = Type::of(self.value);
        let types = self.node.types;
        let is_whole = || Number::of(self.value).is_some_and(|number| number.as_count().is_some());
        let is_integer = got == Type::Number && types.contains(Type::Integer) && is_whole();
        if !types.is_any() && !types.contains(got) && !is_integer {
            return Err(self.failure(Kind::Type { got: got.name(), want: types.names() }));
        }
        if let Some(want) = self.node.constant.filter(|want| !equal(self.value, want)) {
            return Err(self.failure(Kind::Const(want.clone())));
        }
        self.validator.count(self.node.enumeration.map_or(0, <[Value]>::len));
        if let Some(want) = self.node.enumeration
            && !want.iter().any(|one| equal(self.value, one))
        {
            return Err(self.failure(Kind::Enum(want.to_vec())));
        }
        if let (Some(want), Value::String(got)) = (self.node.format, self.value)
            && let Err(reason) = format::check(want, got)
        {
            let (got, want) = (got.clone(), want.to_owned());
            return Err(self.failure(Kind::Format { got, want, reason }));
        }
        Ok(())
    }

    fn check_string(&mut self, text: &str) {
        let length = || i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let bounds = [
            ("minLength", self.node.min_length, std::cmp::Ordering::Less),
            ("maxLength", self.node.max_length, std::cmp::Ordering::Greater),
        ];
        for (keyword, want, wrong) in bounds {
            if let Some(want) = want {
                self.check_count(keyword, length(), want, wrong);
            }
        }
        if let Some((regex, want)) = &self.node.pattern
            && !regex.is_match(text)
        {
            self.fail(Kind::Pattern { got: text.to_owned(), want: (*want).to_owned() });
        }
    }

    fn check_number(&mut self, value: &Value) {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let Some(got) = Number::of(value) else { return };
        let node = self.node;
        let bounds: [(_, _, &[std::cmp::Ordering]); 4] = [
            ("minimum", &node.minimum, &[Less]),
            ("maximum", &node.maximum, &[Greater]),
            ("exclusiveMinimum", &node.exclusive_minimum, &[Less, Equal]),
            ("exclusiveMaximum", &node.exclusive_maximum, &[Greater, Equal]),
        ];
        for (keyword, want, wrong) in bounds {
            if let Some(want) = want.as_ref().filter(|want| wrong.contains(&got.compare(want))) {
                self.fail(Kind::Number { keyword, got: got.clone(), want: want.clone() });
            }
        }
        if let Some(want) = node.multiple_of.as_ref().filter(|want| !got.is_multiple_of(want)) {
            self.fail(Kind::Number { keyword: "multipleOf", got, want: want.clone() });
        }
    }

    fn check_count(
        &mut self,
        keyword: &'static str,
        got: i64,
        want: i64,
        wrong: std::cmp::Ordering,
    ) {
        if got.cmp(&want) == wrong {
            self.fail(Kind::Count { keyword, got, want });
        }
    }

    fn check_applied(&mut self) {
        if let Some(not) = self.node.not
            && self.apply_quietly(not, true).is_ok()
        {
            self.fail(Kind::Not);
        }
        self.check_all_of();
        self.check_any_of();
        self.check_one_of();
        if let Some(condition) = self.node.condition {
            let branch = match self.apply_quietly(condition, true) {
                Ok(()) => self.node.then,
                Err(_) => self.node.otherwise,
            };
            if let Some(branch) = branch {
                let result = self.apply_here(branch);
                self.add(result);
            }
        }
    }

    fn check_all_of(&mut self) {
        let mut causes = Vec::new();
        for &one in &self.node.all_of {
            if let Err(failure) = self.apply_here(one) {
                causes.push(*failure);
                if self.quiet {
                    break;
                }
            }
        }
        if !causes.is_empty() {
            self.fail_with(Kind::AllOf, causes);
        }
    }

    fn check_any_of(&mut self) {
        let mut causes = Vec::new();
        let mut fits = self.node.any_of.is_empty();
        for &one in &self.node.any_of {
            match self.apply_here(one) {
                Err(failure) => causes.push(*failure),
                Ok(()) => {
                    fits = true;
                    // All of them are asked where it matters what they say something about.
                    if self.left.is_empty() {
                        break;
                    }
                }
            }
        }
        if !fits {
            self.fail_with(Kind::AnyOf, causes);
        }
    }

    fn check_one_of(&mut self) {
        let mut causes = Vec::new();
        let mut first = None;
        for (index, &one) in self.node.one_of.iter().enumerate() {
            match (self.apply_quietly(one, first.is_some()), first) {
                (Err(failure), None) => causes.push(*failure),
                (Err(_), Some(_)) => {}
                (Ok(()), None) => first = Some(index),
                (Ok(()), Some(first)) => {
                    self.fail(Kind::OneOf(Some((first, index))));
                    break;
                }
            }
        }
        if first.is_none() && !self.node.one_of.is_empty() {
            self.fail_with(Kind::OneOf(None), causes);
        }
    }

    /// Applies another schema to the same value.
    fn apply_here(&mut self, node: NodeId) -> Outcome {
        self.apply_quietly(node, false)
    }

    fn apply_quietly(&mut self, node: NodeId, quiet: bool) -> Outcome {
        self.apply_as(node, quiet, None)
    }

    fn apply_as(&mut self, node: NodeId, quiet: bool, keyword: Option<&'static str>) -> Outcome {
        let scope = self.scope.same_value(node, keyword);
        let is_wanted = !self.left.is_empty();
        let quiet = self.quiet || quiet;
        let left = self.validator.apply(node, self.value, self.place, &scope, quiet, is_wanted)?;
        self.left.keep(&left);
        Ok(())
    }

    /// Applies a schema to a part of the value.
    fn apply_below(&self, node: NodeId, value: &Value, place: Place<'_>) -> Outcome {
        let scope = self.scope.part(node);
        self.validator.apply(node, value, &place, &scope, self.quiet, false).map(|_| ())
    }

    fn add(&mut self, result: Outcome) {
        self.failures.extend(result.err().map(|failure| *failure));
    }

    fn fail(&mut self, kind: Kind) {
        let failure = self.failure(kind);
        self.failures.push(*failure);
    }

    fn fail_with(&mut self, kind: Kind, causes: Vec<Failure>) {
        let mut failure = self.failure(kind);
        failure.causes = causes;
        self.failures.push(*failure);
    }

    fn failure(&self, kind: Kind) -> Box<Failure> {
        if self.quiet {
            return Box::new(Failure { at: String::new(), kind: Kind::Hidden, causes: Vec::new() });
        }
        let count = &self.validator.failures;
        count.set(count.get() + 1);
        if count.get() > MAX_FAILURES {
            self.validator.limit.set(Some("there are too many failures"));
        }
        Box::new(Failure { at: self.place.pointer(), kind, causes: Vec::new() })
    }
}
