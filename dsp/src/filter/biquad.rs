//! Second-order sections: coefficients as a value, state apart from them.
//!
//! Transposed direct form II in f64. The designs are the analogue prototypes under the bilinear transform.

use crate::block::{Frame, MAX_CHANNELS};
use crate::math::flush;

/// `(b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Biquad {
    /// Numerator.
    pub b: [f64; 3],
    /// Denominator without its leading one.
    pub a: [f64; 2],
}

impl Biquad {
    /// Lets everything through unchanged.
    pub const IDENTITY: Self = Self { b: [1.0, 0.0, 0.0], a: [0.0, 0.0] };

    /// A second-order high-pass; `q` of 0.7071 is Butterworth. The corner is kept under 0.49 of the sample rate.
    #[must_use]
    pub fn high_pass(corner_hz: f64, q: f64, sample_rate_hz: f64) -> Self {
        let k = libm::tan(core::f64::consts::PI * (corner_hz / sample_rate_hz).min(0.49));
        let norm = 1.0 / (1.0 + k / q + k * k);
        Self { b: [norm, -2.0 * norm, norm], a: [2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm] }
    }
}

/// The memory of one biquad for one channel.
#[derive(Debug, Clone, Copy, Default)]
pub struct BiquadState {
    z: [f64; 2],
}

impl BiquadState {
    /// One sample through the filter.
    #[inline]
    pub fn tick(&mut self, coeffs: &Biquad, x: f64) -> f64 {
        let y = coeffs.b[0] * x + self.z[0];
        self.z[0] = flush(coeffs.b[1] * x - coeffs.a[0] * y + self.z[1]);
        self.z[1] = flush(coeffs.b[2] * x - coeffs.a[1] * y);
        y
    }
}

/// The memory of one biquad for both channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct StereoBiquad {
    channels: [BiquadState; MAX_CHANNELS],
}

impl StereoBiquad {
    /// One frame through the filter.
    #[inline]
    pub fn tick(&mut self, coeffs: &Biquad, x: Frame) -> Frame {
        [self.channels[0].tick(coeffs, x[0]), self.channels[1].tick(coeffs, x[1])]
    }
}
