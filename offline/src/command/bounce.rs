//! `lacquer bounce` and `cargo xtask bounce`: files in, masters out.

use super::{Bar, Failure, complain, finish, listen_for_ctrl_c, say, table};
use crate::assist::Assist;
use crate::demo;
use crate::encode::{AudioWriter, Mp3Quality, OutputFormat, SampleFormat, create_temp};
use crate::error::FileError;
use crate::master::{CEILING_DBTP, Job, MasterError, OUTPUT_LUFS, Order, check_preset, dither_for, master};
use crate::paths::{Destination, folder_of, plan_outputs};
use crate::progress::Progress;
use crate::report::Report;
use lacquer_dsp::settings::DitherKind;
use lacquer_presets::{Library, Preset, parameter_named};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the demo piece goes when nothing else is said.
const DEMO_FOLDER: &str = "lacquer-demo";

/// From this much on a limiter is heard, and the user is told.
const HARD_LIMITING_DB: f64 = 12.0;

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
    /// Set any parameter, such as limiter.release_ms=80; may be repeated; `lacquer presets NAME` prints them all
    #[arg(long, value_name = "ID=VALUE")]
    set: Vec<String>,
    /// Listen to the loudest 30 seconds first, and adapt the settings to what is heard; says what was changed, and why.
    /// What --set says stays
    #[arg(long)]
    assist: bool,
    /// The master's file, or the folder for masters of several files [default: NAME.mastered.wav beside each file]
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Which kind of file is written [default: what the output's name ends in, or wav]
    #[arg(long, value_name = "KIND")]
    format: Option<Container>,
    /// How samples are stored in WAV, or in FLAC, which has 16 and 24 [default: 24]
    #[arg(long, value_name = "FORMAT")]
    bits: Option<Bits>,
    /// How much an MP3 takes: 128, 160, 192, 224, 256 or 320 kbit/s, or V0, V1, V2 for a variable rate [default: highest, which
    /// is 320, or 160 at 24 kHz and less]
    #[arg(long, value_name = "KBPS")]
    bitrate: Option<String>,
    /// Noise that keeps rounding from being distortion [default: the preset's, which is tpdf at 16 and 24 bits]
    #[arg(long, value_name = "KIND")]
    dither: Option<Dither>,
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

/// Which kind of file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Container {
    /// RIFF WAVE
    Wav,
    /// Lossless, and smaller
    Flac,
    /// Small, for listening
    Mp3,
}

impl Container {
    /// What a name ends in.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        <Self as clap::ValueEnum>::from_str(ending, true).ok()
    }
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

/// What is added before samples are rounded.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Dither {
    /// Nothing: samples are only rounded
    None,
    /// White noise, 2 LSB peak to peak
    Tpdf,
    /// Noise where the ear hears least
    Shaped,
}

impl From<Dither> for DitherKind {
    fn from(dither: Dither) -> Self {
        match dither {
            Dither::None => Self::None,
            Dither::Tpdf => Self::Tpdf,
            Dither::Shaped => Self::Shaped,
        }
    }
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
    /// A folder made for the masters, to be taken away again if none came into it.
    made_folder: Option<PathBuf>,
}

/// What is written, from the options and from what the output is called.
fn output_format(args: &BounceArgs) -> Result<OutputFormat, Failure> {
    let named = args.output.as_deref().filter(|path| !is_folder(path)).and_then(Container::of);
    let container = match (args.format, named) {
        (Some(format), Some(named)) if format != named => {
            let output = args.output.as_deref().unwrap_or(Path::new("")).display();
            let expected = "expected a name that ends like the format";
            return Err(Failure::Usage(format!("--format and {output} contradict one another: {expected}")));
        }
        (format, named) => format.or(named).unwrap_or(Container::Wav),
    };
    let is_mp3 = container == Container::Mp3;
    if args.bits.is_some() && is_mp3 {
        return Err(Failure::Usage("--bits: an MP3 has none: expected --bitrate, or WAV or FLAC".to_owned()));
    }
    if args.bitrate.is_some() && !is_mp3 {
        let expected = "expected a name that ends in .mp3, or --format mp3";
        return Err(Failure::Usage(format!("--bitrate: only an MP3 has one: {expected}")));
    }
    let bits = args.bits.unwrap_or(Bits::Int24).into();
    let format = match container {
        Container::Wav => OutputFormat::Wav(bits),
        Container::Flac => OutputFormat::Flac(bits),
        Container::Mp3 => {
            let text = args.bitrate.as_deref().unwrap_or("highest");
            OutputFormat::Mp3(Mp3Quality::from_text(text).ok_or_else(|| {
                let expected = "expected 128, 160, 192, 224, 256, 320, V0, V1 or V2";
                Failure::Usage(format!("--bitrate {text}: {expected}"))
            })?)
        }
    };
    // What no rate and no number of channels could mend is said before any work.
    format.check(48_000, 2).map_err(Failure::Usage)?;
    Ok(format)
}

