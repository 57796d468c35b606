//! The look-ahead gain: turns the reduction that each sample needs into a gain that falls in time and without a corner.
//!
//! Reductions are one less the gain, so that rest is zero. A sliding maximum holds each demand for the length of the look-ahead
//! and a little longer, a two-stage release lets it go, and two moving averages smooth what is left. While a demand is held
//! both averages see nothing below it, so the smoothed reduction has arrived when the peak does: this needs no clipper behind
//! it. Averages are sums of whole numbers, so they never drift, and a gain that was never asked to fall is exactly one.
//!
//! The release: a slow stage follows the demand as held for its own time, down with `slow_attack_ms` and up with
//! `slow_release_ms`; a fast stage falls at once and returns with `fast_release_ms`, but only as far as the slow stage. After
//! a reduction that lasted, to the gain `g`, the slow stage is at `g` too and the gain `t` after its hold is
//! `1 - (1 - g) (s exp(-t / s) - f exp(-t / f)) / (s - f)` with `s` and `f` the slow and fast release. After a short peak
//! the slow stage has hardly moved and the gain `t` after the hold is `1 - (1 - g) exp(-t / f)`.
//!
//! The fast stage is `r[n] = max(d[n], c r[n - 1] + (1 - c) d[n])`. Such a step after another is again one of the form
//! `max(a, c r + b)`, so eight are taken at once, each sample from the one eight before it; the slow stage looks at the demand
//! once per control interval and moves in a straight line between. So no sample waits for the one before it but in the
//! averages' sums of whole numbers, and the cost is the same for any signal.

use super::averages::Averages;
use super::hold::Ladder;
use super::track::{CHUNK, Track, is_full};
use crate::smooth::CONTROL_INTERVAL_SAMPLES;
use crate::units::{ms_to_one_pole_coeff, ms_to_samples};

/// A smaller reduction changes no f32 sample: it is none.
const LEAST_REDUCTION: f64 = 1.0 / (1 << 26) as f64;

/// Steps of the fast stage that are taken at once.
const STRIDE: usize = 8;

/// The most control intervals that begin in a chunk.
pub(crate) const MAX_CONTROLS: usize = CHUNK / CONTROL_INTERVAL_SAMPLES + 1;

/// How a reduction is let go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// How long a demand stays after its peak has passed, up to the longest that [`LookaheadGain::new`] was told.
    pub hold_ms: f64,
    /// How long it stays for the slow stage, with the same limit.
    pub slow_hold_ms: f64,
    /// Time constant of the fast stage.
    pub fast_release_ms: f64,
    /// Time constant in which the slow stage learns of a reduction.
    pub slow_attack_ms: f64,
    /// Time constant of the slow stage.
    pub slow_release_ms: f64,
}

/// What a slow state has become one control interval later.
#[derive(Debug, Clone, Default)]
struct SlowStage {
    value: f64,
    /// How far it moves with each sample of this control interval, and how many of those have passed.
    step: f64,
    phase: usize,
    attack_coeff: f64,
    release_coeff: f64,
}

impl SlowStage {
    /// How many of the next `len` samples come before the next control interval begins, and how many begin.
    fn controls(&self, len: usize) -> (usize, usize) {
        let first = (CONTROL_INTERVAL_SAMPLES - self.phase) % CONTROL_INTERVAL_SAMPLES;
        (first, len.saturating_sub(first).div_ceil(CONTROL_INTERVAL_SAMPLES))
    }

    /// One number for each sample of `out`, where `goals` has one for each control interval that begins.
    #[inline(always)]
    fn follow(&mut self, goals: &[f64], out: &mut [f64]) {
        let (mut start, mut goals) = (0, goals.iter());
        while start < out.len() {
            if self.phase == 0 {
                let goal = goals.next().copied().unwrap_or(self.value);
                let coeff = if goal > self.value { self.attack_coeff } else { self.release_coeff };
                self.step = (1.0 - coeff) * (goal - self.value) / CONTROL_INTERVAL_SAMPLES as f64;
            }
            let len = (CONTROL_INTERVAL_SAMPLES - self.phase).min(out.len() - start);
            for (n, out) in out[start..start + len].iter_mut().enumerate() {
                *out = self.value + (self.phase + n + 1) as f64 * self.step;
            }
            start += len;
            self.phase += len;
            if self.phase == CONTROL_INTERVAL_SAMPLES {
                let value = self.value + CONTROL_INTERVAL_SAMPLES as f64 * self.step;
                (self.value, self.step, self.phase) =
                    (if value < LEAST_REDUCTION { 0.0 } else { value }, 0.0, 0);
            }
        }
    }
}

