//! Rendered text as Kubernetes objects.
//!
//! A rendering is cut into documents, hooks are taken out, and the rest is put in install order:
//! the text that comes of it is what a release record keeps, byte for byte as Helm writes it.

mod document;
mod error;
mod expand;
mod head;
mod hook;
mod object;
mod order;
mod split;
mod time;

use std::collections::BTreeMap;

pub use document::Document;
pub use error::{Error, Excerpt};
pub use head::Mismatch;
pub use hook::{Hook, HookDeletePolicy, HookEvent, HookLogPolicy, HookPhase, HookRun};
pub use object::{Object, ObjectRef};
pub use order::{Order, Wave};
pub use time::Time;

use hook::EVENT_ANNOTATION;

/// The documents of one release, hooks taken out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifest {
    documents: Vec<Document>,
}

/// What the rendered files of a chart come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sorted {
    /// The documents to apply, in install order.
    pub manifest: Manifest,
    /// The hooks, in install order.
    pub hooks: Vec<Hook>,
    /// The objects that are neither, because their hook annotation has an unknown event.
    pub dropped: Vec<Dropped>,
}

/// An object that Helm leaves out without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The template that the object was rendered from.
    pub path: String,
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// The whole text of the annotation that is not understood.
    pub events: String,
}

impl Manifest {
    /// Cuts rendered files (template path → text) into documents and hooks, both in install order.
    ///
    /// Partials and blank files are passed over; notes must have been taken out before.
    ///
    /// # Errors
    ///
    /// The first document, in the order of paths, that is no YAML or cannot be an object.
    pub fn sort(files: &BTreeMap<String, String>) -> Result<Sorted, Error> {
        let mut sorted = Sorted::default();
        for (path, text) in files.iter().filter(|(path, _)| !is_partial(path)) {
            for piece in split::split(text) {
                sorted.add(Document::parse(path, piece)?);
            }
        }
        Order::Install.sort(&mut sorted.manifest.documents, Document::kind);
        Order::Install.sort(&mut sorted.hooks, |hook| &hook.kind);
        Ok(sorted)
    }

    /// Reads a stored manifest back; every document keeps the template that its comment names.
    ///
    /// # Errors
    ///
    /// The first document that is no YAML or cannot be an object.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let documents = split::split(text).into_iter().map(Document::parse_stored);
        Ok(Self { documents: documents.collect::<Result<_, _>>()? })
    }

    /// Returns the documents in their order.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Gives the documents away, in their order.
    pub fn into_documents(self) -> Vec<Document> {
        self.documents
    }

    /// Returns the text that a release record keeps.
    pub fn text(&self) -> String {
        self.documents.iter().map(Document::stored_text).collect()
    }

    /// Returns the objects of all documents in their order, items of lists each on its own.
    ///
    /// # Errors
    ///
    /// The first document that lacks what names an object.
    pub fn objects(&self) -> Result<Vec<Object>, Error> {
        let mut objects = Vec::new();
        for document in &self.documents {
            expand::expand(document, &mut objects)?;
        }
        Ok(objects)
    }
}

impl Sorted {
    fn add(&mut self, document: Document) {
        let Some(events) = document.annotation(EVENT_ANNOTATION) else {
            self.manifest.documents.push(document);
            return;
        };
        match document.hook(&events) {
            Some(hook) => self.hooks.push(hook),
            None => self.dropped.push(Dropped {
                kind: document.kind().to_owned(),
                name: document.name(),
                path: document.source,
                events,
            }),
        }
    }
}

/// Cuts a text into its documents, each from its first character that is not white space, without
/// the blank ones.
pub fn split(text: &str) -> Vec<&str> {
    split::split(text).into_iter().map(|piece| piece.text).collect()
}

/// Takes the notes out of rendered files, and returns the text to show after an operation.
///
/// Every file whose path ends in `NOTES.txt` is taken out; `<chart>/templates/NOTES.txt` counts,
/// and with `subcharts` the others do too, in the order of their paths (Helm's order is random).
pub fn take_notes(files: &mut BTreeMap<String, String>, chart: &str, subcharts: bool) -> String {
    let own = format!("{chart}/templates/NOTES.txt");
    let mut notes = String::new();
    files.retain(|path, text| {
        let is_notes = path.ends_with("NOTES.txt");
        if is_notes && (subcharts || *path == own) {
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str(text);
        }
        !is_notes
    });
    notes
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| file.starts_with('_'))
}

#[cfg(test)]
mod tests;
