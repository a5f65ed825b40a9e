//! `.Capabilities`: what the cluster offers, as the Go structs that charts ask.

use std::any::Any;
use std::rc::Rc;

use super::value::{List, ListType, Method, Object, Value};
use crate::chart;
use crate::yaml;

/// Makes `.Capabilities`.
pub(super) fn capabilities(capabilities: &chart::Capabilities) -> Value {
    let kube = &capabilities.kube_version;
    let kube_version = Struct {
        type_name: "common.KubeVersion",
        fields: vec![
            ("Version", Value::from(kube.version.as_str())),
            ("Major", Value::from(kube.major.as_str())),
            ("Minor", Value::from(kube.minor.as_str())),
        ],
        json_names: &["Version", "Major", "Minor"],
        normalized: Some(kube.normalized().to_owned()),
    };
    // What Helm's own build says of itself; Git's part is empty in a released binary.
    let helm_version = Struct {
        type_name: "version.BuildInfo",
        fields: vec![
            ("Version", Value::from(capabilities.helm_version.as_str())),
            ("GitCommit", Value::from("")),
            ("GitTreeState", Value::from("")),
            ("GoVersion", Value::from(GO_VERSION)),
            ("KubeClientVersion", Value::from(KUBE_CLIENT_VERSION)),
        ],
        json_names: &[
            "version",
            "git_commit",
            "git_tree_state",
            "go_version",
            "kube_client_version",
        ],
        normalized: None,
    };
    let versions = capabilities.api_versions.0.iter().map(|version| Value::from(version.as_str()));
    let fields = vec![
        ("KubeVersion", Value::Object(Rc::new(kube_version))),
        ("APIVersions", Value::List(List::new(versions.collect(), ListType::Versions))),
        ("HelmVersion", Value::Object(Rc::new(helm_version))),
    ];
    let json_names = &["KubeVersion", "APIVersions", "HelmVersion"];
    Value::Object(Rc::new(Struct {
        type_name: "*common.Capabilities",
        fields,
        json_names,
        normalized: None,
    }))
}

/// The Go release that Helm 4.3.1 is built with.
const GO_VERSION: &str = "go1.26.8";
/// The version of the Kubernetes libraries in Helm 4.3.1.
const KUBE_CLIENT_VERSION: &str = "v1.37";

/// A Go struct: its fields in Go's order, and the names that JSON has for them.
struct Struct {
    type_name: &'static str,
    fields: Vec<(&'static str, Value)>,
    json_names: &'static [&'static str],
    /// What the method `String` returns, for the type that has it.
    normalized: Option<String>,
}

static METHODS: [Method; 2] = [
    Method { name: "String", params: &[], call: |version, _| Ok(Value::from(version.display())) },
    Method {
        name: "GitVersion",
        params: &[],
        call: |version, _| Ok(version.field("Version").unwrap_or_default()),
    },
];

impl Object for Struct {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        self.normalized.as_ref()?;
        METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        let mut parts: Vec<String> = self.fields.iter().map(|(_, value)| printed(value)).collect();
        if let Some(normalized) = &self.normalized {
            // Go's struct keeps the normalized version in a second, hidden field.
            parts.insert(1, normalized.clone());
        }
        let pointer = if self.type_name.starts_with('*') { "&" } else { "" };
        format!("{pointer}{{{}}}", parts.join(" "))
    }

    fn display(&self) -> String {
        // An action prints what a pointer points to.
        let printed = || self.print().trim_start_matches('&').to_owned();
        self.normalized.clone().unwrap_or_else(printed)
    }

    fn to_plain(&self) -> yaml::Value {
        let fields = self.json_names.iter().zip(&self.fields);
        let plain = fields.filter_map(|(name, (_, value))| {
            let value = value.to_plain().ok()?;
            let left_out = value.as_str() == Some("");
            (!left_out).then(|| ((*name).to_owned(), value))
        });
        yaml::Value::Map(plain.collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.as_str().into_owned(),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(printed).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(object) => object.print(),
        _ => String::new(),
    }
}
