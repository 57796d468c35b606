//! The graph: spectra, curves, and nodes that are moved where they lie.

use super::bands::{BANDS, Band, turn_next_on};
use super::curves::Curves;
use super::{dynamics, menu};
use crate::desk::{Desk, param};
use crate::editor::PageContext;
use crate::watch::Want;
use crate::widgets::handle::{self, Axis, Handle};
use crate::widgets::meter;
use crate::widgets::plot::{self, Plot};
use egui::{Align2, FontId, Id, Key, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};
use lacquer_dsp::param::Param;

/// What the gain axis can span either way, dB, and its steps.
const SPANS_DB: [(f64, f64); 3] = [(7.0, 2.0), (14.0, 3.0), (27.0, 6.0)];

/// What the spectra's axis spans, dBFS.
const SPECTRUM_DB: core::ops::RangeInclusive<f64> = -96.0..=0.0;

/// Room for the spectra's labels at the right.
const RIGHT_MARGIN: f32 = 34.0;

/// How long it is said that no bell is left.
const REFUSAL_S: f64 = 4.0;

const NODE_RADIUS: f32 = 9.0;

/// How much one notch of the wheel, or a page key, changes Q.
const OCTAVES_PER_NOTCH: f64 = 0.1;

/// How far a touch pad scrolls for a notch.
const POINTS_PER_NOTCH: f64 = 40.0;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, outer: Rect, selected: &mut usize) {
    context.watch.want(Want::Spectra);
    let outer = Rect::from_min_max(outer.min, outer.max - vec2(RIGHT_MARGIN, 0.0));
    let (span_db, step_db) = span(ui, context.desk);
    let plot = Plot::new(outer, -span_db..=span_db);
    plot.axes(ui, context.theme, step_db);
    spectra(ui, context, &plot.with_range_db(SPECTRUM_DB));
    let sample_rate_hz = context.desk.host.audio_format().map_or(48_000.0, |format| format.sample_rate_hz);
    let curves = Curves::of(ui, &plot, &context.desk.settings().equaliser, sample_rate_hz);
    draw_curves(ui, context, &plot, &curves, *selected);
    dynamics::draw(ui, context, &plot, &curves);
    let ground = ui.interact(plot.area, Id::unique("equaliser graph"), Sense::click());
    ground.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Add a band"));
    dynamics::threshold(ui, context, &plot.with_range_db(SPECTRUM_DB), &BANDS[*selected]);
    let (mut is_at_node, mut held) = (false, Vec::new());
    for (idx, band) in BANDS.iter().enumerate() {
        if band.is_on(context.desk) {
            let response = node(ui, context, &plot, band, *selected == idx);
            if handle::is_held(&response) {
                held.push(band);
                is_at_node |= response.hovered() || response.dragged();
                let is_clicked = response.clicked() || response.secondary_clicked();
                if is_clicked || response.dragged() || response.gained_focus() {
                    *selected = idx;
                }
            }
        }
    }
    // After all nodes, none of which may cover words.
    held.into_iter().for_each(|band| say(ui, context, &plot, band));
    ground_clicks(ui, context, &plot, &ground, selected);
    refusal(ui, context, &plot);
    if let Some(at) = ground.hover_pos().filter(|_| !is_at_node) {
        read_out(ui, context, &plot, &curves, at);
    }
}

/// How far the gain axis reaches: as far as the nodes do, but never does it change under a hand that drags.
fn span(ui: &Ui, desk: &Desk<'_>) -> (f64, f64) {
    let id = Id::unique("equaliser span");
    let before = ui.data(|data| data.get_temp::<usize>(id));
    if let Some(idx) = before.filter(|_| ui.input(|input| input.pointer.any_down())) {
        return SPANS_DB[idx];
    }
    let on = BANDS.iter().filter(|band| band.is_on(desk));
    let furthest = on.fold(0.0_f64, |furthest, band| furthest.max(band.gain_db(desk).abs()));
    let idx =
        SPANS_DB.iter().position(|(span_db, _)| furthest < *span_db).unwrap_or(SPANS_DB.len() - 1).max(1);
    ui.data_mut(|data| data.insert_temp(id, idx));
    SPANS_DB[idx]
}

/// Before, faint, and after, strong.
fn spectra(ui: &Ui, context: &PageContext<'_, '_>, plot: &Plot) {
    let theme = context.theme;
    let labels = [-90.0, -72.0, -54.0, -36.0, -18.0].map(|db| (plot.y_of_db(db), plot::signed(db)));
    for (y, label) in labels {
        plot::text(
            ui.painter(),
            pos2(plot.area.right() + 6.0, y),
            Align2::LEFT_CENTER,
            &label,
            theme.faint_text,
        );
    }
    let unit = pos2(plot.area.right() + 6.0, plot.area.top());
    plot::text(ui.painter(), unit, Align2::LEFT_TOP, "dBFS", theme.faint_text);
    let Some(spectra) = context.watch.spectra() else { return };
    let painter = plot.painter(ui);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let places = |frame, is_peak| plot.spectrum(pixels_per_point, frame, spectra.channels, is_peak);
    let input = places(&spectra.input, false);
    plot.fill(&painter, &input, -96.0, theme.input.gamma_multiply(0.22));
    let output = places(&spectra.output, false);
    plot.fill(&painter, &output, -96.0, theme.output.gamma_multiply(0.26));
    plot::line(&painter, input, 1.0, theme.input.gamma_multiply(0.55));
    plot::line(&painter, output, 1.2, theme.output.gamma_multiply(0.9));
    if context.view.spectrum.is_holding {
        plot::line(&painter, places(&spectra.output, true), 1.0, theme.output.gamma_multiply(0.5));
    }
}

