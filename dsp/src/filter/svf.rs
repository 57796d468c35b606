//! The state-variable filter in its topology-preserving form, which stays quiet while its corner moves.
//!
//! Source: V. Zavalishin, "The Art of VA Filter Design", section 4; solved as in A. Simper, "Solving the continuous SVF
//! equations using trapezoidal integration" (Cytomic, 2013).

use crate::block::{Frame, MAX_CHANNELS};
use crate::math::flush;
use crate::smooth::{Ramp, control_ticks};

/// The quality factor of a second-order Butterworth filter.
pub const BUTTERWORTH_Q: f64 = core::f64::consts::FRAC_1_SQRT_2;

/// How long a corner takes to move to where it was set.
const CORNER_MOVE_MS: f64 = 40.0;

/// Coefficients for one corner and quality.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Svf {
    a1: f64,
    a2: f64,
    a3: f64,
    k: f64,
}

impl Svf {
    /// Corner in Hz, kept under 0.45 of the sample rate.
    #[must_use]
    pub fn new(corner_hz: f64, q: f64, sample_rate_hz: f64) -> Self {
        let g = libm::tan(core::f64::consts::PI * (corner_hz / sample_rate_hz).min(0.45));
        let k = 1.0 / q;
        let a1 = 1.0 / (1.0 + g * (g + k));
        Self { a1, a2: g * a1, a3: g * g * a1, k }
    }

    /// What moves `z1 = k m1` and `z2 = m2` on, with the memories `m1` and `m2` and the `v` of [`Self::memory_rows`]:
    /// `z1' = d[0] z1 + d[1] v`, `z2' = z2 + d[2] z1 + d[3] v`.
    pub(crate) fn damped_rows(&self) -> [f64; 4] {
        let [m1, from_v, v] = self.memory_rows();
        [m1, self.k * from_v, from_v / self.k, v]
    }

    /// What moves the two memories of a frame `x`, with `v = x - m2`: `m1' = r[0] m1 + r[1] v`, `m2' = m2 + r[1] m1 + r[2] v`.
    #[must_use]
    pub fn memory_rows(&self) -> [f64; 3] {
        [2.0 * self.a1 - 1.0, 2.0 * self.a2, 2.0 * self.a3]
    }

    /// What is heard above the corner, of the same: `h[0] v - h[1] m1`.
    #[must_use]
    pub fn high_rows(&self) -> [f64; 2] {
        [1.0 - self.k * self.a2 - self.a3, self.k * self.a1 + self.a2]
    }
}

/// What one frame through the filter gives; the outputs a caller does not use cost nothing.
#[derive(Debug, Clone, Copy)]
pub struct SvfOutput {
    /// What lies below the corner.
    pub low: Frame,
    /// What lies above the corner.
    pub high: Frame,
    /// Everything, its phase turned once around the corner.
    pub all_pass: Frame,
}

/// The filter's memory for both channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct SvfState {
    ic1: Frame,
    ic2: Frame,
}

impl SvfState {
    /// One frame through the filter.
    #[inline]
    pub fn tick(&mut self, coeffs: &Svf, x: Frame) -> SvfOutput {
        let out = self.tick_unflushed(coeffs, x);
        self.flush();
        out
    }

    /// Ends a decay that no one can hear, see [`flush`].
    #[inline]
    pub fn flush(&mut self) {
        self.ic1 = self.ic1.map(flush);
        self.ic2 = self.ic2.map(flush);
    }

    /// [`Self::tick`] for a caller who calls [`Self::flush`] once per control interval, counted from `reset`.
    ///
    /// Sixteen samples take no pole under 0.45 of the rate from 1e-30 to the subnormals.
    #[inline]
    pub fn tick_unflushed(&mut self, coeffs: &Svf, x: Frame) -> SvfOutput {
        let mut out = SvfOutput { low: x, high: x, all_pass: x };
        for c in 0..MAX_CHANNELS {
            let v3 = x[c] - self.ic2[c];
            let band = coeffs.a1 * self.ic1[c] + coeffs.a2 * v3;
            let low = self.ic2[c] + coeffs.a2 * self.ic1[c] + coeffs.a3 * v3;
            self.ic1[c] = 2.0 * band - self.ic1[c];
            self.ic2[c] = 2.0 * low - self.ic2[c];
            out.low[c] = low;
            out.high[c] = x[c] - coeffs.k * band - low;
            out.all_pass[c] = x[c] - 2.0 * coeffs.k * band;
        }
        out
    }
}

/// A Butterworth corner that moves smoothly, in octaves, once per control interval.
#[derive(Debug, Clone, Copy, Default)]
pub struct MovingCorner {
    log2_hz: Ramp,
    designed_log2_hz: f64,
    sample_rate_hz: f64,
    coeffs: Svf,
    previous: Svf,
    started: bool,
}

impl MovingCorner {
    /// A corner for this sample rate, waiting for its first setting.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let log2_hz = Ramp::new(control_ticks(CORNER_MOVE_MS, sample_rate_hz));
        Self { log2_hz, designed_log2_hz: f64::NAN, sample_rate_hz, ..Self::default() }
    }

    /// Where to move, in Hz.
    pub fn set(&mut self, corner_hz: f64) {
        self.log2_hz.set(libm::log2(corner_hz));
    }

    /// Jumps to where it was to move.
    pub fn reset(&mut self) {
        self.log2_hz.reset();
        self.started = false;
    }

    /// One control interval on: designs the filter again if the corner moved.
    #[inline]
    pub fn control_tick(&mut self) {
        let log2_hz = self.log2_hz.tick();
        self.previous = self.coeffs;
        if log2_hz != self.designed_log2_hz {
            self.designed_log2_hz = log2_hz;
            self.coeffs = Svf::new(libm::exp2(log2_hz), BUTTERWORTH_Q, self.sample_rate_hz);
        }
        if !self.started {
            self.started = true;
            self.previous = self.coeffs;
        }
    }

    /// Whether this control interval leads from one corner to another. Who follows it in steps of sixteen samples is heard as a
    /// faint tone at a sixteenth of the rate.
    #[inline]
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.previous != self.coeffs
    }

    /// Whether it stays where it is until it is set again; control ticks then change nothing.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.started && self.log2_hz.is_settled() && !self.is_moving()
    }

    /// The coefficients as of the control tick before the last.
    #[must_use]
    pub fn previous_coeffs(&self) -> &Svf {
        &self.previous
    }

    /// The coefficients as of the last control tick.
    #[inline]
    #[must_use]
    pub fn coeffs(&self) -> &Svf {
        &self.coeffs
    }
}
