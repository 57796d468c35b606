//! Exciter: makes harmonics of what lies above a corner and adds them to the untouched signal.
//!
//! The odd curve is `x / sqrt(1 + x^2)`, the even one `x^2 / (1 + x^2)`: both bounded, both made of exact operations. They
//! run at four times the sample rate; the second high-pass takes away the direct current that even harmonics bring.

use crate::block::{Block, Frame};
use crate::filter::delay::Delay;
use crate::filter::oversample::{LATENCY_SAMPLES, Oversampler};
use crate::filter::svf::{MovingCorner, SvfState};
use crate::modules::GAIN_MOVE_MS;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::ExciterSettings;
use crate::smooth::{ControlClock, Ramp};
use crate::units::{db_to_gain, ms_to_samples};

/// Harmonic enhancement. Its latency is the oversampler's.
#[derive(Debug, Clone, Default)]
pub struct Exciter {
    clock: ControlClock,
    focus: MovingCorner,
    drive_gain: Ramp,
    even: Ramp,
    mix: Ramp,
    before: SvfState,
    after: SvfState,
    oversampler: Oversampler,
    /// The untouched signal, waiting for its harmonics.
    dry: Delay,
}

impl Exciter {
    /// Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn harmonics(&mut self, x: Frame) -> Frame {
        let drive_gain = self.drive_gain.tick();
        let even = self.even.tick();
        let focused = self.before.tick(self.focus.coeffs(), x).high;
        let shaped = self.oversampler.tick(focused.map(|sample| sample * drive_gain), |driven| {
            let power = 1.0 + driven * driven;
            let odd = driven / power.sqrt();
            odd + even * (driven * driven / power - odd)
        });
        // Half the drive's decibels are taken back, so that turning it up adds harmonics more than level.
        let level = 1.0 / drive_gain.sqrt();
        self.after.tick(self.focus.coeffs(), shaped.map(|sample| sample * level)).high
    }
}

impl Processor for Exciter {
    type Settings = ExciterSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        let ramp = Ramp::new(ms_to_samples(GAIN_MOVE_MS, spec.sample_rate_hz));
        *self = Self {
            focus: MovingCorner::new(spec.sample_rate_hz),
            drive_gain: ramp,
            even: ramp,
            mix: ramp,
            dry: Delay::new(LATENCY_SAMPLES),
            ..Self::default()
        };
        Ok(())
    }

    fn set(&mut self, settings: &ExciterSettings) {
        self.focus.set(settings.focus_hz);
        self.drive_gain.set(db_to_gain(settings.drive_db));
        self.even.set(settings.even_percent * 0.01);
        self.mix.set(settings.mix_percent * 0.01);
    }

    fn reset(&mut self) {
        for ramp in [&mut self.drive_gain, &mut self.even, &mut self.mix] {
            ramp.reset();
        }
        self.clock.reset();
        self.focus.reset();
        self.before = SvfState::default();
        self.after = SvfState::default();
        self.oversampler.reset();
        self.dry.reset();
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        block.map_frames(|x| {
            if self.clock.tick() {
                self.focus.control_tick();
            }
            let wet = self.harmonics(x);
            let (dry, mix) = (self.dry.tick(x), self.mix.tick());
            [dry[0] + mix * wet[0], dry[1] + mix * wet[1]]
        });
    }

    fn latency_samples(&self) -> usize {
        LATENCY_SAMPLES
    }
}
