//! From the nodes of a document to its value, as go-yaml v2 decodes and as Helm's YAML library
//! turns the result into JSON: merge keys, aliases, keys that are no strings.

use std::collections::BTreeSet;
use std::mem;

use super::MAX_DEPTH;
use super::error::{DuplicateKey, Error};
use super::events::{self, Document, Failure, Kind, Node};
use super::go_syntax::go_syntax;
use super::input::Input;
use super::number::key_float;
use super::positions::{Position, Positions, Record};
use super::scalar;
use super::value::{Map, Value};

/// Reads the first document of a YAML text as Helm does; an empty text is null.
///
/// Of keys that stand twice in a mapping the last wins. Integers stay exact: see
/// [`Value::numbers_as_floats`] for the way Helm reads values files.
pub fn parse(text: &str) -> Result<Value, Error> {
    read::<()>(text, false).map(|(value, ())| value)
}

/// Reads as [`parse`] does, and takes a key that stands twice in a mapping for an error.
pub fn parse_strict(text: &str) -> Result<Value, Error> {
    read::<()>(text, true).map(|(value, ())| value)
}

/// Reads as [`parse`] does, and tells where in the text each key and value stands.
pub fn parse_with_positions(text: &str) -> Result<(Value, Positions), Error> {
    read::<Positions>(text, false)
}

fn read<P: Record>(text: &str, strict: bool) -> Result<(Value, P), Error> {
    let mut input = Input::new(text)?;
    // Each space takes another reading; a text with a great many of them is not worth it.
    let mut readings = 2 + MOST_READ_AGAIN / text.len().max(1);
    loop {
        let missing = match events::read(&input) {
            Ok(document) => return decode(document, strict),
            Err(Failure::MissingSpace { at, .. }) if readings > 0 => at,
            Err(Failure::MissingSpace { otherwise, .. } | Failure::Error(otherwise)) => {
                return Err(otherwise);
            }
        };
        input.insert_space(missing);
        readings -= 1;
    }
}

/// How many bytes may be read again because of spaces that YAML 1.2 misses.
const MOST_READ_AGAIN: usize = 8 << 20;

fn decode<P: Record>(document: Document<'_>, strict: bool) -> Result<(Value, P), Error> {
    if document.nodes.is_empty() {
        return Ok((Value::Null, P::scalar(Position { line: 1, column: 1 })));
    }
    let mut decoder = Decoder::new(document, strict);
    let (value, places) = decoder.node()?;
    decoder.finish(&value)?;
    Ok((value, places))
}

struct Decoder<'a> {
    nodes: Vec<Node<'a>>,
    /// Whether scalars must stay in the list, because an alias may read them again.
    keeps_scalars: bool,
    /// The place of the next node to read.
    next: usize,
    depth: usize,
    /// The places of the aliases that are being read.
    open_aliases: Vec<usize>,
    work: Work,
    strict: bool,
    late: LateErrors,
}

/// What Helm's library finds only when go-yaml is done.
#[derive(Default)]
struct LateErrors {
    duplicates: Vec<DuplicateKey>,
    key: Option<Error>,
    not_finite: Option<Position>,
}

/// A mapping while it is read; a merge key adds the entries of another one to it.
struct Entries<P: Record> {
    map: Map,
    places: P::Map,
    /// The keys so far with their types, which tell `1` from `"1"`; used by the strict reading.
    seen: BTreeSet<String>,
}

impl<'a> Decoder<'a> {
    fn new(document: Document<'a>, strict: bool) -> Self {
        Self {
            nodes: document.nodes,
            keeps_scalars: document.has_aliases,
            next: 0,
            depth: 0,
            open_aliases: Vec::new(),
            work: Work::default(),
            strict,
            late: LateErrors::default(),
        }
    }

