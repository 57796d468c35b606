//! Draws every page as it looks over the demo piece, in both shades and at twice the size, without a display:
//! `cargo run --package lacquer-ui --example screenshots FOLDER`. `cargo xtask screenshots` puts them where the documents show them.

#[path = "../tests/panels/studio.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod studio;

use lacquer_ui::view::{Page, Shade};
use std::path::{Path, PathBuf};
use studio::Studio;

/// The window's size in points.
const SIZE: [f32; 2] = [1040.0, 680.0];

/// How much of the piece has been heard when the picture is taken: the full band plays then.
const HEARD_S: f64 = 14.0;

/// How often the window is drawn per second while the piece plays.
const FRAMES_PER_S: f64 = 30.0;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: screenshots FOLDER"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for page in Page::ALL {
        draw(page, Shade::Dark, 1.0, &folder);
        draw(page, Shade::Light, 1.0, &folder);
        if matches!(page, Page::Overview | Page::Equaliser | Page::Meters) {
            draw(page, Shade::Dark, 2.0, &folder);
        }
    }
}

fn draw(page: Page, shade: Shade, size: f32, folder: &Path) {
    let mut studio = Studio::new();
    (studio.editor.view.page, studio.editor.view.shade) = (page, shade);
    let preset = lacquer_presets::Library::user().load("streaming").expect("a factory preset");
    studio.engine.settings = preset.settings;
    // What Match would find for this piece.
    studio.engine.settings.loudness.gain_db = 8.0;
    let mut harness = studio.harness_at(SIZE, size);
    // The displays are shown what they show a listener: a little more audio at every frame.
    for _ in 0..(HEARD_S * FRAMES_PER_S) as usize {
        harness.state_mut().play(1.0 / FRAMES_PER_S);
        harness.step();
    }
    let shade = if shade == Shade::Light { "-light" } else { "" };
    let size = if size == 1.0 { "" } else { "-200" };
    let name = format!("{}{shade}{size}.png", page.title().to_lowercase());
    let image = harness.render().expect("a renderer: Debian's mesa-vulkan-drivers will do");
    image.save(folder.join(name)).expect("the picture can be written");
}
