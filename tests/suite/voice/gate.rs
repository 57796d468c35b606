//! The gate: its static curve, its times, its onsets, and its calm.

use crate::modules::{all_bypassed, render, sine};
use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::signals::gain;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::modules::gate::Gate;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, GateSettings};

const RATE_HZ: f64 = 48_000.0;

fn settings() -> GateSettings {
    GateSettings {
        bypass: false,
        threshold_db: -40.0,
        ratio: 3.0,
        range_db: 30.0,
        hysteresis_db: 6.0,
        attack_ms: 0.15,
        hold_ms: 50.0,
        release_ms: 200.0,
        high_pass_hz: 20.0,
    }
}

fn prepared(settings: &GateSettings, latency_mode: LatencyMode) -> Gate {
    let mut gate = Gate::new();
    let spec = ProcessSpec { sample_rate_hz: RATE_HZ, max_block_len: 480, num_channels: 1, latency_mode };
    gate.prepare(&spec).unwrap();
    gate.set(settings);
    gate
}

/// The gain that each sample of a mono signal gets: an alternation of plus and minus, whose magnitude is its level.
fn gains(settings: &GateSettings, latency_mode: LatencyMode, levels: &[f64]) -> Vec<f64> {
    let mut gate = prepared(settings, latency_mode);
    let latency = gate.latency_samples();
    let signed = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut samples: Vec<f32> =
        levels.iter().enumerate().map(|(n, level)| (signed(n) * level) as f32).collect();
    let input = samples.clone();
    samples.resize(levels.len() + latency, 0.0);
    samples.chunks_mut(480).for_each(|part| gate.process(&mut Block::mono(part)));
    samples[latency..].iter().zip(input).map(|(out, x)| f64::from(*out) / f64::from(x)).collect()
}

fn levels(stretches: &[(f64, f64)]) -> Vec<f64> {
    let samples = |&(level_db, ms): &(f64, f64)| vec![gain(level_db); (ms * 48.0) as usize];
    stretches.iter().flat_map(samples).collect()
}

fn db(gain: f64) -> f64 {
    20.0 * gain.log10()
}

#[test]
fn under_the_threshold_it_follows_the_expanders_curve() {
    let mut worst_db = 0.0_f64;
    for ratio in [1.0, 2.0, 3.0, 100.0] {
        for level_db in [-70.0, -52.0, -46.5, -41.0, -39.0, -10.0_f64] {
            let settings = ChainSettings { gate: GateSettings { ratio, ..settings() }, ..all_bypassed() };
            let mut tone = sine(997.0, gain(-20.0), 4800, RATE_HZ);
            tone.extend(sine(997.0, gain(level_db), 48_000, RATE_HZ));
            let [out, _] = render(&settings, RATE_HZ, &tone, &tone);
            // The louder beginning opens it, and an open gate stays so down to 6 dB under its threshold.
            let is_open = level_db > -46.0;
            let expected_db = if is_open { 0.0 } else { -((ratio - 1.0) * (-40.0 - level_db)).min(30.0) };
            let peak = out[24_000..].iter().fold(0.0_f64, |peak, x| peak.max(f64::from(x.abs())));
            let off_db = db(peak) - level_db - expected_db;
            worst_db = worst_db.max(off_db.abs());
        }
    }
    figure(
        "gate",
        "static curve against the closed form, four ratios, six levels",
        worst_db,
        "dB",
        Bar::AtMost(0.02),
    );
}

/// Where the expander is shut, the curve is continuous up to the threshold itself.
#[test]
fn a_shut_gate_opens_only_at_its_threshold() {
    let gains =
        gains(&settings(), LatencyMode::Quality, &levels(&[(-60.0, 800.0), (-42.0, 800.0), (-39.9, 100.0)]));
    assert!((db(gains[38_000]) + 30.0).abs() < 0.02, "shut: {} dB", db(gains[38_000]));
    assert!((db(gains[76_000]) + 4.0).abs() < 0.02, "2 dB under: {} dB", db(gains[76_000]));
    assert_eq!(gains[80_000], 1.0);
}

