//! Where presets are found: the factory's, the user's folder, or a file by its path.

use crate::error::nearest;
use crate::{Preset, PresetError, factory, parse};
use std::path::{Path, PathBuf};

/// The folder of the user's own presets; `None` where the system tells no home folder.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "lacquer").map(|dirs| dirs.config_dir().join("presets"))
}

/// The user's presets by slug; a file that does not parse is returned with its error, and the others are not lost.
#[must_use]
pub fn user_presets() -> Vec<(String, Result<Preset, PresetError>)> {
    let Some(entries) = user_folder().and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let mut presets: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_toml(path))
        .map(|path| (slug_of(&path), read(&path)))
        .collect();
    presets.sort_by(|a, b| a.0.cmp(&b.0));
    presets
}

/// The preset of this name, the user's before the factory's, or the one in the file of this path.
///
/// # Errors
/// When there is none, with the nearest name, or when its file is wrong.
pub fn load(name_or_path: &str) -> Result<Preset, PresetError> {
    let path = Path::new(name_or_path);
    if is_toml(path) || path.components().count() > 1 {
        return read(path);
    }
    let slug = normalised(name_or_path);
    let users = user_presets();
    let mut known: Vec<String> = users.iter().map(|(slug, _)| slug.clone()).collect();
    if let Some((_, preset)) = users.into_iter().find(|(user_slug, _)| normalised(user_slug) == slug) {
        return preset;
    }
    let factory = factory();
    known.extend(factory.iter().map(|preset| preset.slug.clone()));
    factory.into_iter().find(|preset| preset.slug == slug).ok_or_else(|| PresetError::NotFound {
        name: name_or_path.to_owned(),
        nearest: nearest(&slug, known.iter().map(String::as_str)),
        known: known.join(", "),
    })
}

/// Names are compared without regard to case, and spaces are as good as dashes.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '_'], "-")
}

fn read(path: &Path) -> Result<Preset, PresetError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| PresetError::Unreadable { path: path.to_owned(), source })?;
    parse(&text, &slug_of(path), &path.display().to_string())
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn slug_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
