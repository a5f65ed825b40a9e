//! What the templates of each chart of a tree see: Helm's roots, one for each chart.
//!
//! `.Values.sub` of a chart and `.Values` of its subchart are one map, so what a template sets there
//! the other chart sees too.

use std::cmp::Reverse;
use std::rc::Rc;

use super::capabilities::capabilities;
use super::files::Files;
use super::value::{Map, MapType, Value};
use super::{Context, Source};
use crate::chart::{Chart, Dependency, Maintainer, Metadata};

/// A template, and the root that it sees.
pub(super) struct Scoped {
    pub(super) source: Source,
    pub(super) root: Map,
    base_path: String,
}

impl Scoped {
    /// Says whether the file only defines what others include.
    pub(super) fn is_partial(&self) -> bool {
        self.source.name.rsplit('/').next().is_some_and(|file| file.starts_with('_'))
    }

    /// Tells the root which template is being rendered; the root is its chart's, so it must be
    /// told anew for each.
    pub(super) fn announce(&self) {
        let entries = [("Name", &self.source.name), ("BasePath", &self.base_path)];
        let entries = entries.map(|(key, value)| (Rc::from(key), Value::from(value.as_str())));
        self.root.set("Template", Map::new(entries.into(), MapType::Values).into());
    }
}

/// Returns the templates of a chart tree in the order in which Helm parses and renders them: the
/// deepest paths first and backwards, so that what a parent chart defines comes last and counts.
pub(super) fn templates(chart: &Chart, context: &Context<'_>, values: Map) -> Vec<Scoped> {
    let release = Value::Map(release(context));
    let above = [("Release", release), ("Capabilities", capabilities(context.capabilities))];
    let mut templates = Vec::new();
    add(chart, &Map::new(above.map(entry).into(), MapType::Any), values, &mut templates);
    templates.sort_by_cached_key(|template| {
        let name = template.source.name.clone();
        Reverse((name.matches('/').count(), name))
    });
    // Aliases of one chart can share a subchart, which Helm then renders for the last of them.
    templates.dedup_by(|later, earlier| {
        let is_same = later.source.name == earlier.source.name;
        if is_same {
            std::mem::swap(later, earlier);
        }
        is_same
    });
    templates
}

fn entry((key, value): (&str, Value)) -> (Rc<str>, Value) {
    (key.into(), value)
}

/// Returns the text of a file; looking for what is no UTF-8 takes longer than finding that there is none.
fn text(data: &[u8]) -> Rc<str> {
    std::str::from_utf8(data).map_or_else(|_| String::from_utf8_lossy(data).into(), Rc::from)
}

/// Adds the templates of a chart and its subcharts, and returns the chart's root.
fn add(chart: &Chart, above: &Map, values: Map, templates: &mut Vec<Scoped>) -> Map {
    let subcharts = Map::default();
    let root = Map::new(
        [
            ("Chart", metadata(chart)),
            ("Files", Value::Object(Rc::new(Files::of(chart)))),
            ("Release", above.element("Release")),
            ("Capabilities", above.element("Capabilities")),
            ("Values", Value::Map(values.clone())),
            ("Subcharts", Value::Map(subcharts.clone())),
        ]
        .map(entry)
        .into(),
        MapType::Values,
    );
    for child in &chart.dependencies {
        let of_child = match values.get(child.name()) {
            Some(Value::Map(map)) => map.typed(MapType::Values),
            _ => Map::default().typed(MapType::Values),
        };
        let child_root = add(child, &root, of_child, templates);
        subcharts.set(child.name(), child_root.typed(MapType::Any).into());
    }
    let path = chart.full_path();
    let base_path = format!("{path}/templates");
    let partial = |name: &str| name.rsplit('/').next().is_some_and(|file| file.starts_with('_'));
    // Of a library chart only the partials count.
    let counts = |name: &str| !chart.is_library() || partial(name);
    templates.extend(chart.templates.iter().filter(|file| counts(&file.name)).map(|file| Scoped {
        source: Source { name: format!("{path}/{}", file.name), text: text(&file.data) },
        root: root.clone(),
        base_path: base_path.clone(),
    }));
    root
}

fn release(context: &Context<'_>) -> Map {
    let release = &context.release;
    let entries = [
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("IsUpgrade", Value::Bool(release.is_upgrade)),
        ("IsInstall", Value::Bool(release.is_install)),
        ("Revision", Value::Int(release.revision)),
        ("Service", Value::from("Helm")),
    ];
    Map::new(entries.map(entry).into(), MapType::Any)
}

/// Returns `.Chart`: a map with the names of Go's fields, so that an unknown one is empty.
fn metadata(chart: &Chart) -> Value {
    let Metadata { dependencies, maintainers, annotations, .. } = &chart.metadata;
    let meta = &chart.metadata;
    let annotations = annotations
        .iter()
        .map(|(key, value)| (Rc::from(key.as_str()), Value::from(value.as_str())));
    let annotations = Map::nil_if_empty(annotations.collect(), MapType::Strings);
    let entries = [
        ("Name", Value::from(meta.name.as_str())),
        ("Home", Value::from(meta.home.as_str())),
        ("Sources", texts(&meta.sources)),
        ("Version", Value::from(meta.version.as_str())),
        ("Description", Value::from(meta.description.as_str())),
        ("Keywords", texts(&meta.keywords)),
        ("Maintainers", Value::from(maintainers.iter().map(maintainer).collect::<Vec<_>>())),
        ("Icon", Value::from(meta.icon.as_str())),
        ("APIVersion", Value::from(meta.api_version.as_str())),
        ("Condition", Value::from(meta.condition.as_str())),
        ("Tags", Value::from(meta.tags.as_str())),
        ("AppVersion", Value::from(meta.app_version.as_str())),
        ("Deprecated", Value::Bool(meta.deprecated)),
        ("Annotations", Value::Map(annotations)),
        ("KubeVersion", Value::from(meta.kube_version.as_str())),
        ("Dependencies", Value::from(dependencies.iter().map(dependency).collect::<Vec<_>>())),
        ("Type", Value::from(meta.kind.as_str())),
        ("IsRoot", Value::Bool(chart.is_root())),
    ];
    Value::Map(Map::new(entries.map(entry).into(), MapType::Any))
}

fn texts(texts: &[String]) -> Value {
    Value::from(texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>())
}

fn maintainer(maintainer: &Maintainer) -> Value {
    let entries = [
        ("Name", Value::from(maintainer.name.as_str())),
        ("Email", Value::from(maintainer.email.as_str())),
        ("URL", Value::from(maintainer.url.as_str())),
    ];
    Value::Map(Map::new(entries.map(entry).into(), MapType::Any))
}

fn dependency(dependency: &Dependency) -> Value {
    let imports = dependency.import_values.iter();
    let imports = imports.map(|import| Value::from(&crate::yaml::Value::from(import.clone())));
    let entries = [
        ("Name", Value::from(dependency.name.as_str())),
        ("Version", Value::from(dependency.version.as_str())),
        ("Repository", Value::from(dependency.repository.as_str())),
        ("Condition", Value::from(dependency.condition.as_str())),
        ("Tags", texts(&dependency.tags)),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::from(imports.collect::<Vec<_>>())),
        ("Alias", Value::from(dependency.alias.as_str())),
    ];
    Value::Map(Map::new(entries.map(entry).into(), MapType::Any))
}
