//! The commands that only the application has: those that need devices.

mod devices;
mod live;

pub use devices::{DevicesArgs, devices};
pub use live::{LiveArgs, live};

use crate::engine::EngineSettings;
use lacquer_offline::command::{Failure, finish};
use std::process::ExitCode;

/// Opens the window; the devices may be others than last time.
#[must_use]
pub fn window(given: Option<&EngineSettings>) -> ExitCode {
    finish(crate::window::run(given).map_err(Failure::not_done))
}
