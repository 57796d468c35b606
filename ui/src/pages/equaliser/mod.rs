//! The equaliser: the curve and its nodes over the spectrum before and after, and below it the controls of the selected band.

mod bands;
mod curves;
mod dynamics;
mod graph;
mod menu;
mod strip;

use super::parts;
use crate::editor::PageContext;
use crate::widgets::{self, spectrum_options};
use egui::{Id, Rect, Ui};
use lacquer_dsp::settings::Module;

/// Height of the module's bar above the graph, of the row of spectrum options, and of the controls below, in points.
const BAR_HEIGHT: f32 = 28.0;
const OPTIONS_HEIGHT: f32 = 28.0;
const STRIP_HEIGHT: f32 = 138.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let id = Id::unique("equaliser selection");
    let mut selected = ui.data(|data| data.get_temp(id)).unwrap_or(2_usize);
    let room = ui.available_rect_before_wrap();
    let split = |top: f32, bottom: f32| Rect::from_x_y_ranges(room.x_range(), top..=bottom);
    let bar = split(room.top(), room.top() + BAR_HEIGHT);
    let strip = split(room.bottom() - STRIP_HEIGHT, room.bottom());
    let options = split(strip.top() - OPTIONS_HEIGHT - 6.0, strip.top() - 6.0);
    parts::inside(ui, bar, |ui| {
        widgets::module_bar(ui, context, Module::Equaliser);
    });
    graph::show(ui, context, split(bar.bottom() + 6.0, options.top() - 4.0), &mut selected);
    parts::inside(ui, options, |ui| spectrum_options::show(ui, context));
    strip::show(ui, context, strip, &mut selected);
    ui.advance_cursor_after_rect(room);
    ui.data_mut(|data| data.insert_temp(id, selected));
}
