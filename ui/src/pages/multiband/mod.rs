//! Multiband: the bands over the spectrum, and the selected band's curve and controls.

mod bands;
mod curve;

use super::parts::{self, GAP};
use crate::desk::param;
use crate::editor::PageContext;
use crate::widgets;
use egui::{Id, Ui, Vec2};
use lacquer_dsp::modules::multiband::cut_hz;
use lacquer_dsp::param::Param;
use lacquer_dsp::settings::{BandSettings, ChainSettings, MAX_BANDS, Module};
use lacquer_dsp::units::{db_to_gain, gain_to_db};

/// What the controls under the plot need.
const FOOT_HEIGHT: f32 = 232.0;

/// The bands as they sound.
struct Bands {
    num_bands: usize,
    /// The band whose controls are shown.
    selected: usize,
    /// Where each begins, and where the last ends.
    edges_hz: [f64; MAX_BANDS + 1],
}

impl Bands {
    fn new(ui: &Ui, settings: &ChainSettings) -> Self {
        let num_bands = settings.multiband.num_bands.clamp(2, MAX_BANDS);
        let mut edges_hz = [20_000.0; MAX_BANDS + 1];
        edges_hz[0] = 20.0;
        edges_hz[1..num_bands].copy_from_slice(&cut_hz(&settings.multiband)[..num_bands - 1]);
        let selected = ui.data(|data| data.get_temp(selection_id())).unwrap_or(0);
        Self { num_bands, selected: usize::min(selected, num_bands - 1), edges_hz }
    }

    fn select(&mut self, ui: &Ui, band_idx: usize) {
        self.selected = band_idx;
        ui.data_mut(|data| data.insert_temp(selection_id(), band_idx));
    }

    fn range_text(&self, band_idx: usize) -> String {
        let hz = |edge: usize| param("multiband.crossover1_hz").to_text(self.edges_hz[edge].round());
        match band_idx {
            0 => format!("below {}", hz(1)),
            last if last + 1 == self.num_bands => format!("above {}", hz(last)),
            _ => format!("{} to {}", hz(band_idx), hz(band_idx + 1)),
        }
    }
}

fn selection_id() -> Id {
    Id::unique("the selected band of the multiband compressor")
}

/// A band's row of the parameter table.
fn band_param(band_idx: usize, what: &str) -> &'static Param {
    param(&format!("multiband.band{}.{what}", band_idx + 1))
}

/// What a reduction and the rest of a band's settings make of its level, dB.
fn gain_db(band: &BandSettings, module_mix_percent: f64, reduction_db: f64) -> f64 {
    let wet = if band.bypass { 0.0 } else { 1e-4 * module_mix_percent * band.mix_percent };
    gain_to_db(wet * db_to_gain(band.makeup_db - reduction_db) + 1.0 - wet)
}

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    widgets::module_bar(ui, context, Module::Multiband);
    let mut bands = Bands::new(ui, context.desk.settings());
    let plot = parts::plot_over(ui, FOOT_HEIGHT);
    bands::show(ui, context, plot, &mut bands);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let side = FOOT_HEIGHT.min(ui.available_height());
        curve::show(ui, context, Vec2::splat(side), &bands);
        let module_width = 164.0;
        let theme = context.theme;
        let band_width = ui.available_width() - module_width - GAP;
        parts::card(ui, theme, Vec2::new(band_width, side), |ui| band_controls(ui, context, &bands));
        parts::card(ui, theme, Vec2::new(module_width, side), |ui| module_controls(ui, context));
    });
}

fn band_controls(ui: &mut Ui, context: &mut PageContext<'_, '_>, bands: &Bands) {
    let id = |what| band_param(bands.selected, what).id;
    ui.horizontal(|ui| {
        parts::heading(ui, context.theme, &format!("Band {}", bands.selected + 1));
        parts::hint(ui, context.theme, &bands.range_text(bands.selected));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::switch(ui, context, id("solo"));
            widgets::switch(ui, context, id("bypass"));
        });
    });
    let rows = [
        [
            ("Threshold", "threshold_db"),
            ("Ratio", "ratio"),
            ("Knee", "knee_db"),
            ("Attack", "attack_ms"),
            ("Release", "release_ms"),
        ],
        [
            ("Up threshold", "upward_threshold_db"),
            ("Up ratio", "upward_ratio"),
            ("Up at most", "upward_max_db"),
            ("Make-up", "makeup_db"),
            ("Mix", "mix_percent"),
        ],
    ];
    for row in rows {
        parts::knobs(ui, context, &row.map(|(caption, what)| (caption, id(what))));
    }
}

fn module_controls(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    parts::heading(ui, context.theme, "All bands");
    let rows = [
        ("Bands", "multiband.num_bands"),
        ("Link", "multiband.link_percent"),
        ("Mix", "multiband.mix_percent"),
    ];
    parts::values(ui, context, &rows);
    ui.add_space(GAP);
    let words = "Click a band to select it; drag its lines and edges, with shift finer. \
                 Filled is what it loses, the blue line its gain with make-up and mix, \
                 the bar at its right its level.";
    parts::hint(ui, context.theme, words);
}
