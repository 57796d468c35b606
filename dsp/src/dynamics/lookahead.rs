//! The look-ahead gain: turns the gain that each sample needs into one that falls in time and without a corner.
//!
//! A sliding minimum holds each demand for the length of the look-ahead and a little longer, a two-stage release lets it go,
//! and two moving averages smooth what is left. While a demand is held both averages see nothing above it, so the smoothed
//! gain has arrived when the peak does: this needs no clipper behind it. Averages are sums of whole numbers, so they never
//! drift, and a gain that was never asked to fall is exactly one.
//!
//! The release: a slow stage follows the held demand, down with `slow_attack_ms` and up with `slow_release_ms`; a fast stage
//! falls at once and returns with `fast_release_ms`, but only as far as the slow stage. After a reduction that lasted, to the
//! gain `g`, the slow stage is at `g` too and the gain `t` after the hold is
//! `1 - (1 - g) (s exp(-t / s) - f exp(-t / f)) / (s - f)` with `s` and `f` the slow and fast release. After a short peak
//! the slow stage has hardly moved and the gain is `1 - (1 - g) exp(-t / f)`.

use super::running_sum::RunningSum;
use crate::units::{ms_to_one_pole_coeff, ms_to_samples};

/// Gains are counted in steps of 2^-40, -240 dB.
const UNITY: i64 = 1 << 40;

/// Closer to its goal than this an exponential has arrived.
const ARRIVED: f64 = 1e-12;

/// How a reduction is let go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// How long a demand stays after its peak has passed, up to the longest that [`LookaheadGain::new`] was told.
    pub hold_ms: f64,
    /// Time constant of the fast stage.
    pub fast_release_ms: f64,
    /// Time constant in which the slow stage learns of a reduction.
    pub slow_attack_ms: f64,
    /// Time constant of the slow stage.
    pub slow_release_ms: f64,
}

/// The smallest of the last `window` values, in constant time on average.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlidingMin {
    /// Ring of (value, time) whose values rise: the head is the minimum.
    entries: Vec<(f64, u64)>,
    head: usize,
    len: usize,
    window: u64,
    now: u64,
}

impl SlidingMin {
    /// The smallest of the last `longest_window` values, until a shorter window is set. Allocates.
    pub(crate) fn new(longest_window: usize) -> Self {
        Self { entries: vec![(1.0, 0); longest_window + 1], window: longest_window as u64, ..Self::default() }
    }

    pub(crate) fn reset(&mut self) {
        (self.head, self.len, self.now) = (0, 0, 0);
    }

    fn set_window(&mut self, window: usize) {
        self.window = window.clamp(1, self.entries.len() - 1) as u64;
    }

    #[inline]
    fn slot(&self, offset: usize) -> usize {
        let slot = self.head + offset;
        if slot >= self.entries.len() { slot - self.entries.len() } else { slot }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        while self.len > 0 && self.entries[self.slot(self.len - 1)].0 >= value {
            self.len -= 1;
        }
        // A window that was made shorter lets several go at once.
        while self.len > 0 && self.entries[self.head].1 + self.window <= self.now {
            self.head = self.slot(1);
            self.len -= 1;
        }
        let end = self.slot(self.len);
        self.entries[end] = (value, self.now);
        self.len += 1;
        self.now += 1;
        self.entries[self.head].0
    }
}

/// One step of an exponential from `state` to `goal`, which ends there.
#[inline]
fn approach(state: f64, goal: f64, coeff: f64) -> f64 {
    let next = goal + coeff * (state - goal);
    if (next - goal).abs() < ARRIVED { goal } else { next }
}

/// From demanded gains to a smooth gain.
#[derive(Debug, Clone, Default)]
pub struct LookaheadGain {
    minimum: SlidingMin,
    first: RunningSum,
    second: RunningSum,
    scale: f64,
    fast: f64,
    slow: f64,
    fast_coeff: f64,
    slow_attack_coeff: f64,
    slow_release_coeff: f64,
    lookahead_samples: usize,
    sample_rate_hz: f64,
}

impl LookaheadGain {
    /// Sizes the memory for a fall that takes `lookahead_samples`, 4 to 4096, and holds up to `longest_hold_ms`. Allocates.
    #[must_use]
    pub fn new(lookahead_samples: usize, longest_hold_ms: f64, sample_rate_hz: f64) -> Self {
        let lookahead_samples = lookahead_samples.clamp(4, 4096);
        let first_len = lookahead_samples / 2;
        let second_len = lookahead_samples + 1 - first_len;
        let first = RunningSum::new(first_len, UNITY);
        let second = RunningSum::new(second_len, first.resting_sum());
        let longest_hold = ms_to_samples(longest_hold_ms, sample_rate_hz);
        let mut gain = Self {
            minimum: SlidingMin::new(lookahead_samples + 3 + longest_hold),
            scale: second.resting_sum() as f64,
            first,
            second,
            fast: 1.0,
            slow: 1.0,
            lookahead_samples,
            sample_rate_hz,
            ..Self::default()
        };
        gain.set_hold(0.0);
        gain
    }

    fn set_hold(&mut self, hold_ms: f64) {
        // Held one sample longer at either end, so that the neighbours of a peak between samples have the gain too.
        let needed = self.lookahead_samples + 3;
        self.minimum.set_window(needed + ms_to_samples(hold_ms, self.sample_rate_hz));
    }

    /// How the gain returns.
    pub fn set_release(&mut self, release: &Release) {
        let coeff = |ms| ms_to_one_pole_coeff(ms, self.sample_rate_hz);
        self.fast_coeff = coeff(release.fast_release_ms);
        self.slow_attack_coeff = coeff(release.slow_attack_ms);
        self.slow_release_coeff = coeff(release.slow_release_ms);
        self.set_hold(release.hold_ms);
    }

    /// How many samples after a demand its gain is in force.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.lookahead_samples
    }

    /// Full gain.
    pub fn reset(&mut self) {
        self.minimum.reset();
        self.first.reset();
        self.second.reset();
        (self.fast, self.slow) = (1.0, 1.0);
    }

    /// Whether no gain is reduced and none is about to be: until a demand comes, every gain is exactly one.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.fast == 1.0 && self.slow == 1.0 && self.second.sum() == self.second.resting_sum()
    }

    /// Takes the gain, 0 to 1, that the newest sample needs and returns the lowest that is held. [`Self::release`] follows.
    #[inline]
    pub fn hold(&mut self, needed_gain: f64) -> f64 {
        self.minimum.push(needed_gain)
    }

    /// Takes the held gain and the one that the slow stage shall follow, which is not above it, and returns the gain for the
    /// sample that came [`Self::latency_samples`] earlier.
    #[inline]
    pub fn release(&mut self, held: f64, sustained: f64) -> f64 {
        let slow_coeff = if sustained < self.slow { self.slow_attack_coeff } else { self.slow_release_coeff };
        self.slow = approach(self.slow, sustained, slow_coeff);
        let goal = held.min(self.slow);
        self.fast = if goal < self.fast { goal } else { approach(self.fast, goal, self.fast_coeff) };
        let whole = (self.fast * UNITY as f64) as i64;
        self.second.push(self.first.push(whole)) as f64 / self.scale
    }
}
