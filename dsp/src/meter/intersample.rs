//! The inter-sample peak: the highest point of the band-limited curve through the samples, which a converter comes near to.
//!
//! BS.1770's own filter (see [`super::true_peak`]) is short and reads clipped noise up to 3.1 dB low. This detector looks far: a
//! sinc of 128 taps for what is near, and beyond that, as far as 2176 samples to either side, only for what can add up over such
//! distances, which is a partial close to half the sample rate. Turned down by half the rate, that is so slow that its sums over
//! blocks of 16 samples stand for it: a far field, as in L. Greengard and V. Rokhlin, "A fast algorithm for particle simulations",
//! Journal of Computational Physics 73 (1987). Quarters and crests between the half-way points are found as the limiter finds
//! them. The check that proves masters (sixteen phases of 192 taps each) shares no filter with it.
//!
//! # What it costs
//! A group of 16 samples is looked at only if a bound on what may lie between them exceeds the highest peak so far; next to
//! nothing in music does. At worst, in noise that rises for ever, all are, and the whole meter costs seven times what it costs in music.
//! Groups and what is known of their surroundings are counted from the reset, so a reading depends on the audio alone.

use crate::dynamics::interpolator::{LANES, crest_of_rows_squared, load_row};
use crate::filter::kaiser::{kaiser, sinc};
use crate::simd::{self, transposed};
use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

/// Samples that are searched in one go: a square of blocks.
const CHUNK: usize = LANES * LANES;
/// Taps to either side of a half-way point.
const NEAR: usize = 64;
/// Blocks to either side of a place that its far field is made from.
const FAR_BLOCKS: usize = 128;
/// Shapes of both windows. Between them the far field sets in so gently that it may be made of blocks.
const NEAR_BETA: f64 = 4.0;
const FAR_BETA: f64 = 1.5;

/// Blocks kept before the chunk that is searched, and after it.
const BESIDE: usize = FAR_BLOCKS + 8;
const NUM_BLOCKS: usize = BESIDE + LANES + BESIDE;
/// Samples kept before the chunk, and after it: one block more than there are sums of, because a sum asks for the next sample.
const PAST: usize = 96;
const AHEAD: usize = (BESIDE + 1) * LANES;
const LEN: usize = PAST + CHUNK + AHEAD;
/// Chunks that the rows have room for behind that, so that they are rarely moved to their front.
const SPARE: usize = 8;

/// A band-limited signal falls from its highest peak no faster than a cosine at half the rate, so the nearest of the samples and
/// half-way points keeps cos(pi / 4) of it. Rounded down for the filter's error.
const SHARE_NEXT_TO_A_PEAK: f32 = 0.70;

/// How far the curve can rise above the largest sample, over the largest bend nearby: the cubic between samples by half of it,
/// and what the cubic leaves out, which is nothing at low frequencies and at half the rate all that a bend measures.
const BEND_GAIN: f32 = 3.5;
/// How many blocks to either side are nearby.
const BEND_REACH: usize = 4;

/// Peaks under this, -300 dBFS, have no crests sought, whose squares would leave the range of numbers.
const MIN_CREST_GAIN: f32 = 1e-15;

/// The detector's taps, shared by the channels.
#[derive(Debug, Clone)]
pub(crate) struct LongSinc {
    level: Level,
    /// Half of the taps of the half-way points, from the middle outwards.
    near: [f32; NEAR],
    /// What the sums of the blocks around a boundary count for, in the order of time.
    far: [f32; 2 * FAR_BLOCKS],
    /// The sum of their magnitudes.
    far_gain: f32,
}

impl LongSinc {
    /// Designs the taps.
    #[must_use]
    pub(crate) fn new() -> Self {
        let near_window = |distance: f64| kaiser(distance / NEAR as f64, NEAR_BETA);
        let far_window = |distance: f64| kaiser(distance / (LANES * FAR_BLOCKS) as f64, FAR_BETA);
        let near = core::array::from_fn(|n| {
            let distance = n as f64 + 0.5;
            (sinc(distance) * near_window(distance)) as f32
        });
        let far = core::array::from_fn(|n| {
            let distance = LANES as f64 * (n as f64 + 0.5 - FAR_BLOCKS as f64);
            let window = far_window(distance) - near_window(distance);
            (-window / (core::f64::consts::PI * distance)) as f32
        });
        let far_gain = far.iter().map(|tap| tap.abs()).sum();
        Self { level: simd::level(), near, far, far_gain }
    }
}

