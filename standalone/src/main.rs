//! The `lacquer` command.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use lacquer::command as live_command;
use lacquer_offline::command::{self, BounceArgs, MeasureArgs, MelArgs, PresetsArgs, SpectrogramArgs};
use std::process::ExitCode;

/// The callbacks of the audio run under a guard that ends a debug build at the first allocation.
#[cfg(debug_assertions)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// Audio mastering: exact loudness under a true-peak ceiling, measured and proven. Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "lacquer", version, propagate_version = true)]
struct Lacquer {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    let Some(command) = Lacquer::parse().command else { return live_command::window(None) };
    match command {
        Command::Bounce(args) => command::bounce(&args),
        Command::Devices(args) => live_command::devices(&args),
        Command::Live(args) => live_command::live(&args),
        Command::Measure(args) => command::measure(&args),
        Command::Mel(args) => command::mel(&args),
        Command::Presets(args) => command::presets(&args),
        Command::Spectrogram(args) => command::spectrogram(&args),
    }
}
