//! The assistant's panel over a real chain: it hears, proposes, applies as one step, and takes back.

use crate::studio::Studio;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use lacquer_dsp::assistant::LISTENING_S;
use lacquer_dsp::settings::ChainSettings;
use lacquer_ui::assistant::{Assistant, show};
use lacquer_ui::desk::Desk;
use lacquer_ui::editor::PageContext;
use lacquer_ui::history::History;
use lacquer_ui::host::Host as _;
use lacquer_ui::theme::Theme;
use lacquer_ui::view::View;
use lacquer_ui::watch::Watch;

/// A window with nothing but the panel.
struct Booth {
    studio: Studio,
    history: History,
    watch: Watch,
    view: View,
    assistant: Assistant,
}

impl Booth {
    fn open(settings: ChainSettings) -> Harness<'static, Self> {
        let mut studio = Studio::new();
        studio.engine.settings = settings;
        let booth = Self {
            studio,
            history: History::default(),
            watch: Watch::default(),
            view: View::default(),
            assistant: Assistant::default(),
        };
        Harness::builder().with_size([460.0, 520.0]).build_ui_state(|ui, booth| booth.ui(ui), booth)
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let host = &mut self.studio.engine;
        if let Some(reader) = host.take_telemetry() {
            self.watch.connect(reader);
        }
        self.watch.update(ui.input(|input| input.time), host.audio_format(), &self.view.spectrum);
        let theme = Theme::of(self.view.shade);
        lacquer_ui::style::dress(ui, &theme, self.view.shade);
        let mut desk = Desk::new(host, &mut self.history);
        let mut context =
            PageContext { desk: &mut desk, watch: &mut self.watch, view: &mut self.view, theme: &theme };
        show(ui, &mut context, &mut self.assistant);
    }
}

fn click(harness: &mut Harness<'_, Booth>, button: &str) {
    harness.get_by_label(button).click();
    harness.run_steps(2);
}

/// Plays in steps that the telemetry's ring holds, a frame of the window after each.
fn play(harness: &mut Harness<'_, Booth>, seconds: f64) {
    for _ in 0..(seconds * 4.0).ceil() as usize {
        harness.state_mut().studio.play(0.25);
        harness.step();
    }
}

fn settings(harness: &Harness<'_, Booth>) -> ChainSettings {
    harness.state().studio.engine.settings
}

fn labels(harness: &Harness<'_, Booth>) -> Vec<String> {
    harness.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect()
}

/// Takes the last step back, as the header would.
fn undo(harness: &mut Harness<'_, Booth>) -> Option<&'static str> {
    let booth = harness.state_mut();
    Desk::new(&mut booth.studio.engine, &mut booth.history).undo()
}

/// The demo piece needs gain to its target, and nothing is set before the user says so.
#[test]
fn it_hears_the_piece_and_applies_its_proposal_as_one_step() {
    let mut harness = Booth::open(ChainSettings::default());
    harness.run_steps(2);
    click(&mut harness, "Listen");
    play(&mut harness, 2.0);
    assert!(harness.query_by_label("Listening").is_some(), "{:?}", labels(&harness));
    play(&mut harness, LISTENING_S);
    let before = settings(&harness);
    assert_eq!(before, ChainSettings::default(), "nothing changes by listening");
    let gain = harness.query_by_label_contains("Loudness: ").expect("it proposes gain");
    assert!(gain.accesskit_node().label().unwrap().contains("-14.0 LUFS"));
    click(&mut harness, "Apply");
    let after = settings(&harness);
    // The piece measures -19.3 LUFS.
    assert!((after.loudness.gain_db - 5.3).abs() < 0.5, "{}", after.loudness.gain_db);
    assert!(harness.state().studio.engine.held.is_empty());
    assert_eq!(undo(&mut harness), Some("Assistant"));
    assert_eq!(settings(&harness), before, "one step takes everything back");
    assert_eq!(undo(&mut harness), None);
}

#[test]
fn a_reason_can_be_left_out_and_what_was_applied_taken_back() {
    // A leveller's target is the loudness that the thresholds are made for: there are a trim and a gain to propose.
    let mut base = ChainSettings::default();
    (base.leveller.bypass, base.leveller.target_lufs) = (false, -28.0);
    let mut harness = Booth::open(base);
    harness.run_steps(2);
    click(&mut harness, "Listen");
    play(&mut harness, 12.0);
    click(&mut harness, "Stop");
    harness.get_by_label_contains("Loudness: ").click();
    harness.run_steps(2);
    click(&mut harness, "Apply");
    let applied = settings(&harness);
    assert_eq!(applied.loudness, base.loudness, "left out");
    assert_ne!(applied.input, base.input);
    // What the user moves afterwards stays.
    harness.state_mut().studio.engine.settings.limiter.release_ms = 55.0;
    click(&mut harness, "Revert");
    let mut expected = base;
    expected.limiter.release_ms = 55.0;
    assert_eq!(settings(&harness), expected);
}

#[test]
fn silence_is_said_and_nothing_made_of_it() {
    let mut harness = Booth::open(ChainSettings::default());
    harness.run_steps(2);
    click(&mut harness, "Listen");
    assert!(harness.query_by_label_contains("Silence").is_some(), "{:?}", labels(&harness));
    click(&mut harness, "Stop");
    assert!(harness.query_by_label_contains("too little to hear").is_some(), "{:?}", labels(&harness));
    assert!(harness.query_by_label("Apply").is_none());
    click(&mut harness, "Listen again");
    assert!(harness.query_by_label("Listening").is_some());
}
