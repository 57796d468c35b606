//! Figures as short tables.

use super::plain;
use crate::assist::Advice;
use crate::report::{FileReport, Report};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};
use std::path::Path;

/// A figure with its unit, a dash where there is none.
pub(crate) fn figure(value: Option<f64>, decimals: usize, unit: &str) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$} {unit}").trim_end().to_owned())
}

fn empty_table(num_columns: usize) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(vec![""; num_columns]);
    table
}

/// Everything but the first column to the right, where numbers line up.
fn align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// One file in, one master out.
pub(crate) fn bounce(report: &Report) -> String {
    let (input, output, target) = (&report.input.figures, &report.output.figures, &report.target);
    let mut table = empty_table(4);
    table.set_header(["", "input", "master", "target"]);
    let wanted_lufs = target.integrated_lufs.map(|lufs| format!("{lufs:.2} ± {:.2}", target.tolerance_lu));
    let wanted_rms = match (target.rms_min_dbfs, target.rms_max_dbfs) {
        (Some(min), Some(max)) => format!("{min:.1} to {max:.1}"),
        (Some(min), None) => format!("at least {min:.1}"),
        (None, Some(max)) => format!("at most {max:.1}"),
        (None, None) => String::new(),
    };
    let at_most = format!("at most {:.2}", target.ceiling_dbtp);
    // A sign beside each figure that had a target, so that a glance tells whether all is well.
    let judged = |figure: &str, wanted: String| {
        let is_missed = report.misses.iter().any(|miss| miss.figure == figure);
        if wanted.is_empty() {
            wanted
        } else {
            format!("{wanted}  {}", if is_missed { "✗" } else { "✓" })
        }
    };
    let wanted_lufs = judged("integrated loudness", wanted_lufs.unwrap_or_default());
    let (at_most, wanted_rms) = (judged("true peak", at_most), judged("RMS", wanted_rms));
    let rows = [
        ("Integrated loudness", "LUFS", 2, input.integrated_lufs, output.integrated_lufs, wanted_lufs),
        ("True peak (16x)", "dBTP", 2, input.true_peak_dbtp, output.true_peak_dbtp, at_most.clone()),
        ("True peak (BS.1770)", "dBTP", 2, input.itu_true_peak_dbtp, output.itu_true_peak_dbtp, at_most),
        ("Loudness range", "LU", 1, input.range_lu, output.range_lu, String::new()),
        ("Peak to loudness", "LU", 1, input.plr_lu, output.plr_lu, String::new()),
        ("Max short-term", "LUFS", 1, input.max_short_term_lufs, output.max_short_term_lufs, String::new()),
        ("RMS", "dBFS", 1, input.rms_dbfs, output.rms_dbfs, wanted_rms),
    ];
    for (name, unit, decimals, before, after, wanted) in rows {
        table.add_row([
            name.to_owned(),
            figure(before, decimals, unit),
            figure(after, decimals, unit),
            wanted,
        ]);
    }
    align(&mut table);
    let work = &report.work;
    format!(
        "{} -> {}\n {}, {} Hz, {}, {}; preset {}\n\n{}\n\n Trim {:+.2} dB, loudness gain {:+.2} dB, deepest limiting {:.1} dB, {} {}",
        shown(&report.input.path),
        shown(&report.output.path),
        length(report.output.duration_s),
        report.output.sample_rate_hz,
        channels(report.output.num_channels),
        report.output.format,
        report.preset,
        trim_lines(&table),
        work.input_trim_db,
        work.loudness_gain_db,
        work.deepest_limiter_reduction_db,
        work.num_passes,
        if work.num_passes == 1 { "pass" } else { "passes" },
    )
}

/// What the assistant heard and changed, a line for each reason.
pub(crate) fn advice(advice: Option<&Advice>) -> String {
    let Some(advice) = advice else {
        return "\n Assistant: there is too little to hear, nothing was changed".to_owned();
    };
    let mut table = empty_table(2);
    table.set_header(["", ""]);
    let reasons = advice.reasons.iter().map(|reason| (reason.module, &*reason.text));
    for (module, text) in reasons.chain(advice.notes.iter().map(|note| ("note", &**note))) {
        table.add_row([module, text]);
    }
    let end = if table.is_empty() { ": nothing needs to be changed" } else { "\n" };
    let lines = trim_lines(&table);
    let lines = lines.trim_start_matches('\n');
    format!(
        "\n Assistant: heard {} from {:.0} to {:.0} s{end}{}",
        advice.kind,
        advice.from_s,
        advice.to_s,
        if table.is_empty() { "" } else { lines }
    )
}

/// A line for each file.
pub(crate) fn measure(files: &[FileReport]) -> String {
    let mut table = empty_table(12);
    table.set_header([
        "", "I", "LRA", "dBTP", "dBTP", "dBTP", "peak", "PLR", "max S", "max M", "RMS", "length",
    ]);
    table
        .add_row(["file", "LUFS", "LU", "16x", "BS.1770", "meter", "dBFS", "LU", "LUFS", "LUFS", "dBFS", ""]);
    for file in files {
        let figures = &file.figures;
        table.add_row([
            shown(&file.path),
            figure(figures.integrated_lufs, 2, ""),
            figure(figures.range_lu, 1, ""),
            figure(figures.true_peak_dbtp, 2, ""),
            figure(figures.itu_true_peak_dbtp, 2, ""),
            figure(figures.intersample_peak_dbtp, 2, ""),
            figure(figures.sample_peak_dbfs, 2, ""),
            figure(figures.plr_lu, 1, ""),
            figure(figures.max_short_term_lufs, 1, ""),
            figure(figures.max_momentary_lufs, 1, ""),
            figure(figures.rms_dbfs, 1, ""),
            format!("{}, {}", length(file.duration_s), channels(file.num_channels)),
        ]);
    }
    align(&mut table);
    trim_lines(&table)
}

/// Names and what they are for.
pub(crate) fn presets(rows: impl Iterator<Item = (String, String)>) -> String {
    let mut table = empty_table(2);
    table.set_header(["preset", "for"]);
    for (name, description) in rows {
        table.add_row([plain(&name), plain(&description)]);
    }
    trim_lines(&table)
}

pub(crate) fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}

fn trim_lines(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn length(seconds: f64) -> String {
    let whole = seconds.floor();
    let (hours, minutes) = ((whole / 3600.0).floor(), (whole / 60.0).floor() % 60.0);
    if hours > 0.0 {
        format!("{hours}:{minutes:02}:{:02} h", whole % 60.0)
    } else if whole >= 60.0 {
        format!("{minutes}:{:02} min", whole % 60.0)
    } else {
        format!("{seconds:.1} s")
    }
}

fn channels(num_channels: usize) -> String {
    match num_channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        more => format!("{more} channels"),
    }
}
