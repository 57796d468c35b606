//! The detail pages: what is dragged on their plots, and that they draw what is.

use crate::bench::{Bench, drag};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use lacquer_dsp::modules::multiband::CLOSEST_RATIO;
use lacquer_dsp::settings::Module;
use lacquer_ui::view::Page;

fn harness(page: Page) -> Harness<'static, Bench> {
    Bench::new(page).harness()
}

/// A crossover that is dragged past its neighbour stops before it, on the tenth of a hertz that settings hold, and the neighbour stays.
#[test]
fn a_crossover_stops_at_its_neighbour() {
    let mut harness = harness(Page::Multiband);
    let from = harness.get_by_label("Crossover 1 line").rect().center();
    drag(&mut harness, from, Vec2::new(600.0, 0.0));
    let crossovers_hz = harness.state().settings().multiband.crossovers_hz;
    let limit_hz = 700.0 / CLOSEST_RATIO;
    assert!((crossovers_hz[0] - limit_hz).abs() < 0.06, "{} Hz instead of {limit_hz}", crossovers_hz[0]);
    assert_eq!(crossovers_hz[1..3], [700.0, 4000.0]);
    let from = harness.get_by_label("Crossover 3 line").rect().center();
    drag(&mut harness, from, Vec2::new(-700.0, 0.0));
    let crossovers_hz = harness.state().settings().multiband.crossovers_hz;
    assert!((crossovers_hz[2] - 700.0 * CLOSEST_RATIO).abs() < 0.11, "{} Hz", crossovers_hz[2]);
    assert!(harness.state().studio.engine.held.is_empty());
}

/// However many frames a drag lasts, one step takes it back.
#[test]
fn a_drag_is_one_step_of_undo() {
    let mut harness = harness(Page::Multiband);
    let before = *harness.state().settings();
    let from = harness.get_by_label("Band 2 threshold line").rect().center();
    drag(&mut harness, from, Vec2::new(0.0, 40.0));
    let threshold_db = harness.state().settings().multiband.bands[1].threshold_db;
    assert!(threshold_db < -35.0, "40 points down from -30 dB is {threshold_db} dB");
    assert_eq!(harness.state_mut().undo(), Some("Band 2 threshold"));
    assert_eq!(*harness.state().settings(), before);
    assert_eq!(harness.state_mut().undo(), None);
}

/// With shift a handle goes a tenth of the way.
#[test]
fn shift_is_finer() {
    let mut way_db = [0.0; 2];
    for (way_db, modifiers) in way_db.iter_mut().zip([Modifiers::NONE, Modifiers::SHIFT]) {
        let mut harness = harness(Page::Multiband);
        harness.event(egui::Event::ModifiersChanged(modifiers));
        let from = harness.get_by_label("Band 2 threshold line").rect().center();
        drag(&mut harness, from, Vec2::new(0.0, 60.0));
        *way_db = harness.state().settings().multiband.bands[1].threshold_db + 30.0;
    }
    let [coarse_db, fine_db] = way_db;
    assert!((fine_db - 0.1 * coarse_db).abs() < 0.11, "{fine_db} dB instead of {coarse_db} dB");
}

/// A double click resets, and the arrows move what has the focus.
#[test]
fn a_handle_is_reset_and_typed_at() {
    let mut harness = harness(Page::Multiband);
    let at = harness.get_by_label("Band 2 threshold line").rect().center();
    for _ in 0..2 {
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.step();
    }
    harness.run_steps(2);
    assert_eq!(harness.state().settings().multiband.bands[1].threshold_db, -20.0);
    harness.get_by_label("Band 2 threshold line").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    let up_db = harness.state().settings().multiband.bands[1].threshold_db;
    assert!((up_db - -19.4).abs() < 1e-9, "a hundredth of 60 dB up from -20 dB is {up_db} dB");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(2);
    let down_db = harness.state().settings().multiband.bands[1].threshold_db;
    assert!((down_db - -19.5).abs() < 1e-9, "a step of the grid down is {down_db} dB");
    let node = harness.get_by_label("Band 2 threshold line");
    assert_eq!(node.value().as_deref(), Some("-19.5 dB"));
}

/// A screen reader moves a handle, within its limits.
#[test]
fn a_reader_moves_a_handle() {
    let mut harness = harness(Page::Multiband);
    harness.get_by_label("Crossover 2 line").set_value_accesskit(19_000.0);
    harness.run_steps(2);
    let crossover_hz = harness.state().settings().multiband.crossovers_hz[1];
    assert!((crossover_hz - 4000.0 / CLOSEST_RATIO).abs() < 0.01, "{crossover_hz} Hz");
    harness.get_by_label("Crossover 2 line").decrement_accesskit();
    harness.run_steps(2);
    assert!(harness.state().settings().multiband.crossovers_hz[1] < crossover_hz);
}

