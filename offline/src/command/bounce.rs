//! `lacquer bounce` and `cargo xtask bounce`: files in, masters out.

use super::{Bar, Failure, check_cancelled, complain, finish, say, table};
use crate::demo;
use crate::encode::{AudioWriter, OutputFormat, SampleFormat, create_temp};
use crate::error::FileError;
use crate::master::{Job, MasterError, master};
use crate::paths::{Destination, plan_outputs};
use crate::report::Report;
use lacquer_dsp::params;
use lacquer_presets::{Preset, load};
use serde_json::{Value, json};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the demo piece goes when nothing else is said.
const DEMO_FOLDER: &str = "lacquer-demo";

/// The loudness targets that can be asked for.
const LUFS: std::ops::RangeInclusive<f64> = -60.0..=0.0;

/// Masters files to an exact loudness under a true-peak ceiling, and proves it by measuring what was written.
/// Without a file it masters a built-in demo piece of 30 seconds.
#[derive(Debug, clap::Args)]
pub struct BounceArgs {
    /// WAV, FLAC, MP3 or Ogg Vorbis files, mono or stereo
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A preset's name (see `lacquer presets`) or the path of a preset file
    #[arg(long, short, default_value = "streaming", value_name = "NAME")]
    preset: String,
    /// Integrated loudness of the master in LUFS, -60 to 0, instead of the preset's
    #[arg(long, allow_hyphen_values = true, value_name = "LUFS")]
    lufs: Option<String>,
    /// Highest true peak of the master in dBTP, -30 to 0, instead of the preset's
    #[arg(long, allow_hyphen_values = true, value_name = "DBTP")]
    ceiling: Option<String>,
    /// Set any parameter, such as limiter.release_ms=80; may be repeated
    #[arg(long, value_name = "ID=VALUE")]
    set: Vec<String>,
    /// The master's file, or the folder for masters of several files [default: NAME.mastered.wav beside each file]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// How samples are stored
    #[arg(long, default_value = "24", value_name = "FORMAT")]
    bits: Bits,
    /// Where the target cannot be had, write the closest that can instead of refusing
    #[arg(long)]
    best_effort: bool,
    /// Count a file of one channel as heard from two loudspeakers (+3.01 LU)
    #[arg(long)]
    dual_mono: bool,
    /// Replace masters that are there already
    #[arg(long, short)]
    force: bool,
    /// Write NAME.report.json beside each master
    #[arg(long)]
    report: bool,
    /// Print an array with an object for each file instead of tables
    #[arg(long)]
    json: bool,
}

/// How samples are stored in the master.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Bits {
    /// 16-bit integers
    #[value(name = "16")]
    Int16,
    /// 24-bit integers
    #[value(name = "24")]
    Int24,
    /// 32-bit integers
    #[value(name = "32")]
    Int32,
    /// 32-bit floating point
    #[value(name = "float")]
    Float32,
}

impl From<Bits> for SampleFormat {
    fn from(bits: Bits) -> Self {
        match bits {
            Bits::Int16 => Self::Int16,
            Bits::Int24 => Self::Int24,
            Bits::Int32 => Self::Int32,
            Bits::Float32 => Self::Float32,
        }
    }
}

/// Runs the command.
#[must_use]
pub fn bounce(args: &BounceArgs) -> ExitCode {
    finish(run(args))
}

/// What goes where, settled before any work.
struct Plan {
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
    overwrite: bool,
    report: bool,
}

fn run(args: &BounceArgs) -> Result<(), Failure> {
    let preset = chosen_preset(args)?;
    let plan = if args.files.is_empty() { plan_demo(args)? } else { plan_files(args)? };
    let mut results: Vec<Value> = Vec::new();
    let mut is_told = false;
    for (input, output) in plan.inputs.iter().zip(&plan.outputs) {
        check_cancelled().map_err(|_| Failure::Cancelled)?;
        let job = Job {
            input: input.clone(),
            output: output.clone(),
            preset: preset.clone(),
            sample_format: args.bits.into(),
            overwrite: plan.overwrite,
            best_effort: args.best_effort,
            dual_mono: args.dual_mono,
        };
        match Bar::new(&input.display().to_string()).run(|progress| master(&job, progress)) {
            Ok(report) => {
                let report_path = plan.report.then(|| write_report(&report, plan.overwrite)).transpose();
                is_told |= report_path.is_err();
                tell(args, &report, report_path)?;
                results.push(json!(report));
            }
            Err(MasterError::Cancelled(_)) => return Err(Failure::Cancelled),
            Err(error @ MasterError::GainBypassed(_)) => return Err(Failure::usage(error)),
            Err(error) => {
                complain(&error);
                is_told = true;
                results.push(failed(input, &error));
            }
        }
    }
    if args.json {
        say(format!("{:#}", Value::Array(results)))?;
    }
    if is_told { Err(Failure::Told) } else { Ok(()) }
}

