//! The ways to a reading: the meter itself, `lacquer measure`, the C library, and what plugin and live application run.

use crate::capi::{compiled, source};
use crate::cli::lacquer;
use crate::programs::{arg, run};
use lacquer_dsp::block::Block;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::meter::{ChannelRole, LoudnessMeter, LoudnessReading};
use lacquer_dsp::rig::{Path as RigPath, Rig};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// How audio is metered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `LoudnessMeter`.
    Meter,
    /// `lacquer measure --json` on a file. It tells nothing of the middle of a file.
    CommandLine,
    /// A C program, linked with the library.
    Library,
    /// The rig of plugin and live application, every module bypassed, read as their windows read it. Mono and stereo only.
    Rig,
}

/// What is read. What a way does not tell is `None`; what it has no figure for is not a number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) momentary: Option<f64>,
    pub(super) short_term: Option<f64>,
    pub(super) integrated: Option<f64>,
    pub(super) max_momentary: Option<f64>,
    pub(super) max_short_term: Option<f64>,
    pub(super) range: Option<f64>,
    pub(super) true_peak: Option<f64>,
}

impl From<&LoudnessReading> for Figures {
    fn from(reading: &LoudnessReading) -> Self {
        macro_rules! told {
            ($figure:expr) => {
                Some($figure.map_or(f64::NAN, |figure| figure.0))
            };
        }
        Self {
            momentary: told!(reading.momentary_lufs),
            short_term: told!(reading.short_term_lufs),
            integrated: told!(reading.integrated_lufs),
            max_momentary: told!(reading.max_momentary_lufs),
            max_short_term: told!(reading.max_short_term_lufs),
            range: told!(reading.range_lu),
            true_peak: told!(reading.true_peak_dbtp),
        }
    }
}

/// What was read at every 10 ms, where the way tells it, and at the end.
pub(super) struct Played {
    pub(super) each_10_ms: Vec<Figures>,
    pub(super) end: Figures,
}

/// Plays audio of a rate to a meter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Player {
    pub(super) way: Way,
    pub(super) rate_hz: u32,
}

impl Player {
    /// Plays a signal on both channels, in phase.
    pub(super) fn stereo(self, samples: &[f32]) -> Played {
        self.play(&[samples, samples])
    }

    /// Plays two channels, or the five of surround.
    pub(super) fn play(self, planes: &[&[f32]]) -> Played {
        match self.way {
            Way::Meter => self.through_the_meter(planes),
            Way::CommandLine => self.through_the_command_line(planes),
            Way::Library => self.through_the_library(planes),
            Way::Rig => self.through_the_rig(planes),
        }
    }

    fn step(self) -> usize {
        self.rate_hz as usize / 100
    }

    fn through_the_meter(self, planes: &[&[f32]]) -> Played {
        let roles = if planes.len() == 5 { &ChannelRole::SURROUND_5_0[..] } else { &ChannelRole::STEREO };
        let mut meter = LoudnessMeter::new();
        meter.prepare(f64::from(self.rate_hz), roles).expect("the standard's rates and roles are supported");
        let mut each_10_ms = Vec::new();
        let len = planes[0].len();
        for start in (0..len).step_by(self.step()) {
            let range = start..len.min(start + self.step());
            meter.process(&planes.iter().map(|plane| &plane[range.clone()]).collect::<Vec<_>>());
            each_10_ms.push(Figures::from(&meter.reading()));
        }
        meter.finish();
        Played { each_10_ms, end: Figures::from(&meter.reading()) }
    }

    fn through_the_command_line(self, planes: &[&[f32]]) -> Played {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("signal.wav");
        let format = OutputFormat::Wav(SampleFormat::Float32);
        let mut writer = AudioWriter::create(&path, format, self.rate_hz, planes.len()).unwrap();
        writer.write(planes).unwrap();
        writer.finish().unwrap().publish(false).unwrap();
        let said = run(arg(lacquer()), "lacquer", &["measure", "--json", arg(&path)]);
        let told: Value = serde_json::from_slice(&said).expect("it prints JSON");
        let figures = &told[0]["figures"];
        let figure = |name: &str| Some(figures[name].as_f64().unwrap_or(f64::NAN));
        let end = Figures {
            integrated: figure("integrated_lufs"),
            max_momentary: figure("max_momentary_lufs"),
            max_short_term: figure("max_short_term_lufs"),
            range: figure("range_lu"),
            true_peak: figure("itu_true_peak_dbtp"),
            ..Figures::default()
        };
        Played { each_10_ms: Vec::new(), end }
    }

    fn through_the_library(self, planes: &[&[f32]]) -> Played {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("signal.raw");
        let bytes: Vec<u8> =
            planes.iter().copied().flatten().flat_map(|sample| sample.to_ne_bytes()).collect();
        std::fs::write(&path, bytes).unwrap();
        let args = [&self.rate_hz.to_string(), &planes.len().to_string(), arg(&path)];
        let said = String::from_utf8(run(arg(meter_program()), "gcc", &args)).unwrap();
        let mut lines: Vec<Vec<Option<f64>>> = said.lines().map(numbers).collect();
        let end = lines.pop().expect("the last line has all figures");
        let each_10_ms =
            lines.iter().map(|now| Figures { momentary: now[0], short_term: now[1], ..Figures::default() });
        let [momentary, short_term, integrated, max_momentary, max_short_term, range, true_peak] = end[..]
        else {
            panic!("seven figures, not {end:?}");
        };
        Played {
            each_10_ms: each_10_ms.collect(),
            end: Figures {
                momentary,
                short_term,
                integrated,
                max_momentary,
                max_short_term,
                range,
                true_peak,
            },
        }
    }

    fn through_the_rig(self, planes: &[&[f32]]) -> Played {
        let settings = ChainSettings::default().without(Module::ALL);
        let rate_hz = f64::from(self.rate_hz);
        let (mut rig, mut reader) = Rig::new(rate_hz, self.step(), 2, RigPath::Quality).unwrap();
        rig.follow_meters(0, true);
        let late = rig.latency_samples();
        let [mut left, mut right] = [0, 1].map(|c| {
            let mut plane = planes[c].to_vec();
            plane.resize(plane.len() + late, 0.0);
            plane
        });
        let (mut each_10_ms, mut start) = (Vec::new(), 0);
        while start < left.len() {
            // The first step is longer by what the chain holds back.
            let end = left.len().min(start + self.step() + if start == 0 { late } else { 0 });
            let mut block = Block::stereo(&mut left[start..end], &mut right[start..end]);
            rig.process(&settings, &Listening::default(), &mut block);
            each_10_ms.push(Figures::from(&reader.newest().output));
            start = end;
        }
        Played { each_10_ms, end: Figures::from(&reader.newest().output) }
    }
}

/// The numbers of a line, as C prints them.
fn numbers(line: &str) -> Vec<Option<f64>> {
    line.split_whitespace().map(|word| Some(word.parse().unwrap_or(f64::NAN))).collect()
}

/// The C program, built once.
fn meter_program() -> &'static Path {
    static PROGRAM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let program = compiled(folder.path(), &source("meter.c"));
        (folder, program)
    });
    program
}
