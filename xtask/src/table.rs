//! Tables that read well in a terminal and are Markdown too.

/// Columns padded to equal width. A column that holds figures only stands to the right.
pub fn markdown(header: &[&str], rows: &[Vec<String>]) -> String {
    let columns: Vec<Column> = (0..header.len()).map(|idx| Column::of(header[idx], rows, idx)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<_> = cells.zip(&columns).map(|(cell, column)| column.padded(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule: Vec<_> = columns.iter().map(Column::rule).collect();
    let body = rows.iter().map(|row| line(&mut row.iter().map(String::as_str)));
    line(&mut header.iter().copied()) + &format!("|{}|\n", rule.join("|")) + &body.collect::<String>()
}

struct Column {
    width: usize,
    is_right: bool,
}

impl Column {
    fn of(header: &str, rows: &[Vec<String>], idx: usize) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(idx));
        let width = cells().map(|cell| cell.chars().count()).chain([header.chars().count(), 3]).max();
        // A dash stands for a figure that does not exist.
        let is_right = idx > 0 && cells().all(|cell| cell == "-" || cell.parse::<f64>().is_ok());
        Self { width: width.unwrap_or_default(), is_right }
    }

    fn padded(&self, cell: &str) -> String {
        let width = self.width;
        if self.is_right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }

    fn rule(&self) -> String {
        let end = if self.is_right { ':' } else { '-' };
        format!("{}{end}", "-".repeat(self.width + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_figures_stand_to_the_right() {
        let rows = [
            ["größer", "1.0", "met"].map(str::to_owned).to_vec(),
            ["a", "-12345.0", "missed"].map(str::to_owned).to_vec(),
            ["b", "-", "-"].map(str::to_owned).to_vec(),
        ];
        let expected = "\
| what   |       ms |        |
|--------|---------:|--------|
| größer |      1.0 | met    |
| a      | -12345.0 | missed |
| b      |        - | -      |
";
        assert_eq!(markdown(&["what", "ms", ""], &rows), expected);
    }
}
