//! The lines that show a tree at one moment, never more or wider than the terminal.

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::tree::{Row, State, Tree};
use crate::cli::color::Paint;

/// How many objects that need no look are shown one by one.
const FEW: usize = 10;

/// How many pods of an object are shown.
const PODS: usize = 3;

/// Returns how many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Returns the lines that show a tree.
pub(super) fn frame(
    tree: &Tree,
    columns: usize,
    rows: usize,
    now: Duration,
    paint: Paint,
) -> Vec<String> {
    let groups = [State::Failed, State::Waiting, State::ToCome, State::Done];
    let groups = groups.map(|state| tree.rows.iter().filter(|row| row.state == state).collect());
    // The last line has the counts, and the row after it has the cursor.
    let budget = rows.saturating_sub(2).max(1);
    let shown = share(&groups, budget);
    let listed = groups.iter().zip(shown).flat_map(|(group, shown)| group.iter().take(shown));
    let name_width = listed.map(|row| width(&row.object.to_string())).max().unwrap_or_default();
    let page = Page { columns: columns.saturating_sub(1), names: name_width.min(columns / 2), now };
    let heads: usize = groups.iter().zip(shown).map(|(group, shown)| heads(group, shown)).sum();
    let mut left = budget.saturating_sub(heads);
    let mut lines = Vec::new();
    for (group, shown) in groups.iter().zip(shown) {
        for row in &group[..shown] {
            lines.push(page.marked(row.state, &page.row(row), paint));
            let around = page.around(row);
            lines.extend(around.iter().take(left).cloned());
            left = left.saturating_sub(around.len());
        }
        if let Some(first) = group.get(shown) {
            let more = if shown > 0 { " more" } else { "" };
            let text = format!("{}{more} {}", group.len() - shown, tree.word(first.state));
            lines.push(page.marked(first.state, &text, paint));
        }
    }
    lines.truncate(budget);
    lines.push(page.fit(&counts(tree, &groups, now)));
    lines
}

/// Returns how many lines a group takes when `shown` of it are listed.
fn heads(group: &[&Row], shown: usize) -> usize {
    shown + usize::from(group.len() > shown)
}

/// Returns how many of each group are listed: what needs no look gives way first.
fn share(groups: &[Vec<&Row>; 4], budget: usize) -> [usize; 4] {
    let few = |group: &Vec<&Row>| if group.len() > FEW { 0 } else { group.len() };
    let mut shown = [groups[0].len(), groups[1].len(), few(&groups[2]), few(&groups[3])];
    for place in [3, 2, 1, 0] {
        let total: usize = groups.iter().zip(shown).map(|(group, n)| heads(group, n)).sum();
        if total > budget && shown[place] > 1 {
            let is_folded = shown[place] < groups[place].len();
            let over = total - budget + usize::from(!is_folded);
            // Of what needs no look, a part says no more than a number.
            shown[place] = if place > 1 { 0 } else { shown[place].saturating_sub(over) };
        }
    }
    shown
}

fn counts(tree: &Tree, groups: &[Vec<&Row>; 4], now: Duration) -> String {
    let done = groups[3].len();
    let mut text = format!("{done} of {} {}", tree.rows.len(), tree.goal);
    for (group, word) in groups.iter().zip(["failed", "waiting", "to come"]) {
        if !group.is_empty() {
            text.push_str(&format!(", {} {word}", group.len()));
        }
    }
    format!("{text}, {}", elapsed(now))
}

impl Tree {
    fn word(&self, state: State) -> &'static str {
        match state {
            State::Failed => "failed",
            State::Waiting => "waiting",
            State::ToCome => "to come",
            State::Done => self.goal,
        }
    }
}

struct Page {
    /// The last column stays free: a character there makes some terminals go to the next row.
    columns: usize,
    names: usize,
    now: Duration,
}

impl Page {
    fn row(&self, row: &Row) -> String {
        let name = fit(&row.object.to_string(), self.names);
        let pad = " ".repeat(self.names.saturating_sub(width(&name)));
        let replicas = row.replicas.map(|(ready, wanted)| format!("{ready}/{wanted}"));
        let running = row.since.map(|since| self.now.saturating_sub(since));
        let time = row.took.or(running).filter(|time| time.as_secs() > 0).map(elapsed);
        let (replicas, time) = (replicas.unwrap_or_default(), time.unwrap_or_default());
        format!("{name}{pad}  {replicas:>5}  {time:>6}  {}", row.detail)
    }

    /// Shows the pods and the last event of an object.
    fn around(&self, row: &Row) -> Vec<String> {
        let shown = if row.pods.len() > PODS { PODS - 1 } else { row.pods.len() };
        let mut lines: Vec<String> =
            row.pods[..shown].iter().map(|(name, why)| format!("    {name}  {why}")).collect();
        if row.pods.len() > shown {
            lines.push(format!("    {} more pods", row.pods.len() - shown));
        }
        lines.extend(row.event.iter().map(|event| format!("    {event}")));
        lines.iter().map(|line| self.fit(line)).collect()
    }

