//! A knob: the name above, the dial, the value to type below.

use super::field::{self, Field};
use super::handle::{Axis, Handle, is_held};
use crate::desk::{Desk, param};
use crate::editor::PageContext;
use crate::help;
use crate::style::size;
use crate::theme::Theme;
use egui::{Align2, FontId, Id, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2};
use lacquer_dsp::param::Param;
use std::f32::consts::TAU;

/// The space that a knob takes.
pub const KNOB_SIZE: Vec2 = Vec2::new(80.0, 84.0);

const DIAL: f32 = 36.0;

/// How many points the pointer goes from one end of the travel to the other.
const TRAVEL: f32 = 220.0;

/// The dial leaves a quarter of the circle free at its foot.
const FIRST_ANGLE: f32 = 0.375 * TAU;
const SWEEP: f32 = 0.75 * TAU;

/// A number on a dial. Drag or turn the wheel, with shift finely; double-click resets; the value below can be typed.
pub fn knob(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    named_knob(ui, context, id, param(id).name)
}

/// The same under a shorter name, where the page says what it belongs to. The accessible name stays the parameter's.
pub fn named_knob(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    id: &'static str,
    caption: &str,
) -> Response {
    let param = param(id);
    let (rect, _) = ui.allocate_exact_size(KNOB_SIZE, Sense::hover());
    let name_at = rect.center_top() + Vec2::new(0.0, 8.0);
    let font = FontId::proportional(size::SMALL);
    let galley = ui.painter().layout(caption.to_owned(), font, context.theme.faint_text, KNOB_SIZE.x);
    ui.painter().galley(name_at - Vec2::new(galley.size().x / 2.0, 8.0), galley, context.theme.faint_text);
    let dial = Rect::from_center_size(Pos2::new(rect.center().x, rect.top() + 38.0), Vec2::splat(DIAL));
    let response = dial_handle(ui, context.desk, param, dial);
    turn_by_wheel(ui, context.desk, param, &response);
    paint_dial(ui, context.theme, param, context.desk.value(param), dial, is_held(&response));
    let value = Rect::from_center_size(
        Pos2::new(rect.center().x, rect.bottom() - 12.0),
        Vec2::new(KNOB_SIZE.x - 4.0, 20.0),
    );
    Field { param, rect: value, align: Align2::CENTER_CENTER, is_plain: true }.show(ui, context);
    response.on_hover_text(help::tooltip(param))
}

/// Moves up and down over the whole range.
fn dial_handle(ui: &mut Ui, desk: &mut Desk<'_>, param: &'static Param, area: Rect) -> Response {
    let to_screen = move |value| -TRAVEL * param.to_normalized(value) as f32;
    let from_screen = move |y: f32| param.from_normalized(f64::from(-y / TRAVEL));
    let axis =
        Axis { param, limits: param.min..=param.max, to_screen: &to_screen, from_screen: &from_screen };
    let handle = Handle { area, x: None, y: Some(axis), name: param.name };
    handle.show_as(ui, desk, Id::unique(("knob", param.id)), |desk| handle.reset(desk))
}

/// A notch of the wheel is a hundredth of the travel, with shift a step of the grid.
pub(super) fn turn_by_wheel(ui: &Ui, desk: &mut Desk<'_>, param: &'static Param, response: &Response) {
    if !response.hovered() {
        return;
    }
    let (notches, is_fine) = ui.input_mut(|input| {
        let notches: f32 = input
            .events
            .iter()
            .map(|event| match event {
                // With shift some systems turn the wheel sideways.
                egui::Event::MouseWheel { delta, .. } => (delta.x + delta.y).signum(),
                _ => 0.0,
            })
            .sum();
        // The page behind stays where it is.
        input.smooth_scroll_delta = Vec2::ZERO;
        (notches, input.modifiers.shift)
    });
    if notches != 0.0 {
        let value = desk.value(param);
        desk.change(param, stepped(param, value, f64::from(notches), is_fine));
    }
}

