//! The image that comes out: the goniometer, and how alike the channels are in all and in each octave.

use super::super::meters;
use super::super::parts::figure_text;
use super::super::plane::{self, Plane, SMALL, Scale};
use crate::desk::param;
use crate::editor::PageContext;
use crate::theme::Theme;
use crate::watch::Want;
use crate::widgets::{handle, meter, plot};
use egui::{Align2, Color32, FontId, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use lacquer_dsp::analysis::stereo::OCTAVES_HZ;

/// The goniometer, and below it the balance.
pub fn goniometer(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    context.watch.want(Want::Image);
    ui.painter().rect_filled(rect, 4.0, context.theme.panel);
    let (field, foot) = rect.split_top_bottom_at_y(rect.bottom() - 26.0);
    meters::goniometer(ui, context, field);
    let balance_db = context.watch.calm().meters.balance_db;
    let side = if balance_db.unwrap_or(0.0) < 0.0 { "Left" } else { "Right" };
    let balance = format!("{side} louder by {}", figure_text(balance_db.map(f64::abs), "dB"));
    plot::text(ui.painter(), foot.center(), Align2::CENTER_CENTER, &balance, context.theme.text);
    meter::shown(ui, foot, &balance);
}

/// The correlation of the whole and of each octave, with the guard's floor.
pub fn correlation(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let num_columns = OCTAVES_HZ.len() + 1;
    let inside = Rect::from_min_max(rect.min + Vec2::new(34.0, 8.0), rect.max - Vec2::new(8.0, 20.0));
    let plane =
        Plane { rect: inside, x: Scale::linear(0.0, num_columns as f64), y: Scale::linear(-100.0, 100.0) };
    ui.painter().rect_filled(rect, 4.0, theme.well);
    for (value, word) in [(100.0, "+1"), (50.0, ""), (0.0, "0"), (-50.0, ""), (-100.0, "\u{2212}1")] {
        let y = plane.y(value);
        let colour = if value == 0.0 { theme.edge } else { theme.grid };
        ui.painter().hline(inside.x_range(), y, Stroke::new(1.0, colour));
        let at = Pos2::new(inside.left() - 6.0, y);
        ui.painter().text(at, Align2::RIGHT_CENTER, word, FontId::proportional(SMALL), theme.faint_text);
    }
    let whole = context.watch.meters().correlation;
    column(ui, theme, &plane, 0, "all", whole);
    let bands = context.watch.image().map(|frame| *frame.bands);
    for (idx, hz) in OCTAVES_HZ.iter().enumerate() {
        let word = if *hz < 1000.0 { format!("{hz}") } else { format!("{:.0}k", hz / 1000.0) };
        let value = bands.and_then(|bands| bands[idx].correlation);
        column(ui, theme, &plane, idx + 1, &word, value);
    }
    floor(ui, context, &plane);
}

/// One correlation as a bar from zero. Below zero it is hatched by an outline and a colour of its own: mono would lose it.
fn column(ui: &mut Ui, theme: &Theme, plane: &Plane, idx: usize, word: &str, value: Option<f64>) {
    let middle = plane.x(idx as f64 + 0.5);
    let half = 0.36 * (plane.x(1.0) - plane.x(0.0));
    let area = Rect::from_x_y_ranges(middle - half..=middle + half, plane.rect.y_range());
    if let Some(value) = value {
        let (zero, end) = (plane.y(0.0), plane.y(100.0 * value));
        let bar = Rect::from_x_y_ranges(area.x_range(), zero.min(end)..=zero.max(end));
        let colour: Color32 = if value < 0.0 { theme.alarm } else { theme.output };
        ui.painter().rect_filled(bar, 1.0, colour.gamma_multiply(0.6));
        ui.painter().hline(bar.x_range(), end, Stroke::new(2.0, colour));
    }
    let at = Pos2::new(middle, plane.rect.bottom() + 4.0);
    let colour = if idx == 0 { theme.text } else { theme.faint_text };
    ui.painter().text(at, Align2::CENTER_TOP, word, FontId::proportional(SMALL), colour);
    let name = if idx == 0 { "Correlation".to_owned() } else { format!("Correlation at {word} Hz") };
    let response = ui.interact(area, ui.scope_id().with(("correlation", idx)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &name));
    let text = value.map_or("none".to_owned(), |value| format!("{value:+.2}"));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text.as_str()));
    response.on_hover_text(format!("{name}: {text}"));
}

/// The guard's floor, while the guard is on.
fn floor(ui: &mut Ui, context: &mut PageContext<'_, '_>, plane: &Plane) {
    if !context.desk.settings().stereo.guard {
        return;
    }
    let theme = context.theme;
    let param = param("stereo.min_correlation_percent");
    let response = plane::drag_y(ui, context.desk, plane, param, plane.rect.x_range());
    let y = plane.y(context.desk.value(param));
    let ends = [Pos2::new(plane.rect.left(), y), Pos2::new(plane.rect.right(), y)];
    let stroke = plane::grip_stroke(&response, theme.change);
    ui.painter().extend(egui::Shape::dashed_line(&ends, stroke, 6.0, 4.0));
    let at = Pos2::new(plane.rect.right(), y - 3.0);
    let text = format!("guard's floor {:+.2}", 0.01 * context.desk.value(param));
    handle::tag(ui, theme, at, Align2::RIGHT_BOTTOM, &text, plane.rect);
}
