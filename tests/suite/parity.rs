//! The same bits from every set of vector instructions that this machine has.

use crate::signals;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_dsp::simd::{self, Widest};

const SAMPLE_RATE_HZ: u32 = 48_000;

/// Every module at work, those that move with their controls on the way for half of the time.
fn settings(step: usize) -> ChainSettings {
    let mut settings = ChainSettings::default();
    for module in Module::ALL {
        *settings.bypass_mut(module) = false;
    }
    let s = &mut settings;
    for (bell_idx, bell) in s.equaliser.bells.iter_mut().enumerate() {
        bell.on = true;
        bell.gain_db = 3.0 + step as f64;
        bell.range_db = if bell_idx == 2 { -6.0 } else { 0.0 };
    }
    s.equaliser.high_pass.on = true;
    s.multiband.num_bands = 4 + step % 2;
    for band in &mut s.multiband.bands {
        band.threshold_db = -30.0;
        band.ratio = 3.0;
    }
    s.exciter.drive_db = 6.0 * step as f64;
    s.stereo.width_high_percent = 130.0 - 20.0 * step as f64;
    s.loudness.gain_db = 12.0;
    settings
}

fn render(widest: Widest, latency_mode: LatencyMode) -> [Vec<f32>; 2] {
    simd::limit(widest);
    let mut chain = Chain::new();
    let spec = ProcessSpec {
        sample_rate_hz: f64::from(SAMPLE_RATE_HZ),
        max_block_len: 480,
        num_channels: 2,
        latency_mode,
    };
    chain.prepare(&spec).unwrap();
    let mut audio = [1, 2].map(|seed| signals::programme(seed, SAMPLE_RATE_HZ, 2));
    let [left, right] = &mut audio;
    for (idx, (left, right)) in left.chunks_mut(480).zip(right.chunks_mut(480)).enumerate() {
        chain.set(&settings(idx / 50));
        chain.process(&mut Block::stereo(left, right));
    }
    audio
}

#[test]
fn every_set_of_instructions_gives_the_same_bits() {
    for latency_mode in [LatencyMode::Live, LatencyMode::Quality] {
        let widest = render(Widest::Any, latency_mode);
        assert!(widest[0].iter().any(|sample| sample.abs() > 0.1));
        for narrower in [Widest::Avx2, Widest::Baseline] {
            let bits = render(narrower, latency_mode);
            let differing = (0..2)
                .find_map(|c| (0..bits[c].len()).find(|&n| bits[c][n].to_bits() != widest[c][n].to_bits()));
            assert_eq!(differing, None, "{narrower:?} differs from the widest in {latency_mode:?}");
        }
    }
    simd::limit(Widest::Any);
}