fn run(args: &BounceArgs) -> Result<(), Failure> {
    listen_for_ctrl_c();
    let format = output_format(args)?;
    let (preset, kept) = chosen_preset(args, format)?;
    let plan = if args.files.is_empty() { plan_demo(args, format)? } else { plan_files(args, format)? };
    let order = Order {
        preset,
        assist: args.assist.then_some(Assist { kept }),
        dither: args.dither.map(Into::into),
        best_effort: args.best_effort,
        dual_mono: args.dual_mono,
    };
    let mut results: Vec<Value> = Vec::new();
    let mut outcome = Ok(());
    for (input, output) in plan.inputs.iter().zip(&plan.outputs) {
        let job = Job {
            input: input.clone(),
            output: output.clone(),
            order: order.clone(),
            format,
            overwrite: plan.overwrite,
        };
        match Bar::new(&input.display().to_string()).run(|progress| master(&job, progress)) {
            Ok(report) => {
                results.push(json!(report));
                let report_path = plan.report.then(|| write_report(&report, plan.overwrite)).transpose();
                let report_path = report_path.unwrap_or_else(|error| {
                    complain(error);
                    outcome = Err(Failure::Told);
                    None
                });
                tell(args, &report, report_path.as_deref())?;
            }
            Err(MasterError::Cancelled(_)) => {
                outcome = Err(Failure::Cancelled);
                break;
            }
            Err(error) => {
                let is_near = matches!(error, MasterError::NotReached(_));
                let hint = if is_near { " (--best-effort writes the closest)" } else { "" };
                complain(format!("{error}{hint}"));
                outcome = Err(Failure::Told);
                results.push(failed(input, &error));
            }
        }
    }
    if let Some(folder) = plan.made_folder {
        // Only an empty folder can be removed.
        let _ = std::fs::remove_dir(folder);
    }
    if args.json {
        say(format!("{:#}", Value::Array(results)))?;
    }
    outcome
}

/// The preset with what the command line says instead, and the ids of what it sets.
fn chosen_preset(args: &BounceArgs, format: OutputFormat) -> Result<(Preset, Vec<&'static str>), Failure> {
    let mut kept = Vec::new();
    let mut preset = Library::user().load(&args.preset).map_err(Failure::usage)?;
    for assignment in &args.set {
        let Some((id, text)) = assignment.split_once('=') else {
            return Err(Failure::Usage(format!("--set {assignment}: expected ID=VALUE")));
        };
        let id = id.trim();
        let param = parameter_named(id).map_err(|error| Failure::Usage(format!("--set: {error}")))?;
        let value = param.from_text(text).map_err(|error| Failure::Usage(format!("--set: {error}")))?;
        param.set(&mut preset.settings, value).map_err(Failure::usage)?;
        kept.push(param.id);
    }
    if let Some(text) = &args.ceiling {
        preset.settings.limiter.ceiling_dbtp = target("--ceiling", text, CEILING_DBTP, "dBTP")?;
    }
    if let Some(text) = &args.lufs {
        preset.bounce.output_lufs = Some(target("--lufs", text, OUTPUT_LUFS, "LUFS")?);
    }
    check_preset(&preset).map_err(Failure::usage)?;
    dither_for(&preset.settings, format.dither_bits(), args.dither.map(Into::into))
        .map_err(Failure::usage)?;
    Ok((preset, kept))
}

/// A number with or without its unit, in its range.
fn target(option: &str, text: &str, range: RangeInclusive<f64>, unit: &str) -> Result<f64, Failure> {
    let digits = text.trim().trim_end_matches(unit).trim_end();
    let number = digits.parse().ok().filter(|number| range.contains(number));
    let (min, max) = (range.start(), range.end());
    number.ok_or_else(|| Failure::Usage(format!("{option} {text}: expected {min} to {max} {unit}")))
}

fn plan_files(args: &BounceArgs, format: OutputFormat) -> Result<Plan, Failure> {
    let is_single = args.files.len() == 1;
    let mut made_folder = None;
    let destination = match &args.output {
        None => Destination::BesideInput { extension: format.extension() },
        Some(path) if is_folder(path) || !(is_single || is_audio(path)) => {
            made_folder = make_folder(path)?;
            Destination::Folder { folder: path.clone(), extension: format.extension() }
        }
        Some(path) if is_audio(path) && is_single => Destination::File(path.clone()),
        Some(path) => {
            let endings = "a name that ends in .wav, .flac or .mp3";
            let expected = if is_single { endings } else { "a folder for several masters" };
            return Err(Failure::Usage(format!("{}: expected {expected}", path.display())));
        }
    };
    let outputs = plan_outputs(&args.files, &destination, args.force).map_err(|error| match error {
        FileError::OutputIsInput { .. } | FileError::OutputsCollide { .. } => Failure::usage(error),
        FileError::OutputExists { path } => already_there(&path),
        error => Failure::not_done(error),
    })?;
    let reports = outputs.iter().map(|output| report_path(output));
    if let Some(path) = reports.filter(|path| path.exists()).find(|_| args.report && !args.force) {
        return Err(already_there(&path));
    }
    let (overwrite, report) = (args.force, args.report);
    Ok(Plan { inputs: args.files.clone(), outputs, overwrite, report, made_folder })
}

