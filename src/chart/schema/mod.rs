//! `values.schema.json`: whether values fit it, and the reasons in Helm's words if not.
//!
//! The messages follow the validator that Helm uses (santhosh-tekuri/jsonschema 6), step by step:
//! which failure hides which, and which stand under one another. Where Helm's lines come in random
//! order, ours come in the order of the keys.

mod compile;
mod document;
mod draft;
mod error;
mod failure;
mod format;
mod load;
mod node;
mod number;
mod time;
mod url;
mod validate;

use std::fmt::Write;
use std::sync::OnceLock;

pub use error::Error;
pub use load::Fetch;

use super::Chart;
use crate::yaml::{Map, Value};
use compile::{Formats, compile};
use draft::Draft;
use failure::Failure;
use load::Loader;
use node::Nodes;

/// The address that Helm gives to a chart's schema.
const URL: &str = "file:///values.schema.json";

/// The stack of a thread that checks values: enough for the deepest schemas within the limits, and
/// only what is used of it takes memory.
const STACK: usize = 64 << 20;

impl Chart {
    /// Checks coalesced values against the schemas of the chart and its subcharts, and returns
    /// what the user should know.
    ///
    /// Schemas of the web that they lead to are got by `fetch`; without it, anything fits them.
    ///
    /// # Errors
    /// Fails with what does not fit, chart by chart.
    pub fn check_schema(
        &self,
        values: &Map,
        fetch: Option<Fetch<'_>>,
    ) -> Result<Vec<String>, super::Error> {
        let mut report = String::new();
        let mut warnings = Vec::new();
        self.report_misfits(values, fetch, &mut report, &mut warnings);
        if report.is_empty() { Ok(warnings) } else { Err(super::Error::Schema { report }) }
    }

    fn report_misfits(
        &self,
        values: &Map,
        fetch: Option<Fetch<'_>>,
        report: &mut String,
        warnings: &mut Vec<String>,
    ) {
        if let Some(schema) = &self.schema {
            match check(schema, values, fetch) {
                Ok(more) => {
                    let new = more.into_iter().filter(|warning| !warnings.contains(warning));
                    warnings.extend(new.collect::<Vec<_>>());
                }
                Err(error) => {
                    let _ = write!(report, "{}:\n{error}", self.name());
                }
            }
        }
        for subchart in &self.dependencies {
            if let Some(Value::Map(values)) = values.get(subchart.name()) {
                subchart.report_misfits(values, fetch, report, warnings);
            }
        }
    }
}

/// Checks values against the text of one schema, and returns what the user should know.
///
/// Schemas of the web that it leads to are got by `fetch`; without it, anything fits them.
///
/// # Errors
/// Fails with what does not fit, or with what is wrong with the schema.
pub fn check(schema: &[u8], values: &Map, fetch: Option<Fetch<'_>>) -> Result<Vec<String>, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("schema".to_owned()).stack_size(STACK);
        let done = thread.spawn_scoped(scope, || check_here(schema, values, fetch));
        let done = done.map_err(Error::Thread)?.join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn check_here(schema: &[u8], values: &Map, fetch: Option<Fetch<'_>>) -> Result<Vec<String>, Error> {
    let schema = std::str::from_utf8(schema).map_err(|_| Error::Encoding)?;
    let schema = Value::from_json(schema).map_err(Error::Json)?;
    let loader = Loader::new(fetch);
    let nodes = compile(URL, Some(&schema), &loader, Formats::OlderDrafts, &check_schema_itself)?;
    let values = Value::Map(values.clone());
    let failures = validate::validate(&nodes, &values)?;
    if failures.is_empty() {
        let names = nodes.unloaded.names.iter().map(|name| unresolved(name));
        return Ok(names.chain(nodes.unloaded.web.iter().map(|url| unfetched(url))).collect());
    }
    Err(Error::Unfit(format!("{}\n", Failure::lines(&failures).trim_start_matches('\n'))))
}

/// Says in Helm's words what it says of a name that is no address.
fn unresolved(urn: &str) -> String {
    format!("unresolved URN reference ignored; using permissive schema urn={urn}")
}

fn unfetched(url: &str) -> String {
    format!(
        "remote schema reference ignored; using permissive schema \
         (--enable-schema-fetch fetches it) url={url}"
    )
}

/// Checks a schema against the schema of its draft.
fn check_schema_itself(draft: Draft, schema: &Value, url: &str) -> Result<(), Error> {
    let failures = validate::validate(metaschema(draft)?, schema)?;
    if failures.is_empty() {
        return Ok(());
    }
    let failures = format!(
        "jsonschema validation failed with '{}#'{}",
        draft.url(),
        Failure::lines(&failures)
    );
    Err(Error::Invalid { url: url.to_owned(), failures })
}

fn metaschema(draft: Draft) -> Result<&'static Nodes<'static>, Error> {
    static READY: [OnceLock<Nodes<'static>>; 5] = [const { OnceLock::new() }; 5];
    static BUILT_IN: Loader<'static> = Loader::new(None);
    let ready = &READY[draft as usize];
    if let Some(nodes) = ready.get() {
        return Ok(nodes);
    }
    let nodes = compile(draft.url(), None, &BUILT_IN, Formats::Always, &|_, _, _| Ok(()))?;
    Ok(ready.get_or_init(|| nodes))
}
