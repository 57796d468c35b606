//! Plots: a frequency axis of equal octaves, a level axis of equal decibels, and the lines between them.
//!
//! A [`Plot`] is only geometry and paint: it maps values to places and back, and what is moved on it is the page's.

use crate::theme::Theme;
use crate::watch::Channels;
use egui::epaint::{Mesh, Vertex};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use lacquer_dsp::analysis::FLOOR_DB;
use lacquer_dsp::analysis::spectrum::SpectrumFrame;
use std::ops::RangeInclusive;

/// The range of hearing, which every frequency axis spans.
pub const RANGE_HZ: [f64; 2] = [20.0, 20_000.0];

const LABEL_SIZE: f32 = 11.0;

/// Labels keep this distance from each other, in points.
const LABEL_GAP: f32 = 8.0;

/// Room for the labels below and at the left of a plot with axes.
const MARGIN: egui::Vec2 = vec2(36.0, 20.0);

/// The frequencies of labels: those of the first row go first, those of the second where there is room.
const LABELS_HZ: [&[f64]; 3] = [
    &[20.0, 100.0, 1000.0, 20_000.0, 10_000.0],
    &[50.0, 200.0, 500.0, 2000.0, 5000.0],
    &[30.0, 70.0, 300.0, 700.0, 3000.0, 7000.0],
];

/// A place where frequency runs to the right and decibels run up.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What is drawn on, without the labels.
    pub area: Rect,
    /// From the left to the right, Hz.
    pub range_hz: [f64; 2],
    /// From the bottom to the top, dB.
    pub range_db: [f64; 2],
}

impl Plot {
    /// A plot whose labels lie within `outer` too.
    #[must_use]
    pub fn new(outer: Rect, range_db: RangeInclusive<f64>) -> Self {
        let area =
            Rect::from_min_max(pos2(outer.left() + MARGIN.x, outer.top()), outer.max - vec2(0.0, MARGIN.y));
        Self::bare(area, range_db)
    }

    /// A plot that fills its area.
    #[must_use]
    pub fn bare(area: Rect, range_db: RangeInclusive<f64>) -> Self {
        Self { area, range_hz: RANGE_HZ, range_db: [*range_db.start(), *range_db.end()] }
    }

    /// Where a frequency is.
    #[must_use]
    pub fn x_of_hz(&self, frequency_hz: f64) -> f32 {
        let [low, high] = self.range_hz;
        let share = (frequency_hz.max(1e-3) / low).ln() / (high / low).ln();
        self.area.left() + share as f32 * self.area.width()
    }

    /// The frequency at a place.
    #[must_use]
    pub fn hz_of_x(&self, x: f32) -> f64 {
        let [low, high] = self.range_hz;
        let share = f64::from(x - self.area.left()) / f64::from(self.area.width());
        low * (high / low).powf(share)
    }

    /// Where a level is.
    #[must_use]
    pub fn y_of_db(&self, level_db: f64) -> f32 {
        let [low, high] = self.range_db;
        self.area.bottom() - ((level_db - low) / (high - low)) as f32 * self.area.height()
    }

    /// The level at a place.
    #[must_use]
    pub fn db_of_y(&self, y: f32) -> f64 {
        let [low, high] = self.range_db;
        low + f64::from(self.area.bottom() - y) / f64::from(self.area.height()) * (high - low)
    }

    /// The same place with another level axis.
    #[must_use]
    pub fn with_range_db(&self, range_db: RangeInclusive<f64>) -> Self {
        Self { range_db: [*range_db.start(), *range_db.end()], ..self.clone() }
    }

    /// A painter that keeps within the plot.
    #[must_use]
    pub fn painter(&self, ui: &egui::Ui) -> Painter {
        ui.painter().with_clip_rect(self.area.intersect(ui.clip_rect()))
    }

