//! The spectrum analyser: calibrated levels of left, right, mid and side, frame by frame.
//!
//! 0 dBFS is a sine that just reaches full scale (AES17), in each trace: mid is half the sum and side half the difference, so
//! what is the same on both sides has its own level in mid. A tone at a bin's centre reads its level exactly; between
//! bins it reads low by what [`Window`](super::window::Window) says, 0.01 dB with the flat top, and
//! [`SpectrumFrame::tone_near`] reads it within 0.01 dB with any window whose side lobes are low.

use super::AnalysisError;
use super::frames::{Framer, Resolution, Transform, powers};
use super::trace::{Line, LineRule};
use super::window::Taper;
use crate::units::power_to_db;
use realfft::num_complex::Complex;

/// What a line of the spectrum shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// The left channel.
    Left,
    /// The right channel.
    Right,
    /// Half the sum of both.
    Mid,
    /// Half of left less right.
    Side,
}

impl Trace {
    /// All, in the order in which [`AnalyserSettings::traces`] counts them.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Mid, Self::Side];
}

/// How levels move, and how they are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ballistics {
    /// Time constant of the average of powers, 0 (none) to 60 000 ms.
    pub averaging_ms: f64,
    /// How long a peak stands, 0 to 60 000 ms.
    pub peak_hold_ms: f64,
    /// How fast a peak falls after that, 0 (never) to 1000 dB/s.
    pub peak_fall_db_per_s: f64,
    /// What is added for each octave above 1 kHz, and taken away below, -12 to 12 dB. 3 draws pink noise level, 4.5 much music.
    pub tilt_db_per_octave: f64,
    /// Each level is the mean power of a band of one over this many octaves, 1 to 48; none shows each bin.
    pub smoothing: Option<u32>,
}

impl Default for Ballistics {
    fn default() -> Self {
        Self {
            averaging_ms: 200.0,
            peak_hold_ms: 1000.0,
            peak_fall_db_per_s: 20.0,
            tilt_db_per_octave: 0.0,
            smoothing: None,
        }
    }
}

/// Everything that can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnalyserSettings {
    /// Fixed by `prepare`.
    pub resolution: Resolution,
    /// Can change at any time.
    pub ballistics: Ballistics,
    /// Which of [`Trace::ALL`] are worked out. Can change at any time.
    pub traces: [bool; 4],
}

impl Default for AnalyserSettings {
    fn default() -> Self {
        let (resolution, ballistics) = (Resolution::default(), Ballistics::default());
        Self { resolution, ballistics, traces: [true, true, false, false] }
    }
}

/// A tone in a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// In Hz, between bins too.
    pub frequency_hz: f64,
    /// In dBFS.
    pub level_dbfs: f64,
}

/// Takes stereo in blocks of any length and hands out a frame for each hop.
///
/// ```
/// use lacquer_dsp::analysis::spectrum::{Analyser, AnalyserSettings, Trace};
///
/// let mut analyser = Analyser::new(48_000.0, &AnalyserSettings::default())?;
/// let square: Vec<f32> = (0..8192).map(|n| if n % 64 < 32 { 0.5 } else { -0.5 }).collect();
/// analyser.process(&square, &square, |_| ());
/// let frame = analyser.frame().expect("there were samples enough");
/// let tone = frame.tone_near(Trace::Left, 750.0).expect("the left trace is on");
/// assert!((tone.level_dbfs - 20.0 * (2.0 / std::f64::consts::PI).log10()).abs() < 0.01);
/// # Ok::<(), lacquer_dsp::analysis::AnalysisError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Analyser {
    settings: AnalyserSettings,
    sample_rate_hz: f64,
    taper: Taper,
    framer: Framer<2>,
    transform: Transform,
    spectra: [Vec<Complex<f64>>; 2],
    sum: Vec<Complex<f64>>,
    powers: Vec<f64>,
    lines: [Line; 4],
    rule: LineRule,
    num_frames: u64,
    end_sample: u64,
}

