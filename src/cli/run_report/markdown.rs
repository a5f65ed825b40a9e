//! A report as Markdown, for a comment or the summary of a job.

use super::{Finished, seconds};
use crate::cli::plan_text::fenced;

pub(super) fn page(finished: &Finished<'_>) -> String {
    let story = finished.story;
    let mut text = format!("## windlass: {}\n\n", finished.title());
    for (name, fact) in finished.facts() {
        text.push_str(&format!("- {name}: {fact}\n"));
    }
    if let Some(failure) = &finished.failure {
        let lines: Vec<String> = failure.lines().map(str::to_owned).collect();
        text.push_str(&format!("\n{}", fenced("", &lines)));
    }
    if let Some(plan) = &story.plan {
        text.push_str(&format!("\n{}", plan.markdown));
    }
    let durations = finished.durations();
    if !durations.is_empty() {
        text.push_str("\n### Until ready\n\n| object | time |\n|---|---|\n");
        for (object, duration) in durations {
            text.push_str(&format!("| {} | {} |\n", cell(object), cell(&duration)));
        }
    }
    text.push_str("\n<details><summary>What happened</summary>\n\n| after | | |\n|---|---|---|\n");
    for moment in &story.moments {
        let (object, state) = (cell(&moment.object), cell(&moment.state));
        text.push_str(&format!("| {} | {object} | {state} |\n", seconds(moment.at)));
    }
    text.push_str("\n</details>\n");
    for (source, log) in &story.logs {
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let source = cell(source);
        text.push_str(&format!(
            "\n<details><summary>Log of {source}</summary>\n\n{}\n</details>\n",
            fenced("", &lines)
        ));
    }
    text
}

/// Returns a text that fits into a cell of a table.
fn cell(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    text.lines().collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_what_a_table_would_take_for_its_own() {
        assert_eq!(cell("a|b\nc <d> \\"), "a\\|b<br>c &lt;d> \\\\");
    }
}
