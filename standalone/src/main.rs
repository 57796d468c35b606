//! The `lacquer` command.
#![forbid(unsafe_code)]

use clap::Parser;
use lacquer_offline::command::{self, BounceArgs, MeasureArgs, MelArgs, PresetsArgs, SpectrogramArgs};
use std::process::ExitCode;

/// Audio mastering: exact loudness under a true-peak ceiling, measured and proven.
#[derive(Debug, Parser)]
#[command(name = "lacquer", version, propagate_version = true)]
enum Lacquer {
    #[command(visible_alias = "master")]
    Bounce(BounceArgs),
    Measure(MeasureArgs),
    Mel(MelArgs),
    Presets(PresetsArgs),
    Spectrogram(SpectrogramArgs),
}

fn main() -> ExitCode {
    match Lacquer::parse() {
        Lacquer::Bounce(args) => command::bounce(&args),
        Lacquer::Measure(args) => command::measure(&args),
        Lacquer::Mel(args) => command::mel(&args),
        Lacquer::Presets(args) => command::presets(&args),
        Lacquer::Spectrogram(args) => command::spectrogram(&args),
    }
}
