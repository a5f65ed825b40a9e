//! Definitions of `crds/`: applied first, planned before they are there, changed with care.

use serde_json::Value;

use crate::support::{Namespace, plane};

/// Makes a chart whose definition has a group of its own, because definitions belong to everybody.
fn chart(namespace: &Namespace, folder: &str, properties: &str) -> Crd {
    let group = format!("{}.example.com", namespace.name());
    let crd = Crd { name: format!("apps.{group}"), resource: format!("{group}/v1/apps") };
    let sandbox = namespace.sandbox();
    sandbox.write("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    sandbox.write("app/values.yaml", "size: 3\n");
    sandbox.write(format!("app/{folder}/app.yaml"), &definition(&group, properties));
    let object = format!(
        "apiVersion: {group}/v1\nkind: App\nmetadata: {{name: one}}\nspec: {{size: {{{{ .Values.size }}}}}}\n"
    );
    sandbox.write("app/templates/object.yaml", &object);
    let asks = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: asks}}\ndata: {{has: {{{{ .Capabilities.APIVersions.Has \"{group}/v1/App\" | quote }}}}}}\n"
    );
    sandbox.write("app/templates/asks.yaml", &asks);
    crd
}

fn definition(group: &str, properties: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: apps.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: App, plural: apps}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {properties}}}}}}}}}\n"
    )
}

struct Crd {
    name: String,
    resource: String,
}

impl Crd {
    fn find(&self) -> Option<Value> {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        plane().api().get(&format!("{definitions}/{}", self.name))
    }

    #[track_caller]
    fn get(&self) -> Value {
        self.find().expect("the definition is there")
    }
}

const WIDE: &str = "{size: {type: integer}}";
const WIDER: &str = "{size: {type: integer}, color: {type: string}}";
const NARROW: &str = "{size: {type: integer, maximum: 2}}";

fn has_color(crd: &Crd) -> bool {
    let live = crd.get();
    let path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/color";
    live.pointer(path).is_some()
}

#[test]
fn definition_and_object_of_one_chart_are_installed_as_helm_does_it() {
    for tool in ["windlass", "helm"] {
        let namespace = Namespace::new(&format!("crds-{tool}"));
        let crd = chart(&namespace, "crds", WIDE);
        let output = if tool == "helm" {
            namespace.helm(["install", "app", "app"])
        } else {
            namespace.windlass(["install", "app", "app"])
        };
        output.success();
        assert_eq!(namespace.get(&crd.resource, "one")["spec"]["size"], 3);
        assert_eq!(namespace.get("v1/configmaps", "asks")["data"]["has"], "true", "{tool}");
        let live = crd.get();
        assert_eq!(live["metadata"]["managedFields"][0]["manager"], "helm");
        assert_eq!(live["metadata"].get("annotations"), None, "no release owns it");
        let output = namespace.windlass(["uninstall", "app"]).success();
        assert!(output.stderr.contains(&crd.name), "it says what it leaves: {output}");
        assert!(crd.find().is_some());
    }
}

#[test]
fn a_definition_in_templates_comes_before_its_objects() {
    let namespace = Namespace::new("crds-template");
    let crd = chart(&namespace, "templates", WIDE);
    namespace.windlass(["install", "app", "app"]).success();
    assert_eq!(namespace.get(&crd.resource, "one")["spec"]["size"], 3);
}

#[test]
fn a_dry_run_plans_objects_of_kinds_to_come_and_writes_nothing() {
    let namespace = Namespace::new("crds-dry");
    let crd = chart(&namespace, "crds", WIDE);
    let output = namespace.windlass(["install", "app", "app", "--dry-run=server"]).success();
    assert!(output.stdout.contains("has: \"true\""), "{output}");
    assert_eq!(crd.find(), None);
    for folder in ["crds", "templates"] {
        let namespace = Namespace::new(&format!("misfit-{folder}"));
        let crd = chart(&namespace, folder, WIDE);
        let output = namespace.windlass(["install", "app", "app", "--set", "size=big"]);
        assert!(output.code > 0, "{output}");
        assert!(output.stderr.contains("spec.size must be integer, not string"), "{output}");
        assert_eq!(crd.find(), None, "nothing is written");
        assert_eq!(namespace.list("v1/secrets", "owner=helm"), Vec::<Value>::new());
    }
}