/// So many hundredths of the travel on, but a step of the grid at least; or that alone.
fn stepped(param: &Param, value: f64, num_steps: f64, is_fine: bool) -> f64 {
    let there = param.from_normalized(param.to_normalized(value) + 0.01 * num_steps);
    let least = value + num_steps * param.step;
    let is_less = (there - value).abs() < param.step * 0.999;
    param.on_grid(if is_fine || is_less { least } else { there })
}

fn paint_dial(ui: &Ui, theme: &Theme, param: &Param, value: f64, dial: Rect, is_held: bool) {
    let (centre, radius) = (dial.center(), DIAL / 2.0 - 3.0);
    let painter = ui.painter();
    let angle = |position: f64| FIRST_ANGLE + SWEEP * position as f32;
    // What can be either side of nothing is drawn from nothing.
    let zero = if param.min < 0.0 && param.max > 0.0 { param.to_normalized(0.0) } else { 0.0 };
    let now = param.to_normalized(value);
    painter.circle_filled(centre, radius - 3.0, if is_held { theme.edge } else { theme.grid });
    arc(ui, centre, radius, [angle(0.0), angle(1.0)], Stroke::new(3.0, theme.edge));
    let ends = [angle(zero.min(now)), angle(zero.max(now))];
    arc(ui, centre, radius, ends, Stroke::new(3.0, theme.output));
    let towards = Vec2::angled(angle(now));
    painter.line_segment(
        [centre + towards * (radius - 9.0), centre + towards * (radius - 4.0)],
        Stroke::new(2.0, theme.text),
    );
}

fn arc(ui: &Ui, centre: Pos2, radius: f32, [from, to]: [f32; 2], stroke: Stroke) {
    let num_points = 2 + ((to - from) / 0.12) as usize;
    let point = |idx: usize| {
        centre + Vec2::angled(from + (to - from) * idx as f32 / (num_points - 1) as f32) * radius
    };
    ui.painter().line((0..num_points).map(point).collect(), stroke);
}

/// A number on a rail, with its value to type at the right.
pub fn slider(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let width = ui.available_width().clamp(120.0, 320.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 24.0), Sense::hover());
    let rail = Rect::from_min_max(rect.min, Pos2::new(rect.right() - 78.0, rect.bottom()))
        .shrink2(Vec2::new(8.0, 0.0));
    let to_screen = |value| rail.left() + rail.width() * param.to_normalized(value) as f32;
    let from_screen = |x: f32| param.from_normalized(f64::from((x - rail.left()) / rail.width()));
    let axis =
        Axis { param, limits: param.min..=param.max, to_screen: &to_screen, from_screen: &from_screen };
    let handle = Handle { area: rail.expand2(Vec2::new(8.0, 0.0)), x: Some(axis), y: None, name: param.name };
    let id = Id::unique(("slider", param.id));
    let response = handle.show_as(ui, context.desk, id, |desk| handle.reset(desk));
    turn_by_wheel(ui, context.desk, param, &response);
    let (theme, painter) = (context.theme, ui.painter());
    let [left, right] = [rail.left_center(), rail.right_center()];
    let knob = Pos2::new(to_screen(context.desk.value(param)), rail.center().y);
    painter.line_segment([left, right], Stroke::new(4.0, theme.edge));
    painter.line_segment([left, knob], Stroke::new(4.0, theme.output));
    painter.circle(
        knob,
        7.0,
        theme.panel,
        Stroke::new(2.0, if is_held(&response) { theme.text } else { theme.output }),
    );
    let value = Rect::from_min_max(Pos2::new(rect.right() - 72.0, rect.top()), rect.max);
    Field { param, rect: value, align: Align2::RIGHT_CENTER, is_plain: true }.show(ui, context);
    response.on_hover_text(help::tooltip(param))
}

/// A number to drag, to turn with the wheel, or to type.
pub fn value(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let (rect, _) = ui.allocate_exact_size(field::SIZE, Sense::hover());
    let field = Field { param, rect, align: Align2::CENTER_CENTER, is_plain: false };
    if field.is_typing(ui) {
        return field.show(ui, context);
    }
    let response = dial_handle(ui, context.desk, param, rect);
    turn_by_wheel(ui, context.desk, param, &response);
    field.rest(ui, context, &response);
    response.on_hover_text(help::tooltip(param))
}