    fn finish(self, value: &Value) -> Result<(), Error> {
        let LateErrors { duplicates, key, not_finite } = self.late;
        if !duplicates.is_empty() {
            return Err(Error::DuplicateKeys(duplicates));
        }
        if let Some(err) = key {
            return Err(err);
        }
        match not_finite.zip(first_not_finite(value)) {
            Some((at, number)) => Err(Error::NotFinite { number, at }),
            None => Ok(()),
        }
    }

    fn position(&self) -> Position {
        self.nodes[self.next].position()
    }

    /// Steps over the end of a sequence or mapping, if it is next.
    fn at_end(&mut self) -> bool {
        if matches!(self.nodes[self.next].kind, Kind::End) {
            self.next += 1;
            true
        } else {
            false
        }
    }

    /// Steps onto the next node, and stops if aliases have repeated too much.
    fn step(&mut self) -> Result<(), Error> {
        let node = &self.nodes[self.next];
        self.next += 1;
        let alias = self.open_aliases.first().map(|behind| &self.nodes[behind - 1]);
        self.work.count(node, alias.is_some());
        if self.work.is_excessive() {
            let at = alias.unwrap_or(node).position();
            return Err(Error::node("document contains excessive aliasing", at));
        }
        Ok(())
    }

    fn node<P: Record>(&mut self) -> Result<(Value, P), Error> {
        let at = self.position();
        self.step()?;
        match &mut self.nodes[self.next - 1].kind {
            Kind::Scalar(scalar) => {
                let text = if self.keeps_scalars {
                    scalar.text.clone()
                } else {
                    mem::take(&mut scalar.text)
                };
                let value = scalar::value(text, scalar.tag, scalar.implicit, at)?;
                if matches!(value, Value::Float(number) if !number.is_finite()) {
                    self.late.not_finite.get_or_insert(at);
                }
                Ok((value, P::scalar(at)))
            }
            Kind::Alias { target, .. } => {
                let target = *target;
                self.through_alias(target, Self::node)
            }
            Kind::List => self.nested(at, |decoder| decoder.list(at)),
            Kind::Map | Kind::End => self.nested(at, |decoder| decoder.map(at)),
        }
    }

    fn list<P: Record>(&mut self, at: Position) -> Result<(Value, P), Error> {
        let mut items = Vec::new();
        let mut places = P::List::default();
        while !self.at_end() {
            let (item, place) = self.node()?;
            items.push(item);
            P::push(&mut places, place);
        }
        Ok((Value::List(items), P::list(at, places)))
    }

    fn map<P: Record>(&mut self, at: Position) -> Result<(Value, P), Error> {
        let mut entries =
            Entries::<P> { map: Map::new(), places: P::Map::default(), seen: BTreeSet::new() };
        self.entries(&mut entries)?;
        Ok((Value::Map(entries.map), P::map(at, entries.places)))
    }

    /// Reads the inside of a sequence or mapping, one level deeper.
    fn nested<T>(
        &mut self,
        at: Position,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::too_deep(at));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Reads the nodes that the alias before stands for, and goes on behind the alias.
    fn through_alias<T>(
        &mut self,
        target: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let behind = self.next;
        let alias = &self.nodes[behind - 1];
        if self.open_aliases.contains(&behind) {
            let problem = format!("anchor '{}' value contains itself", alias.name());
            return Err(Error::node(problem, alias.position()));
        }
        self.open_aliases.push(behind);
        self.next = target;
        let read = read(self);
        self.open_aliases.pop();
        self.next = behind;
        read
    }

    fn entries<P: Record>(&mut self, entries: &mut Entries<P>) -> Result<(), Error> {
        while !self.at_end() {
            if self.nodes[self.next].is_merge_key() {
                self.next += 1;
                self.merge(entries)?;
            } else {
                self.entry(entries)?;
            }
        }
        Ok(())
    }

