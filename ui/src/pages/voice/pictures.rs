//! The strips' pictures: each shows what its module hears and what it does about it.

use super::super::limiter::recent;
use super::super::live;
use super::super::parts::figure_text;
use super::super::plane::{self, Plane, SMALL, Scale};
use crate::desk::param;
use crate::editor::PageContext;
use crate::widgets::{handle, plot};
use egui::{Align2, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2};
use lacquer_dsp::modules::gate::shut_reduction_db;
use lacquer_dsp::telemetry::{HISTORY_RATE_HZ, HistoryPoint};
use lacquer_dsp::units::gain_to_db;

/// Room for a bar of reduction at the right of a picture.
const BAR_WIDTH: f32 = 18.0;

/// How much of the input's past is shown.
const INPUT_S: f64 = 10.0;

/// How much of the leveller's past is shown.
const LEVELLER_S: f64 = 30.0;

/// A picture's meaning for whoever cannot see it.
fn describe(ui: &Ui, rect: Rect, name: &str, value: &str) {
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(value));
}

/// The level that the modules after the trim hear, of the last 10 ms, dBFS.
fn trimmed_level_db(context: &PageContext<'_, '_>) -> Option<f64> {
    let peaks = context.watch.points().iter().last()?.input_peaks;
    let peak = f64::from(peaks[0].max(peaks[1]));
    let trim_db = context.desk.settings().input.trim_db;
    (peak > 0.0).then(|| gain_to_db(peak) + trim_db)
}

/// The trimmed level of the last seconds, with the range where a voice's peaks do well.
pub fn input_level(ui: &Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let plane = Plane { rect, x: Scale::linear(-INPUT_S, 0.0), y: Scale::linear(-60.0, 3.0) };
    plane.ground(ui, theme);
    let good = Rect::from_x_y_ranges(rect.x_range(), plane.y(-6.0)..=plane.y(-18.0));
    ui.painter().rect_filled(good, 0.0, theme.good.gamma_multiply(0.22));
    plane.x_grid(ui, theme, [-8, -6, -4, -2].map(|s| (f64::from(s), format!("\u{2212}{} s", -s))));
    plane.y_grid(ui, theme, plane::level_lines(-48, 0, 12, "dB"));
    let font = FontId::proportional(SMALL);
    let at = Pos2::new(rect.right() - 6.0, good.top() - 2.0);
    ui.painter().text(at, Align2::RIGHT_BOTTOM, "peaks do well below", font, theme.good);
    let trim_db = context.desk.settings().input.trim_db;
    let line = past(context, &plane, INPUT_S, 4, |points| {
        let peaks = points.iter().flat_map(|point| point.input_peaks);
        gain_to_db(f64::from(peaks.fold(0.0, f32::max))) + trim_db
    });
    let painter = plane.painter(ui);
    plot::fill_to(&painter, &line, rect.bottom(), theme.output.gamma_multiply(live::GROUND));
    painter.line(line, Stroke::new(1.5, theme.output));
    describe(ui, rect, "Level of the trimmed input", &figure_text(trimmed_level_db(context), "dB"));
}

/// The last seconds as a line, a place for every so many points of history.
fn past(
    context: &PageContext<'_, '_>,
    plane: &Plane,
    span_s: f64,
    num_together: usize,
    value: impl Fn(&[&HistoryPoint]) -> f64,
) -> Vec<Pos2> {
    let points: Vec<_> = recent(context.watch, span_s).collect();
    let newest = points.first().map_or(0, |(order, _)| *order);
    // What belongs together follows from the order of all points, so that the line moves and does not boil.
    points
        .chunk_by(|(a, _), (b, _)| a / num_together as u64 == b / num_together as u64)
        .map(|chunk| {
            let age_s = (newest - chunk[0].0) as f64 / HISTORY_RATE_HZ;
            let together: Vec<_> = chunk.iter().map(|(_, point)| *point).collect();
            plane.at(-age_s, value(&together))
        })
        .collect()
}

/// The gate's curve with the level now upon it; the threshold is dragged.
pub fn gate(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let (whole, rect) = (rect, rect.with_max_x(rect.right() - BAR_WIDTH));
    let scale = Scale::linear(-84.0, 4.0);
    let plane = Plane { rect, x: scale, y: scale };
    ui.painter().rect_filled(whole, 4.0, theme.well);
    plane.x_grid(ui, theme, plane::level_lines(-60, -20, 20, "dB"));
    plane.y_grid(ui, theme, plane::level_lines(-60, 0, 20, "dB"));
    plane.line(ui, Stroke::new(1.0, theme.edge), |level_db| level_db);
    let settings = context.desk.settings().gate;
    let colour = if settings.bypass { theme.faint_text } else { theme.output };
    let out = |level_db: f64| level_db - shut_reduction_db(&settings, level_db);
    plane.line(ui, Stroke::new(2.0, colour), out);
    let shuts_at = plane.x(settings.threshold_db - settings.hysteresis_db);
    let ends = [Pos2::new(shuts_at, rect.top()), Pos2::new(shuts_at, rect.bottom())];
    let clipped = plane.painter(ui);
    clipped.extend(Shape::dashed_line(&ends, Stroke::new(1.0, theme.faint_text), 3.0, 3.0));
    let reduction_db = f64::from(context.watch.meters().reductions.gate_db);
    if let Some(level_db) = trimmed_level_db(context) {
        let stroke = Stroke::new(1.5, theme.well);
        clipped.circle(plane.at(level_db, level_db - reduction_db), 5.0, theme.change, stroke);
    }
    let threshold = param("gate.threshold_db");
    let drawn = (settings.threshold_db, threshold.min..=threshold.max);
    let response = plane::drag_x(ui, context.desk, &plane, threshold, drawn);
    let value = context.desk.value(threshold);
    let x = plane.x(value);
    ui.painter().vline(x, rect.y_range(), plane::grip_stroke(&response, theme.text));
    let at = Pos2::new(x, rect.top() + 4.0);
    handle::tag(ui, theme, at, Align2::CENTER_TOP, &threshold.to_text(value), rect);
    reduction_bar(ui, context, whole, "Gate reduction", reduction_db, settings.range_db);
}

