//! Get: one revision of a release as it is recorded.

use super::{Context, Error};
use crate::release::Release;
use crate::yaml::Map;

/// Returns a revision, the newest where `revision` is `None` or 0.
///
/// # Errors
/// Fails when there is no such release or revision.
pub async fn get(ctx: &Context<'_>, name: &str, revision: Option<i64>) -> Result<Release, Error> {
    super::check_name(name)?;
    ctx.cluster.reach().await?;
    let found = match revision.filter(|revision| *revision != 0) {
        Some(revision) => ctx.store.get(name, revision).await?,
        None => ctx.store.last(name).await?,
    };
    found.ok_or_else(|| Error::NotFound { name: name.to_owned(), namespace: ctx.namespace.clone() })
}

/// Returns the values of a revision: the user's, or with `all` those that the templates saw.
///
/// # Errors
/// Fails when the recorded values do not fit the recorded chart.
pub fn get_values(release: &Release, all: bool) -> Result<Map, Error> {
    if all { Ok(release.chart.coalesce(&release.config)?.0) } else { Ok(release.config.clone()) }
}
