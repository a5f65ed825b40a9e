//! A schema document: the resources in it, which have addresses of their own, and their anchors.

use std::collections::{BTreeMap, HashMap};

use super::draft::{Draft, Form};
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
    /// The pointers of the resources by their addresses.
    pointers: HashMap<String, String>,
    /// Where schemas are that no keyword leads to.
    strays: Vec<String>,
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
        let resources = BTreeMap::new();
        let mut document =
            Self { url, value, resources, pointers: HashMap::new(), strays: Vec::new() };
        let base = document.url.clone();
        document.look_through(&Path::Start(""), value, &base, draft, find)?;
        Ok(document)
    }

    /// Looks through a schema to which a reference leads, if none was expected there; says whether
    /// that is so.
    pub(super) fn look_at(
        &mut self,
        pointer: &str,
        value: &'a Value,
        find: FindDraft<'_>,
    ) -> Result<bool, Error> {
        let is_known = |start: &str| {
            let below = pointer.strip_prefix(start);
            below.is_some_and(|below| self.leads_to_schema(start, below))
        };
        if is_known("") || self.strays.iter().any(|start| is_known(start)) {
            return Ok(false);
        }
        let Resource { id, draft, .. } = self.resource(pointer).clone();
        self.strays.push(pointer.to_owned());
        self.look_through(&Path::Start(pointer), value, &id, draft, find)?;
        Ok(true)
    }

    /// Says whether only keywords that hold schemas lead from one place to another.
    fn leads_to_schema(&self, start: &str, below: &str) -> bool {
        let Ok(mut value) = self.lookup(start) else { return false };
        let mut at = start.to_owned();
        let mut tokens = below.split('/').skip(1);
        while let Some(token) = tokens.next() {
            let draft = self.resource(&at).draft;
            let Some(form) = Form::of(token, draft) else { return false };
            let is_list = value.get(token).is_some_and(|value| value.as_list().is_some());
            let mut path = format!("/{token}");
            if form.is_nested(is_list) {
                let Some(inner) = tokens.next() else { return false };
                path = format!("{path}/{inner}");
            }
            let Some(next) = follow(value, &path) else { return false };
            value = next;
            at.push_str(&path);
        }
        true
    }

    fn look_through(
        &mut self,
        path: &Path<'_>,
        value: &'a Value,
        base: &str,
        fallback: Draft,
        find: FindDraft<'_>,
    ) -> Result<(), Error> {
        let is_whole = matches!(path, Path::Start(""));
        let Value::Map(schema) = value else {
            if is_whole {
                self.add_resource(String::new(), base.to_owned(), fallback)?;
            }
            return Ok(());
        };
        let named = named_draft(schema, find)?;
        let mut draft = named.unwrap_or(fallback);
        let mut id = draft.id(schema);
        if id.is_none() && !is_whole {
            draft = fallback;
            id = draft.id(schema);
        }
        let joined = id.map(|id| url::join(base, id));
        let base = joined.as_deref().unwrap_or(base);
        if id.is_some() || is_whole {
            self.add_resource(path.pointer(), base.to_owned(), draft)?;
        }
        self.add_anchors(path, schema, base)?;
        for (key, value) in schema {
            let Some(form) = Form::of(key, draft) else { continue };
            let path = Path::Key(key, path);
            match value {
                Value::Map(map) if form == Form::Map => {
                    for (key, value) in map {
                        self.look_through(&Path::Key(key, &path), value, base, draft, find)?;
                    }
                }
                Value::List(items) if form.is_nested(true) => {
                    for (index, value) in items.iter().enumerate() {
                        self.look_through(&Path::Index(index, &path), value, base, draft, find)?;
                    }
                }
                value => self.look_through(&path, value, base, draft, find)?,
            }
        }
        Ok(())
    }

    fn add_resource(&mut self, pointer: String, id: String, draft: Draft) -> Result<(), Error> {
        if let Some(other) = self.pointers.insert(id.clone(), pointer.clone()) {
            let (first, second) = (pointer, other);
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

    fn add_anchors(&mut self, path: &Path<'_>, schema: &Map, base: &str) -> Result<(), Error> {
        if !["id", "$id", "$anchor", "$dynamicAnchor"].iter().any(|key| schema.contains_key(*key)) {
            return Ok(());
        }
        let pointer = path.pointer();
        let Some(resource) =
            self.pointers.get(base).and_then(|pointer| self.resources.get_mut(pointer))
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
                place: format!("{}#{}", self.url, url::encode(&pointer)),
            })?;
            names.extend(Some(name).filter(|name| !name.is_empty() && !name.starts_with('/')));
        } else {
            names.extend(text("$anchor"));
            let dynamic = text("$dynamicAnchor").filter(|_| resource.draft >= Draft::Draft2020);
            resource.dynamic.extend(dynamic.clone());
            names.extend(dynamic);
        }
        for name in names {
            let before = resource.anchors.insert(name.clone(), pointer.clone());
            if let Some(first) = before.filter(|before| *before != pointer) {
                let (url, second) = (self.url.clone(), pointer);
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
        self.resources.get(self.pointers.get(url)?)
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
        if pointer.contains('~') && pointer.split('/').any(|token| unescape(token).is_none()) {
            return Err(Error::BadPointer { place: place() });
        }
        follow(self.value, pointer).ok_or_else(|| Error::NoSuchPlace { place: place() })
    }
}

/// A place in a document, from the inside out.
enum Path<'p> {
    Start(&'p str),
    Key(&'p str, &'p Self),
    Index(usize, &'p Self),
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Start(pointer) => (*pointer).to_owned(),
            Self::Key(key, above) => format!("{}/{}", above.pointer(), escape(key)),
            Self::Index(index, above) => format!("{}/{index}", above.pointer()),
        }
    }
}

/// Returns what a pointer leads to, if there is anything.
fn follow<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(value, |value, token| match value {
        Value::Map(map) if token.contains('~') => map.get(&unescape(token)?),
        Value::Map(map) => map.get(token),
        Value::List(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    })
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
