//! The panels in a host's window.

use crate::link::Link;
use crate::params::{Control, TableParams};
use crate::window::{Departure, PluginEditor};
use lacquer_dsp::listening::Listening;
use lacquer_dsp::param::Param;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::TelemetryReader;
use lacquer_ui::editor::Editor;
use lacquer_ui::host::{AudioFormat, Host};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug::prelude::ResizeHint;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, create_egui_editor};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a window that rests looks for a reason to be drawn.
///
/// Under X11 the answer to a question for a frame is lost when it comes before the window is mapped, and then there is no second
/// question, and no picture (as baseview 0.4.2 reads). This look asks such a question, and always finds a reason at first; so it
/// comes late, and what moves is drawn because the panels themselves ask for the next frame.
const REST: Duration = Duration::from_millis(250);

/// From frame to frame while audio runs.
const FRAME: Duration = Duration::from_millis(16);

/// How long the longest block lasts, and more: the audio is at rest when there was nothing new to see for so long.
const SETTLING: Duration = Duration::from_millis(500);

/// The window's size as it was kept.
pub fn window_state(link: &Link) -> Arc<EguiEditorState> {
    let [width, height] = link.kept().view.size;
    EguiEditorState::from_size(LogicalSize::new(f64::from(width), f64::from(height)), 1.0)
}

/// The editor of an instance.
pub fn create(
    params: &Arc<TableParams>,
    link: &Arc<Link>,
    state: &Arc<EguiEditorState>,
) -> Option<PluginEditor> {
    let panels = Arc::new(Mutex::new(Panels {
        editor: Editor::new(link.kept().view),
        params: Arc::clone(params),
        link: Arc::clone(link),
        gui: None,
        num_restores_seen: link.num_restores(),
        wanted_size: Some(link.kept().view.size),
        num_sights_seen: 0,
        last_sight: None,
        departure: None,
    }));
    let settings = EguiNiceSettings::new()
        .with_tile("Lacquer")
        .with_resize_hint(ResizeHint::resizable())
        .with_repaint_poll_interval(REST);
    let app = App(Arc::clone(&panels));
    let toolkit = create_egui_editor(Arc::clone(state), link.repaint.clone(), settings, app)?;
    Some(PluginEditor::new(toolkit, panels))
}

/// What the toolkit has of the panels, for as long as the plugin lives.
pub struct App(Arc<Mutex<Panels>>);

/// The panels and what they are tied to.
pub struct Panels {
    editor: Editor,
    params: Arc<TableParams>,
    link: Arc<Link>,
    gui: Option<GuiContext>,
    num_restores_seen: u64,
    /// A size that the window is to take.
    wanted_size: Option<[f32; 2]>,
    num_sights_seen: u64,
    /// When the audio last had something new to show.
    last_sight: Option<Instant>,
    /// Of the thread that the window runs on.
    departure: Option<Departure>,
}

impl App {
    fn panels(&self) -> MutexGuard<'_, Panels> {
        // A panic in a frame leaves the panels as a frame found them, or half followed; both can be drawn again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, _: egui::Context, gui: GuiContext, _: &mut Frame) -> Result<(), HandlerError> {
        self.panels().open(gui);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut Frame) {
        self.panels().ui(ui);
    }

    fn resized(&mut self, size: WindowSize) {
        self.panels().resized(size);
    }
}

impl Panels {
    /// Asks for the next frame while what is shown moves.
    fn follow_audio(&mut self, context: &egui::Context) {
        let num_sights = self.link.num_sights.load(Ordering::Relaxed);
        if self.num_sights_seen != num_sights {
            self.num_sights_seen = num_sights;
            self.last_sight = Some(Instant::now());
        }
        if self.last_sight.is_some_and(|last| last.elapsed() < SETTLING) {
            context.request_repaint_after(FRAME);
        }
    }

    fn open(&mut self, gui: GuiContext) {
        self.gui = Some(gui);
        self.departure = Some(Departure::of_this_thread());
        self.editor.reopen();
        self.wanted_size = Some(self.link.kept().view.size);
    }

