//! De-esser: takes level from the high band while a hiss prevails in it.
//!
//! The Linkwitz-Riley split of [`crate::filter::crossover`] gives a low band that is left alone and a high band that is
//! reduced; idle, their sum is an all-pass. The threshold is relative: what counts is the power of the high band over that of
//! the whole, both taken over the same few milliseconds, so a voice is treated alike near the microphone and far from it.
//! Where the high band's share exceeds the threshold it is reduced by the excess, at most by the range. Both channels get the
//! same gain. The envelope is the compressor's ([`crate::dynamics::timing`]).

use crate::block::{Block, Frame};
use crate::dynamics::timing::{Envelope, Timing};
use crate::filter::crossover::CrossoverState;
use crate::filter::svf::MovingCorner;
use crate::math::{amplitude_to_db, db_to_amplitude, flush};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::DeEsserSettings;
use crate::smooth::{ControlClock, Ramp};
use crate::units::{ms_to_one_pole_coeff, ms_to_samples};

/// Time constant of both powers: several periods of any hiss, and shorter than the shortest consonant.
const POWER_MS: f64 = 2.0;

/// Time constants of the reduction: a hiss is caught at its beginning, and the vowel after it is let go.
const ATTACK_MS: f64 = 0.5;
const RELEASE_MS: f64 = 30.0;

/// -75 dBFS. Silence has no share of anything, and a hiss as quiet as this annoys nobody.
const FLOOR_POWER: f64 = 3.2e-8;

/// The de-esser. No latency.
#[derive(Debug, Clone, Default)]
pub struct DeEsser {
    clock: ControlClock,
    corner: MovingCorner,
    split: CrossoverState,
    timing: Timing,
    envelope: Envelope,
    threshold_db: Ramp,
    range_db: Ramp,
    power_coeff: f64,
    high_power: f64,
    power: f64,
}

impl DeEsser {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The present reduction of the high band in decibels, zero or more, for the display.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        self.envelope.reduction_db()
    }

    /// The high band's share of the whole, as an amplitude.
    #[inline]
    fn share(&mut self, x: Frame, high: Frame) -> f64 {
        let follow = |power: f64, now: Frame| {
            let square = now[0] * now[0] + now[1] * now[1];
            flush(square + self.power_coeff * (power - square))
        };
        self.high_power = follow(self.high_power, high);
        self.power = follow(self.power, x);
        (self.high_power / (self.power + FLOOR_POWER)).sqrt()
    }

    #[inline]
    fn tick(&mut self, x: Frame) -> Frame {
        if self.clock.tick() {
            self.corner.control_tick();
            self.envelope.flush();
            self.split.flush();
        }
        let (low, high) = self.split.split(self.corner.coeffs(), x);
        let over_db = amplitude_to_db(self.share(x, high)) - self.threshold_db.tick();
        let reduction_db = self.envelope.tick(&self.timing, over_db.max(0.0).min(self.range_db.tick()));
        let gain = if reduction_db == 0.0 { 1.0 } else { db_to_amplitude(-reduction_db) };
        core::array::from_fn(|c| low[c] + gain * high[c])
    }
}

impl Processor for DeEsser {
    type Settings = DeEsserSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let rate_hz = spec.sample_rate_hz;
        let ramp = Ramp::new(ms_to_samples(GAIN_MOVE_MS, rate_hz));
        let mut timing = Timing::default();
        timing.set(ATTACK_MS, RELEASE_MS, rate_hz);
        *self = Self {
            corner: MovingCorner::new(rate_hz),
            timing,
            threshold_db: ramp,
            range_db: ramp,
            power_coeff: ms_to_one_pole_coeff(POWER_MS, rate_hz),
            ..Self::default()
        };
        Ok(())
    }

    fn set(&mut self, settings: &DeEsserSettings) {
        self.corner.set(settings.frequency_hz);
        self.threshold_db.set(settings.threshold_db);
        self.range_db.set(settings.range_db);
    }

    fn reset(&mut self) {
        self.clock.reset();
        self.corner.reset();
        self.split = CrossoverState::default();
        self.envelope = Envelope::default();
        self.threshold_db.reset();
        self.range_db.reset();
        self.high_power = 0.0;
        self.power = 0.0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| self.tick(x));
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
