//! What the proxy remembers of each request.

use std::fmt;
use std::time::Duration;

/// A request that came to the proxy, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// Its place in the order of coming, from 1.
    pub(crate) number: usize,
    /// `GET`, `PATCH`, …
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// What the program calls itself.
    pub(crate) user_agent: String,
    /// When it came, from the start of the proxy.
    pub(crate) at: Duration,
    /// Whether the API server got it.
    pub(crate) forwarded: bool,
    /// What the API server answered.
    pub(crate) answered: Option<u16>,
    /// What the program was told; the connection was cut when it is nothing.
    pub(crate) told: Option<u16>,
}

impl Request {
    /// Says whether it asks for a change.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD") && !self.path.contains("dryRun=All")
    }

    /// Says whether it asks for changes as they come.
    pub(crate) fn is_watch(&self) -> bool {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|part| matches!(part, "watch=1" | "watch=true"))
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.number, self.method, self.path)
    }
}
