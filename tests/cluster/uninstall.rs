//! Uninstall: what goes, what stays and is named, and what must not stop it.

use serde_json::Value;

use crate::support::{Elsewhere, Namespace, Output, WINDLASS, eventually, plane, tool};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ .Release.Name }}\"}\ndata: {a: b}\n";
const KEPT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: unclear, annotations: {helm.sh/resource-policy: retain}}
";
const SET: &str = r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "example.test/db:1"}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"#;
const HELD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held}\n";
const HOOK: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {helm.sh/hook: pre-install}}
";

/// A namespace that a command makes, with a definition of its own.
struct Made<'a> {
    namespace: &'a Namespace,
    name: &'static str,
    place: Elsewhere,
}

impl<'a> Made<'a> {
    fn new(namespace: &'a Namespace) -> Self {
        let name = &*Box::leak(format!("{}-made", namespace.name()).into_boxed_str());
        Self { namespace, name, place: Elsewhere::new(name) }
    }

    #[track_caller]
    fn run(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
        let mut command = self.namespace.command(program);
        command.env("HELM_NAMESPACE", self.name).args(args);
        Output::of(command)
    }

    #[track_caller]
    fn windlass(&self, args: &[&str]) -> Output {
        self.run(WINDLASS, args)
    }

    #[track_caller]
    fn helm(&self, args: &[&str]) -> Output {
        self.run(tool("helm"), args)
    }

    /// Says whether the namespace is gone, or going.
    fn goes(&self) -> bool {
        let live = plane().api().get(&format!("/api/v1/namespaces/{}", self.name));
        live.is_none_or(|live| !live["metadata"]["deletionTimestamp"].is_null())
    }
}

fn group(namespace: &Namespace) -> String {
    format!("{}.example.com", namespace.name())
}

fn definition(namespace: &Namespace, versions: &[(&str, bool)]) -> String {
    let version = |(index, (name, served)): (usize, &(&str, bool))| {
        format!(
            "  - {{name: {name}, served: {served}, storage: {}, schema: {{openAPIV3Schema: \
             {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}\n",
            index == 0
        )
    };
    let versions: String = versions.iter().enumerate().map(version).collect();
    let group = group(namespace);
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: boats.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
         names: {{plural: boats, singular: boat, kind: Boat}}\n  versions:\n{versions}"
    )
}

fn boat(namespace: &Namespace, version: &str) -> String {
    format!("apiVersion: {}/{version}\nkind: Boat\nmetadata: {{name: boat}}\n", group(namespace))
}

fn definition_path(namespace: &Namespace) -> String {
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    format!("{definitions}/boats.{}", group(namespace))
}

fn served(namespace: &Namespace, version: &str) {
    let path = format!("/apis/{}/{version}/boats", group(namespace));
    eventually("the kind is served", || plane().api().text(&path).ok());
}

/// Installs, by Helm, a release that leaves behind all that a release can.
fn installed<'a>(namespace: &'a Namespace) -> Made<'a> {
    let sandbox = namespace.sandbox();
    sandbox.write("app/Chart.yaml", CHART);
    sandbox.write("app/templates/config.yaml", CONFIG);
    sandbox.write("app/templates/kept.yaml", KEPT);
    sandbox.write("app/templates/set.yaml", SET);
    sandbox.write("app/templates/hook.yaml", HOOK);
    sandbox.write("app/crds/boats.yaml", &definition(namespace, &[("v1", true)]));
    let made = Made::new(namespace);
    made.helm(&["install", "app", "app", "--create-namespace"]).success();
    eventually("the set makes its claim", || {
        made.place.find("v1/persistentvolumeclaims", "data-db-0")
    });
    made
}