fn draw_curves(ui: &Ui, context: &PageContext<'_, '_>, plot: &Plot, curves: &Curves, selected: usize) {
    let (theme, painter) = (context.theme, plot.painter(ui));
    let is_heard = !context.desk.settings().equaliser.bypass;
    let strength = if is_heard { 1.0 } else { 0.45 };
    let zero = plot.y_of_db(0.0);
    for (idx, band) in BANDS.iter().enumerate().filter(|(_, band)| band.is_on(context.desk)) {
        let is_selected = idx == selected;
        if band.is_flat(context.desk) {
            continue;
        }
        let share = if is_selected { 0.32 } else { 0.16 };
        plot::fill_to(&painter, &curves.bands[idx], zero, theme.change.gamma_multiply(share * strength));
        if is_selected {
            let colour = theme.change.gamma_multiply(0.75 * strength);
            plot::line(&painter, curves.bands[idx].clone(), 1.0, colour);
        }
        if let Some(moved) = &curves.moved[idx] {
            let stroke = Stroke::new(1.2, theme.change.gamma_multiply(0.8 * strength));
            painter.extend(Shape::dashed_line(moved, stroke, 3.0, 3.0));
        }
    }
    if let Some(side) = &curves.side {
        let stroke = Stroke::new(2.0, theme.text.gamma_multiply(0.8 * strength));
        painter.extend(Shape::dashed_line(side, stroke, 8.0, 4.0));
        let key = plot.area.right_bottom() - vec2(8.0, 8.0);
        plot::text(
            &painter,
            key,
            Align2::RIGHT_BOTTOM,
            "mid \u{2014}   side \u{2013} \u{2013}",
            theme.faint_text,
        );
    }
    plot::line(&painter, curves.mid.clone(), 2.2, theme.text.gamma_multiply(strength));
    if !is_heard {
        let at = plot.area.center_top() + vec2(0.0, 10.0);
        handle::tag(ui, theme, at, Align2::CENTER_TOP, "Bypassed: the curve is not heard", plot.area);
    }
}

fn node(
    ui: &mut Ui,
    context: &mut PageContext<'_, '_>,
    plot: &Plot,
    band: &'static Band,
    is_selected: bool,
) -> Response {
    let frequency = param(band.frequency);
    let share = band.share_of_gain();
    let x_of = |hz: f64| plot.x_of_hz(hz);
    let hz_of = |x: f32| plot.hz_of_x(x);
    let y_of = |gain_db: f64| plot.y_of_db(gain_db * share);
    let db_of = |y: f32| plot.db_of_y(y) / share;
    let axis = |param: &'static Param| param.min..=param.max;
    let handle = Handle {
        area: Rect::from_center_size(place(plot, band, context.desk), vec2(2.4, 2.4) * NODE_RADIUS),
        x: Some(Axis { param: frequency, limits: axis(frequency), to_screen: &x_of, from_screen: &hz_of }),
        y: band.gain.map(param).map(|gain| Axis {
            param: gain,
            limits: axis(gain),
            to_screen: &y_of,
            from_screen: &db_of,
        }),
        name: band.name,
    };
    let off = |desk: &mut Desk<'_>| desk.change(param(band.on), 0.0);
    let response = handle.show_with(ui, context.desk, off);
    wheel_and_keys(ui, context.desk, band, &response);
    menu::of_node(&response, context.desk, band);
    let text = band.text(context.desk);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text.as_str()));
    draw_node(ui, context, band, &response, place(plot, band, context.desk), is_selected);
    response
}

/// The place of a band's node, which never leaves the plot.
fn place(plot: &Plot, band: &Band, desk: &Desk<'_>) -> Pos2 {
    let edge = vec2(4.0, 4.0);
    let gain_db = band.gain_db(desk) * band.share_of_gain();
    pos2(plot.x_of_hz(desk.value(param(band.frequency))), plot.y_of_db(gain_db))
        .clamp(plot.area.min + edge, plot.area.max - edge)
}

/// The values of a band over its node.
fn say(ui: &Ui, context: &PageContext<'_, '_>, plot: &Plot, band: &Band) {
    let values = band.text(context.desk) + &dynamics::words(context, band);
    // A true minus, but not in the name.
    let values = values.replace(", ", "  \u{00b7}  ").replace('-', "\u{2212}");
    let words = format!("{}:  {values}", band.name);
    let above = place(plot, band, context.desk) - vec2(0.0, NODE_RADIUS + 6.0);
    handle::tag(ui, context.theme, above, Align2::CENTER_BOTTOM, &words, plot.area);
}

