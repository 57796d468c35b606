//! Twice the sample rate around a curve of bounded degree, and back: two symmetric finite filters.
//!
//! A curve of degree `d` makes `d` times the frequency `f`, which folds into the audible band only from
//! `2 d f > 4 fs - fs` on. The way up is a gentle low-pass that reaches that far: what it leaves of a tone at 11 kHz is
//! 8 dB down, of which the curve's seventh power makes 56. So twice the rate is enough where four times would be needed
//! without it, and no audible harmonic is lost: those of what lies above 10 kHz lie above 20. The way down passes 16 kHz and
//! stops from half the rate on.
//!
//! Both filters are sums over time for sixteen outputs at once, and each output's sum has one order.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16};

use super::kaiser::{kaiser, sinc};

/// How many outputs are computed at a time. Buffers reach this far behind their last sample; what lies there is not used.
pub const LANES: usize = 16;

/// How many samples to each side the way up looks, and is late by.
pub const UP_REACH: usize = 8;

/// How many samples to each side the way down looks, and is late by.
pub const DOWN_REACH: usize = 11;

/// Corners of the two filters, in parts of the base rate, where they are 6 dB down.
const UP_CORNER: f64 = 0.219;
const DOWN_CORNER: f64 = 0.396;

/// Window shapes: images lie 75 dB down, what would fold 64.
const UP_BETA: f64 = 6.0;
const DOWN_BETA: f64 = 6.0;

/// The taps of a symmetric low-pass at twice the rate: on the samples and half-way between them, both from the centre out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Phases<const REACH: usize> {
    centre: f32,
    on: [f32; REACH],
    between: [f32; REACH],
}

impl<const REACH: usize> Phases<REACH> {
    /// A windowed sinc that lets through direct current with `gain`.
    fn new(corner: f64, beta: f64, gain: f64) -> Self {
        let half = (2 * REACH) as f64 + 0.5;
        let shape = |k: usize| sinc(corner * k as f64) * kaiser(k as f64 / half, beta);
        let sum = shape(0) + 2.0 * (1..=2 * REACH).map(shape).sum::<f64>();
        let tap = |k: usize| (gain * shape(k) / sum) as f32;
        Self {
            centre: tap(0),
            on: core::array::from_fn(|k| tap(2 * k + 2)),
            between: core::array::from_fn(|k| tap(2 * k + 1)),
        }
    }
}

/// The taps of both ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Oversampler {
    up: Phases<UP_REACH>,
    down: Phases<DOWN_REACH>,
}

#[inline(always)]
fn load<S: Simd>(simd: S, samples: &[f32], at: usize) -> f32x16<S> {
    f32x16::from_slice(simd, &samples[at..at + LANES])
}

impl Default for Oversampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Oversampler {
    /// Designs the filters, which are the same at every rate.
    #[must_use]
    pub fn new() -> Self {
        // Twice on the way up makes up for the samples that are not there.
        Self { up: Phases::new(UP_CORNER, UP_BETA, 2.0), down: Phases::new(DOWN_CORNER, DOWN_BETA, 1.0) }
    }

    /// Samples `at + UP_REACH` and on of the low-passed signal, and those half a sample later.
    #[inline(always)]
    pub fn up<S: Simd>(&self, simd: S, x: &[f32], at: usize) -> [f32x16<S>; 2] {
        let x = &x[at..at + 2 * UP_REACH + LANES];
        let mut on = load(simd, x, UP_REACH) * self.up.centre;
        let mut between = (load(simd, x, UP_REACH) + load(simd, x, UP_REACH + 1)) * self.up.between[0];
        for k in 0..UP_REACH {
            on += (load(simd, x, UP_REACH - 1 - k) + load(simd, x, UP_REACH + 1 + k)) * self.up.on[k];
            if k > 0 {
                between +=
                    (load(simd, x, UP_REACH - k) + load(simd, x, UP_REACH + 1 + k)) * self.up.between[k];
            }
        }
        [on, between]
    }

    /// Samples `at + DOWN_REACH` and on of the base rate's signal.
    #[inline(always)]
    pub fn down<S: Simd>(&self, simd: S, on: &[f32], between: &[f32], at: usize) -> f32x16<S> {
        let on = &on[at..at + 2 * DOWN_REACH + LANES];
        let between = &between[at..at + 2 * DOWN_REACH + LANES];
        let mut sum = load(simd, on, DOWN_REACH) * self.down.centre;
        let mut between_sum = simd.splat_f32x16(0.0);
        for k in 0..DOWN_REACH {
            let (before, after) = (DOWN_REACH - 1 - k, DOWN_REACH + k);
            sum += (load(simd, on, before) + load(simd, on, after + 1)) * self.down.on[k];
            between_sum += (load(simd, between, before) + load(simd, between, after)) * self.down.between[k];
        }
        sum + between_sum
    }
}
