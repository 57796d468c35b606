//! The commands that only the application has: those that need devices.

mod devices;
mod live;

pub use devices::{DevicesArgs, devices};
pub use live::{LiveArgs, live};
