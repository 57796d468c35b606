//! Exciter: the band that harmonics are made of and the tone that they get, over the spectrum; the curve and what it makes of a sine.

use super::live;
use super::parts::{self, GAP};
use super::plane::{self, Plane, SMALL, Scale};
use crate::desk::param;
use crate::editor::PageContext;
use crate::widgets::{self, handle, plot};
use egui::{Align2, FontId, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use lacquer_dsp::modules::exciter::curve::{NUM_HARMONICS, harmonic_gains, shaped};
use lacquer_dsp::modules::exciter::{focus_db, tone_db};
use lacquer_dsp::settings::{ExciterSettings, Module};
use lacquer_dsp::units::{db_to_gain, gain_to_db};

/// What curve, harmonics and knobs need.
const FOOT_HEIGHT: f32 = 222.0;

/// The sine of the picture, where no sound is.
const USUAL_LEVEL_DB: f64 = -18.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    widgets::module_bar(ui, context, Module::Exciter);
    let rect = parts::plot_over(ui, FOOT_HEIGHT);
    spectrum(ui, context, rect);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let side = FOOT_HEIGHT.min(ui.available_height());
        curve(ui, context, Vec2::splat(side));
        harmonics(ui, context, Vec2::new(side * 1.3, side));
        let size = Vec2::new(ui.available_width(), side);
        let theme = context.theme;
        parts::card(ui, theme, size, |ui| {
            parts::heading(ui, theme, "Harmonics");
            let made = [
                ("Drive", "exciter.drive_db"),
                ("Even/odd", "exciter.even_percent"),
                ("Mix", "exciter.mix_percent"),
            ];
            parts::knobs(ui, context, &made);
            let band = [
                ("Focus from", "exciter.focus_hz"),
                ("Focus to", "exciter.focus_high_hz"),
                ("Tone", "exciter.tone_hz"),
            ];
            parts::knobs(ui, context, &band);
        });
    });
}

fn sample_rate_hz(context: &PageContext<'_, '_>) -> f64 {
    context.desk.host.audio_format().map_or(48_000.0, |format| format.sample_rate_hz)
}

/// Focus and tone over the live spectrum.
fn spectrum(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let theme = context.theme;
    let plane = Plane { rect, x: Scale::FREQUENCY, y: Scale::linear(-90.0, 6.0) };
    plane.ground(ui, theme);
    plane.x_grid(ui, theme, plane::frequency_lines());
    plane.y_grid(ui, theme, plane::level_lines(-72, 0, 12, "dB"));
    live::spectra(ui, theme, &plane, context.watch);
    let settings = context.desk.settings().exciter;
    let rate_hz = sample_rate_hz(context);
    // On a scale of their own, on which the eye sees where the edges bend.
    let responses = Plane { y: Scale::linear(-36.0, 8.0), ..plane };
    let focus = |hz: f64| focus_db(&settings, hz, rate_hz);
    let ground = rect.bottom();
    let line: Vec<_> = (0..=(rect.width() / 2.0) as usize)
        .map(|n| rect.left() + 2.0 * n as f32)
        .map(|x| Pos2::new(x, responses.y(focus(plane.x_value(x))).min(ground)))
        .collect();
    let painter = plane.painter(ui);
    plot::fill_to(&painter, &line, ground, theme.change.gamma_multiply(live::GROUND));
    responses.line(ui, Stroke::new(2.0, theme.change), focus);
    responses.line(ui, Stroke::new(1.5, theme.good), |hz| tone_db(&settings, hz, rate_hz));
    let edges = [
        ("exciter.focus_hz", 200.0..=settings.focus_high_hz, "from", 0),
        ("exciter.focus_high_hz", settings.focus_hz..=20_000.0, "to", 1),
        ("exciter.tone_hz", 1000.0..=20_000.0, "tone", 2),
    ];
    for (id, limits, word, row) in edges {
        let param = param(id);
        let limits = limits.start().max(param.min)..=limits.end().min(param.max);
        let colour = if word == "tone" { theme.good } else { theme.change };
        let drawn = (context.desk.value(param), limits);
        let response = plane::drag_x(ui, context.desk, &plane, param, drawn);
        let x = plane.x(context.desk.value(param));
        ui.painter().vline(x, rect.y_range(), plane::grip_stroke(&response, colour));
        // Each has its own height, so that words of lines that meet do not hide each other.
        let at = Pos2::new(x, rect.top() + 4.0 + 20.0 * row as f32);
        let text = format!("{word} {}", param.to_text(context.desk.value(param)));
        handle::tag(ui, theme, at, Align2::CENTER_TOP, &text, rect);
    }
}

/// The level of a sine as loud as the focused band is now, dBFS, and whether there is such a sound.
fn sine_level_db(context: &PageContext<'_, '_>) -> (f64, bool) {
    let settings = &context.desk.settings().exciter;
    let level_db =
        live::input_level_db(context.watch, settings.focus_hz, settings.focus_high_hz.max(settings.focus_hz));
    (level_db.unwrap_or(USUAL_LEVEL_DB).min(0.0), level_db.is_some())
}

