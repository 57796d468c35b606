//! What a multiband compressor is told, on its way from one setting to the next.

use super::curve::{Curve, per_knee};
use super::timing::Timing;
use crate::math::{amplitude_to_db_f32, db_to_amplitude_f32};
use crate::settings::{BandSettings, MAX_BANDS, MultibandSettings};
use crate::smooth::Glide;
use crate::units::ms_to_samples;

/// How long every control takes to move to where it was set.
const MOVE_MS: f64 = 30.0;

/// Controls of one band.
const PER_BAND: usize = 9;

/// The place of the upward slope among them, see [`band_values`].
const UPWARD_SLOPE: usize = 4;

/// The link, which all bands share, comes after the bands.
const LINK: usize = PER_BAND * MAX_BANDS;

/// Lanes that run side by side.
pub(super) const LANES: usize = 16;

/// A value for each lane, in a cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f32; LANES]);

/// The smoothed controls of every band, and the times, which take effect at once.
#[derive(Debug, Clone, Copy)]
pub struct Controls {
    sample_rate_hz: f64,
    glide: Glide<{ LINK + 1 }>,
    timings: [Timing; MAX_BANDS],
}

impl Controls {
    /// Controls for this sample rate, waiting for their first settings.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            sample_rate_hz,
            glide: Glide::new(ms_to_samples(MOVE_MS, sample_rate_hz)),
            timings: Default::default(),
        }
    }

    /// Takes new settings, smoothly once running.
    pub fn set(&mut self, settings: &MultibandSettings) {
        let num_bands = settings.num_bands.clamp(2, MAX_BANDS);
        let any_solo = settings.bands[..num_bands].iter().any(|band| band.solo);
        let mut values = [0.0; LINK + 1];
        for (values, band) in values.chunks_exact_mut(PER_BAND).zip(&settings.bands) {
            values.copy_from_slice(&band_values(band, settings.mix_percent * 0.01, any_solo));
        }
        values[LINK] = settings.link_percent * 0.01;
        self.glide.set(values);
        for (timing, band) in self.timings.iter_mut().zip(&settings.bands) {
            timing.set(band.attack_ms, band.release_ms, self.sample_rate_hz);
        }
    }

    /// The settings at once.
    pub fn reset(&mut self) {
        self.glide.reset();
    }

    /// So many samples on.
    pub fn advance(&mut self, num_samples: usize) {
        self.glide.advance(num_samples);
    }

    /// Samples until nothing moves any more; a part may not go beyond them.
    #[must_use]
    pub fn samples_left(&self) -> usize {
        self.glide.ticks_left()
    }

    /// [`Timing::coeffs`] of a band.
    pub(super) fn timing(&self, band_idx: usize) -> [f64; 3] {
        self.timings[band_idx].coeffs()
    }

    /// The link of the channels, 1 for full, and how far it moves in a sample.
    pub(super) fn link(&self) -> [f64; 2] {
        [self.glide.target()[LINK], self.glide.step()[LINK]]
    }
}

/// One value per control that moves, in the order of [`LaneControls::at`].
fn band_values(band: &BandSettings, mix: f64, any_solo: bool) -> [f64; PER_BAND] {
    let is_heard = band.solo || !any_solo;
    let curve = Curve::of_band(band);
    [
        curve.threshold_db,
        curve.slope,
        curve.knee_db,
        curve.upward_threshold_db,
        curve.upward_slope,
        curve.upward_max_db,
        band.makeup_db,
        if band.bypass { 0.0 } else { mix * band.mix_percent * 0.01 },
        if is_heard { 1.0 } else { 0.0 },
    ]
}

/// The controls of one lane at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaneControl {
    curve: Curve<f32>,
    per_knee: f32,
    makeup_db: f32,
    /// Share of the compressed band; none while the band is bypassed.
    wet: f32,
    /// 0 while another band is soloed.
    audible: f32,
}

impl LaneControl {
    /// The reduction that the curve wants at a magnitude, dB.
    #[inline(always)]
    pub(super) fn wanted_db(&self, magnitude: f32) -> f32 {
        self.curve.reduction_db(amplitude_to_db_f32(magnitude), self.per_knee)
    }

    /// [`Self::wanted_db`] where the upward half of the curve does nothing.
    #[inline(always)]
    pub(super) fn wanted_loss_db(&self, magnitude: f32) -> f32 {
        self.curve.lost_db(amplitude_to_db_f32(magnitude), self.per_knee)
    }

    /// The factor on the band when the envelope stands at `reduction_db`.
    #[inline(always)]
    pub(super) fn gain(&self, reduction_db: f32) -> f32 {
        let gain = db_to_amplitude_f32(self.makeup_db - reduction_db);
        self.audible * (self.wet * gain + (1.0 - self.wet))
    }
}

/// The controls laid out for vectors: lane `n` has those of slot `n`, and of the following frames' slots beyond the last.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct LaneControls {
    target: [[f32; LANES]; PER_BAND],
    step: [[f32; LANES]; PER_BAND],
    /// Of the knees' targets.
    per_knee: [f32; LANES],
}

impl LaneControls {
    /// Lays out the bands' controls, where band `n` has slot `slots[n]` of `num_slots`. Other slots do nothing.
    pub(super) fn new(controls: &Controls, slots: &[usize], num_slots: usize) -> Self {
        let mut lanes = Self::default();
        for lane in 0..LANES {
            let Some(band_idx) = slots.iter().position(|slot| *slot == lane % num_slots) else { continue };
            for n in 0..PER_BAND {
                lanes.target[n][lane] = controls.glide.target()[PER_BAND * band_idx + n] as f32;
                lanes.step[n][lane] = controls.glide.step()[PER_BAND * band_idx + n] as f32;
            }
            lanes.per_knee[lane] = per_knee(lanes.target[2][lane]);
        }
        lanes
    }

    /// Whether no band has upward compression once the controls have been reached; the same bits come for less then.
    #[inline(always)]
    pub(super) fn only_lowers(&self) -> bool {
        self.target[UPWARD_SLOPE] == [0.0; LANES]
    }

    /// A lane's controls when they have been reached.
    #[inline(always)]
    pub(super) fn at_rest(&self, lane: usize) -> LaneControl {
        let mut values = [0.0; PER_BAND];
        for n in 0..PER_BAND {
            values[n] = self.target[n][lane];
        }
        Self::lane(values, self.per_knee[lane])
    }

    /// A lane's controls when so many samples are left until they are reached.
    #[inline(always)]
    pub(super) fn on_the_way(&self, lane: usize, samples_left: f32) -> LaneControl {
        let mut values = [0.0; PER_BAND];
        for n in 0..PER_BAND {
            values[n] = self.target[n][lane] - self.step[n][lane] * samples_left;
        }
        Self::lane(values, per_knee(values[2]))
    }

    #[inline(always)]
    fn lane(values: [f32; PER_BAND], per_knee: f32) -> LaneControl {
        let [threshold_db, slope, knee_db, upward_threshold_db, upward_slope, upward_max_db, rest @ ..] =
            values;
        let [makeup_db, wet, audible] = rest;
        let curve = Curve { threshold_db, slope, knee_db, upward_threshold_db, upward_slope, upward_max_db };
        LaneControl { curve, per_knee, makeup_db, wet, audible }
    }
}
