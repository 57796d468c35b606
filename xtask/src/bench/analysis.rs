//! `cargo xtask bench analysis`: mel spectrograms of 30 s at 16 kHz and loudness meters, ours and the peers', in one go on one core.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use cpu_time::ThreadTime;
use lacquer_dsp::analysis::mel::{MelDefinition, MelSpectrogram, MelStream, StreamTop};
use lacquer_dsp::simd::{self, Widest};
use lacquer_offline::demo;
use serde_json::{Map, Value};

use super::bars::{self, Judged};
use super::{document, loudness};
use crate::process::{cargo, program};
use crate::python;

/// Thirty seconds at 16 kHz.
const NUM_SAMPLES: usize = 480_000;

/// What Whisper's 80 bands may cost, and as a share of the fastest peer.
const MOST_MS: f64 = 1.5;
const MOST_RATIO: f64 = 0.6;

/// A run of the loudness meters takes longer than one of the mel spectrograms, so there are fewer.
const LOUDNESS_SHARE: usize = 4;

/// What every other figure of the first table is compared with.
const OURS: &str = "lacquer, Whisper 80";

/// Single-threaded, however many cores there are.
const ONE_THREAD: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"];

/// How it is measured.
#[derive(Args)]
pub struct AnalysisArgs {
    /// Runs of each; the fastest counts, because everything else on the machine only adds
    #[arg(long, default_value_t = 20)]
    runs: usize,
    /// Only our own figures, without Python and without the peers
    #[arg(long)]
    ours: bool,
}

/// A subject and its milliseconds.
type Rows = Vec<(String, f64)>;

/// Measures, prints, and writes its part of docs/performance.md.
///
/// # Errors
/// When a peer cannot be run.
#[expect(clippy::print_stdout, reason = "the figures are what the command is for")]
pub fn run(args: &AnalysisArgs) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no folder around it")?;
    let samples = music();
    let ours = ours(&samples, args.runs)?;
    if args.ours {
        println!("{}", table(&ours, None));
        return Ok(());
    }
    let python = interpreter(root)?;
    let peers = peers(root, &python, &samples, args.runs)?;
    let (ours_ms, whisper_ms) = (find(&ours, OURS)?, peers.iter().filter(|(name, _)| is_like_whisper(name)));
    let fastest = whisper_ms.min_by(|a, b| a.1.total_cmp(&b.1)).context("no peer was measured")?;
    let all: Rows = ours.iter().chain(&peers).cloned().collect();
    let (share, mel_table) = (ours_ms / fastest.1, table(&all, Some(ours_ms)));
    println!("{mel_table}");
    let loudness = loudness::measure(root, &python, args.runs.div_ceil(LOUDNESS_SHARE))?;
    let mut judged = vec![
        Judged::new(
            "Whisper 80 bands, 30 s",
            &format!("at most {MOST_MS} ms"),
            format!("{ours_ms:.2} ms"),
            ours_ms <= MOST_MS,
        ),
        Judged::new(
            &format!("share of the fastest peer ({})", fastest.0),
            &format!("at most {MOST_RATIO}"),
            format!("{share:.2}"),
            share <= MOST_RATIO,
        ),
    ];
    judged.extend(loudness.bars);
    let bars = bars::table(&judged);
    println!("{}\n{}\n{bars}", loudness.speed, loudness.peaks);
    let part = document::analysis([&bars, &mel_table, &loudness.speed, &loudness.peaks]);
    document::write_part(&root.join("docs/performance.md"), document::Part::Analysis, &part)
}

/// Those that do what Whisper's 80 bands need.
fn is_like_whisper(name: &str) -> bool {
    !matches!(name, "kaldi-native-fbank" | "librosa defaults")
}

fn find(rows: &Rows, wanted: &str) -> anyhow::Result<f64> {
    let row = rows.iter().find(|(name, _)| name == wanted);
    row.map(|(_, ms)| *ms).with_context(|| format!("{wanted} was not measured"))
}

fn table(rows: &Rows, reference_ms: Option<f64>) -> String {
    let mut text =
        String::from("| 30 s at 16 kHz, one core | ms | times real time | times ours |\n|---|---|---|---|\n");
    for (name, ms) in rows {
        let ratio = reference_ms
            .filter(|_| name == OURS || (!name.starts_with("lacquer") && is_like_whisper(name)))
            .map_or_else(String::new, |reference_ms| format!("{:.1}", ms / reference_ms));
        let speed = 30_000.0 / ms;
        let _ = writeln!(text, "| {name} | {ms:.2} | {speed:.0} | {ratio} |");
    }
    text
}