/// A value for each block.
type BlockRow = [f32; NUM_BLOCKS + SPARE * LANES];

/// The highest inter-sample peak of one channel since the last reset.
#[derive(Debug, Clone)]
pub(crate) struct IntersampleMeter {
    samples: [f32; LEN + SPARE * CHUNK],
    /// How far the rows have moved on, in chunks, and how much of the next chunk is there.
    num_chunks: usize,
    num_filled: usize,
    /// Of each block the largest sample, the largest bend, and the sum after turning down by half the rate.
    peaks: BlockRow,
    bends: BlockRow,
    sums: BlockRow,
    peak_gain: f32,
}

impl Default for IntersampleMeter {
    fn default() -> Self {
        let [peaks, bends, sums] = [[0.0; _]; 3];
        Self { samples: [0.0; _], num_chunks: 0, num_filled: 0, peaks, bends, sums, peak_gain: 0.0 }
    }
}

/// Half-way points from the block before the chunk to the one after it, as far as anybody asked.
struct Halves {
    points: [f32; CHUNK + 2 * LANES],
    is_known: [bool; LANES + 2],
}

impl IntersampleMeter {
    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The highest peak so far as a linear gain, 1.0 for full scale. It lags 50 ms behind the samples.
    #[must_use]
    pub(crate) fn peak_gain(&self) -> f32 {
        self.peak_gain
    }

