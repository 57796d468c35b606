//! The exciter against the closed form of its curve, and its spectrum as NumPy sees it.

use crate::modules::{all_bypassed, render, sine};
use crate::programs::oracle;
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::spectrum::{db, highest_line};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::exciter::Exciter;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, ExciterSettings};
use std::f64::consts::PI;

const RATE_HZ: f64 = 48_000.0;
const SECOND: usize = 48_000;

/// Everything open and at its most.
fn full() -> ExciterSettings {
    ExciterSettings {
        bypass: false,
        drive_db: 36.0,
        focus_hz: 200.0,
        focus_high_hz: 20_000.0,
        even_percent: 50.0,
        tone_hz: 20_000.0,
        mix_percent: 100.0,
    }
}

fn excited(exciter: &ExciterSettings, input: &[f32]) -> Vec<f32> {
    let settings = ChainSettings { exciter: *exciter, ..all_bypassed() };
    let [out, _] = render(&settings, RATE_HZ, input, input);
    out
}

/// What NumPy finds in the last second of a tone of whole hertz.
#[derive(Debug, Clone)]
struct Lines {
    /// From the fundamental on.
    harmonics: Vec<f64>,
    others_dbfs: f64,
    dc: f64,
}

/// The lines of several tones of (settings, frequency in Hz, amplitude), two seconds of each, of which the second is measured.
fn lines_of(cases: &[(ExciterSettings, u32, f64)]) -> Vec<Lines> {
    let folder = tempfile::tempdir().unwrap();
    let arguments: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(idx, (settings, frequency_hz, amplitude))| {
            let out = excited(settings, &sine(f64::from(*frequency_hz), *amplitude, 2 * SECOND, RATE_HZ));
            let bytes: Vec<u8> = out[SECOND..].iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let path = folder.path().join(idx.to_string());
            std::fs::write(&path, bytes).unwrap();
            format!("{frequency_hz}={}", path.display())
        })
        .collect();
    let found = oracle("lines.py", &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let lines = |found: &serde_json::Value| Lines {
        harmonics: found["harmonics"].as_array().unwrap().iter().map(number).collect(),
        others_dbfs: number(&found["others_dbfs"]),
        dc: number(&found["dc"]),
    };
    found.as_array().unwrap().iter().map(lines).collect()
}

/// The amplitude of harmonic `n` of a sine of amplitude `a` through the curve, by the powers of sine and cosine.
fn closed_form(n: usize, a: f64, even_share: f64) -> f64 {
    let (c2, c4, c6) = (0.4 * even_share, -0.25 * even_share, 0.075 * even_share);
    let odd = 1.0 - even_share;
    let (c3, c5, c7) = (-7.0 / 6.0 * odd, 13.0 / 16.0 * odd, -25.0 / 112.0 * odd);
    let amplitude = match n {
        1 => 3.0 / 4.0 * c3 * a.powi(3) + 5.0 / 8.0 * c5 * a.powi(5) + 35.0 / 64.0 * c7 * a.powi(7),
        2 => c2 / 2.0 * a.powi(2) + c4 / 2.0 * a.powi(4) + 15.0 / 32.0 * c6 * a.powi(6),
        3 => c3 / 4.0 * a.powi(3) + 5.0 / 16.0 * c5 * a.powi(5) + 21.0 / 64.0 * c7 * a.powi(7),
        4 => c4 / 8.0 * a.powi(4) + 3.0 / 16.0 * c6 * a.powi(6),
        5 => c5 / 16.0 * a.powi(5) + 7.0 / 64.0 * c7 * a.powi(7),
        6 => c6 / 32.0 * a.powi(6),
        7 => c7 / 64.0 * a.powi(7),
        _ => 0.0,
    };
    amplitude.abs()
}

/// The gain of the 6 dB slope at a frequency.
fn tone_gain(frequency_hz: f64, tone_hz: f64) -> f64 {
    let warped = |hz: f64| (PI * hz / RATE_HZ).tan();
    1.0 / (1.0 + (warped(frequency_hz) / warped(tone_hz)).powi(2)).sqrt()
}

