//! Tables: aligned under a heading at a terminal, tab-separated without one in a pipe.

use super::clean::clean_line;

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

    /// Adds a row; each cell is cleaned.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        self.rows.push(cells.into_iter().map(|cell| clean_line(cell.as_ref())).collect());
    }

    /// The text of the table.
    pub fn render(&self, terminal: bool) -> String {
        if !terminal {
            return self.rows.iter().map(|row| row.join("\t") + "\n").collect();
        }
        let heading: Vec<String> = self.columns.iter().map(|c| (*c).to_owned()).collect();
        let width = |i: usize| {
            let cells = self.rows.iter().chain([&heading]).filter_map(|row| row.get(i));
            cells.map(|cell| console::measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let headed = self.columns.iter().any(|column| !column.is_empty());
        let mut text = String::new();
        for row in headed.then_some(&heading).into_iter().chain(&self.rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width - console::measure_text_width(cell) + 2));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_for_people_and_tabbed_for_programs() {
        let mut table = Table::new(["ID", "WHAT"]);
        table.row(["1", "gcloud role\tviewer"]);
        table.row(["234", "zürich"]);
        assert_eq!(table.render(true), "ID   WHAT\n1    gcloud role viewer\n234  zürich\n");
        assert_eq!(table.render(false), "1\tgcloud role viewer\n234\tzürich\n");
    }
}
