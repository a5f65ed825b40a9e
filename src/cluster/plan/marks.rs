//! The marks by which Helm and windlass know whose an object is.

use crate::cluster::{Json, Owner};
use crate::manifest::{Object, ObjectRef};

/// Returns the object as it is applied: with its namespace, and the marks of its release.
pub(super) fn marked(object: &Object, reference: &ObjectRef, owner: &Owner) -> Json {
    let mut json = Json::from(object.value.clone());
    let root = json.as_object_mut().expect("a manifest object is a map");
    // The version may have been mapped to one that is served.
    root.insert("apiVersion".to_owned(), reference.api_version.clone().into());
    let metadata = entry(root, "metadata");
    if let Some(namespace) = &reference.namespace {
        metadata.insert("namespace".to_owned(), namespace.clone().into());
    }
    entry(metadata, "labels").insert("app.kubernetes.io/managed-by".to_owned(), "Helm".into());
    let annotations = entry(metadata, "annotations");
    annotations.insert("meta.helm.sh/release-name".to_owned(), owner.release.clone().into());
    annotations.insert("meta.helm.sh/release-namespace".to_owned(), owner.namespace.clone().into());
    json
}

/// Returns the map `name` of `map`, making it where there is none or a null.
fn entry<'a>(
    map: &'a mut serde_json::Map<String, Json>,
    name: &str,
) -> &'a mut serde_json::Map<String, Json> {
    let value = map.entry(name).or_insert(Json::Null);
    if !value.is_object() {
        *value = Json::Object(serde_json::Map::new());
    }
    value.as_object_mut().expect("it was made an object just now")
}

/// Says what an object lacks to belong to the release; the texts are Helm's.
pub(in crate::cluster) fn not_owned(live: &Json, owner: &Owner) -> Option<String> {
    let label = check(
        live.pointer("/metadata/labels/app.kubernetes.io~1managed-by"),
        "app.kubernetes.io/managed-by",
        "Helm",
    );
    let name = check(
        live.pointer("/metadata/annotations/meta.helm.sh~1release-name"),
        "meta.helm.sh/release-name",
        &owner.release,
    );
    let namespace = check(
        live.pointer("/metadata/annotations/meta.helm.sh~1release-namespace"),
        "meta.helm.sh/release-namespace",
        &owner.namespace,
    );
    let reasons = [("label", label), ("annotation", name), ("annotation", namespace)];
    let reasons: Vec<String> = reasons
        .into_iter()
        .filter_map(|(what, reason)| Some(format!("{what} validation error: {}", reason?)))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn check(found: Option<&Json>, key: &str, wanted: &str) -> Option<String> {
    match found.and_then(Json::as_str) {
        Some(value) if value == wanted => None,
        Some(value) => {
            Some(format!("key \"{key}\" must equal \"{wanted}\": current value is \"{value}\""))
        }
        None => Some(format!("missing key \"{key}\": must be set to \"{wanted}\"")),
    }
}
