//! The spectrogram of one channel, column by column, with reassignment as an option.
//!
//! Reassignment moves the power of each cell from the cell's middle to where the sound in it lies: a steady tone becomes a line
//! and a click becomes a column, both much finer than the transform resolves. Nothing is lost by it: the sum of all powers
//! stays, but for cells further than half a frame from their own and those outside the rows.
//!
//! Source: F. Auger and P. Flandrin, "Improving the readability of time-frequency and time-scale representations by the
//! reassignment method", IEEE Trans. Signal Processing 43 (1995): with `X` the transform under the window `h`, `X_t` under `t h` and
//! `X_d` under `dh/dt`, the power at `(t, w)` belongs to `t + Re(X_t / X)` and `w - Im(X_d / X)`.

use super::AnalysisError;
use super::frames::{Framer, Resolution, Transform, powers};
use super::window::{Taper, Window};
use core::f64::consts::TAU;
use realfft::num_complex::Complex;

/// The frequencies of a column's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rows {
    /// The bins of the transform, from 0 Hz to half the rate.
    Bins,
    /// Rows of equal width in octaves, the lowest first. A row shows the highest of the bins in it, or where bins lie further apart
    /// what lies between them on a straight line of levels: one of powers would show a dip as a dot and a peak as a block.
    Octaves {
        /// Where the first row begins, above 0 Hz.
        low_hz: f64,
        /// Where the last row ends, at most half the sample rate.
        high_hz: f64,
        /// How many rows, 1 to 8192.
        num_rows: usize,
    },
}

/// Everything that can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrogramSettings {
    /// How time and frequency are resolved.
    pub resolution: Resolution,
    /// The frequencies of a column's values.
    pub rows: Rows,
    /// Whether powers are moved to where their sound lies.
    pub is_reassigned: bool,
}

impl SpectrogramSettings {
    /// How many values a column has.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        match self.rows {
            Rows::Bins => self.resolution.num_bins(),
            Rows::Octaves { num_rows, .. } => num_rows,
        }
    }

    /// The frequency of the middle of a row, in Hz.
    #[must_use]
    pub fn row_hz(&self, row: usize, sample_rate_hz: f64) -> f64 {
        match self.rows {
            Rows::Bins => row as f64 * sample_rate_hz / self.resolution.fft_len as f64,
            Rows::Octaves { low_hz, high_hz, num_rows } => {
                low_hz * libm::pow(high_hz / low_hz, (row as f64 + 0.5) / num_rows as f64)
            }
        }
    }

    fn check(&self, sample_rate_hz: f64) -> Result<(), AnalysisError> {
        AnalysisError::check_sample_rate(sample_rate_hz)?;
        self.resolution.check()?;
        let Rows::Octaves { low_hz, high_hz, num_rows } = self.rows else { return Ok(()) };
        if !(low_hz > 0.0 && low_hz < high_hz && high_hz <= sample_rate_hz / 2.0) {
            let found = format!("{low_hz} to {high_hz} Hz");
            return Err(AnalysisError::new("rows", &found, "a range from above 0 to half the sample rate"));
        }
        if !(1..=8192).contains(&num_rows) {
            return Err(AnalysisError::new("rows", &num_rows, "1 to 8192"));
        }
        Ok(())
    }
}

/// One column with the settings that it was made with, valid until the next.
#[derive(Debug, Clone, Copy)]
pub struct SpectrogramColumn<'a> {
    /// What it was made with.
    pub settings: &'a SpectrogramSettings,
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Counted from the reset.
    pub idx: u64,
    /// The time of its middle, in seconds from the first sample.
    pub time_s: f64,
    /// One for each row, the lowest first; a steady full-scale sine at a bin's centre is 1, and reassigned any sine.
    pub power: &'a [f64],
}

/// Takes samples in blocks of any length and hands out a column for each hop. Reassigned columns come half a frame later,
/// when nothing more can move into them.
#[derive(Debug, Clone)]
pub struct Spectrogram {
    settings: SpectrogramSettings,
    sample_rate_hz: f64,
    taper: Taper,
    framer: Framer<1>,
    transform: Transform,
    spectrum: Vec<Complex<f64>>,
    bins: Vec<f64>,
    column: Vec<f64>,
    reassignment: Option<Reassignment>,
    num_frames: u64,
    num_columns: u64,
}

