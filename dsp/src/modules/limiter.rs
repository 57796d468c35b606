//! True-peak limiter: no peak, on a sample or between two, comes out above the ceiling.
//!
//! Each interval between two samples is interpolated, the gain that its peak needs is looked up ahead, and the delayed signal
//! itself is multiplied: there is no oversampled copy in the audible path, so below the ceiling the output is the input, bit
//! for bit. How the gain returns is in [`crate::dynamics::lookahead`]; the three characters differ in nothing else.

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::dynamics::lookahead::{LookaheadGain, Release};
use crate::dynamics::peaks::{Interpolator, PeakDetector, Reach};
use crate::filter::delay::Delay;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::{LimiterCharacter, LimiterSettings};
use crate::smooth::Ramp;
use crate::units::{db_to_gain, gain_to_db, ms_to_samples};

/// How long the gain takes to fall: with the detector 1.6 ms at 44.1 kHz.
const LIVE_LOOKAHEAD_MS: f64 = 0.86;

/// With the detector 5 ms at 48 kHz.
const QUALITY_LOOKAHEAD_MS: f64 = 3.0;

/// Keeps a sample that is rounded to f32 from ending up above the ceiling.
const ROUNDING_MARGIN: f64 = 1.0 - 2e-7;

/// 0.05 dB: what is above the ceiling is brought this far under it, which covers what the detector may fail to see. What is
/// not above the ceiling is left alone, so the margin costs no transparency.
const DETECTOR_MARGIN: f64 = 0.994_26;

/// The longest hold of any character, for which memory is kept.
const LONGEST_HOLD_MS: f64 = 11.0;

/// The stages of a character. `release_ms` is the slow stage's time.
///
/// Measured at 120 ms in Quality mode (Live in brackets), transparent, punchy, loud: the demo driven by 20 dB comes out at
/// -11.3, -10.2, -9.4 (-11.2, -9.9, -8.7) dBFS RMS; 50 Hz under 6 dB of reduction has -162, -59, -34 (-162, -40, -23) dB of
/// distortion; a tone is back within 1 dB 118, 30, 11 (107, 27, 10) ms after a hit of 1 ms and 18 dB.
fn release_of(character: LimiterCharacter, release_ms: f64) -> Release {
    let (hold_ms, fast_share, slow_attack_ms) = match character {
        // Longer than half a cycle of 50 Hz, so that the gain of a low tone stands still.
        LimiterCharacter::Transparent => (LONGEST_HOLD_MS, 0.25, 50.0),
        LimiterCharacter::Punchy => (3.0, 0.1, 120.0),
        LimiterCharacter::Loud => (0.5, 0.04, 250.0),
    };
    Release { hold_ms, fast_release_ms: fast_share * release_ms, slow_attack_ms, slow_release_ms: release_ms }
}

