//! What can be wrong with a preset, by what the caller can do next.

use lacquer_dsp::param::{Param, ParamError};
use lacquer_dsp::params;
use std::path::PathBuf;

/// Why a preset could not be had. Every message is one line.
#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    /// Neither a factory preset, nor one of the user's, nor a file.
    #[error("there is no preset '{name}'{}; there are: {known}", suggestion(.nearest.as_deref()))]
    NotFound {
        /// What was asked for.
        name: String,
        /// What was perhaps meant.
        nearest: Option<String>,
        /// All that there are.
        known: String,
    },
    /// The file cannot be read.
    #[error("{}: cannot be read: {}", path.display(), reason(.source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file or folder cannot be written.
    #[error("{}: cannot be written: {}", path.display(), reason(.source))]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file would be written or changed, but the system tells no home folder.
    #[error("there is no folder for presets: the system tells no home folder")]
    NoFolder,
    /// The name has nothing that a file could be called by.
    #[error("the name '{name}' has no letters: expected some, or digits")]
    NoName {
        /// What was asked for.
        name: String,
    },
    /// The user has a preset of this name.
    #[error("there is a preset '{name}' already")]
    Taken {
        /// What was asked for.
        name: String,
    },
    /// What comes with Lacquer is not changed.
    #[error("'{name}' comes with Lacquer and stays as it is: expected another name")]
    Factory {
        /// What was asked for.
        name: String,
    },
    /// Not TOML.
    #[error("{origin}: line {line}: {message}")]
    Syntax {
        /// The file or preset.
        origin: String,
        /// From 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// Made by a later Lacquer, or without a version.
    #[error("{origin}: version is {found}: expected the line `version = {}` at the top", crate::VERSION)]
    Version {
        /// The file or preset.
        origin: String,
        /// What came.
        found: String,
    },
    /// A key that nothing has.
    #[error("{origin}: there is no key '{key}'{}", suggestion(.nearest.as_deref()))]
    UnknownKey {
        /// The file or preset.
        origin: String,
        /// The key with its tables.
        key: String,
        /// What was perhaps meant.
        nearest: Option<String>,
    },
    /// A key with something that is no value of it.
    #[error("{origin}: {key} is {found}: expected {expected}")]
    WrongValue {
        /// The file or preset.
        origin: String,
        /// The key with its tables.
        key: String,
        /// What came.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A parameter out of its range.
    #[error("{origin}: {source}")]
    Param {
        /// The file or preset.
        origin: String,
        /// Which, and its range.
        source: ParamError,
    },
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        kind => kind.to_string(),
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(" (did you mean '{nearest}'?)")).unwrap_or_default()
}

/// An id that no parameter has.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("there is no parameter '{id}'{}", suggestion(.nearest.as_deref()))]
pub struct UnknownParameter {
    /// What came.
    pub id: String,
    /// The id that is most like it, if any is much like it.
    pub nearest: Option<String>,
}

/// The parameter of an id.
///
/// # Errors
/// When there is none; the words name the one that was perhaps meant.
pub fn parameter_named(id: &str) -> Result<&'static Param, UnknownParameter> {
    params::find(id).map_err(|_| UnknownParameter {
        id: id.to_owned(),
        nearest: nearest(id, params::all().map(|param| param.id)),
    })
}

/// The candidate that is most like `word`, if any is much like it.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
