//! A pair of resamplers between any sample rate and a fixed one, with a delay known to the sample.
//!
//! Each is a Kaiser-windowed sinc, evaluated for every phase beforehand, in f64 and in one order of additions: neither a run-time
//! choice of vector instructions nor a platform's libm is in it, so its bits are the same everywhere. That, and that it
//! works sample by sample without allocating, is why it is our own.

use super::kaiser::{kaiser, sinc};

/// Zero crossings on each side. With this beta the side lobes lie 90 dB down and the passage from pass to stop takes 6 % of
/// the lower rate.
const NUM_CROSSINGS: f64 = 48.0;
const KAISER_BETA: f64 = 9.0;

/// Middle of that passage as a share of the lower rate: flat to 0.44, and what folds back does so above that.
const CORNER: f64 = 0.47;

/// The longest period of the phases.
const MAX_PHASES: usize = 640;

/// `inner rate / outer rate` as a fraction whose numerator is at most `MAX_PHASES`: exact for every usual rate and within
/// a few millionths for others. Both directions share it, so even then nothing drifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    /// Inner samples in the time of [`Self::outer`] outer ones.
    pub inner: usize,
    /// Outer samples in the time of [`Self::inner`] inner ones.
    pub outer: usize,
}

impl Ratio {
    /// The fraction nearest to the ratio of two rates.
    #[must_use]
    pub fn nearest(inner_hz: f64, outer_hz: f64) -> Self {
        let error = |inner: usize| {
            let outer = inner as f64 * outer_hz / inner_hz;
            (outer - outer.round()).abs() / outer
        };
        let mut best = 1;
        for inner in 2..=MAX_PHASES {
            if error(inner) < error(best) {
                best = inner;
            }
        }
        Self { inner: best, outer: ((best as f64 * outer_hz / inner_hz).round() as usize).max(1) }
    }

    /// The resampler from the outer rate to the inner one.
    #[must_use]
    pub fn inward(self) -> Resampler {
        Resampler::new(self.outer, self.inner)
    }

    /// The resampler from the inner rate to the outer one.
    #[must_use]
    pub fn outward(self) -> Resampler {
        Resampler::new(self.inner, self.outer)
    }
}

/// Makes `num_out` samples of every `num_in`. Times are whole numbers: input `n` lies at `n * num_out`, output `m` at
/// `m * num_in`.
#[derive(Debug, Clone, Default)]
pub struct Resampler {
    num_in: u64,
    num_out: u64,
    /// How far on either side of an output inputs count for it.
    reach: u64,
    /// A row of taps for each phase, the oldest input first.
    taps: Vec<f64>,
    num_taps: usize,
    /// The last inputs, kept twice, so that they always lie in a row.
    history: Vec<f64>,
    num_pushed: u64,
    num_pulled: u64,
}

impl Resampler {
    fn new(num_in: usize, num_out: usize) -> Self {
        if num_in == num_out {
            // The same rate: the one tap is the sample itself.
            return Self {
                num_in: 1,
                num_out: 1,
                taps: vec![1.0],
                num_taps: 1,
                history: vec![0.0; 2],
                ..Self::default()
            };
        }
        // Of the two rates the lower one's samples are `step` apart in time.
        let step = num_in.max(num_out) as f64;
        let half = NUM_CROSSINGS * step / (2.0 * CORNER);
        let reach = half.ceil();
        let num_taps = (2.0 * reach) as usize / num_out + 1;
        let mut resampler = Self {
            num_in: num_in as u64,
            num_out: num_out as u64,
            reach: reach as u64,
            taps: Vec::with_capacity(num_out * num_taps),
            num_taps,
            history: vec![0.0; 2 * num_taps],
            ..Self::default()
        };
        for phase in 0..num_out {
            // The newest input lies at most `reach` after the output, and `phase` less than that.
            let row: Vec<f64> = (0..num_taps)
                .map(|tap| {
                    let from_newest = ((num_taps - 1 - tap) * num_out) as f64;
                    let time = reach - phase as f64 - from_newest;
                    sinc(2.0 * CORNER * time / step) * kaiser(time / half, KAISER_BETA)
                })
                .collect();
            // Each phase has a gain of one at zero hertz, so that none modulates.
            let sum: f64 = row.iter().sum();
            resampler.taps.extend(row.iter().map(|tap| tap / sum));
        }
        resampler
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.history.fill(0.0);
        self.num_pushed = 0;
        self.num_pulled = 0;
    }

    /// How far an output needs to see ahead, in the common unit of time.
    #[must_use]
    pub fn reach(&self) -> u64 {
        self.reach
    }

    /// Takes the next input. Every output that became available by it must be pulled before the next.
    #[inline]
    pub fn push(&mut self, x: f64) {
        let place = (self.num_pushed % self.num_taps as u64) as usize;
        self.history[place] = x;
        self.history[place + self.num_taps] = x;
        self.num_pushed += 1;
    }

    /// The next output, if all inputs that it needs have come.
    #[inline]
    pub fn pull(&mut self) -> Option<f64> {
        let horizon = self.num_pulled * self.num_in + self.reach;
        let newest = horizon / self.num_out;
        if newest >= self.num_pushed {
            return None;
        }
        self.num_pulled += 1;
        let phase = (horizon - newest * self.num_out) as usize;
        let oldest = (self.num_pushed % self.num_taps as u64) as usize;
        let history = &self.history[oldest..oldest + self.num_taps];
        let taps = &self.taps[phase * self.num_taps..(phase + 1) * self.num_taps];
        Some(dot(taps, history))
    }
}

/// Four sums side by side, always the same four.
#[inline]
fn dot(taps: &[f64], history: &[f64]) -> f64 {
    let (tap_chunks, tap_rest) = taps.as_chunks::<4>();
    let (chunks, rest) = history.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (taps, samples) in tap_chunks.iter().zip(chunks) {
        for lane in 0..4 {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    let tail: f64 = tap_rest.iter().zip(rest).map(|(tap, x)| tap * x).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}