    fn entry<P: Record>(&mut self, entries: &mut Entries<P>) -> Result<(), Error> {
        let at = self.position();
        let (key, ()) = self.node()?;
        if matches!(key, Value::List(_) | Value::Map(_)) {
            return Err(Error::node(format!("invalid map key: {}", go_syntax(&key)), at));
        }
        let shown_line = self.position().line;
        let (value, place) = self.node::<P>()?;
        if self.strict && !entries.seen.insert(format!("{key:?}")) {
            self.late.duplicates.push(DuplicateKey { key: go_syntax(&key), at, shown_line });
            return Ok(());
        }
        match key_text(key) {
            Ok(key) => {
                P::insert(&mut entries.places, &key, at, place);
                entries.map.insert(key, value);
            }
            Err((kind, key)) => {
                let value = go_syntax(&value);
                self.late.key.get_or_insert(Error::Key { kind, key, value, at });
            }
        }
        Ok(())
    }

    /// Adds the entries of the mapping, or of the mappings in the sequence, that comes next.
    fn merge<P: Record>(&mut self, entries: &mut Entries<P>) -> Result<(), Error> {
        if !matches!(self.nodes[self.next].kind, Kind::List) {
            return self.merge_one(entries);
        }
        let mut items = Vec::new();
        self.next += 1;
        while !self.at_end() {
            items.push(self.next);
            self.skip();
        }
        let behind = self.next;
        // Earlier mappings win, so they come last.
        for item in items.into_iter().rev() {
            self.next = item;
            self.merge_one(entries)?;
        }
        self.next = behind;
        Ok(())
    }

    fn merge_one<P: Record>(&mut self, entries: &mut Entries<P>) -> Result<(), Error> {
        let at = self.position();
        match self.nodes[self.next].kind {
            Kind::Map => {
                self.step()?;
                self.nested(at, |decoder| decoder.entries(entries))
            }
            Kind::Alias { target, .. } if matches!(self.nodes[target].kind, Kind::Map) => {
                self.step()?;
                self.through_alias(target, |decoder| decoder.merge_one(entries))
            }
            _ => Err(Error::node("map merge requires map or sequence of maps as the value", at)),
        }
    }

    /// Steps over the next node and all that is in it.
    fn skip(&mut self) {
        let mut open = 0;
        loop {
            match self.nodes[self.next].kind {
                Kind::List | Kind::Map => open += 1,
                Kind::End => open -= 1,
                Kind::Scalar(_) | Kind::Alias { .. } => {}
            }
            self.next += 1;
            if open == 0 {
                return;
            }
        }
    }
}

/// Returns a key as JSON has it, or the name of its Go type and its text in Go.
fn key_text(key: Value) -> Result<String, (&'static str, String)> {
    match key {
        Value::String(text) => Ok(text),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(key_float(number)),
        Value::UInt(_) => Err(("uint64", go_syntax(&key))),
        _ => Err(("%!s(<nil>)", go_syntax(&key))),
    }
}

/// Returns Go's name of the first number that JSON has no form for.
fn first_not_finite(value: &Value) -> Option<&'static str> {
    match value {
        Value::Float(number) if number.is_nan() => Some("NaN"),
        Value::Float(number) if number.is_infinite() => {
            Some(if *number > 0.0 { "+Inf" } else { "-Inf" })
        }
        Value::List(items) => items.iter().find_map(first_not_finite),
        Value::Map(map) => map.values().find_map(first_not_finite),
        _ => None,
    }
}

/// What reading has cost so far, to stop a small text whose aliases stand for a huge value.
#[derive(Default)]
struct Work {
    nodes: usize,
    nodes_in_aliases: usize,
    bytes_in_aliases: usize,
}

impl Work {
    fn count(&mut self, node: &Node<'_>, in_alias: bool) {
        self.nodes += 1;
        if in_alias {
            self.nodes_in_aliases += 1;
            if let Kind::Scalar(scalar) = &node.kind {
                self.bytes_in_aliases += scalar.text.len();
            }
        }
    }

