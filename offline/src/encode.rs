//! Masters to disk: written beside their destination, verified by the caller, then renamed into place.
//!
//! Whoever looks at the destination sees the whole new file or what was there before, never a part. The WAV header is
//! written here and not by a crate, so that 4 GiB are refused instead of wrapped and 24 bits cost no more than 16.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lacquer_dsp::math;
use tempfile::NamedTempFile;

use crate::error::FileError;

/// How a sample is stored in a WAV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// 16-bit integer.
    Int16,
    /// 24-bit integer, packed in three bytes.
    Int24,
    /// 32-bit integer.
    Int32,
    /// 32-bit floating point, which alone can hold samples beyond full scale.
    Float32,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// RIFF WAVE, up to 4 GiB.
    Wav(SampleFormat),
}

/// What the writer had to change in the samples it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Samples beyond what the integers hold, written as the largest or smallest integer.
    pub num_clipped: u64,
    /// Samples that were not a number or infinite, written as silence.
    pub num_not_finite: u64,
}

/// How many bytes are collected before the system is asked to write them.
const CHUNK_BYTES: usize = 64 * 1024;

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;

/// A master that is being written. Dropping it leaves nothing behind.
pub struct AudioWriter {
    temp: NamedTempFile,
    dest: PathBuf,
    header: Header,
    num_frames: u64,
    counts: WriteCounts,
    bytes: Vec<u8>,
}

/// A master that is complete, under a temporary name. Dropping it removes it.
#[derive(Debug)]
pub struct TempMaster {
    temp: NamedTempFile,
    dest: PathBuf,
    num_frames: u64,
    counts: WriteCounts,
}

impl AudioWriter {
    /// Opens a temporary file in the destination's folder. A destination that is a link means the file it points to.
    ///
    /// # Errors
    /// When the folder is missing or not writable, or the destination is a folder.
    ///
    /// # Panics
    /// If there is no channel, or more than 1000.
    pub fn create(
        dest: &Path,
        format: OutputFormat,
        sample_rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        assert!((1..=1000).contains(&num_channels), "a WAV file is written with 1 to 1000 channels");
        let OutputFormat::Wav(sample_format) = format;
        let header = Header { sample_format, sample_rate_hz, num_channels };
        let target = if dest.is_symlink() { dest.canonicalize() } else { Ok(dest.to_owned()) };
        let target = target.map_err(|e| FileError::unwritable(dest, &e))?;
        let temp = create_temp(&target)?;
        let mut writer = Self {
            temp,
            dest: target,
            header,
            num_frames: 0,
            counts: WriteCounts::default(),
            bytes: Vec::new(),
        };
        // A placeholder, so that the samples stand where they belong.
        let bytes = writer.header.bytes(0);
        writer.put(&bytes)?;
        writer.bytes.reserve(CHUNK_BYTES);
        Ok(writer)
    }

    /// Appends the frames of one block.
    ///
    /// # Errors
    /// When the disk is full or fails, or the file would grow beyond 4 GiB; nothing of the block is then written.
    ///
    /// # Panics
    /// If there is not exactly one slice for each channel, or they differ in length.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError> {
        assert_eq!(channels.len(), self.header.num_channels, "one slice for each channel of the file");
        let block_len = channels[0].len();
        assert!(channels.iter().all(|channel| channel.len() == block_len), "channels of equal length");
        self.header.check_len(&self.dest, self.num_frames + block_len as u64)?;
        let frame_bytes = self.header.frame_bytes();
        let max_len = (CHUNK_BYTES / frame_bytes).max(1);
        let mut bytes = std::mem::take(&mut self.bytes);
        for start in (0..block_len).step_by(max_len) {
            let len = max_len.min(block_len - start);
            bytes.resize(len * frame_bytes, 0);
            for (channel_idx, channel) in channels.iter().enumerate() {
                let samples = &channel[start..start + len];
                self.header.sample_format.encode(
                    samples,
                    &mut bytes,
                    frame_bytes,
                    channel_idx,
                    &mut self.counts,
                );
            }
            self.put(&bytes)?;
        }
        self.bytes = bytes;
        self.num_frames += block_len as u64;
        Ok(())
    }

    /// Completes the header and sees to it that all is on the disk.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn finish(mut self) -> Result<TempMaster, FileError> {
        let data_bytes = self.num_frames * self.header.frame_bytes() as u64;
        if data_bytes % 2 == 1 {
            self.put(&[0])?;
        }
        let bytes = self.header.bytes(self.num_frames);
        let dest = &self.dest;
        let file = self.temp.as_file_mut();
        let finished =
            file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&bytes)).and_then(|()| file.sync_all());
        finished.map_err(|e| FileError::unwritable(dest, &e))?;
        Ok(TempMaster { temp: self.temp, dest: self.dest, num_frames: self.num_frames, counts: self.counts })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let file: &mut File = self.temp.as_file_mut();
        file.write_all(bytes).map_err(|e| FileError::unwritable(&self.dest, &e))
    }
}

