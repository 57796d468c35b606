//! Four Butterworth state-variable filters side by side, each with a corner of its own.
//!
//! It is the filter of [`super::svf`] with its two equations solved for the next state, in the fewest products: with
//! `v = x - z2`, `z1' = p z1 + q v` and `z2' = z2 + r z1 + s v`. `z1` is the damped band's integrator, `z2` the low-pass's, so
//! that both outputs are sums of a state before and after the sample: twice the low-pass is `z2 + z2'`, and the all-pass
//! is `x - (z1 + z1')`. Who needs the low-pass itself halves it where that costs least.

use super::svf::Svf;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x4};

/// How many filters there are.
pub(crate) const LANES: usize = 4;

/// The coefficients of four filters. The default has no filter: nothing is low, and the all-pass is the input.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(crate) struct QuadCoeffs {
    /// `p q r s`, see [`Svf::damped_rows`].
    rows: [[f64; LANES]; 4],
}

/// The memory of four filters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QuadState {
    z: [[f64; LANES]; 2],
}

/// Coefficients on their way into registers.
pub(crate) type QuadRows<S> = [f64x4<S>; 4];

/// Four filters at work: [`QuadState`] in registers.
#[derive(Clone, Copy)]
pub(crate) struct Quad<S: Simd> {
    z1: f64x4<S>,
    z2: f64x4<S>,
}

impl QuadCoeffs {
    /// Gives one lane a filter.
    pub(crate) fn set(&mut self, lane: usize, butterworth: &Svf) {
        for (row, coeff) in self.rows.iter_mut().zip(butterworth.damped_rows()) {
            row[lane] = coeff;
        }
    }

    #[inline(always)]
    pub(crate) fn rows<S: Simd>(&self, simd: S) -> QuadRows<S> {
        let mut rows = [f64x4::splat(simd, 0.0); 4];
        for n in 0..4 {
            rows[n] = f64x4::simd_from(simd, self.rows[n]);
        }
        rows
    }

    /// The coefficients, each a share of the way to `other`.
    #[inline(always)]
    pub(crate) fn rows_towards<S: Simd>(&self, simd: S, other: &Self, share: f64x4<S>) -> QuadRows<S> {
        let (mut rows, to) = (self.rows(simd), other.rows(simd));
        for n in 0..4 {
            rows[n] += (to[n] - rows[n]) * share;
        }
        rows
    }
}

impl<S: Simd> Quad<S> {
    #[inline(always)]
    pub(crate) fn load(simd: S, state: &QuadState) -> Self {
        Self { z1: f64x4::simd_from(simd, state.z[0]), z2: f64x4::simd_from(simd, state.z[1]) }
    }

    #[inline(always)]
    pub(crate) fn store(self, state: &mut QuadState) {
        state.z = [self.z1.into(), self.z2.into()];
    }

    /// One sample through each filter: twice what lies below its corner, and everything with its phase turned once around it.
    #[inline(always)]
    pub(crate) fn tick(&mut self, [p, q, r, s]: QuadRows<S>, x: f64x4<S>) -> [f64x4<S>; 2] {
        let v = x - self.z2;
        let z1 = p * self.z1 + q * v;
        let z2 = (self.z2 + r * self.z1) + s * v;
        let low_twice = self.z2 + z2;
        let all_pass = x - (self.z1 + z1);
        (self.z1, self.z2) = (z1, z2);
        [low_twice, all_pass]
    }

    /// Ends decays that no one can hear, as [`crate::math::flush`] does; to be called once per control interval.
    #[inline(always)]
    pub(crate) fn flush(&mut self, simd: S) {
        let (least, zero) = (f64x4::splat(simd, 1e-30), f64x4::splat(simd, 0.0));
        self.z1 = self.z1.abs().simd_lt(least).select(zero, self.z1);
        self.z2 = self.z2.abs().simd_lt(least).select(zero, self.z2);
    }

    /// Puts the first two filters or the last two back to where they were.
    #[inline(always)]
    pub(crate) fn restore(&mut self, before: Self, [first, last]: [bool; 2]) {
        let chosen = |now: f64x4<S>, before: f64x4<S>| {
            let ((now_first, now_last), (before_first, before_last)) = (now.split(), before.split());
            let first = if first { before_first } else { now_first };
            first.combine(if last { before_last } else { now_last })
        };
        (self.z1, self.z2) = (chosen(self.z1, before.z1), chosen(self.z2, before.z2));
    }
}
