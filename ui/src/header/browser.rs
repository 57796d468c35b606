//! The preset browser: a button with the loaded preset's name, and under it the list with its search.

use super::Deck;
use crate::editor::PageContext;
use crate::style::{CONTROL_POINTS, NAME_POINTS, SMALL_POINTS, TITLE_POINTS};
use crate::theme::Theme;
use egui::{
    Align, Align2, Button, FontId, Layout, Popup, PopupCloseBehavior, Response, RichText, Role, ScrollArea,
    Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use lacquer_presets::{Entry, Preset};

const LIST_WIDTH: f32 = 250.0;
const DETAILS_WIDTH: f32 = 270.0;
const HEIGHT: f32 = 340.0;
const ROW_HEIGHT: f32 = 26.0;
const FIELD_MARGIN: egui::Margin = egui::Margin::symmetric(8, 4);

/// What stands in the same row beside the preset's name, in points.
const BESIDE_NAME: f32 = 648.0;

/// What the user has done in the browser so far.
#[derive(Default)]
pub struct Browser {
    search: String,
    /// The slug of the preset that is looked at.
    selected: Option<String>,
    /// Whether the selected preset is still to be brought into view.
    is_to_be_shown: bool,
    form: Form,
    /// What went wrong with the last thing that was tried.
    error: Option<String>,
}

/// What the right side asks for.
#[derive(Default, Clone, PartialEq)]
enum Form {
    #[default]
    None,
    Save {
        name: String,
        description: String,
        /// The name is taken, and the user was told so.
        is_taken: bool,
    },
    Rename {
        slug: String,
        name: String,
    },
    Delete {
        slug: String,
    },
}

/// One line of the list.
struct Row {
    slug: String,
    name: String,
    is_factory: bool,
    is_favourite: bool,
    /// The preset, or what is wrong with its file.
    preset: Result<Preset, String>,
}

impl Row {
    fn new(entry: &Entry) -> Self {
        let name = entry.preset.as_ref().map_or_else(|_| entry.slug.clone(), |preset| preset.name.clone());
        let preset = entry.preset.as_ref().map(Clone::clone).map_err(ToString::to_string);
        let (is_factory, is_favourite) = (entry.is_factory, entry.is_favourite);
        Self { slug: entry.slug.clone(), name, is_factory, is_favourite, preset }
    }

    /// Whether every word that is looked for occurs.
    fn is_found(&self, search: &str) -> bool {
        let description = self.preset.as_ref().map_or("", |preset| &preset.description);
        let text = format!("{} {} {description}", self.name, self.slug).to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// The preset's name between arrows, which opens the browser.
pub(super) fn bar(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for (is_next, glyph, name) in [(false, "\u{23f4}", "Previous preset"), (true, "\u{23f5}", "Next preset")]
    {
        if is_next {
            opener(ui, context, deck);
        }
        let arrow = ui.add(Button::new(RichText::new(glyph).size(CONTROL_POINTS)).min_size(vec2(20.0, 24.0)));
        arrow.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if arrow.on_hover_text(name).clicked() {
            deck.load_neighbour(context.desk, context.view, is_next);
        }
    }
    ui.spacing_mut().item_spacing.x = 8.0;
}

fn opener(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck) {
    let theme = context.theme;
    let width = (ui.available_width() - BESIDE_NAME).clamp(136.0, 240.0);
    let (name, is_modified) = match deck.loaded(context.view) {
        Some(preset) => (preset.name.clone(), preset.settings != *context.desk.settings()),
        None => ("No preset".to_owned(), false),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    let look = ui.style().interact(&response);
    ui.painter().rect(rect, 4.0, theme.well, look.bg_stroke, egui::StrokeKind::Inside);
    let shown = if is_modified { format!("{name} *") } else { name.clone() };
    let mut job =
        egui::text::LayoutJob::simple_singleline(shown, FontId::proportional(NAME_POINTS), theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 34.0);
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
    let tip = pos2(rect.right() - 12.0, rect.center().y);
    ui.painter().text(
        tip,
        Align2::CENTER_CENTER,
        "\u{23f7}",
        FontId::proportional(CONTROL_POINTS),
        theme.faint_text,
    );
    let state = if is_modified { ", modified" } else { "" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Preset: {name}{state}")));
    if response.clicked() {
        deck.look_again();
        deck.browser =
            Browser { selected: context.view.preset.clone(), is_to_be_shown: true, ..Browser::default() };
    }
    Popup::menu(&response)
        .width(LIST_WIDTH + DETAILS_WIDTH + 16.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        // Not a menu's: buttons look like buttons.
        .style(egui::style::StyleModifier::default())
        .show(|ui| {
            ui.set_width(LIST_WIDTH + DETAILS_WIDTH + 16.0);
            ui.horizontal_top(|ui| {
                let rows: Vec<Row> = deck.entries().iter().map(Row::new).collect();
                ui.allocate_ui_with_layout(vec2(LIST_WIDTH, HEIGHT), Layout::top_down(Align::Min), |ui| {
                    list(ui, context, deck, &rows);
                });
                ui.add_space(8.0);
                ui.allocate_ui_with_layout(vec2(DETAILS_WIDTH, HEIGHT), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(DETAILS_WIDTH);
                    details(ui, context, deck, &rows);
                });
            });
        });
}

fn list(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck, rows: &[Row]) {
    let search = TextEdit::singleline(&mut deck.browser.search)
        .hint_text("Search")
        .margin(FIELD_MARGIN)
        .align(Align2::LEFT_CENTER)
        .desired_width(LIST_WIDTH - 8.0);
    ui.add(search).accessible_name("Search presets");
    let found = |row: &&Row| row.is_found(&deck.browser.search);
    let groups: [(&str, Vec<&Row>); 3] = [
        ("Favourites", rows.iter().filter(|row| row.is_favourite).filter(found).collect()),
        ("Factory", rows.iter().filter(|row| row.is_factory && !row.is_favourite).filter(found).collect()),
        ("Yours", rows.iter().filter(|row| !row.is_factory && !row.is_favourite).filter(found).collect()),
    ];
    let is_empty = groups.iter().all(|(_, rows)| rows.is_empty());
    ScrollArea::vertical().max_height(HEIGHT - 40.0).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (title, rows) in groups.iter().filter(|(_, rows)| !rows.is_empty()) {
            ui.add_space(6.0);
            ui.label(RichText::new(*title).size(SMALL_POINTS).color(context.theme.faint_text));
            for row in rows {
                line(ui, context, deck, row);
            }
        }
        if is_empty {
            ui.add_space(8.0);
            ui.label(RichText::new("No preset has these words.").color(context.theme.faint_text));
        }
    });
}

/// A click loads; the star marks.
fn line(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck, row: &Row) {
    let theme = context.theme;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width() - 4.0, ROW_HEIGHT), Sense::click());
    let is_loaded = context.view.preset.as_ref() == Some(&row.slug);
    let is_selected = deck.browser.selected.as_ref() == Some(&row.slug);
    if is_selected || response.hovered() || response.has_focus() {
        let fill = if is_selected { theme.output.gamma_multiply(0.25) } else { theme.control };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    if is_selected && std::mem::take(&mut deck.browser.is_to_be_shown) {
        response.scroll_to_me_animation(None, egui::style::ScrollAnimation::none());
    }
    let colour = if row.preset.is_ok() { theme.text } else { theme.alarm };
    let font = FontId::proportional(NAME_POINTS);
    let name = if is_loaded { format!("{}  \u{2714}", row.name) } else { row.name.clone() };
    ui.painter().text(pos2(rect.left() + 8.0, rect.center().y), Align2::LEFT_CENTER, name, font, colour);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &row.name));
    if response.clicked() {
        deck.browser = Browser {
            selected: Some(row.slug.clone()),
            search: deck.browser.search.clone(),
            ..Browser::default()
        };
        if let Ok(preset) = &row.preset {
            deck.load(context.desk, context.view, preset);
        }
    }
    star(ui, theme, deck, row, rect);
}