impl TempMaster {
    /// Where the complete file stands for now, to be read again and measured.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    /// How many frames were written.
    #[must_use]
    pub fn num_frames(&self) -> u64 {
        self.num_frames
    }

    /// What had to be changed in the samples.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.counts
    }

    /// Renames the file to its destination in one step and returns that path.
    ///
    /// # Errors
    /// When something stands there and is not to be overwritten, or the folder no longer lets us. The file is then removed.
    pub fn publish(self, overwrite: bool) -> Result<PathBuf, FileError> {
        let dest = self.dest;
        let outcome = if overwrite { self.temp.persist(&dest) } else { self.temp.persist_noclobber(&dest) };
        match outcome {
            Ok(_) => Ok(dest),
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(FileError::OutputExists { path: dest })
            }
            Err(e) => Err(FileError::unwritable(&dest, &e.error)),
        }
    }
}

/// A hidden file in the folder of `target`, where a rename needs no copy, with the permissions of any file.
pub(crate) fn create_temp(target: &Path) -> Result<NamedTempFile, FileError> {
    let refused = |reason: String| FileError::Unwritable { path: target.to_owned(), reason };
    let name = target.file_name().ok_or_else(|| refused("expected a file name, found none".into()))?;
    if target.is_dir() {
        return Err(refused("expected a file, found a folder".into()));
    }
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(refused(format!("there is no folder {}", folder.display())));
    }
    // A part of the name is enough to recognise it by, and names have a longest length.
    let short_name: String = name.to_string_lossy().chars().take(40).collect();
    let prefix = format!(".{short_name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default, and a master is not: the umask takes away what it takes from any file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|e| FileError::unwritable(target, &e))
}

/// What the header of a WAV file is made from.
struct Header {
    sample_format: SampleFormat,
    sample_rate_hz: u32,
    num_channels: usize,
}

impl Header {
    fn frame_bytes(&self) -> usize {
        self.num_channels * self.sample_format.num_bytes()
    }

    /// The `fmt ` chunk's body, and `fact` where the format wants one.
    fn format_chunks(&self, num_frames: u64) -> Vec<u8> {
        let frame_bytes = self.frame_bytes() as u32;
        let bits = 8 * self.sample_format.num_bytes() as u16;
        let tag = if self.sample_format == SampleFormat::Float32 { FORMAT_FLOAT } else { FORMAT_PCM };
        // Up to two channels the plain form, which every reader knows, also for 24 bits.
        let is_extensible = self.num_channels > 2;
        let mut body = Vec::with_capacity(40);
        body.extend(if is_extensible { FORMAT_EXTENSIBLE } else { tag }.to_le_bytes());
        body.extend((self.num_channels as u16).to_le_bytes());
        body.extend(self.sample_rate_hz.to_le_bytes());
        body.extend(self.sample_rate_hz.saturating_mul(frame_bytes).to_le_bytes());
        body.extend((frame_bytes as u16).to_le_bytes());
        body.extend(bits.to_le_bytes());
        if is_extensible {
            let mask = crate::decode::usual_mask(self.num_channels) as u32;
            body.extend(22_u16.to_le_bytes());
            body.extend(bits.to_le_bytes());
            body.extend(mask.to_le_bytes());
            body.extend(tag.to_le_bytes());
            body.extend(crate::decode::GUID_TAIL);
        } else if tag == FORMAT_FLOAT {
            body.extend(0_u16.to_le_bytes());
        }
        let mut chunks = Vec::from(*b"fmt ");
        chunks.extend((body.len() as u32).to_le_bytes());
        chunks.extend(body);
        if tag == FORMAT_FLOAT {
            chunks.extend(b"fact");
            chunks.extend(4_u32.to_le_bytes());
            chunks.extend((num_frames as u32).to_le_bytes());
        }
        chunks
    }

    /// Everything before the samples. [`Self::check_len`] has seen to it that the lengths fit.
    fn bytes(&self, num_frames: u64) -> Vec<u8> {
        let chunks = self.format_chunks(num_frames);
        let data_bytes = num_frames * self.frame_bytes() as u64;
        let riff_bytes = 4 + chunks.len() as u64 + 8 + data_bytes + data_bytes % 2;
        let mut bytes = Vec::from(*b"RIFF");
        bytes.extend((riff_bytes as u32).to_le_bytes());
        bytes.extend(b"WAVE");
        bytes.extend(chunks);
        bytes.extend(b"data");
        bytes.extend((data_bytes as u32).to_le_bytes());
        bytes
    }

