//! `lacquer mel`: what a speech or music model would be fed with, as numbers or as a picture.

use super::analysis::{Kind, Plan, complain_of_damage, failed};
use super::{Bar, Failure, finish, listen_for_ctrl_c, say, table};
use crate::mono::{AnalysisError, MonoInfo, read_mono};
use crate::npy;
use crate::picture::{Picture, frequency_ticks};
use crate::progress::Progress;
use lacquer_dsp::analysis::mel::{Edges, MelDefinition, MelSpectrogram, MelValues};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// How far below the highest value pictures of natural logarithms go: 80 dB.
const LN_RANGE: f32 = 8.0 * std::f32::consts::LN_10;

/// Writes the mel spectrogram of a file, as Whisper, librosa or Kaldi would make it: a NumPy array (.npy), text with a line for
/// each frame (.csv), or a picture (.png). Channels are mixed to one, which is brought to the definition's sample rate.
#[derive(Debug, clap::Args)]
pub struct MelArgs {
    /// A WAV, FLAC, MP3 or Ogg Vorbis file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to: a name that ends in .npy, .csv or .png
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// Whose definition
    #[arg(long, default_value = "whisper", value_name = "NAME")]
    like: Like,
    /// Replace a file that is there already
    #[arg(long, short)]
    force: bool,
    /// Print an object that says what was written
    #[arg(long)]
    json: bool,
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
    listen_for_ctrl_c();
    let plan = Plan::new(&args.file, &args.output, args.force)?;
    let name = args.file.display().to_string();
    let work = |progress: &Progress<'_>| analyse(args, progress);
    let (info, mel) = Bar::new(&name).run(work).map_err(failed)?;
    complain_of_damage(&args.file, &info);
    if mel.num_frames == 0 {
        let (found, needed) = (info.num_samples, mel.definition.frame_len);
        return Err(Failure::NotDone(format!("{name}: {found} samples are too few: expected {needed}")));
    }
    plan.write(|to| match plan.kind {
        Kind::Npy => mel.write_npy(to),
        Kind::Csv => mel.write_csv(to),
        Kind::Png => mel.write_png(&plan.title(), args.like, &info, to),
    })?;
    let [lowest, highest] = mel.range();
    let [num_rows, num_columns] = mel.shape();
    if args.json {
        return say(format!(
            "{:#}",
            json!({
                "path": name,
                "output": args.output.display().to_string(),
                "like": args.like.name(),
                "sample_rate_hz": mel.definition.sample_rate_hz,
                "hop_s": mel.definition.hop_len as f64 / mel.definition.sample_rate_hz,
                "num_bands": mel.definition.num_bands,
                "num_frames": mel.num_frames,
                "shape": [num_rows, num_columns],
                "lowest": lowest,
                "highest": highest,
            })
        ));
    }
    let output = table::shown(&args.output);
    say(format!("{output}: {num_rows} x {num_columns}, {lowest:.3} to {highest:.3}"))
}

fn analyse(args: &MelArgs, progress: &Progress<'_>) -> Result<(MonoInfo, Mel), AnalysisError> {
    let definition = args.like.definition();
    let mut samples = Vec::new();
    let info = read_mono(&args.file, Some(definition.sample_rate_hz), progress, |block| {
        samples.extend_from_slice(block);
    })?;
    let path = args.file.display().to_string();
    let mut spectrogram =
        MelSpectrogram::new(&definition).map_err(|source| AnalysisError::Analysis { path, source })?;
    let num_frames = definition.num_frames(samples.len());
    let mut values = vec![0.0; definition.num_bands * num_frames];
    spectrogram.process(&samples, &mut values);
    Ok((info, Mel { definition, values, num_frames }))
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

    /// The first line names the columns: the time, and each band by its middle.
    fn write_csv(&self, to: &mut dyn Write) -> io::Result<()> {
        write!(to, "time_s")?;
        let edges_hz = self.definition.band_edges_hz();
        for hz in &edges_hz[1..=self.definition.num_bands] {
            write!(to, ",{hz:.2}_hz")?;
        }
        writeln!(to)?;
        for frame in 0..self.num_frames {
            write!(to, "{:.6}", self.definition.frame_time_s(frame as u64))?;
            for value in self.frame(frame) {
                write!(to, ",{value}")?;
            }
            writeln!(to)?;
        }
        Ok(())
    }

    fn write_png(&self, title: &str, like: Like, info: &MonoInfo, to: &mut dyn Write) -> io::Result<()> {
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
            MelValues::Whisper => "value",
            MelValues::Decibels => "dB",
            MelValues::NaturalLog => "ln",
        };
        let subtitle = format!(
            "mel spectrogram like {}: {} bands, {} kHz, a frame every {:.1} ms; from {} at {} kHz",
            like.name(),
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
            title,
            subtitle: &subtitle,
            unit,
            values,
            num_rows,
            range,
            seconds,
            frequencies: &frequencies,
        }
        .write_png(to)
    }
}
