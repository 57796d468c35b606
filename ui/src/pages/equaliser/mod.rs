//! The equaliser: the curve and its nodes over the spectrum before and after, and below it the controls of the selected band.

mod bands;
mod curves;
mod graph;
mod strip;

use crate::editor::PageContext;
use egui::{Id, Rect, Ui};

/// Height of the controls below the graph, in points.
const STRIP_HEIGHT: f32 = 132.0;

/// Height of the row of spectrum options.
const OPTIONS_HEIGHT: f32 = 28.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let id = Id::unique("equaliser selection");
    let mut selected = ui.data(|data| data.get_temp(id)).unwrap_or(2_usize);
    let room = ui.available_rect_before_wrap();
    let split = |top: f32, bottom: f32| Rect::from_x_y_ranges(room.x_range(), top..=bottom);
    let strip_top = room.bottom() - STRIP_HEIGHT;
    let options_top = strip_top - OPTIONS_HEIGHT - 8.0;
    let graph = split(room.top(), options_top - 4.0);
    graph::show(ui, context, graph, &mut selected);
    let mut below = |rect: Rect| ui.new_child(egui::UiBuilder::new().max_rect(rect));
    crate::widgets::spectrum_options::show(
        &mut below(split(options_top, options_top + OPTIONS_HEIGHT)),
        context,
    );
    strip::show(&mut below(split(strip_top, room.bottom())), context, &mut selected);
    ui.advance_cursor_after_rect(room);
    ui.data_mut(|data| data.insert_temp(id, selected));
}
