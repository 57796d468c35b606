//! The controls, by the pointer, the wheel, the keyboard, and assistive technology.

use crate::studio::Studio;
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use lacquer_dsp::params;
use lacquer_ui::editor::Editor;

type Window = Harness<'static, Studio>;

const TRIM: &str = "Input trim";

/// At the pace of a display: clicks and nudges are told apart by their time.
fn window() -> Window {
    let mut harness = Harness::builder()
        .with_size([1040.0, 680.0])
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(|ui, studio: &mut Studio| studio.editor.ui(ui, &mut studio.engine), Studio::new());
    harness.run_steps(3);
    harness
}

fn trim_db(window: &Window) -> f64 {
    window.state().engine.settings.input.trim_db
}

fn trim_place(window: &Window) -> Pos2 {
    window.get_by_label(TRIM).rect().center() - vec2(60.0, 0.0)
}

fn hold(window: &mut Window, modifiers: Modifiers) {
    window.event(Event::ModifiersChanged(modifiers));
    window.step();
}

fn button(window: &mut Window, pos: Pos2, pressed: bool) {
    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
    window.event(Event::PointerButton { pos, button, pressed, modifiers });
    window.step();
}

/// Moves the pointer in ten steps, pressed.
fn drag(window: &mut Window, from: Pos2, by: egui::Vec2, modifiers: Modifiers) {
    window.hover_at(from);
    hold(window, modifiers);
    button(window, from, true);
    for i in 1..=10 {
        window.hover_at(from + by * i as f32 / 10.0);
        window.step();
    }
    button(window, from + by, false);
    hold(window, Modifiers::NONE);
}

fn wheel(window: &mut Window, at: Pos2, num_clicks: f32, modifiers: Modifiers) {
    window.hover_at(at);
    hold(window, modifiers);
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, num_clicks),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers,
    });
    window.step();
    hold(window, Modifiers::NONE);
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(2);
}

/// A drag goes over the range as the pointer goes over the travel, is one step of undo, and lets go of the parameter.
#[test]
fn a_drag_moves_and_is_one_step() {
    let mut window = window();
    let from = trim_place(&window);
    drag(&mut window, from, vec2(40.0, 0.0), Modifiers::NONE);
    let far_db = trim_db(&window);
    assert!(far_db > 3.0 && far_db < 20.0, "{far_db}");
    assert!(window.state().engine.held.is_empty());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(trim_db(&window), 0.0);
}

/// With shift the same way of the pointer goes a tenth as far.
#[test]
fn a_fine_drag_is_a_tenth() {
    let (mut coarse, mut fine) = (window(), window());
    let from = trim_place(&coarse);
    drag(&mut coarse, from, vec2(40.0, 0.0), Modifiers::NONE);
    drag(&mut fine, from, vec2(40.0, 0.0), Modifiers::SHIFT);
    let (coarse_db, fine_db) = (trim_db(&coarse), trim_db(&fine));
    assert!((fine_db - 0.1 * coarse_db).abs() < 0.11, "{fine_db} {coarse_db}");
    assert!(fine_db > 0.0);
}

/// A click of the wheel is a hundredth of the range, with shift a step of the grid; clicks in a row are one step of undo.
#[test]
fn the_wheel_nudges() {
    let mut window = window();
    let at = trim_place(&window);
    wheel(&mut window, at, 1.0, Modifiers::NONE);
    assert_eq!(trim_db(&window), 0.5);
    wheel(&mut window, at, 1.0, Modifiers::SHIFT);
    assert_eq!(trim_db(&window), 0.6);
    wheel(&mut window, at, -2.0, Modifiers::NONE);
    assert!((trim_db(&window) - -0.4).abs() < 0.051, "{}", trim_db(&window));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(trim_db(&window), 0.0);
}

/// Arrows move by a hundredth, pages by a tenth, home and end go to the limits.
#[test]
fn keys_move_what_has_the_focus() {
    let mut window = window();
    window.get_by_label(TRIM).focus();
    window.run_steps(2);
    let mut seen = Vec::new();
    for key in [Key::ArrowUp, Key::ArrowDown, Key::PageUp, Key::PageDown, Key::End, Key::Home] {
        press(&mut window, key);
        seen.push(trim_db(&window));
    }
    assert_eq!(seen, [0.5, 0.0, 4.8, 0.0, 24.0, -24.0]);
}

fn type_into(window: &mut Window, text: &str) {
    window.get_by_label(TRIM).focus();
    window.run_steps(2);
    press(window, Key::Enter);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
    press(window, Key::Enter);
}

/// A number is typed with its unit or without; a comma and a true minus are understood.
#[test]
fn a_value_is_typed() {
    for (text, wanted_db) in [("-3.5 dB", -3.5), ("6", 6.0), ("1,5", 1.5), ("\u{2212}2", -2.0)] {
        let mut window = window();
        type_into(&mut window, text);
        assert_eq!(trim_db(&window), wanted_db, "{text}");
        assert!(window.query_by_label("Input trim, typed").is_none(), "{text}: the field stays");
    }
}

/// What is no number says what is expected and changes nothing; Escape gives it up.
#[test]
fn nonsense_is_explained() {
    for text in ["loud", "99 dB", "3 Hz"] {
        let mut window = window();
        type_into(&mut window, text);
        assert_eq!(trim_db(&window), 0.0, "{text}");
        window.get_by_label("Expected -24.0 dB to 24.0 dB");
        press(&mut window, Key::Escape);
        assert!(window.query_by_label("Expected -24.0 dB to 24.0 dB").is_none());
    }
}

