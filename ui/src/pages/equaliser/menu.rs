//! What a click with the other button offers: a node's choices, and on the ground the bands that are off.

use super::bands::{BANDS, Band, turn_next_on};
use crate::desk::{Desk, param};
use egui::{Response, Ui};
use lacquer_dsp::param::Unit;

/// The range that makes a bell dynamic, dB: it gives way to what is loud.
const FIRST_RANGE_DB: f64 = -6.0;

/// The choices of a band.
pub(super) fn of_node(response: &Response, desk: &mut Desk<'_>, band: &'static Band) {
    response.context_menu(|ui| {
        ui.label(egui::RichText::new(band.name).strong());
        ui.separator();
        choices(ui, desk, "Works on", "", band.placement);
        if let Some(slope) = band.slope {
            choices(ui, desk, "Slope", " dB per octave", slope);
        }
        if let Some([_, range]) = band.dynamics {
            let is_dynamic = desk.value(param(range)) != 0.0;
            let words = if is_dynamic { "Keep its gain still" } else { "Follow its level" };
            if ui.button(words).clicked() {
                desk.change(param(range), if is_dynamic { 0.0 } else { FIRST_RANGE_DB });
                ui.close();
            }
        }
        ui.separator();
        if ui.button("Back to default").clicked() {
            reset(desk, band);
            ui.close();
        }
        if ui.button("Turn off").clicked() {
            desk.change(param(band.on), 0.0);
            ui.close();
        }
    });
}

/// What is off can be turned on from the ground. Says which band was.
pub(super) fn of_ground(
    response: &Response,
    desk: &mut Desk<'_>,
    place: impl FnOnce() -> Option<(f64, f64)>,
) -> Option<usize> {
    let mut chosen = None;
    response.context_menu(|ui| {
        if ui.button("Add a bell here").clicked() {
            chosen = place().and_then(|(frequency_hz, gain_db)| turn_next_on(desk, frequency_hz, gain_db));
            ui.close();
        }
        for (idx, band) in BANDS.iter().enumerate() {
            if !band.is_on(desk) && ui.button(format!("Turn on {}", band.name.to_lowercase())).clicked() {
                desk.change(param(band.on), 1.0);
                chosen = Some(idx);
                ui.close();
            }
        }
    });
    chosen
}

/// The words of a choice, one of them marked.
fn choices(ui: &mut Ui, desk: &mut Desk<'_>, caption: &str, unit: &str, id: &'static str) {
    let param = param(id);
    let Unit::Choice(words) = param.unit else { return };
    ui.menu_button(caption, |ui| {
        let now = desk.value(param) as usize;
        for (idx, word) in words.iter().enumerate() {
            if ui.radio(now == idx, format!("{word}{unit}")).clicked() {
                desk.change(param, idx as f64);
                ui.close();
            }
        }
    });
}

/// Takes everything back but that it is on.
fn reset(desk: &mut Desk<'_>, band: &Band) {
    let mut settings = *desk.settings();
    let ids = [Some(band.frequency), band.gain, band.q, band.slope, Some(band.placement)];
    for id in ids.into_iter().flatten().chain(band.dynamics.into_iter().flatten()) {
        let param = param(id);
        // A default is in the range.
        let _ = param.set(&mut settings, param.default);
    }
    desk.apply(&settings, "Band reset");
}
