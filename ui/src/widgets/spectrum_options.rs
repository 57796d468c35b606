//! A row of what can be chosen about spectra: the same on every page that draws one.

use crate::editor::PageContext;
use crate::watch::{Channels, Fineness};
use egui::Ui;

/// The slopes that are offered, dB per octave.
const TILTS_DB: [f64; 4] = [0.0, 1.5, 3.0, 4.5];

/// One over so many octaves.
const SMOOTHINGS: [Option<u32>; 5] = [None, Some(24), Some(12), Some(6), Some(3)];

/// Time constants of the average, ms, and their words.
const SPEEDS: [(f64, &str); 3] = [(80.0, "Fast"), (200.0, "Medium"), (800.0, "Slow")];

/// Draws the row.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let tilt_text =
        |tilt_db: f64| if tilt_db == 0.0 { "none".to_owned() } else { format!("{tilt_db} dB/oct") };
    let smoothing_text =
        |smoothing: Option<u32>| smoothing.map_or("off".to_owned(), |part| format!("1/{part} oct"));
    let channels_text = |channels| match channels {
        Channels::Stereo => "stereo",
        Channels::Mid => "mid",
        Channels::Side => "side",
    };
    let fineness_text = |fineness| match fineness {
        Fineness::Quick => "4096",
        Fineness::Fine => "8192",
    };
    let speed_text =
        |speed: f64| SPEEDS.iter().find(|(ms, _)| *ms == speed).map_or("Medium", |(_, word)| word);
    ui.horizontal_centered(|ui| {
        let options = &mut context.view.spectrum;
        let channels = [Channels::Stereo, Channels::Mid, Channels::Side];
        pick(ui, "Spectrum of", &mut options.channels, &channels, |c| channels_text(c).to_owned());
        pick(ui, "Tilt", &mut options.tilt_db_per_octave, &TILTS_DB, tilt_text);
        pick(ui, "Smoothing", &mut options.smoothing, &SMOOTHINGS, smoothing_text);
        pick(ui, "Speed", &mut options.averaging_ms, &SPEEDS.map(|(ms, _)| ms), |ms| {
            speed_text(ms).to_lowercase()
        });
        let fineness = [Fineness::Quick, Fineness::Fine];
        pick(ui, "Frame", &mut options.fineness, &fineness, |f| fineness_text(f).to_owned());
        switches(ui, context);
    });
}

/// Holding and freezing alone, for a page without room for the row.
pub fn switches(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let options = &mut context.view.spectrum;
    let switches = [
        ("Hold peaks", "Also draws the highest levels since it was turned on", &mut options.is_holding),
        ("Freeze", "Lets the spectra stand still", &mut options.is_frozen),
    ];
    for (name, help, is_on) in switches {
        if super::toggle(ui, context.theme, name, name, *is_on).on_hover_text(help).clicked() {
            *is_on = !*is_on;
        }
    }
}

/// A list that opens. What it is for is part of what it shows, so that it needs no label beside it.
fn pick<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, all: &[T], text: impl Fn(T) -> String) {
    let shown = format!("{name}: {}", text(*value));
    let list = egui::ComboBox::from_id_salt(name).selected_text(shown).width(0.0).show_ui(ui, |ui| {
        for &choice in all {
            ui.selectable_value(value, choice, text(choice));
        }
    });
    ui.ctx().accesskit_node_builder(list.response.id, |node| node.set_label(format!("Spectrum: {name}")));
}
