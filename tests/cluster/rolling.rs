//! A rolling update without downtime: never fewer ready pods than wanted, forward and back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::Namespace;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  strategy:
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: web
        image: registry.example.com/web:{{ .Values.tag }}
";

#[test]
fn ready_pods_never_fall_below_the_wanted_number_while_it_rolls() {
    let namespace = Namespace::new("rolling");
    namespace.sandbox().write("web/Chart.yaml", CHART);
    namespace.sandbox().write("web/values.yaml", "replicas: 4\ntag: one\n");
    namespace.sandbox().write("web/templates/deployment.yaml", DEPLOYMENT);
    namespace.windlass(["install", "web", "web", "--wait"]).success();
    assert_eq!(ready(&namespace), 4, "--wait returned before the pods were ready");

    let done = AtomicBool::new(false);
    let lowest = AtomicUsize::new(usize::MAX);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                lowest.fetch_min(ready(&namespace), Ordering::Relaxed);
            }
        });
        let finish = Finish(&done);
        namespace.windlass(["upgrade", "web", "web", "--set", "tag=two", "--wait"]).success();
        assert_eq!(images(&namespace), ["registry.example.com/web:two"]);
        namespace.windlass(["rollback", "web", "1", "--wait"]).success();
        assert_eq!(images(&namespace), ["registry.example.com/web:one"]);
        drop(finish);
    });
    assert_eq!(lowest.into_inner(), 4);
}

/// Ends the watching thread also when an assertion fails.
struct Finish<'a>(&'a AtomicBool);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn ready(namespace: &Namespace) -> usize {
    namespace.list("v1/pods", "app=web").iter().filter(|pod| is_ready(pod)).count()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    pod["metadata"]["deletionTimestamp"].is_null()
        && conditions.clone().any(|each| each["type"] == "Ready" && each["status"] == "True")
}

fn images(namespace: &Namespace) -> Vec<String> {
    let pods = namespace.list("v1/pods", "app=web");
    let mut images: Vec<String> = pods
        .iter()
        .filter(|pod| is_ready(pod))
        .filter_map(|pod| pod["spec"]["containers"][0]["image"].as_str())
        .map(str::to_owned)
        .collect();
    images.sort();
    images.dedup();
    images
}
