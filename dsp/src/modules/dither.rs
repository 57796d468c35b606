//! Dither: the last step, which brings samples to the whole numbers of a 16- or 24-bit file without distortion.
//!
//! TPDF: the sum of two independent, evenly spread numbers, 2 LSB peak to peak, makes the mean and the variance of the
//! total error independent of the signal, and its power LSB^2 / 4 (Lipshitz, Wannamaker, Vanderkooy, "Quantization and
//! Dither: A Theoretical Survey", JAES 40(5), 1992). Each channel has noise of its own, seeded and counted from `reset`.
//!
//! Shaped: the same, with the error fed back through a filter that moves the noise to where the ear hears least.
//!
//! What comes out is on the grid of `bits` exactly, in full scale, so an encoder rounds nothing further. After
//! [`BLACK_MS`] of digital silence in all channels the noise stops, and it is back with the first sample of sound.
//! It is not a bit crusher, and nothing but an encoder should follow it. A click-free bypass passes between the grid and
//! the undithered signal and so leaves the grid for its 20 ms.

use crate::block::{Block, MAX_CHANNELS};
use crate::math;
use crate::processor::{PrepareError, ProcessSpec, Processor};
use crate::settings::{DitherKind, DitherSettings};
use crate::units::ms_to_samples;

/// How long all channels must be silent before the noise stops.
pub const BLACK_MS: f64 = 1000.0;

/// What counts as digital silence: -193 dBFS, where only the last tails of filters are.
const BLACK_GAIN: f64 = 1.0 / 4_294_967_296.0;

/// Lipshitz, Vanderkooy, Wannamaker, "Minimally Audible Noise Shaping", JAES 39(11), 1991: five taps against improved
/// E-weighting at 44.1 kHz. Raises the noise's power by 12.2 dB, nearly all of it above 15 kHz.
const LIPSHITZ: [f64; MAX_TAPS] = [2.033, -2.165, 1.959, -1.590, 0.6149];

/// A double zero at 0 Hz: 1 - 2 z^-1 + z^-2. It puts the noise above the audible band where there is room for it.
const DOUBLE_ZERO: [f64; MAX_TAPS] = [2.0, -1.0, 0.0, 0.0, 0.0];

const MAX_TAPS: usize = 5;

/// The taps of the error feedback `c`, by which the noise is filtered with 1 - sum of `c[k] z^-(k+1)`.
///
/// The published filter is for 44.1 kHz and is used from 40 to 50 kHz. Above, a double zero at 0 Hz moves the noise out of
/// the band. Below, all of the band is heard, so that the noise has nowhere to go: shaped is the same as TPDF there.
#[must_use]
pub fn feedback_taps(sample_rate_hz: f64) -> [f64; MAX_TAPS] {
    match sample_rate_hz {
        ..40_000.0 => [0.0; MAX_TAPS],
        40_000.0..=50_000.0 => LIPSHITZ,
        _ => DOUBLE_ZERO,
    }
}

/// One seed for each channel, without further meaning.
const SEEDS: [u64; MAX_CHANNELS] = [0x1ACC_0E25_0D17_4E21, 0xC0FF_EE5E_ED5A_71CE];

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
#[derive(Debug, Clone)]
struct Noise(u64);

impl Noise {
    /// Between -1 and 1, triangular: the difference of two halves of one random word, each evenly spread over 1.
    #[inline]
    fn triangular(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let (high, low) = (z >> 32, z & 0xFFFF_FFFF);
        (high as f64 - low as f64) * (1.0 / 4_294_967_296.0)
    }
}

/// One channel: its noise, and the last errors in LSB, newest first.
#[derive(Debug, Clone)]
struct Quantiser {
    noise: Noise,
    errors: [f64; MAX_TAPS],
}

impl Quantiser {
    fn new(channel_idx: usize) -> Self {
        Self { noise: Noise(SEEDS[channel_idx]), errors: [0.0; MAX_TAPS] }
    }

    /// The whole number for a sample in LSB, before it is held to full scale.
    ///
    /// The error is taken here, so what is lost by clipping is not fed back: no error is ever larger than 1.5 LSB.
    #[inline]
    fn tick(&mut self, sample: f64, dither: f64, taps: &[f64; MAX_TAPS]) -> f64 {
        let fed_back: f64 = taps.iter().zip(&self.errors).map(|(tap, error)| tap * error).sum();
        let wanted = sample - fed_back;
        let whole = math::round(wanted + dither);
        self.errors.rotate_right(1);
        self.errors[0] = whole - wanted;
        whole
    }
}

