//! One page over the real chain, with its undo history in reach, and a hand that drags.

use crate::studio::Studio;
use egui::{Pos2, Vec2};
use egui_kittest::Harness;
use lacquer_dsp::settings::ChainSettings;
use lacquer_ui::desk::Desk;
use lacquer_ui::editor::PageContext;
use lacquer_ui::history::History;
use lacquer_ui::host::Host;
use lacquer_ui::theme::Theme;
use lacquer_ui::view::{Page, View};
use lacquer_ui::watch::Watch;

/// What a page is shown with.
pub struct Bench {
    pub studio: Studio,
    pub history: History,
    pub watch: Watch,
    view: View,
}

impl Bench {
    /// A page with everything switched on that it shows, after a little of the demo piece.
    pub fn new(page: Page) -> Self {
        let mut studio = Studio::new();
        let settings = &mut studio.engine.settings;
        (settings.multiband.bypass, settings.exciter.bypass) = (false, false);
        (settings.gate.bypass, settings.de_esser.bypass, settings.leveller.bypass) = (false, false, false);
        settings.multiband.bands[1].threshold_db = -30.0;
        settings.stereo.guard = true;
        let view = View { page, ..View::default() };
        Self { studio, history: History::default(), watch: Watch::default(), view }
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        if let Some(reader) = self.studio.engine.take_telemetry() {
            self.watch.connect(reader);
        }
        let format = self.studio.engine.audio_format();
        self.watch.update(ui.input(|input| input.time), format, &self.view.spectrum);
        let theme = Theme::of(self.view.shade);
        lacquer_ui::style::dress(ui, &theme, self.view.shade);
        let mut desk = Desk::new(&mut self.studio.engine, &mut self.history);
        let mut context =
            PageContext { desk: &mut desk, watch: &mut self.watch, view: &mut self.view, theme: &theme };
        lacquer_ui::pages::show(ui, &mut context);
    }

    /// The page, having heard half a second.
    pub fn harness(mut self) -> Harness<'static, Self> {
        self.studio.play(0.5);
        let size = Vec2::new(1040.0, 680.0);
        let mut harness = Harness::builder()
            .with_size(size)
            .with_step_dt(1.0 / 60.0)
            .build_ui_state(|ui, bench: &mut Self| bench.ui(ui), self);
        harness.run_steps(2);
        harness
    }

    pub fn settings(&self) -> &ChainSettings {
        &self.studio.engine.settings
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> Option<&'static str> {
        Desk::new(&mut self.studio.engine, &mut self.history).undo()
    }
}

/// Drags from a place by a way, in several steps as a hand does.
pub fn drag(harness: &mut Harness<'_, Bench>, from: Pos2, way: Vec2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for share in [0.1, 0.4, 0.8, 1.0] {
        harness.hover_at(from + share * way);
        harness.step();
    }
    harness.drop_at(from + way);
    harness.run_steps(2);
}
