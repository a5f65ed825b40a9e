//! From documents to [`Nodes`]: every schema that the first one leads to, with its references
//! followed, so that what is wrong with a schema shows before any value is checked.

use std::collections::{BTreeMap, HashMap};

use regex::{Regex, RegexBuilder};

use super::document::{Document, escape};
use super::draft::{self, Draft};
use super::error::Error;
use super::load::Loader;
use super::node::{Additional, Dependency, Node, NodeId, Nodes, Types};
use super::number::Number;
use super::url;
use crate::chart::go_regex;
use crate::yaml::{Map, Value};

/// How large an expression may become; the templates' functions have the same limit.
const MAX_REGEX: usize = 10 << 20;

/// How many schemas one document may lead to; those of the largest charts have some ten thousand.
const MAX_NODES: usize = 1_000_000;

/// Whether `format` is checked in all drafts, as metaschemas have it, or in the older ones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formats {
    Always,
    OlderDrafts,
}

/// Makes the schema at `url` ready, and all that it leads to.
pub(super) fn compile<'a>(
    url: &str,
    value: Option<&'a Value>,
    loader: &'a Loader<'a>,
    formats: Formats,
    check: &dyn Fn(Draft, &Value, &str) -> Result<(), Error>,
) -> Result<Nodes<'a>, Error> {
    let mut compiler = Compiler {
        loader,
        documents: Vec::new(),
        places: Vec::new(),
        ids: HashMap::new(),
        out: Nodes::default(),
        formats,
        check,
    };
    if let Some(value) = value {
        compiler.add(url.to_owned(), value)?;
    }
    let document = compiler.document(url)?;
    compiler.id(document, String::new());
    let mut next = 0;
    while let Some((document, pointer)) = compiler.places.get(next).cloned() {
        let node = compiler.node(document, &pointer)?;
        compiler.out.nodes.push(node);
        next += 1;
        if next > MAX_NODES {
            return Err(Error::Limit { what: "it has too many schemas" });
        }
    }
    Ok(compiler.out)
}

struct Compiler<'a, 'c> {
    loader: &'a Loader<'a>,
    documents: Vec<Document<'a>>,
    /// Where each node is: the document and the pointer in it.
    places: Vec<(usize, String)>,
    ids: HashMap<(usize, String), NodeId>,
    out: Nodes<'a>,
    formats: Formats,
    check: &'c dyn Fn(Draft, &Value, &str) -> Result<(), Error>,
}

