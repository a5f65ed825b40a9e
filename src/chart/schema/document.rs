//! A schema document: the resources in it, which have addresses of their own, and their anchors.

use std::collections::{BTreeMap, HashSet};

use super::draft::Draft;
use super::error::Error;
use super::url;
use crate::yaml::{Map, Value};

/// A document, by its address.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// The address it was loaded from.
    pub(super) url: String,
    /// The whole of it.
    pub(super) value: &'a Value,
    /// The parts that have addresses of their own, by their pointers; the whole is one.
    resources: BTreeMap<String, Resource>,
    /// The pointers of the schemas that were looked through.
    seen: HashSet<String>,
}

/// A part of a document that has an address of its own.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// Where it is in the document.
    pub(super) pointer: String,
    /// Its address.
    pub(super) id: String,
    /// The draft it is written for.
    pub(super) draft: Draft,
    /// The named places in it.
    anchors: BTreeMap<String, String>,
    /// The names among them that a `$dynamicRef` may choose.
    pub(super) dynamic: Vec<String>,
}

/// Says for which draft a `$schema` is, when it is none of the known ones.
pub(super) type FindDraft<'f> = &'f mut dyn FnMut(&str) -> Result<Option<Draft>, Error>;

impl<'a> Document<'a> {
    /// Looks through a document.
    pub(super) fn new(
        url: String,
        value: &'a Value,
        draft: Draft,
        find: FindDraft<'_>,
    ) -> Result<Self, Error> {
        let mut document = Self { url, value, resources: BTreeMap::new(), seen: HashSet::new() };
        let base = document.url.clone();
        document.look_through(String::new(), value, &base, draft, find)?;
        Ok(document)
    }

    /// Looks through a schema where none is expected, to which a reference leads; says whether it
    /// was new.
    pub(super) fn look_at(
        &mut self,
        pointer: &str,
        value: &'a Value,
        find: FindDraft<'_>,
    ) -> Result<bool, Error> {
        if self.seen.contains(pointer) {
            return Ok(false);
        }
        let Resource { id, draft, .. } = self.resource(pointer).clone();
        self.look_through(pointer.to_owned(), value, &id, draft, find)?;
        Ok(true)
    }

    fn look_through(
        &mut self,
        pointer: String,
        value: &'a Value,
        base: &str,
        fallback: Draft,
        find: FindDraft<'_>,
    ) -> Result<(), Error> {
        if !self.seen.insert(pointer.clone()) {
            return Ok(());
        }
        let Value::Map(schema) = value else {
            if pointer.is_empty() {
                self.add_resource(pointer, base.to_owned(), fallback)?;
            }
            return Ok(());
        };
        let named = named_draft(schema, find)?;
        let mut draft = named.unwrap_or(fallback);
        let mut id = draft.id(schema);
        if id.is_none() && !pointer.is_empty() {
            draft = fallback;
            id = draft.id(schema);
        }
        let base = id.map_or_else(|| base.to_owned(), |id| url::join(base, id));
        if id.is_some() || pointer.is_empty() {
            self.add_resource(pointer.clone(), base.clone(), draft)?;
        }
        self.add_anchors(&pointer, schema, &base)?;
        for (pointer, value) in draft.subschemas(schema, &pointer) {
            self.look_through(pointer, value, &base, draft, find)?;
        }
        Ok(())
    }

    fn add_resource(&mut self, pointer: String, id: String, draft: Draft) -> Result<(), Error> {
        if let Some(other) = self.resources.values().find(|resource| resource.id == id) {
            let (first, second) = (pointer, other.pointer.clone());
            return Err(Error::DuplicateId { id, url: self.url.clone(), first, second });
        }
        let resource = Resource {
            pointer: pointer.clone(),
            id,
            draft,
            anchors: BTreeMap::new(),
            dynamic: Vec::new(),
        };
        self.resources.insert(pointer, resource);
        Ok(())
    }

