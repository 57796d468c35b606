//! Leveller: a slow gain that brings a programme to a target loudness, and leaves its pauses alone.
//!
//! The loudness is that of the last three seconds of programme ([`crate::meter::ProgrammeLoudness`]). While there is
//! programme the gain goes to the difference, no faster than its rates say; in silence and in the noise of the room it stands still, and so
//! does the loudness, so a pause raises nothing and nothing jumps after it. It begins at `start_gain_db`, as if the programme had
//! always been so far from its target: what is known beforehand does not fade in. The gain is the same for both channels.

use crate::block::Block;
use crate::math::db_to_amplitude;
use crate::meter::{Lufs, ProgrammeLoudness};
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::LevellerSettings;

/// What could not be brought within so much of the target is no programme.
const OUT_OF_REACH_LU: f64 = 10.0;

/// The leveller. No latency.
#[derive(Debug, Clone, Default)]
pub struct Leveller {
    settings: LevellerSettings,
    sample_rate_hz: f64,
    loudness: ProgrammeLoudness,
    rise_step_db: f64,
    fall_step_db: f64,
    wanted_db: f64,
    gain_db: f64,
    gain: f64,
    started: bool,
}

impl Leveller {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The present gain in decibels, for the display.
    #[must_use]
    pub fn gain_db(&self) -> f64 {
        self.gain_db
    }

    fn clamped_db(&self, gain_db: f64) -> f64 {
        gain_db.clamp(-self.settings.max_cut_db, self.settings.max_gain_db)
    }

    fn start(&mut self) {
        let LevellerSettings { target_lufs, start_gain_db, .. } = self.settings;
        self.loudness.reset(Lufs(target_lufs - start_gain_db));
        self.gain_db = self.clamped_db(start_gain_db);
        self.wanted_db = self.gain_db;
        self.gain = db_to_amplitude(self.gain_db);
    }

    fn finish_hop(&mut self) {
        self.wanted_db = if self.loudness.is_active() {
            self.clamped_db(self.settings.target_lufs - self.loudness.lufs().0)
        } else {
            self.gain_db
        };
    }

    #[inline]
    fn tick(&mut self) -> f64 {
        if self.gain_db != self.wanted_db {
            let way_db = self.wanted_db - self.gain_db;
            self.gain_db = if way_db > self.rise_step_db {
                self.gain_db + self.rise_step_db
            } else if way_db < -self.fall_step_db {
                self.gain_db - self.fall_step_db
            } else {
                self.wanted_db
            };
            self.gain = db_to_amplitude(self.gain_db);
        }
        self.gain
    }
}

impl Processor for Leveller {
    type Settings = LevellerSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        *self = Self { sample_rate_hz: spec.sample_rate_hz, ..Self::default() };
        self.loudness.prepare(spec.sample_rate_hz, spec.num_channels);
        self.start();
        Ok(())
    }

    fn set(&mut self, settings: &LevellerSettings) {
        if *settings == self.settings {
            return;
        }
        self.settings = *settings;
        self.rise_step_db = settings.rise_db_per_s / self.sample_rate_hz;
        self.fall_step_db = settings.fall_db_per_s / self.sample_rate_hz;
        self.loudness.set_floor(Lufs(settings.target_lufs - settings.max_gain_db - OUT_OF_REACH_LU));
        if !self.started {
            self.start();
        }
    }

    fn reset(&mut self) {
        self.started = false;
        self.start();
    }

    /// Gain and loudness are those of the programme before the pause, which is all that is known of the one after it.
    fn resume(&mut self) {}

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        self.started |= !block.is_empty();
        let mut start = 0;
        while start < block.len() {
            let end = block.len().min(start + self.loudness.frames_left());
            let mut part = block.slice(start..end);
            let is_hop = self.loudness.add(part.channel(0), part.channel(1));
            part.map_frames(|x| {
                let gain = self.tick();
                x.map(|sample| gain * sample)
            });
            if is_hop {
                self.finish_hop();
            }
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
