//! Recursive filters computed four samples at a time, for filters that would otherwise wait for themselves.
//!
//! Four outputs in a row depend on the outputs and inputs before them and on four new inputs, all of it linearly: they are
//! one small matrix times those samples, and the matrix's columns are what the plain recursion answers to a one in each
//! place. The samples are grouped from `reset` on, so where a block ends changes no bit.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x4};

/// How many samples are computed at a time.
pub const GROUP: usize = 4;

/// Samples that lie before the new ones in every buffer; a filter's order is at most this.
pub const PAST: usize = GROUP;

/// A transfer function, `(b[0] + b[1] z^-1 + ...) / (a[0] + a[1] z^-1 + ...)` with `a[0]` of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transfer<const COEFFS: usize> {
    /// Numerator.
    pub b: [f64; COEFFS],
    /// Denominator.
    pub a: [f64; COEFFS],
}

fn product<const M: usize, const N: usize, const OUT: usize>(x: &[f64; M], y: &[f64; N]) -> [f64; OUT] {
    let mut out = [0.0; OUT];
    for (i, x) in x.iter().enumerate() {
        for (j, y) in y.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

/// The bilinear transform's frequency, the corner kept under 0.49 of the sample rate.
fn warped(corner_hz: f64, sample_rate_hz: f64) -> f64 {
    libm::tan(core::f64::consts::PI * (corner_hz / sample_rate_hz).min(0.49))
}

impl Transfer<3> {
    fn butterworth(g: f64, numerator: [f64; 3]) -> Self {
        let k = core::f64::consts::SQRT_2;
        let norm = 1.0 / (1.0 + g * (g + k));
        Self {
            b: numerator.map(|b| b * norm),
            a: [1.0, 2.0 * (g * g - 1.0) * norm, (1.0 + g * (g - k)) * norm],
        }
    }

    /// A second-order Butterworth high-pass.
    #[must_use]
    pub fn high_pass(corner_hz: f64, sample_rate_hz: f64) -> Self {
        Self::butterworth(warped(corner_hz, sample_rate_hz), [1.0, -2.0, 1.0])
    }

    /// A second-order Butterworth low-pass.
    #[must_use]
    pub fn low_pass(corner_hz: f64, sample_rate_hz: f64) -> Self {
        let g = warped(corner_hz, sample_rate_hz);
        Self::butterworth(g, [1.0, 2.0, 1.0].map(|b| b * g * g))
    }
}

impl Transfer<2> {
    /// A low-pass of 6 dB per octave.
    #[must_use]
    pub fn slope(corner_hz: f64, sample_rate_hz: f64) -> Self {
        let g = warped(corner_hz, sample_rate_hz);
        Self { b: [g / (1.0 + g); 2], a: [1.0, (g - 1.0) / (g + 1.0)] }
    }
}

impl<const M: usize> Transfer<M> {
    /// This filter and another behind it.
    #[must_use]
    pub fn then<const N: usize, const OUT: usize>(&self, next: &Transfer<N>) -> Transfer<OUT> {
        Transfer { b: product(&self.b, &next.b), a: product(&self.a, &next.a) }
    }
}

/// The columns of a filter's matrix: for past outputs, past inputs (both the oldest first), and the new inputs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recursion {
    past_out: [[f64; GROUP]; PAST],
    past_in: [[f64; GROUP]; PAST],
    now: [[f64; GROUP]; GROUP],
}

impl Recursion {
    /// The matrix of a filter of order four at most.
    #[must_use]
    pub fn new<const COEFFS: usize>(filter: &Transfer<COEFFS>) -> Self {
        const { assert!(COEFFS <= PAST + 1, "the order fits the past") };
        let answer = |out_idx: Option<usize>, in_idx: Option<usize>| {
            let (mut y, mut x) = ([0.0; PAST + GROUP], [0.0; PAST + GROUP]);
            if let Some(idx) = out_idx {
                y[idx] = 1.0;
            }
            if let Some(idx) = in_idx {
                x[idx] = 1.0;
            }
            for n in PAST..PAST + GROUP {
                let fed: f64 = (0..COEFFS).map(|i| filter.b[i] * x[n - i]).sum();
                let back: f64 = (1..COEFFS).map(|i| filter.a[i] * y[n - i]).sum();
                y[n] = fed - back;
            }
            [y[PAST], y[PAST + 1], y[PAST + 2], y[PAST + 3]]
        };
        Self {
            past_out: core::array::from_fn(|idx| answer(Some(idx), None)),
            past_in: core::array::from_fn(|idx| answer(None, Some(idx))),
            now: core::array::from_fn(|idx| answer(None, Some(PAST + idx))),
        }
    }

    /// Filters the group whose first sample is at `at` in both buffers, the [`PAST`] samples before it being known.
    ///
    /// `ORDER` is the filter's order: columns beyond it are zero and are left out.
    #[inline(always)]
    pub fn process_group<const ORDER: usize, S: Simd>(&self, simd: S, x: &[f64], y: &mut [f64], at: usize) {
        let x: &[f64; PAST + GROUP] = x[at - PAST..at + GROUP].try_into().expect("the length is constant");
        let y: &mut [f64; PAST + GROUP] =
            (&mut y[at - PAST..at + GROUP]).try_into().expect("the length is constant");
        let term = |column: &[f64; GROUP], sample: f64| f64x4::simd_from(simd, *column) * sample;
        let mut sum = term(&self.now[0], x[PAST]);
        for idx in 1..GROUP {
            sum += term(&self.now[idx], x[PAST + idx]);
        }
        for idx in PAST - ORDER..PAST {
            sum += term(&self.past_in[idx], x[idx]);
        }
        // The outputs come last and apart: the next group waits for nothing else.
        let mut back = term(&self.past_out[PAST - ORDER], y[PAST - ORDER]);
        for idx in PAST - ORDER + 1..PAST {
            back += term(&self.past_out[idx], y[idx]);
        }
        let out: [f64; GROUP] = (sum + back).into();
        y[PAST..].copy_from_slice(&out);
    }
}
