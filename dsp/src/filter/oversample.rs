//! Four times oversampling around a curve that makes harmonics, through two linear-phase half-band stages.
//!
//! Half of a half-band filter's taps are zero and one is a half, so each stage is one short convolution beside a delay.

use super::kaiser::{kaiser, sinc};
use crate::block::{Frame, MAX_CHANNELS};

/// How many non-zero taps each side of the centre has: a sharp stage at the base rate, where audio lies close
/// to the edge, and a wide one at twice the rate.
const FIRST_SIDE_TAPS: usize = 24;
const SECOND_SIDE_TAPS: usize = 8;

/// Both directions of one stage delay by this many samples of its lower rate.
const fn round_trip_samples(side_taps: usize) -> usize {
    2 * side_taps - 1
}

/// The second stage's round trip is odd at twice the rate; one more sample there makes it whole at the base rate.
const ALIGNMENT_SAMPLES: usize = 1;

/// Delay of the whole round trip at the base rate.
pub const LATENCY_SAMPLES: usize =
    round_trip_samples(FIRST_SIDE_TAPS) + (round_trip_samples(SECOND_SIDE_TAPS) + ALIGNMENT_SAMPLES) / 2;

/// The taps of one side of a half-band filter, the nearest to the centre first, scaled so that the filter's gain is one.
fn half_band_taps<const SIDE: usize>(beta: f64) -> [f64; SIDE] {
    let mut taps: [f64; SIDE] = core::array::from_fn(|i| {
        let distance = (2 * i + 1) as f64;
        0.5 * sinc(distance / 2.0) * kaiser(distance / (2 * SIDE) as f64, beta)
    });
    let sum: f64 = taps.iter().sum();
    for tap in &mut taps {
        *tap *= 0.25 / sum;
    }
    taps
}

/// The last `2 SIDE` frames, newest last, kept twice so that they always lie in a row.
#[derive(Debug, Clone)]
struct History<const LEN: usize> {
    frames: [[Frame; LEN]; 2],
    next: usize,
}

impl<const LEN: usize> History<LEN> {
    const EMPTY: Self = Self { frames: [[[0.0; MAX_CHANNELS]; LEN]; 2], next: 0 };

    #[inline]
    fn push(&mut self, frame: Frame) {
        self.frames[0][self.next] = frame;
        self.frames[1][self.next] = frame;
        self.next = (self.next + 1) % LEN;
    }

    /// Oldest first.
    #[inline]
    fn in_order(&self) -> &[Frame] {
        &self.frames.as_flattened()[self.next..self.next + LEN]
    }
}

/// One half-band filter in its two polyphase parts: the taps beside the centre, and the centre's pure delay.
///
/// `LEN` is twice the number of side taps.
#[derive(Debug, Clone)]
struct HalfBand<const SIDE: usize, const LEN: usize> {
    taps: [f64; SIDE],
    filtered: History<LEN>,
    delayed: History<SIDE>,
}

impl<const SIDE: usize, const LEN: usize> HalfBand<SIDE, LEN> {
    fn new(beta: f64) -> Self {
        Self { taps: half_band_taps(beta), filtered: History::EMPTY, delayed: History::EMPTY }
    }

    fn reset(&mut self) {
        self.filtered = History::EMPTY;
        self.delayed = History::EMPTY;
    }

    /// The symmetric convolution over the frames that were pushed to `filtered`.
    #[inline]
    fn convolve(&self) -> Frame {
        let frames = self.filtered.in_order();
        let mut sum = [0.0; MAX_CHANNELS];
        for (i, tap) in self.taps.iter().enumerate() {
            let (before, after) = (frames[SIDE - 1 - i], frames[SIDE + i]);
            for c in 0..MAX_CHANNELS {
                sum[c] += tap * (before[c] + after[c]);
            }
        }
        sum
    }

    /// One frame in, two frames out at twice the rate.
    #[inline]
    fn up(&mut self, x: Frame) -> [Frame; 2] {
        self.filtered.push(x);
        let sum = self.convolve();
        // The centre tap of a half, times the two that makes up for the inserted zeros, is one.
        [sum.map(|s| 2.0 * s), self.filtered.in_order()[SIDE]]
    }

    /// Two frames at twice the rate in, one out.
    #[inline]
    fn down(&mut self, pair: [Frame; 2]) -> Frame {
        // The centre lies on the pair's second frame, where the base rate's samples are; the taps on the first ones around it.
        self.filtered.push(pair[0]);
        let centre = self.delayed.in_order()[0];
        self.delayed.push(pair[1]);
        let sum = self.convolve();
        [sum[0] + 0.5 * centre[0], sum[1] + 0.5 * centre[1]]
    }
}

type First = HalfBand<FIRST_SIDE_TAPS, { 2 * FIRST_SIDE_TAPS }>;
type Second = HalfBand<SECOND_SIDE_TAPS, { 2 * SECOND_SIDE_TAPS }>;

/// Runs a memoryless curve at four times the sample rate.
#[derive(Debug, Clone)]
pub struct Oversampler {
    up: (First, Second),
    down: (First, Second),
    alignment: Frame,
}

impl Default for Oversampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Oversampler {
    /// Designs the filters: side lobes 90 dB down in the first stage, 100 dB in the second.
    #[must_use]
    pub fn new() -> Self {
        let (first, second) = (First::new(8.96), Second::new(10.06));
        Self { up: (first.clone(), second.clone()), down: (first, second), alignment: [0.0; MAX_CHANNELS] }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.up.0.reset();
        self.up.1.reset();
        self.down.0.reset();
        self.down.1.reset();
        self.alignment = [0.0; MAX_CHANNELS];
    }

    /// One frame in and out, [`LATENCY_SAMPLES`] later.
    #[inline]
    pub fn tick(&mut self, x: Frame, curve: impl Fn(f64) -> f64) -> Frame {
        let mut halves = [[0.0; MAX_CHANNELS]; 2];
        for (half, doubled) in halves.iter_mut().zip(self.up.0.up(x)) {
            let quads = self.up.1.up(doubled).map(|frame| frame.map(&curve));
            *half = core::mem::replace(&mut self.alignment, self.down.1.down(quads));
        }
        self.down.0.down(halves)
    }
}