/// The fast stage's steps put together, two at a time: as of each sample, `max(a, c r + b)` of the state before them.
#[derive(Debug, Clone, Default)]
struct FastStage {
    goals: Track<f64>,
    /// Of two steps, then of four: `a` and `b`.
    joined: [[Track<f64>; 2]; 2],
    state: Track<f64>,
    coeff: f64,
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

impl FastStage {
    fn new(front: usize) -> Self {
        let track = || Track::new(front, STRIDE);
        Self { goals: track(), joined: [[track(), track()], [track(), track()]], state: track(), coeff: 0.0 }
    }

    fn tracks(&mut self) -> impl Iterator<Item = &mut Track<f64>> {
        [&mut self.goals, &mut self.state].into_iter().chain(self.joined.iter_mut().flatten())
    }

    fn copy_from(&mut self, other: &Self) {
        let others = [&other.goals, &other.state].into_iter().chain(other.joined.iter().flatten());
        self.tracks().zip(others).for_each(|(track, other)| track.copy_from(other));
    }

    /// Whether the last samples are all at rest.
    fn is_zero(&self, at: usize) -> bool {
        let is_zero = |track: &Track<f64>| track.row(at - STRIDE, STRIDE).iter().all(|value| *value == 0.0);
        is_zero(&self.goals) && is_zero(&self.state)
    }

    /// From `len` goals that stand at `at` to the states there.
    #[inline(always)]
    fn process(&mut self, at: usize, len: usize) {
        let c = self.coeff;
        let k = 1.0 - c;
        let [[a2, b2], [a4, b4]] = &mut self.joined;
        let (newer, older) = (self.goals.row(at, len), self.goals.row(at - 1, len));
        let (a, b) = (a2.row_mut(at, len), b2.row_mut(at, len));
        for n in 0..len {
            let rest = k * newer[n];
            a[n] = larger(newer[n], c * older[n] + rest);
            b[n] = c * (k * older[n]) + rest;
        }
        let c2 = c * c;
        let (a_newer, a_older) = (a2.row(at, len), a2.row(at - 2, len));
        let (b_newer, b_older) = (b2.row(at, len), b2.row(at - 2, len));
        let (a, b) = (a4.row_mut(at, len), b4.row_mut(at, len));
        for n in 0..len {
            a[n] = larger(a_newer[n], c2 * a_older[n] + b_newer[n]);
            b[n] = c2 * b_older[n] + b_newer[n];
        }
        let c4 = c2 * c2;
        let c8 = c4 * c4;
        // Whole strides, of which the last may end behind the chunk: what it leaves there is not read.
        let padded = len.next_multiple_of(STRIDE);
        let (a_newer, a_older) = (a4.row(at, padded), a4.row(at - 4, padded));
        let (b_newer, b_older) = (b4.row(at, padded), b4.row(at - 4, padded));
        let states = self.state.row_mut(at - STRIDE, STRIDE + padded);
        let mut state = [0.0; STRIDE];
        state.copy_from_slice(&states[..STRIDE]);
        for start in (0..padded).step_by(STRIDE) {
            for n in 0..STRIDE {
                let i = start + n;
                let a = larger(a_newer[i], c4 * a_older[i] + b_newer[i]);
                let b = c4 * b_older[i] + b_newer[i];
                let next = larger(a, c8 * state[n] + b);
                state[n] = if next < LEAST_REDUCTION { 0.0 } else { next };
            }
            states[STRIDE + start..STRIDE + start + STRIDE].copy_from_slice(&state);
        }
    }
}

/// From demanded reductions to a smooth gain.
#[derive(Debug, Clone, Default)]
pub struct LookaheadGain {
    front: usize,
    at: usize,
    demands: Ladder,
    slow: SlowStage,
    fast: FastStage,
    averages: Averages,
    window: usize,
    slow_window: usize,
    longest_window: usize,
    /// How many samples have come without a demand.
    samples_without: usize,
    lookahead_samples: usize,
    sample_rate_hz: f64,
}

impl LookaheadGain {
    /// Sizes the memory for a fall that takes `lookahead_samples`, 4 to 4096, and holds up to `longest_hold_ms`. Allocates.
    #[must_use]
    pub fn new(lookahead_samples: usize, longest_hold_ms: f64, sample_rate_hz: f64) -> Self {
        let lookahead_samples = lookahead_samples.clamp(4, 4096);
        let first_len = lookahead_samples / 2;
        let longest_window = lookahead_samples + 3 + ms_to_samples(longest_hold_ms, sample_rate_hz);
        let front = Ladder::front(longest_window).max(lookahead_samples).max(STRIDE);
        let mut gain = Self {
            front,
            at: front,
            demands: Ladder::new(longest_window, front),
            slow: SlowStage::default(),
            fast: FastStage::new(front),
            averages: Averages::new([first_len, lookahead_samples + 1 - first_len], front),
            longest_window,
            samples_without: 0,
            lookahead_samples,
            sample_rate_hz,
            ..Self::default()
        };
        gain.window = gain.window_of(0.0);
        gain.slow_window = gain.window;
        gain
    }

