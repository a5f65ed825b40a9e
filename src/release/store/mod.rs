//! Where the records of releases are kept, and the rules about them.
//!
//! A driver keeps records as bytes and knows five verbs; what is newest, what is deployed and what
//! may be forgotten is decided here, from labels, so that a body is fetched only when it is needed.

mod kubernetes;
mod memory;
mod record;
mod selector;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};

use super::{Error, Release, Status, codec};
use crate::manifest::Time;

pub use kubernetes::{Kubernetes, RecordKind};
pub use memory::Memory;
pub use record::{Entry, Key, Query, Record, Revisions, SYSTEM_LABELS};

use selector::Selector;

/// Keeps records, without knowing what is in them.
///
/// What a write returns is the state that it left behind; see [`Entry::state`].
pub trait Driver: Send + Sync {
    /// Adds a record; fails if there is one under its key.
    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>>;

    /// Replaces a record; fails if it is gone, or no longer in the state that is stated.
    fn update<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>>;

    /// Notes when a revision was seen to be healthy; fails if there is no record under its key.
    fn stamp_healthy<'a>(
        &'a self,
        key: &'a Key,
        at: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Returns the record under a key, if there is one.
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Record>, Error>>;

    /// Removes the record under a key; fails if there is none.
    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), Error>>;

    /// Returns every record that a query asks for, without bodies.
    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Vec<Entry>, Error>>;

    /// Hands every record that a query asks for over as it comes, some perhaps twice.
    fn bodies<'a>(
        &'a self,
        query: Query<'a>,
        take: TakeRecord<'a>,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Returns the resource of the core API that records are, if they are in a cluster.
    fn resource(&self) -> Option<&'static str> {
        None
    }
}

/// Takes records as they come.
pub type TakeRecord<'a> = &'a mut (dyn FnMut(Record) + Send);

/// How many requests for bodies or deletions are on their way at once.
const CONCURRENCY: usize = 16;

/// The records of one namespace, over a driver.
pub struct Store {
    driver: Arc<dyn Driver>,
    namespace: String,
}

impl Store {
    /// Opens the records of a namespace.
    pub fn new(driver: impl Driver + 'static, namespace: &str) -> Self {
        Self { driver: Arc::new(driver), namespace: namespace.to_owned() }
    }

    /// Opens the records of another namespace in the same place.
    pub fn of_namespace(&self, namespace: &str) -> Self {
        Self { driver: Arc::clone(&self.driver), namespace: namespace.to_owned() }
    }

