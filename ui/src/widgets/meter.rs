//! Meters: level bars with held peaks and marks of clipping, bars of gain reduction, and figures that a screen reader reads too.

use super::plot;
use crate::theme::Theme;
use crate::watch::Needle;
use egui::{Align2, Color32, FontId, Id, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// The quietest level that a bar shows, dBFS.
pub const LEVEL_FLOOR_DBFS: f64 = -60.0;

/// What a bar of gain reduction reaches to, dB.
pub const REDUCTION_SPAN_DB: f32 = 12.0;

/// What stands for a value that does not exist.
pub const DASH: &str = "\u{2013}";

const MARK_HEIGHT: f32 = 16.0;

/// Room below level bars for what they are of.
const FOOT_HEIGHT: f32 = 30.0;

/// A number as it is read, with the minus that is as wide as the plus; a dash where there is none, and in digital silence
/// `-∞`.
#[must_use]
pub fn number(value: Option<f64>, decimals: usize) -> String {
    match value {
        None => DASH.to_owned(),
        Some(value) if value == f64::NEG_INFINITY => "\u{2212}\u{221e}".to_owned(),
        Some(value) => {
            let text = format!("{value:.decimals$}");
            // What rounds to nothing has no sign.
            let is_zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
            if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "\u{2212}") }
        }
    }
}

/// The share of a level bar's height that a level fills.
#[must_use]
pub fn level_share(level_dbfs: f64) -> f32 {
    (1.0 - level_dbfs / LEVEL_FLOOR_DBFS).clamp(0.0, 1.0) as f32
}

/// A place that shows something: a screen reader is told `words`, which differ on a page.
pub fn shown(ui: &mut Ui, rect: Rect, words: &str) -> Response {
    shown_as(ui, rect, words, words)
}

/// The same where the words change: `name` does not.
fn shown_as(ui: &mut Ui, rect: Rect, name: &str, words: &str) -> Response {
    let response = ui.interact(rect, Id::unique(("shown", name)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    response
}

/// The levels of two channels: bars, held peaks, a mark that stays once full scale was passed, and the highest since the
/// reset above. A click lets the marks go, which the caller sees in the response.
pub fn levels(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    name: &str,
    needles: &[Needle; 2],
    colour: Color32,
) -> Response {
    let response = ui.interact(rect, Id::unique(("levels", name)), Sense::click());
    let highest = needles.iter().filter_map(|needle| needle.highest_dbfs).reduce(f64::max);
    let is_over = needles.iter().any(Needle::is_over);
    let words = format!(
        "{name} level, highest {} dBFS{}",
        number(highest, 1),
        if is_over { ", over full scale" } else { "" }
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    let mark = Rect::from_min_size(rect.min, vec2(rect.width(), MARK_HEIGHT));
    let (ground, ink) = if is_over { (theme.alarm, theme.well) } else { (theme.well, theme.text) };
    let figure = if is_over { format!("+{}!", number(highest, 1)) } else { number(highest, 1) };
    ui.painter().rect_filled(mark, 3.0, ground);
    ui.painter().text(mark.center(), Align2::CENTER_CENTER, figure, FontId::proportional(11.5), ink);
    let bars = Rect::from_min_max(pos2(rect.left(), mark.bottom() + 3.0), rect.max - vec2(0.0, FOOT_HEIGHT));
    let width = (rect.width() - 3.0) / 2.0;
    for (channel, needle) in needles.iter().enumerate() {
        let left = rect.left() + channel as f32 * (width + 3.0);
        level_bar(ui, theme, Rect::from_x_y_ranges(left..=left + width, bars.y_range()), needle, colour);
        let at = pos2(left + width / 2.0, bars.bottom() + 2.0);
        plot::text(ui.painter(), at, Align2::CENTER_TOP, ["L", "R"][channel], theme.faint_text);
    }
    plot::text(ui.painter(), rect.center_bottom(), Align2::CENTER_BOTTOM, name, theme.faint_text);
    response.on_hover_text(format!(
        "{name} level in dBFS: sample peaks, the line shows the highest of late, the figure the highest since the reset. Click to let them go."
    ))
}

/// What a bar fills.
pub fn well(painter: &egui::Painter, theme: &Theme, rect: Rect) {
    painter.rect(rect, 2.0, theme.well, Stroke::new(1.0, theme.grid), egui::StrokeKind::Inside);
}

fn level_bar(ui: &Ui, theme: &Theme, rect: Rect, needle: &Needle, colour: Color32) {
    let painter = ui.painter();
    well(painter, theme, rect);
    let y = |level: f64| rect.bottom() - level_share(level) * rect.height();
    if let Some(level) = needle.level_dbfs {
        painter.rect_filled(Rect::from_x_y_ranges(rect.x_range(), y(level)..=rect.bottom()), 2.0, colour);
    }
    if let Some(held) = needle.held_dbfs.filter(|held| *held > LEVEL_FLOOR_DBFS) {
        let held_colour = if held > 0.0 { theme.alarm } else { theme.text };
        painter.hline(rect.x_range(), y(held).max(rect.top() + 1.0), Stroke::new(2.0, held_colour));
    }
}

/// The scale beside level bars that [`levels`] draws in a rectangle of the same height.
pub fn level_scale(ui: &Ui, theme: &Theme, rect: Rect) {
    let (top, bottom) = (rect.top() + MARK_HEIGHT + 3.0, rect.bottom() - FOOT_HEIGHT);
    for level in [0.0, -6.0, -12.0, -18.0, -24.0, -36.0, -48.0, -60.0] {
        let y = bottom - level_share(level) * (bottom - top);
        plot::text(
            ui.painter(),
            pos2(rect.center().x, y),
            Align2::CENTER_CENTER,
            &plot::signed(level),
            theme.faint_text,
        );
    }
    plot::text(ui.painter(), rect.center_top(), Align2::CENTER_TOP, "dBFS", theme.faint_text);
}

/// A bar of what a module takes, growing from the right; what it adds grows from the left. With name and figure.
pub fn reduction(ui: &mut Ui, theme: &Theme, rect: Rect, name: &str, taken_db: f32) -> Response {
    let figure = if taken_db.abs() < 0.05 {
        "0.0 dB".to_owned()
    } else {
        format!("{} dB", number(Some(f64::from(-taken_db)), 1))
    };
    let response = shown_as(ui, rect, name, &format!("{name}: {figure}"));
    let painter = ui.painter();
    plot::text(painter, rect.left_top(), Align2::LEFT_TOP, name, theme.faint_text);
    plot::text(painter, rect.right_top(), Align2::RIGHT_TOP, &figure, theme.text);
    let bar = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 6.0), rect.max);
    well(painter, theme, bar);
    let width = (taken_db.abs() / REDUCTION_SPAN_DB).min(1.0) * bar.width();
    let filled =
        if taken_db > 0.0 { bar.right() - width..=bar.right() } else { bar.left()..=bar.left() + width };
    painter.rect_filled(Rect::from_x_y_ranges(filled, bar.y_range()), 2.0, theme.change);
    response
}

/// A figure with its name, as a line of a table; what is remarkable about it is also said by `note`.
pub struct Figure<'a> {
    /// What it is.
    pub name: &'a str,
    /// The number, or a dash.
    pub value: String,
    /// Its unit.
    pub unit: &'a str,
    /// What the tool tip explains.
    pub help: &'a str,
    /// Its colour, by meaning.
    pub colour: Color32,
    /// A word behind the name.
    pub note: &'a str,
}

