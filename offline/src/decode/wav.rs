//! WAV: RIFF, and its 64-bit kin RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), with PCM or floating-point samples.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{AudioInfo, check_stream, layout};
use crate::error::FileError;

/// How much of the data is held at a time.
const CHUNK_BYTES: usize = 64 * 1024;

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;
/// The last 14 bytes of the sub-format identifiers that merely wrap an old format number.
pub(crate) const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

#[derive(Clone, Copy)]
enum Encoding {
    Int8,
    Int16,
    Int24,
    Int32,
    Float32,
    Float64,
}

/// The data of a WAV file, and how much of it is still to come.
pub(super) struct WavSource {
    path: PathBuf,
    file: File,
    encoding: Encoding,
    frame_bytes: usize,
    sample_rate_hz: u32,
    num_frames: u64,
    num_frames_read: u64,
    bytes: Vec<u8>,
}

/// The `fmt ` chunk.
struct Format {
    encoding: Encoding,
    valid_bits: u16,
    sample_rate_hz: u32,
    num_channels: usize,
    frame_bytes: usize,
    channel_mask: u64,
}

/// Where the `data` chunk stands, and the length it claims; none when it was written to a pipe.
struct Data {
    start: u64,
    promised_bytes: Option<u64>,
}

impl WavSource {
    pub(super) fn open(path: &Path, file: File) -> Result<(AudioInfo, Self), FileError> {
        let unreadable = |e: &io::Error| FileError::unreadable(path, e);
        let file_bytes = file.metadata().map_err(|e| unreadable(&e))?.len();
        let mut input = BufReader::new(file);
        let (format, data) = read_chunks(path, &mut input, file_bytes)?;
        let frame_bytes = format.frame_bytes as u64;
        let present_bytes = file_bytes.saturating_sub(data.start);
        let promised_frames = data.promised_bytes.unwrap_or(present_bytes) / frame_bytes;
        let found_frames = present_bytes / frame_bytes;
        if found_frames < promised_frames {
            return Err(FileError::Incomplete {
                path: path.to_owned(),
                found_frames,
                promised_frames: Some(promised_frames),
                sample_rate_hz: format.sample_rate_hz,
            });
        }
        if promised_frames == 0 {
            return Err(FileError::Empty {
                path: path.to_owned(),
                found: "a WAV header and no frames".into(),
            });
        }
        let mut file = input.into_inner();
        file.seek(SeekFrom::Start(data.start)).map_err(|e| unreadable(&e))?;
        let info = AudioInfo {
            format: format!("WAV, {}", format.text()),
            sample_rate_hz: format.sample_rate_hz,
            num_channels: format.num_channels,
            channel_roles: layout::roles(format.channel_mask, format.num_channels),
            num_frames: Some(promised_frames),
        };
        let source = Self {
            path: path.to_owned(),
            file,
            encoding: format.encoding,
            frame_bytes: format.frame_bytes,
            sample_rate_hz: format.sample_rate_hz,
            num_frames: promised_frames,
            num_frames_read: 0,
            bytes: vec![0; (CHUNK_BYTES / format.frame_bytes).max(1) * format.frame_bytes],
        };
        Ok((info, source))
    }

    pub(super) fn num_buffered_samples(&self) -> usize {
        self.bytes.len() / self.encoding.num_bytes()
    }

    pub(super) fn read_some(
        &mut self,
        planes: &mut [&mut [f32]],
        range: Range<usize>,
    ) -> Result<usize, FileError> {
        let num_left = usize::try_from(self.num_frames - self.num_frames_read).unwrap_or(usize::MAX);
        let num_frames = range.len().min(num_left).min(self.bytes.len() / self.frame_bytes);
        let bytes = &mut self.bytes[..num_frames * self.frame_bytes];
        self.file.read_exact(bytes).map_err(|e| match e.kind() {
            // It was long enough when it was opened, so somebody is shortening it.
            io::ErrorKind::UnexpectedEof => FileError::Incomplete {
                path: self.path.clone(),
                found_frames: self.num_frames_read,
                promised_frames: Some(self.num_frames),
                sample_rate_hz: self.sample_rate_hz,
            },
            _ => FileError::unreadable(&self.path, &e),
        })?;
        let range = range.start..range.start + num_frames;
        for (channel_idx, plane) in planes.iter_mut().enumerate() {
            self.encoding.decode(bytes, self.frame_bytes, channel_idx, &mut plane[range.clone()]);
        }
        self.num_frames_read += num_frames as u64;
        Ok(num_frames)
    }
}

