//! Smoothing that counts samples from `reset`, so that where a block ends changes nothing.

use crate::block::{Block, MAX_CHANNELS};

/// Several values that approach their targets together, in straight lines over a fixed number of ticks.
///
/// The values at a tick follow from how many are left, without a sum that is carried along; so that a loop over ticks becomes
/// vector code, and at rest nothing is computed. A new target for one starts the others afresh from where they are.
#[derive(Debug, Clone, Copy)]
pub struct Glide<const N: usize> {
    target: [f64; N],
    /// Per tick.
    step: [f64; N],
    ticks_left: usize,
    num_ticks: usize,
    started: bool,
}

impl<const N: usize> Default for Glide<N> {
    fn default() -> Self {
        Self::new(1)
    }
}

impl<const N: usize> Glide<N> {
    /// At rest on zero; each approach will take `num_ticks` ticks, at least one.
    #[must_use]
    pub fn new(num_ticks: usize) -> Self {
        Self { target: [0.0; N], step: [0.0; N], ticks_left: 0, num_ticks: num_ticks.max(1), started: false }
    }

    /// Where to go from the next tick on; at once before the first.
    pub fn set(&mut self, target: [f64; N]) {
        if target == self.target && self.started {
            return;
        }
        if self.started {
            for n in 0..N {
                let current = self.target[n] - self.step[n] * self.ticks_left as f64;
                self.step[n] = (target[n] - current) / self.num_ticks as f64;
            }
            self.ticks_left = self.num_ticks;
        }
        self.target = target;
    }

    /// Jumps to the targets and waits for the first tick.
    pub fn reset(&mut self) {
        self.ticks_left = 0;
        self.started = false;
    }

    /// From now on targets are approached smoothly, as if there had been a tick.
    #[inline]
    pub fn start(&mut self) {
        self.started = true;
    }

    /// So many ticks on. From now on targets are approached smoothly.
    #[inline]
    pub fn advance(&mut self, num_ticks: usize) {
        self.started |= num_ticks > 0;
        self.ticks_left = self.ticks_left.saturating_sub(num_ticks);
    }

    /// What the values approach or have reached.
    #[must_use]
    pub fn target(&self) -> &[f64; N] {
        &self.target
    }

    /// How far the values move in a tick. They are `target - step * ticks_left`.
    #[must_use]
    pub fn step(&self) -> &[f64; N] {
        &self.step
    }

    /// Ticks until the targets are reached; none at rest.
    #[must_use]
    pub fn ticks_left(&self) -> usize {
        self.ticks_left
    }

    /// One tick on, and the values there.
    #[inline]
    pub fn tick(&mut self) -> [f64; N] {
        self.advance(1);
        self.value()
    }

    /// The values as of the last tick.
    #[inline]
    #[must_use]
    pub fn value(&self) -> [f64; N] {
        if self.ticks_left == 0 {
            return self.target;
        }
        core::array::from_fn(|n| self.target[n] - self.step[n] * self.ticks_left as f64)
    }

    /// Whether the targets have been reached.
    #[inline]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.ticks_left == 0
    }
}

impl Glide<MAX_CHANNELS> {
    /// Multiplies each channel by its gain, one tick for each frame.
    pub fn scale(&mut self, block: &mut Block<'_>) {
        let num_moving = self.ticks_left.min(block.len());
        block.slice(0..num_moving).map_frames(|x| {
            let gains = self.tick();
            core::array::from_fn(|c| gains[c] * x[c])
        });
        self.advance(block.len() - num_moving);
        for (samples, gain) in block.channels_mut().zip(self.value()) {
            if gain != 1.0 {
                samples[num_moving..].iter_mut().for_each(|x| *x = (gain * f64::from(*x)) as f32);
            }
        }
    }
}

/// One value that approaches its target in a straight line over a fixed number of ticks.
///
/// Before the first tick after `reset` a new target is taken at once: nothing fades in at the start of a render.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ramp(Glide<1>);

impl Ramp {
    /// A ramp at rest on zero that will take `num_ticks` ticks, at least one.
    #[must_use]
    pub fn new(num_ticks: usize) -> Self {
        Self(Glide::new(num_ticks))
    }

