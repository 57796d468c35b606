//! The bands over the spectrum: crossovers and thresholds to drag, and what each band loses now.

use super::super::live;
use super::super::plane::{self, Plane, SMALL, Scale};
use super::{Bands, band_param, gain_db};
use crate::desk::param;
use crate::editor::PageContext;
use crate::widgets::handle;
use egui::{Align2, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2};
use lacquer_dsp::modules::multiband::CLOSEST_RATIO;
use lacquer_dsp::telemetry::MeterFrame;

/// Room for a band's level at its right edge.
const METER_WIDTH: f32 = 12.0;

/// The widest word at a crossover, nearly.
const WORD_WIDTH: f32 = 64.0;

/// The plot's two heights: of levels, and of gains.
struct Planes {
    levels: Plane,
    gains: Plane,
}

impl Planes {
    fn new(rect: Rect) -> Self {
        let x = Scale::FREQUENCY;
        Self {
            levels: Plane { rect, x, y: Scale::linear(-84.0, 6.0) },
            gains: Plane { rect, x, y: Scale::linear(-24.0, 4.0) },
        }
    }

    fn column(&self, bands: &Bands, band_idx: usize) -> Rect {
        self.levels.column(bands.edges_hz[band_idx], bands.edges_hz[band_idx + 1])
    }
}

/// Draws the plot and moves what is dragged on it.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect, bands: &mut Bands) {
    let planes = Planes::new(rect);
    planes.levels.ground(ui, context.theme);
    for band_idx in 0..bands.num_bands {
        select(ui, context, &planes, bands, band_idx);
    }
    planes.levels.x_grid(ui, context.theme, plane::frequency_lines());
    planes.levels.y_grid(ui, context.theme, plane::level_lines(-72, 0, 12, "dB"));
    live::spectra(ui, context.theme, &planes.levels, context.watch);
    for band_idx in 0..bands.num_bands {
        reduction(ui, context, &planes, bands, band_idx);
    }
    for level in [0, -6, -12, -18] {
        let word = format!("{level} dB").replace('-', "\u{2212}");
        let scale = Plane { rect: rect.with_max_x(rect.right() - METER_WIDTH), ..planes.gains };
        scale.y_word(ui, f64::from(level), Align2::RIGHT_BOTTOM, &word, context.theme.change);
    }
    for band_idx in 0..bands.num_bands {
        thresholds(ui, context, &planes, bands, band_idx);
    }
    for idx in 0..bands.num_bands - 1 {
        crossover(ui, context, &planes.levels, bands, idx);
    }
}

/// A click in a band selects it; a screen reader finds it as a button.
fn select(ui: &mut Ui, context: &PageContext<'_, '_>, planes: &Planes, bands: &mut Bands, band_idx: usize) {
    let theme = context.theme;
    let column = planes.column(bands, band_idx);
    let response = ui.interact(column, ui.scope_id().with(("band", band_idx)), Sense::click());
    if response.clicked() {
        bands.select(ui, band_idx);
    }
    let is_selected = bands.selected == band_idx;
    let name = format!("Band {}, {}", band_idx + 1, bands.range_text(band_idx));
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, is_selected, &name));
    if is_selected {
        ui.painter().rect_filled(column, 0.0, theme.output.gamma_multiply(0.10));
        let top = Rect::from_min_size(column.min, Vec2::new(column.width(), 2.0));
        ui.painter().rect_filled(top, 0.0, theme.output);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(column, 0.0, theme.text.gamma_multiply(0.04));
    }
}

/// What the band loses, hanging from the line of no change, and the gain that is left with make-up and mix.
fn reduction(ui: &mut Ui, context: &PageContext<'_, '_>, planes: &Planes, bands: &Bands, band_idx: usize) {
    let (theme, settings) = (context.theme, &context.desk.settings().multiband);
    let band = &settings.bands[band_idx];
    let column = planes.column(bands, band_idx).shrink2(Vec2::new(2.0, 0.0));
    let is_silent = settings.bands[..bands.num_bands].iter().any(|band| band.solo) && !band.solo;
    let is_off = band.bypass || settings.bypass;
    let taken_db = |meters: &MeterFrame| {
        if is_off { 0.0 } else { f64::from(meters.reductions.multiband_db[band_idx]) }
    };
    let reduction_db = taken_db(context.watch.meters());
    let zero = planes.gains.y(0.0);
    let end = planes.gains.y(-reduction_db).clamp(column.top(), column.bottom());
    let lost = Rect::from_x_y_ranges(column.x_range(), zero.min(end)..=zero.max(end));
    ui.painter().hline(column.x_range(), zero, Stroke::new(1.0, theme.edge));
    ui.painter().rect_filled(lost, 0.0, theme.change.gamma_multiply(0.25));
    if lost.height() > 0.5 {
        ui.painter().hline(column.x_range(), end, Stroke::new(2.0, theme.change));
    }
    let left_db = if settings.bypass { 0.0 } else { gain_db(band, settings.mix_percent, reduction_db) };
    if (left_db + reduction_db).abs() > 0.05 {
        let y = planes.gains.y(left_db).clamp(column.top(), column.bottom());
        ui.painter().hline(column.x_range(), y, Stroke::new(1.5, theme.output));
    }
    let text = match (band.bypass, is_silent) {
        (true, _) => "bypassed".to_owned(),
        (_, true) => "not soloed".to_owned(),
        _ => super::super::parts::figure_text(Some(-taken_db(&context.watch.calm().meters)), "dB"),
    };
    let name = format!("Band {} change", band_idx + 1);
    let response = ui.interact(lost, ui.scope_id().with(("reduction", band_idx)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text.as_str()));
    let number = if band.solo { format!("{} solo", band_idx + 1) } else { format!("{}", band_idx + 1) };
    let heading = if column.width() > 76.0 { format!("{number}   {text}") } else { number };
    let at = Pos2::new(column.center().x, column.top() + 6.0);
    ui.painter().text(at, Align2::CENTER_TOP, heading, FontId::proportional(12.0), theme.text);
}

