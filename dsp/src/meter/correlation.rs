//! Correlation and balance of two channels, as a needle shows them.
//!
//! The correlation is that of W. G. Fritze's and every broadcast meter since: the mean product over the root of the product of
//! the mean squares. Means fall off exponentially with 300 ms, hop by hop, which is as calm as a needle.

use crate::math::flush;

/// Time constant of the means.
const MEAN_MS: f64 = 300.0;

/// Mean squares under this, -120 dBFS, have no phase to speak of.
const SILENT_POWER: f64 = 1e-12;

/// Left and right power and the product of both.
type Products = [f64; 3];

/// Means of a pair of channels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StereoMeans {
    means: Products,
    /// Over the hop that is under way.
    sums: Products,
    num_frames: usize,
    /// What a hop leaves of the means.
    kept: f64,
}

impl StereoMeans {
    /// For so many hops per second.
    #[must_use]
    pub fn new(hops_per_second: f64) -> Self {
        Self { kept: libm::exp(-1000.0 / (hops_per_second * MEAN_MS)), ..Self::default() }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        *self = Self { kept: self.kept, ..Self::default() };
    }

    /// Takes a part of a hop, both channels of equal length.
    pub fn add(&mut self, left: &[f32], right: &[f32]) {
        for (&l, &r) in left.iter().zip(right) {
            let (l, r) = (f64::from(l), f64::from(r));
            self.sums = [self.sums[0] + l * l, self.sums[1] + r * r, self.sums[2] + l * r];
        }
        self.num_frames += left.len();
    }

    /// Ends the hop: the figures are new.
    pub fn finish_hop(&mut self) {
        let per_frame = 1.0 / self.num_frames.max(1) as f64;
        for (mean, sum) in self.means.iter_mut().zip(self.sums) {
            *mean = flush(self.kept * *mean + (1.0 - self.kept) * sum * per_frame);
        }
        (self.sums, self.num_frames) = ([0.0; 3], 0);
    }

    /// From -1, one channel upside down, over 0, nothing in common, to 1, mono. `None` where either channel is silent.
    #[must_use]
    pub fn correlation(&self) -> Option<f64> {
        let [left, right, product] = self.means;
        let is_heard = left > SILENT_POWER && right > SILENT_POWER;
        is_heard.then(|| (product / (left * right).sqrt()).clamp(-1.0, 1.0))
    }

    /// How much louder the right channel is than the left, dB. `None` in silence, infinite where one side is silent.
    #[must_use]
    pub fn balance_db(&self) -> Option<f64> {
        let [left, right, _] = self.means;
        let is_heard = left > SILENT_POWER || right > SILENT_POWER;
        is_heard.then(|| 10.0 * libm::log10(right / left))
    }
}