    /// The well, the grid, and the labels of both axes, in `step_db`.
    pub fn axes(&self, ui: &egui::Ui, theme: &Theme, step_db: f64) {
        ui.painter().rect_filled(self.area, 4.0, theme.well);
        self.level_grid(ui, theme, step_db);
        self.frequency_grid(ui, theme);
        self.frequency_labels(ui, theme);
        self.level_labels(ui, theme, step_db);
    }

    /// Lines at every step of the level axis; that of 0 dB stands out.
    pub fn level_grid(&self, ui: &egui::Ui, theme: &Theme, step_db: f64) {
        let painter = self.painter(ui);
        for level_db in self.steps(step_db) {
            let colour = if level_db == 0.0 { theme.edge } else { theme.grid };
            painter.hline(self.area.x_range(), self.y_of_db(level_db), (1.0, colour));
        }
    }

    /// Lines at 20, 30, 40 ... Hz; those of the decades stand out.
    pub fn frequency_grid(&self, ui: &egui::Ui, theme: &Theme) {
        let painter = self.painter(ui);
        for decade_hz in [10.0, 100.0, 1000.0, 10_000.0] {
            for multiple in 1..10 {
                let x = self.x_of_hz(decade_hz * f64::from(multiple));
                let colour = if multiple == 1 { theme.edge } else { theme.grid };
                if x > self.area.left() + 1.0 && x < self.area.right() - 1.0 {
                    painter.vline(x, self.area.y_range(), (1.0, colour));
                }
            }
        }
    }

    /// Frequencies below the plot, as many as there is room for.
    pub fn frequency_labels(&self, ui: &egui::Ui, theme: &Theme) {
        let mut taken: Vec<Rect> = Vec::new();
        for &frequency_hz in LABELS_HZ.into_iter().flatten() {
            let x = self.x_of_hz(frequency_hz);
            if !self.area.x_range().expand(0.5).contains(x) {
                continue;
            }
            let text = if frequency_hz >= 20_000.0 { "20 kHz".to_owned() } else { short_hz(frequency_hz) };
            let galley =
                ui.painter().layout_no_wrap(text, FontId::proportional(LABEL_SIZE), theme.faint_text);
            let room = self.area.x_range();
            let left =
                (x - galley.size().x / 2.0).clamp(room.min, (room.max - galley.size().x).max(room.min));
            let rect = Rect::from_min_size(pos2(left, self.area.bottom() + 4.0), galley.size());
            if taken.iter().all(|other| !other.expand2(vec2(LABEL_GAP, 0.0)).intersects(rect)) {
                taken.push(rect);
                ui.painter().galley(rect.min, galley, theme.faint_text);
            }
        }
    }

    /// Levels at the left of the plot, every second where there is no room for all.
    pub fn level_labels(&self, ui: &egui::Ui, theme: &Theme, step_db: f64) {
        let labels = self.steps(step_db).map(|db| (self.y_of_db(db), signed(db)));
        labels_at_left(ui, theme, self.area, labels);
        let at = pos2(self.area.left() - 6.0, self.area.bottom() + 4.0);
        text(ui.painter(), at, Align2::RIGHT_TOP, "dB", theme.faint_text);
    }

    fn steps(&self, step_db: f64) -> impl Iterator<Item = f64> + use<> {
        let [low, high] = self.range_db.map(|db| db / step_db);
        (low.ceil() as i32..=high.floor() as i32).map(move |idx| f64::from(idx) * step_db)
    }

    /// The places of a function of frequency, one for each pixel's column.
    pub fn curve(&self, pixels_per_point: f32, level_db: impl Fn(f64) -> f64) -> Vec<Pos2> {
        columns(self.area, pixels_per_point)
            .map(|x| pos2(x, self.y_of_db(level_db(self.hz_of_x(x))).clamp(-1e5, 1e5)))
            .collect()
    }

