//! A plan as a diff of YAML, in the form of helm-diff.

use similar::{ChangeTag, TextDiff};
use windlass::cluster::Json;
use windlass::manifest::ObjectRef;
use windlass::yaml;

use super::text::{of_field, title};
use super::view::{Action, Item, View, printable};
use crate::cli::color::Paint;

/// A line of a diff.
pub(super) enum Line {
    Same(String),
    Added(String),
    Removed(String),
    /// Lines are left out here.
    Gap,
}

impl Line {
    pub(super) fn text(&self, paint: Paint) -> String {
        match self {
            Self::Same(text) => format!("  {}", printable(text)),
            Self::Added(text) => paint.added(&format!("+ {}", printable(text))),
            Self::Removed(text) => paint.removed(&format!("- {}", printable(text))),
            Self::Gap => "...".to_owned(),
        }
    }
}

pub(super) fn diff(view: &View<'_>, context: Option<usize>, paint: Paint) -> String {
    let shown = view.items.iter().filter(|item| is_change(item.action));
    let mut text = String::new();
    for item in shown {
        let head = format!("{} {}", key(&item.object), message(item.action));
        text.push_str(&match item.action {
            Action::Create => paint.added(&head),
            Action::Delete | Action::Conflict | Action::Refused => paint.removed(&head),
            _ => paint.changed(&head),
        });
        text.push('\n');
        for line in of_item(item, context, paint) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    if text.is_empty() { text } else { text + &format!("{}: {}\n", title(view), view.summary()) }
}

/// Says whether helm-diff would show it.
pub(super) fn is_change(action: Action) -> bool {
    !matches!(action, Action::Unchanged | Action::Keep)
}

/// Returns the lines of one object.
pub(super) fn of_item(item: &Item, context: Option<usize>, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = match &item.states {
        _ if item.is_suppressed => {
            let kind = &item.object.kind;
            vec![format!("+ Changes suppressed on sensitive content of type {kind}")]
        }
        Some((old, new)) => {
            let between = lines_between(&yaml_of(old), &yaml_of(new), context);
            between.iter().map(|line| line.text(paint)).collect()
        }
        None => item.fields.iter().flat_map(|field| of_field(field, paint)).collect(),
    };
    lines.extend(item.problem.iter().map(|line| format!("! {}", printable(line))));
    lines.extend(item.remarks.iter().map(|remark| format!("# {}", printable(remark))));
    lines
}

/// Returns the name of an object as helm-diff has it: `shop, web, Deployment (apps)`.
fn key(object: &ObjectRef) -> String {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    format!("{namespace}, {}, {} ({})", object.name, object.kind, api(object))
}

/// Returns the API group, or the version of the core group, as helm-diff does.
pub(super) fn api(object: &ObjectRef) -> &str {
    match object.group() {
        "" => &object.api_version,
        group => group,
    }
}

fn message(action: Action) -> &'static str {
    match action {
        Action::Create => "has been added:",
        Action::Delete => "has been removed:",
        Action::Adopt => "changed ownership:",
        Action::Replace => "has to be made anew:",
        Action::Conflict => "is in conflict:",
        Action::Refused => "is refused:",
        Action::Change | Action::Keep | Action::Unchanged => "has changed:",
    }
}

fn yaml_of(object: &Json) -> String {
    if object.is_null() { String::new() } else { yaml::emit(&object.clone().into()) }
}

/// Compares two texts line by line; `context` is the number of equal lines around changes.
pub(super) fn lines_between(old: &str, new: &str, context: Option<usize>) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let groups = match context {
        Some(context) => diff.grouped_ops(context),
        None => vec![diff.ops().to_vec()],
    };
    let mut lines = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            lines.push(Line::Gap);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Insert => Line::Added(text),
                ChangeTag::Delete => Line::Removed(text),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_changes_are_left_out_as_asked() {
        let old = "a\nb\nc\nd\ne\nf\ng\n";
        let new = "a\nB\nc\nd\ne\nf\nG\n";
        let shown = |context| {
            let lines = lines_between(old, new, context);
            lines.iter().map(|line| line.text(Paint::none())).collect::<Vec<_>>().join("|")
        };
        assert_eq!(shown(Some(1)), "  a|- b|+ B|  c|...|  f|- g|+ G");
        assert_eq!(shown(Some(0)), "- b|+ B|...|- g|+ G");
        assert_eq!(shown(None), "  a|- b|+ B|  c|  d|  e|  f|- g|+ G");
    }
}
