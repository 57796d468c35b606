//! The assistant's panel: it listens to what plays, shows what it proposes and why, and applies what is wanted as one step.

use crate::editor::PageContext;
use crate::help;
use crate::host::AudioFormat;
use crate::style::{BODY_POINTS, GRID};
use crate::theme::Theme;
use crate::watch::Watch;
use egui::{Button, ProgressBar, RichText, Role, ScrollArea, Ui, WidgetInfo};
use lacquer_dsp::assistant::{Heard, Kind, LISTENING_S, Listener, Proposal, Target};
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::SamplePair;
use std::sync::{Arc, Mutex, PoisonError};

/// Programme quieter than this is not there, and who waits is told so.
const SILENT_LUFS: f64 = -60.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct Assistant {
    stage: Stage,
}

#[derive(Default)]
enum Stage {
    #[default]
    Idle,
    Listening(AudioFormat, Arc<Mutex<Ear>>),
    /// It has listened, and there was too little to hear.
    HeardNothing,
    Proposed(Box<Advice>),
}

/// What was proposed, and what the user wants of it.
struct Advice {
    heard: Heard,
    proposal: Proposal,
    is_wanted: Vec<bool>,
    /// The reasons that were applied, if any were.
    applied: Option<Vec<bool>>,
}

/// Where the samples go: shared with the watch, which hears them as they arrive.
struct Ear {
    listener: Listener,
    channels: [Vec<f32>; 2],
    num_channels: usize,
}

impl Ear {
    fn hear(&mut self, samples: &[SamplePair]) {
        if self.listener.is_done() {
            return;
        }
        for (c, channel) in self.channels.iter_mut().enumerate() {
            channel.clear();
            channel.extend(samples.iter().map(|pair| pair.input[c]));
        }
        let [left, right] = &self.channels;
        self.listener.process(&[&left[..], &right[..]][..self.num_channels]);
    }
}

impl Assistant {
    /// Begins to listen to the chain's input, if audio runs.
    fn start(&mut self, watch: &mut Watch, format: Option<AudioFormat>) {
        let Some(format) = format else { return };
        let Ok(listener) = Listener::new(format.sample_rate_hz, format.num_channels) else { return };
        let ear =
            Ear { listener, channels: Default::default(), num_channels: format.num_channels.clamp(1, 2) };
        let ear = Arc::new(Mutex::new(ear));
        let shared = Arc::clone(&ear);
        watch.on_samples(Some(Box::new(move |samples| {
            // One who panicked while listening has spoilt a measurement, and nothing else.
            shared.lock().unwrap_or_else(PoisonError::into_inner).hear(samples);
        })));
        self.stage = Stage::Listening(format, ear);
    }

    /// Ends listening, and makes a proposal of what was heard.
    fn conclude(&mut self, watch: &mut Watch, target_lufs: f64, settings: &ChainSettings) {
        let Stage::Listening(_, ear) = std::mem::take(&mut self.stage) else { return };
        watch.on_samples(None);
        let heard = ear.lock().unwrap_or_else(PoisonError::into_inner).listener.heard();
        self.stage = heard.map_or(Stage::HeardNothing, |heard| {
            let proposal = heard.propose(&Target::live(target_lufs, settings), settings);
            let is_wanted = vec![true; proposal.reasons.len()];
            Stage::Proposed(Box::new(Advice { heard, proposal, is_wanted, applied: None }))
        });
    }
}

impl Advice {
    /// The settings as they stand, with the wanted changes in them.
    fn applied_to(&self, now: &ChainSettings) -> ChainSettings {
        self.changed(now, &self.is_wanted, |proposal| proposal.settings)
    }

    /// The settings as they stand, with what was applied put back to where it was when the assistant was asked.
    fn reverted_from(&self, now: &ChainSettings) -> ChainSettings {
        let applied = self.applied.as_deref().unwrap_or_default();
        self.changed(now, applied, |proposal| proposal.base)
    }

    /// `now` with the parameters of some of the reasons taken from other settings: what else was moved meanwhile stays.
    fn changed(
        &self,
        now: &ChainSettings,
        is_wanted: &[bool],
        from: impl Fn(&Proposal) -> ChainSettings,
    ) -> ChainSettings {
        let (mut settings, from) = (*now, from(&self.proposal));
        let wanted = self.proposal.reasons.iter().zip(is_wanted).filter(|(_, is_wanted)| **is_wanted);
        for change in wanted.flat_map(|(reason, _)| &reason.changes) {
            // Both settings are within the range of the table.
            let _ = change.param.set(&mut settings, change.param.get(&from));
        }
        settings
    }
}

/// Draws the panel and does what the user wants.
pub fn show(ui: &mut Ui, context: &mut PageContext<'_, '_>, state: &mut Assistant) {
    let format = context.desk.host.audio_format();
    if let Stage::Listening(heard_format, ear) = &state.stage {
        let is_done = ear.lock().unwrap_or_else(PoisonError::into_inner).listener.is_done();
        if is_done {
            state.conclude(context.watch, context.view.target_lufs, context.desk.settings());
        } else if format.is_none_or(|format| !sounds_alike(&format, heard_format)) {
            // Other audio runs, or none: what was heard of the last belongs to nothing.
            state.start(context.watch, format);
        }
    }
    match &mut state.stage {
        Stage::Idle => {
            explain(
                ui,
                context.theme,
                "Play the loudest part. The assistant listens to it for half a minute and proposes settings for your target, each with its reason. Nothing changes until you apply it.",
            );
            listen_button(ui, context, state, "Listen");
        }
        Stage::Listening(_, ear) => {
            let ear = Arc::clone(ear);
            listening(ui, context, state, &ear);
        }
        Stage::HeardNothing => {
            explain(
                ui,
                context.theme,
                "There was too little to hear: it takes five seconds of sound and more.",
            );
            listen_button(ui, context, state, "Listen again");
        }
        Stage::Proposed(advice) => {
            proposed(ui, context, advice);
            listen_button(ui, context, state, "Listen again");
        }
    }
}

