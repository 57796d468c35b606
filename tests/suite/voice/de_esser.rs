//! The de-esser: sibilance loses what was stated, vowels nothing.

use crate::modules::{all_bypassed, render};
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::signals::gain;
use crate::spectrum::{db, partial};
use lacquer_dsp::settings::{ChainSettings, DeEsserSettings};
use std::f64::consts::{PI, TAU};

const RATE_HZ: f64 = 48_000.0;

fn chain(de_esser: DeEsserSettings) -> ChainSettings {
    ChainSettings { de_esser: DeEsserSettings { bypass: false, ..de_esser }, ..all_bypassed() }
}

fn by_default() -> DeEsserSettings {
    ChainSettings::default().de_esser
}

/// A sum of partials of random phase.
fn partials(frequencies_hz: &[f64], amplitude: impl Fn(f64) -> f64, len: usize) -> Vec<f32> {
    let mut random = Random::new(2);
    let parts: Vec<(f64, f64, f64)> =
        frequencies_hz.iter().map(|&hz| (hz, amplitude(hz), TAU * random.unit())).collect();
    let at = |n: usize| {
        parts.iter().map(|(hz, a, phase)| a * (TAU * hz * n as f64 / RATE_HZ + phase).sin()).sum::<f64>()
    };
    (0..len).map(|n| at(n) as f32).collect()
}

/// A hiss from 5 to 9 kHz.
fn hiss_hz() -> Vec<f64> {
    let mut random = Random::new(4);
    (0..80).map(|_| 5000.0 + 4000.0 * random.unit()).collect()
}

fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|x| f64::from(*x).powi(2)).sum()
}

/// What is left of a partial when the high band of the split has a gain: both bands are in phase, and the high one has
/// `r^4 / (1 + r^4)` of the amplitude, where `r` is the ratio of the warped frequencies.
fn left_of(frequency_hz: f64, corner_hz: f64, high_gain: f64) -> f64 {
    let warped = |hz: f64| (PI * hz / RATE_HZ).tan();
    let r4 = (warped(frequency_hz) / warped(corner_hz)).powi(4);
    (1.0 + high_gain * r4) / (1.0 + r4)
}

#[test]
fn a_hiss_loses_the_range() {
    let mut worst_db = 0.0_f64;
    for (corner_hz, range_db) in [(2500.0, 6.0), (2500.0, 12.0), (4000.0, 10.0)] {
        let settings =
            chain(DeEsserSettings { frequency_hz: corner_hz, threshold_db: -25.0, range_db, ..by_default() });
        let hiss = partials(&hiss_hz(), |_| 0.01, 48_000);
        let [out, _] = render(&settings, RATE_HZ, &hiss, &hiss);
        let lost_db = db((power(&out[4800..]) / power(&hiss[4800..])).sqrt());
        let left: Vec<f64> = hiss_hz().iter().map(|&hz| left_of(hz, corner_hz, gain(-range_db))).collect();
        let expected_db = db((left.iter().map(|x| x * x).sum::<f64>() / left.len() as f64).sqrt());
        worst_db = worst_db.max((lost_db - expected_db).abs());
    }
    figure(
        "de-esser",
        "what a hiss of 5 to 9 kHz loses, against the closed form",
        worst_db,
        "dB",
        Bar::AtMost(0.2),
    );
}

/// Between threshold and range the high band loses what it has above the threshold, at any level of the voice.
#[test]
fn the_threshold_is_relative_to_the_whole() {
    for level_db in [0.0, -40.0] {
        // A steady tone in the high band, 6 dB under one in the low band, is 7 dB under the whole.
        let settings = chain(DeEsserSettings {
            frequency_hz: 3000.0,
            threshold_db: -12.0,
            range_db: 20.0,
            ..by_default()
        });
        let amplitude = |hz: f64| gain(level_db) * if hz > 3000.0 { 0.25 } else { 0.5 };
        let input = partials(&[300.0, 9000.0], amplitude, 96_000);
        let [out, _] = render(&settings, RATE_HZ, &input, &input);
        let changed_db = |hz| db(partial(&out[48_000..], hz, RATE_HZ) / amplitude(hz));
        // Its share of the power is 0.0625 of 0.3125, which is -6.99 dB.
        assert!((changed_db(9000.0) + 5.01).abs() < 0.4, "{} dB at {level_db} dB", changed_db(9000.0));
        assert!(changed_db(300.0).abs() < 0.05);
    }
}

/// Harmonics of a voice under 3 kHz, falling by 12 dB per octave, even while it hisses.
#[test]
fn vowels_are_untouched() {
    let harmonics: Vec<f64> = (1..=24).map(|n| 120.0 * f64::from(n)).collect();
    let vowel = partials(&harmonics, |hz| 0.2 * (120.0 / hz).powi(2), 96_000);
    let hiss = partials(&hiss_hz(), |_| 0.02, 96_000);
    let both: Vec<f32> = vowel.iter().zip(&hiss).map(|(a, b)| a + b).collect();
    for input in [&vowel, &both] {
        let [out, _] = render(&chain(by_default()), RATE_HZ, input, input);
        for &hz in &harmonics {
            let changed_db =
                db(partial(&out[48_000..], hz, RATE_HZ) / partial(&input[48_000..], hz, RATE_HZ));
            let tolerance_db = if std::ptr::eq(input, &vowel) { 0.01 } else { 0.6 };
            assert!(changed_db.abs() < tolerance_db, "{changed_db} dB at {hz} Hz");
        }
    }
}

#[test]
fn idle_it_is_flat() {
    let mut worst_db = 0.0_f64;
    for rate_hz in [44_100.0, 96_000.0] {
        let mut impulse = vec![0.0; 1 << 15];
        impulse[0] = 1.0;
        let [out, _] =
            render(&chain(DeEsserSettings { range_db: 0.0, ..by_default() }), rate_hz, &impulse, &impulse);
        let mut samples: Vec<f64> = out.iter().map(|x| f64::from(*x)).collect();
        let fft = realfft::RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
        let mut spectrum = fft.make_output_vec();
        fft.process(&mut samples, &mut spectrum).unwrap();
        worst_db = spectrum.iter().map(|bin| db(bin.norm()).abs()).fold(worst_db, f64::max);
    }
    figure("de-esser", "flatness of the split while nothing is reduced", worst_db, "dB", Bar::AtMost(0.01));
}
