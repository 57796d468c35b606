//! The engine on a thread of its own, and the one handle that window, command line and controllers hold it by.
//!
//! Whoever holds a [`Studio`] sends wishes and reads the board; neither waits for a device. Parameters go straight to the audio
//! through [`Studio::store`].

mod reel;
mod tape;
mod worker;

use crate::devices::{DeviceInfo, Hosts, SystemHosts};
use crate::engine::control::{Control, Store};
use crate::engine::status::{Notice, Status};
use crate::engine::{Engine, EngineSettings};
use crate::record::{Format, RecordStatus, What};
use lacquer_dsp::telemetry::TelemetryReader;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use worker::Worker;

/// What is to be recorded, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordWish {
    /// The file; a number is added to its name when it exists.
    pub path: PathBuf,
    /// Before or after the chain, or both.
    pub what: What,
    /// Container and samples.
    pub format: Format,
}

/// What a file that plays is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transport {
    /// Go on from where it is.
    Play,
    /// Stand still.
    Pause,
    /// Go on from there, in seconds.
    SeekS(f64),
    /// Repeat from the first to the second of these, in seconds; none: play to the end.
    Loop(Option<(f64, f64)>),
}

/// What can be wished for.
#[derive(Debug)]
enum Wish {
    Configure(EngineSettings),
    Start,
    Stop,
    LookForDevices,
    Record(RecordWish),
    StopRecording,
    OpenFile(PathBuf),
    CloseFile,
    Transport(Transport),
    Quit,
}

/// What a recording is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What was wished for.
    pub wish: RecordWish,
    /// What is written now; none until audio runs.
    pub status: Option<RecordStatus>,
    /// Whether it could not begin, or ended before it was asked to; a notice said why.
    pub has_failed: bool,
}

/// A file that plays.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayedFile {
    /// Which.
    pub path: PathBuf,
    /// Whether it moves.
    pub is_playing: bool,
    /// Where it is, in seconds.
    pub position_s: f64,
    /// How long it is, where its container tells.
    pub duration_s: Option<f64>,
    /// What repeats, in seconds.
    pub repeat: Option<(f64, f64)>,
    /// Whether it has come to its end.
    pub is_at_end: bool,
    /// Whether it cannot be played, or not to its end; a notice said why.
    pub has_failed: bool,
}

/// Everything that there is to show.
#[derive(Default)]
pub struct Board {
    /// Figures.
    pub status: Status,
    /// What happened since they were last taken, the oldest first.
    pub notices: Vec<Notice>,
    /// The devices, as they were last looked for.
    pub devices: Vec<DeviceInfo>,
    /// Which devices are wanted.
    pub settings: EngineSettings,
    /// What is being recorded.
    pub recording: Option<Recording>,
    /// The files of recordings that ended, the newest last.
    pub finished: Vec<PathBuf>,
    /// Recordings that could not begin, or ended before they were asked to.
    pub num_failed_recordings: u64,
    /// What plays.
    pub file: Option<PlayedFile>,
    /// The watcher's end of the telemetry, whenever it is another one.
    pub telemetry: Option<TelemetryReader>,
}

/// The handle. Dropping it ends the audio and completes what is being recorded.
pub struct Studio {
    store: Arc<Store>,
    board: Arc<Mutex<Board>>,
    wishes: Sender<Wish>,
    thread: Option<JoinHandle<()>>,
}

impl Studio {
    /// One over the devices of the system, which stand still until [`Self::start`].
    #[must_use]
    pub fn new(settings: EngineSettings, control: Control) -> Self {
        Self::over(Box::new(SystemHosts), settings, control)
    }

    /// One over other hosts.
    ///
    /// # Panics
    /// When the system gives no thread.
    #[must_use]
    pub fn over(hosts: Box<dyn Hosts>, settings: EngineSettings, control: Control) -> Self {
        let board = Arc::new(Mutex::new(Board { settings: settings.clone(), ..Board::default() }));
        let engine = Engine::new(hosts, settings, control);
        let store = Arc::clone(engine.store());
        let (wishes, inbox) = channel();
        let worker = Worker::new(engine, Arc::clone(&board));
        let thread = std::thread::Builder::new().name("lacquer-engine".to_owned());
        let thread = thread.spawn(move || worker.run(&inbox)).expect("the system gives a thread");
        Self { store, board, wishes, thread: Some(thread) }
    }

    /// Where parameters and what is heard are set.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The board. It is held for as short as possible: the engine's thread writes it.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    fn wish(&self, wish: Wish) {
        // A thread that is gone has said why.
        let _ = self.wishes.send(wish);
    }

    /// Opens the devices, and tries again until it works.
    pub fn start(&self) {
        self.wish(Wish::Start);
    }

    /// Closes the devices.
    pub fn stop(&self) {
        self.wish(Wish::Stop);
    }

    /// Wants other devices.
    pub fn configure(&self, settings: EngineSettings) {
        self.board().settings = settings.clone();
        self.wish(Wish::Configure(settings));
    }

    /// Brings the board's list of devices up to date.
    pub fn look_for_devices(&self) {
        self.wish(Wish::LookForDevices);
    }

    /// Records, from the first frame of the audio when it does not run yet.
    pub fn record(&self, wish: RecordWish) {
        self.wish(Wish::Record(wish));
    }

    /// Completes the recording.
    pub fn stop_recording(&self) {
        self.wish(Wish::StopRecording);
    }

    /// Plays a file instead of the input; it stands at its start until it is told to go.
    pub fn open_file(&self, path: &Path) {
        self.wish(Wish::OpenFile(path.to_owned()));
    }

    /// Returns to the input.
    pub fn close_file(&self) {
        self.wish(Wish::CloseFile);
    }

    /// Moves the file that plays.
    pub fn transport(&self, transport: Transport) {
        self.wish(Wish::Transport(transport));
    }

    /// Ends the audio and completes what is being recorded; the board stays.
    pub fn finish(&mut self) {
        self.wish(Wish::Quit);
        if let Some(thread) = self.thread.take() {
            // One that panicked has said why.
            let _ = thread.join();
        }
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        self.finish();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain data: whoever panicked while holding it left nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
