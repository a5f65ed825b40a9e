//! Test: a chart's own tests of a release, which are hooks that run when they are asked for.

use std::time::Duration;

use super::hooks::Runs;
use super::{Context, Error, check_name};
use crate::cluster::Pod;
use crate::manifest::{Hook, HookEvent};
use crate::release::Release;

/// What to test.
#[derive(Debug, Clone)]
pub struct Test {
    /// The release's name.
    pub name: String,
    /// The names of the tests to run; all if there is none.
    pub only: Vec<String>,
    /// The names of tests to leave out.
    pub except: Vec<String>,
    /// How long to wait for each test.
    pub timeout: Duration,
}

/// A release whose tests were run, and what they left in the cluster.
pub struct Tested {
    /// The release as recorded, which tells how each test went.
    pub release: Release,
    /// Why a test failed, if one did; those after it were not run.
    pub failure: Option<Error>,
    runs: Runs,
}

/// Runs the tests of a release; what they made stays until [`Tested::clear`].
///
/// # Errors
/// Fails when there is no such release, or how the tests went cannot be recorded.
pub async fn test(ctx: &Context<'_>, request: Test) -> Result<Tested, Error> {
    check_name(&request.name)?;
    ctx.cluster.reach().await?;
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let mut release = ctx.store.last(&request.name).await?.ok_or_else(not_found)?;
    let wanted = |hook: &Hook| {
        (request.only.is_empty() || request.only.contains(&hook.name))
            && !request.except.contains(&hook.name)
    };
    let mut runs = Runs::new(HookEvent::Test, request.timeout);
    let work = ctx.begin_hooks(&mut release, &wanted, &mut runs);
    let failure = ctx.until_stopped(&request.name, work).await.err();
    ctx.store.update(&mut release).await?;
    Ok(Tested { release, failure, runs })
}

impl Tested {
    /// Returns the pods of the tests that were begun, in the order of the tests.
    ///
    /// # Errors
    /// Fails when pods cannot be read.
    pub async fn pods(&self, ctx: &Context<'_>) -> Result<Vec<Pod>, Error> {
        let mut pods = Vec::new();
        for started in self.runs.started() {
            pods.extend(ctx.cluster.pods(started).await?);
        }
        Ok(pods)
    }

    /// Deletes what the tests made, as their policies say, and tells why a test failed.
    ///
    /// # Errors
    /// Fails when a test failed, or what is to be deleted cannot be.
    pub async fn clear(self, ctx: &Context<'_>) -> Result<(), Error> {
        let cleared = ctx.clear_hooks(&self.release, &self.runs).await;
        self.failure.map_or(cleared, Err)
    }
}
