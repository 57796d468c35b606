//! The listener: from samples to sums, in blocks of any length and a fixed amount of memory.

use super::bands::{NUM_BANDS, band_edge_hz, bands_between};
use super::crest::CrestBands;
use super::heard::{Clipping, Heard};
use super::levels::{FrameSums, Levels, level_dbfs};
use super::{LISTENING_S, Proposal, Target};
use crate::analysis::spectrum::{Analyser, AnalyserSettings, Ballistics, SpectrumFrame, Trace};
use crate::analysis::window::Window;
use crate::analysis::{AnalysisError, FFT_LENS, Resolution};
use crate::meter::{ChannelRole, LoudnessMeter};
use crate::settings::ChainSettings;

/// A frame is about as long as a syllable and tells bands in the bass apart.
const FRAME_S: f64 = 0.08;

/// The bands that a frame's level is taken from: hum below and air above say nothing about whether somebody speaks.
pub(super) const LEVEL_HZ: (f64, f64) = (120.0, 9000.0);

/// Where sibilants are.
pub(super) const SIBILANT_HZ: (f64, f64) = (4500.0, 11_000.0);

/// Time constant of the level that dips are counted under, and how deep a dip is.
const DIP_MEAN_S: f64 = 3.0;
const DIP_DB: f64 = 10.0;

/// Runs of samples at full scale this long are no coincidence.
const CLIPPED_RUN: usize = 3;
const CLIPPED_LEVEL: f32 = 0.999;

/// Listens to one or two channels. Sized when it is made; allocates nothing from then on.
#[derive(Debug, Clone)]
pub struct Listener {
    sample_rate_hz: f64,
    num_channels: usize,
    meter: LoudnessMeter,
    analyser: Analyser,
    shares: Vec<Share>,
    levels: Levels,
    /// Frames by the level of their sibilants.
    sibilants: Levels,
    crests: CrestBands,
    clipping: [ClippedRuns; 2],
    sums: [f64; 2],
    dips: Dips,
    num_frames: u64,
}

/// How much of a bin's width lies in a band: the lowest bands are narrower than a bin, and edges cut bins.
#[derive(Debug, Clone, Copy)]
struct Share {
    bin: usize,
    band: usize,
    share: f64,
}

/// Counts where one channel stands at full scale.
#[derive(Debug, Clone, Copy, Default)]
struct ClippedRuns {
    run: usize,
    num_runs: u64,
}

/// Counts how often the level falls away under its own mean, as it does between syllables and hardly in music.
#[derive(Debug, Clone, Copy, Default)]
struct Dips {
    mean_power: f64,
    is_low: bool,
    num_dips: u64,
}

impl Listener {
    /// For a sample rate of 8 to 384 kHz, and one or two channels (of more, the first two are heard).
    ///
    /// # Errors
    /// When the rate is none of these.
    pub fn new(sample_rate_hz: f64, num_channels: usize) -> Result<Self, AnalysisError> {
        let fft_len = ((sample_rate_hz * FRAME_S) as usize).next_power_of_two();
        let fft_len = fft_len.clamp(*FFT_LENS.start(), *FFT_LENS.end());
        let settings = AnalyserSettings {
            resolution: Resolution { fft_len, window: Window::Hann, overlap: 0.75 },
            ballistics: Ballistics { averaging_ms: 0.0, ..Ballistics::default() },
            traces: [false, false, true, true],
        };
        let analyser = Analyser::new(sample_rate_hz, &settings)?;
        let num_channels = num_channels.clamp(1, 2);
        let roles = if num_channels == 1 { &ChannelRole::MONO[..] } else { &ChannelRole::STEREO };
        let mut meter = LoudnessMeter::new();
        let prepared = meter.prepare(sample_rate_hz, roles);
        debug_assert!(prepared.is_ok(), "the analyser took the rate, and so does the meter");
        let bin_hz = sample_rate_hz / fft_len as f64;
        Ok(Self {
            sample_rate_hz,
            num_channels,
            meter,
            analyser,
            shares: shares(bin_hz, fft_len / 2),
            levels: Levels::new(),
            sibilants: Levels::new(),
            crests: CrestBands::new(sample_rate_hz),
            clipping: Default::default(),
            sums: [0.0; 2],
            dips: Dips::default(),
            num_frames: 0,
        })
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.meter.reset();
        self.analyser.reset();
        self.levels.reset();
        self.sibilants.reset();
        self.crests = CrestBands::new(self.sample_rate_hz);
        (self.clipping, self.sums) = (Default::default(), [0.0; 2]);
        (self.dips, self.num_frames) = (Dips::default(), 0);
    }

