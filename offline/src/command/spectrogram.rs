//! `lacquer spectrogram`: a file's sound as a picture of level over time and frequency.

use super::analysis::{Kind, Plan, complain_of_damage, failed};
use super::{Bar, Failure, finish, listen_for_ctrl_c, say, table};
use crate::decode::AudioReader;
use crate::mono::{AnalysisError, MonoInfo, read_mono};
use crate::picture::{FIELD, Picture, frequency_ticks};
use crate::progress::Progress;
use lacquer_dsp::analysis::Resolution;
use lacquer_dsp::analysis::spectrogram::{Rows, Spectrogram, SpectrogramColumn, SpectrogramSettings};
use lacquer_dsp::analysis::window::Window;
use lacquer_dsp::units::power_to_db;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// The lowest and the highest frequency of a picture, where the file has them.
const LOW_HZ: f64 = 30.0;
const HIGH_HZ: f64 = 20_000.0;

/// How far below the loudest cell the picture goes.
const RANGE_DB: f32 = 90.0;

/// Pictures of longer files show the loudest of several columns in one; between this many and twice as many are kept.
const MIN_COLUMNS: usize = 2 * FIELD[0];

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
    #[arg(long, default_value_t = 4096, value_name = "SAMPLES")]
    size: usize,
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
    let resolution = Resolution {
        fft_len: args.size,
        window: args.window.into(),
        // Reassigned power is drawn where it lies, so steps of time must be fine.
        overlap: if args.reassigned { 0.9375 } else { 0.75 },
    };
    resolution.check().map_err(Failure::usage)?;
    let name = args.file.display().to_string();
    let work = |progress: &Progress<'_>| analyse(args, resolution, progress);
    let (info, columns) = Bar::new(&name).run(work).map_err(failed)?;
    complain_of_damage(&args.file, &info);
    if columns.num_columns == 0 {
        let (found, needed) = (info.num_samples, args.size);
        return Err(Failure::NotDone(format!("{name}: {found} samples are too few: expected {needed}")));
    }
    let highest_db = columns.draw(args, &plan, &info)?;
    if args.json {
        return say(format!(
            "{:#}",
            json!({
                "path": name,
                "output": args.output.display().to_string(),
                "sample_rate_hz": info.audio.sample_rate_hz,
                "size": args.size,
                "reassigned": args.reassigned,
                "num_columns": columns.num_columns,
                "highest_dbfs": highest_db,
            })
        ));
    }
    say(format!("{}: up to {highest_db:.1} dBFS", table::shown(&args.output)))
}

fn analyse(
    args: &SpectrogramArgs,
    resolution: Resolution,
    progress: &Progress<'_>,
) -> Result<(MonoInfo, Columns), AnalysisError> {
    let rate_hz = f64::from(AudioReader::open(&args.file)?.info().sample_rate_hz);
    let rows = Rows::Octaves { low_hz: LOW_HZ, high_hz: HIGH_HZ.min(rate_hz / 2.0), num_rows: FIELD[1] };
    let settings = SpectrogramSettings { resolution, rows, is_reassigned: args.reassigned };
    let path = args.file.display().to_string();
    let mut spectrogram =
        Spectrogram::new(rate_hz, &settings).map_err(|source| AnalysisError::Analysis { path, source })?;
    let mut columns = Columns { settings, values: Vec::new(), merged: 1, num_columns: 0 };
    let info = read_mono(&args.file, None, progress, |block| {
        spectrogram.process(block, |column| columns.push(&column));
    })?;
    spectrogram.finish(|column| columns.push(&column));
    Ok((info, columns))
}

/// Columns in the picture's grain, in dBFS, one after the other.
struct Columns {
    settings: SpectrogramSettings,
    values: Vec<f32>,
    /// How many columns of the spectrogram make one of these.
    merged: usize,
    num_columns: usize,
}

impl Columns {
    fn push(&mut self, column: &SpectrogramColumn<'_>) {
        let num_rows = column.power.len();
        if self.num_columns.is_multiple_of(self.merged) {
            if self.values.len() == 2 * MIN_COLUMNS * num_rows {
                self.halve(num_rows);
            }
            self.values.resize(self.values.len() + num_rows, f32::NEG_INFINITY);
        }
        let start = self.values.len() - num_rows;
        for (value, &power) in self.values[start..].iter_mut().zip(column.power) {
            *value = value.max(power_to_db(power) as f32);
        }
        self.num_columns += 1;
    }

    /// Makes one column of every two.
    fn halve(&mut self, num_rows: usize) {
        for pair in 0..MIN_COLUMNS {
            for row in 0..num_rows {
                let [a, b] = [2 * pair, 2 * pair + 1].map(|column| self.values[column * num_rows + row]);
                self.values[pair * num_rows + row] = a.max(b);
            }
        }
        self.values.truncate(MIN_COLUMNS * num_rows);
        self.merged *= 2;
    }

    /// Draws the picture and returns the level of its loudest cell.
    fn draw(&self, args: &SpectrogramArgs, plan: &Plan, info: &MonoInfo) -> Result<f32, Failure> {
        let (num_rows, rate_hz) = (self.settings.num_rows(), f64::from(info.audio.sample_rate_hz));
        let num_kept = self.values.len() / num_rows;
        let by_rows: Vec<f32> = (0..num_rows)
            .flat_map(|row| (0..num_kept).map(move |column| column * num_rows + row))
            .map(|idx| self.values[idx])
            .collect();
        let highest_db = by_rows.iter().copied().fold(f32::NEG_INFINITY, f32::max).max(-200.0);
        let high_hz = HIGH_HZ.min(rate_hz / 2.0);
        let frequencies = frequency_ticks(|hz| (hz / LOW_HZ).log2() / (high_hz / LOW_HZ).log2());
        let subtitle = format!(
            "{}spectrogram: {} samples, {}; {} at {:.1} kHz",
            if args.reassigned { "reassigned " } else { "" },
            args.size,
            window_name(args.window),
            info.audio.format,
            rate_hz / 1000.0,
        );
        let hop_len = self.settings.resolution.hop_len();
        let picture = Picture {
            title: &plan.title(),
            subtitle: &subtitle,
            unit: "dBFS",
            values: &by_rows,
            num_rows,
            range: [highest_db - RANGE_DB, highest_db],
            seconds: (num_kept * self.merged * hop_len) as f64 / rate_hz,
            frequencies: &frequencies,
        };
        plan.write(|to| picture.write_png(to))?;
        Ok(highest_db)
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
