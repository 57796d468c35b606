//! What heads a module, and what holds its controls together.

use super::switch::switch_of;
use crate::desk::param;
use crate::editor::PageContext;
use crate::help;
use crate::style::{CONTROL_POINTS, GRID, TITLE_POINTS};
use crate::theme::Theme;
use egui::{Frame, InnerResponse, Margin, Response, RichText, Role, Ui, WidgetInfo};
use lacquer_dsp::settings::Module;

/// A module's title, whether it is on, and whether it alone or only its change is heard.
pub fn module_bar(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module) -> Response {
    let row = ui.horizontal(|ui| {
        module_title(ui, context, module);
        ui.add_space(GRID / 2.0);
        module_buttons(ui, context, module);
    });
    row.response
}

/// What a module is called, as its page begins.
pub fn module_title(ui: &mut Ui, context: &PageContext<'_, '_>, module: Module) -> Response {
    ui.label(RichText::new(help::module_title(module)).size(TITLE_POINTS).color(context.theme.text))
}

/// On, solo and delta, where the title stands apart for want of width.
pub fn module_buttons(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module) {
    let title = help::module_title(module);
    on_switch(ui, context, module, "On");
    let before = context.desk.host.listening();
    let mut listening = before;
    let is_soloed = listening.solo[module as usize];
    let solo = toggle(ui, context.theme, &format!("{title} solo"), "Solo", is_soloed);
    let explained = "Hear this module alone: the others are left out, but for the input's trim.";
    if solo.on_hover_text(explained).clicked() {
        listening.solo[module as usize] = !is_soloed;
    }
    let is_delta = listening.delta == Some(module);
    let delta = toggle(ui, context.theme, &format!("{title} delta"), "Delta", is_delta);
    if delta.on_hover_text("Hear only what this module adds or takes away.").clicked() {
        listening.delta = (!is_delta).then_some(module);
    }
    if listening != before {
        context.desk.host.listen(listening);
    }
}

/// The switch of a module: on is what the parameter calls not bypassed.
pub fn on_switch(ui: &mut Ui, context: &mut PageContext<'_, '_>, module: Module, caption: &str) -> Response {
    let bypass = param(help::bypass_id(module));
    let mut is_on = context.desk.value(bypass) < 0.5;
    let name = format!("{} on", help::module_title(module));
    let response = switch_of(ui, context.theme, &name, caption, &mut is_on);
    if response.changed() {
        context.desk.change(bypass, f64::from(u8::from(!is_on)));
    }
    response.on_hover_text(help::tooltip(bypass))
}

/// A button that stays down. `name` is what assistive technology says.
pub fn toggle(ui: &mut Ui, theme: &Theme, name: &str, caption: &str, is_down: bool) -> Response {
    let text = RichText::new(caption).size(CONTROL_POINTS).color(if is_down {
        theme.text
    } else {
        theme.faint_text
    });
    let mut button = egui::Button::new(text);
    if is_down {
        button = button.fill(theme.change.gamma_multiply(0.35)).stroke((1.0, theme.change));
    }
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_down, name));
    response
}

/// Controls that belong together, on a ground of their own under a title, which may be empty.
pub fn section<R>(
    ui: &mut Ui,
    theme: &Theme,
    title: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    let frame = Frame::new().fill(theme.panel).corner_radius(6.0).inner_margin(Margin::same(12));
    frame.show(ui, |ui| {
        if !title.is_empty() {
            ui.label(RichText::new(title).size(CONTROL_POINTS).color(theme.faint_text));
            ui.add_space(GRID / 2.0);
        }
        add(ui)
    })
}
