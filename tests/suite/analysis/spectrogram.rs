//! The spectrogram, and what reassignment promises.

use super::{sine, white};
use crate::quality::{Bar, figure};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::analysis::Resolution;
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramSettings};
use lacquer_dsp::analysis::window::Window;

pub(super) const RATE_HZ: f64 = 48_000.0;

pub(super) fn settings(fft_len: usize, window: Window, is_reassigned: bool) -> SpectrogramSettings {
    let resolution = Resolution { fft_len, window, overlap: 0.875 };
    SpectrogramSettings { resolution, rows: Rows::Bins, is_reassigned }
}

/// All columns, each with its time.
pub(super) fn columns(
    settings: &SpectrogramSettings,
    samples: &[f32],
    block_len: usize,
) -> Vec<(f64, Vec<f64>)> {
    let mut spectrogram = Spectrogram::new(RATE_HZ, settings).unwrap();
    let mut columns = Vec::new();
    for block in samples.chunks(block_len) {
        spectrogram.process(block, |column| columns.push((column.time_s, column.power.to_vec())));
    }
    spectrogram.finish(|column| columns.push((column.time_s, column.power.to_vec())));
    columns
}

/// A tone between two bins becomes one row, which reads its level; a click becomes one column.
#[test]
fn reassigned_tones_are_lines_and_clicks_are_columns() {
    for window in [Window::Hann, Window::BlackmanHarris, Window::Kaiser { beta: 9.0 }] {
        let settings = settings(1024, window, true);
        let bin_hz = RATE_HZ / 1024.0;
        let tone = columns(&settings, &sine(100.3 * bin_hz, 0.5, RATE_HZ, 16_384), 500);
        let (_, power) = &tone[tone.len() / 2];
        let level_db = 10.0 * power[100].log10();
        assert!((level_db + 6.02).abs() < 0.05, "{window:?}: {level_db} dBFS");
        let rest: f64 = power.iter().enumerate().filter(|(row, _)| *row != 100).map(|(_, power)| power).sum();
        assert!(rest < 1e-3 * power[100], "{window:?}: {rest} lies elsewhere");

        let mut click = vec![0.0; 16_384];
        click[8000] = 1.0;
        let sums: Vec<(f64, f64)> = columns(&settings, &click, 500)
            .into_iter()
            .map(|(time_s, power)| (time_s, power.iter().sum()))
            .collect();
        let total: f64 = sums.iter().map(|(_, sum)| sum).sum();
        let near = sums.iter().filter(|(time_s, _)| (time_s - 8000.0 / RATE_HZ).abs() * RATE_HZ <= 64.5);
        let share = near.map(|(_, sum)| sum).sum::<f64>() / total;
        assert!(share > 0.999, "{window:?}: {share} of the click lies in its column");
    }
}

/// What a rising tone is at a time is known: its ridge must lie there, closer than the bins do.
#[test]
fn a_reassigned_chirp_lies_on_its_line() {
    let rows = Rows::Octaves { low_hz: 500.0, high_hz: 16_000.0, num_rows: 2000 };
    let settings = SpectrogramSettings { rows, ..settings(2048, Window::Hann, true) };
    let (start_hz, hz_per_s) = (1000.0, 8000.0);
    let chirp: Vec<f32> = (0..48_000)
        .map(|n| {
            let t = f64::from(n) / RATE_HZ;
            (0.5 * (std::f64::consts::TAU * (start_hz * t + 0.5 * hz_per_s * t * t)).sin()) as f32
        })
        .collect();
    let (mut worst, mut seen) = (0.0_f64, 0);
    for (time_s, power) in columns(&settings, &chirp, 4096) {
        if !(0.1..0.9).contains(&time_s) {
            continue;
        }
        let total: f64 = power.iter().sum();
        let centre_hz =
            power.iter().enumerate().map(|(row, power)| settings.row_hz(row, RATE_HZ) * power).sum::<f64>()
                / total;
        worst = worst.max((centre_hz - start_hz - hz_per_s * time_s).abs());
        seen += 1;
    }
    assert!(seen > 100);
    let what = "ridge of a reassigned chirp of 8 kHz/s, off its line (a bin is 23.4 Hz)";
    figure("analysis", what, worst, "Hz", Bar::AtMost(12.0));
}

#[test]
fn octave_rows_read_tones_and_every_split_gives_the_same() {
    let rows = Rows::Octaves { low_hz: 30.0, high_hz: 20_000.0, num_rows: 300 };
    for is_reassigned in [false, true] {
        let settings = SpectrogramSettings { rows, ..settings(4096, Window::FlatTop, is_reassigned) };
        for hz in [100.0, 1000.0, 10_000.0] {
            let columns = columns(&settings, &sine(hz, 0.1, RATE_HZ, 20_000), 1000);
            let power = &columns[columns.len() / 2].1;
            let best = (0..300).max_by(|&a, &b| power[a].total_cmp(&power[b])).unwrap();
            let octaves = (settings.row_hz(best, RATE_HZ) / hz).log2().abs();
            assert!(octaves < 0.1, "{hz} Hz is found at {}", settings.row_hz(best, RATE_HZ));
            if !is_reassigned {
                assert!((10.0 * power[best].log10() + 20.0).abs() < 0.1, "{}", 10.0 * power[best].log10());
            }
        }
        let samples = white(2, 0.5, 30_000);
        let whole = columns(&settings, &samples, 30_000);
        assert_eq!(whole.len(), (30_000 - 4096) / 512 + 1);
        assert!(columns(&settings, &samples, 1) == whole && columns(&settings, &samples, 777) == whole);
        let mut spectrogram = Spectrogram::new(RATE_HZ, &settings).unwrap();
        let mut seen = 0;
        assert_no_alloc(|| {
            spectrogram.process(&samples, |_| seen += 1);
            spectrogram.finish(|_| seen += 1);
        });
        assert_eq!(seen, whole.len());
    }
}

#[test]
fn what_is_out_of_range_is_named() {
    let good = settings(1024, Window::Hann, false);
    let octaves = |low_hz, high_hz, num_rows| Rows::Octaves { low_hz, high_hz, num_rows };
    for rows in [octaves(0.0, 1000.0, 10), octaves(10.0, 25_000.0, 10), octaves(10.0, 1000.0, 0)] {
        let wrong = SpectrogramSettings { rows, ..good };
        assert_eq!(Spectrogram::new(RATE_HZ, &wrong).expect_err("rows").field, "rows");
    }
    assert_eq!(Spectrogram::new(1.0, &good).expect_err("a rate").field, "sample_rate_hz");
}
