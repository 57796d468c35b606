//! What one parameter is: its range, its scale, and its text in both directions.

use crate::settings::ChainSettings;

/// What a parameter's number means, which is also how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Decibels.
    Db,
    /// Decibels relative to full scale, true peak.
    Dbtp,
    /// Decibels per second.
    DbPerS,
    /// Loudness relative to full scale.
    Lufs,
    /// Hertz; written in kHz from 1000 on.
    Hz,
    /// Milliseconds.
    Ms,
    /// Hundredths.
    Percent,
    /// A compression ratio, written `2.5:1`.
    Ratio,
    /// A number without a unit, such as a Q.
    Plain,
    /// A whole number of things.
    Count,
    /// Off (0) or on (1).
    Switch,
    /// One of these words, by its place in the list.
    Choice(&'static [&'static str]),
}

impl Unit {
    /// The symbol behind a number, empty where there is none.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Db => "dB",
            Self::Dbtp => "dBTP",
            Self::DbPerS => "dB/s",
            Self::Lufs => "LUFS",
            Self::Hz => "Hz",
            Self::Ms => "ms",
            Self::Percent => "%",
            Self::Ratio => ":1",
            Self::Plain | Self::Count | Self::Switch | Self::Choice(_) => "",
        }
    }
}

/// How a knob's travel covers the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// Equal travel for equal differences.
    Linear,
    /// Equal travel for equal ratios; the range is positive.
    Logarithmic,
}

