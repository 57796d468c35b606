//! The header: presets, A and B, what is heard, latency, and looks.

use crate::studio::Studio;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use lacquer_dsp::processor::LatencyMode;
use lacquer_presets::Library;
use lacquer_ui::editor::Editor;
use lacquer_ui::view::{Page, Shade, View};

type Window = Harness<'static, Studio>;

fn window_at(size: [f32; 2], library: Library) -> Window {
    let mut studio = Studio::new();
    studio.editor = Editor::with_library(View::default(), library);
    let mut harness = studio.harness(size);
    harness.run_steps(3);
    harness
}

fn window() -> (Window, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (window_at([1040.0, 680.0], Library::at(folder.path().join("presets"))), folder)
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run_steps(3);
}

fn type_text(window: &mut Window, label: &str, text: &str) {
    window.get_by_label(label).focus();
    window.run_steps(2);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
}

/// A word finds presets by name and description, a click loads, undo brings back what was there.
#[test]
fn a_preset_is_searched_and_loaded() {
    let (mut window, _folder) = window();
    let before = window.state().engine.settings;
    click(&mut window, "Preset: No preset");
    assert!(window.query_by_label("Streaming").is_some_and(|_| true));
    type_text(&mut window, "Search presets", "acx");
    assert!(window.query_all_by_label("Favourite: Podcast").next().is_none());
    let wanted = Library::at("nowhere").load("audiobook-acx").expect("a factory preset");
    click(&mut window, &wanted.name.clone());
    assert_eq!(window.state().engine.settings, wanted.settings);
    assert_eq!(window.state().editor.view.preset.as_deref(), Some("audiobook-acx"));
    press(&mut window, Key::Escape);
    window.get_by_label(&format!("Preset: {}", wanted.name));
    click(&mut window, "Undo");
    assert_eq!(window.state().engine.settings, before);
    window.get_by_label(&format!("Preset: {}, modified", wanted.name));
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(3);
}

/// The arrows go through the list.
#[test]
fn arrows_go_through_the_presets() {
    let (mut window, _folder) = window();
    let names: Vec<String> = lacquer_presets::factory().into_iter().map(|preset| preset.slug).collect();
    for (arrow, place) in
        [("Next preset", 0), ("Next preset", 1), ("Previous preset", 0), ("Previous preset", names.len() - 1)]
    {
        click(&mut window, arrow);
        assert_eq!(window.state().editor.view.preset.as_ref(), Some(&names[place]));
    }
}

/// What is saved is a file of the user's, which is not overwritten unless it is said, renamed, marked, and deleted.
#[test]
fn a_preset_is_kept() {
    let (mut window, folder) = window();
    let file = |slug: &str| folder.path().join("presets").join(format!("{slug}.toml"));
    window.state_mut().engine.settings.input.trim_db = 3.0;
    click(&mut window, "Preset: No preset");
    click(&mut window, "Save as\u{2026}");
    type_text(&mut window, "Name of the preset", "My own");
    type_text(&mut window, "Description of the preset", "For the desk");
    click(&mut window, "Save preset");
    assert!(file("my-own").exists());
    window.state_mut().engine.settings.input.trim_db = 4.0;
    click(&mut window, "Save as\u{2026}");
    click(&mut window, "Save preset");
    let library = Library::at(folder.path().join("presets"));
    assert_eq!(library.load("my-own").expect("saved").settings.input.trim_db, 3.0);
    click(&mut window, "Replace it");
    assert_eq!(library.load("my-own").expect("saved").settings.input.trim_db, 4.0);
    click(&mut window, "Favourite: My own");
    assert!(library.favourites().expect("readable").contains("my-own"));
    click(&mut window, "Rename\u{2026}");
    window.get_by_label("New name of the preset").focus();
    window.run_steps(2);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.event(Event::Text("Another".to_owned()));
    window.run_steps(2);
    click(&mut window, "Rename preset");
    assert!(file("another").exists() && !file("my-own").exists());
    click(&mut window, "Delete\u{2026}");
    assert!(file("another").exists(), "deleted before it was said");
    click(&mut window, "Delete preset");
    assert!(!file("another").exists());
    assert_eq!(window.state().engine.settings.input.trim_db, 4.0);
}

/// A factory preset's name is refused, with the reason.
#[test]
fn a_factory_name_is_refused() {
    let (mut window, _folder) = window();
    click(&mut window, "Preset: No preset");
    click(&mut window, "Save as\u{2026}");
    type_text(&mut window, "Name of the preset", "Streaming");
    click(&mut window, "Save preset");
    window.get_by_label("'Streaming' comes with Lacquer and stays as it is: expected another name");
}

