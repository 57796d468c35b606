//! What "mel spectrogram" means to whom: every choice as a value.

use super::super::{AnalysisError, batch_fft};
use super::scale::{MelScale, Triangles};
use core::f64::consts::TAU;
use std::fmt::Display;

/// The window of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MelWindow {
    /// Hann, periodic: zero at the first sample only.
    Hann,
    /// Kaldi's: a symmetric Hann window to the power of 0.85.
    Povey,
}

/// What frames at the ends of a clip see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// Frames are centred on multiples of the hop, and beyond the clip it is mirrored at its first and last sample.
    Mirrored,
    /// Frames are centred on multiples of the hop, and beyond the clip there is silence.
    Silent,
    /// Frames start at multiples of the hop, and only whole ones count.
    Snipped,
}

/// What a value says of the power `p` in a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MelValues {
    /// `p`.
    Power,
    /// Whisper's: `(max(log10(max(p, 1e-10)), top - 8) + 4) / 4`, where `top` is the largest logarithm of the clip.
    Whisper,
    /// librosa's `power_to_db`: `max(10 log10(max(p, 1e-10)), top - 80)`, where `top` is the largest value of the clip.
    Decibels,
    /// Kaldi's: `ln(max(p, 2^-23))`.
    NaturalLog,
}

/// What powers are worked out in; values are `f32` either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MelPrecision {
    /// `f32`: twice as fast. What lies far below the loudest bin of its frame is a little uneven: 80 dB below by some 5e-4 dB.
    Single,
    /// `f64`: exact to the last digits of a value.
    Double,
}

/// Every choice behind a mel spectrogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MelDefinition {
    /// In Hz. Audio of another rate is for the caller to resample.
    pub sample_rate_hz: f64,
    /// Length of the window in samples, at most `fft_len`; equal to it unless edges are snipped.
    pub frame_len: usize,
    /// Length of the transform in samples: a multiple of 16 without prime factors over 5.
    pub fft_len: usize,
    /// From frame to frame, in samples: at most `frame_len`, and less than half of it unless edges are snipped.
    pub hop_len: usize,
    /// The window of a frame.
    pub window: MelWindow,
    /// What frames at the ends of a clip see.
    pub edges: Edges,
    /// Whether the last of the centred frames is left out.
    pub drops_last_frame: bool,
    /// What samples from -1 to 1 are multiplied with first.
    pub input_gain: f64,
    /// Whether each frame's mean is taken out.
    pub removes_dc: bool,
    /// How much of the sample before is taken from each sample of a frame; 0 for nothing.
    pub pre_emphasis: f64,
    /// Where the scale bends.
    pub scale: MelScale,
    /// In which domain filters are triangles.
    pub triangles: Triangles,
    /// Whether filters are scaled to the same area over Hz, not to a peak of 1.
    pub has_equal_areas: bool,
    /// How many filters.
    pub num_bands: usize,
    /// Where the first filter begins.
    pub low_hz: f64,
    /// Where the last filter ends, at most half the sample rate.
    pub high_hz: f64,
    /// What a value says.
    pub values: MelValues,
    /// What powers are worked out in.
    pub precision: MelPrecision,
}

impl MelDefinition {
    /// What OpenAI's Whisper hears (`whisper/audio.py`): 25 ms frames every 10 ms at 16 kHz, with 80 bands, or 128 from its
    /// model large-v3 on.
    #[must_use]
    pub fn whisper(num_bands: usize) -> Self {
        Self {
            sample_rate_hz: 16_000.0,
            frame_len: 400,
            fft_len: 400,
            hop_len: 160,
            window: MelWindow::Hann,
            edges: Edges::Mirrored,
            drops_last_frame: true,
            input_gain: 1.0,
            removes_dc: false,
            pre_emphasis: 0.0,
            scale: MelScale::Slaney,
            triangles: Triangles::InHz,
            has_equal_areas: true,
            num_bands,
            low_hz: 0.0,
            high_hz: 8000.0,
            values: MelValues::Whisper,
            precision: MelPrecision::Single,
        }
    }

    /// What `librosa.feature.melspectrogram` gives when it is told nothing, through `power_to_db`: 128 bands at 22.05 kHz.
    #[must_use]
    pub fn librosa() -> Self {
        Self {
            sample_rate_hz: 22_050.0,
            frame_len: 2048,
            fft_len: 2048,
            hop_len: 512,
            edges: Edges::Silent,
            drops_last_frame: false,
            high_hz: 11_025.0,
            values: MelValues::Decibels,
            precision: MelPrecision::Double,
            ..Self::whisper(128)
        }
    }

    /// What Kaldi's `compute-fbank-feats` gives without dither, with 80 bands at 16 kHz. Kaldi counts samples in steps of
    /// 16 bits, hence the gain of 32768.
    #[must_use]
    pub fn kaldi() -> Self {
        Self {
            fft_len: 512,
            window: MelWindow::Povey,
            edges: Edges::Snipped,
            drops_last_frame: false,
            input_gain: 32_768.0,
            removes_dc: true,
            pre_emphasis: 0.97,
            scale: MelScale::Htk,
            triangles: Triangles::InMel,
            has_equal_areas: false,
            low_hz: 20.0,
            values: MelValues::NaturalLog,
            precision: MelPrecision::Double,
            ..Self::whisper(80)
        }
    }

