//! The controls that every page is made of.

pub mod handle;
pub mod meter;
pub mod plot;
pub mod spectrum_options;
