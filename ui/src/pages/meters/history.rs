//! Loudness since the reset, with the target's band: the whole of it, however long.

use super::figures::TOLERANCE_LU;
use super::{panel, scale};
use crate::editor::PageContext;
use crate::watch::LoudnessPoint;
use crate::widgets::{meter, plot};
use egui::{Align2, Color32, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

/// The least time that the width stands for.
const LEAST_SPAN_S: f64 = 60.0;

/// Times between labels, in seconds, and how far they are at least apart in points.
const STEPS_S: [f64; 10] = [10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0];
const STEP_WIDTH: f32 = 64.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let rect = panel(ui, context, rect);
    let (theme, view) = (context.theme, &*context.view);
    let area = Rect::from_min_max(rect.min + vec2(34.0, 18.0), rect.max - vec2(0.0, 18.0));
    let [low, high] = scale::range_lu(view);
    let y = |lu: f64| area.bottom() - ((lu - low) / (high - low)) as f32 * area.height();
    let painter = ui.painter().with_clip_rect(area);
    painter.rect_filled(area, 4.0, theme.well);
    let band = Rect::from_x_y_ranges(area.x_range(), y(TOLERANCE_LU)..=y(-TOLERANCE_LU));
    painter.rect_filled(band, 0.0, theme.good.gamma_multiply(0.22));
    let step = if view.is_plus_18 { 6.0 } else { 3.0 };
    let steps: Vec<_> = (0..).map(|idx| low + f64::from(idx) * step).take_while(|lu| *lu <= high).collect();
    for &lu in &steps {
        painter.hline(
            area.x_range(),
            y(lu),
            Stroke::new(1.0, if lu == 0.0 { theme.good } else { theme.grid }),
        );
    }
    plot::labels_at_left(ui, theme, area, steps.iter().map(|&lu| (y(lu), scale::label(view, lu))));
    let unit = if view.is_absolute { "LUFS" } else { "LU" };
    plot::text(ui.painter(), rect.left_top(), Align2::LEFT_TOP, unit, theme.faint_text);
    let history = context.watch.loudness();
    let span_s = (history.points().len() as f64 * history.span_s()).max(LEAST_SPAN_S);
    times(ui, context, area, span_s);
    legend(ui, context, rect);
    let line = |of: fn(&LoudnessPoint) -> Option<f32>| {
        let lu = |lufs: f32| y((f64::from(lufs) - view.target_lufs).clamp(low - 1.0, high + 1.0));
        runs(history.points(), area, history.span_s() / span_s, ui.ctx().pixels_per_point(), of, lu)
    };
    let draw = |runs: Vec<Vec<Pos2>>, width: f32, colour: Color32| {
        for run in runs {
            painter.add(Shape::line(run, Stroke::new(width, colour)));
        }
    };
    draw(line(|point| point.momentary_lufs), 1.0, theme.input.gamma_multiply(0.7));
    draw(line(|point| point.short_term_lufs), 2.0, theme.output);
    draw(line(|point| point.integrated_lufs), 1.5, theme.text);
    let response = meter::shown(ui, rect, "Loudness history");
    read_out(ui, context, area, span_s, response.hover_pos());
}

/// The runs of a line between what has no value, one place for each column of pixels: the loudest in it.
fn runs(
    points: &[LoudnessPoint],
    area: Rect,
    share: f64,
    pixels_per_point: f32,
    of: fn(&LoudnessPoint) -> Option<f32>,
    y: impl Fn(f32) -> f32,
) -> Vec<Vec<Pos2>> {
    let points_width = area.width() * share as f32;
    let per_column = (1.0 / (points_width * pixels_per_point)).max(1.0).round() as usize;
    let mut runs = vec![Vec::new()];
    for (idx, points) in points.chunks(per_column).enumerate() {
        let loudest = points.iter().filter_map(of).reduce(f32::max);
        let x = area.left() + (idx * per_column + per_column / 2) as f32 * points_width;
        match (loudest, runs.last_mut()) {
            (Some(lufs), Some(run)) => run.push(pos2(x, y(lufs))),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => (),
        }
    }
    runs
}

/// Labels of time since the reset.
fn times(ui: &Ui, context: &PageContext<'_, '_>, area: Rect, span_s: f64) {
    let width_of = |step_s: f64| (step_s / span_s) as f32 * area.width();
    let step_s = STEPS_S.into_iter().find(|step_s| width_of(*step_s) >= STEP_WIDTH).unwrap_or(28_800.0);
    let num_steps = (span_s / step_s) as usize;
    for idx in 0..=num_steps {
        let x = area.left() + idx as f32 * width_of(step_s);
        let align = match idx {
            0 => Align2::LEFT_TOP,
            _ if x > area.right() - 20.0 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        ui.painter().vline(x, area.y_range(), Stroke::new(1.0, context.theme.grid));
        let text = clock(idx as f64 * step_s);
        plot::text(ui.painter(), pos2(x, area.bottom() + 4.0), align, &text, context.theme.faint_text);
    }
}

/// `2:05`, `1:00:00`.
fn clock(time_s: f64) -> String {
    let seconds = time_s.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn legend(ui: &Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let words = [
        ("Target", theme.good, 6.0),
        ("Integrated", theme.text, 1.5),
        ("Short-term", theme.output, 2.0),
        ("Momentary", theme.input, 1.0),
    ];
    let mut right = rect.right();
    for (word, colour, width) in words {
        let at = pos2(right, rect.top());
        let word = ui.painter().text(
            at,
            Align2::RIGHT_TOP,
            word,
            egui::FontId::proportional(11.0),
            theme.faint_text,
        );
        let y = word.center().y;
        ui.painter().hline(word.left() - 20.0..=word.left() - 6.0, y, Stroke::new(width, colour));
        right = word.left() - 36.0;
    }
    plot::text(
        ui.painter(),
        rect.left_top() + vec2(44.0, 0.0),
        Align2::LEFT_TOP,
        "Loudness history",
        theme.text,
    );
}

fn read_out(ui: &Ui, context: &PageContext<'_, '_>, area: Rect, span_s: f64, at: Option<Pos2>) {
    let Some(at) = at.filter(|at| area.contains(*at)) else { return };
    let history = context.watch.loudness();
    let time_s = f64::from((at.x - area.left()) / area.width()) * span_s;
    let Some(point) = history.points().get((time_s / history.span_s()) as usize) else { return };
    let theme = context.theme;
    ui.painter().vline(at.x, area.y_range(), Stroke::new(1.0, theme.faint_text));
    let number = |lufs: Option<f32>| meter::number(lufs.map(f64::from), 1);
    let words = format!(
        "{}   M {}   S {}   I {} LUFS",
        clock(time_s),
        number(point.momentary_lufs),
        number(point.short_term_lufs),
        number(point.integrated_lufs)
    );
    crate::widgets::handle::tag(ui, theme, at + vec2(8.0, 0.0), Align2::LEFT_BOTTOM, &words, area);
}
