//! `cargo xtask bench chain`: each module and the whole at three block lengths, and what other projects' plugins cost.

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::simd::{self, Widest};
use lacquer_offline::demo;

use super::bars;
use super::beside;
use super::document;
use super::ours::{Load, Part, SAMPLE_RATE_HZ, SUBJECTS, Subject};
use crate::table::markdown;
use crate::workspace_root;

const BLOCK_LENS: [usize; 3] = [64, 512, 4096];

/// The block length of the bars, and of the peers.
pub const BLOCK_LEN: usize = 512;

/// Where the loudest ten seconds of the demo piece begin: -17.5 LUFS.
const LOUDEST_S: usize = 17;

/// How long the measured piece is.
const SECONDS: usize = 10;

/// What to measure.
#[derive(Args)]
pub struct ChainArgs {
    /// Only the modules of ours whose name contains this, and no plugins of others
    #[arg(long)]
    only: Option<String>,
    /// Linear-phase bands and long look-ahead instead of Live mode
    #[arg(long)]
    quality: bool,
    /// Drive into everything, in dB above the level that the settings are made for
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    drive_db: f64,
    /// The widest vector instructions to use
    #[arg(long, value_enum, default_value_t)]
    instructions: Instructions,
}

/// Sets of vector instructions, as [`simd::Widest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Instructions {
    /// The widest of this processor
    #[default]
    Any,
    /// At most AVX2
    Avx2,
    /// SSE2 or NEON
    Baseline,
}

impl Instructions {
    fn widest(self) -> Widest {
        match self {
            Self::Any => Widest::Any,
            Self::Avx2 => Widest::Avx2,
            Self::Baseline => Widest::Baseline,
        }
    }
}

/// What one of ours costs, in milliseconds per second of audio.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    /// On music, in blocks of 64, 512 and 4096.
    pub blocks_ms: [f64; 3],
    /// On silence after music, in blocks of 512.
    pub silence_ms: f64,
}

impl Row {
    /// On music, in blocks of 512.
    pub fn music_ms(&self) -> f64 {
        self.blocks_ms[1]
    }
}

/// Measures and prints; without any option, writes its part of docs/performance.md too.
///
/// # Errors
/// When no subject has the name that was asked for, or the document cannot be written.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run(args: &ChainArgs) -> anyhow::Result<()> {
    simd::limit(args.instructions.widest());
    let audio = music(args.drive_db);
    let latency_mode = if args.quality { LatencyMode::Quality } else { LatencyMode::Live };
    let is_wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let subjects: Vec<_> = SUBJECTS.iter().filter(|subject| is_wanted(subject.name)).collect();
    ensure!(!subjects.is_empty(), "--only matches none of the measured modules");
    println!("ms of one core per second of stereo at 48 kHz, by block length, and on silence after music");
    let live = measure(&subjects, &audio, latency_mode)?;
    println!("{}", our_table(&live));
    if args.only.is_some() {
        return Ok(());
    }
    let root = workspace_root()?;
    let peers = beside::measure(&root, &audio);
    let chain = live.iter().find(|row| row.name == "chain").context("the chain is a subject")?;
    let beside = beside::table(&peers, &live);
    let bars = bars::table(&bars::judged(&live, chain, &peers));
    println!("{beside}\n{bars}");
    if args.quality || args.drive_db != 0.0 || args.instructions != Instructions::Any {
        return Ok(());
    }
    println!("the same in Quality mode");
    let quality = our_table(&measure(&subjects, &audio, LatencyMode::Quality)?);
    println!("{quality}");
    let path = root.join("docs/performance.md");
    let part = document::chain([&our_table(&live), &quality, &beside, &bars], &peers);
    document::write_part(&path, document::Part::Chain, &part)
}

/// Measures each subject in turn.
fn measure(
    subjects: &[&Subject],
    audio: &[Vec<f32>; 2],
    latency_mode: LatencyMode,
) -> anyhow::Result<Vec<Row>> {
    let settings = settings();
    let measure_one = |&&Subject { name, cost_ms }: &&Subject| {
        let cost =
            |block_len, part| cost_ms(&Load { audio, part, block_len, latency_mode, settings: &settings });
        let mut blocks_ms = [0.0; 3];
        for (ms, block_len) in blocks_ms.iter_mut().zip(BLOCK_LENS) {
            *ms = cost(block_len, Part::Audio)?;
        }
        Ok(Row { name, blocks_ms, silence_ms: cost(BLOCK_LEN, Part::SilenceAfter)? })
    };
    subjects.iter().map(measure_one).collect()
}

fn our_table(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        let figures = row.blocks_ms.iter().chain([&row.silence_ms]).map(|ms| format!("{ms:.3}"));
        std::iter::once(row.name.to_owned()).chain(figures).collect()
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    markdown(&["", "64", "512", "4096", "silence, 512"], &rows)
}

/// The loudest seconds of the demo piece, at about -14 LUFS.
pub fn music(drive_db: f64) -> [Vec<f32>; 2] {
    let gain = 10f64.powf((3.5 + drive_db) / 20.0) as f32;
    let second = SAMPLE_RATE_HZ as usize;
    let loudest = LOUDEST_S * second..(LOUDEST_S + SECONDS) * second;
    demo::render().map(|channel| channel[loudest.clone()].iter().map(|sample| gain * sample).collect())
}

/// A chain at work: everything that a master needs is in, and what only a voice needs is bypassed.
pub fn settings() -> ChainSettings {
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
