//! Loudness meters in `cargo xtask bench analysis`: what ours, the `ebur128` crate and libebur128 cost on the same music on one
//! core, and how near to the truth they read the peaks of clipped chirps.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use ebur128::{EbuR128, Mode};
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter};
use lacquer_dsp::units::gain_to_db;
use lacquer_offline::demo;
use serde::Deserialize;

use super::bars::Judged;
use crate::packages::{self, FOR_TESTS};
use crate::peers::to_bytes;
use crate::process::program;
use crate::signals;
use crate::table::markdown;

const RATE_HZ: u32 = 48_000;
const BLOCK_LEN: usize = 4096;

/// How often each piece is heard in a run.
const NUM_ROUNDS: usize = 2;

/// What the figures are meant to be.
const LEAST_SPEED: f64 = 3000.0;
const LEAST_OVER_CRATE: f64 = 4.0;
const LEAST_OVER_LIBRARY: f64 = 10.0;
const MOST_OFF_DB: f64 = 0.1;

type Stereo = [Vec<f32>; 2];

/// What `loudness.py` prints.
#[derive(Debug, Deserialize)]
struct Answer {
    /// Of each piece: integrated, with the range, with the true peak.
    ms: Vec<[f64; 3]>,
    /// Of each chirp: NumPy's, libebur128's, ffmpeg's.
    peaks: Vec<[f64; 3]>,
}

/// The tables and the bars.
pub struct Loudness {
    pub speed: String,
    pub peaks: String,
    pub bars: Vec<Judged>,
}

/// Measures everybody, the fastest of `num_runs`.
///
/// # Errors
/// When a peer or the song cannot be had.
pub fn measure(root: &Path, python: &Path, num_runs: usize) -> anyhow::Result<Loudness> {
    packages::install(&FOR_TESTS)?;
    let music = music()?;
    let chirps: Vec<_> =
        [3.0, 6.0, 12.0, 24.0].map(|drive_db| (format!("+{drive_db} dB"), chirp(drive_db))).into();
    let answer = library(root, python, num_runs, &[&music, &chirps])?;
    let (mut rows, mut slowest, mut ratios) = (Vec::new(), f64::INFINITY, [f64::INFINITY; 2]);
    for ((name, audio), library_ms) in music.iter().zip(&answer.ms) {
        let ours_ms = fastest_ms(audio, num_runs, ours)?;
        let crate_ms = [Mode::I, Mode::I | Mode::LRA, Mode::I | Mode::LRA | Mode::TRUE_PEAK]
            .map(|mode| fastest_ms(audio, num_runs, |audio| the_crate(audio, mode)));
        let [a, b, c] = crate_ms;
        let crate_ms = [a?, b?, c?];
        slowest = slowest.min(1000.0 / ours_ms);
        ratios = [ratios[0].min(crate_ms[2] / ours_ms), ratios[1].min(library_ms[2] / ours_ms)];
        let whose = [
            ("lacquer, all readings", [ours_ms; 3]),
            ("ebur128 crate", crate_ms),
            ("libebur128", *library_ms),
        ];
        rows.extend(whose.map(|(whose, ms)| {
            let speeds = ms.map(|ms| format!("{:.0}", 1000.0 / ms));
            let ratio = format!("{:.1}", ms[2] / ours_ms);
            [format!("{name}: {whose}")].into_iter().chain(speeds).chain([ratio]).collect::<Vec<_>>()
        }));
    }
    let header = ["times real time", "integrated", "+ range", "+ true peak", "times ours"];
    let (peaks, most_off_db) = peaks(&chirps, &answer)?;
    let at_least = |what: &str, figure: f64, least: f64, decimals: usize| {
        Judged::new(what, &format!("at least {least}"), format!("{figure:.decimals$}"), figure >= least)
    };
    let bars = vec![
        at_least("integrated + range + both true peaks, times real time", slowest, LEAST_SPEED, 0),
        at_least("times the ebur128 crate", ratios[0], LEAST_OVER_CRATE, 2),
        at_least("times libebur128", ratios[1], LEAST_OVER_LIBRARY, 2),
        Judged::new(
            "inter-sample peak of clipped chirps, dB from the FFT",
            &format!("at most {MOST_OFF_DB}"),
            format!("{most_off_db:.3}"),
            most_off_db <= MOST_OFF_DB,
        ),
    ];
    Ok(Loudness { speed: markdown(&header, &rows), peaks, bars })
}

/// A row for each chirp, and how far our closer reading is from the truth at worst.
fn peaks(chirps: &[(String, Stereo)], answer: &Answer) -> anyhow::Result<(String, f64)> {
    let (mut rows, mut most_off_db) = (Vec::new(), 0.0_f64);
    for ((name, audio), [truth, library, ffmpeg]) in chirps.iter().zip(&answer.peaks) {
        let [closer, standard] = ours(audio)?;
        let theirs = the_crate(audio, Mode::TRUE_PEAK)?;
        most_off_db = most_off_db.max((closer - truth).abs());
        let figures = [*truth, closer, standard, theirs, *library, *ffmpeg];
        rows.push([name.clone()].into_iter().chain(figures.map(|dbtp| format!("{dbtp:.2}"))).collect());
    }
    let header = [
        "driven by",
        "FFT 32x",
        "lacquer, inter-sample",
        "lacquer, BS.1770's 4x",
        "ebur128 crate",
        "libebur128",
        "ffmpeg",
    ];
    Ok((markdown(&header, &rows), most_off_db))
}

