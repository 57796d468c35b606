//! A feed-forward compressor in the log domain: gain computer, then decoupled smoothing.
//!
//! Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and Analysis",
//! JAES 60 (2012), equations 4 (soft knee) and 17 (smooth, decoupled peak detector on the gain reduction).

use crate::block::{Frame, MAX_CHANNELS};
use crate::math::{amplitude_to_db, db_to_amplitude};
use crate::settings::BandSettings;
use crate::smooth::Ramp;
use crate::units::{db_to_gain, ms_to_one_pole_coeff, ms_to_samples};

/// How long threshold, ratio, knee and make-up take to move to where they were set.
const MOVE_MS: f64 = 30.0;

/// Reductions below this many decibels end; the exponential would reach subnormals instead.
const SILENT_REDUCTION_DB: f64 = 1e-7;

/// The static curve: how much gain a level loses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Curve {
    /// Middle of the knee, dB.
    pub threshold_db: f64,
    /// 1 - 1 / ratio: 0 leaves the level alone, 1 is a limiter.
    pub slope: f64,
    /// Width of the knee, dB; 0 is a hard one.
    pub knee_db: f64,
}

impl Curve {
    /// Decibels of gain that a level of `level_db` loses, never negative.
    #[inline]
    #[must_use]
    pub fn reduction_db(&self, level_db: f64) -> f64 {
        let over_db = level_db - self.threshold_db;
        let half_knee_db = 0.5 * self.knee_db;
        if over_db <= -half_knee_db {
            0.0
        } else if over_db < half_knee_db {
            let into_knee_db = over_db + half_knee_db;
            self.slope * into_knee_db * into_knee_db / (2.0 * self.knee_db)
        } else {
            self.slope * over_db
        }
    }
}

/// The compressor of one band: its ramps, its envelope, and nothing of the audio.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compressor {
    sample_rate_hz: f64,
    curve: Curve,
    knee_start_gain: f64,
    threshold_db: Ramp,
    slope: Ramp,
    knee_db: Ramp,
    makeup_db: Ramp,
    active: Ramp,
    attack_coeff: f64,
    release_coeff: f64,
    held_db: Frame,
    reduction_db: Frame,
}

impl Compressor {
    /// A compressor for this sample rate, waiting for its first settings.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let ramp = Ramp::new(ms_to_samples(MOVE_MS, sample_rate_hz));
        Self {
            sample_rate_hz,
            threshold_db: ramp,
            slope: ramp,
            knee_db: ramp,
            makeup_db: ramp,
            active: ramp,
            knee_start_gain: f64::NAN,
            ..Self::default()
        }
    }

    /// Takes new settings, smoothly once running.
    pub fn set(&mut self, settings: &BandSettings) {
        self.threshold_db.set(settings.threshold_db);
        self.slope.set(1.0 - 1.0 / settings.ratio);
        self.knee_db.set(settings.knee_db);
        self.makeup_db.set(settings.makeup_db);
        self.active.set(if settings.bypass { 0.0 } else { 1.0 });
        self.attack_coeff = ms_to_one_pole_coeff(settings.attack_ms, self.sample_rate_hz);
        self.release_coeff = ms_to_one_pole_coeff(settings.release_ms, self.sample_rate_hz);
    }

    /// Full gain, and the settings at once.
    pub fn reset(&mut self) {
        for ramp in self.ramps_mut() {
            ramp.reset();
        }
        self.held_db = [0.0; MAX_CHANNELS];
        self.reduction_db = [0.0; MAX_CHANNELS];
    }

    fn ramps_mut(&mut self) -> [&mut Ramp; 5] {
        [&mut self.threshold_db, &mut self.slope, &mut self.knee_db, &mut self.makeup_db, &mut self.active]
    }

    /// Follows one frame of the band and returns the gain for each channel.
    ///
    /// `link` of 1 gives both channels the reduction of the louder, 0 gives each its own.
    #[inline]
    pub fn tick(&mut self, band: Frame, link: f64) -> Frame {
        self.move_curve();
        let magnitude = band.map(f64::abs);
        let loudest = magnitude[0].max(magnitude[1]);
        let linked_db = self.wanted_db(loudest);
        let mut gain = [1.0; MAX_CHANNELS];
        let (makeup_db, active) = (self.makeup_db.tick(), self.active.tick());
        for c in 0..MAX_CHANNELS {
            let wanted_db = if link >= 1.0 || magnitude[c] == loudest {
                linked_db
            } else {
                let own_db = self.wanted_db(magnitude[c]);
                own_db + link * (linked_db - own_db)
            };
            self.follow(c, wanted_db);
            let gain_db = active * (makeup_db - self.reduction_db[c]);
            gain[c] = if gain_db == 0.0 { 1.0 } else { db_to_amplitude(gain_db) };
        }
        gain
    }

    #[inline]
    fn move_curve(&mut self) {
        let curve = Curve {
            threshold_db: self.threshold_db.tick(),
            slope: self.slope.tick(),
            knee_db: self.knee_db.tick(),
        };
        if curve != self.curve || self.knee_start_gain.is_nan() {
            self.curve = curve;
            self.knee_start_gain = db_to_gain(curve.threshold_db - 0.5 * curve.knee_db);
        }
    }

    /// The static curve, without a logarithm for what lies under the knee.
    #[inline]
    fn wanted_db(&self, magnitude: f64) -> f64 {
        if magnitude <= self.knee_start_gain {
            0.0
        } else {
            self.curve.reduction_db(amplitude_to_db(magnitude))
        }
    }

    /// Instant rise and exponential fall at the release, then the attack's one-pole over both.
    #[inline]
    fn follow(&mut self, c: usize, wanted_db: f64) {
        let falling_db = wanted_db + self.release_coeff * (self.held_db[c] - wanted_db);
        self.held_db[c] = end_small(wanted_db.max(falling_db));
        let held_db = self.held_db[c];
        self.reduction_db[c] = end_small(held_db + self.attack_coeff * (self.reduction_db[c] - held_db));
    }

    /// The present reduction of the more reduced channel, dB.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        self.reduction_db[0].max(self.reduction_db[1])
    }
}

#[inline]
fn end_small(reduction_db: f64) -> f64 {
    if reduction_db < SILENT_REDUCTION_DB { 0.0 } else { reduction_db }
}