/// The band's two thresholds; the upward one where it does something, or could be wanted.
fn thresholds(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    planes: &Planes,
    bands: &mut Bands,
    band_idx: usize,
) {
    let theme = context.theme;
    let band = context.desk.settings().multiband.bands[band_idx];
    let column = planes.column(bands, band_idx).shrink2(Vec2::new(7.0, 0.0));
    if let Some(level_db) = level_db(context, bands, band_idx) {
        let y = planes.levels.y(level_db).clamp(column.top(), column.bottom());
        let bar = Rect::from_x_y_ranges(column.right() - 3.0..=column.right(), y..=column.bottom());
        ui.painter().rect_filled(bar, 1.0, theme.input.gamma_multiply(0.8));
    }
    let is_upward_on = band.upward_ratio > 1.0;
    let mut kinds = vec![("threshold_db", !band.bypass && band.ratio > 1.0)];
    if is_upward_on || bands.selected == band_idx {
        kinds.push(("upward_threshold_db", !band.bypass && is_upward_on));
    }
    for (what, is_on) in kinds {
        let param = band_param(band_idx, what);
        let response = plane::drag_y(ui, context.desk, &planes.levels, param, column.x_range());
        if response.clicked() || response.drag_started() || response.gained_focus() {
            bands.select(ui, band_idx);
        }
        let y = planes.levels.y(context.desk.value(param));
        let is_held = handle::is_held(&response);
        line(ui, context, column, y, what == "threshold_db", is_on, is_held);
        if is_held {
            let at = Pos2::new(column.center().x, y - 8.0);
            handle::tag(
                ui,
                theme,
                at,
                Align2::CENTER_BOTTOM,
                &param.to_text(context.desk.value(param)),
                planes.levels.rect,
            );
        }
    }
}

/// A threshold's line, with a tip that points to where it acts: above the downward one, below the upward one.
fn line(
    ui: &Ui,
    context: &PageContext<'_, '_>,
    column: Rect,
    y: f32,
    is_downward: bool,
    is_on: bool,
    is_held: bool,
) {
    let colour = if is_on { context.theme.text } else { context.theme.faint_text.gamma_multiply(0.6) };
    let stroke = Stroke::new(if is_held { 2.5 } else { 1.5 }, colour);
    let ends = [Pos2::new(column.left(), y), Pos2::new(column.right(), y)];
    if is_downward {
        ui.painter().line_segment(ends, stroke);
    } else {
        ui.painter().extend(Shape::dashed_line(&ends, stroke, 5.0, 4.0));
    }
    let way = if is_downward { -7.0 } else { 7.0 };
    let x = column.center().x;
    let tip = vec![Pos2::new(x - 6.0, y), Pos2::new(x, y + way), Pos2::new(x + 6.0, y)];
    ui.painter().add(Shape::convex_polygon(tip, colour, Stroke::NONE));
}

/// The level that the band hears, as far as the input's spectrum and the gains before it tell.
fn level_db(context: &PageContext<'_, '_>, bands: &Bands, band_idx: usize) -> Option<f64> {
    let watch = &*context.watch;
    let level_db = live::input_level_db(watch, bands.edges_hz[band_idx], bands.edges_hz[band_idx + 1])?;
    let trim_db = context.desk.settings().input.trim_db;
    Some(level_db + trim_db + f64::from(context.watch.meters().reductions.leveller_gain_db))
}

fn crossover(ui: &mut Ui, context: &mut PageContext<'_, '_>, plane: &Plane, bands: &Bands, idx: usize) {
    let theme = context.theme;
    let param = param(&format!("multiband.crossover{}_hz", idx + 1));
    let here_hz = bands.edges_hz[idx + 1];
    let low_hz = if idx == 0 { param.min } else { bands.edges_hz[idx] * CLOSEST_RATIO };
    let is_last = idx + 2 == bands.num_bands;
    let high_hz = if is_last { param.max } else { bands.edges_hz[idx + 2] / CLOSEST_RATIO };
    let response = plane::drag_x(ui, context.desk, plane, param, (here_hz, low_hz..=high_hz));
    let hz = if response.changed() { context.desk.value(param) } else { here_hz };
    let x = plane.x(hz);
    ui.painter().vline(x, plane.rect.y_range(), plane::grip_stroke(&response, theme.faint_text));
    // Every second word stands higher where its neighbours come too near.
    let is_near = |edge: usize| (plane.x(bands.edges_hz[edge]) - x).abs() < WORD_WIDTH;
    let is_raised = idx % 2 == 1 && (is_near(idx) || is_near(idx + 2));
    let raised = if is_raised { SMALL + 10.0 } else { 0.0 };
    let at = Pos2::new(x, plane.rect.bottom() - SMALL - 12.0 - raised);
    handle::tag(ui, theme, at, Align2::CENTER_BOTTOM, &param.to_text(hz.round()), plane.rect);
}
