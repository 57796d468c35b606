//! Multiband compressor: two to six bands, each with its own dynamics, whose untouched sum is flat.
//!
//! Live cuts the bands without latency and with their phase compensated (`minimum_phase`); Quality cuts them with linear
//! phase (`linear_phase`). Everything after the cut is the same. Audio is processed in parts of at most one control
//! interval, which begin and end by a count of samples since `reset`.

mod linear_phase;
mod minimum_phase;

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::dynamics::compressor::{Compressor, Shared};
use crate::filter::svf::{MovingCorner, Svf};
use crate::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use crate::settings::{MAX_BANDS, MultibandSettings};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use crate::units::ms_to_samples;
use linear_phase::LinearPhase;
use minimum_phase::MinimumPhase;

/// Neighbouring crossovers stay at least this ratio apart, a third of an octave.
const CLOSEST_RATIO: f64 = 1.26;

/// How long the sound takes to pass from one number of bands to another.
const REGROUP_MS: f64 = 40.0;

/// One control interval of every band.
type BandFrames = [[Frame; CONTROL_INTERVAL_SAMPLES]; MAX_BANDS];

/// The crossovers' coefficients at one moment.
type Corners = [Svf; MAX_BANDS - 1];

const SILENT_BANDS: BandFrames = [[[0.0; MAX_CHANNELS]; CONTROL_INTERVAL_SAMPLES]; MAX_BANDS];

/// The audio state for one number of bands.
#[derive(Debug, Clone, Copy)]
struct Bank {
    num_bands: usize,
    splitter: MinimumPhase,
    compressors: [Compressor; MAX_BANDS],
    frames: BandFrames,
}

impl Bank {
    fn new(sample_rate_hz: f64) -> Self {
        Self {
            num_bands: 2,
            splitter: MinimumPhase::default(),
            compressors: [Compressor::new(sample_rate_hz); MAX_BANDS],
            frames: SILENT_BANDS,
        }
    }

    fn reset(&mut self) {
        self.splitter = MinimumPhase::default();
        self.compressors.iter_mut().for_each(Compressor::reset);
    }

    fn control_tick(&mut self) {
        self.splitter.control_tick();
        self.compressors.iter_mut().for_each(Compressor::control_tick);
    }

    /// Starts with the reductions of the bank that is leaving, a band that it lacks with those of its highest.
    fn take_over(&mut self, leaving: &Self, num_bands: usize) {
        self.splitter = MinimumPhase::default();
        self.num_bands = num_bands;
        let highest = leaving.num_bands - 1;
        self.compressors = leaving.compressors;
        for compressor in &mut self.compressors[highest + 1..] {
            // It has rested, so what its controls were on their way to is long wanted.
            compressor.reset();
            compressor.take_envelopes(&leaving.compressors[highest]);
        }
    }

    fn compress(&mut self, num_frames: usize) {
        for (compressor, band) in self.compressors.iter_mut().zip(&mut self.frames).take(self.num_bands) {
            compressor.process(&mut band[..num_frames]);
        }
    }

    /// Live, from the input to the compressed sum.
    fn run(&mut self, corners: &Corners, input: &[Frame], output: &mut [Frame]) {
        self.splitter.split(corners, input, self.num_bands, &mut self.frames);
        self.compress(input.len());
        self.splitter.join(corners, &self.frames, self.num_bands, output);
    }

    /// Quality, after the bands were cut.
    fn sum_compressed(&mut self, output: &mut [Frame]) {
        self.compress(output.len());
        for (frame_idx, y) in output.iter_mut().enumerate() {
            *y = self.frames[0][frame_idx];
            for band in &self.frames[1..self.num_bands] {
                for c in 0..MAX_CHANNELS {
                    y[c] += band[frame_idx][c];
                }
            }
        }
    }
}