/// The wheel and the page keys turn Q, or the slope of a pass; delete turns the band off.
fn wheel_and_keys(ui: &Ui, desk: &mut Desk<'_>, band: &'static Band, response: &Response) {
    let presses = |key| ui.input(|input| input.num_presses(key) as f64);
    let now_s = ui.input(|input| input.time);
    let mut steps = if response.hovered() { ui.input(notches) } else { 0.0 };
    if response.has_focus() {
        steps += presses(Key::PageUp) - presses(Key::PageDown);
        if presses(Key::Delete) + presses(Key::Backspace) > 0.0 {
            desk.change(param(band.on), 0.0);
        }
    }
    if steps == 0.0 {
        return;
    }
    if let Some(q) = band.q.map(param) {
        let octaves = steps * OCTAVES_PER_NOTCH;
        desk.nudge(q, q.on_grid(desk.value(q) * octaves.exp2()), now_s);
    }
    if let Some(slope) = band.slope.map(param) {
        desk.nudge(slope, desk.value(slope) + steps.signum(), now_s);
    }
}

/// How far the wheel was turned, without the toolkit's smoothing.
fn notches(input: &egui::InputState) -> f64 {
    let turned = |event: &egui::Event| match event {
        egui::Event::MouseWheel { unit: egui::MouseWheelUnit::Point, delta, .. } => {
            f64::from(delta.y) / POINTS_PER_NOTCH
        }
        egui::Event::MouseWheel { delta, .. } => f64::from(delta.y),
        _ => 0.0,
    };
    input.events.iter().map(turned).sum()
}

fn draw_node(
    ui: &Ui,
    context: &PageContext<'_, '_>,
    band: &Band,
    response: &Response,
    at: Pos2,
    is_selected: bool,
) {
    let theme = context.theme;
    let is_strong = is_selected || handle::is_held(response);
    let radius = if handle::is_held(response) { NODE_RADIUS + 1.5 } else { NODE_RADIUS };
    let (ground, ink) =
        if is_strong { (theme.change, theme.well) } else { (theme.well.gamma_multiply(0.85), theme.change) };
    let painter = ui.painter();
    painter.circle(at, radius, ground, Stroke::new(1.6, theme.change));
    if response.has_focus() {
        painter.circle_stroke(at, radius + 3.0, Stroke::new(1.5, theme.text));
    }
    painter.text(at, Align2::CENTER_CENTER, band.mark, FontId::proportional(11.0), ink);
}

/// A double click on the ground turns a bell on there, and a click with the other button offers what is off.
fn ground_clicks(
    ui: &Ui,
    context: &mut PageContext<'_, '_>,
    plot: &Plot,
    ground: &Response,
    selected: &mut usize,
) {
    let place = |at: Pos2| (plot.hz_of_x(at.x), plot.db_of_y(at.y));
    // Where the menu was opened, which the pointer leaves.
    let id = ground.id.with("menu");
    if let Some(at) = ground.interact_pointer_pos().filter(|_| ground.secondary_clicked()) {
        ui.data_mut(|data| data.insert_temp(id, at));
    }
    let menu_place = || ui.data(|data| data.get_temp::<Pos2>(id)).map(place);
    if let Some(idx) = menu::of_ground(ground, context.desk, menu_place) {
        *selected = idx;
    }
    let Some(at) = ground.interact_pointer_pos().filter(|_| ground.double_clicked()) else { return };
    let (frequency_hz, gain_db) = place(at);
    match turn_next_on(context.desk, frequency_hz, gain_db) {
        Some(idx) => *selected = idx,
        None => {
            let now_s = ui.input(|input| input.time);
            ui.data_mut(|data| data.insert_temp(refused_id(), now_s));
        }
    }
}

/// When the last double click found no bell.
fn refused_id() -> Id {
    Id::unique("equaliser has no bell left")
}

/// Says for a while why a double click did nothing.
fn refusal(ui: &mut Ui, context: &PageContext<'_, '_>, plot: &Plot) {
    let since = ui.data(|data| data.get_temp::<f64>(refused_id()));
    if since.is_some_and(|since| ui.input(|input| input.time) - since < REFUSAL_S) {
        let at = plot.area.center_bottom() - vec2(0.0, 12.0);
        let words = "All four bells are at work: double-click one to turn it off";
        let place = handle::tag(ui, context.theme, at, Align2::CENTER_BOTTOM, words, plot.area);
        meter::shown(ui, place, words);
    }
}

fn read_out(ui: &Ui, context: &PageContext<'_, '_>, plot: &Plot, curves: &Curves, at: Pos2) {
    let frequency_hz = plot.hz_of_x(at.x);
    let gain_db = curves.response.gains_db(frequency_hz)[0];
    let mut words = format!("{}   curve {gain_db:+.1} dB", plot::hz_text(frequency_hz));
    if let Some(spectra) = context.watch.spectra() {
        let level = plot::level_at(&spectra.output, spectra.channels, frequency_hz);
        words += &format!("   spectrum {level:.1} dBFS");
    }
    plot.read_out(ui, context.theme, at, &words.replace('-', "\u{2212}"));
}
