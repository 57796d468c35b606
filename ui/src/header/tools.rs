//! The header's buttons: A and B, undo and redo, bypass, latency, and looks.

use super::Deck;
use crate::editor::PageContext;
use crate::style::{CONTROL_POINTS, TITLE_POINTS};
use crate::view::Shade;
use crate::widgets::quantity::Free;
use crate::widgets::{choice_of, slider_of, toggle};
use egui::{Button, Key, Modifiers, Popup, PopupCloseBehavior, RichText, Ui, vec2};
use lacquer_dsp::processor::LatencyMode;

/// The sizes that a click goes to; the slider knows those between.
const SCALES_PERCENT: [f32; 5] = [75.0, 100.0, 125.0, 150.0, 200.0];

/// Which of two settings is heard, and a copy from one to the other.
pub(super) fn a_and_b(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    let mut index = usize::from(context.view.is_b);
    let response = choice_of(ui, context.theme, "Settings", &["A", "B"], &mut index);
    if response.changed() {
        deck.switch(context.desk, context.view);
    }
    response.on_hover_text("Two settings to compare. Each has its own undo.");
    let caption = if context.view.is_b { "B \u{27a1} A" } else { "A \u{27a1} B" };
    let other = if context.view.is_b { "A" } else { "B" };
    let copy = ui.add(Button::new(RichText::new(caption).size(CONTROL_POINTS)));
    if copy.on_hover_text(format!("Copy what is heard to {other}.")).clicked() {
        deck.copy_to_other(context.desk, context.view);
    }
}

/// One step back, one step forth.
pub(super) fn undo_and_redo(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let names = context.desk.step_names();
    for (is_redo, (name, glyph)) in names.into_iter().zip(["\u{27f2}", "\u{27f3}"]).enumerate() {
        let is_redo = is_redo == 1;
        let (word, keys) = if is_redo { ("Redo", "Ctrl+Shift+Z") } else { ("Undo", "Ctrl+Z") };
        let button = Button::new(RichText::new(glyph).size(TITLE_POINTS)).min_size(vec2(28.0, 24.0));
        let response = ui.add_enabled(name.is_some(), button).on_hover_text(match name {
            Some(name) => format!("{word}: {name} ({keys})"),
            None => format!("{word} ({keys})"),
        });
        let response =
            response.on_disabled_hover_text(format!("There is nothing to {}.", word.to_lowercase()));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, name.is_some(), word));
        if response.clicked() {
            if is_redo {
                context.desk.redo()
            } else {
                context.desk.undo()
            };
        }
    }
}

/// The input instead of the output, at the same loudness if that is wanted. Right to left.
pub(super) fn bypass(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let before = context.desk.host.listening();
    let mut listening = before;
    let theme = context.theme;
    let matched = toggle(ui, theme, "Match loudness of bypass", "Match", listening.gain_match);
    let explained = "Bring the input to the loudness of the output while it is bypassed, so that louder is not taken for better.";
    if matched.on_hover_text(explained).clicked() {
        listening.gain_match = !listening.gain_match;
    }
    let bypass = toggle(ui, theme, "Bypass", "Bypass", listening.bypass);
    if bypass.on_hover_text("Hear the input, as late as the output would be.").clicked() {
        listening.bypass = !listening.bypass;
    }
    if listening != before {
        context.desk.host.listen(listening);
    }
}

/// Live or quality, and what it costs.
pub(super) fn latency(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let text = match context.desk.host.audio_format() {
        Some(format) => {
            let latency_ms = 1000.0 * format.latency_samples as f64 / format.sample_rate_hz;
            format!("{latency_ms:.1} ms")
        }
        None => "no audio".to_owned(),
    };
    // Of constant width, so that nothing beside it moves.
    let size = vec2(52.0, 22.0);
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.set_min_size(size);
        let label = ui.label(RichText::new(&text).color(context.theme.faint_text));
        label.on_hover_text("How much later the output comes. Hosts compensate for it.");
    });
    let mode = context.desk.host.latency_mode();
    let mut index = usize::from(mode == LatencyMode::Quality);
    let response = choice_of(ui, context.theme, "Latency", &["Live", "Quality"], &mut index);
    if response.changed() {
        context.desk.host.set_latency_mode(if index == 1 { LatencyMode::Quality } else { LatencyMode::Live });
    }
    response.on_hover_text(
        "Live: a few milliseconds, for playing and speaking. Quality: bands of linear phase and a longer look ahead, for mixing down. Changing it restarts the audio.",
    );
}

/// Dark or light, and everything's size.
pub(super) fn looks(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let button =
        ui.button(RichText::new(format!("{:.0} %", context.view.scale_percent)).size(CONTROL_POINTS));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Looks and size"));
    let button = button.on_hover_text("Size of everything, and dark or light.");
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_min_width(250.0);
        let (theme, view) = (context.theme, &mut *context.view);
        ui.label(RichText::new("Shade").color(theme.faint_text));
        let mut index = usize::from(view.shade == Shade::Light);
        if choice_of(ui, theme, "Shade", &["Dark", "Light"], &mut index).changed() {
            view.shade = if index == 1 { Shade::Light } else { Shade::Dark };
        }
        ui.add_space(8.0);
        ui.label(RichText::new("Size").color(theme.faint_text));
        let before = view.scale_percent;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for percent in SCALES_PERCENT {
                if ui.selectable_label(view.scale_percent == percent, format!("{percent:.0} %")).clicked() {
                    view.scale_percent = percent;
                }
            }
        });
        // A size that moved under the pointer would move the slider with it: it is taken when the slider is let go.
        let held_id = ui.scope_id().with("scale");
        let mut percent = ui.data(|data| data.get_temp(held_id)).unwrap_or(f64::from(view.scale_percent));
        let slider = slider_of(
            ui,
            theme,
            "scale",
            &mut Free {
                name: "Size of the window",
                help: "Text, controls and window grow together.",
                unit: "%",
                range: 75.0..=200.0,
                default: 100.0,
                step: 5.0,
                value: &mut percent,
            },
        );
        if slider.dragged() {
            ui.data_mut(|data| data.insert_temp(held_id, percent));
        } else {
            ui.data_mut(|data| data.remove::<f64>(held_id));
            if slider.changed() || slider.drag_stopped() {
                view.scale_percent = percent as f32;
            }
        }
        if view.scale_percent != before {
            request_size(ui, context);
        }
    });
}

/// The command key with plus, minus and zero: a size up, a size down, and 100 %.
pub(super) fn obey_size_keys(ui: &Ui, context: &mut PageContext<'_, '_>) {
    let now = context.view.scale_percent;
    let is_pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, key));
    let wanted = if is_pressed(Key::Plus) || is_pressed(Key::Equals) {
        SCALES_PERCENT.into_iter().find(|percent| *percent > now)
    } else if is_pressed(Key::Minus) {
        SCALES_PERCENT.into_iter().rev().find(|percent| *percent < now)
    } else if is_pressed(Key::Num0) {
        Some(100.0)
    } else {
        None
    };
    if let Some(percent) = wanted.filter(|percent| *percent != now) {
        context.view.scale_percent = percent;
        request_size(ui, context);
    }
}

/// The window is to hold as much as it does now. How much that is the toolkit knows, whoever resized it.
fn request_size(ui: &Ui, context: &mut PageContext<'_, '_>) {
    let size = ui.ctx().content_rect().size() * context.view.scale_percent / 100.0;
    context.desk.host.request_size(size.into());
}
