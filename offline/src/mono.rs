//! A file as one channel at a rate: what analyses of speech and pictures look at.

use crate::decode::{AudioInfo, AudioReader};
use crate::error::FileError;
use crate::measure::BLOCK_LEN;
use crate::progress::{Cancelled, Progress};
use lacquer_dsp::filter::resample::{Ratio, Resampler};
use lacquer_dsp::processor::{PrepareError, SAMPLE_RATES_HZ};
use std::ops::Range;
use std::path::Path;

/// Why a file could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It cannot be analysed like this.
    #[error("{path}: {source}")]
    Analysis {
        /// The file.
        path: String,
        /// Why.
        source: lacquer_dsp::analysis::AnalysisError,
    },
    /// Begin earlier.
    #[error("{path}: nothing begins at {start_s:.3} s: the file is {file_s:.3} s long")]
    BeginsAfterEnd {
        /// The file.
        path: String,
        /// Where it was to begin, in seconds.
        start_s: f64,
        /// How long the file is, in seconds.
        file_s: f64,
    },
    /// Take more of it, or another definition.
    #[error("{path}: {found} samples are too few: expected {expected}")]
    TooShort {
        /// The file.
        path: String,
        /// How many samples there are at the definition's rate.
        found: u64,
        /// How many make a frame.
        expected: usize,
    },
    /// It is no longer wanted.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct MonoInfo {
    /// What the file's header says.
    pub audio: AudioInfo,
    /// How many samples were handed on.
    pub num_samples: u64,
    /// The frame of the file before which reading ended.
    pub end_frame: u64,
    /// How many of these frames' samples were no numbers and became silence.
    pub num_damaged_samples: u64,
}

impl MonoInfo {
    /// Sees to it that there was something to look at.
    ///
    /// # Errors
    /// When the file ends before `start`.
    pub fn check_begins(&self, path: &Path, start: u64) -> Result<(), AnalysisError> {
        if self.end_frame > start {
            return Ok(());
        }
        let [start_s, file_s] =
            [start, self.end_frame].map(|frame| frame as f64 / f64::from(self.audio.sample_rate_hz));
        Err(AnalysisError::BeginsAfterEnd { path: path.display().to_string(), start_s, file_s })
    }
}

/// Reads the frames of a file that lie in `frames`, takes the mean of its channels, brings it to `rate_hz` unless that is none,
/// and hands it on in blocks, as if there were nothing before and after.
///
/// The resampler is the Kaiser-windowed sinc of [`lacquer_dsp::filter::resample`]: flat to 0.44 of the lower rate, folding 90 dB
/// down from 0.5 on, and without delay. A clip of `n` samples becomes one of `n` times the ratio, rounded up.
///
/// # Errors
/// When the file cannot be read, or the work is cancelled.
pub fn read_mono(
    path: &Path,
    frames: Range<u64>,
    rate_hz: Option<f64>,
    progress: &Progress<'_>,
    mut on_block: impl FnMut(&[f32]),
) -> Result<MonoInfo, AnalysisError> {
    let mut reader = AudioReader::open(path)?;
    let audio = reader.info().clone();
    let file_rate_hz = f64::from(audio.sample_rate_hz);
    let mut rate = rate_hz.filter(|&rate_hz| rate_hz != file_rate_hz).map(|hz| Rate::new(hz, file_rate_hz));
    let mut channels = vec![vec![0.0_f32; BLOCK_LEN]; audio.num_channels];
    let share = 1.0 / audio.num_channels as f64;
    let (mut mono, mut end_frame) = (Vec::with_capacity(BLOCK_LEN), 0);
    let (mut num_samples, mut num_damaged_samples) = (0, 0);
    loop {
        let len = if end_frame < frames.end { reader.read(&mut channels)? as u64 } else { 0 };
        let [first, last] = [frames.start, frames.end].map(|frame| frame.clamp(end_frame, end_frame + len));
        mono.clear();
        mono.extend((first - end_frame..last - end_frame).map(|n| {
            let n = n as usize;
            let samples = channels.iter().map(|channel| channel[n]);
            num_damaged_samples += samples.clone().filter(|x| !x.is_finite()).count() as u64;
            (samples.filter(|x| x.is_finite()).map(f64::from).sum::<f64>() * share) as f32
        }));
        end_frame = last;
        if let Some(rate) = &mut rate {
            if len > 0 { rate.convert(&mut mono) } else { rate.finish(&mut mono) }
        }
        num_samples += mono.len() as u64;
        on_block(&mono);
        if len == 0 {
            return Ok(MonoInfo { audio, num_samples, end_frame, num_damaged_samples });
        }
        let total = audio.num_frames.map(|total| total.min(frames.end));
        progress.report("analysing", end_frame, total)?;
    }
}

/// One channel at another rate, by the resampler of [`read_mono`].
///
/// # Errors
/// When a rate is not one of 8000 to 384000 Hz.
pub fn resampled(samples: &[f32], from_hz: f64, to_hz: f64) -> Result<Vec<f32>, PrepareError> {
    for rate_hz in [from_hz, to_hz] {
        if !SAMPLE_RATES_HZ.contains(&rate_hz) {
            return Err(PrepareError::SampleRate(rate_hz));
        }
    }
    let mut all = samples.to_vec();
    if from_hz != to_hz {
        let mut rate = Rate::new(to_hz, from_hz);
        let mut rest = Vec::new();
        rate.convert(&mut all);
        rate.finish(&mut rest);
        all.extend(rest);
    }
    Ok(all)
}

/// How many samples [`resampled`] gives for so many.
#[must_use]
pub fn resampled_len(num_samples: usize, from_hz: f64, to_hz: f64) -> usize {
    let ratio = Ratio::nearest(to_hz, from_hz);
    (num_samples as u128 * ratio.inner as u128).div_ceil(ratio.outer as u128) as usize
}

/// A resampler that counts, so that the end is where the file's end is.
struct Rate {
    ratio: Ratio,
    resampler: Resampler,
    num_in: u64,
    num_out: u64,
    block: Vec<f32>,
}

impl Rate {
    fn new(to_hz: f64, from_hz: f64) -> Self {
        let ratio = Ratio::nearest(to_hz, from_hz);
        Self { ratio, resampler: ratio.inward(), num_in: 0, num_out: 0, block: Vec::new() }
    }

    /// Replaces a block by what can be known of it at the new rate.
    fn convert(&mut self, block: &mut Vec<f32>) {
        self.block.clear();
        for &x in block.iter() {
            self.resampler.push(f64::from(x));
            while let Some(y) = self.resampler.pull() {
                self.block.push(y as f32);
            }
        }
        self.num_in += block.len() as u64;
        self.num_out += self.block.len() as u64;
        std::mem::swap(block, &mut self.block);
    }

    /// What is left when silence follows.
    fn finish(&mut self, block: &mut Vec<f32>) {
        block.clear();
        let total = (self.num_in * self.ratio.inner as u64).div_ceil(self.ratio.outer as u64);
        while self.num_out < total {
            self.resampler.push(0.0);
            while let Some(y) = self.resampler.pull() {
                if self.num_out < total {
                    block.push(y as f32);
                    self.num_out += 1;
                }
            }
        }
    }
}
