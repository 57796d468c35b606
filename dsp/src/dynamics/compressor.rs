//! Feed-forward compressors in the log domain for all bands at once: levels, curve, envelope, gains.
//!
//! Each step is a loop of its own over a part of the audio. Levels, curves and gains know no past, so their loops run over
//! sixteen values at a time, whatever frame or band they belong to, in `f32`; envelopes run over four bands at a time, in
//! `f64`, because a slow one adds very little at each sample. While both channels share one gain, one is computed.

use super::controls::{Controls, LANES, LaneControl, LaneControls};
use super::timing::EnvelopeQuad;
use crate::block::{Frame, MAX_CHANNELS};
use crate::smooth::intervals;
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x4};

/// The most bands that fit side by side.
pub const MAX_SLOTS: usize = 8;

/// Bands in one vector.
pub const SLOTS_PER_QUAD: usize = 4;

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
    timings: [[f64; MAX_SLOTS]; 3],
    held_db: Stage,
    reduction_db: Stage,
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
    /// has as much room as `rows`, rounded up to sixteen values.
    pub fn process(&mut self, level: Level, time: PartTime, rows: &[f64], work: &mut [f64], output: &mut [Frame]) {
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
    work: &mut [f64],
    output: &mut [Frame],
) {
    let link_moves = time.samples_left > 0 && state.link[1] != 0.0;
    let is_linked = state.link[0] >= 1.0 && !link_moves;
    // Channels that were linked less before come to the same bits only with time.
    let are_alike = state.held_db[0] == state.held_db[1] && state.reduction_db[0] == state.reduction_db[1];
    let rows = &rows[..output.len() * MAX_CHANNELS * QUADS * SLOTS_PER_QUAD];
    if is_linked && are_alike {
        levels::<S, QUADS, 1>(simd, is_linked, rows, work);
        curves(state, time, QUADS, output.len(), work);
        envelopes::<S, QUADS, 1>(simd, state, time, output.len(), work);
        gains(state, time, QUADS, output.len(), work);
        mix::<S, QUADS, 1>(simd, rows, work, output);
        state.held_db[1] = state.held_db[0];
        state.reduction_db[1] = state.reduction_db[0];
    } else {
        levels::<S, QUADS, 2>(simd, is_linked, rows, work);
        curves(state, time, 2 * QUADS, output.len(), work);
        envelopes::<S, QUADS, 2>(simd, state, time, output.len(), work);
        gains(state, time, 2 * QUADS, output.len(), work);
        mix::<S, QUADS, 2>(simd, rows, work, output);
    }
}

/// Magnitudes of every slot, or if there is one channel for both, the louder's.
#[inline(always)]
fn levels<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    is_linked: bool,
    rows: &[f64],
    work: &mut [f64],
) {
    let num_slots = QUADS * SLOTS_PER_QUAD;
    let rows = rows.chunks_exact(MAX_CHANNELS * num_slots);
    for (row, level) in rows.zip(work.chunks_exact_mut(CHANNELS * num_slots)) {
        for first in (0..num_slots).step_by(SLOTS_PER_QUAD) {
            let left = quad_at(simd, row, first).abs();
            let right = quad_at(simd, row, num_slots + first).abs();
            let louder = left.simd_gt(right).select(left, right);
            if CHANNELS == 1 {
                louder.store_slice(&mut level[first..][..4]);
            } else {
                let [left, right] = if is_linked { [louder; 2] } else { [left, right] };
                left.store_slice(&mut level[first..][..4]);
                right.store_slice(&mut level[num_slots + first..][..4]);
            }
        }
    }
}

/// Replaces values by what `f` makes of them with their lanes' controls. A frame has `num_quads` times four values.
#[inline(always)]
fn map_lanes(
    state: &Compressors,
    time: PartTime,
    num_quads: usize,
    num_frames: usize,
    work: &mut [f64],
    f: impl Fn(LaneControl, f64) -> f64,
) {
    let num_values = SLOTS_PER_QUAD * num_quads;
    let lanes = work[..(num_frames * num_values).next_multiple_of(LANES)].chunks_exact_mut(LANES);
    if time.samples_left == 0 {
        for values in lanes {
            for n in 0..LANES {
                values[n] = f(state.controls.at_rest(n), values[n]);
            }
        }
        return;
    }
    for (idx, values) in lanes.enumerate() {
        for n in 0..LANES {
            // What is beyond the part's end may come out as it will.
            let samples_left = time.samples_left as i32 - 1 - ((LANES * idx + n) / num_values) as i32;
            values[n] = f(state.controls.on_the_way(n, samples_left as f32), values[n]);
        }
    }
}

/// Magnitudes become the reductions that the curves want.
#[inline(always)]
fn curves(state: &Compressors, time: PartTime, num_quads: usize, num_frames: usize, work: &mut [f64]) {
    map_lanes(state, time, num_quads, num_frames, work, |lane, magnitude| lane.wanted_db(magnitude));
}

