//! How much of a signal lies so close to half the sample rate that no interpolator of practical length sees it.
//!
//! A partial at half the rate minus `d` needs a filter of some `1 / d` samples to be told from its image. Where such a partial
//! changes sign (the aliased harmonics of clipped sweeps do), the signal between two samples rises as the logarithm of the
//! time for which the partial keeps its sign on either side, far beyond any filter's reach. Shifted down by half the rate the
//! partial is a slow wave, whose mean over two adjacent spans says how much may be missing. The long detector's
//! interval lies where the spans meet, the short one's in the newer span.

use super::running_sum::RunningSum;

/// How many samples a mean reaches over.
const SPAN_SAMPLES: usize = 96;

/// Samples are counted in steps of 2^-24 of full scale and held within 2^20 of it, so that sums of sums fit.
const STEPS: f64 = (1 << 24) as f64;
const LARGEST: f32 = (1 << 20) as f32;

/// A whole number below 2^51 added to this stands in the lowest bits of the sum: cheaper than a conversion.
const WHOLE_MAGIC: f64 = 6_755_399_441_055_744.0;

/// The mean of a channel's partials near half the rate over the newest samples and over those before them.
#[derive(Debug, Clone, Default)]
pub(crate) struct NyquistBand {
    /// Two sums in a row weigh in a triangle, which keeps what is not near half the rate 60 dB down.
    first: RunningSum,
    second: RunningSum,
    /// The means as of each of the last samples, oldest at `position`.
    means: Vec<f32>,
    position: usize,
    is_odd: bool,
    scale: f32,
}

impl NyquistBand {
    /// Of silence. Allocates.
    pub(crate) fn new() -> Self {
        let len = SPAN_SAMPLES / 2;
        Self {
            first: RunningSum::new(len, 0),
            second: RunningSum::new(len, 0),
            means: vec![0.0; SPAN_SAMPLES],
            scale: (1.0 / ((len * len) as f64 * STEPS)) as f32,
            ..Self::default()
        }
    }

    pub(crate) fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
        self.means.fill(0.0);
        self.position = 0;
        self.is_odd = false;
    }

    /// Takes a sample; the sum of both magnitudes, of the newest samples and of those before them.
    #[inline]
    pub(crate) fn tick(&mut self, sample: f32) -> f32 {
        self.is_odd = !self.is_odd;
        let shifted = if self.is_odd { -sample } else { sample };
        let in_steps = f64::from(shifted.clamp(-LARGEST, LARGEST)) * STEPS;
        let steps = (in_steps + WHOLE_MAGIC).to_bits() as i64 - WHOLE_MAGIC.to_bits() as i64;
        let after = self.second.push(self.first.push(steps)) as f32 * self.scale;
        let before = core::mem::replace(&mut self.means[self.position], after).abs();
        // A single event where the spans meet weighs nothing in either: the span in their middle sees it.
        let half = SPAN_SAMPLES / 2;
        let opposite = if self.position < half { self.position + half } else { self.position - half };
        let middle = self.means[opposite].abs();
        self.position = if self.position + 1 == self.means.len() { 0 } else { self.position + 1 };
        before.max(middle) + after.abs().max(middle)
    }
}