/// The multiband compressor. No latency in Live, a hop and a half in Quality.
#[derive(Debug, Clone)]
pub struct Multiband {
    settings: Option<MultibandSettings>,
    /// How far the present control interval has come.
    phase: usize,
    corners: [MovingCorner; MAX_BANDS - 1],
    /// Cuts the bands in Quality.
    linear_phase: Option<LinearPhase>,
    /// The bank that is heard, or comes to be heard while `regroup_left` runs.
    current: Bank,
    previous: Bank,
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
        let bank = Bank::new(48_000.0);
        Self {
            settings: None,
            phase: 0,
            corners: [MovingCorner::default(); MAX_BANDS - 1],
            linear_phase: None,
            current: bank,
            previous: bank,
            regroup_left: 0,
            regroup_samples: 1,
            started: false,
        }
    }

    /// The reduction of each band now, dB, for the display; negative where upward compression raises it.
    #[must_use]
    pub fn reduction_db(&self) -> [f64; MAX_BANDS] {
        core::array::from_fn(|band_idx| self.current.compressors[band_idx].reduction_db())
    }

    fn wanted_bands(&self) -> usize {
        self.settings.map_or(self.current.num_bands, |settings| settings.num_bands.clamp(2, MAX_BANDS))
    }

    /// Begins to pass to the wanted number of bands, unless such a passage is still under way.
    fn regroup_if_wanted(&mut self) {
        let wanted = self.wanted_bands();
        if wanted == self.current.num_bands || self.regroup_left > 0 {
            return;
        }
        if self.started {
            core::mem::swap(&mut self.current, &mut self.previous);
            self.current.take_over(&self.previous, wanted);
            self.regroup_left = self.regroup_samples;
        }
        self.current.num_bands = wanted;
    }

    fn control_tick(&mut self) {
        self.current.control_tick();
        self.previous.control_tick();
        let leaving = if self.regroup_left > 0 { self.previous.num_bands } else { 0 };
        let num_bands = self.wanted_bands().max(self.current.num_bands).max(leaving);
        match &mut self.linear_phase {
            Some(linear_phase) => {
                // A new number of bands waits for the hop from which on all of its crossovers have run.
                if linear_phase.is_full() {
                    linear_phase.turn_over(num_bands - 1);
                    self.regroup_if_wanted();
                }
            }
            None => {
                self.corners.iter_mut().for_each(MovingCorner::control_tick);
                self.regroup_if_wanted();
            }
        }
    }

    /// At most what is left of a control interval.
    fn process_part(&mut self, part: &mut Block<'_>) {
        if self.phase == 0 {
            self.control_tick();
        }
        let (first, num_frames) = (self.phase, part.len());
        self.phase = (self.phase + num_frames) % CONTROL_INTERVAL_SAMPLES;
        let mut buffers = [[[0.0; MAX_CHANNELS]; CONTROL_INTERVAL_SAMPLES]; 3];
        let [input, output, old] = buffers.each_mut().map(|buffer| &mut buffer[..num_frames]);
        for (frame_idx, x) in input.iter_mut().enumerate() {
            *x = part.frame(frame_idx);
        }
        let num_banks = if self.regroup_left > 0 { 2 } else { 1 };
        let mut outputs = [&mut *output, &mut *old];
        if self.linear_phase.is_some() {
            self.run_linear_phase(input, &mut outputs[..num_banks]);
        } else {
            self.run_minimum_phase(input, &mut outputs[..num_banks], first);
        }
        if num_banks == 2 {
            self.fade(output, old);
        }
        let mut frame_idx = 0;
        part.map_frames(|_| {
            frame_idx += 1;
            output[frame_idx - 1]
        });
    }

    fn run_linear_phase(&mut self, input: &[Frame], outputs: &mut [&mut [Frame]]) {
        let num_banks = outputs.len();
        let num_bands = [self.current.num_bands, self.previous.num_bands];
        let mut frames = [&mut self.current.frames, &mut self.previous.frames];
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.split(input, &num_bands[..num_banks], &mut frames[..num_banks]);
        }
        for (bank, output) in [&mut self.current, &mut self.previous].into_iter().zip(outputs) {
            bank.sum_compressed(output);
        }
    }

    /// `first` is how far the control interval has come.
    fn run_minimum_phase(&mut self, input: &[Frame], outputs: &mut [&mut [Frame]], first: usize) {
        let corners = self.corners;
        let is_moving = corners.iter().any(MovingCorner::is_moving);
        for (bank, output) in [&mut self.current, &mut self.previous].into_iter().zip(outputs) {
            if is_moving {
                for n in 0..input.len() {
                    let share = (first + n + 1) as f64 / CONTROL_INTERVAL_SAMPLES as f64;
                    let coeffs = corners.map(|corner| corner.coeffs_at(share));
                    bank.run(&coeffs, &input[n..=n], &mut output[n..=n]);
                }
            } else {
                bank.run(&corners.map(|corner| *corner.coeffs()), input, output);
            }
        }
    }

    /// Mixes in what is left of the leaving bank.
    fn fade(&mut self, output: &mut [Frame], old: &[Frame]) {
        for (y, old) in output.iter_mut().zip(old) {
            self.regroup_left = self.regroup_left.saturating_sub(1);
            let share = self.regroup_left as f64 / self.regroup_samples as f64;
            for c in 0..MAX_CHANNELS {
                y[c] += share * (old[c] - y[c]);
            }
        }
    }
}

impl Processor for Multiband {
    type Settings = MultibandSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let bank = Bank::new(spec.sample_rate_hz);
        let is_linear = spec.latency_mode == LatencyMode::Quality;
        *self = Self {
            corners: [MovingCorner::new(spec.sample_rate_hz); MAX_BANDS - 1],
            linear_phase: is_linear.then(|| LinearPhase::new(spec.sample_rate_hz)),
            current: bank,
            previous: bank,
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
        let mut lowest_hz = 0.0;
        let corners_hz = settings.crossovers_hz.map(|wanted_hz| {
            let corner_hz = wanted_hz.max(lowest_hz);
            lowest_hz = corner_hz * CLOSEST_RATIO;
            corner_hz
        });
        for (corner, corner_hz) in self.corners.iter_mut().zip(corners_hz) {
            corner.set(corner_hz);
        }
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.set(corners_hz);
        }
        let num_bands = settings.num_bands.clamp(2, MAX_BANDS);
        let shared = Shared {
            link: settings.link_percent * 0.01,
            mix: settings.mix_percent * 0.01,
            any_solo: settings.bands[..num_bands].iter().any(|band| band.solo),
        };
        for bank in [&mut self.current, &mut self.previous] {
            for (compressor, band) in bank.compressors.iter_mut().zip(&settings.bands) {
                compressor.set(band, &shared);
            }
        }
        if !self.started {
            self.regroup_if_wanted();
        }
    }

    fn reset(&mut self) {
        self.phase = 0;
        self.corners.iter_mut().for_each(MovingCorner::reset);
        if let Some(linear_phase) = &mut self.linear_phase {
            linear_phase.reset();
        }
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
            let end = block.len().min(start + CONTROL_INTERVAL_SAMPLES - self.phase);
            self.process_part(&mut block.slice(start..end));
            start = end;
        }
    }

    fn latency_samples(&self) -> usize {
        self.linear_phase.as_ref().map_or(0, LinearPhase::latency_samples)
    }
}
