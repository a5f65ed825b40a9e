//! What there is no room for: quotas, limit ranges, the largest node.

use std::collections::{BTreeMap, BTreeSet};

use super::quantity::{thousandths, written};
use super::{Finding, Wanted, list};
use crate::action::references::{items, pod_spec};
use crate::action::{Context, Error};
use crate::cluster::Json;

/// What pods ask nodes for, and quotas count.
const RESOURCES: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];

/// Amounts of a pod by resource, in thousandths.
type Amounts = BTreeMap<&'static str, i128>;

pub(super) async fn lacking(
    ctx: &Context<'_>,
    wanted: &[Wanted<'_>],
) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    let namespaces: BTreeSet<&str> =
        wanted.iter().filter_map(|one| one.object.namespace.as_deref()).collect();
    for namespace in namespaces {
        let (quotas, ranges) = tokio::try_join!(
            list(ctx, "v1", "ResourceQuota", namespace),
            list(ctx, "v1", "LimitRange", namespace),
        )?;
        let (quotas, ranges) = (quotas.unwrap_or_default(), ranges.unwrap_or_default());
        let here: Vec<&Wanted<'_>> = wanted
            .iter()
            .filter(|one| one.object.namespace.as_deref() == Some(namespace))
            .collect();
        found.extend(here.iter().flat_map(|one| beyond_ranges(one, &ranges)));
        for quota in quotas.iter().filter(|quota| has_no_scope(quota)) {
            found.extend(beyond_quota(ctx, quota, &here, &ranges).await?);
        }
    }
    if let Some(nodes) = list(ctx, "v1", "Node", "").await?.filter(|nodes| !nodes.is_empty()) {
        found.extend(wanted.iter().filter_map(|one| without_node(one, &nodes)));
    }
    Ok(found)
}

fn has_no_scope(quota: &Json) -> bool {
    items(&quota["spec"]["scopes"]).is_empty() && quota.pointer("/spec/scopeSelector").is_none()
}

/// How many pods a workload has more when it is there, and how many it needs on the way.
struct Pods {
    more: i64,
    before: i64,
    after: i64,
    surge: i64,
}

fn pods(one: &Wanted<'_>) -> Option<Pods> {
    let replicas = |object: &Json, path: &str| object.pointer(path).map_or(Some(1), Json::as_i64);
    let desired = &*one.desired;
    let (path, can_surge) = match one.object.kind.as_str() {
        "Deployment" => ("/spec/replicas", true),
        "StatefulSet" | "ReplicaSet" => ("/spec/replicas", false),
        "Job" => ("/spec/parallelism", false),
        "Pod" => ("/spec/replicas", false),
        _ => return None,
    };
    let after = replicas(desired, path)?;
    let before = one.live.map_or(Some(0), |live| replicas(live, path))?;
    let rolls = can_surge && one.live.is_some() && one.changes && after > 0;
    let surge = i64::from(rolls && keeps_all(desired, after));
    Some(Pods { more: after - before, before, after, surge })
}

/// Says whether a rolling update may not stop a pod before another one is ready.
fn keeps_all(deployment: &Json, replicas: i64) -> bool {
    let strategy = &deployment["spec"]["strategy"];
    if strategy["type"] == "Recreate" {
        return false;
    }
    match strategy.pointer("/rollingUpdate/maxUnavailable") {
        // A quarter, rounded down, is what there is by default.
        None => replicas < 4,
        Some(Json::String(text)) => {
            let percent: Option<i64> = text.strip_suffix('%').and_then(|text| text.parse().ok());
            percent.is_some_and(|percent| percent * replicas < 100)
        }
        Some(number) => *number == 0,
    }
}

async fn beyond_quota(
    ctx: &Context<'_>,
    quota: &Json,
    wanted: &[&Wanted<'_>],
    ranges: &[Json],
) -> Result<Vec<Finding>, Error> {
    let name = quota.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default();
    let (hard, used) = (&quota["status"]["hard"], &quota["status"]["used"]);
    let counts = counts(ctx, wanted).await?;
    let mut found = Vec::new();
    for (resource, limit) in hard.as_object().into_iter().flatten() {
        let (kind, amount) = resource.split_once('.').unwrap_or(("requests", resource));
        let of_pods = RESOURCES
            .into_iter()
            .find(|known| *known == amount && matches!(kind, "requests" | "limits"));
        let more = match of_pods {
            Some(amount) => {
                let (more, silent) = more_of(amount, kind, wanted, ranges);
                found.extend(silent.into_iter().map(|one| {
                    let text = format!(
                        "quota `{name}` counts {resource}, and a container states none: its pods are refused"
                    );
                    Finding::new(one.object, "quota-needs-resources", text)
                }));
                more
            }
            None if resource == "pods" || resource == "count/pods" => 1000 * more_pods(wanted),
            None => counts.get(resource.as_str()).map_or(0, |count| 1000 * i128::from(*count)),
        };
        let (Some(limit), Some(used)) = (thousandths(limit), thousandths(&used[resource])) else {
            continue;
        };
        if more > 0 && used + more > limit {
            let bytes = amount == "memory" || amount.ends_with("storage");
            let text = format!(
                "quota `{name}` allows {} of {resource}, {} are used, and this needs {} more",
                written(limit, bytes),
                written(used, bytes),
                written(more, bytes)
            );
            let largest =
                wanted.iter().find(|one| pods(one).is_some_and(|pods| pods.more + pods.surge > 0));
            let object = largest.filter(|_| of_pods.is_some() || resource.ends_with("pods"));
            found.push(Finding {
                object: object.map(|one| one.object.clone()),
                code: "quota-exceeded",
                text,
            });
        }
    }
    Ok(found)
}

/// Returns how many objects of each counted resource are new, under the names that quotas have.
async fn counts(ctx: &Context<'_>, wanted: &[&Wanted<'_>]) -> Result<BTreeMap<String, i64>, Error> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let mut count = |resource: &str, group: &str| {
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        *counts.entry(format!("count/{resource}{group}")).or_default() += 1;
        if group.is_empty() {
            *counts.entry(resource.to_owned()).or_default() += 1;
        }
    };
    for one in wanted.iter().filter(|one| one.live.is_none()) {
        if let Ok(access) = ctx.cluster.access(one.object, "create").await
            && access.resource != "pods"
        {
            count(&access.resource, &access.group);
        }
    }
    // The record of the revision.
    ctx.store.resource().into_iter().for_each(|resource| count(resource, ""));
    Ok(counts)
}