#[test]
fn what_stays_is_named_and_goes_with_all() {
    let namespace = Namespace::new("leftovers");
    let made = installed(&namespace);
    let named = [
        "ConfigMap/kept: helm.sh/resource-policy: keep",
        "unclear",
        "PersistentVolumeClaim",
        "data-db-0",
        "claim of StatefulSet `db`",
        "settings",
        "hook of pre-install",
        "from the chart's crds/",
    ];
    let said = |output: &Output| {
        for text in named {
            assert!(output.stderr.contains(text), "`{text}` is not said: {output}");
        }
    };
    let looked = made.windlass(&["uninstall", "app", "--dry-run", "--all"]).success();
    said(&looked);
    assert!(looked.stderr.contains("--create-namespace gives"), "{looked}");
    made.place.get("v1/configmaps", "app");

    let output = made.windlass(&["uninstall", "app", "--keep-history"]).success();
    said(&output);
    assert!(output.stderr.contains("release \"app\" leaves behind"), "{output}");
    assert!(output.stdout.starts_with("These resources were kept"), "{output}");
    assert_eq!(made.place.find("v1/configmaps", "app"), None);
    for name in ["kept", "unclear", "settings"] {
        made.place.get("v1/configmaps", name);
    }
    made.place.get("v1/persistentvolumeclaims", "data-db-0");
    assert!(plane().api().get(&definition_path(&namespace)).is_some());

    let output = made.windlass(&["uninstall", "app", "--all"]).success();
    said(&output);
    assert!(output.stderr.contains("release \"app\" takes with it"), "{output}");
    for (kind, name) in [
        ("v1/configmaps", "kept"),
        ("v1/configmaps", "unclear"),
        ("v1/configmaps", "settings"),
        ("v1/persistentvolumeclaims", "data-db-0"),
    ] {
        assert_eq!(made.place.find(kind, name), None, "{output}");
    }
    assert_eq!(plane().api().get(&definition_path(&namespace)), None, "{output}");
    assert!(made.goes(), "nothing else is in the namespace: {output}");
    made.windlass(&["uninstall", "app"]).failure(5);
}

#[test]
fn all_spares_what_others_need() {
    let namespace = Namespace::new("others");
    let made = installed(&namespace);
    served(&namespace, "v1");
    namespace.apply(&boat(&namespace, "v1"));
    plane().api().apply(made.name, "{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs}}");
    let output = made.windlass(&["uninstall", "app", "--all"]).success();
    assert!(output.stderr.contains("stays: the cluster has 1 objects of its kind"), "{output}");
    assert!(output.stderr.contains("ConfigMap"), "{output}");
    assert!(output.stderr.contains("theirs"), "{output}");
    assert!(plane().api().get(&definition_path(&namespace)).is_some(), "{output}");
    assert!(!made.goes(), "{output}");
    made.place.get("v1/configmaps", "theirs");
    assert_eq!(made.place.find("v1/persistentvolumeclaims", "data-db-0"), None, "{output}");
    plane().api().delete(&definition_path(&namespace)).expect("the definition can be deleted");
}

fn chart_with_boat(namespace: &Namespace, version: &str) {
    let sandbox = namespace.sandbox();
    sandbox.write("app/Chart.yaml", CHART);
    sandbox.write("app/templates/config.yaml", CONFIG);
    sandbox.write("app/templates/boat.yaml", &boat(namespace, version));
    namespace.apply(&definition(namespace, &[(version, true)]));
    served(namespace, version);
}

#[test]
fn a_kind_that_is_gone_does_not_block() {
    let namespace = Namespace::new("kind-gone");
    chart_with_boat(&namespace, "v1");
    namespace.windlass(["install", "app", "app"]).success();
    let path = definition_path(&namespace);
    plane().api().delete(&path).expect("the definition can be deleted");
    eventually("the kind is gone", || {
        let kind = plane().api().text(&format!("/apis/{}/v1/boats", group(&namespace)));
        kind.is_err().then_some(())
    });
    let helms = namespace.helm(["uninstall", "app"]);
    assert!(helms.code > 0, "Helm can do it now: {helms}");
    let output = namespace.windlass(["uninstall", "app"]).success();
    assert!(output.stderr.contains("no longer has `Boat` in any version"), "{output}");
    assert_eq!(namespace.find("v1/configmaps", "app"), None);
    assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
}

