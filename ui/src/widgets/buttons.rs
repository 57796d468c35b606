//! What is on or off, one of several, and the bar that begins a module's page.

use crate::desk::param;
use crate::editor::PageContext;
use crate::help;
use crate::style::{CONTROL_HEIGHT, CORNER, UNIT, size};
use crate::theme::Theme;
use egui::{
    Align2, Color32, FontId, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};
use lacquer_dsp::param::Unit;
use lacquer_dsp::settings::Module;

/// A button that stays down. Being down is said by colour, by an outline, and to a screen reader.
pub fn toggle(ui: &mut Ui, theme: &Theme, is_on: bool, words: &str, colour: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), FontId::proportional(size::BODY), theme.text);
    let size = Vec2::new(galley.size().x + 2.0 * UNIT, CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_on, words));
    paint_toggle(ui, theme, rect, &response, is_on, colour);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley_with_override_text_color(at, galley, ink(theme, is_on, colour));
    response
}

fn paint_toggle(ui: &Ui, theme: &Theme, rect: Rect, response: &Response, is_on: bool, colour: Color32) {
    let fill = match (is_on, response.hovered()) {
        (true, _) => colour,
        (false, true) => theme.edge,
        (false, false) => theme.grid,
    };
    let edge = if response.has_focus() { Stroke::new(2.0, theme.text) } else { Stroke::new(1.0, theme.edge) };
    ui.painter().rect(rect, CORNER, fill, edge, StrokeKind::Inside);
}

/// Letters that are read on a filled button.
fn ink(theme: &Theme, is_on: bool, colour: Color32) -> Color32 {
    match (is_on, colour.intensity() > 0.45) {
        (false, _) => theme.text,
        (true, true) => Color32::from_rgb(0x10, 0x12, 0x15),
        (true, false) => Color32::WHITE,
    }
}

/// On or off, with the parameter's name beside it.
pub fn switch(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let is_on = context.desk.value(param) >= 0.5;
    let theme = context.theme;
    let galley =
        ui.painter().layout_no_wrap(param.name.to_owned(), FontId::proportional(size::BODY), theme.text);
    let pill = Vec2::new(30.0, 16.0);
    let total = Vec2::new(pill.x + UNIT + galley.size().x, CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(total, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_on, param.name));
    let pill = Rect::from_min_size(rect.left_center() - Vec2::new(0.0, pill.y / 2.0), pill);
    let edge = if response.has_focus() || response.hovered() { theme.text } else { theme.edge };
    let fill = if is_on { theme.output } else { theme.well };
    ui.painter().rect(pill, 8.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let x = if is_on { pill.right() - 8.0 } else { pill.left() + 8.0 };
    let dot = if is_on { theme.well } else { theme.faint_text };
    ui.painter().circle_filled(egui::pos2(x, pill.center().y), 5.0, dot);
    let text_at = egui::pos2(pill.right() + UNIT, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(text_at, galley, theme.text);
    if response.clicked() {
        context.desk.change(param, if is_on { 0.0 } else { 1.0 });
    }
    response.on_hover_text(help::tooltip(param))
}

/// One of several words, all to be seen; a count shows its numbers.
pub fn choice(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let words: Vec<String> = match param.unit {
        Unit::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        _ => (param.min as i64..=param.max as i64).map(|number| number.to_string()).collect(),
    };
    let first = if let Unit::Choice(_) = param.unit { 0.0 } else { param.min };
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (idx, word) in words.iter().enumerate() {
            let place = first + idx as f64;
            let is_chosen = context.desk.value(param) == place;
            let button = toggle(ui, context.theme, is_chosen, word, context.theme.output);
            if button.on_hover_text(help::tooltip(param)).clicked() {
                context.desk.change(param, place);
            }
        }
    });
    row.response
}

/// A module's title, bypass, solo, and delta: hear only what it changes.
pub fn module_bar(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module) -> Response {
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(title(module)).strong().size(size::TITLE).color(context.theme.text));
        ui.add_space(UNIT);
        bypass(ui, context, module);
        let mut listening = context.desk.host.listening();
        let theme = context.theme;
        let solo = &mut listening.solo[module as usize];
        let button = toggle(ui, theme, *solo, "Solo", theme.good);
        if button.on_hover_text("Hear this module alone, with the others bypassed.").clicked() {
            *solo = !*solo;
        }
        let is_delta = listening.delta == Some(module);
        let button = toggle(ui, theme, is_delta, "Delta", theme.change);
        if button.on_hover_text("Hear only what this module changes: what it adds or takes away.").clicked() {
            listening.delta = (!is_delta).then_some(module);
        }
        if listening != context.desk.host.listening() {
            context.desk.host.listen(listening);
        }
    });
    row.response
}

/// A module's bypass.
pub fn bypass(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module) -> Response {
    let param = bypass_param(module);
    let is_bypassed = context.desk.value(param) >= 0.5;
    let theme = context.theme;
    let response = toggle(ui, theme, is_bypassed, "Bypass", theme.change);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_bypassed, param.name));
    if response.clicked() {
        context.desk.change(param, if is_bypassed { 0.0 } else { 1.0 });
    }
    response.on_hover_text(help::tooltip(param))
}

/// The parameter that bypasses a module.
#[must_use]
pub fn bypass_param(module: Module) -> &'static lacquer_dsp::param::Param {
    param(&format!("{}.bypass", module.id()))
}

/// What a module is called.
#[must_use]
pub fn title(module: Module) -> &'static str {
    bypass_param(module).name.trim_end_matches(" bypass")
}

/// A group of controls under a title, on a ground of its own.
pub fn section<R>(ui: &mut Ui, theme: &Theme, title: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    egui::Frame::new()
        .fill(theme.panel)
        .corner_radius(6.0)
        .inner_margin(UNIT)
        .show(ui, |ui| {
            if !title.is_empty() {
                ui.label(RichText::new(title).size(size::SMALL).color(theme.faint_text));
            }
            contents(ui)
        })
        .inner
}