/// Reductions become gains.
#[inline(always)]
fn gains(state: &Compressors, time: PartTime, num_quads: usize, num_frames: usize, work: &mut [f64]) {
    map_lanes(state, time, num_quads, num_frames, work, |lane, reduction_db| lane.gain(reduction_db));
}

/// Reductions that are wanted become those that are given. Two channels are linked first.
#[inline(always)]
fn envelopes<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    state: &mut Compressors,
    time: PartTime,
    num_frames: usize,
    work: &mut [f64],
) {
    let mut stages = [[load_envelopes(simd, state, 0, 0); QUADS]; CHANNELS];
    for c in 0..CHANNELS {
        for q in 0..QUADS {
            stages[c][q] = load_envelopes(simd, state, c, q);
        }
    }
    let row_len = CHANNELS * QUADS * SLOTS_PER_QUAD;
    for part in intervals(time.phase, num_frames) {
        if part.phase == 0 {
            for c in 0..CHANNELS {
                for q in 0..QUADS {
                    stages[c][q].flush(simd);
                }
            }
        }
        let first = part.range.start;
        let rows = work[first * row_len..part.range.end * row_len].chunks_exact_mut(row_len);
        for (n, row) in rows.enumerate() {
            let left = time.samples_left.saturating_sub(first + n + 1);
            let link = state.link[0] - state.link[1] * left as f64;
            for q in 0..QUADS {
                envelope_frame::<S, QUADS, CHANNELS>(simd, &mut stages, q, link, row);
            }
        }
    }
    for c in 0..CHANNELS {
        for q in 0..QUADS {
            let range = SLOTS_PER_QUAD * q..SLOTS_PER_QUAD * (q + 1);
            stages[c][q].store(&mut state.held_db[c][range.clone()], &mut state.reduction_db[c][range]);
        }
    }
}

/// The envelopes of four slots of a channel.
#[inline(always)]
fn load_envelopes<S: Simd>(simd: S, state: &Compressors, c: usize, q: usize) -> EnvelopeQuad<S> {
    let first = SLOTS_PER_QUAD * q;
    let timings = [
        quad_at(simd, &state.timings[0], first),
        quad_at(simd, &state.timings[1], first),
        quad_at(simd, &state.timings[2], first),
    ];
    let held_db = quad_at(simd, &state.held_db[c], first);
    EnvelopeQuad::new(simd, timings, held_db, quad_at(simd, &state.reduction_db[c], first))
}

/// One frame of four slots.
#[inline(always)]
fn envelope_frame<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    stages: &mut [[EnvelopeQuad<S>; QUADS]; CHANNELS],
    q: usize,
    link: f64,
    row: &mut [f64],
) {
    let (left, right) = (SLOTS_PER_QUAD * q, SLOTS_PER_QUAD * (QUADS + q));
    let wanted = quad_at(simd, row, left);
    if CHANNELS == 1 {
        stages[0][q].tick(wanted).store_slice(&mut row[left..][..4]);
        return;
    }
    let other = quad_at(simd, row, right);
    // The louder channel wants the greater reduction, so the greater of the two is the linked one.
    let linked = wanted.simd_gt(other).select(wanted, other);
    stages[0][q].tick(wanted + (linked - wanted) * link).store_slice(&mut row[left..][..4]);
    stages[CHANNELS - 1][q].tick(other + (linked - other) * link).store_slice(&mut row[right..][..4]);
}

#[inline(always)]
fn quad_at<S: Simd>(simd: S, values: &[f64], first: usize) -> f64x4<S> {
    f64x4::from_slice(simd, &values[first..][..SLOTS_PER_QUAD])
}

/// Multiplies the bands by their gains and sums them.
#[inline(always)]
fn mix<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    rows: &[f64],
    gains: &[f64],
    output: &mut [Frame],
) {
    let num_slots = QUADS * SLOTS_PER_QUAD;
    let rows = rows.chunks_exact(MAX_CHANNELS * num_slots);
    let gains = gains.chunks_exact(CHANNELS * num_slots);
    let right_gain = if CHANNELS == 1 { 0 } else { num_slots };
    for ((row, gain), y) in rows.zip(gains).zip(output) {
        let mut left = quad_at(simd, row, 0) * quad_at(simd, gain, 0);
        let mut right = quad_at(simd, row, num_slots) * quad_at(simd, gain, right_gain);
        for first in (SLOTS_PER_QUAD..num_slots).step_by(SLOTS_PER_QUAD) {
            left += quad_at(simd, row, first) * quad_at(simd, gain, first);
            right += quad_at(simd, row, num_slots + first) * quad_at(simd, gain, right_gain + first);
        }
        let ((left_low, left_high), (right_low, right_high)) = (left.split(), right.split());
        let (left, right) = (left_low + left_high, right_low + right_high);
        *y = (left.zip_low(right) + left.zip_high(right)).into();
    }
}
