//! Loudness bars on the scales of EBU Tech 3341, +9 and +18.

use super::figures::TOLERANCE_LU;
use crate::editor::PageContext;
use crate::view::View;
use crate::widgets::{meter, plot};
use egui::{Align2, Rect, Stroke, Ui, pos2, vec2};

/// What the scale spans about the target, LU.
pub(super) fn range_lu(view: &View) -> [f64; 2] {
    if view.is_plus_18 { [-36.0, 18.0] } else { [-18.0, 9.0] }
}

/// The number at a step of the scale: LUFS, or LU about the target.
pub(super) fn label(view: &View, lu: f64) -> String {
    if view.is_absolute { plot::signed(view.target_lufs + lu) } else { plot::signed(lu) }
}

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let (theme, view) = (context.theme, &*context.view);
    let [low, high] = range_lu(view);
    let area = Rect::from_min_max(rect.min + vec2(30.0, 19.0), rect.max - vec2(0.0, 30.0));
    let y = |lu: f64| area.bottom() - ((lu - low) / (high - low)).clamp(0.0, 1.0) as f32 * area.height();
    let step = if view.is_plus_18 { 6.0 } else { 3.0 };
    let steps = (0..).map(|idx| low + f64::from(idx) * step).take_while(|lu| *lu <= high);
    plot::labels_at_left(ui, theme, area, steps.map(|lu| (y(lu), label(view, lu))));
    let unit = if view.is_absolute { "LUFS" } else { "LU" };
    plot::text(ui.painter(), pos2(area.left() - 4.0, rect.top()), Align2::RIGHT_TOP, unit, theme.faint_text);
    let output = context.watch.meters().output;
    let bars = [("M", output.momentary_lufs), ("S", output.short_term_lufs), ("I", output.integrated_lufs)];
    let width = (area.width() - 2.0 * 3.0) / 3.0;
    for (idx, (name, lufs)) in bars.into_iter().enumerate() {
        let left = area.left() + idx as f32 * (width + 3.0);
        let bar = Rect::from_x_y_ranges(left..=left + width, area.y_range());
        meter::well(ui.painter(), theme, bar);
        if let Some(lufs) = lufs {
            let lu = lufs.0 - view.target_lufs;
            let is_met = name == "I" && lu.abs() <= TOLERANCE_LU;
            let colour = if is_met { theme.good } else { theme.output };
            ui.painter().rect_filled(Rect::from_x_y_ranges(bar.x_range(), y(lu)..=bar.bottom()), 2.0, colour);
        }
        plot::text(
            ui.painter(),
            pos2(bar.center().x, bar.bottom() + 2.0),
            Align2::CENTER_TOP,
            name,
            theme.faint_text,
        );
    }
    let foot = pos2(area.center().x, rect.bottom());
    plot::text(ui.painter(), foot, Align2::CENTER_BOTTOM, "Loudness", theme.faint_text);
    // The target, across all bars.
    ui.painter().hline(area.left() - 3.0..=area.right(), y(0.0), Stroke::new(1.5, theme.text));
    let words = format!("Loudness on the EBU scale, target {:.1} LUFS", view.target_lufs);
    let response = meter::shown(ui, rect, &words);
    response.on_hover_text("Momentary, short-term and integrated loudness; the line is the target");
}
