//! True-peak limiter: no peak, on a sample or between two, comes out above the ceiling.
//!
//! The signal between the samples is interpolated, the gain that each peak needs is looked up ahead, and the delayed signal
//! itself is multiplied: there is no oversampled copy in the audible path, so below the ceiling the output is the input, bit
//! for bit. How the gain returns is in [`crate::dynamics::lookahead`]; the three characters differ in nothing else.
//!
//! Everything runs in chunks of at most 256 samples, in loops over time for one step after another. What peaks cost at worst
//! is in [`crate::dynamics::peaks`]; the gain costs the same for any signal, and nothing while no channel is reduced and no
//! peak is in reach. Channels that are fully linked since both were at rest share one gain, with the bits that two would have.

use crate::block::{Block, MAX_CHANNELS, sanitized};
use crate::dynamics::interpolator::{Interpolator, LANES, Reach};
use crate::dynamics::lookahead::{LookaheadGain, MAX_CONTROLS, Release};
use crate::dynamics::peaks::PeakDetector;
use crate::dynamics::track::CHUNK;
use crate::filter::delay::Delay;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::{LimiterCharacter, LimiterSettings};
use crate::smooth::Ramp;
use crate::units::{db_to_gain, gain_to_db, ms_to_samples};
use fearless_simd::{Level, Simd, dispatch};

/// How long the gain takes to fall: with the detector 1.6 ms at 44.1 kHz.
const LIVE_LOOKAHEAD_MS: f64 = 0.86;

/// With the detector 5 ms at 48 kHz.
const QUALITY_LOOKAHEAD_MS: f64 = 3.0;

/// Keeps a sample that is rounded to f32 from ending up above the ceiling.
const ROUNDING_MARGIN: f64 = 1.0 - 2e-7;

/// The longest hold of any character, for which memory is kept.
const LONGEST_HOLD_MS: f64 = 11.0;

/// The stages of a character. `release_ms` is the slow stage's time.
///
/// Measured at 120 ms in Quality mode (Live in brackets), transparent, punchy, loud: the demo driven by 20 dB comes out at
/// -11.3, -10.4, -9.4 (-11.2, -10.2, -8.7) dBFS RMS; 50 Hz that has been under 6 dB of reduction for a while has -162, -103,
/// -34 (-160, -96, -23) dB of distortion; a tone is back within 1 dB 119, 30, 11 (108, 28, 10) ms after a hit of 1 ms and 18 dB.
fn release_of(character: LimiterCharacter, release_ms: f64) -> Release {
    let (hold_ms, slow_hold_ms, fast_share, slow_attack_ms) = match character {
        // Longer than half a cycle of 50 Hz, so that the gain of a low tone stands still.
        LimiterCharacter::Transparent => (LONGEST_HOLD_MS, LONGEST_HOLD_MS, 0.25, 50.0),
        // A hit is let go at once; what lasts is held for the slow stage as long as above, so that a low tone that goes on
        // is soon as clean.
        LimiterCharacter::Punchy => (3.0, LONGEST_HOLD_MS, 0.1, 240.0),
        // Lets go within each half cycle of a low tone, which is what makes it louder and what distorts.
        LimiterCharacter::Loud => (0.5, 0.5, 0.04, 250.0),
    };
    Release {
        hold_ms,
        slow_hold_ms,
        fast_release_ms: fast_share * release_ms,
        slow_attack_ms,
        slow_release_ms: release_ms,
    }
}

