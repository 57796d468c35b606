//! The meters' page: buttons, figures that do not exist, and scales.

use crate::bench::Bench;
use crate::studio::Studio;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lacquer_ui::host::Host;
use lacquer_ui::view::Page;

/// The meters before any audio.
fn silent() -> Harness<'static, Studio> {
    let mut studio = Studio::new();
    studio.editor.view.page = Page::Meters;
    let mut harness = studio.harness([1040.0, 680.0]);
    harness.run_steps(3);
    harness
}

/// A figure that does not exist is a dash, never a number.
#[test]
fn what_does_not_exist_is_a_dash() {
    let mut harness = silent();
    for name in ["Integrated", "Momentary", "Short-term", "Max momentary", "Max short-term"] {
        assert!(harness.query_by_label(&format!("{name}: \u{2013} LUFS")).is_some(), "{name}");
    }
    for words in
        ["True peak: \u{2013} dBTP", "PLR: \u{2013} LU", "PSR: \u{2013} LU", "Range (LRA): \u{2013} LU"]
    {
        assert!(harness.query_by_label(words).is_some(), "{words}");
    }
    // Half a second is enough for the momentary loudness and too little for the short-term.
    harness.state_mut().play(0.5);
    harness.run_steps(3);
    assert!(harness.query_by_label("Momentary: \u{2013} LUFS").is_none());
    assert!(harness.query_by_label("Short-term: \u{2013} LUFS").is_some());
}

/// The buttons ask the host, and the page says when it stands still.
#[test]
fn pause_start_and_reset_ask_the_host() {
    let mut harness = silent();
    harness.get_by_label("Pause").click();
    harness.run_steps(2);
    assert!(!harness.state().engine.is_measuring);
    assert!(harness.query_by_label("Paused").is_some());
    harness.get_by_label("Start").click();
    harness.run_steps(2);
    assert!(harness.state().engine.is_measuring);
    assert_eq!(harness.state().engine.num_meter_resets, 0);
    harness.get_by_label("Reset").click();
    harness.run_steps(2);
    assert_eq!(harness.state().engine.num_meter_resets, 1);
    assert!(!harness.state().editor.view.is_reset_on_play);
    harness.get_by_label("Reset on play").click();
    harness.run_steps(2);
    assert!(harness.state().editor.view.is_reset_on_play, "the host keeps it with the project");
}

/// In LU a loudness is its distance from the target.
#[test]
fn lu_is_about_the_target() {
    let mut harness = silent();
    harness.state_mut().play(5.0);
    harness.run_steps(3);
    let target_lufs = harness.state().editor.view.target_lufs;
    harness.get_by_label("Unit: LU").click();
    harness.run_steps(3);
    let mut studio = Studio::new();
    studio.play(5.0);
    let mut reader = studio.engine.take_telemetry().expect("nobody has taken it");
    let frame = *reader.newest();
    let lu = frame.output.integrated_lufs.expect("five seconds of music").0 - target_lufs;
    let words = format!("Integrated: {lu:.1} LU").replace('-', "\u{2212}");
    assert!(harness.query_by_label(&words).is_some(), "{words}");
    // A target that is met is said in words.
    harness.state_mut().editor.view.target_lufs += lu;
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("Integrated, on target: ").is_some());
}

/// In the smallest window nothing lies outside it or over something else.
#[test]
fn everything_fits_into_the_smallest_window() {
    let bench = Bench::new(Page::Meters);
    let mut harness = bench.harness();
    harness.set_size(egui::vec2(900.0, 600.0));
    harness.run_steps(3);
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(900.0, 600.0));
    let labels = ["Goniometer", "Spectrogram", "Loudness history", "Damaged: 0", "Limiter: 0.0 dB"];
    let places = labels.map(|label| harness.get_by_label(label).rect());
    for (place, label) in places.iter().zip(labels) {
        assert!(window.contains_rect(*place), "{label} lies at {place}");
        let others = places.iter().filter(|other| *other != place);
        assert!(
            others.into_iter().all(|other| !other.shrink(0.5).intersects(place.shrink(0.5))),
            "{label} overlaps"
        );
    }
}
