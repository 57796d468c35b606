//! Peaks between the samples: what a limiter must know before a converter shows it.
//!
//! The signal is interpolated to four times its rate (see [`super::interpolator`]), and a sine through the three points
//! around each maximum gives its crest, which is exact for a single tone; eight times interpolation alone would fall short by
//! up to 0.17 dB. The filters are the limiter's own; the meter's (BS.1770) and the bounce's independent check are others.
//!
//! Two lengths, with 62 taps and with 190, whose pass bands end near 0.48 and 0.49 of the sample rate. What lies between there
//! and half the rate is estimated beside it (see `nyquist`) and added to the reading.
//!
//! # What it costs at worst
//! The half-way points and the estimate are computed for every sample, in loops over time without a branch. Quarters and
//! crests are computed for all of 16 samples or for none. At worst, under music that is driven by 24 dB, they are computed
//! for all, and the whole limiter costs not quite twice what it costs under music at -14 LUFS. Where no sample of the recent
//! past is loud enough for any point to come near the floor, which a bound on the filters' gain proves, nothing is computed
//! at all; the 192 samples that the tracks then lack are made up in the chunk in which it gets louder. Neither short cut
//! changes a bit of what is returned.

use super::interpolator::{Interpolator, LANES, crest_of_rows_squared, load, load_row};
use super::nyquist::{MEMORY_SAMPLES, NyquistBand};
use super::track::{CHUNK, SPILL, Track, is_full};
use fearless_simd::{Simd, f32x16, prelude::*};

/// With the half-way points known no crest is further than a quarter of a sample from a known point; a band-limited signal
/// falls from its highest peak no faster than a cosine at half the sample rate, to 0.71 there. A lower peak may be sharper.
const SHARE_INSIDE_AN_INTERVAL: f32 = 0.68;

/// Less than this share of the floor near half the rate is not added: music has less, and is read as it is.
const NYQUIST_SHARE_IGNORED: f32 = 0.003;

/// 0.05 dB: what is above the floor is brought this far under it, which covers what the detector may fail to see. What is
/// not above it is left alone, so the margin costs no transparency.
const MARGIN: f32 = 0.994_26;

/// Smaller samples than this, -600 dBFS, are silence: so no product with a tap is subnormal, where hosts' flags differ.
const SILENCE_GAIN: f32 = 1e-30;

/// Where the tracks start: behind all that is read of the past.
const FRONT: usize = 256;

/// What a detector knows of the past before the samples from which the tracks are made up.
const WARM_UP: usize = MEMORY_SAMPLES.next_multiple_of(LANES);

/// How many half-way points before the newest are read.
const HALVES_READ: usize = 4;

/// The last samples of one channel and what lies between them.
#[derive(Debug, Clone, Default)]
pub struct PeakDetector {
    at: usize,
    samples: Track<f32>,
    halves: Track<f32>,
    nyquist: NyquistBand,
    /// For so many samples none was louder than `quiet_gain`.
    quiet_samples: usize,
    quiet_gain: f32,
    /// Only `samples` is up to date.
    is_stale: bool,
}

impl PeakDetector {
    /// A detector of silence. Allocates.
    #[must_use]
    pub fn new() -> Self {
        Self {
            at: FRONT,
            samples: Track::new(FRONT, FRONT),
            halves: Track::new(FRONT, HALVES_READ),
            nyquist: NyquistBand::new(FRONT),
            ..Self::default()
        }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.samples.reset();
        self.halves.reset();
        self.nyquist.tracks().for_each(Track::reset);
        (self.at, self.quiet_samples, self.quiet_gain, self.is_stale) = (FRONT, 0, 0.0, false);
    }