/// What reassignment needs besides.
#[derive(Debug, Clone)]
struct Reassignment {
    /// The window times the time from its middle, in samples.
    time_factors: Vec<f64>,
    /// The window's slope for each sample.
    slope_factors: Vec<f64>,
    time_spectrum: Vec<Complex<f64>>,
    slope_spectrum: Vec<Complex<f64>>,
    /// How many columns a frame's power can move either way.
    reach: usize,
    /// A ring of columns, that of index `i` at `i % len`.
    ring: Vec<Vec<f64>>,
}

impl Spectrogram {
    /// Sizes and plans everything. This is what allocates.
    ///
    /// # Errors
    /// When a setting or the sample rate is out of its range.
    pub fn new(sample_rate_hz: f64, settings: &SpectrogramSettings) -> Result<Self, AnalysisError> {
        settings.check(sample_rate_hz)?;
        let resolution = &settings.resolution;
        let transform = Transform::new(resolution.fft_len);
        Ok(Self {
            settings: *settings,
            sample_rate_hz,
            taper: Taper::new(resolution.window, resolution.fft_len),
            framer: Framer::new(resolution),
            spectrum: transform.make_spectrum(),
            bins: vec![0.0; resolution.num_bins()],
            column: vec![0.0; settings.num_rows()],
            reassignment: settings.is_reassigned.then(|| Reassignment::new(settings, &transform)),
            transform,
            num_frames: 0,
            num_columns: 0,
        })
    }

    /// What columns are made with.
    #[must_use]
    pub fn settings(&self) -> &SpectrogramSettings {
        &self.settings
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.framer.reset();
        (self.num_frames, self.num_columns) = (0, 0);
        if let Some(reassignment) = &mut self.reassignment {
            reassignment.ring.iter_mut().for_each(|column| column.fill(0.0));
        }
    }

