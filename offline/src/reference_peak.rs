//! The independent true-peak detector: sixteen times oversampling by a sinc of 192 taps.
//!
//! It shares no filter with the limiter or the meters (BS.1770's four times, 12 taps; the inter-sample meter's), only the formula of
//! the window, so it can prove what they did. At sixteen times the largest under-read is 0.04 dB, at the very edge of the band.

use lacquer_dsp::block::sanitized;
use lacquer_dsp::filter::kaiser::{kaiser, sinc};

const NUM_PHASES: usize = 16;
const NUM_TAPS: usize = 192;
const HALF: usize = NUM_TAPS / 2;
const LANES: usize = 8;

/// How many samples are searched in one go.
const CHUNK_LEN: usize = 4096;

/// A band-limited signal falls from its highest peak no faster than a cosine at half the sample rate, so within a quarter of a
/// sample it keeps cos(pi / 4) of it. Where the signal at twice the rate stays under that share of the highest peak
/// so far, no higher one can hide. The share is rounded down for the filter's small error.
const SHARE_NEXT_TO_A_PEAK: f32 = 0.70;

/// The highest true peak of one channel.
#[derive(Debug, Clone)]
pub struct ReferencePeak {
    /// Row `n` interpolates at `n / 16` of a sample.
    phases: Vec<[f32; NUM_TAPS]>,
    /// The last taps' worth of samples, then those not yet searched.
    samples: Vec<f32>,
    highest_gain: f32,
}

impl Default for ReferencePeak {
    fn default() -> Self {
        Self::new()
    }
}

impl ReferencePeak {
    /// Designs the filter and waits for audio.
    #[must_use]
    pub fn new() -> Self {
        let phase = |phase_idx: usize| {
            std::array::from_fn(|tap| {
                let distance = HALF as f64 - 1.0 - tap as f64 + phase_idx as f64 / NUM_PHASES as f64;
                (sinc(distance) * kaiser(distance / HALF as f64, 8.0)) as f32
            })
        };
        let mut samples = Vec::with_capacity(CHUNK_LEN + NUM_TAPS);
        samples.resize(NUM_TAPS - 1, 0.0);
        Self { phases: (0..NUM_PHASES).map(phase).collect(), samples, highest_gain: 0.0 }
    }

    /// Takes the next samples; what is not audio counts as silence.
    pub fn process(&mut self, samples: &[f32]) {
        for part in samples.chunks(CHUNK_LEN) {
            self.samples.extend(part.iter().map(|x| sanitized(*x).0));
            self.search();
        }
    }

    /// The highest peak of everything so far as a linear gain, 1.0 is full scale. The end counts as followed by silence.
    #[must_use]
    pub fn finish(mut self) -> f64 {
        self.process(&[0.0; NUM_TAPS]);
        f64::from(self.highest_gain)
    }

    fn search(&mut self) {
        let num_intervals = self.samples.len() + 1 - NUM_TAPS;
        let mut half_way_before = 0.0_f32;
        for start in 0..num_intervals {
            let window = &self.samples[start..start + NUM_TAPS];
            let half_way = dot(&self.phases[NUM_PHASES / 2], window).abs();
            let near = window[HALF - 1].abs().max(window[HALF].abs()).max(half_way).max(half_way_before);
            half_way_before = half_way;
            if near >= SHARE_NEXT_TO_A_PEAK * self.highest_gain {
                let peak = self.phases.iter().map(|taps| dot(taps, window).abs()).fold(near, f32::max);
                self.highest_gain = self.highest_gain.max(peak);
            }
        }
        self.samples.drain(..num_intervals);
    }
}

/// Eight sums side by side, which fill vector registers.
fn dot(taps: &[f32; NUM_TAPS], window: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (taps, samples) in taps.chunks_exact(LANES).zip(window.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    sums.iter().sum()
}
