//! What the detail pages are laid out with: groups of controls, rows of knobs, figures with a caption.

use super::plane::SMALL;
use crate::editor::PageContext;
use crate::theme::Theme;
use crate::widgets::{self, meter};
use egui::{Align, Color32, FontId, Layout, Rect, RichText, Ui, UiBuilder, Vec2};

/// Between groups.
pub const GAP: f32 = 8.0;

/// A row of [`values`].
pub const ROW_HEIGHT: f32 = 24.0;

/// A group of controls on a ground of its own, of exactly this size.
pub fn card(ui: &mut Ui, theme: &Theme, size: Vec2, contents: impl FnOnce(&mut Ui)) {
    let (_, rect) = ui.allocate_space(size);
    card_in(ui, theme, rect, contents);
}

/// A group of controls in a place that is there already.
pub fn card_in(ui: &mut Ui, theme: &Theme, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    ui.painter().rect_filled(rect, 6.0, theme.panel);
    inside(ui, rect.shrink(GAP), contents);
}

/// Contents in a place that is taken already, which cannot make it wider.
pub fn inside(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let place = UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min));
    let mut ui = ui.new_child(place);
    ui.spacing_mut().item_spacing.y = 0.5 * GAP;
    contents(&mut ui);
}

/// The rest of the page but for so much at its foot, for a plot.
pub fn plot_over(ui: &mut Ui, foot_height: f32) -> Rect {
    let height = (ui.available_height() - foot_height - GAP).max(120.0);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), height));
    ui.add_space(GAP - ui.spacing().item_spacing.y);
    rect
}

/// Knobs side by side, each under a caption.
pub fn knobs(ui: &mut Ui, context: &mut PageContext<'_, '_>, knobs: &[(&str, &'static str)]) {
    ui.horizontal(|ui| {
        for (caption, id) in knobs {
            widgets::named_knob(ui, context, id, caption);
        }
    });
}

/// Values under each other, each behind its caption.
pub fn values(ui: &mut Ui, context: &mut PageContext<'_, '_>, rows: &[(&str, &'static str)]) {
    for (caption, id) in rows {
        row(ui, context.theme, caption, |ui| {
            widgets::value(ui, context, id);
        });
    }
}

/// A caption at the left and a control at the right.
pub fn row(ui: &mut Ui, theme: &Theme, caption: &str, control: impl FnOnce(&mut Ui)) {
    let size = Vec2::new(ui.available_width(), ROW_HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        control(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(caption).size(12.0).color(theme.faint_text)).truncate());
        });
    });
}

/// A heading within a group.
pub fn heading(ui: &mut Ui, theme: &Theme, text: &str) {
    ui.label(RichText::new(text).size(13.0).color(theme.text).strong());
}

/// Words that explain.
pub fn hint(ui: &mut Ui, theme: &Theme, text: &str) {
    ui.label(RichText::new(text).size(SMALL).color(theme.faint_text));
}

/// A figure under its caption, to be read from afar.
pub fn figure(ui: &mut Ui, theme: &Theme, caption: &str, text: &str, colour: Color32) {
    hint(ui, theme, caption);
    let font = FontId::proportional(20.0);
    let label = ui.label(RichText::new(text).font(font).color(colour));
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{caption}: {text}")));
}

/// A figure that may not exist, with one decimal and its unit.
#[must_use]
pub fn figure_text(value: Option<f64>, unit: &str) -> String {
    format!("{} {unit}", meter::number(value, 1))
}
