//! The stereo image: goniometer, correlation and balance.

use super::panel;
use crate::editor::PageContext;
use crate::widgets::{meter, plot};
use egui::epaint::Mesh;
use egui::{Align2, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

/// What the bar of balance reaches to, either way.
const BALANCE_SPAN_DB: f64 = 12.0;

const BAR_HEIGHT: f32 = 34.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let rect = panel(ui, context, rect);
    let bars_height = 2.0 * (BAR_HEIGHT + 8.0);
    let room = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - bars_height));
    let side = room.width().min(room.height());
    goniometer(ui, context, Rect::from_center_size(room.center(), vec2(side, side)));
    let meters = context.watch.meters();
    let (correlation, balance_db) = (meters.correlation, meters.balance_db);
    let calm = context.watch.calm().meters;
    let bar = |idx: f32| {
        Rect::from_min_size(
            pos2(rect.left(), room.bottom() + 8.0 + idx * (BAR_HEIGHT + 8.0)),
            vec2(rect.width(), BAR_HEIGHT),
        )
    };
    let text = calm
        .correlation
        .map_or(meter::DASH.to_owned(), |value| format!("{value:+.2}").replace('-', "\u{2212}"));
    pointer(ui, context, bar(0.0), ["\u{2212}1", "Correlation", "+1"], correlation, &text);
    let text = format!("{} dB", meter::number(calm.balance_db, 1));
    pointer(ui, context, bar(1.0), ["L", "Balance", "R"], balance_db.map(|db| db / BALANCE_SPAN_DB), &text);
}

/// What both channels share lies up, what they oppose lies across. Distances are square roots, so that quiet music is seen too.
pub(in crate::pages) fn goniometer(ui: &mut Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let painter = ui.painter().with_clip_rect(rect);
    let (centre, radius) = (rect.center(), 0.5 * rect.width().min(rect.height()) - 6.0);
    let corners = [vec2(0.0, -1.0), vec2(1.0, 0.0), vec2(0.0, 1.0), vec2(-1.0, 0.0)];
    let corners = corners.map(|corner| centre + radius * corner);
    painter.add(Shape::convex_polygon(corners.to_vec(), theme.well, Stroke::new(1.0, theme.edge)));
    let grid = Stroke::new(1.0, theme.grid);
    painter.line_segment([corners[0], corners[2]], grid);
    painter.line_segment([corners[1], corners[3]], grid);
    painter.line_segment([corners[0].lerp(corners[3], 0.5), corners[2].lerp(corners[1], 0.5)], grid);
    painter.line_segment([corners[0].lerp(corners[1], 0.5), corners[2].lerp(corners[3], 0.5)], grid);
    let word = |share: [f32; 2], align, word: &str| {
        let at: Pos2 = centre + radius * vec2(share[0], share[1]);
        plot::text(&painter, at, align, word, theme.faint_text);
    };
    word([-0.55, -0.55], Align2::RIGHT_BOTTOM, "L");
    word([0.55, -0.55], Align2::LEFT_BOTTOM, "R");
    word([0.06, -0.86], Align2::LEFT_CENTER, "M");
    word([0.86, 0.03], Align2::RIGHT_TOP, "S");
    if let Some(frame) = context.watch.image() {
        let mut mesh = Mesh::default();
        let dot = vec2(1.4, 1.4);
        let [older, newer] = frame.points;
        let num_points = (older.len() + newer.len()).max(1) as f32;
        for (idx, point) in older.iter().chain(newer).enumerate() {
            let reach = (point.side.abs() + point.mid.abs()).sqrt().max(1e-6);
            let at = centre + radius / reach * vec2(point.side, -point.mid);
            let colour = theme.output.gamma_multiply(0.25 + 0.65 * idx as f32 / num_points);
            mesh.add_colored_rect(Rect::from_center_size(at, dot), colour);
        }
        painter.add(Shape::mesh(mesh));
    }
    let response = meter::shown(ui, rect, "Goniometer");
    response.on_hover_text(
        "Upright: both channels alike (mono). Flat: opposite. Leaning: one channel is louder.",
    );
}

/// A bar with a pointer from -1 to 1 and its figure.
fn pointer(
    ui: &mut Ui,
    context: &PageContext<'_, '_>,
    rect: Rect,
    words: [&str; 3],
    at: Option<f64>,
    text: &str,
) {
    let (theme, painter) = (context.theme, ui.painter());
    let [left, name, right] = words;
    plot::text(painter, rect.left_top(), Align2::LEFT_TOP, name, theme.faint_text);
    plot::text(painter, rect.right_top(), Align2::RIGHT_TOP, text, theme.text);
    let bar = Rect::from_min_max(rect.min + vec2(18.0, 20.0), rect.max - vec2(18.0, 4.0));
    plot::text(painter, pos2(rect.left(), bar.center().y), Align2::LEFT_CENTER, left, theme.faint_text);
    plot::text(painter, pos2(rect.right(), bar.center().y), Align2::RIGHT_CENTER, right, theme.faint_text);
    meter::well(painter, theme, bar);
    painter.vline(bar.center().x, bar.y_range(), Stroke::new(1.0, theme.edge));
    if let Some(at) = at {
        let x = bar.center().x + at.clamp(-1.0, 1.0) as f32 * bar.width() / 2.0;
        let is_bad = name == "Correlation" && at < 0.0;
        let colour = if is_bad { theme.alarm } else { theme.output };
        let from_middle = Rect::from_two_pos(pos2(bar.center().x, bar.top()), pos2(x, bar.bottom()));
        painter.rect_filled(from_middle, 0.0, colour.gamma_multiply(0.4));
        painter.vline(x, bar.y_range().expand(2.0), Stroke::new(3.0, colour));
    }
}
