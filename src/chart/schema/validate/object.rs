//! What schemas say of mappings.

use std::cmp::Ordering;

use super::{Check, Place};
use crate::chart::schema::draft::Draft;
use crate::chart::schema::failure::Kind;
use crate::chart::schema::node::{Additional, Dependency, NodeId};
use crate::yaml::{Map, Value};

impl<'v> Check<'_, 'v> {
    pub(super) fn check_object(&mut self, map: &'v Map) {
        let node = self.node;
        let got = i64::try_from(map.len()).unwrap_or(i64::MAX);
        if let Some(want) = node.min_properties {
            self.check_count("minProperties", got, want, Ordering::Less);
        }
        if let Some(want) = node.max_properties {
            self.check_count("maxProperties", got, want, Ordering::Greater);
        }
        let missing = missing(map, &node.required);
        if !missing.is_empty() {
            self.fail(Kind::Required(missing));
        }
        if self.is_decided() {
            return;
        }
        self.check_dependencies(map);
        self.check_properties(map);
        if let Some(names) = node.property_names {
            self.check_names(map, names);
        }
        if node.draft < Draft::Draft2019 {
            return;
        }
        for (_, &schema) in
            node.dependent_schemas.iter().filter(|(name, _)| map.contains_key(**name))
        {
            let result = self.apply_here(schema);
            self.add(result);
        }
        for (name, required) in &node.dependent_required {
            self.check_dependency(map, name, required);
        }
    }

    /// Says whether the answer is known to whoever wants to know only whether the value fits.
    fn is_decided(&self) -> bool {
        self.quiet && !self.failures.is_empty()
    }

    fn check_dependencies(&mut self, map: &Map) {
        for (name, dependency) in &self.node.dependencies {
            match dependency {
                Dependency::Required(required) => self.check_dependency(map, name, required),
                Dependency::Schema(schema) if map.contains_key(*name) => {
                    let result = self.apply_here(*schema);
                    self.add(result);
                }
                Dependency::Schema(_) => {}
            }
        }
    }

    fn check_dependency(&mut self, map: &Map, name: &str, required: &[&str]) {
        let missing = missing(map, required);
        if map.contains_key(name) && !missing.is_empty() {
            self.fail(Kind::Dependency { property: name.to_owned(), missing });
        }
    }

    fn check_properties(&mut self, map: &'v Map) {
        let node = self.node;
        let mut refused = Vec::new();
        for (name, value) in map {
            if self.is_decided() {
                return;
            }
            let mut is_evaluated = false;
            if let Some(&schema) = node.properties.get(name.as_str()) {
                is_evaluated = true;
                self.check_property(schema, name, value);
            }
            for (_, schema) in
                node.pattern_properties.iter().filter(|(regex, _)| regex.is_match(name))
            {
                is_evaluated = true;
                self.check_property(*schema, name, value);
            }
            match node.additional_properties.filter(|_| !is_evaluated) {
                None => {}
                Some(Additional::Allowed) => is_evaluated = true,
                Some(Additional::Refused) => {
                    is_evaluated = true;
                    refused.push(name.clone());
                }
                Some(Additional::Schema(schema)) => {
                    is_evaluated = true;
                    self.check_property(schema, name, value);
                }
            }
            if is_evaluated {
                self.left.properties.remove(name.as_str());
            }
        }
        if !refused.is_empty() {
            self.fail(Kind::AdditionalProperties(refused));
        }
    }

    pub(super) fn check_property(&mut self, schema: NodeId, name: &str, value: &Value) {
        let result = self.apply_below(schema, value, Place::Key(name, self.place));
        self.add(result);
    }

    fn check_names(&mut self, map: &Map, schema: NodeId) {
        for name in map.keys() {
            // A name is checked as a value of its own, at no place.
            let text = Value::String(name.clone());
            if let Err(failure) = self.validator.whole(schema, &text, self.quiet) {
                let kind = Kind::PropertyNames(name.clone());
                let causes = failure.ungrouped();
                self.fail_with(kind, causes);
            }
        }
    }
}

fn missing(map: &Map, required: &[&str]) -> Vec<String> {
    let missing = required.iter().filter(|name| !map.contains_key(**name));
    missing.map(|name| (*name).to_owned()).collect()
}
