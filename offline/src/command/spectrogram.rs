//! `lacquer spectrogram`: a file's sound as a picture of level over time and frequency.

use super::analysis::{Common, Finding, Kind, Plan};
use super::{Failure, finish};
use crate::decode::AudioReader;
use crate::mono::{AnalysisError, MonoInfo, read_mono};
use crate::picture::{FIELD, Picture, frequency_ticks};
use crate::progress::Progress;
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramColumn, SpectrogramSettings};
use lacquer_dsp::analysis::window::Window;
use lacquer_dsp::analysis::{FFT_LENS, Resolution};
use lacquer_dsp::units::power_to_db;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

/// The lowest and the highest frequency of a picture, where the file has them.
const LOW_HZ: f64 = 30.0;
const HIGH_HZ: f64 = 20_000.0;

/// How far below the loudest cell the picture goes. Reassignment heaps up what is there, and leaves gaps between that would fill
/// with noise.
const RANGE_DB: f32 = 90.0;
const REASSIGNED_RANGE_DB: f32 = 70.0;

/// Pictures of longer files show the mean of several columns in one; between this many and twice as many are kept.
const MIN_COLUMNS: usize = 2 * FIELD[0];

/// Frames from hop to hop: at least and at most so many in a frame. Reassigned power is drawn where it lies, so its steps of time
/// must be fine.
const MIN_HOPS: usize = 4;
const MIN_REASSIGNED_HOPS: usize = 16;
const MAX_HOPS: usize = 32;

