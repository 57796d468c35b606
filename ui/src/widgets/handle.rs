//! Handles on plots: a parameter, or two, moved where they are drawn.
//!
//! A handle is grabbed in its area and follows the pointer along its axes; with shift it follows at a tenth of the way. A drag is
//! one step of undo. A double click resets it, and with the keyboard's focus the arrows move it. To whoever cannot see the
//! plot it is a slider with a name and a value.

use crate::desk::Desk;
use crate::theme::Theme;
use egui::{Align2, CursorIcon, EventFilter, FontId, Id, Key, Pos2, Rect, Response, Sense, Ui, Vec2};
use lacquer_dsp::param::Param;
use std::ops::RangeInclusive;

/// How much of the pointer's way a handle follows while shift is held.
const FINE_SHARE: f32 = 0.1;

/// How much of a parameter's travel an arrow key moves.
const KEY_STEP: f64 = 0.01;

/// A direction in which a handle moves.
pub struct Axis<'a> {
    /// What it moves.
    pub param: &'static Param,
    /// What its neighbours leave of the parameter's range.
    pub limits: RangeInclusive<f64>,
    /// The place on the screen of a value.
    pub to_screen: &'a dyn Fn(f64) -> f32,
    /// The value at a place on the screen.
    pub from_screen: &'a dyn Fn(f32) -> f64,
}

impl Axis<'_> {
    /// The nearest value that the handle may take, on the parameter's grid where the limits let it.
    fn limited(&self, value: f64) -> f64 {
        let (low, high) = (*self.limits.start(), *self.limits.end());
        // Limits that have crossed, as automation can make them, leave the handle where it may still go.
        self.param.on_grid(value).clamp(low.min(high), high.max(low))
    }

    /// The value so many steps of the keyboard from `value`.
    fn stepped(&self, value: f64, num_steps: f64, is_fine: bool) -> f64 {
        let param = self.param;
        let there = param.from_normalized(param.to_normalized(value) + num_steps * KEY_STEP);
        let least = value + num_steps * param.step;
        // Where a hundredth of the travel is less than the grid, a key still moves by a step of the grid.
        let is_less = (there - value).abs() < param.step * 0.999;
        self.limited(if is_fine || is_less { least } else { there })
    }
}

/// A handle with one axis or two.
pub struct Handle<'a> {
    /// Where it is grabbed.
    pub area: Rect,
    /// Sideways.
    pub x: Option<Axis<'a>>,
    /// Up and down.
    pub y: Option<Axis<'a>>,
    /// What a listener is told: "Crossover 1". Names differ on a page.
    pub name: &'a str,
}

