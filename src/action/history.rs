//! History: the revisions of a release, oldest first.

use super::{Context, Error};
use crate::release::Release;

/// Returns the newest `max` revisions of a release, oldest first.
///
/// # Errors
/// Fails when there is no such release.
pub async fn history(ctx: &Context<'_>, name: &str, max: usize) -> Result<Vec<Release>, Error> {
    super::check_name(name)?;
    ctx.cluster.reach().await?;
    let mut revisions = ctx.store.revisions(name).await?;
    if revisions.is_empty() {
        return Err(Error::NotFound { name: name.to_owned(), namespace: ctx.namespace.clone() });
    }
    let shown = revisions.split_off(revisions.len().saturating_sub(max));
    Ok(ctx.store.read(&shown).await?)
}