impl Figure<'_> {
    /// Draws the line; the number ends at the same place in every line.
    pub fn line(&self, ui: &mut Ui, theme: &Theme, rect: Rect) -> Response {
        let response = self.describe(ui, rect);
        let (painter, y) = (ui.painter(), rect.center().y);
        let font = FontId::proportional(13.0);
        painter.text(pos2(rect.left(), y), Align2::LEFT_CENTER, self.name, font.clone(), theme.faint_text);
        let unit_left = rect.right() - 36.0;
        painter.text(
            pos2(unit_left + 4.0, y),
            Align2::LEFT_CENTER,
            self.unit,
            FontId::proportional(11.0),
            theme.faint_text,
        );
        let number = painter.text(pos2(unit_left, y), Align2::RIGHT_CENTER, &self.value, font, self.colour);
        let note = pos2(number.left() - 6.0, y);
        painter.text(note, Align2::RIGHT_CENTER, self.note, FontId::proportional(11.0), theme.faint_text);
        response
    }

    /// Draws it large: the name above the number.
    pub fn large(&self, ui: &mut Ui, theme: &Theme, rect: Rect, size: f32) -> Response {
        let response = self.describe(ui, rect);
        let painter = ui.painter();
        painter.text(
            rect.left_top(),
            Align2::LEFT_TOP,
            self.name,
            FontId::proportional(11.5),
            theme.faint_text,
        );
        let at = pos2(rect.left(), rect.bottom());
        let number =
            painter.text(at, Align2::LEFT_BOTTOM, &self.value, FontId::proportional(size), self.colour);
        let unit = pos2(number.right() + 4.0, number.bottom() - 0.16 * size);
        painter.text(unit, Align2::LEFT_BOTTOM, self.unit, FontId::proportional(11.0), theme.faint_text);
        response
    }

    fn describe(&self, ui: &mut Ui, rect: Rect) -> Response {
        let words = format!("{}: {} {}", self.name, self.value, self.unit);
        shown_as(ui, rect, self.name, words.trim_end()).on_hover_text(self.help)
    }
}
