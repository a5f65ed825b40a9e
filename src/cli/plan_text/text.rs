//! A plan as lines for people.

use windlass::cluster::{FieldChange, Json};

use super::diff::{Line, lines_between};
use super::view::{Action, Item, View, inline, printable};
use crate::cli::color::Paint;

/// Lines of context in a text of several lines.
const CONTEXT: usize = 2;

pub(super) fn text(view: &View<'_>, paint: Paint) -> String {
    let mut text = String::new();
    for item in view.items.iter().filter(|item| item.action.is_shown()) {
        let head =
            format!("{} {:<9} {}", item.action.sign(), item.action.word(), view.name(&item.object));
        text.push_str(&painted(item.action, &head, paint));
        text.push('\n');
        for line in below(view, item, paint) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    for (heading, lines) in sections(view) {
        if !lines.is_empty() {
            text.push_str(&format!("\n{}\n", paint.heading(heading)));
            lines.iter().for_each(|line| text.push_str(&format!("  {}\n", printable(line))));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &format!("{}: {}\n", title(view), view.summary())
}

/// Returns what a plan is about: `upgrade web to revision 3`.
pub(super) fn title(view: &View<'_>) -> String {
    let (verb, release) = (view.planned.verb(), view.planned.release());
    let name = &release.name;
    match verb {
        "uninstall" => format!("{verb} {name}"),
        "compare" => {
            let old = view.planned.current().map_or(0, |old| old.version);
            format!("{name} revision {old} to {}", release.version)
        }
        _ => match (view.planned.target(), view.planned.reason()) {
            (Some(target), None) => format!("{verb} {name} to what revision {target} was"),
            (Some(target), Some(reason)) => {
                format!("{verb} {name} to what revision {target} was ({reason})")
            }
            _ => format!("{verb} {name} to revision {}", release.version),
        },
    }
}

/// Returns what is said beside the objects, each part under its heading.
pub(super) fn sections(view: &View<'_>) -> Vec<(&'static str, Vec<String>)> {
    let follows = view.consequences.iter();
    let follows = follows.map(|found| format!("{} {}", view.name(&found.object), found.text));
    vec![
        ("what follows:", follows.collect()),
        ("what will not come back:", view.not_restored.clone()),
        ("set by others since:", view.manual.clone()),
        ("hooks:", view.hooks.clone()),
        ("also:", view.remarks.clone()),
        ("notes:", view.notes.iter().flat_map(|notes| notes.lines()).map(str::to_owned).collect()),
    ]
}

fn painted(action: Action, text: &str, paint: Paint) -> String {
    match action {
        Action::Create => paint.added(text),
        Action::Change | Action::Adopt | Action::Replace => paint.changed(text),
        Action::Delete | Action::Conflict | Action::Refused => paint.removed(text),
        Action::Keep | Action::Unchanged => text.to_owned(),
    }
}

fn below(view: &View<'_>, item: &Item, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    match item.is_suppressed {
        true if !item.fields.is_empty() => lines.push("(suppressed)".to_owned()),
        true => {}
        false if item.recorded.is_some() => lines.extend(side_by_side(view, item)),
        false => item.fields.iter().for_each(|field| lines.extend(of_field(field, paint))),
    }
    lines.extend(item.problem.iter().map(|line| printable(line)));
    lines.extend(item.remarks.iter().map(|remark| printable(&format!("({remark})"))));
    lines
}

/// Returns a table of fields: live, as the revision that is there states it, and as the target does.
fn side_by_side(view: &View<'_>, item: &Item) -> Vec<String> {
    if item.fields.is_empty() {
        return Vec::new();
    }
    let revision = |version: Option<i64>| version.map(|version| format!("revision {version}"));
    let current = view.planned.current().map(|current| current.version);
    let head = [
        "",
        "live",
        &revision(current).unwrap_or_default(),
        &revision(view.planned.target()).unwrap_or_default(),
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let recorded = item.recorded.iter().flatten();
    for (field, recorded) in item.fields.iter().zip(recorded) {
        let value = |value: &Option<Json>| value.as_ref().map_or("-".to_owned(), inline);
        rows.push([field.path.clone(), value(&field.old), value(recorded), value(&field.new)]);
    }
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  "));
        printable(&format!("{}{}", cells.collect::<String>(), row[3]))
    };
    rows.iter().map(line).collect()
}

/// Returns the lines of one field: both values, or what changes between two texts of several lines.
pub(in crate::cli) fn of_field(field: &FieldChange, paint: Paint) -> Vec<String> {
    let path = printable(&field.path);
    if let (Some(Json::String(old)), Some(Json::String(new))) = (&field.old, &field.new)
        && (old.contains('\n') || new.contains('\n'))
    {
        let between = lines_between(old, new, Some(CONTEXT)).into_iter();
        let between = between.map(|line| format!("  {}", line.text(paint)));
        return std::iter::once(format!("{path}:")).chain(between).collect();
    }
    let line = match (&field.old, &field.new) {
        (None, Some(new)) => Line::Added(format!("{path}: {}", inline(new))).text(paint),
        (Some(old), None) => Line::Removed(format!("{path}: {}", inline(old))).text(paint),
        (old, new) => {
            let value = |value: &Option<Json>| value.as_ref().map(inline).unwrap_or_default();
            printable(&format!("{path}: {} → {}", value(old), value(new)))
        }
    };
    vec![line]
}