    /// Where to go from the next tick on.
    pub fn set(&mut self, target: f64) {
        self.0.set([target]);
    }

    /// Jumps to the target and waits for the first tick.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// One tick on, and the value there.
    #[inline]
    pub fn tick(&mut self) -> f64 {
        self.0.tick()[0]
    }

    /// So many ticks on.
    pub fn advance(&mut self, num_ticks: usize) {
        self.0.advance(num_ticks);
    }

    /// The value as of the last tick.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.value()[0]
    }

    /// Whether the target has been reached.
    #[inline]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.is_settled()
    }
}

/// Rises from 0 to 1 as `p` does, without a corner at either end.
#[inline]
pub(crate) fn smooth_step(p: f64) -> f64 {
    p * p * (3.0 - 2.0 * p)
}

/// Several values that pass together from where they are to their targets, along a smooth step (`3 p^2 - 2 p^3`) over a fixed
/// number of ticks: the corners of a straight line would be heard on a low tone.
#[derive(Debug, Clone, Copy)]
pub struct Fade<const N: usize> {
    from: [f64; N],
    target: [f64; N],
    current: [f64; N],
    ticks_left: u32,
    num_ticks: u32,
    started: bool,
}

impl<const N: usize> Default for Fade<N> {
    fn default() -> Self {
        Self::new(1)
    }
}

impl<const N: usize> Fade<N> {
    /// At rest on zero; each passage will take `num_ticks` ticks, at least one.
    #[must_use]
    pub fn new(num_ticks: usize) -> Self {
        let num_ticks = num_ticks.clamp(1, u32::MAX as usize) as u32;
        Self { from: [0.0; N], target: [0.0; N], current: [0.0; N], ticks_left: 0, num_ticks, started: false }
    }

    /// Where to pass to from the next tick on; at once before [`Self::start`].
    pub fn set(&mut self, target: [f64; N]) {
        if target == self.target && self.started {
            return;
        }
        self.from = self.current;
        self.target = target;
        if self.started {
            self.ticks_left = self.num_ticks;
        } else {
            self.current = target;
        }
    }

    /// Jumps to the target and waits for the start.
    pub fn reset(&mut self) {
        self.current = self.target;
        self.ticks_left = 0;
        self.started = false;
    }

    /// From now on targets are passed to smoothly.
    pub fn start(&mut self) {
        self.started = true;
    }

    /// One tick on, and the values there.
    #[inline]
    pub fn tick(&mut self) -> [f64; N] {
        if self.ticks_left > 0 {
            self.ticks_left -= 1;
            let p = 1.0 - f64::from(self.ticks_left) / f64::from(self.num_ticks);
            let share = smooth_step(p);
            for n in 0..N {
                let between = self.from[n] + share * (self.target[n] - self.from[n]);
                self.current[n] = if self.ticks_left == 0 { self.target[n] } else { between };
            }
        }
        self.current
    }

    /// The values as of the last tick.
    #[must_use]
    pub fn value(&self) -> [f64; N] {
        self.current
    }

    /// How many ticks it takes to reach the targets; none at rest.
    #[must_use]
    pub fn ticks_left(&self) -> usize {
        self.ticks_left as usize
    }
}

/// How many samples pass between two updates of slow controls such as filter corners.
pub const CONTROL_INTERVAL_SAMPLES: usize = 16;

/// Frames of a part that lie within one control interval.
#[derive(Debug, Clone)]
pub(crate) struct IntervalPart {
    /// Which frames of the part.
    pub(crate) range: core::ops::Range<usize>,
    /// How far the interval has come where they begin.
    pub(crate) phase: usize,
}

/// Cuts a part of `num_frames`, which begins `phase` samples into a control interval, where intervals begin and `every` so many
/// frames within them.
#[inline(always)]
pub(crate) fn intervals(phase: usize, num_frames: usize, every: usize) -> impl Iterator<Item = IntervalPart> {
    let mut start = 0;
    core::iter::from_fn(move || {
        let phase = (phase + start) % CONTROL_INTERVAL_SAMPLES;
        let end = num_frames.min(start + every - phase % every);
        let part = IntervalPart { range: start..end, phase };
        let is_left = start < num_frames;
        start = end;
        is_left.then_some(part)
    })
}

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
