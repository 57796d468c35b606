//! The quality table: what the tests measured against their bars, gathered into docs/quality.md.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// Tells the tests where to put their rows.
pub const VARIABLE: &str = "LACQUER_QUALITY_FOLDER";

/// The table's sections in the order of the signal. One without a row fails, because its tests cannot have run.
const MODULES: [&str; 12] = [
    "equaliser",
    "gate",
    "de-esser",
    "denoise",
    "leveller",
    "multiband",
    "exciter",
    "stereo",
    "limiter",
    "dither",
    "chain",
    "analysis",
];

/// One figure, as a test wrote it.
#[derive(Deserialize)]
struct Row {
    module: String,
    what: String,
    value: f64,
    unit: String,
    bar: String,
}

/// An empty folder for the rows.
///
/// # Errors
/// When it cannot be made.
pub fn folder(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/quality");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    Ok(folder)
}

/// Prints the table of what was put into `folder` and writes it to docs/quality.md.
///
/// # Errors
/// When a module has no figure.
#[expect(clippy::print_stdout, reason = "the table is shown where the steps are announced")]
pub fn publish(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let row: Row = serde_json::from_str(&std::fs::read_to_string(&path)?)
            .with_context(|| format!("{} is no row", path.display()))?;
        rows.push(row);
    }
    let table = table(rows)?;
    println!("{table}");
    let path = root.join("docs/quality.md");
    std::fs::write(&path, table).with_context(|| format!("{}", path.display()))
}

fn table(mut rows: Vec<Row>) -> anyhow::Result<String> {
    let place = |row: &Row| MODULES.iter().position(|module| *module == row.module).unwrap_or(MODULES.len());
    rows.sort_by(|a, b| (place(a), &a.module, &a.what).cmp(&(place(b), &b.module, &b.what)));
    let absent: Vec<&str> =
        MODULES.into_iter().filter(|module| rows.iter().all(|row| row.module != *module)).collect();
    ensure!(absent.is_empty(), "the quality table has no figure of {}", absent.join(", "));
    let mut table = String::from(
        "# Quality, measured\n\nWritten by `cargo xtask test`: each figure comes from a test that fails beyond its bar.\n",
    );
    let mut section = "";
    for row in &rows {
        if row.module != section {
            section = &row.module;
            write!(table, "\n## {}\n\n| measured | figure | bar |\n|---|--:|--:|\n", capitalised(section))?;
        }
        writeln!(table, "| {} | {} {} | {} |", row.what, readable(row.value), row.unit, row.bar)?;
    }
    Ok(table)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Three significant digits, without an exponent unless the number is tiny.
fn readable(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        magnitude if magnitude < 1e-3 => format!("{value:.1e}"),
        magnitude if magnitude < 1.0 => format!("{value:.3}"),
        magnitude if magnitude < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(module: &str, value: f64) -> Row {
        let text = |text: &str| text.to_owned();
        Row {
            module: text(module),
            what: text("overshoot"),
            value,
            unit: text("dB"),
            bar: text("at most 0.1"),
        }
    }

    #[test]
    fn sections_follow_the_signal_and_figures_are_readable() {
        let rows = MODULES.into_iter().rev().map(|module| row(module, -0.012_34)).collect();
        let table = table(rows).expect("every module has a row");
        let at = |text: &str| table.find(text).unwrap_or_else(|| panic!("no {text} in {table}"));
        assert!(at("## Equaliser") < at("## Multiband") && at("## Multiband") < at("## Limiter"));
        assert!(table.contains("| overshoot | -0.012 dB | at most 0.1 |"), "{table}");
        assert_eq!(readable(0.0), "0");
        assert_eq!(readable(3.2e-9), "3.2e-9");
        assert_eq!(readable(-162.04), "-162.0");
    }

    #[test]
    fn a_module_without_a_figure_is_named() {
        let rows = MODULES
            .into_iter()
            .filter(|module| *module != "exciter")
            .map(|module| row(module, 0.0))
            .collect();
        let complaint = table(rows).expect_err("a module has no row").to_string();
        assert!(complaint.ends_with("no figure of exciter"), "{complaint}");
    }
}
