//! The analyser: levels of tones and noise, ballistics, and what a frame carries.

use super::{sine, white};
use crate::quality::{Bar, figure};
use assert_no_alloc::assert_no_alloc;
use lacquer_dsp::analysis::spectrum::{Analyser, AnalyserSettings, Ballistics, Trace};
use lacquer_dsp::analysis::window::{Taper, Window};
use lacquer_dsp::analysis::{FFT_LENS, FLOOR_DB, Resolution};

const RATE_HZ: f64 = 48_000.0;

const WINDOWS: [Window; 4] =
    [Window::Hann, Window::BlackmanHarris, Window::FlatTop, Window::Kaiser { beta: 9.0 }];

/// Nothing moves: each frame stands alone.
const STILL: Ballistics = Ballistics {
    averaging_ms: 0.0,
    peak_hold_ms: 0.0,
    peak_fall_db_per_s: 0.0,
    tilt_db_per_octave: 0.0,
    smoothing: None,
};

fn analyser(fft_len: usize, window: Window, overlap: f64, ballistics: Ballistics) -> Analyser {
    let resolution = Resolution { fft_len, window, overlap };
    Analyser::new(RATE_HZ, &AnalyserSettings { resolution, ballistics, traces: [true; 4] }).unwrap()
}

#[test]
fn a_full_scale_sine_reads_0_dbfs() {
    let (mut at_bins, mut between, mut flat_top) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut fft_len = *FFT_LENS.start();
    while fft_len <= *FFT_LENS.end() {
        for window in WINDOWS {
            for offset in [0.0, 0.25, 0.5] {
                let bin = fft_len as f64 / 8.0 + 3.0 + offset;
                let frequency_hz = bin * RATE_HZ / fft_len as f64;
                let samples = sine(frequency_hz, 1.0, RATE_HZ, fft_len);
                let mut analyser = analyser(fft_len, window, 0.5, STILL);
                analyser.process(&samples, &samples, |_| ());
                let frame = analyser.frame().unwrap();
                let levels = frame.level_db(Trace::Left).unwrap();
                let highest = f64::from(levels.iter().copied().fold(f32::NEG_INFINITY, f32::max));
                if offset == 0.0 {
                    at_bins = at_bins.max(highest.abs());
                }
                if window == Window::FlatTop {
                    flat_top = flat_top.max(highest.abs());
                }
                let tone = frame.tone_near(Trace::Mid, frequency_hz).unwrap();
                between = between.max(tone.level_dbfs.abs());
                let apart = (tone.frequency_hz - frequency_hz).abs() / frame.bin_hz();
                assert!(apart < 0.02, "{window:?} {fft_len}: {apart} bins apart");
                let side = frame.level_db(Trace::Side).unwrap();
                assert!(side.iter().all(|&level| level == FLOOR_DB), "both channels are the same");
            }
        }
        fft_len *= 2;
    }
    let all = "a full-scale sine, every size and window";
    figure("analysis", &format!("{all}, at a bin's centre, off 0 dBFS"), at_bins, "dB", Bar::AtMost(0.01));
    figure(
        "analysis",
        &format!("{all}, anywhere, by its lobe, off 0 dBFS"),
        between,
        "dB",
        Bar::AtMost(0.01),
    );
    figure("analysis", "the same, anywhere, flat top, read off a bin", flat_top, "dB", Bar::AtMost(0.01));
}

#[test]
fn mid_and_side_are_half_of_sum_and_difference() {
    let left = sine(6000.0, 0.8, RATE_HZ, 4096);
    let right: Vec<f32> = left.iter().map(|x| -0.5 * x).collect();
    let mut analyser = analyser(4096, Window::BlackmanHarris, 0.5, STILL);
    analyser.process(&left, &right, |_| ());
    let frame = analyser.frame().unwrap();
    for (trace, peak) in [(Trace::Left, 0.8), (Trace::Right, 0.4), (Trace::Mid, 0.2), (Trace::Side, 0.6)] {
        let level = f64::from(frame.level_db(trace).unwrap()[512]);
        assert!((level - 20.0 * f64::log10(peak)).abs() < 1e-4, "{trace:?}: {level}");
    }
}

