//! Recursive filters of both channels computed four frames at a time, for filters that would otherwise wait for themselves.
//!
//! What is fed to the recursion are differences of the input, because the zeros of every filter here lie at direct current
//! and at half the rate. Four outputs in a row then depend on the four outputs before them and on what is fed to the first
//! three, all of it linearly: they are a small matrix times those, and the matrix's columns are what the plain recursion
//! answers to a one in each place. From one group to the next everything stays in registers. The samples are grouped from
//! `reset` on, so where a block ends changes no bit.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x4, f64x4, f64x8};

use crate::block::MAX_CHANNELS;
use crate::smooth::CONTROL_INTERVAL_SAMPLES;

/// How many frames are computed at a time, and the largest order.
pub const GROUP: usize = 4;

/// Groups between two control ticks, at each of which the states end.
pub const GROUPS_PER_TICK: usize = CONTROL_INTERVAL_SAMPLES / GROUP;

/// Samples smaller than this (-200 dBFS) come out as silence, so that no power of them is subnormal.
const SILENCE: f64 = 1.0e-10;

/// States smaller than this end, see [`flush`](crate::math::flush).
const ENDED: f64 = 1.0e-30;

const LANES: usize = GROUP * MAX_CHANNELS;

/// The samples of one group, frame by frame.
type Group = [f64; LANES];

/// A transfer function's poles, `1 / (a[0] + a[1] z^-1 + ...)` with `a[0]` of one, and the gain of its zeros.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poles<const COEFFS: usize> {
    gain: f64,
    a: [f64; COEFFS],
}

/// Where the zeros of a filter lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZerosAt {
    /// Of a high-pass.
    DirectCurrent,
    /// Of a low-pass.
    HalfTheRate,
}

/// The bilinear transform's frequency, the corner kept under 0.49 of the sample rate.
fn warped(corner_hz: f64, sample_rate_hz: f64) -> f64 {
    libm::tan(core::f64::consts::PI * (corner_hz / sample_rate_hz).min(0.49))
}

impl Poles<3> {
    fn butterworth(g: f64, gain: f64) -> Self {
        let k = core::f64::consts::SQRT_2;
        let norm = 1.0 / (1.0 + g * (g + k));
        Self { gain: gain * norm, a: [1.0, 2.0 * (g * g - 1.0) * norm, (1.0 + g * (g - k)) * norm] }
    }

    /// A second-order Butterworth high-pass, for zeros `(1 - z^-1)^2`.
    #[must_use]
    pub fn high_pass(corner_hz: f64, sample_rate_hz: f64) -> Self {
        Self::butterworth(warped(corner_hz, sample_rate_hz), 1.0)
    }

    /// A second-order Butterworth low-pass, for zeros `(1 + z^-1)^2`.
    #[must_use]
    pub fn low_pass(corner_hz: f64, sample_rate_hz: f64) -> Self {
        let g = warped(corner_hz, sample_rate_hz);
        Self::butterworth(g, g * g)
    }
}

impl Poles<2> {
    /// A low-pass of 6 dB per octave, for the zero `1 + z^-1`.
    #[must_use]
    pub fn slope(corner_hz: f64, sample_rate_hz: f64) -> Self {
        let g = warped(corner_hz, sample_rate_hz);
        Self { gain: g / (1.0 + g), a: [1.0, (g - 1.0) / (g + 1.0)] }
    }
}

impl<const M: usize> Poles<M> {
    /// The power that they and as many zeros let through at a frequency, all of the zeros in one place. For the display.
    #[must_use]
    pub fn power(&self, zeros: ZerosAt, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
        let half_angle = core::f64::consts::PI * frequency_hz / sample_rate_hz;
        let sum = |part: fn(f64) -> f64| -> f64 {
            self.a.iter().enumerate().map(|(n, a)| a * part(2.0 * half_angle * n as f64)).sum()
        };
        let (re, im) = (sum(libm::cos), sum(libm::sin));
        let from_zero = match zeros {
            ZerosAt::DirectCurrent => 2.0 * libm::sin(half_angle),
            ZerosAt::HalfTheRate => 2.0 * libm::cos(half_angle),
        };
        let of_zeros: f64 = self.a[1..].iter().map(|_| from_zero * from_zero).product();
        self.gain * self.gain * of_zeros / (re * re + im * im)
    }

    /// These and another filter's behind them.
    #[must_use]
    pub fn then<const N: usize, const OUT: usize>(&self, next: &Poles<N>) -> Poles<OUT> {
        let mut a = [0.0; OUT];
        for (i, x) in self.a.iter().enumerate() {
            for (j, y) in next.a.iter().enumerate() {
                a[i + j] += x * y;
            }
        }
        Poles { gain: self.gain * next.gain, a }
    }
}

/// A filter of order `2 + LAG` with the zeros `(1 - z^-2) (1 - z^-LAG)`: a second-order high-pass and, behind it, a low-pass of
/// order `LAG`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPass<const LAG: usize> {
    gain: f64,
    /// The matrix's columns: for past outputs, the oldest first, and what is fed to all but the last of the group.
    past_out: [Group; GROUP],
    fed: [Group; GROUP - 1],
    /// The last group of the input, of its first difference, and of the output.
    input: Group,
    difference: Group,
    output: Group,
}

