//! A small release, and what must be true of it when it was disturbed: its objects, its records, its lock, and what Helm reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::Namespace;

/// Objects that change, and one that comes and goes with the color; a hook that keeps its object.
const OBJECTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {color: {{ .Values.color }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-{{ .Values.color }}}
data: {color: {{ .Values.color }}}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {color: {{ .Values.color }}}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {color: {{ .Values.color }}}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ if eq .Values.color \"red\" }}2{{ else }}1{{ end }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: \"example.test/web:{{ .Values.color }}\"}]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-hook
  annotations: {helm.sh/hook: \"pre-install,pre-upgrade,pre-rollback\"}
data: {color: {{ .Values.color }}}
";

/// Makes a namespace with the chart `web` in its sandbox, whose objects say which color was given.
#[track_caller]
pub(crate) fn with_chart(topic: &str) -> Namespace {
    let namespace = Namespace::new(topic);
    namespace.sandbox().write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    namespace.sandbox().write("web/values.yaml", "color: blue\n");
    namespace.sandbox().write("web/templates/objects.yaml", OBJECTS);
    namespace
}

/// What a release has come to: its newest deployed revision, and the objects without what differs from run to run.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    manifest: String,
    values: String,
    objects: BTreeMap<String, Value>,
}

impl Outcome {
    /// Reads it, the record by Helm.
    #[track_caller]
    pub(crate) fn of(namespace: &Namespace) -> Self {
        let manifest = namespace.helm(["get", "manifest", "web"]).stdout;
        let values = namespace.helm(["get", "values", "web"]).stdout;
        Self { manifest, values, objects: objects(namespace) }
    }

    /// Returns the colors of all objects, the hook's aside: one, unless runs were mixed.
    pub(crate) fn colors(&self) -> BTreeSet<String> {
        let colors = self.objects.iter().filter(|(name, _)| *name != "configmaps/web-hook");
        colors.filter_map(|(_, object)| color(object)).collect()
    }

    /// Says what is different from what should be.
    pub(crate) fn differences(&self, should: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let texts = [
            ("manifest", &self.manifest, &should.manifest),
            ("values", &self.values, &should.values),
        ];
        for (what, is, should) in texts {
            if is != should {
                differences.push(format!("the record's {what} is {is:?} and not {should:?}"));
            }
        }
        let names: BTreeSet<_> = self.objects.keys().chain(should.objects.keys()).collect();
        for name in names {
            let (is, should) = (self.objects.get(name), should.objects.get(name));
            if is != should {
                let text = |it: Option<&Value>| it.map_or("missing".to_owned(), Value::to_string);
                differences.push(format!("{name} is {} and not {}", text(is), text(should)));
            }
        }
        differences
    }
}

fn color(object: &Value) -> Option<String> {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str);
    let image = text("/spec/template/spec/containers/0/image").and_then(|it| it.rsplit(':').next());
    let encoded = match text("/data/color") {
        // The API server keeps a Secret's texts in base64.
        Some("Ymx1ZQ==") => Some("blue"),
        Some("cmVk") => Some("red"),
        Some("Z3JlZW4=") => Some("green"),
        other => other,
    };
    encoded.or(image).or_else(|| text("/metadata/labels/color")).map(str::to_owned)
}

/// The objects that a release may have, and none of those that controllers and Helm make.
fn objects(namespace: &Namespace) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for resource in ["v1/configmaps", "v1/secrets", "v1/services", "apps/v1/deployments"] {
        for object in namespace.list(resource, "owner!=helm") {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            if name != "kube-root-ca.crt" {
                let kind = resource.rsplit('/').next().unwrap_or_default();
                objects.insert(format!("{kind}/{name}"), content(&object));
            }
        }
    }
    objects
}

