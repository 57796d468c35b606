//! The true-peak limiter against an FFT of 16 or 32 times the rate, closed forms of its release, and its own promises.
#![expect(clippy::print_stdout, reason = "the measured figures are part of the result")]

mod ceiling;
mod gain;

use crate::quality::{Bar, figure};
use crate::random::Random;
use crate::signals::gain;
use crate::spectrum::{db, true_peak};
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::limiter::Limiter;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, LimiterCharacter, LimiterSettings};
use std::f64::consts::TAU;

const MODES: [LatencyMode; 2] = [LatencyMode::Live, LatencyMode::Quality];
const CHARACTERS: [LimiterCharacter; 3] =
    [LimiterCharacter::Transparent, LimiterCharacter::Punchy, LimiterCharacter::Loud];
const CEILING_DBTP: f64 = -1.0;

fn settings() -> LimiterSettings {
    let settings = ChainSettings::default().limiter;
    assert_eq!((settings.ceiling_dbtp, settings.release_ms), (CEILING_DBTP, 120.0), "the defaults");
    settings
}

fn prepared(settings: &LimiterSettings, rate_hz: f64, latency_mode: LatencyMode) -> Limiter {
    let mut limiter = Limiter::new();
    let spec = ProcessSpec { sample_rate_hz: rate_hz, max_block_len: 512, num_channels: 2, latency_mode };
    limiter.prepare(&spec).unwrap();
    limiter.set(settings);
    limiter
}

/// What a limiter that may have a past makes of two channels, its latency taken off.
fn limited_by(limiter: &mut Limiter, channels: [&[f32]; 2]) -> [Vec<f32>; 2] {
    let latency = limiter.latency_samples();
    let mut out = channels.map(<[f32]>::to_vec);
    out.iter_mut().for_each(|channel| channel.resize(channels[0].len() + latency, 0.0));
    let [left, right] = &mut out;
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        limiter.process(&mut Block::stereo(left, right));
    }
    out.map(|channel| channel[latency..].to_vec())
}

/// What a new limiter makes of them.
fn limited(
    settings: &LimiterSettings,
    rate_hz: f64,
    mode: LatencyMode,
    channels: [&[f32]; 2],
) -> [Vec<f32>; 2] {
    limited_by(&mut prepared(settings, rate_hz, mode), channels)
}

fn limited_mono(settings: &LimiterSettings, rate_hz: f64, mode: LatencyMode, input: &[f32]) -> Vec<f32> {
    let [left, right] = limited(settings, rate_hz, mode, [input, input]);
    assert_eq!(left, right, "equal channels stay equal");
    left
}

fn scaled(samples: &[f32], by_db: f64) -> Vec<f32> {
    samples.iter().map(|x| (f64::from(*x) * gain(by_db)) as f32).collect()
}

fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
    (0..len).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

#[test]
fn latency_is_short_live_and_five_milliseconds_in_quality() {
    for (rate_hz, live, quality) in [(44_100.0, 70, 228), (48_000.0, 73, 240)] {
        let latency = |mode| prepared(&settings(), rate_hz, mode).latency_samples();
        let found = MODES.map(latency);
        assert_eq!(found, [live, quality], "{rate_hz} Hz");
        for (mode, (samples, most_ms)) in MODES.into_iter().zip(found.into_iter().zip([1.6, 5.2])) {
            let what = format!("Latency at {rate_hz} Hz, {mode:?}");
            figure("limiter", &what, samples as f64 * 1000.0 / rate_hz, "ms", Bar::AtMost(most_ms));
        }
    }
}

/// Music whose true peak is a hair under the ceiling comes out as it went in; a hair above, it does not.
#[test]
fn below_the_ceiling_every_bit_passes() {
    let music = lacquer_offline::demo::render().map(|channel| channel[..48_000 * 4].to_vec());
    let peak = music.iter().map(|channel| true_peak(channel, 32)).fold(0.0, f64::max);
    let to_ceiling_db = CEILING_DBTP - db(peak);
    for mode in MODES {
        let passes = |by_db: f64| {
            let input = music.each_ref().map(|channel| scaled(channel, to_ceiling_db + by_db));
            // Subnormals become zero on the way in.
            let expected = input.each_ref().map(|channel| {
                channel.iter().map(|x| if x.is_subnormal() { 0.0 } else { *x }).collect::<Vec<f32>>()
            });
            limited(&settings(), 48_000.0, mode, [&input[0], &input[1]]) == expected
        };
        let margin_db =
            [0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.5].into_iter().find(|under_db| passes(-under_db));
        println!("{mode:?}: music passes from {margin_db:?} dB under the ceiling on");
        let what = format!(
            "Least distance under the ceiling, by FFT at 32x, at which every bit of music passes, {mode:?}"
        );
        figure("limiter", &what, margin_db.unwrap_or(f64::NAN), "dB", Bar::AtMost(0.05));
        assert!(!passes(0.05), "{mode:?}: 0.05 dB over the ceiling");
    }
}

/// Two channels that share their gain have the bits of two gains that are linked.
#[test]
fn a_shared_gain_has_the_bits_of_two() {
    let mut random = Random::new(5);
    let both = [0; 2].map(|_| random.noise(24_000));
    let alike = sine(997.0, 4.0, 24_000, 48_000.0);
    for mode in MODES {
        for release_link_percent in [0.0, 100.0] {
            let linked = LimiterSettings { release_link_percent, ..settings() };
            let outs = [100.0, 50.0].map(|first_link_percent| {
                // Equal channels leave equal states behind, by two gains where the link was not whole.
                let first = LimiterSettings { transient_link_percent: first_link_percent, ..linked };
                let mut limiter = prepared(&first, 48_000.0, mode);
                limited_by(&mut limiter, [&alike, &alike]);
                limiter.set(&linked);
                limited_by(&mut limiter, [&scaled(&both[0], 6.0), &both[1]])
            });
            assert!(outs[0] == outs[1], "{mode:?}, release link of {release_link_percent} %");
            assert!(outs[0] != both, "{mode:?}: the noise is limited");
        }
    }
}
