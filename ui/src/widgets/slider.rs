//! Numbers in a row of text: on a rail, or alone.

use super::knob::paint_value;
use super::quantity::{OnDesk, Quantity};
use super::turn::turn;
use super::typing;
use crate::desk::param;
use crate::editor::PageContext;
use crate::theme::Theme;
use egui::{Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// The place of a number.
const VALUE_WIDTH: f32 = 76.0;

const HEIGHT: f32 = 22.0;
const RAIL_WIDTH: f32 = 160.0;
const HANDLE_RADIUS: f32 = 7.0;

/// The pointer's way over the whole range where there is no rail.
const TRAVEL_POINTS: f32 = 260.0;

/// A number to drag or to type.
pub fn value(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    value_of(ui, context.theme, id, &mut OnDesk { desk: context.desk, param: param(id) })
}

/// The same for any number; `salt` tells it from its neighbours.
pub fn value_of(ui: &mut Ui, theme: &Theme, salt: &str, quantity: &mut dyn Quantity) -> Response {
    let (_, rect) = ui.allocate_space(vec2(VALUE_WIDTH, HEIGHT));
    let id = ui.make_persistent_id(("value", salt));
    let mut response = ui.interact(rect, id, Sense::click_and_drag());
    turn(ui, &mut response, quantity, TRAVEL_POINTS);
    typing::open_by_click(ui, &response, rect, quantity);
    ui.painter().rect_filled(rect, 3.0, theme.well);
    if !typing::show(ui, theme, id, rect, quantity) {
        paint_value(ui, theme, rect, &response, &quantity.text(quantity.value()));
    }
    let edge = if response.has_focus() { theme.output } else { theme.edge };
    ui.painter().rect_stroke(rect, 3.0, Stroke::new(1.0, edge), StrokeKind::Inside);
    response.on_hover_text(quantity.help())
}

/// A number on a rail, which is as wide as [`egui::Spacing::slider_width`] says.
pub fn slider(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    slider_of(ui, context.theme, id, &mut OnDesk { desk: context.desk, param: param(id) })
}

/// The same for any number; `salt` tells it from its neighbours.
pub fn slider_of(ui: &mut Ui, theme: &Theme, salt: &str, quantity: &mut dyn Quantity) -> Response {
    let room = ui.available_width() - VALUE_WIDTH - ui.spacing().item_spacing.x;
    let rail_width = ui.spacing().slider_width.min(RAIL_WIDTH.max(room)).max(40.0);
    let (_, rect) = ui.allocate_space(vec2(rail_width + 8.0 + VALUE_WIDTH, HEIGHT));
    let id = ui.make_persistent_id(("slider", salt));
    let mut response = ui.interact(rect, id, Sense::click_and_drag());
    let value_rect = Rect::from_min_max(pos2(rect.right() - VALUE_WIDTH, rect.top()), rect.max);
    let way_points = rail_width - 2.0 * HANDLE_RADIUS;
    turn(ui, &mut response, quantity, way_points);
    typing::open_by_click(ui, &response, value_rect, quantity);
    let left = rect.left() + HANDLE_RADIUS;
    let at = |value: f64| pos2(left + way_points * quantity.position(value) as f32, rect.center().y);
    let (low, high) = (*quantity.range().start(), *quantity.range().end());
    let origin = if low < 0.0 && high > 0.0 { 0.0 } else { low };
    let handle = at(quantity.value());
    let painter = ui.painter();
    painter.line_segment([at(low), at(high)], Stroke::new(3.0, theme.edge));
    painter.line_segment([at(origin), handle], Stroke::new(3.0, theme.output));
    let default = at(quantity.default()) + vec2(0.0, HANDLE_RADIUS + 2.0);
    painter.line_segment([default, default - vec2(0.0, 3.0)], Stroke::new(1.5, theme.faint_text));
    let is_held = response.hovered() || response.dragged();
    let fill = if is_held { theme.control_hovered } else { theme.control };
    let edge = if response.has_focus() { theme.output } else { theme.faint_text };
    painter.circle(handle, HANDLE_RADIUS, fill, Stroke::new(1.5, edge));
    if !typing::show(ui, theme, id, value_rect, quantity) {
        paint_value(ui, theme, value_rect, &response, &quantity.text(quantity.value()));
    }
    response.on_hover_text(quantity.help())
}
