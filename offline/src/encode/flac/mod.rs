//! FLAC: checksums and length are in the header when the file is done.
//!
//! libFLAC encodes three times as fast as flac-codec, but its build wants CMake, and it writes the header at the end. So masters are
//! libFLAC's where the feature `libflac` is on, flac-codec's otherwise, and what is recorded, which must be whole at every moment, is
//! always flac-codec's.

#[cfg(not(feature = "libflac"))]
mod codec;
#[cfg(feature = "libflac")]
mod libflac;

#[cfg(not(feature = "libflac"))]
pub(super) use codec::FlacEncoder;
#[cfg(feature = "libflac")]
pub(super) use libflac::FlacEncoder;

use super::{SampleFormat, WriteCounts, quantise};
use crate::error::FileError;
use std::io::ErrorKind;
use std::path::Path;

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
