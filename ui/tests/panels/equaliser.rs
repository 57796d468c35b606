//! The equaliser's page: what is moved on the graph, and that it lands where the axes say.

use crate::bench::{Bench, drag};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lacquer_dsp::settings::EqualiserSettings;
use lacquer_ui::view::Page;

fn harness() -> Harness<'static, Bench> {
    let mut bench = Bench::new(Page::Equaliser);
    let equaliser = &mut bench.studio.engine.settings.equaliser;
    equaliser.bypass = false;
    equaliser.bells[1].gain_db = -3.0;
    equaliser.bells[1].frequency_hz = 250.0;
    equaliser.bells[1].q = 1.0;
    bench.harness()
}

fn settings(harness: &Harness<'_, Bench>) -> EqualiserSettings {
    harness.state().settings().equaliser
}

/// The middle of a band's node.
fn node(harness: &Harness<'_, Bench>, name: &str) -> Pos2 {
    harness.get_by_role_and_label(Role::Slider, name).rect().center()
}

fn wheel(harness: &mut Harness<'_, Bench>, at: Pos2, notches: f32) {
    harness.hover_at(at);
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        source: egui::MouseWheelSource::Wheel,
        delta: vec2(0.0, notches),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(20);
}

fn double_click(harness: &mut Harness<'_, Bench>, at: Pos2) {
    harness.hover_at(at);
    // Long enough after the last click to be no third one.
    harness.run_steps(60);
    for _ in 0..2 {
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.step();
    }
    harness.run_steps(2);
}

/// Two nodes whose settings are known fix both axes: a node dragged onto the other's place takes its frequency, and as many
/// decibels as the place is high. The whole drag is undone at once.
#[test]
fn a_dragged_node_lands_where_the_axes_say_and_is_one_step() {
    let mut harness = harness();
    let before = *harness.state().settings();
    let from = node(&harness, "Bell 2");
    let zero = node(&harness, "Bell 4");
    let points_per_db = (from.y - zero.y) / 3.0;
    let way = vec2(zero.x - from.x, -5.0 * points_per_db);
    drag(&mut harness, from, way);
    let bell = settings(&harness).bells[1];
    assert!((bell.frequency_hz / 6000.0 - 1.0).abs() < 0.005, "{} Hz instead of 6000 Hz", bell.frequency_hz);
    assert!((bell.gain_db - 2.0).abs() < 0.11, "{} dB instead of 2 dB", bell.gain_db);
    assert!((node(&harness, "Bell 2") - (from + way)).length() < 2.0);
    assert!(harness.state().studio.engine.held.is_empty());
    assert!(harness.state_mut().undo().is_some());
    assert_eq!(*harness.state().settings(), before);
    assert_eq!(harness.state_mut().undo(), None);
}

/// The wheel over a node makes its bell narrower or wider, and nothing else.
#[test]
fn the_wheel_turns_q() {
    let mut harness = harness();
    let mut wanted = settings(&harness);
    let at = node(&harness, "Bell 2");
    wheel(&mut harness, at, 10.0);
    wanted.bells[1].q = 2.0;
    assert_eq!(settings(&harness), wanted, "ten tenths of an octave double Q");
    wheel(&mut harness, at, 10.0);
    // A pause ends the step.
    harness.run_steps(120);
    wheel(&mut harness, at, -30.0);
    wanted.bells[1].q = 0.5;
    assert_eq!(settings(&harness), wanted);
    assert!(harness.state_mut().undo().is_some());
    assert_eq!(settings(&harness).bells[1].q, 4.0);
    assert!(harness.state_mut().undo().is_some());
    assert_eq!(settings(&harness).bells[1].q, 1.0, "what was turned without a pause is one step");
}

/// A double click on the ground turns a bell that does nothing on there; one on a node turns it off.
#[test]
fn double_clicks_turn_bells_on_and_off() {
    let mut harness = harness();
    let before = *harness.state().settings();
    let (lower, upper) = (node(&harness, "Bell 2"), node(&harness, "Bell 4"));
    // Above the fourth bell's node, as far as the second's lies below.
    let at = Pos2::new(upper.x, 2.0 * upper.y - lower.y);
    double_click(&mut harness, at);
    let bell = settings(&harness).bells[0];
    assert!(bell.on && (bell.gain_db - 3.0).abs() < 0.11, "{bell:?}");
    assert!((bell.frequency_hz / 6000.0 - 1.0).abs() < 0.005, "{bell:?}");
    let at = node(&harness, "Bell 1");
    double_click(&mut harness, at);
    assert!(!settings(&harness).bells[0].on);
    assert!(
        harness.query_by_role_and_label(Role::Slider, "Bell 1").is_none(),
        "a band that is off has no node"
    );
    harness.state_mut().undo();
    harness.state_mut().undo();
    assert_eq!(*harness.state().settings(), before, "each was one step");
}

/// Every bell at work, a double click changes nothing and the page says why.
#[test]
fn a_fifth_bell_is_refused_in_words() {
    let mut harness = harness();
    for bell in &mut harness.state_mut().studio.engine.settings.equaliser.bells {
        bell.gain_db = 1.0;
    }
    harness.run_steps(2);
    let before = *harness.state().settings();
    let at = node(&harness, "Bell 2") + vec2(0.0, 80.0);
    double_click(&mut harness, at);
    assert_eq!(*harness.state().settings(), before);
    assert!(harness.query_by_label_contains("All four bells are at work").is_some());
}

/// Without a pointer: the node says what it is, the arrows move it, and delete turns it off.
#[test]
fn a_node_is_moved_by_the_keyboard_and_says_what_it_is() {
    let mut harness = harness();
    let value = harness.get_by_role_and_label(Role::Slider, "Bell 2").value();
    assert_eq!(value.as_deref(), Some("250 Hz, -3.0 dB, Q 1.00"));
    harness.get_by_role_and_label(Role::Slider, "Bell 2").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    let bell = settings(&harness).bells[1];
    assert!(bell.gain_db > -3.0 && bell.frequency_hz == 250.0, "{bell:?}");
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert!(settings(&harness).bells[1].frequency_hz > 250.0);
    harness.key_press(Key::PageUp);
    harness.run_steps(2);
    assert!(settings(&harness).bells[1].q > 1.0);
    harness.key_press(Key::Delete);
    harness.run_steps(2);
    assert!(!settings(&harness).bells[1].on);
}

/// The tab's dot turns a band on that has no node yet, and the band's controls follow.
#[test]
fn a_tab_turns_a_band_on() {
    let mut harness = harness();
    assert!(!settings(&harness).high_pass.on);
    harness.get_by_label("High-pass on").click();
    harness.run_steps(3);
    assert!(settings(&harness).high_pass.on);
    assert!(harness.query_by_role_and_label(Role::Slider, "High-pass").is_some());
    let way = Vec2::new(120.0, 0.0);
    let from = node(&harness, "High-pass");
    drag(&mut harness, from, way);
    assert!(settings(&harness).high_pass.frequency_hz > 35.0, "a pass is dragged along the frequencies");
}
