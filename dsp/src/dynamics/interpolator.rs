//! What lies between the samples: points half-way and a quarter of the way, and the crests of sines through them.
//!
//! A windowed sinc gives the points half-way between the samples, and from both together, at twice the rate, a filter of
//! eight taps gives the quarters, to 0.004 dB: less than half of the work of three long filters.

use super::track::Track;
use crate::filter::kaiser::{kaiser, sinc};
use fearless_simd::{Simd, f32x16, prelude::*};

/// Samples that are measured side by side.
pub(crate) const LANES: usize = 16;

/// How far the detector looks to either side of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// 32 samples.
    Short,
    /// 96 samples.
    Long,
}

impl Reach {
    /// How many samples after a sample the peak around it is known.
    #[must_use]
    pub const fn latency_samples(self) -> usize {
        match self {
            Self::Short => 32,
            Self::Long => 96,
        }
    }

    /// The window's shape: the narrower the transition, the more ripple beside it.
    const fn kaiser_beta(self) -> f64 {
        match self {
            Self::Short => 3.0,
            Self::Long => 4.0,
        }
    }

    /// How much of what lies near half the rate is added, found by clipped sweeps of 1 to 10 s. The truth grows as the
    /// logarithm of the time for which a partial keeps its sign, so there is no bound; slower sweeps need more, but by little.
    const fn nyquist_share(self) -> f32 {
        match self {
            Self::Short => 1.4,
            Self::Long => 1.25,
        }
    }
}

/// Points a quarter of the way between two at twice the rate, where music fills half of the band: half of the taps, whose
/// error of at most 0.000 48 is the same all over the band (minimax, by linear programming).
const QUARTER_TAPS: [f32; 4] = [0.610_738_34, -0.144_639_9, 0.041_136_104, -0.007_474_05];

/// The interpolator's taps, shared by the channels.
#[derive(Debug, Clone, Default)]
pub struct Interpolator {
    /// Half of the taps of the half-way points, from the middle outwards; the other half mirrors them.
    half_way: Vec<f32>,
    pub(super) latency_samples: usize,
    pub(super) nyquist_share: f32,
    /// No reading is further above the largest sample than this.
    pub(super) max_gain: f32,
}

impl Interpolator {
    /// Designs the taps. Allocates.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        // One less than the latency, because a quarter needs the half-way point after the next sample.
        let half = reach.latency_samples() - 1;
        let tap = |n: usize| {
            let distance = n as f64 + 0.5;
            (sinc(distance) * kaiser(distance / half as f64, reach.kaiser_beta())) as f32
        };
        let half_way: Vec<f32> = (0..half).map(tap).collect();
        let half_way_gain: f32 = half_way.iter().map(|tap| 2.0 * tap.abs()).sum();
        Self {
            latency_samples: reach.latency_samples(),
            nyquist_share: reach.nyquist_share(),
            // The mean magnitudes of both spans, and what rounding may add.
            max_gain: 1.01 * (half_way_gain + 2.0 * reach.nyquist_share()),
            half_way,
        }
    }

    /// `NUM` vectors of half-way points, of which the one for `at` lies after the sample `latency_samples - 1` before `at`.
    #[inline(always)]
    pub(super) fn half_way_points<S: Simd, const NUM: usize>(
        &self,
        simd: S,
        samples: &Track<f32>,
        at: usize,
    ) -> [f32x16<S>; NUM] {
        let len = NUM * LANES;
        let mut sums = [f32x16::splat(simd, 0.0); NUM];
        let num_taps = self.half_way.len();
        for (n, tap) in self.half_way.iter().enumerate() {
            let newer = samples.row(at + n + 1 - num_taps, len);
            let older = samples.row(at - n - num_taps, len);
            for (part, sum) in sums.iter_mut().enumerate() {
                let range = part * LANES..(part + 1) * LANES;
                let pair =
                    f32x16::from_slice(simd, &newer[range.clone()]) + f32x16::from_slice(simd, &older[range]);
                *sum += pair * *tap;
            }
        }
        sums
    }
}

#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, track: &Track<f32>, at: usize) -> f32x16<S> {
    f32x16::from_slice(simd, track.row(at, LANES))
}

