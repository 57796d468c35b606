//! What the controls do, in words: the tooltips.
//!
//! Bands and bells have their texts in common: the number in an id is left out of what is looked up.

mod texts;

use lacquer_dsp::param::{Param, Unit};
use lacquer_dsp::settings::Module;
use std::borrow::Cow;

/// A module as its page calls it.
#[must_use]
pub fn module_title(module: Module) -> &'static str {
    match module {
        Module::Input => "Input",
        Module::Denoise => "Denoise",
        Module::Gate => "Gate",
        Module::DeEsser => "De-esser",
        Module::Equaliser => "Equaliser",
        Module::Leveller => "Leveller",
        Module::Multiband => "Multiband",
        Module::Exciter => "Exciter",
        Module::Stereo => "Stereo",
        Module::Loudness => "Loudness",
        Module::Limiter => "Limiter",
        Module::Dither => "Dither",
    }
}

/// The id of a module's bypass.
#[must_use]
pub fn bypass_id(module: Module) -> &'static str {
    match module {
        Module::Input => "input.bypass",
        Module::Denoise => "denoise.bypass",
        Module::Gate => "gate.bypass",
        Module::DeEsser => "de_esser.bypass",
        Module::Equaliser => "equaliser.bypass",
        Module::Leveller => "leveller.bypass",
        Module::Multiband => "multiband.bypass",
        Module::Exciter => "exciter.bypass",
        Module::Stereo => "stereo.bypass",
        Module::Loudness => "loudness.bypass",
        Module::Limiter => "limiter.bypass",
        Module::Dither => "dither.bypass",
    }
}

/// The id without the number of its band, bell or crossover.
fn common_id(id: &str) -> Cow<'_, str> {
    if id.contains(|c: char| c.is_ascii_digit()) {
        Cow::Owned(id.chars().filter(|c| !c.is_ascii_digit()).collect())
    } else {
        Cow::Borrowed(id)
    }
}

/// What a parameter does to the sound, and when to turn it.
#[must_use]
pub fn text(param: &Param) -> Option<&'static str> {
    let id = common_id(param.id);
    if id.ends_with(".bypass") && id != "multiband.band.bypass" {
        return texts::of_module(id.trim_end_matches(".bypass"));
    }
    texts::of(&id)
}

/// The whole tooltip: the name, what it does, the range and the default.
#[must_use]
pub fn tooltip(param: &Param) -> String {
    let text = text(param).unwrap_or_default();
    let default = param.to_text(param.default);
    match param.unit {
        Unit::Switch if param.id.ends_with(".bypass") => text.to_owned(),
        Unit::Switch | Unit::Choice(_) => format!("{}: {text}\nUsually {default}.", param.name),
        _ => format!("{}: {text}\n{}; a double click sets {default}.", param.name, param.range_text()),
    }
}

/// The name without what the control's surroundings say already.
#[must_use]
pub fn caption(param: &'static Param) -> String {
    const GROUPS: [&str; 5] = ["High-pass ", "Low-pass ", "High shelf ", "Low shelf ", "Bell "];
    let name = param.name;
    let module = param.id.split('.').next().unwrap_or_default();
    let module = Module::ALL.into_iter().find(|candidate| candidate.id() == module);
    let rest = module
        .and_then(|module| name.strip_prefix(module_title(module)))
        .or_else(|| after_number(name, "Band "))
        .or_else(|| after_number(name, "Bell "))
        .or_else(|| GROUPS.into_iter().find_map(|group| name.strip_prefix(group)));
    let rest = rest.map(str::trim_start).filter(|rest| !rest.is_empty()).unwrap_or(name);
    let (first, others) = rest.split_at(rest.len().min(1));
    first.to_uppercase() + others
}

/// What follows a word and a number.
fn after_number(name: &'static str, word: &str) -> Option<&'static str> {
    let rest = name.strip_prefix(word)?;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < rest.len()).then_some(after)
}
