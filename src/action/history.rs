//! History: the revisions of a release, oldest first, and what changed between them.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::deploy::objects;
use super::{Context, Error};
use crate::release::{Entry, Release};
use crate::yaml::{Map, Value};

/// How many records are read at once.
const CONCURRENCY: usize = 8;

/// Returns the newest `max` revisions of a release, oldest first.
///
/// # Errors
/// Fails when there is no such release.
pub async fn history(ctx: &Context<'_>, name: &str, max: usize) -> Result<Vec<Release>, Error> {
    let mut revisions = revisions(ctx, name).await?;
    let shown = revisions.split_off(revisions.len().saturating_sub(max));
    Ok(ctx.store.read(&shown).await?)
}

async fn revisions(ctx: &Context<'_>, name: &str) -> Result<Vec<Entry>, Error> {
    super::check_name(name)?;
    ctx.cluster.reach().await?;
    let revisions = ctx.store.revisions(name).await?;
    if revisions.is_empty() {
        return Err(Error::NotFound { name: name.to_owned(), namespace: ctx.namespace.clone() });
    }
    Ok(revisions)
}

/// A revision, and how it differs from the one before it.
#[derive(Debug)]
pub struct Changed {
    /// The revision.
    pub release: Release,
    /// How it differs; `None` for the oldest that is kept.
    pub changes: Option<RevisionChanges>,
}

/// How a revision differs from the one before it, without any value that a user gave.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionChanges {
    /// The chart's name and version, before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<(String, String)>,
    /// The version of the app, before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<(String, String)>,
    /// Each container whose image is another: where it is, before and after; empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<(String, String, String)>,
    /// The keys of the user's values that are new, gone, or say something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// Returns the newest `max` revisions of a release, oldest first, each with what it changed.
///
/// # Errors
/// Fails when there is no such release, or a record cannot be read.
pub async fn history_of_changes(
    ctx: &Context<'_>,
    name: &str,
    max: usize,
) -> Result<Vec<Changed>, Error> {
    let revisions = revisions(ctx, name).await?;
    // One more than is shown, which the oldest of them is compared with.
    let from = revisions.len().saturating_sub(max.saturating_add(1));
    let reads = revisions[from..].iter().map(|entry| ctx.store.get(name, entry.key.version));
    let read: Vec<Option<Release>> =
        stream::iter(reads).buffered(CONCURRENCY).try_collect().await?;
    let mut history: Vec<Changed> = Vec::with_capacity(read.len());
    for release in read.into_iter().flatten() {
        let changes = match history.last() {
            Some(before) => Some(RevisionChanges::between(&before.release, &release)?),
            None => None,
        };
        history.push(Changed { release, changes });
    }
    Ok(history.split_off(history.len().saturating_sub(max)))
}

impl RevisionChanges {
    fn between(before: &Release, after: &Release) -> Result<Self, Error> {
        let differing = |old: String, new: String| (old != new).then_some((old, new));
        let chart = |release: &Release| {
            format!("{}-{}", release.chart.metadata.name, release.chart.metadata.version)
        };
        let app_version = |release: &Release| release.chart.metadata.app_version.clone();
        let (old, new) = (images(before)?, images(after)?);
        let mut places: Vec<&String> = old.keys().chain(new.keys()).collect();
        places.sort();
        places.dedup();
        let image = |images: &BTreeMap<String, String>, place| {
            images.get(place).cloned().unwrap_or_default()
        };
        let changed = places.into_iter().filter_map(|place| {
            let (old, new) = differing(image(&old, place), image(&new, place))?;
            Some((place.clone(), old, new))
        });
        let images = changed.collect();
        let mut values = Vec::new();
        differing_keys("", &before.config, &after.config, &mut values);
        Ok(Self {
            chart: differing(chart(before), chart(after)),
            app_version: differing(app_version(before), app_version(after)),
            images,
            values,
        })
    }
}

/// Returns the image of each container: `Deployment/web app`.
fn images(release: &Release) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    for object in objects(&release.manifest)? {
        collect_images(&object.reference.to_string(), &object.value, &mut found);
    }
    Ok(found)
}

fn collect_images(object: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if let (Some(name), Some(image)) = (text("name"), text("image")) {
        found.insert(format!("{object} {name}"), image.to_owned());
    }
    let below = value.as_map().into_iter().flat_map(Map::values);
    let items = value.as_list().into_iter().flatten();
    below.chain(items).for_each(|value| collect_images(object, value, found));
}

fn differing_keys(path: &str, old: &Map, new: &Map, found: &mut Vec<String>) {
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (old.get(key), new.get(key)) {
            (Some(Value::Map(old)), Some(Value::Map(new))) => {
                differing_keys(&path, old, new, found);
            }
            (old, new) if old == new => {}
            _ => found.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, image: &str, values: &str) -> Release {
        let mut release = Release::new("web", "shop", 1);
        release.chart.metadata.name = "web".to_owned();
        release.chart.metadata.version = version.to_owned();
        release.manifest = format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{containers: [{{name: app, image: {image}}}]}}\n"
        );
        release.config = crate::yaml::parse(values).unwrap().as_map().unwrap().clone();
        release
    }

    #[test]
    fn what_changed_is_named_without_values() {
        let old = release("1.0.0", "a:1", "{db: {password: x, host: y}, gone: 1, same: 2}");
        let new = release("1.1.0", "a:2", "{db: {password: z, host: y}, new: 1, same: 2}");
        let changes = RevisionChanges::between(&old, &new).unwrap();
        assert_eq!(changes.chart, Some(("web-1.0.0".to_owned(), "web-1.1.0".to_owned())));
        assert_eq!(changes.app_version, None);
        let image = ["Pod/web app", "a:1", "a:2"].map(str::to_owned);
        assert_eq!(changes.images, [image.into()]);
        assert_eq!(changes.values, ["db.password", "gone", "new"]);
        assert_eq!(RevisionChanges::between(&old, &old).unwrap(), RevisionChanges::default());
    }
}