/// Returns what a user gave an object, and who has applied it.
fn content(object: &Value) -> Value {
    let mut spec = object["spec"].clone();
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|key, _| !key.starts_with("clusterIP"));
    }
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let applied = entries.filter(|entry| entry["operation"] == "Apply");
    let managers: Vec<_> = applied.map(|entry| entry["manager"].clone()).collect();
    let labels = &object["metadata"]["labels"];
    let is_going = !object["metadata"]["deletionTimestamp"].is_null();
    json!({
        "metadata": {"labels": labels}, "managers": managers, "is_going": is_going,
        "data": object["data"], "type": object["type"], "spec": spec,
    })
}

/// The revisions of the release, oldest first, with their statuses, as their records' labels have them.
#[track_caller]
pub(crate) fn revisions(namespace: &Namespace) -> Vec<(u64, String)> {
    let records = namespace.list("v1/secrets", "owner=helm");
    let label = |record: &Value, name: &str| {
        record["metadata"]["labels"][name].as_str().unwrap_or_default().to_owned()
    };
    let revision = |record| label(record, "version").parse().unwrap_or_default();
    let mut revisions: Vec<_> =
        records.iter().map(|record| (revision(record), label(record, "status"))).collect();
    revisions.sort();
    revisions
}

/// Says what is wrong with records and lock when nobody is at work: one revision is deployed, none pending.
#[track_caller]
pub(crate) fn unsettled(namespace: &Namespace) -> Vec<String> {
    let revisions = revisions(namespace);
    let count = |wanted: &str| revisions.iter().filter(|(_, status)| status == wanted).count();
    let mut wrong = Vec::new();
    if count("deployed") != 1 {
        wrong.push(format!("{} deployed revisions", count("deployed")));
    }
    for (revision, status) in &revisions {
        if status.starts_with("pending") {
            wrong.push(format!("revision {revision} is {status}"));
        }
    }
    for lease in namespace.list("coordination.k8s.io/v1/leases", "") {
        wrong.push(format!("lock {}", lease["spec"]));
    }
    wrong
}

/// Says what Helm cannot read, or reads otherwise than it is.
#[track_caller]
pub(crate) fn misread_by_helm(namespace: &Namespace) -> Vec<String> {
    let mut wrong = Vec::new();
    let expected = revisions(namespace);
    let history = namespace.helm(["history", "web", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&history.stdout).unwrap_or_default();
    let status = |row: &Value| row["status"].as_str().unwrap_or_default().to_owned();
    let read: Vec<_> = rows
        .iter()
        .map(|row| (row["revision"].as_u64().unwrap_or_default(), status(row)))
        .collect();
    if read != expected {
        wrong.push(format!("helm history: {history}"));
    }
    let list = namespace.helm(["list", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&list.stdout).unwrap_or_default();
    let read = rows
        .iter()
        .map(|row| (row["revision"].as_str().unwrap_or_default().to_owned(), status(row)));
    let newest = expected.last().map(|(revision, status)| (revision.to_string(), status.clone()));
    if !read.eq(newest.clone()) {
        wrong.push(format!("helm list: {list}"));
    }
    let status = namespace.helm(["status", "web"]);
    let says =
        newest.map_or("release: not found".to_owned(), |(_, status)| format!("STATUS: {status}"));
    if !format!("{}{}", status.stdout, status.stderr).contains(&says) {
        wrong.push(format!("helm status: {status}"));
    }
    wrong
}

/// Does work for each item, a few at once, because most of it is waiting; what comes out is in the items' order.
pub(crate) fn side_by_side<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    const WORKERS: usize = 5;
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((place, item)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    items.get(place).map(|item| (place, item))
                } {
                    let result = work(item);
                    done.lock().expect("no worker panics here").push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all workers have ended");
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Returns how many rounds the variable asks for, if it is set.
#[track_caller]
pub(crate) fn rounds(name: &str) -> Option<u64> {
    let value = crate::support::variable(name)?;
    let number = value.to_str().and_then(|value| value.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{name} is a number, and not {value:?}")))
}