/// The limiter. Latency: the look-ahead and the detector's.
#[derive(Debug, Clone)]
pub struct Limiter {
    level: Level,
    reach: Reach,
    interpolator: Interpolator,
    detectors: [PeakDetector; MAX_CHANNELS],
    ceiling_gain: Ramp,
    gains: [LookaheadGain; MAX_CHANNELS],
    /// The second channel's gain is the first one's, and its own state is left as it was.
    is_shared: bool,
    transient_link: f64,
    release_link: f64,
    delay: Delay,
    scratch: Scratch,
    deepest_gain: f64,
    present_gain: f64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

/// What a channel takes of its own reduction and of the deeper of both, where `link` is from 0 to 1.
#[inline(always)]
fn linked(reductions: [f64; MAX_CHANNELS], link: f64) -> [f64; MAX_CHANNELS] {
    let [left, right] = reductions;
    let deepest = if left > right { left } else { right };
    // All of it is said apart, so that both channels get the same bits.
    reductions.map(|own| if link >= 1.0 { deepest } else { own + link * (deepest - own) })
}

/// Samples multiplied by their gains.
#[inline(always)]
fn multiply(samples: &mut [f32], gains: &[f64]) {
    for (sample, gain) in samples.iter_mut().zip(gains) {
        *sample = (gain * f64::from(*sample)) as f32;
    }
}

/// The smallest of a chunk's gains, which are at most one.
#[inline(always)]
fn lowest(gains: &[f64]) -> f64 {
    let mut lanes = [1.0; LANES];
    let (chunks, rest) = gains.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, gain) in lanes.iter_mut().zip(chunk) {
            *lane = if *gain < *lane { *gain } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(1.0, |lowest, gain| if *gain < lowest { *gain } else { lowest })
}

/// What the steps of a chunk hand on to each other; nothing in it outlasts the chunk.
#[derive(Debug, Clone)]
struct Scratch {
    floors: [f32; CHUNK + LANES],
    demands: [[f32; CHUNK + LANES]; MAX_CHANNELS],
    gains: [f64; CHUNK],
}

impl Limiter {
    /// A limiter that must be prepared before it runs.
    #[must_use]
    pub fn new() -> Self {
        Self {
            level: Level::baseline(),
            reach: Reach::Short,
            interpolator: Interpolator::default(),
            detectors: Default::default(),
            ceiling_gain: Ramp::default(),
            gains: Default::default(),
            is_shared: true,
            transient_link: 1.0,
            release_link: 1.0,
            delay: Delay::default(),
            scratch: Scratch {
                floors: [0.0; CHUNK + LANES],
                demands: [[0.0; CHUNK + LANES]; MAX_CHANNELS],
                gains: [0.0; CHUNK],
            },
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

    /// Writes down the ceiling at each sample of a chunk and of the rest of its last vector.
    #[inline(always)]
    fn write_floors(&mut self, len: usize) {
        let floors = &mut self.scratch.floors[..len.next_multiple_of(LANES)];
        floors.fill(self.ceiling_gain.tick() as f32);
        if !self.ceiling_gain.is_settled() {
            floors[1..len].iter_mut().for_each(|floor| *floor = self.ceiling_gain.tick() as f32);
        }
    }

    /// At most [`CHUNK`] frames.
    #[inline(always)]
    fn process_chunk<S: Simd>(&mut self, simd: S, chunk: &mut Block<'_>) {
        let len = chunk.len();
        let is_alike = chunk.num_channels() == 1 || self.transient_link >= 1.0;
        self.write_floors(len);
        let mut is_any = false;
        for (c, samples) in chunk.channels_mut().enumerate() {
            samples.iter_mut().for_each(|sample| *sample = sanitized(*sample).0);
            let Scratch { floors, demands, .. } = &mut self.scratch;
            is_any |= self.detectors[c].measure(simd, &self.interpolator, samples, floors, &mut demands[c]);
        }
        self.delay.process(chunk);
        let is_idle = self.gains[0].is_idle() && (self.is_shared || self.gains[1].is_idle());
        self.is_shared |= is_idle && is_alike;
        if is_idle && !is_any {
            self.gains.iter_mut().for_each(|gain| gain.rest(len));
            self.present_gain = 1.0;
            return;
        }
        if self.is_shared && !is_alike {
            let [left, right] = &mut self.gains;
            right.copy_from(left);
            self.is_shared = false;
        }
        if chunk.num_channels() > 1 && self.transient_link > 0.0 {
            self.link_demands(len);
        }
        self.apply(chunk);
    }

    #[inline(always)]
    fn link_demands(&mut self, len: usize) {
        let link = self.transient_link;
        let [left, right] = &mut self.scratch.demands;
        for (left, right) in left[..len].iter_mut().zip(&mut right[..len]) {
            let both = linked([f64::from(*left), f64::from(*right)], link);
            [*left, *right] = both.map(|demand| demand as f32);
        }
    }

    /// Multiplies the delayed samples by the gains that the demands make.
    #[inline(always)]
    fn apply(&mut self, chunk: &mut Block<'_>) {
        let len = chunk.len();
        let num_gains = if self.is_shared { 1 } else { MAX_CHANNELS };
        let mut sustained = [[0.0; MAX_CONTROLS]; MAX_CHANNELS];
        let mut num_controls = 0;
        for c in 0..num_gains {
            self.gains[c].hold(&self.scratch.demands[c][..len]);
            num_controls = self.gains[c].sustained(len, &mut sustained[c]);
        }
        if num_gains > 1 {
            let [left, right] = &mut sustained;
            for (left, right) in left[..num_controls].iter_mut().zip(&mut right[..num_controls]) {
                [*left, *right] = linked([*left, *right], self.release_link);
            }
        }
        let gains = &mut self.scratch.gains[..len];
        self.present_gain = 1.0;
        for (c, samples) in chunk.channels_mut().enumerate() {
            if c < num_gains {
                self.gains[c].release(&sustained[c][..num_controls], gains);
                self.deepest_gain = self.deepest_gain.min(lowest(gains));
                self.present_gain = self.present_gain.min(gains[len - 1]);
            }
            multiply(samples, gains);
        }
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
            level: crate::simd::level(),
            reach,
            interpolator: Interpolator::new(reach),
            detectors: core::array::from_fn(|_| PeakDetector::new()),
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
        self.is_shared = true;
        self.delay.reset();
        self.deepest_gain = 1.0;
        self.present_gain = 1.0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        let level = self.level;
        for start in (0..block.len()).step_by(CHUNK) {
            let end = block.len().min(start + CHUNK);
            let mut chunk = block.slice(start..end);
            dispatch!(level, simd => self.process_chunk(simd, &mut chunk));
        }
    }

    fn latency_samples(&self) -> usize {
        self.reach.latency_samples() + self.gains[0].latency_samples()
    }
}
