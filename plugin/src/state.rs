//! What a project keeps of the plugin: every parameter by its id as a plain value, and what is no parameter.
//!
//! The wrapper's state has the parameters as positions. Beside them lie the plain values with a version of their own, and they are
//! what counts: they can be read by a person, and outlive a change of a parameter's range or scale. Before a state is
//! loaded, [`migrate`] makes it one that fits: what is missing takes its default, what is unknown or out of range is left out or
//! brought in, and the user is told.

use lacquer_dsp::param::{Param, Unit};
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use lacquer_ui::view::View;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::PluginState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::params::BYPASS_ID;

/// The version of the plain values; a later one may have parameters that mean something else.
const VERSION: u32 = 1;

const SETTINGS: &str = "settings";
const KEPT: &str = "kept";
const NOTICE: &str = "notice";

/// The plain values.
#[derive(Serialize, Deserialize)]
struct Values {
    version: u32,
    values: BTreeMap<String, f64>,
}

/// What is no parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// How the window looks, and what it aims at.
    pub view: View,
    /// Whether the better sound may take its latency.
    pub is_quality: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self { view: View::default(), is_quality: true }
    }
}

/// The fields that are kept beside the wrapper's parameters.
pub fn fields(settings: &ChainSettings, kept: &Kept) -> BTreeMap<String, String> {
    let values = params::all().map(|param| (param.id.to_owned(), param.get(settings))).collect();
    let values = Values { version: VERSION, values };
    // Neither has a map with keys that are no text, so both can be written.
    [(SETTINGS, serde_json::to_string(&values)), (KEPT, serde_json::to_string(kept))]
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text.ok()?)))
        .collect()
}

/// What is no parameter, and what the user should be told of how the state was read.
pub fn kept(fields: &BTreeMap<String, String>) -> (Kept, Option<String>) {
    let kept = fields.get(KEPT).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    (kept, fields.get(NOTICE).cloned())
}

/// Makes a state that was saved by any version, or damaged, one in which every parameter has a value in its range.
pub fn migrate(state: &mut PluginState) {
    let mut notices = Vec::new();
    let values = values_of(state, &mut notices);
    let known = |id: &str| id == BYPASS_ID || params::find(id).is_ok();
    let num_unknown = values.keys().chain(state.params.keys()).filter(|id| !known(id)).count();
    if num_unknown > 0 {
        notices.push(format!("{num_unknown} of its settings are unknown here and were left out"));
    }
    state.params.retain(|id, _| known(id));
    let mut num_out_of_range = 0;
    for param in params::all() {
        let said = values.get(param.id).copied().or_else(|| plain_of(param, state));
        let value = said.filter(|value| value.is_finite()).map_or(param.default, |value| {
            num_out_of_range += usize::from(!(param.min..=param.max).contains(&value));
            param.settled(value.clamp(param.min, param.max))
        });
        // A position that a host set may lie between values; it stays, so that what is saved again is the same.
        if plain_of(param, state) != Some(value) {
            state.params.insert(param.id.to_owned(), stored(param, value));
        }
    }
    if !matches!(state.params.get(BYPASS_ID), Some(ParamValue::Bool(_))) {
        state.params.insert(BYPASS_ID.to_owned(), ParamValue::Bool(false));
    }
    if num_out_of_range > 0 {
        notices.push(format!(
            "{num_out_of_range} of its settings were out of range and brought to their limits"
        ));
    }
    if state.fields.get(KEPT).is_some_and(|text| serde_json::from_str::<Kept>(text).is_err()) {
        notices.push("how its window looked could not be read".to_owned());
    }
    state.fields.remove(NOTICE);
    if !notices.is_empty() {
        state.fields.insert(NOTICE.to_owned(), format!("The saved state: {}.", notices.join("; ")));
    }
}

/// The plain values that a state has, if it has any that can be understood.
fn values_of(state: &PluginState, notices: &mut Vec<String>) -> BTreeMap<String, f64> {
    let Some(text) = state.fields.get(SETTINGS) else { return BTreeMap::new() };
    match serde_json::from_str::<Values>(text) {
        Ok(values) if values.version <= VERSION => values.values,
        Ok(values) => {
            notices.push(format!(
                "it was saved by a later Lacquer (version {} of the settings; expected at most {VERSION}); what is known was taken",
                values.version
            ));
            values.values
        }
        Err(_) => {
            notices.push("its settings could not be read".to_owned());
            BTreeMap::new()
        }
    }
}

/// How the wrapper's state holds a value.
fn stored(param: &Param, value: f64) -> ParamValue {
    match param.unit {
        Unit::Switch => ParamValue::Bool(value >= 0.5),
        Unit::Count | Unit::Choice(_) => ParamValue::I32(value as i32),
        _ => ParamValue::F32(param.to_normalized(value) as f32),
    }
}

/// The value that the wrapper's state has of a parameter.
fn plain_of(param: &Param, state: &PluginState) -> Option<f64> {
    match (param.unit, state.params.get(param.id)?) {
        (Unit::Switch, ParamValue::Bool(on)) => Some(f64::from(u8::from(*on))),
        (Unit::Count | Unit::Choice(_), ParamValue::I32(whole)) => Some(f64::from(*whole)),
        (Unit::Switch | Unit::Count | Unit::Choice(_), _) => None,
        (_, ParamValue::F32(position)) if position.is_finite() => Some(param.from_host_position(*position)),
        _ => None,
    }
}