    /// Takes any number of samples that are clean: none is damaged, or so small that products with it are subnormal.
    pub(crate) fn process(&mut self, taps: &LongSinc, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (part, rest) = samples.split_at(samples.len().min(CHUNK - self.num_filled));
            let at = self.num_chunks * CHUNK + LEN - CHUNK + self.num_filled;
            self.samples[at..at + part.len()].copy_from_slice(part);
            self.num_filled += part.len();
            samples = rest;
            if self.num_filled == CHUNK {
                dispatch!(taps.level, simd => self.search(simd, taps));
                self.num_filled = 0;
                self.move_on();
            }
        }
    }

    fn move_on(&mut self) {
        self.num_chunks += 1;
        if self.num_chunks == SPARE {
            self.samples.copy_within(SPARE * CHUNK.., 0);
            for row in [&mut self.peaks, &mut self.bends, &mut self.sums] {
                row.copy_within(SPARE * LANES.., 0);
            }
            self.num_chunks = 0;
        }
    }

    #[inline(always)]
    fn search<S: Simd>(&mut self, simd: S, taps: &LongSinc) {
        self.sum_up(simd);
        let bounds = self.bounds(simd);
        let far_bound = taps.far_gain * largest(simd, &self.sums[self.num_chunks * LANES..][..NUM_BLOCKS]);
        if bounds.reduce_max() + far_bound <= self.peak_gain {
            return;
        }
        let mut halves = Halves { points: [0.0; CHUNK + 2 * LANES], is_known: [false; LANES + 2] };
        for (group, &bound) in bounds.as_slice().iter().enumerate() {
            if bound + far_bound <= self.peak_gain {
                continue;
            }
            let (before, after) =
                (self.far(simd, taps, group + 1).abs(), self.far(simd, taps, group + 2).abs());
            if bound + if before > after { before } else { after } > self.peak_gain {
                self.look_closely(simd, taps, group, &mut halves);
            }
        }
    }

    /// What is to be known of the newest sixteen blocks.
    #[inline(always)]
    fn sum_up<S: Simd>(&mut self, simd: S) {
        let first = self.num_chunks * CHUNK + LEN - CHUNK - LANES;
        let rows: [_; LANES] = core::array::from_fn(|block| {
            let at = first + block * LANES;
            f32x16::from_slice(simd, &self.samples[at..at + LANES])
        });
        let rows = transposed(rows);
        // The samples before each block's first, and those after each block's last.
        let (mut before, mut after) = ([0.0; LANES], [0.0; LANES]);
        for block in 0..LANES {
            before[block] = self.samples[first + block * LANES - 1];
            after[block] = self.samples[first + (block + 1) * LANES];
        }
        let mut before = f32x16::from_slice(simd, &before);
        let last_after = f32x16::from_slice(simd, &after);
        let zero = f32x16::splat(simd, 0.0);
        let (mut peaks, mut bends, mut sums) = (zero, zero, zero);
        for n in 0..LANES {
            let (now, after) = (rows[n], if n + 1 < LANES { rows[n + 1] } else { last_after });
            let bend = (now + now - (before + after)) * 0.25;
            peaks = peaks.max(now.abs());
            bends = bends.max(bend.abs());
            sums = if n % 2 == 0 { sums + bend } else { sums - bend };
            before = now;
        }
        let newest = self.num_chunks * LANES + NUM_BLOCKS - LANES;
        peaks.store_slice(&mut self.peaks[newest..newest + LANES]);
        bends.store_slice(&mut self.bends[newest..newest + LANES]);
        sums.store_slice(&mut self.sums[newest..newest + LANES]);
    }

    /// Of each group of the chunk, how far from zero the curve can be at most, but for the far field.
    #[inline(always)]
    fn bounds<S: Simd>(&self, simd: S) -> f32x16<S> {
        let first = self.num_chunks * LANES + BESIDE;
        let largest_within = |row: &BlockRow, reach: usize| {
            let rows =
                (first - reach..=first + reach).map(|at| f32x16::from_slice(simd, &row[at..at + LANES]));
            rows.fold(f32x16::splat(simd, 0.0), f32x16::max)
        };
        largest_within(&self.peaks, 1) + largest_within(&self.bends, BEND_REACH) * BEND_GAIN
    }

    /// The far field at the boundary before a block, as a partial at half the rate has it half-way between two samples. Block
    /// 1 is the chunk's first.
    #[inline(always)]
    fn far<S: Simd>(&self, simd: S, taps: &LongSinc, block: usize) -> f32 {
        let first = self.num_chunks * LANES + BESIDE + block - 1 - FAR_BLOCKS;
        let sums = &self.sums[first..first + 2 * FAR_BLOCKS];
        let mut total = f32x16::splat(simd, 0.0);
        for (sums, taps) in sums.chunks_exact(LANES).zip(taps.far.chunks_exact(LANES)) {
            total += f32x16::from_slice(simd, sums) * f32x16::from_slice(simd, taps);
        }
        let mut lanes = [0.0; LANES];
        total.store_slice(&mut lanes);
        for width in [8, 4, 2, 1] {
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
        }
        lanes[0]
    }

    /// The chunk's samples with [`PAST`] of them before, and what follows.
    fn chunk(&self) -> &[f32] {
        &self.samples[self.num_chunks * CHUNK..]
    }

    /// Measures one group.
    #[inline(always)]
    fn look_closely<S: Simd>(&mut self, simd: S, taps: &LongSinc, group: usize, halves: &mut Halves) {
        self.know(simd, taps, group, halves);
        self.know(simd, taps, group + 1, halves);
        let at = LANES + group * LANES;
        let x = f32x16::from_slice(simd, &self.chunk()[group * LANES + PAST..][..LANES]);
        let before = f32x16::from_slice(simd, &halves.points[at - 1..at - 1 + LANES]);
        let after = f32x16::from_slice(simd, &halves.points[at..at + LANES]);
        let nearest = x.abs().max(before.abs()).max(after.abs());
        if !nearest.simd_gt(SHARE_NEXT_TO_A_PEAK * self.peak_gain).any_true() {
            return;
        }
        self.know(simd, taps, group + 2, halves);
        let mut peak = nearest;
        if largest_lane(nearest) > MIN_CREST_GAIN {
            let x = load_row(simd, &self.chunk()[group * LANES + PAST - 2..][..LANES + 4]);
            let b = load_row(simd, &halves.points[at - 3..at + 1 + LANES]);
            peak = peak.max(crest_of_rows_squared(&x, &b).sqrt());
        }
        let peak = largest_lane(peak);
        if peak > self.peak_gain {
            self.peak_gain = peak;
        }
    }

    /// Computes the half-way points after each sample of a block, where block 1 is the chunk's first, unless they are known.
    #[inline(always)]
    fn know<S: Simd>(&self, simd: S, taps: &LongSinc, block: usize, halves: &mut Halves) {
        if core::mem::replace(&mut halves.is_known[block], true) {
            return;
        }
        let at = PAST + block * LANES - LANES;
        let newer = &self.chunk()[at + 1..at + NEAR + LANES];
        let older = &self.chunk()[at + 1 - NEAR..at + LANES];
        let mut points = f32x16::splat(simd, 0.0);
        for (n, tap) in taps.near.iter().enumerate() {
            let older_at = NEAR - 1 - n;
            let pair = f32x16::from_slice(simd, &newer[n..n + LANES])
                + f32x16::from_slice(simd, &older[older_at..older_at + LANES]);
            points += pair * *tap;
        }
        let far = self.far(simd, taps, block);
        let slope = (self.far(simd, taps, block + 1) - far) / LANES as f32;
        let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        let signed: [f32; LANES] = core::array::from_fn(|n| sign(n) * (far + slope * (n + 1) as f32));
        (points + f32x16::from_slice(simd, &signed))
            .store_slice(&mut halves.points[block * LANES..(block + 1) * LANES]);
    }
}

