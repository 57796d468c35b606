//! The `lacquer` application: devices, live processing, recorder, player and window, and the command line around them.
#![forbid(unsafe_code)]

pub mod command;
pub mod control;
pub mod devices;
pub mod engine;
pub mod play;
pub mod prefs;
pub mod record;
pub mod signals;
pub mod studio;
pub mod window;