fn more_pods(wanted: &[&Wanted<'_>]) -> i128 {
    let all = wanted.iter().filter_map(|one| pods(one));
    let (more, surge) =
        all.fold((0, 0), |(more, surge), pods| (more + pods.more, surge.max(pods.surge)));
    i128::from(more + surge)
}

/// Returns how much more of a resource is asked for or limited to at the end and on the way there,
/// and the workloads that say nothing of it.
fn more_of<'a>(
    resource: &'static str,
    kind: &str,
    wanted: &[&'a Wanted<'a>],
    ranges: &[Json],
) -> (i128, Vec<&'a Wanted<'a>>) {
    let (mut more, mut surge, mut silent) = (0, 0, Vec::new());
    for one in wanted {
        let (Some(pods), Some(pod)) = (pods(one), pod_spec(&one.desired)) else { continue };
        let of = |pod: &Json| amounts(pod, kind, ranges);
        let Some(new) = of(pod).get(resource).copied() else {
            if pods.after > 0 && (one.live.is_none() || one.changes) {
                silent.push(*one);
            }
            continue;
        };
        let old = one.live.and_then(pod_spec).and_then(|pod| of(pod).get(resource).copied());
        more += new * i128::from(pods.after) - old.unwrap_or(0) * i128::from(pods.before);
        surge = surge.max(new * i128::from(pods.surge));
    }
    (more + surge, silent)
}

/// Returns what a pod asks for (`requests`) or may use (`limits`): what all its containers state, or
/// the namespace's defaults; a resource is missing if one of them has none.
fn amounts(pod: &Json, kind: &str, ranges: &[Json]) -> Amounts {
    let of = |container: &Json, resource: &str| {
        let stated = |kind: &str| thousandths(&container["resources"][kind][resource]);
        let default = |kind: &str| {
            let limits = ranges.iter().flat_map(|range| items(&range["spec"]["limits"]));
            let mut limits = limits.filter(|limit| limit["type"] == "Container");
            limits.find_map(|limit| thousandths(&limit[kind][resource]))
        };
        match kind {
            "limits" => stated("limits").or_else(|| default("default")),
            _ => stated("requests")
                .or_else(|| stated("limits"))
                .or_else(|| default("defaultRequest"))
                .or_else(|| default("default")),
        }
    };
    let amount = |resource: &'static str| {
        let all: Option<Vec<i128>> =
            items(&pod["containers"]).iter().map(|one| of(one, resource)).collect();
        let first = items(&pod["initContainers"]).iter().filter_map(|one| of(one, resource)).max();
        all.map(|all| (resource, all.into_iter().sum::<i128>().max(first.unwrap_or(0))))
    };
    RESOURCES.into_iter().filter_map(amount).collect()
}

fn beyond_ranges(one: &Wanted<'_>, ranges: &[Json]) -> Vec<Finding> {
    let Some(pod) = pod_spec(&one.desired) else { return Vec::new() };
    let mut found = Vec::new();
    let limits = ranges.iter().flat_map(|range| items(&range["spec"]["limits"]));
    for limit in limits.filter(|limit| limit["type"] == "Container") {
        for (resource, most) in limit["max"].as_object().into_iter().flatten() {
            for container in items(&pod["containers"]) {
                let stated = ["limits", "requests"]
                    .into_iter()
                    .find_map(|kind| thousandths(&container["resources"][kind][resource]));
                if let (Some(stated), Some(allowed)) = (stated, thousandths(most))
                    && stated > allowed
                {
                    let bytes = resource == "memory" || resource.ends_with("storage");
                    let text = format!(
                        "container {} wants {} of {resource}, the namespace allows {}",
                        container["name"].as_str().unwrap_or_default(),
                        written(stated, bytes),
                        written(allowed, bytes)
                    );
                    found.push(Finding::new(one.object, "limit-exceeded", text));
                }
            }
        }
    }
    found
}

/// Says that no node could ever take one of the pods.
fn without_node(one: &Wanted<'_>, nodes: &[Json]) -> Option<Finding> {
    let pod = pod_spec(&one.desired)?;
    let selector = pod["nodeSelector"].as_object();
    let is_meant = |node: &&Json| {
        let labels = &node["metadata"]["labels"];
        selector.into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value))
    };
    let meant: Vec<&Json> = nodes.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let labels = selector.into_iter().flatten();
        let labels: Vec<String> = labels
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
            .collect();
        let text = format!("no node has the labels {} that its pods want", labels.join(", "));
        return Some(Finding::new(one.object, "no-node", text));
    }
    for (resource, needed) in amounts(pod, "requests", &[]) {
        let there = |node: &&Json| thousandths(&node["status"]["allocatable"][resource]);
        let Some(most) = meant.iter().filter_map(there).max() else { continue };
        if needed > most {
            let bytes = resource != "cpu";
            let text = format!(
                "a pod asks for {} of {resource}; the largest node has {}",
                written(needed, bytes),
                written(most, bytes)
            );
            return Some(Finding::new(one.object, "no-node", text));
        }
    }
    None
}