    /// The places of a spectrum, one for each pixel's column: the highest of the bins in it.
    pub fn spectrum(
        &self,
        pixels_per_point: f32,
        frame: &SpectrumFrame<'_>,
        channels: Channels,
        is_peak: bool,
    ) -> Vec<Pos2> {
        let lines: Vec<&[f32]> = channels
            .traces()
            .iter()
            .filter_map(|&trace| if is_peak { frame.peak_db(trace) } else { frame.level_db(trace) })
            .collect();
        let half = 0.5 / pixels_per_point;
        columns(self.area, pixels_per_point)
            .map(|x| {
                let bins = [x - half, x + half].map(|x| self.hz_of_x(x) / frame.bin_hz());
                let highest = lines.iter().map(|line| highest_between(line, bins)).fold(f64::MIN, f64::max);
                pos2(x, self.y_of_db(highest).clamp(-1e5, 1e5))
            })
            .collect()
    }

    /// Fills what lies between a line and a level; the colour fades to the level.
    pub fn fill(&self, painter: &Painter, line: &[Pos2], to_db: f64, colour: Color32) {
        fill_to(painter, line, self.y_of_db(to_db).clamp(self.area.top(), self.area.bottom()), colour);
    }

    /// Where the pointer is over the plot, with lines through it and what it says there.
    pub fn read_out(&self, ui: &egui::Ui, theme: &Theme, at: Pos2, what: &str) {
        let painter = self.painter(ui);
        let stroke = Stroke::new(1.0, theme.faint_text.gamma_multiply(0.6));
        painter.vline(at.x, self.area.y_range(), stroke);
        painter.hline(self.area.x_range(), at.y, stroke);
        super::handle::tag(ui, theme, at + vec2(12.0, -12.0), Align2::LEFT_BOTTOM, what, self.area);
    }
}

/// The middles of the columns of pixels.
fn columns(area: Rect, pixels_per_point: f32) -> impl Iterator<Item = f32> {
    let num_columns = (area.width() * pixels_per_point).round().max(1.0) as usize;
    let step = area.width() / num_columns as f32;
    // One more at each side, so that lines reach the edges.
    (0..=num_columns).map(move |idx| area.left() + idx as f32 * step)
}

/// The highest level in a range of bins. Between bins a line runs through them in a curve, and the top of a tone that lies between
/// two bins is that of the parabola through its three highest: with the spectra's window that is its level within 0.06 dB.
fn highest_between(line: &[f32], [from, to]: [f64; 2]) -> f64 {
    if from > (line.len() - 1) as f64 {
        // Beyond half the sample rate there is nothing.
        return f64::from(FLOOR_DB);
    }
    let mut highest = curved(line, from).max(curved(line, to));
    for bin in from.floor().max(0.0) as usize..(to.ceil() as usize + 1).min(line.len()) {
        match top(line, bin) {
            Some((place, level)) if (from..=to).contains(&place) => highest = highest.max(level),
            _ if (from..=to).contains(&(bin as f64)) => highest = highest.max(f64::from(line[bin])),
            _ => (),
        }
    }
    highest
}

/// Place and height of the vertex of the parabola through a bin that is higher than its neighbours.
fn top(line: &[f32], bin: usize) -> Option<(f64, f64)> {
    let [a, b, c] = around(line, bin)?;
    let bend = a - 2.0 * b + c;
    let aside = (b >= a && b >= c && bend < 0.0).then(|| 0.5 * (a - c) / bend)?;
    Some((bin as f64 + aside, b - 0.25 * (a - c) * aside))
}

fn around(line: &[f32], bin: usize) -> Option<[f64; 3]> {
    let around = line.get(bin.checked_sub(1)?..bin + 2)?;
    Some([f64::from(around[0]), f64::from(around[1]), f64::from(around[2])])
}

