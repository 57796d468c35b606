//! Peaks between the samples: what a limiter must know before a converter shows it.
//!
//! Four times interpolation by a windowed sinc, and a sine through the three points around each maximum, which is exact for
//! a single tone; eight times interpolation alone would fall short by up to 0.17 dB. The sinc is the limiter's own; the
//! meter's (BS.1770) and the bounce's independent check are others.
//!
//! Two lengths: [`Reach::Short`] with 64 taps and [`Reach::Long`] with 192, whose pass bands end near 0.48 and 0.49 of the
//! sample rate. What lies between there and half the rate is estimated beside it (see `nyquist`) and added to the reading.

use super::nyquist::NyquistBand;
use crate::filter::kaiser::{kaiser, sinc};

/// How far the detector looks to either side of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// 32 samples.
    Short,
    /// 96 samples.
    Long,
}

impl Reach {
    /// How many samples after an interval between two samples its peak is known. A multiple of four.
    #[must_use]
    pub const fn latency_samples(self) -> usize {
        match self {
            Self::Short => 32,
            Self::Long => 96,
        }
    }

    /// The window's shape: the narrower the transition, the more ripple beside it.
    const fn kaiser_beta(self) -> f64 {
        match self {
            Self::Short => 3.0,
            Self::Long => 4.0,
        }
    }
}

/// Taps of the coarse half-way point that tells whether to look closer.
const NUM_COARSE_TAPS: usize = 16;

const LANES: usize = 8;

/// A band-limited signal falls from its highest peak no faster than a cosine at half the sample rate, so a quarter of a sample
/// away there is cos(pi / 4) of it. A lower peak may be sharper, hence the wide margin.
const SHARE_NEXT_TO_A_PEAK: f32 = 0.5;

/// With the exact half-way point known no crest is further than a quarter of a sample from a known point.
const SHARE_INSIDE_AN_INTERVAL: f32 = 0.68;

/// How much of what lies near half the rate is added, found by clipped sweeps of 1 to 10 s. The truth grows as the logarithm
/// of the time for which a partial keeps its sign, so there is no bound; slower sweeps need more, but by little.
const NYQUIST_SHARE_ADDED: f32 = 1.25;

/// Less than this share of the floor near half the rate is not added: music has less, and is read as it is.
const NYQUIST_SHARE_IGNORED: f32 = 0.003;

/// The interpolator's taps, shared by the channels.
#[derive(Debug, Clone, Default)]
pub struct Interpolator {
    /// For a quarter, a half and three quarters of the way from one sample to the next.
    quarters: [Vec<f32>; 3],
    coarse_half_way: Vec<f32>,
}

fn windowed_sinc(num_taps: usize, position: f64, beta: f64) -> Vec<f32> {
    let half = (num_taps / 2) as f64;
    // Tap `half - 1` lies on the interval's first sample, `half` on its second.
    let distance = |tap: usize| half - 1.0 - tap as f64 + position;
    (0..num_taps).map(|tap| (sinc(distance(tap)) * kaiser(distance(tap) / half, beta)) as f32).collect()
}

impl Interpolator {
    /// Designs the taps. Allocates.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        let num_taps = 2 * reach.latency_samples();
        Self {
            quarters: [0.25, 0.5, 0.75].map(|at| windowed_sinc(num_taps, at, reach.kaiser_beta())),
            coarse_half_way: windowed_sinc(NUM_COARSE_TAPS, 0.5, 3.0),
        }
    }
}

/// Eight sums side by side, which fill vector registers.
#[inline]
fn dot(taps: &[f32], samples: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (taps, samples) in taps.chunks_exact(LANES).zip(samples.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    sums.iter().sum()
}

/// The magnitude of the crest near `middle`, by the sine through three equidistant points, or of `middle` itself where it is
/// no extremum.
///
/// With `w` the sine's phase from point to point, `cos w` is the mean of the outer points over the middle one, and the
/// outer points' half difference is `sin w` times the part in quadrature.
#[inline]
fn crest(before: f32, middle: f32, after: f32) -> f32 {
    if (middle - before) * (middle - after) <= 0.0 {
        return middle.abs();
    }
    // Points this close never turn by more than an eighth of a cycle, save where they are not on one sine.
    let cos = ((before + after) / (2.0 * middle)).clamp(0.0, 1.0);
    let half_difference = 0.5 * (after - before);
    let sin_squared = (1.0 - cos) * (1.0 + cos);
    if sin_squared <= 0.0 {
        return middle.abs();
    }
    (middle * middle + half_difference * half_difference / sin_squared).sqrt()
}

/// The last samples of one channel.
#[derive(Debug, Clone, Default)]
pub struct PeakDetector {
    /// Kept twice, so that the last ones always lie in a row.
    samples: Vec<f32>,
    next: usize,
    coarse_before: f32,
    /// Three quarters into the interval before, if it was looked at closely.
    last_quarter: Option<f32>,
    nyquist: NyquistBand,
}

impl PeakDetector {
    /// A detector of silence. Allocates.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self {
            samples: vec![0.0; 4 * reach.latency_samples()],
            nyquist: NyquistBand::new(),
            ..Self::default()
        }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.samples.fill(0.0);
        (self.next, self.coarse_before, self.last_quarter) = (0, 0.0, None);
        self.nyquist.reset();
    }

    /// Takes a sample and returns the largest magnitude in the interval that began [`Reach::latency_samples`] ago, or any
    /// lower number if that magnitude does not exceed `floor`.
    #[inline]
    pub fn tick(&mut self, interpolator: &Interpolator, sample: f32, floor: f32) -> f32 {
        let num_taps = self.samples.len() / 2;
        self.samples[self.next] = sample;
        self.samples[self.next + num_taps] = sample;
        self.next = if self.next + 1 == num_taps { 0 } else { self.next + 1 };
        let hidden = self.nyquist.tick(sample);
        let hidden = NYQUIST_SHARE_ADDED * (hidden - NYQUIST_SHARE_IGNORED * floor).max(0.0);

        let recent = &self.samples[self.next..self.next + num_taps];
        let half = num_taps / 2;
        let (first, second) = (recent[half - 1], recent[half]);
        let middle = &recent[half - NUM_COARSE_TAPS / 2..half + NUM_COARSE_TAPS / 2];
        let coarse = dot(&interpolator.coarse_half_way, middle).abs();
        let near = first.abs().max(second.abs()).max(coarse);
        let near = near.max(core::mem::replace(&mut self.coarse_before, coarse));
        if near + hidden <= SHARE_NEXT_TO_A_PEAK * floor {
            self.last_quarter = None;
            return near;
        }
        let b = dot(&interpolator.quarters[1], recent);
        if first.abs().max(second.abs()).max(b.abs()) + hidden <= SHARE_INSIDE_AN_INTERVAL * floor {
            self.last_quarter = None;
            return near.min(floor);
        }
        let a = dot(&interpolator.quarters[0], recent);
        let c = dot(&interpolator.quarters[2], recent);
        let inside = crest(first, a, b).max(crest(a, b, c)).max(crest(b, c, second));
        let at_first = self.last_quarter.replace(c).map_or(first.abs(), |before| crest(before, first, a));
        inside.max(at_first).max(second.abs()) + hidden
    }
}
