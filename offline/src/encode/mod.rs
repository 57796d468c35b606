//! Masters to disk: written beside their destination, verified by the caller, then renamed into place.
//!
//! Whoever looks at the destination sees the whole new file or what was there before, never a part. The WAV header is
//! ours and not a crate's, so that 4 GiB are refused instead of wrapped and 24 bits cost no more than 16; FLAC is libFLAC's,
//! MP3 is LAME's.

pub mod flac;
#[cfg(feature = "mp3")]
mod mp3;
mod wav;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::FileError;
use crate::paths::{check_place, folder_of};
use lacquer_dsp::processor::SAMPLE_RATES_HZ;
pub use wav::{SampleFormat, WavLayout, WriteCounts, quantise};

/// More fit into the header of a WAV file, but nobody has ever meant it: the axes of an array were swapped.
const MAX_CHANNELS: usize = 1000;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// RIFF WAVE, up to 4 GiB.
    Wav(SampleFormat),
    /// FLAC, of integers of 16 or 24 bits and up to 8 channels.
    Flac(SampleFormat),
    /// MP3, mono or stereo at the rates that MPEG has.
    Mp3(Mp3Quality),
}

/// How much an MP3 may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mp3Quality {
    /// The highest constant bit rate that there is at the sample rate: 320 kbit/s, or 160 at 24 kHz and less.
    Highest,
    /// A constant bit rate in kbit/s: 128, 160, 192, 224, 256 or 320.
    Cbr(u16),
    /// A variable bit rate by LAME's scale, 0 (the best, about 245 kbit/s) to 2 (about 190).
    Vbr(u8),
}

impl Mp3Quality {
    /// The constant bit rates, in kbit/s.
    pub const BIT_RATES_KBPS: [u16; 6] = [128, 160, 192, 224, 256, 320];

    /// Reads `320`, `V0` or `highest`.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        if text == "highest" {
            return Some(Self::Highest);
        }
        match text.strip_prefix(['V', 'v']) {
            Some(digits) => digits.parse().ok().filter(|quality| (0..=2).contains(quality)).map(Self::Vbr),
            None => text.parse().ok().filter(|rate| Self::BIT_RATES_KBPS.contains(rate)).map(Self::Cbr),
        }
    }
}

impl OutputFormat {
    /// What a file of this format is called, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav(_) => "wav",
            Self::Flac(_) => "flac",
            Self::Mp3(_) => "mp3",
        }
    }

    /// Whether what is read is what was written.
    #[must_use]
    pub fn is_lossless(self) -> bool {
        !matches!(self, Self::Mp3(_))
    }

    /// The bits of the grid that samples are rounded to, if it is coarse enough to be heard.
    #[must_use]
    pub fn dither_bits(self) -> Option<usize> {
        match self {
            Self::Wav(format) | Self::Flac(format) => format.dither_bits(),
            Self::Mp3(_) => None,
        }
    }

    /// Refuses what the format cannot hold.
    ///
    /// # Errors
    /// For another kind of sample, rate or number of channels, in words.
    pub fn check(self, sample_rate_hz: u32, num_channels: usize) -> Result<(), String> {
        if !SAMPLE_RATES_HZ.contains(&f64::from(sample_rate_hz)) {
            return Err(format!("files are written at 8000 to 384000 Hz, found {sample_rate_hz} Hz"));
        }
        if !(1..=MAX_CHANNELS).contains(&num_channels) {
            return Err(format!("files are written with 1 to {MAX_CHANNELS} channels, found {num_channels}"));
        }
        match self {
            Self::Wav(_) => Ok(()),
            Self::Flac(format) => flac::check(format, num_channels),
            #[cfg(feature = "mp3")]
            Self::Mp3(quality) => mp3::check(quality, sample_rate_hz, num_channels),
            #[cfg(not(feature = "mp3"))]
            Self::Mp3(_) => {
                Err("this Lacquer was built without MP3 (feature `mp3`): expected WAV or FLAC".to_owned())
            }
        }
    }
}

/// Makes bytes of samples and puts them into a file.
trait Encoder {
    /// Appends frames, one slice for each channel, of equal length.
    fn write(&mut self, channels: &[&[f32]], counts: &mut WriteCounts) -> Result<(), FileError>;
    /// Completes the file, all but seeing to it that it is on the disk.
    fn finish(self: Box<Self>) -> Result<(), FileError>;
}

