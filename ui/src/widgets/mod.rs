//! The controls that every page is made of.

mod buttons;
mod field;
pub mod handle;
mod knob;
pub mod meter;
pub mod plot;
pub mod spectrum_options;

pub use buttons::{bypass, bypass_param, choice, module_bar, section, switch, title, toggle};
pub use knob::{KNOB_SIZE, knob, named_knob, slider, value};
