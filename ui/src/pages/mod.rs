//! A file for each page.

pub mod equaliser;
pub mod meters;
pub mod overview;

use crate::editor::PageContext;
use crate::view::Page;

/// Draws the page that the view names.
pub fn show(ui: &mut egui::Ui, context: &mut PageContext<'_, '_>) {
    match context.view.page {
        Page::Equaliser => equaliser::show(ui, context),
        Page::Meters => meters::show(ui, context),
        Page::Overview => overview::show(ui, context),
        Page::Voice | Page::Multiband | Page::Exciter | Page::Stereo | Page::Limiter => {
            ui.label(context.view.page.title());
        }
    }
}
