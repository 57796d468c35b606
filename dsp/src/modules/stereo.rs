//! Stereo: width of the low and the high band, a mono bass, and a guard over the channels' correlation.
//!
//! Only the side signal is touched, so the mono sum is what it was. The low band is a first-order low-pass of the side and
//! the high band is the rest: equal widths give back the side itself. What widths above 100 % add is kept apart, for
//! the guard to hold back; it never narrows what came in.
//!
//! Controls move in straight lines over each control interval of sixteen samples, counted from `reset`.

mod guard;
mod side;

use crate::block::Block;
use crate::filter::svf::MovingCorner;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::StereoSettings;
use crate::smooth::{CONTROL_INTERVAL_SAMPLES, Glide, control_ticks};
use crate::units::ms_to_samples;
use guard::{Guard, Powers};
use side::{Controls, HighPassRows, Memory, Steps, sides};

/// How long the crossover takes to move to where it was set.
const CORNER_MOVE_MS: f64 = 40.0;

/// The width that is set for a frequency, 1 for unchanged, before the guard holds anything back. For the display.
#[must_use]
pub fn width_at(settings: &StereoSettings, frequency_hz: f64, sample_rate_hz: f64) -> f64 {
    // The tangents that the bilinear transform makes of frequencies; with them it is the analogue filter.
    let warped = |hz: f64| libm::tan(core::f64::consts::PI * (hz / sample_rate_hz).min(0.45));
    let angle = warped(frequency_hz);
    // The high-pass of the mono bass, a Butterworth filter of second order.
    let squared = |corner_hz: f64| (angle / warped(corner_hz)) * (angle / warped(corner_hz));
    let passed = if settings.mono_bass {
        let ratio = squared(settings.mono_below_hz);
        ratio / (1.0 + ratio * ratio).sqrt()
    } else {
        1.0
    };
    // Low and high band add up as the real and the imaginary part of the first-order crossover.
    let ratio = squared(settings.crossover_hz);
    let [low, high] = [settings.width_low_percent, settings.width_high_percent].map(|percent| 0.01 * percent);
    passed * ((low * low + ratio * high * high) / (1.0 + ratio)).sqrt()
}

/// One value for each sample of a control interval.
type Interval = [f64; CONTROL_INTERVAL_SAMPLES];

/// The stereo widener. No latency; mono passes unchanged.
#[derive(Debug, Clone)]
pub struct Stereo {
    sample_rate_hz: f64,
    /// Width of the low and of the high band, and how far the bass is mono; once per control interval.
    gains: Glide<3>,
    /// In octaves.
    crossover_log2: Glide<1>,
    designed_log2: f64,
    mono_below: MovingCorner,
    guard: Guard,
    floor: Option<f64>,
    /// At the beginning and at the end of this control interval.
    from: Controls,
    to: Controls,
    is_moving: bool,
    /// Of where the controls are when they do not move.
    steps: Steps,
    memory: Memory,
    /// Mid, kept and added side of this interval, for the guard.
    heard: [Interval; 3],
    phase: usize,
    has_started: bool,
}

impl Default for Stereo {
    fn default() -> Self {
        Self::new()
    }
}