/// A cubic through the bins (Catmull and Rom's), so that the wide bins of the bass are no corners.
fn curved(line: &[f32], bin: f64) -> f64 {
    let last = line.len() - 1;
    let floor = bin.floor().clamp(0.0, last as f64);
    let t = (bin - floor).clamp(0.0, 1.0);
    let at = |offset: isize| f64::from(line[(floor as usize).saturating_add_signed(offset).min(last)]);
    let [a, b, c, d] = [at(-1), at(0), at(1), at(2)];
    let cubic = (3.0 * (b - c) + d - a) * t + 2.0 * a - 5.0 * b + 4.0 * c - d;
    b + 0.5 * t * (c - a + t * cubic)
}

/// The level of a spectrum at a frequency, as it is drawn.
#[must_use]
pub fn level_at(frame: &SpectrumFrame<'_>, channels: Channels, frequency_hz: f64) -> f64 {
    let bin = frequency_hz / frame.bin_hz();
    let lines = channels.traces().iter().filter_map(|&trace| frame.level_db(trace));
    lines.map(|line| curved(line, bin)).fold(f64::MIN, f64::max)
}

/// Draws a line through places.
pub fn line(painter: &Painter, places: Vec<Pos2>, width: f32, colour: Color32) {
    painter.add(Shape::line(places, Stroke::new(width, colour)));
}

/// Fills what lies between a line whose places run to the right and a height.
pub fn fill_to(painter: &Painter, line: &[Pos2], y: f32, colour: Color32) {
    let mut mesh = Mesh::default();
    let faded = colour.gamma_multiply(0.25);
    for (idx, place) in line.iter().enumerate() {
        for (pos, color) in [(*place, colour), (pos2(place.x, y), faded)] {
            mesh.vertices.push(Vertex { pos, uv: egui::epaint::WHITE_UV, color });
        }
        if idx > 0 {
            let first = 2 * idx as u32 - 2;
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// Labels at heights at the left of an area: those that have no room are left out, an even pattern of them.
pub fn labels_at_left(ui: &egui::Ui, theme: &Theme, area: Rect, labels: impl Iterator<Item = (f32, String)>) {
    let labels: Vec<_> = labels.collect();
    let spacing = match labels[..] {
        [(first, _), (second, _), ..] => (first - second).abs(),
        _ => f32::INFINITY,
    };
    let every = (LABEL_SIZE * 1.6 / spacing.max(0.01)).ceil().max(1.0) as usize;
    // Counted from 0 if it is there, so that 0 keeps its label.
    let zero = labels.iter().position(|(_, text)| text == "0").unwrap_or(0);
    for (idx, (y, label)) in labels.iter().enumerate() {
        if idx.abs_diff(zero) % every == 0 {
            let y = y.min(area.bottom() - LABEL_SIZE / 2.0).max(area.top() + LABEL_SIZE / 2.0);
            text(ui.painter(), pos2(area.left() - 6.0, y), Align2::RIGHT_CENTER, label, theme.faint_text);
        }
    }
}

/// A label.
pub fn text(painter: &Painter, at: Pos2, align: Align2, what: &str, colour: Color32) {
    painter.text(at, align, what, FontId::proportional(LABEL_SIZE), colour);
}

/// `+6`, `0`, `-12`, with the minus that is as wide as the plus.
#[must_use]
pub fn signed(value: f64) -> String {
    let text = if value > 0.0 { format!("+{value:.0}") } else { format!("{value:.0}") };
    text.replace('-', "\u{2212}")
}

fn short_hz(frequency_hz: f64) -> String {
    if frequency_hz >= 1000.0 { format!("{}k", frequency_hz / 1000.0) } else { format!("{frequency_hz}") }
}

/// A frequency as a read-out says it, with its unit.
#[must_use]
pub fn hz_text(frequency_hz: f64) -> String {
    match frequency_hz {
        hz if hz >= 10_000.0 => format!("{:.1} kHz", hz / 1000.0),
        hz if hz >= 1000.0 => format!("{:.2} kHz", hz / 1000.0),
        hz if hz >= 100.0 => format!("{hz:.0} Hz"),
        hz => format!("{hz:.1} Hz"),
    }
}
