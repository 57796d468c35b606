//! What RNNoise's network hears of a frame, and what its gains do to it.
//!
//! Source: J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", MMSP 2018, sections II and
//! III: 22 bands about as wide as the ear's, their cepstrum with its first and second differences, how much each band repeats with
//! the pitch, the pitch, and how steady the last eight frames were. The constants are those that RNNoise was trained with.

use super::network::{Model, Network};
use super::pitch::{HISTORY_LEN, MAX_PERIOD, PitchFinder};
use crate::filter::fft::{Fft, Rows};
use crate::math::log2;
use crate::simd;
use fearless_simd::dispatch;

pub const FRAME_LEN: usize = 480;
const WINDOW_LEN: usize = 2 * FRAME_LEN;
const NUM_BINS: usize = FRAME_LEN + 1;

pub const NUM_BANDS: usize = 22;
/// How many coefficients of the cepstrum have differences.
const NUM_DELTAS: usize = 6;
pub const NUM_FEATURES: usize = NUM_BANDS + 3 * NUM_DELTAS + 2;
/// How many frames the steadiness is of.
const NUM_CEPSTRA: usize = 8;

/// The bins at which the bands' triangles have their tops, 50 Hz apart.
const TOPS: [usize; NUM_BANDS] =
    [0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 136, 160, 192, 240, 312, 400];

/// The least energy of all bands in which there is something to hear.
const LEAST_ENERGY: f64 = 0.04;

/// By how much at most a band falls from frame to frame: to 0.6, 60 dB in a seventh of a second.
const RELEASE: f32 = 0.6;

const LOG10_2: f64 = core::f64::consts::LOG10_2;

type Bands = [f64; NUM_BANDS];

/// What does not change: the window and the cosines.
#[derive(Debug, Clone)]
struct Tables {
    window: Vec<f64>,
    cosines: Vec<Bands>,
}

impl Tables {
    fn new() -> Self {
        let quarter = core::f64::consts::FRAC_PI_2;
        // Squares of both halves add up to one (the window of Vorbis).
        let window = (0..WINDOW_LEN).map(|n| {
            let sine = libm::sin(quarter * (n as f64 + 0.5) / FRAME_LEN as f64);
            libm::sin(quarter * sine * sine)
        });
        let scale = libm::sqrt(2.0 / NUM_BANDS as f64);
        let cosine = |k: usize, band: usize| {
            let norm = if k == 0 { core::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
            let angle = (band as f64 + 0.5) * k as f64 * core::f64::consts::PI / NUM_BANDS as f64;
            scale * norm * libm::cos(angle)
        };
        let cosines = (0..NUM_BANDS).map(|k| core::array::from_fn(|band| cosine(k, band))).collect();
        Self { window: window.collect(), cosines }
    }

    /// Coefficient `k` of the cosine transform of the bands.
    #[inline(always)]
    fn cosine_transform(&self, bands: &Bands, k: usize) -> f64 {
        bands.iter().zip(&self.cosines[k]).fold(0.0, |sum, (band, cosine)| sum + band * cosine)
    }
}

/// One channel: frames of 480 samples at 48 kHz and the scale of 16 bits in, the same frames without noise out, one frame later.
#[derive(Debug, Clone)]
pub struct Suppressor {
    tables: Tables,
    fft: Fft,
    network: Network,
    pitch: PitchFinder,
    high_pass: [f64; 2],
    history: [f64; HISTORY_LEN],
    /// Spectrum of the window and of the window a period earlier, and before that both of them in one transform's rows.
    voice: Rows,
    earlier: Rows,
    rows: Rows,
    /// The window's second half, to be added to the next.
    overlap: [f64; FRAME_LEN],
    /// The last one first.
    cepstra: [Bands; NUM_CEPSTRA],
    gains: [f32; NUM_BANDS],
}

impl Suppressor {
    /// Allocates and designs.
    pub fn new(model: &Model) -> Self {
        let spectrum = || [vec![0.0; NUM_BINS], vec![0.0; NUM_BINS]];
        Self {
            tables: Tables::new(),
            fft: Fft::new(WINDOW_LEN),
            network: Network::new(model),
            pitch: PitchFinder::new(),
            high_pass: [0.0; 2],
            history: [0.0; HISTORY_LEN],
            voice: spectrum(),
            earlier: spectrum(),
            rows: [vec![0.0; WINDOW_LEN], vec![0.0; WINDOW_LEN]],
            overlap: [0.0; FRAME_LEN],
            cepstra: [[0.0; NUM_BANDS]; NUM_CEPSTRA],
            gains: [0.0; NUM_BANDS],
        }
    }

    /// As after `new`.
    pub fn reset(&mut self) {
        self.network.reset();
        self.pitch.reset();
        self.high_pass = [0.0; 2];
        self.history.fill(0.0);
        self.overlap.fill(0.0);
        self.cepstra = [[0.0; NUM_BANDS]; NUM_CEPSTRA];
        self.gains = [0.0; NUM_BANDS];
    }