/// The limiter. Latency: the look-ahead and the detector's half.
#[derive(Debug, Clone)]
pub struct Limiter {
    reach: Reach,
    interpolator: Interpolator,
    detectors: [PeakDetector; MAX_CHANNELS],
    ceiling_gain: Ramp,
    gains: [LookaheadGain; MAX_CHANNELS],
    transient_link: f64,
    release_link: f64,
    delay: Delay,
    deepest_gain: f64,
    present_gain: f64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

/// What a channel takes of its own gain and of the lower of both, where `link` is from 0 to 1.
#[inline]
fn linked(gains: [f64; MAX_CHANNELS], link: f64) -> [f64; MAX_CHANNELS] {
    let lowest = gains[0].min(gains[1]);
    // All of it is said apart, so that both channels get the same bits.
    gains.map(|gain| if link >= 1.0 { lowest } else { gain + link * (lowest - gain) })
}

impl Limiter {
    /// A limiter that must be prepared before it runs.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reach: Reach::Short,
            interpolator: Interpolator::default(),
            detectors: Default::default(),
            ceiling_gain: Ramp::default(),
            gains: Default::default(),
            transient_link: 1.0,
            release_link: 1.0,
            delay: Delay::default(),
            deepest_gain: 1.0,
            present_gain: 1.0,
        }
    }

    /// The deepest reduction since `reset`, in decibels, zero or more.
    #[must_use]
    pub fn deepest_reduction_db(&self) -> f64 {
        // Not the negative of the gain, which would be minus zero when there was none.
        gain_to_db(1.0 / self.deepest_gain)
    }

    /// The reduction of the newest sample, of the channel that is reduced more, in decibels, zero or more.
    #[must_use]
    pub fn reduction_db(&self) -> f64 {
        gain_to_db(1.0 / self.present_gain)
    }

    /// The gains that the frame needs which came the detector's latency before `frame`.
    #[inline]
    fn needed_for(&mut self, frame: Frame) -> [f64; MAX_CHANNELS] {
        let ceiling_gain = self.ceiling_gain.tick();
        core::array::from_fn(|c| {
            let peak = self.detectors[c].tick(&self.interpolator, frame[c] as f32, ceiling_gain as f32);
            if f64::from(peak) > ceiling_gain {
                DETECTOR_MARGIN * ceiling_gain / f64::from(peak)
            } else {
                1.0
            }
        })
    }

    /// The gains for the frame that comes out of the delay as `frame` goes in.
    #[inline]
    fn gains_for(&mut self, frame: Frame) -> [f64; MAX_CHANNELS] {
        let needed = self.needed_for(frame);
        if needed == [1.0; MAX_CHANNELS] && self.gains.iter().all(LookaheadGain::is_idle) {
            self.present_gain = 1.0;
            return needed;
        }
        let needed = linked(needed, self.transient_link);
        let held: [f64; MAX_CHANNELS] = core::array::from_fn(|c| self.gains[c].hold(needed[c]));
        let sustained = linked(held, self.release_link);
        let gains: [f64; MAX_CHANNELS] =
            core::array::from_fn(|c| self.gains[c].release(held[c], sustained[c]));
        self.present_gain = gains[0].min(gains[1]);
        self.deepest_gain = self.deepest_gain.min(self.present_gain);
        gains
    }
}

impl Processor for Limiter {
    type Settings = LimiterSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let (reach, lookahead_ms) = match spec.latency_mode {
            LatencyMode::Live => (Reach::Short, LIVE_LOOKAHEAD_MS),
            LatencyMode::Quality => (Reach::Long, QUALITY_LOOKAHEAD_MS),
        };
        let rate_hz = spec.sample_rate_hz;
        let lookahead_samples = ms_to_samples(lookahead_ms, rate_hz);
        *self = Self {
            reach,
            interpolator: Interpolator::new(reach),
            detectors: core::array::from_fn(|_| PeakDetector::new(reach)),
            ceiling_gain: Ramp::new(ms_to_samples(GAIN_MOVE_MS, rate_hz)),
            gains: core::array::from_fn(|_| LookaheadGain::new(lookahead_samples, LONGEST_HOLD_MS, rate_hz)),
            ..Self::new()
        };
        self.delay = Delay::new(self.latency_samples());
        Ok(())
    }

    fn set(&mut self, settings: &LimiterSettings) {
        self.ceiling_gain.set(db_to_gain(settings.ceiling_dbtp) * ROUNDING_MARGIN);
        let release = release_of(settings.character, settings.release_ms);
        self.gains.iter_mut().for_each(|gain| gain.set_release(&release));
        self.transient_link = settings.transient_link_percent / 100.0;
        self.release_link = settings.release_link_percent / 100.0;
    }

    fn reset(&mut self) {
        self.detectors.iter_mut().for_each(PeakDetector::reset);
        self.ceiling_gain.reset();
        self.gains.iter_mut().for_each(LookaheadGain::reset);
        self.delay.reset();
        self.deepest_gain = 1.0;
        self.present_gain = 1.0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            let gains = self.gains_for(x);
            let delayed = self.delay.tick(x);
            core::array::from_fn(|c| gains[c] * delayed[c])
        });
    }

    fn latency_samples(&self) -> usize {
        self.reach.latency_samples() + self.gains[0].latency_samples()
    }
}
