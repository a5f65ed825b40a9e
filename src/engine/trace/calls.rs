//! What a call makes of what its arguments were made of.
//!
//! Most functions mix their arguments; some hand one of them on, build a map of them, or follow keys
//! into them, and then only a part of what was read is behind the result.

use std::rc::Rc;

use super::state::{Item, State};
use crate::engine::value::Value;

/// How a function treats maps and lists that it is given.
enum Use {
    /// It hands them on, or looks at no more than their kind.
    Passes,
    /// It makes another one of them, whose entries are theirs.
    Remakes,
    /// It follows keys into the first argument.
    Indexes,
    /// It follows keys into the last argument.
    Digs,
    /// It renders a text.
    Renders,
    /// It uses all that is in them.
    Consumes,
}

fn use_of(name: &str) -> Use {
    match name {
        "and" | "coalesce" | "default" | "dict" | "empty" | "fail" | "first" | "has" | "kindIs"
        | "kindOf" | "last" | "len" | "list" | "not" | "or" | "required" | "set" | "ternary"
        | "tuple" | "typeIs" | "typeOf" => Use::Passes,
        "append" | "concat" | "deepCopy" | "merge" | "mergeOverwrite" | "mustAppend"
        | "mustDeepCopy" | "mustMerge" | "mustMergeOverwrite" | "mustPrepend" | "omit" | "pick"
        | "prepend" | "rest" | "unset" | "values" => Use::Remakes,
        "get" | "hasKey" | "index" => Use::Indexes,
        "dig" | "pluck" => Use::Digs,
        "include" | "tpl" => Use::Renders,
        _ => Use::Consumes,
    }
}

impl State {
    /// Returns what the data of the `include` or `tpl` that is being called was made of.
    pub(super) fn data_of_call(&self) -> Rc<[Item]> {
        let Some(call) = self.calls.last() else { return Rc::from([]) };
        match call.ends[..] {
            [first, second, ..] => self.items[first..second].into(),
            [_] => {
                let start = self.pipelines.last().copied().unwrap_or_default();
                self.items[start.min(call.start)..call.start].into()
            }
            [] => Rc::from([]),
        }
    }

    /// Returns what the result of a call was made of.
    pub(super) fn called(
        &mut self,
        name: &str,
        arguments: &[&Value],
        given: &[Rc<[Item]>],
        result: &Value,
    ) -> Rc<[Item]> {
        let all = joined(given.iter());
        match use_of(name) {
            Use::Indexes if !arguments.is_empty() => {
                self.indexed(arguments[0], &arguments[1..], given, 0)
            }
            Use::Digs if arguments.len() > 1 => self.dug(name, arguments, given),
            Use::Renders => self.rendered(name, given, result),
            Use::Passes => self.passed(name, arguments, given, result, all),
            Use::Remakes => self.remade(arguments, given, result),
            _ => {
                arguments.iter().for_each(|argument| self.consume(argument));
                self.identities.note(result, &all, false);
                self.items_of(result, &all)
            }
        }
    }

    /// What is made of maps has their entries; a part of the values stays one, with more in it.
    fn remade(&mut self, arguments: &[&Value], given: &[Rc<[Item]>], result: &Value) -> Rc<[Item]> {
        let values = arguments.iter().zip(given);
        let parts: Vec<_> = values.map(|(value, items)| self.items_of(value, items)).collect();
        let all = joined(parts.iter());
        if !self.identities.get(result).is_some_and(|known| known.is_part) {
            self.identities.renote(result, &all);
            return all;
        }
        for (source, items) in arguments.iter().zip(given).skip(1) {
            let Value::Map(map) = source else { continue };
            for (key, value) in map.snapshot() {
                let key_value = Value::from(&*key);
                let own = self.items_of(result, &all);
                if !self.has(&own, &key) {
                    let found = self.step_into(source, items, &key_value, &value);
                    self.identities.note_entry(result, &key, found);
                }
            }
        }
        all
    }

