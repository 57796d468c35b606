//! The controls that every page is made of.

pub mod handle;
pub mod meter;
mod plain;
pub mod plot;
pub mod spectrum_options;

pub use plain::{choice, knob, module_bar, slider, switch, value};
