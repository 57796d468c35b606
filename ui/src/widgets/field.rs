//! A value that is typed, with its unit: what is no value of the parameter is answered with what was expected.

use crate::editor::PageContext;
use crate::style::{CORNER, UNIT, size};
use egui::text::{CCursor, CCursorRange};
use egui::{Align2, Area, FontId, Id, Key, Order, Rect, Response, Sense, Stroke, TextEdit, Ui, Vec2};
use lacquer_dsp::param::Param;

/// The size of a field that stands alone.
pub const SIZE: Vec2 = Vec2::new(84.0, 24.0);

/// What is being typed.
#[derive(Clone, Default)]
struct Typing {
    text: String,
    error: Option<String>,
    has_begun: bool,
}

/// The value of a parameter at a place.
pub(super) struct Field {
    pub(super) param: &'static Param,
    pub(super) rect: Rect,
    pub(super) align: Align2,
    /// Part of a larger control, without a frame of its own.
    pub(super) is_plain: bool,
}

impl Field {
    fn id(&self) -> Id {
        Id::unique(("field", self.param.id))
    }

    /// Whether the user is typing.
    pub(super) fn is_typing(&self, ui: &Ui) -> bool {
        ui.data(|data| data.get_temp::<Typing>(self.id()).is_some())
    }

    /// The value, which a click lets the user type.
    pub(super) fn show(&self, ui: &mut Ui, context: &mut PageContext<'_, '_>) -> Response {
        if let Some(typing) = ui.data(|data| data.get_temp::<Typing>(self.id())) {
            return self.edit(ui, context, typing);
        }
        let response = ui.interact(self.rect, Id::unique(("value", self.param.id)), Sense::click());
        let name = format!("Type {}", self.param.name);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name.as_str()));
        self.rest(ui, context, &response);
        response.on_hover_text("Click to type a value with its unit")
    }

    /// Shows the value; a click or Enter begins the typing.
    pub(super) fn rest(&self, ui: &Ui, context: &PageContext<'_, '_>, response: &Response) {
        let theme = context.theme;
        let text = self.param.to_text(context.desk.value(self.param));
        let is_held = response.hovered() || response.has_focus();
        if !self.is_plain || is_held {
            let edge = if response.has_focus() { theme.output } else { theme.edge };
            ui.painter().rect(
                self.rect,
                CORNER,
                theme.well,
                Stroke::new(1.0, edge),
                egui::StrokeKind::Inside,
            );
        }
        let inside = self.rect.shrink2(Vec2::new(UNIT / 2.0, 0.0));
        let at = self.align.pos_in_rect(&inside);
        ui.painter().text(at, self.align, &text, FontId::proportional(size::BODY), theme.text);
        let is_entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if response.clicked() && !response.double_clicked() || is_entered {
            ui.data_mut(|data| data.insert_temp(self.id(), Typing { text, ..Typing::default() }));
        }
    }

    fn edit(&self, ui: &mut Ui, context: &mut PageContext<'_, '_>, mut typing: Typing) -> Response {
        let edit = TextEdit::singleline(&mut typing.text)
            .id(self.id().with("edit"))
            .font(FontId::proportional(size::BODY))
            .margin(Vec2::new(UNIT / 2.0, 2.0))
            .desired_width(self.rect.width() - UNIT);
        let response = ui.put(self.rect, edit);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(self.param.name));
        if !typing.has_begun {
            typing.has_begun = true;
            response.request_focus();
            self.select_all(ui, response.id, typing.text.chars().count());
        }
        let (is_entered, is_left) =
            ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
        let mut is_done = false;
        if response.double_clicked() {
            context.desk.change(self.param, self.param.default);
            is_done = true;
        } else if response.lost_focus() {
            is_done = match self.param.from_text(&typing.text) {
                Ok(value) if !is_left => {
                    context.desk.change(self.param, value);
                    true
                }
                Err(error) if is_entered => {
                    // The user can mend it where it stands.
                    typing.error = Some(error.to_string());
                    response.request_focus();
                    false
                }
                _ => true,
            };
        }
        if response.changed() {
            typing.error = None;
        }
        if let Some(error) = &typing.error {
            self.explain(ui, context, error);
        }
        ui.data_mut(|data| {
            if is_done {
                data.remove::<Typing>(self.id());
            } else {
                data.insert_temp(self.id(), typing);
            }
        });
        response
    }

    fn select_all(&self, ui: &Ui, id: Id, len: usize) {
        let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), CCursor::new(len))));
        state.store(ui.ctx(), id);
    }

    /// What was expected, under the field.
    fn explain(&self, ui: &Ui, context: &PageContext<'_, '_>, error: &str) {
        let theme = context.theme;
        Area::new(self.id().with("error"))
            .order(Order::Tooltip)
            .constrain(true)
            .fixed_pos(self.rect.left_bottom() + Vec2::new(0.0, 4.0))
            .show(ui.ctx(), |ui| {
                egui::Frame::popup(ui.style()).show(ui, |ui| {
                    ui.set_max_width(260.0);
                    ui.label(egui::RichText::new(error).color(theme.alarm));
                });
            });
    }
}
