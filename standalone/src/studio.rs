//! The engine on a thread of its own, and the one handle that window, command line and controllers hold it by.
//!
//! Whoever holds a [`Studio`] sends wishes and reads the board; neither waits for a device. Parameters go straight to the audio
//! through [`Studio::store`].

use crate::devices::{DeviceInfo, Hosts, SystemHosts, list};
use crate::engine::control::{Control, Store};
use crate::engine::core::CoreSpec;
use crate::engine::status::{Notice, Status};
use crate::engine::{Engine, EngineSettings};
use crate::play::{PlayTap, Player, num_channels, player};
use crate::record::{Format, RecordSpec, RecordState, RecordStatus, RecordTap, Recorder, What, recorder};
use lacquer_dsp::telemetry::TelemetryReader;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the engine is looked after.
const TICK: Duration = Duration::from_millis(50);

/// So many notices are kept for a reader that does not come.
const MAX_NOTICES: usize = 1000;

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
        let worker =
            Worker { engine, board: Arc::clone(&board), begin: Instant::now(), recording: None, file: None };
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

/// A recorder that the engine's side starts, in a format that is only known there.
struct Taping {
    wish: RecordWish,
    reel: Arc<Mutex<Reel>>,
}

/// The recorder that runs, or why there is none.
#[derive(Default)]
struct Reel {
    recorder: Option<Recorder>,
    /// What went wrong and is not told yet.
    fault: Option<Notice>,
    has_failed: bool,
}

/// A file that was opened, likewise.
struct Playing {
    path: PathBuf,
    tape: Arc<Mutex<Tape>>,
}

/// The player that runs, or what it is to do as soon as there is one.
#[derive(Default)]
struct Tape {
    player: Option<Player>,
    is_wanted: bool,
    repeat: Option<(f64, f64)>,
    /// Why there is none.
    said: Option<Notice>,
    has_failed: bool,
}