    fn window_of(&self, hold_ms: f64) -> usize {
        // Held one sample longer at either end, so that the neighbours of a peak between samples have the gain too.
        let needed = self.lookahead_samples + 3;
        (needed + ms_to_samples(hold_ms, self.sample_rate_hz)).min(self.longest_window)
    }

    /// How the gain returns.
    pub fn set_release(&mut self, release: &Release) {
        let coeff = |ms, rate_hz| ms_to_one_pole_coeff(ms, rate_hz);
        self.fast.coeff = coeff(release.fast_release_ms, self.sample_rate_hz);
        let control_rate_hz = self.sample_rate_hz / CONTROL_INTERVAL_SAMPLES as f64;
        self.slow.attack_coeff = coeff(release.slow_attack_ms, control_rate_hz);
        self.slow.release_coeff = coeff(release.slow_release_ms, control_rate_hz);
        self.window = self.window_of(release.hold_ms);
        self.slow_window = self.window_of(release.slow_hold_ms);
    }

    /// How many samples after a demand its gain is in force.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.lookahead_samples
    }

    /// Full gain.
    pub fn reset(&mut self) {
        self.demands.tracks().for_each(Track::reset);
        self.fast.tracks().for_each(Track::reset);
        self.averages.reset();
        (self.slow.value, self.slow.step, self.slow.phase) = (0.0, 0.0, 0);
        (self.at, self.samples_without) = (self.front, 0);
    }

