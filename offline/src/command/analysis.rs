//! What `lacquer mel` and `lacquer spectrogram` share: where the result goes, and how it gets there.

use super::{Failure, complain};
use crate::encode::create_temp;
use crate::error::FileError;
use crate::mono::{AnalysisError, MonoInfo};
use crate::paths::{Destination, plan_outputs};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What is written, by the ending of the output's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A NumPy array.
    Npy,
    /// Numbers as text, a line for each frame.
    Csv,
    /// A picture.
    Png,
}

/// The one input and its output, settled before any work.
pub(super) struct Plan {
    pub(super) input: PathBuf,
    pub(super) output: PathBuf,
    pub(super) kind: Kind,
    overwrite: bool,
}

impl Plan {
    pub(super) fn new(input: &Path, output: &Path, overwrite: bool) -> Result<Self, Failure> {
        let ending = output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let kind = match ending.as_str() {
            "npy" => Kind::Npy,
            "csv" => Kind::Csv,
            "png" => Kind::Png,
            _ => {
                return Err(Failure::Usage(format!(
                    "{}: expected a name that ends in .npy, .csv or .png",
                    output.display()
                )));
            }
        };
        let destination = Destination::File(output.to_owned());
        plan_outputs(&[input.to_owned()], &destination, overwrite).map_err(|error| match error {
            FileError::OutputIsInput { .. } => Failure::usage(error),
            FileError::OutputExists { path } => already_there(&path),
            error => Failure::not_done(error),
        })?;
        Ok(Self { input: input.to_owned(), output: output.to_owned(), kind, overwrite })
    }

    /// Writes a temporary file beside the output and renames it when it is whole.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let unwritable = |error: &io::Error| Failure::not_done(FileError::unwritable(&self.output, error));
        let mut temp = create_temp(&self.output).map_err(Failure::not_done)?;
        let mut buffered = BufWriter::new(&mut temp);
        write(&mut buffered).and_then(|()| buffered.flush()).map_err(|error| unwritable(&error))?;
        drop(buffered);
        let placed =
            if self.overwrite { temp.persist(&self.output) } else { temp.persist_noclobber(&self.output) };
        match placed {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(already_there(&self.output))
            }
            Err(error) => Err(unwritable(&error.error)),
        }
    }

    /// The input's name without its folders.
    pub(super) fn title(&self) -> String {
        self.input.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

fn already_there(path: &Path) -> Failure {
    Failure::NotDone(format!("{}: is there already: --force replaces it", path.display()))
}

pub(super) fn failed(error: AnalysisError) -> Failure {
    match error {
        AnalysisError::Cancelled(_) => Failure::Cancelled,
        error => Failure::not_done(error),
    }
}

/// Says what the file held that was no audio.
pub(super) fn complain_of_damage(path: &Path, info: &MonoInfo) {
    if info.num_damaged_samples > 0 {
        let (path, count) = (path.display(), info.num_damaged_samples);
        complain(format!("{path}: {count} samples were no numbers and counted as silence"));
    }
}
