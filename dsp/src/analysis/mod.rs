//! Analysis: what a signal looks like, for displays, reports, and programs that learn from sound.
//!
//! Everything here only listens, and nothing that makes sound depends on it. Types are sized when they are made, take
//! blocks of any length, allocate nothing from then on, and hand out frames that carry the settings they were made with, so
//! that a window, a picture and a file all draw from the same.
//!
//! There is no constant-Q bank: rows of equal width in octaves ([`spectrogram::Rows::Octaves`]) and smoothing by fractions of
//! an octave serve the displays that would want one.

mod batch_fft;
mod frames;
pub mod mel;
pub mod spectrogram;
pub mod spectrum;
pub mod stereo;
mod trace;
pub mod window;

pub use frames::{FFT_LENS, Resolution};
pub use trace::FLOOR_DB;

use crate::processor::SAMPLE_RATES_HZ;

/// Why an analysis cannot be prepared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("analysis: {field} {found}: expected {expected}")]
pub struct AnalysisError {
    /// The setting.
    pub field: &'static str,
    /// Its value.
    pub found: String,
    /// What would do.
    pub expected: &'static str,
}

impl AnalysisError {
    fn new(field: &'static str, found: &impl ToString, expected: &'static str) -> Self {
        Self { field, found: found.to_string(), expected }
    }

    /// Analyses take the rates that processors take.
    fn check_sample_rate(sample_rate_hz: f64) -> Result<(), Self> {
        if SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            return Ok(());
        }
        Err(Self::new("sample_rate_hz", &sample_rate_hz, "8000 to 384000"))
    }
}
