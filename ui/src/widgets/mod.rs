//! The controls that every page is made of.

pub mod handle;
mod knob;
pub mod meter;
mod module_bar;
pub mod plot;
pub mod quantity;
mod slider;
pub mod spectrum_options;
mod switch;
mod turn;
mod typing;

pub use knob::{KNOB_SIZE, knob, knob_of, named_knob};
pub use module_bar::{module_bar, module_buttons, module_title, on_switch, section, toggle};
pub use slider::{slider, slider_of, value, value_of};
pub use switch::{choice, choice_of, switch, switch_of};
