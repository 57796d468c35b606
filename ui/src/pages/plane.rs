//! Where values lie on a plot: two scales over a rectangle, and the grid that shows them.

use crate::desk::Desk;
use crate::theme::Theme;
use crate::widgets::handle::{self, Axis, Handle};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rangef, Rect, Response, Stroke, Ui, Vec2};
use lacquer_dsp::param::Param;
use std::ops::RangeInclusive;

/// The smallest print.
pub const SMALL: f32 = 11.0;

/// How far a level's word lies from the plot's edge.
const WORD_INSET: f32 = 6.0;

/// A scale from one end to the other: left to right, bottom to top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The value at the left or the bottom.
    pub from: f64,
    /// The value at the right or the top.
    pub to: f64,
    /// Whether equal ways are equal ratios.
    pub is_log: bool,
}

impl Scale {
    /// The audible frequencies, Hz.
    pub const FREQUENCY: Self = Self { from: 20.0, to: 20_000.0, is_log: true };

    /// Equal ways for equal differences.
    #[must_use]
    pub fn linear(from: f64, to: f64) -> Self {
        Self { from, to, is_log: false }
    }

    fn share(&self, value: f64) -> f32 {
        let share = if self.is_log {
            (value.max(1e-9) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        // Silence is minus infinity; what lies beyond the plot is clipped, but must be a place.
        share.clamp(-4.0, 4.0) as f32
    }

    fn value(&self, share: f32) -> f64 {
        let share = f64::from(share);
        if self.is_log {
            self.from * (self.to / self.from).powf(share)
        } else {
            self.from + share * (self.to - self.from)
        }
    }
}

/// A plot's rectangle with a scale each way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// On the screen.
    pub rect: Rect,
    /// Left to right.
    pub x: Scale,
    /// Bottom to top.
    pub y: Scale,
}

impl Plane {
    /// Where a value lies sideways.
    #[must_use]
    pub fn x(&self, value: f64) -> f32 {
        self.rect.left() + self.x.share(value) * self.rect.width()
    }

    /// Where a value lies in height.
    #[must_use]
    pub fn y(&self, value: f64) -> f32 {
        self.rect.bottom() - self.y.share(value) * self.rect.height()
    }

    /// Both.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Pos2 {
        Pos2::new(self.x(x), self.y(y))
    }

    /// The value at a place sideways.
    #[must_use]
    pub fn x_value(&self, x: f32) -> f64 {
        self.x.value((x - self.rect.left()) / self.rect.width())
    }

    /// The value at a place in height.
    #[must_use]
    pub fn y_value(&self, y: f32) -> f64 {
        self.y.value((self.rect.bottom() - y) / self.rect.height())
    }

    /// The plot's ground.
    pub fn ground(&self, ui: &Ui, theme: &Theme) {
        ui.painter().rect_filled(self.rect, 4.0, theme.well);
    }

    /// Vertical lines with words under them, inside the plot's lower edge.
    pub fn x_grid(&self, ui: &Ui, theme: &Theme, lines: impl IntoIterator<Item = (f64, String)>) {
        let mut free_from = self.rect.left();
        for (value, word) in lines {
            let x = self.x(value);
            if !(self.rect.left() + 1.0..self.rect.right() - 1.0).contains(&x) {
                continue;
            }
            ui.painter().vline(x, self.rect.y_range(), Stroke::new(1.0, theme.grid));
            let galley = ui.painter().layout_no_wrap(word, FontId::proportional(SMALL), theme.faint_text);
            let left = x - 0.5 * galley.size().x;
            // Words that would touch are left out; their lines stay.
            if left > free_from + 4.0 && left + galley.size().x < self.rect.right() - 2.0 {
                free_from = left + galley.size().x;
                let at = Pos2::new(left, self.rect.bottom() - galley.size().y - 2.0);
                ui.painter().galley(at, galley, theme.faint_text);
            }
        }
    }

    /// Horizontal lines with words near the left edge.
    pub fn y_grid(&self, ui: &Ui, theme: &Theme, lines: impl IntoIterator<Item = (f64, String)>) {
        for (value, word) in lines {
            let y = self.y(value);
            if !self.rect.y_range().contains(y) {
                continue;
            }
            ui.painter().hline(self.rect.x_range(), y, Stroke::new(1.0, theme.grid));
            self.y_word(ui, value, Align2::LEFT_BOTTOM, &word, theme.faint_text);
        }
    }

