//! Status: a revision, and what the cluster says of its objects.

use super::deploy::objects;
use super::{Context, Error, get};
use crate::cluster::Table;
use crate::release::Release;

/// A revision with the live state of its objects.
#[derive(Debug)]
pub struct StatusReport {
    /// The revision.
    pub release: Release,
    /// The objects of each kind.
    pub tables: Vec<Table>,
}

/// Returns a revision, the newest where `revision` is `None`, and its objects as they are now.
///
/// # Errors
/// Fails when there is no such release or revision, or the cluster does not answer.
pub async fn status(
    ctx: &Context<'_>,
    name: &str,
    revision: Option<i64>,
    as_table: bool,
) -> Result<StatusReport, Error> {
    let release = get(ctx, name, revision).await?;
    ctx.tell_of_holder(&release).await;
    let mut settled = Vec::new();
    for object in objects(&release.manifest)? {
        // A kind that the cluster no longer has shows nothing, as in Helm.
        if let Ok(object) = ctx.cluster.settle(&object.reference, &ctx.namespace).await {
            settled.push(object);
        }
    }
    let tables = ctx.cluster.tables(&settled, as_table).await?;
    Ok(StatusReport { release, tables })
}
