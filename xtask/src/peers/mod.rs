//! Other projects' plugins, run as a host would run them: what they cost, and what comes out.
//!
//! The host is `xtask/peers/lv2_run.c`, compiled when it is first asked for, so that building `cargo xtask` takes no
//! library of the system's. [`catalogue`] says which plugins there are and how they are set.

pub mod catalogue;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::packages::{self, Package};
use crate::process::program;
use crate::render::Rendered;

/// One plugin with its settings.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    pub uri: &'static str,
    /// `PORT=VALUE`, separated by spaces. What is not named keeps the default of the plugin.
    pub ports: &'static str,
    /// What switches graphs and analysers off, as far as there are ports for it.
    pub graphs_off: &'static str,
}

/// One plugin or several in series.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub name: &'static str,
    pub package: Package,
    pub stages: &'static [Stage],
}

impl Peer {
    /// Whether any of its graphs can be switched off.
    pub fn has_graphs(&self) -> bool {
        self.stages.iter().any(|stage| !stage.graphs_off.is_empty())
    }

    /// What `lv2_run` is to load, with plus signs between plugins.
    fn args(&self, graphs: Graphs) -> Vec<&'static str> {
        let stages = self.stages.iter().map(|stage| {
            let graphs_off = if graphs == Graphs::Off { stage.graphs_off } else { "" };
            let ports = stage.ports.split_whitespace().chain(graphs_off.split_whitespace());
            std::iter::once(stage.uri).chain(ports).collect()
        });
        stages.collect::<Vec<Vec<_>>>().join(&"+")
    }
}

/// Whether a plugin draws what nobody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graphs {
    AsLoaded,
    Off,
}

/// What a peer is run on.
pub struct Piece<'a> {
    pub audio: &'a [Vec<f32>; 2],
    pub rate_hz: u32,
    pub block_len: usize,
}

/// Processor time, in milliseconds per second of audio.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Of all threads, on the piece.
    pub music_ms: f64,
    /// Of all threads, on silence after the piece.
    pub silence_ms: f64,
    /// What the plugin's own threads add to that of the thread that calls it, on the piece.
    pub other_threads_ms: f64,
}

/// How `lv2_run` is run.
struct Mode<'a> {
    graphs: Graphs,
    num_repeats: usize,
    /// How much silence follows the piece.
    tail_len: u32,
    /// Where the output goes, "-" for nowhere.
    output: &'a str,
}

/// What `lv2_run` prints.
#[derive(Debug, Deserialize)]
struct Answer {
    latency_frames: usize,
    music_thread_s: f64,
    music_process_s: f64,
    tail_process_s: f64,
}

/// The program that plays plugins, compiled.
pub struct Host {
    program: PathBuf,
    input: PathBuf,
    output: PathBuf,
}

impl Host {
    /// Installs what it is made of, and compiles it.
    ///
    /// # Errors
    /// When there is no compiler or no lilv, and they cannot be installed.
    pub fn build(root: &Path) -> anyhow::Result<Self> {
        packages::install(&packages::FOR_LV2)?;
        let folder = root.join("target/peers");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let file = |name: &str| folder.join(name);
        let host = Self { program: file("lv2_run"), input: file("input.raw"), output: file("output.raw") };
        let flags = program("pkg-config", &["--cflags", "--libs", "lilv-0"]).answer()?;
        let source = root.join("xtask/peers/lv2_run.c");
        let (source, binary) = (text(&source)?, text(&host.program)?);
        let args = ["-std=c11", "-O2", "-o", binary, source];
        let args: Vec<&str> = args.into_iter().chain(flags.split_whitespace()).collect();
        program("cc", &args).answer()?;
        Ok(host)
    }

    /// The fastest of several runs over a piece that is followed by silence.
    ///
    /// # Errors
    /// When the plugin is not there or cannot be loaded.
    pub fn cost(
        &self,
        peer: &Peer,
        graphs: Graphs,
        piece: &Piece<'_>,
        silence_s: u32,
    ) -> anyhow::Result<Cost> {
        let mode = Mode { graphs, num_repeats: 5, tail_len: silence_s * piece.rate_hz, output: "-" };
        let answer = self.run(peer, piece, &mode)?;
        let piece_s = piece.audio[0].len() as f64 / f64::from(piece.rate_hz);
        Ok(Cost {
            music_ms: 1000.0 * answer.music_process_s / piece_s,
            silence_ms: 1000.0 * answer.tail_process_s / f64::from(silence_s),
            other_threads_ms: 1000.0 * (answer.music_process_s - answer.music_thread_s) / piece_s,
        })
    }