    /// How many frames a clip of so many samples has. An empty one has none.
    #[must_use]
    pub fn num_frames(&self, num_samples: usize) -> usize {
        match self.edges {
            Edges::Snipped if num_samples < self.frame_len => 0,
            Edges::Snipped => (num_samples - self.frame_len) / self.hop_len + 1,
            _ if num_samples == 0 => 0,
            _ => num_samples / self.hop_len + usize::from(!self.drops_last_frame),
        }
    }

    /// How many samples a clip must have for one frame.
    #[must_use]
    pub fn min_len(&self) -> usize {
        match self.edges {
            Edges::Snipped => self.frame_len,
            _ if self.drops_last_frame => self.hop_len,
            _ => 1,
        }
    }

    /// How many samples before the clip the first frame begins.
    #[must_use]
    pub fn padding_len(&self) -> usize {
        if self.edges == Edges::Snipped { 0 } else { self.frame_len / 2 }
    }

    /// The time of a frame's middle, in seconds from the first sample.
    #[must_use]
    pub fn frame_time_s(&self, frame_idx: u64) -> f64 {
        let middle = frame_idx as f64 * self.hop_len as f64 + self.frame_len as f64 / 2.0;
        (middle - self.padding_len() as f64) / self.sample_rate_hz
    }

    /// The edges of the bands in Hz: band `i` begins at edge `i`, peaks at `i + 1` and ends at `i + 2`.
    #[must_use]
    pub fn band_edges_hz(&self) -> Vec<f64> {
        let (low, high) = (self.scale.from_hz(self.low_hz), self.scale.from_hz(self.high_hz));
        let step = (high - low) / (self.num_bands + 1) as f64;
        (0..self.num_bands + 2).map(|edge| self.scale.to_hz(low + step * edge as f64)).collect()
    }

    /// The window, one factor for each sample of a frame.
    pub(crate) fn window(&self) -> Vec<f64> {
        let hann = |n: usize, period: usize| 0.5 - 0.5 * libm::cos(TAU * n as f64 / period as f64);
        let factor = |n: usize| match self.window {
            MelWindow::Hann => hann(n, self.frame_len),
            MelWindow::Povey => libm::pow(hann(n, self.frame_len - 1), 0.85),
        };
        (0..self.frame_len).map(factor).collect()
    }

    /// Sees to it that the definition can be followed.
    ///
    /// # Errors
    /// Names the first field that is out of its range.
    pub fn check(&self) -> Result<(), AnalysisError> {
        let mut checks = self.checked_lengths().into_iter().chain(self.checked_numbers());
        match checks.find(|check| !check.is_good) {
            Some(Check { field, found, expected, .. }) => Err(AnalysisError { field, found, expected }),
            None => Ok(()),
        }
    }

    fn checked_lengths(&self) -> [Check; 4] {
        let is_centred = self.edges != Edges::Snipped;
        let frame = 2..=self.fft_len;
        let fills_frame = !is_centred || self.frame_len == self.fft_len;
        let hop = 1..=self.frame_len;
        let is_short_hop = !is_centred || self.hop_len < self.frame_len / 2;
        [
            Check::new(
                "fft_len",
                &self.fft_len,
                batch_fft::is_possible(self.fft_len) && self.fft_len <= 32_768,
                "a multiple of 16 from 32 to 32768 without prime factors over 5",
            ),
            Check::new(
                "frame_len",
                &self.frame_len,
                frame.contains(&self.frame_len) && fills_frame,
                "2 to fft_len, and fft_len itself where frames are centred",
            ),
            Check::new(
                "hop_len",
                &self.hop_len,
                hop.contains(&self.hop_len) && is_short_hop,
                "1 to frame_len, and less than half of it where frames are centred",
            ),
            Check::new("num_bands", &self.num_bands, (1..=1024).contains(&self.num_bands), "1 to 1024"),
        ]
    }

    fn checked_numbers(&self) -> [Check; 4] {
        let is_rate = self.sample_rate_hz > 0.0 && self.sample_rate_hz.is_finite();
        let is_range =
            self.low_hz >= 0.0 && self.low_hz < self.high_hz && self.high_hz <= self.sample_rate_hz / 2.0;
        [
            Check::new("sample_rate_hz", &self.sample_rate_hz, is_rate, "a number over 0"),
            Check::new("input_gain", &self.input_gain, self.input_gain.is_finite(), "a number"),
            Check::new(
                "pre_emphasis",
                &self.pre_emphasis,
                (0.0..=1.0).contains(&self.pre_emphasis),
                "0 (none) to 1",
            ),
            Check::new(
                "low_hz to high_hz",
                &format_args!("{} to {}", self.low_hz, self.high_hz),
                is_range,
                "a range from 0 to half the sample rate",
            ),
        ]
    }
}

/// A field, and whether it can be followed.
struct Check {
    field: &'static str,
    found: String,
    is_good: bool,
    expected: &'static str,
}

impl Check {
    fn new(field: &'static str, found: &dyn Display, is_good: bool, expected: &'static str) -> Self {
        Self { field, found: found.to_string(), is_good, expected }
    }
}
