//! The strip for recorder and player.

use super::bounce::Bounce;
use super::dialog::{Dialogs, Question};
use crate::prefs::{Prefs, RecordPrefs};
use crate::record::RecordState;
use crate::studio::{PlayedFile, RecordWish, Recording, Studio, Transport};
use eframe::egui;
use egui::{
    Align, Button, Key, Label, Layout, Popup, PopupCloseBehavior, ProgressBar, RichText, Slider, TextEdit, Ui,
};
use lacquer_ui::style::CONTROL_POINTS;
use lacquer_ui::theme::Theme;
use lacquer_ui::view::View;
use lacquer_ui::widgets::toggle;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

/// The room for the recorder, in points.
const RECORDER_WIDTH: f32 = 216.0;

/// The end of a recording's name: `20261125-081530`.
const STAMP: StaticFormatDescription = format_description!("[year][month][day]-[hour][minute][second]");

/// What the strip knows between two frames.
#[derive(Default)]
pub(super) struct Memory {
    /// What is being typed as a path.
    path: String,
    /// The field for it was just opened.
    wants_path_focus: bool,
    /// The first end of what is to repeat, in seconds.
    repeat_from_s: Option<f64>,
    /// The last file that was recorded.
    last: Option<PathBuf>,
    /// For files to play and for the folder of recordings.
    pub(super) dialogs: Dialogs,
}

impl Memory {
    /// A recording is complete.
    pub(super) fn recorded(&mut self, path: &Path) {
        self.last = Some(path.to_owned());
    }

    /// Another file is open: what was marked in the last one means nothing in it.
    pub(super) fn opened(&mut self) {
        self.repeat_from_s = None;
    }

