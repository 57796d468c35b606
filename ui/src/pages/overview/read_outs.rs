//! The large figures, and the button that brings them to the target.

use super::{card, matching};
use crate::editor::PageContext;
use crate::style::{CONTROL_POINTS, GRID, HUGE_POINTS, LARGE_POINTS, TITLE_POINTS};
use crate::theme::Theme;
use crate::widgets::meter::{Figure, number};
use egui::{Align, Button, Color32, Layout, Rect, RichText, Ui, UiBuilder, pos2, vec2};
use lacquer_dsp::meter::{Dbtp, Lufs};

/// Within this distance of the target a programme meets it.
const TOLERANCE_LU: f64 = 0.5;

/// A true peak may exceed the target by what rounding its figure hides.
const PEAK_TOLERANCE_DB: f64 = 0.05;

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let width = (rect.width() - 3.0 * GRID) / 13.0;
    let mut left = rect.left();
    let mut next = |shares: f32| {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(shares * width, rect.height()));
        left += shares * width + GRID;
        place
    };
    integrated(ui, context, next(4.0));
    short_term(ui, context, next(2.0));
    true_peak(ui, context, next(3.5));
    match_button(ui, context, next(3.5));
}

/// What a figure says about the target: a colour, and the same in words.
struct Verdict {
    colour: Color32,
    words: String,
}

fn loudness_verdict(theme: &Theme, lufs: Option<Lufs>, target_lufs: f64) -> Verdict {
    let Some(Lufs(lufs)) = lufs.filter(|lufs| lufs.0.is_finite()) else {
        return Verdict { colour: theme.text, words: "nothing heard yet".to_owned() };
    };
    let distance = lufs - target_lufs;
    let words = match distance {
        d if d.abs() <= TOLERANCE_LU => "\u{2714} on target".to_owned(),
        d if d > 0.0 => format!("{d:.1} LU above the target"),
        d => format!("{:.1} LU below the target", -d),
    };
    let colour = if distance.abs() <= TOLERANCE_LU { theme.good } else { theme.text };
    Verdict { colour, words }
}

fn peak_verdict(theme: &Theme, peak: Option<Dbtp>, target_dbtp: f64) -> Verdict {
    let Some(Dbtp(peak)) = peak.filter(|peak| peak.0.is_finite()) else {
        return Verdict { colour: theme.text, words: "nothing heard yet".to_owned() };
    };
    if peak > target_dbtp + PEAK_TOLERANCE_DB {
        let words = format!("\u{26a0} {:.1} dB over the target", peak - target_dbtp);
        return Verdict { colour: theme.alarm, words };
    }
    let words = format!("\u{2714} {:.1} dB under the target", (target_dbtp - peak).max(0.0));
    Verdict { colour: theme.good, words }
}

fn integrated(ui: &mut Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let lufs = context.watch.calm().meters.output.integrated_lufs;
    let verdict = loudness_verdict(context.theme, lufs, context.view.target_lufs);
    let figure = Figure {
        name: "Integrated loudness",
        value: number(lufs.map(|lufs| lufs.0), 1),
        unit: "LUFS",
        help: "Gated loudness of everything since the reset (BS.1770).",
        colour: verdict.colour,
        note: "",
    };
    large(ui, context, rect, &figure, HUGE_POINTS, &verdict.words);
}

fn short_term(ui: &mut Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let lufs = context.watch.calm().meters.output.short_term_lufs;
    let figure = Figure {
        name: "Short-term",
        value: number(lufs.map(|lufs| lufs.0), 1),
        unit: "LUFS",
        help: "Loudness of the last 3 s.",
        colour: context.theme.text,
        note: "",
    };
    large(ui, context, rect, &figure, LARGE_POINTS, "last 3 s");
}

fn true_peak(ui: &mut Ui, context: &PageContext<'_, '_>, rect: Rect) {
    let peak = context.watch.calm().meters.output.true_peak_dbtp;
    let verdict = peak_verdict(context.theme, peak, context.view.target_peak_dbtp);
    let figure = Figure {
        name: "Highest true peak",
        value: number(peak.map(|peak| peak.0), 1),
        unit: "dBTP",
        help: "The highest peak between samples since the reset (BS.1770 annex 2).",
        colour: verdict.colour,
        note: "",
    };
    large(ui, context, rect, &figure, HUGE_POINTS, &verdict.words);
}

/// A figure with a line of words under it.
fn large(
    ui: &mut Ui,
    context: &PageContext<'_, '_>,
    rect: Rect,
    figure: &Figure<'_>,
    size: f32,
    words: &str,
) {
    let inner = card(ui, context, rect);
    let over = Rect::from_min_max(inner.min, inner.max - vec2(0.0, 22.0));
    figure.large(ui, context.theme, over, size);
    let place = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 18.0), inner.max);
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)));
    child.add(
        egui::Label::new(RichText::new(words).size(CONTROL_POINTS).color(context.theme.faint_text))
            .truncate(),
    );
}

fn match_button(ui: &mut Ui, context: &mut PageContext<'_, '_>, rect: Rect) {
    let inner = card(ui, context, rect);
    let theme = context.theme;
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 4.0;
    let found = matching::of(context);
    let words = match &found {
        Ok((_, moved_db)) => {
            let target = number(Some(context.view.target_lufs), 1);
            let sign = if *moved_db < 0.0 { "" } else { "+" };
            format!("{sign}{} dB of gain to {target} LUFS", number(Some(*moved_db), 1))
        }
        Err(missing) => missing.to_string(),
    };
    let mut is_clicked = false;
    let mut is_reset = false;
    child.horizontal(|ui| {
        let text = RichText::new("Match").size(TITLE_POINTS).color(theme.text);
        let button = Button::new(text).min_size(vec2(112.0, 34.0)).fill(theme.output.gamma_multiply(0.4));
        let response = ui.add_enabled(found.is_ok(), button).on_hover_text(
            "Sets the loudness gain so that what was measured meets the target, and the ceiling under its true peak. One step of undo; then the meters begin anew.",
        );
        is_clicked = response.clicked();
        let reset = ui.add(Button::new("Reset").min_size(vec2(56.0, 34.0)));
        is_reset = reset.on_hover_text("Let loudness and peaks begin anew.").clicked();
    });
    child.add_space(2.0);
    child.add(egui::Label::new(RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text)).wrap());
    if let Some(format) = context.desk.host.audio_format() {
        let heard_s = context.watch.calm().meters.output.num_frames as f64 / format.sample_rate_hz;
        let words = format!("Measured over {}:{:02} min", heard_s as u64 / 60, heard_s as u64 % 60);
        child.label(RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text));
    }
    if let (true, Ok((settings, _))) = (is_clicked, found) {
        context.desk.apply(&settings, "Match");
    }
    if is_clicked || is_reset {
        context.desk.host.reset_meters();
        context.watch.reset_peaks();
    }
}
