//! FLAC, by flac-codec: checksums and length are in the header when the file is done.

use super::{Encoder, Output, SampleFormat, WriteCounts, quantise};
use crate::error::FileError;
use flac_codec::encode::{FlacSampleWriter, Options};
use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

/// What the format counts up to. Of rates it knows more than are taken here.
const MAX_CHANNELS: usize = 8;

pub(super) fn check(format: SampleFormat, num_channels: usize) -> Result<(), String> {
    if bits_of(format).is_none() {
        return Err("FLAC is written with 16 or 24 bits: expected one of them".to_owned());
    }
    if num_channels > MAX_CHANNELS {
        return Err(format!("FLAC holds up to {MAX_CHANNELS} channels, found {num_channels}"));
    }
    Ok(())
}

fn bits_of(format: SampleFormat) -> Option<u32> {
    match format {
        SampleFormat::Int16 => Some(16),
        SampleFormat::Int24 => Some(24),
        SampleFormat::Int32 | SampleFormat::Float32 => None,
    }
}

/// Writes a FLAC file.
pub(super) struct FlacEncoder {
    writer: FlacSampleWriter<BufWriter<File>>,
    dest: PathBuf,
    bits: u32,
    samples: Vec<i32>,
}

impl FlacEncoder {
    pub(super) fn new(
        output: Output,
        format: SampleFormat,
        sample_rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        let Output { file, dest } = output;
        let bits = bits_of(format).unwrap_or(24);
        // Of both ways to code stereo the better is guessed from the sums, as libFLAC does, and not tried: half the time, and
        // 0.2 % more bytes.
        let options = Options::best().fast_channel_correlation(true);
        let writer = FlacSampleWriter::new(
            BufWriter::new(file),
            options,
            sample_rate_hz,
            bits,
            num_channels as u8,
            None,
        )
        .map_err(|error| unwritable(&dest, &error))?;
        Ok(Self { writer, dest, bits, samples: Vec::new() })
    }
}

impl Encoder for FlacEncoder {
    fn write(&mut self, channels: &[&[f32]], counts: &mut WriteCounts) -> Result<(), FileError> {
        interleave(channels, self.bits, counts, &mut self.samples);
        self.writer.write(&self.samples).map_err(|error| unwritable(&self.dest, &error))
    }

    fn finish(self: Box<Self>) -> Result<(), FileError> {
        let Self { writer, dest, .. } = *self;
        writer.finalize().map_err(|error| unwritable(&dest, &error))
    }
}

/// The frames as integers of so many bits, in place of what is in `samples`.
pub fn interleave(channels: &[&[f32]], bits: u32, counts: &mut WriteCounts, samples: &mut Vec<i32>) {
    samples.clear();
    for n in 0..channels.first().map_or(0, |channel| channel.len()) {
        samples.extend(channels.iter().map(|channel| quantise(channel[n], bits, counts)));
    }
}

/// What the encoder says, of a file.
#[must_use]
pub fn unwritable(path: &Path, error: &flac_codec::Error) -> FileError {
    match error {
        flac_codec::Error::Io(error) => FileError::unwritable(path, error),
        other => {
            FileError::Unwritable { path: path.to_owned(), reason: other.to_string(), kind: ErrorKind::Other }
        }
    }
}