/// A master that is being written. Dropping it leaves nothing behind.
pub struct AudioWriter {
    // Before the file, so that an encoder that is dropped can still write what it wants to.
    encoder: Box<dyn Encoder>,
    temp: NamedTempFile,
    dest: PathBuf,
    num_channels: usize,
    num_frames: u64,
    counts: WriteCounts,
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
    /// When the folder is missing or not writable, the destination is a folder, or the format cannot hold the audio.
    pub fn create(
        dest: &Path,
        format: OutputFormat,
        sample_rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        let refused = |reason| FileError::NotHeld { path: dest.to_owned(), reason };
        format.check(sample_rate_hz, num_channels).map_err(refused)?;
        let target = if dest.is_symlink() { dest.canonicalize() } else { Ok(dest.to_owned()) };
        let dest = target.map_err(|e| FileError::unwritable(dest, &e))?;
        let temp = create_temp(&dest)?;
        let file = temp.as_file().try_clone().map_err(|e| FileError::unwritable(&dest, &e))?;
        let output = Output { file, path: temp.path().to_owned(), dest: dest.clone() };
        let encoder: Box<dyn Encoder> = match format {
            OutputFormat::Wav(sample_format) => {
                let layout = WavLayout { sample_format, sample_rate_hz, num_channels };
                Box::new(wav::WavEncoder::new(output, layout)?)
            }
            OutputFormat::Flac(sample_format) => {
                Box::new(flac::FlacEncoder::new(output, sample_format, sample_rate_hz, num_channels)?)
            }
            #[cfg(feature = "mp3")]
            OutputFormat::Mp3(quality) => {
                Box::new(mp3::Mp3Encoder::new(output, quality, sample_rate_hz, num_channels)?)
            }
            #[cfg(not(feature = "mp3"))]
            OutputFormat::Mp3(_) => unreachable!("it was refused"),
        };
        Ok(Self { encoder, temp, dest, num_channels, num_frames: 0, counts: WriteCounts::default() })
    }

    /// Appends the frames of one block.
    ///
    /// # Errors
    /// When the disk is full or fails, or a WAV file would grow beyond 4 GiB; nothing of the block is then written.
    ///
    /// # Panics
    /// If there is not exactly one slice for each channel, or they differ in length.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError> {
        assert_eq!(channels.len(), self.num_channels, "one slice for each channel of the file");
        let block_len = channels[0].len();
        assert!(channels.iter().all(|channel| channel.len() == block_len), "channels of equal length");
        self.encoder.write(channels, &mut self.counts)?;
        self.num_frames += block_len as u64;
        Ok(())
    }

    /// Completes the file and sees to it that all is on the disk.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn finish(self) -> Result<TempMaster, FileError> {
        let Self { encoder, temp, dest, num_frames, counts, .. } = self;
        encoder.finish()?;
        temp.as_file().sync_all().map_err(|e| FileError::unwritable(&dest, &e))?;
        Ok(TempMaster { temp, dest, num_frames, counts })
    }
}

/// The file that an encoder writes, where it stands, and the name that messages have of it.
struct Output {
    file: File,
    #[cfg_attr(not(feature = "libflac"), expect(dead_code, reason = "libFLAC opens the file itself"))]
    path: PathBuf,
    dest: PathBuf,
}

impl Output {
    fn unwritable(&self, error: &std::io::Error) -> FileError {
        FileError::unwritable(&self.dest, error)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        use std::io::Write;
        self.file.write_all(bytes).map_err(|e| self.unwritable(&e))
    }

    /// Replaces the first bytes.
    fn put_at_start(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        use std::io::Seek;
        self.file.rewind().map_err(|e| self.unwritable(&e))?;
        self.put(bytes)
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
    check_place(target)?;
    let name = target.file_name().ok_or_else(|| FileError::Unwritable {
        path: target.to_owned(),
        reason: "expected a file name, found none".to_owned(),
        kind: ErrorKind::InvalidInput,
    })?;
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
    builder.tempfile_in(folder_of(target)).map_err(|e| FileError::unwritable(target, &e))
}