/// The place in the settings that a parameter stands for.
pub enum Field<'a> {
    /// Any number in the range.
    Number(&'a mut f64),
    /// A whole number.
    Count(&'a mut usize),
    /// Off or on.
    Switch(&'a mut bool),
    /// One of several.
    Choice(&'a mut dyn Choice),
}

/// A setting that is one of several words.
pub trait Choice {
    /// The place of the present one in the list of the parameter's unit.
    fn index(&self) -> usize;

    /// Takes the one at this place; a place beyond the list is the last.
    fn set_index(&mut self, index: usize);
}

/// One row of the parameter table.
pub struct Param {
    /// Frozen text key, `module.name_unit`: presets, hosts, the C library and the command line use it.
    pub id: &'static str,
    /// What a person reads beside the knob.
    pub name: &'static str,
    /// What the number means.
    pub unit: Unit,
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
    /// Value when nothing was said.
    pub default: f64,
    /// How a knob's travel covers the range.
    pub skew: Skew,
    /// The grid that a knob moves on. Presets, hosts and solvers set values ten times as fine.
    pub step: f64,
    /// The place in the settings.
    pub(crate) field: fn(&mut ChainSettings) -> Field<'_>,
}

/// Why a value was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParamError {
    /// No row has this id.
    #[error("there is no parameter '{0}'")]
    Unknown(String),
    /// The number is out of range or not a number.
    #[error("{id} = {value} is out of range: expected {range}")]
    OutOfRange {
        /// Which parameter.
        id: &'static str,
        /// What came.
        value: f64,
        /// What was expected, with the unit.
        range: String,
    },
    /// The text is no value of this parameter.
    #[error("{id} = '{text}' is not understood: expected {range}")]
    Text {
        /// Which parameter.
        id: &'static str,
        /// What came.
        text: String,
        /// What was expected, with the unit.
        range: String,
    },
}

impl Param {
    /// The value in `settings`; a switch is 0 or 1, a choice the place of its word.
    #[must_use]
    pub fn get(&self, settings: &ChainSettings) -> f64 {
        let mut copy = *settings;
        match (self.field)(&mut copy) {
            Field::Number(number) => *number,
            Field::Count(count) => *count as f64,
            Field::Switch(on) => f64::from(u8::from(*on)),
            Field::Choice(choice) => choice.index() as f64,
        }
    }

    /// Writes `value` into `settings`, [settled](Self::settled). Whole-numbered parameters take the nearest whole number.
    ///
    /// # Errors
    /// When the value is outside the range; nothing is written then.
    pub fn set(&self, settings: &mut ChainSettings, value: f64) -> Result<(), ParamError> {
        if !(self.min..=self.max).contains(&value) {
            return Err(ParamError::OutOfRange { id: self.id, value, range: self.range_text() });
        }
        self.write(settings, value);
        Ok(())
    }

    pub(crate) fn write(&self, settings: &mut ChainSettings, value: f64) {
        match (self.field)(settings) {
            Field::Number(number) => *number = self.settled(value),
            Field::Count(count) => *count = value.round() as usize,
            Field::Switch(on) => *on = value >= 0.5,
            Field::Choice(choice) => choice.set_index(value.round() as usize),
        }
    }

    /// The knob position of a value, 0 to 1.
    #[must_use]
    pub fn to_normalized(&self, value: f64) -> f64 {
        let value = value.clamp(self.min, self.max);
        match self.skew {
            Skew::Linear => (value - self.min) / (self.max - self.min),
            Skew::Logarithmic => libm::log(value / self.min) / libm::log(self.max / self.min),
        }
    }

    /// The value at a knob position from 0 to 1, on the parameter's grid.
    #[must_use]
    pub fn from_normalized(&self, position: f64) -> f64 {
        self.on_grid(self.at_position(position))
    }

    /// The value at a position from 0 to 1, [settled](Self::settled): the same for a position and for its nearest f32, which is
    /// what plugin hosts keep. So a value that went through a host comes back as it was.
    #[must_use]
    pub fn from_host_position(&self, position: f32) -> f64 {
        self.settled(self.at_position(f64::from(position)))
    }

    fn at_position(&self, position: f64) -> f64 {
        let position = position.clamp(0.0, 1.0);
        match self.skew {
            Skew::Linear => self.min + position * (self.max - self.min),
            Skew::Logarithmic => self.min * libm::pow(self.max / self.min, position),
        }
    }

    /// The nearest value on the grid that a knob moves on, inside the range.
    #[must_use]
    pub fn on_grid(&self, value: f64) -> f64 {
        self.rounded(value, (1.0 / self.step).round())
    }

    /// The nearest of the values that settings hold: ten for each step of the knob, which is finer than anybody hears and
    /// coarser than the error of a position in f32.
    #[must_use]
    pub fn settled(&self, value: f64) -> f64 {
        self.rounded(value, (10.0 / self.step).round())
    }

    /// Dividing by a whole number of steps per unit gives the number that the decimal text reads back as.
    fn rounded(&self, value: f64, steps_per_unit: f64) -> f64 {
        ((value * steps_per_unit).round() / steps_per_unit).clamp(self.min, self.max)
    }

    /// A value as a person reads it, with its unit: `-1.0 dBTP`, `2.5 kHz`, `on`. Allocates.
    #[must_use]
    pub fn to_text(&self, value: f64) -> String {
        let decimals = (0..4).find(|&d| self.step * [1.0, 10.0, 100.0, 1000.0][d] > 0.999).unwrap_or(3);
        match self.unit {
            Unit::Switch => if value >= 0.5 { "on" } else { "off" }.to_owned(),
            Unit::Plain => format!("{value:.decimals$}"),
            Unit::Count => format!("{value:.0}"),
            Unit::Choice(words) => words.get(value.round() as usize).copied().unwrap_or_default().to_owned(),
            Unit::Ratio => format!("{value:.decimals$}:1"),
            Unit::Hz if value >= 1000.0 => {
                let khz = format!("{:.3}", value / 1000.0);
                format!("{} kHz", khz.trim_end_matches('0').trim_end_matches('.'))
            }
            unit => format!("{value:.decimals$} {}", unit.symbol()),
        }
    }

    /// Reads what [`Self::to_text`] writes, and what people type: the unit may be missing, `k` means a thousand, `s` seconds.
    ///
    /// # Errors
    /// When the text is no number of this unit, or the number is out of range.
    pub fn from_text(&self, text: &str) -> Result<f64, ParamError> {
        let lower = text.trim().to_ascii_lowercase();
        let value = match self.unit {
            Unit::Switch => match lower.as_str() {
                "on" | "true" | "yes" | "1" => Some(1.0),
                "off" | "false" | "no" | "0" => Some(0.0),
                _ => None,
            },
            Unit::Count => parse_number(&lower, Unit::Count).filter(|count| count.fract() == 0.0),
            Unit::Choice(words) => words.iter().position(|word| *word == lower).map(|index| index as f64),
            unit => parse_number(&lower, unit),
        };
        let value = value.ok_or_else(|| ParamError::Text {
            id: self.id,
            text: text.to_owned(),
            range: self.range_text(),
        })?;
        if (self.min..=self.max).contains(&value) {
            Ok(value)
        } else {
            Err(ParamError::OutOfRange { id: self.id, value, range: self.range_text() })
        }
    }

    /// The range in words: `-30.0 dBTP to 0.0 dBTP`, or `on or off`. Allocates.
    #[must_use]
    pub fn range_text(&self) -> String {
        match self.unit {
            Unit::Switch => "true or false".to_owned(),
            Unit::Choice(words) => format!("one of {}", words.join(", ")),
            _ => format!("{} to {}", self.to_text(self.min), self.to_text(self.max)),
        }
    }
}

fn parse_number(lower: &str, unit: Unit) -> Option<f64> {
    let suffixes: &[(&str, f64)] = match unit {
        Unit::Db => &[("db", 1.0)],
        Unit::Dbtp => &[("dbtp", 1.0), ("db", 1.0)],
        Unit::DbPerS => &[("db/s", 1.0), ("db", 1.0)],
        Unit::Lufs => &[("lufs", 1.0), ("lkfs", 1.0)],
        Unit::Hz => &[("khz", 1000.0), ("hz", 1.0), ("k", 1000.0)],
        Unit::Ms => &[("ms", 1.0), ("s", 1000.0)],
        Unit::Percent => &[("%", 1.0)],
        Unit::Ratio => &[(":1", 1.0)],
        Unit::Plain | Unit::Count | Unit::Switch | Unit::Choice(_) => &[],
    };
    let (digits, factor) = suffixes
        .iter()
        .find_map(|(suffix, factor)| lower.strip_suffix(suffix).map(|digits| (digits, *factor)))
        .unwrap_or((lower, 1.0));
    let value = digits.trim().parse::<f64>().ok()?;
    value.is_finite().then_some(value * factor)
}
