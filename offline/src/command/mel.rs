//! `lacquer mel`: what a speech or music model would be fed with, as numbers or as a picture.

use super::analysis::{Common, Finding, Kind, Plan};
use super::{Failure, finish};
use crate::decode::AudioReader;
use crate::mono::{AnalysisError, MonoInfo, read_mono};
use crate::npy;
use crate::picture::{Picture, frequency_ticks};
use crate::progress::Progress;
use lacquer_dsp::analysis::mel::{Edges, MelDefinition, MelSpectrogram, MelValues};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// How far below the highest value pictures of natural logarithms go: 80 dB.
const LN_RANGE: f32 = 8.0 * std::f32::consts::LN_10;

/// Writes the mel spectrogram of a file, as Whisper, librosa or Kaldi would make it: a NumPy array (.npy), text with a line for
/// each frame (.csv), or a picture (.png). Channels are mixed to one, which is brought to the definition's sample rate. A part
/// that --start and --duration cut out counts as a clip of its own; times are those of the file.
#[derive(Debug, clap::Args)]
pub struct MelArgs {
    #[command(flatten)]
    common: Common,
    /// Where to: a name that ends in .npy, .csv or .png
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Whose definition
    #[arg(long, default_value = "whisper", value_name = "NAME")]
    like: Like,
}

/// Whose definition of a mel spectrogram.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Like {
    /// Whisper up to large-v2: 80 bands at 16 kHz; bands times frames
    Whisper,
    /// Whisper from large-v3 on: 128 bands at 16 kHz; bands times frames
    WhisperLarge,
    /// librosa's defaults: 128 bands at 22.05 kHz, in dB; bands times frames
    Librosa,
    /// Kaldi's filter bank: 80 bands at 16 kHz, natural logarithms; frames times bands
    Kaldi,
}

impl Like {
    fn definition(self) -> MelDefinition {
        match self {
            Self::Whisper => MelDefinition::whisper(80),
            Self::WhisperLarge => MelDefinition::whisper(128),
            Self::Librosa => MelDefinition::librosa(),
            Self::Kaldi => MelDefinition::kaldi(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Whisper => "whisper",
            Self::WhisperLarge => "whisper-large",
            Self::Librosa => "librosa",
            Self::Kaldi => "kaldi",
        }
    }
}

/// The spectrogram: a row for each band, the lowest first, each with all frames.
struct Mel {
    like: Like,
    definition: MelDefinition,
    values: Vec<f32>,
    num_frames: usize,
}

/// Runs the command.
#[must_use]
pub fn mel(args: &MelArgs) -> ExitCode {
    finish(run(args))
}

fn run(args: &MelArgs) -> Result<(), Failure> {
    let plan = Plan::new(&args.common, &args.output, &[Kind::Npy, Kind::Csv, Kind::Png])?;
    plan.run(|progress| analyse(args, &plan, progress))
}

fn analyse(
    args: &MelArgs,
    plan: &Plan<'_>,
    progress: &Progress<'_>,
) -> Result<(MonoInfo, Mel), AnalysisError> {
    let definition = args.like.definition();
    let file = &args.common.file;
    let frames = plan.frames(f64::from(AudioReader::open(file)?.info().sample_rate_hz));
    let mut samples = Vec::new();
    let info = read_mono(file, frames.clone(), Some(definition.sample_rate_hz), progress, |block| {
        samples.extend_from_slice(block);
    })?;
    info.check_begins(file, frames.start)?;
    let path = file.display().to_string();
    let num_frames = definition.num_frames(samples.len());
    if num_frames == 0 {
        let (found, expected) = (info.num_samples, definition.min_len());
        return Err(AnalysisError::TooShort { path, found, expected });
    }
    let mut spectrogram =
        MelSpectrogram::new(&definition).map_err(|source| AnalysisError::Analysis { path, source })?;
    let mut values = vec![0.0; definition.num_bands * num_frames];
    spectrogram.process(&samples, &mut values);
    Ok((info, Mel { like: args.like, definition, values, num_frames }))
}

impl Finding for Mel {
    fn write(&self, plan: &Plan<'_>, info: &MonoInfo, to: &mut dyn Write) -> io::Result<()> {
        match plan.kind {
            Kind::Npy => self.write_npy(to),
            Kind::Csv => self.write_csv(plan.start_s(info), to),
            Kind::Png => self.write_png(plan, info, to),
        }
    }

