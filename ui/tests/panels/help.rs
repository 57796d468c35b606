//! Every control explains itself.

use lacquer_dsp::params;
use lacquer_dsp::settings::Module;
use lacquer_ui::help;
use std::collections::HashMap;

/// Every parameter has a text of its own: none is missing, and only bands, bells and placements share theirs.
#[test]
fn every_parameter_has_a_text() {
    let mut ids_of_text: HashMap<&str, Vec<&str>> = HashMap::new();
    for param in params::all() {
        let text = help::text(param).unwrap_or_else(|| panic!("{} has no text", param.id));
        assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", param.id);
        ids_of_text.entry(text).or_default().push(param.id);
    }
    for (text, ids) in ids_of_text {
        let share = |id: &&str| id.contains(|c: char| c.is_ascii_digit()) || id.starts_with("equaliser.");
        assert!(ids.len() == 1 || ids.iter().all(share), "{text}: {ids:?}");
    }
}

/// What a tooltip says is enough to type a value.
#[test]
fn tooltips_tell_range_and_default() {
    for param in params::all() {
        let tooltip = help::tooltip(param);
        if !param.id.ends_with(".bypass") {
            assert!(tooltip.contains(&param.to_text(param.default)), "{tooltip}");
            assert!(tooltip.starts_with(param.name), "{tooltip}");
        }
    }
}

/// Captions leave out what their surroundings say, and are never empty.
#[test]
fn captions_are_short() {
    for (id, caption) in [
        ("limiter.transient_link_percent", "Transient link"),
        ("multiband.band3.upward_ratio", "Upward ratio"),
        ("equaliser.bell2.frequency_hz", "Frequency"),
        ("equaliser.high_pass.slope_db_per_oct", "Slope"),
        ("multiband.link_percent", "Stereo link"),
        ("multiband.crossover1_hz", "Crossover 1"),
    ] {
        assert_eq!(help::caption(params::find(id).expect("a parameter")), caption);
    }
    assert!(params::all().all(|param| !help::caption(param).is_empty()));
}

/// The ids of the bypasses are what the table has.
#[test]
fn every_module_has_a_bypass() {
    for module in Module::ALL {
        assert_eq!(help::bypass_id(module), format!("{}.bypass", module.id()));
        params::find(help::bypass_id(module)).expect("a parameter");
    }
}
