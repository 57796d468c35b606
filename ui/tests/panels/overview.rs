//! The overview: targets, read-outs, the match, and the stages.

use crate::studio::Studio;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use lacquer_dsp::meter::{LoudnessReading, Lufs};
use lacquer_dsp::settings::{ChainSettings, Module};
use lacquer_ui::desk::param;
use lacquer_ui::pages::overview::{Missing, matched};
use lacquer_ui::targets::TARGETS;
use lacquer_ui::view::Page;

fn window(size: [f32; 2], heard_s: f64) -> Harness<'static, Studio> {
    let mut studio = Studio::new();
    studio.play(heard_s);
    let mut harness = studio.harness(size);
    harness.run_steps(20);
    harness
}

/// Every target sets its two numbers, and those with the same numbers are still told apart.
#[test]
fn targets_are_chosen() {
    let mut window = window([1040.0, 680.0], 0.1);
    for target in TARGETS {
        window.get_by_label(&format!("Target: {}", target.name)).click();
        window.run_steps(2);
        let view = &window.state().editor.view;
        assert_eq!((view.target_lufs, view.target_peak_dbtp), (target.lufs, target.peak_dbtp));
        assert_eq!(lacquer_ui::targets::chosen(view).map(|place| TARGETS[place].name), Some(target.name));
    }
    window.state_mut().editor.view.target_lufs = -11.5;
    assert_eq!(lacquer_ui::targets::chosen(&window.state().editor.view), None);
}

/// After a match the same programme has the target's loudness, as one step of undo.
#[test]
fn a_match_meets_the_target() {
    let heard_s = 10.0;
    let mut window = window([1040.0, 680.0], heard_s);
    // Quiet enough that the limiter, which would take some of the gain, has nothing to do.
    window.state_mut().editor.view.target_lufs = -26.0;
    window.run_steps(2);
    window.get_by_label("Match").click();
    window.run_steps(3);
    assert_eq!(window.state().engine.num_meter_resets, 1);
    let settings = window.state().engine.settings;
    assert_ne!(settings.loudness.gain_db, 0.0);
    let mut again = Studio::new();
    again.engine.settings = settings;
    again.play(heard_s);
    let mut reader = lacquer_ui::host::Host::take_telemetry(&mut again.engine).expect("a reader");
    let measured = reader.newest().output.integrated_lufs.expect("heard");
    assert!((measured.0 - -26.0).abs() < 0.1, "{measured}");
    window.get_by_label("Undo").click();
    window.run_steps(2);
    assert_eq!(window.state().engine.settings, ChainSettings::default());
}

/// What cannot be matched says why, and the ceiling is only ever lowered.
#[test]
fn a_match_says_what_is_missing() {
    let gain = param("loudness.gain_db");
    let settings = ChainSettings::default();
    let heard = |lufs| LoudnessReading { integrated_lufs: lufs, ..LoudnessReading::default() };
    let matched = |settings: &ChainSettings, lufs, target_lufs, peak_dbtp| {
        matched(settings, &heard(lufs), target_lufs, peak_dbtp, gain)
    };
    assert_eq!(matched(&settings, None, -14.0, -1.0), Err(Missing::Measurement));
    assert_eq!(matched(&settings, Some(Lufs(f64::NEG_INFINITY)), -14.0, -1.0), Err(Missing::Measurement));
    assert_eq!(matched(&settings, Some(Lufs(-14.01)), -14.0, -1.0), Err(Missing::Nothing));
    let (lower, moved_db) = matched(&settings, Some(Lufs(-14.01)), -14.0, -2.0).expect("the ceiling");
    assert_eq!((lower.limiter.ceiling_dbtp, lower.loudness.gain_db), (-2.0, 0.0));
    assert!(moved_db.abs() < 0.02);
    let (higher, _) = matched(&lower, Some(Lufs(-20.0)), -14.0, -1.0).expect("gain");
    assert_eq!((higher.limiter.ceiling_dbtp, higher.loudness.gain_db), (-2.0, 6.0));
    let mut off = settings;
    (off.loudness.bypass, off.loudness.gain_db, off.limiter.bypass) = (true, 12.0, true);
    let (on, moved_db) = matched(&off, Some(Lufs(-20.0)), -14.0, -1.0).expect("gain");
    assert_eq!(
        (on.loudness.gain_db, on.loudness.bypass, on.limiter.bypass, moved_db),
        (6.0, false, false, 6.0)
    );
    assert_eq!(
        matched(&settings, Some(Lufs(-90.0)), -14.0, -1.0).expect("gain").0.loudness.gain_db,
        gain.max
    );
}

/// While something else than the master is heard, there is nothing to match.
#[test]
fn a_bypass_is_not_matched() {
    let mut window = window([1040.0, 680.0], 2.0);
    window.state_mut().engine.listening.bypass = true;
    window.run_steps(2);
    let before = window.state().engine.settings;
    window.get_by_label(&Missing::Listening.to_string());
    window.get_by_label("Match").click();
    window.run_steps(2);
    assert_eq!(window.state().engine.settings, before);
}

/// Every stage has its line within the smallest window, and leads to its page.
#[test]
fn every_stage_has_a_line() {
    let mut window = window([900.0, 600.0], 0.5);
    let mut bottom = 0.0;
    for module in Module::ALL {
        let title = lacquer_ui::help::module_title(module);
        let rect = window.get_by_label(&format!("{title} on")).rect();
        assert!(rect.top() >= bottom - 0.5, "{title} overlaps");
        bottom = rect.bottom();
        let edit = window.get_by_label(&format!("Edit {title}")).rect();
        assert!(edit.right() <= 900.0 && edit.center().y > rect.top() && edit.center().y < rect.bottom());
    }
    assert!(bottom <= 600.0, "{bottom}");
    window.get_by_label("Edit Limiter").click();
    window.run_steps(2);
    assert_eq!(window.state().editor.view.page, Page::Limiter);
}
