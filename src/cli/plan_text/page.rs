//! A plan as parts of a page, each line as plain text.

use super::diff::{is_change, of_item};
use super::markdown::markdown;
use super::text::sections;
use super::view::{Item, View};
use crate::cli::color::Paint;

/// Lines of context around changes.
const CONTEXT: usize = 3;

/// A plan, ready to be put on a page.
pub(in crate::cli) struct Page {
    /// How many objects each thing happens to.
    pub(in crate::cli) summary: String,
    /// The objects that something happens to.
    pub(in crate::cli) items: Vec<PageItem>,
    /// What is said beside the objects, each part with its heading.
    pub(in crate::cli) sections: Vec<(&'static str, Vec<String>)>,
    /// All of it as Markdown.
    pub(in crate::cli) markdown: String,
}

/// One object of a plan.
pub(in crate::cli) struct PageItem {
    /// What happens, as a sign.
    pub(in crate::cli) sign: &'static str,
    /// What happens, as a word.
    pub(in crate::cli) word: &'static str,
    /// The object.
    pub(in crate::cli) name: String,
    /// The diff, each line with its sign.
    pub(in crate::cli) lines: Vec<String>,
}

impl Page {
    pub(super) fn of(view: &View<'_>) -> Self {
        let item = |item: &Item| PageItem {
            sign: item.action.sign(),
            word: item.action.word(),
            name: view.name(&item.object),
            lines: match is_change(item.action) {
                true => of_item(item, Some(CONTEXT), Paint::none()),
                false => Vec::new(),
            },
        };
        let shown = view.items.iter().filter(|item| item.action.is_shown());
        Self {
            summary: view.summary(),
            items: shown.map(item).collect(),
            sections: sections(view),
            markdown: markdown(view, CONTEXT),
        }
    }
}
