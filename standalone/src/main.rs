//! The `lacquer` command.
#![forbid(unsafe_code)]

use clap::Parser;
use lacquer::command as live_command;
use lacquer_offline::command::{self, BounceArgs, MeasureArgs, MelArgs, PresetsArgs, SpectrogramArgs};
use std::process::ExitCode;

/// The callbacks of the audio run under a guard that ends a debug build at the first allocation.
#[cfg(debug_assertions)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// Audio mastering: exact loudness under a true-peak ceiling, measured and proven.
#[derive(Debug, Parser)]
#[command(name = "lacquer", version, propagate_version = true)]
enum Lacquer {
    #[command(visible_alias = "master")]
    Bounce(BounceArgs),
    Devices(live_command::DevicesArgs),
    Live(live_command::LiveArgs),
    Measure(MeasureArgs),
    Mel(MelArgs),
    Presets(PresetsArgs),
    Spectrogram(SpectrogramArgs),
}

fn main() -> ExitCode {
    match Lacquer::parse() {
        Lacquer::Bounce(args) => command::bounce(&args),
        Lacquer::Devices(args) => live_command::devices(&args),
        Lacquer::Live(args) => live_command::live(&args),
        Lacquer::Measure(args) => command::measure(&args),
        Lacquer::Mel(args) => command::mel(&args),
        Lacquer::Presets(args) => command::presets(&args),
        Lacquer::Spectrogram(args) => command::spectrogram(&args),
    }
}