    fn marked(&self, state: State, text: &str, paint: Paint) -> String {
        let mark = match state {
            State::Failed => paint.removed("✗"),
            State::Waiting => paint.changed("…"),
            State::ToCome => "·".to_owned(),
            State::Done => paint.added("✓"),
        };
        format!("{mark} {}", fit(text, self.columns.saturating_sub(2)))
    }

    fn fit(&self, text: &str) -> String {
        fit(text, self.columns)
    }
}

/// Returns a text that is at most as wide, with an ellipsis where something is left out.
fn fit(text: &str, columns: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.trim_end().chars().map(clean).collect();
    if width(&text) <= columns {
        return text;
    }
    let mut fitting = String::new();
    let mut left = columns.saturating_sub(1);
    for character in text.chars() {
        let wide = character.width().unwrap_or_default();
        if wide > left {
            break;
        }
        left -= wide;
        fitting.push(character);
    }
    if columns > 0 { fitting + "…" } else { fitting }
}

fn elapsed(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use windlass::manifest::ObjectRef;

    use super::*;
    use crate::cli::color::plain;

    fn row(object: &str, state: State, detail: &str) -> Row {
        let (kind, name) = object.split_once('/').unwrap();
        let (kind, name) = (kind.to_owned(), name.to_owned());
        Row {
            object: ObjectRef { api_version: "v1".to_owned(), kind, namespace: None, name },
            state,
            detail: detail.to_owned(),
            replicas: None,
            pods: Vec::new(),
            event: None,
            since: None,
            took: None,
        }
    }

    /// Makes a tree of some objects of each state, and `done` that need no look.
    fn tree(done: usize) -> Tree {
        let mut rows: Vec<Row> = (0..done)
            .map(|number| row(&format!("ConfigMap/settings-{number}"), State::Done, "ready"))
            .collect();
        let mut web = row("Deployment/web", State::Waiting, "updated: 1/3");
        (web.replicas, web.since) = (Some((1, 3)), Some(Duration::from_secs(1)));
        let pods =
            [("web-1", "Pending"), ("web-2", "not ready yet"), ("web-3", "x"), ("web-4", "")];
        web.pods = pods.map(|(name, why)| (name.to_owned(), why.to_owned())).to_vec();
        web.event = Some("Pulling: pulling image \"registry.test/a/very/long/name/of/an/image/web:2\" for the third time today".to_owned());
        let mut migrate = row("Job/migrate", State::Failed, "pre-upgrade hook: failed");
        migrate.took = Some(Duration::from_secs(65));
        rows.extend([web, migrate]);
        Tree { rows, goal: "ready", ..Tree::default() }
    }

    fn lines(tree: &Tree, columns: usize, rows: usize) -> Vec<String> {
        frame(tree, columns, rows, Duration::from_secs(75), Paint::none())
    }

    #[test]
    fn a_screen_of_each_size_shows_what_needs_a_look_first() {
        for (done, columns, rows) in [(1, 80, 24), (1, 200, 50), (298, 80, 24), (298, 200, 50)] {
            let name = format!("live_tree_{}_objects_{columns}_columns", done + 2);
            insta::assert_snapshot!(name, lines(&tree(done), columns, rows).join("\n"));
        }
    }

    #[test]
    fn no_frame_is_larger_than_its_terminal() {
        let mut many = tree(150);
        many.rows.extend((0..80).map(|n| row(&format!("Pod/界-{n}"), State::Waiting, "a\tb\nc")));
        many.rows.extend((0..70).map(|n| row(&format!("Pod/y{n}"), State::ToCome, "")));
        many.rows.extend((0..30).map(|n| row(&format!("Job/z{n}"), State::Failed, "no")));
        for tree in [&many, &tree(1), &tree(9), &tree(0), &Tree::default()] {
            for (columns, rows) in [(80, 24), (200, 50), (20, 5), (7, 3), (3, 2), (1, 1)] {
                let lines = lines(tree, columns, rows);
                assert!(lines.len() < rows.max(3), "{columns}×{rows}: {lines:#?}");
                for line in &lines {
                    assert!(width(line) < columns.max(4), "{columns}: {line}");
                    assert!(!line.contains(char::is_control), "{line:?}");
                }
            }
        }
        let shown = lines(&many, 80, 24).join("\n");
        for part in ["more failed", "81 waiting", "70 to come", "150 ready"] {
            assert!(shown.contains(part), "no `{part}` in\n{shown}");
        }
    }

    #[test]
    fn colors_change_no_text() {
        let colored = frame(
            &tree(1),
            80,
            24,
            Duration::from_secs(75),
            Paint::on_terminal(crate::cli::color::ColorMode::Always, false),
        );
        assert_eq!(plain(&colored.join("\n")), lines(&tree(1), 80, 24).join("\n"));
    }

    #[test]
    fn a_text_is_cut_by_what_it_takes_on_the_screen() {
        assert_eq!(fit("界界界", 6), "界界界");
        assert_eq!(fit("界界界", 5), "界界…");
        assert_eq!(fit("界界界", 4), "界…");
        assert_eq!(fit("a", 0), "");
    }
}