    /// Takes a frame in, and puts the one before it in its place.
    pub fn process(&mut self, frame: &mut [f64; FRAME_LEN]) {
        dispatch!(simd::level(), _simd => self.run(frame));
    }

    #[inline(always)]
    fn run(&mut self, frame: &mut [f64; FRAME_LEN]) {
        self.remember(frame);
        let period = self.pitch.find(&self.history);
        self.analyse(period);
        let energies = energies(&self.voice, &self.voice);
        // In silence what the network knows of the noise is left alone.
        if energies.iter().sum::<f64>() >= LEAST_ENERGY {
            self.suppress(period, &energies);
        }
        self.synthesise(frame);
    }

    /// A second-order high-pass takes what is under 30 Hz.
    #[inline(always)]
    fn remember(&mut self, frame: &[f64; FRAME_LEN]) {
        self.history.copy_within(FRAME_LEN.., 0);
        for (new, &x) in self.history[HISTORY_LEN - FRAME_LEN..].iter_mut().zip(frame) {
            let y = x + self.high_pass[0];
            self.high_pass = [
                crate::math::flush(self.high_pass[1] - 2.0 * x + 1.995_99 * y),
                crate::math::flush(x - 0.996 * y),
            ];
            *new = y;
        }
    }

    /// The spectra of the last window and of the one a period earlier, out of one transform.
    #[inline(always)]
    fn analyse(&mut self, period: usize) {
        let start = HISTORY_LEN - WINDOW_LEN;
        let period = if period < MAX_PERIOD { period } else { MAX_PERIOD };
        let [re, im] = &mut self.rows;
        for (n, weight) in self.tables.window.iter().enumerate() {
            re[n] = self.history[start + n] * weight;
            im[n] = self.history[start + n - period] * weight;
        }
        self.fft.forward(re, im);
        let scale = 0.5 / FRAME_LEN as f64;
        for k in 0..NUM_BINS {
            let mirror = (WINDOW_LEN - k) % WINDOW_LEN;
            self.voice[0][k] = (re[k] + re[mirror]) * scale;
            self.voice[1][k] = (im[k] - im[mirror]) * scale;
            self.earlier[0][k] = (im[k] + im[mirror]) * scale;
            self.earlier[1][k] = (re[mirror] - re[k]) * scale;
        }
    }

    #[inline(always)]
    fn suppress(&mut self, period: usize, energies: &Bands) {
        let earlier_energies = self::energies(&self.earlier, &self.earlier);
        let mut repetition = self::energies(&self.voice, &self.earlier);
        for band in 0..NUM_BANDS {
            repetition[band] /= (0.001 + energies[band] * earlier_energies[band]).sqrt();
        }
        let features = self.features(period, energies, &repetition);
        let gains = self.network.run(&features);
        self.comb(&gains, energies, &earlier_energies, &repetition);
        for (last, gain) in self.gains.iter_mut().zip(gains) {
            let held = RELEASE * *last;
            *last = if gain > held { gain } else { held };
        }
        scale_bands(&mut self.voice, &self.gains.map(f64::from));
    }

    #[inline(always)]
    fn features(&mut self, period: usize, energies: &Bands, repetition: &Bands) -> [f32; NUM_FEATURES] {
        let levels = levels(energies);
        self.cepstra.rotate_right(1);
        let mut cepstrum: Bands = core::array::from_fn(|k| self.tables.cosine_transform(&levels, k));
        cepstrum[0] -= 12.0;
        cepstrum[1] -= 4.0;
        self.cepstra[0] = cepstrum;
        let mut features = [0.0; NUM_FEATURES];
        for (feature, coeff) in features.iter_mut().zip(cepstrum) {
            *feature = coeff as f32;
        }
        let [now, before, earlier, ..] = &self.cepstra;
        for k in 0..NUM_DELTAS {
            let voiced = self.tables.cosine_transform(repetition, k) - [1.3, 0.9].get(k).unwrap_or(&0.0);
            features[k] = (now[k] + before[k] + earlier[k]) as f32;
            features[NUM_BANDS + k] = (now[k] - earlier[k]) as f32;
            features[NUM_BANDS + NUM_DELTAS + k] = (now[k] - 2.0 * before[k] + earlier[k]) as f32;
            features[NUM_BANDS + 2 * NUM_DELTAS + k] = voiced as f32;
        }
        features[NUM_FEATURES - 2] = 0.01 * (period as f32 - 300.0);
        features[NUM_FEATURES - 1] = (self.unsteadiness() - 2.1) as f32;
        features
    }

