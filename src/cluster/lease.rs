//! A Lease for each release: who changes it now, renewed while that run lives.
//!
//! Kubernetes keeps Leases for exactly this. Helm does not know ours, so it locks windlass runs
//! against each other; against Helm the records do that. A Lease outlives its holder by its
//! duration at most, and whether it was renewed is observed, not read off another machine's clock.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, PostParams, Preconditions};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Cluster, Error};

/// Who writes Leases, for those who look at their managed fields.
const MANAGER: &str = "windlass";

const OPERATION: &str = "windlass/operation";
const JOB: &str = "windlass/job";

/// How many durations without a sign of life, by the API server's clock, are enough to count a
/// holder as dead at once, without watching its Lease for one more.
const LONG_DEAD: u32 = 4;

/// How long a holder that cannot renew its Lease waits for the API server to come back.
const GIVE_UP: Duration = Duration::from_secs(60);

/// How long the end of a run waits at least for its Lease to be given back: only a Lease that is
/// still this run's is deleted, so that being late does no harm.
const GIVE_BACK: Duration = Duration::from_secs(10);

/// Who changes a release, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user, the machine and the process.
    pub identity: String,
    /// What is done, such as `upgrade`.
    pub operation: String,
    /// Since when.
    pub since: Timestamp,
    /// The URL of the CI job that does it.
    pub job: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.strftime("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "{} ({} since {since}", self.identity, self.operation)?;
        match &self.job {
            Some(job) => write!(f, ", {job})"),
            None => write!(f, ")"),
        }
    }
}

/// What came of the wish for a Lease.
#[derive(Debug)]
pub enum Leasing {
    /// It is held.
    Held(HeldLease),
    /// Somebody else holds it, and did so until patience ran out.
    Busy(Holder),
    /// There is no namespace to keep it in yet.
    NoNamespace,
    /// This user may not write Leases.
    Refused {
        /// What the API server said.
        message: String,
    },
}

/// Whether a Lease is still its holder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// It is, and nobody can have taken it.
    Sure,
    /// It could not be renewed in time: nothing may be written before that is known.
    Unsure,
    /// It is not: somebody else took it, or it could not be renewed for too long.
    Lost(Option<Holder>),
    /// It can be kept no longer, because Leases may no longer be written here.
    Unguarded,
}

/// A Lease as somebody sees it who does not hold it.
#[derive(Debug)]
pub struct SeenLease {
    /// Who holds it.
    pub holder: Holder,
    /// How long ago it was renewed, by the API server's clock.
    pub quiet: Duration,
    /// Whether it was renewed recently enough for its holder to be alive.
    pub is_fresh: bool,
}

/// Returns the name of a release's Lease.
pub fn lease_name(release: &str) -> String {
    format!("windlass.{release}")
}

impl Cluster {
    /// Takes a release's Lease, waiting for another holder as long as patience lasts; `told` learns
    /// once of each holder that is waited for.
    ///
    /// # Errors
    /// Fails when the API server does not answer as it should.
    pub async fn lease(
        &self,
        release: &str,
        holder: Holder,
        duration: Duration,
        patience: Duration,
        told: &(dyn Fn(&Holder) + Sync),
    ) -> Result<Leasing, Error> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        let wanted = new_lease(release, &holder, duration);
        let deadline = Instant::now() + patience;
        let mut observed = Observed::default();
        let mut told_of = None;
        // Nobody has it, as a rule: so the first request is the one that takes it.
        let mut found = None;
        loop {
            let sent = Instant::now();
            let taken = match &found {
                None => Some(api.create(&params(), &wanted).await),
                // Our own is there when an answer was lost and the request sent again.
                Some(lease)
                    if is_same_holder(lease, &wanted)
                        || observed.is_dead(lease)
                        || self.is_long_dead(lease).await? =>
                {
                    let next = over(wanted.clone(), lease);
                    Some(api.replace(&lease_name(release), &params(), &next).await)
                }
                Some(_) => None,
            };
            match taken {
                Some(Ok(lease)) => return Ok(Leasing::Held(keep(api, lease, duration, sent))),
                Some(Err(kube::Error::Api(status)))
                    if status.code == 409 || (status.code == 404 && found.is_some()) => {}
                Some(Err(error)) => return self.unleased(error),
                None => {}
            }
            found = self.read_lease(&api, release).await?;
            let Some(other) = found.as_ref().filter(|lease| is_held(lease)) else { continue };
            let pause = lasts(other) / 8;
            let other = holder_of(other);
            if Instant::now() >= deadline {
                return Ok(Leasing::Busy(other));
            }
            if told_of.as_ref() != Some(&other) {
                told(&other);
                told_of = Some(other);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            sleep(left.min(pause).min(Duration::from_secs(1))).await;
        }
    }

