//! The whole window: header, the page, and what they keep.

use crate::desk::Desk;
use crate::header::{self, Deck};
use crate::history::History;
use crate::host::Host;
use crate::style;
use crate::theme::Theme;
use crate::view::View;
use crate::watch::Watch;
use lacquer_presets::Library;

/// The room that every page is laid out for: a window of 900 by 600 points less the header and the margins.
const SMALLEST_PAGE: egui::Vec2 = egui::vec2(840.0, 470.0);

/// What a page is handed.
pub struct PageContext<'d, 'h> {
    /// The parameters.
    pub desk: &'d mut Desk<'h>,
    /// The audio.
    pub watch: &'d mut Watch,
    /// How it looks and what it aims at.
    pub view: &'d mut View,
    /// The colours.
    pub theme: &'d Theme,
}

/// The window's contents, for plugin and application alike.
#[derive(Default)]
pub struct Editor {
    /// What the host keeps from session to session.
    pub view: View,
    history: History,
    watch: Watch,
    deck: Deck,
}

impl Editor {
    /// An editor with a view that was kept.
    #[must_use]
    pub fn new(view: View) -> Self {
        Self { view, ..Self::default() }
    }

    /// The same with presets from elsewhere than the user's folder.
    #[must_use]
    pub fn with_library(view: View, library: Library) -> Self {
        Self { view, deck: Deck::new(library), ..Self::default() }
    }

    /// Draws everything and does what the user wants.
    pub fn ui(&mut self, ui: &mut egui::Ui, host: &mut dyn Host) {
        if let Some(reader) = host.take_telemetry() {
            self.watch.connect(reader);
        }
        self.watch.update(ui.input(|input| input.time), host.audio_format(), &self.view.spectrum);
        let theme = Theme::of(self.view.shade);
        self.dress(ui, &theme);
        let mut desk = Desk::new(host, &mut self.history);
        let is_pressed = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
        if desk.is_holding() && !is_pressed {
            desk.end_all();
        }
        let mut context =
            PageContext { desk: &mut desk, watch: &mut self.watch, view: &mut self.view, theme: &theme };
        ui.spacing_mut().item_spacing.y = 0.0;
        header::show(ui, &mut context, &mut self.deck);
        ui.spacing_mut().item_spacing.y = style::GRID / 2.0;
        let margin = egui::Margin::same(12);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| show_page(ui, &mut context));
        header::show_assistant(ui, &mut context, &mut self.deck);
    }

    /// The host has loaded another session: its view, and no steps of the last to take back.
    pub fn restore(&mut self, view: View) {
        self.view = view;
        self.history = History::default();
        self.deck.restore();
    }

    /// The window opens again after it was away: what waited for it meanwhile is no longer news.
    pub fn reopen(&mut self) {
        self.watch.skip_waiting();
    }

    /// The window closes: nothing stays held.
    pub fn close(&mut self, host: &mut dyn Host) {
        Desk::new(host, &mut self.history).end_all();
    }

    /// Colours, text and size, wherever the toolkit draws.
    fn dress(&self, ui: &mut egui::Ui, theme: &Theme) {
        style::dress(ui, theme, self.view.shade);
        // The size is the view's: the header has the keys for it.
        ui.ctx().options_mut(|options| options.zoom_with_keyboard = false);
        ui.ctx().set_zoom_factor(self.view.scale_percent.clamp(75.0, 200.0) / 100.0);
        ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, theme.window);
    }
}

/// A page in the room that there is; where that is too small for any page, the page keeps its size and the window scrolls over it.
fn show_page(ui: &mut egui::Ui, context: &mut PageContext<'_, '_>) {
    let size = ui.available_size().max(SMALLEST_PAGE);
    if size == ui.available_size() {
        return crate::pages::show(ui, context);
    }
    egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        let (_, rect) = ui.allocate_space(size);
        let mut page = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        crate::pages::show(&mut page, context);
    });
}
