//! Loudness gain: one gain between everything that shapes the sound and the limiter. The bounce solves for it.

use crate::block::Block;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::LoudnessSettings;
use crate::smooth::Ramp;
use crate::units::{db_to_gain, ms_to_samples};

/// A smoothed gain. No latency.
#[derive(Debug, Clone, Default)]
pub struct LoudnessGain {
    gain: Ramp,
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
        self.gain = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        Ok(())
    }

    fn set(&mut self, settings: &LoudnessSettings) {
        self.gain.set(db_to_gain(settings.gain_db));
    }

    fn reset(&mut self) {
        self.gain.reset();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            let gain = self.gain.tick();
            x.map(|sample| gain * sample)
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
