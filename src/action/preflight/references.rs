//! What pods, claims and ingresses refer to, and nobody has.

use std::collections::{BTreeSet, HashMap};

use super::{Finding, Wanted};
use crate::action::references::{Used, items, pod_spec, references};
use crate::action::{Context, Error};
use crate::cluster::{self, Json};

/// The kinds without which something does not start or serve, with their API versions and the word
/// for one that is missing.
const KINDS: [(&str, &str, &str); 9] = [
    ("ConfigMap", "v1", "missing-config-map"),
    ("Secret", "v1", "missing-secret"),
    ("ServiceAccount", "v1", "missing-service-account"),
    ("PersistentVolumeClaim", "v1", "missing-claim"),
    ("Service", "v1", "missing-service"),
    ("PriorityClass", "scheduling.k8s.io/v1", "missing-priority-class"),
    ("RuntimeClass", "node.k8s.io/v1", "missing-runtime-class"),
    ("StorageClass", "storage.k8s.io/v1", "missing-storage-class"),
    ("IngressClass", "networking.k8s.io/v1", "missing-ingress-class"),
];

/// Returns what is neither in the release nor in the cluster.
pub(super) async fn missing(
    ctx: &Context<'_>,
    wanted: &[Wanted<'_>],
) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    let mut there: HashMap<(String, String, String), Option<Json>> = HashMap::new();
    for user in wanted {
        let namespace = user.object.namespace.as_deref().unwrap_or(&ctx.namespace);
        for used in references(&user.desired) {
            let Some(&(kind, api_version, code)) = of_interest(user, &used) else { continue };
            let name = &used.reference.name;
            let found_here = wanted.iter().find(|other| {
                other.object.kind == kind
                    && other.object.name == *name
                    && other.object.namespace.as_deref().is_none_or(|other| other == namespace)
            });
            let target = match found_here {
                Some(target) => Some(target.desired.clone().into_owned()),
                None => {
                    let key = (kind.to_owned(), namespace.to_owned(), name.clone());
                    if !there.contains_key(&key) {
                        let live = live(ctx, api_version, kind, namespace, name).await?;
                        there.insert(key.clone(), live);
                    }
                    there.get(&key).cloned().flatten()
                }
            };
            let Some(target) = target else { continue };
            if target.as_object().is_none_or(serde_json::Map::is_empty) {
                if !is_made_by_others(wanted, kind, name) {
                    let text =
                        format!("{kind} `{name}` is neither in the chart nor in the cluster");
                    found.push(Finding::new(user.object, code, text));
                }
                continue;
            }
            found.extend(missing_keys(user, &used, &target));
        }
    }
    Ok(found)
}

/// Returns the kind of a reference if something is wrong without it.
fn of_interest(
    user: &Wanted<'_>,
    used: &Used,
) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let kind = used.reference.kind.as_str();
    // Without its Service a StatefulSet starts, and without its certificate an Ingress serves.
    let is_needed = match user.object.kind.as_str() {
        "Ingress" => kind != "Secret",
        "RoleBinding" | "ClusterRoleBinding" | "HorizontalPodAutoscaler" => false,
        _ => kind != "Service",
    };
    // Every namespace gets this one a moment after it is made.
    let is_default = kind == "ServiceAccount" && used.reference.name == "default";
    KINDS.iter().find(|(known, _, _)| *known == kind && is_needed && !is_default)
}

/// Returns an object, an empty one if it is not there, nothing if this user may not look.
async fn live(
    ctx: &Context<'_>,
    api_version: &str,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<Option<Json>, Error> {
    match ctx.cluster.lookup(api_version, kind, namespace, name).await {
        Ok(object) => Ok(Some(object)),
        Err(cluster::Error::Api { code: 401 | 403, .. } | cluster::Error::NoSuchKind { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says whether something in the release seems to make an object: an object of a kind that is not
/// Kubernetes' own, or a hook's container, has its name in it.
fn is_made_by_others(wanted: &[Wanted<'_>], kind: &str, name: &str) -> bool {
    if !matches!(kind, "Secret" | "ConfigMap" | "PersistentVolumeClaim" | "Service") {
        return false;
    }
    wanted.iter().any(|other| {
        let group = other.object.group();
        let is_custom = group.contains('.') && !group.ends_with(".k8s.io");
        if is_custom {
            return other.object.name == name || mentions(&other.desired, name);
        }
        let containers = pod_spec(&other.desired)
            .into_iter()
            .flat_map(|pod| items(&pod["containers"]).iter().chain(items(&pod["initContainers"])));
        other.is_hook
            && containers.into_iter().any(|container| {
                [&container["args"], &container["command"]]
                    .into_iter()
                    .any(|words| contains(words, name))
                    || items(&container["env"]).iter().any(|variable| variable["value"] == name)
            })
    })
}

fn mentions(value: &Json, name: &str) -> bool {
    match value {
        Json::String(text) => text == name,
        Json::Array(items) => items.iter().any(|item| mentions(item, name)),
        Json::Object(map) => map.values().any(|item| mentions(item, name)),
        _ => false,
    }
}

/// Says whether a name is a part of one of several words.
fn contains(words: &Json, name: &str) -> bool {
    items(words).iter().filter_map(Json::as_str).any(|word| word.contains(name))
}

fn missing_keys(user: &Wanted<'_>, used: &Used, target: &Json) -> Vec<Finding> {
    let maps = ["data", "binaryData", "stringData"];
    let there: BTreeSet<&String> = maps
        .iter()
        .filter_map(|map| target[map].as_object())
        .flat_map(serde_json::Map::keys)
        .collect();
    let (kind, name) = (&used.reference.kind, &used.reference.name);
    let missing = used.keys.iter().filter(|key| !there.contains(key));
    let finding = |key: &String| {
        let names: Vec<&str> = there.iter().map(|name| name.as_str()).take(12).collect();
        let has = if names.is_empty() { "no keys".to_owned() } else { names.join(", ") };
        let text = format!("{kind} `{name}` has no key `{key}`; it has {has}");
        Finding::new(user.object, "missing-key", text)
    };
    missing.map(finding).collect()
}