/// A tone of 2 kHz below and at full scale of the curve: each harmonic is what the polynomial makes of a sine, and the tone
/// control what its formula says.
#[test]
fn harmonics_are_those_of_the_closed_form() {
    let mut cases = Vec::new();
    let mut expected = Vec::new();
    for (drive_db, amplitude) in [(0.0, 0.5), (6.0, 0.25), (36.0, 0.25), (36.0, 1.0)] {
        for even_percent in [0.0, 50.0, 100.0] {
            for tone_hz in [20_000.0, 4000.0] {
                cases.push((ExciterSettings { drive_db, even_percent, tone_hz, ..full() }, 2000, amplitude));
                let drive_gain = 10f64.powf(drive_db / 20.0);
                let driven = (amplitude * drive_gain).min(1.0);
                let level = amplitude / driven;
                expected.push((driven, level, even_percent / 100.0, tone_hz));
            }
        }
    }
    let mut worst_db: f64 = 0.0;
    for (found, (driven, level, even_share, tone_hz)) in lines_of(&cases).iter().zip(&expected) {
        for n in 2..=7 {
            let is = found.harmonics[n - 1];
            let should =
                level * closed_form(n, *driven, *even_share) * tone_gain(2000.0 * n as f64, *tone_hz);
            if should < 1e-6 {
                assert!(is < 2e-6, "harmonic {n} is {is}");
                continue;
            }
            worst_db = worst_db.max(db(is / should).abs());
        }
    }
    figure(
        "exciter",
        "levels of harmonics 2 to 7 of a 2 kHz tone against the curve's closed form, largest difference over drive, balance and tone, NumPy FFT",
        worst_db,
        "dB",
        Bar::AtMost(0.2),
    );
}

/// Tones over the range, as loud and as driven as can be: whatever is no harmonic has folded.
#[test]
fn nothing_folds() {
    let balances = [0.0, 50.0, 100.0];
    let cases = |frequency_hz, amplitude| {
        balances.map(|even_percent| (ExciterSettings { even_percent, ..full() }, frequency_hz, amplitude))
    };
    let worst_of = |cases: &[(ExciterSettings, u32, f64)]| {
        let found = lines_of(cases);
        found.iter().map(|lines| lines.others_dbfs).fold(f64::NEG_INFINITY, f64::max)
    };
    figure(
        "exciter",
        "5 kHz at -6 dBFS and full drive: highest line that is no harmonic, NumPy FFT",
        worst_of(&cases(5000, 0.5)),
        "dBFS",
        Bar::AtMost(-90.0),
    );
    let grid: Vec<_> = [1009, 3109, 4987, 7177, 9001, 11_003, 13_001, 15_031, 17_011, 19_001, 21_001]
        .into_iter()
        .flat_map(|frequency_hz| [1.0, 0.5, 0.1, 0.01].map(|amplitude| cases(frequency_hz, amplitude)))
        .flatten()
        .collect();
    figure(
        "exciter",
        "11 tones from 1 to 21 kHz at 0 to -40 dBFS and full drive: highest line that is no harmonic, NumPy FFT",
        worst_of(&grid),
        "dBFS",
        Bar::AtMost(-90.0),
    );
}

#[test]
fn there_is_no_direct_current() {
    let mut cases = Vec::new();
    for drive_db in [0.0, 18.0, 36.0] {
        for (even_percent, focus_hz) in [(50.0, 200.0), (100.0, 200.0), (100.0, 3000.0)] {
            for (frequency_hz, amplitude) in [(300, 1.0), (5000, 1.0), (5000, 0.1), (15_000, 1.0)] {
                let settings = ExciterSettings { drive_db, even_percent, focus_hz, ..full() };
                cases.push((settings, frequency_hz, amplitude));
            }
        }
    }
    let worst = lines_of(&cases).iter().map(|lines| lines.dc).fold(0.0, f64::max);
    figure(
        "exciter",
        "direct current that even harmonics leave, most of 36 tones and settings, NumPy FFT",
        db(worst.max(1e-20)),
        "dBFS",
        Bar::AtMost(-120.0),
    );
}

/// Each decibel of drive gives more of every harmonic, until the band is at full scale.
#[test]
fn more_drive_is_more_of_every_harmonic() {
    for even_percent in [0.0, 100.0] {
        let cases: Vec<_> = (0..=36)
            .map(|drive| (ExciterSettings { drive_db: f64::from(drive), even_percent, ..full() }, 2000, 0.1))
            .collect();
        let found = lines_of(&cases);
        let orders = if even_percent == 0.0 { [3, 5, 7] } else { [2, 4, 6] };
        for (idx, pair) in found.windows(2).enumerate() {
            for n in orders {
                let [before, after] = [0, 1].map(|at: usize| pair[at].harmonics[n - 1]);
                // From 20 dB on a tone of -20 dBFS is at full scale; what can be measured begins at -130 dBFS.
                let rises = after > before || before < 3e-7 || idx >= 19;
                assert!(rises, "harmonic {n} falls from {before} to {after} at {idx} dB");
                assert!(after > 0.999 * before || before < 3e-7, "harmonic {n} falls at {idx} dB");
            }
        }
    }
}

