//! A report as one HTML page that needs nothing else: no network, no script, no color.

use super::{Finished, seconds};
use crate::cli::plan_text::Page;

/// The look of the page; what is added, removed or wrong is also said by a sign or a word.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--good:#18794e;--bad:#b42318;--new:#1a7f3722;--old:#cf222e22}
@media(prefers-color-scheme:dark){:root{--good:#4cc38a;--bad:#ff9592}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h1 b{border:2px solid;border-radius:.3rem;padding:0 .4rem}
.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0;overflow-wrap:anywhere}dt{opacity:.75}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
td.at{white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums}
pre{overflow-x:auto;border:1px solid var(--line);border-radius:.3rem;padding:.6rem}
pre.failure{border:2px solid var(--bad)}pre.failure,pre.told{white-space:pre-wrap}
ins,del{text-decoration:none;display:block}ins{background:var(--new)}del{background:var(--old)}
summary{cursor:pointer;padding:.2rem 0}";

pub(super) fn page(finished: &Finished<'_>) -> String {
    let title = escaped(&finished.title());
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n"
    );
    let (class, word) =
        if finished.failure.is_some() { ("bad", "✗ failed") } else { ("good", "✓ done") };
    text.push_str(&format!("<h1><b class=\"{class}\">{word}</b> {title}</h1>\n<dl>\n"));
    for (name, fact) in finished.facts() {
        text.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(&fact)));
    }
    text.push_str("</dl>\n");
    if let Some(failure) = &finished.failure {
        let failure = escaped(failure);
        text.push_str(&format!("<h2>Why</h2>\n<pre class=\"failure\">{failure}</pre>\n"));
    }
    if let Some(plan) = &finished.story.plan {
        text.push_str(&of_plan(plan));
    }
    text.push_str(&happened(finished));
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

fn of_plan(plan: &Page) -> String {
    let mut text = format!("<h2>Plan</h2>\n<p>{}</p>\n", escaped(&plan.summary));
    for item in &plan.items {
        let head = format!("{} {} {}", item.sign, item.word, item.name);
        if item.lines.is_empty() {
            text.push_str(&format!("<p>{}</p>\n", escaped(&head)));
            continue;
        }
        let lines: String = item.lines.iter().map(|line| of_line(line)).collect();
        text.push_str(&format!(
            "<details><summary>{}</summary>\n<pre>{lines}</pre>\n</details>\n",
            escaped(&head)
        ));
    }
    for (heading, lines) in plan.sections.iter().filter(|(_, lines)| !lines.is_empty()) {
        let lines = escaped(&lines.join("\n"));
        let heading = escaped(heading.trim_end_matches(':'));
        text.push_str(&format!("<h3>{heading}</h3>\n<pre class=\"told\">{lines}</pre>\n"));
    }
    text
}

/// Marks a line of a diff; its sign stays, for those who see no color.
fn of_line(line: &str) -> String {
    let text = escaped(line);
    match line.as_bytes().first() {
        Some(b'+') => format!("<ins>{text}</ins>"),
        Some(b'-') => format!("<del>{text}</del>"),
        _ => format!("{text}\n"),
    }
}

fn happened(finished: &Finished<'_>) -> String {
    let mut text = String::new();
    let durations = finished.durations();
    if !durations.is_empty() {
        text.push_str("<h2>Until ready</h2>\n<table>\n<tr><th>object</th><th>time</th></tr>\n");
        for (object, duration) in durations {
            let (object, duration) = (escaped(object), escaped(&duration));
            text.push_str(&format!("<tr><td>{object}</td><td>{duration}</td></tr>\n"));
        }
        text.push_str("</table>\n");
    }
    text.push_str("<h2>What happened</h2>\n<table>\n");
    text.push_str("<tr><th>after</th><th>object</th><th>what</th></tr>\n");
    for moment in &finished.story.moments {
        text.push_str(&format!(
            "<tr><td class=\"at\">{}</td><td>{}</td><td>{}</td></tr>\n",
            seconds(moment.at),
            escaped(&moment.object),
            escaped(&moment.state)
        ));
    }
    text.push_str("</table>\n");
    for (source, log) in &finished.story.logs {
        let (source, log) = (escaped(source), escaped(log));
        text.push_str(&format!("<h2>Log of {source}</h2>\n<pre>{log}</pre>\n"));
    }
    text
}

/// Escapes what HTML would take for its own; control characters it cannot hold become a sign.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        assert_eq!(escaped("<a b=\"&\">\u{1b}[1m\n"), "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}[1m\n");
        assert_eq!(of_line("+ <x>"), "<ins>+ &lt;x&gt;</ins>");
        assert_eq!(of_line("  x"), "  x\n");
    }
}
