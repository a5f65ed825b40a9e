//! What an uninstall leaves behind, and taking that with it where the user wants it.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::deploy::objects;
use super::{Context, Error};
use crate::cluster::{Deletion, Json, Owner, Propagation, WaitFor};
use crate::manifest::{Manifest, Object, ObjectRef};
use crate::release::Release;

/// Something of a release that an uninstall does not delete.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// The object.
    pub object: ObjectRef,
    /// Why it stays.
    pub why: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Definition,
    Namespace,
}

/// How many objects are looked at at once.
const CONCURRENCY: usize = 16;

/// How long to pause before looking again whether a namespace is empty.
const PAUSE: Duration = Duration::from_millis(250);

impl Context<'_> {
    /// Finds what of a release stays: `spared` are the objects whose policy keeps them.
    ///
    /// What may not be looked at is a warning, because it is no reason not to uninstall.
    pub(super) async fn leftovers(
        &self,
        release: &Release,
        spared: Vec<(ObjectRef, String)>,
    ) -> Vec<Leftover> {
        let mut found = Vec::new();
        let owner = Owner { release: release.name.clone(), namespace: self.namespace.clone() };
        let (owner, plain) = (&owner, |(object, why)| Leftover { object, why, kind: Kind::Plain });
        let is_ours = |live: &Json| crate::cluster::belongs_to(live, owner);
        found.extend(self.there(spared, is_ours).await.into_iter().map(plain));
        let ran = |live: &Json| live.pointer("/metadata/annotations/helm.sh~1hook").is_some();
        found.extend(self.there(hook_objects(release), ran).await.into_iter().map(plain));
        let claims = self.claims(release).await;
        found.extend(claims.into_iter().map(plain));
        if release.is_slim() {
            self.warn(format!(
                "the record of `{}` is slim, so that CustomResourceDefinitions of the chart's \
                 crds/ are not known; they stay",
                release.name
            ));
        }
        let definitions = self.there(definitions(release), |_| true).await.into_iter();
        let definition = |(object, why)| Leftover { object, why, kind: Kind::Definition };
        found.extend(definitions.map(definition));
        found.extend(self.own_namespace().await);
        // A hook may be there for several events.
        let mut named = std::collections::HashSet::new();
        found.retain(|left| named.insert(left.object.to_string()));
        found
    }

    /// Leaves those that exist and of which `wanted` is true, settled.
    async fn there(
        &self,
        objects: Vec<(ObjectRef, String)>,
        wanted: impl Fn(&Json) -> bool,
    ) -> Vec<(ObjectRef, String)> {
        let wanted = &wanted;
        let looks = stream::iter(objects).map(|(object, why)| async move {
            let object = match self.cluster.settle_served(&object, &self.namespace).await {
                Ok(settled) => settled?,
                Err(error) => return self.unknown(&object, &error),
            };
            match self.cluster.find(&object).await {
                Ok(live) => live.filter(wanted).map(|_| (object, why)),
                Err(error) => self.unknown(&object, &error),
            }
        });
        looks.buffered(CONCURRENCY).filter_map(|found| async { found }).collect().await
    }

    fn unknown<T>(&self, object: &ObjectRef, error: &crate::cluster::Error) -> Option<T> {
        self.warn(format!("whether `{object}` stays is not known: {error}"));
        None
    }

    /// Finds the claims that the StatefulSets of a release made and that do not go with them.
    async fn claims(&self, release: &Release) -> Vec<(ObjectRef, String)> {
        let mut found = Vec::new();
        for set in objects(&release.manifest).unwrap_or_default() {
            let templates = claim_templates(&set);
            if templates.is_empty() {
                continue;
            }
            let namespace = set.reference.namespace.clone().unwrap_or(self.namespace.clone());
            let kind = "PersistentVolumeClaim";
            let claims = match self.cluster.lookup("v1", kind, &namespace, "").await {
                Ok(claims) => claims,
                Err(error) => {
                    self.warn(format!(
                        "which claims of `{}` stay is not known: {error}",
                        set.reference
                    ));
                    continue;
                }
            };
            let claims = claims["items"].as_array().into_iter().flatten();
            for name in claims.filter_map(unowned_name).filter(|name| is_of(name, &set, &templates))
            {
                let object = ObjectRef {
                    api_version: "v1".to_owned(),
                    kind: kind.to_owned(),
                    namespace: Some(namespace.clone()),
                    name: name.to_owned(),
                };
                found.push((object, format!("claim of StatefulSet `{}`", set.reference.name)));
            }
        }
        found
    }

    /// Returns the namespace of the release if it looks as if `--create-namespace` had made it.
    async fn own_namespace(&self) -> Option<Leftover> {
        let name = self.namespace.as_str();
        if name == "default" || name.starts_with("kube-") {
            return None;
        }
        let object = ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            namespace: None,
            name: name.to_owned(),
        };
        // Who may not read namespaces did not create this one either.
        let live = self.cluster.find(&object).await.ok()??;
        let is_made = live.pointer("/metadata/labels/name").and_then(Json::as_str) == Some(name);
        let is_going = live.pointer("/metadata/deletionTimestamp").is_some();
        let why = "has the label that --create-namespace gives".to_owned();
        (is_made && !is_going).then_some(Leftover { object, why, kind: Kind::Namespace })
    }

    /// Deletes what was left behind: a definition only when no object of its kind is left anywhere,
    /// and the namespace only when nothing else is in it.
    pub(super) async fn take(
        &self,
        release: &Release,
        leftovers: &[Leftover],
        timeout: Duration,
    ) -> Result<(), Error> {
        let of_kind = |kind| leftovers.iter().filter(move |left| left.kind == kind);
        let plain: Vec<&ObjectRef> = of_kind(Kind::Plain).map(|left| &left.object).collect();
        self.remove(release, &plain, timeout).await?;
        for definition in of_kind(Kind::Definition) {
            let why = match self.objects_of(&definition.object).await {
                Ok(0) => {
                    self.remove(release, &[&definition.object], timeout).await?;
                    continue;
                }
                Ok(count) => format!("the cluster has {count} objects of its kind"),
                Err(error) => {
                    format!("whether there are objects of its kind is not known: {error}")
                }
            };
            self.warn(format!("`{}` stays: {why}", definition.object));
        }
        for namespace in of_kind(Kind::Namespace) {
            match self.blocks(&namespace.object.name, release, timeout).await {
                None => self.remove(release, &[&namespace.object], Duration::ZERO).await?,
                Some(why) => self.warn(format!("`{}` stays: {why}", namespace.object)),
            }
        }
        Ok(())
    }

    /// Deletes objects, and waits until they are gone unless the time is zero.
    async fn remove(
        &self,
        release: &Release,
        objects: &[&ObjectRef],
        timeout: Duration,
    ) -> Result<(), Error> {
        let objects: Vec<ObjectRef> = objects.iter().map(|object| (*object).clone()).collect();
        let deletion =
            |object: ObjectRef| Deletion { object, propagation: Propagation::Background };
        let deletions: Vec<Deletion> = objects.iter().cloned().map(deletion).collect();
        let errors = self.cluster.delete_all(&deletions).await;
        if !errors.is_empty() {
            return Err(Error::Undeleted { name: release.name.clone(), errors });
        }
        for object in &objects {
            (self.told)(super::Event::Deleted(object));
        }
        if timeout.is_zero() || objects.is_empty() {
            return Ok(());
        }
        self.wait(&objects, WaitFor::Gone, timeout).await
    }

    /// Counts the objects of the kind that a CustomResourceDefinition defines.
    async fn objects_of(&self, definition: &ObjectRef) -> Result<usize, Error> {
        let Some(live) = self.cluster.find(definition).await? else { return Ok(0) };
        let text = |pointer: &str| live.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
        let versions = live.pointer("/spec/versions").and_then(Json::as_array);
        let served = versions.into_iter().flatten().find(|version| version["served"] == true);
        // What is not served cannot be counted, and may be there.
        let Some(version) = served.and_then(|version| version["name"].as_str()) else {
            return Ok(usize::from(live.pointer("/status/storedVersions").is_some()));
        };
        let api_version = format!("{}/{version}", text("/spec/group"));
        let list = self.cluster.lookup(&api_version, text("/spec/names/kind"), "", "").await?;
        Ok(list["items"].as_array().map_or(0, Vec::len))
    }

    /// Says why the namespace of a release cannot go; waits for what is going by itself.
    async fn blocks(
        &self,
        namespace: &str,
        release: &Release,
        timeout: Duration,
    ) -> Option<String> {
        let deadline = tokio::time::Instant::now() + timeout;
        let records = format!("sh.helm.release.v1.{}.v", release.name);
        loop {
            let contents = match self.cluster.contents(namespace).await {
                Ok(contents) => contents,
                Err(error) => return Some(format!("what is in it is not known: {error}")),
            };
            let others = contents.iter().filter(|content| {
                let object = &content.object;
                let is_record = object.name.starts_with(&records);
                let is_lock = object.kind == "Lease"
                    && object.name.strip_prefix("windlass.") == Some(&*release.name);
                !is_record && !is_lock
            });
            let others: Vec<_> = others.collect();
            let lasting = others.iter().find(|content| !content.is_passing);
            let is_late = tokio::time::Instant::now() >= deadline;
            match lasting.or(others.first().filter(|_| is_late)) {
                Some(content) => return Some(format!("`{}` is in it", content.object)),
                None if others.is_empty() => return None,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

fn hook_objects(release: &Release) -> Vec<(ObjectRef, String)> {
    let hooks = release.hooks.iter().flat_map(|hook| {
        let objects = objects(&hook.manifest).unwrap_or_default();
        let events: Vec<&str> = hook.events.iter().map(|event| event.as_str()).collect();
        let why = format!("hook of {}", events.join(", "));
        objects.into_iter().map(move |object| (object.reference, why.clone()))
    });
    // Helm never deletes a definition that is a hook, and neither does --all.
    hooks.filter(|(object, _)| object.kind != "CustomResourceDefinition").collect()
}

/// Returns the definitions in the crds/ of the chart; its subcharts' are not recorded.
fn definitions(release: &Release) -> Vec<(ObjectRef, String)> {
    let read = |file: &crate::chart::File| {
        let text = String::from_utf8_lossy(&file.data);
        let objects = Manifest::parse(&text).and_then(|manifest| manifest.objects());
        objects.unwrap_or_default()
    };
    let objects = release.chart.own_crds().flat_map(read);
    objects
        .filter(|object| object.reference.kind == "CustomResourceDefinition")
        .map(|object| (object.reference, "from the chart's crds/".to_owned()))
        .collect()
}

pub(super) fn claim_templates(set: &Object) -> Vec<String> {
    if set.reference.kind != "StatefulSet" {
        return Vec::new();
    }
    let templates = set.value.at(&["spec", "volumeClaimTemplates"]);
    let templates = templates.and_then(crate::yaml::Value::as_list).into_iter().flatten();
    let name = |template: &crate::yaml::Value| {
        Some(template.at(&["metadata", "name"])?.as_str()?.to_owned())
    };
    templates.filter_map(name).collect()
}

/// Returns the name of a claim that goes with no other object.
fn unowned_name(claim: &Json) -> Option<&str> {
    let owners = claim.pointer("/metadata/ownerReferences").and_then(Json::as_array);
    let is_owned = owners.is_some_and(|owners| !owners.is_empty());
    claim.pointer("/metadata/name").and_then(Json::as_str).filter(|_| !is_owned)
}

/// Says whether a claim has a name that a StatefulSet gives: template, set and number.
fn is_of(claim: &str, set: &Object, templates: &[String]) -> bool {
    templates.iter().any(|template| {
        let number = claim
            .strip_prefix(template.as_str())
            .and_then(|rest| rest.strip_prefix('-')?.strip_prefix(&*set.reference.name))
            .and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_known_by_template_set_and_number() {
        let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n\
                   spec: {volumeClaimTemplates: [{metadata: {name: data}}, {metadata: {name: log}}]}";
        let set = &objects(set).unwrap()[0];
        let templates = claim_templates(set);
        assert_eq!(templates, ["data", "log"]);
        for (name, expect) in [
            ("data-db-0", true),
            ("log-db-12", true),
            ("data-db", false),
            ("data-db-", false),
            ("data-db-0-copy", false),
            ("data-dbx-0", false),
            ("other-db-0", false),
        ] {
            assert_eq!(is_of(name, set, &templates), expect, "{name}");
        }
    }
}