    /// Returns the resource of the core API that records are, if they are in a cluster.
    pub fn resource(&self) -> Option<&'static str> {
        self.driver.resource()
    }

    /// Stores a new revision; the release then knows its record, and can be updated.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if that revision was stored before.
    pub async fn create(&self, release: &mut Release) -> Result<(), Error> {
        let record = self.record(release, "createdAt")?;
        release.record_state = self.driver.create(&record).await?;
        Ok(())
    }

    /// Stores a revision again, slim where it has become larger than a record may be.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if somebody else stored it since it was read, [`Error::NotFound`] if it
    /// is gone.
    pub async fn update(&self, release: &mut Release) -> Result<(), Error> {
        let mut record = self.record(release, "modifiedAt")?;
        if release.fit_again(record.body.len())? {
            record = self.record(release, "modifiedAt")?;
        }
        release.record_state = self.driver.update(&record).await?;
        Ok(())
    }

    /// Returns one revision, if it is there.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if it cannot be read.
    pub async fn get(&self, name: &str, version: i64) -> Result<Option<Release>, Error> {
        self.fetch(&self.key(name, version)).await
    }

    /// Notes that all objects of a revision were seen to be ready; of its record nothing else changes.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such revision, [`Error::Refused`] if it may not be changed.
    pub async fn stamp_healthy(
        &self,
        name: &str,
        version: i64,
        at: jiff::Timestamp,
    ) -> Result<(), Error> {
        self.driver.stamp_healthy(&self.key(name, version), at).await
    }

    /// Returns the newest revision of a release, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if it cannot be read.
    pub async fn last(&self, name: &str) -> Result<Option<Release>, Error> {
        match self.revisions(name).await?.last() {
            Some(entry) => self.fetch(&entry.key).await,
            None => Ok(None),
        }
    }

    /// Returns the revisions that an operation starts from, oldest first: the newest that is deployed
    /// and all after it, which may have made objects before they failed; where none is deployed, the
    /// newest; none if there is no such release.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if one cannot be read.
    pub async fn recent(&self, name: &str) -> Result<Vec<Release>, Error> {
        let query = self.query(name, Revisions::Current);
        let mut bodies = HashMap::new();
        let mut take = |record: Record| drop(bodies.insert(record.entry.key.clone(), record));
        // The bodies that are wanted are known only by the list, but they are these as a rule.
        let (revisions, read) =
            tokio::join!(self.revisions(name), self.driver.bodies(query, &mut take));
        let (revisions, ()) = (revisions?, read?);
        let newest = revisions.len().saturating_sub(1);
        let is_deployed = |entry: &Entry| entry.status() == Status::Deployed;
        let from = revisions.iter().rposition(is_deployed).unwrap_or(newest);
        let mut recent = Vec::new();
        for entry in &revisions[from..] {
            let read = bodies.remove(&entry.key).filter(|read| read.entry.state == entry.state);
            recent.extend(match read {
                Some(record) => Some(decode_aside(record, codec::decode).await?),
                None => self.fetch(&entry.key).await?,
            });
        }
        Ok(recent)
    }

    /// Marks every deployed revision of a release but one as superseded, `revisions` being all of them;
    /// after a crash there may be several. One that the caller has read already need not be read again.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if one cannot be read, [`Error::Conflict`] if somebody else stores it.
    pub async fn supersede(
        &self,
        revisions: &[Entry],
        known: Option<Release>,
        except: i64,
    ) -> Result<(), Error> {
        for entry in deployed(revisions).filter(|entry| entry.key.version != except) {
            let is_it = |known: &&Release| {
                known.version == entry.key.version && known.record_state == entry.state
            };
            if let Some(known) = known.as_ref().filter(is_it) {
                match self.mark_superseded(known.clone()).await {
                    // Somebody wrote it since it was read.
                    Err(Error::Conflict { .. }) => {}
                    marked => {
                        marked?;
                        continue;
                    }
                }
            }
            if let Some(release) = self.fetch(&entry.key).await? {
                self.mark_superseded(release).await?;
            }
        }
        Ok(())
    }

    async fn mark_superseded(&self, mut release: Release) -> Result<(), Error> {
        release.info.status = Status::Superseded;
        self.update(&mut release).await
    }

    /// Forgets all revisions of a release, the newest last: it says what became of the release while
    /// others are there.
    ///
    /// # Errors
    ///
    /// The first revision that could not be deleted; the older ones are deleted all the same.
    pub async fn forget(&self, name: &str) -> Result<(), Error> {
        let revisions = self.revisions(name).await?;
        let Some((newest, older)) = revisions.split_last() else { return Ok(()) };
        self.delete_all(older.iter()).await?;
        self.delete_all(std::iter::once(newest)).await
    }

    /// Returns what is known of the newest revision of every release, of this namespace or of all,
    /// by namespace and name; [`Self::read`] reads those that are wanted.
    ///
    /// The labels of the newest revision must fit `selector`. The newest revision is never superseded,
    /// so that the others, which are most, are not asked for; where somebody deleted its record, the
    /// newest of those that are not superseded counts.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSelector`] if the selector cannot be read.
    pub async fn list(
        &self,
        all_namespaces: bool,
        selector: Option<&str>,
    ) -> Result<Vec<Entry>, Error> {
        let selector = Selector::parse(selector.unwrap_or_default())?;
        let mut entries = newest(self.all(all_namespaces, Revisions::NotSuperseded).await?);
        entries.retain(|entry| selector.matches(&entry.labels));
        Ok(entries)
    }

    /// Returns every superseded revision of every release, as [`Self::list`] returns the newest.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSelector`] if the selector cannot be read.
    pub async fn list_superseded(
        &self,
        all_namespaces: bool,
        selector: Option<&str>,
    ) -> Result<Vec<Entry>, Error> {
        let selector = Selector::parse(selector.unwrap_or_default())?;
        let mut entries = self.all(all_namespaces, Revisions::All).await?;
        entries.retain(|entry| {
            entry.status() == Status::Superseded && selector.matches(&entry.labels)
        });
        entries.sort_by(|left, right| left.key.cmp(&right.key));
        Ok(entries)
    }

    async fn all(&self, all_namespaces: bool, revisions: Revisions) -> Result<Vec<Entry>, Error> {
        let namespace = (!all_namespaces).then_some(self.namespace.as_str());
        self.driver.query(Query { namespace, name: None, revisions }).await
    }

    /// Reads revisions that were listed, many at once, in their order, with what tells of them: without
    /// manifest, hooks and values, and of the chart with its metadata only.
    ///
    /// A record that cannot be read is left out with a warning, because the others are there all the
    /// same; one that is gone meanwhile is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::Refused`] if the API server does not give them.
    pub async fn read(&self, entries: &[Entry]) -> Result<Vec<Release>, Error> {
        let mut releases = Vec::with_capacity(entries.len());
        for release in self.fetch_all_by(entries, codec::decode_head).await {
            match release {
                Err(damaged @ Error::Damaged { .. }) => {
                    tracing::warn!(error = &damaged as &dyn std::error::Error, "left out");
                }
                release => releases.push(release?),
            }
        }
        Ok(releases)
    }

    /// Forgets the oldest revisions of a release, of which `revisions` are all, so that one more makes
    /// no more than `history_max`.
    ///
    /// The newest deployed revision stays, however old it is. With 0 all revisions stay.
    ///
    /// # Errors
    ///
    /// The first revision that could not be deleted; the others are deleted all the same.
    pub async fn make_room(&self, revisions: &[Entry], history_max: usize) -> Result<(), Error> {
        if history_max == 0 {
            return Ok(());
        }
        let surplus = (revisions.len() + 1).saturating_sub(history_max);
        let deployed = deployed(revisions).next_back();
        let oldest = revisions.iter().filter(|entry| Some(*entry) != deployed).take(surplus);
        self.delete_all(oldest).await
    }

    /// Deletes records, many at once, whatever becomes of the others.
    async fn delete_all<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> Result<(), Error> {
        let deletions = entries.map(|entry| self.driver.delete(&entry.key));
        let results: Vec<_> = stream::iter(deletions).buffered(CONCURRENCY).collect().await;
        // What is gone was deleted by another run, or by a request of this one whose answer was lost.
        let failed =
            |result: &Result<(), Error>| !matches!(result, Ok(()) | Err(Error::NotFound { .. }));
        results.into_iter().find(failed).unwrap_or(Ok(()))
    }

    /// Returns what is known of all revisions of a release without their bodies, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::Refused`] if the API server does not list them.
    pub async fn revisions(&self, name: &str) -> Result<Vec<Entry>, Error> {
        let mut entries = self.driver.query(self.query(name, Revisions::All)).await?;
        entries.sort_by_key(|entry| entry.key.version);
        Ok(entries)
    }

    fn query<'a>(&'a self, name: &'a str, revisions: Revisions) -> Query<'a> {
        Query { namespace: Some(&self.namespace), name: Some(name), revisions }
    }

    async fn fetch(&self, key: &Key) -> Result<Option<Release>, Error> {
        self.fetch_by(key, codec::decode).await
    }

    async fn fetch_by(&self, key: &Key, body: Decode) -> Result<Option<Release>, Error> {
        let Some(record) = self.driver.get(key).await? else {
            return Ok(None);
        };
        decode_aside(record, body).await.map(Some)
    }

    async fn fetch_all_by(&self, entries: &[Entry], body: Decode) -> Vec<Result<Release, Error>> {
        let fetches = entries.iter().map(|entry| self.fetch_by(&entry.key, body));
        let fetches = stream::iter(fetches).buffered(CONCURRENCY);
        fetches.filter_map(async |release| release.transpose()).collect().await
    }

    fn key(&self, name: &str, version: i64) -> Key {
        Key { namespace: self.namespace.clone(), name: name.to_owned(), version }
    }

    /// Turns a revision into its record, with Helm's labels; `stamp` is the one that says when.
    fn record(&self, release: &Release, stamp: &str) -> Result<Record, Error> {
        let mut labels = release.labels.clone();
        labels.retain(|label, _| is_users(label));
        labels.insert(stamp.to_owned(), Time::now().timestamp().as_second().to_string());
        labels.extend(record::labels(release));
        let key = self.key(&release.name, release.version);
        let state = release.record_state.clone();
        let (holder, verdict) = (release.holder.clone(), release.verdict.clone());
        let healthy = release.healthy;
        let entry = Entry { key, labels, state, holder, healthy, verdict, written: None };
        Record::new(entry, release)
    }
}

