//! The envelopes of all bands, four at a time: [`super::timing::Envelope`] in vectors.

use super::compressor::{Compressors, SLOTS_PER_QUAD};
use super::timing::SILENT_REDUCTION_DB;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x4};

/// Four slots of some values.
#[inline(always)]
pub(super) fn quad_at<S: Simd>(simd: S, values: &[f64], first: usize) -> f64x4<S> {
    f64x4::from_slice(simd, &values[first..][..SLOTS_PER_QUAD])
}

/// Four slots of some values in single precision.
#[inline(always)]
pub(super) fn quad_from_f32<S: Simd>(simd: S, values: &[f32], first: usize) -> f64x4<S> {
    let v = &values[first..][..SLOTS_PER_QUAD];
    f64x4::simd_from(simd, [f64::from(v[0]), f64::from(v[1]), f64::from(v[2]), f64::from(v[3])])
}

/// Stores four slots in single precision.
#[inline(always)]
pub(super) fn quad_to_f32<S: Simd>(quad: f64x4<S>, values: &mut [f32], first: usize) {
    let quad: [f64; SLOTS_PER_QUAD] = quad.into();
    let values = &mut values[first..][..SLOTS_PER_QUAD];
    for n in 0..SLOTS_PER_QUAD {
        values[n] = quad[n] as f32;
    }
}

/// The envelopes of one channel, or of two, in registers.
#[derive(Clone, Copy)]
pub(super) struct Envelopes<S: Simd, const QUADS: usize, const CHANNELS: usize> {
    quads: [[EnvelopeQuad<S>; QUADS]; CHANNELS],
}

impl<S: Simd, const QUADS: usize, const CHANNELS: usize> Envelopes<S, QUADS, CHANNELS> {
    #[inline(always)]
    pub(super) fn load(simd: S, state: &Compressors) -> Self {
        let mut quads = [[EnvelopeQuad::load(simd, state, 0, 0); QUADS]; CHANNELS];
        for c in 0..CHANNELS {
            for q in 0..QUADS {
                quads[c][q] = EnvelopeQuad::load(simd, state, c, q);
            }
        }
        Self { quads }
    }

    #[inline(always)]
    pub(super) fn store(self, state: &mut Compressors) {
        for c in 0..CHANNELS {
            for q in 0..QUADS {
                let range = SLOTS_PER_QUAD * q..SLOTS_PER_QUAD * (q + 1);
                self.quads[c][q].held_db.store_slice(&mut state.held_db[c][range.clone()]);
                self.quads[c][q].reduction_db.store_slice(&mut state.reduction_db[c][range]);
            }
        }
    }

    /// Ends decays that no one can hear; to be called once per control interval.
    #[inline(always)]
    pub(super) fn flush(&mut self, simd: S) {
        for c in 0..CHANNELS {
            for q in 0..QUADS {
                self.quads[c][q].flush(simd);
            }
        }
    }

    /// Reductions that are wanted become those that are given. Two channels are linked first; `link` is the target and how
    /// far it moves in a sample.
    #[inline(always)]
    pub(super) fn run(&mut self, simd: S, link: [f64; 2], samples_left: usize, reductions: &mut [f32]) {
        let row_len = CHANNELS * QUADS * SLOTS_PER_QUAD;
        for (n, row) in reductions.chunks_exact_mut(row_len).enumerate() {
            let link = link[0] - link[1] * samples_left.saturating_sub(n + 1) as f64;
            for q in 0..QUADS {
                let (left, right) = (SLOTS_PER_QUAD * q, SLOTS_PER_QUAD * (QUADS + q));
                let wanted = quad_from_f32(simd, row, left);
                if CHANNELS == 1 {
                    quad_to_f32(self.quads[0][q].tick(wanted), row, left);
                    continue;
                }
                let other = quad_from_f32(simd, row, right);
                // The louder channel wants the greater reduction, so the greater of the two is the linked one.
                let linked = wanted.simd_gt(other).select(wanted, other);
                quad_to_f32(self.quads[0][q].tick(wanted + (linked - wanted) * link), row, left);
                quad_to_f32(self.quads[CHANNELS - 1][q].tick(other + (linked - other) * link), row, right);
            }
        }
    }
}

/// Four [`Envelope`]s side by side.
#[derive(Clone, Copy)]
struct EnvelopeQuad<S: Simd> {
    /// Hold, rise and fall, and what each leaves of one.
    coeffs: [f64x4<S>; 3],
    rests: [f64x4<S>; 3],
    held_db: f64x4<S>,
    reduction_db: f64x4<S>,
}

impl<S: Simd> EnvelopeQuad<S> {
    /// The four slots from `4 q` on of channel `c`.
    #[inline(always)]
    fn load(simd: S, state: &Compressors, c: usize, q: usize) -> Self {
        let first = SLOTS_PER_QUAD * q;
        let [hold, rise, fall] = &state.timings;
        let coeffs = [quad_at(simd, hold, first), quad_at(simd, rise, first), quad_at(simd, fall, first)];
        let one = f64x4::splat(simd, 1.0);
        Self {
            coeffs,
            rests: [one - coeffs[0], one - coeffs[1], one - coeffs[2]],
            held_db: quad_at(simd, &state.held_db[c], first),
            reduction_db: quad_at(simd, &state.reduction_db[c], first),
        }
    }

    /// [`Envelope::tick`]. What falls lies between what is wanted and what was held, so the comparison need not wait for it;
    /// nor need the second stage for its own, since both ways are gone at once.
    #[inline(always)]
    fn tick(&mut self, wanted_db: f64x4<S>) -> f64x4<S> {
        let [hold, rise, fall] = self.coeffs;
        let [wanted_rest, rise_rest, fall_rest] = self.rests;
        let falling_db = wanted_rest * wanted_db + hold * self.held_db;
        self.held_db = wanted_db.simd_gt(self.held_db).select(wanted_db, falling_db);
        let risen_db = rise_rest * self.held_db + rise * self.reduction_db;
        let fallen_db = fall_rest * self.held_db + fall * self.reduction_db;
        self.reduction_db = self.held_db.simd_gt(self.reduction_db).select(risen_db, fallen_db);
        self.reduction_db
    }

    /// [`Envelope::flush`].
    #[inline(always)]
    fn flush(&mut self, simd: S) {
        let (least, zero) = (f64x4::splat(simd, SILENT_REDUCTION_DB), f64x4::splat(simd, 0.0));
        self.held_db = self.held_db.abs().simd_lt(least).select(zero, self.held_db);
        self.reduction_db = self.reduction_db.abs().simd_lt(least).select(zero, self.reduction_db);
    }
}