/// Vectors that begin one sample after another, from a row that is four samples longer than a vector.
#[inline(always)]
pub(crate) fn load_row<S: Simd>(simd: S, row: &[f32]) -> [f32x16<S>; 5] {
    let mut vectors = [f32x16::splat(simd, 0.0); 5];
    for (n, vector) in vectors.iter_mut().enumerate() {
        *vector = f32x16::from_slice(simd, &row[n..n + LANES]);
    }
    vectors
}

/// The square of the highest crest from the half-way point before each sample to the quarter after it: from the two samples
/// on either side of it and itself, and from the three half-way points before and the two after it, in the order of time.
#[inline(always)]
pub(crate) fn crest_of_rows_squared<S: Simd>(x: &[f32x16<S>; 5], b: &[f32x16<S>; 5]) -> f32x16<S> {
    let before_last = quarter([(x[1], b[2]), (b[1], x[2]), (x[0], b[3]), (b[0], x[3])]);
    let last = quarter([(b[2], x[2]), (x[1], b[3]), (b[1], x[3]), (x[0], b[4])]);
    let next = quarter([(x[2], b[3]), (b[2], x[3]), (x[1], b[4]), (b[1], x[4])]);
    crest_squared(before_last, b[2], last)
        .max(crest_squared(b[2], last, x[2]))
        .max(crest_squared(last, x[2], next))
        .max(crest_squared(x[2], next, b[3]))
}

/// The point in the middle of four pairs at twice the rate, from the inner to the outer one.
#[inline(always)]
fn quarter<S: Simd>(pairs: [(f32x16<S>, f32x16<S>); 4]) -> f32x16<S> {
    let mut sum = (pairs[0].0 + pairs[0].1) * QUARTER_TAPS[0];
    for n in 1..4 {
        sum += (pairs[n].0 + pairs[n].1) * QUARTER_TAPS[n];
    }
    sum
}

/// The square of the crest near `middle`, by the sine through three equidistant points, or of `middle` itself where it is no
/// maximum of the magnitude.
///
/// With `w` the sine's phase from point to point, `cos w` is the mean of the outer points over the middle one, and the
/// outer points' half difference is `sin w` times the part in quadrature. So with `u` and `v` twice the middle point less and
/// plus the outer ones, the square is `middle^2 (1 + difference^2 / (u v))`.
#[inline(always)]
fn crest_squared<S: Simd>(before: f32x16<S>, middle: f32x16<S>, after: f32x16<S>) -> f32x16<S> {
    let (fall_before, fall_after) = (middle - before, middle - after);
    let (u, difference) = (fall_before + fall_after, fall_before - fall_after);
    let twice = middle + middle;
    let outer = twice - u;
    // Points this close never turn by more than an eighth of a cycle, save where they are not on one sine.
    let is_turning_back = (outer * middle).simd_lt(0.0);
    let divisor = is_turning_back.select(twice * twice, u * (twice + outer));
    let rise = difference * difference / divisor;
    let is_crest = (fall_before * fall_after).simd_gt(0.0) & divisor.simd_gt(0.0);
    let square = middle * middle;
    is_crest.select(square + square * rise, square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    /// The half-way point of a signal of ones whose signs are those of the taps, and of one of alternating signs.
    #[test]
    fn the_bound_covers_the_worst_signal() {
        for reach in [Reach::Short, Reach::Long] {
            let interpolator = Interpolator::new(reach);
            let half = reach.latency_samples() - 1;
            let sign = |distance: usize| if distance.is_multiple_of(2) { 1.0 } else { -1.0 };
            let mut worst = Track::new(256, 256);
            let row = worst.row_mut(257 - 2 * half, 2 * half);
            for n in 0..half {
                (row[half - 1 - n], row[half + n]) = (sign(n), sign(n));
            }
            let [points] = dispatch!(Level::baseline(), simd => {
                interpolator.half_way_points::<_, 1>(simd, &worst, 256).map(|points| points.as_slice()[0])
            });
            // Both spans' means of an alternating signal are one.
            let most = points + 2.0 * interpolator.nyquist_share;
            assert!(points > 3.0 && most < interpolator.max_gain, "{reach:?}: {points}, {most}");
            assert!(1.02 * most > interpolator.max_gain, "{reach:?}: no further than rounding needs");
        }
    }
}
