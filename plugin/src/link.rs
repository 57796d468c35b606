//! What editor, host and audio thread know of one another.
//!
//! Scalars are atomics; what the audio thread never touches is behind locks. The watcher's end of the telemetry is left here by
//! `activate` for the editor to fetch.

use crate::state::Kept;
use lacquer_dsp::listening::Listening;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::Module;
use lacquer_dsp::telemetry::TelemetryReader;
use lacquer_ui::host::AudioFormat;
use nice_plug_egui::RepaintNotifier;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const NUM_MODULES: usize = Module::ALL.len();
const DELTA_SHIFT: usize = NUM_MODULES;
const GAIN_MATCH_BIT: u64 = 1 << 32;

/// The link itself, one for each instance.
pub struct Link {
    /// How often parameters have changed.
    pub num_changes: AtomicU64,
    /// How many blocks of audio an open window had something new to show of.
    pub num_sights: AtomicU64,
    /// How often the meters were to begin anew.
    pub num_meter_resets: AtomicU64,
    /// Whether the meters run.
    pub is_measuring: AtomicBool,
    /// Whether the meters begin anew when the host starts to play.
    pub is_reset_on_play: AtomicBool,
    /// Whether the better sound may take its latency.
    pub is_quality: AtomicBool,
    /// How much later the output comes now.
    pub latency_samples: AtomicUsize,
    /// What wakes the window.
    pub repaint: RepaintNotifier,
    listening: AtomicU64,
    window: Mutex<Window>,
}

/// What the audio thread never touches.
#[derive(Default)]
struct Window {
    kept: Kept,
    /// How often `kept` was replaced by a state that was loaded.
    num_restores: u64,
    notice: Option<String>,
    telemetry: Option<TelemetryReader>,
    format: Option<AudioFormat>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            num_changes: AtomicU64::new(0),
            num_sights: AtomicU64::new(0),
            num_meter_resets: AtomicU64::new(0),
            is_measuring: AtomicBool::new(true),
            is_reset_on_play: AtomicBool::new(false),
            is_quality: AtomicBool::new(Kept::default().is_quality),
            latency_samples: AtomicUsize::new(0),
            repaint: RepaintNotifier::new(),
            listening: AtomicU64::new(0),
            window: Mutex::default(),
        }
    }
}

impl Link {
    fn window(&self) -> MutexGuard<'_, Window> {
        // Plain data: whoever panicked while holding it left nothing half done.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a project keeps that is no parameter.
    pub fn kept(&self) -> Kept {
        self.window().kept.clone()
    }

    /// How often a state was loaded.
    pub fn num_restores(&self) -> u64 {
        self.window().num_restores
    }

    /// The editor has another view.
    pub fn keep(&self, change: impl FnOnce(&mut Kept)) {
        let mut window = self.window();
        change(&mut window.kept);
        self.follow(&window.kept);
    }

    /// A state was loaded.
    pub fn restore(&self, kept: Kept, notice: Option<String>) {
        let mut window = self.window();
        self.follow(&kept);
        self.hear_all();
        (window.kept, window.num_restores) = (kept, window.num_restores + 1);
        window.notice = notice.or(window.notice.take());
    }

    fn follow(&self, kept: &Kept) {
        self.is_quality.store(kept.is_quality, Ordering::Release);
        self.is_reset_on_play.store(kept.view.is_reset_on_play, Ordering::Release);
    }

    /// What the user should be told, once.
    pub fn take_notice(&self) -> Option<String> {
        self.window().notice.take()
    }

    /// The audio was prepared.
    pub fn connect(&self, reader: TelemetryReader, format: AudioFormat) {
        let mut window = self.window();
        self.latency_samples.store(format.latency_samples, Ordering::Release);
        (window.telemetry, window.format) = (Some(reader), Some(format));
    }

    /// The watcher's end of the telemetry, if it is another one.
    pub fn take_telemetry(&self) -> Option<TelemetryReader> {
        self.window().telemetry.take()
    }

    /// No audio can run, and this is why.
    pub fn disconnect(&self, notice: String) {
        let mut window = self.window();
        (window.telemetry, window.format) = (None, None);
        window.notice = Some(notice);
    }

    /// The audio that runs, with the latency that it has now.
    pub fn format(&self) -> Option<AudioFormat> {
        let latency_samples = self.latency_samples.load(Ordering::Acquire);
        self.window().format.map(|format| AudioFormat { latency_samples, ..format })
    }

    /// As the chain has it.
    pub fn kept_mode(&self) -> LatencyMode {
        if self.is_quality.load(Ordering::Acquire) { LatencyMode::Quality } else { LatencyMode::Live }
    }

    /// What is heard, but for the bypass, which is a parameter.
    pub fn listen(&self, listening: &Listening) {
        let solo = listening.solo.iter().enumerate().map(|(idx, &on)| u64::from(on) << idx).sum::<u64>();
        let delta = listening.delta.map_or(0, |module| (module as u64 + 1) << DELTA_SHIFT);
        let gain_match = if listening.gain_match { GAIN_MATCH_BIT } else { 0 };
        self.listening.store(solo | delta | gain_match, Ordering::Release);
    }

    /// Solo and delta end with the window that shows them: an export is of the whole chain.
    pub fn hear_all(&self) {
        self.listening.fetch_and(GAIN_MATCH_BIT, Ordering::AcqRel);
    }

    /// See [`Self::listen`].
    pub fn listening(&self, bypass: bool) -> Listening {
        let packed = self.listening.load(Ordering::Acquire);
        let delta_idx = ((packed >> DELTA_SHIFT) & 0xff) as usize;
        Listening {
            solo: std::array::from_fn(|idx| packed & (1 << idx) != 0),
            delta: delta_idx.checked_sub(1).and_then(|idx| Module::ALL.get(idx).copied()),
            bypass,
            gain_match: packed & GAIN_MATCH_BIT != 0,
        }
    }
}
