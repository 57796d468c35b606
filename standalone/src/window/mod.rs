//! The application's window: the panels that the plugin shows too, between a bar for devices and a strip for recorder and player.

mod bar;
mod bounce;
mod controllers;
mod dialog;
mod host;
mod strip;

use crate::engine::EngineSettings;
use crate::prefs::Prefs;
use crate::signals::Signals;
use crate::studio::Studio;
use bounce::Bounce;
use controllers::Controllers;
use dialog::{Answer, Dialogs};
pub use dialog::{Ask, Question};
use eframe::egui;
use egui::{Rect, Ui, UiBuilder};
use host::StudioHost;
use lacquer_dsp::param::Param;
use lacquer_ui::editor::Editor;
use lacquer_ui::theme::Theme;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The height of the bar above and of the strip below, in points.
const BAR_HEIGHT: f32 = 38.0;
const STRIP_HEIGHT: f32 = 42.0;

/// The smallest window, in points at 100 %.
const SMALLEST: [f32; 2] = [900.0, 640.0];

/// From frame to frame while audio runs, and while nothing moves.
const FRAME: Duration = Duration::from_millis(16);
const REST: Duration = Duration::from_millis(250);

/// How long after a change it is kept.
const SAVE_AFTER: Duration = Duration::from_secs(2);

/// Everything in the window, whoever draws it.
pub struct Shell {
    studio: Studio,
    editor: Editor,
    prefs: Prefs,
    prefs_path: Option<PathBuf>,
    /// What was last written, and when something else was first seen.
    saved: Prefs,
    changed_at: Option<Instant>,
    notices: VecDeque<String>,
    wanted_size: Option<[f32; 2]>,
    bounce: Option<Bounce>,
    strip: strip::Memory,
    controllers: Controllers,
    /// The parameter that was last moved by hand.
    touched: Option<&'static Param>,
}

impl Shell {
    /// A window's contents over a studio.
    #[must_use]
    pub fn new(
        studio: Studio,
        mut prefs: Prefs,
        prefs_path: Option<PathBuf>,
        notice: Option<String>,
    ) -> Self {
        studio.look_for_devices();
        studio.start();
        let controllers = Controllers::new(&mut prefs, &studio);
        Self {
            studio,
            editor: Editor::new(prefs.view.clone()),
            saved: prefs.clone(),
            prefs,
            prefs_path,
            changed_at: None,
            notices: notice.into_iter().chain(controllers.faults().cloned()).collect(),
            wanted_size: None,
            bounce: None,
            strip: strip::Memory::default(),
            controllers,
            touched: None,
        }
    }

    /// Asks for files and folders by other dialogs than the system's.
    pub fn ask_by(&mut self, ask: Ask) {
        self.strip.dialogs = Dialogs::new(ask);
    }

