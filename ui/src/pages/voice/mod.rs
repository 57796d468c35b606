//! Voice: what a spoken voice needs, from left to right as the sound goes: input and noise, gate, de-esser, leveller.

mod pictures;

use super::parts::{self, GAP};
use crate::editor::PageContext;
use crate::widgets;
use egui::{Rect, Ui, Vec2};
use lacquer_dsp::settings::Module;

/// The height of a strip's head.
const HEAD_HEIGHT: f32 = 84.0;

/// Values under the picture of the gate, which has the most.
const NUM_ROWS: usize = 8;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let theme = context.theme;
    let (_, rect) = ui.allocate_space(ui.available_size());
    let width = (rect.width() - 3.0 * GAP) / 4.0;
    let strips: [fn(&mut Ui, &mut PageContext<'_, '_>); 4] = [clean, gate, de_esser, leveller];
    for (n, strip) in strips.into_iter().enumerate() {
        let left = rect.left() + n as f32 * (width + GAP);
        let place = Rect::from_x_y_ranges(left..=left + width, rect.y_range());
        ui.push_id(n, |ui| parts::card_in(ui, theme, place, |ui| strip(ui, context)));
    }
}

/// A strip's head: the module's bar, and in a sentence what it is for. All are equally high, so that the pictures are in line.
fn head(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module, purpose: &str) {
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), HEAD_HEIGHT));
    parts::inside(ui, rect, |ui| {
        widgets::module_title(ui, context, module);
        ui.horizontal(|ui| widgets::module_buttons(ui, context, module));
        parts::hint(ui, context.theme, purpose);
    });
}

/// Room for a strip's picture: what the longest list of values leaves.
fn picture(ui: &mut Ui) -> Rect {
    let row = parts::ROW_HEIGHT + ui.spacing().item_spacing.y;
    let height = (ui.available_height() - NUM_ROWS as f32 * row - GAP).max(120.0);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), height));
    ui.add_space(GAP - ui.spacing().item_spacing.y);
    rect
}

fn clean(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    head(ui, context, Module::Input, "Brings the microphone to a usual level.");
    let rect = picture(ui);
    pictures::input_level(ui, context, rect);
    parts::values(ui, context, &[("Trim", "input.trim_db")]);
    for id in ["input.invert_left", "input.invert_right", "input.dc_removal"] {
        widgets::switch(ui, context, id);
    }
    head(ui, context, Module::Denoise, "Removes fans, hiss and hum from behind the voice.");
    parts::values(ui, context, &[("Share without noise", "denoise.mix_percent")]);
}

fn gate(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    head(ui, context, Module::Gate, "Makes pauses quiet: what is under the threshold is turned down.");
    let rect = picture(ui);
    pictures::gate(ui, context, rect);
    let rows = [
        ("Threshold", "gate.threshold_db"),
        ("Range", "gate.range_db"),
        ("Ratio", "gate.ratio"),
        ("Hysteresis", "gate.hysteresis_db"),
        ("Attack", "gate.attack_ms"),
        ("Hold", "gate.hold_ms"),
        ("Release", "gate.release_ms"),
        ("Side-chain high-pass", "gate.high_pass_hz"),
    ];
    parts::values(ui, context, &rows);
}

fn de_esser(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    head(ui, context, Module::DeEsser, "Softens sharp S and T sounds, and nothing else.");
    let rect = picture(ui);
    pictures::de_esser(ui, context, rect);
    let rows = [
        ("Above", "de_esser.frequency_hz"),
        ("Threshold", "de_esser.threshold_db"),
        ("At most", "de_esser.range_db"),
    ];
    parts::values(ui, context, &rows);
    let words = "The threshold is how far under the whole the sharp sounds must lie to be left alone.";
    parts::hint(ui, context.theme, words);
}

fn leveller(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    head(ui, context, Module::Leveller, "Rides the level, so that near and far sound alike.");
    let rect = picture(ui);
    pictures::leveller(ui, context, rect);
    let rows = [
        ("Target", "leveller.target_lufs"),
        ("Adds at most", "leveller.max_gain_db"),
        ("Takes at most", "leveller.max_cut_db"),
        ("Rises by", "leveller.rise_db_per_s"),
        ("Falls by", "leveller.fall_db_per_s"),
        ("Begins at", "leveller.start_gain_db"),
    ];
    parts::values(ui, context, &rows);
}