impl<'a> Compiler<'a, '_> {
    /// Returns the document at an address, without a fragment.
    fn document(&mut self, url: &str) -> Result<usize, Error> {
        if let Some(known) = self.documents.iter().position(|document| document.url == url) {
            return Ok(known);
        }
        let value = self.loader.load(url, &mut self.out.unloaded)?;
        self.add(url.to_owned(), value)
    }

    fn add(&mut self, url: String, value: &'a Value) -> Result<usize, Error> {
        let (loader, unloaded) = (self.loader, &mut self.out.unloaded);
        let mut find = |schema: &str| loader.draft(schema, unloaded);
        let document = Document::new(url.clone(), value, draft::DEFAULT, &mut find)?;
        if draft::metaschema(&url).is_none() {
            (self.check)(document.resource("").draft, value, &format!("{url}#"))?;
        }
        self.documents.push(document);
        Ok(self.documents.len() - 1)
    }

    /// Returns the number of the schema at a place, which is made ready later if it is new.
    fn id(&mut self, document: usize, pointer: String) -> NodeId {
        let place = (document, pointer);
        if let Some(known) = self.ids.get(&place) {
            return *known;
        }
        let id = self.places.len();
        self.places.push(place.clone());
        self.ids.insert(place, id);
        id
    }

    fn node(&mut self, document: usize, pointer: &str) -> Result<Node<'a>, Error> {
        let value = self.documents[document].lookup(pointer)?;
        let (draft, base, id, dynamic) = {
            let document = &self.documents[document];
            let resource = document.resource(pointer);
            let dynamic = match resource.pointer == pointer && resource.draft >= Draft::Draft2020 {
                true => document.dynamic_anchors(resource),
                false => Vec::new(),
            };
            (resource.draft, resource.pointer.clone(), resource.id.clone(), dynamic)
        };
        let location = format!("{}#{pointer}", self.documents[document].url);
        let resource = self.id(document, base);
        let mut node = empty(location, draft, resource);
        let place = |(name, pointer)| (name, self.id(document, pointer));
        node.dynamic_anchors = dynamic.into_iter().map(place).collect();
        match value {
            Value::Bool(truth) => node.truth = Some(*truth),
            Value::Map(schema) if schema.is_empty() => node.truth = Some(true),
            Value::Map(schema) => {
                let reader = Reader { compiler: self, document, pointer, schema, draft, base: &id };
                reader.read(&mut node)?;
            }
            _ => {}
        }
        Ok(node)
    }

    /// Returns the number of a schema that a reference leads to, wherever it is.
    fn target(&mut self, document: usize, pointer: String) -> Result<NodeId, Error> {
        if let Some(known) = self.ids.get(&(document, pointer.clone())) {
            return Ok(*known);
        }
        let (loader, unloaded) = (self.loader, &mut self.out.unloaded);
        let mut find = |schema: &str| loader.draft(schema, unloaded);
        let target = &mut self.documents[document];
        let value = target.lookup(&pointer)?;
        if target.look_at(&pointer, value, &mut find)? {
            let draft = target.resource(&pointer).draft;
            let place = format!("{}#{}", target.url, url::encode(&pointer));
            (self.check)(draft, value, &place)?;
        }
        Ok(self.id(document, pointer))
    }
}

/// Reads the keywords of one schema.
struct Reader<'r, 'a, 'c> {
    compiler: &'r mut Compiler<'a, 'c>,
    document: usize,
    pointer: &'r str,
    schema: &'a Map,
    draft: Draft,
    /// The address of the resource, to which references are joined.
    base: &'r str,
}

impl<'a> Reader<'_, 'a, '_> {
    fn read(mut self, node: &mut Node<'a>) -> Result<(), Error> {
        node.reference = self.reference("$ref")?;
        if self.draft < Draft::Draft2019 && node.reference.is_some() {
            // What stands beside a `$ref` does not count in the older drafts.
            return Ok(());
        }
        self.read_applied(node);
        self.read_object(node)?;
        self.read_array(node);
        self.read_plain(node)?;
        if self.draft >= Draft::Draft2019 {
            node.recursive_reference = self.reference("$recursiveRef")?;
            node.recursive_anchor = self.truth("$recursiveAnchor");
        }
        if self.draft >= Draft::Draft2020 {
            node.dynamic_reference = self.dynamic_reference()?;
            node.dynamic_anchor = self.text("$dynamicAnchor");
        }
        Ok(())
    }

    fn read_applied(&mut self, node: &mut Node<'a>) {
        node.all_of = self.list("allOf");
        node.any_of = self.list("anyOf");
        node.one_of = self.list("oneOf");
        node.not = self.one("not");
        if self.draft >= Draft::Seven {
            node.condition = self.one("if");
        }
        if node.condition.is_some() {
            node.then = self.one("then");
            node.otherwise = self.one("else");
        }
    }

    fn read_object(&mut self, node: &mut Node<'a>) -> Result<(), Error> {
        node.properties = self.map("properties");
        for (pattern, id) in self.map("patternProperties") {
            node.pattern_properties.push((self.regex("patternProperties", pattern)?, id));
        }
        node.additional_properties = self.additional("additionalProperties");
        node.required = self.schema.get("required").map(texts).unwrap_or_default();
        node.min_properties = self.count("minProperties");
        node.max_properties = self.count("maxProperties");
        for (name, value) in self.entries("dependencies") {
            let dependency = match value {
                Value::List(_) => Dependency::Required(texts(value)),
                _ => Dependency::Schema(self.nested("dependencies", name)),
            };
            node.dependencies.insert(name, dependency);
        }
        if self.draft >= Draft::Six {
            node.property_names = self.one("propertyNames");
        }
        if self.draft >= Draft::Draft2019 {
            node.dependent_schemas = self.map("dependentSchemas");
            let lists = self.entries("dependentRequired");
            let lists = lists.into_iter().filter(|(_, value)| value.as_list().is_some());
            node.dependent_required = lists.map(|(name, value)| (name, texts(value))).collect();
            node.unevaluated_properties = self.one("unevaluatedProperties");
        }
        Ok(())
    }

