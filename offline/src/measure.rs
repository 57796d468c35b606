//! What a programme measures: the standard's figures, and the independent true peak.

use crate::audio::{Audio, AudioFile, each_block};
use crate::decode::{AudioInfo, ChannelRole};
use crate::error::FileError;
use crate::progress::{Cancelled, Progress};
use crate::reference_peak::ReferencePeak;
use lacquer_dsp::meter::{Dbtp, LoudnessMeter, LoudnessReading, MAX_METER_CHANNELS, MeterError};
use lacquer_dsp::units::gain_to_db;
use std::path::Path;

/// How many frames are decoded at a time.
pub const BLOCK_LEN: usize = 4096;

/// All figures of a programme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// By BS.1770-5, Tech 3341 and Tech 3342.
    pub reading: LoudnessReading,
    /// The highest true peak that sixteen times oversampling finds; `None` when there was no sample.
    pub reference_peak_dbtp: Option<Dbtp>,
}

impl Measurement {
    /// The higher of the independent and of the standard's true peak; `None` when there was no sample.
    #[must_use]
    pub fn highest_true_peak_dbtp(&self) -> Option<Dbtp> {
        let (ours, standard) = (self.reference_peak_dbtp?, self.reading.true_peak_dbtp?);
        Some(if ours > standard { ours } else { standard })
    }
}

/// Measures audio as it comes.
#[derive(Debug, Clone)]
pub struct Gauge {
    meter: LoudnessMeter,
    peaks: Vec<ReferencePeak>,
}

impl Gauge {
    /// A gauge for channels of these roles.
    ///
    /// # Errors
    /// When the meter takes neither such a rate nor so many channels.
    pub fn new(sample_rate_hz: f64, roles: &[ChannelRole]) -> Result<Self, MeterError> {
        let mut meter = LoudnessMeter::new();
        meter.prepare(sample_rate_hz, roles)?;
        Ok(Self { meter, peaks: vec![ReferencePeak::new(); roles.len()] })
    }

    /// Takes the next block, a slice for each channel.
    pub fn process(&mut self, channels: &[&[f32]]) {
        self.meter.process(channels);
        for (peak, samples) in self.peaks.iter_mut().zip(channels) {
            peak.process(samples);
        }
    }

    /// The figures of everything that came.
    #[must_use]
    pub fn finish(mut self) -> Measurement {
        self.meter.finish();
        let reading = self.meter.reading();
        let highest = self.peaks.into_iter().map(ReferencePeak::finish).fold(0.0, f64::max);
        let reference_peak_dbtp = (reading.num_frames > 0).then(|| Dbtp(gain_to_db(highest)));
        Measurement { reading, reference_peak_dbtp }
    }
}

/// Why a file could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The meter does not take it.
    #[error("{path}: {source}")]
    Meter {
        /// The file.
        path: String,
        /// Why.
        source: MeterError,
    },
    /// It is no longer wanted.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Measures a programme of any number of channels. With `dual_mono` one of one channel counts as heard from two loudspeakers,
/// which is 3.01 LU more.
///
/// # Errors
/// When it cannot be read or metered, or the work is cancelled.
pub fn measure(
    audio: &dyn Audio,
    dual_mono: bool,
    progress: &Progress<'_>,
) -> Result<Measurement, MeasureError> {
    let info = audio.info();
    let mut gauge = Gauge::new(f64::from(info.sample_rate_hz), &roles(info, dual_mono))
        .map_err(|source| MeasureError::Meter { path: audio.path().display().to_string(), source })?;
    each_block(audio, "measuring", progress, |block, _| {
        gauge.process(block);
        true
    })
    .map(|()| gauge.finish())
}

/// Measures a file, see [`measure`].
///
/// # Errors
/// When the file cannot be read or metered, or the work is cancelled.
pub fn measure_file(
    path: &Path,
    dual_mono: bool,
    progress: &Progress<'_>,
) -> Result<(AudioInfo, Measurement), MeasureError> {
    let file = AudioFile::new(path)?;
    let measurement = measure(&file, dual_mono, progress)?;
    Ok((file.info().clone(), measurement))
}

/// What the meter counts each channel for.
#[must_use]
pub fn roles(info: &AudioInfo, dual_mono: bool) -> Vec<ChannelRole> {
    if dual_mono && info.num_channels == 1 { vec![ChannelRole::DualMono] } else { info.channel_roles.clone() }
}

/// What each of so many channels counts for in a meter: five are left, right, centre and two surrounds, six have the LFE after the
/// centre, others all count the same; with `dual_mono` a single one counts as heard from two loudspeakers. Beyond what a meter takes,
/// there is one more than that, which it refuses.
#[must_use]
pub fn roles_of(num_channels: usize, dual_mono: bool) -> Vec<ChannelRole> {
    match num_channels {
        1 if dual_mono => vec![ChannelRole::DualMono],
        5 => ChannelRole::SURROUND_5_0.to_vec(),
        6 => ChannelRole::SURROUND_5_1.to_vec(),
        _ => vec![ChannelRole::Main; num_channels.min(MAX_METER_CHANNELS + 1)],
    }
}
