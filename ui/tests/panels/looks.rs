//! What holds for every page: controls have names, text can be read, and lies in the window, clear of other text.

use crate::studio::Studio;
use egui::{FontId, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_ui::style::SMALL_POINTS;
use lacquer_ui::view::{Page, View};

/// The smallest window that everything fits into.
const SMALLEST: [f32; 2] = [900.0, 600.0];

/// A page of the smallest window, at some size of everything, after a little of the demo piece.
fn window(page: Page, scale_percent: f32, settings: &ChainSettings) -> Harness<'static, Studio> {
    let mut studio = Studio::new();
    studio.editor.view = View { page, scale_percent, ..View::default() };
    studio.engine.settings = *settings;
    studio.play(1.0);
    let mut harness = studio.harness(SMALLEST.map(|points| points * scale_percent / 100.0));
    harness.run_steps(4);
    harness
}

/// Every module at work, with as much to show as there can be.
fn everything_on() -> ChainSettings {
    let mut settings = ChainSettings::default();
    for module in Module::ALL {
        let bypass = lacquer_ui::desk::param(lacquer_ui::help::bypass_id(module));
        bypass.set(&mut settings, 0.0).expect("a switch");
    }
    for param in lacquer_dsp::params::all().filter(|param| param.id.ends_with(".on")) {
        param.set(&mut settings, 1.0).expect("a switch");
    }
    settings.multiband.num_bands = settings.multiband.bands.len();
    settings
}

/// Whatever takes the focus says what it is, and no two on a page say the same.
#[test]
fn every_control_has_a_name() {
    for page in Page::ALL {
        let window = window(page, 100.0, &everything_on());
        let mut names = Vec::new();
        for node in window.root().children_recursive() {
            let node = node.accesskit_node();
            if node.data().supports_action(egui::accesskit::Action::Focus) {
                let name = node.label().unwrap_or_default();
                assert!(!name.trim().is_empty(), "{page:?}: a {:?} has no name", node.role());
                names.push(name);
            }
        }
        assert!(names.len() > 25, "{page:?}: {names:?}");
        names.sort();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert!(twice.is_empty(), "{page:?}: {twice:?}");
    }
}

/// A text of a frame: what it says, its smallest letters, where it is, and where it is cut off.
struct Text {
    words: String,
    points: f32,
    rect: Rect,
    clip: Rect,
}

fn texts(window: &Harness<'_, Studio>) -> Vec<Text> {
    fn collect(shape: &Shape, clip: Rect, texts: &mut Vec<Text>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, texts)),
            Shape::Text(text) if !text.galley.text().trim().is_empty() => {
                let sizes = text.galley.job.sections.iter().map(|section| section.format.font_id.size);
                texts.push(Text {
                    words: text.galley.text().to_owned(),
                    points: sizes.fold(f32::INFINITY, f32::min),
                    rect: text.visual_bounding_rect(),
                    clip,
                });
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    for clipped in &window.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut texts);
    }
    texts
}

/// Nothing is smaller than can be read, outside the window, cut off, or over another text, from the smallest size to the largest.
#[test]
fn every_text_can_be_read() {
    let mut faults = Vec::new();
    for (scale_percent, settings) in [
        (75.0, everything_on()),
        (100.0, everything_on()),
        (100.0, ChainSettings::default()),
        (200.0, everything_on()),
    ] {
        for page in Page::ALL {
            let window = window(page, scale_percent, &settings);
            let texts = texts(&window);
            assert!(texts.len() > 20, "{page:?}");
            let whole = Rect::from_min_size(egui::Pos2::ZERO, SMALLEST.into());
            for (place, text) in texts.iter().enumerate() {
                let mut fault = |what: &str| {
                    faults.push(format!(
                        "{page:?} at {scale_percent} %: '{}' {what}, {}",
                        text.words, text.rect
                    ));
                };
                if text.points < SMALL_POINTS {
                    fault(&format!("has {} points", text.points));
                }
                if !whole.expand(0.5).contains_rect(text.rect) {
                    fault("leaves the window");
                }
                if !text.clip.expand(1.0).contains_rect(text.rect) {
                    fault(&format!("is cut off at {}", text.clip));
                }
                for other in &texts[..place] {
                    let common = text.rect.shrink(0.75).intersect(other.rect.shrink(0.75));
                    if common.is_positive() {
                        fault(&format!("lies over '{}'", other.words));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The digits and the minus are of one width, so that values do not jitter while they change.
#[test]
fn figures_are_tabular() {
    let mut harness = Harness::new_ui(|ui| {
        let ui = &*ui;
        let width = |ui: &egui::Ui, text: &str, points| {
            ui.painter()
                .layout_no_wrap(text.to_owned(), FontId::proportional(points), egui::Color32::WHITE)
                .size()
                .x
        };
        for points in [SMALL_POINTS, 12.0, 46.0] {
            let wanted = width(ui, "0000000000", points);
            for digit in "123456789".chars() {
                let text: String = std::iter::repeat_n(digit, 10).collect();
                assert!((width(ui, &text, points) - wanted).abs() < 0.01, "{digit} at {points}");
            }
        }
    });
    harness.run();
}
