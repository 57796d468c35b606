//! The reader's side of the telemetry: what has arrived since the last frame of the window, worked out for the pages.
//!
//! Meters, history and levels are cheap and always kept. A page that draws spectra or the image asks for them with [`Watch::want`]
//! at every frame; what nobody asked for is not worked out. Everything is bounded, however long the window is open.

mod levels;
mod loudness;
mod spectra;
mod spectrogram;

pub use levels::{Levels, Needle};
pub use loudness::{LoudnessHistory, LoudnessPoint, MAX_POINTS};
pub use spectra::{Channels, Fineness, Spectra, SpectrumOptions};
pub use spectrogram::SpectrogramImage;

use crate::host::AudioFormat;
use lacquer_dsp::analysis::stereo::{StereoFrame, StereoImage, StereoSettings};
use lacquer_dsp::telemetry::{
    Event, EventKind, HISTORY_RATE_HZ, HistoryPoint, Lost, MeterFrame, SamplePair, TelemetryReader,
};
use spectra::SpectrumPair;
use std::collections::VecDeque;

/// How much of the history is kept for the pages.
pub const HISTORY_S: f64 = 60.0;

const NUM_POINTS: usize = (HISTORY_S * HISTORY_RATE_HZ) as usize;

/// How much of the past the short-term loudness, and with it PSR, looks at.
const SHORT_TERM_POINTS: usize = (3.0 * HISTORY_RATE_HZ) as usize;

/// The meters of now are also those of points that are no older.
const MAX_AGE_S: f64 = 0.3;

/// How long a figure stands.
const CALM_S: f64 = 0.15;

/// What costs something to work out, and is worked out for those who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// [`Watch::spectra`].
    Spectra,
    /// [`Watch::spectrogram`].
    Spectrogram,
    /// [`Watch::image`].
    Image,
}

const NUM_WANTS: usize = 3;

/// Someone who hears every sample that goes through the chain, such as the assistant.
pub type Listener = Box<dyn FnMut(&[SamplePair]) + Send>;

/// What is read as a figure, which must stand long enough to be read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Calm {
    /// The meters.
    pub meters: MeterFrame,
    /// See [`Watch::psr_db`].
    pub psr_db: Option<f64>,
    /// How many times the output went beyond full scale since the reset; stretches without 10 ms between them are one.
    pub num_overs: u64,
    until_s: f64,
}

/// What the pages draw of the audio.
#[derive(Default)]
pub struct Watch {
    reader: Option<TelemetryReader>,
    format: Option<AudioFormat>,
    meters: MeterFrame,
    calm: Calm,
    points: VecDeque<HistoryPoint>,
    /// How many points have come in all: the pages scroll by it.
    num_points: u64,
    /// How many times the output went beyond full scale since the reset, and whether it still is there.
    num_overs: u64,
    is_over: bool,
    levels: Levels,
    loudness: LoudnessHistory,
    /// What waits is of a time when nobody looked.
    is_stale: bool,
    wanted: [bool; NUM_WANTS],
    /// How many frames of samples have been analysed for each of [`Want`].
    num_analysed: [u64; NUM_WANTS],
    spectra: Option<SpectrumPair>,
    spectrogram: Option<SpectrogramImage>,
    image: Option<StereoImage>,
    listener: Option<Listener>,
    channels: [Vec<f32>; 2],
}

impl Watch {
    /// Listens to another chain from now on.
    pub fn connect(&mut self, reader: TelemetryReader) {
        let listener = self.listener.take();
        *self = Self { reader: Some(reader), listener, ..Self::default() };
    }

    /// What has arrived until now is left out at the next update: the meters stand, history and pictures begin there.
    pub fn skip_waiting(&mut self) {
        self.is_stale = true;
    }

    /// Hears every sample from now on, whatever the pages want, until it is told to end with none.
    pub fn on_samples(&mut self, listener: Option<Listener>) {
        self.listener = listener;
    }

    /// Asks for something costly; it is worked out with the next frame of the window.
    pub fn want(&mut self, want: Want) {
        self.wanted[want as usize] = true;
    }

    /// Takes everything that has arrived. Once for each frame of the window, whose time in seconds `now_s` is.
    pub fn update(&mut self, now_s: f64, format: Option<AudioFormat>, options: &SpectrumOptions) {
        if self.format != format {
            self.format = format;
            (self.spectra, self.spectrogram, self.image) = (None, None, None);
        }
        let wanted = std::mem::take(&mut self.wanted);
        let Some(mut reader) = self.reader.take() else { return };
        if std::mem::take(&mut self.is_stale) {
            self.forget(&mut reader);
        }
        self.meters = *reader.newest();
        reader.events().for_each(|event| self.obey(event));
        self.take_history(&mut reader);
        self.levels.update(now_s, reader.take_peaks());
        if now_s >= self.calm.until_s {
            let (meters, psr_db, num_overs) = (self.meters, self.psr_db(), self.num_overs);
            self.calm = Calm { meters, psr_db, num_overs, until_s: now_s + CALM_S };
        }
        self.prepare(wanted, options);
        reader.samples(|samples| self.analyse(samples, options));
        self.reader = Some(reader);
    }

    /// Leaves out what waits. The loudness of hours has a gap, and the last minute begins anew.
    fn forget(&mut self, reader: &mut TelemetryReader) {
        reader.history().for_each(drop);
        reader.samples(|_| ());
        let _ = reader.take_peaks();
        self.points.clear();
        self.levels.reset();
    }

    fn obey(&mut self, event: Event) {
        if event.kind == EventKind::Reset {
            self.loudness = LoudnessHistory::default();
            self.levels.reset();
            self.points.clear();
            self.num_overs = 0;
            self.calm.until_s = 0.0;
        }
    }

