//! A plan as Markdown: a table of the objects, then the diff of each to be unfolded.

use super::diff::{is_change, of_item};
use super::text::{sections, title};
use super::view::{Item, View, printable};
use crate::cli::color::Paint;

pub(super) fn markdown(view: &View<'_>, context: usize) -> String {
    let mut text = format!("### {}\n\n{}\n", title(view), view.summary());
    let shown: Vec<&Item> = view.items.iter().filter(|item| item.action.is_shown()).collect();
    if !shown.is_empty() {
        text.push_str("\n| | object |\n|---|---|\n");
    }
    for item in &shown {
        text.push_str(&format!("| {} | `{}` |\n", item.action.word(), view.name(&item.object)));
    }
    for (heading, lines) in sections(view) {
        if !lines.is_empty() {
            text.push_str(&format!("\n**{heading}**\n\n{}", fenced("", &lines)));
        }
    }
    for item in shown.iter().filter(|item| is_change(item.action)) {
        let lines = of_item(item, Some(context), Paint::none());
        text.push_str(&format!(
            "\n<details><summary>{} {}</summary>\n\n{}\n</details>\n",
            item.action.word(),
            view.name(&item.object),
            fenced("diff", &lines)
        ));
    }
    text
}

/// Puts lines between fences that are longer than any in them.
pub(in crate::cli) fn fenced(language: &str, lines: &[String]) -> String {
    let text = printable(&lines.join("\n"));
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        assert_eq!(fenced("diff", &["a".to_owned()]), "```diff\na\n```\n");
        assert_eq!(fenced("", &["````".to_owned()]), "`````\n````\n`````\n");
    }
}