fn already_there(path: &Path) -> Failure {
    Failure::NotDone(format!("{}: is there already: --force replaces it", path.display()))
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

fn is_audio(path: &Path) -> bool {
    Container::of(path).is_some()
}

/// Makes a folder unless it is there, and returns it if it was made.
fn make_folder(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let was_there = path.is_dir();
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::NotDone(format!("{}: cannot be made a folder: {}", path.display(), error.kind()))
    })?;
    Ok((!was_there).then(|| path.to_owned()))
}

/// Writes the demo piece as an unmastered mix, which then is mastered like any file.
fn plan_demo(args: &BounceArgs, format: OutputFormat) -> Result<Plan, Failure> {
    let wanted = args.output.clone().unwrap_or_else(|| PathBuf::from(DEMO_FOLDER));
    // The default folder is ours, so that the command can be repeated; another is the user's.
    let overwrite = args.force || args.output.is_none();
    let (folder, output) = if is_audio(&wanted) && !wanted.is_dir() {
        (folder_of(&wanted).to_owned(), wanted)
    } else {
        (wanted.clone(), wanted.join(format!("demo.mastered.{}", format.extension())))
    };
    let mix = folder.join("demo.wav");
    if output.file_name() == mix.file_name() {
        let mix = mix.display();
        return Err(Failure::Usage(format!(
            "{mix}: is where the unmastered demo goes: expected another name"
        )));
    }
    let made_folder = make_folder(&folder)?;
    let write = |progress: &Progress<'_>| -> Result<(), MasterError> {
        progress.report("composing", 0, None)?;
        let [left, right] = demo::render();
        let format = OutputFormat::Wav(SampleFormat::Int24);
        let mut writer = AudioWriter::create(&mix, format, demo::SAMPLE_RATE_HZ, 2)?;
        writer.write(&[&left, &right])?;
        progress.report("composing", 1, Some(1))?;
        writer.finish()?.publish(overwrite)?;
        Ok(())
    };
    Bar::new("demo piece").run(write).map_err(|error| match error {
        MasterError::Cancelled(_) => Failure::Cancelled,
        MasterError::File(FileError::OutputExists { path }) => already_there(&path),
        error => Failure::not_done(error),
    })?;
    Ok(Plan { inputs: vec![mix], outputs: vec![output], overwrite, report: true, made_folder })
}

fn report_path(master: &Path) -> PathBuf {
    master.with_extension("report.json")
}

/// Writes the report beside its master and returns where.
fn write_report(report: &Report, overwrite: bool) -> Result<PathBuf, Failure> {
    let path = report_path(&report.output.path);
    let unwritable = |error: &io::Error| Failure::not_done(FileError::unwritable(&path, error));
    let mut temp = create_temp(&path).map_err(Failure::not_done)?;
    serde_json::to_writer_pretty(&mut temp, report).map_err(|error| unwritable(&error.into()))?;
    writeln!(temp).map_err(|error| unwritable(&error))?;
    let placed = if overwrite { temp.persist(&path) } else { temp.persist_noclobber(&path) };
    placed.map_err(|error| unwritable(&error.error))?;
    Ok(path)
}

fn tell(args: &BounceArgs, report: &Report, report_path: Option<&Path>) -> Result<(), Failure> {
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
    if report.work.deepest_limiter_reduction_db > HARD_LIMITING_DB {
        let reduction_db = report.work.deepest_limiter_reduction_db;
        complain(format!(
            "{input}: {reduction_db:.1} dB of limiting is a lot: a lower --lufs keeps more of the sound"
        ));
    }
    if args.json {
        return Ok(());
    }
    say(table::bounce(report))?;
    if args.assist {
        say(table::advice(report.assistant.as_ref()))?;
    }
    say(format!(" Master: {}", table::shown(&report.output.path)))?;
    report_path.map_or(Ok(()), |path| say(format!(" Report: {}", table::shown(path))))
}

/// What a program is told of a file that has no master: why, and what could have been reached.
fn failed(input: &Path, error: &MasterError) -> Value {
    let mut value = match error {
        MasterError::NotReached(report) => json!({ "closest": report }),
        _ => json!({}),
    };
    value["input"] = json!({ "path": input.display().to_string() });
    value["error"] = json!(error.to_string());
    value
}