fn star(ui: &mut Ui, theme: &Theme, deck: &mut Deck, row: &Row, line: egui::Rect) {
    let at = egui::Rect::from_center_size(pos2(line.right() - 16.0, line.center().y), vec2(24.0, ROW_HEIGHT));
    let star = ui.interact(at, ui.scope_id().with(("star", &row.slug)), Sense::click());
    let (glyph, colour) =
        if row.is_favourite { ("\u{2605}", theme.change) } else { ("\u{2606}", theme.faint_text) };
    let colour = if star.hovered() || star.has_focus() { theme.text } else { colour };
    ui.painter().text(at.center(), Align2::CENTER_CENTER, glyph, FontId::proportional(NAME_POINTS), colour);
    let name = format!("Favourite: {}", row.name);
    star.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, row.is_favourite, &name));
    if star.on_hover_text("Favourites stand first.").clicked() {
        let marked = deck.library.set_favourite(&row.slug, !row.is_favourite);
        deck.browser.error = marked.err().map(|error| error.to_string());
        deck.look_again();
    }
}

fn details(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck, rows: &[Row]) {
    let theme = context.theme;
    let selected = rows.iter().find(|row| deck.browser.selected.as_ref() == Some(&row.slug));
    if let Some(row) = selected {
        ui.label(RichText::new(&row.name).size(TITLE_POINTS).color(theme.text));
        match &row.preset {
            Ok(preset) => describe(ui, theme, preset),
            Err(error) => {
                ui.label(RichText::new(error).color(theme.alarm));
            }
        }
        ui.add_space(8.0);
    } else {
        ui.label(
            RichText::new("Click a preset to load it. Undo brings back what was there.")
                .color(theme.faint_text),
        );
    }
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
        ui.set_min_height(ui.available_height());
        if let Some(error) = &deck.browser.error {
            ui.label(RichText::new(error).size(CONTROL_POINTS).color(theme.alarm));
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| forms(ui, context, deck, selected));
    });
}