    /// How far on average each of the last frames is from the one that is nearest to it.
    #[inline(always)]
    fn unsteadiness(&self) -> f64 {
        let mut nearest = [1e15; NUM_CEPSTRA];
        for i in 0..NUM_CEPSTRA {
            for j in 0..i {
                let pairs = self.cepstra[i].iter().zip(&self.cepstra[j]);
                let distance = pairs.fold(0.0, |sum, (a, b)| sum + (a - b) * (a - b));
                for idx in [i, j] {
                    nearest[idx] = if distance < nearest[idx] { distance } else { nearest[idx] };
                }
            }
        }
        nearest.iter().sum::<f64>() / NUM_CEPSTRA as f64
    }

    /// Adds the window of a period earlier where a band repeats less than its gain lets through: between the harmonics that takes
    /// noise away. The bands' energies stay.
    #[inline(always)]
    fn comb(
        &mut self,
        gains: &[f32; NUM_BANDS],
        energies: &Bands,
        earlier_energies: &Bands,
        repetition: &Bands,
    ) {
        let shares = core::array::from_fn(|band| {
            let (gain, repeats) = (f64::from(gains[band]), repetition[band]);
            let (gain_square, square) = (gain * gain, repeats * repeats);
            let share = square * (1.0 - gain_square) / (0.001 + gain_square * (1.0 - square));
            let share = if repeats > gain || share > 1.0 { 1.0 } else { share };
            let share = if share > 0.0 { share } else { 0.0 };
            (share * energies[band] / (1e-8 + earlier_energies[band])).sqrt()
        });
        for (voice, earlier) in self.voice.iter_mut().zip(&self.earlier) {
            for_bins(&shares, |k, share| voice[k] += share * earlier[k]);
        }
        let combed = self::energies(&self.voice, &self.voice);
        let restore = core::array::from_fn(|band| (energies[band] / (1e-8 + combed[band])).sqrt());
        scale_bands(&mut self.voice, &restore);
    }

    #[inline(always)]
    fn synthesise(&mut self, frame: &mut [f64; FRAME_LEN]) {
        let [re, im] = &mut self.rows;
        for k in 0..NUM_BINS {
            (re[k], im[k]) = (self.voice[0][k], self.voice[1][k]);
        }
        for k in 1..FRAME_LEN {
            (re[WINDOW_LEN - k], im[WINDOW_LEN - k]) = (re[k], -im[k]);
        }
        self.fft.forward(im, re);
        for (n, (y, overlap)) in frame.iter_mut().zip(&mut self.overlap).enumerate() {
            *y = *overlap + 0.5 * re[n] * self.tables.window[n];
            *overlap = 0.5 * re[FRAME_LEN + n] * self.tables.window[FRAME_LEN + n];
        }
    }
}

/// Calls for each bin under 20 kHz with what lies on the straight lines between the bands' values.
#[inline(always)]
fn for_bins(bands: &Bands, mut each: impl FnMut(usize, f64)) {
    for (band, tops) in TOPS.windows(2).enumerate() {
        let step = (bands[band + 1] - bands[band]) / (tops[1] - tops[0]) as f64;
        for k in tops[0]..tops[1] {
            each(k, bands[band] + step * (k - tops[0]) as f64);
        }
    }
}

/// What two spectra have in common, or one has with itself, in the triangles of the bands.
#[inline(always)]
fn energies(a: &Rows, b: &Rows) -> Bands {
    let mut energies = [0.0; NUM_BANDS];
    for (band, tops) in TOPS.windows(2).enumerate() {
        let step = 1.0 / (tops[1] - tops[0]) as f64;
        let (mut falling, mut rising) = (0.0, 0.0);
        for k in tops[0]..tops[1] {
            let common = a[0][k] * b[0][k] + a[1][k] * b[1][k];
            let share = step * (k - tops[0]) as f64;
            falling += (1.0 - share) * common;
            rising += share * common;
        }
        energies[band] += falling;
        energies[band + 1] += rising;
    }
    // The outermost have half a triangle.
    energies[0] *= 2.0;
    energies[NUM_BANDS - 1] *= 2.0;
    energies
}

/// Beyond the last band there is nothing.
#[inline(always)]
fn scale_bands(spectrum: &mut Rows, gains: &Bands) {
    for row in spectrum {
        for_bins(gains, |k, gain| row[k] *= gain);
        row[TOPS[NUM_BANDS - 1]..].fill(0.0);
    }
}

/// Logarithms of the bands' energies, none far under the loudest, nor under what the band below hides.
#[inline(always)]
fn levels(energies: &Bands) -> Bands {
    let (mut loudest, mut hidden) = (-2.0, -2.0);
    energies.map(|energy| {
        let mut level = LOG10_2 * log2(0.01 + energy);
        for least in [loudest - 7.0, hidden - 1.5] {
            level = if level > least { level } else { least };
        }
        loudest = if level > loudest { level } else { loudest };
        hidden = if level > hidden - 1.5 { level } else { hidden - 1.5 };
        level
    })
}
