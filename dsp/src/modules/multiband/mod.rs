//! Multiband compressor: two to six bands, each with its own dynamics, whose untouched sum is flat.
//!
//! Live cuts the bands without latency and with their phase compensated (`minimum_phase`); Quality cuts them with linear
//! phase (`linear_phase`). Everything after the cut is the same. Audio is processed in parts, which follow from the count of
//! samples since `reset` wherever it matters: a part ends with the control interval while crossovers move or bands
//! regroup, and where controls arrive at their targets.

mod bands;
mod bank;
mod linear_phase;
mod minimum_phase;
mod plan;

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::dynamics::compressor::{MAX_SLOTS, PartTime};
use crate::dynamics::controls::Controls;
use crate::filter::svf::MovingCorner;
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::{MAX_BANDS, MultibandSettings};
use crate::simd;
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use crate::units::ms_to_samples;
use bands::{BandRows, MAX_PART_FRAMES};
use bank::Bank;
use fearless_simd::{Level, Simd, dispatch};
use linear_phase::LinearPhase;

/// Neighbouring crossovers stay at least this ratio apart, a third of an octave.
pub const CLOSEST_RATIO: f64 = 1.26;

/// How long the sound takes to pass from one number of bands to another.
const REGROUP_MS: f64 = 40.0;

/// Where the bands are cut: what is set, moved up where a neighbour below comes too close.
#[must_use]
pub fn cut_hz(settings: &MultibandSettings) -> [f64; MAX_BANDS - 1] {
    let mut lowest_hz = 0.0;
    settings.crossovers_hz.map(|wanted_hz| {
        let corner_hz = wanted_hz.max(lowest_hz);
        lowest_hz = corner_hz * CLOSEST_RATIO;
        corner_hz
    })
}

/// Room for one part. It keeps nothing from one to the next. Each array begins a cache line, because a vector that lies across
/// two of them costs two accesses.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Scratch {
    input: [Frame; MAX_PART_FRAMES],
    output: [Frame; MAX_PART_FRAMES],
    /// What the bank that leaves makes of it.
    leaving: [Frame; MAX_PART_FRAMES],
    rows: BandRows,
    /// What the compressors need.
    work: [f32; MAX_PART_FRAMES * MAX_CHANNELS * MAX_SLOTS + 16],
}

impl Default for Scratch {
    fn default() -> Self {
        let silence = [[0.0; MAX_CHANNELS]; MAX_PART_FRAMES];
        let rows = [0.0; MAX_PART_FRAMES * MAX_CHANNELS * MAX_SLOTS];
        Self {
            input: silence,
            output: silence,
            leaving: silence,
            rows,
            work: [0.0; MAX_PART_FRAMES * MAX_CHANNELS * MAX_SLOTS + 16],
        }
    }
}

/// The multiband compressor. No latency in Live, a hop and a half in Quality.
#[derive(Debug, Clone)]
pub struct Multiband {
    settings: Option<MultibandSettings>,
    level: Level,
    /// How far the present control interval has come.
    phase: usize,
    corners: [MovingCorner; MAX_BANDS - 1],
    /// Whether the banks' filters are those of `corners`, which do not move.
    is_tuned: bool,
    controls: Controls,
    /// Cuts the bands in Quality.
    linear_phase: Option<LinearPhase>,
    /// The bank that is heard, or comes to be heard while `regroup_left` runs.
    current: Bank,
    previous: Bank,
    scratch: Scratch,
    regroup_left: usize,
    regroup_samples: usize,
    started: bool,
}

impl Default for Multiband {
    fn default() -> Self {
        Self::new()
    }
}