    /// Draws the strip and does what the user wants.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        studio: &Studio,
        prefs: &mut Prefs,
        bounce: &mut Option<Bounce>,
        view: &View,
    ) {
        let (recording, file) = {
            let board = studio.board();
            (board.recording.clone(), board.file.clone())
        };
        ui.spacing_mut().item_spacing.x = 6.0;
        // As wide with a recording as without, so that what is beside it stays where it is.
        let room = egui::vec2(RECORDER_WIDTH, ui.available_height());
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(RECORDER_WIDTH);
            self.recorder(ui, theme, studio, prefs, recording.as_ref());
        });
        ui.separator();
        self.open(ui, studio, prefs);
        match file {
            Some(file) => self.player(ui, theme, studio, &file, bounce, view),
            None => {
                let words = "A file plays instead of the input: open one, or drop it here";
                ui.add(
                    Label::new(RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text)).truncate(),
                );
            }
        }
    }

    fn recorder(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        studio: &Studio,
        prefs: &mut Prefs,
        recording: Option<&Recording>,
    ) {
        let is_key = !ui.ctx().text_edit_focused()
            && ui.input(|input| input.key_pressed(Key::R) && input.modifiers.is_none());
        let is_on = recording.is_some();
        let caption = if is_on { "\u{23f9} Stop" } else { "\u{23fa} Record" };
        let button = toggle(ui, theme, "Record", caption, is_on);
        let folder = prefs.record.folder.display().to_string();
        let explained = match &self.last {
            Some(last) => format!("Key R. Recordings go into {folder}.\nThe last is {}.", last.display()),
            None => format!("Key R. Recordings go into {folder}."),
        };
        if button.on_hover_text(explained).clicked() || is_key {
            if is_on {
                studio.stop_recording();
            } else {
                studio.record(record_wish(&prefs.record));
            }
        }
        match recording {
            Some(recording) => recorded(ui, theme, recording),
            None => record_options(ui, &mut prefs.record, &mut self.dialogs),
        }
    }

    /// A button over a field for a path, and the files of late.
    fn open(&mut self, ui: &mut Ui, studio: &Studio, prefs: &mut Prefs) {
        let button = ui.button(RichText::new("Open file").size(CONTROL_POINTS));
        self.wants_path_focus |= button.clicked();
        let mut chosen = None;
        Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(420.0).show(
            |ui| {
                if ui.button("Browse \u{2026}").clicked() {
                    let last = prefs.recent.first().and_then(|path| path.parent());
                    self.dialogs.ask(Question::File(last.map(Path::to_owned)));
                    ui.close();
                }
                ui.label("Or the path of a WAV, FLAC, MP3 or Ogg Vorbis file");
                let field = ui.add(
                    TextEdit::singleline(&mut self.path).desired_width(400.0).hint_text("/home/me/song.wav"),
                );
                if std::mem::take(&mut self.wants_path_focus) {
                    field.request_focus();
                }
                if field.lost_focus()
                    && ui.input(|input| input.key_pressed(Key::Enter))
                    && !self.path.trim().is_empty()
                {
                    chosen = Some(PathBuf::from(self.path.trim()));
                }
                for path in &prefs.recent {
                    if ui.button(path.display().to_string()).clicked() {
                        chosen = Some(path.clone());
                    }
                }
                if chosen.is_some() {
                    ui.close();
                }
            },
        );
        if let Some(path) = chosen {
            self.opened();
            prefs.remember(&path);
            studio.open_file(&path);
        }
    }

    fn player(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        studio: &Studio,
        file: &PlayedFile,
        bounce: &mut Option<Bounce>,
        view: &View,
    ) {
        let is_free = !ui.ctx().text_edit_focused() && ui.memory(|memory| memory.focused().is_none());
        let is_key = is_free && ui.input(|input| input.key_pressed(Key::Space));
        let caption = if file.is_playing { "\u{23f8}" } else { "\u{25b6}" };
        let name = if file.is_playing { "Pause" } else { "Play" };
        let button = toggle(ui, theme, name, caption, file.is_playing);
        if button.on_hover_text(format!("{name} (space)")).clicked() || is_key {
            studio.transport(if file.is_playing { Transport::Pause } else { Transport::Play });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui
                .button(RichText::new("Close").size(CONTROL_POINTS))
                .on_hover_text("Close the file and hear the input again")
                .clicked()
            {
                studio.close_file();
                *bounce = None;
            }
            bounce_button(ui, studio, file, bounce, view);
            self.repeat(ui, theme, studio, file);
            position(ui, theme, studio, file);
        });
    }

    /// The first click marks where the loop begins, the second where it ends, the third ends it.
    fn repeat(&mut self, ui: &mut Ui, theme: &Theme, studio: &Studio, file: &PlayedFile) {
        let (caption, next) = match (file.repeat, self.repeat_from_s) {
            (Some(_), _) => ("Loop", "A click ends the loop."),
            (None, Some(_)) => ("Loop to \u{2026}", "A click ends the loop's part here, and repeats it."),
            (None, None) => ("Loop", "A click begins the part that is to repeat here."),
        };
        let is_down = file.repeat.is_some() || self.repeat_from_s.is_some();
        if toggle(ui, theme, "Loop", caption, is_down).on_hover_text(next).clicked() {
            match (file.repeat, self.repeat_from_s.take()) {
                (Some(_), _) => studio.transport(Transport::Loop(None)),
                (None, Some(from_s)) if file.position_s > from_s => {
                    studio.transport(Transport::Loop(Some((from_s, file.position_s))));
                }
                (None, Some(_)) => {}
                (None, None) => self.repeat_from_s = Some(file.position_s),
            }
        }
    }
}

fn record_wish(prefs: &RecordPrefs) -> RecordWish {
    let now = OffsetDateTime::now_local().unwrap_or_else(|_| OffsetDateTime::now_utc());
    let stamp = now.format(STAMP).unwrap_or_else(|_| now.unix_timestamp().to_string());
    let name = format!("lacquer-{stamp}.{}", prefs.format().extension());
    RecordWish { path: prefs.folder.join(name), what: prefs.what(), format: prefs.format() }
}

