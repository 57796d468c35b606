//! Gate: takes level from what lies under a threshold, by a ratio and at most by a range.
//!
//! The static curve is the downward expander's, `(ratio - 1)` decibels lost for each decibel under the threshold. An open
//! gate begins to shut only `hysteresis` lower, and after a hold. The gain opens in a straight line of amplitude and shuts in
//! a straight line of decibels, so both arrive after exactly the time on their label and nothing decays for ever. The signal
//! waits for the look-ahead: an attack no longer than that lets the first sample of an onset through untouched, bit for bit.
//! Both channels get the same gain, which keeps the image in place.

use crate::block::{Block, Frame};
use crate::dynamics::sliding_min::SlidingMin;
use crate::filter::delay::Delay;
use crate::filter::svf::{MovingCorner, SvfState};
use crate::math::{amplitude_to_db, db_to_amplitude};
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::GateSettings;
use crate::smooth::ControlClock;
use crate::units::{db_to_gain, gain_to_db, ms_to_samples};

/// How long the signal waits for its gain. The shorter one is what exciter and limiter leave of the live chain's 3 ms.
const LIVE_LOOKAHEAD_MS: f64 = 0.18;
const QUALITY_LOOKAHEAD_MS: f64 = 2.0;

/// The level is the highest peak in so long a time: half a period of 50 Hz, so that a steady tone has a steady level.
const DETECTOR_MS: f64 = 10.0;

/// The gate or expander. Latency: its look-ahead.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    settings: GateSettings,
    sample_rate_hz: f64,
    clock: ControlClock,
    corner: MovingCorner,
    high_pass: SvfState,
    /// The smallest negated magnitude is the highest peak.
    peak: SlidingMin,
    detector_samples: usize,
    delay: Delay,
    lookahead_samples: usize,
    open_level: f64,
    shut_level: f64,
    hold_samples: usize,
    attack_step: f64,
    release_factor: f64,
    is_open: bool,
    hold_left: usize,
    /// The level that `shut_gain` was computed for; not a number when it must be computed anew.
    shut_gain_level: f64,
    shut_gain: f64,
    gain: f64,
}

/// The static curve: what a shut gate takes from a level, dB.
#[must_use]
pub fn shut_reduction_db(settings: &GateSettings, level_db: f64) -> f64 {
    let under_db = settings.threshold_db - level_db;
    ((settings.ratio - 1.0) * under_db).clamp(0.0, settings.range_db)
}

impl Gate {
    /// A gate that must be prepared before it runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The present reduction in decibels, zero or more, for the display.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        gain_to_db(1.0 / self.gain)
    }

    /// The gain of a shut gate at a level.
    fn curve(&self, level: f64) -> f64 {
        let reduction_db = shut_reduction_db(&self.settings, amplitude_to_db(level));
        if reduction_db == 0.0 { 1.0 } else { db_to_amplitude(-reduction_db) }
    }

    #[inline]
    fn wanted_gain(&mut self, level: f64) -> f64 {
        if level >= self.open_level {
            self.is_open = true;
        }
        if self.is_open {
            if level >= self.shut_level {
                self.hold_left = self.hold_samples;
            } else if self.hold_left > 0 {
                self.hold_left -= 1;
            } else {
                self.is_open = false;
            }
        }
        if self.is_open {
            return 1.0;
        }
        // The highest peak stays the same for many samples, and so does the gain that it asks for.
        if level != self.shut_gain_level {
            self.shut_gain_level = level;
            self.shut_gain = self.curve(level);
        }
        self.shut_gain
    }

    /// The gain for the frame that comes out of the delay as `x` goes in.
    #[inline]
    fn gain_for(&mut self, x: Frame) -> f64 {
        if self.clock.tick() {
            self.corner.control_tick();
        }
        let heard = self.high_pass.tick(self.corner.coeffs(), x).high;
        let level = -self.peak.push(-heard[0].abs().max(heard[1].abs()));
        let wanted = self.wanted_gain(level);
        self.gain = if wanted > self.gain {
            wanted.min(self.gain + self.attack_step)
        } else {
            wanted.max(self.gain * self.release_factor)
        };
        self.gain
    }

    /// Open until the detector has heard what there is: a render that begins in the middle of a word does not fade in.
    fn open(&mut self) {
        self.is_open = true;
        self.hold_left = self.detector_samples;
        self.gain = 1.0;
        self.shut_gain_level = f64::NAN;
    }
}

impl Processor for Gate {
    type Settings = GateSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let rate_hz = spec.sample_rate_hz;
        let lookahead_ms = match spec.latency_mode {
            LatencyMode::Live => LIVE_LOOKAHEAD_MS,
            LatencyMode::Quality => QUALITY_LOOKAHEAD_MS,
        };
        let lookahead_samples = ms_to_samples(lookahead_ms, rate_hz);
        let detector_samples = ms_to_samples(DETECTOR_MS, rate_hz);
        *self = Self {
            sample_rate_hz: rate_hz,
            corner: MovingCorner::new(rate_hz),
            peak: SlidingMin::new(detector_samples),
            detector_samples,
            delay: Delay::new(lookahead_samples),
            lookahead_samples,
            ..Self::default()
        };
        self.open();
        Ok(())
    }

    fn set(&mut self, settings: &GateSettings) {
        if *settings == self.settings {
            return;
        }
        self.settings = *settings;
        let samples = |ms| ms_to_samples(ms, self.sample_rate_hz);
        self.open_level = db_to_gain(settings.threshold_db);
        self.shut_level = db_to_gain(settings.threshold_db - settings.hysteresis_db);
        // The peak is held by the detector already, and the output runs late by the look-ahead.
        let hold_samples = samples(settings.hold_ms) + self.lookahead_samples;
        self.hold_samples = hold_samples.saturating_sub(self.detector_samples);
        self.attack_step = 1.0 / samples(settings.attack_ms).max(1) as f64;
        self.release_factor = db_to_gain(-settings.range_db / samples(settings.release_ms).max(1) as f64);
        self.shut_gain_level = f64::NAN;
        self.corner.set(settings.high_pass_hz);
    }

    fn reset(&mut self) {
        self.clock.reset();
        self.corner.reset();
        self.high_pass = SvfState::default();
        self.peak.reset();
        self.delay.reset();
        self.open();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            let gain = self.gain_for(x);
            self.delay.tick(x).map(|sample| gain * sample)
        });
    }

    fn latency_samples(&self) -> usize {
        self.lookahead_samples
    }
}
