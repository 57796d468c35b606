//! From blocks of any length to windowed frames of one, and their spectra.

use super::AnalysisError;
use super::window::{Taper, Window};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Transform lengths: powers of two in this range.
pub const FFT_LENS: RangeInclusive<usize> = 512..=32_768;

/// How time and frequency are resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Samples in a frame, a power of two of [`FFT_LENS`].
    pub fft_len: usize,
    /// How a frame fades in and out.
    pub window: Window,
    /// The share of a frame that the next one has too, 0 to 0.97.
    pub overlap: f64,
}

impl Default for Resolution {
    fn default() -> Self {
        Self { fft_len: 4096, window: Window::Hann, overlap: 0.75 }
    }
}

impl Resolution {
    /// Samples from frame to frame.
    #[must_use]
    pub fn hop_len(&self) -> usize {
        ((self.fft_len as f64 * (1.0 - self.overlap)).round() as usize).max(1)
    }

    /// How many bins there are, from 0 Hz to half the sample rate.
    #[must_use]
    pub fn num_bins(&self) -> usize {
        self.fft_len / 2 + 1
    }

    /// Sees to it that it can be had.
    ///
    /// # Errors
    /// Names the first field that is out of its range.
    pub fn check(&self) -> Result<(), AnalysisError> {
        if !self.fft_len.is_power_of_two() || !FFT_LENS.contains(&self.fft_len) {
            return Err(AnalysisError::new("fft_len", &self.fft_len, "a power of two from 512 to 32768"));
        }
        if !(0.0..=0.97).contains(&self.overlap) {
            return Err(AnalysisError::new("overlap", &self.overlap, "0 to 0.97"));
        }
        self.window.check()
    }
}

/// Collects samples of `C` channels until a frame is full.
#[derive(Debug, Clone)]
pub(crate) struct Framer<const C: usize> {
    pending: [Vec<f32>; C],
    num_pending: usize,
    hop_len: usize,
    num_samples: u64,
}

impl<const C: usize> Framer<C> {
    pub(crate) fn new(resolution: &Resolution) -> Self {
        let pending = core::array::from_fn(|_| vec![0.0; resolution.fft_len]);
        Self { pending, num_pending: 0, hop_len: resolution.hop_len(), num_samples: 0 }
    }

    pub(crate) fn reset(&mut self) {
        (self.num_pending, self.num_samples) = (0, 0);
    }

    /// Samples of each channel since the reset.
    pub(crate) fn num_samples(&self) -> u64 {
        self.num_samples
    }

    /// Takes as much of the channels as completes a frame, and returns how much that was and the frame, if it is complete.
    /// [`Self::advance`] must follow a frame. What is not a number counts as silence.
    pub(crate) fn take(&mut self, channels: [&[f32]; C]) -> (usize, Option<&[Vec<f32>; C]>) {
        let len = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let frame_len = self.pending[0].len();
        let taken = len.min(frame_len - self.num_pending);
        let range = self.num_pending..self.num_pending + taken;
        for (pending, channel) in self.pending.iter_mut().zip(channels) {
            for (to, &x) in pending[range.clone()].iter_mut().zip(channel) {
                *to = if x.is_finite() { x } else { 0.0 };
            }
        }
        self.num_pending += taken;
        self.num_samples += taken as u64;
        (taken, (self.num_pending == frame_len).then_some(&self.pending))
    }

    /// Goes on to the next frame.
    pub(crate) fn advance(&mut self) {
        for pending in &mut self.pending {
            pending.copy_within(self.hop_len.., 0);
        }
        self.num_pending -= self.hop_len;
    }
}

/// A real Fourier transform that allocates nothing, by realfft: its bits depend on the machine's instructions, which is
/// why nothing that is heard may come from here.
#[derive(Clone)]
pub(crate) struct Transform {
    fft: Arc<dyn RealToComplex<f64>>,
    input: Vec<f64>,
    scratch: Vec<Complex<f64>>,
}

impl Transform {
    pub(crate) fn new(len: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(len);
        Self { input: fft.make_input_vec(), scratch: fft.make_scratch_vec(), fft }
    }

    /// Room for a spectrum.
    pub(crate) fn make_spectrum(&self) -> Vec<Complex<f64>> {
        self.fft.make_output_vec()
    }

    /// The spectrum of a frame under a window.
    pub(crate) fn run(&mut self, frame: &[f32], factors: &[f64], spectrum: &mut [Complex<f64>]) {
        for ((x, &sample), factor) in self.input.iter_mut().zip(frame).zip(factors) {
            *x = f64::from(sample) * factor;
        }
        let result = self.fft.process_with_scratch(&mut self.input, spectrum, &mut self.scratch);
        debug_assert!(result.is_ok(), "every buffer was made by the plan");
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").field("len", &self.fft.len()).finish()
    }
}

/// The power of each bin on the scale where a full-scale sine is 1. A constant has no partner at a negative frequency, so its
/// mean square, twice that of a sine of the same peak, is what the outer bins show.
pub(crate) fn powers(spectrum: &[Complex<f64>], taper: &Taper, powers: &mut [f64]) {
    for (power, x) in powers.iter_mut().zip(spectrum) {
        *power = x.norm_sqr() * taper.power_scale();
    }
    let last = powers.len() - 1;
    powers[0] *= 0.5;
    powers[last] *= 0.5;
}
