//! Loudness gain: one gain between everything that shapes the sound and the limiter. The bounce solves for it.

use crate::block::{Block, MAX_CHANNELS};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::LoudnessSettings;
use crate::smooth::Glide;
use crate::units::{db_to_gain, ms_to_samples};

/// A smoothed gain. No latency.
#[derive(Debug, Clone, Default)]
pub struct LoudnessGain {
    gains: Glide<MAX_CHANNELS>,
}

impl LoudnessGain {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Processor for LoudnessGain {
    type Settings = LoudnessSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        self.gains = Glide::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        Ok(())
    }

    fn set(&mut self, settings: &LoudnessSettings) {
        self.gains.set([db_to_gain(settings.gain_db); MAX_CHANNELS]);
    }

    fn reset(&mut self) {
        self.gains.reset();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        self.gains.scale(block);
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
