//! Below the graph: a tab for each band, and the controls of the selected one.

use super::bands::{BANDS, Band};
use crate::desk::param;
use crate::editor::PageContext;
use crate::pages::parts;
use crate::widgets;
use egui::{Align2, FontId, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Height of the tabs, in points.
const TABS_HEIGHT: f32 = 30.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect, selected: &mut usize) {
    let width = rect.width() / BANDS.len() as f32;
    for (idx, band) in BANDS.iter().enumerate() {
        let left = rect.left() + idx as f32 * width;
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width - 2.0, TABS_HEIGHT));
        if tab(ui, context, place, band, *selected == idx) {
            *selected = idx;
        }
    }
    let panel = Rect::from_min_max(pos2(rect.left(), rect.top() + TABS_HEIGHT), rect.max);
    let band = &BANDS[*selected];
    parts::card_in(ui, context.theme, panel, |ui| controls(ui, context, band));
}

/// The tab of a band, which a click selects. A dot says that the band is on, and a click on the dot turns it on or off.
fn tab(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    rect: Rect,
    band: &'static Band,
    is_selected: bool,
) -> bool {
    let theme = context.theme;
    let response = ui.interact(rect, Id::unique(("tab", band.name)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Tab, true, is_selected, format!("{} controls", band.name))
    });
    let dot = Rect::from_center_size(pos2(rect.left() + 16.0, rect.center().y), vec2(20.0, 24.0));
    let toggle = ui.interact(dot, Id::unique(("tab switch", band.name)), Sense::click());
    let is_on = band.is_on(context.desk);
    toggle.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, format!("{} on", band.name)));
    let painter = ui.painter();
    if is_selected {
        let joined = egui::CornerRadius { nw: 6, ne: 6, sw: 0, se: 0 };
        painter.rect_filled(rect, joined, theme.panel);
    } else if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(0.0, 3.0)), 4.0, theme.panel.gamma_multiply(0.6));
    }
    if response.has_focus() || toggle.has_focus() {
        let outlined = if toggle.has_focus() { dot } else { rect };
        painter.rect_stroke(outlined, 4.0, Stroke::new(1.5, theme.text), egui::StrokeKind::Inside);
    }
    if is_on {
        painter.circle_filled(dot.center(), 4.5, theme.change);
    } else {
        painter.circle_stroke(dot.center(), 4.0, Stroke::new(1.2, theme.faint_text));
    }
    let colour = if is_on { theme.text } else { theme.faint_text };
    let at = pos2(dot.right() + 2.0, rect.center().y);
    painter.text(at, Align2::LEFT_CENTER, band.name, FontId::proportional(13.0), colour);
    let what = if is_on { "Turn this band off" } else { "Turn this band on" };
    if toggle.on_hover_text(what).clicked() {
        context.desk.change(param(band.on), if is_on { 0.0 } else { 1.0 });
        return true;
    }
    response.clicked()
}

fn controls(ui: &mut Ui, context: &mut PageContext<'_, '_>, band: &'static Band) {
    ui.horizontal(|ui| {
        for id in [Some(band.frequency), band.gain, band.q].into_iter().flatten() {
            widgets::knob(ui, context, id);
        }
        ui.separator();
        ui.vertical(|ui| {
            parts::hint(ui, context.theme, "Works on");
            widgets::choice(ui, context, band.placement);
            if let Some(slope) = band.slope {
                ui.add_space(8.0);
                parts::hint(ui, context.theme, "Slope, dB per octave");
                widgets::choice(ui, context, slope);
            }
        });
        if let Some(dynamics) = band.dynamics {
            ui.separator();
            for id in dynamics.into_iter().chain(["equaliser.attack_ms", "equaliser.release_ms"]) {
                widgets::knob(ui, context, id);
            }
        }
    });
}
