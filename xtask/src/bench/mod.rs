//! `cargo xtask bench`: what things cost, in milliseconds of one core per second of audio, and how they compare.

mod analysis;
mod bars;
mod beside;
mod capi;
mod ceiling;
mod chain;
mod document;
mod loudness;
mod ours;
mod plugin;

use clap::Subcommand;

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// The mastering chain and each of its modules beside other projects' plugins, stereo at 48 kHz
    Chain(chain::ChainArgs),
    /// Music driven into limiters, ours and others': true peak, loudness and distortion
    Ceiling,
    /// Mel spectrograms beside librosa's, faster-whisper's, Kaldi's and the mel_spec crate's, and loudness meters beside the ebur128
    /// crate, libebur128 and ffmpeg
    Analysis(analysis::AnalysisArgs),
    /// The plugin in a host: an instance with and without its window, and how many a core holds
    Plugin(plugin::PluginArgs),
    /// The C library: calls that do nothing, and a clip of 60 s mastered and written, beside libsndfile and LAME
    Capi,
}

/// Measures and prints.
///
/// # Errors
/// When a table cannot be written.
pub fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Chain(args) => chain::run(args),
        Bench::Ceiling => ceiling::run(),
        Bench::Analysis(args) => analysis::run(args),
        Bench::Plugin(args) => plugin::run(args),
        Bench::Capi => capi::run(),
    }
}
