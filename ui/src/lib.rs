//! Lacquer's panels: what plugin and application show.
//!
//! They know the parameter table, the settings and the telemetry of `lacquer_dsp`, and neither a plugin's host nor a device: those
//! are behind [`host::Host`]. [`editor::Editor`] is the whole window; a page is a file in [`pages`], made of [`widgets`].
#![forbid(unsafe_code)]

pub mod assistant;
pub mod desk;
pub mod editor;
pub mod header;
pub mod help;
pub mod history;
pub mod host;
pub mod other;
pub mod pages;
pub mod style;
pub mod targets;
pub mod theme;
pub mod view;
pub mod watch;
pub mod widgets;
