//! The selected band's static curve: what comes out for what goes in.

use super::super::plane::{self, Plane, Scale};
use super::{Bands, gain_db};
use crate::editor::PageContext;
use egui::{Pos2, Sense, Stroke, Ui, Vec2};
use lacquer_dsp::dynamics::curve::{Curve, per_knee};
use lacquer_dsp::settings::BandSettings;

/// The lowest level that is drawn.
const FLOOR_DB: f64 = -84.0;

/// Draws the curve in a square.
pub fn show(ui: &mut Ui, context: &PageContext<'_, '_>, size: Vec2, bands: &Bands) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let (theme, settings) = (context.theme, &context.desk.settings().multiband);
    let band = &settings.bands[bands.selected];
    let scale = Scale::linear(FLOOR_DB, 6.0);
    let plane = Plane { rect, x: scale, y: scale };
    plane.ground(ui, theme);
    plane.x_grid(ui, theme, plane::level_lines(-72, -12, 24, "dB"));
    plane.y_grid(ui, theme, plane::level_lines(-72, 0, 24, "dB"));
    plane.line(ui, Stroke::new(1.0, theme.edge), |level_db| level_db);
    let upward = band.upward_ratio > 1.0;
    for threshold_db in
        [Some(band.threshold_db), upward.then_some(band.upward_threshold_db)].into_iter().flatten()
    {
        let stroke = Stroke::new(1.0, theme.faint_text);
        let ends =
            [Pos2::new(plane.x(threshold_db), rect.top()), Pos2::new(plane.x(threshold_db), rect.bottom())];
        ui.painter().extend(egui::Shape::dashed_line(&ends, stroke, 3.0, 3.0));
    }
    let output_db = |level_db: f64| level_db + gain_db(band, settings.mix_percent, wanted_db(band, level_db));
    let colour = if band.bypass || settings.bypass { theme.faint_text } else { theme.output };
    plane.line(ui, Stroke::new(2.0, colour), output_db);
    let reduction_db = f64::from(context.watch.meters().reductions.multiband_db[bands.selected]);
    let mut text = "nothing is reduced".to_owned();
    if let Some(level_db) = level_of(band, reduction_db).filter(|_| !band.bypass) {
        let at = plane.at(level_db, output_db(level_db));
        ui.painter().circle(at, 5.0, theme.change, Stroke::new(1.5, theme.well));
        text = format!("now at {level_db:.0} dB");
    }
    let name = format!("Curve of band {}", bands.selected + 1);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text.as_str()));
    response.on_hover_text("What comes out for what goes in. The dot is where the band works now.");
}

/// The reduction that the curve asks for.
fn wanted_db(band: &BandSettings, level_db: f64) -> f64 {
    Curve::of_band(band).reduction_db(level_db, per_knee(band.knee_db))
}

/// The level at which the curve asks for a reduction. It never falls as the level rises, so halving finds it; none where nothing is
/// done.
fn level_of(band: &BandSettings, reduction_db: f64) -> Option<f64> {
    if reduction_db.abs() < 0.05 {
        return None;
    }
    let (mut low, mut high) = (FLOOR_DB, 24.0);
    for _ in 0..32 {
        let middle = 0.5 * (low + high);
        if wanted_db(band, middle) < reduction_db { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}