impl Multiband {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            settings: None,
            level: simd::level(),
            phase: 0,
            corners: [MovingCorner::default(); MAX_BANDS - 1],
            is_tuned: false,
            controls: Controls::new(48_000.0),
            linear_phase: None,
            current: Bank::default(),
            previous: Bank::default(),
            scratch: Scratch::default(),
            regroup_left: 0,
            regroup_samples: 1,
            started: false,
        }
    }

    /// The reduction of each band now, dB, for the display; negative where upward compression raises it.
    #[must_use]
    pub fn reduction_db(&self) -> [f64; MAX_BANDS] {
        self.current.reduction_db()
    }

    fn wanted_bands(&self) -> usize {
        self.settings.map_or(self.current.num_bands(), |settings| settings.num_bands.clamp(2, MAX_BANDS))
    }

    /// Begins to pass to the wanted number of bands, unless such a passage is still under way.
    fn regroup_if_wanted(&mut self) {
        let wanted = self.wanted_bands();
        if wanted == self.current.num_bands() || self.regroup_left > 0 {
            return;
        }
        if self.started {
            core::mem::swap(&mut self.current, &mut self.previous);
            self.current.take_over(&self.previous, wanted);
            self.regroup_left = self.regroup_samples;
        }
        self.current.regroup(wanted, &self.controls);
        self.is_tuned = false;
    }

    /// Whether control ticks have something to do.
    fn is_changing(&self) -> bool {
        self.regroup_left > 0
            || self.linear_phase.is_none()
                && (self.wanted_bands() != self.current.num_bands()
                    || !self.corners.iter().all(MovingCorner::is_at_rest))
    }

    /// How many of `num_left` frames the next part has.
    fn part_len(&self, num_left: usize) -> usize {
        let mut len = num_left.min(MAX_PART_FRAMES);
        if self.is_changing() {
            len = len.min(CONTROL_INTERVAL_SAMPLES - self.phase);
        }
        if self.controls.samples_left() > 0 {
            len = len.min(self.controls.samples_left());
        }
        match &self.linear_phase {
            Some(linear_phase) => len.min(linear_phase.num_left()),
            None => len,
        }
    }

    fn control_tick(&mut self) {
        let leaving = if self.regroup_left > 0 { self.previous.num_bands() } else { 0 };
        let num_bands = self.wanted_bands().max(self.current.num_bands()).max(leaving);
        match &mut self.linear_phase {
            Some(linear_phase) => {
                // A new number of bands waits for the hop from which on all of its crossovers have run.
                if linear_phase.num_left() == 0 {
                    linear_phase.turn_over(num_bands - 1);
                    self.regroup_if_wanted();
                }
            }
            None => {
                self.corners.iter_mut().for_each(MovingCorner::control_tick);
                self.regroup_if_wanted();
                self.tune();
            }
        }
    }

    /// Gives the banks the filters of this control interval.
    fn tune(&mut self) {
        let is_moving = self.corners.iter().any(MovingCorner::is_moving);
        if self.is_tuned && !is_moving {
            return;
        }
        let (from, to) = (
            self.corners.each_ref().map(MovingCorner::previous_coeffs),
            self.corners.each_ref().map(MovingCorner::coeffs),
        );
        self.current.tune(from, to);
        if self.regroup_left > 0 {
            self.previous.tune(from, to);
        }
        self.is_tuned = !is_moving;
    }

    fn process_part(&mut self, part: &mut Block<'_>) {
        let num_frames = part.len();
        let Scratch { input, output, leaving, rows, work } = &mut self.scratch;
        let input = &mut input[..num_frames];
        dispatch!(self.level, simd => interleave(simd, [part.channel(0), part.channel(1)], input));
        let time = PartTime { phase: self.phase, samples_left: self.controls.samples_left() };
        let mut run = |bank: &mut Bank, output: &mut [Frame]| {
            match &self.linear_phase {
                Some(linear_phase) => linear_phase.split(bank.num_bands(), num_frames, rows),
                None => bank.split(self.level, time.phase, input, rows),
            }
            bank.compress(self.level, time, rows, work, output);
        };
        let output = &mut output[..num_frames];
        run(&mut self.current, output);
        if self.regroup_left > 0 {
            let leaving = &mut leaving[..num_frames];
            run(&mut self.previous, leaving);
            fade(output, leaving, &mut self.regroup_left, self.regroup_samples);
        }
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.take(input);
        }
        self.controls.advance(num_frames);
        self.phase = (self.phase + num_frames) % CONTROL_INTERVAL_SAMPLES;
        for (c, samples) in part.channels_mut().enumerate() {
            dispatch!(self.level, simd => take_channel(simd, output, c, samples));
        }
    }
}

#[inline(always)]
fn interleave<S: Simd>(_: S, channels: [&[f32]; MAX_CHANNELS], frames: &mut [Frame]) {
    for ((frame, left), right) in frames.iter_mut().zip(channels[0]).zip(channels[1]) {
        *frame = [f64::from(*left), f64::from(*right)];
    }
}

#[inline(always)]
fn take_channel<S: Simd>(_: S, frames: &[Frame], c: usize, samples: &mut [f32]) {
    for (sample, frame) in samples.iter_mut().zip(frames) {
        *sample = frame[c] as f32;
    }
}

/// Mixes in what is left of the leaving bank.
fn fade(output: &mut [Frame], leaving: &[Frame], samples_left: &mut usize, num_samples: usize) {
    for (y, old) in output.iter_mut().zip(leaving) {
        *samples_left = samples_left.saturating_sub(1);
        let share = *samples_left as f64 / num_samples as f64;
        for c in 0..MAX_CHANNELS {
            y[c] += share * (old[c] - y[c]);
        }
    }
}

impl Processor for Multiband {
    type Settings = MultibandSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let is_linear = spec.latency_mode == LatencyMode::Quality;
        *self = Self {
            corners: [MovingCorner::new(spec.sample_rate_hz); MAX_BANDS - 1],
            controls: Controls::new(spec.sample_rate_hz),
            linear_phase: is_linear.then(|| LinearPhase::new(spec.sample_rate_hz)),
            // Whole control intervals, so that both banks rest and run for the same samples however a host cuts its blocks.
            regroup_samples: ms_to_samples(REGROUP_MS, spec.sample_rate_hz)
                .next_multiple_of(CONTROL_INTERVAL_SAMPLES),
            ..Self::new()
        };
        Ok(())
    }

    fn set(&mut self, settings: &MultibandSettings) {
        if self.settings == Some(*settings) {
            return;
        }
        self.settings = Some(*settings);
        let corners_hz = cut_hz(settings);
        for (corner, corner_hz) in self.corners.iter_mut().zip(corners_hz) {
            corner.set(corner_hz);
        }
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.set(corners_hz);
        }
        self.controls.set(settings);
        if !self.started {
            self.regroup_if_wanted();
        }
        self.current.lay_out(&self.controls);
        self.previous.lay_out(&self.controls);
    }

    fn reset(&mut self) {
        self.phase = 0;
        self.corners.iter_mut().for_each(MovingCorner::reset);
        self.is_tuned = false;
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.reset();
        }
        self.controls.reset();
        self.current.reset();
        self.previous.reset();
        self.regroup_left = 0;
        self.started = false;
        self.regroup_if_wanted();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        self.started |= !block.is_empty();
        let mut start = 0;
        while start < block.len() {
            if self.phase == 0 {
                self.control_tick();
            }
            let end = start + self.part_len(block.len() - start);
            self.process_part(&mut block.slice(start..end));
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        self.linear_phase.as_ref().map_or(0, LinearPhase::latency_samples)
    }
}
