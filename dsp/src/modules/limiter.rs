//! True-peak limiter: no peak, on a sample or between two, comes out above the ceiling.
//!
//! Each interval between two samples is interpolated eight times, the gain that its peak needs is looked up ahead, and the
//! delayed signal itself is multiplied: there is no oversampled copy in the audible path, so below the ceiling the output is
//! the input, bit for bit. Both channels get the same gain, which keeps the image in place.

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::dynamics::lookahead::LookaheadGain;
use crate::dynamics::peaks::{self, Interpolator, PeakDetector};
use crate::filter::delay::Delay;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::LimiterSettings;
use crate::smooth::Ramp;
use crate::units::{db_to_gain, gain_to_db, ms_to_samples};

/// How long the gain takes to fall.
const LOOKAHEAD_MS: f64 = 1.0;

/// Keeps a sample that is rounded to f32 from ending up above the ceiling.
const ROUNDING_MARGIN: f64 = 1.0 - 2e-7;

/// The limiter. Latency: the look-ahead and the interpolator's half.
#[derive(Debug, Clone)]
pub struct Limiter {
    interpolator: Interpolator,
    detectors: [PeakDetector; MAX_CHANNELS],
    ceiling_gain: Ramp,
    gain: LookaheadGain,
    delay: Delay,
    deepest_gain: f64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

impl Limiter {
    /// A limiter that must be prepared before it runs.
    #[must_use]
    pub fn new() -> Self {
        Self {
            interpolator: Interpolator::new(),
            detectors: Default::default(),
            ceiling_gain: Ramp::default(),
            gain: LookaheadGain::default(),
            delay: Delay::default(),
            deepest_gain: 1.0,
        }
    }

    /// The deepest reduction since `reset`, in decibels, zero or more.
    #[must_use]
    pub fn deepest_reduction_db(&self) -> f64 {
        // Not the negative of the gain, which would be minus zero when there was none.
        gain_to_db(1.0 / self.deepest_gain)
    }

    /// The gain for the frame that comes out of the delay as `frame` goes in.
    #[inline]
    fn gain_for(&mut self, frame: Frame) -> f64 {
        let ceiling_gain = self.ceiling_gain.tick();
        let mut peak = 0.0_f32;
        for (detector, sample) in self.detectors.iter_mut().zip(frame) {
            peak = peak.max(detector.tick(&self.interpolator, sample as f32, ceiling_gain as f32));
        }
        let needed = if f64::from(peak) > ceiling_gain { ceiling_gain / f64::from(peak) } else { 1.0 };
        let gain = self.gain.tick(needed);
        self.deepest_gain = self.deepest_gain.min(gain);
        gain
    }
}

impl Processor for Limiter {
    type Settings = LimiterSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        *self = Self::new();
        self.ceiling_gain = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        self.gain = LookaheadGain::new(ms_to_samples(LOOKAHEAD_MS, spec.sample_rate_hz), spec.sample_rate_hz);
        self.delay = Delay::new(self.latency_samples());
        Ok(())
    }

    fn set(&mut self, settings: &LimiterSettings) {
        self.ceiling_gain.set(db_to_gain(settings.ceiling_dbtp) * ROUNDING_MARGIN);
        self.gain.set_release(settings.release_ms);
    }

    fn reset(&mut self) {
        self.detectors.iter_mut().for_each(PeakDetector::reset);
        self.ceiling_gain.reset();
        self.gain.reset();
        self.delay.reset();
        self.deepest_gain = 1.0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            let gain = self.gain_for(x);
            self.delay.tick(x).map(|sample| gain * sample)
        });
    }

    fn latency_samples(&self) -> usize {
        peaks::LATENCY_SAMPLES + self.gain.latency_samples()
    }
}