/// A and B are two settings with an undo each, and one can be copied to the other.
#[test]
fn a_and_b_are_compared() {
    let (mut window, _folder) = window();
    let trim = |window: &Window| window.state().engine.settings.input.trim_db;
    let set = |window: &mut Window, value| {
        window.get_by_label("Input trim").set_value_accesskit(value);
        window.run_steps(2);
    };
    set(&mut window, 1.0);
    click(&mut window, "Settings: B");
    assert_eq!(trim(&window), 1.0, "B begins as A");
    set(&mut window, 5.0);
    click(&mut window, "Settings: A");
    assert_eq!(trim(&window), 1.0);
    click(&mut window, "Undo");
    assert_eq!(trim(&window), 0.0, "A's own step");
    click(&mut window, "Settings: B");
    assert_eq!(trim(&window), 5.0);
    click(&mut window, "B \u{27a1} A");
    click(&mut window, "Settings: A");
    assert_eq!(trim(&window), 5.0);
    click(&mut window, "Undo");
    assert_eq!(trim(&window), 0.0, "the copy is a step");
}

/// What is not heard of A and B is there again with the session, and so is which of them is heard and where each came from.
#[test]
fn a_and_b_are_kept() {
    let (mut window, _folder) = window();
    for (side, arrow) in [("Settings: A", "Next preset"), ("Settings: B", "Previous preset")] {
        click(&mut window, side);
        click(&mut window, arrow);
    }
    let presets = lacquer_presets::factory();
    let (first, last) = (&presets[0], presets.last().expect("presets"));
    window.get_by_label(&format!("Preset: {}", last.name));
    let kept = serde_json::to_string(&window.state().editor.view).expect("text");
    let heard = window.state().engine.settings;

    let mut studio = Studio::new();
    studio.engine.settings = heard;
    studio.editor =
        Editor::with_library(serde_json::from_str(&kept).expect("a view"), Library::at("nowhere"));
    let mut window = studio.harness([1040.0, 680.0]);
    window.run_steps(3);
    assert!(window.state().editor.view.is_b);
    click(&mut window, "Settings: A");
    assert_eq!(window.state().engine.settings, first.settings);
    window.get_by_label(&format!("Preset: {}", first.name));
    click(&mut window, "Settings: B");
    assert_eq!(window.state().engine.settings, last.settings);
    window.get_by_label(&format!("Preset: {}", last.name));
}

/// A host that restores another session under an open window changes what the window says too.
#[test]
fn another_session_has_its_own_preset() {
    let (mut window, _folder) = window();
    click(&mut window, "Next preset");
    let other = lacquer_presets::factory().pop().expect("presets");
    let state = window.state_mut();
    state.engine.settings = other.settings;
    state.editor.view = View { preset: Some(other.slug), ..View::default() };
    window.run_steps(2);
    window.get_by_label(&format!("Preset: {}", other.name));
}

/// Values from elsewhere are taken as far as they can be.
#[test]
fn strange_values_are_brought_into_range() {
    let text = r#"{"other": {"values": {"input.trim_db": 900.0, "limiter.ceiling_dbtp": -3.0, "no.such_thing": 1.0}}}"#;
    let view: View = serde_json::from_str(text).expect("a view");
    let settings = view.other.expect("another").settings();
    let mut wanted = lacquer_dsp::settings::ChainSettings::default();
    (wanted.input.trim_db, wanted.limiter.ceiling_dbtp) = (24.0, -3.0);
    assert_eq!(settings, wanted);
}

/// The command key opens pages by their number and changes the size; while something is typed it does neither.
#[test]
fn keys_open_pages_and_change_the_size() {
    let (mut window, _folder) = window();
    let command = |window: &mut Window, key| {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        window.run_steps(3);
    };
    command(&mut window, Key::Num7);
    assert_eq!(window.state().editor.view.page, Page::Limiter);
    command(&mut window, Key::Num1);
    assert_eq!(window.state().editor.view.page, Page::Overview);
    for (key, percent, size) in [
        (Key::Plus, 125.0, [1300.0, 850.0]),
        (Key::Num0, 100.0, [1040.0, 680.0]),
        (Key::Minus, 75.0, [780.0, 510.0]),
    ] {
        command(&mut window, key);
        assert_eq!(window.state().editor.view.scale_percent, percent);
        assert_eq!(window.state().engine.size, Some(size));
        // The host obeys: as many points as before, each of another size.
        window.set_size(egui::vec2(1040.0, 680.0));
        window.run_steps(2);
    }
    command(&mut window, Key::Minus);
    assert_eq!(window.state().editor.view.scale_percent, 75.0, "the smallest");
    command(&mut window, Key::Num0);
    click(&mut window, "Preset: No preset");
    window.get_by_label("Search presets").focus();
    window.run_steps(2);
    command(&mut window, Key::Num7);
    assert_eq!(window.state().editor.view.page, Page::Overview);
}

