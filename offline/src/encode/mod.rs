//! Masters to disk: written beside their destination, verified by the caller, then renamed into place.
//!
//! Whoever looks at the destination sees the whole new file or what was there before, never a part. The WAV header is
//! ours and not a crate's, so that 4 GiB are refused instead of wrapped and 24 bits cost no more than 16.

mod wav;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::FileError;
pub use wav::{SampleFormat, WavLayout, WriteCounts, quantise};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// RIFF WAVE, up to 4 GiB.
    Wav(SampleFormat),
}

/// How many bytes are collected before the system is asked to write them.
const CHUNK_BYTES: usize = 64 * 1024;

/// A master that is being written. Dropping it leaves nothing behind.
pub struct AudioWriter {
    temp: NamedTempFile,
    dest: PathBuf,
    header: WavLayout,
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
        let header = WavLayout { sample_format, sample_rate_hz, num_channels };
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
            self.header.encode(channels, start..start + len, &mut bytes, &mut self.counts);
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