    fn take_history(&mut self, reader: &mut TelemetryReader) {
        let max_age_frames = (MAX_AGE_S * self.format.map_or(0.0, |format| format.sample_rate_hz)) as u64;
        for point in reader.history() {
            if self.points.len() == NUM_POINTS {
                self.points.pop_front();
            }
            self.points.push_back(point);
            self.num_points += 1;
            let was_over = self.is_over;
            self.is_over = point.output_peaks.iter().any(|peak| *peak > 1.0);
            self.num_overs += u64::from(self.is_over && !was_over);
            self.loudness.add(&point, &self.meters, max_age_frames);
        }
    }

    /// Makes what is wanted, and forgets what is not: old audio must not run into new.
    fn prepare(&mut self, wanted: [bool; NUM_WANTS], options: &SpectrumOptions) {
        let Some(format) = self.format else { return };
        let is_wanted = |want: Want| wanted[want as usize];
        keep_or_make(&mut self.spectra, is_wanted(Want::Spectra), || SpectrumPair::new(&format, options));
        keep_or_make(&mut self.spectrogram, is_wanted(Want::Spectrogram), || SpectrogramImage::new(&format));
        keep_or_make(&mut self.image, is_wanted(Want::Image), || {
            StereoImage::new(format.sample_rate_hz, &StereoSettings::default()).ok()
        });
        if let Some(spectra) = &mut self.spectra {
            spectra.set(&format, options);
        }
    }

    fn analyse(&mut self, samples: &[SamplePair], options: &SpectrumOptions) {
        if let Some(listener) = &mut self.listener {
            listener(samples);
        }
        let num_samples = samples.len() as u64;
        if let Some(spectra) = self.spectra.as_mut().filter(|_| !options.is_frozen) {
            spectra.process(samples);
            self.num_analysed[Want::Spectra as usize] += num_samples;
        }
        if self.spectrogram.is_none() && self.image.is_none() {
            return;
        }
        for (channel, samples_out) in self.channels.iter_mut().enumerate() {
            samples_out.clear();
            samples_out.extend(samples.iter().map(|pair| pair.output[channel]));
        }
        let [left, right] = &mut self.channels;
        if let Some(image) = &mut self.image {
            image.process(left, right, |_| ());
            self.num_analysed[Want::Image as usize] += num_samples;
        }
        if let Some(spectrogram) = &mut self.spectrogram {
            for (left, right) in left.iter_mut().zip(right) {
                *left = 0.5 * (*left + *right);
            }
            spectrogram.process(left);
            self.num_analysed[Want::Spectrogram as usize] += num_samples;
        }
    }

    /// The meters now.
    #[must_use]
    pub fn meters(&self) -> &MeterFrame {
        &self.meters
    }

    /// The meters of a moment ago, which change a few times a second: for figures.
    #[must_use]
    pub fn calm(&self) -> &Calm {
        &self.calm
    }

    /// The last minute in steps of 10 ms, the oldest first; fewer at the beginning.
    #[must_use]
    pub fn points(&self) -> &VecDeque<HistoryPoint> {
        &self.points
    }

    /// How many points there have been since the chain was connected, those that are no longer kept among them.
    #[must_use]
    pub fn num_points(&self) -> u64 {
        self.num_points
    }

    /// Levels with the ballistics of a peak meter, and the highest of late.
    #[must_use]
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Lets the held peaks and the marks of clipping begin anew.
    pub fn reset_peaks(&mut self) {
        self.levels.reset();
    }

    /// Loudness since the reset, hours of it.
    #[must_use]
    pub fn loudness(&self) -> &LoudnessHistory {
        &self.loudness
    }

    /// How far the peaks of the last 3 s lie above their loudness, in dB; none before there have been 3 s and in silence. Peaks are
    /// those of the samples, so that it reads up to a decibel less than with true peaks.
    #[must_use]
    pub fn psr_db(&self) -> Option<f64> {
        let short_term = self.meters.output.short_term_lufs?.0;
        let recent = self.points.iter().rev().take(SHORT_TERM_POINTS);
        let peak = recent.flat_map(|point| point.output_peaks).fold(0.0, f32::max);
        (short_term.is_finite() && peak > 0.0).then(|| f64::from(peak).log10() * 20.0 - short_term)
    }

    /// The spectra before and after the chain, at the same moment of the music; none until they were wanted and a frame is full.
    #[must_use]
    pub fn spectra(&self) -> Option<Spectra<'_>> {
        self.spectra.as_ref()?.frames()
    }

    /// The output's spectrogram; none until it was wanted.
    pub fn spectrogram(&mut self) -> Option<&mut SpectrogramImage> {
        self.spectrogram.as_mut()
    }

    /// The output's stereo image; none until it was wanted and a frame is full.
    #[must_use]
    pub fn image(&self) -> Option<StereoFrame<'_>> {
        self.image.as_ref()?.frame()
    }

    /// What the audio thread could not hand over, because the window did not come for it.
    #[must_use]
    pub fn lost(&self) -> Lost {
        self.reader.as_ref().map_or_else(Lost::default, TelemetryReader::lost)
    }

    /// How many samples have been analysed for a want.
    #[must_use]
    pub fn num_analysed(&self, want: Want) -> u64 {
        self.num_analysed[want as usize]
    }
}

fn keep_or_make<T>(place: &mut Option<T>, is_wanted: bool, make: impl FnOnce() -> Option<T>) {
    if !is_wanted {
        *place = None;
    } else if place.is_none() {
        *place = make();
    }
}
