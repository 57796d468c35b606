//! The stereo image: how alike left and right are in each octave, which is louder, how far they are turned against each
//! other, and the points of a goniometer.
//!
//! From the cross spectrum `S = sum L conj(R)` and the powers `P` of a band, averaged over time: correlation is
//! `Re S / sqrt(P_L P_R)`, coherence the same with `|S|`, phase the angle of `S` (left leading is positive), and balance
//! `P_R / P_L` in dB.

use super::AnalysisError;
use super::frames::{Framer, Resolution, Transform};
use super::window::{Taper, Window};
use crate::units::power_to_db;
use realfft::num_complex::Complex;

/// The middles of the octaves, in Hz (IEC 61260-1's nominal ones); each reaches half an octave either way.
pub const OCTAVES_HZ: [f64; 10] = [31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0];

/// How many points of the goniometer are kept.
pub const NUM_POINTS: usize = 1024;

/// Quieter than this in both channels, in power of full scale (-90 dBFS), a band has no image.
const SILENCE: f64 = 1e-9;

/// Everything that can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StereoSettings {
    /// Time constant of the average, 0 (none) to 60 000 ms.
    pub averaging_ms: f64,
    /// How much time the goniometer's points span, 1 to 1000 ms.
    pub points_ms: f64,
}

impl Default for StereoSettings {
    fn default() -> Self {
        Self { averaging_ms: 300.0, points_ms: 50.0 }
    }
}

/// What a band, or the whole, says of both channels. Values that do not exist are none: a silent channel has neither phase nor
/// correlation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StereoBand {
    /// -1 (the same with opposite signs) over 0 (nothing in common) to 1 (the same).
    pub correlation: Option<f64>,
    /// 0 to 1: how much one is the other, turned by any angle and at any level.
    pub coherence: Option<f64>,
    /// By how much left leads, -180 to 180 degrees.
    pub phase_degrees: Option<f64>,
    /// Right over left, in dB: positive leans right. None where a channel is silent.
    pub balance_db: Option<f64>,
}

/// A point of the goniometer, -1 to 1 at full scale: straight up is what both channels share.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right: half of right less left.
    pub side: f32,
    /// Up: half the sum.
    pub mid: f32,
}

/// A frame with the settings that it was made with, valid until the next.
#[derive(Debug, Clone, Copy)]
pub struct StereoFrame<'a> {
    /// What it was made with.
    pub settings: &'a StereoSettings,
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Samples from the reset to the frame's end.
    pub end_sample: u64,
    /// From 20 Hz on.
    pub whole: StereoBand,
    /// One for each of [`OCTAVES_HZ`]; those above half the sample rate have no values.
    pub bands: &'a [StereoBand; OCTAVES_HZ.len()],
    /// The newest points in two runs, the older first.
    pub points: [&'a [Point]; 2],
}

/// Sums over the bins of a band.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    left: f64,
    right: f64,
    cross: Complex<f64>,
}

/// Takes stereo in blocks of any length and hands out a frame for each hop of 1024 samples at 48 kHz.
#[derive(Debug, Clone)]
pub struct StereoImage {
    settings: StereoSettings,
    sample_rate_hz: f64,
    taper: Taper,
    framer: Framer<2>,
    transform: Transform,
    spectra: [Vec<Complex<f64>>; 2],
    /// The band of each bin, or none.
    band_of: Vec<Option<u8>>,
    first_bin: usize,
    averages: [Sums; OCTAVES_HZ.len() + 1],
    bands: [StereoBand; OCTAVES_HZ.len()],
    keep: f64,
    points: Vec<Point>,
    num_points: u64,
    samples_per_point: u64,
    until_point: u64,
    num_frames: u64,
    end_sample: u64,
}

impl StereoImage {
    /// Sizes and plans everything. This is what allocates.
    ///
    /// # Errors
    /// When a setting or the sample rate is out of its range.
    pub fn new(sample_rate_hz: f64, settings: &StereoSettings) -> Result<Self, AnalysisError> {
        AnalysisError::check_sample_rate(sample_rate_hz)?;
        if !(0.0..=60_000.0).contains(&settings.averaging_ms) {
            return Err(AnalysisError::new("averaging_ms", &settings.averaging_ms, "0 to 60000"));
        }
        if !(1.0..=1000.0).contains(&settings.points_ms) {
            return Err(AnalysisError::new("points_ms", &settings.points_ms, "1 to 1000"));
        }
        let resolution = resolution(sample_rate_hz);
        let bin_hz = sample_rate_hz / resolution.fft_len as f64;
        let hop_s = resolution.hop_len() as f64 / sample_rate_hz;
        let transform = Transform::new(resolution.fft_len);
        let averaging_s = settings.averaging_ms / 1000.0;
        let samples_per_point = settings.points_ms / 1000.0 * sample_rate_hz / NUM_POINTS as f64;
        Ok(Self {
            settings: *settings,
            sample_rate_hz,
            taper: Taper::new(resolution.window, resolution.fft_len),
            framer: Framer::new(&resolution),
            spectra: [transform.make_spectrum(), transform.make_spectrum()],
            transform,
            band_of: (0..resolution.num_bins()).map(|bin| band_of(bin as f64 * bin_hz)).collect(),
            first_bin: (20.0 / bin_hz).ceil() as usize,
            averages: [Sums::default(); OCTAVES_HZ.len() + 1],
            bands: [StereoBand::default(); OCTAVES_HZ.len()],
            keep: if averaging_s > 0.0 { libm::exp(-hop_s / averaging_s) } else { 0.0 },
            points: vec![Point::default(); NUM_POINTS],
            num_points: 0,
            samples_per_point: (samples_per_point.round() as u64).max(1),
            until_point: 0,
            num_frames: 0,
            end_sample: 0,
        })
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.framer.reset();
        self.averages = [Sums::default(); OCTAVES_HZ.len() + 1];
        self.bands = [StereoBand::default(); OCTAVES_HZ.len()];
        (self.num_points, self.until_point, self.num_frames, self.end_sample) = (0, 0, 0, 0);
    }

