//! The user's favourites: a small TOML file with a version and the presets' slugs.

use crate::PresetError;
use crate::format::{check_version, table};
use crate::library::read_text;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// Slugs of presets, in alphabetical order. One whose preset is not there (now) does no harm and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Favourites(BTreeSet<String>);

impl Favourites {
    /// Whether the preset of this slug is one.
    #[must_use]
    pub fn contains(&self, slug: &str) -> bool {
        self.0.contains(slug)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn insert(&mut self, slug: String) -> bool {
        self.0.insert(slug)
    }

    pub(crate) fn remove(&mut self, slug: &str) -> bool {
        self.0.remove(slug)
    }

    /// Reads the file; that there is none yet is no error.
    pub(crate) fn read(path: &Path) -> Result<Self, PresetError> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let origin = path.display().to_string();
        let table = table(&read_text(path)?, &origin)?;
        check_version(&table, &origin)?;
        let Some(value) = table.get("favourites") else { return Ok(Self::default()) };
        let slugs = value.as_array().and_then(|slugs| slugs.iter().map(slug).collect());
        slugs.map(Self).ok_or_else(|| PresetError::WrongValue {
            origin,
            key: "favourites".to_owned(),
            found: value.to_string().replace('\n', " "),
            expected: "a list of presets in quotes".to_owned(),
        })
    }

    pub(crate) fn to_toml(&self) -> String {
        let slugs = self.0.iter().cloned().map(Value::String).collect();
        let table = Table::from_iter([
            ("version".to_owned(), Value::Integer(crate::VERSION)),
            ("favourites".to_owned(), Value::Array(slugs)),
        ]);
        table.to_string()
    }
}

fn slug(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
