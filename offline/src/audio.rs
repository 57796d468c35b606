//! What can be mastered or measured: a programme that can be read as often as wanted, in a file or in memory.

use crate::decode::{AudioInfo, AudioReader};
use crate::error::FileError;
use crate::measure::BLOCK_LEN;
use crate::progress::{Cancelled, Progress};
use std::path::{Path, PathBuf};

/// Where audio comes from, block by block.
pub trait Source {
    /// Fills the channels with the next frames and returns how many; 0 at the end.
    ///
    /// # Errors
    /// When no more can be read.
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError>;
}

impl Source for AudioReader {
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError> {
        AudioReader::read(self, channels)
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError> {
        (**self).read(channels)
    }
}

/// A programme that can be read as often as wanted.
pub trait Audio {
    /// What there is.
    fn info(&self) -> &AudioInfo;
    /// What messages and reports call it.
    fn path(&self) -> &Path;
    /// Reads it from its beginning.
    ///
    /// # Errors
    /// When it can no longer be read.
    fn open(&self) -> Result<Box<dyn Source + '_>, FileError>;
}

/// A programme in a file.
#[derive(Debug, Clone)]
pub struct AudioFile {
    path: PathBuf,
    info: AudioInfo,
}

impl AudioFile {
    /// Reads the header.
    ///
    /// # Errors
    /// See [`AudioReader::open`].
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let info = AudioReader::open(path)?.info().clone();
        Ok(Self { path: path.to_owned(), info })
    }
}

impl Audio for AudioFile {
    fn info(&self) -> &AudioInfo {
        &self.info
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> Result<Box<dyn Source + '_>, FileError> {
        Ok(Box::new(AudioReader::open(&self.path)?))
    }
}

/// A programme in memory, one slice for each channel.
#[derive(Debug, Clone)]
pub struct Planes<'a> {
    channels: &'a [&'a [f32]],
    info: AudioInfo,
}

impl<'a> Planes<'a> {
    /// Takes slices of equal length at a rate in Hz.
    ///
    /// # Errors
    /// When there is no channel or no frame, a length differs, or the rate is not one of 8000 to 384000.
    pub fn new(channels: &'a [&'a [f32]], sample_rate_hz: u32) -> Result<Self, FileError> {
        let len = channels.first().map_or(0, |channel| channel.len());
        let path = || PathBuf::from(Self::NAME);
        if len == 0 {
            let found = if channels.is_empty() { "no channel" } else { "0 frames" };
            return Err(FileError::Empty { path: path(), found: found.into() });
        }
        if let Some(other) = channels.iter().find(|channel| channel.len() != len) {
            let expected = format!("channels of equal length ({len} frames)");
            return Err(FileError::Unsupported {
                path: path(),
                expected,
                found: format!("{} frames", other.len()),
            });
        }
        let info = AudioInfo::in_memory(&path(), sample_rate_hz, channels.len(), len as u64)?;
        Ok(Self { channels, info })
    }

    const NAME: &'static str = "(memory)";
}

impl Audio for Planes<'_> {
    fn info(&self) -> &AudioInfo {
        &self.info
    }

    fn path(&self) -> &Path {
        Path::new(Self::NAME)
    }

    fn open(&self) -> Result<Box<dyn Source + '_>, FileError> {
        Ok(Box::new(PlanesSource { channels: self.channels, start: 0 }))
    }
}

/// One reading of [`Planes`].
struct PlanesSource<'a> {
    channels: &'a [&'a [f32]],
    start: usize,
}

impl Source for PlanesSource<'_> {
    fn read(&mut self, channels: &mut [Vec<f32>]) -> Result<usize, FileError> {
        let mut len = 0;
        for (to, from) in channels.iter_mut().zip(self.channels) {
            len = to.len().min(from.len() - self.start);
            to[..len].copy_from_slice(&from[self.start..self.start + len]);
        }
        self.start += len;
        Ok(len)
    }
}

/// Hands out a programme block by block, each with its first frame's place, until the end or until `take` wants no more.
///
/// # Errors
/// When it cannot be read, or the work is cancelled.
pub(crate) fn each_block<E: From<FileError> + From<Cancelled>>(
    audio: &dyn Audio,
    step: &str,
    progress: &Progress<'_>,
    mut take: impl FnMut(&[&[f32]], u64) -> bool,
) -> Result<(), E> {
    let mut source = audio.open()?;
    let total = audio.info().num_frames;
    let mut channels = vec![vec![0.0; BLOCK_LEN]; audio.info().num_channels];
    let mut start = 0;
    loop {
        let len = source.read(&mut channels)?;
        let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[..len]).collect();
        if len == 0 || !take(&block, start) {
            return Ok(());
        }
        start += len as u64;
        progress.report(step, start, total)?;
    }
}