/// Returns the newest revision of each release, by namespace and name.
fn newest(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|left, right| left.key.cmp(&right.key));
    let release = |entry: &Entry| (entry.key.namespace.clone(), entry.key.name.clone());
    let newest: BTreeMap<_, _> =
        entries.into_iter().map(|entry| (release(&entry), entry)).collect();
    newest.into_values().collect()
}

fn deployed(revisions: &[Entry]) -> impl DoubleEndedIterator<Item = &Entry> {
    revisions.iter().filter(|entry| entry.status() == Status::Deployed)
}

fn is_users(label: &str) -> bool {
    !SYSTEM_LABELS.contains(&label)
}

/// Reads a body, whole or in part.
type Decode = fn(&str) -> Result<Release, codec::Error>;

/// Reads a revision out of its record on another thread: unpacking hundreds of charts takes longer
/// than fetching them, and can use every core.
async fn decode_aside(record: Record, body: Decode) -> Result<Release, Error> {
    let decoding = tokio::task::spawn_blocking(move || decode(record, body)).await;
    decoding.expect("decoding does not panic")
}

/// Reads a revision out of its record.
fn decode(record: Record, decode_body: Decode) -> Result<Release, Error> {
    let Record { entry: Entry { key, labels, state, holder, healthy, verdict, written }, body } =
        record;
    let mut release = decode_body(&body).map_err(|source| Error::Damaged {
        record: key.to_string(),
        namespace: key.namespace.clone(),
        source,
    })?;
    (release.labels, release.record_labels) =
        labels.into_iter().partition(|(label, _)| is_users(label));
    (release.record_state, release.holder, release.written) = (state, holder, written);
    (release.healthy, release.verdict) = (healthy, verdict);
    Ok(release)
}

#[cfg(test)]
mod tests;