/// What the host has to say stands over the page until it is put away.
#[test]
fn notices_are_put_away() {
    let (mut window, _folder) = window();
    window.state_mut().engine.notices = vec!["Second.".to_owned(), "First.".to_owned()];
    window.run_steps(3);
    let top = |label: &str| window.get_by_label(label).rect().top();
    assert!(top("First.") < top("Second."));
    let rows: Vec<egui::Rect> = window.get_all_by_label("Dismiss").map(|button| button.rect()).collect();
    assert!(rows.iter().all(|row| row.bottom() < 200.0), "notices leave the page to be worked on: {rows:?}");
    window.get_all_by_label("Dismiss").next().expect("a button").click();
    window.run_steps(3);
    assert!(window.query_by_label("First.").is_none());
    click(&mut window, "Dismiss");
    assert!(window.query_by_label("Second.").is_none());
}

/// Bypass and its matched loudness, latency, and what the host is asked for.
#[test]
fn what_is_heard_is_the_hosts() {
    let (mut window, _folder) = window();
    click(&mut window, "Bypass");
    assert!(window.state().engine.listening.bypass);
    click(&mut window, "Match loudness of bypass");
    assert!(window.state().engine.listening.gain_match);
    click(&mut window, "Bypass");
    assert!(!window.state().engine.listening.bypass);
    click(&mut window, "Latency: Quality");
    assert_eq!(window.state().engine.latency_mode, LatencyMode::Quality);
}

/// Shade and size are the view's, and the window's size is asked for.
#[test]
fn looks_are_kept() {
    let (mut window, _folder) = window();
    click(&mut window, "Looks and size");
    click(&mut window, "Shade: Light");
    assert_eq!(window.state().editor.view.shade, Shade::Light);
    click(&mut window, "150 %");
    assert_eq!(window.state().editor.view.scale_percent, 150.0);
    assert_eq!(window.state().engine.size, Some([1560.0, 1020.0]));
}

/// At the smallest window nothing of the header overlaps or leaves it.
#[test]
fn the_header_fits_the_smallest_window() {
    let window = window_at([900.0, 600.0], Library::at("nowhere"));
    let labels = [
        "Previous preset",
        "Preset: No preset",
        "Next preset",
        "Settings: A",
        "Settings: B",
        "A \u{27a1} B",
        "Undo",
        "Redo",
        "Bypass",
        "Match loudness of bypass",
        "Latency: Live",
        "Latency: Quality",
        "Looks and size",
    ];
    let mut right = 0.0;
    for label in labels {
        let rect = window.get_by_label(label).rect();
        assert!(rect.left() >= right - 0.5, "{label} at {rect} overlaps what ends at {right}");
        right = rect.right();
    }
    assert!(right <= 900.0, "{right}");
}

/// The assistant is called and sent away by its button.
#[test]
fn the_assistant_is_called() {
    let (mut window, _folder) = window();
    assert!(window.query_by_label("Listen").is_none());
    click(&mut window, "Assistant");
    click(&mut window, "Listen");
    assert!(window.query_by_label("Stop").is_some());
}

/// What the host has to say stands there until it is put away.
#[test]
fn a_notice_is_read_and_dismissed() {
    let (mut window, _folder) = window();
    let words = "The saved state could not be read.";
    window.state_mut().engine.notices.push(words.to_owned());
    window.run_steps(5);
    window.get_by_label(words);
    click(&mut window, "Dismiss");
    assert!(window.query_by_label(words).is_none());
}

/// A window that grows with its contents has 900 points at every size, and the header stays within them.
#[test]
fn every_size_is_drawn() {
    for percent in [75.0, 100.0, 200.0] {
        let share = percent / 100.0;
        let mut window = window_at([900.0 * share, 600.0 * share], Library::at("nowhere"));
        window.state_mut().editor.view.scale_percent = percent;
        for page in lacquer_ui::view::Page::ALL {
            window.state_mut().editor.view.page = page;
            window.run_steps(4);
            for label in ["Meters", "Assistant", "Looks and size"] {
                let rect = window.get_by_label(label).rect();
                assert!(rect.right() <= 900.0, "{percent} %, {}: {label} at {rect}", page.title());
            }
        }
    }
}
