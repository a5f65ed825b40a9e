//! How lists of Kubernetes' own kinds are merged: by which key their items are the same.
//!
//! The rules stand in the API's types as `patchStrategy` and `patchMergeKey`, and in its OpenAPI
//! document as `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`; all other lists, and
//! those of custom kinds, are replaced.

use crate::manifest::ObjectRef;

/// What becomes of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// It is what the manifest says.
    Replace,
    /// Its items are their own keys.
    Set,
    /// Its items are the same if this field is.
    Map(&'static str),
}

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Returns how the list at a path is merged; the path's lists count by their names alone.
pub(super) fn strategy(object: &ObjectRef, path: &[String]) -> Strategy {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if let ["metadata", field] = path[..] {
        return match field {
            "ownerReferences" => Strategy::Map("uid"),
            "finalizers" => Strategy::Set,
            _ => Strategy::Replace,
        };
    }
    if !is_built_in(object) {
        return Strategy::Replace;
    }
    match (object.kind.as_str(), &path[..]) {
        ("Service", ["spec", "ports"]) => return Strategy::Map("port"),
        ("ServiceAccount", ["secrets"]) => return Strategy::Map("name"),
        ("MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration", ["webhooks"]) => {
            return Strategy::Map("name");
        }
        _ => {}
    }
    match path[..] {
        [.., "spec", field] if is_pod_spec(object, &path[..path.len() - 1]) => of_pod(field),
        [.., list, field] if CONTAINERS.contains(&list) => of_container(field),
        _ => Strategy::Replace,
    }
}

fn of_pod(field: &str) -> Strategy {
    match field {
        "hostAliases" => Strategy::Map("ip"),
        "topologySpreadConstraints" => Strategy::Map("topologyKey"),
        "volumes" | "imagePullSecrets" | "resourceClaims" | "schedulingGates" => {
            Strategy::Map("name")
        }
        _ if CONTAINERS.contains(&field) => Strategy::Map("name"),
        _ => Strategy::Replace,
    }
}

fn of_container(field: &str) -> Strategy {
    match field {
        "ports" => Strategy::Map("containerPort"),
        "env" => Strategy::Map("name"),
        "volumeMounts" => Strategy::Map("mountPath"),
        "volumeDevices" => Strategy::Map("devicePath"),
        _ => Strategy::Replace,
    }
}

/// Says whether a map keeps only the fields that the manifest states (`retainKeys`): where fields
/// exclude one another, what is no longer stated must go.
pub(super) fn keeps_only_what_is_stated(object: &ObjectRef, path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path[..] {
        ["spec", "strategy"] => object.kind == "Deployment" && is_built_in(object),
        [.., "spec", "volumes"] => {
            is_built_in(object) && is_pod_spec(object, &path[..path.len() - 1])
        }
        _ => false,
    }
}

fn is_pod_spec(object: &ObjectRef, path: &[&str]) -> bool {
    path.ends_with(&["template", "spec"]) || object.kind == "Pod" && path == ["spec"]
}

fn is_built_in(object: &ObjectRef) -> bool {
    let group = object.group();
    matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions")
        || group.ends_with(".k8s.io") && object.kind != "CustomResourceDefinition"
}