/// How far into the curve a sine of a level is driven, 1 being full scale, where it is held.
fn driven(settings: &ExciterSettings, level_db: f64) -> f32 {
    db_to_gain(level_db + settings.drive_db).min(1.0) as f32
}

/// What comes out of the band for what goes in: the straight line and the harmonics' share of the curve.
fn curve(ui: &mut Ui, context: &PageContext<'_, '_>, size: Vec2) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let theme = context.theme;
    let settings = &context.desk.settings().exciter;
    let scale = Scale::linear(-1.0, 1.0);
    let plane = Plane { rect, x: scale, y: scale };
    plane.ground(ui, theme);
    let lines = || [-0.5, 0.0, 0.5].map(|value: f64| (value, format!("{value}").replace('-', "\u{2212}")));
    plane.x_grid(ui, theme, lines());
    plane.y_grid(ui, theme, lines());
    plane.line(ui, Stroke::new(1.0, theme.edge), |x| x);
    let (even, mix) = (0.01 * settings.even_percent as f32, 0.01 * settings.mix_percent);
    let held = |x: f64| x.clamp(-1.0, 1.0) as f32;
    plane.line(ui, Stroke::new(1.5, theme.change), |x| mix * f64::from(shaped(held(x), even)));
    plane.line(ui, Stroke::new(2.0, theme.output), |x| x + mix * f64::from(shaped(held(x), even)));
    let reach = f64::from(driven(settings, sine_level_db(context).0));
    for end in [-reach, reach] {
        ui.painter().vline(plane.x(end), rect.y_range(), Stroke::new(1.0, theme.input));
    }
    let font = FontId::proportional(SMALL);
    let at = rect.left_top() + Vec2::new(6.0, 4.0);
    ui.painter().text(at, Align2::LEFT_TOP, "Curve", font, theme.text);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Curve of the exciter"));
    let words = "What comes out of the driven band (blue) for what goes in, and the harmonics alone (orange). \
                 The upright lines are how far the band reaches now.";
    response.on_hover_text(words);
}

/// The levels of the harmonics of a sine as loud as the focused band.
fn harmonics(ui: &mut Ui, context: &PageContext<'_, '_>, size: Vec2) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let theme = context.theme;
    let settings = &context.desk.settings().exciter;
    let (level_db, is_live) = sine_level_db(context);
    let plane = Plane { rect, x: Scale::linear(0.9, 7.6), y: Scale::linear(-96.0, 16.0) };
    plane.ground(ui, theme);
    plane.y_grid(ui, theme, plane::level_lines(-72, 0, 24, "dB"));
    let levels = |amplitude: f32| {
        let mix = 0.01 * settings.mix_percent;
        harmonic_gains(amplitude, 0.01 * settings.even_percent as f32)
            .map(|gain| gain_to_db(mix * f64::from(gain.abs())))
    };
    let (now, most) = (levels(driven(settings, level_db)), levels(1.0));
    let mut words = Vec::new();
    for idx in 1..NUM_HARMONICS {
        let order = idx as f64 + 1.0;
        let bar = |level_db: f64| {
            let top = plane.y(level_db).clamp(rect.top(), rect.bottom());
            Rect::from_x_y_ranges(plane.x(order - 0.28)..=plane.x(order + 0.28), top..=rect.bottom())
        };
        let is_audible = now[idx] > plane.y.from;
        if is_audible {
            ui.painter().rect_filled(bar(now[idx]), 2.0, theme.change.gamma_multiply(0.75));
        }
        if most[idx] > plane.y.from {
            let top = bar(most[idx]);
            ui.painter().hline(top.x_range(), top.top(), Stroke::new(1.5, theme.faint_text));
        }
        let text = if is_audible {
            format!("{:.0}", now[idx]).replace('-', "\u{2212}")
        } else {
            "\u{2013}".to_owned()
        };
        let font = FontId::proportional(SMALL);
        let top = if is_audible { bar(now[idx].max(most[idx])).top() } else { rect.bottom() - 18.0 };
        let at = Pos2::new(plane.x(order), (top - 2.0).min(rect.bottom() - 18.0));
        ui.painter().text(at, Align2::CENTER_BOTTOM, &text, font.clone(), theme.text);
        let foot = Pos2::new(plane.x(order), rect.bottom() - 2.0);
        ui.painter().text(foot, Align2::CENTER_BOTTOM, format!("H{}", idx + 1), font, theme.text);
        words.push(format!("harmonic {}: {text} dB", idx + 1));
    }
    let heading = if is_live {
        format!("Harmonics, band at {level_db:.0} dB")
    } else {
        format!("Harmonics of a sine at {level_db:.0} dB")
    };
    let at = rect.left_top() + Vec2::new(6.0, 4.0);
    ui.painter().text(
        at,
        Align2::LEFT_TOP,
        heading.replace('-', "\u{2212}"),
        FontId::proportional(SMALL),
        theme.text,
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Levels of the harmonics"));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(words.join(", ")));
    let words = "What is added to a sine as loud as the focused band is now, under that sine. \
                 The lines are the most that this balance makes.";
    response.on_hover_text(words);
}