impl Analyser {
    /// Sizes and plans everything. This is what allocates.
    ///
    /// # Errors
    /// When a setting or the sample rate is out of its range.
    pub fn new(sample_rate_hz: f64, settings: &AnalyserSettings) -> Result<Self, AnalysisError> {
        AnalysisError::check_sample_rate(sample_rate_hz)?;
        settings.check()?;
        let (fft_len, num_bins) = (settings.resolution.fft_len, settings.resolution.num_bins());
        let transform = Transform::new(fft_len);
        let mut analyser = Self {
            settings: *settings,
            sample_rate_hz,
            taper: Taper::new(settings.resolution.window, fft_len),
            framer: Framer::new(&settings.resolution),
            spectra: [transform.make_spectrum(), transform.make_spectrum()],
            sum: transform.make_spectrum(),
            transform,
            powers: vec![0.0; num_bins],
            lines: core::array::from_fn(|_| Line::new(num_bins)),
            rule: LineRule::new(num_bins),
            num_frames: 0,
            end_sample: 0,
        };
        analyser.set(settings.ballistics, settings.traces);
        Ok(analyser)
    }

    /// Changes what can change at any time; values out of range are taken to their limits. Allocates nothing.
    pub fn set(&mut self, ballistics: Ballistics, traces: [bool; 4]) {
        self.settings.ballistics = ballistics.clamped();
        self.settings.traces = traces;
        let (bin_hz, hop_len) = (self.bin_hz(), self.settings.resolution.hop_len());
        self.rule.set(&self.settings.ballistics, bin_hz, hop_len as f64 / self.sample_rate_hz);
    }

    /// What frames are made with.
    #[must_use]
    pub fn settings(&self) -> &AnalyserSettings {
        &self.settings
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.framer.reset();
        self.lines.iter_mut().for_each(Line::reset);
        (self.num_frames, self.end_sample) = (0, 0);
    }

    /// Lets peaks begin anew.
    pub fn reset_peaks(&mut self) {
        self.lines.iter_mut().for_each(Line::reset_peaks);
    }

    /// Takes the next samples and hands each frame that they complete to `on_frame`. Allocates nothing. Of channels of different
    /// lengths the shorter counts; what is not a number counts as silence.
    pub fn process(&mut self, left: &[f32], right: &[f32], mut on_frame: impl FnMut(SpectrumFrame<'_>)) {
        let len = left.len().min(right.len());
        let mut done = 0;
        while done < len {
            let (taken, frame) = self.framer.take([&left[done..len], &right[done..len]]);
            done += taken;
            if let Some(frame) = frame {
                for (channel, spectrum) in frame.iter().zip(&mut self.spectra) {
                    self.transform.run(channel, self.taper.factors(), spectrum);
                }
                self.end_sample = self.framer.num_samples();
                self.framer.advance();
                self.num_frames += 1;
                self.update_lines();
                on_frame(self.view());
            }
        }
    }

    /// The newest frame.
    #[must_use]
    pub fn frame(&self) -> Option<SpectrumFrame<'_>> {
        (self.num_frames > 0).then(|| self.view())
    }

    fn update_lines(&mut self) {
        let [left, right] = &self.spectra;
        for (trace_idx, line) in self.lines.iter_mut().enumerate() {
            if !self.settings.traces[trace_idx] {
                continue;
            }
            let spectrum = match Trace::ALL[trace_idx] {
                Trace::Left => left,
                Trace::Right => right,
                trace => {
                    let sign = if trace == Trace::Mid { 0.5 } else { -0.5 };
                    for ((sum, left), right) in self.sum.iter_mut().zip(left).zip(right) {
                        *sum = left * 0.5 + right * sign;
                    }
                    &self.sum
                }
            };
            powers(spectrum, &self.taper, &mut self.powers);
            line.update(self.powers.iter().copied(), &mut self.rule);
        }
    }

    /// From bin to bin, in Hz.
    #[must_use]
    pub fn bin_hz(&self) -> f64 {
        self.sample_rate_hz / self.settings.resolution.fft_len as f64
    }

    fn view(&self) -> SpectrumFrame<'_> {
        SpectrumFrame {
            settings: &self.settings,
            sample_rate_hz: self.sample_rate_hz,
            idx: self.num_frames - 1,
            end_sample: self.end_sample,
            noise_bandwidth_bins: self.taper.noise_bandwidth_bins(),
            lines: &self.lines,
        }
    }
}