    /// How much it has heard.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.num_frames as f64 / self.sample_rate_hz
    }

    /// Whether it has heard as much as it wants to.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.seconds() >= LISTENING_S
    }

    /// The momentary loudness now, for who waits for it.
    #[must_use]
    pub fn momentary_lufs(&self) -> Option<f64> {
        self.meter.reading().momentary_lufs.map(|lufs| lufs.0)
    }

    /// Takes the next samples: a slice for each channel, of equal lengths. What is not a number counts as silence.
    pub fn process(&mut self, channels: &[&[f32]]) {
        let (Some(&left), Some(&right)) = (channels.first(), channels.get(1).or(channels.first())) else {
            return;
        };
        let len = left.len().min(right.len());
        let (left, right) = (&left[..len], &right[..len]);
        self.meter.process(&[left, right][..self.num_channels]);
        for (c, samples) in [left, right].into_iter().enumerate() {
            self.clipping[c].process(samples);
            // One after the other, so that no block's end is in the sum.
            samples.iter().filter(|x| x.is_finite()).for_each(|&x| self.sums[c] += f64::from(x));
        }
        self.crests.process(left, right);
        self.num_frames += len as u64;
        let Self { analyser, shares, levels, sibilants, dips, .. } = self;
        let hop_s = analyser.settings().resolution.hop_len() as f64 / self.sample_rate_hz;
        analyser.process(left, right, |frame| {
            let sums = sums_of(&frame, shares);
            let power = sums.power(bands_between(LEVEL_HZ.0, LEVEL_HZ.1));
            levels.add(level_dbfs(power), &sums);
            let sibilant_power = sums.power(bands_between(SIBILANT_HZ.0, SIBILANT_HZ.1));
            sibilants.add(level_dbfs(sibilant_power), &sums);
            dips.process(power, hop_s / DIP_MEAN_S);
        });
    }

    /// What it found. `None` while it has heard less than [`super::MIN_LISTENING_S`] seconds that were no silence.
    #[must_use]
    pub fn heard(&self) -> Option<Heard> {
        let seconds = self.seconds();
        let mean = |sum: f64| sum / self.num_frames.max(1) as f64;
        let clipping =
            Clipping { num_places: self.clipping.iter().take(self.num_channels).map(|c| c.num_runs).sum() };
        Heard::new(&super::heard::Measured {
            reading: self.meter.reading(),
            num_channels: self.num_channels,
            sample_rate_hz: self.sample_rate_hz,
            seconds,
            levels: &self.levels,
            sibilants: &self.sibilants,
            crests: &self.crests,
            clipping,
            offset: self.sums.map(mean),
            dips_per_s: self.dips.num_dips as f64 / seconds.max(1.0),
        })
    }

    /// What to do about it, see [`Heard::propose`].
    #[must_use]
    pub fn propose(&self, target: &Target, base: &ChainSettings) -> Option<Proposal> {
        Some(self.heard()?.propose(target, base))
    }
}

/// Where the bands have their power from.
fn shares(bin_hz: f64, last_bin: usize) -> Vec<Share> {
    let share = |band: usize, bin: usize| {
        let [low, high] = [bin as f64 - 0.5, bin as f64 + 0.5].map(|edge| edge * bin_hz);
        let inside_hz = high.min(band_edge_hz(band + 1)) - low.max(band_edge_hz(band));
        Share { bin, band, share: inside_hz / bin_hz }
    };
    let of_band = |band| (1..=last_bin).map(move |bin| share(band, bin));
    (0..NUM_BANDS).flat_map(of_band).filter(|share| share.share > 0.0).collect()
}

/// The powers of a frame in bands.
fn sums_of(frame: &SpectrumFrame<'_>, shares: &[Share]) -> FrameSums {
    let mut sums = FrameSums { num_frames: 1, ..FrameSums::default() };
    let (Some(mid), Some(side)) = (frame.power(Trace::Mid), frame.power(Trace::Side)) else { return sums };
    // A full-scale sine has the mean square of a half, and its lobe the noise bandwidth's share in every bin.
    let scale = 0.5 / frame.noise_bandwidth_bins;
    for &Share { bin, band, share } in shares {
        sums.bands[band] += (mid[bin] + side[bin]) * share * scale;
        sums.side_bands[band] += side[bin] * share * scale;
    }
    sums
}

impl ClippedRuns {
    fn process(&mut self, samples: &[f32]) {
        for x in samples {
            self.run = if x.abs() >= CLIPPED_LEVEL { self.run + 1 } else { 0 };
            self.num_runs += u64::from(self.run == CLIPPED_RUN);
        }
    }
}

impl Dips {
    fn process(&mut self, power: f64, share: f64) {
        self.mean_power =
            if self.mean_power == 0.0 { power } else { self.mean_power + share * (power - self.mean_power) };
        let is_low = level_dbfs(power) < level_dbfs(self.mean_power) - DIP_DB;
        self.num_dips += u64::from(is_low && !self.is_low);
        self.is_low = is_low;
    }
}
