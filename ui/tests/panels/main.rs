//! The panels, driven through their accessibility tree, over a real chain that plays the demo piece.

mod assistant;
mod bench;
mod controls;
mod dynamic_bells;
mod equaliser;
mod header;
mod help;
mod looks;
mod meters;
mod overview;
mod pages;
mod pictures;
mod studio;
mod watch;

use studio::Studio;

/// Every page opens, in both shades, and its controls have names.
#[test]
fn every_page_opens() {
    for page in lacquer_ui::view::Page::ALL {
        let mut studio = Studio::new();
        studio.editor.view.page = page;
        studio.play(0.2);
        let mut harness = studio.harness([1040.0, 680.0]);
        harness.run_steps(3);
    }
}
