//! `cargo xtask bench`: what things cost, in milliseconds of one core per second of audio.

mod analysis;
mod chain;
mod ours;

use clap::Subcommand;

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The mastering chain and each of its modules, stereo at 48 kHz
    Chain(chain::ChainArgs),
    /// Mel spectrograms, beside librosa's, faster-whisper's, Kaldi's and the mel_spec crate's
    Analysis(analysis::AnalysisArgs),
}

/// Measures and prints.
///
/// # Errors
/// When a table cannot be written.
pub fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Chain(args) => chain::run(args),
        Bench::Analysis(args) => analysis::run(args),
    }
}
