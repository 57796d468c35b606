//! What can go wrong with a file, grouped by what a caller can do next.
//!
//! Each message is one line: the file, what was expected, what came.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FileError {
    /// Give another path or mend its permissions: it cannot be opened or read at all.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The input.
        path: PathBuf,
        /// What the system says, or what the path is instead of a file.
        reason: String,
        /// The same for programs.
        kind: io::ErrorKind,
    },
    /// Give another file: this one is not audio.
    #[error("{}: not an audio file: expected WAV, FLAC, MP3 or Ogg Vorbis, found {found}", path.display())]
    NotAudio {
        /// The input.
        path: PathBuf,
        /// How its content begins.
        found: String,
    },
    /// Convert it first: audio, but not of a kind that can be read.
    #[error("{}: not supported: expected {expected}, found {found}", path.display())]
    Unsupported {
        /// The input.
        path: PathBuf,
        /// What would have been taken.
        expected: String,
        /// What came.
        found: String,
    },
    /// Nothing to do: it holds not a single frame.
    #[error("{}: empty: expected at least one frame of audio, found {found}", path.display())]
    Empty {
        /// The input.
        path: PathBuf,
        /// What it does hold.
        found: String,
    },
    /// Fetch it again: it ends before its container says that it does.
    #[error("{}: incomplete: expected {}, found {}", path.display(),
        promise_text(*promised_frames, *sample_rate_hz), frames_text(*found_frames, *sample_rate_hz))]
    Incomplete {
        /// The input.
        path: PathBuf,
        /// How many frames there are.
        found_frames: u64,
        /// How many the container promised, where it counts them.
        promised_frames: Option<u64>,
        /// For turning frames into seconds.
        sample_rate_hz: u32,
    },
    /// Fetch it again, or export it anew: its content contradicts its format.
    #[error("{}: damaged at {at_seconds:.3} s: {detail}", path.display())]
    Damaged {
        /// The input.
        path: PathBuf,
        /// How far into the audio.
        at_seconds: f64,
        /// What was expected and what came.
        detail: String,
    },
    /// Choose another output, mend the folder, or free some space: the output cannot be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    Unwritable {
        /// The output.
        path: PathBuf,
        /// What the system says, or what the path is instead.
        reason: String,
        /// The same for programs.
        kind: io::ErrorKind,
    },
    /// Choose another format or convert the audio: no file of this format can hold it.
    #[error("{}: cannot be written: {reason}", path.display())]
    NotHeld {
        /// The output.
        path: PathBuf,
        /// What the format holds, and what came.
        reason: String,
    },
    /// Choose another output or allow overwriting.
    #[error("{}: already exists: expected a new name, or leave to overwrite", path.display())]
    OutputExists {
        /// The output.
        path: PathBuf,
    },
    /// Choose another output: writing it would destroy an input.
    #[error("{}: is the input {} as well: expected an output of its own (-o), or that input left out", output.display(), input.display())]
    OutputIsInput {
        /// The output.
        output: PathBuf,
        /// The input that is the same file, perhaps through a link.
        input: PathBuf,
    },
    /// Rename an input or master them to different folders: two would be written to one name.
    #[error("{}: would be the master of two inputs, {} and {}: expected one", output.display(), first.display(), second.display())]
    OutputsCollide {
        /// The shared output.
        output: PathBuf,
        /// One input.
        first: PathBuf,
        /// Another input.
        second: PathBuf,
    },
    /// Split the audio or choose fewer bits: the format cannot hold as much.
    #[error("{}: too long for a WAV file: expected at most {max_bytes} bytes of audio (4 GiB), found {bytes}", path.display())]
    TooLong {
        /// The output.
        path: PathBuf,
        /// How many bytes of audio there would be.
        bytes: u64,
        /// How many the format holds.
        max_bytes: u64,
    },
}

impl FileError {
    /// An input that the system will not give.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: io_text(error), kind: error.kind() }
    }

    /// An output that the system will not take.
    #[must_use]
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), reason: io_text(error), kind: error.kind() }
    }

    /// What kind of failure it is to the system, for languages whose exceptions follow it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Unreadable { kind, .. } | Self::Unwritable { kind, .. } => *kind,
            Self::OutputExists { .. } => io::ErrorKind::AlreadyExists,
            _ => io::ErrorKind::Other,
        }
    }
}

/// The common failures in words that do not depend on the operating system.
fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        _ => error.to_string(),
    }
}

fn frames_text(num_frames: u64, sample_rate_hz: u32) -> String {
    format!("{num_frames} frames ({:.3} s)", num_frames as f64 / f64::from(sample_rate_hz.max(1)))
}

fn promise_text(promised_frames: Option<u64>, sample_rate_hz: u32) -> String {
    match promised_frames {
        Some(num_frames) => frames_text(num_frames, sample_rate_hz),
        None => "an end-of-stream mark".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_as_such() {
        let error = io::Error::from(io::ErrorKind::StorageFull);
        let text = FileError::unwritable(Path::new("out.wav"), &error).to_string();
        assert_eq!(text, "out.wav: cannot be written: the disk is full");
    }

    #[test]
    fn a_promise_is_told_in_frames_and_seconds() {
        let error = FileError::Incomplete {
            path: "a.flac".into(),
            found_frames: 24_000,
            promised_frames: Some(48_000),
            sample_rate_hz: 48_000,
        };
        let expected = "a.flac: incomplete: expected 48000 frames (1.000 s), found 24000 frames (0.500 s)";
        assert_eq!(error.to_string(), expected);
    }
}