/// A frame of the spectrum with the settings that it was made with, valid until the next.
#[derive(Debug, Clone, Copy)]
pub struct SpectrumFrame<'a> {
    /// What it was made with.
    pub settings: &'a AnalyserSettings,
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Counted from the reset.
    pub idx: u64,
    /// Samples from the reset to the end of the frame; its middle lies half of `fft_len` before.
    pub end_sample: u64,
    /// The window's, in bins.
    pub noise_bandwidth_bins: f64,
    lines: &'a [Line; 4],
}

impl<'a> SpectrumFrame<'a> {
    /// From bin to bin, in Hz.
    #[must_use]
    pub fn bin_hz(&self) -> f64 {
        self.sample_rate_hz / self.settings.resolution.fft_len as f64
    }

    /// The power of each bin from 0 Hz to half the rate, averaged, neither smoothed nor tilted; a full-scale sine is 1. None if the
    /// trace is off.
    #[must_use]
    pub fn power(&self, trace: Trace) -> Option<&'a [f64]> {
        self.line(trace).map(|line| &line.power[..])
    }

    /// The level of each bin in dBFS, averaged, smoothed and tilted: what is drawn. Never under
    /// [`FLOOR_DB`](super::FLOOR_DB).
    #[must_use]
    pub fn level_db(&self, trace: Trace) -> Option<&'a [f32]> {
        self.line(trace).map(|line| &line.level_db[..])
    }

    /// The held peak of each bin's level, in dBFS.
    #[must_use]
    pub fn peak_db(&self, trace: Trace) -> Option<&'a [f32]> {
        self.line(trace).map(|line| &line.peak_db[..])
    }

    /// The density of noise at a bin, in dBFS per Hz. For a density in squared units per Hz, as SciPy gives, take 3.01 dB away:
    /// the mean square of a full-scale sine is a half.
    #[must_use]
    pub fn density_dbfs_per_hz(&self, trace: Trace, bin: usize) -> Option<f64> {
        let power = self.power(trace)?.get(bin)?;
        Some(power_to_db(power / (self.noise_bandwidth_bins * self.bin_hz())))
    }

    /// The tone whose main lobe is highest within the reach of a lobe around a frequency. Its level is the power of the whole lobe
    /// and its frequency the lobe's centre of gravity, so where it lies between bins makes no difference.
    #[must_use]
    pub fn tone_near(&self, trace: Trace, frequency_hz: f64) -> Option<Tone> {
        let powers = self.power(trace)?;
        let reach = self.settings.resolution.window.half_lobe_bins() + 1;
        let around = |bin: usize| bin.saturating_sub(reach)..(bin + reach + 1).min(powers.len());
        let nearest = ((frequency_hz / self.bin_hz()).round() as usize).min(powers.len() - 1);
        let highest = around(nearest).max_by(|&a, &b| powers[a].total_cmp(&powers[b]))?;
        let sum: f64 = powers[around(highest)].iter().sum();
        let moment: f64 = around(highest).map(|bin| bin as f64 * powers[bin]).sum();
        (sum > 0.0).then(|| Tone {
            frequency_hz: moment / sum * self.bin_hz(),
            level_dbfs: power_to_db(sum / self.noise_bandwidth_bins),
        })
    }

    fn line(&self, trace: Trace) -> Option<&'a Line> {
        let trace_idx = Trace::ALL.iter().position(|&other| other == trace)?;
        self.settings.traces[trace_idx].then(|| &self.lines[trace_idx])
    }
}

impl AnalyserSettings {
    fn check(&self) -> Result<(), AnalysisError> {
        self.resolution.check()?;
        if self.ballistics.clamped() != self.ballistics {
            return Err(AnalysisError::new(
                "ballistics",
                &format!("{:?}", self.ballistics),
                "every field in its range",
            ));
        }
        Ok(())
    }
}

impl Ballistics {
    fn clamped(self) -> Self {
        // What is not a number becomes the lower limit.
        let clamp = |x: f64, low: f64, high: f64| if x >= low { x.min(high) } else { low };
        Self {
            averaging_ms: clamp(self.averaging_ms, 0.0, 60_000.0),
            peak_hold_ms: clamp(self.peak_hold_ms, 0.0, 60_000.0),
            peak_fall_db_per_s: clamp(self.peak_fall_db_per_s, 0.0, 1000.0),
            tilt_db_per_octave: clamp(self.tilt_db_per_octave, -12.0, 12.0),
            smoothing: self.smoothing.map(|fraction| fraction.clamp(1, 48)),
        }
    }
}