/// The largest magnitude in a row of whole vectors.
#[inline(always)]
fn largest<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let chunks = row.chunks_exact(LANES).map(|chunk| f32x16::from_slice(simd, chunk).abs());
    largest_lane(chunks.fold(f32x16::splat(simd, 0.0), f32x16::max))
}

/// The largest lane, of magnitudes.
#[inline(always)]
fn largest_lane<S: Simd>(values: f32x16<S>) -> f32 {
    values.reduce_max()
}

// All that is read of the past and of the future is kept, and every row is whole vectors.
const _: () = assert!(PAST >= LANES + NEAR && BESIDE >= FAR_BLOCKS + 2 && NUM_BLOCKS.is_multiple_of(LANES));

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of a linear congruential generator between low-passed and white, in bursts of changing loudness.
    fn noise(len: usize, mut seed: u32, smoothing: f32) -> Vec<f32> {
        let mut last = 0.0;
        let sample = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = (seed >> 8) as f32 / 8_388_608.0 - 1.0;
            last = smoothing * last + (1.0 - smoothing) * white;
            last / (1 + (n / 701) % 5) as f32
        };
        (0..len).map(sample).collect()
    }

    /// The reading of samples that silence follows.
    fn reading(taps: &LongSinc, samples: &[f32]) -> f32 {
        let mut meter = IntersampleMeter::default();
        meter.process(taps, samples);
        meter.process(taps, &[0.0; LEN]);
        meter.peak_gain()
    }

    /// The reading when every group is looked at as if it were the first.
    fn unskipped_reading(taps: &LongSinc, samples: &[f32]) -> f32 {
        let mut meter = IntersampleMeter::default();
        let mut highest = 0.0f32;
        let padded: Vec<f32> = samples.iter().copied().chain([0.0; LEN]).collect();
        for chunk in padded.chunks_exact(CHUNK) {
            let at = meter.num_chunks * CHUNK + LEN - CHUNK;
            meter.samples[at..at + CHUNK].copy_from_slice(chunk);
            dispatch!(taps.level, simd => {
                meter.sum_up(simd);
                let mut halves = Halves { points: [0.0; CHUNK + 2 * LANES], is_known: [false; LANES + 2] };
                for group in 0..LANES {
                    meter.peak_gain = 0.0;
                    meter.look_closely(simd, taps, group, &mut halves);
                    highest = highest.max(meter.peak_gain);
                }
            });
            meter.move_on();
        }
        highest
    }

    #[test]
    fn skipping_changes_nothing() {
        let taps = LongSinc::new();
        for seed in 1..60 {
            let samples = noise(6000, seed, (seed % 4) as f32 * 0.3);
            let clipped: Vec<f32> = samples.iter().map(|x| (4.0 * x).clamp(-0.5, 0.5)).collect();
            for samples in [samples, clipped] {
                let (skipping, all) = (reading(&taps, &samples), unskipped_reading(&taps, &samples));
                assert_eq!(skipping.to_bits(), all.to_bits(), "seed {seed}: {skipping} instead of {all}");
            }
        }
    }

    /// An alternating signal between silences: far from its ends it is a sine at half the rate, which has no half-way points, and
    /// across a change of its sign it is what the far field is for.
    #[test]
    fn the_far_field_continues_the_near_one() {
        let taps = LongSinc::new();
        let sign = |n: usize| if n.is_multiple_of(2) == (n < 3000) { 1.0 } else { -1.0 };
        let samples: Vec<f32> = (0..6000).map(sign).collect();
        // Half-way across the change every tap of an endless sinc adds up, as far as the signal and the window go.
        let window = |distance: f64| kaiser(distance / (LANES * FAR_BLOCKS) as f64, FAR_BETA);
        let tap = |n: usize| sinc(n as f64 + 0.5).abs() * window(n as f64 + 0.5);
        let expected = 2.0 * (0..LANES * FAR_BLOCKS).map(tap).sum::<f64>();
        let measured = f64::from(reading(&taps, &samples));
        assert!((measured / expected - 1.0).abs() < 0.005, "{measured} instead of {expected}");
    }
}
