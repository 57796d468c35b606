//! Where masters go, settled before any work is done, so that nobody waits an hour to be told that a name is taken.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::FileError;

/// What the user said about the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Nothing: `NAME.mastered.EXTENSION` beside each input.
    BesideInput {
        /// Without the dot.
        extension: &'static str,
    },
    /// A file, for a single input.
    File(PathBuf),
    /// A folder that exists, where each input becomes `NAME.mastered.EXTENSION`.
    Folder {
        /// It.
        folder: PathBuf,
        /// Without the dot.
        extension: &'static str,
    },
}

/// `NAME.mastered.EXTENSION` in the folder of the input.
#[must_use]
pub fn default_output(input: &Path, extension: &str) -> PathBuf {
    let mut name = input.file_stem().map_or_else(|| OsString::from("audio"), OsString::from);
    name.push(".mastered.");
    name.push(extension);
    input.with_file_name(name)
}

/// The output of each input, in order, once it is certain that writing them destroys nothing.
///
/// # Errors
/// When an output is an input (by whatever link), would be written twice, is a folder or in a folder that does not exist,
/// or stands there already and `overwrite` is false.
pub fn plan_outputs(
    inputs: &[PathBuf],
    destination: &Destination,
    overwrite: bool,
) -> Result<Vec<PathBuf>, FileError> {
    let outputs: Vec<PathBuf> = inputs.iter().map(|input| output_of(input, destination)).collect();
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    for (input, output) in inputs.iter().zip(&outputs) {
        check_place(output)?;
        if let Some(first) = taken.insert(identity(output), input) {
            let (first, second) = (first.to_owned(), input.clone());
            return Err(FileError::OutputsCollide { output: output.clone(), first, second });
        }
    }
    for output in &outputs {
        // Any of the inputs: the master of one file must not destroy the next one to be read.
        let same = |input: &&PathBuf| same_file::is_same_file(input, output).unwrap_or(false);
        if let Some(input) = inputs.iter().find(same) {
            return Err(FileError::OutputIsInput { output: output.clone(), input: input.clone() });
        }
        // A link that points nowhere is something too.
        if !overwrite && output.symlink_metadata().is_ok() {
            return Err(FileError::OutputExists { path: output.clone() });
        }
    }
    Ok(outputs)
}

fn output_of(input: &Path, destination: &Destination) -> PathBuf {
    match destination {
        Destination::BesideInput { extension } => default_output(input, extension),
        Destination::File(path) => path.clone(),
        Destination::Folder { folder, extension } => {
            folder.join(default_output(input, extension).file_name().unwrap_or_default())
        }
    }
}

/// The folder that a file lies in.
pub(crate) fn folder_of(output: &Path) -> &Path {
    match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Refuses what no file can be written to.
pub(crate) fn check_place(output: &Path) -> Result<(), FileError> {
    let refused = |kind, reason| Err(FileError::Unwritable { path: output.to_owned(), reason, kind });
    let folder = folder_of(output);
    if output.is_dir() {
        return refused(ErrorKind::IsADirectory, "expected a file, found a folder".into());
    }
    if !folder.is_dir() {
        return refused(ErrorKind::NotFound, format!("there is no folder {}", folder.display()));
    }
    Ok(())
}

/// What two names of one output have in common, though it does not exist yet: the real folder, or the file a link means.
fn identity(output: &Path) -> PathBuf {
    if let Ok(path) = output.canonicalize() {
        return path;
    }
    let name = output.file_name().unwrap_or_default();
    let name = if cfg!(any(windows, target_os = "macos")) {
        // There "A.wav" and "a.wav" are one file.
        name.to_string_lossy().to_lowercase().into()
    } else {
        name.to_owned()
    };
    folder_of(output).canonicalize().unwrap_or_default().join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_output_stands_beside_its_input() {
        for (input, expected) in [
            ("music/song.flac", "music/song.mastered.wav"),
            ("song", "song.mastered.wav"),
            ("/a/my.mix.v2.wav", "/a/my.mix.v2.mastered.wav"),
        ] {
            assert_eq!(default_output(Path::new(input), "wav"), Path::new(expected));
        }
    }
}
