//! One channel of the exciter: every step but the filters, which take both channels at once.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x4, f32x16};

use super::envelope::Envelope;
use super::{CHUNK, Controls, curve};
use crate::block::sanitized;
use crate::filter::oversample::{DOWN_REACH, LANES, Oversampler, UP_REACH};
use crate::filter::recursion::GROUP;

/// The gain moves over the group that lies so far back: far enough to be down when the way up first feels a peak.
const GAIN_DELAY: usize = UP_REACH + GROUP;

/// A group waits for its last sample.
pub(super) const GROUP_DELAY: usize = GROUP - 1;

pub(super) const LATENCY_SAMPLES: usize = GROUP_DELAY + GAIN_DELAY + DOWN_REACH;

/// What of the focused band and of the harmonics at twice the rate lies before the new samples.
const FOCUSED_PAST: usize = UP_REACH + GAIN_DELAY;
const SHAPED_PAST: usize = 2 * DOWN_REACH;

/// Groups in as many samples as are shaped at a time.
const LANE_GROUPS: usize = LANES / GROUP;

/// Crests of tones below -240 dBFS are not looked for.
const LEAST_CREST: f32 = 1.0e-24;

/// What the steps hand to each other: what is still needed of the past, then the new samples.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    focused: [f32; FOCUSED_PAST + CHUNK + LANES],
    envelope: Envelope,
    /// The gain into the curve at the end of each group, beginning with the last one of the past.
    gain: [f32; 1 + CHUNK / GROUP + LANE_GROUPS],
    /// On the samples, and half-way between them.
    shaped: [[f32; SHAPED_PAST + CHUNK + LANES]; 2],
    /// The harmonics at the base rate.
    made: [f32; CHUNK + LANES],
    /// Up to three harmonics that are not due yet, then the new ones.
    wet: [f32; GROUP_DELAY + CHUNK],
    /// The untouched signal, waiting for its harmonics.
    dry: [f32; LATENCY_SAMPLES + CHUNK],
}

/// The power of the crest of the sine through three samples in a row, or of the middle one where it is no crest.
///
/// Through `a`, `m`, `b` goes a sine of the power `4 m^2 (m^2 - a b) / (4 m^2 - (a + b)^2)`, wherever on it they lie; samples alone
/// would sway with their place on a tone. A crest is at most 3 dB above its sample up to a quarter of the rate.
#[inline(always)]
fn crest_power([a, m, b]: [f32; 3]) -> f32 {
    let squared = m * m;
    let (above, below) = (4.0 * (squared - a * b), 4.0 * squared - (a + b) * (a + b));
    // No short circuits: the loop around this is one over vectors.
    let is_crest = (squared >= a * a)
        & (squared >= b * b)
        & (below > LEAST_CREST)
        & (above < 2.0 * below)
        & (above > below);
    let power = squared * (above / below);
    if is_crest { power } else { squared }
}

/// Each group's straight line from the end of the one before it to its own, given the ends.
#[inline(always)]
fn lines<S: Simd>(simd: S, ends: &[f32]) -> f32x16<S> {
    let ends: &[f32; LANE_GROUPS + 1] = ends[..=LANE_GROUPS].try_into().expect("the length is constant");
    let level = |idx: usize| f32x4::splat(simd, ends[idx]);
    let from = level(0).combine(level(1)).combine(level(2).combine(level(3)));
    let to = from.slide::<GROUP>(simd.splat_f32x16(ends[LANE_GROUPS]));
    let share = f32x16::block_splat(f32x4::simd_from(simd, [0.25, 0.5, 0.75, 1.0]));
    from + share * (to - from)
}

impl Channel {
    pub(super) fn new(envelope: Envelope) -> Self {
        Self {
            focused: [0.0; FOCUSED_PAST + CHUNK + LANES],
            envelope,
            gain: [1.0; 1 + CHUNK / GROUP + LANE_GROUPS],
            shaped: [[0.0; SHAPED_PAST + CHUNK + LANES]; 2],
            made: [0.0; CHUNK + LANES],
            wet: [0.0; GROUP_DELAY + CHUNK],
            dry: [0.0; LATENCY_SAMPLES + CHUNK],
        }
    }

    /// The same, all audio forgotten.
    pub(super) fn at_rest(&self) -> Self {
        Self::new(self.envelope.at_rest())
    }

    /// Has the gain begin there.
    pub(super) fn start(&mut self, gain: f32) {
        self.gain[0] = gain;
    }

