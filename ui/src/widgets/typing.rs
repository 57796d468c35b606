//! A number that is typed where it stands, with or without its unit. What is not understood says what is expected, and stays.

use super::quantity::Quantity;
use crate::style::CONTROL_POINTS;
use crate::theme::Theme;
use egui::text::{CCursor, CCursorRange};
use egui::{Area, Event, FontId, Frame, Id, Key, Order, Rect, RichText, TextEdit, Ui, UiBuilder};

/// A second click within this time was meant as a double click.
const DOUBLE_CLICK_S: f64 = 0.4;

/// What has been typed so far.
#[derive(Clone)]
struct Typed {
    text: String,
    error: Option<String>,
    opened_s: f64,
    /// How much of the text the first frame selects, from its start.
    to_select: Option<usize>,
}

fn state_id(control: Id) -> Id {
    control.with("typed")
}

fn store(ui: &Ui, control: Id, typed: Typed) {
    ui.data_mut(|data| data.insert_temp(state_id(control), typed));
}

/// Leaves the number as it was.
pub fn close(ui: &Ui, control: Id) {
    ui.data_mut(|data| data.remove::<Typed>(state_id(control)));
}

/// Begins with `text`, which the first key replaces.
pub fn open(ui: &Ui, control: Id, text: &str) {
    let opened_s = ui.input(|input| input.time);
    let to_select = Some(0);
    store(ui, control, Typed { text: text.to_owned(), error: None, opened_s, to_select });
}

/// Begins when the number, which lies at `rect`, is clicked.
pub fn open_by_click(ui: &Ui, response: &egui::Response, rect: Rect, quantity: &dyn Quantity) {
    let is_on_number = response.interact_pointer_pos().is_some_and(|at| rect.contains(at));
    if response.clicked() && !response.double_clicked() && is_on_number {
        open(ui, response.id, &quantity.text(quantity.value()));
    }
}

/// Begins when Enter or the beginning of a number is typed on the control.
pub fn open_by_key(ui: &Ui, control: Id, text: &str) {
    let (is_enter, first) = ui.input(|input| {
        let first = input.events.iter().find_map(|event| match event {
            Event::Text(text)
                if text.starts_with(|c: char| c.is_ascii_digit() || "-+.\u{2212}".contains(c)) =>
            {
                Some(text.clone())
            }
            _ => None,
        });
        (input.key_pressed(Key::Enter), first)
    });
    if let Some(first) = first {
        let opened_s = ui.input(|input| input.time);
        let to_select = Some(first.chars().count());
        store(ui, control, Typed { text: first, error: None, opened_s, to_select });
    } else if is_enter {
        open(ui, control, text);
    }
}

/// The field, if the number is being typed: at `rect`, in place of the number. Returns whether it is shown.
pub fn show(ui: &mut Ui, theme: &Theme, control: Id, rect: Rect, quantity: &mut dyn Quantity) -> bool {
    let Some(mut typed) = ui.data(|data| data.get_temp::<Typed>(state_id(control))) else { return false };
    let field_id = control.with("field");
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect));
    let field = TextEdit::singleline(&mut typed.text)
        .id(field_id)
        .font(FontId::proportional(CONTROL_POINTS))
        .align(egui::Align2::CENTER_CENTER)
        .margin(egui::Margin::symmetric(2, 0));
    let mut output = child.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_min_size(rect.size());
        field.desired_width(rect.width()).min_size(rect.size()).show(ui)
    });
    let output = &mut output.inner;
    let response = output.response.response.clone().accessible_name(format!("{}, typed", quantity.name()));
    if let Some(from) = typed.to_select.take() {
        response.request_focus();
        let range = CCursorRange::two(CCursor::new(from), CCursor::new(typed.text.chars().count()));
        output.state.cursor.set_char_range(Some(range));
        output.state.clone().store(ui.ctx(), field_id);
        store(ui, control, typed);
        return true;
    }
    let (is_escape, is_enter, now_s) =
        ui.input(|input| (input.key_pressed(Key::Escape), input.key_pressed(Key::Enter), input.time));
    if response.double_clicked() && now_s - typed.opened_s < DOUBLE_CLICK_S {
        close(ui, control);
        quantity.change(quantity.default());
        return true;
    }
    if response.changed() {
        typed.error = None;
    }
    if is_escape || !(response.has_focus() || response.lost_focus()) {
        close(ui, control);
        return true;
    }
    if response.lost_focus() {
        match quantity.parse(&typed.text) {
            Ok(value) => {
                quantity.change(value);
                close(ui, control);
                if is_enter {
                    ui.memory_mut(|memory| memory.request_focus(control));
                }
                return true;
            }
            Err(expected) if is_enter => {
                typed.error = Some(expected);
                response.request_focus();
            }
            // Whoever goes on elsewhere has given it up.
            Err(_) => {
                close(ui, control);
                return true;
            }
        }
    }
    if let Some(error) = &typed.error {
        say(ui, theme, control, rect, error);
    }
    store(ui, control, typed);
    true
}

/// A word under the field.
fn say(ui: &Ui, theme: &Theme, control: Id, rect: Rect, error: &str) {
    Area::new(control.with("error"))
        .order(Order::Tooltip)
        .fixed_pos(rect.left_bottom() + egui::vec2(-8.0, 4.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).stroke((1.0, theme.alarm)).show(ui, |ui| {
                ui.set_max_width(260.0);
                ui.label(RichText::new(error).size(CONTROL_POINTS).color(theme.alarm));
            });
        });
}
