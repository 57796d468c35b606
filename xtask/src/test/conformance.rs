//! Whether a printed conformance table is whole, every signal once and every one passed; and docs/conformance.md, made of it.

use anyhow::{Context as _, ensure};
use std::path::Path;

/// Tech 3341's signals but 7 and 8, which are recordings, and Tech 3342's.
fn numbers() -> impl Iterator<Item = String> {
    let tech_3341 =
        (1..=23).filter(|number| !(7..=8).contains(number)).map(|number| format!("3341-{number}"));
    tech_3341.chain((1..=4).map(|number| format!("3342-{number}")))
}

/// Looks for each signal's row, which begins with its number and ends with "yes".
///
/// # Errors
/// Names the signals without such a row.
pub fn check(output: &str) -> anyhow::Result<()> {
    let rows: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    let has_passed = |number: &String| {
        let mut of_number = rows.iter().filter(|cells| cells.first() == Some(&number.as_str()));
        let row = of_number.next();
        row.is_some_and(|cells| cells.last() == Some(&"yes")) && of_number.next().is_none()
    };
    let absent: Vec<String> = numbers().filter(|number| !has_passed(number)).collect();
    ensure!(absent.is_empty(), "the printed table has no passed row of {}", absent.join(", "));
    Ok(())
}

/// Writes a table that is whole to docs/conformance.md.
///
/// # Errors
/// See [`check`]; and when the file cannot be written.
pub fn publish(root: &Path, output: &str) -> anyhow::Result<()> {
    check(output)?;
    let numbers: Vec<String> = numbers().collect();
    let of_table = output.lines().filter(|line| {
        let first = line.split_whitespace().next().unwrap_or_default();
        first == "#" || numbers.iter().any(|number| number == first)
    });
    let table: Vec<&str> = of_table.collect();
    let text = format!(
        "# Conformance with EBU Tech 3341 and Tech 3342\n\n\
        Written by `cargo xtask test`, which fails beyond a tolerance. The meter reads every signal at four rates; at 48 kHz so do the \
        command `lacquer measure --json`, a C program on the library, and what the plugin and the live application run, every module \
        bypassed, as their windows read it. Where a signal is read several times, the worst reading is shown; where each reading expects \
        another level, the worst deviation (Δ). A dash: a file has no loudness of the moment, and the plugin is for mono and stereo. \
        Signals 7 and 8 are recordings that the EBU distributes, and are not synthesised.\n\n```\n{}\n```\n",
        table.join("\n")
    );
    let path = root.join("docs/conformance.md");
    std::fs::write(&path, text).with_context(|| format!("{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> String {
        let rows: Vec<String> = numbers().map(|number| format!("{number}   a tone  -23.0  yes")).collect();
        format!("running 1 test\n# signal expected pass\n{}\nok", rows.join("\n"))
    }

    fn complaint(output: &str) -> String {
        check(output).expect_err("the table is not whole").to_string()
    }

    #[test]
    fn a_whole_table_has_25_signals() {
        assert_eq!(numbers().count(), 25);
        check(&table()).expect("every signal has passed");
    }

    #[test]
    fn a_signal_that_is_absent_or_twice_or_failed_is_named() {
        // 3341-2 also begins 3341-20 to 3341-23, so a search for text alone would miss it.
        let absent = table().replace("3341-2 ", "3341-x ");
        assert!(complaint(&absent).ends_with("no passed row of 3341-2"));
        let failed = table().replace("3342-4   a tone  -23.0  yes", "3342-4   a tone  -23.0  NO");
        assert!(complaint(&failed).ends_with("no passed row of 3342-4"));
        let twice = table().replace("3341-6 ", "3341-5 ");
        assert!(complaint(&twice).ends_with("no passed row of 3341-5, 3341-6"));
        assert!(complaint("").contains("3341-1, 3341-2, 3341-3"));
    }
}