/// White noise of peak `p` has a mean square of `p^2 / 3`, spread over half the rate; a full-scale sine's is a half.
#[test]
fn noise_has_its_density() {
    let samples = white(1, 0.5, 40 * RATE_HZ as usize);
    let expected_db = 10.0 * (0.25 / 3.0 / 0.5 / (RATE_HZ / 2.0)).log10();
    let mut worst = 0.0_f64;
    for window in WINDOWS {
        let ballistics = Ballistics { averaging_ms: 10_000.0, ..STILL };
        let mut analyser = analyser(2048, window, 0.75, ballistics);
        analyser.process(&samples, &samples, |_| ());
        let frame = analyser.frame().unwrap();
        let bins = 10..1000;
        let count = bins.len() as f64;
        let density = |bin| frame.density_dbfs_per_hz(Trace::Right, bin).unwrap();
        let mean = bins.map(|bin| 10.0_f64.powf(density(bin) / 10.0)).sum::<f64>() / count;
        worst = worst.max((10.0 * mean.log10() - expected_db).abs());
    }
    figure(
        "analysis",
        "density of white noise, every window, off its closed form",
        worst,
        "dB",
        Bar::AtMost(0.02),
    );
}

#[test]
fn windows_have_the_noise_bandwidth_of_the_literature() {
    // Harris 1978, table 1; for the flat top, the sum of its squared terms.
    for (window, bins) in [
        (Window::Hann, 1.5),
        (Window::BlackmanHarris, 2.0044),
        (Window::FlatTop, 3.7702),
        (Window::Kaiser { beta: 0.0 }, 1.0),
    ] {
        let taper = Taper::new(window, 4096);
        assert!(
            (taper.noise_bandwidth_bins() - bins).abs() < 1e-3,
            "{window:?}: {}",
            taper.noise_bandwidth_bins()
        );
    }
}

#[test]
fn the_average_and_the_peaks_keep_their_times() {
    let ballistics =
        Ballistics { averaging_ms: 100.0, peak_hold_ms: 200.0, peak_fall_db_per_s: 20.0, ..STILL };
    let mut analyser = analyser(1024, Window::Hann, 0.75, ballistics);
    let frame_s = 256.0 / RATE_HZ;
    let tone = sine(6000.0, 0.5, RATE_HZ, 48_000);
    analyser.process(&tone, &tone, |_| ());
    let before = f64::from(analyser.frame().unwrap().level_db(Trace::Left).unwrap()[128]);
    assert!((before + 6.0206).abs() < 0.001, "{before}");
    let silence = [0.0; 48_000];
    let mut course = Vec::new();
    analyser.process(&silence, &silence, |frame| {
        course.push((frame.level_db(Trace::Left).unwrap()[128], frame.peak_db(Trace::Left).unwrap()[128]));
    });
    // Once the tone has left the frame, the power falls by a factor of e in 100 ms: 43.43 dB in a second.
    let slope = f64::from(course[80].0 - course[30].0) / (50.0 * frame_s);
    assert!((slope + 43.43).abs() < 0.05, "{slope} dB/s");
    let peak = |time_s: f64| f64::from(course[(time_s / frame_s) as usize].1);
    assert!((peak(0.19) - before).abs() < 0.01, "{}", peak(0.19));
    let slope = (peak(0.6) - peak(0.4)) / 0.2;
    assert!((slope + 20.0).abs() < 0.6, "{slope} dB/s");
    analyser.reset_peaks();
    let frame = analyser.frame().unwrap();
    assert_eq!(frame.peak_db(Trace::Left), frame.level_db(Trace::Left));
}

