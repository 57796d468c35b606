//! The controls in the toolkit's own dress.

use crate::desk::{Desk, param};
use crate::editor::PageContext;
use egui::{DragValue, Response, RichText, Slider, Ui, Vec2};
use lacquer_dsp::param::{Param, Skew, Unit};
use lacquer_dsp::settings::Module;

/// Hands on what one of the toolkit's widgets did, as a gesture.
fn hand_on(desk: &mut Desk<'_>, param: &'static Param, response: &Response, value: f64) {
    if response.drag_started() {
        desk.begin(param);
    }
    if response.changed() {
        if response.dragged() {
            desk.set(param, param.on_grid(value));
        } else {
            desk.change(param, param.on_grid(value));
        }
    }
    if response.drag_stopped() {
        desk.end(param);
    }
}

/// A number to drag or to type.
pub fn value(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let mut value = context.desk.value(param);
    let speed = match param.skew {
        Skew::Linear => (param.max - param.min) / 300.0,
        Skew::Logarithmic => 0.01 * value,
    };
    let number = DragValue::new(&mut value)
        .range(param.min..=param.max)
        .speed(speed)
        .update_while_editing(false)
        .custom_formatter(|value, _| param.to_text(value))
        .custom_parser(|text| param.from_text(text).ok());
    let response = ui.add(number).on_hover_text(param.name);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(param.name));
    hand_on(context.desk, param, &response, value);
    response
}

/// A number under its name.
pub fn knob(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let width = 78.0;
    ui.allocate_ui(Vec2::new(width, 52.0), |ui| {
        ui.vertical_centered(|ui| {
            ui.set_width(width);
            let name = RichText::new(param(id).name).size(11.0).color(context.theme.faint_text);
            ui.add(egui::Label::new(name).wrap());
            value(ui, context, id)
        })
        .inner
    })
    .inner
}

/// A number on a rail.
pub fn slider(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let mut value = context.desk.value(param);
    let rail = Slider::new(&mut value, param.min..=param.max)
        .logarithmic(param.skew == Skew::Logarithmic)
        .custom_formatter(|value, _| param.to_text(value))
        .custom_parser(|text| param.from_text(text).ok());
    let response = ui.add(rail).on_hover_text(param.name);
    hand_on(context.desk, param, &response, value);
    response
}

/// On or off.
pub fn switch(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let mut is_on = context.desk.value(param) >= 0.5;
    let response = ui.checkbox(&mut is_on, param.name);
    if response.changed() {
        context.desk.change(param, if is_on { 1.0 } else { 0.0 });
    }
    response
}

/// One of several words.
pub fn choice(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let Unit::Choice(words) = param.unit else { return value(ui, context, id) };
    let row = ui.horizontal(|ui| {
        for (idx, word) in words.iter().enumerate() {
            let is_chosen = context.desk.value(param) == idx as f64;
            if ui.selectable_label(is_chosen, *word).clicked() {
                context.desk.change(param, idx as f64);
            }
        }
    });
    row.response
}

/// A module's title, bypass, solo, and delta: hear only what it changes.
pub fn module_bar(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module) -> Response {
    let bypass = param(&format!("{}.bypass", module.id()));
    let title = bypass.name.trim_end_matches(" bypass");
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(title).strong().size(14.0).color(context.theme.text));
        let is_bypassed = context.desk.value(bypass) >= 0.5;
        if ui.selectable_label(is_bypassed, "Bypass").clicked() {
            context.desk.change(bypass, if is_bypassed { 0.0 } else { 1.0 });
        }
        let mut listening = context.desk.host.listening();
        let solo = &mut listening.solo[module as usize];
        if ui.selectable_label(*solo, "Solo").clicked() {
            *solo = !*solo;
        }
        let is_delta = listening.delta == Some(module);
        let delta = ui.selectable_label(is_delta, "Delta");
        if delta.on_hover_text("Hear only what this module changes.").clicked() {
            listening.delta = (!is_delta).then_some(module);
        }
        if listening != context.desk.host.listening() {
            context.desk.host.listen(listening);
        }
    });
    row.response
}
