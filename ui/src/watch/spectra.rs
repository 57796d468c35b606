//! The spectra before and after the chain. The input waits as long as the chain takes, so that both show the same moment.

use crate::host::AudioFormat;
use lacquer_dsp::analysis::spectrum::{Analyser, AnalyserSettings, Ballistics, SpectrumFrame, Trace};
use lacquer_dsp::analysis::window::Window;
use lacquer_dsp::analysis::{FFT_LENS, Resolution};
use lacquer_dsp::telemetry::SamplePair;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// More would not be told apart: even the fast average is as slow as two of them.
const FRAMES_PER_S: f64 = 30.0;

/// How long the frames are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Fineness {
    /// 4096 samples at 48 kHz: follows fast.
    Quick,
    /// 8192 samples at 48 kHz: parts what lies close in the bass.
    #[default]
    Fine,
}

/// Which of the signal the line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Channels {
    /// At each frequency the louder of left and right.
    #[default]
    Stereo,
    /// Half the sum.
    Mid,
    /// Half the difference.
    Side,
}

impl Channels {
    /// The traces that it is made of.
    #[must_use]
    pub fn traces(self) -> &'static [Trace] {
        match self {
            Self::Stereo => &[Trace::Left, Trace::Right],
            Self::Mid => &[Trace::Mid],
            Self::Side => &[Trace::Side],
        }
    }
}

/// How spectra look on every page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpectrumOptions {
    /// Frames' length.
    pub fineness: Fineness,
    /// What is shown.
    pub channels: Channels,
    /// Time constant of the average, in ms.
    pub averaging_ms: f64,
    /// 4.5 dB draws much music level.
    pub tilt_db_per_octave: f64,
    /// Each level is that of one over so many octaves; none shows each bin.
    pub smoothing: Option<u32>,
    /// Whether the highest levels are drawn too.
    pub is_holding: bool,
    /// Whether the picture stands still.
    #[serde(skip)]
    pub is_frozen: bool,
}

impl Default for SpectrumOptions {
    fn default() -> Self {
        Self {
            fineness: Fineness::Fine,
            channels: Channels::Stereo,
            averaging_ms: 200.0,
            tilt_db_per_octave: 4.5,
            smoothing: None,
            is_holding: false,
            is_frozen: false,
        }
    }
}

impl SpectrumOptions {
    fn ballistics(&self) -> Ballistics {
        Ballistics {
            averaging_ms: self.averaging_ms,
            // A held peak stands until it is let go.
            peak_hold_ms: if self.is_holding { 60_000.0 } else { 0.0 },
            peak_fall_db_per_s: if self.is_holding { 0.0 } else { 1000.0 },
            tilt_db_per_octave: self.tilt_db_per_octave,
            smoothing: self.smoothing,
        }
    }

    fn traces(&self) -> [bool; Trace::ALL.len()] {
        Trace::ALL.map(|trace| self.channels.traces().contains(&trace))
    }

    fn fft_len(&self, sample_rate_hz: f64) -> usize {
        let at_48 = if self.fineness == Fineness::Quick { 4096.0 } else { 8192.0 };
        let fft_len = (at_48 * (sample_rate_hz / 48_000.0).log2().round().exp2()) as usize;
        fft_len.clamp(*FFT_LENS.start(), *FFT_LENS.end())
    }
}

/// Both, with the input's as late as the output's.
#[derive(Debug, Clone, Copy)]
pub struct Spectra<'a> {
    /// Before the chain.
    pub input: SpectrumFrame<'a>,
    /// After it.
    pub output: SpectrumFrame<'a>,
    /// What of it is to be shown.
    pub channels: Channels,
}

/// Both analysers.
#[derive(Debug)]
pub(super) struct SpectrumPair {
    input: Analyser,
    output: Analyser,
    options: SpectrumOptions,
    delay: VecDeque<[f32; 2]>,
    latency_samples: usize,
    scratch: [Vec<f32>; 2],
}

impl SpectrumPair {
    pub(super) fn new(format: &AudioFormat, options: &SpectrumOptions) -> Option<Self> {
        let fft_len = options.fft_len(format.sample_rate_hz);
        let overlap = (1.0 - format.sample_rate_hz / FRAMES_PER_S / fft_len as f64).clamp(0.0, 0.95);
        // Its lobe is a parabola of decibels, near enough for the plot to find a tone's level between bins.
        let resolution = Resolution { fft_len, window: Window::BlackmanHarris, overlap };
        let settings =
            AnalyserSettings { resolution, ballistics: options.ballistics(), traces: options.traces() };
        let input = Analyser::new(format.sample_rate_hz, &settings).ok()?;
        let latency_samples = format.latency_samples;
        let delay = std::iter::repeat_n([0.0; 2], latency_samples).collect();
        let (output, scratch) = (input.clone(), Default::default());
        Some(Self { input, output, options: *options, delay, latency_samples, scratch })
    }

    /// Follows the options; what another length of frame needs is made anew.
    pub(super) fn set(&mut self, format: &AudioFormat, options: &SpectrumOptions) {
        if self.options == *options {
            return;
        }
        let is_other = self.options.fineness != options.fineness;
        let is_held_anew = options.is_holding && !self.options.is_holding;
        self.options = *options;
        if is_other && let Some(pair) = Self::new(format, options) {
            *self = pair;
            return;
        }
        for analyser in [&mut self.input, &mut self.output] {
            analyser.set(options.ballistics(), options.traces());
            if is_held_anew {
                analyser.reset_peaks();
            }
        }
    }

    pub(super) fn process(&mut self, samples: &[SamplePair]) {
        self.delay.extend(samples.iter().map(|pair| pair.input));
        let num_due = self.delay.len() - self.latency_samples;
        let [left, right] = &mut self.scratch;
        fill(left, right, self.delay.drain(..num_due));
        self.input.process(left, right, |_| ());
        fill(left, right, samples.iter().map(|pair| pair.output));
        self.output.process(left, right, |_| ());
    }

    pub(super) fn frames(&self) -> Option<Spectra<'_>> {
        let channels = self.options.channels;
        Some(Spectra { input: self.input.frame()?, output: self.output.frame()?, channels })
    }
}

fn fill(left: &mut Vec<f32>, right: &mut Vec<f32>, samples: impl Iterator<Item = [f32; 2]>) {
    left.clear();
    right.clear();
    for [l, r] in samples {
        left.push(l);
        right.push(r);
    }
}