    /// See [`Departure`]; the window that closes takes it.
    pub fn take_departure(&mut self) -> Option<Departure> {
        self.departure.take()
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        self.follow_audio(ui.ctx());
        let Some(gui) = &self.gui else { return };
        let num_restores = self.link.num_restores();
        if self.num_restores_seen != num_restores {
            self.num_restores_seen = num_restores;
            self.editor.restore(self.link.kept().view);
            self.wanted_size = Some(self.editor.view.size);
        }
        let before = self.editor.view.clone();
        let mut host =
            PluginHost { params: &self.params, link: &self.link, gui, wanted_size: &mut self.wanted_size };
        self.editor.ui(ui, &mut host);
        if let Some([width, height]) = self.wanted_size.take() {
            // The command counts in the toolkit's points, which the window's own scale makes larger than the host's.
            let zoom = self.editor.view.scale_percent.clamp(75.0, 200.0) / 100.0;
            let size = egui::vec2(width, height) / zoom;
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
        }
        if self.editor.view != before {
            self.link.keep(|kept| kept.view = self.editor.view.clone());
        }
    }

    fn resized(&mut self, size: WindowSize) {
        // Logical here is in the toolkit's points; kept are the host's.
        let zoom = self.editor.view.scale_percent.clamp(75.0, 200.0) / 100.0;
        let size = [size.logical.width as f32 * zoom, size.logical.height as f32 * zoom];
        self.editor.view.size = size;
        self.link.keep(|kept| kept.view.size = size);
    }

    /// The window is gone: nothing stays held, and the whole chain is heard.
    pub fn close(&mut self) {
        if let Some(gui) = self.gui.take() {
            let (params, link) = (&self.params, &self.link);
            link.hear_all();
            self.editor.close(&mut PluginHost { params, link, gui: &gui, wanted_size: &mut None });
        }
    }
}

/// One frame's way to the host.
struct PluginHost<'a> {
    params: &'a TableParams,
    link: &'a Link,
    gui: &'a GuiContext,
    wanted_size: &'a mut Option<[f32; 2]>,
}

/// Does the same with whatever kind of parameter it is.
macro_rules! with_control {
    ($host:expr, $param:expr, |$control:ident| $do:expr) => {
        match $host.params.control($param) {
            Some(Control::Position($control)) => $do,
            Some(Control::Switch($control)) => $do,
            Some(Control::Whole($control)) => $do,
            None => {}
        }
    };
}

impl Host for PluginHost<'_> {
    fn settings(&self) -> ChainSettings {
        self.params.settings()
    }

    fn begin(&mut self, param: &'static Param) {
        let setter = self.gui.param_setter();
        with_control!(self, param, |control| setter.begin_set_parameter(control));
    }

    fn set(&mut self, param: &'static Param, value: f64) {
        let setter = self.gui.param_setter();
        match self.params.control(param) {
            Some(Control::Position(float)) => setter.set_parameter(float, param.to_normalized(value) as f32),
            Some(Control::Switch(switch)) => setter.set_parameter(switch, value >= 0.5),
            Some(Control::Whole(whole)) => setter.set_parameter(whole, value.round() as i32),
            None => {}
        }
    }

    fn end(&mut self, param: &'static Param) {
        let setter = self.gui.param_setter();
        with_control!(self, param, |control| setter.end_set_parameter(control));
    }

    fn listening(&self) -> Listening {
        self.link.listening(self.params.bypass.value())
    }

    fn listen(&mut self, listening: Listening) {
        self.link.listen(&listening);
        let bypass = &self.params.bypass;
        if listening.bypass != bypass.value() {
            let setter = self.gui.param_setter();
            setter.begin_set_parameter(bypass);
            setter.set_parameter(bypass, listening.bypass);
            setter.end_set_parameter(bypass);
        }
    }

    fn latency_mode(&self) -> LatencyMode {
        self.link.kept_mode()
    }

    fn set_latency_mode(&mut self, mode: LatencyMode) {
        self.link.keep(|kept| kept.is_quality = mode == LatencyMode::Quality);
    }

    fn audio_format(&self) -> Option<AudioFormat> {
        self.link.format()
    }

    fn take_telemetry(&mut self) -> Option<TelemetryReader> {
        self.link.take_telemetry()
    }

    fn set_measuring(&mut self, is_measuring: bool) {
        self.link.is_measuring.store(is_measuring, Ordering::Release);
    }

    fn is_measuring(&self) -> bool {
        self.link.is_measuring.load(Ordering::Acquire)
    }

    fn reset_meters(&mut self) {
        self.link.num_meter_resets.fetch_add(1, Ordering::Release);
    }

    fn has_transport(&self) -> bool {
        true
    }

    fn take_notice(&mut self) -> Option<String> {
        self.link.take_notice()
    }

    fn request_size(&mut self, size: [f32; 2]) {
        *self.wanted_size = Some(size);
    }
}