fn record_options(ui: &mut Ui, prefs: &mut RecordPrefs, dialogs: &mut Dialogs) {
    let what = RecordPrefs::WHATS[prefs.what.min(RecordPrefs::WHATS.len() - 1)].1;
    let format = RecordPrefs::FORMATS[prefs.format.min(RecordPrefs::FORMATS.len() - 1)].1;
    let button = ui.button(RichText::new(format!("{what}, {format}")).size(CONTROL_POINTS));
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(300.0).show(|ui| {
        ui.label("What is recorded");
        for (place, (_, words)) in RecordPrefs::WHATS.iter().enumerate() {
            ui.radio_value(&mut prefs.what, place, *words);
        }
        ui.separator();
        ui.label("Format");
        for (place, (_, words)) in RecordPrefs::FORMATS.iter().enumerate() {
            ui.radio_value(&mut prefs.format, place, *words);
        }
        ui.separator();
        ui.horizontal(|ui| {
            ui.label("Folder");
            if ui.button("Choose \u{2026}").clicked() {
                dialogs.ask(Question::Folder(prefs.folder.clone()));
            }
        });
        let mut folder = prefs.folder.display().to_string();
        if ui.add(TextEdit::singleline(&mut folder).desired_width(280.0)).changed() {
            prefs.folder = PathBuf::from(folder);
        }
    });
    button.on_hover_text("What is recorded, how, and where to.");
}

/// How the recording goes.
fn recorded(ui: &mut Ui, theme: &Theme, recording: &Recording) {
    let Some(status) = &recording.status else {
        let (words, colour) = match recording.has_failed {
            true => ("nothing is recorded", theme.alarm),
            false => ("waits for the audio", theme.faint_text),
        };
        ui.label(RichText::new(words).size(CONTROL_POINTS).color(colour));
        return;
    };
    let (words, colour) = match &status.state {
        RecordState::Failed(reason) => (reason.clone(), theme.alarm),
        _ => {
            let lost = match status.num_lost_frames {
                0 => String::new(),
                frames => format!(", {} lost", clock(frames as f64 / f64::from(status.sample_rate_hz))),
            };
            (
                format!("{}  {:.1} MB{lost}", clock(status.seconds()), status.num_bytes as f64 / 1e6),
                theme.text,
            )
        }
    };
    let paths: Vec<String> = status.paths.iter().map(|path| path.display().to_string()).collect();
    let label = Label::new(RichText::new(words).size(CONTROL_POINTS).color(colour)).truncate();
    ui.add(label).on_hover_text(paths.join("\n"));
}

/// `1:02:03` or `2:03`.
fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The place in the file, to be dragged, clicked, or moved by the arrow keys.
fn position(ui: &mut Ui, theme: &Theme, studio: &Studio, file: &PlayedFile) {
    let length_s = file.duration_s.unwrap_or(file.position_s + 60.0);
    let total = file.duration_s.map_or("?".to_owned(), clock);
    let words = format!("{} / {total}", clock(file.position_s));
    ui.label(RichText::new(words).size(CONTROL_POINTS).color(theme.text));
    let mut position_s = file.position_s;
    ui.spacing_mut().slider_width = (ui.available_width() - 130.0).max(60.0);
    let slider = Slider::new(&mut position_s, 0.0..=length_s).show_value(false).step_by(0.0);
    let response = ui.add(slider);
    let name = format!("Position: {} of {total}", clock(file.position_s));
    response.widget_info(|| egui::WidgetInfo::slider(true, file.position_s, &name));
    if response.changed() {
        studio.transport(Transport::SeekS(position_s));
    }
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let label = Label::new(RichText::new(name).size(CONTROL_POINTS).color(theme.faint_text)).truncate();
    ui.add(label).on_hover_text(file.path.display().to_string());
}

fn bounce_button(ui: &mut Ui, studio: &Studio, file: &PlayedFile, bounce: &mut Option<Bounce>, view: &View) {
    if let Some(running) = bounce {
        if ui.button(RichText::new("Cancel").size(CONTROL_POINTS)).clicked() {
            running.cancel();
        }
        let (step, share) = running.step();
        let bar = ProgressBar::new(share.unwrap_or(0.0) as f32)
            .desired_width(110.0)
            .text(RichText::new(step).size(CONTROL_POINTS));
        ui.add(bar);
        return;
    }
    let button = Button::new(RichText::new("Bounce").size(CONTROL_POINTS));
    let explained = format!(
        "Masters the file with what is set here to {:.1} LUFS, the target of the overview, and writes it beside as a 24-bit WAV.",
        view.target_lufs
    );
    if ui.add(button).on_hover_text(explained).clicked() {
        *bounce = Some(Bounce::start(&file.path, &studio.store().get().settings, view.target_lufs));
    }
}