/// The dither. No latency.
#[derive(Debug, Clone)]
pub struct Dither {
    quantisers: [Quantiser; MAX_CHANNELS],
    settings: DitherSettings,
    sample_rate_hz: f64,
    taps: [f64; MAX_TAPS],
    /// How many LSB full scale has.
    full_scale: f64,
    /// Samples of silence until the noise stops, and how many there have been, up to that.
    black_after_samples: usize,
    num_silent_samples: usize,
    num_clipped_samples: u64,
}

impl Default for Dither {
    fn default() -> Self {
        Self::new()
    }
}

impl Dither {
    /// A dither that must be prepared before it runs. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        let settings = DitherSettings { bypass: false, bits: 24, kind: DitherKind::Tpdf };
        let mut dither = Self {
            quantisers: core::array::from_fn(Quantiser::new),
            settings,
            sample_rate_hz: 0.0,
            taps: [0.0; MAX_TAPS],
            full_scale: 1.0,
            black_after_samples: 1,
            num_silent_samples: 0,
            num_clipped_samples: 0,
        };
        dither.apply(&settings);
        dither
    }

    /// How many samples since `reset` were beyond full scale and were held to it.
    #[must_use]
    pub fn num_clipped_samples(&self) -> u64 {
        self.num_clipped_samples
    }

    fn apply(&mut self, settings: &DitherSettings) {
        self.settings = *settings;
        self.full_scale = (1_u64 << (settings.bits.clamp(16, 24) - 1)) as f64;
        self.taps = match settings.kind {
            DitherKind::Shaped => feedback_taps(self.sample_rate_hz),
            DitherKind::None | DitherKind::Tpdf => [0.0; MAX_TAPS],
        };
    }
}

impl Processor for Dither {
    type Settings = DitherSettings;

    fn prepare(&mut self, spec: &ProcessSpec) -> Result<(), PrepareError> {
        let spec = spec.validated()?;
        self.sample_rate_hz = spec.sample_rate_hz;
        self.black_after_samples = ms_to_samples(BLACK_MS, spec.sample_rate_hz);
        let settings = self.settings;
        self.apply(&settings);
        self.reset();
        Ok(())
    }

    /// There is nothing between two grids to pass smoothly through, so settings apply at once.
    fn set(&mut self, settings: &DitherSettings) {
        if *settings == self.settings {
            return;
        }
        if settings.bits != self.settings.bits {
            // The errors are in steps of the old grid.
            self.quantisers.iter_mut().for_each(|quantiser| quantiser.errors = [0.0; MAX_TAPS]);
        }
        self.apply(settings);
    }

    fn reset(&mut self) {
        self.quantisers = core::array::from_fn(Quantiser::new);
        self.num_silent_samples = 0;
        self.num_clipped_samples = 0;
    }

    fn process(&mut self, block: &mut Block<'_>) {
        block.sanitize();
        let num_channels = block.num_channels();
        let (full_scale, is_noisy) = (self.full_scale, self.settings.kind != DitherKind::None);
        block.map_frames(|frame| {
            let is_silent = frame.iter().all(|sample| sample.abs() < BLACK_GAIN);
            self.num_silent_samples =
                if is_silent { self.black_after_samples.min(self.num_silent_samples + 1) } else { 0 };
            let is_black = self.num_silent_samples >= self.black_after_samples;
            core::array::from_fn(|c| {
                let quantiser = &mut self.quantisers[c];
                // Drawn in any case: the noise is a matter of the count of samples and of nothing else.
                let noise = quantiser.noise.triangular();
                if is_black {
                    quantiser.errors = [0.0; MAX_TAPS];
                    return 0.0;
                }
                // Rounding takes numbers below 2^51; twice full scale is clipped as surely as more.
                let sample = (frame[c] * full_scale).clamp(-2.0 * full_scale, 2.0 * full_scale);
                let whole = quantiser.tick(sample, if is_noisy { noise } else { 0.0 }, &self.taps);
                let held = whole.clamp(-full_scale, full_scale - 1.0);
                self.num_clipped_samples += u64::from(held != whole && c < num_channels);
                held / full_scale
            })
        });
    }

    fn latency_samples(&self) -> usize {
        0
    }
}