    /// Takes a chunk of samples, and gives for each sample of [`super::interpolator::Reach::latency_samples`] ago the reduction, 0 to 1, that takes
    /// the peak around it to just under its floor; zero where the peak does not exceed it. `floors` and `reductions` are a
    /// vector longer. Returns whether there was anything but zeros.
    #[inline(always)]
    pub(crate) fn measure<S: Simd>(
        &mut self,
        simd: S,
        interpolator: &Interpolator,
        samples: &[f32],
        floors: &[f32; CHUNK + LANES],
        reductions: &mut [f32; CHUNK + LANES],
    ) -> bool {
        let len = samples.len();
        if is_full(self.at, FRONT, len) {
            let tracks = [&mut self.samples, &mut self.halves].into_iter().chain(self.nyquist.tracks());
            tracks.for_each(|track| track.rewind(self.at, FRONT));
            self.at = FRONT;
        }
        let at = self.at;
        self.at += len;
        let peak = self.load(simd, at, samples);
        if self.is_quiet(peak, len, floors[0].min(floors[len - 1]), interpolator.max_gain) {
            self.is_stale = true;
            reductions[..len].fill(0.0);
            return false;
        }
        self.fill_tracks(simd, interpolator, at, len);
        let mut is_any = false;
        for start in (0..len).step_by(LANES) {
            let floor = f32x16::from_slice(simd, &floors[start..start + LANES]);
            let out = &mut reductions[start..start + LANES];
            match self.reduction(simd, interpolator, at + start, floor) {
                Some(reduction) => {
                    reduction.store_slice(out);
                    is_any = true;
                }
                None => out.fill(0.0),
            }
        }
        is_any
    }

    /// Copies samples in, and returns the largest magnitude.
    #[inline(always)]
    fn load<S: Simd>(&mut self, simd: S, at: usize, samples: &[f32]) -> f32 {
        let row = self.samples.row_mut(at, samples.len().next_multiple_of(LANES));
        row[..samples.len()].copy_from_slice(samples);
        row[samples.len()..].fill(0.0);
        let zero = f32x16::splat(simd, 0.0);
        let mut peaks = zero;
        for chunk in row.chunks_exact_mut(LANES) {
            let values = f32x16::from_slice(simd, chunk);
            let magnitudes = values.abs();
            magnitudes.simd_lt(SILENCE_GAIN).select(zero, values).store_slice(chunk);
            peaks = peaks.max(magnitudes);
        }
        peaks.reduce_max()
    }

    /// Whether nothing that is read for these samples can come near the floor.
    #[inline(always)]
    fn is_quiet(&mut self, peak: f32, len: usize, floor: f32, max_gain: f32) -> bool {
        let quiet_gain = SHARE_INSIDE_AN_INTERVAL * floor / max_gain;
        let was_quiet = self.quiet_samples >= FRONT && quiet_gain >= self.quiet_gain;
        if peak > quiet_gain || quiet_gain < self.quiet_gain {
            self.quiet_samples = 0;
        } else {
            self.quiet_samples = (self.quiet_samples + len).min(FRONT);
        }
        self.quiet_gain = quiet_gain;
        was_quiet && peak <= quiet_gain
    }

    /// Everything that is known of `len` samples from `at` on, and of those before them if that was left undone.
    #[inline(always)]
    fn fill_tracks<S: Simd>(&mut self, simd: S, interpolator: &Interpolator, at: usize, len: usize) {
        let is_stale = core::mem::replace(&mut self.is_stale, false);
        let since = |undone: usize| if is_stale { undone } else { 0 };
        let undone = since(WARM_UP);
        self.nyquist.push(&self.samples, at - undone, len + undone);
        let undone = since(LANES);
        let (mut start, end) = (at - undone, at + len);
        while start < end {
            if start + 3 * LANES < end {
                let points: [_; 4] = interpolator.half_way_points(simd, &self.samples, start);
                for (part, points) in points.into_iter().enumerate() {
                    points.store_slice(self.halves.row_mut(start + part * LANES, LANES));
                }
                start += 4 * LANES;
            } else {
                let [points] = interpolator.half_way_points(simd, &self.samples, start);
                points.store_slice(self.halves.row_mut(start, LANES));
                start += LANES;
            }
        }
    }

