//! Feed-forward compressors in the log domain for all bands at once: levels, curve, envelope, gains.
//!
//! Each step is a loop of its own over a part of the audio. Levels, curves and gains know no past, so their loops run over
//! sixteen values at a time, whatever frame or band they belong to, in `f32`; envelopes run over four bands at a time, in
//! `f64`, because a slow one adds very little at each sample. While both channels share one gain, one is computed.

use super::controls::{Controls, LANES, LaneControl, LaneControls, Lanes};
use super::envelopes::{Envelopes, quad_at, quad_from_f32, quad_to_f32};
use crate::block::{Frame, MAX_CHANNELS};
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, intervals};
use core::ops::Range;
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x4};

/// The most bands that fit side by side.
pub const MAX_SLOTS: usize = 8;

/// Bands in one vector.
pub const SLOTS_PER_QUAD: usize = 4;

/// What is under this counts as this, -300 dB; it lies well above the subnormals of `f32`.
const LEAST_MAGNITUDE: f64 = 1e-15;

/// The stages of the envelopes: a row for each channel.
type Stage = [[f64; MAX_SLOTS]; MAX_CHANNELS];

/// The compressors of all bands: their envelopes, and the controls as the loops want them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compressors {
    num_slots: usize,
    controls: LaneControls,
    /// The target, and how far it moves in a sample.
    link: [f64; 2],
    /// Hold, rise and fall.
    pub(super) timings: [[f64; MAX_SLOTS]; 3],
    pub(super) held_db: Stage,
    pub(super) reduction_db: Stage,
}

/// Where a part lies in time.
#[derive(Debug, Clone, Copy)]
pub struct PartTime {
    /// How far the control interval has come where it begins.
    pub phase: usize,
    /// Samples until the controls have reached their targets, as of before the part; at least its length, or none.
    pub samples_left: usize,
}

impl Compressors {
    /// Takes the controls, where band `n` has slot `slots[n]` of `num_slots`, four or eight. To be called when they change.
    pub fn lay_out(&mut self, controls: &Controls, slots: &[usize], num_slots: usize) {
        self.num_slots = num_slots;
        self.controls = LaneControls::new(controls, slots, num_slots);
        self.link = controls.link();
        for (band_idx, slot) in slots.iter().enumerate() {
            for (row, coeff) in self.timings.iter_mut().zip(controls.timing(band_idx)) {
                row[*slot] = coeff;
            }
        }
    }

    /// Full gain.
    pub fn reset(&mut self) {
        self.held_db = Stage::default();
        self.reduction_db = Stage::default();
    }

    /// Goes on in a slot from the reduction of a slot elsewhere.
    pub fn take_envelope(&mut self, slot: usize, other: &Self, other_slot: usize) {
        for c in 0..MAX_CHANNELS {
            self.held_db[c][slot] = other.held_db[c][other_slot];
            self.reduction_db[c][slot] = other.reduction_db[c][other_slot];
        }
    }

    /// The present reduction of the more reduced channel, dB; negative where upward compression raises the band.
    #[must_use]
    pub fn reduction_db(&self, slot: usize) -> f64 {
        self.reduction_db[0][slot].max(self.reduction_db[1][slot])
    }

    /// Compresses a part and sums its bands. A row of `rows` has the left channel's slots and then the right channel's; `work`
    /// has room for as much and sixteen values more.
    pub fn process(
        &mut self,
        level: Level,
        time: PartTime,
        rows: &[f64],
        work: &mut [f32],
        output: &mut [Frame],
    ) {
        let row_len = MAX_CHANNELS * self.num_slots;
        let (rows, work) = (&rows[..output.len() * row_len], &mut work[..output.len() * row_len + LANES]);
        if self.num_slots == SLOTS_PER_QUAD {
            dispatch!(level, simd => process::<_, 1>(simd, self, time, rows, work, output));
        } else {
            dispatch!(level, simd => process::<_, 2>(simd, self, time, rows, work, output));
        }
    }
}

