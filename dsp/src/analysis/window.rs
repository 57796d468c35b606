//! The windows of the analyser, and what they do to levels.
//!
//! Sources: F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", Proc. IEEE 66
//! (1978); G. D'Antona and A. Ferrero, "Digital Signal Processing for Measurement Systems" (Springer, 2006), for the flat top.

use super::AnalysisError;
use crate::filter::kaiser::kaiser;
use core::f64::consts::{PI, TAU};

/// How a frame fades in and out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    /// Narrow, with side lobes that fall fast: music. A tone between two bins reads up to 1.42 dB low.
    Hann,
    /// Four terms, side lobes 92 dB down: what stands beside something loud. Between bins up to 0.83 dB low.
    BlackmanHarris,
    /// Five terms, wide: a tone reads its level within 0.01 dB wherever it lies.
    FlatTop,
    /// By its `beta`, 0 to 20, from a rectangle to side lobes far below any audio.
    Kaiser {
        /// Side lobes lie about `8.7 beta + 6` dB down.
        beta: f64,
    },
}

/// The terms of the windows that are sums of cosines.
const HANN: [f64; 5] = [0.5, 0.5, 0.0, 0.0, 0.0];
const BLACKMAN_HARRIS: [f64; 5] = [0.35875, 0.48829, 0.14128, 0.01168, 0.0];
const FLAT_TOP: [f64; 5] = [0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368];

impl Window {
    /// The window at `x` from 0 to 1, its largest value near 1.
    #[must_use]
    pub fn at(self, x: f64) -> f64 {
        let cosines = |terms: [f64; 5]| {
            let [a, b, c, d, e] = terms;
            let cos = |k: f64| libm::cos(TAU * k * x);
            a - b * cos(1.0) + c * cos(2.0) - d * cos(3.0) + e * cos(4.0)
        };
        match self {
            Self::Hann => cosines(HANN),
            Self::BlackmanHarris => cosines(BLACKMAN_HARRIS),
            Self::FlatTop => cosines(FLAT_TOP),
            Self::Kaiser { beta } => kaiser(2.0 * x - 1.0, beta),
        }
    }

    /// How many bins the main lobe reaches on either side of a tone.
    #[must_use]
    pub fn half_lobe_bins(self) -> usize {
        match self {
            Self::Hann => 2,
            Self::BlackmanHarris => 4,
            Self::FlatTop => 5,
            Self::Kaiser { beta } => (1.0 + (beta / PI) * (beta / PI)).sqrt().ceil() as usize,
        }
    }

    pub(super) fn check(self) -> Result<(), AnalysisError> {
        match self {
            Self::Kaiser { beta } if !(0.0..=20.0).contains(&beta) => {
                Err(AnalysisError::new("window's beta", &beta, "0 to 20"))
            }
            _ => Ok(()),
        }
    }
}

/// A window of a length in samples, periodic: the sample after the last would be the first again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taper {
    factors: Vec<f64>,
    sum: f64,
    sum_of_squares: f64,
}

impl Taper {
    /// Allocates and designs.
    #[must_use]
    pub fn new(window: Window, len: usize) -> Self {
        let factors: Vec<f64> = (0..len).map(|n| window.at(n as f64 / len as f64)).collect();
        let sum = factors.iter().sum();
        let sum_of_squares = factors.iter().map(|factor| factor * factor).sum();
        Self { factors, sum, sum_of_squares }
    }

    /// A factor for each sample.
    #[must_use]
    pub fn factors(&self) -> &[f64] {
        &self.factors
    }

    /// The sum of the factors: what a constant of 1 becomes at 0 Hz.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The width in bins of a rectangle that lets as much noise through: 1.5 for Hann.
    #[must_use]
    pub fn noise_bandwidth_bins(&self) -> f64 {
        self.factors.len() as f64 * self.sum_of_squares / (self.sum * self.sum)
    }

    /// What turns `|X|^2` of a bin between 0 Hz and half the rate into a power where a full-scale sine is 1.
    #[must_use]
    pub fn power_scale(&self) -> f64 {
        4.0 / (self.sum * self.sum)
    }
}
