//! Twice the sample rate around a curve of bounded degree, and back: two symmetric finite filters.
//!
//! A curve of degree `d` makes `d` times the frequency `f`, which folds into the audible band only from
//! `2 d f > 4 fs - fs` on. The way up is a gentle low-pass that reaches that far: what it leaves of a tone at 11 kHz is
//! 8 dB down, of which the curve's seventh power makes 56. So twice the rate is enough where four times would be needed
//! without it, and no audible harmonic is lost: those of what lies above 10 kHz lie above 20. The way down passes 15 kHz and
//! stops from half the rate on.
//!
//! Both filters are sums over time for sixteen outputs at once, and each output's sum has one order.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16};

/// How many outputs are computed at a time. Buffers reach this far behind their last sample; what lies there is not used.
pub const LANES: usize = 16;

/// How many samples to each side the way up looks, and is late by.
pub const UP_REACH: usize = 7;

/// How many samples to each side the way down looks, and is late by.
pub const DOWN_REACH: usize = 8;

/// The way up from its centre out: within 0.01 dB up to 0.05 of twice the rate, images 71 dB down from 0.1775 on.
///
/// `scipy.signal.remez(29, [0, 0.1, 0.355, 1], [1, 0], weight=[1, 4], fs=2)`: McClellan, Parks and Rabiner, "A computer program
/// for designing optimum FIR linear phase digital filters", IEEE Transactions on Audio and Electroacoustics 21 (1973).
const UP: [f64; 2 * UP_REACH + 1] = [
    0.217289725,
    0.198442190,
    0.148614241,
    0.084789028,
    0.026495769,
    -0.012302780,
    -0.027661138,
    -0.024814248,
    -0.013469006,
    -0.002396378,
    0.003838930,
    0.005059441,
    0.003480115,
    0.001539529,
    0.000246296,
];

/// The way down likewise: within 0.05 dB up to 0.156 of twice the rate (15 kHz at 48 kHz), what would fold 63 dB down from a quarter on.
///
/// `scipy.signal.remez(33, [0, 0.3125, 0.5, 1], [1, 0], weight=[1, 8], fs=2)`
const DOWN: [f64; 2 * DOWN_REACH + 1] = [
    0.395223179,
    0.298922655,
    0.094471832,
    -0.054437776,
    -0.068104978,
    -0.004206884,
    0.036614059,
    0.020984210,
    -0.011075210,
    -0.018079636,
    -0.002776882,
    0.008845757,
    0.005990502,
    -0.001678704,
    -0.004063965,
    -0.001859537,
    0.000158676,
];

/// The taps of a symmetric low-pass at twice the rate: on the samples and half-way between them, both from the centre out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Phases<const REACH: usize> {
    centre: f32,
    on: [f32; REACH],
    between: [f32; REACH],
}

impl<const REACH: usize> Phases<REACH> {
    fn new(taps: &[f64], gain: f64) -> Self {
        Self {
            centre: (gain * taps[0]) as f32,
            on: core::array::from_fn(|k| (gain * taps[2 * k + 2]) as f32),
            between: core::array::from_fn(|k| (gain * taps[2 * k + 1]) as f32),
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
    /// The filters are the same at every rate.
    #[must_use]
    pub fn new() -> Self {
        // Twice on the way up makes up for the samples that are not there.
        Self { up: Phases::new(&UP, 2.0), down: Phases::new(&DOWN, 1.0) }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest magnitude of the response over frequencies in parts of twice the rate, in dB.
    fn highest_db(taps: &[f64], from: f64, to: f64, measure: fn(f64) -> f64) -> f64 {
        let response = |frequency: f64| {
            let term = |k: usize| 2.0 * taps[k] * libm::cos(core::f64::consts::TAU * frequency * k as f64);
            taps[0] + (1..taps.len()).map(term).sum::<f64>()
        };
        let db = |frequency| measure(20.0 * libm::log10(response(frequency).abs()));
        (0..=2000).map(|n| db(from + (to - from) * f64::from(n) / 2000.0)).fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn the_bands_are_as_stated() {
        assert!(highest_db(&UP, 0.0, 0.05, f64::abs) < 0.01);
        assert!(highest_db(&UP, 0.1775, 0.5, |db| db) < -71.0);
        assert!(highest_db(&DOWN, 0.0, 0.156, f64::abs) < 0.05);
        assert!(highest_db(&DOWN, 0.25, 0.5, |db| db) < -63.0);
    }
}
