//! Tables: aligned under a heading at a terminal, tab-separated without one in a pipe.

use super::clean::clean_line;
use console::measure_text_width;

/// The columns between two cells.
const GAP: usize = 2;
/// How far the further lines of a row are indented that is wider than the terminal.
const INDENT: usize = 2;
/// The last cell of a row is often a sentence. It stays beside the others if it has this much room; the terminal wraps it.
const LEAST_LAST: usize = 24;

/// Rows of text under named columns.
#[derive(Debug)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; each cell is cleaned. Cells that are left out at the end are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| clean_line(cell.as_ref())).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// The table for a program: a line per row, and in it a cell per column.
    pub fn tab_separated(&self) -> String {
        self.rows.iter().map(|row| row.join("\t") + "\n").collect()
    }

    /// The table for a terminal of this width. A row that is too wide continues on further lines, so no cell is cut.
    pub fn aligned(&self, width: usize) -> String {
        let heading: Vec<String> = self.columns.iter().map(|c| (*c).to_owned()).collect();
        let column_width = |i: usize| {
            let cells = self.rows.iter().chain([&heading]).filter_map(|row| row.get(i));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(column_width).collect();
        let lines = lines(&widths, width);
        let headed = self.columns.iter().any(|column| !column.is_empty());
        let mut text = String::new();
        for row in headed.then_some(&heading).into_iter().chain(&self.rows) {
            for (i, line) in lines.iter().enumerate() {
                let mut shown = " ".repeat(if i == 0 { 0 } else { INDENT });
                for column in line.clone() {
                    let cell = &row[column];
                    shown.push_str(cell);
                    shown.extend(std::iter::repeat_n(' ', widths[column] - measure_text_width(cell) + GAP));
                }
                if i == 0 || !shown.trim().is_empty() {
                    text.push_str(shown.trim_end());
                    text.push('\n');
                }
            }
        }
        text
    }
}

/// Which columns stand on which line of a row: as many on each as fit.
fn lines(widths: &[usize], room: usize) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (column, width) in widths.iter().enumerate() {
        let needed = if column + 1 == widths.len() { (*width).min(LEAST_LAST) } else { *width };
        if column > start && used + needed > room {
            lines.push(start..column);
            (start, used) = (column, INDENT);
        }
        used += width + GAP;
    }
    lines.push(start..widths.len());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_for_people_and_tabbed_for_programs() {
        let mut table = Table::new(["ID", "WHAT"]);
        table.row(["1", "gcloud role\tviewer"]);
        table.row(["234", "zürich"]);
        assert_eq!(table.aligned(80), "ID   WHAT\n1    gcloud role viewer\n234  zürich\n");
        assert_eq!(table.tab_separated(), "1\tgcloud role viewer\n234\tzürich\n");
    }

    #[test]
    fn every_line_for_a_program_has_every_column() {
        let mut table = Table::new(["", "", "", ""]);
        table.row(["a"]);
        table.row(["", "b\nc\u{2028}d\r", "", ""]);
        assert_eq!(table.tab_separated(), "a\t\t\t\n\tb c d\t\t\n");
    }

    #[test]
    fn a_row_that_is_too_wide_continues_on_indented_lines() {
        let mut table = Table::new(["ID", "STATUS", "WHAT"]);
        table.row(["r1", "active", "gcloud role viewer"]);
        table.row(["r2", "", ""]);
        assert_eq!(
            table.aligned(20),
            "ID  STATUS\n  WHAT\nr1  active\n  gcloud role viewer\nr2\n",
            "an empty line is left out"
        );
        assert_eq!(table.aligned(8), "ID\n  STATUS\n  WHAT\nr1\n  active\n  gcloud role viewer\nr2\n");
    }

    #[test]
    fn a_long_last_cell_stays_beside_the_others_while_it_has_room() {
        let mut table = Table::new(["", ""]);
        let sentence = "a sentence that is longer than the terminal is wide";
        table.row(["wrong", sentence]);
        assert_eq!(table.aligned(40), format!("wrong  {sentence}\n"));
        assert_eq!(table.aligned(30), format!("wrong\n  {sentence}\n"));
    }

    #[test]
    fn no_width_loses_a_cell() {
        let mut table = Table::new(["ID", "NAME", "WHAT"]);
        table.row(["a1", "日本語の名前", "x y"]);
        for width in 0..=200 {
            let text = table.aligned(width);
            for cell in ["ID", "NAME", "WHAT", "a1", "日本語の名前", "x y"] {
                assert!(text.contains(cell), "{width}: {text}");
            }
        }
    }
}
