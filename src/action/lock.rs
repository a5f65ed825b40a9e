//! One run at a time for each release: the lock of windlass, and respect for pending records.
//!
//! Every operation that writes goes through [`Context::locked`]: it takes the Lease before anything
//! is read, and gives it back however the operation ends. Whoever holds the Lease and finds a
//! pending record of a windlass run knows that this run is dead. Helm knows no Lease, so its
//! pending records are given time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::stop::{Signal, Stop};
use super::{Context, Error};
use crate::cluster::{HeldLease, Hold, Holder, LeaseWatch, Leasing};
use crate::release::{Release, Status};

/// The run that operations are part of.
#[derive(Debug, Clone)]
pub struct Run {
    /// The user, the machine and the process, for whoever has to wait.
    pub identity: String,
    /// The URL of the CI job, if it is one.
    pub job: Option<String>,
    /// How long a lock outlives its holder.
    pub lease: Duration,
    /// Starts to listen for the wish to stop.
    pub listen: fn() -> Stop,
}

/// How long to wait for others.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct LockOptions {
    /// How long to wait until no other run is at work on the release.
    pub timeout: Duration,
    /// How long a pending record counts that no lock stands behind, such as Helm's.
    pub pending_grace: Duration,
}

/// How often a pending record of Helm's is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Whose a record is that bears no mark.
pub(super) const UNMARKED: &str = "Helm, or a run without a lock";

/// Whether Helm's pending records are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    /// They are, for the grace time.
    Respected,
    /// They are not: going back is what one does about them, and Helm does not look either.
    Overridden,
}

/// The lock on one release, held while an operation is at work.
pub(super) struct Lock {
    release: String,
    holder: Holder,
    options: LockOptions,
    deadline: Instant,
    /// Nothing while it is not decided, `None` where Leases may not be written.
    lease: OnceLock<Option<HeldLease>>,
    /// What asks to stop; an operation that only looks is ended by the signal itself.
    stop: Option<Stop>,
    /// Whether the operation ends in order by itself when it is to stop.
    committed: AtomicBool,
    /// Whether the operation failed or was stopped, and what it did is taken back.
    finishing: AtomicBool,
}

