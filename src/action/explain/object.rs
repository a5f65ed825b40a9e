//! Finds the object and the field that a user names, among what a chart was rendered to.

use crate::action::Error;
use crate::engine::trace::Trace;
use crate::values::{self, PathStep};
use crate::yaml::{self, Position, Positions, Step, Value};

/// An object in a rendered file.
pub(super) struct Found {
    /// The rendered file.
    pub(super) file: String,
    /// The text of its document, and the byte of the file where it starts.
    pub(super) text: String,
    pub(super) start: usize,
    positions: Positions,
    /// The document, and the steps to the object in it where it is a list.
    document: Value,
    above: Vec<PathStep>,
}

/// What `kubectl` calls kinds for short; only those that every cluster has.
const SHORT: [(&str, &str); 24] = [
    ("cj", "CronJob"),
    ("cm", "ConfigMap"),
    ("crd", "CustomResourceDefinition"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("ep", "Endpoints"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("ing", "Ingress"),
    ("limits", "LimitRange"),
    ("netpol", "NetworkPolicy"),
    ("ns", "Namespace"),
    ("pc", "PriorityClass"),
    ("pdb", "PodDisruptionBudget"),
    ("po", "Pod"),
    ("pv", "PersistentVolume"),
    ("pvc", "PersistentVolumeClaim"),
    ("quota", "ResourceQuota"),
    ("rc", "ReplicationController"),
    ("rs", "ReplicaSet"),
    ("sa", "ServiceAccount"),
    ("sc", "StorageClass"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
    ("vwc", "ValidatingWebhookConfiguration"),
];

impl Found {
    /// Finds the object `KIND/NAME` or `NAMESPACE/KIND/NAME`.
    pub(super) fn new(trace: &Trace, wanted: &str) -> Result<Self, Error> {
        let mut objects = Vec::new();
        for file in trace.files() {
            let text = trace.file(file).unwrap_or_default();
            for document in yaml::documents(text) {
                add_objects(file, text, document.text, &mut objects);
            }
        }
        let parts: Vec<&str> = wanted.split('/').collect();
        let fits = |found: &Self| match parts[..] {
            [kind, name] => found.is(kind, name),
            [namespace, kind, name] => {
                found.is(kind, name) && found.named("namespace") == Some(namespace)
            }
            _ => false,
        };
        let mut fitting: Vec<usize> =
            (0..objects.len()).filter(|index| fits(&objects[*index])).collect();
        match fitting.len() {
            1 => Ok(objects.swap_remove(fitting.remove(0))),
            0 => Err(no_such_object(wanted, &objects)),
            _ => {
                let place = |index: &usize| objects[*index].reference();
                let places: Vec<String> = fitting.iter().map(place).collect();
                Err(Error::AmbiguousObject { wanted: wanted.to_owned(), places })
            }
        }
    }

    /// Returns the object.
    pub(super) fn object(&self) -> &Value {
        values::find(&self.document, &self.above).unwrap_or(&self.document)
    }

    /// Returns the value at a path of the object.
    pub(super) fn value(&self, path: &[PathStep]) -> Option<&Value> {
        values::find(self.object(), path)
    }

    /// Returns where the value at a path starts in the document, and where its key does.
    pub(super) fn position(&self, path: &[PathStep]) -> Option<(Position, Option<Position>)> {
        let steps: Vec<Step<'_>> = self.above.iter().chain(path).map(Step::from).collect();
        Some((self.positions.value(&steps)?, self.positions.key(&steps)))
    }

    /// Returns the kind and the name.
    pub(super) fn reference(&self) -> String {
        let kind = self.object().get("kind").and_then(Value::as_str).unwrap_or_default();
        let name = format!("{kind}/{}", self.named("name").unwrap_or_default());
        match self.named("namespace") {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name,
        }
    }

    fn named(&self, field: &str) -> Option<&str> {
        self.object().at(&["metadata", field])?.as_str()
    }

    fn is(&self, kind: &str, name: &str) -> bool {
        let own = self.object().get("kind").and_then(Value::as_str).unwrap_or_default();
        self.named("name") == Some(name) && is_kind(own, kind)
    }
}

/// Says whether `wanted` is a kind, its plural, its short name, or either with a group behind it.
fn is_kind(kind: &str, wanted: &str) -> bool {
    let wanted = wanted.split('.').next().unwrap_or_default().to_lowercase();
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == wanted) {
        return *long == kind;
    }
    let kind = kind.to_lowercase();
    let plural = match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => format!("{kind}s"),
    };
    wanted == kind || wanted == plural
}

fn add_objects(file: &str, whole: &str, text: &str, objects: &mut Vec<Found>) {
    let Ok((document, positions)) = yaml::parse_with_positions(text) else { return };
    let start = text.as_ptr().addr() - whole.as_ptr().addr();
    let items = document.get("items").and_then(Value::as_list).map_or(0, <[Value]>::len);
    let is_list =
        document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    let item = |index| vec![PathStep::Key("items".to_owned()), PathStep::Index(index)];
    let places: Vec<Vec<PathStep>> =
        if is_list && items > 0 { (0..items).map(item).collect() } else { vec![Vec::new()] };
    for above in places {
        let found = Found {
            file: file.to_owned(),
            text: text.to_owned(),
            start,
            positions: positions.clone(),
            document: document.clone(),
            above,
        };
        if found.object().get("kind").is_some() {
            objects.push(found);
        }
    }
}

fn no_such_object(wanted: &str, objects: &[Found]) -> Error {
    let references: Vec<String> = objects.iter().map(Found::reference).collect();
    let name = wanted.rsplit('/').next().unwrap_or_default();
    let kind = wanted.rsplit('/').nth(1).unwrap_or_default();
    let of_kind = |found: &&Found| {
        let own = found.object().get("kind").and_then(Value::as_str).unwrap_or_default();
        is_kind(own, kind)
    };
    let mut near: Vec<String> = objects.iter().filter(of_kind).map(Found::reference).collect();
    near.extend(
        objects.iter().filter(|found| found.named("name") == Some(name)).map(Found::reference),
    );
    if let Some(nearest) = values::nearest(wanted, references.iter().map(String::as_str)) {
        near.insert(0, nearest.to_owned());
    }
    if near.is_empty() {
        near = references;
    }
    let mut known = std::collections::HashSet::new();
    near.retain(|reference| known.insert(reference.clone()));
    Error::NoSuchObject { wanted: wanted.to_owned(), near }
}

/// A step as a user writes it: an item of a list can be named.
#[derive(Debug, PartialEq)]
enum Selector {
    Step(PathStep),
    Named(String),
}

/// Reads a path such as `.spec.containers[web].image` or `.metadata.annotations["a.b/c"]`, and follows
/// it into an object.
pub(super) fn field(found: &Found, text: &str) -> Result<Vec<PathStep>, Error> {
    let selectors = selectors(text).ok_or_else(|| Error::InvalidPath { text: text.to_owned() })?;
    let mut steps: Vec<PathStep> = Vec::new();
    for selector in selectors {
        let here = found.value(&steps).unwrap_or(&Value::Null);
        let step = match selector {
            Selector::Step(step) => Some(step),
            Selector::Named(name) => match here {
                Value::List(items) => {
                    let named =
                        |item: &Value| item.get("name").and_then(Value::as_str) == Some(&name);
                    items.iter().position(named).map(PathStep::Index)
                }
                _ => Some(PathStep::Key(name)),
            },
        };
        let next = step.filter(|step| values::find(here, std::slice::from_ref(step)).is_some());
        let Some(next) = next else { return Err(no_such_field(found, text, &steps)) };
        steps.push(next);
    }
    Ok(steps)
}

fn no_such_field(found: &Found, text: &str, reached: &[PathStep]) -> Error {
    let here = found.value(reached).unwrap_or(&Value::Null);
    let there = match here {
        Value::Map(map) => map.keys().map(|key| PathStep::Key(key.clone()).to_string()).collect(),
        Value::List(items) => (0..items.len())
            .map(|index| {
                let name = items[index].get("name").and_then(Value::as_str);
                name.map_or_else(|| format!("[{index}]"), |name| format!("[{name}]"))
            })
            .collect(),
        _ => Vec::new(),
    };
    Error::NoSuchField {
        object: found.reference(),
        text: text.to_owned(),
        reached: values::Path::from(reached.to_vec()).to_string(),
        there,
    }
}

fn selectors(text: &str) -> Option<Vec<Selector>> {
    let mut rest = text.trim();
    rest = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(rest);
    rest = rest.strip_prefix('$').unwrap_or(rest);
    let mut selectors = Vec::new();
    rest = if rest == "." { "" } else { rest };
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (content, after) = match quote {
                Some(quote) => {
                    let (content, after) = inner[1..].split_once(quote)?;
                    (content, after.strip_prefix(']')?)
                }
                None => inner.split_once(']')?,
            };
            selectors.push(match content.parse() {
                Ok(index) if quote.is_none() => Selector::Step(PathStep::Index(index)),
                _ if quote.is_some() => Selector::Step(PathStep::Key(content.to_owned())),
                _ => Selector::Named(content.to_owned()),
            });
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('.').unwrap_or(rest);
        let (key, after) = key(name);
        if key.is_empty() {
            return None;
        }
        selectors.push(Selector::Step(PathStep::Key(key)));
        rest = after;
    }
    Some(selectors)
}

