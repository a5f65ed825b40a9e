//! One document of a manifest: its text, and as much of its data as Helm looks at before it is
//! taken for an object.

use super::error::{Error, Excerpt};
use super::head;
use super::hook::{DELETE_ANNOTATION, Hook, HookEvent, HookRun, LOG_ANNOTATION, WEIGHT_ANNOTATION};
use super::split::Piece;
use crate::yaml::{self, Value};

/// One YAML document of a manifest; a comment alone is one too.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The template that the document was rendered from; empty where nothing tells.
    pub source: String,
    /// The number of the line in the file, or in the stored manifest, where the text begins.
    pub line: usize,
    /// The text as rendered.
    pub text: String,
    /// The text as data: a mapping or null.
    pub value: Value,
}

/// How Helm marks the template of a document in a stored manifest.
const SOURCE_MARK: &str = "# Source: ";

impl Document {
    /// Reads one document of a rendered file.
    pub(super) fn parse(source: &str, piece: Piece<'_>) -> Result<Self, Error> {
        let value = yaml::parse(piece.text).map_err(|error| {
            let line = piece.line + error.line().unwrap_or(1).saturating_sub(1);
            let excerpt = Excerpt::new(piece.text, piece.line, line).into();
            Error::Parse { path: source.to_owned(), excerpt, source: error }
        })?;
        let document = Self {
            source: source.to_owned(),
            line: piece.line,
            text: piece.text.to_owned(),
            value,
        };
        document.check_head()?;
        Ok(document)
    }

    /// Reads one document of a stored manifest.
    pub(super) fn parse_stored(piece: Piece<'_>) -> Result<Self, Error> {
        let Some((source, text)) =
            piece.text.strip_prefix(SOURCE_MARK).and_then(|marked| marked.split_once('\n'))
        else {
            return Self::parse("", piece);
        };
        let text = text.strip_suffix('\n').unwrap_or(text);
        Self::parse(source, Piece { line: piece.line + 1, text })
    }

    /// Returns the document as a stored manifest has it.
    pub(super) fn stored_text(&self) -> String {
        format!("---\n{SOURCE_MARK}{}\n{}\n", self.source, self.text)
    }

    /// Returns the kind; empty if the document states none.
    pub fn kind(&self) -> &str {
        self.head("kind").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the name; empty if the document states none.
    pub(super) fn name(&self) -> String {
        self.metadata("name").and_then(scalar_text).unwrap_or_default()
    }

    /// Returns one annotation as text; numbers and booleans count as what they are written as.
    pub(super) fn annotation(&self, key: &str) -> Option<String> {
        let annotation = self.metadata("annotations")?.get(key)?;
        Some(scalar_text(annotation).unwrap_or_default())
    }

    fn head(&self, name: &str) -> Option<&Value> {
        head::field(self.value.as_map()?, name)
    }

    fn metadata(&self, name: &str) -> Option<&Value> {
        head::field(self.head("metadata")?.as_map()?, name)
    }

    /// Returns the document as a hook; `None` if one of its events is unknown.
    pub(super) fn hook(&self, events: &str) -> Option<Hook> {
        let weight = self.annotation(WEIGHT_ANNOTATION).unwrap_or_default();
        Some(Hook {
            name: self.name(),
            kind: self.kind().to_owned(),
            path: self.source.clone(),
            manifest: self.text.clone(),
            events: words(events).map(event).collect::<Option<_>>()?,
            last_run: HookRun::default(),
            weight: weight.parse().unwrap_or(0),
            delete_policies: self.words_of(DELETE_ANNOTATION),
            output_log_policies: self.words_of(LOG_ANNOTATION),
        })
    }

    fn words_of<T: From<String>>(&self, key: &str) -> Vec<T> {
        let list = self.annotation(key);
        list.iter().flat_map(|list| words(list)).map(T::from).collect()
    }

    /// Refuses what Helm's own first look at a document refuses.
    fn check_head(&self) -> Result<(), Error> {
        head::check(&self.value).map_err(|source| Error::Head {
            path: self.source.clone(),
            excerpt: self.excerpt().into(),
            source,
        })
    }

    /// Shows where the document starts.
    pub(super) fn excerpt(&self) -> Excerpt {
        Excerpt::new(&self.text, self.line, self.line)
    }
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::List(_) | Value::Map(_) => None,
        Value::String(text) => Some(text.clone()),
        scalar => Some(scalar.to_json()),
    }
}

/// Cuts the list that an annotation of Helm's holds into its words.
fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|word| word.trim().to_lowercase())
}

fn event(word: String) -> Option<HookEvent> {
    match word.as_str() {
        // Helm 2's name for a test.
        "test-success" => Some(HookEvent::Test),
        _ => match HookEvent::from(word) {
            HookEvent::Other(_) => None,
            known => Some(known),
        },
    }
}