    fn told(&self, _: &MonoInfo) -> (Map<String, Value>, String) {
        let [lowest, highest] = self.range();
        let [num_rows, num_columns] = self.shape();
        let figures = [
            ("like", json!(self.like.name())),
            ("sample_rate_hz", json!(self.definition.sample_rate_hz)),
            ("hop_s", json!(self.definition.hop_len as f64 / self.definition.sample_rate_hz)),
            ("num_bands", json!(self.definition.num_bands)),
            ("num_frames", json!(self.num_frames)),
            ("shape", json!([num_rows, num_columns])),
            ("lowest", json!(lowest)),
            ("highest", json!(highest)),
        ];
        let figures = figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        (figures, format!("{num_rows} x {num_columns}, {lowest:.3} to {highest:.3}"))
    }
}

impl Mel {
    /// As the original has it: Kaldi's rows are frames, everyone else's are bands.
    fn shape(&self) -> [usize; 2] {
        let shape = [self.definition.num_bands, self.num_frames];
        if self.has_frames_as_rows() { [shape[1], shape[0]] } else { shape }
    }

    fn has_frames_as_rows(&self) -> bool {
        self.definition.edges == Edges::Snipped
    }

    fn range(&self) -> [f32; 2] {
        let lowest = self.values.iter().copied().fold(f32::INFINITY, f32::min);
        [lowest, self.values.iter().copied().fold(f32::NEG_INFINITY, f32::max)]
    }

    fn frame(&self, frame: usize) -> impl Iterator<Item = f32> {
        self.values[frame..].iter().step_by(self.num_frames).copied()
    }

    fn write_npy(&self, to: &mut dyn Write) -> io::Result<()> {
        let [num_rows, _] = self.shape();
        if self.has_frames_as_rows() {
            let frames: Vec<f32> = (0..self.num_frames).flat_map(|frame| self.frame(frame)).collect();
            npy::write(to, num_rows, &frames)
        } else {
            npy::write(to, num_rows, &self.values)
        }
    }

    /// The first line names the columns: the time in the file, and each band by its middle.
    fn write_csv(&self, start_s: f64, to: &mut dyn Write) -> io::Result<()> {
        write!(to, "time_s")?;
        let edges_hz = self.definition.band_edges_hz();
        for hz in &edges_hz[1..=self.definition.num_bands] {
            write!(to, ",{hz:.2}_hz")?;
        }
        writeln!(to)?;
        for frame in 0..self.num_frames {
            write!(to, "{:.6}", start_s + self.definition.frame_time_s(frame as u64))?;
            for value in self.frame(frame) {
                write!(to, ",{value}")?;
            }
            writeln!(to)?;
        }
        Ok(())
    }

    fn write_png(&self, plan: &Plan<'_>, info: &MonoInfo, to: &mut dyn Write) -> io::Result<()> {
        let definition = &self.definition;
        // Band `i` peaks at edge `i + 1`, and its cell is centred there.
        let (low, high) =
            (definition.scale.from_hz(definition.low_hz), definition.scale.from_hz(definition.high_hz));
        let bands = |hz: f64| {
            (definition.scale.from_hz(hz) - low) / (high - low) * (definition.num_bands + 1) as f64 - 0.5
        };
        let frequencies = frequency_ticks(|hz| bands(hz) / definition.num_bands as f64);
        let unit = match definition.values {
            MelValues::Power => "power",
            MelValues::Whisper => "(log10+4)/4",
            MelValues::Decibels => "dB",
            MelValues::NaturalLog => "ln of power",
        };
        let subtitle = format!(
            "mel spectrogram like {}: {} bands, {} kHz, a frame every {:.1} ms; from {} at {} kHz",
            self.like.name(),
            definition.num_bands,
            definition.sample_rate_hz / 1000.0,
            1000.0 * definition.hop_len as f64 / definition.sample_rate_hz,
            info.audio.format,
            f64::from(info.audio.sample_rate_hz) / 1000.0,
        );
        let [lowest, highest] = self.range();
        // Kaldi lets silence fall as far as it may, and there is nothing to see so far down.
        let is_unlimited = definition.values == MelValues::NaturalLog;
        let lowest = if is_unlimited { lowest.max(highest - LN_RANGE) } else { lowest };
        // What is all the same is drawn dark.
        let range = [lowest, if highest > lowest { highest } else { lowest + 1.0 }];
        let seconds = (self.num_frames * definition.hop_len) as f64 / definition.sample_rate_hz;
        let (values, num_rows) = (&self.values[..], definition.num_bands);
        Picture {
            title: &plan.title(),
            subtitle: &subtitle,
            unit,
            values,
            num_rows,
            range,
            start_s: plan.start_s(info),
            seconds,
            frequencies: &frequencies,
        }
        .write_png(to)
    }
}
