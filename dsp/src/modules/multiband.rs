//! Multiband compressor: two to six bands, each with its own dynamics, whose untouched sum is flat.
//!
//! The bands come from a row of Linkwitz-Riley crossovers. A band that left the row early lacks the phase turns of the later
//! crossovers, so the sum is built upwards and sent through each later crossover's all-pass on its way.

use crate::block::{Block, Frame, MAX_CHANNELS};
use crate::dynamics::compressor::Compressor;
use crate::filter::crossover::CrossoverState;
use crate::filter::svf::{MovingCorner, SvfState};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::{MAX_BANDS, MultibandSettings};
use crate::smooth::{ControlClock, Ramp};
use crate::units::ms_to_samples;

/// Neighbouring crossovers stay at least this ratio apart, a third of an octave.
const CLOSEST_RATIO: f64 = 1.26;

/// How long the sound takes to pass from one number of bands to another.
const REGROUP_MS: f64 = 40.0;

/// The audio state for one number of bands.
#[derive(Debug, Clone, Copy)]
struct Bank {
    num_bands: usize,
    crossovers: [CrossoverState; MAX_BANDS - 1],
    all_passes: [SvfState; MAX_BANDS - 1],
    compressors: [Compressor; MAX_BANDS],
}

impl Bank {
    fn new(sample_rate_hz: f64) -> Self {
        Self {
            num_bands: 2,
            crossovers: Default::default(),
            all_passes: Default::default(),
            compressors: [Compressor::new(sample_rate_hz); MAX_BANDS],
        }
    }

    fn reset(&mut self) {
        self.crossovers = Default::default();
        self.all_passes = Default::default();
        self.compressors.iter_mut().for_each(Compressor::reset);
    }

    #[inline]
    fn tick(&mut self, corners: &[MovingCorner; MAX_BANDS - 1], x: Frame, link: f64, mix: f64) -> Frame {
        let last = self.num_bands - 1;
        let (mut sum, mut rest) = ([0.0; MAX_CHANNELS], x);
        for band_idx in 0..last {
            let coeffs = corners[band_idx].coeffs();
            let (band, above) = self.crossovers[band_idx].split(coeffs, rest);
            if band_idx > 0 {
                sum = self.all_passes[band_idx].tick(coeffs, sum).all_pass;
            }
            add_compressed(&mut sum, &mut self.compressors[band_idx], band, link, mix);
            rest = above;
        }
        add_compressed(&mut sum, &mut self.compressors[last], rest, link, mix);
        sum
    }
}

/// Mixing inside the band keeps both shares in phase; the whole signal beside the bands would comb.
#[inline]
fn add_compressed(sum: &mut Frame, compressor: &mut Compressor, band: Frame, link: f64, mix: f64) {
    let gain = compressor.tick(band, link);
    for c in 0..MAX_CHANNELS {
        sum[c] += band[c] * (1.0 + mix * (gain[c] - 1.0));
    }
}

/// The multiband compressor. No latency.
#[derive(Debug, Clone)]
pub struct Multiband {
    settings: Option<MultibandSettings>,
    clock: ControlClock,
    corners: [MovingCorner; MAX_BANDS - 1],
    link: Ramp,
    mix: Ramp,
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
            clock: ControlClock::default(),
            corners: [MovingCorner::default(); MAX_BANDS - 1],
            link: Ramp::default(),
            mix: Ramp::default(),
            current: bank,
            previous: bank,
            regroup_left: 0,
            regroup_samples: 1,
            started: false,
        }
    }

    /// The reduction of each band now, dB, for the display.
    #[must_use]
    pub fn reduction_db(&self) -> [f64; MAX_BANDS] {
        core::array::from_fn(|band_idx| self.current.compressors[band_idx].reduction_db())
    }

    /// Begins to pass to the wanted number of bands, unless such a passage is still under way.
    fn regroup_if_wanted(&mut self) {
        let Some(settings) = self.settings else { return };
        let wanted = settings.num_bands.clamp(2, MAX_BANDS);
        if wanted == self.current.num_bands || self.regroup_left > 0 {
            return;
        }
        if self.started {
            core::mem::swap(&mut self.current, &mut self.previous);
            self.current.reset();
            self.regroup_left = self.regroup_samples;
        }
        self.current.num_bands = wanted;
    }

    #[inline]
    fn tick(&mut self, x: Frame) -> Frame {
        if self.clock.tick() {
            self.corners.iter_mut().for_each(MovingCorner::control_tick);
            self.regroup_if_wanted();
        }
        let (link, mix) = (self.link.tick(), self.mix.tick());
        let mut out = self.current.tick(&self.corners, x, link, mix);
        if self.regroup_left > 0 {
            self.regroup_left -= 1;
            let share = self.regroup_left as f64 / self.regroup_samples as f64;
            let old = self.previous.tick(&self.corners, x, link, mix);
            for c in 0..MAX_CHANNELS {
                out[c] += share * (old[c] - out[c]);
            }
        }
        out
    }
}

impl Processor for Multiband {
    type Settings = MultibandSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let bank = Bank::new(spec.sample_rate_hz);
        let ramp = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        *self = Self {
            corners: [MovingCorner::new(spec.sample_rate_hz); MAX_BANDS - 1],
            link: ramp,
            mix: ramp,
            current: bank,
            previous: bank,
            regroup_samples: ms_to_samples(REGROUP_MS, spec.sample_rate_hz),
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
        for (corner, &wanted_hz) in self.corners.iter_mut().zip(&settings.crossovers_hz) {
            let corner_hz = wanted_hz.max(lowest_hz);
            corner.set(corner_hz);
            lowest_hz = corner_hz * CLOSEST_RATIO;
        }
        self.link.set(settings.link_percent * 0.01);
        self.mix.set(settings.mix_percent * 0.01);
        for bank in [&mut self.current, &mut self.previous] {
            for (compressor, band) in bank.compressors.iter_mut().zip(&settings.bands) {
                compressor.set(band);
            }
        }
        if !self.started {
            self.regroup_if_wanted();
        }
    }

    fn reset(&mut self) {
        self.clock.reset();
        self.corners.iter_mut().for_each(MovingCorner::reset);
        self.link.reset();
        self.mix.reset();
        self.current.reset();
        self.previous.reset();
        self.regroup_left = 0;
        self.started = false;
        self.regroup_if_wanted();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        self.started |= !block.is_empty();
        block.map_frames(|x| self.tick(x));
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