    /// What it is the window of.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// Draws everything and does what the user wants.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.take_notices();
        let whole = ui.max_rect();
        let [bar, panels, strip] = split(whole);
        let mut host = StudioHost {
            studio: &self.studio,
            notices: &mut self.notices,
            wanted_size: &mut self.wanted_size,
            touched: &mut self.touched,
        };
        self.editor.ui(&mut ui.new_child(UiBuilder::new().max_rect(panels)), &mut host);
        let theme = Theme::of(self.editor.view.shade);
        ui.set_style(ui.ctx().global_style());
        let mut bar = part(ui, bar);
        bar::show(&mut bar, &theme, &self.studio, &mut self.prefs);
        self.controllers.show(&mut bar, &theme, &self.studio, &mut self.prefs, self.touched);
        bar::figures(&mut bar, &theme, &self.studio);
        self.strip.show(
            &mut part(ui, strip),
            &theme,
            &self.studio,
            &mut self.prefs,
            &mut self.bounce,
            &self.editor.view,
        );
        self.obey_window(ui);
        self.obey_dialog();
        self.remember();
        let is_moving =
            self.studio.board().status.is_running || self.bounce.is_some() || self.strip.dialogs.is_open();
        ui.ctx().request_repaint_after(if is_moving { FRAME } else { REST });
    }

    fn take_notices(&mut self) {
        let said = std::mem::take(&mut self.studio.board().notices);
        // What is only good to know stands in the bar already.
        let is_told =
            |notice: &crate::engine::status::Notice| notice.weight != crate::engine::status::Weight::Info;
        self.notices.extend(said.into_iter().filter(is_told).map(|notice| notice.text));
        for path in std::mem::take(&mut self.studio.board().finished) {
            self.strip.recorded(&path);
        }
        if let Some(words) = self.bounce.as_ref().and_then(Bounce::outcome) {
            self.notices.push_back(words);
            self.bounce = None;
        }
    }

    fn obey_window(&mut self, ui: &Ui) {
        let zoom = ui.ctx().zoom_factor();
        if let Some([width, height]) = self.wanted_size.take() {
            let size = egui::vec2(width, height) / zoom;
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
        }
        let size = ui.ctx().content_rect().size() * zoom;
        self.editor.view.size = [size.x, size.y];
        let dropped = ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        if let Some(path) = dropped {
            self.open_file(&path);
        }
    }

    fn obey_dialog(&mut self) {
        match self.strip.dialogs.answer() {
            Some(Answer::File(path)) => self.open_file(&path),
            Some(Answer::Folder(path)) => self.prefs.record.folder = path,
            Some(Answer::Silence) => {
                let words = "The desktop shows no dialog for files: the path can be typed instead.";
                self.notices.push_back(words.to_owned());
            }
            Some(Answer::Nothing) | None => {}
        }
    }

    fn open_file(&mut self, path: &Path) {
        self.strip.opened();
        self.prefs.remember(path);
        self.studio.open_file(path);
    }

    /// Keeps what changed, a moment after it did.
    fn remember(&mut self) {
        self.prefs.view = self.editor.view.clone();
        self.prefs.follow(&self.studio.store().get());
        if self.prefs == self.saved {
            self.changed_at = None;
        } else if self.changed_at.get_or_insert_with(Instant::now).elapsed() > SAVE_AFTER {
            self.save();
        }
    }

    fn save(&mut self) {
        self.changed_at = None;
        self.saved = self.prefs.clone();
        if let Some(path) = &self.prefs_path
            && let Err(error) = self.prefs.save(path)
        {
            self.notices.push_back(format!("{}: the settings cannot be kept: {error}", path.display()));
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.prefs.follow(&self.studio.store().get());
        self.save();
    }
}

fn split(whole: Rect) -> [Rect; 3] {
    let (bar, rest) = whole.split_top_bottom_at_y(whole.top() + BAR_HEIGHT);
    let (panels, strip) = rest.split_top_bottom_at_y(whole.bottom() - STRIP_HEIGHT);
    [bar, panels, strip]
}

/// A ground for a row of controls.
fn part(ui: &mut Ui, rect: Rect) -> Ui {
    let fill = ui.visuals().window_fill;
    ui.painter().rect_filled(rect, 0.0, fill);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.new_child(UiBuilder::new().max_rect(rect.shrink2(egui::vec2(12.0, 4.0))).layout(layout))
}

struct App {
    shell: Shell,
    signals: Signals,
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.shell.ui(ui);
        if self.signals.end.load(Ordering::Acquire) {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

/// Opens the window, and returns when it is closed. What is `given` stands for this time in place of the devices of last time.
///
/// # Errors
/// When the system gives no window.
pub fn run(given: Option<&EngineSettings>) -> anyhow::Result<()> {
    let path = Prefs::path();
    let (mut prefs, notice) = path.as_deref().map_or_else(Default::default, Prefs::load);
    if let Some(given) = given {
        prefs.use_for_now(given);
    }
    let [width, height] = prefs.view.size;
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Lacquer")
            .with_app_id("lacquer")
            .with_inner_size([width.max(SMALLEST[0]), height.max(SMALLEST[1])])
            .with_min_inner_size(SMALLEST.map(|points| points * 0.75)),
        ..eframe::NativeOptions::default()
    };
    let signals = Signals::listen();
    let studio = Studio::new(prefs.engine.clone(), prefs.control());
    let make = move |_: &eframe::CreationContext<'_>| {
        let app: Box<dyn eframe::App> =
            Box::new(App { shell: Shell::new(studio, prefs, path, notice), signals });
        Ok(app)
    };
    eframe::run_native("lacquer", options, Box::new(make))
        .map_err(|error| anyhow::anyhow!("the window cannot be opened: {}", why_no_window(&error)))
}

/// The toolkit's own words name its source files where there is no display at all.
fn why_no_window(error: &eframe::Error) -> String {
    let is_there = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux")
        && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_there)
    {
        return "there is no display; `lacquer live --headless` works without one".to_owned();
    }
    error.to_string()
}