    /// The next input.
    #[inline(always)]
    pub(super) fn take(&mut self, samples: &[f32]) {
        let dry = &mut self.dry[LATENCY_SAMPLES..LATENCY_SAMPLES + samples.len()];
        for (dry, sample) in dry.iter_mut().zip(samples) {
            *dry = sanitized(*sample).0;
        }
    }

    /// The input whose harmonics go into `wet` from `wet_at` on, and where the focused band of it goes.
    #[inline(always)]
    pub(super) fn focusing(&mut self, len: usize, wet_at: usize) -> (&[f32], &mut [f32]) {
        (
            &self.dry[LATENCY_SAMPLES - GROUP_DELAY + wet_at..][..len],
            &mut self.focused[FOCUSED_PAST..FOCUSED_PAST + len],
        )
    }

    /// The harmonics, and where they go when they have their tone.
    #[inline(always)]
    pub(super) fn toning(&mut self, len: usize, wet_at: usize) -> (&[f32], &mut [f32]) {
        (&self.made[..len], &mut self.wet[wet_at..wet_at + len])
    }

    /// The gain at which the band stays within the curve.
    #[inline(always)]
    pub(super) fn follow(&mut self, controls: &Controls, group_phase: usize, len: usize) {
        // The sample after the last is not there yet, so each group looks from one sample before itself.
        let near = &self.focused[FOCUSED_PAST - 2..FOCUSED_PAST + len];
        let mut powers = [0.0; CHUNK];
        for (power, three) in powers.iter_mut().zip(near.array_windows::<3>()) {
            *power = crest_power(*three);
        }
        let gains = &mut self.gain[1..=len / GROUP];
        for (peak, powers) in gains.iter_mut().zip(powers.as_chunks::<GROUP>().0) {
            let larger = |a: f32, b: f32| if a > b { a } else { b };
            *peak = larger(larger(powers[0], powers[1]), larger(powers[2], powers[3])).sqrt();
        }
        self.envelope.follow(gains, group_phase);
        for (gain, drive_gain) in gains.iter_mut().zip(&controls.drive_gain) {
            let most = 1.0 / *gain;
            *gain = if most < *drive_gain { most } else { *drive_gain };
        }
    }

    /// Through the curve at twice the rate, and back.
    #[inline(always)]
    pub(super) fn shape<S: Simd>(
        &mut self,
        simd: S,
        oversampler: &Oversampler,
        controls: &Controls,
        len: usize,
    ) {
        for at in (0..len).step_by(LANES) {
            let gain = lines(simd, &self.gain[at / GROUP..]);
            let even_share = f32x16::from_slice(simd, &controls.even_share[at..at + LANES]);
            let driven = oversampler.up(simd, &self.focused, at);
            let new = SHAPED_PAST + at..SHAPED_PAST + at + LANES;
            for (shaped, driven) in self.shaped.iter_mut().zip(driven) {
                curve::harmonics(driven, gain, even_share).store_slice(&mut shaped[new.clone()]);
            }
        }
        let [on, between] = &self.shaped;
        for at in (0..len).step_by(LANES) {
            oversampler.down(simd, on, between, at).store_slice(&mut self.made[at..at + LANES]);
        }
    }

    /// Mixes the harmonics, and moves every buffer on.
    #[inline(always)]
    pub(super) fn finish(&mut self, controls: &Controls, len: usize, wet_at: usize) {
        for (wet, mix) in self.wet[wet_at..wet_at + len].iter_mut().zip(&controls.mix) {
            *wet *= mix;
        }
        self.gain[0] = self.gain[len / GROUP];
        move_on::<FOCUSED_PAST>(&mut self.focused, len);
        for shaped in &mut self.shaped {
            move_on::<SHAPED_PAST>(shaped, len);
        }
    }

    /// Dry and wet.
    #[inline(always)]
    pub(super) fn give(&mut self, samples: &mut [f32]) {
        for (sample, (dry, wet)) in samples.iter_mut().zip(self.dry.iter().zip(&self.wet)) {
            *sample = dry + wet;
        }
        move_on::<LATENCY_SAMPLES>(&mut self.dry, samples.len());
        move_on::<GROUP_DELAY>(&mut self.wet, samples.len());
    }
}

/// The `KEPT` samples that lie `len` further on become the first.
#[inline(always)]
fn move_on<const KEPT: usize>(samples: &mut [f32], len: usize) {
    let kept: [f32; KEPT] = samples[len..len + KEPT].try_into().expect("the length is constant");
    samples[..KEPT].copy_from_slice(&kept);
}