impl Stereo {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sample_rate_hz: 0.0,
            gains: Glide::default(),
            crossover_log2: Glide::default(),
            designed_log2: f64::NAN,
            mono_below: MovingCorner::default(),
            guard: Guard::default(),
            floor: None,
            from: Controls::default(),
            to: Controls::default(),
            is_moving: false,
            steps: Steps::default(),
            memory: Memory::default(),
            heard: [[0.0; CONTROL_INTERVAL_SAMPLES]; 3],
            phase: 0,
            has_started: false,
        }
    }

    /// Sets out for where the controls will be at the end of the interval.
    fn control_tick(&mut self) {
        self.memory.flush();
        self.mono_below.control_tick();
        let was_moving = self.is_moving;
        self.is_moving = !(self.has_started
            && self.gains.is_settled()
            && self.crossover_log2.is_settled()
            && self.mono_below.is_at_rest()
            && self.guard.share() == self.to.share);
        self.from = self.to;
        if self.is_moving || was_moving {
            self.aim();
            self.steps = Steps::new(&self.to);
        }
    }

    fn aim(&mut self) {
        let [width_low, width_high, mono_bass] = self.gains.tick();
        let [crossover_log2] = self.crossover_log2.tick();
        if crossover_log2 != self.designed_log2 {
            self.designed_log2 = crossover_log2;
            let corner = libm::exp2(crossover_log2) / self.sample_rate_hz;
            let g = libm::tan(core::f64::consts::PI * corner.min(0.45));
            self.to.low_gain = g / (1.0 + g);
        }
        let rows = HighPassRows::new(self.mono_below.coeffs());
        self.to = Controls { width_low, width_high, mono_bass, share: self.guard.share(), rows, ..self.to };
        if !self.has_started {
            self.has_started = true;
            self.from = self.to;
        }
    }

    /// Frames that lie in one control interval, in place.
    #[inline(always)]
    fn process_part(&mut self, left: &mut [f32], right: &mut [f32]) {
        let len = left.len().min(CONTROL_INTERVAL_SAMPLES);
        let (left, right) = (&mut left[..len], &mut right[..len]);
        let mut shares = [self.to.share; CONTROL_INTERVAL_SAMPLES];
        let [mut mid, mut kept, mut added] = [[0.0; CONTROL_INTERVAL_SAMPLES]; 3];
        for n in 0..len {
            let (l, r) = (f64::from(left[n]), f64::from(right[n]));
            mid[n] = 0.5 * (l + r);
            kept[n] = 0.5 * (l - r);
        }
        if self.is_moving {
            for n in 0..len {
                let way = (self.phase + n + 1) as f64 / CONTROL_INTERVAL_SAMPLES as f64;
                let controls = self.from.towards(&self.to, way);
                let bands = self.memory.tick(&controls, kept[n]);
                [kept[n], added[n]] = sides(controls.side_gains(), bands);
                shares[n] = controls.share;
            }
        } else {
            // The low band stands in the place of what it will be part of.
            self.steps.run(&mut self.memory, self.phase, &mut kept[..len], &mut added[..len]);
            let gains = self.to.side_gains();
            for n in 0..len {
                [kept[n], added[n]] = sides(gains, [kept[n], added[n]]);
            }
        }
        for n in 0..len {
            let side = kept[n] + shares[n] * added[n];
            left[n] = (mid[n] + side) as f32;
            right[n] = (mid[n] - side) as f32;
        }
        if self.floor.is_some() {
            let range = self.phase..self.phase + len;
            for (heard, part) in self.heard.iter_mut().zip([mid, kept, added]) {
                heard[range.clone()].copy_from_slice(&part[..len]);
            }
        }
    }

    /// What the guard needs to know of the interval that has ended.
    fn inform_guard(&mut self) {
        let mut sums = Powers::default();
        if self.floor.is_some() {
            let [mid, kept, added] = &self.heard;
            for n in 0..CONTROL_INTERVAL_SAMPLES {
                sums.add(mid[n], kept[n], added[n]);
            }
        }
        self.guard.control_tick(&sums, self.floor);
    }
}

impl Processor for Stereo {
    type Settings = StereoSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let gain_ticks = ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz).div_ceil(CONTROL_INTERVAL_SAMPLES);
        *self = Self {
            sample_rate_hz: spec.sample_rate_hz,
            gains: Glide::new(gain_ticks),
            crossover_log2: Glide::new(control_ticks(CORNER_MOVE_MS, spec.sample_rate_hz)),
            mono_below: MovingCorner::new(spec.sample_rate_hz),
            guard: Guard::new(spec.sample_rate_hz),
            ..Self::new()
        };
        Ok(())
    }

    fn set(&mut self, settings: &StereoSettings) {
        let mono_bass = if settings.mono_bass { 1.0 } else { 0.0 };
        self.gains.set([settings.width_low_percent * 0.01, settings.width_high_percent * 0.01, mono_bass]);
        self.crossover_log2.set([libm::log2(settings.crossover_hz)]);
        self.mono_below.set(settings.mono_below_hz);
        self.floor = settings.guard.then_some(settings.min_correlation_percent * 0.01);
    }

    fn reset(&mut self) {
        self.gains.reset();
        self.crossover_log2.reset();
        self.mono_below.reset();
        self.guard.reset();
        self.memory = Memory::default();
        // The next tick designs the crossover afresh, with nothing on the way.
        self.designed_log2 = f64::NAN;
        (self.phase, self.has_started, self.is_moving) = (0, false, false);
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        let num_frames = block.len();
        let mut channels = block.channels_mut();
        let (Some(left), Some(right)) = (channels.next(), channels.next()) else { return };
        let mut start = 0;
        while start < num_frames {
            if self.phase == 0 {
                self.control_tick();
            }
            let end = num_frames.min(start + CONTROL_INTERVAL_SAMPLES - self.phase);
            self.process_part(&mut left[start..end], &mut right[start..end]);
            self.phase = (self.phase + end - start) % CONTROL_INTERVAL_SAMPLES;
            start = end;
            if self.phase == 0 {
                self.inform_guard();
            }
        }
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
