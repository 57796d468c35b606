//! Of A and B the one that is not heard: its values by id, so that a session restores it whatever version saved it.

use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is kept of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Other {
    /// The slug of the preset that was last loaded there.
    pub preset: Option<String>,
    /// Every parameter.
    values: BTreeMap<String, f64>,
}

impl Other {
    /// These settings, which came from this preset.
    #[must_use]
    pub fn new(settings: &ChainSettings, preset: Option<String>) -> Self {
        let values = params::all().map(|param| (param.id.to_owned(), param.get(settings))).collect();
        Self { preset, values }
    }

    /// The settings. What was not kept or is no number takes its default, what is out of range its limit.
    #[must_use]
    pub fn settings(&self) -> ChainSettings {
        let mut settings = ChainSettings::default();
        for param in params::all() {
            let kept = self.values.get(param.id).copied().filter(|value| !value.is_nan());
            let value = kept.unwrap_or(param.default).clamp(param.min, param.max);
            // Within the range it is always taken.
            let _ = param.set(&mut settings, value);
        }
        settings
    }
}