#[inline(always)]
fn process<S: Simd, const QUADS: usize>(
    simd: S,
    state: &mut Compressors,
    time: PartTime,
    rows: &[f64],
    work: &mut [f32],
    output: &mut [Frame],
) {
    let link_moves = time.samples_left > 0 && state.link[1] != 0.0;
    let is_linked = state.link[0] >= 1.0 && !link_moves;
    // Channels that were linked less before come to the same bits only with time.
    let are_alike = state.held_db[0] == state.held_db[1] && state.reduction_db[0] == state.reduction_db[1];
    if is_linked && are_alike {
        process_channels::<S, QUADS, 1>(simd, state, time, is_linked, rows, work, output);
        state.held_db[1] = state.held_db[0];
        state.reduction_db[1] = state.reduction_db[0];
    } else {
        process_channels::<S, QUADS, 2>(simd, state, time, is_linked, rows, work, output);
    }
}

/// An envelope waits for its last sample most of the time; while it does, the processor finishes what lies a control interval
/// back, as many values at once as a vector has, so that both are always within its reach. Values that are stored four
/// by four are read sixteen by sixteen only when they have long arrived in the cache, because processors stall on a load
/// that is pieced together from stores on their way.
#[inline(always)]
fn process_channels<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    state: &mut Compressors,
    time: PartTime,
    is_linked: bool,
    rows: &[f64],
    work: &mut [f32],
    output: &mut [Frame],
) {
    let frame_len = CHANNELS * QUADS * SLOTS_PER_QUAD;
    let num_values = output.len() * frame_len;
    levels::<S, QUADS, CHANNELS>(simd, is_linked, rows, &mut work[..num_values]);
    let lanes = &mut work[..num_values.next_multiple_of(LANES)];
    curves(&state.controls, time.samples_left, CHANNELS * QUADS, lanes);
    let mut envelopes = Envelopes::<S, QUADS, CHANNELS>::load(simd, state);
    let mut finished = 0;
    for part in intervals(time.phase, output.len(), LANES / frame_len) {
        if part.phase == 0 {
            envelopes.flush(simd);
        }
        let samples_left = time.samples_left.saturating_sub(part.range.start);
        let reductions = &mut work[part.range.start * frame_len..part.range.end * frame_len];
        // Nearly always it is a whole vector, and then the compiler had better know.
        match <&mut [f32; LANES]>::try_from(&mut *reductions) {
            Ok(whole) => envelopes.run(simd, state.link, samples_left, whole),
            Err(_) => envelopes.run(simd, state.link, samples_left, reductions),
        }
        let arrived = part.range.end.saturating_sub(CONTROL_INTERVAL_SAMPLES);
        if arrived > finished {
            finish::<S, QUADS, CHANNELS>(simd, state, time, finished..arrived, rows, work, output);
            finished = arrived;
        }
    }
    while finished < output.len() {
        let range = finished..output.len().min(finished + LANES / frame_len);
        finished = range.end;
        finish::<S, QUADS, CHANNELS>(simd, state, time, range, rows, work, output);
    }
    envelopes.store(state);
}

/// From the reductions to the output, for at most as many frames as a vector has room for.
#[inline(always)]
fn finish<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    state: &Compressors,
    time: PartTime,
    range: Range<usize>,
    rows: &[f64],
    reductions: &[f32],
    output: &mut [Frame],
) {
    let frame_len = CHANNELS * QUADS * SLOTS_PER_QUAD;
    let samples_left = time.samples_left.saturating_sub(range.start);
    // Lanes beyond the range's end may hold anything.
    let reductions = &reductions[range.start * frame_len..][..LANES];
    let gains = gains(&state.controls, samples_left, CHANNELS * QUADS, reductions);
    let row_len = MAX_CHANNELS * QUADS * SLOTS_PER_QUAD;
    // As with the envelopes, the compiler had better know the usual length.
    let whole = LANES / frame_len;
    if range.len() == whole {
        let rows = &rows[row_len * range.start..][..row_len * whole];
        mix::<S, QUADS, CHANNELS>(simd, rows, &gains.0, &mut output[range.start..][..whole]);
    } else {
        mix::<S, QUADS, CHANNELS>(simd, &rows[row_len * range.start..], &gains.0, &mut output[range]);
    }
}