    /// The reductions for 16 samples, if one of them may be more than zero.
    #[inline(always)]
    fn reduction<S: Simd>(
        &self,
        simd: S,
        interpolator: &Interpolator,
        at: usize,
        floor: f32x16<S>,
    ) -> Option<f32x16<S>> {
        let zero = f32x16::splat(simd, 0.0);
        let (before, middle, after) = self.nearest(simd, interpolator, at);
        // Maxima are of magnitudes, so that no zero has a sign to lose.
        let hidden = self.nyquist.share(simd, at) - floor * NYQUIST_SHARE_IGNORED;
        let hidden = hidden.simd_gt(0.0).select(hidden, zero) * interpolator.nyquist_share;
        let near = before.abs().max(middle.abs()).max(after.abs()) + hidden;
        let may_exceed = near.simd_gt(floor * SHARE_INSIDE_AN_INTERVAL);
        if !may_exceed.any_true() {
            return None;
        }
        let peak = self.crest(simd, interpolator, at) + hidden;
        let exceeds = may_exceed & peak.simd_gt(floor);
        if !exceeds.any_true() {
            return None;
        }
        Some(exceeds.select(f32x16::splat(simd, 1.0) - floor * MARGIN / peak, zero))
    }

    /// The samples that 16 peaks are about, and the half-way points before and after them.
    #[inline(always)]
    fn nearest<S: Simd>(
        &self,
        simd: S,
        interpolator: &Interpolator,
        at: usize,
    ) -> (f32x16<S>, f32x16<S>, f32x16<S>) {
        let middle = load(simd, &self.samples, at - interpolator.latency_samples);
        (load(simd, &self.halves, at - 2), middle, load(simd, &self.halves, at - 1))
    }

    /// The highest crest from the half-way point before each sample to the quarter after it.
    #[inline(always)]
    fn crest<S: Simd>(&self, simd: S, interpolator: &Interpolator, at: usize) -> f32x16<S> {
        // Two samples on either side of the one in the middle; four half-way points before the newest.
        let first = at - interpolator.latency_samples - 2;
        let x = load_row(simd, self.samples.row(first, LANES + 4));
        let b = load_row(simd, self.halves.row(at - HALVES_READ, LANES + 4));
        crest_of_rows_squared(&x, &b).sqrt()
    }
}

// A chunk's last vector may end behind it, and what the tracks lack is written before it.
const _: () = assert!(SPILL >= LANES && FRONT >= WARM_UP + 3 && CHUNK.is_multiple_of(4 * LANES));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::interpolator::Reach;
    use fearless_simd::{Level, dispatch};

    /// Noise of a linear congruential generator, in bursts between long quiet parts.
    fn noise(len: usize, mut seed: u32) -> Vec<f32> {
        let next = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let level = if (n / 700).is_multiple_of(3) { 2.0 } else { 0.02 };
            level * ((seed >> 8) as f32 / 8_388_608.0 - 1.0)
        };
        (0..len).map(next).collect()
    }

    /// The reductions, and in how many chunks nothing was computed.
    fn measured(reach: Reach, samples: &[f32], chunk_len: usize, may_skip: bool) -> (Vec<f32>, usize) {
        let (interpolator, mut detector) = (Interpolator::new(reach), PeakDetector::new());
        let (floors, mut reductions) = ([0.9; CHUNK + LANES], [0.0; CHUNK + LANES]);
        let (mut all, mut num_skipped) = (Vec::new(), 0);
        for chunk in samples.chunks(chunk_len) {
            if !may_skip {
                detector.quiet_samples = 0;
            }
            dispatch!(Level::baseline(), simd => detector.measure(simd, &interpolator, chunk, &floors, &mut reductions));
            num_skipped += usize::from(detector.is_stale);
            all.extend_from_slice(&reductions[..chunk.len()]);
        }
        (all, num_skipped)
    }

    #[test]
    fn skipping_changes_nothing() {
        let samples = noise(20_000, 3);
        for reach in [Reach::Short, Reach::Long] {
            let (expected, num_skipped) = measured(reach, &samples, CHUNK, false);
            assert!(expected.iter().any(|reduction| *reduction > 0.5) && num_skipped == 0);
            for chunk_len in [1, 7, 64, 100, CHUNK] {
                let (reductions, num_skipped) = measured(reach, &samples, chunk_len, true);
                assert!(num_skipped > 10, "quiet parts are left out");
                assert!(reductions == expected, "{reach:?} by {chunk_len}");
            }
        }
    }
}