    /// A word at a height, at the left or the right edge, above its line where there is room and below it otherwise.
    pub fn y_word(&self, ui: &Ui, value: f64, align: Align2, word: &str, colour: Color32) {
        let (y, inset) = (self.y(value), WORD_INSET);
        let x =
            if align.x() == egui::Align::Max { self.rect.right() - inset } else { self.rect.left() + inset };
        let (align, y) = if y < self.rect.top() + 16.0 {
            (Align2([align.x(), egui::Align::Min]), y + 1.0)
        } else {
            (Align2([align.x(), egui::Align::Max]), y - 1.0)
        };
        ui.painter().text(Pos2::new(x, y), align, word, FontId::proportional(SMALL), colour);
    }

    /// A function of x as a line, clipped to the plot.
    pub fn line(&self, ui: &Ui, stroke: impl Into<Stroke>, y_of: impl Fn(f64) -> f64) {
        let num_steps = (self.rect.width() / 2.0).ceil().max(2.0) as usize;
        let points = (0..=num_steps).map(|n| {
            let x = self.rect.left() + self.rect.width() * n as f32 / num_steps as f32;
            Pos2::new(x, self.y(y_of(self.x_value(x))))
        });
        self.painter(ui).line(points.collect(), stroke.into());
    }

    /// A painter that keeps within the plot.
    #[must_use]
    pub fn painter(&self, ui: &Ui) -> Painter {
        ui.painter().with_clip_rect(self.rect.intersect(ui.clip_rect()))
    }

    /// The part of the plot between two values of x.
    #[must_use]
    pub fn column(&self, from: f64, to: f64) -> Rect {
        let x = |value| self.x(value).clamp(self.rect.left(), self.rect.right());
        Rect::from_x_y_ranges(x(from)..=x(to), self.rect.y_range())
    }
}

/// Lets a vertical line be dragged sideways, within limits, from where it is drawn. The page draws it.
pub fn drag_x(
    ui: &mut Ui,
    desk: &mut Desk<'_>,
    plane: &Plane,
    param: &'static Param,
    (drawn_at, limits): (f64, RangeInclusive<f64>),
) -> Response {
    let x = plane.x(drawn_at);
    let area =
        Rect::from_center_size(Pos2::new(x, plane.rect.center().y), Vec2::new(12.0, plane.rect.height()));
    let along = Axis { param, limits, to_screen: &|_| x, from_screen: &|x| plane.x_value(x) };
    Handle { area, x: Some(along), y: None, name: &line_name(param) }.show(ui, desk)
}

/// Lets a horizontal line over some columns be dragged up and down through a parameter's range.
pub fn drag_y(
    ui: &mut Ui,
    desk: &mut Desk<'_>,
    plane: &Plane,
    param: &'static Param,
    columns: Rangef,
) -> Response {
    let y = plane.y(desk.value(param));
    let along = Axis {
        param,
        limits: param.min..=param.max,
        to_screen: &|value| plane.y(value),
        from_screen: &|y| plane.y_value(y),
    };
    let area = Rect::from_x_y_ranges(columns, y - 6.0..=y + 6.0);
    Handle { area, x: None, y: Some(along), name: &line_name(param) }.show(ui, desk)
}

/// What a parameter's line is called, so that it is not taken for the parameter's knob.
fn line_name(param: &Param) -> String {
    format!("{} line", param.name)
}

/// How a line is drawn that can be dragged: stronger while it is held.
#[must_use]
pub fn grip_stroke(response: &Response, colour: Color32) -> Stroke {
    Stroke::new(if handle::is_held(response) { 2.5 } else { 1.5 }, colour)
}

/// The lines of a frequency scale.
pub fn frequency_lines() -> impl Iterator<Item = (f64, String)> {
    [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0]
        .into_iter()
        .map(|hz| (hz, if hz < 1000.0 { format!("{hz:.0} Hz") } else { format!("{:.0} kHz", hz / 1000.0) }))
}

/// Lines from one level to another.
pub fn level_lines(
    from: i32,
    to: i32,
    step: usize,
    unit: &'static str,
) -> impl Iterator<Item = (f64, String)> {
    (from..=to)
        .step_by(step)
        .map(move |level| (f64::from(level), format!("{level} {unit}").replace('-', "\u{2212}")))
}
