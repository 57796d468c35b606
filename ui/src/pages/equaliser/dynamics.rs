//! Bells that follow their level: where their threshold is, how far they may go, and where they are now.

use super::bands::{BANDS, BELLS, Band};
use super::curves::Curves;
use crate::desk::{Desk, param};
use crate::editor::PageContext;
use crate::widgets::handle::{self, Axis, Handle};
use crate::widgets::plot::{self, Plot};
use egui::{Align2, Rect, Shape, Stroke, Ui, pos2, vec2};

/// Half the width of a threshold's line, in points.
const HALF_WIDTH: f32 = 26.0;

/// A threshold can be grabbed so far from its line.
const REACH: f32 = 6.0;

/// Half as many columns as there are points draw a curve that moves at every frame.
const MOVING_PIXELS_PER_POINT: f32 = 0.5;

/// Less than this is no movement that could be seen.
const LEAST_DB: f32 = 0.05;

/// What the bells' levels add to their gains now, dB.
fn moved_db(context: &PageContext<'_, '_>) -> [f32; BELLS.end - BELLS.start] {
    context.watch.meters().reductions.bells_db
}

/// The curve as it is heard now, where levels have moved it; then for each dynamic bell its way and its place on it.
pub(super) fn draw(ui: &Ui, context: &PageContext<'_, '_>, plot: &Plot, curves: &Curves) {
    let (theme, painter) = (context.theme, plot.painter(ui));
    let moved_db = moved_db(context);
    if moved_db.iter().any(|db| db.abs() > LEAST_DB) {
        let (mid, side) = curves.moved_sums(&moved_db, plot, MOVING_PIXELS_PER_POINT);
        plot::line(&painter, mid, 2.0, theme.change);
        if let Some(side) = side {
            painter.extend(Shape::dashed_line(&side, Stroke::new(1.8, theme.change), 8.0, 4.0));
        }
        let key = plot.area.right_top() + vec2(-8.0, 8.0);
        plot::text(&painter, key, Align2::RIGHT_TOP, "\u{2014} heard now", theme.change);
    }
    for (band, moved_db) in BANDS[BELLS].iter().zip(moved_db) {
        let Some(range_db) = range_db(band, context.desk) else { continue };
        let x = plot.x_of_hz(context.desk.value(param(band.frequency)));
        let gain_db = band.gain_db(context.desk);
        let y_of = |db: f64| plot.y_of_db(db).clamp(plot.area.top(), plot.area.bottom());
        let (rest, furthest, now) =
            (y_of(gain_db), y_of(gain_db + range_db), y_of(gain_db + f64::from(moved_db)));
        painter.line_segment([pos2(x, rest), pos2(x, furthest)], (1.0, theme.change.gamma_multiply(0.7)));
        painter.hline(x - 5.0..=x + 5.0, furthest, (1.5, theme.change.gamma_multiply(0.7)));
        painter.line_segment([pos2(x, rest), pos2(x, now)], (3.0, theme.change));
        painter.circle_filled(pos2(x, now), 4.0, theme.change);
    }
}

/// The threshold of a dynamic bell, on the axis of the spectra, to be moved up and down.
pub(super) fn threshold(ui: &mut Ui, context: &mut PageContext<'_, '_>, spectra: &Plot, band: &Band) {
    let (Some([threshold, _]), Some(_)) = (band.dynamics, range_db(band, context.desk)) else { return };
    let (threshold, frequency_hz) = (param(threshold), context.desk.value(param(band.frequency)));
    // It lies where a tone of that level would, which the tilt of the spectra has moved.
    let tilt_db = context.view.spectrum.tilt_db_per_octave * (frequency_hz / 1000.0).log2();
    let to_screen = |db: f64| spectra.y_of_db(db + tilt_db);
    let from_screen = |y: f32| spectra.db_of_y(y) - tilt_db;
    let place = |desk: &Desk<'_>| {
        pos2(spectra.x_of_hz(frequency_hz), to_screen(desk.value(threshold)))
            .clamp(spectra.area.min + vec2(0.0, 3.0), spectra.area.max - vec2(0.0, 3.0))
    };
    let handle = Handle {
        area: Rect::from_center_size(place(context.desk), 2.0 * vec2(HALF_WIDTH, REACH)),
        x: None,
        y: Some(Axis {
            param: threshold,
            limits: threshold.min..=threshold.max,
            to_screen: &to_screen,
            from_screen: &from_screen,
        }),
        // The control below the graph has the parameter's own name.
        name: &format!("{} line", threshold.name),
    };
    let response = handle.show(ui, context.desk);
    let (at, is_held) = (place(context.desk), handle::is_held(&response));
    let stroke = Stroke::new(if is_held { 2.5 } else { 1.5 }, context.theme.change);
    let ends = [at - vec2(HALF_WIDTH, 0.0), at + vec2(HALF_WIDTH, 0.0)];
    spectra.painter(ui).extend(Shape::dashed_line(&ends, stroke, 5.0, 3.0));
    if is_held {
        let words = format!(
            "Threshold  {}",
            threshold.to_text(context.desk.value(threshold)).replace('-', "\u{2212}")
        );
        let above = at - vec2(0.0, REACH);
        handle::tag(ui, context.theme, above, Align2::CENTER_BOTTOM, &words, spectra.area);
    }
}

/// What a dynamic bell's level does to it now, for behind its other values; it moves as calmly as the figures of the meters.
pub(super) fn words(context: &PageContext<'_, '_>, band: &Band) -> String {
    let bells_db = context.watch.calm().meters.reductions.bells_db;
    let bell = BANDS[BELLS].iter().zip(bells_db).find(|(bell, _)| bell.name == band.name);
    match bell.filter(|_| range_db(band, context.desk).is_some()) {
        Some((_, moved_db)) => format!(", level adds {moved_db:.1} dB"),
        None => String::new(),
    }
}

/// How far a bell that is on may go; none if it stays where it is.
fn range_db(band: &Band, desk: &Desk<'_>) -> Option<f64> {
    let [_, range] = band.dynamics?;
    let range_db = desk.value(param(range));
    (range_db != 0.0 && band.is_on(desk)).then_some(range_db)
}
