//! A programme through the chain: from any source, to any sink, with the chain's latency taken off.

pub use crate::audio::Source;
use crate::error::FileError;
use crate::measure::BLOCK_LEN;
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::processor::{LatencyMode, PrepareError, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tempfile::{SpooledTempFile, spooled_tempfile_in};

/// What the chain did on the way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RenderSummary {
    /// Frames in, which are as many as came out.
    pub num_frames: u64,
    /// Samples that were not audio and became silence.
    pub num_damaged_samples: u64,
    /// The limiter's deepest reduction in decibels.
    pub deepest_reduction_db: f64,
    /// Samples beyond full scale that the dither held to it.
    pub num_clipped_samples: u64,
}

/// Renders all of `source` into `sink`, which gets as many frames as the source has.
///
/// # Errors
/// Those of the source and of the sink.
///
/// # Panics
/// If the rate or the number of channels is not one that the chain takes; callers check them first.
pub fn render<E: From<FileError>>(
    source: &mut (impl Source + ?Sized),
    sample_rate_hz: f64,
    num_channels: usize,
    settings: &ChainSettings,
    mut sink: impl FnMut(&[&[f32]]) -> Result<(), E>,
) -> Result<RenderSummary, E> {
    let spec = quality_spec(sample_rate_hz, num_channels, BLOCK_LEN);
    let mut chain = prepared_chain(&spec, settings).expect("rate and channels have been checked");
    let mut channels = vec![vec![0.0; BLOCK_LEN]; num_channels];
    let mut latency_left = chain.latency_samples();
    let mut tail_left = latency_left;
    let mut num_frames = 0;
    loop {
        let mut len = source.read(&mut channels)?;
        num_frames += len as u64;
        if len == 0 {
            // Silence pushes out what the chain still holds.
            len = tail_left.min(BLOCK_LEN);
            tail_left -= len;
            channels.iter_mut().for_each(|channel| channel[..len].fill(0.0));
        }
        if len == 0 {
            return Ok(RenderSummary {
                num_frames,
                num_damaged_samples: chain.num_damaged_samples(),
                deepest_reduction_db: chain.deepest_limiter_reduction_db(),
                num_clipped_samples: chain.num_clipped_samples(),
            });
        }
        chain.process(&mut block_of(&mut channels, 0..len));
        let start = latency_left.min(len);
        latency_left -= start;
        let out: Vec<&[f32]> = channels.iter().map(|channel| &channel[start..len]).collect();
        sink(&out)?;
    }
}

/// What a bounce asks of a chain, in blocks of at most so many frames.
pub(crate) fn quality_spec(sample_rate_hz: f64, num_channels: usize, max_block_len: usize) -> ProcessSpec {
    ProcessSpec { sample_rate_hz, max_block_len, num_channels, latency_mode: LatencyMode::Quality }
}

pub(crate) fn prepared_chain(
    spec: &ProcessSpec,
    settings: &ChainSettings,
) -> Result<Box<Chain>, PrepareError> {
    let mut chain = Box::<Chain>::default();
    chain.prepare(spec)?;
    chain.set(settings);
    Ok(chain)
}

/// A part of one or two planes.
pub(crate) fn block_of(planes: &mut [Vec<f32>], range: Range<usize>) -> Block<'_> {
    match planes {
        [left, right] => Block::stereo(&mut left[range.clone()], &mut right[range]),
        [mono, ..] => Block::mono(&mut mono[range]),
        [] => Block::mono(&mut []),
    }
}

/// A programme kept between passes: on disk, so that memory does not grow with its length, in a file that has no name and is gone
/// when this is, even after a kill; or in memory, for what lies there anyway.
pub struct Cache {
    file: SpooledTempFile,
    place: PathBuf,
    num_channels: usize,
}

/// Writes a [`Cache`].
pub struct CacheWriter {
    file: BufWriter<SpooledTempFile>,
    place: PathBuf,
    num_channels: usize,
}

impl CacheWriter {
    /// On disk, in the folder of the master to be: there must be room there anyway, while the system's folder for temporary files
    /// may be memory.
    #[must_use]
    pub fn beside(output: &Path, num_channels: usize) -> Self {
        let file = spooled_tempfile_in(0, crate::paths::folder_of(output));
        Self { file: BufWriter::new(file), place: output.to_owned(), num_channels }
    }

    /// In memory.
    #[must_use]
    pub fn in_memory(num_channels: usize) -> Self {
        let file = BufWriter::new(SpooledTempFile::new(usize::MAX));
        Self { file, place: PathBuf::from("(memory)"), num_channels }
    }

    /// Appends a block.
    ///
    /// # Errors
    /// When the disk is full or fails, or the system gives no file.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError> {
        let num_frames = channels.first().map_or(0, |channel| channel.len());
        let mut bytes = Vec::with_capacity(num_frames * self.num_channels * 4);
        for frame_idx in 0..num_frames {
            for channel in channels {
                bytes.extend(channel[frame_idx].to_le_bytes());
            }
        }
        self.file.write_all(&bytes).map_err(|error| FileError::unwritable(&self.place, &error))
    }

    /// The programme, ready to be read as often as wanted.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn finish(self) -> Result<Cache, FileError> {
        let Self { file, place, num_channels } = self;
        let file = file.into_inner().map_err(|error| FileError::unwritable(&place, error.error()))?;
        Ok(Cache { file, place, num_channels })
    }
}

impl Cache {
    /// Reads it from the beginning.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn source(&mut self) -> Result<CacheSource<'_>, FileError> {
        self.file.rewind().map_err(|error| FileError::unreadable(&self.place, &error))?;
        let file = BufReader::with_capacity(1 << 16, &mut self.file);
        Ok(CacheSource { file, place: &self.place, num_channels: self.num_channels })
    }
}

/// One reading of a [`Cache`].
pub struct CacheSource<'a> {
    file: BufReader<&'a mut SpooledTempFile>,
    place: &'a Path,
    num_channels: usize,
}

impl Source for CacheSource<'_> {
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError> {
        let frame_bytes = 4 * self.num_channels;
        let max_frames = channels.iter().map(Vec::len).min().unwrap_or(0);
        let mut bytes = Vec::with_capacity(max_frames * frame_bytes);
        (&mut self.file)
            .take((max_frames * frame_bytes) as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| FileError::unreadable(self.place, &error))?;
        for (frame_idx, frame) in bytes.chunks_exact(frame_bytes).enumerate() {
            for (channel, sample) in channels.iter_mut().zip(frame.chunks_exact(4)) {
                channel[frame_idx] = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
            }
        }
        Ok(bytes.len() / frame_bytes)
    }
}
