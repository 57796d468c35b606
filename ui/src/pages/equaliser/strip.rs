//! Below the graph: a tab for each band, and the controls of the selected one.

use super::bands::BANDS;
use crate::desk::param;
use crate::editor::PageContext;
use egui::{RichText, Ui};

pub(super) fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, selected: &mut usize) {
    ui.horizontal(|ui| {
        for (idx, band) in BANDS.iter().enumerate() {
            let is_on = band.is_on(context.desk);
            let colour = if is_on { context.theme.text } else { context.theme.faint_text };
            let words = if is_on { band.name.to_owned() } else { format!("{} (off)", band.name) };
            let response = ui.selectable_label(*selected == idx, RichText::new(words).color(colour));
            if response.clicked() {
                *selected = idx;
            }
            if response.double_clicked() {
                context.desk.change(param(band.on), if is_on { 0.0 } else { 1.0 });
            }
        }
    });
}