/// Magnitudes of every slot, or if there is one channel for both, the louder's.
#[inline(always)]
fn levels<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    is_linked: bool,
    rows: &[f64],
    work: &mut [f32],
) {
    let num_slots = QUADS * SLOTS_PER_QUAD;
    let least = f64x4::splat(simd, LEAST_MAGNITUDE);
    let rows = rows.chunks_exact(MAX_CHANNELS * num_slots);
    for (row, level) in rows.zip(work.chunks_exact_mut(CHANNELS * num_slots)) {
        for first in (0..num_slots).step_by(SLOTS_PER_QUAD) {
            let left = quad_at(simd, row, first).abs();
            let right = quad_at(simd, row, num_slots + first).abs();
            let louder = left.simd_gt(right).select(left, right);
            let louder = louder.simd_gt(least).select(louder, least);
            if CHANNELS == 1 {
                quad_to_f32(louder, level, first);
            } else {
                let left = if is_linked { louder } else { left.simd_gt(least).select(left, least) };
                let right = if is_linked { louder } else { right.simd_gt(least).select(right, least) };
                quad_to_f32(left, level, first);
                quad_to_f32(right, level, num_slots + first);
            }
        }
    }
}

/// A lane's control at each of sixteen values, of which the first is value `16 idx`. A frame has `num_quads` times four.
#[inline(always)]
fn control_at(
    controls: &LaneControls,
    samples_left: usize,
    num_quads: usize,
    idx: usize,
    lane: usize,
) -> LaneControl {
    if samples_left == 0 {
        return controls.at_rest(lane);
    }
    let frame_idx = (LANES * idx + lane) / (SLOTS_PER_QUAD * num_quads);
    controls.on_the_way(lane, (samples_left as i32 - 1 - frame_idx as i32) as f32)
}

/// Magnitudes become the reductions that the curves want.
#[inline(always)]
fn curves(controls: &LaneControls, samples_left: usize, num_quads: usize, lanes: &mut [f32]) {
    if samples_left == 0 && controls.only_lowers() {
        for values in lanes.chunks_exact_mut(LANES) {
            for n in 0..LANES {
                values[n] = controls.at_rest(n).wanted_loss_db(values[n]);
            }
        }
        return;
    }
    for (idx, values) in lanes.chunks_exact_mut(LANES).enumerate() {
        for n in 0..LANES {
            values[n] = control_at(controls, samples_left, num_quads, idx, n).wanted_db(values[n]);
        }
    }
}

/// Reductions become gains.
#[inline(always)]
fn gains(controls: &LaneControls, samples_left: usize, num_quads: usize, reductions: &[f32]) -> Lanes {
    let mut gains = Lanes::default();
    if samples_left == 0 {
        for n in 0..LANES {
            gains.0[n] = controls.at_rest(n).gain(reductions[n]);
        }
    } else {
        for n in 0..LANES {
            gains.0[n] = control_at(controls, samples_left, num_quads, 0, n).gain(reductions[n]);
        }
    }
    gains
}

/// Multiplies the bands by their gains and sums them.
#[inline(always)]
fn mix<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    rows: &[f64],
    gains: &[f32],
    output: &mut [Frame],
) {
    let num_slots = QUADS * SLOTS_PER_QUAD;
    let rows = rows.chunks_exact(MAX_CHANNELS * num_slots);
    let gains = gains.chunks_exact(CHANNELS * num_slots);
    let right_gain = if CHANNELS == 1 { 0 } else { num_slots };
    for ((row, gain), y) in rows.zip(gains).zip(output) {
        let mut left = quad_at(simd, row, 0) * quad_from_f32(simd, gain, 0);
        let mut right = quad_at(simd, row, num_slots) * quad_from_f32(simd, gain, right_gain);
        for first in (SLOTS_PER_QUAD..num_slots).step_by(SLOTS_PER_QUAD) {
            left += quad_at(simd, row, first) * quad_from_f32(simd, gain, first);
            right += quad_at(simd, row, num_slots + first) * quad_from_f32(simd, gain, right_gain + first);
        }
        let ((left_low, left_high), (right_low, right_high)) = (left.split(), right.split());
        let (left, right) = (left_low + left_high, right_low + right_high);
        *y = (left.zip_low(right) + left.zip_high(right)).into();
    }
}
