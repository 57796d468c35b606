//! A file for each page.

mod equaliser;
mod exciter;
mod limiter;
mod live;
mod meters;
mod multiband;
pub mod overview;
mod parts;
mod plane;
mod stereo;
mod voice;

use crate::editor::PageContext;
use crate::view::Page;

/// Draws the page that the view names.
pub fn show(ui: &mut egui::Ui, context: &mut PageContext<'_, '_>) {
    match context.view.page {
        Page::Overview => overview::show(ui, context),
        Page::Voice => voice::show(ui, context),
        Page::Equaliser => equaliser::show(ui, context),
        Page::Multiband => multiband::show(ui, context),
        Page::Exciter => exciter::show(ui, context),
        Page::Stereo => stereo::show(ui, context),
        Page::Limiter => limiter::show(ui, context),
        Page::Meters => meters::show(ui, context),
    }
}
