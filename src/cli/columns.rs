//! Tables as Helm prints them: cells padded to their column, with a tab between.
//!
//! Helm's library (gosuri/uitable) counts a cell of several lines as one line when it cuts it to the
//! width of its longest line; a failed revision's description comes out shortened that way.

use super::color;

/// A table in the making.
#[derive(Debug, Default)]
pub(super) struct Columns {
    rows: Vec<Vec<String>>,
}

impl Columns {
    /// Adds a row.
    pub(super) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Returns the text of the table, with a line break at its end.
    pub(super) fn text(&self) -> String {
        let widths = self.widths();
        let rows: Vec<String> = self.rows.iter().map(|row| row_text(row, &widths)).collect();
        rows.join("\n") + "\n"
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.flat_map(|cell| cell.split('\n').map(width)).max().unwrap_or_default()
        };
        (0..columns).map(widest).collect()
    }
}

fn row_text(cells: &[String], widths: &[usize]) -> String {
    let resized: Vec<String> =
        cells.iter().zip(widths).map(|(cell, width)| resize(cell, *width)).collect();
    let cells: Vec<Vec<&str>> = resized.iter().map(|cell| cell.split('\n').collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let line = |index: usize| {
        let cells = cells.iter().zip(widths).map(|(lines, width)| match lines.get(index) {
            Some(text) => resize(text, *width),
            None => " ".repeat((*width).max(1)),
        });
        cells.collect::<Vec<_>>().join("\t")
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

/// Pads a text to a width, or cuts it and ends it with dots.
fn resize(text: &str, wanted: usize) -> String {
    let actual = width(text);
    if actual <= wanted || wanted == 0 {
        return text.to_owned() + &" ".repeat(wanted.saturating_sub(actual));
    }
    let mut cut = String::new();
    let mut columns = 0;
    for character in text.chars() {
        cut.push(character);
        columns += usize::from(!character.is_control());
        if columns + 3 >= wanted {
            break;
        }
    }
    cut + "..."
}

/// Counts the columns of a text on a terminal, without its colors.
fn width(text: &str) -> usize {
    color::plain(text).chars().filter(|c| !c.is_control()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[&[&str]], expected: &str) {
        let mut columns = Columns::default();
        for row in rows {
            columns.row(row.iter().copied());
        }
        assert_eq!(columns.text(), expected);
    }

    #[test]
    fn cells_are_padded_and_the_last_one_too() {
        check(
            &[&["NAME", "STATUS"], &["data-pipeline", "failed"], &["a", "x"]],
            "NAME         \tSTATUS\ndata-pipeline\tfailed\na            \tx     \n",
        );
        check(&[], "\n");
        check(&[&["A", ""], &["a", ""]], "A\t\na\t\n");
    }

    // What gosuri/uitable v0.0.4 writes.
    #[test]
    fn cells_of_several_lines_become_rows_cut_as_one_line() {
        check(
            &[
                &["REV", "DESCRIPTION", "X"],
                &["1", "abc\ndefgh", "q"],
                &["2", "Release \"x\" failed: a\nbb\nccccccccccccccccccccccc dddd", "e"],
                &["3", "", ""],
            ],
            "REV\tDESCRIPTION                 \tX\n\
             1  \tabc                         \tq\n   \tdefgh                       \t \n\
             2  \tRelease \"x\" failed: a       \te\n   \tbb                          \t \n\
             \x20  \tcc...                       \t \n\
             3  \t                            \t \n",
        );
        check(&[&["A", ""], &["a\nb", ""]], "A\t\na...\t\n");
    }
}
