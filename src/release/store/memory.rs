//! Records in memory: for tests, and for Helm's memory driver with its files of releases.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::{Driver, Entry, Key, Query, Record, TakeRecord, record};
use crate::release::{Error, Release};
use crate::yaml;

/// Keeps records until it is dropped.
#[derive(Default)]
pub struct Memory {
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    by_key: BTreeMap<Key, Record>,
    writes: u64,
}

impl Memory {
    /// Adds the releases of a file as `HELM_MEMORY_DRIVER_DATA` names it: YAML, a list of records.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] if the text is no such list, [`Error::Exists`] if a revision is there twice.
    pub fn load(&self, text: &str) -> Result<(), Error> {
        let value = yaml::parse(text).map_err(Error::Data)?;
        let releases: Vec<Release> = yaml::from_value(value).map_err(Error::Data)?;
        releases.iter().try_for_each(|release| {
            // Helm counts a release without a namespace as one of `default`.
            let namespace = match release.namespace.as_str() {
                "" => "default",
                namespace => namespace,
            };
            let (name, version) = (release.name.clone(), release.version);
            let key = Key { namespace: namespace.to_owned(), name, version };
            let labels = BTreeMap::from(record::labels(release));
            let record = Record::new(
                Entry {
                    key,
                    labels,
                    state: None,
                    holder: None,
                    healthy: None,
                    verdict: None,
                    written: None,
                },
                release,
            )?;
            self.locked().create(&record).map(drop)
        })
    }

    fn locked(&self) -> MutexGuard<'_, Records> {
        // A writer that panicked left whole records behind: each write is one insertion.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn create(&mut self, record: &Record) -> Result<Option<String>, Error> {
        match self.by_key.contains_key(&record.entry.key) {
            true => Err(Error::exists(&record.entry.key)),
            false => Ok(self.write(record)),
        }
    }

    fn update(&mut self, record: &Record) -> Result<Option<String>, Error> {
        let Entry { key, state, .. } = &record.entry;
        let stored = self.by_key.get(key).ok_or_else(|| Error::not_found(key))?;
        match state.is_some() && *state != stored.entry.state {
            true => Err(Error::conflict(key)),
            false => Ok(self.write(record)),
        }
    }

    fn write(&mut self, record: &Record) -> Option<String> {
        self.writes += 1;
        let state = Some(self.writes.to_string());
        let mut record = record.clone();
        record.entry.state.clone_from(&state);
        self.by_key.insert(record.entry.key.clone(), record);
        state
    }
}

impl Driver for Memory {
    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>> {
        ready(self.locked().create(record)).boxed()
    }

    fn update<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>> {
        ready(self.locked().update(record)).boxed()
    }

    fn stamp_healthy<'a>(
        &'a self,
        key: &'a Key,
        at: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let mut records = self.locked();
        let record = records.by_key.get_mut(key);
        let stamped = record.map(|record| record.entry.healthy = Some(at));
        ready(stamped.ok_or_else(|| Error::not_found(key))).boxed()
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Record>, Error>> {
        ready(Ok(self.locked().by_key.get(key).cloned())).boxed()
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), Error>> {
        let record = self.locked().by_key.remove(key);
        ready(record.map(drop).ok_or_else(|| Error::not_found(key))).boxed()
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Vec<Entry>, Error>> {
        let records = self.locked();
        let found = records.by_key.values().filter(|record| wants(query, &record.entry));
        ready(Ok(found.map(|record| record.entry.clone()).collect())).boxed()
    }

    fn bodies<'a>(
        &'a self,
        query: Query<'a>,
        take: TakeRecord<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let records = self.locked();
        records
            .by_key
            .values()
            .filter(|record| wants(query, &record.entry))
            .cloned()
            .for_each(take);
        ready(Ok(())).boxed()
    }
}

fn wants(query: Query<'_>, entry: &Entry) -> bool {
    !query.revisions.without().contains(&entry.status())
        && query.namespace.is_none_or(|namespace| entry.key.namespace == namespace)
        && query.name.is_none_or(|name| entry.key.name == name)
}
