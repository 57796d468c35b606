//! The multiband compressor against closed forms and the FFT, in both of its latency modes.

mod bands;
mod clicks;
mod dynamics;

use crate::random::Random;
use lacquer_dsp::block::Block;
use lacquer_dsp::modules::multiband::Multiband;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{BandSettings, ChainSettings, MultibandSettings};
use std::f64::consts::TAU;

const RATES_HZ: [f64; 8] = [8_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0, 384_000.0];
const MODES: [LatencyMode; 2] = [LatencyMode::Live, LatencyMode::Quality];

/// Every band does nothing.
fn neutral(num_bands: usize) -> MultibandSettings {
    let mut settings = ChainSettings::default().multiband;
    settings.num_bands = num_bands;
    for band in &mut settings.bands {
        band.ratio = 1.0;
    }
    settings
}

/// One band above 20 Hz has it all: every corner lies at the bottom, and only the highest band does something.
fn one_band(band: BandSettings) -> MultibandSettings {
    let mut settings = neutral(2);
    settings.crossovers_hz = [20.0; 5];
    settings.bands[1] = band;
    settings
}

fn band(threshold_db: f64, ratio: f64, knee_db: f64) -> BandSettings {
    let default = ChainSettings::default().multiband.bands[0];
    BandSettings { threshold_db, ratio, knee_db, attack_ms: 1.0, release_ms: 5.0, ..default }
}

/// Runs with settings that change at samples; the latency stays in.
fn run(
    mode: LatencyMode,
    rate_hz: f64,
    script: &[(usize, MultibandSettings)],
    input: &[Vec<f32>; 2],
) -> [Vec<f32>; 2] {
    let mut multiband = prepared(mode, rate_hz);
    let mut out = input.clone();
    let [left, right] = &mut out;
    let len = left.len();
    for (idx, (start, settings)) in script.iter().enumerate() {
        let end = script.get(idx + 1).map_or(len, |(at, _)| *at);
        multiband.set(settings);
        multiband.process(&mut Block::stereo(&mut left[*start..end], &mut right[*start..end]));
    }
    out
}

fn prepared(latency_mode: LatencyMode, sample_rate_hz: f64) -> Multiband {
    let mut multiband = Multiband::new();
    let spec = ProcessSpec { sample_rate_hz, max_block_len: 1 << 20, num_channels: 2, latency_mode };
    multiband.prepare(&spec).unwrap();
    multiband
}

fn latency(mode: LatencyMode, rate_hz: f64) -> usize {
    prepared(mode, rate_hz).latency_samples()
}

fn stereo(channel: Vec<f32>) -> [Vec<f32>; 2] {
    [channel.clone(), channel]
}

fn sine(frequency_hz: f64, amplitude: f64, len: usize, rate_hz: f64) -> Vec<f32> {
    (0..len).map(|n| (amplitude * (TAU * frequency_hz * n as f64 / rate_hz).sin()) as f32).collect()
}

/// Half the rate: its magnitude is the same at every sample, so that output over input is the gain at that sample.
fn alternating(level_db: impl Fn(usize) -> f64, len: usize) -> Vec<f32> {
    let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    (0..len).map(|n| (sign(n) * 10.0_f64.powf(level_db(n) / 20.0)) as f32).collect()
}

fn impulse_response(mode: LatencyMode, rate_hz: f64, settings: &MultibandSettings, len: usize) -> Vec<f64> {
    let mut impulse = vec![0.0; len];
    impulse[0] = 1.0;
    let [out, _] = run(mode, rate_hz, &[(0, *settings)], &stereo(impulse));
    out.into_iter().map(f64::from).collect()
}

/// Magnitudes of the bins up to half the rate.
fn magnitudes(samples: &[f64]) -> Vec<f64> {
    let fft = realfft::RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut samples.to_vec(), &mut spectrum).unwrap();
    spectrum.iter().map(|bin| bin.norm()).collect()
}

fn random_corners(random: &mut Random) -> [f64; 5] {
    let mut corners_hz = [0; 5].map(|_| 20.0 * 1000.0_f64.powf(random.unit()));
    corners_hz.sort_unstable_by(f64::total_cmp);
    corners_hz
}