#[test]
fn skip_and_create_leave_what_there_is() {
    let namespace = Namespace::new("crds-policy");
    let crd = chart(&namespace, "crds", WIDE);
    let output = namespace.windlass(["install", "app", "app", "--skip-crds"]);
    assert!(output.stderr.contains("no matches for kind \"App\""), "{output}");
    assert_eq!(crd.find(), None);
    namespace.windlass(["install", "app", "app", "--crds=create"]).success();
    chart(&namespace, "crds", WIDER);
    for policy in [&[][..], &["--crds=skip"], &["--crds=create"]] {
        namespace.windlass([&["upgrade", "app", "app"][..], policy].concat()).success();
        assert!(!has_color(&crd), "{policy:?}");
    }
    let output = namespace.windlass(["upgrade", "app", "app", "--crds=create"]).success();
    assert!(output.stderr.contains("--crds=create leaves it as it is"), "{output}");
    namespace.windlass(["upgrade", "app", "app", "--crds=upgrade"]).success();
    assert!(has_color(&crd));
    namespace.windlass(["rollback", "app", "1"]).success();
    assert!(has_color(&crd), "a rollback takes no definition back");
}

#[test]
fn an_object_with_a_new_field_comes_with_the_definition_that_has_it() {
    let namespace = Namespace::new("crds-field");
    let crd = chart(&namespace, "crds", WIDE);
    namespace.windlass(["install", "app", "app"]).success();
    chart(&namespace, "crds", WIDER);
    namespace.windlass(["upgrade", "app", "app", "--set", "size=4\\, color: red"]).failure(1);
    namespace
        .windlass(["upgrade", "app", "app", "--crds=upgrade", "--set", "size=4\\, color: red"])
        .success();
    assert_eq!(namespace.get(&crd.resource, "one")["spec"]["color"], "red");
}

#[test]
fn a_narrowed_definition_names_the_objects_that_break() {
    let namespace = Namespace::new("crds-narrow");
    let crd = chart(&namespace, "crds", WIDE);
    namespace.windlass(["install", "app", "app"]).success();
    let before = crd.get();
    chart(&namespace, "crds", NARROW);
    let narrowed = ["upgrade", "app", "app", "--crds=upgrade", "--set", "size=1"];
    let output = namespace.windlass(narrowed);
    assert!(output.code > 0, "{output}");
    for text in [
        "spec.size has maximum 2, had none",
        "`App/one`",
        "would become invalid: spec.size is 3, must be at most 2",
        "--force-crds",
    ] {
        assert!(output.stderr.contains(text), "`{text}` is not said: {output}");
    }
    assert_eq!(crd.get(), before, "nothing is written");
    assert_eq!(namespace.list("v1/secrets", "owner=helm").len(), 1);
    namespace.windlass([&narrowed[..], &["--force-crds"]].concat()).success();
    // Now that the object fits, the same narrowing is a remark.
    let wide = definition(&crd.name["apps.".len()..], WIDE);
    namespace.sandbox().write("app/crds/app.yaml", &wide);
    namespace.windlass(narrowed).success();
    chart(&namespace, "crds", NARROW);
    let output = namespace.windlass(narrowed).success();
    assert!(output.stderr.contains("(the one object fits)"), "{output}");
}

#[test]
fn a_version_may_come_but_a_stored_one_not_go() {
    let namespace = Namespace::new("crds-version");
    let crd = chart(&namespace, "crds", WIDE);
    namespace.windlass(["install", "app", "app"]).success();
    let old = definition(&crd.name["apps.".len()..], WIDE);
    let (head, v1) = old.split_once("  - name: v1").expect("there is a version");
    let v2 = format!("  - name: v2{v1}");
    let both = format!("{head}  - name: v1{}{v2}", v1.replace("storage: true", "storage: false"));
    namespace.sandbox().write("app/crds/app.yaml", &both);
    let output = namespace.windlass(["upgrade", "app", "app", "--crds=upgrade"]).success();
    assert!(output.stderr.contains("stored in version `v2` from now on"), "{output}");
    let v2_only = format!("{head}{v2}");
    namespace.sandbox().write("app/crds/app.yaml", &v2_only);
    let output = namespace.windlass(["upgrade", "app", "app", "--crds=upgrade"]);
    assert!(output.code > 0, "{output}");
    assert!(
        output.stderr.contains("version `v1` is removed, but objects may be stored"),
        "{output}"
    );
}
