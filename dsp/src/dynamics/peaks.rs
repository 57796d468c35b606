//! Peaks between the samples: what a limiter must know before a converter shows it.
//!
//! An eight-times interpolator by a windowed sinc of 64 taps, in f32, written so that it fills vector registers. It is the
//! limiter's own; the meter's (BS.1770) and the bounce's independent check are others.

use crate::filter::kaiser::{kaiser, sinc};

const NUM_PHASES: usize = 8;
const NUM_TAPS: usize = 64;

/// Flat to 0.478 of the sample rate: 22.9 kHz at 48 kHz.
const KAISER_BETA: f64 = 5.0;

/// How many samples after an interval between two samples its peak is known.
pub const LATENCY_SAMPLES: usize = NUM_TAPS / 2;

/// A band-limited signal falls from its highest peak no faster than a cosine at half the sample rate, so a quarter of a sample
/// away there is cos(pi / 4) of it. A lower peak may be sharper, hence the wide margin.
const SHARE_NEXT_TO_A_PEAK: f32 = 0.5;

/// The interpolator's taps, shared by the channels.
#[derive(Debug, Clone)]
pub struct Interpolator {
    /// All phases of a tap side by side: one input sample adds to eight sums at once.
    taps: [[f32; NUM_PHASES]; NUM_TAPS],
    /// The taps for the middle of an interval, which tell cheaply whether to look closer.
    half_way: [f32; NUM_TAPS],
}

impl Default for Interpolator {
    fn default() -> Self {
        Self::new()
    }
}

impl Interpolator {
    /// Designs the taps.
    #[must_use]
    pub fn new() -> Self {
        let half = LATENCY_SAMPLES as f64;
        let taps: [[f32; NUM_PHASES]; NUM_TAPS] = core::array::from_fn(|tap| {
            core::array::from_fn(|phase| {
                // Tap `half - 1` lies on the interval's first sample, `half` on its second.
                let distance = (half - 1.0 - tap as f64) + phase as f64 / NUM_PHASES as f64;
                (sinc(distance) * kaiser(distance / half, KAISER_BETA)) as f32
            })
        });
        Self { half_way: taps.map(|tap| tap[NUM_PHASES / 2]), taps }
    }

    /// The signal half-way between the two middle samples.
    #[inline]
    fn half_way(&self, recent: &[f32]) -> f32 {
        let mut sums = [0.0_f32; 8];
        for (taps, samples) in self.half_way.chunks_exact(8).zip(recent.chunks_exact(8)) {
            for lane in 0..8 {
                sums[lane] += taps[lane] * samples[lane];
            }
        }
        sums.iter().sum()
    }

    /// The largest magnitude from the first of the two middle samples up to, but without, the second.
    #[inline]
    fn largest(&self, recent: &[f32]) -> f32 {
        let mut sums = [0.0_f32; NUM_PHASES];
        for (taps, &x) in self.taps.iter().zip(recent) {
            for (sum, tap) in sums.iter_mut().zip(taps) {
                *sum += tap * x;
            }
        }
        sums.iter().fold(0.0, |largest, x| largest.max(x.abs()))
    }
}

/// The last samples of one channel.
#[derive(Debug, Clone)]
pub struct PeakDetector {
    /// Kept twice, so that the last 64 always lie in a row.
    samples: [[f32; NUM_TAPS]; 2],
    next: usize,
    half_way_before: f32,
}

impl Default for PeakDetector {
    fn default() -> Self {
        Self { samples: [[0.0; NUM_TAPS]; 2], next: 0, half_way_before: 0.0 }
    }
}

impl PeakDetector {
    /// Forgets all audio.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes a sample and returns the largest magnitude in the interval that began [`LATENCY_SAMPLES`] ago, or any lower
    /// number if that magnitude does not exceed `floor`.
    #[inline]
    pub fn tick(&mut self, interpolator: &Interpolator, sample: f32, floor: f32) -> f32 {
        self.samples[0][self.next] = sample;
        self.samples[1][self.next] = sample;
        self.next = (self.next + 1) % NUM_TAPS;
        let recent = &self.samples.as_flattened()[self.next..self.next + NUM_TAPS];
        let half_way = interpolator.half_way(recent).abs();
        let middle = recent[LATENCY_SAMPLES - 1].abs().max(recent[LATENCY_SAMPLES].abs());
        let near = middle.max(half_way).max(core::mem::replace(&mut self.half_way_before, half_way));
        if near <= SHARE_NEXT_TO_A_PEAK * floor {
            return near;
        }
        interpolator.largest(recent)
    }
}
