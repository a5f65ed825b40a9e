//! The API server's own tables, as kubectl prints them.

use serde_json::Value as Json;

/// kubectl's gap between columns, and the least width of a column with it.
const GAP: usize = 3;
const LEAST_WIDTH: usize = 6;

/// Returns the text of the answers under one heading; columns like those before get no second head.
pub(super) fn text(answers: &[Json]) -> String {
    let mut text = String::new();
    let mut last_columns = None;
    for answer in answers {
        let columns = &answer["columnDefinitions"];
        let rows = rows(answer, last_columns != Some(columns));
        if !rows.is_empty() {
            last_columns = Some(columns);
        }
        text.push_str(&aligned(&rows));
    }
    text
}

/// Returns the cells of a table that are shown without `-o wide`, with the head if it is wanted.
fn rows(table: &Json, with_head: bool) -> Vec<Vec<String>> {
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let columns = list(&table["columnDefinitions"]);
    let shown = |index: &usize| columns[*index]["priority"].as_i64().unwrap_or_default() == 0;
    let shown: Vec<usize> = (0..columns.len()).filter(shown).collect();
    let mut rows: Vec<Vec<String>> = list(&table["rows"])
        .iter()
        .map(|row| shown.iter().map(|index| cell(&row["cells"][*index])).collect())
        .collect();
    if with_head && !rows.is_empty() {
        let name = |index: &usize| columns[*index]["name"].as_str().unwrap_or_default();
        rows.insert(0, shown.iter().map(|index| name(index).to_uppercase()).collect());
    }
    rows
}

fn cell(value: &Json) -> String {
    let text = match value {
        Json::Null => return String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    // kubectl shows the first line alone, and no escape sequences.
    let cut = match text.find(['\n', '\r', '\x0c']) {
        Some(end) => format!("{}...", &text[..end]),
        None => text,
    };
    cut.replace('\x1b', "^[")
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        (widest + GAP).max(LEAST_WIDTH)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if index + 1 < columns {
                let gap = widths[index] - cell.chars().count();
                text.extend(std::iter::repeat_n(' ', gap));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(cells: &[Json]) -> Json {
        let column = |name: &str, priority: i64| json!({"name": name, "priority": priority});
        json!({
            "kind": "Table",
            "columnDefinitions": [column("Name", 0), column("Ready", 0), column("Node", 1), column("Age", 0)],
            "rows": cells.iter().map(|cells| json!({"cells": cells})).collect::<Vec<_>>(),
        })
    }

    // What `helm status` writes for the same answers.
    #[test]
    fn wide_columns_are_left_out_and_the_last_is_not_padded() {
        let pods = table(&[
            json!(["web-688b5d6d9-gwgbl", "1/1", "node-0", "0s"]),
            json!(["b", "1/1", "node-0", "12m"]),
        ]);
        assert_eq!(
            text(&[pods]),
            "NAME                  READY   AGE\n\
             web-688b5d6d9-gwgbl   1/1     0s\n\
             b                     1/1     12m\n"
        );
    }

    #[test]
    fn a_second_table_with_the_same_columns_has_no_head() {
        let one = table(&[json!(["web", 1, null, "0s"])]);
        let other = table(&[json!(["longer-name", true, null, "a\nb"])]);
        let expected = "NAME   READY   AGE\nweb    1       0s\nlonger-name   true   a...\n";
        assert_eq!(text(&[one, other]), expected);
        assert_eq!(text(&[table(&[])]), "");
    }
}
