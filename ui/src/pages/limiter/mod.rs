//! Limiter: what went in and came out of late, the ceiling, the gain into it, and the dither behind it.

mod history;

pub use history::recent;

use super::parts::{self, GAP, figure, figure_text};
use crate::editor::PageContext;
use crate::theme::Theme;
use crate::widgets;
use egui::{Rect, Ui, Vec2};
use lacquer_dsp::meter::{Dbtp, Lufs};
use lacquer_dsp::settings::Module;

/// What the controls under the plot need.
const FOOT_HEIGHT: f32 = 176.0;

/// The width of the figures beside the plot.
const FIGURES_WIDTH: f32 = 148.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    widgets::module_bar(ui, context, Module::Limiter);
    let rect = parts::plot_over(ui, FOOT_HEIGHT);
    let (plot, figures) = rect.split_left_right_at_x(rect.right() - FIGURES_WIDTH - GAP);
    let span_s = history::span_s(ui);
    history::show(ui, context, plot, span_s);
    let figures = Rect::from_min_max(figures.min + Vec2::new(GAP, 0.0), figures.max);
    let theme = context.theme;
    parts::card_in(ui, theme, figures, |ui| read_outs(ui, context, span_s));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let height = FOOT_HEIGHT.min(ui.available_height());
        let dither_width = 276.0;
        let width = ui.available_width() - dither_width - GAP;
        parts::card(ui, theme, Vec2::new(width, height), |ui| controls(ui, context));
        parts::card(ui, theme, Vec2::new(dither_width, height), |ui| {
            widgets::module_bar(ui, context, Module::Dither);
            widgets::choice(ui, context, "dither.kind");
            parts::values(ui, context, &[("Bits", "dither.bits")]);
            parts::hint(
                ui,
                theme,
                "Rounds to the whole numbers of a file. Leave it off while other processing follows.",
            );
        });
    });
}

fn controls(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let theme = context.theme;
    ui.horizontal(|ui| {
        parts::heading(ui, theme, "Gain into the limiter");
        widgets::slider(ui, context, "loudness.gain_db");
        widgets::switch(ui, context, "loudness.bypass");
    });
    ui.add_space(GAP);
    ui.horizontal_top(|ui| {
        parts::knobs(ui, context, &[("Ceiling", "limiter.ceiling_dbtp"), ("Release", "limiter.release_ms")]);
        ui.vertical(|ui| {
            parts::hint(ui, theme, "Character");
            widgets::choice(ui, context, "limiter.character");
            parts::hint(ui, theme, "How a reduction is let go.");
        });
        let links = [
            ("Transient link", "limiter.transient_link_percent"),
            ("Release link", "limiter.release_link_percent"),
        ];
        parts::knobs(ui, context, &links);
    });
}

/// The figures beside the plot.
fn read_outs(ui: &mut Ui, context: &PageContext<'_, '_>, span_s: f64) {
    let theme = context.theme;
    let meters = &context.watch.calm().meters;
    let now_db = f64::from(meters.reductions.limiter_db);
    let most_db = history::recent(context.watch, span_s)
        .map(|(_, point)| f64::from(point.reductions.limiter_db))
        .fold(now_db, f64::max);
    let peak = meters.output.true_peak_dbtp.map(|Dbtp(peak)| peak);
    let ceiling_dbtp = context.desk.settings().limiter.ceiling_dbtp;
    let is_over = peak.is_some_and(|peak| peak > ceiling_dbtp + 0.005);
    let lufs = |figure: Option<Lufs>| figure_text(figure.map(|Lufs(lufs)| lufs), "LUFS");
    let momentary = lufs(meters.output.momentary_lufs);
    let integrated = lufs(meters.output.integrated_lufs);
    let span = format!("Most in {span_s:.0} s");
    let peak_caption = if is_over { "True peak, above the ceiling" } else { "True peak" };
    let peak_colour = if is_over { theme.alarm } else { theme.text };
    let rows: [(&str, String, _); 5] = [
        ("Reduction", figure_text(Some(-now_db), "dB"), theme.change),
        (&span, figure_text(Some(-most_db), "dB"), theme.change),
        (peak_caption, figure_text(peak, "dBTP"), peak_colour),
        ("Momentary loudness", momentary, theme.text),
        ("Integrated loudness", integrated, theme.text),
    ];
    figures(ui, theme, &rows);
}

/// Figures spread over the height that there is.
fn figures(ui: &mut Ui, theme: &Theme, rows: &[(&str, String, egui::Color32)]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let each = ui.available_height() / rows.len() as f32;
    for (caption, text, colour) in rows {
        let top = ui.cursor().top();
        figure(ui, theme, caption, text, *colour);
        ui.add_space((top + each - ui.cursor().top()).max(0.0));
    }
}
