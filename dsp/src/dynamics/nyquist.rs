//! How much of a signal lies so close to half the sample rate that no interpolator of practical length sees it.
//!
//! A partial at half the rate minus `d` needs a filter of some `1 / d` samples to be told from its image. Where such a partial
//! changes sign (the aliased harmonics of clipped sweeps do), the signal between two samples rises as the logarithm of the
//! time for which the partial keeps its sign on either side, far beyond any filter's reach. Shifted down by half the rate the
//! partial is a slow wave, whose mean over two adjacent spans says how much may be missing. The long detector's
//! interval lies where the spans meet, the short one's in the newer span.
//!
//! The mean is a sum over 48 samples of alternating sign, twice: a triangle, which keeps what is not near half the rate 60 dB
//! down. Each sum is made of sums of sums, without feedback, so nothing drifts and only the samples decide its bits.

use super::track::{CHUNK, Track};
use fearless_simd::{Simd, f32x16, prelude::*};

/// How many samples lie between two means of adjacent spans.
const SPAN_SAMPLES: usize = 96;

/// Each of both sums is over half a span.
const SUM_SAMPLES: usize = SPAN_SAMPLES / 2;

/// How many samples before a mean its first sum begins.
const REACH_SAMPLES: usize = 2 * (SUM_SAMPLES - 1);

/// How many samples before a sample its [`NyquistBand::share`] depends on.
pub(crate) const MEMORY_SAMPLES: usize = SPAN_SAMPLES + REACH_SAMPLES + 2;

/// The means of a channel's partials near half the rate.
#[derive(Debug, Clone, Default)]
pub(crate) struct NyquistBand {
    /// For either sum: over 4, 16 and 48 samples. The last one is the mean but for its scale.
    sums: [[Track<f32>; 3]; 2],
}

/// One sum over 48 from sums over 4 and 16, `len` of each from `start` on. A shift by an even number keeps the alternation.
#[inline(always)]
fn add_up(samples: &Track<f32>, [by_4, by_16, by_48]: &mut [Track<f32>; 3], start: usize, len: usize) {
    let x = |ago| samples.row(start - ago, len);
    let (x0, x1, x2, x3) = (x(0), x(1), x(2), x(3));
    let out = by_4.row_mut(start, len);
    for n in 0..len {
        out[n] = (x0[n] - x1[n]) + (x2[n] - x3[n]);
    }
    let x = |ago| by_4.row(start - ago, len);
    let (x0, x1, x2, x3) = (x(0), x(4), x(8), x(12));
    let out = by_16.row_mut(start, len);
    for n in 0..len {
        out[n] = (x0[n] + x1[n]) + (x2[n] + x3[n]);
    }
    let x = |ago| by_16.row(start - ago, len);
    let (x0, x1, x2) = (x(0), x(16), x(32));
    let out = by_48.row_mut(start, len);
    for n in 0..len {
        out[n] = (x0[n] + x1[n]) + x2[n];
    }
}

impl NyquistBand {
    /// Of silence, on tracks that start at `front`. Allocates.
    pub(crate) fn new(front: usize) -> Self {
        let track = |past| Track::new(front, past);
        Self { sums: [[track(12), track(32), track(3)], [track(12), track(32), track(SPAN_SAMPLES)]] }
    }

    pub(crate) fn tracks(&mut self) -> impl Iterator<Item = &mut Track<f32>> {
        self.sums.iter_mut().flatten()
    }

    /// Takes `len` samples from `start` on.
    #[inline(always)]
    pub(crate) fn push(&mut self, samples: &Track<f32>, start: usize, len: usize) {
        debug_assert!(len <= CHUNK + MEMORY_SAMPLES, "{len} samples at once");
        let [first, second] = &mut self.sums;
        add_up(samples, first, start, len);
        add_up(&first[2], second, start, len);
    }

    /// The mean magnitude over the newest samples and that over those before them, together, for 16 samples from `at` on.
    #[inline(always)]
    pub(crate) fn share<S: Simd>(&self, simd: S, at: usize) -> f32x16<S> {
        let means = &self.sums[1][2];
        // A single event where the spans meet weighs nothing in either: the span in their middle sees it.
        let after = f32x16::from_slice(simd, means.row(at, 16)).abs();
        let middle = f32x16::from_slice(simd, means.row(at - SPAN_SAMPLES / 2, 16)).abs();
        let before = f32x16::from_slice(simd, means.row(at - SPAN_SAMPLES, 16)).abs();
        (before.max(middle) + after.max(middle)) * (1.0 / (SUM_SAMPLES * SUM_SAMPLES) as f32)
    }
}