    /// Refuses what the 32-bit lengths of the header cannot say.
    fn check_len(&self, dest: &Path, num_frames: u64) -> Result<(), FileError> {
        let overhead = 4 + self.format_chunks(0).len() as u64 + 8 + 1;
        let max_bytes = u64::from(u32::MAX) - overhead;
        let bytes = num_frames.saturating_mul(self.frame_bytes() as u64);
        if bytes > max_bytes {
            return Err(FileError::TooLong { path: dest.to_owned(), bytes, max_bytes });
        }
        Ok(())
    }
}

impl SampleFormat {
    /// The bits of its grid, if it is coarse enough to be heard. 32-bit integers are finer than the samples themselves.
    #[must_use]
    pub fn dither_bits(self) -> Option<usize> {
        match self {
            Self::Int16 => Some(16),
            Self::Int24 => Some(24),
            Self::Int32 | Self::Float32 => None,
        }
    }

    fn num_bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Int32 | Self::Float32 => 4,
        }
    }

    /// Writes one channel's samples to their places in the interleaved bytes.
    fn encode(
        self,
        samples: &[f32],
        bytes: &mut [u8],
        frame_bytes: usize,
        channel_idx: usize,
        counts: &mut WriteCounts,
    ) {
        let start = channel_idx * self.num_bytes();
        match self {
            Self::Int16 => {
                place(samples, bytes, frame_bytes, start, |x| (quantise(x, 16, counts) as i16).to_le_bytes());
            }
            Self::Int24 => place(samples, bytes, frame_bytes, start, |x| {
                let [a, b, c, _] = quantise(x, 24, counts).to_le_bytes();
                [a, b, c]
            }),
            Self::Int32 => {
                place(samples, bytes, frame_bytes, start, |x| quantise(x, 32, counts).to_le_bytes());
            }
            Self::Float32 => place(samples, bytes, frame_bytes, start, |x| counts.sensible(x).to_le_bytes()),
        }
    }
}

/// Writes the `N` bytes of each sample at `start` of its frame.
fn place<const N: usize>(
    samples: &[f32],
    bytes: &mut [u8],
    frame_bytes: usize,
    start: usize,
    mut convert: impl FnMut(f32) -> [u8; N],
) {
    for (&sample, frame) in samples.iter().zip(bytes.chunks_exact_mut(frame_bytes)) {
        frame[start..start + N].copy_from_slice(&convert(sample));
    }
}

impl WriteCounts {
    /// The sample, or silence where it is no number, which is counted.
    #[inline]
    fn sensible(&mut self, sample: f32) -> f32 {
        self.num_not_finite += u64::from(!sample.is_finite());
        if sample.is_finite() { sample } else { 0.0 }
    }
}

/// The nearest integer of so many bits, halves to the even one.
#[inline]
fn quantise(sample: f32, bits: u32, counts: &mut WriteCounts) -> i32 {
    let full_scale = f64::from(1_u32 << (bits - 1));
    let scaled = math::round(f64::from(counts.sensible(sample)) * full_scale);
    let clipped = scaled.clamp(-full_scale, full_scale - 1.0);
    counts.num_clipped += u64::from(clipped != scaled);
    clipped as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_to_the_nearest_and_clip_at_full_scale() {
        let mut counts = WriteCounts::default();
        let lsb = 1.0 / 32_768.0;
        let cases =
            [(0.4, 0), (0.6, 1), (-0.6, -1), (0.5, 0), (1.5, 2), (-32_768.0, -32_768), (32_767.0, 32_767)];
        for (steps, expected) in cases {
            assert_eq!(quantise(steps * lsb, 16, &mut counts), expected, "{steps} steps");
        }
        assert_eq!(counts.num_clipped, 0);
        assert_eq!(quantise(1.0, 16, &mut counts), 32_767);
        assert_eq!(quantise(-1.1, 24, &mut counts), -8_388_608);
        assert_eq!(quantise(2.0, 32, &mut counts), i32::MAX);
        assert_eq!(counts.num_clipped, 3);
    }

    #[test]
    fn four_gibibytes_are_refused_and_a_frame_less_is_not() {
        let header = Header { sample_format: SampleFormat::Int24, sample_rate_hz: 48_000, num_channels: 2 };
        let max_frames = (u64::from(u32::MAX) - 37) / 6;
        assert_eq!(header.check_len(Path::new("a.wav"), max_frames), Ok(()));
        let riff_bytes = u32::from_le_bytes(header.bytes(max_frames)[4..8].try_into().expect("four bytes"));
        assert_eq!(u64::from(riff_bytes), 36 + 6 * max_frames, "the largest length fits its field");
        let error = header.check_len(Path::new("a.wav"), max_frames + 1).expect_err("a frame too many");
        assert!(
            error.to_string().starts_with("a.wav: too long for a WAV file: expected at most 42949"),
            "{error}"
        );
    }
}
