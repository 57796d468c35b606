//! Correlation and balance of two channels, as a needle shows them.
//!
//! The correlation is that of W. G. Fritze's and every broadcast meter since: the mean product over the root of the product of
//! the mean squares. Means fall off exponentially with 300 ms, hop by hop, which is as calm as a needle.

use crate::math::flush;

/// Time constant of the means.
const MEAN_MS: f64 = 300.0;

/// Mean squares under this, -120 dBFS, have no phase to speak of.
const SILENT_POWER: f64 = 1e-12;

/// Means of a pair of channels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StereoMeans {
    left_power: f64,
    right_power: f64,
    product: f64,
}

impl StereoMeans {
    /// Forgets all audio.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes a hop of both channels, of equal length, at a sample rate in Hz.
    pub fn add(&mut self, left: &[f32], right: &[f32], sample_rate_hz: f64) {
        if left.is_empty() {
            return;
        }
        let (mut left_sum, mut right_sum, mut product_sum) = (0.0, 0.0, 0.0);
        for (&l, &r) in left.iter().zip(right) {
            let (l, r) = (f64::from(l), f64::from(r));
            left_sum += l * l;
            right_sum += r * r;
            product_sum += l * r;
        }
        let num_frames = left.len() as f64;
        let kept = libm::exp(-1000.0 * num_frames / (sample_rate_hz * MEAN_MS));
        let mean = |old: f64, sum: f64| flush(kept * old + (1.0 - kept) * sum / num_frames);
        self.left_power = mean(self.left_power, left_sum);
        self.right_power = mean(self.right_power, right_sum);
        self.product = mean(self.product, product_sum);
    }

    /// From -1, one channel upside down, over 0, nothing in common, to 1, mono. `None` where either channel is silent.
    #[must_use]
    pub fn correlation(&self) -> Option<f64> {
        let is_heard = self.left_power > SILENT_POWER && self.right_power > SILENT_POWER;
        is_heard.then(|| (self.product / (self.left_power * self.right_power).sqrt()).clamp(-1.0, 1.0))
    }

    /// How much louder the right channel is than the left, dB. `None` in silence, infinite where one side is silent.
    #[must_use]
    pub fn balance_db(&self) -> Option<f64> {
        let is_heard = self.left_power > SILENT_POWER || self.right_power > SILENT_POWER;
        is_heard.then(|| 10.0 * libm::log10(self.right_power / self.left_power))
    }
}