    /// Takes the next samples and hands each frame that they complete to `on_frame`. Allocates nothing. Of channels of different
    /// lengths the shorter counts; what is not a number counts as silence.
    pub fn process(&mut self, left: &[f32], right: &[f32], mut on_frame: impl FnMut(StereoFrame<'_>)) {
        let len = left.len().min(right.len());
        let mut done = 0;
        while done < len {
            let (taken, frame) = self.framer.take([&left[done..len], &right[done..len]]);
            let is_frame = frame.is_some();
            if let Some(frame) = frame {
                for (channel, spectrum) in frame.iter().zip(&mut self.spectra) {
                    self.transform.run(channel, self.taper.factors(), spectrum);
                }
                self.framer.advance();
            }
            self.take_points(&left[done..done + taken], &right[done..done + taken]);
            done += taken;
            if is_frame {
                self.end_sample = self.framer.num_samples();
                self.update();
                on_frame(self.view());
            }
        }
    }

    /// The newest frame.
    #[must_use]
    pub fn frame(&self) -> Option<StereoFrame<'_>> {
        (self.num_frames > 0).then(|| self.view())
    }

    fn take_points(&mut self, left: &[f32], right: &[f32]) {
        for (&left, &right) in left.iter().zip(right) {
            if self.until_point == 0 {
                self.until_point = self.samples_per_point;
                let sound = |x: f32| if x.is_finite() { x } else { 0.0 };
                let (left, right) = (sound(left), sound(right));
                let place = (self.num_points % NUM_POINTS as u64) as usize;
                self.points[place] = Point { side: 0.5 * (right - left), mid: 0.5 * (left + right) };
                self.num_points += 1;
            }
            self.until_point -= 1;
        }
    }

    fn update(&mut self) {
        let mut sums = [Sums::default(); OCTAVES_HZ.len() + 1];
        let [left, right] = &self.spectra;
        for bin in self.first_bin..left.len() {
            let (l, r) = (left[bin], right[bin]);
            let of_bin = Sums { left: l.norm_sqr(), right: r.norm_sqr(), cross: l * r.conj() };
            sums[OCTAVES_HZ.len()].add(&of_bin);
            if let Some(band) = self.band_of[bin] {
                sums[usize::from(band)].add(&of_bin);
            }
        }
        let keep = if self.num_frames == 0 { 0.0 } else { self.keep };
        let scale = self.taper.power_scale() / self.taper.noise_bandwidth_bins();
        for (average, sums) in self.averages.iter_mut().zip(&sums) {
            average.left = sums.left * scale + keep * (average.left - sums.left * scale);
            average.right = sums.right * scale + keep * (average.right - sums.right * scale);
            average.cross = sums.cross * scale + (average.cross - sums.cross * scale) * keep;
        }
        for (band, average) in self.bands.iter_mut().zip(&self.averages) {
            *band = average.band();
        }
        self.num_frames += 1;
    }

    fn view(&self) -> StereoFrame<'_> {
        let newest = (self.num_points % NUM_POINTS as u64) as usize;
        let (new, old) = self.points.split_at(newest);
        let old = if self.num_points < NUM_POINTS as u64 { &[] } else { old };
        StereoFrame {
            settings: &self.settings,
            sample_rate_hz: self.sample_rate_hz,
            end_sample: self.end_sample,
            whole: self.averages[OCTAVES_HZ.len()].band(),
            bands: &self.bands,
            points: [old, new],
        }
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.left += other.left;
        self.right += other.right;
        self.cross += other.cross;
    }

    fn band(&self) -> StereoBand {
        if self.left < SILENCE || self.right < SILENCE {
            return StereoBand::default();
        }
        let both = (self.left * self.right).sqrt();
        StereoBand {
            correlation: Some((self.cross.re / both).clamp(-1.0, 1.0)),
            coherence: Some((self.cross.norm_sqr().sqrt() / both).min(1.0)),
            phase_degrees: Some(libm::atan2(self.cross.im, self.cross.re).to_degrees()),
            balance_db: Some(power_to_db(self.right / self.left)),
        }
    }
}

/// Frames of about 85 ms at any rate: bins of 12 Hz part even the lowest octave from the next.
fn resolution(sample_rate_hz: f64) -> Resolution {
    let fft_len = ((0.06 * sample_rate_hz) as usize).next_power_of_two().clamp(512, 32_768);
    Resolution { fft_len, window: Window::Hann, overlap: 0.75 }
}

fn band_of(frequency_hz: f64) -> Option<u8> {
    let half_octave = core::f64::consts::SQRT_2;
    let is_in = |middle_hz: f64| (middle_hz / half_octave..middle_hz * half_octave).contains(&frequency_hz);
    OCTAVES_HZ.iter().position(|&middle_hz| is_in(middle_hz)).map(|band| band as u8)
}