/// The demo piece, one channel: what its samples are called makes no difference to the work.
fn music() -> Vec<f32> {
    let [left, _] = demo::render();
    left.into_iter().take(NUM_SAMPLES).collect()
}

fn ours(samples: &[f32], num_runs: usize) -> anyhow::Result<Rows> {
    let mut rows = Rows::new();
    for (name, definition) in [
        (OURS, MelDefinition::whisper(80)),
        ("lacquer, Whisper 128", MelDefinition::whisper(128)),
        ("lacquer, Kaldi 80", MelDefinition::kaldi()),
        ("lacquer, librosa 128", MelDefinition::librosa()),
    ] {
        rows.push((name.into(), clip_ms(&definition, samples, num_runs)?));
    }
    for (name, widest) in [("AVX2", Widest::Avx2), ("SSE2 or NEON", Widest::Baseline)] {
        simd::limit(widest);
        let ms = clip_ms(&MelDefinition::whisper(80), samples, num_runs)?;
        rows.push((format!("lacquer, Whisper 80, at most {name}"), ms));
    }
    simd::limit(Widest::Any);
    let mut stream = MelStream::new(&MelDefinition::whisper(80), StreamTop::Running)?;
    let ms = fastest_ms(num_runs, || {
        for block in samples.chunks(512) {
            stream.process(block, |_| ());
        }
        stream.finish(|_| ());
    });
    rows.push(("lacquer, Whisper 80, as a stream in blocks of 512".into(), ms));
    Ok(rows)
}

fn clip_ms(definition: &MelDefinition, samples: &[f32], num_runs: usize) -> anyhow::Result<f64> {
    let mut mel = MelSpectrogram::new(definition)?;
    let mut values = vec![0.0; definition.num_bands * definition.num_frames(samples.len())];
    Ok(fastest_ms(num_runs, || mel.process(samples, &mut values)))
}

fn fastest_ms(num_runs: usize, mut work: impl FnMut()) -> f64 {
    let run = |_| {
        let start = ThreadTime::now();
        work();
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..num_runs).map(run).fold(f64::INFINITY, f64::min)
}

/// The tests' Python.
fn interpreter(root: &Path) -> anyhow::Result<PathBuf> {
    if let Some(interpreter) = std::env::var_os(python::VARIABLE) {
        return Ok(PathBuf::from(interpreter));
    }
    python::prepare(root)?;
    Ok(python::interpreter(root))
}

/// Runs the peers: the Python ones in the tests' environment, and the crate that has a package of its own.
fn peers(root: &Path, python: &Path, samples: &[f32], num_runs: usize) -> anyhow::Result<Rows> {
    let folder = root.join("xtask/peers");
    let file = write_samples(root, samples)?;
    let (file, num_runs) = (text(&file)?, num_runs.to_string());
    let mut script = program(python, &["-B", text(&folder.join("mel.py"))?, file, &num_runs]);
    for variable in ONE_THREAD {
        script = script.env(variable, "1");
    }
    let manifest = folder.join("mel-spec/Cargo.toml");
    let args = ["run", "--quiet", "--release", "--locked", "--manifest-path", text(&manifest)?, "--", file];
    let crate_peer = cargo(root, &[&args[..], &[&num_runs]].concat());
    let crate_peer = crate_peer.env("CARGO_TARGET_DIR", root.join("target/peers"));
    let mut rows = Rows::new();
    for (name, printed) in [("xtask/peers/mel.py", script.output()), ("mel_spec", crate_peer.output())] {
        let figures: Map<String, Value> = serde_json::from_str(&printed)
            .with_context(|| format!("{name} could not be run; it printed: {printed}"))?;
        rows.extend(figures.into_iter().filter_map(|(name, ms)| Some((name, ms.as_f64()?))));
    }
    Ok(rows)
}

fn write_samples(root: &Path, samples: &[f32]) -> anyhow::Result<PathBuf> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let path = root.join("target/bench-samples.f32");
    std::fs::create_dir_all(root.join("target"))?;
    std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
    Ok(path)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the workspace's path is not UTF-8")
}
