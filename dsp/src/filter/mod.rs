//! Filters: coefficients are values, states are memory, and a filter on screen is drawn from the same coefficients.

pub mod biquad;
pub mod crossover;
pub mod delay;
pub mod fft;
pub mod kaiser;
pub mod matched;
pub mod oversample;
pub(crate) mod quad_svf;
pub mod recursion;
pub mod resample;
pub mod section_coeffs;
mod section_kernel;
pub mod section_lanes;
pub mod substituted;
pub mod svf;
pub mod varispeed;