    fn indexed(
        &mut self,
        holder: &Value,
        keys: &[&Value],
        given: &[Rc<[Item]>],
        at: usize,
    ) -> Rc<[Item]> {
        let found = self.walk(holder, given[at].clone(), keys.iter().map(|key| (*key).clone()));
        let keys = given.iter().enumerate().filter(|(index, _)| *index != at);
        joined(std::iter::once(&found).chain(keys.map(|(_, items)| items)))
    }

    /// Follows the keys of `dig`, whose default comes before the dict, or the one of `pluck`.
    fn dug(&mut self, name: &str, arguments: &[&Value], given: &[Rc<[Item]>]) -> Rc<[Item]> {
        if name == "dig" {
            let last = arguments.len() - 1;
            let keys = &arguments[..last.saturating_sub(1)];
            return self.indexed(arguments[last], keys, given, last);
        }
        let dicts = arguments.iter().zip(given).skip(1);
        let found: Vec<_> = dicts
            .map(|(dict, items)| {
                self.walk(dict, items.clone(), std::iter::once(arguments[0].clone()))
            })
            .collect();
        joined(found.iter().chain([&given[0]]))
    }

    /// What `include` returns is its text; what `tpl` returns depends on the template too.
    fn rendered(&mut self, name: &str, given: &[Rc<[Item]>], result: &Value) -> Rc<[Item]> {
        let text = self.identities.get(result).map(|known| known.items.clone());
        let text = text.unwrap_or_else(|| Rc::from([]));
        match given.first() {
            Some(template) if name == "tpl" => joined([template, &text].into_iter()),
            _ => text,
        }
    }

    fn passed(
        &mut self,
        name: &str,
        arguments: &[&Value],
        given: &[Rc<[Item]>],
        result: &Value,
        all: Rc<[Item]>,
    ) -> Rc<[Item]> {
        let entries: Vec<usize> = match name {
            "dict" => (0..arguments.len()).step_by(2).collect(),
            "set" => vec![1],
            _ => Vec::new(),
        };
        let map = if name == "set" { arguments[0] } else { result };
        if name == "dict" || name == "set" {
            self.identities.note(map, &all, false);
        }
        for key in entries {
            if let (Value::String(text), Some(value)) = (arguments[key], given.get(key + 1)) {
                let value = self.items_of(arguments[key + 1], value);
                self.identities.note_entry(map, &text.as_str(), value);
            }
        }
        // Where the result is one of the arguments, what comes after it does not matter.
        match (name, arguments.iter().position(|value| is_same(value, result))) {
            ("default", Some(index)) if index > 0 => given[index].clone(),
            ("coalesce", Some(index)) => joined(given[..=index].iter()),
            ("ternary", Some(index)) if given.len() == 3 => {
                joined([&given[index], &given[2]].into_iter())
            }
            ("required" | "set", Some(index)) => given[index].clone(),
            (_, Some(_)) => all,
            (_, None) => {
                self.identities.note(result, &all, false);
                all
            }
        }
    }

    /// Notes what was missing where `required` ended the rendering; of several values nobody knows which.
    pub(super) fn note_failed_call(&mut self, name: &str, given: &[Rc<[Item]>]) {
        let last = given.last().filter(|_| name == "required");
        if let Some([Item::Read(number)]) = last.map(|items| &**items) {
            self.miss(self.trace.paths[*number].clone());
        }
    }
}

/// Joins lists of items, each item once.
fn joined<'a>(lists: impl Iterator<Item = &'a Rc<[Item]>>) -> Rc<[Item]> {
    let mut all: Vec<Item> = Vec::new();
    for item in lists.flat_map(|items| items.iter()) {
        if !all.contains(item) {
            all.push(*item);
        }
    }
    all.into()
}

/// Says whether two values are one, or scalars that nobody can tell apart.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) | (Value::Int64(one), Value::Int64(other)) => {
            one == other
        }
        (Value::Float(one), Value::Float(other)) => one == other,
        _ => one.identity().is_some() && one.identity() == other.identity(),
    }
}
