//! `lacquer spectrogram`: a file's sound as a picture of level over time and frequency.

use super::analysis::{Kind, Plan, complain_of_damage, failed};
use super::{Bar, Failure, finish, listen_for_ctrl_c, say, table};
use crate::decode::AudioReader;
use crate::mono::{AnalysisError, MonoInfo, read_mono};
use crate::picture::{FIELD, Picture, frequency_ticks};
use crate::progress::Progress;
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramColumn, SpectrogramSettings};
use lacquer_dsp::analysis::window::Window;
use lacquer_dsp::analysis::{FFT_LENS, Resolution};
use lacquer_dsp::units::power_to_db;
use serde_json::json;
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
    /// A WAV, FLAC, MP3 or Ogg Vorbis file
    #[arg(value_name = "FILE")]
    file: PathBuf,
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
    /// Replace a file that is there already
    #[arg(long, short)]
    force: bool,
    /// Print an object that says what was written
    #[arg(long)]
    json: bool,
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
    listen_for_ctrl_c();
    let plan = Plan::new(&args.file, &args.output, args.force)?;
    if plan.kind != Kind::Png {
        let output = args.output.display();
        return Err(Failure::Usage(format!("{output}: expected a name that ends in .png")));
    }
    if let Some(fft_len) = args.size {
        Resolution { fft_len, ..Resolution::default() }.check().map_err(Failure::usage)?;
    }
    let name = args.file.display().to_string();
    let work = |progress: &Progress<'_>| analyse(args, progress);
    let (info, columns) = Bar::new(&name).run(work).map_err(failed)?;
    complain_of_damage(&args.file, &info);
    columns.draw(args, &plan, &info)?;
    let highest_db = power_to_db(columns.highest).max(-200.0);
    if args.json {
        return say(format!(
            "{:#}",
            json!({
                "path": name,
                "output": args.output.display().to_string(),
                "sample_rate_hz": info.audio.sample_rate_hz,
                "size": columns.settings.resolution.fft_len,
                "reassigned": args.reassigned,
                "num_columns": columns.num_columns,
                "highest_dbfs": highest_db,
            })
        ));
    }
    say(format!("{}: up to {highest_db:.1} dBFS", table::shown(&args.output)))
}

fn analyse(args: &SpectrogramArgs, progress: &Progress<'_>) -> Result<(MonoInfo, Columns), AnalysisError> {
    let audio = AudioReader::open(&args.file)?.info().clone();
    let rate_hz = f64::from(audio.sample_rate_hz);
    let rows = Rows::Octaves { low_hz: LOW_HZ, high_hz: HIGH_HZ.min(rate_hz / 2.0), num_rows: FIELD[1] };
    let settings = SpectrogramSettings {
        resolution: resolution(args, rate_hz, audio.num_frames),
        rows,
        is_reassigned: args.reassigned,
    };
    let path = args.file.display().to_string();
    let mut spectrogram =
        Spectrogram::new(rate_hz, &settings).map_err(|source| AnalysisError::Analysis { path, source })?;
    let mut columns = Columns { settings, powers: Vec::new(), merged: 1, num_columns: 0, highest: 0.0 };
    // With so much silence before the file, each column is centred on the hop that it stands for.
    let (fft_len, hop_len) = (settings.resolution.fft_len, settings.resolution.hop_len());
    let before = vec![0.0; fft_len / 2 - hop_len / 2];
    spectrogram.process(&before, |column| columns.push(&column));
    let info = read_mono(&args.file, None, progress, |block| {
        spectrogram.process(block, |column| columns.push(&column));
    })?;
    spectrogram.process(&vec![0.0; fft_len / 2], |column| columns.push(&column));
    spectrogram.finish(|column| columns.push(&column));
    Ok((info, columns))
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

    fn draw(&self, args: &SpectrogramArgs, plan: &Plan, info: &MonoInfo) -> Result<(), Failure> {
        let (num_rows, rate_hz) = (self.settings.num_rows(), f64::from(info.audio.sample_rate_hz));
        let num_kept = self.powers.len() / num_rows;
        let levels_db: Vec<f32> = (0..num_rows)
            .flat_map(|row| (0..num_kept).map(move |column| column * num_rows + row))
            .map(|idx| (power_to_db(f64::from(self.powers[idx])) as f32).max(-200.0))
            .collect();
        let highest_db = levels_db.iter().copied().fold(-200.0, f32::max);
        let range_db = if args.reassigned { REASSIGNED_RANGE_DB } else { RANGE_DB };
        let high_hz = HIGH_HZ.min(rate_hz / 2.0);
        let frequencies = frequency_ticks(|hz| (hz / LOW_HZ).log2() / (high_hz / LOW_HZ).log2());
        let subtitle = format!(
            "{}spectrogram: {} samples, {}; from {} at {} kHz",
            if args.reassigned { "reassigned " } else { "" },
            self.settings.resolution.fft_len,
            window_name(args.window),
            info.audio.format,
            rate_hz / 1000.0,
        );
        let hop_len = self.settings.resolution.hop_len();
        let picture = Picture {
            title: &plan.title(),
            subtitle: &subtitle,
            unit: "dBFS",
            values: &levels_db,
            num_rows,
            range: [highest_db - range_db, highest_db],
            seconds: (num_kept * self.merged * hop_len) as f64 / rate_hz,
            frequencies: &frequencies,
        };
        plan.write(|to| picture.write_png(to))
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