/// The demo piece, and a song whose samples are called 48 kHz, which makes no difference to the work.
fn music() -> anyhow::Result<Vec<(String, Stereo)>> {
    let again = |audio: Stereo| audio.map(|channel| channel.repeat(NUM_ROUNDS));
    let (song, _) = signals::song("introzik")?;
    Ok(vec![("demo piece".to_owned(), again(demo::render())), ("song".to_owned(), again(song))])
}

fn chirp(drive_db: f64) -> Stereo {
    let chirp = signals::clipped_chirp(drive_db, 0.0, 4.0, RATE_HZ);
    [chirp.clone(), chirp]
}

/// Milliseconds of this thread's time per second of audio.
fn fastest_ms<T>(
    audio: &Stereo,
    num_runs: usize,
    measure: impl Fn(&Stereo) -> anyhow::Result<T>,
) -> anyhow::Result<f64> {
    let mut fastest_s = f64::INFINITY;
    for _ in 0..num_runs {
        let start = ThreadTime::now();
        black_box(measure(audio)?);
        fastest_s = fastest_s.min(start.elapsed().as_secs_f64());
    }
    Ok(1000.0 * fastest_s / (audio[0].len() as f64 / f64::from(RATE_HZ)))
}

fn blocks(audio: &Stereo) -> impl Iterator<Item = [&[f32]; 2]> {
    audio[0].chunks(BLOCK_LEN).zip(audio[1].chunks(BLOCK_LEN)).map(|(left, right)| [left, right])
}

/// Our inter-sample peak and the standard's true peak, with everything else that the meter reads.
fn ours(audio: &Stereo) -> anyhow::Result<[f64; 2]> {
    let mut meter = LoudnessMeter::new();
    meter.prepare(f64::from(RATE_HZ), &ChannelRole::STEREO)?;
    for block in blocks(audio) {
        meter.process(&block);
    }
    meter.finish();
    let reading = meter.reading();
    let peak = |dbtp: Option<lacquer_dsp::meter::Dbtp>| dbtp.map(|peak| peak.0).context("a peak");
    ensure!(reading.integrated_lufs.is_some() && reading.range_lu.is_some(), "the music is not silent");
    Ok([peak(reading.intersample_peak_dbtp)?, peak(reading.true_peak_dbtp)?])
}

/// The crate's true peak, if it is asked for one, after everything else that it is asked for.
fn the_crate(audio: &Stereo, mode: Mode) -> anyhow::Result<f64> {
    let mut meter = EbuR128::new(2, RATE_HZ, mode)?;
    for block in blocks(audio) {
        meter.add_frames_planar_f32(&block)?;
    }
    if mode.contains(Mode::I) {
        black_box(meter.loudness_global()?);
    }
    if mode.contains(Mode::LRA) {
        black_box(meter.loudness_range()?);
    }
    if !mode.contains(Mode::TRUE_PEAK) {
        return Ok(f64::NEG_INFINITY);
    }
    Ok(gain_to_db(meter.true_peak(0)?.max(meter.true_peak(1)?)))
}

/// libebur128 through ctypes, ffmpeg, and NumPy's truth.
fn library(
    root: &Path,
    python: &Path,
    num_runs: usize,
    [music, chirps]: &[&[(String, Stereo)]; 2],
) -> anyhow::Result<Answer> {
    let folder = root.join("target/peers/loudness");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let write = |kind: &str, pieces: &[(String, Stereo)]| -> anyhow::Result<String> {
        let mut paths = Vec::new();
        for (idx, (_, audio)) in pieces.iter().enumerate() {
            let path = folder.join(format!("{kind}-{idx}.raw"));
            fs::write(&path, to_bytes(audio)).with_context(|| path.display().to_string())?;
            paths.push(path.to_str().context("the workspace's path is not UTF-8")?.to_owned());
        }
        Ok(paths.join(","))
    };
    let script = root.join("xtask/peers/loudness.py");
    let script = script.to_str().context("the workspace's path is not UTF-8")?;
    let args = [num_runs.to_string(), write("music", music)?, write("chirp", chirps)?];
    let [num_runs, music, chirps] = args.each_ref().map(String::as_str);
    let answer = program(python, &["-B", script, num_runs, music, chirps]);
    let answer = answer.env("PYTHONPATH", root.join("tests/python")).env("OMP_NUM_THREADS", "1").answer()?;
    let answer: Answer = serde_json::from_str(&answer).context("loudness.py's answer")?;
    ensure!(answer.ms.len() == 2, "a line for each piece");
    Ok(answer)
}
