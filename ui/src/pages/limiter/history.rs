//! The last seconds: peaks of input and output, and what the limiter took, drawn from the top on a scale of its own.

use super::super::live;
use super::super::plane::{self, Plane, SMALL, Scale};
use crate::desk::param;
use crate::editor::PageContext;
use crate::theme::Theme;
use crate::watch::Watch;
use crate::widgets::{handle, plot};
use egui::{Align2, Color32, FontId, Id, Pos2, Rect, Stroke, Ui, Vec2};
use lacquer_dsp::telemetry::{HISTORY_RATE_HZ, HistoryPoint};
use lacquer_dsp::units::gain_to_db;

/// How much time can be looked at.
const SPANS_S: [f64; 3] = [5.0, 10.0, 30.0];

/// Room for the scale of the reduction.
const SCALE_WIDTH: f32 = 52.0;

fn span_id() -> Id {
    Id::unique("the span of the limiter's history")
}

/// How much time is looked at, in seconds.
pub fn span_s(ui: &Ui) -> f64 {
    ui.data(|data| data.get_temp(span_id())).unwrap_or(SPANS_S[1])
}

/// The points of the last seconds, the newest first, with their places in the order of all that there have been.
pub fn recent(watch: &Watch, span_s: f64) -> impl Iterator<Item = (u64, &HistoryPoint)> {
    let num_wanted = (span_s * HISTORY_RATE_HZ) as usize;
    let newest_first = watch.points().iter().rev().take(num_wanted);
    (0..watch.num_points()).rev().zip(newest_first)
}

/// What one column of the picture holds.
#[derive(Clone, Copy, Default)]
struct Column {
    input: f32,
    output: f32,
    reduction_db: f32,
}

/// Draws the plot, its choice of span, and moves the ceiling.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect, span_s: f64) {
    let theme = context.theme;
    ui.painter().rect_filled(rect, 4.0, theme.well);
    let x = Scale::linear(-span_s, 0.0);
    // The reduction's scale has the right edge for itself.
    let whole = rect;
    let rect = rect.with_max_x(rect.right() - SCALE_WIDTH);
    let levels = Plane { rect, x, y: Scale::linear(-44.0, 6.0) };
    let reductions = Plane { rect, x, y: Scale::linear(-24.0, 0.0) };
    let step = if span_s > 10.0 { 5 } else { 1 };
    let seconds = (1 - span_s as i32..0).filter(|second| second % step == 0);
    levels.x_grid(ui, theme, seconds.map(|s| (f64::from(s), format!("\u{2212}{} s", -s))));
    levels.y_grid(ui, theme, plane::level_lines(-36, 0, 6, "dB"));
    lines(ui, context, &levels, &reductions, span_s);
    let response = ui.interact(rect, span_id().with("plot"), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "History of the limiter"));
    ui.painter().vline(rect.right(), rect.y_range(), Stroke::new(1.0, theme.grid));
    let scale = Plane { rect: whole, ..reductions };
    for (level, word) in plane::level_lines(-21, -3, 3, "dB") {
        let tick = rect.right()..=rect.right() + 4.0;
        ui.painter().hline(tick, scale.y(level), Stroke::new(1.0, theme.change));
        let at = Pos2::new(rect.right() + 7.0, scale.y(level));
        ui.painter().text(at, Align2::LEFT_CENTER, word, FontId::proportional(SMALL), theme.change);
    }
    ceiling(ui, context, &levels);
    legend(ui, theme, rect);
    spans(ui, theme, rect, span_s);
}

fn lines(ui: &Ui, context: &PageContext<'_, '_>, levels: &Plane, reductions: &Plane, span_s: f64) {
    let theme = context.theme;
    let per_column = ((span_s * HISTORY_RATE_HZ) as f32 / (0.5 * levels.rect.width())).ceil().max(1.0) as u64;
    let columns = columns(context.watch, span_s, per_column);
    let Some((newest, _)) = recent(context.watch, span_s).next() else { return };
    let line = |plane: &Plane, value_db: &dyn Fn(&Column) -> f64| -> Vec<Pos2> {
        let place = |(order, column): &(u64, Column)| {
            let age_s = (newest as f64 - *order as f64) / HISTORY_RATE_HZ;
            let at = plane.at(-age_s, value_db(column));
            Pos2::new(at.x, at.y.clamp(plane.rect.top(), plane.rect.bottom()))
        };
        columns.iter().map(place).collect()
    };
    let painter = levels.painter(ui);
    let input = line(levels, &|column| gain_to_db(f64::from(column.input)));
    let output = line(levels, &|column| gain_to_db(f64::from(column.output)));
    let reduction = line(reductions, &|column| -f64::from(column.reduction_db));
    plot::fill_to(&painter, &output, levels.rect.bottom(), theme.output.gamma_multiply(live::GROUND));
    painter.line(input, Stroke::new(1.0, theme.input));
    painter.line(output, Stroke::new(1.5, theme.output));
    plot::fill_to(&painter, &reduction, levels.rect.top(), theme.change.gamma_multiply(live::GROUND));
    painter.line(reduction, Stroke::new(1.5, theme.change));
}