/// The balance is a share: so much of the odd and so much of the even harmonics, and none of the others at its ends.
#[test]
fn the_balance_is_exact() {
    let shares = [0.0, 0.25, 0.5, 0.75, 1.0];
    let cases = shares
        .map(|share| (ExciterSettings { even_percent: 100.0 * share, drive_db: 12.0, ..full() }, 2000, 0.2));
    let found = lines_of(&cases);
    let mut worst_db: f64 = 0.0;
    for (share, lines) in shares.iter().zip(&found) {
        for n in 2..=7 {
            let is_even = n % 2 == 0;
            let (all, weight) = if is_even { (&found[4], *share) } else { (&found[0], 1.0 - *share) };
            let (is, should) = (lines.harmonics[n - 1], weight * all.harmonics[n - 1]);
            if weight == 0.0 {
                assert!(is < 1e-6, "harmonic {n} is {is} at a share of {share}");
            } else if should > 1e-4 {
                worst_db = worst_db.max(db(is / should).abs());
            }
        }
    }
    figure(
        "exciter",
        "even and odd harmonics at five balances against their share, largest difference, NumPy FFT",
        worst_db,
        "dB",
        Bar::AtMost(0.01),
    );
}

/// What lies outside the edges is hardly driven, and what lies between is.
#[test]
fn harmonics_are_made_between_the_edges() {
    let harmonics_db = |low_hz: f64, high_hz: f64, frequency_hz: u32| {
        let settings = ExciterSettings { focus_hz: low_hz, focus_high_hz: high_hz, drive_db: 6.0, ..full() };
        let found = &lines_of(&[(settings, frequency_hz, 0.25)])[0];
        db(found.harmonics[1..].iter().map(|x| x * x).sum::<f64>().sqrt() / 0.25)
    };
    assert!(harmonics_db(500.0, 4000.0, 1500) > -32.0, "inside");
    assert!(harmonics_db(6000.0, 12_000.0, 1500) < -80.0, "below the lower edge");
    assert!(harmonics_db(200.0, 1000.0, 6000) < -60.0, "above the upper edge");
}

#[test]
fn with_nothing_mixed_in_the_input_is_delayed_bit_for_bit() {
    let input = Random::new(4).noise(SECOND / 2);
    let spec = ProcessSpec {
        sample_rate_hz: RATE_HZ,
        max_block_len: SECOND,
        num_channels: 1,
        latency_mode: LatencyMode::Live,
    };
    let mut exciter = Exciter::new();
    exciter.prepare(&spec).unwrap();
    exciter.set(&ExciterSettings { mix_percent: 0.0, ..full() });
    let latency = exciter.latency_samples();
    let mut out = input.clone();
    exciter.process(&mut Block::mono(&mut out));
    for (n, (is, was)) in out[latency..].iter().zip(&input).enumerate() {
        assert_eq!(is.to_bits(), was.to_bits(), "sample {n}");
    }
    figure("exciter", "latency at 48 kHz, Live", latency as f64, "samples", Bar::AtMost(32.0));
}

/// While a control is thrown from end to end, what a tone of 1 kHz brings forth stays around its harmonics.
#[test]
fn controls_move_without_a_click() {
    let tone = sine(1000.0, 0.5, SECOND, RATE_HZ);
    let base = ExciterSettings { drive_db: 18.0, mix_percent: 50.0, focus_hz: 500.0, ..full() };
    type Turn = fn(&mut ExciterSettings, bool);
    let turns: [(&str, Turn); 6] = [
        ("drive", |s, up| s.drive_db = if up { 36.0 } else { 0.0 }),
        ("mix", |s, up| s.mix_percent = if up { 100.0 } else { 0.0 }),
        ("balance", |s, up| s.even_percent = if up { 100.0 } else { 0.0 }),
        ("tone", |s, up| s.tone_hz = if up { 20_000.0 } else { 1000.0 }),
        ("focus low", |s, up| s.focus_hz = if up { 4000.0 } else { 200.0 }),
        ("focus high", |s, up| s.focus_high_hz = if up { 20_000.0 } else { 800.0 }),
    ];
    let mut worst = f64::NEG_INFINITY;
    for (_, turn) in turns {
        let spec = ProcessSpec {
            sample_rate_hz: RATE_HZ,
            max_block_len: 480,
            num_channels: 1,
            latency_mode: LatencyMode::Live,
        };
        let mut exciter = Exciter::new();
        exciter.prepare(&spec).unwrap();
        let mut out = tone.clone();
        for (idx, block) in out.chunks_mut(480).enumerate() {
            let mut settings = base;
            turn(&mut settings, idx / 10 % 2 == 1);
            exciter.set(&settings);
            exciter.process(&mut Block::mono(block));
        }
        // Between the harmonics, further away than the control's own movement reaches.
        let found_dbfs = highest_line(&out[4800..], RATE_HZ, |hz| (hz % 1000.0 - 500.0).abs() < 150.0);
        worst = worst.max(found_dbfs);
    }
    figure(
        "exciter",
        "drive, mix, balance, tone and both edges thrown from end to end ten times a second under a 1 kHz tone at -6 dBFS: highest line between the harmonics, FFT",
        worst,
        "dBFS",
        Bar::AtMost(-75.0),
    );
}
