//! Filters: coefficients are values, states are memory, and a filter on screen is drawn from the same coefficients.

pub mod biquad;
pub mod crossover;
pub mod delay;
pub mod fft;
pub mod kaiser;
pub mod matched;
pub mod mixed_svf;
pub mod oversample;
pub mod recursion;
pub mod resample;
pub mod svf;