/// Reads a key up to a dot or bracket; a backslash takes a dot into it, as kubectl has it.
fn key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, letter)) = chars.next() {
        match letter {
            '\\' => key.extend(chars.next().map(|(_, letter)| letter)),
            '.' | '[' => return (key, &text[at..]),
            letter => key.push(letter),
        }
    }
    (key, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_many_names() {
        for wanted in ["deployment", "Deployments", "deploy", "deployment.apps"] {
            assert!(is_kind("Deployment", wanted), "{wanted}");
        }
        assert!(is_kind("NetworkPolicy", "networkpolicies") && is_kind("Ingress", "ingresses"));
        assert!(is_kind("Gateway", "gateways") && !is_kind("Deployment", "pod"));
    }

    #[test]
    fn paths_are_read_as_kubectl_writes_them() {
        let key = |name: &str| Selector::Step(PathStep::Key(name.to_owned()));
        let check = |text: &str, expected: Vec<Selector>| {
            assert_eq!(selectors(text), Some(expected), "{text}");
        };
        check(".a.b", vec![key("a"), key("b")]);
        check("{.a}", vec![key("a")]);
        check("a[1].b", vec![key("a"), Selector::Step(PathStep::Index(1)), key("b")]);
        check("a[web]", vec![key("a"), Selector::Named("web".to_owned())]);
        check(r#".a["b.c/d"]['x']"#, vec![key("a"), key("b.c/d"), key("x")]);
        check(r".a.b\.c", vec![key("a"), key("b.c")]);
        check(".", vec![]);
        for wrong in ["a..b", "a[", "a[\"b]", "a."] {
            assert_eq!(selectors(wrong), None, "{wrong}");
        }
    }
}