    /// Returns who holds a release's Lease, if anybody does and it can be read.
    ///
    /// # Errors
    /// Fails when the API server does not answer as it should.
    pub async fn lease_holder(&self, release: &str) -> Result<Option<SeenLease>, Error> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        let found = match self.read_lease(&api, release).await {
            Err(Error::Api { code: 403, .. }) => None,
            found => found?.filter(is_held),
        };
        let Some(lease) = found else { return Ok(None) };
        let quiet = quiet(&lease, self.server_time().await?);
        let is_fresh = quiet < lasts(&lease);
        Ok(Some(SeenLease { holder: holder_of(&lease), quiet, is_fresh }))
    }

    /// Returns the time by the API server's clock, or by ours if it does not say.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn server_time(&self) -> Result<Timestamp, Error> {
        let request = http::Request::get("/version").body(kube::client::Body::empty());
        let asked = match request {
            Ok(request) => self.client.send(request).await,
            Err(error) => Err(kube::Error::HttpError(error)),
        };
        let answer = asked.map_err(|error| self.error("ask for the time", error))?;
        let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        Ok(date.map_or_else(Timestamp::now, |date| date.timestamp()))
    }

    async fn read_lease(&self, api: &Api<Lease>, release: &str) -> Result<Option<Lease>, Error> {
        let name = lease_name(release);
        api.get_opt(&name).await.map_err(|error| self.error(format!("read Lease `{name}`"), error))
    }

    async fn is_long_dead(&self, lease: &Lease) -> Result<bool, Error> {
        if !is_held(lease) {
            return Ok(true);
        }
        // The writer's own clock decides only whether to look closer.
        let renewed = lease.spec.as_ref().and_then(|spec| spec.renew_time.as_ref());
        let enough = lasts(lease) * LONG_DEAD;
        if renewed.is_some_and(|time| since(time.0, Timestamp::now()) <= enough) {
            return Ok(false);
        }
        Ok(quiet(lease, self.server_time().await?) > enough)
    }

    fn unleased(&self, error: kube::Error) -> Result<Leasing, Error> {
        match error {
            kube::Error::Api(status) if status.code == 404 => Ok(Leasing::NoNamespace),
            kube::Error::Api(status) if status.code == 403 => {
                Ok(Leasing::Refused { message: status.message.clone() })
            }
            error => Err(self.error("write the Lease that locks the release", error)),
        }
    }
}

/// Starts to renew a Lease that was just written.
fn keep(api: Api<Lease>, lease: Lease, duration: Duration, sent: Instant) -> HeldLease {
    let (told, state) = watch::channel(Beat { renewed: sent, hold: Hold::Sure });
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(Heart { api, lease, duration, renewed: sent }.beat(told, stopped));
    HeldLease { state, duration, stop, task }
}

/// What another run's Lease looked like when it was last seen to change.
#[derive(Default)]
struct Observed {
    state: Option<(String, Instant)>,
}

impl Observed {
    /// Says whether a Lease is free, or did not change for its duration while it was watched.
    fn is_dead(&mut self, lease: &Lease) -> bool {
        if !is_held(lease) {
            return true;
        }
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        match &self.state {
            Some((same, since)) if *same == version => since.elapsed() > lasts(lease),
            _ => {
                self.state = Some((version, Instant::now()));
                false
            }
        }
    }
}

/// A Lease that this run holds and renews in the background.
#[derive(Debug)]
pub struct HeldLease {
    state: watch::Receiver<Beat>,
    duration: Duration,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl HeldLease {
    /// Watches whether it is still held.
    pub fn watch(&self) -> LeaseWatch {
        LeaseWatch { state: self.state.clone(), duration: self.duration }
    }

    /// Gives the Lease back, so that the next run need not wait.
    pub async fn release(self) {
        // A task that has ended has nothing to give back, and what is left behind expires.
        let _ = self.stop.send(());
        let _ = timeout(self.duration.max(GIVE_BACK), self.task).await;
    }
}

/// Tells whether a Lease is still held.
#[derive(Debug, Clone)]
pub struct LeaseWatch {
    state: watch::Receiver<Beat>,
    duration: Duration,
}

impl LeaseWatch {
    /// Returns what is known now.
    pub fn hold(&mut self) -> Hold {
        let Beat { renewed, hold } = self.state.borrow_and_update().clone();
        match hold {
            Hold::Sure if renewed.elapsed() > self.duration + GIVE_UP => Hold::Lost(None),
            Hold::Sure if renewed.elapsed() >= self.duration => Hold::Unsure,
            hold => hold,
        }
    }

