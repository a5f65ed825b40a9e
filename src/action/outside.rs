//! What a rendering asks of others: objects of the cluster, names, and schemas of the web.
//!
//! Each question is asked once in a run. A rendering that fails is done again to see why, and must
//! find what it found before.

use std::collections::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;

use super::fetch::fetch;
use crate::chart::{self, Chart};
use crate::cluster::Cluster;
use crate::engine::{Lookup, Resolve};
use crate::yaml::{Map, Value};

/// How values are checked against the schemas of charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SchemaCheck {
    /// Values are taken as they are.
    Skip,
    /// Anything fits a schema of the web that a chart's schema names.
    #[default]
    Local,
    /// Such schemas are fetched.
    Fetch,
}

/// Whom a rendering may ask.
pub(super) struct Outside {
    /// How values are checked against schemas.
    pub(super) schemas: Schemas,
    /// Asks the cluster.
    pub(super) lookup: Option<Lookup>,
    /// Asks for the address of a name.
    pub(super) resolve: Option<Resolve>,
}

impl Outside {
    /// Makes what a run that has asked nothing may ask.
    pub(super) fn new(cluster: Option<Arc<Cluster>>, check: SchemaCheck, dns: bool) -> Self {
        Self {
            schemas: Schemas::new(check),
            lookup: cluster.map(lookup),
            resolve: dns.then(resolve),
        }
    }
}

/// How long fetching a schema may take, as in Helm.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(15);

/// How many bytes a schema may have; that of all of Kubernetes has some four million.
const MAX_SCHEMA: u64 = 16 << 20;

/// Checks values against schemas, and fetches each schema of the web once.
pub(super) struct Schemas {
    check: SchemaCheck,
    runtime: Handle,
    fetched: Answers<Vec<u8>>,
}

impl Schemas {
    /// Makes one for a run that has fetched nothing.
    pub(super) fn new(check: SchemaCheck) -> Self {
        Self { check, runtime: Handle::current(), fetched: Answers::default() }
    }

    /// Checks the values of a chart and its subcharts, and returns what the user should know.
    pub(super) fn check(&self, chart: &Chart, values: &Map) -> Result<Vec<String>, chart::Error> {
        let fetch = |url: &str| self.fetch(url);
        match self.check {
            SchemaCheck::Skip => Ok(Vec::new()),
            SchemaCheck::Local => chart.check_schema(values, None),
            SchemaCheck::Fetch => chart.check_schema(values, Some(&fetch)),
        }
    }

    /// Checks the values of one chart against the text of its schema.
    pub(super) fn check_text(
        &self,
        schema: &[u8],
        values: &Map,
    ) -> Result<(), chart::schema::Error> {
        let fetch = |url: &str| self.fetch(url);
        match self.check {
            SchemaCheck::Skip => Ok(()),
            SchemaCheck::Local => chart::schema::check(schema, values, None).map(|_| ()),
            SchemaCheck::Fetch => chart::schema::check(schema, values, Some(&fetch)).map(|_| ()),
        }
    }

    /// Schemas are checked on threads of their own, which may wait.
    fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let ask = || self.runtime.block_on(fetch(url, SCHEMA_TIMEOUT, MAX_SCHEMA));
        self.fetched.get(url.to_owned(), ask)
    }
}

/// Returns how templates ask a cluster.
fn lookup(cluster: Arc<Cluster>) -> Lookup {
    let runtime = Handle::current();
    let found = Answers::<Value>::default();
    Arc::new(move |api_version: &str, kind: &str, namespace: &str, name: &str| {
        found.get([api_version, kind, namespace, name].join("\0"), || {
            let found = runtime.block_on(cluster.lookup(api_version, kind, namespace, name));
            found.map(Value::from).map_err(|error| error.to_string())
        })
    })
}

/// Returns how templates ask for the address of a name.
fn resolve() -> Resolve {
    let found = Answers::default();
    Arc::new(move |name: &str| found.get(name.to_owned(), || address(name)))
}

/// Returns the first address of a name, where Helm takes any.
fn address(name: &str) -> Result<String, String> {
    if name.parse::<IpAddr>().is_ok() {
        return Ok(name.to_owned());
    }
    // The system would take `010.1.2.3` for an address with an octal number.
    let is_name = name.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.');
    let found = Some((name, 0)).filter(|_| is_name).and_then(|at| at.to_socket_addrs().ok());
    let first = found.into_iter().flatten().map(|address| address.ip()).min();
    // The first words are Helm's, which chooses among none.
    let none = || format!("invalid argument to Intn: there is no address of `{name}`");
    first.map(|address| address.to_string()).ok_or_else(none)
}

/// The answers to questions that were asked.
struct Answers<T>(Mutex<HashMap<String, Result<T, String>>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Answers<T> {
    /// Returns the answer to a question, which is asked if it is new.
    fn get(&self, question: String, ask: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let mut answers = self.0.lock().expect("asking does not panic");
        answers.entry(question).or_insert_with(ask).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_asked_once_whatever_the_answer() {
        let answers = Answers::default();
        let mut asked = 0;
        for _ in 0..2 {
            for answer in [Ok(1), Err("no".to_owned())] {
                let got = answers.get(format!("{answer:?}"), || {
                    asked += 1;
                    answer.clone()
                });
                assert_eq!(got, answer);
            }
        }
        assert_eq!(asked, 2);
    }

    #[test]
    fn names_have_addresses_as_go_finds_them() {
        assert_eq!(address("localhost").as_deref(), Ok("127.0.0.1"));
        assert_eq!(address("::1").as_deref(), Ok("::1"));
        for none in ["", "010.1.2.3", "1", "a b"] {
            let said = address(none).expect_err(none);
            assert!(said.starts_with("invalid argument to Intn"), "{said}");
        }
    }
}