#[test]
fn attack_hold_and_release_last_what_their_labels_say() {
    let mut worst_percent = 0.0_f64;
    for (attack_ms, hold_ms, release_ms) in [(1.0, 20.0, 50.0), (5.0, 50.0, 200.0), (20.0, 400.0, 1000.0)] {
        for mode in [LatencyMode::Live, LatencyMode::Quality] {
            let settings = GateSettings { attack_ms, hold_ms, release_ms, ratio: 100.0, ..settings() };
            let quiet_from = 100 * 48;
            let loud_from = quiet_from + 2000 * 48;
            let gains = gains(&settings, mode, &levels(&[(-10.0, 100.0), (-70.0, 2000.0), (-10.0, 200.0)]));
            let shutting = quiet_from + gains[quiet_from..].iter().position(|g| *g < 0.999_99).unwrap();
            let shut = shutting + gains[shutting..].iter().position(|g| db(*g) < -29.999).unwrap();
            // The gain is a straight line of amplitude from shut, -30 dB, to open; half of it is where no end blurs it.
            let opening =
                loud_from - 4800 + gains[loud_from - 4800..].iter().position(|g| *g > 0.04).unwrap();
            let open = opening + gains[opening..].iter().position(|g| *g > 0.99).unwrap();
            let mut check = |samples: usize, share: f64, label_ms: f64| {
                let ms = samples as f64 / 48.0 / share;
                worst_percent = worst_percent.max(100.0 * (ms / label_ms - 1.0).abs());
            };
            check(shutting - quiet_from, 1.0, hold_ms);
            check(shut - shutting, 1.0, release_ms);
            check(open - opening, 0.95, attack_ms);
        }
    }
    figure("gate", "attack, hold and release against their labels", worst_percent, "%", Bar::AtMost(5.0));
}

/// The first sample of a word after a pause, and all that follow, come out as they went in.
#[test]
fn an_onset_passes_bit_for_bit() {
    for mode in [LatencyMode::Live, LatencyMode::Quality] {
        let mut random = Random::new(5);
        let mut input = vec![0.0; 96_000];
        // Louder than the threshold at its very first sample.
        input[48_001..60_000].copy_from_slice(&random.noise(11_999));
        input[48_000] = 0.3;
        let mut gate = prepared(&settings(), mode);
        let latency = gate.latency_samples();
        let lookahead_ms = latency as f64 / 48.0;
        assert!(lookahead_ms <= if mode == LatencyMode::Live { 0.3 } else { 2.0 }, "{lookahead_ms} ms");
        let mut out = input.clone();
        out.chunks_mut(480).for_each(|part| gate.process(&mut Block::mono(part)));
        assert!(gate.reduction_db() > 10.0, "it has shut again");
        assert_eq!(out[48_000 + latency..60_000 + latency], input[48_000..60_000], "{mode:?}");
    }
}

/// A level that wanders within the hysteresis never moves the gain; without hysteresis and hold it would.
#[test]
fn it_does_not_chatter_within_the_hysteresis() {
    let mut random = Random::new(9);
    let hovering: Vec<(f64, f64)> = (0..200).map(|_| (-44.5 + 4.0 * random.unit(), 25.0)).collect();
    let levels = levels(&[vec![(-30.0, 100.0)], hovering].concat());
    let num_moves = |settings: &GateSettings| {
        let gains = gains(settings, LatencyMode::Quality, &levels);
        gains.windows(2).filter(|pair| (pair[1] - pair[0]).abs() > 1e-6).count()
    };
    assert_eq!(num_moves(&settings()), 0);
    let nervous = GateSettings { hysteresis_db: 0.0, hold_ms: 10.0, release_ms: 20.0, ..settings() };
    assert!(num_moves(&nervous) > 1000);
}

/// The design's promise for live monitoring: at most 3 ms at 48 kHz, denoise apart.
#[test]
fn the_live_chain_waits_no_longer_than_it_may() {
    let mut chain = Chain::without_denoise();
    let spec = ProcessSpec {
        sample_rate_hz: RATE_HZ,
        max_block_len: 480,
        num_channels: 2,
        latency_mode: LatencyMode::Live,
    };
    chain.prepare(&spec).unwrap();
    assert!(chain.latency_samples() <= 144, "{} samples", chain.latency_samples());
}

#[test]
fn the_side_chain_high_pass_keeps_rumble_from_opening_it() {
    let rumble = sine(40.0, gain(-30.0), 96_000, RATE_HZ);
    let level_db = |high_pass_hz| {
        let settings = ChainSettings { gate: GateSettings { high_pass_hz, ..settings() }, ..all_bypassed() };
        let [out, _] = render(&settings, RATE_HZ, &rumble, &rumble);
        db(out[72_000..].iter().fold(0.0_f64, |peak, x| peak.max(f64::from(x.abs()))))
    };
    assert!((level_db(20.0) + 30.0).abs() < 0.01);
    assert!(level_db(160.0) < -50.0);
}