    fn read_array(&mut self, node: &mut Node<'a>) {
        if self.draft >= Draft::Draft2020 {
            node.first_items = self.list("prefixItems");
            node.other_items = self.one("items").map(Additional::Schema);
        } else if self.schema.get("items").is_some_and(|items| items.as_list().is_some()) {
            node.first_items = self.list("items");
            node.other_items = self.additional("additionalItems");
        } else {
            node.other_items = self.one("items").map(Additional::Schema);
        }
        node.min_items = self.count("minItems");
        node.max_items = self.count("maxItems");
        node.unique_items = self.truth("uniqueItems");
        if self.draft >= Draft::Six {
            node.contains = self.one("contains");
        }
        if self.draft >= Draft::Draft2019 {
            node.min_contains = self.count("minContains");
            node.max_contains = self.count("maxContains");
            node.unevaluated_items = self.one("unevaluatedItems");
        }
    }

    fn read_plain(&mut self, node: &mut Node<'a>) -> Result<(), Error> {
        node.types = self.schema.get("type").map(Types::read).unwrap_or_default();
        node.enumeration = self.schema.get("enum").and_then(Value::as_list);
        if self.draft >= Draft::Six {
            node.constant = self.schema.get("const");
        }
        if self.compiler.formats == Formats::Always || self.draft < Draft::Draft2019 {
            node.format = self.text("format");
        }
        node.min_length = self.count("minLength");
        node.max_length = self.count("maxLength");
        if let Some(pattern) = self.text("pattern") {
            node.pattern = Some((self.regex("pattern", pattern)?, pattern));
        }
        node.multiple_of = self.number("multipleOf");
        (node.minimum, node.exclusive_minimum) = self.bounds("minimum", "exclusiveMinimum");
        (node.maximum, node.exclusive_maximum) = self.bounds("maximum", "exclusiveMaximum");
        Ok(())
    }

    /// Reads a bound and an exclusive one, which in draft 4 is only a mark on the first.
    fn bounds(&self, bound: &str, exclusive: &str) -> (Option<Number>, Option<Number>) {
        match self.truth(exclusive) {
            true => (None, self.number(bound)),
            false => (self.number(bound), self.number(exclusive)),
        }
    }

    fn reference(&mut self, key: &str) -> Result<Option<NodeId>, Error> {
        let Some(reference) = self.text(key) else { return Ok(None) };
        let (path, fragment) = url::split_fragment(reference);
        let bad = || Error::BadUrl { url: reference.to_owned() };
        let fragment = url::decode(fragment).ok_or_else(bad)?;
        let url = url::join(self.base, path);
        let here = &self.compiler.documents[self.document];
        if let Some(resource) = here.resource_of(&url) {
            let pointer = here.locate(resource, &fragment)?;
            return self.compiler.target(self.document, pointer).map(Some);
        }
        let document = self.compiler.document(&url)?;
        // Nobody knows what is there, so that anything fits each part of it.
        let fragment = if self.compiler.out.unloaded.web.contains(&url) { "" } else { &fragment };
        let there = &self.compiler.documents[document];
        let pointer = there.locate(there.resource(""), fragment)?;
        self.compiler.target(document, pointer).map(Some)
    }

