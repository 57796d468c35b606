//! Recursive filters computed four samples at a time, for filters that would otherwise wait for themselves.
//!
//! Four outputs in a row depend on the outputs and inputs before them and on four new inputs, all of it linearly: they are
//! one small matrix times those samples, and the matrix's columns are what the plain recursion answers to a one in each
//! place. The samples are grouped from `reset` on, so where a block ends changes no bit.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x2, f64x8};

use crate::block::{Frame, MAX_CHANNELS};
use crate::math::flush;

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

/// One column for both channels, in the order of the frames.
type Column = [f64; GROUP * MAX_CHANNELS];

/// The columns of a filter's matrix: for past outputs, past inputs (both the oldest first), and the new inputs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recursion {
    past_out: [Column; PAST],
    past_in: [Column; PAST],
    now: [Column; GROUP],
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
            core::array::from_fn(|lane| y[PAST + lane / MAX_CHANNELS])
        };
        Self {
            past_out: core::array::from_fn(|idx| answer(Some(idx), None)),
            past_in: core::array::from_fn(|idx| answer(None, Some(idx))),
            now: core::array::from_fn(|idx| answer(None, Some(PAST + idx))),
        }
    }

    /// The matrix a share of the way to `other`, for corners that move by little.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let mix = |from: &[Column; GROUP], to: &[Column; GROUP]| {
            core::array::from_fn(|column| {
                core::array::from_fn(|lane| {
                    let (from, to): (f64, f64) = (from[column][lane], to[column][lane]);
                    from + share * (to - from)
                })
            })
        };
        Self {
            past_out: mix(&self.past_out, &other.past_out),
            past_in: mix(&self.past_in, &other.past_in),
            now: mix(&self.now, &other.now),
        }
    }

    /// Filters the group whose first frame is at `at` in both buffers, the [`PAST`] frames before it being known.
    ///
    /// `ORDER` is the filter's order: columns beyond it are zero and are left out.
    #[inline(always)]
    pub fn process_group<const ORDER: usize, S: Simd>(
        &self,
        simd: S,
        x: &[Frame],
        y: &mut [Frame],
        at: usize,
    ) {
        let x: &[Frame; PAST + GROUP] = x[at - PAST..at + GROUP].try_into().expect("the length is constant");
        let y: &mut [Frame; PAST + GROUP] =
            (&mut y[at - PAST..at + GROUP]).try_into().expect("the length is constant");
        let term = |column: &Column, frame: Frame| {
            f64x8::simd_from(simd, *column) * f64x8::block_splat(f64x2::simd_from(simd, frame))
        };
        let mut sum = term(&self.now[0], x[PAST]);
        for idx in 1..GROUP {
            sum += term(&self.now[idx], x[PAST + idx]);
        }
        for idx in PAST - ORDER..PAST {
            sum += term(&self.past_in[idx], x[idx]);
        }
        // The outputs come last and in pairs: the next group waits for nothing else.
        let back = |idx: usize| term(&self.past_out[idx], y[idx]);
        let back = match ORDER {
            1 => back(PAST - 1),
            2 => back(PAST - 2) + back(PAST - 1),
            3 => back(PAST - 3) + (back(PAST - 2) + back(PAST - 1)),
            _ => (back(PAST - 4) + back(PAST - 3)) + (back(PAST - 2) + back(PAST - 1)),
        };
        let out: Column = (sum + back).into();
        y[PAST..].as_flattened_mut().copy_from_slice(&out);
    }
}

/// Ends the decay of one group, see [`flush`]; to be called once per control interval.
#[inline(always)]
pub fn flush_group(frames: &mut [Frame]) {
    for sample in frames.as_flattened_mut() {
        *sample = flush(*sample);
    }
}