    /// Waits until [`Self::hold`] may say something else.
    pub async fn changed(&mut self) {
        let renewed = self.state.borrow().renewed;
        let next = match renewed.elapsed() < self.duration {
            true => renewed + self.duration,
            false => renewed + self.duration + GIVE_UP,
        };
        tokio::select! {
            biased;
            changed = self.state.changed() => {
                if changed.is_err() {
                    sleep_until(next).await;
                }
            }
            // A millisecond more, or it would be looked at before the time is up.
            () = sleep_until(next + Duration::from_millis(1)) => {}
        }
    }
}

/// The last renewal that the API server confirmed: when it was sent, and what came of the Lease.
#[derive(Debug, Clone)]
struct Beat {
    renewed: Instant,
    hold: Hold,
}

/// Renews one Lease.
struct Heart {
    api: Api<Lease>,
    lease: Lease,
    duration: Duration,
    renewed: Instant,
}

/// What came of one renewal.
enum Renewal {
    Done,
    Failed,
    Over(Hold),
}

impl Heart {
    async fn beat(mut self, told: watch::Sender<Beat>, mut stopped: oneshot::Receiver<()>) {
        // The first renewal comes at once: a user who may create Leases and not renew them learns
        // it before anything is applied.
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                _ = &mut stopped => return self.give_back().await,
                () = sleep(pause) => {}
            }
            let sent = Instant::now();
            let renewal = timeout(self.duration / 3, self.renew()).await;
            match renewal.unwrap_or(Renewal::Failed) {
                Renewal::Done => {
                    self.renewed = sent;
                    told.send_replace(Beat { renewed: sent, hold: Hold::Sure });
                    pause = self.duration / 5;
                }
                Renewal::Failed => pause = self.duration / 15,
                Renewal::Over(hold) => {
                    told.send_replace(Beat { renewed: sent, hold });
                    return;
                }
            }
        }
    }

    async fn renew(&mut self) -> Renewal {
        let spec = self.lease.spec.get_or_insert_default();
        spec.renew_time = Some(MicroTime(Timestamp::now()));
        match self.api.replace(&name(&self.lease), &params(), &self.lease).await {
            Ok(lease) => {
                self.lease = lease;
                Renewal::Done
            }
            Err(kube::Error::Api(status)) => match status.code {
                // Also after an answer that got lost: then the Lease is newer, and ours.
                409 => self.look_again().await,
                404 => self.make_again().await,
                403 => Renewal::Over(Hold::Unguarded),
                _ => Renewal::Failed,
            },
            Err(_) => Renewal::Failed,
        }
    }

    async fn look_again(&mut self) -> Renewal {
        match self.api.get_opt(&name(&self.lease)).await {
            Ok(Some(found)) if is_same_holder(&found, &self.lease) => {
                self.lease.metadata = found.metadata;
                Renewal::Failed
            }
            Ok(Some(found)) => Renewal::Over(Hold::Lost(Some(holder_of(&found)))),
            Ok(None) => self.make_again().await,
            Err(_) => Renewal::Failed,
        }
    }

    /// Makes a Lease anew that somebody deleted, or that goes with its namespace.
    async fn make_again(&mut self) -> Renewal {
        // Otherwise another run may have taken it over, and given it back since.
        if self.renewed.elapsed() >= self.duration {
            return Renewal::Over(Hold::Lost(None));
        }
        let mut lease = self.lease.clone();
        lease.metadata.resource_version = None;
        lease.metadata.uid = None;
        match self.api.create(&params(), &lease).await {
            Ok(lease) => {
                self.lease = lease;
                Renewal::Done
            }
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => {
                Renewal::Over(Hold::Unguarded)
            }
            Err(_) => Renewal::Failed,
        }
    }

    async fn give_back(mut self) {
        let mut version = self.lease.metadata.resource_version.clone();
        // What is not deleted, whatever the reason, expires.
        while let Err(kube::Error::Api(status)) = self.delete(version.take()).await {
            match status.code {
                409 if matches!(self.look_again().await, Renewal::Failed) => {
                    version = self.lease.metadata.resource_version.clone();
                }
                403 => {
                    let spec = self.lease.spec.get_or_insert_default();
                    spec.holder_identity = Some(String::new());
                    let _ = self.api.replace(&name(&self.lease), &params(), &self.lease).await;
                    return;
                }
                _ => return,
            }
        }
    }

    /// Deletes the Lease if it is as this run left it.
    async fn delete(&self, resource_version: Option<String>) -> Result<(), kube::Error> {
        let conditions = Preconditions { resource_version, uid: self.lease.metadata.uid.clone() };
        let params = DeleteParams { preconditions: Some(conditions), ..DeleteParams::default() };
        self.api.delete(&name(&self.lease), &params).await.map(drop)
    }
}

