//! By libFLAC.

use super::super::{Encoder, Output, SampleFormat, WriteCounts};
use super::{bits_of, interleave};
use crate::error::FileError;
use std::io;
use std::path::{Path, PathBuf};

/// The best of the usual settings. A master is written once and read often.
const COMPRESSION_LEVEL: u32 = 8;

/// Writes a FLAC file.
pub struct FlacEncoder {
    encoder: flac_bound::FlacEncoder<'static>,
    dest: PathBuf,
    bits: u32,
    num_channels: usize,
    samples: Vec<i32>,
}

impl FlacEncoder {
    pub fn new(
        output: Output,
        format: SampleFormat,
        sample_rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        // libFLAC comes back to the header, so it opens the file itself.
        let Output { path, dest, .. } = output;
        let bits = bits_of(format).unwrap_or(24);
        let config = flac_bound::FlacEncoder::new().ok_or_else(|| failed(&dest))?;
        let encoder = config
            .channels(num_channels as u32)
            .bits_per_sample(bits)
            .sample_rate(sample_rate_hz)
            // Files of 384 kHz and the like are none that a stream's receiver must take.
            .streamable_subset(sample_rate_hz <= 48_000)
            .compression_level(COMPRESSION_LEVEL)
            .init_file(&path)
            .map_err(|_| failed(&dest))?;
        Ok(Self { encoder, dest, bits, num_channels, samples: Vec::new() })
    }
}

impl Encoder for FlacEncoder {
    fn write(&mut self, channels: &[&[f32]], counts: &mut WriteCounts) -> Result<(), FileError> {
        interleave(channels, self.bits, counts, &mut self.samples);
        let num_frames = self.samples.len() / self.num_channels;
        self.encoder.process_interleaved(&self.samples, num_frames as u32).map_err(|()| failed(&self.dest))
    }

    fn finish(self: Box<Self>) -> Result<(), FileError> {
        let Self { encoder, dest, .. } = *self;
        encoder.finish().map(drop).map_err(|_| failed(&dest))
    }
}

/// libFLAC says that it failed, and the system why.
fn failed(dest: &Path) -> FileError {
    FileError::unwritable(dest, &io::Error::last_os_error())
}
