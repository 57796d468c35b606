//! `cargo xtask bench`: what things cost, in milliseconds of one core per second of audio, and how they compare.

mod bars;
mod beside;
mod ceiling;
mod chain;
mod document;
mod ours;

use clap::Subcommand;

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The mastering chain and each of its modules beside other projects' plugins, stereo at 48 kHz
    Chain(chain::ChainArgs),
    /// Music driven into limiters, ours and others': true peak, loudness and distortion
    Ceiling,
}

/// Measures and prints.
///
/// # Errors
/// When a table cannot be written.
pub fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Chain(args) => chain::run(args),
        Bench::Ceiling => ceiling::run(),
    }
}