/// Draws the spectrogram of a file as a picture (.png), its frequencies in octaves. Channels are mixed to one.
#[derive(Debug, clap::Args)]
pub struct SpectrogramArgs {
    #[command(flatten)]
    common: Common,
    /// Where to: a name that ends in .png
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Samples in a frame, a power of two from 512 to 32768: more for finer frequencies, fewer for finer times
    /// [default: 4096 at 44.1 and 48 kHz, and as long at other rates]
    #[arg(long, value_name = "SAMPLES")]
    size: Option<usize>,
    /// How frames fade in and out
    #[arg(long, default_value = "hann", value_name = "NAME")]
    window: WindowName,
    /// Move what is heard to where it lies between the cells: steady tones become lines and clicks columns
    #[arg(long)]
    reassigned: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WindowName {
    /// Narrow lobes
    Hann,
    /// Side lobes 92 dB down
    BlackmanHarris,
    /// Levels right between bins
    FlatTop,
    /// Kaiser's with a beta of 9: side lobes about 85 dB down
    Kaiser,
}

impl From<WindowName> for Window {
    fn from(name: WindowName) -> Self {
        match name {
            WindowName::Hann => Self::Hann,
            WindowName::BlackmanHarris => Self::BlackmanHarris,
            WindowName::FlatTop => Self::FlatTop,
            WindowName::Kaiser => Self::Kaiser { beta: 9.0 },
        }
    }
}

/// Runs the command.
#[must_use]
pub fn spectrogram(args: &SpectrogramArgs) -> ExitCode {
    finish(run(args))
}

fn run(args: &SpectrogramArgs) -> Result<(), Failure> {
    let plan = Plan::new(&args.common, &args.output, &[Kind::Png])?;
    if let Some(fft_len) = args.size {
        Resolution { fft_len, ..Resolution::default() }.check().map_err(Failure::usage)?;
    }
    plan.run(|progress| analyse(args, &plan, progress))
}

fn analyse(
    args: &SpectrogramArgs,
    plan: &Plan<'_>,
    progress: &Progress<'_>,
) -> Result<(MonoInfo, Columns), AnalysisError> {
    let file = &args.common.file;
    let audio = AudioReader::open(file)?.info().clone();
    let rate_hz = f64::from(audio.sample_rate_hz);
    let frames = plan.frames(rate_hz);
    let end = frames.end.min(audio.num_frames.unwrap_or(u64::MAX));
    let rows = Rows::Octaves { low_hz: LOW_HZ, high_hz: HIGH_HZ.min(rate_hz / 2.0), num_rows: FIELD[1] };
    let settings = SpectrogramSettings {
        resolution: resolution(args, rate_hz, (end < u64::MAX).then(|| end.saturating_sub(frames.start))),
        rows,
        is_reassigned: args.reassigned,
    };
    let path = file.display().to_string();
    let mut spectrogram =
        Spectrogram::new(rate_hz, &settings).map_err(|source| AnalysisError::Analysis { path, source })?;
    let window = args.window;
    let mut columns =
        Columns { settings, window, powers: Vec::new(), merged: 1, num_columns: 0, highest: 0.0 };
    // With so much before the part, each column is centred on the hop that it stands for. It is the file's own sound, and silence
    // only where the file has none.
    let (fft_len, hop_len) = (settings.resolution.fft_len, settings.resolution.hop_len());
    let wide = widened(&frames, fft_len / 2 - hop_len / 2, fft_len / 2);
    let missing = (fft_len / 2 - hop_len / 2) as u64 - (frames.start - wide.start);
    spectrogram.process(&vec![0.0; missing as usize], |column| columns.push(&column));
    let info = read_mono(file, wide, None, progress, |block| {
        spectrogram.process(block, |column| columns.push(&column));
    })?;
    info.check_begins(file, frames.start)?;
    let missing = frames.end.min(info.end_frame) + (fft_len / 2) as u64 - info.end_frame;
    spectrogram.process(&vec![0.0; missing as usize], |column| columns.push(&column));
    spectrogram.finish(|column| columns.push(&column));
    Ok((info, columns))
}

/// So much more before and after, as far as a file can have it.
fn widened(frames: &Range<u64>, before: usize, after: usize) -> Range<u64> {
    frames.start.saturating_sub(before as u64)..frames.end.saturating_add(after as u64)
}

/// Frames of the size that was asked for, or of about 90 ms, and hops as short as the picture's pixels, within limits.
fn resolution(args: &SpectrogramArgs, rate_hz: f64, num_frames: Option<u64>) -> Resolution {
    let usual_len = ((0.06 * rate_hz) as usize).next_power_of_two().clamp(*FFT_LENS.start(), *FFT_LENS.end());
    let fft_len = args.size.unwrap_or(usual_len);
    let min_hops = if args.reassigned { MIN_REASSIGNED_HOPS } else { MIN_HOPS };
    let pixel_len = num_frames.map_or(fft_len, |num_frames| (num_frames as usize).div_ceil(FIELD[0]));
    let hop_len = pixel_len.clamp(fft_len / MAX_HOPS, fft_len / min_hops);
    let overlap = 1.0 - hop_len as f64 / fft_len as f64;
    Resolution { fft_len, window: args.window.into(), overlap }
}

/// Columns in the picture's grain, one after the other: the mean powers of all that fell into each.
struct Columns {
    settings: SpectrogramSettings,
    window: WindowName,
    powers: Vec<f32>,
    /// How many columns of the spectrogram make one of these.
    merged: usize,
    num_columns: usize,
    /// The largest power of any cell before means were taken.
    highest: f64,
}

impl Columns {
    fn push(&mut self, column: &SpectrogramColumn<'_>) {
        let num_rows = column.power.len();
        if self.num_columns.is_multiple_of(self.merged) {
            if self.powers.len() == 2 * MIN_COLUMNS * num_rows {
                self.halve(num_rows);
            }
            self.powers.resize(self.powers.len() + num_rows, 0.0);
        }
        let start = self.powers.len() - num_rows;
        let count = (self.num_columns % self.merged + 1) as f32;
        for (mean, &power) in self.powers[start..].iter_mut().zip(column.power) {
            self.highest = self.highest.max(power);
            *mean += (power as f32 - *mean) / count;
        }
        self.num_columns += 1;
    }

