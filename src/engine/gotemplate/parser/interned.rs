//! What templates name again and again, kept once: the sources of a chart share most of it.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::super::ast::Literal;
use super::super::quote::unquote;
use crate::engine::value::{Text, Value};

/// String literals and fields by what is written.
#[derive(Default)]
pub(in super::super) struct Interned {
    literals: HashMap<Rc<str>, Rc<Literal>, RandomState>,
    /// Names by `.a.b`.
    fields: HashMap<Rc<str>, Rc<[Rc<str>]>, RandomState>,
    names: HashMap<Rc<str>, Rc<str>, RandomState>,
    no_fields: Rc<[Rc<str>]>,
}

impl Interned {
    /// Returns what a literal in quotes stands for, `None` if it is malformed.
    pub(super) fn literal(&mut self, text: &str) -> Option<Rc<Literal>> {
        if let Some(literal) = self.literals.get(text) {
            return Some(literal.clone());
        }
        let value = Value::String(Text::from_bytes(&unquote(text)?));
        let text: Rc<str> = text.into();
        let literal = Rc::new(Literal { text: text.clone(), value });
        self.literals.insert(text, literal.clone());
        Some(literal)
    }

    /// Returns the names in fields that follow each other, each with its dot.
    pub(super) fn fields(&mut self, text: &str) -> Rc<[Rc<str>]> {
        if let Some(names) = self.fields.get(text) {
            return names.clone();
        }
        let names: Rc<[Rc<str>]> = text[1..].split('.').map(|name| self.name(name)).collect();
        self.fields.insert(text.into(), names.clone());
        names
    }

    /// Returns the names of no fields at all.
    pub(super) fn no_fields(&self) -> Rc<[Rc<str>]> {
        self.no_fields.clone()
    }

    fn name(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let known: Rc<str> = name.into();
        self.names.insert(known.clone(), known.clone());
        known
    }
}
