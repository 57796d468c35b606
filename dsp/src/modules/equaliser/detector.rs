//! What moves a dynamic bell: the level of its own band over a threshold.

use crate::block::Frame;
use crate::filter::svf::{Svf, SvfState};
use crate::math::amplitude_to_db;
use crate::smooth::{Ramp, control_ticks};
use crate::units::{db_to_gain, ms_to_one_pole_coeff};

/// How long threshold and range take to move to where they were set.
const MOVE_MS: f64 = 30.0;

/// The gain moves by half the decibels over the threshold, as if compressed (or expanded upwards) two to one.
pub const DB_PER_DB: f64 = 0.5;

/// Moves below this end; the exponential would reach subnormals instead.
const SILENT_DB: f64 = 1e-7;

/// The gain that a bell's range adds at a level of its band: the static curve.
#[must_use]
pub fn moved_db(level_db: f64, threshold_db: f64, range_db: f64) -> f64 {
    let moved_db = (DB_PER_DB * (level_db - threshold_db)).clamp(0.0, range_db.abs());
    if range_db < 0.0 { -moved_db } else { moved_db }
}

/// Band-pass, level, and decoupled smoothing as in [`crate::dynamics::compressor`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Detector {
    sample_rate_hz: f64,
    band_pass: Svf,
    designed: [f64; 2],
    state: SvfState,
    threshold_db: Ramp,
    range_db: Ramp,
    threshold_gain: f64,
    attack_coeff: f64,
    release_coeff: f64,
    held_db: f64,
    moved_db: f64,
}

impl Detector {
    /// A detector for this sample rate.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(control_ticks(MOVE_MS, sample_rate_hz));
        Self { sample_rate_hz, threshold_db: ramp, range_db: ramp, ..Self::default() }
    }

    /// Where to go.
    pub fn set(&mut self, threshold_db: f64, range_db: f64, [attack_ms, release_ms]: [f64; 2]) {
        self.threshold_db.set(threshold_db);
        self.range_db.set(range_db);
        self.attack_coeff = ms_to_one_pole_coeff(attack_ms, self.sample_rate_hz);
        self.release_coeff = ms_to_one_pole_coeff(release_ms, self.sample_rate_hz);
    }

    /// Silence, and the settings at once.
    pub fn reset(&mut self) {
        self.threshold_db.reset();
        self.range_db.reset();
        self.rest();
    }

    /// Forgets all audio.
    pub fn rest(&mut self) {
        self.state = SvfState::default();
        self.held_db = 0.0;
        self.moved_db = 0.0;
    }

    /// One control interval on: what the level adds to the gain of a bell at this frequency and Q, dB.
    pub fn control_tick(&mut self, frequency_hz: f64, q: f64) -> f64 {
        let threshold_db = self.threshold_db.tick();
        let range_db = self.range_db.tick();
        if self.is_resting() {
            self.rest();
            return 0.0;
        }
        self.threshold_gain = db_to_gain(threshold_db);
        if self.designed != [frequency_hz, q] {
            self.designed = [frequency_hz, q];
            self.band_pass = Svf::new(frequency_hz, q, self.sample_rate_hz);
        }
        // The cap is applied again, because the range may have shrunk since.
        let moved_db = self.moved_db.min(range_db.abs());
        if range_db < 0.0 { -moved_db } else { moved_db }
    }

    /// Whether there is nothing to listen for.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.range_db.value() == 0.0 && self.range_db.is_settled()
    }

    /// Listens to mid and side frames between two control ticks, each by its share.
    pub fn listen(&mut self, frames: &[Frame], shares: Frame) {
        if self.is_resting() {
            return;
        }
        let range_db = self.range_db.value().abs();
        for frame in frames {
            let all_pass = self.state.tick(&self.band_pass, *frame).all_pass;
            // Half the difference to the all-pass is the band at unity gain; mid and side add up to the louder channel.
            let band = |c: usize| shares[c] * 0.5 * (frame[c] - all_pass[c]).abs();
            let level = band(0) + band(1);
            let wanted_db = if level > self.threshold_gain {
                moved_db(amplitude_to_db(level), self.threshold_db.value(), range_db)
            } else {
                0.0
            };
            let falling_db = wanted_db + self.release_coeff * (self.held_db - wanted_db);
            self.held_db = end_small(wanted_db.max(falling_db));
            self.moved_db = end_small(self.held_db + self.attack_coeff * (self.moved_db - self.held_db));
        }
    }
}

fn end_small(db: f64) -> f64 {
    if db < SILENT_DB { 0.0 } else { db }
}
