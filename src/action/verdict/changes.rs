//! Which of the changes of a revision most likely made a workload fail.
//!
//! Those of the workload's pods and of the ConfigMaps and Secrets that they use are ranked by what the
//! verdict is about; only the likeliest are told.

use crate::action::Masks;
use crate::cluster::{Code, FieldChange, Json, Verdict, field_changes};
use crate::manifest::{Object, ObjectRef};

/// How many changes are told.
const MOST: usize = 3;

/// How many letters of a value are told.
const LONGEST: usize = 80;

/// Returns the likeliest changes, each in one line.
pub(super) fn changes(
    verdict: &Verdict,
    old: &[Object],
    new: &[Object],
    masks: &Masks,
) -> Vec<String> {
    let Some(workload) = new.iter().find(|object| verdict.is_about(&object.reference)) else {
        return Vec::new();
    };
    let workload_now = Json::from(workload.value.clone());
    let mut found = Vec::new();
    let mut used = Vec::new();
    references(&workload_now, &mut used);
    let is_new =
        |object: &&Object| new.iter().all(|other| !same(&other.reference, &object.reference));
    for object in new.iter().chain(old.iter().filter(is_new)) {
        let reference = &object.reference;
        let is_workload = same(reference, &workload.reference);
        if !is_workload && !used.contains(&(reference.kind.clone(), reference.name.clone())) {
            continue;
        }
        let find = |list: &[Object]| {
            let found = list.iter().find(|other| same(&other.reference, reference));
            found.map(|object| Json::from(object.value.clone()))
        };
        let name = name(reference);
        match (find(old), find(new)) {
            (Some(before), Some(now)) => {
                for field in field_changes(&before, &now) {
                    let rank = rank(verdict, is_workload, &field.path);
                    found.push((rank, line(&name, &masks.field(&reference.kind, &field))));
                }
            }
            (Some(_), None) => found.push((0, format!("{name} is no longer in the chart"))),
            (None, _) => found.push((3, format!("{name} is new"))),
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    let likeliest = found.first().map_or(0, |(rank, _)| *rank);
    let likely = found.into_iter().filter(|(rank, _)| *rank == likeliest && *rank < IDLE);
    likely.take(MOST).map(|(_, line)| line).collect()
}

/// The rank of what makes nothing fail.
const IDLE: u8 = 9;

/// Says how unlikely a change is to blame.
fn rank(verdict: &Verdict, is_workload: bool, path: &str) -> u8 {
    let is_label = path.starts_with("metadata.") || path.contains(".metadata.");
    if is_label {
        return IDLE;
    }
    if !is_workload {
        // What a container reads makes it fail, and cannot keep it from being made.
        return if about(verdict.code).is_empty() { 1 } else { 4 };
    }
    let container = verdict.container.as_deref().unwrap_or_default();
    let of_container = !container.is_empty() && path.contains(&format!("ontainers[{container}]"));
    let of_other = !of_container && path.contains("ontainers[");
    let is_about = about(verdict.code).iter().any(|word| path.contains(word));
    match (is_about, of_container, of_other) {
        (true, _, false) => 0,
        (true, _, true) => 2,
        (false, true, _) => 1,
        _ if path.starts_with("spec.template.") => 3,
        _ => 5,
    }
}

/// Returns the fields that a verdict is about; none where it may be any.
fn about(code: Code) -> &'static [&'static str] {
    match code {
        Code::ImageNotFound | Code::InvalidImageName | Code::ImageUnreachable => &[".image"],
        Code::ImageNotPermitted => &[".image", "imagePullSecrets", "serviceAccountName"],
        Code::OutOfMemory => &[".resources", ".image"],
        Code::MissingSecret | Code::MissingConfigMap | Code::MissingKey => {
            &[".env", ".envFrom", ".volumes"]
        }
        Code::Unschedulable => {
            &[".resources", "nodeSelector", "affinity", "olerations", "topologySpread", "replicas"]
        }
        Code::QuotaExceeded => &[".resources", "replicas"],
        Code::AdmissionRefused => &["securityContext", "host", ".image", "serviceAccountName"],
        Code::UnboundClaim => {
            &["spec.storageClassName", "spec.accessModes", ".resources", ".volumes"]
        }
        Code::ReadinessProbeFailing => &["Probe", ".ports"],
        _ => &[],
    }
}

/// Collects the ConfigMaps, Secrets and claims that an object names.
fn references(object: &Json, found: &mut Vec<(String, String)>) {
    match object {
        Json::Object(fields) => {
            for (key, value) in fields {
                let (kind, name) = match key.as_str() {
                    "configMap" | "configMapRef" | "configMapKeyRef" => ("ConfigMap", "name"),
                    "secretRef" | "secretKeyRef" => ("Secret", "name"),
                    "secret" if value.get("secretName").is_none() => ("Secret", "name"),
                    "secret" => ("Secret", "secretName"),
                    "persistentVolumeClaim" => ("PersistentVolumeClaim", "claimName"),
                    _ => ("", ""),
                };
                if let Some(name) = value.get(name).and_then(Json::as_str) {
                    found.push((kind.to_owned(), name.to_owned()));
                }
                references(value, found);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn same(one: &ObjectRef, other: &ObjectRef) -> bool {
    (one.group(), &one.kind, &one.name) == (other.group(), &other.kind, &other.name)
}

fn name(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind.to_lowercase(), object.name)
}

fn line(object: &str, field: &FieldChange) -> String {
    let path = &field.path;
    match (&field.old, &field.new) {
        (Some(old), Some(new)) => format!("{object} {path}: {} → {}", short(old), short(new)),
        (None, Some(new)) => format!("{object} {path}: {} (added)", short(new)),
        (Some(old), None) => format!("{object} {path}: {} (removed)", short(old)),
        (None, None) => format!("{object} {path}"),
    }
}

fn short(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(" …".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::LogOf;
    use crate::manifest::Manifest;

    const OLD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {version: '1'}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: app, image: 'a:1', envFrom: [{configMapRef: {name: app}}, {secretRef: {name: db}}]}
      - {name: log, image: 'l:1'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {mode: safe}
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: correct-horse}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {mode: safe}
";

    fn found(code: Code, edits: &[(&str, &str)]) -> Vec<String> {
        let new = edits.iter().fold(OLD.to_owned(), |text, (from, to)| text.replace(from, to));
        let objects = |text: &str| Manifest::parse(text).unwrap().objects().unwrap();
        let verdict = Verdict {
            code,
            object: "deployment/web".into(),
            namespace: "shop".into(),
            pod: None,
            container: Some("app".into()),
            reason: String::new(),
            since: None,
            evidence: Vec::new(),
            log: LogOf::None,
        };
        let mut masks = Masks::default();
        masks.learn_manifest(OLD);
        masks.learn_manifest(&new);
        changes(&verdict, &objects(OLD), &objects(&new), &masks)
    }

    const IMAGE: (&str, &str) = ("a:1", "a:2");
    const OTHER_IMAGE: (&str, &str) = ("l:1", "l:2");
    const LABEL: (&str, &str) = ("version: '1'", "version: '2'");
    const MODE: (&str, &str) = ("data: {mode: safe}", "data: {mode: wild}");
    const REPLICAS: (&str, &str) = ("replicas: 1", "replicas: 9");

    #[test]
    fn the_change_that_a_verdict_is_about_is_blamed() {
        let image = "deployment/web spec.template.spec.containers[app].image: a:1 → a:2";
        let replicas = "deployment/web spec.replicas: 1 → 9";
        let all = [IMAGE, OTHER_IMAGE, LABEL, MODE, REPLICAS];
        for (code, expected) in [
            (Code::ImageNotFound, vec![image]),
            (Code::QuotaExceeded, vec![replicas]),
            (Code::CrashLoop, vec![image, "configmap/app data.mode: safe → wild"]),
        ] {
            assert_eq!(found(code, &all), expected, "{code}");
        }
    }

    #[test]
    fn a_label_or_an_object_that_is_not_used_is_not_blamed() {
        assert_eq!(found(Code::CrashLoop, &[LABEL]), Vec::<String>::new());
        let other = [("name: other}\ndata: {mode: safe}", "name: other}\ndata: {mode: wild}")];
        assert_eq!(found(Code::CrashLoop, &other), Vec::<String>::new());
    }

    #[test]
    fn the_value_of_a_secret_is_masked() {
        let lines = found(Code::CrashLoop, &[("correct-horse", "wrong-horse")]);
        assert_eq!(lines, ["secret/db stringData.password: (secret 1) → (secret 2)"]);
    }

    #[test]
    fn a_secret_that_the_chart_no_longer_has_is_blamed() {
        let gone = [("apiVersion: v1\nkind: Secret", "apiVersion: v1\nkind: Endpoints")];
        let lines = found(Code::MissingSecret, &gone);
        assert_eq!(lines, ["secret/db is no longer in the chart"]);
    }
}
