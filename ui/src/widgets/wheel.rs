//! The wheel over something that it turns: however many notches a turn has, it is one step of undo.
//!
//! A turn goes on while the wheel does and shortly after, so that [`settle`] must be called at every frame, whatever is shown.

use crate::desk::Desk;
use egui::{Id, Response, Ui};
use lacquer_dsp::param::Param;
use std::time::Duration;

/// A wheel that has not moved for so long has come to rest.
const REST_S: f64 = 0.4;

/// How much of a parameter's travel a point of scrolling is; a notch has about forty.
const TRAVEL_PER_POINT: f64 = 0.000_5;

/// How much of that with shift held.
const FINE_SHARE: f64 = 0.1;

/// The turn that goes on.
#[derive(Clone, Copy)]
struct Turn {
    of: Id,
    param: &'static Param,
    /// The parameter's travel without its grid, which would swallow small steps.
    position: f64,
    moved_s: f64,
}

fn id() -> Id {
    Id::unique("turn of the wheel")
}

/// Lets the wheel turn a parameter while the pointer is over `response`.
pub fn turn(ui: &Ui, desk: &mut Desk<'_>, response: &Response, param: &'static Param) {
    // Shift makes of up and down left and right.
    let points = ui.input(|input| f64::from(input.smooth_scroll_delta().x + input.smooth_scroll_delta().y));
    if points == 0.0 || !response.hovered() {
        return;
    }
    let going = ui.data(|data| data.get_temp::<Option<Turn>>(id())).flatten();
    let mut turn = match going.filter(|turn| turn.of == response.id && turn.param.id == param.id) {
        Some(turn) => turn,
        None => {
            end(ui, desk);
            desk.begin(param);
            let position = param.to_normalized(desk.value(param));
            Turn { of: response.id, param, position, moved_s: 0.0 }
        }
    };
    let (is_fine, now_s) = ui.input(|input| (input.modifiers.shift, input.time));
    let travel = points * TRAVEL_PER_POINT * if is_fine { FINE_SHARE } else { 1.0 };
    turn.position = (turn.position + travel).clamp(0.0, 1.0);
    turn.moved_s = now_s;
    desk.set(param, param.from_normalized(turn.position));
    ui.data_mut(|data| data.insert_temp(id(), Some(turn)));
}

/// Ends the turn whose wheel has come to rest.
pub fn settle(ui: &Ui, desk: &mut Desk<'_>) {
    let Some(turn) = ui.data(|data| data.get_temp::<Option<Turn>>(id())).flatten() else { return };
    let left_s = turn.moved_s + REST_S - ui.input(|input| input.time);
    if left_s <= 0.0 {
        end(ui, desk);
    } else {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(left_s));
    }
}

fn end(ui: &Ui, desk: &mut Desk<'_>) {
    if let Some(turn) = ui.data_mut(|data| data.remove_temp::<Option<Turn>>(id())).flatten() {
        desk.end(turn.param);
    }
}
