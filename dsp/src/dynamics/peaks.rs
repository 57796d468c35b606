//! Peaks between the samples: what a limiter must know before a converter shows it.
//!
//! An eight-times interpolator by a windowed sinc of 24 taps, in f32, the phases side by side so that they fill vector
//! registers. It is the limiter's own; the meter's (BS.1770) and the bounce's independent check are others.

use crate::filter::kaiser::{kaiser, sinc};

const NUM_PHASES: usize = 8;
const NUM_TAPS: usize = 24;

/// How many samples after an interval between two samples its peak is known.
pub const LATENCY_SAMPLES: usize = NUM_TAPS / 2;

/// The interpolator's taps, shared by the channels.
#[derive(Debug, Clone)]
pub struct Interpolator {
    taps: [[f32; NUM_PHASES]; NUM_TAPS],
    /// No output exceeds the largest input by more than this factor.
    bound: f32,
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
                (sinc(distance) * kaiser(distance / half, 5.0)) as f32
            })
        });
        let bound = (0..NUM_PHASES)
            .map(|phase| taps.iter().map(|tap| tap[phase].abs()).sum::<f32>())
            .fold(0.0, f32::max);
        Self { taps, bound: bound * 1.001 }
    }
}

/// The last samples of one channel.
#[derive(Debug, Clone, Default)]
pub struct PeakDetector {
    /// Kept twice, so that the last 24 always lie in a row.
    samples: [[f32; NUM_TAPS]; 2],
    next: usize,
}

impl PeakDetector {
    /// Forgets all audio.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes a sample and returns the largest magnitude in the interval that began [`LATENCY_SAMPLES`] ago, or any lower
    /// number if that magnitude certainly does not exceed `floor`.
    #[inline]
    pub fn tick(&mut self, interpolator: &Interpolator, sample: f32, floor: f32) -> f32 {
        self.samples[0][self.next] = sample;
        self.samples[1][self.next] = sample;
        self.next = (self.next + 1) % NUM_TAPS;
        let recent = &self.samples.as_flattened()[self.next..self.next + NUM_TAPS];
        let largest = recent.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        if largest * interpolator.bound <= floor {
            return 0.0;
        }
        let mut sums = [0.0_f32; NUM_PHASES];
        for (taps, &x) in interpolator.taps.iter().zip(recent) {
            for (sum, tap) in sums.iter_mut().zip(taps) {
                *sum += tap * x;
            }
        }
        sums.iter().fold(0.0, |m, x| m.max(x.abs()))
    }
}