    fn add_anchors(&mut self, pointer: &str, schema: &Map, base: &str) -> Result<(), Error> {
        let Some(resource) = self.resources.values_mut().find(|resource| resource.id == base)
        else {
            return Ok(());
        };
        let text = |key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut names = Vec::new();
        if resource.draft < Draft::Draft2019 {
            if schema.contains_key("$ref") {
                return Ok(());
            }
            let id = text(if resource.draft == Draft::Four { "id" } else { "$id" });
            let fragment = id.as_deref().map(|id| url::split_fragment(id).1).unwrap_or_default();
            let name = url::decode(fragment).ok_or_else(|| Error::ParseAnchor {
                place: format!("{}#{}", self.url, url::encode(pointer)),
            })?;
            names.extend(Some(name).filter(|name| !name.is_empty() && !name.starts_with('/')));
        } else {
            names.extend(text("$anchor"));
            let dynamic = text("$dynamicAnchor").filter(|_| resource.draft >= Draft::Draft2020);
            resource.dynamic.extend(dynamic.clone());
            names.extend(dynamic);
        }
        for name in names {
            let before = resource.anchors.insert(name.clone(), pointer.to_owned());
            if let Some(first) = before.filter(|before| before != pointer) {
                let (url, second) = (self.url.clone(), pointer.to_owned());
                return Err(Error::DuplicateAnchor { anchor: name, url, first, second });
            }
        }
        Ok(())
    }

    /// Returns the resource that a schema belongs to.
    pub(super) fn resource(&self, pointer: &str) -> &Resource {
        let mut pointer = pointer;
        loop {
            if let Some(resource) = self.resources.get(pointer) {
                return resource;
            }
            pointer = pointer.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// Returns the resource of an address, if it is in this document.
    pub(super) fn resource_of(&self, url: &str) -> Option<&Resource> {
        if url == self.url {
            return self.resources.get("");
        }
        self.resources.values().find(|resource| resource.id == url)
    }

    /// Returns the pointer to what a fragment of a resource means.
    pub(super) fn locate(&self, resource: &Resource, fragment: &str) -> Result<String, Error> {
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(format!("{}{fragment}", resource.pointer));
        }
        resource.anchors.get(fragment).cloned().ok_or_else(|| Error::NoAnchor {
            reference: format!("{}#{}", resource.id, url::encode(fragment)),
            url: self.url.clone(),
        })
    }

    /// Returns the place of each anchor that a `$dynamicRef` may choose in a resource.
    pub(super) fn dynamic_anchors(&self, resource: &Resource) -> Vec<(String, String)> {
        let place = |name: &String| Some((name.clone(), resource.anchors.get(name)?.clone()));
        resource.dynamic.iter().filter_map(place).collect()
    }

    /// Returns what a pointer leads to.
    pub(super) fn lookup(&self, pointer: &str) -> Result<&'a Value, Error> {
        let place = || format!("{}#{}", self.url, url::encode(pointer));
        let mut value = self.value;
        for token in pointer.split('/').skip(1) {
            let token = unescape(token).ok_or_else(|| Error::BadPointer { place: place() })?;
            let next = match value {
                Value::Map(map) => map.get(&token),
                Value::List(items) => token.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            value = next.ok_or_else(|| Error::NoSuchPlace { place: place() })?;
        }
        Ok(value)
    }
}

fn named_draft(schema: &Map, find: FindDraft<'_>) -> Result<Option<Draft>, Error> {
    let Some(name) = schema.get("$schema").and_then(Value::as_str) else { return Ok(None) };
    match Draft::named(name) {
        Some(draft) => Ok(Some(draft)),
        None => find(name),
    }
}

/// Writes a key as a part of a pointer.
pub(super) fn escape(key: &str) -> String {
    if key.contains(['~', '/']) {
        key.replace('~', "~0").replace('/', "~1")
    } else {
        key.to_owned()
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut text = String::with_capacity(token.len());
    let mut rest = token.chars();
    while let Some(c) = rest.next() {
        match c {
            '~' => text.push(match rest.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            }),
            c => text.push(c),
        }
    }
    Some(text)
}
