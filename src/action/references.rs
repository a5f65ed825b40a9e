//! Which other objects an object names.

use crate::cluster::Json;
use crate::manifest::ObjectRef;

/// An object as others name it: they share its namespace, and do not say its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: String,
    pub(super) name: String,
}

impl Reference {
    pub(super) fn to(object: &ObjectRef) -> Self {
        Self { kind: object.kind.clone(), name: object.name.clone() }
    }
}

/// How an object is used by the one that names it; the later ones weigh more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// It is only named.
    Name,
    /// Pods have its contents as files.
    Files,
    /// Containers have its contents as variables.
    Variables,
}

/// A reference and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) reference: Reference,
    pub(super) how: Use,
    /// The keys that must be in it.
    pub(super) keys: Vec<String>,
}

/// Returns what an object refers to; one that may be missing does not count.
pub(super) fn references(object: &Json) -> Vec<Used> {
    let mut found = Vec::new();
    if let Some(pod) = pod_spec(object) {
        of_pod(pod, &mut found);
    }
    let mut name = |kind: &str, name: Option<&Json>| {
        add(&mut found, kind, name, Use::Name);
    };
    let spec = &object["spec"];
    match object["kind"].as_str().unwrap_or_default() {
        "StatefulSet" => {
            name("Service", spec.get("serviceName"));
            for claim in items(&spec["volumeClaimTemplates"]) {
                name("StorageClass", claim.pointer("/spec/storageClassName"));
            }
        }
        "PersistentVolumeClaim" => name("StorageClass", spec.get("storageClassName")),
        "Ingress" => {
            name("IngressClass", spec.get("ingressClassName"));
            name("Service", spec.pointer("/defaultBackend/service/name"));
            for rule in items(&spec["rules"]) {
                for path in items(&rule["http"]["paths"]) {
                    name("Service", path.pointer("/backend/service/name"));
                }
            }
            for tls in items(&spec["tls"]) {
                name("Secret", tls.get("secretName"));
            }
        }
        "HorizontalPodAutoscaler" => {
            let kind = spec.pointer("/scaleTargetRef/kind").and_then(Json::as_str);
            name(kind.unwrap_or_default(), spec.pointer("/scaleTargetRef/name"));
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let kind = object.pointer("/roleRef/kind").and_then(Json::as_str);
            name(kind.unwrap_or_default(), object.pointer("/roleRef/name"));
            for subject in items(&object["subjects"]) {
                if subject["kind"] == "ServiceAccount" {
                    name("ServiceAccount", subject.get("name"));
                }
            }
        }
        _ => {}
    }
    found
}

/// Returns the specification of the pods that an object makes, if it makes any.
pub(super) fn pod_spec(object: &Json) -> Option<&Json> {
    match object["kind"].as_str()? {
        "Pod" => object.get("spec"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
            object.pointer("/spec/template/spec")
        }
        "CronJob" => object.pointer("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

fn of_pod(pod: &Json, found: &mut Vec<Used>) {
    add(found, "ServiceAccount", pod.get("serviceAccountName"), Use::Name);
    add(found, "PriorityClass", pod.get("priorityClassName"), Use::Name);
    add(found, "RuntimeClass", pod.get("runtimeClassName"), Use::Name);
    for secret in items(&pod["imagePullSecrets"]) {
        add(found, "Secret", secret.get("name"), Use::Name);
    }
    for volume in items(&pod["volumes"]) {
        add(
            found,
            "PersistentVolumeClaim",
            volume.pointer("/persistentVolumeClaim/claimName"),
            Use::Name,
        );
        of_source(&volume["configMap"], &volume["secret"], "secretName", Use::Files, found);
        for source in items(&volume["projected"]["sources"]) {
            of_source(&source["configMap"], &source["secret"], "name", Use::Files, found);
        }
    }
    for container in items(&pod["containers"]).iter().chain(items(&pod["initContainers"])) {
        for from in items(&container["envFrom"]) {
            of_source(&from["configMapRef"], &from["secretRef"], "name", Use::Variables, found);
        }
        for variable in items(&container["env"]) {
            let from = &variable["valueFrom"];
            let (map, secret) = (&from["configMapKeyRef"], &from["secretKeyRef"]);
            of_source(map, secret, "name", Use::Variables, found);
        }
    }
}

fn of_source(map: &Json, secret: &Json, secret_name: &str, how: Use, found: &mut Vec<Used>) {
    for (kind, source, name) in [("ConfigMap", map, "name"), ("Secret", secret, secret_name)] {
        if source["optional"] == true || add(found, kind, source.get(name), how).is_none() {
            continue;
        }
        let keys = items(&source["items"]).iter().map(|item| &item["key"]).chain([&source["key"]]);
        let keys = keys.filter_map(Json::as_str).map(str::to_owned);
        found.last_mut().into_iter().for_each(|used| used.keys = keys.clone().collect());
    }
}

fn add(found: &mut Vec<Used>, kind: &str, name: Option<&Json>, how: Use) -> Option<()> {
    let name = name.and_then(Json::as_str).filter(|name| !name.is_empty())?;
    let reference = Reference { kind: kind.to_owned(), name: name.to_owned() };
    found.push(Used { reference, how, keys: Vec::new() });
    Some(())
}

/// Returns the items of a list, none if it is no list.
pub(super) fn items(list: &Json) -> &[Json] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}