impl Context<'_> {
    /// Does work that changes a release, with the lock on it; with `looks_only`, takes no lock. Asks
    /// first whether the cluster is there.
    pub(super) async fn locked<T>(
        &self,
        release: &str,
        operation: &str,
        looks_only: bool,
        options: &LockOptions,
        work: impl AsyncFnOnce(&Lock) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let lock = Lock {
            release: release.to_owned(),
            holder: self.holder(operation),
            options: *options,
            deadline: Instant::now() + options.timeout,
            lease: OnceLock::new(),
            stop: (!looks_only).then(self.run.listen),
            committed: AtomicBool::new(false),
            finishing: AtomicBool::new(false),
        };
        if looks_only {
            self.cluster.reach_and_learn().await?;
            return work(&lock).await;
        }
        let done = tokio::select! {
            biased;
            signal = lock.stopped_early() => Err(lock.cancelled(signal)),
            done = async {
                // Nothing that the lock guards is among what is asked here.
                let (reached, taken) =
                    tokio::join!(self.cluster.reach_and_learn(), lock.take(self));
                reached?;
                taken?;
                work(&lock).await
            } => done,
        };
        if let Some(Some(lease)) = lock.lease.into_inner() {
            lease.release().await;
        }
        done
    }

    /// Does work that needs no lock, until a signal asks to stop.
    pub(super) async fn until_stopped<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let stop = (self.run.listen)();
        tokio::select! {
            done = work => done,
            signal = stop.asked() => Err(Error::Cancelled { name: name.to_owned(), signal, done: None }),
        }
    }

    fn holder(&self, operation: &str) -> Holder {
        Holder {
            identity: self.run.identity.clone(),
            operation: operation.to_owned(),
            since: Timestamp::now(),
            job: self.run.job.clone(),
        }
    }

    /// Reads the newest revision of a release and those that are deployed, oldest first, once no other
    /// run is at work on it.
    ///
    /// The record that a dead run left pending is marked as failed.
    pub(super) async fn history_when_free(
        &self,
        lock: &Lock,
        pending: Pending,
    ) -> Result<Vec<Release>, Error> {
        let mut told = false;
        loop {
            let mut history = self.store.recent(&lock.release).await?;
            let Some(last) = history.last_mut().filter(|last| is_under_way(last)) else {
                return Ok(history);
            };
            let now = self.cluster.server_time().await?;
            let verdict = match pending {
                Pending::Overridden => Verdict::Dead,
                Pending::Respected => verdict(last, self.is_alone(lock).await?, now, &lock.options),
            };
            let left = match verdict {
                Verdict::Dead if self.clear(lock, last).await? => return Ok(history),
                Verdict::Dead => continue,
                Verdict::Respected { left } => left,
            };
            let error = || pending_error(last, now, left);
            if lock.stop.is_none() || Instant::now() >= lock.deadline {
                return Err(error());
            }
            if !told {
                self.warn(format!("waiting: {}", error()));
                told = true;
            }
            let patience = lock.deadline.saturating_duration_since(Instant::now());
            sleep(LOOK_AGAIN.min(left).min(patience)).await;
        }
    }

    /// Tells who is at work on a revision that says that something is under way.
    pub(super) async fn tell_of_holder(&self, release: &Release) {
        if !is_under_way(release) {
            return;
        }
        // Whoever may not ask learns the status all the same.
        let seen = self.cluster.lease_holder(&release.name).await.ok().flatten();
        let what = format!("revision {} is {}", release.version, release.info.status);
        self.warn(match (seen, &release.holder) {
            (Some(seen), _) if seen.is_fresh => {
                format!("{what}: {} is at work on it and alive", seen.holder)
            }
            (_, Some(holder)) => {
                format!("{what}: {holder} left it and is dead; the next run clears it")
            }
            (_, None) => format!("{what} by {UNMARKED}: nobody can tell whether that is alive"),
        });
    }

    /// Says whether no other run can hold the lock; one that only looks asks who does.
    async fn is_alone(&self, lock: &Lock) -> Result<bool, Error> {
        if lock.stop.is_some() {
            return Ok(lock.is_held());
        }
        let seen = self.cluster.lease_holder(&lock.release).await?;
        Ok(seen.is_none_or(|seen| !seen.is_fresh))
    }

    /// Marks the record of a dead run as failed; returns false if it turns out to be alive.
    async fn clear(&self, lock: &Lock, last: &mut Release) -> Result<bool, Error> {
        let whose = last.holder.clone();
        let whose = whose.unwrap_or_else(|| UNMARKED.to_owned());
        let left = format!("left {} by {whose}", last.info.status);
        last.info.status = Status::Failed;
        last.info.description = format!("{left}, which died; cleared by {}", lock.holder);
        // The mark stays, so that a repeated `install` knows what it finds.
        last.holder = Some(whose);
        if lock.stop.is_none() {
            self.warn(format!("revision {} was {left}, which may have died", last.version));
            return Ok(true);
        }
        match self.store.update(last).await {
            Ok(()) => {
                self.warn(format!(
                    "revision {} was {left}, which died; it is marked as failed now",
                    last.version
                ));
                Ok(true)
            }
            Err(
                crate::release::Error::Conflict { .. } | crate::release::Error::NotFound { .. },
            ) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Lock {
    async fn take(&self, ctx: &Context<'_>) -> Result<(), Error> {
        let told = |other: &Holder| {
            ctx.warn(format!("waiting for {other}, who is at work on release `{}`", self.release));
        };
        let patience = self.deadline.saturating_duration_since(Instant::now());
        let holder = self.holder.clone();
        let lease =
            match ctx.cluster.lease(&self.release, holder, ctx.run.lease, patience, &told).await? {
                Leasing::Held(lease) => Some(lease),
                // The namespace is made later, or its absence is the error of whoever needs it.
                Leasing::NoNamespace => return Ok(()),
                Leasing::Busy(holder) => {
                    return Err(Error::Locked {
                        name: self.release.clone(),
                        holder: holder.to_string(),
                    });
                }
                Leasing::Refused { message } => {
                    ctx.warn(format!("going on without a lock, as Helm does: {message}"));
                    None
                }
            };
        // Taken once before the operation, and again only where that found no namespace.
        let _ = self.lease.set(lease);
        Ok(())
    }

    /// Says that records are written from now on, so that stopping means to end in order.
    pub(super) async fn commit(&self, ctx: &Context<'_>) -> Result<(), Error> {
        if self.lease.get().is_none() {
            self.take(ctx).await?;
        }
        self.guard(async { Ok(()) }).await?;
        self.committed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Does work only while the lock is surely held, and until a signal asks to stop.
    pub(super) async fn guard<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        let mut watch = self.held().map(HeldLease::watch);
        loop {
            let is_sure = match watch.as_mut().map_or(Hold::Sure, LeaseWatch::hold) {
                Hold::Sure | Hold::Unguarded => true,
                // Like a laptop that slept: another run may have the lock since.
                Hold::Unsure => false,
                Hold::Lost(to) => return Err(self.lost(to)),
            };
            tokio::select! {
                biased;
                signal = self.stopped() => return Err(self.cancelled(signal)),
                () = changed(watch.as_mut()) => {}
                done = &mut work, if is_sure => return done,
            }
        }
    }

    /// Returns the mark that a pending record bears: whoever holds the lock may clear it.
    pub(super) fn mark(&self) -> Option<String> {
        self.is_held().then(|| self.holder.to_string())
    }

    fn held(&self) -> Option<&HeldLease> {
        self.lease.get().and_then(Option::as_ref)
    }

    fn is_held(&self) -> bool {
        self.held().is_some_and(|lease| lease.watch().hold() == Hold::Sure)
    }

    /// Says that what is done from now on takes back what was done, and that a wish to stop is no
    /// reason to leave it half done; the second signal still ends the process.
    pub(super) fn finish(&self) {
        self.finishing.store(true, Ordering::Relaxed);
    }

    async fn stopped(&self) -> Signal {
        match &self.stop {
            Some(stop) if !self.finishing.load(Ordering::Relaxed) => stop.asked().await,
            _ => std::future::pending().await,
        }
    }

    async fn stopped_early(&self) -> Signal {
        let signal = self.stopped().await;
        match self.committed.load(Ordering::Relaxed) {
            true => std::future::pending().await,
            false => signal,
        }
    }

    fn cancelled(&self, signal: Signal) -> Error {
        Error::Cancelled { name: self.release.clone(), signal, done: None }
    }

    fn lost(&self, to: Option<Holder>) -> Error {
        Error::LockLost { name: self.release.clone(), to: to.map(|holder| holder.to_string()) }
    }
}

async fn changed(watch: Option<&mut LeaseWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

/// What to do about a record that says that something is under way.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// Its run is dead.
    Dead,
    /// It may be alive; it counts as dead after this time.
    Respected { left: Duration },
}

fn is_under_way(release: &Release) -> bool {
    release.info.status.is_pending() || release.info.status == Status::Uninstalling
}

fn verdict(last: &Release, is_alone: bool, now: Timestamp, options: &LockOptions) -> Verdict {
    if is_alone && last.holder.is_some() {
        return Verdict::Dead;
    }
    match options.pending_grace.checked_sub(age(last, now)) {
        Some(left) if !left.is_zero() => Verdict::Respected { left },
        _ => Verdict::Dead,
    }
}

/// Returns how long ago the record was written.
fn age(release: &Release, now: Timestamp) -> Duration {
    let written = release.written.unwrap_or_else(|| release.info.last_deployed.timestamp());
    now.duration_since(written).try_into().unwrap_or(Duration::ZERO)
}

fn pending_error(last: &Release, now: Timestamp, left: Duration) -> Error {
    Error::Pending {
        name: last.name.clone(),
        revision: last.version,
        status: last.info.status.as_str().to_owned(),
        holder: last.holder.clone(),
        age: age(last, now),
        left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn pending(holder: Option<&str>, written: i64) -> Release {
        let mut release = Release::new("web", "shop", 2);
        release.info.status = Status::PendingUpgrade;
        release.holder = holder.map(str::to_owned);
        release.written = Timestamp::from_second(written).ok();
        release
    }

    #[track_caller]
    fn check(last: &Release, is_alone: bool, expect: Verdict) {
        let grace = Duration::from_secs(600);
        let options = LockOptions { timeout: Duration::ZERO, pending_grace: grace };
        let now = Timestamp::from_second(NOW).unwrap();
        assert_eq!(verdict(last, is_alone, now, &options), expect);
    }

    #[test]
    fn a_marked_record_is_dead_for_whoever_holds_the_lock() {
        check(&pending(Some("ann@a pid 1"), NOW), true, Verdict::Dead);
    }

    #[test]
    fn without_the_lock_a_marked_record_is_given_time_too() {
        let left = Duration::from_secs(590);
        check(&pending(Some("ann@a pid 1"), NOW - 10), false, Verdict::Respected { left });
    }

    #[test]
    fn a_record_of_helm_is_given_the_grace_time_from_its_last_write() {
        let left = Duration::from_secs(1);
        check(&pending(None, NOW - 599), true, Verdict::Respected { left });
        check(&pending(None, NOW - 600), true, Verdict::Dead);
        check(&pending(None, NOW - 6000), false, Verdict::Dead);
    }

    #[test]
    fn a_clock_that_is_ahead_gives_no_more_than_the_grace_time() {
        let left = Duration::from_secs(600);
        check(&pending(None, NOW + 50), true, Verdict::Respected { left });
    }

    #[test]
    fn only_what_is_under_way_is_looked_at() {
        let mut release = pending(None, NOW);
        for (status, expect) in [
            (Status::PendingInstall, true),
            (Status::PendingRollback, true),
            (Status::Uninstalling, true),
            (Status::Deployed, false),
            (Status::Failed, false),
            (Status::Uninstalled, false),
        ] {
            release.info.status = status;
            assert_eq!(is_under_way(&release), expect, "{status}");
        }
    }
}
