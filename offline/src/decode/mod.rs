//! Audio files as a stream of planar blocks.
//!
//! WAV is parsed here, because a mastering tool must tell a cut-off file from one written to a pipe and take RF64;
//! FLAC, MP3 and Ogg Vorbis are Symphonia's. A reader holds one packet or 64 KiB, however long the file is.

mod compressed;
mod layout;
mod wav;

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::error::FileError;
use compressed::{CompressedSource, Container};
use lacquer_dsp::processor::SAMPLE_RATES_HZ;
pub use layout::ChannelRole;
pub(crate) use layout::usual_mask;
pub(crate) use wav::GUID_TAIL;
use wav::WavSource;

/// What a file's header says.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioInfo {
    /// Container and sample format in words: "WAV, 24-bit", "WAV, 32-bit float", "FLAC, 16-bit", "MP3", "Ogg Vorbis".
    pub format: String,
    /// Sample rate in Hz, 8000 to 384000.
    pub sample_rate_hz: u32,
    /// At least 1.
    pub num_channels: usize,
    /// What each channel counts for in a loudness measurement, one for each channel.
    pub channel_roles: Vec<ChannelRole>,
    /// How many frames there are, where the container tells. An MP3 without a Xing header does not.
    pub num_frames: Option<u64>,
}

impl AudioInfo {
    /// Of samples in memory, channels in the usual order.
    pub(crate) fn in_memory(
        path: &Path,
        sample_rate_hz: u32,
        num_channels: usize,
        num_frames: u64,
    ) -> Result<Self, FileError> {
        check_stream(path, sample_rate_hz, num_channels)?;
        Ok(Self {
            format: "32-bit float".to_owned(),
            sample_rate_hz,
            num_channels,
            channel_roles: layout::roles(usual_mask(num_channels), num_channels),
            num_frames: Some(num_frames),
        })
    }
}

/// An audio file that is being read from its beginning to its end. To read it again, open it again.
pub struct AudioReader {
    info: AudioInfo,
    source: Source,
}

/// So much is reserved before reading, whatever a header promises: a damaged one promises weeks.
const RESERVED_S: u64 = 60;

/// So many samples are read at a time, all channels together.
const BLOCK_SAMPLES: usize = 1 << 16;

/// Reads a whole file into memory, one vector for each channel.
///
/// # Errors
/// When it cannot be read to its end, or memory does not hold it.
pub fn read_all(path: impl AsRef<Path>) -> Result<(AudioInfo, Vec<Vec<f32>>), FileError> {
    let path = path.as_ref();
    let mut reader = AudioReader::open(path)?;
    let info = reader.info().clone();
    let reserved_len = info.num_frames.unwrap_or(0).min(RESERVED_S * u64::from(info.sample_rate_hz));
    let mut block = vec![vec![0.0; (BLOCK_SAMPLES / info.num_channels).max(1)]; info.num_channels];
    let mut channels = vec![Vec::new(); info.num_channels];
    let mut num_wanted = reserved_len as usize;
    loop {
        let len = reader.read(&mut block)?;
        if len == 0 {
            return Ok((info, channels));
        }
        for (all, part) in channels.iter_mut().zip(&block) {
            // Where memory ends the allocator would end the process; asked this way it is an error like any other.
            all.try_reserve(num_wanted.max(len)).map_err(|_| FileError::Unreadable {
                path: path.to_owned(),
                reason: format!("memory does not hold more than {} frames of it", all.len()),
                kind: ErrorKind::OutOfMemory,
            })?;
            all.extend_from_slice(&part[..len]);
        }
        num_wanted = 0;
    }
}

enum Source {
    Wav(WavSource),
    Compressed(Box<CompressedSource>),
}

impl AudioReader {
    /// Opens a file and reads its header. The kind is told from the content, not from the name.
    ///
    /// # Errors
    /// When it cannot be read, is not audio of a supported kind, holds no frame, or is seen at once to be cut off.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let mut file = open_file(path)?;
        let (head, start) = read_head(path, &mut file)?;
        let (info, source) = match recognise(path, &head)? {
            Kind::Wav => {
                let (info, source) = WavSource::open(path, file)?;
                (info, Source::Wav(source))
            }
            Kind::Compressed(container) => {
                file.seek(SeekFrom::Start(start)).map_err(|e| FileError::unreadable(path, &e))?;
                let (info, source) = CompressedSource::open(path, file, container)?;
                (info, Source::Compressed(Box::new(source)))
            }
        };
        Ok(Self { info, source })
    }

    /// What the header says.
    #[must_use]
    pub fn info(&self) -> &AudioInfo {
        &self.info
    }

    /// Fills the channels with the next frames and returns how many: all that fit, fewer only at the end, then 0.
    ///
    /// Integer samples become x / 2^(bits - 1), so only the rounding of `f32` beyond 24 bits changes anything. Samples that
    /// are not a number come as they are.
    ///
    /// # Errors
    /// When the file is damaged or ends early. What was written into the channels by that call is then no audio.
    ///
    /// # Panics
    /// If there is not exactly one buffer for each channel of the file.
    pub fn read<C: AsMut<[f32]>>(&mut self, channels: &mut [C]) -> Result<usize, FileError> {
        assert_eq!(channels.len(), self.info.num_channels, "one buffer for each channel of the file");
        let mut planes: Vec<&mut [f32]> = channels.iter_mut().map(AsMut::as_mut).collect();
        let max_frames = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
        let mut num_frames = 0;
        while num_frames < max_frames {
            let num_new = self.source.read_some(&mut planes, num_frames..max_frames)?;
            if num_new == 0 {
                break;
            }
            num_frames += num_new;
        }
        Ok(num_frames)
    }

    /// How many samples the reader holds in memory, all channels together: for proving that this does not grow.
    #[must_use]
    pub fn num_buffered_samples(&self) -> usize {
        match &self.source {
            Source::Wav(source) => source.num_buffered_samples(),
            Source::Compressed(source) => source.num_buffered_samples(),
        }
    }
}