/// The preset with what the command line says instead.
fn chosen_preset(args: &BounceArgs) -> Result<Preset, Failure> {
    let mut preset = load(&args.preset).map_err(Failure::usage)?;
    for assignment in &args.set {
        let Some((id, text)) = assignment.split_once('=') else {
            return Err(Failure::Usage(format!("--set {assignment}: expected ID=VALUE")));
        };
        let param = params::find(id.trim()).map_err(|error| Failure::Usage(format!("--set: {error}")))?;
        let value = param.from_text(text).map_err(|error| Failure::Usage(format!("--set: {error}")))?;
        param.set(&mut preset.settings, value).map_err(Failure::usage)?;
    }
    if let Some(text) = &args.ceiling {
        let param = params::find("limiter.ceiling_dbtp").map_err(Failure::usage)?;
        let value = param.from_text(text).map_err(|error| Failure::Usage(format!("--ceiling: {error}")))?;
        param.set(&mut preset.settings, value).map_err(Failure::usage)?;
    }
    if let Some(text) = &args.lufs {
        let number = text.trim().trim_end_matches("LUFS").trim_end().parse().ok();
        let number = number.filter(|number| LUFS.contains(number)).ok_or_else(|| {
            Failure::Usage(format!("--lufs {text}: expected {} to {} LUFS", LUFS.start(), LUFS.end()))
        })?;
        preset.bounce.output_lufs = Some(number);
    }
    Ok(preset)
}

fn plan_files(args: &BounceArgs) -> Result<Plan, Failure> {
    let destination = match &args.output {
        None => Destination::BesideInput,
        Some(path) if args.files.len() > 1 || is_folder(path) => {
            std::fs::create_dir_all(path).map_err(|error| {
                Failure::NotDone(format!("{}: cannot be made a folder: {error}", path.display()))
            })?;
            Destination::Folder(path.clone())
        }
        Some(path) => {
            if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav")) {
                return Err(Failure::Usage(format!("{}: expected a name that ends in .wav", path.display())));
            }
            Destination::File(path.clone())
        }
    };
    let outputs = plan_outputs(&args.files, &destination, args.force).map_err(|error| match error {
        FileError::OutputIsInput { .. } | FileError::OutputsCollide { .. } => Failure::usage(error),
        FileError::OutputExists { path } => {
            Failure::NotDone(format!("{}: is there already: --force replaces it", path.display()))
        }
        error => Failure::not_done(error),
    })?;
    Ok(Plan { inputs: args.files.clone(), outputs, overwrite: args.force, report: args.report })
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

/// Writes the demo piece as an unmastered mix, which then is mastered like any file.
fn plan_demo(args: &BounceArgs) -> Result<Plan, Failure> {
    let folder = args.output.clone().unwrap_or_else(|| PathBuf::from(DEMO_FOLDER));
    // The default folder is ours, so that the command can be repeated; another is the user's.
    let overwrite = args.force || args.output.is_none();
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::NotDone(format!("{}: cannot be made a folder: {error}", folder.display()))
    })?;
    let mix = folder.join("demo.wav");
    let output = folder.join("demo.mastered.wav");
    let write = || -> Result<(), FileError> {
        let [left, right] = demo::render();
        let format = OutputFormat::Wav(SampleFormat::Int24);
        let mut writer = AudioWriter::create(&mix, format, demo::SAMPLE_RATE_HZ, 2)?;
        writer.write(&[&left, &right])?;
        writer.finish()?.publish(overwrite)?;
        Ok(())
    };
    write().map_err(Failure::not_done)?;
    Ok(Plan { inputs: vec![mix], outputs: vec![output], overwrite, report: true })
}

/// Writes the report beside its master and returns where.
fn write_report(report: &Report, overwrite: bool) -> Result<PathBuf, Failure> {
    let path = report.output.path.with_extension("report.json");
    let unwritable =
        |error: &dyn Display| Failure::NotDone(format!("{}: cannot be written: {error}", path.display()));
    let mut temp = create_temp(&path).map_err(Failure::not_done)?;
    serde_json::to_writer_pretty(&mut temp, report).map_err(|error| unwritable(&error))?;
    let placed = if overwrite { temp.persist(&path) } else { temp.persist_noclobber(&path) };
    placed.map_err(|error| unwritable(&error.error))?;
    Ok(path)
}

fn tell(
    args: &BounceArgs,
    report: &Report,
    report_path: Result<Option<PathBuf>, Failure>,
) -> Result<(), Failure> {
    let input = report.input.path.display();
    for miss in &report.misses {
        complain(format!("{input}: best effort: {miss}"));
    }
    if report.input.num_damaged_samples > 0 {
        let count = report.input.num_damaged_samples;
        complain(format!("{input}: {count} samples were no numbers and became silence"));
    }
    if report.work.num_clipped_samples > 0 {
        let count = report.work.num_clipped_samples;
        complain(format!("{input}: {count} samples were clipped at full scale"));
    }
    if !args.json {
        say(table::bounce(report))?;
        say(format!(" Master: {}", report.output.path.display()))?;
    }
    match report_path {
        Ok(Some(path)) if !args.json => say(format!(" Report: {}", path.display())),
        Err(error) => {
            complain(error);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a program is told of a file that has no master: why, and what could have been reached.
fn failed(input: &Path, error: &MasterError) -> Value {
    let mut value = match error {
        MasterError::NotReached(report) => json!({ "closest": report }),
        _ => json!({}),
    };
    value["input"] = json!({ "path": input });
    value["error"] = json!(error.to_string());
    value
}
