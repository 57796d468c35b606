//! Stereo: how wide each frequency is set, and the image that comes out.

mod image;

use super::parts::{self, GAP};
use super::plane::{self, Plane, Scale};
use crate::desk::param;
use crate::editor::PageContext;
use crate::widgets::{self, handle};
use egui::{Align2, Pos2, Rect, Stroke, Ui, Vec2};
use lacquer_dsp::modules::stereo::width_at;
use lacquer_dsp::param::Param;
use lacquer_dsp::settings::Module;

/// What the knobs need.
const FOOT_HEIGHT: f32 = 116.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    widgets::module_bar(ui, context, Module::Stereo);
    let rect = parts::plot_over(ui, FOOT_HEIGHT);
    let side = rect.height().min(0.42 * rect.width());
    let (field, rest) = rect.split_left_right_at_x(rect.left() + side);
    let rest = Rect::from_min_max(rest.min + Vec2::new(GAP, 0.0), rest.max);
    let (above, below) = rest.split_top_bottom_at_y(rest.top() + 0.5 * rest.height());
    image::goniometer(ui, context, field);
    image::correlation(ui, context, Rect::from_min_max(above.min, above.max - Vec2::new(0.0, 0.5 * GAP)));
    widths(ui, context, Rect::from_min_max(below.min + Vec2::new(0.0, 0.5 * GAP), below.max));
    let theme = context.theme;
    let size = Vec2::new(ui.available_width(), FOOT_HEIGHT.min(ui.available_height()));
    parts::card(ui, theme, size, |ui| {
        ui.horizontal_top(|ui| {
            let widths = [
                ("Width low", "stereo.width_low_percent"),
                ("Width high", "stereo.width_high_percent"),
                ("Crossover", "stereo.crossover_hz"),
            ];
            parts::knobs(ui, context, &widths);
            for (switch, knob) in [
                ("stereo.mono_bass", ("Mono below", "stereo.mono_below_hz")),
                ("stereo.guard", ("Floor", "stereo.min_correlation_percent")),
            ] {
                ui.separator();
                parts::knobs(ui, context, &[knob]);
                ui.vertical(|ui| {
                    // Beside the dial.
                    ui.add_space(3.0 * GAP);
                    widgets::switch(ui, context, switch);
                });
            }
        });
    });
}

/// The width of each frequency, with its crossover, the widths of both sides, and the end of the mono bass.
fn widths(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let plane = Plane { rect, x: Scale::FREQUENCY, y: Scale::linear(-12.0, 216.0) };
    plane.ground(ui, theme);
    plane.x_grid(ui, theme, plane::frequency_lines());
    plane.y_grid(ui, theme, plane::level_lines(0, 200, 100, "%"));
    let settings = context.desk.settings().stereo;
    let rate_hz = context.desk.host.audio_format().map_or(48_000.0, |format| format.sample_rate_hz);
    let colour = if settings.bypass { theme.faint_text } else { theme.output };
    plane.line(ui, Stroke::new(2.0, colour), |hz| 100.0 * width_at(&settings, hz, rate_hz));
    let crossover = param("stereo.crossover_hz");
    let crossover_x = plane.x(settings.crossover_hz);
    for (id, columns) in [
        ("stereo.width_low_percent", rect.left()..=crossover_x - 8.0),
        ("stereo.width_high_percent", crossover_x + 8.0..=rect.right()),
    ] {
        width(ui, context, &plane, param(id), columns.into());
    }
    upright(ui, context, &plane, crossover, "crossover", true);
    if settings.mono_bass {
        upright(ui, context, &plane, param("stereo.mono_below_hz"), "mono below", false);
    }
}

fn width(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    plane: &Plane,
    param: &'static Param,
    columns: egui::Rangef,
) {
    let response = plane::drag_y(ui, context.desk, plane, param, columns);
    let at = Pos2::new(columns.center(), plane.y(context.desk.value(param)));
    let ends = [Pos2::new(columns.min, at.y), Pos2::new(columns.max, at.y)];
    let line = Stroke::new(1.0, context.theme.output);
    ui.painter().extend(egui::Shape::dashed_line(&ends, line, 3.0, 4.0));
    let is_held = handle::is_held(&response);
    let stroke = Stroke::new(1.5, context.theme.well);
    ui.painter().circle(at, if is_held { 7.0 } else { 5.5 }, context.theme.output, stroke);
    let at = at - Vec2::new(0.0, 10.0);
    let text = format!(
        "{} {}",
        if param.id.contains("low") { "low" } else { "high" },
        param.to_text(context.desk.value(param))
    );
    handle::tag(ui, context.theme, at, Align2::CENTER_BOTTOM, &text, plane.rect);
}

fn upright(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    plane: &Plane,
    param: &'static Param,
    word: &str,
    is_at_top: bool,
) {
    let drawn = (context.desk.value(param), param.min..=param.max);
    let response = plane::drag_x(ui, context.desk, plane, param, drawn);
    let x = plane.x(context.desk.value(param));
    ui.painter().vline(x, plane.rect.y_range(), plane::grip_stroke(&response, context.theme.faint_text));
    let text = format!("{word} {}", param.to_text(context.desk.value(param)));
    let (at, align) = if is_at_top {
        (Pos2::new(x, plane.rect.top() + 4.0), Align2::CENTER_TOP)
    } else {
        (Pos2::new(x, plane.rect.bottom() - 20.0), Align2::CENTER_BOTTOM)
    };
    handle::tag(ui, context.theme, at, align, &text, plane.rect);
}
