//! Feed-forward compressors in the log domain for all bands at once: levels, curve, envelope, gains.
//!
//! Each step is a loop of its own over a part of the audio. Levels, curves and gains know no past, so their loops run over
//! sixteen values at a time, whatever frame or band they belong to, in `f32`; envelopes run over four bands at a time, in
//! `f64`, because a slow one adds very little at each sample. While both channels share one gain, one is computed.

use super::controls::{Controls, LANES, LaneControl, LaneControls};
use super::envelopes::{Envelopes, quad_at, quad_from_f32, quad_to_f32};
use crate::block::{Frame, MAX_CHANNELS};
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, intervals};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x4};

/// The most bands that fit side by side.
pub const MAX_SLOTS: usize = 8;

/// Bands in one vector.
pub const SLOTS_PER_QUAD: usize = 4;

/// What is under this counts as this, -300 dB; it lies well above the subnormals of `f32`.
const LEAST_MAGNITUDE: f64 = 1e-15;

/// Frames that go through all steps together, few enough for a processor to look beyond them.
const STRETCH_FRAMES: usize = CONTROL_INTERVAL_SAMPLES / 2;

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

    /// Compresses a part and sums its bands. A row of `rows` has the left channel's slots and then the right channel's.
    pub fn process(&mut self, level: Level, time: PartTime, rows: &[f64], output: &mut [Frame]) {
        if self.num_slots == SLOTS_PER_QUAD {
            dispatch!(level, simd => process::<_, 1>(simd, self, time, rows, output));
        } else {
            dispatch!(level, simd => process::<_, 2>(simd, self, time, rows, output));
        }
    }
}

#[inline(always)]
fn process<S: Simd, const QUADS: usize>(
    simd: S,
    state: &mut Compressors,
    time: PartTime,
    rows: &[f64],
    output: &mut [Frame],
) {
    let link_moves = time.samples_left > 0 && state.link[1] != 0.0;
    let is_linked = state.link[0] >= 1.0 && !link_moves;
    // Channels that were linked less before come to the same bits only with time.
    let are_alike = state.held_db[0] == state.held_db[1] && state.reduction_db[0] == state.reduction_db[1];
    if is_linked && are_alike {
        process_channels::<S, QUADS, 1>(simd, state, time, is_linked, rows, output);
        state.held_db[1] = state.held_db[0];
        state.reduction_db[1] = state.reduction_db[0];
    } else {
        process_channels::<S, QUADS, 2>(simd, state, time, is_linked, rows, output);
    }
}

/// One stretch after the other: an envelope waits for its last sample most of the time, and while it does the processor
/// finds the work of the next stretch.
#[inline(always)]
fn process_channels<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    state: &mut Compressors,
    time: PartTime,
    is_linked: bool,
    rows: &[f64],
    output: &mut [Frame],
) {
    let row_len = MAX_CHANNELS * QUADS * SLOTS_PER_QUAD;
    let mut envelopes = Envelopes::<S, QUADS, CHANNELS>::load(simd, state);
    for part in intervals(time.phase, output.len(), STRETCH_FRAMES) {
        if part.phase == 0 {
            envelopes.flush(simd);
        }
        let samples_left = time.samples_left.saturating_sub(part.range.start);
        let rows = &rows[row_len * part.range.start..];
        let output = &mut output[part.range.clone()];
        // The same twice, so that the loops of a whole stretch have a length that the compiler knows.
        if part.range.len() == STRETCH_FRAMES {
            let rows = &rows[..row_len * STRETCH_FRAMES];
            let output = &mut output[..STRETCH_FRAMES];
            process_stretch(simd, state, &mut envelopes, samples_left, is_linked, rows, output);
        } else {
            process_stretch(simd, state, &mut envelopes, samples_left, is_linked, rows, output);
        }
    }
    envelopes.store(state);
}

/// At most a stretch.
#[inline(always)]
fn process_stretch<S: Simd, const QUADS: usize, const CHANNELS: usize>(
    simd: S,
    state: &Compressors,
    envelopes: &mut Envelopes<S, QUADS, CHANNELS>,
    samples_left: usize,
    is_linked: bool,
    rows: &[f64],
    output: &mut [Frame],
) {
    let mut work = [0.0; STRETCH_FRAMES * MAX_CHANNELS * MAX_SLOTS];
    let num_values = output.len() * CHANNELS * QUADS * SLOTS_PER_QUAD;
    // Lanes beyond the part's end may hold anything.
    let lanes = &mut work[..num_values.next_multiple_of(LANES)];
    levels::<S, QUADS, CHANNELS>(simd, is_linked, rows, &mut lanes[..num_values]);
    curves(&state.controls, samples_left, CHANNELS * QUADS, lanes);
    envelopes.run(simd, state.link, samples_left, &mut lanes[..num_values]);
    gains(&state.controls, samples_left, CHANNELS * QUADS, lanes);
    mix::<S, QUADS, CHANNELS>(simd, rows, lanes, output);
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

/// Replaces values by what `f` makes of them with their lanes' controls. A frame has `num_quads` times four values.
#[inline(always)]
fn map_lanes(
    controls: &LaneControls,
    samples_left: usize,
    num_quads: usize,
    lanes: &mut [f32],
    f: impl Fn(LaneControl, f32) -> f32,
) {
    let lanes = lanes.chunks_exact_mut(LANES);
    if samples_left == 0 {
        for values in lanes {
            for n in 0..LANES {
                values[n] = f(controls.at_rest(n), values[n]);
            }
        }
        return;
    }
    for (idx, values) in lanes.enumerate() {
        for n in 0..LANES {
            let frame_idx = (LANES * idx + n) / (SLOTS_PER_QUAD * num_quads);
            let samples_left = samples_left as i32 - 1 - frame_idx as i32;
            values[n] = f(controls.on_the_way(n, samples_left as f32), values[n]);
        }
    }
}

/// Magnitudes become the reductions that the curves want.
#[inline(always)]
fn curves(controls: &LaneControls, samples_left: usize, num_quads: usize, lanes: &mut [f32]) {
    map_lanes(controls, samples_left, num_quads, lanes, |lane, magnitude| lane.wanted_db(magnitude));
}

/// Reductions become gains.
#[inline(always)]
fn gains(controls: &LaneControls, samples_left: usize, num_quads: usize, lanes: &mut [f32]) {
    map_lanes(controls, samples_left, num_quads, lanes, |lane, reduction_db| lane.gain(reduction_db));
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
