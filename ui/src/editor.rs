//! The whole window: header, the page, and what they keep.

use crate::desk::Desk;
use crate::history::History;
use crate::host::Host;
use crate::theme::Theme;
use crate::view::{Page, View};
use crate::watch::Watch;

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
}

impl Editor {
    /// An editor with a view that was kept.
    #[must_use]
    pub fn new(view: View) -> Self {
        Self { view, ..Self::default() }
    }

    /// Draws everything and does what the user wants.
    pub fn ui(&mut self, ui: &mut egui::Ui, host: &mut dyn Host) {
        if let Some(reader) = host.take_telemetry() {
            self.watch.connect(reader);
        }
        self.watch.update(ui.input(|input| input.time), host.audio_format(), &self.view.spectrum);
        let theme = Theme::of(self.view.shade);
        let mut desk = Desk::new(host, &mut self.history);
        ui.horizontal(|ui| {
            for page in Page::ALL {
                ui.selectable_value(&mut self.view.page, page, page.title());
            }
        });
        let mut context =
            PageContext { desk: &mut desk, watch: &mut self.watch, view: &mut self.view, theme: &theme };
        crate::pages::show(ui, &mut context);
    }
}