    /// What the plugin makes of a piece.
    ///
    /// Silence of a quarter of a second follows the piece, so that nothing of it stays in the plugin.
    ///
    /// # Errors
    /// When the plugin is not there or cannot be loaded.
    pub fn render(&self, peer: &Peer, piece: &Piece<'_>) -> anyhow::Result<Rendered> {
        let output = text(&self.output)?;
        let graphs = Graphs::AsLoaded;
        let answer =
            self.run(peer, piece, &Mode { graphs, num_repeats: 1, tail_len: piece.rate_hz / 4, output })?;
        let samples = from_bytes(&fs::read(&self.output).with_context(|| self.output.display().to_string())?);
        let (left, right) = samples.split_at(samples.len() / 2);
        Ok(Rendered { audio: [left.to_vec(), right.to_vec()], latency_samples: answer.latency_frames })
    }

    fn run(&self, peer: &Peer, piece: &Piece<'_>, mode: &Mode<'_>) -> anyhow::Result<Answer> {
        packages::install(&[peer.package])?;
        fs::write(&self.input, to_bytes(piece.audio)).with_context(|| self.input.display().to_string())?;
        let numbers = [piece.rate_hz as usize, piece.block_len, mode.num_repeats, mode.tail_len as usize];
        let numbers = numbers.map(|number| number.to_string());
        let args = numbers.iter().map(String::as_str).chain([text(&self.input)?, mode.output]);
        let args: Vec<&str> = args.chain(peer.args(mode.graphs)).collect();
        parse(&program(&self.program, &args).answer()?)
    }
}

fn parse(answer: &str) -> anyhow::Result<Answer> {
    // A plugin may print too; the program's own line is the last.
    let line = answer.lines().last().context("lv2_run printed nothing")?;
    let answer: Answer = serde_json::from_str(line).with_context(|| format!("lv2_run printed: {line}"))?;
    ensure!(answer.music_thread_s >= 0.0, "lv2_run measured nothing");
    Ok(answer)
}

/// A stereo piece as raw floats: all of the left channel, then all of the right.
pub fn to_bytes(audio: &[Vec<f32>; 2]) -> Vec<u8> {
    audio.iter().flatten().flat_map(|sample| sample.to_ne_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|sample| f32::from_ne_bytes(*sample)).collect()
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the workspace's path is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Sign;

    const PEER: Peer = Peer {
        name: "two in series",
        package: ("none", Sign::Program("none")),
        stages: &[
            Stage { uri: "urn:a", ports: "x=1 y=2", graphs_off: "pause=1" },
            Stage { uri: "urn:b", ports: "", graphs_off: "" },
        ],
    };

    #[test]
    fn plugins_in_series_stand_apart_and_graphs_go_off_when_asked() {
        assert_eq!(PEER.args(Graphs::AsLoaded), ["urn:a", "x=1", "y=2", "+", "urn:b"]);
        assert_eq!(PEER.args(Graphs::Off), ["urn:a", "x=1", "y=2", "pause=1", "+", "urn:b"]);
    }

    #[test]
    fn the_last_line_counts_and_must_be_whole() {
        let line = r#"{"latency_frames": 240, "music_thread_s": 0.5, "music_process_s": 0.75, "tail_thread_s": 1, "tail_process_s": 2}"#;
        let answer = parse(&format!("a plugin says hello\n{line}\n")).unwrap();
        assert_eq!((answer.latency_frames, answer.music_process_s), (240, 0.75));
        assert!(parse("").is_err());
        assert!(parse(r#"{"latency_frames": 240}"#).is_err());
        assert!(parse(&line.replace("0.5", "-1")).is_err(), "nothing was measured");
    }

    #[test]
    fn a_piece_survives_its_way_through_bytes() {
        let samples = from_bytes(&to_bytes(&[vec![0.5, -1.0], vec![f32::MIN_POSITIVE, 3.0]]));
        assert_eq!(samples, [0.5, -1.0, f32::MIN_POSITIVE, 3.0]);
    }
}
