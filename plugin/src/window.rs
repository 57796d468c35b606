//! The toolkit's window, closed to the end.
//!
//! Two things are missing in nice-plug-egui 0.6.0 and baseview 0.4.2 as they read: nobody calls [`NiceEguiApp::editor_closed`], so a
//! solo would be heard for ever; and under X11 a window that is dropped waits for its thread only if the thread answers one more
//! request, so that a host may destroy the plugin while its window still runs. This editor adds both and passes all else on.

use crate::editor::{App, Panels};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{Editor, EditorHandle, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use nice_plug_egui::{EguiEditor, EguiEditorHandle, baseview};
use std::cell::RefCell;
use std::error::Error;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// A window that takes longer to end than this has its reasons, and a host that waits for it would seem to hang.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    static PRESENCE: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
}

/// Tells when the thread that a window was built on is gone.
pub struct Departure {
    thread: ThreadId,
    gone: Receiver<()>,
}

impl Departure {
    /// Of the thread that calls.
    pub fn of_this_thread() -> Self {
        let (sender, gone) = channel();
        PRESENCE.set(Some(sender));
        Self { thread: thread::current().id(), gone }
    }

    /// Returns when the thread has ended, or never will because it is the caller's own, as on Windows and macOS.
    fn wait(&self) {
        if self.thread != thread::current().id() {
            // Nothing is ever sent: the sender's end comes with the thread's.
            let _ = self.gone.recv_timeout(PATIENCE);
        }
    }
}

/// The plugin's editor.
pub struct PluginEditor {
    toolkit: EguiEditor<App>,
    panels: Arc<Mutex<Panels>>,
}

impl PluginEditor {
    pub fn new(toolkit: EguiEditor<App>, panels: Arc<Mutex<Panels>>) -> Self {
        Self { toolkit, panels }
    }
}

impl Editor for PluginEditor {
    type Handle = Handle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Handle>, Box<dyn Error>> {
        let SpawnedEditor { handle, window } =
            self.toolkit.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)?;
        let window = Window { toolkit: Some(window), panels: Arc::clone(&self.panels) };
        Ok(SpawnedEditor { handle: Handle(handle), window })
    }

    fn size(&self) -> NativeSize<u32> {
        self.toolkit.size()
    }

    fn resize_hint(&self) -> ResizeHint {
        self.toolkit.resize_hint()
    }
}

/// A window that is open.
pub struct Window {
    /// `None` while it is being dropped.
    toolkit: Option<baseview::Window>,
    panels: Arc<Mutex<Panels>>,
}

impl Drop for Window {
    fn drop(&mut self) {
        drop(self.toolkit.take());
        let departure = self.panels.lock().unwrap_or_else(PoisonError::into_inner).take_departure();
        if let Some(departure) = departure {
            departure.wait();
        }
        self.panels.lock().unwrap_or_else(PoisonError::into_inner).close();
    }
}

/// What the host does with a window that is open.
pub struct Handle(EguiEditorHandle);

/// The window's own call, or nothing for one that is being dropped, which no host holds any more.
macro_rules! pass_on {
    ($window:expr, $none:expr, |$toolkit:ident| $do:expr) => {
        match &$window.toolkit {
            Some($toolkit) => $do,
            None => $none,
        }
    };
}

impl EditorHandle for Handle {
    type Window = Window;
    type Error = baseview::Error;

    fn run_until_closed(mut window: Window) -> Result<(), baseview::Error> {
        window.toolkit.take().map_or(Ok(()), EguiEditorHandle::run_until_closed)
    }

    fn set_parent(&self, parent: ParentWindowHandle, window: &Window) -> Result<(), baseview::Error> {
        pass_on!(window, Ok(()), |toolkit| self.0.set_parent(parent, toolkit))
    }

    fn show(&self, window: &Window) -> Result<(), baseview::Error> {
        pass_on!(window, Ok(()), |toolkit| self.0.show(toolkit))
    }

    fn hide(&self, window: &Window) -> Result<(), baseview::Error> {
        pass_on!(window, Ok(()), |toolkit| self.0.hide(toolkit))
    }

    fn set_size(&self, new_size: NativeSize<u32>, window: &Window) -> Result<(), baseview::Error> {
        pass_on!(window, Ok(()), |toolkit| self.0.set_size(new_size, toolkit))
    }

    fn host_main_thread_callback(&self, window: &Window) {
        pass_on!(window, (), |toolkit| self.0.host_main_thread_callback(toolkit));
    }

    fn adjust_size(&self, new_size: NativeSize<u32>, window: &Window) -> Option<NativeSize<u32>> {
        pass_on!(window, None, |toolkit| self.0.adjust_size(new_size, toolkit))
    }

    fn set_fallback_scale_factor(&self, scale_factor: f64, window: &Window) -> Result<(), baseview::Error> {
        pass_on!(window, Ok(()), |toolkit| self.0.set_fallback_scale_factor(scale_factor, toolkit))
    }

    fn state_changed(&self) {
        self.0.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.0.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.0.param_modulation_changed(id, modulation_offset);
    }
}
