//! The preset file: TOML both ways.

use crate::error::nearest;
use crate::{BounceTarget, Preset, PresetError};
use lacquer_dsp::param::{Param, Unit};
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use std::fmt::Write as _;
use toml::{Table, Value};

/// The format's version, the `version` of every file.
pub const VERSION: i64 = 1;

/// A key of `[bounce]`: its name, its range, and its place.
type BounceKey = (&'static str, std::ops::RangeInclusive<f64>, fn(&mut BounceTarget) -> &mut Option<f64>);

const BOUNCE_KEYS: [BounceKey; 4] = [
    ("bounce.input_lufs", -60.0..=0.0, |target| &mut target.input_lufs),
    ("bounce.output_lufs", -60.0..=0.0, |target| &mut target.output_lufs),
    ("bounce.rms_min_dbfs", -60.0..=0.0, |target| &mut target.rms_min_dbfs),
    ("bounce.rms_max_dbfs", -60.0..=0.0, |target| &mut target.rms_max_dbfs),
];

const HEAD_KEYS: [&str; 3] = ["version", "name", "description"];

/// Reads a preset. `origin` is what an error message calls the text: a path or a name.
///
/// # Errors
/// Names the origin and the line or key, what was expected and what came.
pub fn parse(text: &str, slug: &str, origin: &str) -> Result<Preset, PresetError> {
    let table = table(text, origin)?;
    check_version(&table, origin)?;
    let mut preset = Preset {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        description: String::new(),
        bounce: BounceTarget::default(),
        settings: ChainSettings::default(),
    };
    let mut reader = Reader { origin, preset: &mut preset };
    reader.table("", &table)?;
    Ok(preset)
}

/// A text as TOML.
pub(crate) fn table(text: &str, origin: &str) -> Result<Table, PresetError> {
    text.parse().map_err(|error: toml::de::Error| PresetError::Syntax {
        origin: origin.to_owned(),
        line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
        message: error.message().replace('\n', " "),
    })
}

/// Refuses what another version wrote: its keys may mean something else.
pub(crate) fn check_version(table: &Table, origin: &str) -> Result<(), PresetError> {
    let found = match table.get("version") {
        Some(Value::Integer(VERSION)) => return Ok(()),
        other => other.map_or("missing".to_owned(), ToString::to_string),
    };
    Err(PresetError::Version { origin: origin.to_owned(), found })
}

/// The text of a preset with another name, and everything else as it was written.
pub(crate) fn with_name(text: &str, name: &str, origin: &str) -> Result<String, PresetError> {
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| PresetError::Syntax {
            origin: origin.to_owned(),
            line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
            message: error.message().replace('\n', " "),
        })?;
    let mut value = toml_edit::Value::from(name);
    if let Some(old) = document.get("name").and_then(toml_edit::Item::as_value) {
        // The comment behind it.
        *value.decor_mut() = old.decor().clone();
    }
    document["name"] = toml_edit::Item::Value(value);
    Ok(document.to_string())
}

struct Reader<'a> {
    origin: &'a str,
    preset: &'a mut Preset,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &Table) -> Result<(), PresetError> {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                Value::Table(inner) => self.table(&key, inner)?,
                value => self.key(&key, value)?,
            }
        }
        Ok(())
    }

    fn key(&mut self, key: &str, value: &Value) -> Result<(), PresetError> {
        match key {
            "version" => Ok(()),
            "name" => self.text(key, value).map(|text| self.preset.name = text),
            "description" => self.text(key, value).map(|text| self.preset.description = text),
            _ => {
                if let Some((_, range, place)) = BOUNCE_KEYS.iter().find(|(name, ..)| *name == key) {
                    let expected = format!("{} to {}", range.start(), range.end());
                    let number = number(value).filter(|number| range.contains(number));
                    *place(&mut self.preset.bounce) =
                        Some(number.ok_or_else(|| self.wrong(key, value, expected))?);
                    return Ok(());
                }
                self.param(key, value)
            }
        }
    }

    fn param(&mut self, key: &str, value: &Value) -> Result<(), PresetError> {
        let Ok(param) = params::find(key) else {
            let all = params::all()
                .map(|param| param.id)
                .chain(BOUNCE_KEYS.iter().map(|key| key.0))
                .chain(HEAD_KEYS);
            return Err(PresetError::UnknownKey {
                origin: self.origin.to_owned(),
                key: key.to_owned(),
                nearest: nearest(key, all),
            });
        };
        let number = match (param.unit, value) {
            // What people type elsewhere is understood here too: "on", "3:1", "90 ms", and the words of a choice.
            (_, Value::String(text)) => {
                let read = param.from_text(text);
                Some(read.map_err(|source| PresetError::Param { origin: self.origin.to_owned(), source })?)
            }
            (Unit::Switch, Value::Boolean(on)) => Some(f64::from(u8::from(*on))),
            (Unit::Switch, _) => None,
            (Unit::Choice(_), _) => None,
            (Unit::Count, Value::Integer(count)) => Some(*count as f64),
            (Unit::Count, _) => None,
            _ => number(value),
        };
        let number = number.ok_or_else(|| self.wrong(key, value, param.range_text()))?;
        param
            .set(&mut self.preset.settings, number)
            .map_err(|source| PresetError::Param { origin: self.origin.to_owned(), source })
    }

    fn text(&self, key: &str, value: &Value) -> Result<String, PresetError> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, value, "a text in quotes".to_owned()))
    }

    fn wrong(&self, key: &str, value: &Value, expected: String) -> PresetError {
        let found = value.to_string().replace('\n', " ");
        PresetError::WrongValue { origin: self.origin.to_owned(), key: key.to_owned(), found, expected }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(float) => Some(*float),
        _ => None,
    }
}

/// Writes a preset with every parameter, each with its range beside it. [`parse`] reads it back to the same settings.
#[must_use]
pub fn to_toml(preset: &Preset) -> String {
    let mut text = String::new();
    let quoted = |words: &str| Value::String(words.to_owned()).to_string();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "version = {VERSION}\nname = {}", quoted(&preset.name));
    let _ = writeln!(text, "description = {}", quoted(&preset.description));
    let mut open_table = String::new();
    let mut bounce = preset.bounce;
    let targets = BOUNCE_KEYS.iter().filter_map(|(key, range, place)| {
        let value = Value::Float((*place(&mut bounce))?).to_string();
        Some((*key, value, format!("{} to {}", range.start(), range.end())))
    });
    let settings =
        params::all().map(|param| (param.id, value_text(param, &preset.settings), param.range_text()));
    for (id, value, range) in targets.collect::<Vec<_>>().into_iter().chain(settings) {
        let (table, key) = id.rsplit_once('.').unwrap_or(("", id));
        if table != open_table {
            let _ = writeln!(text, "\n[{table}]");
            table.clone_into(&mut open_table);
        }
        let _ = writeln!(text, "{:<40} # {range}", format!("{key} = {value}"));
    }
    text
}

fn value_text(param: &Param, settings: &ChainSettings) -> String {
    let value = param.get(settings);
    match param.unit {
        Unit::Switch => Value::Boolean(value >= 0.5).to_string(),
        Unit::Count => Value::Integer(value as i64).to_string(),
        Unit::Choice(_) => Value::String(param.to_text(value)).to_string(),
        _ => Value::Float(value).to_string(),
    }
}
