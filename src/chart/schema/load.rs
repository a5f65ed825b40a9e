//! The documents that a schema leads to outside the chart: metaschemas, which are built in, and
//! those of the web, which are fetched only if someone fetches them.

use std::sync::OnceLock;

use super::draft::{self, Draft};
use super::error::Error;
use super::url;
use crate::yaml::Value;

/// Fetches the text at an address of the web, or says why it cannot.
pub type Fetch<'f> = &'f (dyn Fn(&str) -> Result<Vec<u8>, String> + Sync);

/// How many documents of the web one schema may lead to.
const MAX_DOCUMENTS: usize = 100;

/// What an address without a schema stands for.
static ANYTHING: Value = Value::Bool(true);

/// Gets documents by their addresses, each once.
pub(super) struct Loader<'f> {
    fetch: Option<Fetch<'f>>,
    fetched: [OnceLock<(String, Value)>; MAX_DOCUMENTS],
}

/// The addresses that stand for anything, as nobody got what is there.
#[derive(Debug, Default)]
pub(super) struct Unloaded {
    /// Names that nobody can be asked for.
    pub(super) names: Vec<String>,
    /// Addresses of the web.
    pub(super) web: Vec<String>,
}

impl<'f> Loader<'f> {
    /// Makes one that gets documents of the web by `fetch`; without it, anything fits them.
    pub(super) const fn new(fetch: Option<Fetch<'f>>) -> Self {
        Self { fetch, fetched: [const { OnceLock::new() }; MAX_DOCUMENTS] }
    }

    /// Returns the document at an address without a fragment.
    pub(super) fn load(&self, url: &str, unloaded: &mut Unloaded) -> Result<&Value, Error> {
        if let Some(known) = draft::metaschema(url) {
            return Ok(known);
        }
        match (url::scheme(url), self.fetch) {
            // Helm has nobody to ask for these, says so, and accepts everything.
            (Some("urn"), _) => {
                unloaded.names.push(url.to_owned());
                Ok(&ANYTHING)
            }
            (Some("http" | "https"), None) => {
                unloaded.web.push(url.to_owned());
                Ok(&ANYTHING)
            }
            (Some("http" | "https"), Some(fetch)) => self.fetched(url, fetch),
            (Some("file"), _) => Err(Error::File { url: url.to_owned() }),
            _ => Err(Error::Scheme { url: url.to_owned() }),
        }
    }

    fn fetched(&self, url: &str, fetch: Fetch<'_>) -> Result<&Value, Error> {
        for slot in &self.fetched {
            match slot.get() {
                Some((known, value)) if known == url => return Ok(value),
                Some(_) => {}
                None => {
                    let value = read(url, fetch)?;
                    return Ok(&slot.get_or_init(|| (url.to_owned(), value)).1);
                }
            }
        }
        Err(Error::Limit { what: "it leads to too many documents" })
    }

    /// Returns the draft that a `$schema` leads to when it is none of the known ones; none for the
    /// usual one.
    pub(super) fn draft(
        &self,
        schema: &str,
        unloaded: &mut Unloaded,
    ) -> Result<Option<Draft>, Error> {
        let mut seen = Vec::new();
        let mut here = url::split_fragment(schema).0.to_owned();
        loop {
            let document = self.load(&here, unloaded)?;
            let Some(above) = document.get("$schema").and_then(Value::as_str) else {
                return Ok(None);
            };
            if let Some(draft) = Draft::named(above) {
                return Ok(Some(draft));
            }
            let above = url::split_fragment(above).0.to_owned();
            if above == here {
                return Err(Error::UnknownDraft { url: here });
            }
            if seen.contains(&above) {
                return Err(Error::DraftCycle { url: above });
            }
            seen.push(std::mem::replace(&mut here, above));
        }
    }
}

fn read(url: &str, fetch: Fetch<'_>) -> Result<Value, Error> {
    let failed = |reason| Error::Load { url: url.to_owned(), reason };
    let text = fetch(url).map_err(failed)?;
    let text = String::from_utf8(text).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
    Value::from_json(&text)
        .map_err(|error| failed(format!("it is no JSON: {}", super::error::json(&error))))
}