fn params() -> PostParams {
    PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() }
}

fn name(lease: &Lease) -> String {
    lease.metadata.name.clone().unwrap_or_default()
}

fn new_lease(release: &str, holder: &Holder, duration: Duration) -> Lease {
    let labels = [
        ("app.kubernetes.io/managed-by", MANAGER),
        ("app.kubernetes.io/component", "release-lock"),
        ("app.kubernetes.io/instance", release),
    ];
    let mut annotations = vec![(OPERATION.to_owned(), holder.operation.clone())];
    annotations.extend(holder.job.clone().map(|job| (JOB.to_owned(), job)));
    Lease {
        metadata: ObjectMeta {
            name: Some(lease_name(release)),
            labels: Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            annotations: Some(annotations.into_iter().collect()),
            ..ObjectMeta::default()
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(holder.identity.clone()),
            lease_duration_seconds: Some(i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)),
            acquire_time: Some(MicroTime(holder.since)),
            renew_time: Some(MicroTime(Timestamp::now())),
            lease_transitions: Some(0),
            ..LeaseSpec::default()
        }),
    }
}

/// Returns `wanted` as the next state of a Lease whose holder is gone.
fn over(mut wanted: Lease, found: &Lease) -> Lease {
    wanted.metadata.resource_version = found.metadata.resource_version.clone();
    wanted.metadata.uid = found.metadata.uid.clone();
    let spec = wanted.spec.get_or_insert_default();
    spec.renew_time = Some(MicroTime(Timestamp::now()));
    let transitions = found.spec.as_ref().and_then(|spec| spec.lease_transitions);
    spec.lease_transitions = Some(transitions.unwrap_or_default().saturating_add(1));
    wanted
}

fn holder_of(lease: &Lease) -> Holder {
    let spec = lease.spec.clone().unwrap_or_default();
    let annotation = |key: &str| lease.metadata.annotations.as_ref()?.get(key).cloned();
    let since = spec.acquire_time.or(spec.renew_time).map(|time| time.0);
    Holder {
        identity: spec.holder_identity.unwrap_or_default(),
        operation: annotation(OPERATION).unwrap_or_else(|| "holder".to_owned()),
        since: since.unwrap_or_default(),
        job: annotation(JOB),
    }
}

fn is_held(lease: &Lease) -> bool {
    let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
    holder.is_some_and(|holder| !holder.is_empty())
}

fn is_same_holder(one: &Lease, other: &Lease) -> bool {
    let key = |lease: &Lease| {
        let spec = lease.spec.clone().unwrap_or_default();
        (spec.holder_identity, spec.acquire_time.map(|time| time.0.as_microsecond()))
    };
    key(one) == key(other)
}

/// Returns how long a Lease outlives its holder.
fn lasts(lease: &Lease) -> Duration {
    const SECONDS: i32 = 15;
    let seconds = lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
    Duration::from_secs(u64::from(seconds.unwrap_or(SECONDS).clamp(1, 3600).unsigned_abs()))
}

/// Returns how long ago a Lease was written; both times are the API server's.
fn quiet(lease: &Lease, now: Timestamp) -> Duration {
    let writes = lease.metadata.managed_fields.iter().flatten();
    let written = writes.filter_map(|entry| entry.time.as_ref()).map(|time| time.0).max();
    let written = written.or(lease.metadata.creation_timestamp.as_ref().map(|time| time.0));
    written.map_or(Duration::ZERO, |written| since(written, now))
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    let passed: SignedDuration = now.duration_since(then);
    passed.try_into().unwrap_or(Duration::ZERO)
}
