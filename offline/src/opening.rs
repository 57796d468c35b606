//! What must be known of a programme before its first sample is worked on: how loud it is, and how loud it begins.

use lacquer_dsp::meter::{Lufs, ProgrammeLoudness};
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use lacquer_presets::Preset;

/// Whether the preset's thresholds are made for a certain loudness of the input, and nothing else was said.
pub fn wants_trim(preset: &Preset) -> bool {
    let input = &preset.settings.input;
    preset.bounce.input_lufs.is_some() && !input.bypass && input.trim_db == 0.0
}

/// The preset's settings, with an input of so much loudness trimmed to that which its thresholds are made for, unless a trim was set.
pub fn trimmed(preset: &Preset, input: Option<Lufs>) -> ChainSettings {
    let mut settings = preset.settings;
    if !wants_trim(preset) {
        return settings;
    }
    if let (Some(wanted), Some(lufs)) = (preset.bounce.input_lufs, input) {
        settings.input.trim_db = within("input.trim_db", wanted - lufs.0);
        settings = settings.settled();
        if preset.bounce.output_lufs.is_none() && settings.loudness.gain_db == 0.0 {
            // Nobody asked for another loudness, so what the trim took is given back.
            settings.loudness.gain_db = -settings.input.trim_db;
        }
    }
    settings
}

/// The settings with a leveller that begins where a programme does that comes to it with so much loudness, so that its first words
/// are at level and nothing fades in.
pub fn levelled(settings: &ChainSettings, opening: Lufs) -> ChainSettings {
    let mut settings = *settings;
    settings.leveller.start_gain_db =
        within("leveller.start_gain_db", settings.leveller.target_lufs - opening.0);
    settings.settled()
}

/// Measures the first three seconds of a programme of which `whole` is the loudness. What lies far under that is not programme: a file
/// may begin with a quiet room.
pub fn begin(loudness: &mut ProgrammeLoudness, sample_rate_hz: f64, num_channels: usize, whole: Lufs) {
    loudness.prepare(sample_rate_hz, num_channels);
    loudness.reset(whole);
}

/// A value held within a parameter's range.
pub fn within(id: &str, value: f64) -> f64 {
    params::find(id).map_or(value, |param| value.clamp(param.min, param.max))
}
