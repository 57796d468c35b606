//! The look-ahead gain: turns the gain that each sample needs into one that falls in time and without a corner.
//!
//! A sliding minimum holds each demand for the length of the look-ahead, a release lets it go, and two moving averages
//! smooth what is left. While a demand is held both averages see nothing above it, so the smoothed gain has arrived when
//! the peak does: this needs no clipper behind it. Averages are sums of whole numbers, so they never drift, and a gain that
//! was never asked to fall is exactly one.

use crate::units::ms_to_one_pole_coeff;

/// Gains are counted in steps of 2^-40, -240 dB.
const UNITY: i64 = 1 << 40;

/// The smallest of the last `window` values, in constant time on average.
#[derive(Debug, Clone, Default)]
struct SlidingMin {
    /// Ring of (value, time) whose values rise: the head is the minimum.
    entries: Vec<(f64, u64)>,
    head: usize,
    len: usize,
    window: u64,
    now: u64,
}

impl SlidingMin {
    fn new(window: usize) -> Self {
        Self { entries: vec![(1.0, 0); window + 1], window: window as u64, ..Self::default() }
    }

    fn reset(&mut self) {
        (self.head, self.len, self.now) = (0, 0, 0);
    }

    #[inline]
    fn slot(&self, offset: usize) -> usize {
        let slot = self.head + offset;
        if slot >= self.entries.len() { slot - self.entries.len() } else { slot }
    }

    #[inline]
    fn push(&mut self, value: f64) -> f64 {
        while self.len > 0 && self.entries[self.slot(self.len - 1)].0 >= value {
            self.len -= 1;
        }
        let end = self.slot(self.len);
        self.entries[end] = (value, self.now);
        self.len += 1;
        if self.entries[self.head].1 + self.window <= self.now {
            self.head = self.slot(1);
            self.len -= 1;
        }
        self.now += 1;
        self.entries[self.head].0
    }
}

/// The exact running sum of the last `len` whole numbers, which start at `rest`.
#[derive(Debug, Clone, Default)]
struct RunningSum {
    values: Vec<i64>,
    position: usize,
    sum: i64,
    rest: i64,
}

impl RunningSum {
    fn new(len: usize, rest: i64) -> Self {
        Self { values: vec![rest; len], position: 0, sum: rest * len as i64, rest }
    }

    fn reset(&mut self) {
        self.values.fill(self.rest);
        self.sum = self.rest * self.values.len() as i64;
        self.position = 0;
    }

    #[inline]
    fn push(&mut self, value: i64) -> i64 {
        self.sum += value - core::mem::replace(&mut self.values[self.position], value);
        self.position = if self.position + 1 == self.values.len() { 0 } else { self.position + 1 };
        self.sum
    }
}

/// From demanded gains to a smooth gain.
#[derive(Debug, Clone, Default)]
pub struct LookaheadGain {
    minimum: SlidingMin,
    first: RunningSum,
    second: RunningSum,
    scale: f64,
    released: f64,
    release_coeff: f64,
    lookahead_samples: usize,
    sample_rate_hz: f64,
}

impl LookaheadGain {
    /// Sizes the memory for a fall that takes `lookahead_samples`, 4 to 4096. Allocates.
    #[must_use]
    pub fn new(lookahead_samples: usize, sample_rate_hz: f64) -> Self {
        let lookahead_samples = lookahead_samples.clamp(4, 4096);
        let first_len = lookahead_samples / 2;
        let second_len = lookahead_samples + 1 - first_len;
        let first = RunningSum::new(first_len, UNITY);
        let second = RunningSum::new(second_len, first.sum);
        Self {
            // Held one sample longer at either end, so that the neighbours of a peak between samples have the gain too.
            minimum: SlidingMin::new(lookahead_samples + 3),
            scale: second.sum as f64,
            first,
            second,
            released: 1.0,
            lookahead_samples,
            sample_rate_hz,
            ..Self::default()
        }
    }

    /// The time constant in which the gain returns.
    pub fn set_release(&mut self, release_ms: f64) {
        self.release_coeff = ms_to_one_pole_coeff(release_ms, self.sample_rate_hz);
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
        self.released = 1.0;
    }

    /// Takes the gain, 0 to 1, that the newest sample needs and returns the one for the sample that came
    /// [`Self::latency_samples`] earlier.
    #[inline]
    pub fn tick(&mut self, needed_gain: f64) -> f64 {
        let held = self.minimum.push(needed_gain);
        let rising = held + self.release_coeff * (self.released - held);
        // Closer to its goal than one step the exponential has arrived.
        self.released = if rising + 1e-12 >= held { held } else { rising };
        let whole = (self.released * UNITY as f64) as i64;
        self.second.push(self.first.push(whole)) as f64 / self.scale
    }
}
