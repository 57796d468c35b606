//! What the pointer, the wheel, the keyboard and assistive technology do to a number, for every kind of control alike.
//!
//! A drag moves it over its travel, and with shift over a tenth of that; a click of the wheel or an arrow key moves it by a
//! hundredth, and with shift by one step of its grid; page keys move it by a tenth, home and end to the limits; a double click
//! resets it; Enter, a digit, or a click on the number lets it be typed.

use super::quantity::Quantity;
use super::typing;
use egui::accesskit::{Action, ActionData};
use egui::{Event, EventFilter, Key, MouseWheelUnit, Response, Ui, Vec2};

/// How much of the way is gone with shift.
const FINE_SHARE: f64 = 0.1;

/// How much of the travel a click of the wheel or an arrow key is.
const NUDGE: f64 = 0.01;

/// How much of the travel a page key is.
const PAGE: f64 = 0.1;

/// How many points of a wheel without clicks are worth one.
const POINTS_PER_CLICK: f32 = 50.0;

/// Lets the user move `quantity` by the control that `response` is of. `travel_points` of the pointer's way are the whole range;
/// upwards and to the right is more. Marks the response when the number changed.
pub fn turn(ui: &Ui, response: &mut Response, quantity: &mut dyn Quantity, travel_points: f32) {
    let before = quantity.value();
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    drag(ui, response, quantity, travel_points);
    if response.double_clicked() {
        typing::close(ui, response.id);
        quantity.change(quantity.default());
    }
    wheel(ui, response, quantity);
    if response.has_focus() {
        keys(ui, response, quantity);
    }
    obey_reader(ui, response, quantity);
    if quantity.value() != before {
        response.mark_changed();
    }
    describe(ui, response, quantity);
}

/// Follows the pointer. Where it would be without the grid is kept from frame to frame, so that slow drags arrive too.
fn drag(ui: &Ui, response: &Response, quantity: &mut dyn Quantity, travel_points: f32) {
    let mut moved = response.drag_delta();
    let mut position = ui.data(|data| data.get_temp::<f64>(response.id)).unwrap_or_default();
    if response.drag_started() {
        quantity.begin();
        position = quantity.position(quantity.value());
        // What the pointer went before it was clear that this is no click.
        moved = response.total_drag_delta().unwrap_or(Vec2::ZERO);
    }
    if response.dragged() {
        let share = if ui.input(|input| input.modifiers.shift) { FINE_SHARE } else { 1.0 };
        position = (position + share * f64::from((moved.x - moved.y) / travel_points)).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(response.id, position));
        if moved != Vec2::ZERO {
            quantity.set(quantity.at(position));
        }
    }
    if response.drag_stopped() {
        quantity.end();
    }
}

/// The value so many hundredths of the travel away, and never less than a step of the grid.
fn nudged(quantity: &dyn Quantity, num_nudges: f64, is_fine: bool) -> f64 {
    let value = quantity.value();
    let there = quantity.at(quantity.position(value) + num_nudges * NUDGE);
    let least = value + num_nudges.signum() * quantity.step() * num_nudges.abs().max(1.0).floor();
    let is_less = (there - value).abs() < quantity.step() * 0.999;
    let (low, high) = (*quantity.range().start(), *quantity.range().end());
    if is_fine || is_less { quantity.at(quantity.position(least.clamp(low, high))) } else { there }
}

fn wheel(ui: &Ui, response: &Response, quantity: &mut dyn Quantity) {
    if !response.hovered() || response.dragged() {
        return;
    }
    let (num_clicks, is_fine, now_s) = ui.input(|input| {
        let clicks = input.events.iter().map(|event| match event {
            // With shift some systems turn the wheel's way sideways.
            Event::MouseWheel { unit: MouseWheelUnit::Point, delta, .. } => {
                (delta.x + delta.y) / POINTS_PER_CLICK
            }
            Event::MouseWheel { delta, .. } => delta.x + delta.y,
            _ => 0.0,
        });
        (clicks.sum::<f32>(), input.modifiers.shift, input.time)
    });
    // The parts of a click that a touchpad tells add up.
    let kept_id = response.id.with("wheel");
    let kept: f32 = ui.data(|data| data.get_temp(kept_id)).unwrap_or_default();
    let sum = kept + num_clicks;
    if num_clicks != 0.0 {
        ui.data_mut(|data| data.insert_temp(kept_id, sum.fract()));
    }
    if sum.trunc() != 0.0 {
        quantity.nudge(nudged(quantity, f64::from(sum.trunc()), is_fine), now_s);
    }
    // What lies around the control does not scroll with it.
    ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
}

fn keys(ui: &Ui, response: &Response, quantity: &mut dyn Quantity) {
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let (num_nudges, limit, is_fine, now_s) = ui.input(|input| {
        let presses = |key| input.num_presses(key) as f64;
        let small = presses(Key::ArrowUp) + presses(Key::ArrowRight)
            - presses(Key::ArrowDown)
            - presses(Key::ArrowLeft);
        let large = (presses(Key::PageUp) - presses(Key::PageDown)) * PAGE / NUDGE;
        let limit = match (input.key_pressed(Key::Home), input.key_pressed(Key::End)) {
            (true, _) => Some(0.0),
            (_, true) => Some(1.0),
            _ => None,
        };
        (small + large, limit, input.modifiers.shift, input.time)
    });
    if let Some(limit) = limit {
        quantity.nudge(quantity.at(limit), now_s);
    } else if num_nudges != 0.0 {
        quantity.nudge(nudged(quantity, num_nudges, is_fine), now_s);
    }
    typing::open_by_key(ui, response.id, &quantity.text(quantity.value()));
}

fn obey_reader(ui: &Ui, response: &Response, quantity: &mut dyn Quantity) {
    let id = response.id;
    let (num_nudges, wanted, now_s) = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(id, action) as f64;
        let wanted =
            input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| match &request.data {
                Some(ActionData::NumericValue(value)) => Some(*value),
                Some(ActionData::Value(text)) => quantity.parse(text).ok(),
                _ => None,
            });
        (count(Action::Increment) - count(Action::Decrement), wanted.last(), input.time)
    });
    if let Some(value) = wanted {
        quantity.change(value);
    } else if num_nudges != 0.0 {
        quantity.nudge(nudged(quantity, num_nudges, false), now_s);
    }
}

fn describe(ui: &Ui, response: &Response, quantity: &dyn Quantity) {
    response.widget_info(|| egui::WidgetInfo::slider(ui.is_enabled(), quantity.value(), quantity.name()));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(quantity.text(quantity.value()));
        node.set_min_numeric_value(*quantity.range().start());
        node.set_max_numeric_value(*quantity.range().end());
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });
}
