//! Above every page: presets, A and B, undo, what is heard, latency and looks; and the tabs.

mod browser;
mod deck;
mod tools;

pub use deck::Deck;

use crate::editor::PageContext;
use crate::style::{GRID, NAME_POINTS, TITLE_POINTS};
use crate::view::Page;
use crate::widgets::toggle;
use egui::{
    Align, Frame, Key, KeyboardShortcut, Layout, Margin, Modifiers, Response, RichText, Sense, Ui, vec2,
};

const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
const REDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);

const ASSISTANT_WIDTH: f32 = 380.0;
const ASSISTANT_HEIGHT: f32 = 420.0;

/// Under the header, at the right.
const ASSISTANT_OFFSET: egui::Vec2 = vec2(-12.0, 80.0);
/// With the command key they open the pages, in the order of the tabs.
const PAGE_KEYS: [Key; Page::ALL.len()] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8];

/// Draws the header and does what the user wants.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    obey_shortcuts(ui, context);
    if let Some(notice) = context.desk.host.take_notice() {
        deck.notices.push(notice);
    }
    let frame = Frame::new().fill(context.theme.panel).inner_margin(Margin {
        left: 12,
        right: 12,
        top: 6,
        bottom: 0,
    });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.set_height(30.0);
            ui.label(
                RichText::new("LACQUER")
                    .size(TITLE_POINTS)
                    .extra_letter_spacing(1.5)
                    .color(context.theme.text),
            );
            ui.add_space(GRID / 2.0);
            browser::bar(ui, context, deck);
            ui.add_space(GRID);
            tools::a_and_b(ui, context, deck);
            ui.add_space(GRID);
            tools::undo_and_redo(ui, context);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                tools::looks(ui, context);
                tools::latency(ui, context);
                tools::bypass(ui, context);
            });
        });
        tabs(ui, context, deck);
    });
    notices(ui, context, deck);
}

/// The assistant over the page, if it was called.
pub fn show_assistant(ui: &Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    let mut is_open = deck.is_assistant_open;
    egui::Window::new("Assistant")
        .id(egui::Id::unique("assistant"))
        .open(&mut is_open)
        .collapsible(false)
        .resizable(false)
        .default_width(ASSISTANT_WIDTH)
        .anchor(egui::Align2::RIGHT_TOP, ASSISTANT_OFFSET)
        .show(ui.ctx(), |ui| {
            ui.set_width(ASSISTANT_WIDTH);
            ui.set_max_height(ASSISTANT_HEIGHT);
            crate::assistant::show(ui, context, &mut deck.assistant);
        });
    deck.is_assistant_open = is_open;
}

fn obey_shortcuts(ui: &Ui, context: &mut PageContext<'_, '_>) {
    // Where words are typed, the keys belong to them.
    if ui.ctx().text_edit_focused() {
        return;
    }
    if ui.input_mut(|input| input.consume_shortcut(&REDO)) {
        context.desk.redo();
    } else if ui.input_mut(|input| input.consume_shortcut(&UNDO)) {
        context.desk.undo();
    }
    for (page, key) in Page::ALL.into_iter().zip(PAGE_KEYS) {
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, key)) {
            context.view.page = page;
        }
    }
    tools::obey_size_keys(ui, context);
}

fn tabs(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (page, key) in Page::ALL.into_iter().zip(PAGE_KEYS) {
            let shortcut = ui.ctx().format_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key));
            if tab(ui, context, page).on_hover_text(shortcut).clicked() {
                context.view.page = page;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_open = deck.is_assistant_open;
            let button = toggle(ui, context.theme, "Assistant", "Assistant", is_open);
            let explained =
                "Listens for half a minute and proposes settings for the target, each with its reason.";
            if button.on_hover_text(explained).clicked() {
                deck.is_assistant_open = !is_open;
            }
        });
    });
}

fn tab(ui: &mut Ui, context: &PageContext<'_, '_>, page: Page) -> Response {
    let theme = context.theme;
    let is_shown = context.view.page == page;
    let font = egui::FontId::proportional(NAME_POINTS);
    let galley = ui.painter().layout_no_wrap(page.title().to_owned(), font, theme.text);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 24.0, 30.0), Sense::click());
    let colour = if is_shown || response.hovered() { theme.text } else { theme.faint_text };
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley_with_override_text_color(at, galley, colour);
    if is_shown {
        let line = egui::Rect::from_min_max(
            rect.left_bottom() + vec2(10.0, -3.0),
            rect.right_bottom() - vec2(10.0, 0.0),
        );
        ui.painter().rect_filled(line, 1.0, theme.output);
    }
    if response.has_focus() {
        let edge = egui::Stroke::new(1.0, theme.output);
        ui.painter().rect_stroke(rect.shrink(3.0), 3.0, edge, egui::StrokeKind::Inside);
    }
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, is_shown, page.title()));
    response
}

/// What the host had to say, until it is put away.
fn notices(ui: &mut Ui, context: &PageContext<'_, '_>, deck: &mut Deck) {
    let mut read = None;
    for (place, notice) in deck.notices.iter().enumerate() {
        let theme = context.theme;
        let frame =
            Frame::new().fill(theme.change.gamma_multiply(0.25)).inner_margin(Margin::symmetric(12, 4));
        // A row of its own height: what is laid out from the right alone takes all the height that there is.
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if ui.button("Dismiss").clicked() {
                        read = Some(place);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(egui::Label::new(RichText::new(notice).color(theme.text)).wrap());
                    });
                });
            });
        });
    }
    if let Some(place) = read {
        deck.notices.remove(place);
    }
}