fn describe(ui: &mut Ui, theme: &Theme, preset: &Preset) {
    ui.label(RichText::new(&preset.description).color(theme.text));
    let ceiling = format!("ceiling {:.1} dBTP", preset.settings.limiter.ceiling_dbtp);
    let aim = match preset.bounce.output_lufs {
        Some(lufs) => format!("Aims at {lufs:.0} LUFS, {ceiling}"),
        None => format!("Leaves the loudness, {ceiling}"),
    };
    ui.label(RichText::new(aim.replace('-', "\u{2212}")).size(CONTROL_POINTS).color(theme.faint_text));
}

/// The buttons, and what they ask for.
fn forms(ui: &mut Ui, context: &mut PageContext<'_, '_>, deck: &mut Deck, selected: Option<&Row>) {
    let mut form = deck.browser.form.clone();
    match &mut form {
        Form::None => buttons(ui, &mut form, selected),
        Form::Save { name, description, is_taken } => {
            ui.label("Save the settings as");
            field(ui, "Name of the preset", "Name", name);
            field(ui, "Description of the preset", "For what, and how", description);
            let caption = if *is_taken { "Replace it" } else { "Save preset" };
            let is_wanted = ui.horizontal(|ui| done_or_not(ui, caption)).inner;
            if is_wanted == Some(true) {
                match deck.save(context.desk, context.view, [name, description], *is_taken) {
                    Ok(()) => {
                        deck.browser.selected.clone_from(&context.view.preset);
                        deck.browser.is_to_be_shown = true;
                        deck.browser.error = None;
                        form = Form::None;
                    }
                    Err(error) => {
                        *is_taken = matches!(error, lacquer_presets::PresetError::Taken { .. });
                        deck.browser.error = Some(error.to_string());
                    }
                }
            } else if is_wanted == Some(false) {
                (form, deck.browser.error) = (Form::None, None);
            }
        }
        Form::Rename { slug, name } => {
            field(ui, "New name of the preset", "Name", name);
            match ui.horizontal(|ui| done_or_not(ui, "Rename preset")).inner {
                Some(true) => match deck.rename(context.view, slug, name) {
                    Ok(new_slug) => {
                        deck.browser.selected = Some(new_slug);
                        deck.browser.is_to_be_shown = true;
                        (form, deck.browser.error) = (Form::None, None);
                    }
                    Err(error) => deck.browser.error = Some(error.to_string()),
                },
                Some(false) => (form, deck.browser.error) = (Form::None, None),
                None => {}
            }
        }
        Form::Delete { slug } => {
            ui.label("The file is deleted. This cannot be undone.");
            match ui.horizontal(|ui| done_or_not(ui, "Delete preset")).inner {
                Some(true) => {
                    deck.browser.error = deck.delete(context.view, slug).err().map(|error| error.to_string());
                    form = Form::None;
                }
                Some(false) => form = Form::None,
                None => {}
            }
        }
    }
    deck.browser.form = form;
}

fn buttons(ui: &mut Ui, form: &mut Form, selected: Option<&Row>) {
    ui.horizontal(|ui| {
        if ui.button("Save as\u{2026}").clicked() {
            let own = selected.filter(|row| !row.is_factory).and_then(|row| row.preset.as_ref().ok());
            let (name, description) =
                own.map_or_else(Default::default, |preset| (preset.name.clone(), preset.description.clone()));
            *form = Form::Save { name, description, is_taken: false };
        }
        if let Some(row) = selected.filter(|row| !row.is_factory) {
            if row.preset.is_ok() && ui.button("Rename\u{2026}").clicked() {
                *form = Form::Rename { slug: row.slug.clone(), name: row.name.clone() };
            }
            if ui.button("Delete\u{2026}").clicked() {
                *form = Form::Delete { slug: row.slug.clone() };
            }
        }
    });
}

fn field(ui: &mut Ui, name: &str, hint: &str, text: &mut String) -> Response {
    let field = TextEdit::singleline(text)
        .hint_text(hint)
        .margin(FIELD_MARGIN)
        .align(Align2::LEFT_CENTER)
        .char_limit(200)
        .desired_width(DETAILS_WIDTH - 16.0);
    ui.add(field).accessible_name(name)
}

/// Do it, or leave it.
fn done_or_not(ui: &mut Ui, caption: &str) -> Option<bool> {
    let is_done = ui.button(caption).clicked();
    let is_left = ui.button("Cancel").clicked();
    (is_done || is_left).then_some(is_done)
}