#[test]
fn tilt_and_smoothing_are_what_they_say() {
    let ballistics = Ballistics { tilt_db_per_octave: 4.5, ..STILL };
    let samples: Vec<f32> = sine(500.0, 0.1, RATE_HZ, 16_384)
        .into_iter()
        .zip(sine(4000.0, 0.1, RATE_HZ, 16_384))
        .map(|(a, b)| a + b)
        .collect();
    let mut tilted = analyser(16_384, Window::FlatTop, 0.5, ballistics);
    tilted.process(&samples, &samples, |_| ());
    let frame = tilted.frame().unwrap();
    let level = |hz: f64| frame.level_db(Trace::Left).unwrap()[(hz / frame.bin_hz()).round() as usize];
    assert!((level(500.0) + 24.5).abs() < 0.02 && (level(4000.0) + 11.0).abs() < 0.02);

    // A tone alone in a band of 1/3 octave around itself: its power over as many bins as the band has.
    let ballistics = Ballistics { smoothing: Some(3), ..STILL };
    let tone = sine(3000.0, 1.0, RATE_HZ, 16_384);
    let mut smooth = analyser(16_384, Window::Hann, 0.5, ballistics);
    smooth.process(&tone, &tone, |_| ());
    let frame = smooth.frame().unwrap();
    let bin = 3000.0 / frame.bin_hz();
    let width = bin * (2f64.powf(1.0 / 6.0) - 2f64.powf(-1.0 / 6.0));
    let expected = 10.0 * (frame.noise_bandwidth_bins / width).log10();
    let found = f64::from(frame.level_db(Trace::Left).unwrap()[bin as usize]);
    assert!((found - expected).abs() < 0.001, "{found} {expected}");
    let raw = frame.power(Trace::Left).unwrap()[bin as usize];
    assert!((raw - 1.0).abs() < 1e-4, "the power is not smoothed: {raw}");
}

#[test]
fn frames_come_alike_for_any_split_without_allocating_and_carry_their_settings() {
    let (left, right) = (white(1, 0.3, 20_000), white(2, 0.3, 20_000));
    let mut whole = Vec::new();
    let mut reference = analyser(1024, Window::BlackmanHarris, 0.6, Ballistics::default());
    reference.process(&left, &right, |frame| {
        assert_eq!(frame.settings.resolution.window, Window::BlackmanHarris);
        assert_eq!(frame.end_sample, 1024 + frame.idx * 410);
        whole.push(Trace::ALL.map(|trace| frame.level_db(trace).unwrap().to_vec()));
    });
    assert_eq!(whole.len(), (20_000 - 1024) / 410 + 1);
    for block_len in [1, 63, 1024, 7777] {
        let mut analyser = analyser(1024, Window::BlackmanHarris, 0.6, Ballistics::default());
        let mut idx = 0;
        assert_no_alloc(|| {
            for (left, right) in left.chunks(block_len).zip(right.chunks(block_len)) {
                analyser.process(left, right, |frame| {
                    for (trace, expected) in Trace::ALL.into_iter().zip(&whole[idx]) {
                        assert!(frame.level_db(trace).unwrap() == expected, "frame {idx}");
                    }
                    idx += 1;
                });
            }
            analyser.set(Ballistics { smoothing: Some(6), ..STILL }, [true, false, false, false]);
            analyser.process(&left, &right, |frame| {
                assert_eq!(frame.settings.ballistics.smoothing, Some(6));
                assert!(frame.level_db(Trace::Left).is_some() && frame.level_db(Trace::Side).is_none());
            });
        });
        assert_eq!(idx, whole.len());
    }
}

#[test]
fn what_is_out_of_range_is_named_and_what_is_no_number_is_silence() {
    let resolution = Resolution::default();
    for (field, wrong) in [
        ("fft_len", Resolution { fft_len: 256, ..resolution }),
        ("fft_len", Resolution { fft_len: 1000, ..resolution }),
        ("overlap", Resolution { overlap: f64::NAN, ..resolution }),
        ("window's beta", Resolution { window: Window::Kaiser { beta: -1.0 }, ..resolution }),
    ] {
        let settings = AnalyserSettings { resolution: wrong, ..AnalyserSettings::default() };
        assert_eq!(Analyser::new(RATE_HZ, &settings).expect_err(field).field, field);
    }
    let error = Analyser::new(1000.0, &AnalyserSettings::default()).expect_err("a rate of 1 kHz");
    assert_eq!(error.field, "sample_rate_hz");
    let mut analyser = analyser(512, Window::Hann, 0.5, STILL);
    let damaged: Vec<f32> = [f32::NAN, f32::INFINITY, 0.0, f32::NEG_INFINITY].repeat(256);
    analyser.process(&damaged, &damaged, |frame| {
        assert!(frame.level_db(Trace::Left).unwrap().iter().all(|&level| level == FLOOR_DB));
    });
}
