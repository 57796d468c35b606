//! The real binary on real audio servers, which the tests start for themselves.
//!
//! The machine may be shared: what its scheduler takes away is told apart from what we lose. What we promise holds either way:
//! the recording of the output is the bounce of the recording of the input, bit for bit.

mod jack;
mod jack_client;
mod latency;
pub(super) mod pulse;

use crate::cli::lacquer;
use crate::hosts::parity::rendered;
use lacquer_offline::decode::AudioReader;
use lacquer_presets::factory;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(super) const RATE_HZ: u32 = 48_000;

/// How long a server or a stream may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that ends with its owner.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().unwrap_or_else(|e| panic!("`{name}` cannot be started: {e}"));
        Self(child)
    }

    /// The first line of what it prints.
    pub(super) fn first_line(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub(super) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end, which must come.
    pub(super) fn wait(&mut self) -> std::process::ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            let args =
                || std::fs::read_to_string(format!("/proc/{}/cmdline", self.0.id())).unwrap_or_default();
            assert!(begin.elapsed() < 3 * PATIENCE, "a process does not end: {}", args().replace('\0', " "));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to end, and waits for a while.
    pub(super) fn end(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        self.signal("-TERM");
        let begin = Instant::now();
        while self.0.try_wait().is_ok_and(|status| status.is_none()) && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as a crash does.
    pub(super) fn crash(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `lacquer live --headless --json` and what it has said.
pub(super) struct Live {
    process: Process,
    lines: Receiver<Value>,
    /// Every line so far.
    pub(super) said: Vec<Value>,
}

impl Live {
    pub(super) fn start(args: &[&str], environment: &[(&str, &Path)]) -> Self {
        Self::start_in_shell("", args, environment)
    }

    /// The same after some words of a shell's, which it takes the place of.
    pub(super) fn start_in_shell(words: &str, args: &[&str], environment: &[(&str, &Path)]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{words} exec \"$@\""), "sh"]).arg(lacquer());
        command.args(["live", "--headless", "--json"]).args(args).envs(environment.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::start(&mut command);
        let stdout = process.0.stdout.take().unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
                if send.send(value).is_err() {
                    return;
                }
            }
        });
        Self { process, lines, said: Vec::new() }
    }

    /// Waits for a line that is as wanted.
    pub(super) fn wait_for(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            if let Ok(line) = self.lines.recv_timeout(Duration::from_millis(100)) {
                self.said.push(line.clone());
                if is_it(&line) {
                    return line;
                }
            }
            assert!(begin.elapsed() < PATIENCE, "waited for {what} and heard {:#?}", self.said);
        }
    }

    pub(super) fn wait_for_notice(&mut self, words: &str) {
        self.wait_for(words, |line| line["notice"]["text"].as_str().is_some_and(|text| text.contains(words)));
    }

    /// The next line of figures of audio that runs.
    pub(super) fn status(&mut self) -> Value {
        self.wait_for("figures", |line| line["status"]["is_running"] == true)
    }

    /// Asks it to end, and returns the files of its recordings.
    pub(super) fn finish(self) -> Vec<PathBuf> {
        self.process.signal("-INT");
        self.wait_for_the_end()
    }

    /// Waits until it ends by itself, and returns the files of its recordings.
    pub(super) fn wait_for_the_end(mut self) -> Vec<PathBuf> {
        let status = self.exit_status();
        assert_eq!(status, Some(0), "{:#?}", self.said);
        let recorded = |line: &Value| line["recorded"].as_str().map(PathBuf::from);
        self.said.iter().filter_map(recorded).collect()
    }

    /// Waits until it ends by itself, and returns how.
    pub(super) fn exit_status(&mut self) -> Option<i32> {
        let status = self.process.wait();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            self.said.push(line);
        }
        status.code()
    }

    pub(super) fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    pub(super) fn crash(&mut self) {
        self.process.crash();
    }
}

/// An audio file's channels.
pub(super) fn read(path: &Path) -> Vec<Vec<f32>> {
    let mut reader = AudioReader::open(path).unwrap();
    let mut channels = vec![vec![0.0; 200 * RATE_HZ as usize]; reader.info().num_channels];
    let len = reader.read(&mut channels).unwrap();
    channels.iter_mut().for_each(|channel| channel.truncate(len));
    channels
}

/// How many frames of a recorded output differ in a bit from what a bounce makes of the recorded input, after how many that do not.
pub(super) fn num_differing(input: &[Vec<f32>], output: &[Vec<f32>], preset: &str) -> usize {
    let preset = factory().into_iter().find(|candidate| candidate.slug == preset).unwrap();
    let expected = rendered(input, f64::from(RATE_HZ), &preset.settings);
    let latency = quality_latency_samples();
    let len = output[0].len();
    assert!(len > latency + RATE_HZ as usize, "{len} frames were recorded");
    (latency..len)
        .filter(|n| {
            let is_other = |(output, expected): (&Vec<f32>, &Vec<f32>)| {
                output[*n].to_bits() != expected[n - latency].to_bits()
            };
            output.iter().zip(&expected).any(is_other)
        })
        .count()
}

fn quality_latency_samples() -> usize {
    use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
    let mut chain = lacquer_dsp::chain::Chain::new();
    let spec = ProcessSpec {
        sample_rate_hz: f64::from(RATE_HZ),
        max_block_len: 1024,
        num_channels: 2,
        latency_mode: LatencyMode::Quality,
    };
    chain.prepare(&spec).unwrap();
    chain.latency_samples()
}

/// Where a known signal lies in a recording, and how many of its frames are there as they were sent.
pub(super) fn find(signal: &[Vec<f32>], recorded: &[Vec<f32>]) -> Option<(usize, usize)> {
    const HEAD: usize = 256;
    let at = (0..recorded[0].len().checked_sub(HEAD)?)
        .find(|at| recorded[0][*at..at + HEAD] == signal[0][..HEAD])?;
    let same = (0..signal[0].len().min(recorded[0].len() - at))
        .filter(|n| (0..2).all(|c| recorded[c][at + n] == signal[c][*n]))
        .count();
    Some((at, same))
}

/// The share of the machine's time that another one took, since it was started, in ticks.
pub(super) fn steal_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    stat.lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(8))
        .and_then(|word| word.parse().ok())
        .unwrap()
}

/// Some music that begins with sound at once.
pub(super) fn music(seconds: usize) -> Vec<Vec<f32>> {
    let at = 14 * RATE_HZ as usize;
    let piece = lacquer_offline::demo::render();
    piece.into_iter().map(|channel| channel[at..at + seconds * RATE_HZ as usize].to_vec()).collect()
}

pub(super) fn folder() -> TempDir {
    // Sockets' names must be short.
    tempfile::Builder::new().prefix("lq").tempdir_in("/tmp").unwrap()
}