/// A digit on a focused control begins to type.
#[test]
fn a_digit_begins_to_type() {
    let mut window = window();
    window.get_by_label(TRIM).focus();
    window.run_steps(2);
    window.event(Event::Text("7".to_owned()));
    window.run_steps(2);
    window.event(Event::Text(".5".to_owned()));
    window.run_steps(2);
    press(&mut window, Key::Enter);
    assert_eq!(trim_db(&window), 7.5);
}

/// A double click goes to the default, on the rail and on the number.
#[test]
fn a_double_click_resets() {
    for offset in [-60.0, 140.0] {
        let mut window = window();
        type_into(&mut window, "9");
        assert_eq!(trim_db(&window), 9.0);
        let at = window.get_by_label(TRIM).rect().center() + vec2(offset, 0.0);
        window.hover_at(at);
        window.run_steps(30);
        for _ in 0..2 {
            button(&mut window, at, true);
            button(&mut window, at, false);
        }
        window.run_steps(3);
        assert_eq!(trim_db(&window), 0.0, "{offset}");
        assert!(window.query_by_label("Input trim, typed").is_none(), "{offset}");
    }
}

/// Assistive technology reads name and value with its unit, steps, and sets.
#[test]
fn assistive_technology_reads_and_sets() {
    let mut window = window();
    assert_eq!(window.get_by_label(TRIM).value().as_deref(), Some("0.0 dB"));
    window.get_by_label(TRIM).increment_accesskit();
    window.run_steps(2);
    assert_eq!(trim_db(&window), 0.5);
    window.get_by_label(TRIM).set_value_accesskit(-6.0);
    window.run_steps(2);
    assert_eq!(window.get_by_label(TRIM).value().as_deref(), Some("-6.0 dB"));
}

/// A control that vanishes while it is held, as a page is left by an automation or a window is closed, lets go.
#[test]
fn nothing_stays_held() {
    let mut window = window();
    let from = trim_place(&window);
    window.hover_at(from);
    window.step();
    button(&mut window, from, true);
    for x in [10.0, 20.0, 30.0] {
        window.hover_at(from + vec2(x, 0.0));
        window.step();
    }
    assert_eq!(window.state().engine.held, ["input.trim_db"]);
    let Studio { editor, engine } = window.state_mut();
    editor.close(engine);
    assert!(engine.held.is_empty());
}

/// What a host automated since a step is not the user's, and stays when the step is taken back.
#[test]
fn undo_leaves_what_was_automated() {
    let mut window = window();
    window.get_by_label(TRIM).set_value_accesskit(4.0);
    window.run_steps(2);
    window.state_mut().engine.settings.limiter.ceiling_dbtp = -3.0;
    window.run_steps(2);
    for (button, wanted_db) in [("Undo", 0.0), ("Redo", 4.0), ("Undo", 0.0)] {
        window.get_by_label(button).click();
        window.run_steps(2);
        assert_eq!(trim_db(&window), wanted_db, "{button}");
        assert_eq!(window.state().engine.settings.limiter.ceiling_dbtp, -3.0, "{button}");
    }
}

/// 150 steps are taken back one by one, and done again.
#[test]
fn many_steps_are_undone() {
    let mut window = window();
    for i in 1..=150 {
        window.get_by_label(TRIM).set_value_accesskit(f64::from(i) / 10.0);
        window.run_steps(2);
    }
    assert_eq!(trim_db(&window), 15.0);
    for i in (0..150).rev() {
        window.get_by_label("Undo").click();
        window.run_steps(2);
        assert!((trim_db(&window) - f64::from(i) / 10.0).abs() < 1e-9, "{i}: {}", trim_db(&window));
    }
    for _ in 0..150 {
        window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        window.run_steps(2);
    }
    assert_eq!(trim_db(&window), 15.0);
}

/// A switch and a choice are set by a click, and by the space bar.
#[test]
fn switches_and_choices() {
    let mut window = window();
    let bypass = params::find("gate.bypass").expect("a parameter");
    assert_eq!(bypass.get(&window.state().engine.settings), 1.0);
    window.get_by_label("Gate on").click();
    window.run_steps(2);
    assert_eq!(bypass.get(&window.state().engine.settings), 0.0);
    window.get_by_label("Gate on").focus();
    window.run_steps(2);
    press(&mut window, Key::Space);
    assert_eq!(bypass.get(&window.state().engine.settings), 1.0);
    window.get_by_label("Dither kind: shaped").click();
    window.run_steps(2);
    let kind = params::find("dither.kind").expect("a parameter");
    assert_eq!(kind.get(&window.state().engine.settings), 2.0);
}

/// The editor is the same over any host: it is made without one.
#[test]
fn an_editor_needs_no_host_to_be_made() {
    let editor = Editor::default();
    assert_eq!(editor.view.target_lufs, -14.0);
}

/// A frequency is typed in hertz, in kilohertz, or with the k alone.
#[test]
fn kilohertz_are_typed() {
    for text in ["2.5k", "2,5 kHz", "2500", "2500 Hz"] {
        let mut studio = Studio::new();
        studio.editor.view.page = lacquer_ui::view::Page::Exciter;
        let mut window = studio.harness([1040.0, 680.0]);
        window.run_steps(3);
        let focus = params::find("exciter.focus_hz").expect("a parameter");
        window.get_by_label(focus.name).set_text_value_accesskit(text);
        window.run_steps(2);
        assert_eq!(focus.get(&window.state().engine.settings), 2500.0, "{text}");
    }
}