impl<const LAG: usize> Default for BandPass<LAG> {
    fn default() -> Self {
        Self {
            gain: 0.0,
            past_out: [[0.0; LANES]; GROUP],
            fed: [[0.0; LANES]; GROUP - 1],
            input: [0.0; LANES],
            difference: [0.0; LANES],
            output: [0.0; LANES],
        }
    }
}

impl BandPass<2> {
    /// Between two edges of second order.
    pub fn set(&mut self, low_edge: &Poles<3>, high_edge: &Poles<3>) {
        self.design::<5>(&low_edge.then(high_edge));
    }
}

impl BandPass<1> {
    /// From an edge of second order to a slope.
    pub fn set(&mut self, low_edge: &Poles<3>, slope: &Poles<2>) {
        self.design::<4>(&low_edge.then(slope));
    }
}

/// Every frame of the group in turn, in all places.
#[inline(always)]
fn frames<S: Simd>(group: f64x8<S>) -> [f64x8<S>; GROUP] {
    let (early, late) = group.split();
    let ((a, b), (c, d)) = (early.split(), late.split());
    // No `map`: what it calls would not be inlined.
    [f64x8::block_splat(a), f64x8::block_splat(b), f64x8::block_splat(c), f64x8::block_splat(d)]
}

impl<const LAG: usize> BandPass<LAG> {
    /// Forgets all audio.
    pub fn reset(&mut self) {
        (self.input, self.difference, self.output) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    }

    fn design<const COEFFS: usize>(&mut self, poles: &Poles<COEFFS>) {
        let answer = |idx: usize, amplitude: f64| {
            let mut y = [0.0; 2 * GROUP];
            y[idx] = amplitude;
            // What is fed stands where it comes out, what came out before stays.
            for n in GROUP.max(idx + 1)..2 * GROUP {
                y[n] = -(1..COEFFS).map(|i| poles.a[i] * y[n - i]).sum::<f64>();
            }
            if idx >= GROUP {
                y[idx] = 0.0;
            }
            core::array::from_fn(|lane| y[GROUP + lane / MAX_CHANNELS])
        };
        self.gain = poles.gain;
        self.past_out = core::array::from_fn(|idx| answer(idx, 1.0));
        self.fed = core::array::from_fn(|idx| answer(GROUP + idx, poles.gain));
    }

    /// Filters whole groups of both channels. The first of them is so many groups after a control tick.
    #[inline(always)]
    pub fn process<S: Simd>(
        &mut self,
        simd: S,
        [left_in, right_in]: [&[f32]; MAX_CHANNELS],
        [left_out, right_out]: [&mut [f32]; MAX_CHANNELS],
        mut group_phase: usize,
    ) {
        let filter = *self;
        let mut input = f64x8::simd_from(simd, self.input);
        let mut difference = f64x8::simd_from(simd, self.difference);
        let mut output = f64x8::simd_from(simd, self.output);
        let inputs = left_in.as_chunks::<GROUP>().0.iter().zip(right_in.as_chunks::<GROUP>().0);
        let outputs =
            left_out.as_chunks_mut::<GROUP>().0.iter_mut().zip(right_out.as_chunks_mut::<GROUP>().0);
        for ((left_in, right_in), (left_out, right_out)) in inputs.zip(outputs) {
            let (early, late) =
                f32x4::simd_from(simd, *left_in).interleave(f32x4::simd_from(simd, *right_in));
            let (early, late) = early.combine(late).widen();
            let new_input = early.combine(late);
            // Two frames are four lanes.
            let new_difference = new_input - input.slide::<4>(new_input);
            let before = if LAG == 2 {
                difference.slide::<4>(new_difference)
            } else {
                difference.slide::<6>(new_difference)
            };
            (input, difference) = (new_input, new_difference);
            output = filter.next(simd, new_difference - before, output);
            group_phase = (group_phase + 1) % GROUPS_PER_TICK;
            // Asked first, so that music does not wait for the answer.
            if group_phase == 0 && output.abs().simd_lt(ENDED).any_true() {
                output = output.abs().simd_ge(ENDED).select(output, simd.splat_f64x8(0.0));
            }
            let audible = output.abs().simd_ge(SILENCE).select(output, simd.splat_f64x8(0.0));
            let (early, late): (f64x4<S>, f64x4<S>) = audible.split();
            let (early, late) = early.narrow(late).split();
            let (left, right) = early.deinterleave(late);
            (*left_out, *right_out) = (left.into(), right.into());
        }
        (self.input, self.difference, self.output) = (input.into(), difference.into(), output.into());
    }

    /// The group after `past`.
    #[inline(always)]
    fn next<S: Simd>(&self, simd: S, fed: f64x8<S>, past: f64x8<S>) -> f64x8<S> {
        let column = |column: &Group| f64x8::simd_from(simd, *column);
        let mut sum = fed * self.gain;
        for (answer, frame) in self.fed.iter().zip(frames(fed)) {
            sum += column(answer) * frame;
        }
        // The outputs come last and in pairs: the next group waits for nothing else.
        let past = frames(past);
        let back = |idx: usize| column(&self.past_out[idx]) * past[idx];
        if LAG == 2 {
            sum + ((back(0) + back(1)) + (back(2) + back(3)))
        } else {
            (sum + back(1)) + (back(2) + back(3))
        }
    }
}