/// The largest of every so many points. Which belong together follows from the order of all of them, so that what has been drawn
/// only moves and does not change.
fn columns(watch: &Watch, span_s: f64, per_column: u64) -> Vec<(u64, Column)> {
    let mut columns: Vec<(u64, Column)> = Vec::new();
    for (order, point) in recent(watch, span_s) {
        let end = (order / per_column + 1) * per_column;
        if columns.last().is_none_or(|(last, _)| *last != end) {
            columns.push((end, Column::default()));
        }
        let Some((_, column)) = columns.last_mut() else { continue };
        column.input = column.input.max(point.input_peaks[0]).max(point.input_peaks[1]);
        column.output = column.output.max(point.output_peaks[0]).max(point.output_peaks[1]);
        column.reduction_db = column.reduction_db.max(point.reductions.limiter_db);
    }
    columns
}

fn ceiling(ui: &mut Ui, context: &mut PageContext<'_, '_>, plane: &Plane) {
    let param = param("limiter.ceiling_dbtp");
    let response = plane::drag_y(ui, context.desk, plane, param, plane.rect.x_range());
    let value = context.desk.value(param);
    let y = plane.y(value);
    ui.painter().hline(plane.rect.x_range(), y, plane::grip_stroke(&response, context.theme.text));
    let at = Pos2::new(plane.rect.center().x, y + 3.0);
    let text = format!("Ceiling {}", param.to_text(value));
    handle::tag(ui, context.theme, at, Align2::CENTER_TOP, &text, plane.rect);
}

/// What the lines are, in words and in their colours.
fn legend(ui: &Ui, theme: &Theme, rect: Rect) {
    let entries: [(&str, Color32); 3] =
        [("Input", theme.input), ("Output", theme.output), ("Reduction", theme.change)];
    let mut at = rect.left_bottom() + Vec2::new(56.0, -26.0);
    for (word, colour) in entries {
        let swatch = Rect::from_center_size(at, Vec2::new(14.0, 3.0));
        ui.painter().rect_filled(swatch, 1.0, colour);
        let from = at + Vec2::new(12.0, 0.0);
        let font = FontId::proportional(SMALL);
        let word = ui.painter().text(from, Align2::LEFT_CENTER, word, font, theme.text);
        at.x = word.right() + 20.0;
    }
}

/// The choice of the span, in the plot's upper right corner.
fn spans(ui: &mut Ui, theme: &Theme, rect: Rect, span_s: f64) {
    let size = Vec2::new(44.0, 20.0);
    for (n, choice_s) in SPANS_S.iter().rev().enumerate() {
        let min = rect.right_bottom() - Vec2::new((n + 1) as f32 * (size.x + 2.0) + 4.0, size.y + 22.0);
        let area = Rect::from_min_size(min, size);
        let response = ui.interact(area, span_id().with(n), egui::Sense::click());
        let is_chosen = *choice_s == span_s;
        let word = format!("{choice_s:.0} s");
        let name = format!("Show the last {choice_s:.0} seconds");
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, is_chosen, &name));
        if response.clicked() {
            ui.data_mut(|data| data.insert_temp(span_id(), *choice_s));
        }
        let ground = if is_chosen { theme.output } else { theme.panel };
        let ink = if is_chosen { theme.window } else { theme.text };
        ui.painter().rect_filled(area, 3.0, ground);
        if handle::is_held(&response) {
            ui.painter().rect_stroke(area, 3.0, (1.0, theme.text), egui::StrokeKind::Inside);
        }
        let font = FontId::proportional(12.0);
        ui.painter().text(area.center(), Align2::CENTER_CENTER, word, font, ink);
    }
}