#[test]
fn a_version_that_is_gone_is_mapped_to_the_one_that_is_served() {
    let namespace = Namespace::new("version-gone");
    chart_with_boat(&namespace, "v1alpha1");
    namespace.windlass(["install", "app", "app"]).success();
    namespace.apply(&definition(&namespace, &[("v1", true), ("v1alpha1", false)]));
    served(&namespace, "v1");
    let boats = format!("{}/v1/boats", group(&namespace));
    namespace.get(&boats, "boat");
    eventually("the old version is gone", || {
        let old = plane().api().text(&format!("/apis/{}/v1alpha1/boats", group(&namespace)));
        old.is_err().then_some(())
    });
    namespace.windlass(["uninstall", "app", "--wait"]).success();
    assert_eq!(namespace.find(&boats, "boat"), None);
    plane().api().delete(&definition_path(&namespace)).expect("the definition can be deleted");
}

#[test]
fn an_uninstall_that_stopped_half_way_is_finished_by_the_next() {
    let namespace = Namespace::new("half-way");
    let sandbox = namespace.sandbox();
    sandbox.write("app/Chart.yaml", CHART);
    sandbox.write("app/templates/config.yaml", CONFIG);
    sandbox.write("app/templates/held.yaml", HELD);
    let marks = format!(
        "labels: {{app.kubernetes.io/managed-by: Helm}}, annotations: {{meta.helm.sh/release-name: \
         app, meta.helm.sh/release-namespace: {}}}",
        namespace.name()
    );
    let held = |finalizers: &str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: held, {marks}, finalizers: [{finalizers}]}}}}"
        )
    };
    namespace.apply(&held("test.windlass/hold"));
    namespace.windlass(["install", "app", "app"]).success();
    let stopped = namespace.windlass(["uninstall", "app", "--wait", "--timeout", "1s"]);
    assert!(stopped.code > 0, "{stopped}");
    let status = namespace.windlass(["status", "app"]).success();
    assert!(status.stdout.contains("STATUS: uninstalling"), "{status}");
    namespace
        .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: app, labels: {a: theirs}}}");
    assert_eq!(namespace.helm(["list", "--uninstalling", "-q"]).success().stdout, "app\n");

    let next = namespace.windlass(["uninstall", "app"]).success();
    let expected = "1 resource(s) were not deleted because they are not owned by this release:\n\
                    [ConfigMap] app\n\nrelease \"app\" uninstalled\n";
    assert_eq!(next.stdout, expected);
    namespace.get("v1/configmaps", "app");
    assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
    namespace.apply(&held(""));
    eventually("what was deleted goes", || {
        namespace.find("v1/configmaps", "held").is_none().then_some(())
    });
}

#[test]
fn a_release_that_has_its_own_namespace_goes_whole() {
    for history in [&[][..], &["--keep-history"]] {
        let namespace = Namespace::new("own");
        let sandbox = namespace.sandbox();
        sandbox.write("app/Chart.yaml", CHART);
        sandbox.write("app/templates/config.yaml", CONFIG);
        let object =
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: \"{{ .Release.Namespace }}\"}\n";
        sandbox.write("app/templates/namespace.yaml", object);
        let made = Made::new(&namespace);
        let install = ["install", "app", "app", "--create-namespace", "--take-ownership"];
        made.helm(&install).success();
        let uninstall = [&["uninstall", "app", "--wait", "--timeout", "60s"], history].concat();
        let output = made.windlass(&uninstall).success();
        let is_warned = output.stderr.contains("the history of `app` cannot be kept");
        assert_eq!(is_warned, !history.is_empty(), "{output}");
        let path = format!("/api/v1/namespaces/{}", made.name);
        assert_eq!(plane().api().get(&path), None, "--wait waits for it");
        made.windlass(&["uninstall", "app"]).failure(5);
    }
}