    /// Makes one column of every two.
    fn halve(&mut self, num_rows: usize) {
        for pair in 0..MIN_COLUMNS {
            for row in 0..num_rows {
                let [a, b] = [2 * pair, 2 * pair + 1].map(|column| self.powers[column * num_rows + row]);
                self.powers[pair * num_rows + row] = 0.5 * (a + b);
            }
        }
        self.powers.truncate(MIN_COLUMNS * num_rows);
        self.merged *= 2;
    }
}

impl Finding for Columns {
    fn write(&self, plan: &Plan<'_>, info: &MonoInfo, to: &mut dyn Write) -> io::Result<()> {
        let (num_rows, rate_hz) = (self.settings.num_rows(), f64::from(info.audio.sample_rate_hz));
        let num_kept = self.powers.len() / num_rows;
        let levels_db: Vec<f32> = (0..num_rows)
            .flat_map(|row| (0..num_kept).map(move |column| column * num_rows + row))
            .map(|idx| (power_to_db(f64::from(self.powers[idx])) as f32).max(-200.0))
            .collect();
        let highest_db = levels_db.iter().copied().fold(-200.0, f32::max);
        let range_db = if self.settings.is_reassigned { REASSIGNED_RANGE_DB } else { RANGE_DB };
        let high_hz = HIGH_HZ.min(rate_hz / 2.0);
        let frequencies = frequency_ticks(|hz| (hz / LOW_HZ).log2() / (high_hz / LOW_HZ).log2());
        let subtitle = format!(
            "{}spectrogram: {} samples, {}; from {} at {} kHz",
            if self.settings.is_reassigned { "reassigned " } else { "" },
            self.settings.resolution.fft_len,
            window_name(self.window),
            info.audio.format,
            rate_hz / 1000.0,
        );
        let hop_len = self.settings.resolution.hop_len();
        Picture {
            title: &plan.title(),
            subtitle: &subtitle,
            unit: "dBFS",
            values: &levels_db,
            num_rows,
            range: [highest_db - range_db, highest_db],
            start_s: plan.start_s(info),
            seconds: (num_kept * self.merged * hop_len) as f64 / rate_hz,
            frequencies: &frequencies,
        }
        .write_png(to)
    }

    fn told(&self, info: &MonoInfo) -> (Map<String, Value>, String) {
        let highest_db = power_to_db(self.highest).max(-200.0);
        let figures = [
            ("sample_rate_hz", json!(info.audio.sample_rate_hz)),
            ("size", json!(self.settings.resolution.fft_len)),
            (
                "hop_s",
                json!(self.settings.resolution.hop_len() as f64 / f64::from(info.audio.sample_rate_hz)),
            ),
            ("reassigned", json!(self.settings.is_reassigned)),
            ("num_columns", json!(self.num_columns)),
            ("highest_dbfs", json!(highest_db)),
        ];
        let figures = figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        (figures, format!("up to {highest_db:.1} dBFS"))
    }
}

fn window_name(name: WindowName) -> &'static str {
    match name {
        WindowName::Hann => "Hann",
        WindowName::BlackmanHarris => "Blackman-Harris",
        WindowName::FlatTop => "flat top",
        WindowName::Kaiser => "Kaiser",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args as _;
    use std::sync::atomic::AtomicBool;

    /// At the edges of a part lies the file's own sound, not silence: the columns of a steady tone are all alike, but where the file
    /// itself begins.
    #[test]
    fn a_part_sees_its_surroundings() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tone.wav");
        let samples: Vec<u8> = (0..96_000)
            .flat_map(|n| {
                ((f64::from(n % 48) / 48.0 * std::f64::consts::TAU).sin() as f32 * 0.5).to_le_bytes()
            })
            .collect();
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0".to_vec();
        wav.extend(48_000_u32.to_le_bytes().into_iter().chain(192_000_u32.to_le_bytes()));
        wav.extend(b"\x04\0\x20\0data".iter().copied().chain((samples.len() as u32).to_le_bytes()));
        wav.extend(&samples);
        let riff_len = (wav.len() - 8) as u32;
        wav[4..8].copy_from_slice(&riff_len.to_le_bytes());
        std::fs::write(&path, wav).expect("a temporary file");
        let spread_db = |times: &[&str]| {
            let command = SpectrogramArgs::augment_args(clap::Command::new("spectrogram"));
            let file = path.to_str().expect("a plain path");
            let words = [&["spectrogram", file, "-o", "new.png"], times].concat();
            let matches = command.try_get_matches_from(words).expect("good words");
            let args = clap::FromArgMatches::from_arg_matches(&matches).expect("good words");
            let SpectrogramArgs { common, output, .. } = &args;
            let plan = Plan::new(common, output, &[Kind::Png]).expect("a plan");
            let progress = Progress { on_step: &|_, _| (), cancelled: &AtomicBool::new(false) };
            let (_, columns) = analyse(&args, &plan, &progress).expect("an analysis");
            let sums = columns.powers.chunks_exact(FIELD[1]).map(|column| column.iter().sum::<f32>());
            let (low, high) = sums.fold((f32::INFINITY, 0.0_f32), |(a, b), x| (a.min(x), b.max(x)));
            power_to_db(f64::from(high / low))
        };
        assert!(spread_db(&["--start", "0.5", "--duration", "1"]) < 0.01);
        assert!(spread_db(&["--start", "0.5"]) > 1.0 && spread_db(&["--duration", "1"]) > 1.0);
    }
}
