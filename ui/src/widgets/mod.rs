//! The controls that every page is made of.

pub mod handle;
mod plain;

pub use plain::{choice, knob, module_bar, slider, switch, value};
