//! A knob: its caption, the dial, and the number under it.

use super::quantity::{OnDesk, Quantity};
use super::turn::turn;
use super::typing;
use crate::desk::param;
use crate::editor::PageContext;
use crate::style::{CONTROL_POINTS, SMALL_POINTS};
use crate::theme::Theme;
use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2, vec2,
};
use std::f32::consts::TAU;

/// A knob's place.
pub const KNOB_SIZE: Vec2 = vec2(84.0, 88.0);

/// The pointer's way over the whole range.
const TRAVEL_POINTS: f32 = 220.0;

const CAPTION_HEIGHT: f32 = 28.0;
const DIAL_RADIUS: f32 = 17.0;
const VALUE_HEIGHT: f32 = 18.0;

/// How far the dial turns from one end to the other: three quarters.
const ARC: f32 = 0.75 * TAU;

/// A knob for a parameter.
pub fn knob(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    knob_of(ui, context.theme, id, &mut OnDesk { desk: context.desk, param: param(id) })
}

/// The same under another caption, where the page says what it belongs to. The accessible name stays the parameter's.
pub fn named_knob(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    id: &'static str,
    caption: &str,
) -> Response {
    let mut quantity = OnDesk { desk: context.desk, param: param(id) };
    captioned(ui, context.theme, id, caption.to_owned(), &mut quantity)
}

/// A knob for any number; `salt` tells it from its neighbours.
pub fn knob_of(ui: &mut Ui, theme: &Theme, salt: &str, quantity: &mut dyn Quantity) -> Response {
    let caption = quantity.caption();
    captioned(ui, theme, salt, caption, quantity)
}

fn captioned(
    ui: &mut Ui,
    theme: &Theme,
    salt: &str,
    caption: String,
    quantity: &mut dyn Quantity,
) -> Response {
    let (_, rect) = ui.allocate_space(KNOB_SIZE);
    let id = ui.make_persistent_id(("knob", salt));
    let mut response = ui.interact(rect, id, Sense::click_and_drag());
    let value_rect = Rect::from_center_size(
        pos2(rect.center().x, rect.bottom() - VALUE_HEIGHT / 2.0),
        vec2(rect.width() - 4.0, VALUE_HEIGHT),
    );
    turn(ui, &mut response, quantity, TRAVEL_POINTS);
    typing::open_by_click(ui, &response, value_rect, quantity);
    if ui.is_rect_visible(rect) {
        let above = Rect::from_min_size(rect.min, vec2(rect.width(), CAPTION_HEIGHT));
        paint_caption(ui, theme, above, caption);
        let centre = pos2(rect.center().x, above.bottom() + DIAL_RADIUS + 5.0);
        paint_dial(ui.painter(), theme, centre, &response, quantity);
    }
    if !typing::show(ui, theme, id, value_rect, quantity) {
        paint_value(ui, theme, value_rect, &response, &quantity.text(quantity.value()));
    }
    response.on_hover_text(quantity.help())
}

/// On one line or two, whose last is beside the dial.
fn paint_caption(ui: &Ui, theme: &Theme, rect: Rect, caption: String) {
    let mut job = egui::text::LayoutJob::simple(
        caption,
        FontId::proportional(SMALL_POINTS),
        theme.faint_text,
        rect.width(),
    );
    job.halign = egui::Align::Center;
    job.wrap.max_rows = 2;
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.center().x, rect.bottom() - galley.size().y);
    ui.painter().galley(at, galley, theme.faint_text);
}

/// A number that can be clicked.
pub(super) fn paint_value(ui: &Ui, theme: &Theme, rect: Rect, response: &Response, text: &str) {
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, theme.control);
    }
    let font = FontId::proportional(CONTROL_POINTS);
    // The minus that is as wide as the digits, as the meters have it.
    let text = text.replace('-', "\u{2212}");
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, theme.text);
}

fn paint_dial(painter: &Painter, theme: &Theme, centre: Pos2, response: &Response, quantity: &dyn Quantity) {
    let position = quantity.position(quantity.value()) as f32;
    // What can go both ways grows from zero, everything else from its lowest.
    let (low, high) = (*quantity.range().start(), *quantity.range().end());
    let origin = if low < 0.0 && high > 0.0 { quantity.position(0.0) as f32 } else { 0.0 };
    arc(painter, centre, DIAL_RADIUS, [0.0, 1.0], Stroke::new(3.0, theme.edge));
    let colour = if response.enabled() { theme.output } else { theme.faint_text };
    let ends = [origin.min(position), origin.max(position)];
    arc(painter, centre, DIAL_RADIUS, ends, Stroke::new(3.0, colour));
    let is_held = response.hovered() || response.dragged();
    let fill = if is_held { theme.control_hovered } else { theme.control };
    painter.circle(centre, DIAL_RADIUS - 4.5, fill, Stroke::new(1.0, theme.edge));
    let pointer = [place(centre, 5.0, position), place(centre, DIAL_RADIUS - 6.0, position)];
    painter.line_segment(pointer, Stroke::new(2.0, theme.text));
    // A tick where a double click leads.
    let default = quantity.position(quantity.default()) as f32;
    let tick = [place(centre, DIAL_RADIUS + 2.0, default), place(centre, DIAL_RADIUS + 4.5, default)];
    painter.line_segment(tick, Stroke::new(1.5, theme.faint_text));
    if response.has_focus() {
        painter.circle_stroke(centre, DIAL_RADIUS - 4.5, Stroke::new(1.5, theme.output));
    }
}

/// The point of the dial at a share of its travel.
fn place(centre: Pos2, radius: f32, position: f32) -> Pos2 {
    // From the lower left, clockwise.
    centre + radius * Vec2::angled(0.375 * TAU + position * ARC)
}

fn arc(painter: &Painter, centre: Pos2, radius: f32, [from, to]: [f32; 2], stroke: Stroke) {
    let num_parts = ((to - from) * 48.0).ceil().max(1.0) as usize;
    let points = (0..=num_parts)
        .map(|i| place(centre, radius, from + (to - from) * i as f32 / num_parts as f32))
        .collect();
    if to > from && stroke.color != Color32::TRANSPARENT {
        painter.add(Shape::line(points, stroke));
    }
}