impl Handle<'_> {
    /// Moves its parameters as the user wants. The page paints it, with the strength that [`is_held`] asks for.
    pub fn show(&self, ui: &mut Ui, desk: &mut Desk<'_>) -> Response {
        self.show_with(ui, desk, |desk| self.reset(desk))
    }

    /// Takes every axis to its parameter's default, as far as its limits let it.
    pub(super) fn reset(&self, desk: &mut Desk<'_>) {
        self.change(desk, |axis, _| axis.limited(axis.param.default));
    }

    /// The same, where a double click does something else than to reset it.
    pub fn show_with(
        &self,
        ui: &mut Ui,
        desk: &mut Desk<'_>,
        on_double_click: impl FnOnce(&mut Desk<'_>),
    ) -> Response {
        self.show_as(ui, desk, Id::unique(("handle", self.name)), on_double_click)
    }

    /// The same as a widget of another kind, which may have the same name on the same page: a knob beside the plot.
    pub(super) fn show_as(
        &self,
        ui: &mut Ui,
        desk: &mut Desk<'_>,
        id: Id,
        on_double_click: impl FnOnce(&mut Desk<'_>),
    ) -> Response {
        let mut response =
            ui.interact(self.area, id, Sense::click_and_drag()).on_hover_and_drag_cursor(self.cursor());
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let before: f64 = self.axes().map(|axis| desk.value(axis.param)).sum();
        self.drag(ui, desk, &response);
        if response.double_clicked() {
            on_double_click(desk);
        }
        if response.has_focus() {
            self.type_arrows(ui, desk, id);
        }
        self.obey_reader(ui, desk, id);
        if before != self.axes().map(|axis| desk.value(axis.param)).sum::<f64>() {
            response.mark_changed();
        }
        self.describe(ui, desk, &response);
        response
    }

    fn axes(&self) -> impl Iterator<Item = &Axis<'_>> {
        self.x.iter().chain(&self.y)
    }

    fn cursor(&self) -> CursorIcon {
        match (&self.x, &self.y) {
            (Some(_), Some(_)) => CursorIcon::Move,
            (Some(_), None) => CursorIcon::ResizeHorizontal,
            _ => CursorIcon::ResizeVertical,
        }
    }

    /// Takes every axis to a new value, as one step.
    fn change(&self, desk: &mut Desk<'_>, value: impl Fn(&Axis<'_>, f64) -> f64) {
        self.axes().for_each(|axis| desk.begin(axis.param));
        for axis in self.axes() {
            let now = desk.value(axis.param);
            desk.set(axis.param, value(axis, now));
        }
        self.axes().for_each(|axis| desk.end(axis.param));
    }

    /// Follows the pointer. Where the handle would be without grid and limits is kept from frame to frame, so that it stays under
    /// the pointer.
    fn drag(&self, ui: &Ui, desk: &mut Desk<'_>, response: &Response) {
        let mut place = Pos2::ZERO;
        let mut moved = response.drag_delta();
        if response.drag_started() {
            self.axes().for_each(|axis| desk.begin(axis.param));
            let screen = |axis: &Option<Axis<'_>>| {
                axis.as_ref().map_or(0.0, |axis| (axis.to_screen)(desk.value(axis.param)))
            };
            place = Pos2::new(screen(&self.x), screen(&self.y));
            // What the pointer went before it was clear that this is no click.
            moved = response.total_drag_delta().unwrap_or(Vec2::ZERO);
        } else if response.dragged() || response.drag_stopped() {
            place = ui.data(|data| data.get_temp(response.id)).unwrap_or(place);
        } else {
            return;
        }
        if response.dragged() {
            let share = if ui.input(|input| input.modifiers.shift) { FINE_SHARE } else { 1.0 };
            place += share * moved;
            ui.data_mut(|data| data.insert_temp(response.id, place));
            for (axis, at) in [(&self.x, place.x), (&self.y, place.y)] {
                if let (Some(axis), true) = (axis, moved != Vec2::ZERO) {
                    desk.set(axis.param, axis.limited((axis.from_screen)(at)));
                }
            }
        }
        if response.drag_stopped() {
            self.axes().for_each(|axis| desk.end(axis.param));
        }
    }

    /// Moves by the arrow keys: with one axis either pair of them moves it.
    fn type_arrows(&self, ui: &Ui, desk: &mut Desk<'_>, id: Id) {
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        let (mut across, mut up, mut is_fine) = (0.0, 0.0, false);
        ui.input(|input| {
            for event in &input.events {
                // What was held with the key, not what is held by now.
                let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
                match key {
                    Key::ArrowRight => across += 1.0,
                    Key::ArrowLeft => across -= 1.0,
                    Key::ArrowUp => up += 1.0,
                    Key::ArrowDown => up -= 1.0,
                    _ => continue,
                }
                is_fine |= modifiers.shift;
            }
        });
        let num_steps = match (&self.x, &self.y) {
            (Some(_), Some(_)) => [across, up],
            _ => [across + up; 2],
        };
        for (axis, num_steps) in [&self.x, &self.y].into_iter().zip(num_steps) {
            if let (Some(axis), true) = (axis, num_steps != 0.0) {
                let value = axis.stepped(desk.value(axis.param), num_steps, is_fine);
                desk.change(axis.param, value);
            }
        }
    }

    /// What assistive technology asks of it: of two axes, the first.
    fn obey_reader(&self, ui: &Ui, desk: &mut Desk<'_>, id: Id) {
        use egui::accesskit::{Action, ActionData};
        let Some(axis) = self.axes().next() else { return };
        let (num_steps, wanted) = ui.input(|input| {
            let count = |action| input.num_accesskit_action_requests(id, action) as f64;
            let wanted = input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| {
                match &request.data {
                    Some(ActionData::NumericValue(value)) => Some(*value),
                    Some(ActionData::Value(text)) => axis.param.from_text(text).ok(),
                    _ => None,
                }
            });
            (count(Action::Increment) - count(Action::Decrement), wanted.last())
        });
        if let Some(value) = wanted {
            desk.change(axis.param, axis.limited(value));
        } else if num_steps != 0.0 {
            desk.change(axis.param, axis.stepped(desk.value(axis.param), num_steps, false));
        }
    }

    fn describe(&self, ui: &Ui, desk: &Desk<'_>, response: &Response) {
        use egui::accesskit::Action;
        let Some(axis) = self.axes().next() else { return };
        let text = self.text(desk);
        response.widget_info(|| egui::WidgetInfo::slider(true, desk.value(axis.param), self.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(text.as_str());
            node.set_min_numeric_value(*axis.limits.start());
            node.set_max_numeric_value(*axis.limits.end());
            for action in [Action::SetValue, Action::Increment, Action::Decrement] {
                node.add_action(action);
            }
        });
    }

    /// The values with their units: `1.2 kHz, -3.0 dB`.
    #[must_use]
    pub fn text(&self, desk: &Desk<'_>) -> String {
        let texts: Vec<_> = self.axes().map(|axis| axis.param.to_text(desk.value(axis.param))).collect();
        texts.join(", ")
    }
}

/// Whether a handle is to stand out: the pointer is at it or the keyboard.
#[must_use]
pub fn is_held(response: &Response) -> bool {
    response.hovered() || response.dragged() || response.has_focus()
}

/// A word on a plot, on a ground of its own, moved so that it lies within `bounds`. Returns where it lies.
pub fn tag(ui: &Ui, theme: &Theme, at: Pos2, align: Align2, text: &str, bounds: Rect) -> Rect {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(11.5), theme.text);
    let rect = align.anchor_size(at, galley.size() + Vec2::new(10.0, 4.0));
    let inside = Vec2::new(
        (bounds.left() - rect.left()).max(0.0) + (bounds.right() - rect.right()).min(0.0),
        (bounds.top() - rect.top()).max(0.0) + (bounds.bottom() - rect.bottom()).min(0.0),
    );
    let rect = rect.translate(inside);
    ui.painter().rect(rect, 3.0, theme.panel, (1.0, theme.edge), egui::StrokeKind::Inside);
    ui.painter().galley(rect.min + Vec2::new(5.0, 2.0), galley, theme.text);
    rect
}
