//! Any second-order section as a state-variable filter with mixed outputs, which stays quiet while it moves.
//!
//! Source: A. Simper, "Solving the continuous SVF equations using trapezoidal integration" (Cytomic, 2013). Coefficients run in straight
//! lines from one control tick to the next. The integrators' coefficients form a positive matrix, and so does every mixture of two
//! such matrices: half-way between two stable filters the filter is stable.

use super::matched::Ratio;
use crate::block::{Frame, MAX_CHANNELS};
use crate::math::flush;
use crate::smooth::CONTROL_INTERVAL_SAMPLES;

/// Integrators (three) and output mix (three).
type Coeffs = [f64; 6];

/// The mix that leaves the input as it is.
const IDENTITY_MIX: [f64; 3] = [1.0, 0.0, 0.0];

fn realised(ratio: &Ratio) -> Coeffs {
    let (b, a) = (&ratio.numerator, &ratio.denominator);
    let g = (a.dc / a.nyquist).sqrt();
    let damping = 2.0 * a.skew / a.nyquist;
    let a1 = 1.0 / (1.0 + g * g + damping);
    if b == a {
        return [2.0 * a1 - 1.0, 2.0 * g * a1, 2.0 * g * g * a1, 1.0, 0.0, 0.0];
    }
    let (high, low) = (b.nyquist / a.nyquist, b.dc / a.dc);
    let band = (2.0 * b.skew / a.nyquist - high * damping) / g;
    // The outputs are means of a state before and after, hence the halves.
    [2.0 * a1 - 1.0, 2.0 * g * a1, 2.0 * g * g * a1, high, 0.5 * band, 0.5 * (low - high)]
}

/// Coefficients on their way, and the memory for both channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct MixedSvf {
    now: Coeffs,
    target: Coeffs,
    step: Coeffs,
    is_moving: bool,
    state: [Frame; 2],
}

impl MixedSvf {
    /// Takes coefficients at once and forgets all audio.
    pub fn jump(&mut self, ratio: &Ratio) {
        let target = realised(ratio);
        *self = Self { now: target, target, ..Self::default() };
    }

    /// To be called at each control tick: arrives, and sets out for `next` if there is one.
    pub fn control_tick(&mut self, next: Option<&Ratio>) {
        if self.is_identity() && next.is_none() {
            return;
        }
        self.state = self.state.map(|frame| frame.map(flush));
        if self.is_moving {
            self.now = self.target;
            self.is_moving = false;
        }
        let Some(ratio) = next else { return };
        let target = realised(ratio);
        if self.is_identity() {
            // Nothing was heard of the old poles.
            self.now[..3].copy_from_slice(&target[..3]);
            self.state = Default::default();
        }
        let interval = CONTROL_INTERVAL_SAMPLES as f64;
        self.step = core::array::from_fn(|idx| (target[idx] - self.now[idx]) / interval);
        self.target = target;
        self.is_moving = target != self.now;
    }

    /// Whether the output is the input, bit for bit.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        !self.is_moving && self.now[3..] == IDENTITY_MIX
    }

    /// Whether the coefficients are on their way.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.is_moving
    }

    /// Filters frames that lie between two control ticks.
    pub fn process(&mut self, frames: &mut [Frame]) {
        if self.is_identity() {
            return;
        }
        let (mut coeffs, mut state) = (self.now, self.state);
        if self.is_moving {
            for frame in frames {
                for (coeff, step) in coeffs.iter_mut().zip(&self.step) {
                    *coeff += step;
                }
                *frame = tick(&coeffs, &mut state, *frame);
            }
            self.now = coeffs;
        } else {
            for frame in frames {
                *frame = tick(&coeffs, &mut state, *frame);
            }
        }
        self.state = state;
    }
}

#[inline(always)]
fn tick(coeffs: &Coeffs, [ic1, ic2]: &mut [Frame; 2], x: Frame) -> Frame {
    let [a, b, c, high, band, low] = *coeffs;
    let mut y = [0.0; MAX_CHANNELS];
    for ch in 0..MAX_CHANNELS {
        let v = x[ch] - ic2[ch];
        let (old1, old2) = (ic1[ch], ic2[ch]);
        ic1[ch] = a * old1 + b * v;
        ic2[ch] = old2 + (b * old1 + c * v);
        y[ch] = high * x[ch] + band * (old1 + ic1[ch]) + low * (old2 + ic2[ch]);
    }
    y
}