    fn dynamic_reference(&mut self) -> Result<Option<(NodeId, Option<String>)>, Error> {
        let Some(id) = self.reference("$dynamicRef")? else { return Ok(None) };
        let fragment = url::split_fragment(self.text("$dynamicRef").unwrap_or_default()).1;
        let name = url::decode(fragment).filter(|name| !name.is_empty() && !name.starts_with('/'));
        Ok(Some((id, name)))
    }

    fn regex(&self, key: &str, pattern: &str) -> Result<Regex, Error> {
        regex(pattern).map_err(|reason| Error::Regex {
            regex: pattern.to_owned(),
            place: format!(
                "{}#{}/{key}",
                self.compiler.documents[self.document].url,
                url::encode(self.pointer)
            ),
            reason,
        })
    }

    fn one(&mut self, key: &str) -> Option<NodeId> {
        self.schema.get(key)?;
        Some(self.compiler.id(self.document, format!("{}/{key}", self.pointer)))
    }

    fn nested(&mut self, key: &str, inner: &str) -> NodeId {
        let pointer = format!("{}/{key}/{}", self.pointer, escape(inner));
        self.compiler.id(self.document, pointer)
    }

    fn list(&mut self, key: &str) -> Vec<NodeId> {
        let count = self.schema.get(key).and_then(Value::as_list).map_or(0, <[Value]>::len);
        (0..count).map(|index| self.nested(key, &index.to_string())).collect()
    }

    fn map(&mut self, key: &str) -> BTreeMap<&'a str, NodeId> {
        let entries = self.entries(key);
        entries.into_iter().map(|(name, _)| (name, self.nested(key, name))).collect()
    }

    fn entries(&self, key: &str) -> Vec<(&'a str, &'a Value)> {
        let map = self.schema.get(key).and_then(Value::as_map);
        map.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
    }

    fn additional(&mut self, key: &str) -> Option<Additional> {
        match self.schema.get(key)? {
            Value::Bool(true) => Some(Additional::Allowed),
            Value::Bool(false) => Some(Additional::Refused),
            _ => self.one(key).map(Additional::Schema),
        }
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.schema.get(key)?.as_str()
    }

    fn truth(&self, key: &str) -> bool {
        self.schema.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn number(&self, key: &str) -> Option<Number> {
        Number::of(self.schema.get(key)?)
    }

    fn count(&self, key: &str) -> Option<i64> {
        self.number(key)?.as_count()
    }
}

/// Compiles a regular expression of Go's; the error is Go's, without its first words.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    let translated = go_regex::translate(pattern)?;
    let regex = RegexBuilder::new(&translated.pattern).size_limit(MAX_REGEX).build();
    regex.map_err(|_| format!("expression too large: `{pattern}`"))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_list().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn empty<'a>(location: String, draft: Draft, resource: NodeId) -> Node<'a> {
    Node {
        location,
        draft,
        resource,
        dynamic_anchors: BTreeMap::new(),
        truth: None,
        reference: None,
        recursive_reference: None,
        recursive_anchor: false,
        dynamic_reference: None,
        dynamic_anchor: None,
        types: Types::default(),
        enumeration: None,
        constant: None,
        format: None,
        not: None,
        all_of: Vec::new(),
        any_of: Vec::new(),
        one_of: Vec::new(),
        condition: None,
        then: None,
        otherwise: None,
        properties: BTreeMap::new(),
        pattern_properties: Vec::new(),
        additional_properties: None,
        property_names: None,
        required: Vec::new(),
        min_properties: None,
        max_properties: None,
        dependencies: BTreeMap::new(),
        dependent_schemas: BTreeMap::new(),
        dependent_required: BTreeMap::new(),
        unevaluated_properties: None,
        first_items: Vec::new(),
        other_items: None,
        min_items: None,
        max_items: None,
        unique_items: false,
        contains: None,
        min_contains: None,
        max_contains: None,
        unevaluated_items: None,
        min_length: None,
        max_length: None,
        pattern: None,
        minimum: None,
        maximum: None,
        exclusive_minimum: None,
        exclusive_maximum: None,
        multiple_of: None,
    }
}
