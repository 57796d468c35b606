//! The WAV container: what stands before the samples, and how a sample is stored.

use super::{Encoder, Output};
use crate::error::FileError;
use lacquer_dsp::math;
use std::ops::Range;
use std::path::Path;

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

/// What the writer had to change in the samples it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Samples beyond what the integers hold, written as the largest or smallest integer.
    pub num_clipped: u64,
    /// Samples that were not a number or infinite, written as silence.
    pub num_not_finite: u64,
}

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;

/// Three 64-bit lengths and the length of a table.
const DS64_BYTES: usize = 28;

/// What the header of a WAV file is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavLayout {
    /// How a sample is stored.
    pub sample_format: SampleFormat,
    /// In Hz.
    pub sample_rate_hz: u32,
    /// 1 to 1000.
    pub num_channels: usize,
}

impl WavLayout {
    /// Bytes of a frame.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
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
    pub(super) fn bytes(&self, num_frames: u64) -> Vec<u8> {
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

    /// Everything before the samples of a file that grows: as long for any length, so that it can be written again in its place.
    /// What is reserved first becomes the 64-bit lengths of an RF64 file as soon as `limit_bytes`, 4 GiB for a real one, is reached
    /// (EBU Tech 3306, section 3: "on the fly" conversion).
    #[must_use]
    pub fn growing_bytes(&self, num_frames: u64, limit_bytes: u64) -> Vec<u8> {
        let chunks = self.format_chunks(num_frames);
        let data_bytes = num_frames * self.frame_bytes() as u64;
        let riff_bytes = 4 + 8 + DS64_BYTES as u64 + chunks.len() as u64 + 8 + data_bytes + data_bytes % 2;
        let is_long = riff_bytes > limit_bytes;
        let short = |bytes: u64| if is_long { u32::MAX } else { bytes as u32 }.to_le_bytes();
        let mut bytes = Vec::from(if is_long { *b"RF64" } else { *b"RIFF" });
        bytes.extend(short(riff_bytes));
        bytes.extend(b"WAVE");
        bytes.extend(if is_long { b"ds64" } else { b"JUNK" });
        bytes.extend((DS64_BYTES as u32).to_le_bytes());
        let lengths = if is_long { [riff_bytes, data_bytes, num_frames] } else { [0; 3] };
        lengths.iter().for_each(|length| bytes.extend(length.to_le_bytes()));
        // A table of other long chunks: there are none.
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(chunks);
        bytes.extend(b"data");
        bytes.extend(short(data_bytes));
        bytes
    }

    /// The frames of this range as the file has them, one slice for each channel, in place of what is in `bytes`.
    pub fn encode(
        &self,
        channels: &[&[f32]],
        range: Range<usize>,
        bytes: &mut Vec<u8>,
        counts: &mut WriteCounts,
    ) {
        let frame_bytes = self.frame_bytes();
        bytes.resize(range.len() * frame_bytes, 0);
        for (channel_idx, channel) in channels.iter().enumerate() {
            self.sample_format.encode(&channel[range.clone()], bytes, frame_bytes, channel_idx, counts);
        }
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

/// How many bytes are collected before the system is asked to write them.
const CHUNK_BYTES: usize = 64 * 1024;

/// Writes a WAV file whose length is known only at its end.
pub(super) struct WavEncoder {
    output: Output,
    layout: WavLayout,
    num_frames: u64,
    bytes: Vec<u8>,
}

impl WavEncoder {
    pub(super) fn new(mut output: Output, layout: WavLayout) -> Result<Self, FileError> {
        // A placeholder, so that the samples stand where they belong.
        output.put(&layout.bytes(0))?;
        Ok(Self { output, layout, num_frames: 0, bytes: Vec::with_capacity(CHUNK_BYTES) })
    }
}

impl Encoder for WavEncoder {
    fn write(&mut self, channels: &[&[f32]], counts: &mut WriteCounts) -> Result<(), FileError> {
        let block_len = channels[0].len();
        self.layout.check_len(&self.output.dest, self.num_frames + block_len as u64)?;
        let max_len = (CHUNK_BYTES / self.layout.frame_bytes()).max(1);
        for start in (0..block_len).step_by(max_len) {
            let len = max_len.min(block_len - start);
            self.layout.encode(channels, start..start + len, &mut self.bytes, counts);
            self.output.put(&self.bytes)?;
        }
        self.num_frames += block_len as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), FileError> {
        let data_bytes = self.num_frames * self.layout.frame_bytes() as u64;
        if data_bytes % 2 == 1 {
            self.output.put(&[0])?;
        }
        self.output.put_at_start(&self.layout.bytes(self.num_frames))
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
    pub(super) fn sensible(&mut self, sample: f32) -> f32 {
        self.num_not_finite += u64::from(!sample.is_finite());
        if sample.is_finite() { sample } else { 0.0 }
    }
}

/// The nearest integer of so many bits, halves to the even one.
#[inline]
pub fn quantise(sample: f32, bits: u32, counts: &mut WriteCounts) -> i32 {
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
        let header =
            WavLayout { sample_format: SampleFormat::Int24, sample_rate_hz: 48_000, num_channels: 2 };
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