impl Source {
    /// Writes at least one frame into `range` of the planes, or returns 0 at the end.
    fn read_some(&mut self, planes: &mut [&mut [f32]], range: Range<usize>) -> Result<usize, FileError> {
        match self {
            Self::Wav(source) => source.read_some(planes, range),
            Self::Compressed(source) => source.read_some(planes, range),
        }
    }
}

fn open_file(path: &Path) -> Result<File, FileError> {
    let unreadable = |e: &std::io::Error| FileError::unreadable(path, e);
    // Asked before opening, because opening a named pipe waits until somebody writes to it.
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(&e))?;
    let other =
        |kind, reason: &str| FileError::Unreadable { path: path.to_owned(), reason: reason.into(), kind };
    if metadata.is_dir() {
        return Err(other(ErrorKind::IsADirectory, "expected a file, found a folder"));
    }
    if !metadata.is_file() {
        let reason = "expected a regular file, found a pipe or device, which cannot be read twice";
        return Err(other(ErrorKind::Unsupported, reason));
    }
    if metadata.len() == 0 {
        return Err(FileError::Empty { path: path.to_owned(), found: "0 bytes".into() });
    }
    File::open(path).map_err(|e| unreadable(&e))
}

/// The first bytes after any ID3v2 tags, and where they stand. The file is left at its start.
fn read_head(path: &Path, file: &mut File) -> Result<(Vec<u8>, u64), FileError> {
    let mut start = 0;
    loop {
        let mut head = Vec::new();
        let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.take(64).read_to_end(&mut head));
        read.map_err(|e| FileError::unreadable(path, &e))?;
        match head.as_slice() {
            // The size is of four 7-bit groups; bit 4 of the flags adds a footer as long as the header.
            [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] => {
                let size = [a, b, c, d].iter().fold(0, |size, &&byte| (size << 7) | u64::from(byte & 0x7F));
                start += 10 + size + if flags & 0x10 != 0 { 10 } else { 0 };
            }
            _ => {
                file.rewind().map_err(|e| FileError::unreadable(path, &e))?;
                return Ok((head, start));
            }
        }
    }
}

enum Kind {
    Wav,
    Compressed(Container),
}

fn recognise(path: &Path, head: &[u8]) -> Result<Kind, FileError> {
    let is_mp3_name = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mp3"));
    let unsupported = |found: &str| {
        let expected = "WAV, FLAC, MP3 or Ogg Vorbis".into();
        Err(FileError::Unsupported { path: path.to_owned(), expected, found: found.into() })
    };
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Ok(Kind::Wav),
        [b'f', b'L', b'a', b'C', ..] => Ok(Kind::Compressed(Container::Flac)),
        [b'O', b'g', b'g', b'S', ..] if contains(head, b"OpusHead") => unsupported("Ogg Opus"),
        [b'O', b'g', b'g', b'S', ..] if contains(head, b"Speex") => unsupported("Ogg Speex"),
        [b'O', b'g', b'g', b'S', ..] => Ok(Kind::Compressed(Container::Ogg)),
        [b'F', b'O', b'R', b'M', ..] => unsupported("AIFF"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => unsupported("MP4 (AAC or ALAC)"),
        [b'c', b'a', b'f', b'f', ..] => unsupported("CAF"),
        [b'w', b'v', b'p', b'k', ..] => unsupported("WavPack"),
        [b'r', b'i', b'f', b'f', ..] => unsupported("Wave64"),
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => unsupported("AAC (ADTS)"),
        _ if is_mp3_header(head) || is_mp3_name => Ok(Kind::Compressed(Container::Mp3)),
        _ => Err(FileError::NotAudio { path: path.to_owned(), found: describe(head) }),
    }
}

fn contains(head: &[u8], word: &[u8]) -> bool {
    head.windows(word.len()).any(|window| window == word)
}

/// Whether these bytes start an MPEG layer III frame: sync, a version, the layer, a bit rate and a sample rate that exist.
fn is_mp3_header(head: &[u8]) -> bool {
    matches!(head, [0xFF, second, third, ..]
        if second & 0xE0 == 0xE0 && second & 0x18 != 0x08 && second & 0x06 == 0x02
            && third & 0xF0 != 0xF0 && third & 0x0C != 0x0C)
}

fn describe(head: &[u8]) -> String {
    let shown: String =
        head.iter().take(8).map(|&byte| char::from(byte).escape_default().to_string()).collect();
    if head.is_empty() { "nothing but a tag".into() } else { format!("content that begins with \"{shown}\"") }
}

/// Refuses what no processor takes.
fn check_stream(path: &Path, sample_rate_hz: u32, num_channels: usize) -> Result<(), FileError> {
    let unsupported = |expected: &str, found: String| {
        Err(FileError::Unsupported { path: path.to_owned(), expected: expected.into(), found })
    };
    if num_channels == 0 {
        return unsupported("at least 1 channel", "0 channels".into());
    }
    if !SAMPLE_RATES_HZ.contains(&f64::from(sample_rate_hz)) {
        return unsupported("a sample rate of 8000 to 384000 Hz", format!("{sample_rate_hz} Hz"));
    }
    Ok(())
}
