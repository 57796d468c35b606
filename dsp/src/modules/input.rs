//! Input: trim, polarity, and removal of direct current.

use crate::block::{Block, MAX_CHANNELS};
use crate::filter::biquad::{Biquad, StereoBiquad};
use crate::filter::svf::BUTTERWORTH_Q;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::InputSettings;
use crate::smooth::{Glide, Ramp};
use crate::units::{db_to_gain, ms_to_samples};

/// Corner of the DC removal: 20 Hz loses 0.02 dB.
const DC_CORNER_HZ: f64 = 5.0;

/// The first module of the chain. No latency.
#[derive(Debug, Clone)]
pub struct Input {
    /// Trim and polarity of each channel; a change of polarity passes through zero.
    gains: Glide<MAX_CHANNELS>,
    dc_removal: Ramp,
    high_pass: Biquad,
    filter: StereoBiquad,
}

impl Default for Input {
    fn default() -> Self {
        Self::new()
    }
}

impl Input {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            gains: Glide::default(),
            dc_removal: Ramp::default(),
            high_pass: Biquad::IDENTITY,
            filter: StereoBiquad::default(),
        }
    }
}

impl Processor for Input {
    type Settings = InputSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let num_ticks = ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz);
        self.gains = Glide::new(num_ticks);
        self.dc_removal = Ramp::new(num_ticks);
        self.high_pass = Biquad::high_pass(DC_CORNER_HZ, BUTTERWORTH_Q, spec.sample_rate_hz);
        self.filter = StereoBiquad::default();
        Ok(())
    }

    fn set(&mut self, settings: &InputSettings) {
        let trim_gain = db_to_gain(settings.trim_db);
        let signed = |invert| if invert { -trim_gain } else { trim_gain };
        self.gains.set([signed(settings.invert_left), signed(settings.invert_right)]);
        if self.dc_removal.is_settled() && self.dc_removal.value() == 0.0 {
            // The filter has rested, and what it last heard is long past.
            self.filter = StereoBiquad::default();
        }
        self.dc_removal.set(if settings.dc_removal { 1.0 } else { 0.0 });
    }

    fn reset(&mut self) {
        self.gains.reset();
        self.dc_removal.reset();
        self.filter = StereoBiquad::default();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        if self.dc_removal.is_settled() && self.dc_removal.value() == 0.0 {
            self.dc_removal.advance(block.len());
            return self.gains.scale(block);
        }
        block.map_frames(|x| {
            let share = self.dc_removal.tick();
            let gains = self.gains.tick();
            if share == 0.0 {
                return core::array::from_fn(|c| gains[c] * x[c]);
            }
            let filtered = self.filter.tick(&self.high_pass, x);
            core::array::from_fn(|c| gains[c] * (x[c] + share * (filtered[c] - x[c])))
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
