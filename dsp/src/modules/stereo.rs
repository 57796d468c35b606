//! Stereo: width of the low and the high band, and a mono bass.
//!
//! Only the side signal is touched, so the mono sum is what it was. The low band is a first-order low-pass of the side and
//! the high band is the rest: equal widths give back the side itself.

use crate::block::Block;
use crate::filter::svf::{MovingCorner, SvfState};
use crate::math::flush;
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::StereoSettings;
use crate::smooth::{ControlClock, Ramp, control_ticks};
use crate::units::ms_to_samples;

/// The stereo widener. No latency; mono passes unchanged.
#[derive(Debug, Clone, Default)]
pub struct Stereo {
    clock: ControlClock,
    width_low: Ramp,
    width_high: Ramp,
    mono_bass: Ramp,
    crossover_hz: Ramp,
    mono_below: MovingCorner,
    side_high_pass: SvfState,
    /// The one-pole low-pass of the side, in the trapezoidal form.
    low_state: f64,
    low_gain: f64,
    sample_rate_hz: f64,
}

impl Stereo {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn control_tick(&mut self) {
        self.mono_below.control_tick();
        let was_moving = !self.crossover_hz.is_settled() || self.low_gain == 0.0;
        let corner_hz = self.crossover_hz.tick();
        if was_moving {
            let g = libm::tan(core::f64::consts::PI * (corner_hz / self.sample_rate_hz).min(0.45));
            self.low_gain = g / (1.0 + g);
        }
    }

    #[inline]
    fn shape_side(&mut self, side: f64) -> f64 {
        let high_passed = self.side_high_pass.tick(self.mono_below.coeffs(), [side, 0.0]).high[0];
        let side = side + self.mono_bass.tick() * (high_passed - side);
        let v = (side - self.low_state) * self.low_gain;
        let low = v + self.low_state;
        self.low_state = flush(low + v);
        let (width_low, width_high) = (self.width_low.tick(), self.width_high.tick());
        width_high * side + (width_low - width_high) * low
    }
}

impl Processor for Stereo {
    type Settings = StereoSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let ramp = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        *self = Self {
            width_low: ramp,
            width_high: ramp,
            mono_bass: ramp,
            crossover_hz: Ramp::new(control_ticks(GAIN_MOVE_MS, spec.sample_rate_hz)),
            mono_below: MovingCorner::new(spec.sample_rate_hz),
            sample_rate_hz: spec.sample_rate_hz,
            ..Self::default()
        };
        Ok(())
    }

    fn set(&mut self, settings: &StereoSettings) {
        self.width_low.set(settings.width_low_percent * 0.01);
        self.width_high.set(settings.width_high_percent * 0.01);
        self.mono_bass.set(if settings.mono_bass { 1.0 } else { 0.0 });
        self.crossover_hz.set(settings.crossover_hz);
        self.mono_below.set(settings.mono_below_hz);
    }

    fn reset(&mut self) {
        for ramp in [&mut self.width_low, &mut self.width_high, &mut self.mono_bass, &mut self.crossover_hz] {
            ramp.reset();
        }
        self.clock.reset();
        self.mono_below.reset();
        self.side_high_pass = SvfState::default();
        self.low_state = 0.0;
        self.low_gain = 0.0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        if block.num_channels() < 2 {
            return;
        }
        block.map_frames(|[left, right]| {
            if self.clock.tick() {
                self.control_tick();
            }
            let mid = 0.5 * (left + right);
            let side = self.shape_side(0.5 * (left - right));
            [mid + side, mid - side]
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