/// What runs on the engine's thread.
struct Worker {
    engine: Engine,
    board: Arc<Mutex<Board>>,
    begin: Instant,
    recording: Option<Taping>,
    file: Option<Playing>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Wish>) {
        loop {
            match inbox.recv_timeout(TICK) {
                Ok(Wish::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(wish) => self.fulfil(wish),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.engine.poll(self.begin.elapsed());
            self.publish();
        }
        self.engine.stop();
        self.stop_recording();
        self.publish();
    }

    fn fulfil(&mut self, wish: Wish) {
        let now = self.begin.elapsed();
        match wish {
            Wish::Configure(settings) => self.engine.configure(settings, now),
            Wish::Start => self.engine.start(now),
            Wish::Stop => self.engine.stop(),
            Wish::LookForDevices => {
                let devices = list(self.engine.hosts());
                lock(&self.board).devices = devices;
            }
            Wish::Record(wish) => self.record(wish),
            Wish::StopRecording => self.stop_recording(),
            Wish::OpenFile(path) => self.open_file(path, now),
            Wish::CloseFile => {
                self.file = None;
                self.engine.play(None, now);
            }
            Wish::Transport(transport) => self.move_file(transport),
            // The loop ends before.
            Wish::Quit => {}
        }
    }

    fn record(&mut self, wish: RecordWish) {
        self.stop_recording();
        let reel = Arc::new(Mutex::new(Reel::default()));
        self.recording = Some(Taping { wish: wish.clone(), reel: Arc::clone(&reel) });
        let board = Arc::clone(&self.board);
        self.engine.record(Some(Box::new(move |spec| {
            let mut reel = lock(&reel);
            reel.finish(&board);
            reel.start(&wish, spec)
        })));
    }

    fn stop_recording(&mut self) {
        self.engine.record(None);
        if let Some(taping) = self.recording.take() {
            lock(&taping.reel).finish(&self.board);
        }
    }

    fn open_file(&mut self, path: PathBuf, now: Duration) {
        let tape = Arc::new(Mutex::new(Tape::default()));
        let num_channels = match num_channels(&path) {
            Ok(num_channels) => num_channels,
            Err(error) if self.engine.is_started() => return self.say(Notice::error(error.to_string())),
            // Whoever wants a file before all else is not to hear the input instead; when it is to be played it is said why not.
            Err(_) => 1,
        };
        self.file = Some(Playing { path: path.clone(), tape: Arc::clone(&tape) });
        let make = Box::new(move |spec: CoreSpec| lock(&tape).open(&path, spec));
        self.engine.play(Some((make, num_channels)), now);
    }

    fn move_file(&mut self, transport: Transport) {
        if let Some(file) = &self.file {
            lock(&file.tape).obey(transport);
        }
    }

    fn say(&self, notice: Notice) {
        let mut board = lock(&self.board);
        if board.notices.len() < MAX_NOTICES {
            board.notices.push(notice);
        }
    }

    fn publish(&mut self) {
        let notices = self.engine.take_notices();
        let recording = self.recording.as_ref().map(|taping| {
            let mut reel = lock(&taping.reel);
            let status = reel.look(&self.board);
            Recording { wish: taping.wish.clone(), status, has_failed: reel.has_failed }
        });
        let file = self.file.as_ref().map(|playing| {
            let mut tape = lock(&playing.tape);
            let fault = tape.player.as_ref().and_then(Player::take_error).map(Notice::error);
            tape.has_failed |= fault.is_some();
            (played(&playing.path, &tape), tape.said.take().or(fault))
        });
        let (file, said_of_file) = file.unzip();
        for notice in notices.into_iter().chain(said_of_file.flatten()) {
            self.say(notice);
        }
        let status = self.engine.status();
        let telemetry = self.engine.take_telemetry();
        let mut board = lock(&self.board);
        (board.status, board.recording, board.file) = (status, recording, file);
        if telemetry.is_some() {
            board.telemetry = telemetry;
        }
    }
}

impl Tape {
    /// Opens the file for the format that runs. After a change of the rate it goes on where it was.
    fn open(&mut self, path: &Path, spec: CoreSpec) -> Option<PlayTap> {
        let position_s = self.player.as_ref().map(Player::position_s);
        match player(path, spec.sample_rate_hz as u32) {
            Ok((tap, player)) => {
                if self.repeat.is_some() {
                    player.set_loop(self.repeat);
                }
                if let Some(position_s) = position_s {
                    player.seek_s(position_s);
                }
                if self.is_wanted {
                    player.play();
                }
                self.player = Some(player);
                Some(tap)
            }
            Err(error) => {
                self.said = Some(Notice::error(error.to_string()));
                self.has_failed = true;
                None
            }
        }
    }

    fn obey(&mut self, transport: Transport) {
        match transport {
            Transport::Play => self.is_wanted = true,
            Transport::Pause => self.is_wanted = false,
            Transport::Loop(repeat) => self.repeat = repeat,
            Transport::SeekS(_) => {}
        }
        let Some(player) = &self.player else { return };
        match transport {
            Transport::Play => player.play(),
            Transport::Pause => player.pause(),
            Transport::SeekS(position_s) => player.seek_s(position_s),
            Transport::Loop(repeat) => player.set_loop(repeat),
        }
    }
}

fn played(path: &Path, tape: &Tape) -> PlayedFile {
    let player = tape.player.as_ref();
    PlayedFile {
        path: path.to_owned(),
        is_playing: player.is_some_and(Player::is_playing),
        position_s: player.map_or(0.0, Player::position_s),
        duration_s: player.and_then(Player::duration_s),
        repeat: tape.repeat,
        is_at_end: player.is_some_and(Player::is_at_end),
        has_failed: tape.has_failed,
    }
}

impl Reel {
    fn start(&mut self, wish: &RecordWish, spec: CoreSpec) -> Option<RecordTap> {
        let spec = RecordSpec {
            path: wish.path.clone(),
            what: wish.what,
            format: wish.format,
            sample_rate_hz: spec.sample_rate_hz as u32,
            num_channels: spec.num_channels,
        };
        match recorder(&spec) {
            Ok((tap, recorder)) => {
                self.recorder = Some(recorder);
                Some(tap)
            }
            Err(error) => {
                self.fail(error.to_string());
                None
            }
        }
    }

    fn fail(&mut self, reason: String) {
        self.fault = Some(Notice::error(reason));
        self.has_failed = true;
    }

    /// How it goes; that it failed is told as soon as that is seen, once.
    fn look(&mut self, board: &Mutex<Board>) -> Option<RecordStatus> {
        let status = self.recorder.as_ref().map(Recorder::status);
        if let Some(RecordState::Failed(reason)) = status.as_ref().map(|status| &status.state)
            && !self.has_failed
        {
            self.fail(reason.clone());
        }
        self.tell(board);
        status
    }

    /// Completes the files, if there are any, and tells of them.
    fn finish(&mut self, board: &Mutex<Board>) {
        let outcome = self.recorder.take().map(Recorder::stop);
        match outcome {
            Some(Ok(paths)) => lock(board).finished.extend(paths),
            Some(Err(error)) if !self.has_failed => self.fail(error.to_string()),
            _ => {}
        }
        self.tell(board);
        self.has_failed = false;
    }

    fn tell(&mut self, board: &Mutex<Board>) {
        if let Some(fault) = self.fault.take() {
            let mut board = lock(board);
            board.notices.push(fault);
            board.num_failed_recordings += 1;
        }
    }
}
