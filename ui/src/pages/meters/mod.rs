//! Every meter: loudness as EBU Tech 3341 wants it, levels, stereo image, spectrum and spectrogram, and the history of loudness.

mod figures;
mod history;
mod image;
mod scale;
mod spectrum;

pub(super) use image::goniometer;

use crate::editor::PageContext;
use crate::watch::Want;
use crate::widgets::{self, meter, spectrum_options};
use egui::{Rect, Ui, UiBuilder, pos2, vec2};

const GAP: f32 = 8.0;

/// Widths of the columns of figures and of bars, in points.
const FIGURES_WIDTH: f32 = 224.0;
const BARS_WIDTH: f32 = 216.0;

/// Height of the row of buttons at the top.
const BUTTONS_HEIGHT: f32 = 28.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    for want in [Want::Spectra, Want::Spectrogram, Want::Image] {
        context.watch.want(want);
    }
    let room = ui.available_rect_before_wrap();
    let top = Rect::from_min_size(room.min, vec2(room.width(), BUTTONS_HEIGHT));
    buttons(&mut ui.new_child(UiBuilder::new().max_rect(top)), context);
    let room = Rect::from_min_max(pos2(room.left(), top.bottom() + GAP), room.max);
    let history_height = (0.26 * room.height()).max(128.0);
    let upper = Rect::from_min_max(room.min, pos2(room.right(), room.bottom() - history_height - GAP));
    let lower = Rect::from_min_max(pos2(room.left(), upper.bottom() + GAP), room.max);
    let figures = Rect::from_min_size(upper.min, vec2(FIGURES_WIDTH, upper.height()));
    figures::show(ui, context, figures);
    let bars = Rect::from_min_size(figures.right_top() + vec2(GAP, 0.0), vec2(BARS_WIDTH, upper.height()));
    bars_panel(ui, context, bars);
    let pictures = Rect::from_min_max(bars.right_top() + vec2(GAP, 0.0), upper.max);
    let image_width = (0.42 * pictures.width()).clamp(150.0, 340.0);
    let image_left = pictures.right() - image_width;
    let spectra = Rect::from_min_max(pictures.min, pos2(image_left - GAP, pictures.bottom()));
    spectrum::show(ui, context, spectra);
    image::show(ui, context, Rect::from_min_max(pos2(image_left, pictures.top()), pictures.max));
    history::show(ui, context, lower);
    ui.advance_cursor_after_rect(Rect::from_min_max(top.min, lower.max));
}

/// The ground of a group, and the place within it.
fn panel(ui: &Ui, context: &PageContext<'_, '_>, rect: Rect) -> Rect {
    ui.painter().rect_filled(rect, 6.0, context.theme.panel);
    rect.shrink(GAP)
}

/// Start, pause and reset of the measurement, and the scale.
fn buttons(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    ui.horizontal_centered(|ui| {
        let is_measuring = context.desk.host.is_measuring();
        let (word, help) = if is_measuring {
            ("Pause", "Lets the measurement stand still; it goes on from here")
        } else {
            ("Start", "Lets the measurement go on")
        };
        if ui.button(word).on_hover_text(help).clicked() {
            context.desk.host.set_measuring(!is_measuring);
        }
        if ui.button("Reset").on_hover_text("Lets loudness, range, peaks and counts begin anew").clicked() {
            context.desk.host.reset_meters();
            context.watch.reset_peaks();
        }
        if context.desk.host.has_transport() {
            let is_on = context.view.is_reset_on_play;
            let button = widgets::toggle(ui, context.theme, "Reset on play", "On play", is_on);
            if button
                .on_hover_text("Lets the measurement begin anew whenever the host starts to play")
                .clicked()
            {
                context.view.is_reset_on_play = !is_on;
            }
        }
        if !is_measuring {
            ui.colored_label(context.theme.change, "Paused");
        }
        ui.separator();
        let (view, theme) = (&mut *context.view, context.theme);
        let mut scale = usize::from(view.is_plus_18);
        widgets::choice_of(ui, theme, "Scale", &["EBU +9", "EBU +18"], &mut scale)
            .on_hover_text("What the scale spans: 18 LU below the target to 9 LU above it, or twice as far");
        view.is_plus_18 = scale == 1;
        let mut unit = usize::from(!view.is_absolute);
        widgets::choice_of(ui, theme, "Unit", &["LUFS", "LU"], &mut unit)
            .on_hover_text("Loudness relative to full scale, or to the target");
        view.is_absolute = unit == 0;
        ui.separator();
        let target = format!("Target {} LUFS", meter::number(Some(view.target_lufs), 1));
        ui.label(egui::RichText::new(target).color(theme.faint_text));
        ui.separator();
        ui.label(egui::RichText::new("Spectrum").color(theme.faint_text));
        spectrum_options::switches(ui, context);
    });
}

/// Loudness on the EBU scale, levels, and what the modules take.
fn bars_panel(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let rect = panel(ui, context, rect);
    let reductions_height = 5.0 * 24.0;
    let bars = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - reductions_height - GAP));
    let loudness = Rect::from_min_size(bars.min, vec2(92.0, bars.height()));
    scale::show(ui, context, loudness);
    let theme = context.theme;
    let levels = *context.watch.levels();
    let at = |left: f32, width: f32| {
        Rect::from_min_size(pos2(bars.left() + left, bars.top()), vec2(width, bars.height()))
    };
    let input = meter::levels(ui, theme, at(100.0, 35.0), "Input", &levels.input, theme.input);
    let output = meter::levels(ui, theme, at(165.0, 35.0), "Output", &levels.output, theme.output);
    meter::level_scale(ui, theme, at(135.0, 30.0));
    if input.clicked() || output.clicked() {
        context.watch.reset_peaks();
    }
    let reductions = context.watch.meters().reductions;
    let bands = reductions
        .multiband_db
        .into_iter()
        .fold(0.0, |most: f32, db| if db.abs() > most.abs() { db } else { most });
    let rows = [
        ("Gate", reductions.gate_db),
        ("De-esser", reductions.de_esser_db),
        ("Leveller", -reductions.leveller_gain_db),
        ("Multiband, most", bands),
        ("Limiter", reductions.limiter_db),
    ];
    for (idx, (name, taken_db)) in rows.into_iter().enumerate() {
        let at = pos2(rect.left(), bars.bottom() + GAP + idx as f32 * 24.0);
        meter::reduction(ui, theme, Rect::from_min_size(at, vec2(rect.width(), 20.0)), name, taken_db);
    }
}