/// A change of latency alone is no other audio.
fn sounds_alike(a: &AudioFormat, b: &AudioFormat) -> bool {
    a.sample_rate_hz == b.sample_rate_hz && a.num_channels == b.num_channels
}

fn explain(ui: &mut Ui, theme: &Theme, words: &str) {
    ui.label(RichText::new(words).color(theme.faint_text));
    ui.add_space(GRID);
}

fn listen_button(ui: &mut Ui, context: &mut PageContext<'_, '_>, state: &mut Assistant, words: &str) {
    let format = context.desk.host.audio_format();
    let button = ui.add_enabled(format.is_some(), Button::new(words));
    if button.on_disabled_hover_text("No audio runs.").clicked() {
        state.start(context.watch, format);
    }
}

fn listening(ui: &mut Ui, context: &mut PageContext<'_, '_>, state: &mut Assistant, ear: &Mutex<Ear>) {
    let (seconds, lufs) = {
        let ear = ear.lock().unwrap_or_else(PoisonError::into_inner);
        (ear.listener.seconds(), ear.listener.momentary_lufs().filter(|lufs| *lufs > SILENT_LUFS))
    };
    let share = (seconds / LISTENING_S) as f32;
    let bar = ProgressBar::new(share).fill(context.theme.output);
    let bar = ui.add(bar.text(format!("{seconds:.0} of {LISTENING_S:.0} s")));
    bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Listening"));
    ui.add_space(GRID);
    let level = lufs.map_or_else(
        || "Silence: play something.".to_owned(),
        |lufs| format!("Hears the input at {lufs:.1} LUFS."),
    );
    ui.label(RichText::new(level).color(context.theme.faint_text));
    ui.add_space(GRID);
    let stop = ui.button("Stop").on_hover_text("Ends here, and proposes what was heard so far.");
    if stop.clicked() {
        state.conclude(context.watch, context.view.target_lufs, context.desk.settings());
    }
}

fn proposed(ui: &mut Ui, context: &mut PageContext<'_, '_>, advice: &mut Advice) {
    let theme = context.theme;
    ui.label(RichText::new(summary(&advice.heard, context.view.target_lufs)).color(theme.faint_text));
    ui.add_space(GRID);
    if advice.proposal.reasons.is_empty() {
        ui.label("Nothing needs to be changed.");
    }
    let height = (ui.available_height() - 12.0 * GRID).max(16.0 * GRID);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        let reasons = advice.proposal.reasons.iter().zip(&mut advice.is_wanted);
        for (reason, is_wanted) in reasons {
            let title = help::module_title(reason.module);
            let heading = RichText::new(title).strong().size(BODY_POINTS).color(theme.text);
            let checkbox = ui.checkbox(is_wanted, heading);
            let name = format!("{title}: {}", reason.text);
            checkbox.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, *is_wanted, &name));
            let ink = if *is_wanted { theme.text } else { theme.faint_text };
            ui.indent(&reason.text, |ui| ui.label(RichText::new(&reason.text).color(ink)));
        }
        for note in &advice.proposal.notes {
            ui.label(RichText::new(format!("Note: {note}")).color(theme.change));
        }
    });
    ui.add_space(GRID);
    buttons(ui, context, advice);
}

fn buttons(ui: &mut Ui, context: &mut PageContext<'_, '_>, advice: &mut Advice) {
    let now = *context.desk.settings();
    let wanted = advice.applied_to(&now);
    let reverted = advice.reverted_from(&now);
    ui.horizontal(|ui| {
        let apply = ui.add_enabled(wanted != now, Button::new("Apply"));
        let apply = apply.on_hover_text("Sets what is ticked, as one step that undo takes back.");
        if apply.clicked() {
            context.desk.apply(&wanted, "Assistant");
            advice.applied = Some(advice.is_wanted.clone());
        }
        let revert = ui.add_enabled(reverted != now, Button::new("Revert"));
        let revert = revert.on_hover_text(
            "Puts what the assistant set back to where it was. What you moved otherwise stays.",
        );
        if revert.clicked() {
            context.desk.apply(&reverted, "Assistant taken back");
            advice.applied = None;
        }
    });
}

fn summary(heard: &Heard, target_lufs: f64) -> String {
    let kind = match heard.kind {
        Kind::Speech => "a voice",
        Kind::Music => "music",
    };
    let lufs = heard.loudness.integrated_lufs.map_or_else(String::new, |lufs| format!(" at {lufs}"));
    let plr = heard.plr_lu().map_or_else(String::new, |plr| format!(", peaks {plr:.1} LU above"));
    format!("Heard {kind} for {:.0} s{lufs}{plr}. Target: {target_lufs:.1} LUFS.", heard.seconds)
}
