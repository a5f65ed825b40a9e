//! Why values cannot be checked against a schema, or do not fit it, in the words that Helm prints.

use crate::values::go::quote;
use crate::yaml;

/// Why values cannot be checked against a schema, or do not fit it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The values do not fit; the text has a line for each reason, and ends with one.
    #[error("{0}")]
    Unfit(String),
    /// The schema is no JSON.
    #[error("the schema is no JSON: {}", json(.0))]
    Json(yaml::Error),
    /// The schema is not UTF-8.
    #[error("the schema is no JSON: it is not UTF-8 text")]
    Encoding,
    /// The schema is not one of its draft.
    #[error("{} is not valid against metaschema: {failures}", quote(.url))]
    Invalid {
        /// The schema.
        url: String,
        /// What is wrong with it.
        failures: String,
    },
    /// The system gives no thread.
    #[error("cannot start a thread for the schema: {0}")]
    Thread(std::io::Error),
    /// A reference leads to a file.
    #[error(
        "failing loading {}: windlass reads no other file for a schema; put it into the schema, under `$defs`",
        quote(.url)
    )]
    File {
        /// Where it leads.
        url: String,
    },
    /// What is at an address of the web cannot be had.
    #[error("failing loading {}: {reason}", quote(.url))]
    Load {
        /// The address.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A metaschema is for a draft that is not known.
    #[error("draft {} is not supported", quote(.url))]
    UnknownDraft {
        /// The metaschema.
        url: String,
    },
    /// A metaschema leads to itself.
    #[error("cycle in resolving $schema in {}", quote(.url))]
    DraftCycle {
        /// The metaschema.
        url: String,
    },
    /// A reference is no address that anything could be loaded from.
    #[error("failing loading {0}: no URLLoader registered for {0}", quote(.url))]
    Scheme {
        /// The address.
        url: String,
    },
    /// A reference names an anchor that is not there.
    #[error("anchor in {} not found in schema {}", quote(.reference), quote(.url))]
    NoAnchor {
        /// The reference.
        reference: String,
        /// The document.
        url: String,
    },
    /// A reference leads nowhere.
    #[error("json-pointer in {} not found", quote(.place))]
    NoSuchPlace {
        /// Where it leads.
        place: String,
    },
    /// A reference is no JSON pointer.
    #[error("invalid json-pointer {}", quote(.place))]
    BadPointer {
        /// The reference.
        place: String,
    },
    /// A reference has an escape that is none.
    #[error("error in parsing {}: invalid URL escape", quote(.url))]
    BadUrl {
        /// The reference.
        url: String,
    },
    /// An anchor has an escape that is none.
    #[error("error in parsing anchor at {}", quote(.place))]
    ParseAnchor {
        /// Where it is.
        place: String,
    },
    /// Two schemas have one address.
    #[error(
        "duplicate id {} in {} at {} and {}",
        quote(.id), quote(.url), quote(.first), quote(.second)
    )]
    DuplicateId {
        /// The address.
        id: String,
        /// The document.
        url: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// Two schemas have one name.
    #[error(
        "duplicate anchor {} in {} at {} and {}",
        quote(.anchor), quote(.url), quote(.first), quote(.second)
    )]
    DuplicateAnchor {
        /// The name.
        anchor: String,
        /// The document.
        url: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// An expression is wrong.
    #[error("invalid regex {} at {}: error parsing regexp: {reason}", quote(.regex), quote(.place))]
    Regex {
        /// The expression.
        regex: String,
        /// Where it is.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The schema leads to itself in too many ways, or nests too deep.
    #[error("checking values against the schema does not come to an end: {what}")]
    Limit {
        /// Which limit was reached.
        what: &'static str,
    },
}

/// Returns what the parser says, and where.
pub(super) fn json(error: &yaml::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}