    /// Takes the next samples and hands each column that they complete to `on_column`. Allocates nothing; what is not a
    /// number counts as silence.
    pub fn process(&mut self, samples: &[f32], mut on_column: impl FnMut(SpectrogramColumn<'_>)) {
        let mut done = 0;
        while done < samples.len() {
            let (taken, frame) = self.framer.take([&samples[done..]]);
            done += taken;
            let Some([frame]) = frame else { continue };
            self.transform.run(frame, self.taper.factors(), &mut self.spectrum);
            powers(&self.spectrum, &self.taper, &mut self.bins);
            if let Some(reassignment) = &mut self.reassignment {
                reassignment.transform(&mut self.transform, frame);
            }
            self.framer.advance();
            self.num_frames += 1;
            if self.reassignment.is_some() {
                self.move_powers();
                self.hand_out_final(self.num_frames, &mut on_column);
            } else {
                self.show_bins();
                self.num_columns += 1;
                on_column(self.view(&self.column));
            }
        }
    }

    /// Hands out the columns that waited for more. After it the spectrogram is as new.
    pub fn finish(&mut self, mut on_column: impl FnMut(SpectrogramColumn<'_>)) {
        if let Some(reassignment) = &self.reassignment {
            self.hand_out_final(self.num_frames + reassignment.reach as u64, &mut on_column);
        }
        self.reset();
    }

    /// Hands out the columns that `num_frames` frames have made final.
    fn hand_out_final(&mut self, num_frames: u64, on_column: &mut impl FnMut(SpectrogramColumn<'_>)) {
        while let Some(reassignment) = &mut self.reassignment
            && self.num_columns + (reassignment.reach as u64) < num_frames
        {
            let place = (self.num_columns % reassignment.ring.len() as u64) as usize;
            // Its place is for a later column, which begins empty.
            core::mem::swap(&mut self.column, &mut reassignment.ring[place]);
            reassignment.ring[place].fill(0.0);
            self.num_columns += 1;
            on_column(self.view(&self.column));
        }
    }

    fn view<'a>(&'a self, power: &'a [f64]) -> SpectrogramColumn<'a> {
        let Resolution { fft_len, .. } = self.settings.resolution;
        let idx = self.num_columns - 1;
        let middle = idx as f64 * self.settings.resolution.hop_len() as f64 + fft_len as f64 / 2.0;
        let (settings, sample_rate_hz) = (&self.settings, self.sample_rate_hz);
        SpectrogramColumn { settings, sample_rate_hz, idx, time_s: middle / sample_rate_hz, power }
    }

    fn show_bins(&mut self) {
        let Rows::Octaves { low_hz, high_hz, num_rows } = self.settings.rows else {
            self.column.copy_from_slice(&self.bins);
            return;
        };
        let step = libm::pow(high_hz / low_hz, 1.0 / num_rows as f64);
        let bins = &self.bins;
        let mut low = low_hz * self.settings.resolution.fft_len as f64 / self.sample_rate_hz;
        for power in &mut self.column {
            let high = low * step;
            let (first, end) = (low.ceil() as usize, (high.ceil() as usize).min(bins.len()));
            *power = if first < end {
                bins[first..end].iter().fold(0.0, |max: f64, &power| max.max(power))
            } else {
                let middle = 0.5 * (low + high);
                let below = (middle as usize).min(bins.len() - 2);
                let [a, b] = [bins[below], bins[below + 1]].map(|power| power.max(1e-30));
                a * libm::pow(b / a, middle - below as f64)
            };
            low = high;
        }
    }

    /// Moves the powers of the newest frame to the columns and rows that they belong to.
    fn move_powers(&mut self) {
        let Some(reassignment) = &mut self.reassignment else { return };
        let own = self.num_frames - 1;
        let reach = reassignment.reach as f64;
        let hop_len = self.settings.resolution.hop_len() as f64;
        let bins_per_radian = self.settings.resolution.fft_len as f64 / TAU;
        let scale = 1.0 / self.taper.noise_bandwidth_bins();
        for (bin, (&power, x)) in self.bins.iter().zip(&self.spectrum).enumerate() {
            if power < 1e-20 {
                continue;
            }
            let conjugate = x.conj() / x.norm_sqr();
            let columns = (reassignment.time_spectrum[bin] * conjugate).re / hop_len;
            let bins = -(reassignment.slope_spectrum[bin] * conjugate).im * bins_per_radian;
            let columns = columns.round();
            let Some(row) = self.settings.row_of(bin as f64 + bins, self.sample_rate_hz) else { continue };
            if columns.abs() > reach || own as f64 + columns < self.num_columns as f64 {
                continue;
            }
            let column = (own as f64 + columns) as u64 % reassignment.ring.len() as u64;
            reassignment.ring[column as usize][row] += power * scale;
        }
    }
}

impl SpectrogramSettings {
    /// The row that a frequency in bins belongs to.
    fn row_of(&self, bin: f64, sample_rate_hz: f64) -> Option<usize> {
        let row = match self.rows {
            Rows::Bins => bin.round(),
            Rows::Octaves { low_hz, high_hz, num_rows } => {
                let ratio = bin * sample_rate_hz / self.resolution.fft_len as f64 / low_hz;
                (libm::log(ratio.max(1e-9)) / libm::log(high_hz / low_hz) * num_rows as f64).floor()
            }
        };
        (row >= 0.0 && row < self.num_rows() as f64).then_some(row as usize)
    }
}

impl Reassignment {
    fn new(settings: &SpectrogramSettings, transform: &Transform) -> Self {
        let Resolution { fft_len, window, .. } = settings.resolution;
        let at = |n: usize| n as f64 / fft_len as f64;
        let from_middle = |n: usize| n as f64 - fft_len as f64 / 2.0;
        let reach = fft_len.div_ceil(2 * settings.resolution.hop_len());
        Self {
            time_factors: (0..fft_len).map(|n| from_middle(n) * window.at(at(n))).collect(),
            slope_factors: (0..fft_len).map(|n| slope(window, at(n)) / fft_len as f64).collect(),
            time_spectrum: transform.make_spectrum(),
            slope_spectrum: transform.make_spectrum(),
            reach,
            ring: vec![vec![0.0; settings.num_rows()]; 2 * reach + 1],
        }
    }

    fn transform(&mut self, transform: &mut Transform, frame: &[f32]) {
        transform.run(frame, &self.time_factors, &mut self.time_spectrum);
        transform.run(frame, &self.slope_factors, &mut self.slope_spectrum);
    }
}

/// The slope of a window at `x` from 0 to 1, from two points beside it, which for so smooth a curve is right to nine digits. At its
/// ends a Kaiser window jumps, and no slope can say so.
fn slope(window: Window, x: f64) -> f64 {
    const STEP: f64 = 1e-5;
    let (low, high) = ((x - STEP).max(0.0), (x + STEP).min(1.0));
    (window.at(high) - window.at(low)) / (high - low)
}
