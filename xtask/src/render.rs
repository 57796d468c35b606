//! Pieces through Lacquer's own modules, as the comparisons and the plots want them.

use lacquer_dsp::block::Block;
use lacquer_dsp::modules::limiter::Limiter;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::LimiterSettings;

const BLOCK_LEN: usize = 512;

/// What came out, longer than what went in.
pub struct Rendered {
    pub audio: [Vec<f32>; 2],
    /// What the processor says that it delays by.
    pub latency_samples: usize,
}

impl Rendered {
    /// The first `len` samples after the latency; silence where there are none.
    pub fn without_latency(&self, len: usize) -> [Vec<f32>; 2] {
        let sample = |channel: &Vec<f32>, idx: usize| channel.get(idx).copied().unwrap_or_default();
        self.audio.each_ref().map(|channel| {
            (self.latency_samples..self.latency_samples + len).map(|idx| sample(channel, idx)).collect()
        })
    }
}

/// The limiter alone.
///
/// # Errors
/// When it cannot be prepared for the rate.
pub fn limited(
    settings: &LimiterSettings,
    latency_mode: LatencyMode,
    audio: &[Vec<f32>; 2],
    rate_hz: u32,
) -> anyhow::Result<Rendered> {
    processed(Limiter::new(), settings, latency_mode, audio, rate_hz)
}

/// Any module, followed by as much silence as its latency.
///
/// # Errors
/// When it cannot be prepared for the rate.
pub fn processed<P: Processor>(
    mut processor: P,
    settings: &P::Settings,
    latency_mode: LatencyMode,
    audio: &[Vec<f32>; 2],
    rate_hz: u32,
) -> anyhow::Result<Rendered> {
    let sample_rate_hz = f64::from(rate_hz);
    processor.prepare(&ProcessSpec {
        sample_rate_hz,
        max_block_len: BLOCK_LEN,
        num_channels: 2,
        latency_mode,
    })?;
    processor.set(settings);
    let latency_samples = processor.latency_samples();
    let mut audio = audio.clone();
    audio.iter_mut().for_each(|channel| channel.resize(channel.len() + latency_samples, 0.0));
    let [left, right] = &mut audio;
    for (left, right) in left.chunks_mut(BLOCK_LEN).zip(right.chunks_mut(BLOCK_LEN)) {
        processor.process(&mut Block::stereo(left, right));
    }
    Ok(Rendered { audio, latency_samples })
}
