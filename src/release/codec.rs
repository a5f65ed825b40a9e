//! The exact bytes that Helm reads and writes: JSON in Go's form, gzip, base64.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Info, Release, go_json};
use crate::chart::{Chart, Metadata};
use crate::manifest::Hook;
use crate::yaml::{Map, Value};

/// Why a body is no release, or a release no body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The outermost layer is damaged.
    #[error("the record is not base64")]
    Base64(#[source] base64::DecodeError),
    /// The middle layer is damaged.
    #[error("the record is not gzip")]
    Gzip(#[source] std::io::Error),
    /// The record is larger inside than any release.
    #[error("the record holds more than {MAX_SIZE} bytes")]
    TooLarge,
    /// The innermost layer is damaged, or is no release.
    #[error("the record is not the JSON of a release")]
    Json(#[source] serde_json::Error),
    /// Nothing is left of the record's name or revision.
    #[error("the record does not say which release it is")]
    Nameless,
}

/// How large a record may be inside: twice the 100 MiB that Helm allows a chart to be unpacked,
/// since base64 makes a chart's files larger by a third.
const MAX_SIZE: u64 = 200 * 1024 * 1024;

/// How gzip data starts (RFC 1952); Helm takes everything else for plain JSON.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Writes the body of a record.
///
/// # Errors
///
/// A release whose values JSON cannot say.
pub fn encode(release: &Release) -> Result<String, Error> {
    pack(&go_json::to_vec(&RecordJson::new(release)).map_err(Error::Json)?)
}

/// Returns how large the body of a record is; packs it only where it may be more than `most`.
///
/// # Errors
///
/// A release whose values JSON cannot say.
pub(super) fn packed_size(release: &Release, most: usize) -> Result<usize, Error> {
    let json = go_json::to_vec(&RecordJson::new(release)).map_err(Error::Json)?;
    // What gzip cannot shorten it leaves, with 5 bytes more for each 16 KiB; base64 adds a third.
    let bound = (json.len() + json.len() / 1024 + 64) / 3 * 4 + 4;
    if bound <= most { Ok(bound) } else { Ok(pack(&json)?.len()) }
}

fn pack(json: &[u8]) -> Result<String, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json).map_err(Error::Gzip)?;
    Ok(STANDARD.encode(encoder.finish().map_err(Error::Gzip)?))
}

/// Reads the body of a record.
///
/// # Errors
///
/// A body that is damaged in one of its layers.
pub fn decode(body: &str) -> Result<Release, Error> {
    named(read(&unwrap(body)?).map_err(Error::Json)?)
}

/// Reads of the body of a record what tells of a revision, and passes over the rest.
///
/// # Errors
///
/// A body that is damaged in one of its layers.
pub(super) fn decode_head(body: &str) -> Result<Release, Error> {
    let head: Head = read(&unwrap(body)?).map_err(Error::Json)?;
    let mut release = Release::new(&head.name, &head.namespace, head.version);
    (release.info, release.chart.metadata) = (head.info, head.chart.metadata);
    named(release)
}

/// What tells of a revision.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    name: String,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    chart: HeadChart,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeadChart {
    metadata: Metadata,
}

fn unwrap(body: &str) -> Result<Vec<u8>, Error> {
    let bytes = STANDARD.decode(body.trim_end()).map_err(Error::Base64)?;
    if bytes.starts_with(&GZIP) { unpack(&bytes) } else { Ok(bytes) }
}

fn named(release: Release) -> Result<Release, Error> {
    if release.name.is_empty() || release.version < 1 {
        return Err(Error::Nameless);
    }
    Ok(release)
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // Values have a depth limit of their own, which is that of the files they came from.
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut json = Vec::new();
    GzDecoder::new(bytes).take(MAX_SIZE + 1).read_to_end(&mut json).map_err(Error::Gzip)?;
    if json.len() as u64 > MAX_SIZE { Err(Error::TooLarge) } else { Ok(json) }
}

impl Release {
    /// Returns the record as the JSON that Helm's commands print.
    ///
    /// # Errors
    ///
    /// A release whose values JSON cannot say.
    pub fn to_json(&self) -> Result<String, Error> {
        json(&RecordJson::new(self))
    }

    /// Returns the record as `status` prints it: without the chart, with the live objects by kind.
    ///
    /// # Errors
    ///
    /// A release whose values JSON cannot say.
    pub fn to_status_json(&self, live: &BTreeMap<String, Vec<Value>>) -> Result<String, Error> {
        let mut record = RecordJson::new(self);
        record.chart = None;
        record.info.resources = Some(live).filter(|live| !live.is_empty());
        json(&record)
    }
}

fn json(record: &RecordJson<'_>) -> Result<String, Error> {
    let bytes = go_json::to_vec(record).map_err(Error::Json)?;
    Ok(String::from_utf8(bytes).expect("JSON is made of texts"))
}

/// A record in the order in which Go writes its fields.
#[derive(Serialize)]
struct RecordJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    info: InfoJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<&'a Chart>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    config: &'a Map,
    #[serde(skip_serializing_if = "str::is_empty")]
    manifest: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hooks: &'a [Hook],
    #[serde(skip_serializing_if = "is_zero")]
    version: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    apply_method: &'static str,
}

#[derive(Serialize)]
struct InfoJson<'a> {
    #[serde(flatten)]
    stored: &'a Info,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<&'a BTreeMap<String, Vec<Value>>>,
}

fn is_zero(version: &i64) -> bool {
    *version == 0
}

impl<'a> RecordJson<'a> {
    fn new(release: &'a Release) -> Self {
        Self {
            name: &release.name,
            info: InfoJson { stored: &release.info, resources: None },
            chart: Some(&release.chart),
            config: &release.config,
            manifest: &release.manifest,
            hooks: &release.hooks,
            version: release.version,
            namespace: &release.namespace,
            apply_method: release.apply_method.as_str(),
        }
    }
}
