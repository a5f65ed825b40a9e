//! List: the newest revision of every release.

use super::{Context, Error};
use crate::release::{Entry, Release, Status};

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// By the time of the last operation.
    Date,
}

/// Which releases to list.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Whether to look in all namespaces.
    pub all_namespaces: bool,
    /// The statuses wanted; empty for all.
    pub statuses: Vec<Status>,
    /// A regular expression for the name.
    pub filter: Option<regex::Regex>,
    /// A label selector for the records.
    pub selector: Option<String>,
    /// How to order.
    pub order: Order,
    /// Whether the order is turned round.
    pub reverse: bool,
    /// How many to leave out at the start.
    pub offset: usize,
    /// How many to return; 0 for all.
    pub max: usize,
}

/// Returns the newest revision of each release that fits; if only superseded ones are asked for,
/// every revision that is.
///
/// # Errors
/// Fails when the records cannot be read.
pub async fn list(ctx: &Context<'_>, request: &List) -> Result<Vec<Release>, Error> {
    ctx.cluster.reach().await?;
    let selector = request.selector.as_deref();
    // The newest revision of a release is never superseded, so that Helm looks at all of them here.
    let mut entries = match request.statuses.as_slice() {
        [Status::Superseded] => ctx.store.list_superseded(request.all_namespaces, selector).await?,
        _ => ctx.store.list(request.all_namespaces, selector).await?,
    };
    entries.retain(|entry| {
        let wanted = request.statuses.is_empty() || request.statuses.contains(&entry.status());
        wanted && request.filter.as_ref().is_none_or(|filter| filter.is_match(&entry.key.name))
    });
    match request.order {
        Order::Name => {
            let name = |entry: &Entry| (entry.key.name.clone(), entry.key.namespace.clone());
            entries.sort_by_cached_key(name);
            // Labels tell which are wanted, so that only the bodies of these are read.
            Ok(ctx.store.read(&request.page(entries)).await?)
        }
        Order::Date => {
            let mut releases = ctx.store.read(&entries).await?;
            releases.sort_by_key(|release| release.info.last_deployed.timestamp());
            Ok(request.page(releases))
        }
    }
}

impl List {
    fn page<T>(&self, mut all: Vec<T>) -> Vec<T> {
        if self.reverse {
            all.reverse();
        }
        let max = if self.max == 0 { usize::MAX } else { self.max };
        all.into_iter().skip(self.offset).take(max).collect()
    }
}
