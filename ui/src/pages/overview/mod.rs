//! Overview: for the hurried. A target, one loudness and one true peak, and a line for each stage of the chain.

mod matching;
mod read_outs;
mod stages;

pub use matching::{Missing, matched};

use crate::editor::PageContext;
use crate::style::GRID;
use crate::targets::{self, TARGETS};
use crate::widgets::quantity::Free;
use crate::widgets::{choice_of, value_of};
use egui::{Rect, RichText, Ui, vec2};

/// The height of the row of targets.
const TARGET_HEIGHT: f32 = 26.0;

/// The height of the large figures.
const READ_OUTS_HEIGHT: f32 = 108.0;

/// Draws the page.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    ui.spacing_mut().item_spacing.y = GRID;
    target(ui, context);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), READ_OUTS_HEIGHT));
    read_outs::show(ui, context, rect);
    let (_, rect) = ui.allocate_space(ui.available_size());
    stages::show(ui, context, rect);
}

/// Where the master goes: one of the places, or numbers of one's own.
fn target(ui: &mut Ui, context: &mut PageContext<'_, '_>) {
    let theme = context.theme;
    let view = &mut *context.view;
    ui.horizontal(|ui| {
        ui.set_height(TARGET_HEIGHT);
        ui.label(RichText::new("Target").color(theme.faint_text));
        let mut index = targets::chosen(view).unwrap_or(usize::MAX);
        let names = TARGETS.map(|target| target.name);
        let response = choice_of(ui, theme, "Target", &names, &mut index);
        if response.changed() {
            TARGETS[index].choose(view);
        }
        response.on_hover_text(
            "Where the master goes. It sets the two numbers beside it; Match brings the programme to them.",
        );
        value_of(
            ui,
            theme,
            "target loudness",
            &mut Free {
                name: "Target loudness",
                help: "Integrated loudness that the programme is brought to.",
                unit: "LUFS",
                range: -40.0..=-5.0,
                default: TARGETS[0].lufs,
                step: 0.1,
                value: &mut view.target_lufs,
            },
        );
        value_of(
            ui,
            theme,
            "target peak",
            &mut Free {
                name: "Target true peak",
                help: "The highest true peak that the place takes.",
                unit: "dBTP",
                range: -12.0..=0.0,
                default: TARGETS[0].peak_dbtp,
                step: 0.1,
                value: &mut view.target_peak_dbtp,
            },
        );
    });
}

/// A ground for what belongs together; what it returns is the room within.
fn card(ui: &Ui, context: &PageContext<'_, '_>, rect: Rect) -> Rect {
    ui.painter().rect_filled(rect, 6.0, context.theme.panel);
    rect.shrink2(vec2(14.0, 10.0))
}
