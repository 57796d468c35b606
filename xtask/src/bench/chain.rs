//! `cargo xtask bench chain`: each module and the whole, at three block lengths.

use anyhow::ensure;
use clap::Args;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::demo;

use super::ours::{Load, SAMPLE_RATE_HZ, SUBJECTS};

const BLOCK_LENS: [usize; 3] = [64, 512, 4096];

/// How long the measured piece is.
const SECONDS: usize = 10;

/// What to measure.
#[derive(Args)]
pub struct ChainArgs {
    /// Only the modules whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Linear-phase bands and long look-ahead instead of Live mode
    #[arg(long)]
    quality: bool,
    /// Drive into everything, in dB above the level that the settings are made for
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    drive_db: f64,
}

/// Measures and prints one line for each subject.
///
/// # Errors
/// When no subject has the name that was asked for.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run(args: &ChainArgs) -> anyhow::Result<()> {
    let audio = music(args.drive_db);
    let settings = settings();
    let latency_mode = if args.quality { LatencyMode::Quality } else { LatencyMode::Live };
    let is_wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let subjects: Vec<_> = SUBJECTS.iter().filter(|subject| is_wanted(subject.name)).collect();
    ensure!(!subjects.is_empty(), "--only matches none of the measured modules");
    println!("ms of one core per second of stereo at 48 kHz, by block length");
    println!("{:<20}{:>8}{:>8}{:>8}", "", 64, 512, 4096);
    for subject in subjects {
        print!("{:<20}", subject.name);
        for block_len in BLOCK_LENS {
            let load = Load { audio: &audio, block_len, latency_mode, settings: &settings };
            print!("{:>8.3}", (subject.cost_ms)(&load)?);
        }
        println!();
    }
    Ok(())
}

/// The loudest seconds of the demo piece, at about -14 LUFS.
fn music(drive_db: f64) -> [Vec<f32>; 2] {
    let gain = 10f64.powf((5.0 + drive_db) / 20.0) as f32;
    let len = SECONDS * SAMPLE_RATE_HZ as usize;
    demo::render().map(|channel| channel[len..2 * len].iter().map(|sample| gain * sample).collect())
}

/// A chain at work: everything that a master needs is in, and what only a voice needs is bypassed.
fn settings() -> ChainSettings {
    let mut settings = ChainSettings::default();
    settings.equaliser.bypass = false;
    for (bell, frequency_hz) in settings.equaliser.bells.iter_mut().zip([120.0, 500.0, 2500.0, 9000.0]) {
        bell.on = true;
        bell.frequency_hz = frequency_hz;
        bell.gain_db = 2.5;
        bell.q = 0.9;
    }
    settings.multiband.bypass = false;
    settings.multiband.num_bands = 4;
    for band in &mut settings.multiband.bands {
        band.threshold_db = -30.0;
        band.ratio = 2.0;
    }
    settings.exciter.bypass = false;
    settings.exciter.drive_db = 12.0;
    settings.exciter.mix_percent = 8.0;
    settings.stereo.bypass = false;
    settings.stereo.width_high_percent = 120.0;
    settings.stereo.mono_bass = true;
    settings.loudness.bypass = false;
    settings.loudness.gain_db = 3.0;
    settings.limiter.bypass = false;
    settings.limiter.ceiling_dbtp = -1.0;
    settings
}