/// What a module takes now, from the top down at the right edge, with its figure.
fn reduction_bar(
    ui: &Ui,
    context: &PageContext<'_, '_>,
    rect: Rect,
    name: &str,
    reduction_db: f64,
    most_db: f64,
) {
    let theme = context.theme;
    let track = Rect::from_min_max(
        rect.right_top() + Vec2::new(-14.0, 4.0),
        rect.right_bottom() - Vec2::new(4.0, 4.0),
    );
    ui.painter().rect_filled(track, 2.0, theme.grid);
    let share = (reduction_db / most_db.max(1.0)).clamp(0.0, 1.0) as f32;
    let bar = Rect::from_min_size(track.min, Vec2::new(track.width(), share * track.height()));
    ui.painter().rect_filled(bar, 2.0, theme.change);
    let text = figure_text(Some(-reduction_db), "dB");
    let at = Pos2::new(track.left() - 4.0, track.bottom() - 14.0);
    ui.painter().text(at, Align2::RIGHT_BOTTOM, &text, FontId::proportional(12.0), theme.change);
    describe(ui, track, name, &text);
}

/// The spectrum, and the band that is softened.
pub fn de_esser(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let (whole, rect) = (rect, rect.with_max_x(rect.right() - BAR_WIDTH));
    let x = Scale { from: 500.0, to: 20_000.0, is_log: true };
    let plane = Plane { rect, x, y: Scale::linear(-90.0, 0.0) };
    ui.painter().rect_filled(whole, 4.0, theme.well);
    plane.x_grid(ui, theme, plane::frequency_lines());
    live::spectra(ui, theme, &plane, context.watch);
    let settings = context.desk.settings().de_esser;
    let reduction_db = f64::from(context.watch.meters().reductions.de_esser_db);
    let frequency = param("de_esser.frequency_hz");
    let band = plane.column(settings.frequency_hz, x.to);
    ui.painter().rect_filled(band, 0.0, theme.change.gamma_multiply(0.12));
    let drawn = (settings.frequency_hz, frequency.min..=frequency.max);
    let response = plane::drag_x(ui, context.desk, &plane, frequency, drawn);
    let value = context.desk.value(frequency);
    ui.painter().vline(plane.x(value), rect.y_range(), plane::grip_stroke(&response, theme.text));
    let at = Pos2::new(plane.x(value), rect.top() + 4.0);
    handle::tag(ui, theme, at, Align2::RIGHT_TOP, &frequency.to_text(value), rect);
    reduction_bar(ui, context, whole, "De-esser reduction", reduction_db, settings.range_db);
}

/// The gain of the last half minute between its limits.
pub fn leveller(ui: &Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let settings = &context.desk.settings().leveller;
    let reach_db = settings.max_gain_db.max(settings.max_cut_db).max(6.0);
    // Above the most that is added there is room for the figure.
    let y = Scale::linear(-1.3 * reach_db, 1.8 * reach_db);
    let plane = Plane { rect, x: Scale::linear(-LEVELLER_S, 0.0), y };
    plane.ground(ui, theme);
    let seconds = [-20, -10].map(|s| (f64::from(s), format!("\u{2212}{} s", -s)));
    plane.x_grid(ui, theme, seconds);
    plane.y_grid(ui, theme, [(0.0, "0 dB".to_owned())]);
    for (limit_db, word) in [(settings.max_gain_db, "most added"), (-settings.max_cut_db, "most taken")] {
        let y = plane.y(limit_db);
        let ends = [Pos2::new(rect.left(), y), Pos2::new(rect.right(), y)];
        ui.painter().extend(Shape::dashed_line(&ends, Stroke::new(1.0, theme.faint_text), 4.0, 4.0));
        plane.y_word(ui, limit_db, Align2::LEFT_BOTTOM, word, theme.faint_text);
    }
    let line = past(context, &plane, LEVELLER_S, 10, |points| {
        points.first().map_or(0.0, |point| f64::from(point.reductions.leveller_gain_db))
    });
    let painter = plane.painter(ui);
    plot::fill_to(&painter, &line, plane.y(0.0), theme.change.gamma_multiply(live::GROUND));
    painter.line(line, Stroke::new(2.0, theme.change));
    let gain_db = f64::from(context.watch.meters().reductions.leveller_gain_db);
    let text = figure_text(Some(gain_db), "dB");
    let sign = if gain_db >= 0.05 { "+" } else { "" };
    let at = rect.right_top() + Vec2::new(-8.0, 6.0);
    let font = FontId::proportional(20.0);
    ui.painter().text(at, Align2::RIGHT_TOP, format!("{sign}{text}"), font, theme.text);
    describe(ui, rect, "Leveller gain", &format!("{sign}{text}"));
}
