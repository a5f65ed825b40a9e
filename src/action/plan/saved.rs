//! A plan as a file, bound to what it saw; docs/guide/plan.md says what is in it.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::moved::{self, Seen};
use super::sealed::{self, Seal};
use super::uninstall::deletions;
use super::{Kind, Planned};
use crate::action::deploy::{DeployOptions, Draft, Operation, others};
use crate::action::{Context, Error as ActionError, Uninstall};
use crate::manifest::Time;
use crate::release::{Release, codec};

/// The form of the file; it grows when a field changes its meaning or goes.
const FORMAT: u32 = 1;

/// How large a plan may be inside: a record and the objects of a large release.
const MAX_SIZE: u64 = 400 * 1024 * 1024;

/// Why a plan could not be saved, or a file is no plan for this run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It would show passwords to whoever reads the file.
    #[error("the plan has values of Secrets, which are not written to a file in plain text")]
    HasSecrets,
    /// Two revisions laid side by side are nothing to carry out.
    #[error("a comparison cannot be saved as a plan")]
    NoOperation,
    /// The system has no random bytes.
    #[error("cannot get random bytes: {0}")]
    Random(getrandom::Error),
    /// The file is something else, or damaged.
    #[error("the file is no plan of windlass: {reason}")]
    NotAPlan {
        /// What is wrong with it.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error("the plan has format {found}, and this windlass reads format {FORMAT}")]
    Format {
        /// The file's format.
        found: u32,
    },
    /// A passphrase is needed.
    #[error("the plan is encrypted, and there is no passphrase")]
    NoPassphrase,
    /// The passphrase is another, or the file was changed.
    #[error("the passphrase does not open the plan, or the file was changed")]
    WrongPassphrase,
    /// The plan is for another cluster.
    #[error("the plan was made for the cluster at {planned}, and this is the one at {here}")]
    OtherCluster {
        /// The API server that the plan was made with.
        planned: String,
        /// The API server that was asked to carry it out.
        here: String,
    },
}

impl Error {
    /// Says what to do next, where that is certain.
    pub(in crate::action) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::HasSecrets => Some(
                "encrypt it with --passphrase-file or WINDLASS_PLAN_PASSPHRASE; or --show-secrets \
                 lets whoever has the file read them",
            ),
            Self::NoPassphrase => {
                Some("give it with --passphrase-file or WINDLASS_PLAN_PASSPHRASE")
            }
            _ => None,
        }
    }
}

/// What anybody may read of a saved plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    windlass_plan: u32,
    created: String,
    operation: String,
    release: String,
    namespace: String,
    /// The newest revision that was there; 0 for none.
    last_revision: i64,
    chart: ChartHead,
    cluster: Identity,
    objects: Vec<ObjectHead>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ChartHead {
    name: String,
    version: String,
    /// SHA-256 of the chart as the record has it.
    digest: String,
}

/// What tells a cluster from others, whatever its address.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    server: String,
    /// The uid of the namespace `kube-system`; empty where it may not be read.
    uid: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectHead {
    object: String,
    change: String,
    uid: String,
    resource_version: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    plan: Head,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<Seal>,
    body: String,
}

/// What is carried out, and what was seen.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    operation: SavedOperation,
    /// The record that will be, or of the release that goes, as Helm writes it.
    record: String,
    labels: std::collections::BTreeMap<String, String>,
    /// The revision whose objects are there now.
    current: Option<i64>,
    seen: Vec<Seen>,
}

#[derive(Debug, Serialize, Deserialize)]
enum SavedOperation {
    Deploy { operation: Operation, options: DeployOptions },
    Uninstall(Uninstall),
}

/// A plan that was read from a file.
#[derive(Debug)]
pub struct SavedPlan {
    head: Head,
    body: Body,
    release: Release,
}

impl SavedPlan {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Fails when they are no plan, or the passphrase does not open it.
    pub fn read(bytes: &[u8], passphrase: Option<&str>) -> Result<Self, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::NotAPlan { reason: error.to_string() };
        let file: File = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
        if file.plan.windlass_plan != FORMAT {
            return Err(Error::Format { found: file.plan.windlass_plan });
        }
        let mut body = STANDARD.decode(&file.body).map_err(|error| wrong(&error))?;
        if let Some(seal) = &file.encryption {
            let passphrase = passphrase.ok_or(Error::NoPassphrase)?;
            let head = serde_json::to_vec(&file.plan).map_err(|error| wrong(&error))?;
            body = sealed::open(passphrase, &head, seal, &body).ok_or(Error::WrongPassphrase)?;
        }
        let mut json = Vec::new();
        let unpacked = GzDecoder::new(&*body).take(MAX_SIZE + 1).read_to_end(&mut json);
        unpacked.map_err(|error| wrong(&error))?;
        if json.len() as u64 > MAX_SIZE {
            return Err(wrong(&format!("it holds more than {MAX_SIZE} bytes")));
        }
        let body: Body = serde_json::from_slice(&json).map_err(|error| wrong(&error))?;
        let mut release = codec::decode(&body.record).map_err(|error| wrong(&error))?;
        release.labels.clone_from(&body.labels);
        if digest(&release) != file.plan.chart.digest {
            return Err(wrong(&"the chart in it is not the one that it names"));
        }
        Ok(Self { head: file.plan, body, release })
    }

    /// Returns the namespace of the release.
    pub fn namespace(&self) -> &str {
        &self.head.namespace
    }

    /// Returns the verb, such as `upgrade`.
    pub fn verb(&self) -> &str {
        &self.head.operation
    }
}

