//! Bells that follow the level of their band.

use super::{RATE_HZ, flat, prepared};
use crate::quality::{Bar, figure};
use crate::spectrum::{db, partial};
use lacquer_dsp::block::Block;
use lacquer_dsp::processor::Processor;
use lacquer_dsp::settings::Placement;
use std::f64::consts::TAU;

/// The settled gain of a dynamic bell on a tone in its middle is the closed form: half a decibel for each over the threshold.
#[test]
fn dynamic_bells_follow_their_curve() {
    let mut worst_db = 0.0_f64;
    for (gain_db, range_db, placement) in
        [(0.0, -12.0, Placement::Stereo), (3.0, 8.0, Placement::Stereo), (-6.0, -4.0, Placement::Mid)]
    {
        for level_db in [-50.0, -31.0, -26.0, -20.0, -10.0, -1.0_f64] {
            let mut settings = flat();
            settings.attack_ms = 1.0;
            settings.release_ms = 2500.0;
            let bell = &mut settings.bells[1];
            (bell.frequency_hz, bell.q, bell.gain_db) = (1000.0, 1.0, gain_db);
            (bell.threshold_db, bell.range_db, bell.placement) = (-30.0, range_db, placement);
            let amplitude = 10.0_f64.powf(level_db / 20.0);
            let mut left: Vec<f32> =
                (0..48_000).map(|n| (amplitude * (TAU * n as f64 / 48.0).sin()) as f32).collect();
            let mut right = left.clone();
            let mut equaliser = prepared(&settings, RATE_HZ);
            equaliser.process(&mut Block::stereo(&mut left, &mut right));
            let moved_db = (0.5 * (level_db + 30.0)).clamp(0.0, f64::abs(range_db)) * range_db.signum();
            let told_db = equaliser.bells_moved_db()[1];
            assert!((told_db - moved_db).abs() < 0.05, "{level_db} dB: {told_db} told instead of {moved_db}");
            let heard_db = db(partial(&left[24_000..], 1000.0, RATE_HZ) / amplitude);
            let expected_db = gain_db + moved_db;
            assert!(
                (heard_db - expected_db).abs() < 0.05,
                "{level_db} dB: {heard_db} instead of {expected_db}"
            );
            worst_db = worst_db.max((heard_db - expected_db).abs());
        }
    }
    let what = "Dynamic bells: settled gain of a tone in the middle against the static curve in closed form";
    figure("equaliser", what, worst_db, "dB", Bar::AtMost(0.05));
}

/// A level that jumps over the threshold moves the gain within the attack, and a quiet one lets it go within the release.
#[test]
fn dynamic_bells_keep_their_times() {
    let mut settings = flat();
    settings.attack_ms = 20.0;
    settings.release_ms = 100.0;
    let bell = &mut settings.bells[1];
    (bell.frequency_hz, bell.q, bell.threshold_db, bell.range_db) = (1000.0, 1.0, -40.0, -12.0);
    let amplitude = |n: usize| if (24_000..48_000).contains(&n) { 0.5 } else { 0.001 };
    let mut left: Vec<f32> =
        (0..72_000).map(|n| (amplitude(n) * (TAU * n as f64 / 48.0).sin()) as f32).collect();
    let mut right = left.clone();
    prepared(&settings, RATE_HZ).process(&mut Block::stereo(&mut left, &mut right));
    let gain_db = |at: usize| {
        let part = &left[at - 96..at + 96];
        let rms = (part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 192.0).sqrt();
        db(rms * 2.0_f64.sqrt() / amplitude(at))
    };
    let share = 1.0 - (-1.0_f64).exp();
    assert!((gain_db(24_000 + 960) + 12.0 * share).abs() < 0.8, "attack: {}", gain_db(24_000 + 960));
    assert!((gain_db(47_000) + 12.0).abs() < 0.1, "settled: {}", gain_db(47_000));
    // The attack's one-pole follows the release's, so the way back takes both times: e^-t/r and e^-t/a folded.
    let (r, a, t) = (100.0, 20.0, 100.0);
    let left_share = (r * f64::exp(-t / r) - a * f64::exp(-t / a)) / (r - a);
    assert!((gain_db(48_000 + 4800) + 12.0 * left_share).abs() < 0.8, "release: {}", gain_db(48_000 + 4800));
}
