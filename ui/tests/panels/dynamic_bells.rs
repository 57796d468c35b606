//! The equaliser's bells that follow their level, and the menus of its graph.

use crate::bench::{Bench, drag};
use egui::accesskit::Role;
use egui::{PointerButton, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lacquer_dsp::settings::BellSettings;
use lacquer_ui::view::Page;

fn harness(set: impl FnOnce(&mut BellSettings)) -> Harness<'static, Bench> {
    let mut bench = Bench::new(Page::Equaliser);
    let equaliser = &mut bench.studio.engine.settings.equaliser;
    equaliser.bypass = false;
    set(&mut equaliser.bells[1]);
    let mut harness = bench.harness();
    // The threshold that is shown is that of the selected band.
    harness.get_by_role_and_label(Role::Slider, "Bell 2").focus();
    harness.run_steps(2);
    harness
}

fn bell(harness: &Harness<'_, Bench>) -> BellSettings {
    harness.state().settings().equaliser.bells[1]
}

fn middle(harness: &Harness<'_, Bench>, name: &str) -> Pos2 {
    harness.get_by_role_and_label(Role::Slider, name).rect().center()
}

/// A click with the other button, and then on one of the words it offers.
fn choose(harness: &mut Harness<'_, Bench>, at: Pos2, words: &[&str]) {
    for pressed in [true, false] {
        harness.hover_at(at);
        let (button, modifiers) = (PointerButton::Secondary, egui::Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        harness.step();
    }
    for word in words {
        harness.run_steps(3);
        harness.get_by_label_contains(word).click();
    }
    harness.run_steps(3);
}

/// The line lies on the axis of the spectra: two of the distances between known thresholds are what the decibels say.
#[test]
fn a_threshold_is_dragged_along_the_spectras_axis() {
    let mut harness = harness(|bell| (bell.range_db, bell.threshold_db) = (-6.0, -40.0));
    let at = middle(&harness, "Bell 2 threshold line");
    harness.state_mut().studio.engine.settings.equaliser.bells[1].threshold_db = -30.0;
    harness.run_steps(2);
    let points_per_db = (at.y - middle(&harness, "Bell 2 threshold line").y) / 10.0;
    assert!(points_per_db > 2.0, "up is louder");
    let before = *harness.state().settings();
    let from = middle(&harness, "Bell 2 threshold line");
    drag(&mut harness, from, vec2(0.0, 15.0 * points_per_db));
    assert!((bell(&harness).threshold_db + 45.0).abs() < 0.3, "{}", bell(&harness).threshold_db);
    assert!(harness.state_mut().undo().is_some());
    assert_eq!(*harness.state().settings(), before, "a drag is one step");
}

/// In the smallest window the whole row of options and every tab is there.
#[test]
fn everything_fits_into_the_smallest_window() {
    let mut harness = harness(|bell| bell.range_db = -6.0);
    harness.set_size(vec2(900.0, 600.0));
    harness.run_steps(3);
    let window = egui::Rect::from_min_size(Pos2::ZERO, vec2(900.0, 600.0));
    for label in ["Freeze", "Tilt controls", "High-pass controls", "Bell 2 threshold", "Bell release"] {
        let place = harness.get_by_label(label).rect();
        assert!(window.contains_rect(place), "{label} lies at {place}");
    }
}

/// A bell that stays where it is has no threshold to show, whatever its parameter says.
#[test]
fn a_still_bell_shows_no_threshold() {
    let harness = harness(|bell| (bell.range_db, bell.threshold_db) = (0.0, -40.0));
    let line = "Bell 2 threshold line";
    assert!(harness.query_by_role_and_label(Role::Slider, line).is_none());
}

/// The movement that the graph draws is what the sound's own detector does: within the range, and none where the bell is still.
#[test]
fn the_movement_is_that_of_the_sound() {
    let mut harness = harness(|bell| (bell.range_db, bell.threshold_db) = (-6.0, -80.0));
    harness.state_mut().studio.play(1.0);
    harness.run_steps(2);
    let [first, second, ..] = harness.state().watch.meters().reductions.bells_db;
    assert!((-6.0..-1.0).contains(&second), "the demo piece is louder than -80 dBFS at 800 Hz: {second}");
    assert_eq!(first, 0.0);
    harness.state_mut().studio.engine.settings.equaliser.bypass = true;
    harness.state_mut().studio.play(1.0);
    harness.run_steps(2);
    assert_eq!(
        harness.state().watch.meters().reductions.bells_db,
        [0.0; 4],
        "a bypassed module does nothing"
    );
}

/// A node's menu chooses what it filters, lets it follow its level, takes it back, and turns it off, each in one step.
#[test]
fn a_nodes_menu_changes_its_band() {
    let mut harness = harness(|bell| bell.gain_db = -3.0);
    let before = bell(&harness);
    let at = middle(&harness, "Bell 2");
    choose(&mut harness, at, &["Follow its level"]);
    assert_eq!(bell(&harness), BellSettings { range_db: -6.0, ..before });
    choose(&mut harness, at, &["Back to default"]);
    assert_eq!(bell(&harness), BellSettings { gain_db: 0.0, ..before });
    harness.state_mut().undo();
    harness.state_mut().undo();
    harness.run_steps(2);
    assert_eq!(bell(&harness), before, "each was one step");
    choose(&mut harness, at, &["Turn off"]);
    assert_eq!(bell(&harness), BellSettings { on: false, ..before });
    let at = middle(&harness, "High shelf");
    choose(&mut harness, at, &["Back to default"]);
    let knob = harness.query_by_role_and_label(Role::Slider, "High shelf frequency");
    assert!(knob.is_some(), "a band whose menu was opened is the one whose controls are shown");
}

/// The ground's menu turns on what is off, and adds a bell where it was opened, not where its words lie.
#[test]
fn the_grounds_menu_adds_bands() {
    let mut harness = harness(|bell| bell.gain_db = -3.0);
    let at = middle(&harness, "Bell 2") + Vec2::new(60.0, -90.0);
    choose(&mut harness, at, &["Turn on high-pass"]);
    assert!(harness.state().settings().equaliser.high_pass.on);
    choose(&mut harness, at, &["Add a bell here"]);
    let node = middle(&harness, "Bell 1");
    assert!((node - at).length() < 2.0, "the bell is at {node:?} instead of {at:?}");
    assert!(harness.state().settings().equaliser.bells[0].gain_db > 0.0);
}