    /// Decides as go-yaml does, and also limits the text that aliases repeat: go-yaml shares it,
    /// a [`Value`] does not.
    fn is_excessive(&self) -> bool {
        self.bytes_in_aliases > MAX_ALIAS_BYTES
            || (self.nodes_in_aliases > 100
                && self.nodes > 1000
                && self.nodes_in_aliases as f64 / self.nodes as f64 > self.allowed_ratio())
    }

    /// Returns go-yaml's allowed share of nodes that come from aliases: 99 % up to 400,000 nodes,
    /// falling to 10 % at 4,000,000.
    fn allowed_ratio(&self) -> f64 {
        let beyond = self.nodes.saturating_sub(400_000) as f64 / 3_600_000.0;
        0.99 - 0.89 * beyond.min(1.0)
    }
}

/// More than any chart needs; Helm takes no chart file above 5 MiB.
const MAX_ALIAS_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, json: &str) {
        assert_eq!(parse(text).expect(text).to_json_unescaped(), json, "{text:?}");
    }

    fn check_error(text: &str, message: &str, place: (usize, usize)) {
        let err = parse(text).expect_err(text);
        assert_eq!(err.to_string(), message, "{text:?}");
        assert_eq!((err.line(), err.column()), (Some(place.0), Some(place.1)), "{text:?}");
    }

    #[test]
    fn merge_keys_add_entries_where_they_stand() {
        check("{a: 1, <<: {a: 2, b: 3}, b: 4}", r#"{"a":2,"b":4}"#);
        check("{<<: [{a: 1}, {a: 2, b: 2}]}", r#"{"a":1,"b":2}"#);
        check("- &a {b: 1, <<: {c: 2}}\n- {<<: *a}\n", r#"[{"b":1,"c":2},{"b":1,"c":2}]"#);
        check("{'<<': 1, !!merge <<: {a: 1}}", r#"{"<<":1,"a":1}"#);
        let message = "yaml: map merge requires map or sequence of maps as the value";
        check_error("a: 1\n<<: [{}, 2]\n", message, (2, 10));
    }

    #[test]
    fn keys_become_strings_as_in_json() {
        check("{1: a, 0x10: b, 1.50: c, yes: d}", r#"{"1":"a","1.5":"c","16":"b","true":"d"}"#);
        check("{123456789.5: a, .inf: b}", r#"{".inf":"b","1.2345679e+08":"a"}"#);
        check("{1: a, '1': b}", r#"{"1":"b"}"#);
    }

    #[test]
    fn an_alias_inside_its_anchor_is_an_error() {
        check_error("a: &a\n- b\n- *a\n", "yaml: anchor 'a' value contains itself", (3, 3));
        check_error("&a {<<: *a}", "yaml: anchor 'a' value contains itself", (1, 9));
    }

    #[test]
    fn the_grammar_of_the_whole_document_comes_first() {
        check_error(
            "a: !!int x\nb: [\n",
            "yaml: line 2: did not find expected node content",
            (3, 1),
        );
    }

    #[test]
    fn only_numbers_that_are_left_must_be_finite() {
        check_error("a: 1\nb: [-.inf]\n", "json: unsupported value: -Inf", (2, 5));
        check("a: .nan\na: 1\n", r#"{"a":1}"#);
    }

    #[test]
    fn aliases_are_limited_by_their_share_of_the_nodes() {
        let list = format!("- &a [{}]\n", "x, ".repeat(50));
        let few = format!("{list}{}", "- *a\n".repeat(60));
        assert!(parse(&few).is_ok());
        let many = format!("{list}{}", "- *a\n".repeat(200));
        assert!(parse(&many).is_ok(), "below 400,000 nodes 99 of 100 may come from aliases");
        let nested = format!("{many}- &b [{}]\n- [{}]\n", "*a, ".repeat(300), "*b, ".repeat(40));
        check_error(&nested, "yaml: document contains excessive aliasing", (203, 8));
    }
}
