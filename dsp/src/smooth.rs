//! Smoothing that counts samples from `reset`, so that where a block ends changes nothing.

/// A value that approaches its target in a straight line over a fixed number of ticks.
///
/// Before the first tick after `reset` a new target is taken at once: nothing fades in at the start of a render.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ramp {
    current: f64,
    target: f64,
    step: f64,
    ticks_left: u32,
    num_ticks: u32,
    started: bool,
}

impl Ramp {
    /// A ramp at rest on zero that will take `num_ticks` ticks, at least one.
    #[must_use]
    pub fn new(num_ticks: usize) -> Self {
        Self { num_ticks: num_ticks.clamp(1, u32::MAX as usize) as u32, ..Self::default() }
    }

    /// Where to go from the next tick on.
    pub fn set(&mut self, target: f64) {
        if target == self.target && self.started {
            return;
        }
        self.target = target;
        if self.started {
            self.ticks_left = self.num_ticks;
            self.step = (target - self.current) / f64::from(self.num_ticks);
        } else {
            self.current = target;
        }
    }

    /// Jumps to the target and waits for the first tick.
    pub fn reset(&mut self) {
        self.current = self.target;
        self.ticks_left = 0;
        self.started = false;
    }

    /// One tick on, and the value there.
    #[inline]
    pub fn tick(&mut self) -> f64 {
        self.started = true;
        if self.ticks_left > 0 {
            self.ticks_left -= 1;
            self.current = if self.ticks_left == 0 { self.target } else { self.current + self.step };
        }
        self.current
    }

    /// The value as of the last tick.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.current
    }

    /// Whether the target has been reached.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.ticks_left == 0
    }
}

/// How many samples pass between two updates of slow controls such as filter corners.
pub const CONTROL_INTERVAL_SAMPLES: usize = 16;

/// Tells every sixteenth sample since `reset`, where controls that are costly to compute are brought up to date.
#[derive(Debug, Clone, Copy, Default)]
pub struct ControlClock {
    phase: usize,
}

impl ControlClock {
    /// Counts one sample; true on the first and on every sixteenth after it.
    #[inline]
    pub fn tick(&mut self) -> bool {
        let due = self.phase == 0;
        self.phase = (self.phase + 1) % CONTROL_INTERVAL_SAMPLES;
        due
    }

    /// The next tick is the first again.
    pub fn reset(&mut self) {
        self.phase = 0;
    }
}

/// Ticks of a [`Ramp`] that moves once per control interval and lasts `ms`.
#[must_use]
pub fn control_ticks(ms: f64, sample_rate_hz: f64) -> usize {
    crate::units::ms_to_samples(ms, sample_rate_hz).div_ceil(CONTROL_INTERVAL_SAMPLES)
}