    /// The same state as another gain that was made alike.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.demands.copy_from(&other.demands);
        self.fast.copy_from(&other.fast);
        self.averages.copy_from(&other.averages);
        (self.slow.value, self.slow.step, self.slow.phase) =
            (other.slow.value, other.slow.step, other.slow.phase);
        (self.at, self.samples_without) = (other.at, other.samples_without);
    }

    /// Whether no gain is reduced and none is about to be: until a demand comes, every gain is exactly one.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.samples_without > 2 * self.front
            && self.slow.value == 0.0
            && self.slow.step == 0.0
            && self.averages.is_zero()
            && self.fast.is_zero(self.at)
    }

    /// Lets samples without a demand pass while idle.
    pub fn rest(&mut self, num_samples: usize) {
        self.slow.phase = (self.slow.phase + num_samples) % CONTROL_INTERVAL_SAMPLES;
    }

    /// Takes at most a chunk of the reductions, 0 to 1, that the newest samples need. [`Self::sustained`] and
    /// [`Self::release`] follow.
    #[inline(always)]
    pub(crate) fn hold(&mut self, demands: &[f32]) {
        if is_full(self.at, self.front, demands.len()) {
            let (at, front) = (self.at, self.front);
            self.demands.tracks().for_each(|track| track.rewind(at, front));
            self.fast.tracks().for_each(|track| track.rewind(at, front));
            self.averages.rewind(at, front);
            self.at = front;
        }
        self.demands.push(self.at, demands);
        let trailing = demands.iter().rev().take_while(|demand| **demand == 0.0).count();
        self.samples_without =
            if trailing < demands.len() { trailing } else { self.samples_without + trailing };
    }

    /// What the slow stage is to follow in each control interval that begins in the next `len` samples. Returns their number.
    #[inline(always)]
    pub(crate) fn sustained(&self, len: usize, sustained: &mut [f64; MAX_CONTROLS]) -> usize {
        let (first, num) = self.slow.controls(len);
        for (n, sustained) in sustained[..num].iter_mut().enumerate() {
            let at = self.at + first + n * CONTROL_INTERVAL_SAMPLES;
            *sustained = f64::from(self.demands.read(at, self.slow_window));
        }
        num
    }

    /// Takes what the slow stage shall follow, which is not less than [`Self::sustained`], and gives the gains of the samples
    /// that came [`Self::latency_samples`] before those of [`Self::hold`].
    #[inline(always)]
    pub(crate) fn release(&mut self, sustained: &[f64], gains: &mut [f64]) {
        let (at, len) = (self.at, gains.len());
        let goals = self.fast.goals.row_mut(at, len);
        self.slow.follow(sustained, goals);
        self.demands.raise(at, self.window, goals);
        for goal in goals {
            *goal = if *goal < LEAST_REDUCTION { 0.0 } else { *goal };
        }
        self.fast.process(at, len);
        self.averages.process(at, self.fast.state.row(at, len), gains);
        self.at += len;
    }

    /// From at most 256 reductions to as many gains, all on its own.
    pub fn process(&mut self, demands: &[f32], gains: &mut [f64]) {
        let mut sustained = [0.0; MAX_CONTROLS];
        self.hold(demands);
        let num = self.sustained(demands.len(), &mut sustained);
        self.release(&sustained[..num], &mut gains[..demands.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;
    const LOOKAHEAD_SAMPLES: usize = 41;
    const RELEASE: Release = Release {
        hold_ms: 3.0,
        slow_hold_ms: 11.0,
        fast_release_ms: 5.0,
        slow_attack_ms: 50.0,
        slow_release_ms: 100.0,
    };

    /// Demands that come and go.
    fn demands(len: usize) -> Vec<f32> {
        let mut seed = 7_u32;
        let next = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let is_busy = (n / 4000).is_multiple_of(2);
            if is_busy && seed >> 26 == 0 { (seed & 0xFF_FFFF) as f32 / 16_777_216.0 } else { 0.0 }
        };
        (0..len).map(next).collect()
    }

    /// The gains as the header says them, one sample after another, every sum and maximum over its whole window.
    fn plain_gains(demands: &[f32]) -> Vec<f64> {
        let held = |n: usize, hold_ms: f64| {
            let window = LOOKAHEAD_SAMPLES + 3 + (hold_ms * 48.0) as usize;
            let first = (n + 1).saturating_sub(window);
            demands[first..=n].iter().fold(0.0, |most: f64, demand| most.max(f64::from(*demand)))
        };
        let coeff = |ms: f64, samples: f64| libm::exp(-samples / (ms * 48.0));
        let fast_coeff = coeff(RELEASE.fast_release_ms, 1.0);
        let (mut slow, mut step, mut fast) = (0.0_f64, 0.0, 0.0_f64);
        let mut fasts = vec![0.0; 2 * LOOKAHEAD_SAMPLES];
        for n in 0..demands.len() {
            if n % 16 == 0 {
                let goal = held(n, RELEASE.slow_hold_ms);
                let ms = if goal > slow { RELEASE.slow_attack_ms } else { RELEASE.slow_release_ms };
                step = (1.0 - coeff(ms, 16.0)) * (goal - slow) / 16.0;
            }
            slow += step;
            let goal = slow.max(held(n, RELEASE.hold_ms));
            fast = goal.max(fast_coeff * fast + (1.0 - fast_coeff) * goal);
            fasts.push(fast);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let firsts: Vec<f64> = fasts.windows(LOOKAHEAD_SAMPLES / 2).map(mean).collect();
        let gains: Vec<f64> =
            firsts.windows(LOOKAHEAD_SAMPLES / 2 + 2).map(|firsts| 1.0 - mean(firsts)).collect();
        gains[gains.len() - demands.len()..].to_vec()
    }

    #[test]
    fn steps_taken_together_are_steps_taken_apart() {
        let demands = demands(30_000);
        let mut gain = LookaheadGain::new(LOOKAHEAD_SAMPLES, 11.0, RATE_HZ);
        gain.set_release(&RELEASE);
        let mut gains = vec![0.0; demands.len()];
        for (demands, gains) in demands.chunks(100).zip(gains.chunks_mut(100)) {
            gain.process(demands, gains);
        }
        let plain = plain_gains(&demands);
        let apart = gains.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let least = gains.iter().copied().fold(1.0, f64::min);
        // A reduction below 2^-26 counts as none.
        assert!(apart < 3e-8 && least < 0.2, "{apart} apart, down to {least}");
    }
}
