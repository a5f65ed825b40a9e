//! What is done about an operation that failed: what it made goes, or all it did is taken back.
//!
//! All of it happens under the lock of the operation, so that no other run meets a release halfway.

use std::fmt;

use super::deploy::{DeployOptions, Operation};
use super::lock::Lock;
use super::rollback::{Target, draft_rollback};
use super::uninstall::locked_uninstall;
use super::{Context, Error, Rollback, Uninstall};
use crate::cluster::{Deletion, Error as ClusterError, Propagation};
use crate::manifest::ObjectRef;
use crate::release::{Entry, Release, Status};

/// How a failed operation was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// The release that was to be installed is gone.
    Uninstalled,
    /// The release is what it was before the upgrade.
    RolledBack,
}

impl fmt::Display for Recovery {
    /// Writes Helm's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uninstalled => "uninstalled",
            Self::RolledBack => "rolled back",
        })
    }
}

/// An operation that failed.
pub(super) struct Failure<'a> {
    pub(super) operation: Operation,
    /// The revision that it was to make.
    pub(super) release: &'a Release,
    pub(super) options: &'a DeployOptions,
    /// The objects that it made.
    pub(super) created: Vec<ObjectRef>,
    pub(super) error: Error,
}

impl Context<'_> {
    /// Does about a failure what the options want, and returns what there is to say of both.
    pub(super) async fn recover(&self, failure: Failure<'_>, lock: &Lock) -> Error {
        if let Error::LockLost { .. } = failure.error {
            // Another run may be at work, and what it finds is its own.
            return failure.error;
        }
        let Failure { operation, release, options, created, error } = failure;
        let takes_back = options.rollback_on_failure;
        let cleans_up = options.cleanup_on_fail && !created.is_empty();
        if !takes_back && !cleans_up {
            return error;
        }
        // Whoever asked to stop asked for an end in order.
        lock.finish();
        if options.cleanup_on_fail {
            let errors = self.clean_up(&created, lock).await;
            if !errors.is_empty() && !takes_back {
                let doing = "cleaning up resources";
                let second = Error::NotCleanedUp { errors };
                return not_recovered(doing, operation, error, second);
            }
            errors.into_iter().for_each(|error| self.warn(error.to_string()));
        }
        if !takes_back {
            return error;
        }
        match operation {
            Operation::Install { .. } => {
                self.take_install_back(release, options, lock, error).await
            }
            Operation::Upgrade => self.take_upgrade_back(release, options, lock, error).await,
            Operation::Rollback { .. } => error,
        }
    }

    /// Deletes the objects that an operation made, in the reverse of the order in which it did.
    async fn clean_up(&self, created: &[ObjectRef], lock: &Lock) -> Vec<ClusterError> {
        let propagation = Propagation::Background;
        let deletions: Vec<Deletion> = created
            .iter()
            .rev()
            .map(|object| Deletion { object: object.clone(), propagation })
            .collect();
        let cleaned = lock.guard(async { Ok(self.cluster.delete_all(&deletions).await) }).await;
        match cleaned {
            Ok(errors) => {
                if errors.is_empty() {
                    created
                        .iter()
                        .rev()
                        .for_each(|object| (self.told)(super::Event::Deleted(object)));
                }
                errors
            }
            // Whoever holds the lock now decides about the objects.
            Err(_) => Vec::new(),
        }
    }

    async fn take_install_back(
        &self,
        release: &Release,
        options: &DeployOptions,
        lock: &Lock,
        error: Error,
    ) -> Error {
        self.warn(format!("install of `{}` failed; it is uninstalled", release.name));
        let request = Uninstall {
            name: release.name.clone(),
            dry_run: false,
            all: false,
            keep_history: false,
            propagation: Propagation::Background,
            wait: options.wait,
            timeout: options.timeout,
            hooks: options.hooks,
            description: None,
            lock: options.lock,
        };
        match locked_uninstall(self, &request, lock).await {
            Ok(_) => recovered(release, Recovery::Uninstalled, error),
            Err(second) => {
                let doing = "uninstalling the release";
                not_recovered(doing, Operation::Install { create_namespace: false }, error, second)
            }
        }
    }

    async fn take_upgrade_back(
        &self,
        release: &Release,
        options: &DeployOptions,
        lock: &Lock,
        error: Error,
    ) -> Error {
        let failed = |doing, error, second| not_recovered(doing, Operation::Upgrade, error, second);
        let revisions = match self.store.revisions(&release.name).await {
            Ok(revisions) => revisions,
            Err(second) => {
                return failed("finding last successful release", error, second.into());
            }
        };
        let Some(to) = last_successful(&revisions, release.version) else {
            return Error::NothingToRollBackTo {
                name: release.name.clone(),
                error: Box::new(error),
            };
        };
        self.warn(format!(
            "upgrade of `{}` to revision {} failed; it is rolled back to revision {to}",
            release.name, release.version
        ));
        // Boxed, because a rollback is a deploy, too; as in Helm it forgets no revisions.
        match Box::pin(self.roll_back(release, to, options, lock)).await {
            Ok(_) => recovered(release, Recovery::RolledBack, error),
            Err(second) => failed("rolling back the release", error, second),
        }
    }

    async fn roll_back(
        &self,
        release: &Release,
        to: i64,
        options: &DeployOptions,
        lock: &Lock,
    ) -> Result<Release, Error> {
        let options = DeployOptions {
            description: None,
            rollback_on_failure: false,
            cleanup_on_fail: false,
            recreate: options.recreate.clone(),
            history_max: 0,
            ..options.clone()
        };
        let request =
            Rollback { name: release.name.clone(), target: Target::Revision(to), options };
        let draft = draft_rollback(self, &request, lock).await?;
        self.deploy(draft, lock).await
    }
}

/// Returns the newest revision before one that was deployed, as Helm picks it.
fn last_successful(revisions: &[Entry], before: i64) -> Option<i64> {
    let was_deployed =
        |entry: &&Entry| matches!(entry.status(), Status::Superseded | Status::Deployed);
    let older = revisions.iter().filter(|entry| entry.key.version < before);
    older.filter(was_deployed).map(|entry| entry.key.version).max()
}

fn recovered(release: &Release, how: Recovery, error: Error) -> Error {
    Error::Recovered { name: release.name.clone(), how, error: Box::new(error) }
}

fn not_recovered(doing: &'static str, operation: Operation, error: Error, second: Error) -> Error {
    let verb = operation.verb();
    Error::NotRecovered { doing, verb, error: Box::new(error), second: Box::new(second) }
}
