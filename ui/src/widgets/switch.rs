//! Off or on, and one of several words.

use crate::desk::param;
use crate::editor::PageContext;
use crate::help;
use crate::style::CONTROL_POINTS;
use crate::theme::Theme;
use egui::{Align2, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use lacquer_dsp::param::Unit;

const HEIGHT: f32 = 22.0;

/// A switch with its caption.
pub fn switch(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let mut is_on = context.desk.value(param) >= 0.5;
    let response = switch_of(ui, context.theme, param.name, &help::caption(param), &mut is_on);
    if response.changed() {
        context.desk.change(param, f64::from(u8::from(is_on)));
    }
    response.on_hover_text(help::tooltip(param))
}

/// A switch for anything; `name` is what assistive technology says, `caption` what is read beside it.
pub fn switch_of(ui: &mut Ui, theme: &Theme, name: &str, caption: &str, is_on: &mut bool) -> Response {
    let font = FontId::proportional(CONTROL_POINTS);
    let galley = ui.painter().layout_no_wrap(caption.to_owned(), font, theme.text);
    let (track_width, track_height, gap) = (28.0, 14.0, 6.0);
    let width = track_width + if caption.is_empty() { 0.0 } else { gap + galley.size().x };
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    if response.clicked() {
        *is_on = !*is_on;
        response.mark_changed();
    }
    let track = Rect::from_min_size(
        pos2(rect.left(), rect.center().y - track_height / 2.0),
        vec2(track_width, track_height),
    );
    let (fill, edge) = if *is_on { (theme.output, theme.output) } else { (theme.well, theme.faint_text) };
    let edge = if response.has_focus() || response.hovered() { theme.text } else { edge };
    ui.painter().rect(track, track_height / 2.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let thumb_x = if *is_on { track.right() - 7.0 } else { track.left() + 7.0 };
    let thumb = if *is_on { theme.window } else { theme.faint_text };
    ui.painter().circle_filled(pos2(thumb_x, track.center().y), 4.5, thumb);
    let at = pos2(track.right() + gap, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), *is_on, name));
    response
}

/// One of several words, side by side.
pub fn choice(ui: &mut Ui, context: &mut PageContext<'_, '_>, id: &'static str) -> Response {
    let param = param(id);
    let Unit::Choice(words) = param.unit else { return super::value(ui, context, id) };
    let mut index = context.desk.value(param) as usize;
    let response = choice_of(ui, context.theme, param.name, words, &mut index);
    if response.changed() {
        context.desk.change(param, index as f64);
    }
    response.on_hover_text(help::tooltip(param))
}

/// The same for anything; each word is a button called `name: word`.
pub fn choice_of(ui: &mut Ui, theme: &Theme, name: &str, words: &[&str], index: &mut usize) -> Response {
    let font = FontId::proportional(CONTROL_POINTS);
    let widths: Vec<f32> = words
        .iter()
        .map(|word| ui.painter().layout_no_wrap((*word).to_owned(), font.clone(), theme.text).size().x + 16.0)
        .collect();
    let (whole, mut response) = ui.allocate_exact_size(vec2(widths.iter().sum(), HEIGHT), Sense::hover());
    ui.painter().rect(whole, 4.0, theme.well, Stroke::new(1.0, theme.edge), StrokeKind::Inside);
    let mut left = whole.left();
    for (place, (word, width)) in words.iter().zip(widths).enumerate() {
        let rect = Rect::from_min_size(pos2(left, whole.top()), vec2(width, HEIGHT));
        left += width;
        let button = ui.interact(rect, response.id.with(place), Sense::click());
        if button.clicked() && *index != place {
            *index = place;
            response.mark_changed();
        }
        let is_chosen = *index == place;
        let inner = rect.shrink(2.0);
        if is_chosen {
            ui.painter().rect(
                inner,
                3.0,
                theme.output.gamma_multiply(0.28),
                Stroke::new(1.0, theme.output),
                StrokeKind::Inside,
            );
        } else if button.hovered() {
            ui.painter().rect_filled(inner, 3.0, theme.control);
        }
        if button.has_focus() {
            ui.painter().rect_stroke(inner, 3.0, Stroke::new(1.5, theme.text), StrokeKind::Inside);
        }
        let colour = if is_chosen { theme.text } else { theme.faint_text };
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, word, font.clone(), colour);
        let label = format!("{name}: {word}");
        button.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, &label));
    }
    response
}
