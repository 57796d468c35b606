//! The only conversions between decibels, gains, milliseconds, samples and frequencies.
//!
//! They run when settings change, so they use the `libm` crate, which gives the same bits on every platform.
//! What runs once per sample is in [`crate::math`].

use crate::math;

/// Decibels of an amplitude to a linear gain: 0 dB is 1.0, -6.02 dB is 0.5.
#[must_use]
pub fn db_to_gain(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}

/// A linear gain to decibels of amplitude. Zero gives minus infinity.
#[must_use]
pub fn gain_to_db(gain: f64) -> f64 {
    20.0 * libm::log10(gain)
}

/// A mean square (power) to decibels. Zero gives minus infinity.
#[must_use]
pub fn power_to_db(power: f64) -> f64 {
    10.0 * libm::log10(power)
}

/// Decibels to a mean square (power).
#[must_use]
pub fn db_to_power(db: f64) -> f64 {
    libm::pow(10.0, db / 10.0)
}

/// Milliseconds to the nearest whole number of samples.
#[must_use]
pub fn ms_to_samples(ms: f64, sample_rate_hz: f64) -> usize {
    math::round(ms * 0.001 * sample_rate_hz).max(0.0) as usize
}

/// The per-sample coefficient of a one-pole smoother that covers 1 - 1/e of a step in `ms`.
///
/// Use as `y += (1 - coeff) * (x - y)`. A time of zero gives 0, which follows at once.
#[must_use]
pub fn ms_to_one_pole_coeff(ms: f64, sample_rate_hz: f64) -> f64 {
    if ms <= 0.0 { 0.0 } else { libm::exp(-1000.0 / (ms * sample_rate_hz)) }
}