/// A click in a band shows its controls.
#[test]
fn a_click_selects_a_band() {
    let mut harness = harness(Page::Multiband);
    assert!(harness.query_by_label("Band 3").is_none());
    harness.get_by_label("Band 3, 700 Hz to 4 kHz").click();
    harness.run_steps(2);
    assert!(harness.query_by_label("Band 3").is_some());
    assert!(harness.query_by_label("Band 1").is_none());
}

/// What hangs in a band is as long and says as much as the meters do.
#[test]
fn the_reduction_drawn_is_the_meters() {
    let mut harness = harness(Page::Multiband);
    harness.state_mut().studio.play(1.0);
    harness.run_steps(2);
    let reduction_db = harness.state().watch.meters().reductions.multiband_db[1];
    assert!(reduction_db > 1.0, "the demo is reduced by {reduction_db} dB only");
    let drawn = harness.get_by_label("Band 2 change");
    let calm_db = harness.state().watch.calm().meters.reductions.multiband_db[1];
    assert_eq!(drawn.value(), Some(format!("\u{2212}{calm_db:.1} dB")));
    // The plot's height is 28 dB of gain.
    let plot_height = harness.get_by_label("Crossover 1 line").rect().height();
    let drawn_db = 28.0 * drawn.rect().height() / plot_height;
    assert!((drawn_db - reduction_db).abs() < 0.1, "drawn {drawn_db} dB, measured {reduction_db} dB");
}

/// The ceiling comes to lie at the level that the axis has under the pointer.
#[test]
fn the_ceiling_lies_where_it_was_dragged() {
    let mut harness = harness(Page::Limiter);
    let plot = harness.get_by_label("History of the limiter").rect();
    let from = harness.get_by_label("Ceiling line").rect().center();
    drag(&mut harness, from, Vec2::new(0.0, 100.0));
    let ceiling_dbtp = harness.state().settings().limiter.ceiling_dbtp;
    // The axis goes from +6 dB at the top to -44 dB.
    let axis_db = 6.0 - 50.0 * f64::from((from.y + 100.0 - plot.top()) / plot.height());
    assert!((ceiling_dbtp - axis_db).abs() < 0.1, "{ceiling_dbtp} dBTP where the axis has {axis_db} dB");
    let now = harness.get_by_label("Ceiling line").rect().center();
    assert!((now.y - from.y - 100.0).abs() < 0.6, "the line lies {} points down", now.y - from.y);
}

/// Focus edges do not cross, and the guard's floor reads as it lies.
#[test]
fn edges_and_floors_follow_the_hand() {
    let mut harness = harness(Page::Exciter);
    let from = harness.get_by_label("Focus low line").rect().center();
    drag(&mut harness, from, Vec2::new(400.0, 0.0));
    let exciter = harness.state().settings().exciter;
    assert_eq!(exciter.focus_hz, exciter.focus_high_hz);
    let mut harness = self::harness(Page::Stereo);
    let from = harness.get_by_label("Lowest correlation line").rect().center();
    drag(&mut harness, from, Vec2::new(0.0, -50.0));
    let floor = harness.state().settings().stereo.min_correlation_percent;
    assert!((20.0..80.0).contains(&floor), "50 points above 0 is {floor} %");
}

/// Solo and delta of every page's modules reach the host.
#[test]
fn solo_and_delta_reach_the_host() {
    for (page, module) in [
        (Page::Multiband, Module::Multiband),
        (Page::Exciter, Module::Exciter),
        (Page::Stereo, Module::Stereo),
        (Page::Limiter, Module::Limiter),
        (Page::Voice, Module::Gate),
    ] {
        let mut harness = harness(page);
        let label = |word: &str| format!("{} {word}", lacquer_ui::help::module_title(module));
        for word in ["solo", "delta"] {
            harness.get_by_label(&label(word)).click();
            harness.run_steps(2);
        }
        let listening = harness.state().studio.engine.listening;
        assert!(listening.solo[module as usize], "{page:?}");
        assert_eq!(listening.delta, Some(module));
        harness.get_by_label(&label("delta")).click();
        harness.run_steps(2);
        assert_eq!(harness.state().studio.engine.listening.delta, None);
    }
}

/// Every line to drag is a slider with a name of its own, and a value with its unit.
#[test]
fn lines_tell_their_values() {
    for (page, names) in [
        (Page::Multiband, &["Crossover 1", "Band 1 threshold", "Band 1 upward threshold"][..]),
        (Page::Exciter, &["Focus low", "Focus high", "Tone"]),
        (Page::Stereo, &["Width low", "Width high", "Width crossover", "Lowest correlation"]),
        (Page::Limiter, &["Ceiling"]),
        (Page::Voice, &["Gate threshold", "De-esser frequency"]),
    ] {
        let harness = harness(page);
        for name in names {
            let name = format!("{name} line");
            let line = harness.get_by_role_and_label(Role::Slider, &name);
            let value = line.value().unwrap_or_default();
            let has_unit = ["Hz", "dB", "dBTP", "%"].iter().any(|unit| value.ends_with(unit));
            assert!(has_unit, "{name} says '{value}'");
        }
    }
}
