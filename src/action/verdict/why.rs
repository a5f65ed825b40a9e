//! Why a revision failed, as its record has it, and what keeps its objects now.

use super::{Diagnosis, read};
use crate::action::deploy::objects;
use crate::action::{Context, Error, get};
use crate::cluster::Readiness;
use crate::manifest::ObjectRef;
use crate::release::Release;

/// Why a revision failed.
#[derive(Debug)]
pub struct Why {
    /// The revision.
    pub release: Release,
    /// What kept its objects from becoming ready when it failed; none if it did not fail for that.
    pub then: Vec<Diagnosis>,
    /// How its objects are now; only the newest revision has any.
    pub now: Option<Now>,
    /// The revision to go back to, if there is one.
    pub before: Option<i64>,
}

/// How objects are now.
#[derive(Debug)]
pub struct Now {
    /// The objects that can be ready or not, and how far they are.
    pub objects: Vec<(ObjectRef, Readiness)>,
    /// What keeps those that are not ready.
    pub diagnoses: Vec<Diagnosis>,
}

/// Says why a revision failed, the newest where `revision` is `None`, and how its objects are now.
///
/// # Errors
/// Fails when there is no such release or revision, or the cluster does not answer.
pub async fn why(ctx: &Context<'_>, name: &str, revision: Option<i64>) -> Result<Why, Error> {
    let release = get(ctx, name, revision).await?;
    ctx.tell_of_holder(&release).await;
    let before = ctx.healthy_before(&release).await;
    let newest = ctx.store.revisions(name).await?.last().map(|entry| entry.key.version);
    let now = match newest == Some(release.version) {
        true => Some(now(ctx, &release, before.as_ref()).await?),
        false => None,
    };
    let then = release.verdict.as_deref().map(read).unwrap_or_default();
    Ok(Why { release, then, now, before: before.map(|before| before.version) })
}

async fn now(ctx: &Context<'_>, release: &Release, before: Option<&Release>) -> Result<Now, Error> {
    let mut settled = Vec::new();
    for object in objects(&release.manifest)? {
        // A kind that the cluster no longer has cannot be looked at.
        if let Ok(object) = ctx.cluster.settle(&object.reference, &ctx.namespace).await {
            settled.push(object);
        }
    }
    let health = ctx.cluster.health(&settled).await?;
    let diagnoses = ctx.diagnose(release, before, &health.verdicts).await;
    Ok(Now { objects: health.objects, diagnoses })
}