/// Returns a plan as the bytes of a file; without a passphrase only if it has no Secrets, or
/// `in_plain_text` allows them to be read by whoever has the file.
///
/// # Errors
/// Fails when it has Secrets, or the cluster cannot be asked who it is.
pub async fn save_plan(
    ctx: &Context<'_>,
    planned: &Planned,
    passphrase: Option<&str>,
    in_plain_text: bool,
) -> Result<Vec<u8>, ActionError> {
    if passphrase.is_none() && !in_plain_text && !planned.masks().is_empty() {
        return Err(Error::HasSecrets.into());
    }
    let (operation, current) = match &planned.operation {
        Kind::Deploy(draft) => {
            let (operation, options) = (draft.operation, draft.options.clone());
            let current = draft.current.as_ref().map(|release| release.version);
            (SavedOperation::Deploy { operation, options }, current)
        }
        Kind::Uninstall { request, .. } => (SavedOperation::Uninstall(request.clone()), None),
        Kind::Compare { .. } => return Err(Error::NoOperation.into()),
    };
    let release = planned.release();
    let record = codec::encode(release).map_err(|error| not_a_plan(&error))?;
    let seen = Seen::all(&planned.plan);
    let head = Head {
        windlass_plan: FORMAT,
        created: Time::now().to_string(),
        operation: planned.verb().to_owned(),
        release: release.name.clone(),
        namespace: ctx.namespace.clone(),
        last_revision: planned.last_revision(),
        chart: ChartHead {
            name: release.chart.name().to_owned(),
            version: release.chart.metadata.version.clone(),
            digest: digest(release),
        },
        cluster: identity(ctx).await,
        objects: seen.iter().map(ObjectHead::of).collect(),
    };
    let body = Body { operation, record, labels: release.labels.clone(), current, seen };
    Ok(written(head, &body, passphrase)?)
}

fn written(head: Head, body: &Body, passphrase: Option<&str>) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(body).map_err(|error| not_a_plan(&error))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json).map_err(|error| not_a_plan(&error))?;
    let mut body = encoder.finish().map_err(|error| not_a_plan(&error))?;
    let mut encryption = None;
    if let Some(passphrase) = passphrase {
        let readable = serde_json::to_vec(&head).map_err(|error| not_a_plan(&error))?;
        let (seal, hidden) = sealed::seal(passphrase, &readable, &body).map_err(Error::Random)?;
        (encryption, body) = (Some(seal), hidden);
    }
    let file = File { plan: head, encryption, body: STANDARD.encode(body) };
    let mut bytes = serde_json::to_vec_pretty(&file).map_err(|error| not_a_plan(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn not_a_plan(error: &dyn std::error::Error) -> Error {
    Error::NotAPlan { reason: error.to_string() }
}

impl ObjectHead {
    fn of(seen: &Seen) -> Self {
        let (object, change) = seen.summary();
        let (uid, version) = seen.identity();
        Self {
            object,
            change: change.to_owned(),
            uid: uid.to_owned(),
            resource_version: version.to_owned(),
        }
    }
}

fn digest(release: &Release) -> String {
    let chart = serde_json::to_vec(&release.chart).unwrap_or_default();
    let bytes = Sha256::digest(chart);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

async fn identity(ctx: &Context<'_>) -> Identity {
    // Who may not read it has the address alone.
    let found = ctx.cluster.lookup("v1", "Namespace", "", "kube-system").await.unwrap_or_default();
    let uid = found.pointer("/metadata/uid").and_then(|uid| uid.as_str()).unwrap_or_default();
    Identity { server: ctx.cluster.url().to_owned(), uid: uid.to_owned() }
}

impl Identity {
    fn is_same(&self, other: &Self) -> bool {
        if self.uid.is_empty() || other.uid.is_empty() {
            return self.server == other.server;
        }
        self.uid == other.uid
    }
}

/// Carries a saved plan out, and returns the release as recorded.
///
/// # Errors
/// Fails before anything is written, naming what moved, when the cluster is another or no longer as
/// the plan saw it; then as the verb does.
pub async fn apply_saved(ctx: &Context<'_>, saved: SavedPlan) -> Result<Release, ActionError> {
    let SavedPlan { head, body, release } = saved;
    ctx.cluster.reach().await?;
    let here = identity(ctx).await;
    if !head.cluster.is_same(&here) {
        let planned = head.cluster.server;
        return Err(Error::OtherCluster { planned, here: here.server }.into());
    }
    let (name, last) = (release.name.clone(), head.last_revision);
    match body.operation {
        SavedOperation::Deploy { operation, options } => {
            let current = match body.current {
                Some(version) => ctx.store.get(&name, version).await?,
                None => None,
            };
            let others = match &current {
                Some(current) => others(&ctx.store.recent(&name).await?, current),
                None => Vec::new(),
            };
            let draft = Draft { operation, current, others, next: release, options, reason: None };
            super::carry_out(ctx, draft, last, &body.seen).await
        }
        SavedOperation::Uninstall(request) => {
            let now = deletions(ctx, &release).await?;
            moved::check(ctx, &name, last, &body.seen, &now).await?;
            Ok(crate::action::uninstall(ctx, request).await?.release)
        }
    }
}
