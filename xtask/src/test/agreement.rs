//! Whether the printed agreement tables are whole: everyone whom the analyses are compared with.

use anyhow::ensure;

/// How rows begin, and with how many differences they go on.
const ROWS: [(&str, usize); 12] = [
    ("Whisper 80", 4),
    ("Whisper 128", 4),
    ("faster-whisper 80", 4),
    ("faster-whisper 128", 4),
    ("librosa, share of top", 4),
    ("librosa", 4),
    ("librosa in float64", 5),
    ("Kaldi", 4),
    ("Kaldi in float64", 5),
    ("SciPy, hann 4096", 1),
    ("SciPy, flattop 4096", 1),
    ("SciPy, kaiser 4096", 1),
];

/// Looks for each row.
///
/// # Errors
/// Names those that are absent or have too few numbers.
pub fn check(output: &str) -> anyhow::Result<()> {
    let is_whole = |(name, count): &(&str, usize)| {
        output.lines().filter_map(|line| line.strip_prefix(name)).any(|rest| {
            let numbers = rest.split_whitespace().map_while(|cell| cell.parse::<f64>().ok());
            numbers.count() >= *count
        })
    };
    let absent: Vec<&str> = ROWS.iter().filter(|row| !is_whole(row)).map(|row| row.0).collect();
    ensure!(absent.is_empty(), "the printed agreement tables have no row of {}", absent.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> String {
        let row = |(name, count): (&str, usize)| format!("{name:<24}{}  dB\n", " 1.0e-5".repeat(count));
        ROWS.into_iter().map(row).collect()
    }

    #[test]
    fn a_row_that_is_absent_or_short_is_named() {
        check(&tables()).expect("every row is there");
        let complaint = |tables: &str| check(tables).expect_err("the tables are not whole").to_string();
        assert!(
            complaint(&tables().replace("librosa in", "librosa,")).ends_with("no row of librosa in float64")
        );
        assert!(
            complaint(&tables().replace("SciPy, kaiser 4096  ", "SciPy, kaiser 4096  -"))
                .ends_with("kaiser 4096")
        );
        assert!(complaint("").contains("Whisper 80, Whisper 128"));
    }
}