impl Encoding {
    fn num_bytes(self) -> usize {
        match self {
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Int32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// One channel of interleaved frames. Eight bits are unsigned around 128, all else is signed.
    fn decode(self, bytes: &[u8], frame_bytes: usize, channel_idx: usize, out: &mut [f32]) {
        let start = channel_idx * self.num_bytes();
        match self {
            Self::Int8 => pick(bytes, frame_bytes, start, out, |[b]| (f32::from(b) - 128.0) / 128.0),
            Self::Int16 => {
                pick(bytes, frame_bytes, start, out, |b| f32::from(i16::from_le_bytes(b)) / 32_768.0);
            }
            Self::Int24 => pick(bytes, frame_bytes, start, out, |[a, b, c]| {
                (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0
            }),
            Self::Int32 => {
                pick(bytes, frame_bytes, start, out, |b| i32::from_le_bytes(b) as f32 / 2_147_483_648.0);
            }
            Self::Float32 => pick(bytes, frame_bytes, start, out, f32::from_le_bytes),
            Self::Float64 => pick(bytes, frame_bytes, start, out, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

/// Converts the `N` bytes at `start` of each frame.
fn pick<const N: usize>(
    bytes: &[u8],
    frame_bytes: usize,
    start: usize,
    out: &mut [f32],
    convert: impl Fn([u8; N]) -> f32,
) {
    for (sample, frame) in out.iter_mut().zip(bytes.chunks_exact(frame_bytes)) {
        let mut word = [0; N];
        word.copy_from_slice(&frame[start..start + N]);
        *sample = convert(word);
    }
}

impl Format {
    fn text(&self) -> String {
        let is_float = matches!(self.encoding, Encoding::Float32 | Encoding::Float64);
        format!("{}-bit{}", self.valid_bits, if is_float { " float" } else { "" })
    }
}

/// Walks the chunks as far as the data.
fn read_chunks(
    path: &Path,
    input: &mut BufReader<File>,
    file_bytes: u64,
) -> Result<(Format, Data), FileError> {
    let damaged =
        |detail: &str| FileError::Damaged { path: path.to_owned(), at_seconds: 0.0, detail: detail.into() };
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => damaged("expected a 'data' chunk, found the end of the file"),
        _ => FileError::unreadable(path, &e),
    };
    let riff_bytes =
        read_array(input).map(|[_, _, _, _, a, b, c, d, ..]: [u8; 12]| u32::from_le_bytes([a, b, c, d]));
    let riff_bytes = riff_bytes.map_err(failed)?;
    let mut format = None;
    let mut data_bytes_64 = None;
    loop {
        let [i, d, n, t, len @ ..]: [u8; 8] = read_array(input).map_err(failed)?;
        let chunk_bytes = u32::from_le_bytes(len);
        let start = input.stream_position().map_err(failed)?;
        match &[i, d, n, t] {
            b"data" => {
                let format = format.ok_or_else(|| damaged("expected a 'fmt ' chunk, found 'data'"))?;
                let is_filled_in = (u64::from(riff_bytes) + 8).abs_diff(file_bytes) <= 1;
                let promised_bytes = match data_bytes_64 {
                    Some(claimed) if chunk_bytes == u32::MAX => {
                        Some(claimed).filter(|&len| len != 0 && len != u64::MAX)
                    }
                    _ => claimed_bytes(chunk_bytes, is_filled_in),
                };
                return Ok((format, Data { start, promised_bytes }));
            }
            b"fmt " => {
                let mut body = Vec::new();
                input.take(u64::from(chunk_bytes).min(40)).read_to_end(&mut body).map_err(failed)?;
                format = Some(parse_format(path, &body)?);
            }
            b"ds64" => {
                let [_, _, _, _, _, _, _, _, size @ ..]: [u8; 16] = read_array(input).map_err(failed)?;
                data_bytes_64 = Some(u64::from_le_bytes(size));
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        let next = start + u64::from(chunk_bytes) + u64::from(chunk_bytes & 1);
        input.seek(SeekFrom::Start(next)).map_err(failed)?;
    }
}

/// The length of the data that a 32-bit header claims, or none where its writer could not go back to fill it in:
/// ffmpeg then leaves 0xFFFFFFFF, others 0, and SoX and arecord something just under 2 GiB.
///
/// A length of 0 is meant when the file's own length was filled in.
fn claimed_bytes(chunk_bytes: u32, is_filled_in: bool) -> Option<u64> {
    match chunk_bytes {
        0 if is_filled_in => Some(0),
        0 | u32::MAX | 0x7FFF_F000..=0x8000_0000 => None,
        _ => Some(u64::from(chunk_bytes)),
    }
}

fn read_array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn parse_format(path: &Path, body: &[u8]) -> Result<Format, FileError> {
    let damaged = |detail: String| FileError::Damaged { path: path.to_owned(), at_seconds: 0.0, detail };
    if body.len() < 16 {
        return Err(damaged(format!("expected a 'fmt ' chunk of 16 bytes or more, found {}", body.len())));
    }
    let word = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]);
    let long = |at: usize| u32::from(word(at)) | u32::from(word(at + 2)) << 16;
    let (mut tag, num_channels, sample_rate_hz) = (word(0), usize::from(word(2)), long(4));
    let (frame_bytes, bits) = (usize::from(word(12)), word(14));
    check_stream(path, sample_rate_hz, num_channels)?;
    let (mut valid_bits, mut channel_mask) = (bits, layout::usual_mask(num_channels));
    if tag == FORMAT_EXTENSIBLE && body.len() >= 40 {
        if body[26..40] == GUID_TAIL {
            tag = word(24);
        }
        valid_bits = if word(18) == 0 { bits } else { word(18).min(bits) };
        channel_mask = if long(20) == 0 { channel_mask } else { u64::from(long(20)) };
    }
    let sample_bytes = frame_bytes / num_channels;
    let encoding = match (tag, sample_bytes) {
        (FORMAT_PCM, 1) => Encoding::Int8,
        (FORMAT_PCM, 2) => Encoding::Int16,
        (FORMAT_PCM, 3) => Encoding::Int24,
        (FORMAT_PCM, 4) => Encoding::Int32,
        (FORMAT_FLOAT, 4) => Encoding::Float32,
        (FORMAT_FLOAT, 8) => Encoding::Float64,
        _ => {
            let found = format!("format 0x{tag:04X} ({}) of {bits} bits", tag_name(tag));
            let expected = "PCM of 8, 16, 24 or 32 bits or floating point of 32 or 64".into();
            return Err(FileError::Unsupported { path: path.to_owned(), expected, found });
        }
    };
    if sample_bytes * num_channels != frame_bytes || usize::from(bits).div_ceil(8) > sample_bytes {
        let detail =
            format!("expected frames of {num_channels} x {bits} bits, found frames of {frame_bytes} bytes");
        return Err(damaged(detail));
    }
    Ok(Format { encoding, valid_bits, sample_rate_hz, num_channels, frame_bytes, channel_mask })
}

fn tag_name(tag: u16) -> &'static str {
    match tag {
        FORMAT_PCM => "PCM",
        FORMAT_FLOAT => "floating point",
        2 | 0x11 => "ADPCM",
        6 => "A-law",
        7 => "mu-law",
        0x55 => "MP3",
        _ => "unknown",
    }
}
